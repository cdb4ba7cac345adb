//! What holds when a key is absent. The reference tells the same values; a test compares them.

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::{NonZeroU32, NonZeroUsize},
};

use super::{ByteSize, Cache, Limits, Millis, OnProblem, Server, Sharing, Trace, Upstream, WebSocket};
use crate::json::{Object, Value};

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 4000)),
            body_limit: ByteSize::from_mib(1),
            deadline: Millis::from_secs(15),
            drain_delay: Millis::from_secs(0),
            shutdown: Millis::from_secs(10),
            subscriptions: 10_000,
            trace: Trace::Off,
            compression: true,
            trusted_headers: Vec::new(),
            websocket: WebSocket::default(),
        }
    }
}

impl Default for WebSocket {
    fn default() -> Self {
        Self {
            connections: 5_000,
            operations: const { NonZeroUsize::new(100).expect("not zero") },
            init_timeout: Millis::from_secs(10),
            ping_interval: Millis::from_secs(20),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tokens: const { NonZeroUsize::new(15_000).expect("not zero") },
            depth: const { NonZeroUsize::new(15).expect("not zero") },
            aliases: 50,
            root_fields: const { NonZeroUsize::new(20).expect("not zero") },
            fields: const { NonZeroUsize::new(5_000).expect("not zero") },
            upstream_calls: 200,
            rows: const { NonZeroUsize::new(100_000).expect("not zero") },
            response_bytes: ByteSize::from_mib(16),
            subscriptions: 1_000,
        }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            size: ByteSize::from_mib(64),
            answers: ByteSize::from_mib(32),
            plans: ByteSize::from_mib(32),
            persisted_queries: ByteSize::from_mib(8),
        }
    }
}

impl Default for Sharing {
    fn default() -> Self {
        Self { requests: true, operations: false }
    }
}

/// An upstream that only the schema declares.
impl Default for Upstream {
    fn default() -> Self {
        Self {
            span: None,
            base_url: None,
            timeout: Millis::from_secs(5),
            connect_timeout: Millis::from_secs(1),
            headers: Vec::new(),
            forward_headers: Vec::new(),
            config: Value::Object(Object::default()),
            concurrency: const { NonZeroU32::new(64).expect("not zero") },
            queue: 256,
            max_response: ByteSize::from_mib(8),
            on_problem: OnProblem::Warn,
            ca_pem: None,
            http2: false,
            proxy: None,
        }
    }
}
