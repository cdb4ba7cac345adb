//! Links to other pages: of a `Link` header (RFC 8288), or URLs of a body. Only named parameters are taken of them:
//! wherever a link leads, nobody goes there.

use url::form_urlencoded;

use crate::{
    graphql::Name,
    json::{Object, Value},
};

/// Longest text that is looked at.
const LONGEST: usize = 64 * 1024;

/// What the link to a page is among what an answer gave: a URL, a header's text, or a list of these.
pub(super) fn parameters(found: &Value, relations: &[&str], names: &[Name]) -> Value {
    let texts: Vec<&str> = match found {
        Value::String(text) => vec![text],
        Value::Array(elements) => elements.iter().filter_map(Value::as_str).collect(),
        _ => return Value::Null,
    };
    let url = texts.into_iter().filter(|text| text.len() <= LONGEST).find_map(|text| {
        if text.trim_start().starts_with('<') { of_header(text, relations) } else { Some(text.trim()) }
    });
    let Some(query) = url.and_then(|url| url.split('#').next()?.split_once('?')).map(|(_, query)| query) else {
        return Value::Null;
    };
    let mut members = Object::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if names.iter().any(|known| **known == *name) {
            members.insert(name.as_ref().into(), Value::from(value.into_owned()));
        }
    }
    if members.is_empty() { Value::Null } else { Value::Object(members) }
}

/// The target of the first link that has one of these relations.
fn of_header<'t>(text: &'t str, relations: &[&str]) -> Option<&'t str> {
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (target, after) = rest.get(start + 1..)?.split_once('>')?;
        let end = end_of_link(after);
        let is_wanted = relation(after.get(..end).unwrap_or(after))
            .split_ascii_whitespace()
            .any(|word| relations.iter().any(|relation| word.eq_ignore_ascii_case(relation)));
        if is_wanted {
            return Some(target);
        }
        rest = after.get(end..).unwrap_or_default();
    }
    None
}

/// Where the parameters of a link end: at a comma that stands in no quotes.
fn end_of_link(text: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

/// The value of `rel` among a link's parameters.
fn relation(parameters: &str) -> &str {
    let values = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let mut relations = values.filter(|(name, _)| name.trim().eq_ignore_ascii_case("rel"));
    relations.next().map(|(_, value)| value.trim().trim_matches('"')).unwrap_or_default()
}
