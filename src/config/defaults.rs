//! The defaults of tables that need not be written: what an upstream or a client gets when the file is silent.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use super::{ByteSize, Limits, Millis, OnProblem, Upstream};
use crate::json::{Object, Value};

impl Default for Upstream {
    fn default() -> Self {
        Self {
            span: None,
            base_url: None,
            timeout: Millis(Duration::from_secs(5)),
            connect_timeout: Millis(Duration::from_secs(1)),
            headers: Vec::new(),
            forward_headers: Vec::new(),
            config: Value::Object(Object::default()),
            concurrency: NonZeroU32::new(64).expect("64 is not zero"),
            queue: 256,
            max_response: ByteSize(8 << 20),
            on_problem: OnProblem::Warn,
            ca_pem: None,
            http2: false,
            proxy: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let at_least_one = |number: usize| NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN);
        Self {
            tokens: at_least_one(15_000),
            depth: at_least_one(15),
            aliases: 50,
            root_fields: at_least_one(20),
            fields: at_least_one(5_000),
            upstream_calls: 200,
            rows: at_least_one(100_000),
            response_bytes: ByteSize(16 << 20),
        }
    }
}
