//! The reader accepts what serde_json accepts, within its depth, and reads the same values.
#![no_main]

use anabranch_fuzz::json::{MAX_DEPTH, Value};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

fuzz_target!(|body: &[u8]| {
    let ours = Value::parse(body);
    let Ok(text) = std::str::from_utf8(body) else {
        assert!(ours.is_err());
        return;
    };
    let accepted = serde_json::from_str::<IgnoredAny>(text).is_ok();
    let nested = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    match ours {
        Err(error) => {
            assert!(error.at <= text.len());
            assert!(!accepted || nested > MAX_DEPTH as usize, "refused at {}", error.at);
        }
        Ok(ours) => {
            assert!(accepted);
            let written = ours.to_string();
            assert_eq!(Value::parse(written.as_bytes()).as_ref(), Ok(&ours));
            // It refuses lone surrogates and numbers out of range, which are no matter of the grammar.
            if let Ok(theirs) = serde_json::from_str::<serde_json::Value>(text) {
                assert_eq!(serde_json::from_str::<serde_json::Value>(&written).ok(), Some(theirs));
            }
        }
    }
});
