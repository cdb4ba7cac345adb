//! `http.headers` of sources and connectors.

use http::HeaderName;

use super::{
    HeaderRule, HeaderSource,
    literals::{Reading, items, member, object, string, template},
    report::{Explain, Report},
    shapes::check_template,
    variables::{Part, Scenery, Text, Usage},
};
use crate::{
    config::{CONNECTION_HEADERS, REQUEST_HEADERS},
    graphql::{Literal, Name},
    mapping::{Piece, Version},
};

const INVALID: &str = "INVALID_HEADER";

/// The rules of a list, with what they depend on.
pub(super) fn read_headers(
    literal: &Literal,
    version: Version,
    scenery: &Scenery<'_>,
    usage: &mut Usage,
    report: &mut Report,
) -> Vec<HeaderRule> {
    let mut rules: Vec<HeaderRule> = Vec::new();
    for item in items(literal) {
        let Some(members) = object(item, "a header", &["name", "from", "value"], report) else { continue };
        let Some(name) = member(members, "name").and_then(|name| header_name(name, report)) else {
            if member(members, "name").is_none() {
                report.error(INVALID, "a header needs a `name`", item.span.as_ref());
            }
            continue;
        };
        let place = member(members, "name").and_then(|name| name.span.as_ref());
        if CONNECTION_HEADERS.contains(&name.as_str()) {
            report
                .error(INVALID, format!("header `{name}` cannot be set"), place)
                .hint("it belongs to the connection, not to the request");
            continue;
        }
        if rules.iter().any(|rule| rule.name == name) {
            report.error("HTTP_HEADER_NAME_COLLISION", format!("header `{name}` is set twice"), place);
            continue;
        }
        if let Some(source) = header_source((item, members), &name, (version, scenery), usage, report) {
            rules.push(HeaderRule { name, source });
        }
    }
    rules
}

/// The connector's rules replace the source's of the same name.
pub(super) fn merge_headers(source: &[HeaderRule], connector: Vec<HeaderRule>) -> Vec<HeaderRule> {
    let kept = source.iter().filter(|rule| !connector.iter().any(|own| own.name == rule.name));
    let mut merged: Vec<HeaderRule> = kept.cloned().collect();
    merged.extend(connector);
    merged
}

/// Whether bodies are forms: the content type is fixed text that says so.
pub(super) fn is_form(headers: &[HeaderRule]) -> bool {
    headers.iter().any(|rule| {
        rule.name == http::header::CONTENT_TYPE
            && matches!(&rule.source, HeaderSource::Value(template)
                if matches!(template.pieces.as_slice(), [Piece::Literal(text)]
                    if text.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")))
    })
}

fn header_source(
    (item, members): (&Literal, &[(Name, Literal)]),
    name: &HeaderName,
    (version, scenery): (Version, &Scenery<'_>),
    usage: &mut Usage,
    report: &mut Report,
) -> Option<HeaderSource> {
    match (member(members, "from"), member(members, "value")) {
        (Some(from), None) => {
            if REQUEST_HEADERS.contains(&name.as_str()) {
                report
                    .error(INVALID, format!("header `{name}` cannot be copied from the client"), from.span.as_ref())
                    .hint("set it with `value`");
                return None;
            }
            let from = header_name(from, report)?;
            usage.headers.push(from.clone());
            Some(HeaderSource::From(from))
        }
        (None, Some(value)) => {
            let reading = Reading { code: INVALID, what: "a header", version };
            let template = template(value, reading, report)?;
            scenery.check(Part { text: Text::Request, code: INVALID }, (value, template.variables()), usage, report);
            check_template(&template, value, reading, scenery, report);
            Some(HeaderSource::Value(template))
        }
        (Some(_), Some(second)) => {
            report
                .error(INVALID, format!("header `{name}` has both `from` and `value`"), second.span.as_ref())
                .hint("keep one of them");
            None
        }
        (None, None) => {
            report
                .error(INVALID, format!("either `from` or `value` must be set for header `{name}`"), item.span.as_ref())
                .hint("`from` copies a header of the client, `value` is a text with `{expressions}`");
            None
        }
    }
}

fn header_name(literal: &Literal, report: &mut Report) -> Option<HeaderName> {
    let text = string(literal, "the name of a header", report)?;
    let name = HeaderName::try_from(text);
    if name.is_err() {
        report.error(INVALID, format!("`{text}` is not the name of a header"), literal.span.as_ref());
    }
    name.ok()
}
