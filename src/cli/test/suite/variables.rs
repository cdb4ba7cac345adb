//! `variables`: what stands behind `$args`, `$this` and the others in one test.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    cli::test::{reader::Reader, yaml::Node},
    json::Value,
};

/// Values of variables; absent ones are absent.
#[derive(Debug, Default)]
pub(in crate::cli::test) struct Variables {
    pub(in crate::cli::test) args: Option<Value>,
    pub(in crate::cli::test) this: Option<Value>,
    pub(in crate::cli::test) batch: Option<Value>,
    pub(in crate::cli::test) context: Option<Value>,
    /// Wins over `upstreams.toml`.
    pub(in crate::cli::test) config: Option<Value>,
    /// Wins over the process's environment.
    pub(in crate::cli::test) env: Option<Value>,
    /// `$requestHeaders`: the client's headers.
    pub(in crate::cli::test) headers: HeaderMap,
}

const KEYS: [&str; 7] = ["$args", "$this", "$batch", "$context", "$config", "$env", "$requestHeaders"];

pub(super) fn read(reader: &mut Reader, node: &Node) -> Variables {
    let mut variables = Variables::default();
    for entry in reader.members(node, "`variables`", &KEYS).unwrap_or_default() {
        let what = format!("`{}`", entry.key);
        match &*entry.key {
            "$args" => variables.args = reader.object(&entry.value, &what),
            "$this" => variables.this = reader.object(&entry.value, &what),
            "$batch" => {
                let objects = reader.list(&entry.value, &what).unwrap_or_default();
                let read = |object| reader.object(object, "an element of `$batch`");
                variables.batch = objects.iter().map(read).collect::<Option<Vec<_>>>().map(Value::Array);
            }
            "$context" => variables.context = reader.object(&entry.value, &what),
            "$config" => variables.config = reader.object(&entry.value, &what),
            "$env" => {
                let texts = reader.mapping(&entry.value, &what).unwrap_or_default();
                let texts = texts.iter().map(|entry| {
                    let text = reader.text(&entry.value, "a variable of the environment")?;
                    Some((entry.key.clone(), Value::String(text.text)))
                });
                variables.env = texts.collect::<Option<_>>().map(Value::Object);
            }
            "$requestHeaders" => variables.headers = headers(reader, &entry.value, &what),
            _ => {}
        }
    }
    variables
}

/// Headers: a text, or a list of texts for one that stands several times.
pub(super) fn headers(reader: &mut Reader, node: &Node, what: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for entry in reader.mapping(node, what).unwrap_or_default() {
        let Some(name) = header_name(reader, entry) else { continue };
        for value in reader.texts(&entry.value, &format!("header `{}`", entry.key)).unwrap_or_default() {
            match HeaderValue::from_bytes(value.text.as_bytes()) {
                // More than a map can hold is as good as too much.
                Ok(text) => drop(headers.try_append(&name, text)),
                Err(_) => {
                    let message = format!("header `{name}` holds a line break or another control character");
                    reader.mistake("TEST_INVALID_VALUE", message, &value.range, "remove it");
                }
            }
        }
    }
    headers
}

pub(super) fn header_name(reader: &mut Reader, entry: &crate::cli::test::yaml::Entry) -> Option<HeaderName> {
    let name = HeaderName::from_bytes(entry.key.as_bytes()).ok();
    if name.is_none() {
        let message = format!("`{}` is not a name of a header", entry.key);
        reader.mistake("TEST_INVALID_VALUE", message, &entry.key_range, "write letters, digits and `-`");
    }
    name
}
