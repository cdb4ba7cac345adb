//! `[upstreams.NAME]`: what the environment says about a source.

use std::{collections::HashMap, sync::Arc};

use http::{HeaderName, HeaderValue};
use indexmap::IndexMap;

use super::server::header_names;
use crate::{
    config::{
        Declared, OnProblem, Upstream, files, keys,
        raw::{RawKind, RawTable},
        reader::{Field, Fields, Reader, Text, shorten},
        values,
        values::Invalid,
    },
    diagnostic::Related,
    json::{Number, Object, Value},
};

const LARGEST_CA_FILE: u64 = 4 << 20;
/// Stands for a base URL that is wrong, so that no later stage also misses it.
const NO_BASE_URL: &str = "http://invalid.invalid";

pub(super) fn read(reader: &mut Reader<'_>, root: &Fields<'_>) -> IndexMap<String, Upstream> {
    let mut upstreams = IndexMap::new();
    let Some(field) = root.get("upstreams") else { return upstreams };
    let Some(table) = reader.table(&field) else { return upstreams };
    for (entry, field) in Fields::open("upstreams", table).all() {
        if let Err(problem) = values::upstream_name(&entry.key) {
            reader.invalid(&format!("`{}`", shorten(&entry.key)), &entry.key_span, &problem);
        }
        let mut upstream = match reader.table(&field) {
            Some(table) => read_upstream(reader, &field.path, table),
            None => Upstream::default(),
        };
        upstream.span = Some(reader.span(&entry.key_span));
        upstreams.insert(entry.key.clone(), upstream);
    }
    upstreams
}

fn read_upstream(reader: &mut Reader<'_>, path: &str, table: &RawTable) -> Upstream {
    let fields = reader.fields(path, Some(table), &keys::UPSTREAM);
    let default = Upstream::default();
    let get = |key| fields.get(key);
    Upstream {
        span: None,
        base_url: get("base_url").map(|field| base_url(reader, &field)),
        timeout: get("timeout").and_then(|field| reader.duration(&field)).unwrap_or(default.timeout),
        connect_timeout: get("connect_timeout").and_then(|f| reader.duration(&f)).unwrap_or(default.connect_timeout),
        headers: get("headers").and_then(|field| read_headers(reader, &field)).unwrap_or_default(),
        forward_headers: get("forward_headers")
            .and_then(|field| header_names(reader, &field, values::forwarded_header_name))
            .unwrap_or_default(),
        config: get("config").and_then(|field| read_config(reader, &field)).unwrap_or(default.config),
        concurrency: get("concurrency").and_then(|f| reader.count_above_zero(&f)).unwrap_or(default.concurrency),
        queue: get("queue").and_then(|field| reader.count(&field)).unwrap_or(default.queue),
        max_response: get("max_response").and_then(|f| reader.size_above_zero(&f)).unwrap_or(default.max_response),
        on_problem: get("on_problem").and_then(|field| on_problem(reader, &field)).unwrap_or(default.on_problem),
        ca_pem: get("ca_file").and_then(|field| ca_file(reader, &field)),
        http2: get("http2").and_then(|field| reader.boolean(&field)).unwrap_or(default.http2),
        // A proxy's URL may carry a password.
        proxy: get("proxy").and_then(|field| reader.secret(&field, values::proxy)),
    }
}

fn base_url(reader: &mut Reader<'_>, field: &Field<'_>) -> Declared<String> {
    let checked = reader.text(field).and_then(|text| {
        // One with credentials is not told again.
        let secret = text.secret || text.value.contains('@');
        reader.check(&Text { secret, ..text }, values::base_url)
    });
    Declared { value: checked.unwrap_or_else(|| NO_BASE_URL.to_owned()), span: reader.span(&field.value.span) }
}

fn read_headers(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Vec<(HeaderName, HeaderValue)>> {
    let table = reader.table(field)?;
    let mut headers = Vec::new();
    let mut places = HashMap::new();
    for (entry, field) in Fields::open(&field.path, table).all() {
        let name = match values::sent_header_name(&entry.key) {
            Ok(name) => Some(name),
            Err(problem) => {
                reader.invalid(&format!("`{}`", shorten(&entry.key)), &entry.key_span, &problem);
                None
            }
        };
        let Some(mut value) = reader.secret(&field, values::header_value) else { continue };
        let Some(name) = name else { continue };
        // Kept out of logs and of HTTP/2's header tables.
        value.set_sensitive(true);
        if let Some(first) = places.insert(name.clone(), entry.key_span.clone()) {
            let related = Related { span: reader.span(&first), message: "first declared here".to_owned() };
            let message = format!("the header `{name}` stands twice");
            let diagnostic = reader.error("CONFIG_DUPLICATE_KEY", message, &entry.key_span);
            diagnostic.hint = Some("keep one of them; case does not matter in names of headers".to_owned());
            diagnostic.related.push(related);
        }
        headers.push((name, value));
    }
    Some(headers)
}

fn read_config(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Value> {
    let table = reader.table(field)?;
    Some(object(reader, &field.path, table))
}

fn object(reader: &mut Reader<'_>, path: &str, table: &RawTable) -> Value {
    let mut object = Object::default();
    for (entry, field) in Fields::open(path, table).all() {
        let value = json_value(reader, &field);
        object.insert(Arc::from(entry.key.as_str()), value);
    }
    Value::Object(object)
}

/// The JSON value of a TOML value; null after a diagnostic.
fn json_value(reader: &mut Reader<'_>, field: &Field<'_>) -> Value {
    match &field.value.kind {
        RawKind::Text(_) => reader.text(field).map_or(Value::Null, |text| Value::String(Arc::from(text.value))),
        RawKind::Integer(Some(number)) => Value::Number(Number::from(*number)),
        RawKind::Integer(None) => unrepresentable(reader, field, "does not fit in 64 bits", "write it in quotes"),
        RawKind::Float(number) => match Number::from_f64(*number) {
            Some(number) => Value::Number(number),
            None => unrepresentable(reader, field, "is not a number of JSON", "write a finite number"),
        },
        RawKind::Boolean(value) => Value::Bool(*value),
        RawKind::Datetime(value) => Value::String(Arc::from(value.as_str())),
        RawKind::Array(elements) => {
            let element = |value| Field { path: field.path.clone(), key_span: field.key_span.clone(), value };
            Value::Array(elements.iter().map(|value| json_value(reader, &element(value))).collect())
        }
        RawKind::Table(table) => object(reader, &field.path, table),
    }
}

fn unrepresentable(reader: &mut Reader<'_>, field: &Field<'_>, reason: &'static str, hint: &'static str) -> Value {
    reader.invalid(&format!("`{}`", field.path), &field.value.span, &Invalid::new(reason, hint));
    Value::Null
}

fn on_problem(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<OnProblem> {
    const NAMES: [(&str, OnProblem); 3] =
        [("ignore", OnProblem::Ignore), ("warn", OnProblem::Warn), ("error", OnProblem::Error)];
    reader.choice(field, &NAMES)
}

fn ca_file(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Vec<u8>> {
    let text = reader.text(field)?;
    let path = files::join(&reader.base, &text.value);
    let pem = match files::read(&path, LARGEST_CA_FILE) {
        Ok(pem) => pem,
        Err(error) => {
            reader.file_error(&text, &path, &error, "paths are relative to this file");
            return None;
        }
    };
    match values::certificates(&pem) {
        Ok(()) => Some(pem),
        Err(problem) => {
            reader.invalid(&text.subject(), &text.span, &problem);
            None
        }
    }
}
