//! The body: compact JSON, or a form with bracketed names.

use bytes::Bytes;
use url::form_urlencoded::byte_serialize;

use crate::{
    json::{Object, Value},
    mapping::{Problems, Scope},
    model::RequestTemplate,
    upstream::request::RenderError,
};

pub(super) fn render(
    template: &RequestTemplate,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Result<Option<Bytes>, RenderError> {
    let Some(mapping) = &template.body else { return Ok(None) };
    let Some(value) = mapping.evaluate(&Value::Object(Object::default()), scope, problems) else { return Ok(None) };
    if !template.form {
        let mut out = Vec::new();
        value.write_to(&mut out);
        return Ok(Some(out.into()));
    }
    let Value::Object(members) = &value else {
        return Err(RenderError::new(format!("form must be an object, not {}", value.type_name())));
    };
    let mut out = String::new();
    for (name, value) in members {
        add_field(&mut out, name, value);
    }
    Ok(Some(out.into()))
}

/// `a=1`, `a[b]=1`, `a[0]=1`. As deep as the value, which comes from a bounded document.
fn add_field(out: &mut String, name: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                add_field(out, &format!("{name}[{member}]"), value);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                add_field(out, &format!("{name}[{index}]"), value);
            }
        }
        Value::Null => add_pair(out, name, ""),
        Value::Bool(value) => add_pair(out, name, if *value { "true" } else { "false" }),
        Value::Number(number) => add_pair(out, name, number.as_str()),
        Value::String(text) => add_pair(out, name, text),
    }
}

fn add_pair(out: &mut String, name: &str, value: &str) {
    if !out.is_empty() {
        out.push('&');
    }
    out.extend(byte_serialize(name.as_bytes()));
    out.push('=');
    out.extend(byte_serialize(value.as_bytes()));
}
