//! Keys of objects, compared as `ID`s are: by their text.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use crate::json::{Value, write_string};

/// The key of one object: its key fields as a JSON object, compared with `ID` coercion (`1` equals `"1"`).
#[derive(Debug, Clone)]
pub struct BatchKey {
    canonical: Arc<str>,
    value: Arc<Value>,
}

impl BatchKey {
    /// A key; `None` when any leaf is null or missing (a null key makes no call).
    #[must_use]
    pub fn new(value: Value) -> Option<Self> {
        let mut text = Vec::with_capacity(64);
        write(&value, &mut text).then_some(())?;
        let canonical = String::from_utf8(text).ok()?.into();
        Some(Self { canonical, value: Arc::new(value) })
    }

    /// The canonical text: equal keys have equal texts.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The key as an element of `$batch`.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    pub(super) fn canonical_text(&self) -> Arc<str> {
        Arc::clone(&self.canonical)
    }
}

impl PartialEq for BatchKey {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for BatchKey {}

impl Hash for BatchKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}

/// Writes numbers as strings and members sorted by name. False if there is a null. As deep as key fields are in the schema.
fn write(value: &Value, out: &mut Vec<u8>) -> bool {
    match value {
        Value::Null => return false,
        Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Value::Number(number) => write_string(out, number.as_str()),
        Value::String(text) => write_string(out, text),
        Value::Array(elements) => {
            out.push(b'[');
            for element in elements {
                if !write(element, out) {
                    return false;
                }
                out.push(b',');
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            out.push(b'{');
            for (name, member) in sorted {
                write_string(out, name);
                out.push(b':');
                if !write(member, out) {
                    return false;
                }
                out.push(b',');
            }
            out.push(b'}');
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<BatchKey> {
        BatchKey::new(Value::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn compares_as_ids_do() {
        assert_eq!(key(r#"{"id":1}"#), key(r#"{"id":"1"}"#));
        assert_eq!(key(r#"{"a":1,"b":{"c":"x","d":2}}"#), key(r#"{"b":{"d":"2","c":"x"},"a":"1"}"#));
        assert_ne!(key(r#"{"id":1}"#), key(r#"{"id":2}"#));
        assert_ne!(key(r#"{"id":"true"}"#), key(r#"{"id":true}"#));
        assert_ne!(key(r#"{"a":"x\",\"b\":\"y"}"#), key(r#"{"a":"x","b":"y"}"#));
        assert_eq!(key(r#"{"id":null}"#), None);
        assert_eq!(key(r#"{"id":1,"owner":{"id":null}}"#), None);
    }
}
