//! `http` of a connector: method, URL, headers, query and body, merged with its source.

use url::Url;

use super::{Inputs, Spot};
use crate::{
    graphql::{Literal, Name},
    mapping::{Piece, Template, Version},
    model::{
        BaseUrl, Method, RequestTemplate, UpstreamId,
        headers::{is_form, merge_headers, read_headers},
        literals::{Reading, argument, mapping, member, object, template},
        report::{Explain, Report},
        shapes::{Placed, check_template},
        sources::{Source, Sources, absolute_url, url_property},
        variables::{Part, Scenery, Text, Usage},
    },
};

const MEMBERS: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "body", "headers", "path", "queryParams"];

/// What a connector asks of an upstream.
pub(super) enum Request {
    /// A request.
    Made(Box<RequestTemplate>),
    /// Nothing: it has no `http`.
    Omitted,
}

/// Compiles the request; `None` if it cannot be, which has been reported.
pub(super) fn compile(
    inputs: &Inputs<'_>,
    spot: &Spot<'_>,
    (named, source): (Option<&Literal>, Option<&Source>),
    scenery: &Scenery<'_>,
    (usage, sources, report): (&mut Usage, &mut Sources, &mut Report),
) -> Option<Request> {
    let Some(http) = argument(spot.directive, "http") else {
        return omitted(spot, report);
    };
    let members = object(http, "`http`", &MEMBERS, report)?;
    let own = read_headers_of(members, spot.version, scenery, usage, report);
    let mut property = |name, what| {
        member(members, name).and_then(|literal| url_property(literal, (what, spot.version), scenery, usage, report))
    };
    let path = property("path", "`path`");
    let query = property("queryParams", "`queryParams`");
    let body = member(members, "body").and_then(|literal| {
        let reading = Reading { code: "INVALID_BODY", what: "`body`", version: spot.version };
        let body = mapping(literal, reading, report)?;
        scenery.check(Part { text: Text::Request, code: reading.code }, (literal, body.variables()), usage, report);
        Placed::whole(&body, literal, Text::Request, reading).infer(scenery, report);
        Some(body)
    });
    let (method, literal) = method(members, http, report)?;
    if let (Method::Get, Some(body), true) = (method, member(members, "body"), body.is_some()) {
        report
            .warning("BODY_OF_GET", "a `GET` with a `body`: most services do not read it", body.span.as_ref())
            .hint("send the values as `queryParams`, or use another method");
    }
    let reading = Reading { code: "INVALID_URL", what: "the URL", version: spot.version };
    let mut url = template(literal, reading, report)?;
    scenery.check(Part { text: Text::Request, code: reading.code }, (literal, url.variables()), usage, report);
    check_template(&url, literal, reading, scenery, report);

    let absolute = first_literal(&url).is_some_and(is_absolute);
    let (upstream, base_url) = if named.is_some() {
        if absolute {
            report
                .error(
                    "ABSOLUTE_CONNECT_URL_WITH_SOURCE",
                    "the URL is absolute, but the connector has a source",
                    literal.span.as_ref(),
                )
                .hint("write the path alone: it is appended to the source's base URL")
                .related(named.and_then(|named| named.span.as_ref()), "the source is named here");
            return None;
        }
        let source = source?;
        (source.upstream, BaseUrl::Source(source.base_url.clone()?))
    } else {
        let origin = origin(&url, literal, absolute, report)?;
        let (upstream, base_url) = sources.for_origin(&origin, inputs.config);
        let base_url = base_url.map_or(BaseUrl::Absolute, |base_url| {
            drop_origin(&mut url);
            BaseUrl::Source(base_url)
        });
        (upstream, base_url)
    };
    let headers = match source {
        Some(source) => merge_headers(&source.headers, own),
        None => own,
    };
    let form = is_form(&headers) || (body.is_some() && form_by_settings(sources, upstream, &headers));
    let request = RequestTemplate {
        upstream,
        method,
        base_url,
        source_path: source.and_then(|source| source.path.clone()),
        url,
        path,
        source_query: source.and_then(|source| source.query.clone()),
        query,
        headers,
        body,
        form,
        unset_context: Vec::new(),
    };
    Some(Request::Made(Box::new(request)))
}

fn omitted(spot: &Spot<'_>, report: &mut Report) -> Option<Request> {
    if spot.version >= Version::V0_4 {
        return Some(Request::Omitted);
    }
    report
        .error("HTTP_OMITTED_REQUIRES_V0_4", "the connector has no `http`", spot.directive.span.as_ref())
        .hint("give it a request: `http: { GET: \"/path\" }`; to compute its fields without one, link connect/v0.4");
    None
}

fn read_headers_of(
    members: &[(Name, Literal)],
    version: Version,
    scenery: &Scenery<'_>,
    usage: &mut Usage,
    report: &mut Report,
) -> Vec<crate::model::HeaderRule> {
    member(members, "headers").map(|headers| read_headers(headers, version, scenery, usage, report)).unwrap_or_default()
}

fn method<'a>(members: &'a [(Name, Literal)], http: &Literal, report: &mut Report) -> Option<(Method, &'a Literal)> {
    let mut found =
        Method::ALL.into_iter().filter_map(|method| Some((method.name(), method, member(members, method.name())?)));
    let Some((first, method, literal)) = found.next() else {
        report
            .error("MISSING_HTTP_METHOD", "`http` has no method", http.span.as_ref())
            .hint("add one of `GET`, `POST`, `PUT`, `PATCH` or `DELETE` with a URL");
        return None;
    };
    for (name, _, other) in found {
        report
            .error("MULTIPLE_HTTP_METHODS", format!("`http` has both `{first}` and `{name}`"), other.span.as_ref())
            .hint("keep one: each connector makes one kind of request")
            .related(literal.span.as_ref(), format!("`{first}` stands here"));
    }
    Some((method, literal))
}

/// The origin of an absolute URL, which expressions may not touch.
fn origin(template: &Template, literal: &Literal, absolute: bool, report: &mut Report) -> Option<Url> {
    let text = first_literal(template).unwrap_or_default();
    if !absolute {
        let known = text.split_once("://").map(|(scheme, _)| scheme).filter(|scheme| !scheme.contains(['/', '?']));
        match known {
            Some(scheme) => report.error(
                "INVALID_URL_SCHEME",
                format!("scheme `{scheme}` is not one of `http` or `https`"),
                literal.span.as_ref(),
            ),
            None => report.error(
                "RELATIVE_CONNECT_URL_WITHOUT_SOURCE",
                "the URL is relative, but the connector has no source",
                literal.span.as_ref(),
            ),
        }
        .hint("name a `source`, or write an absolute URL such as `https://api.example.com/path`");
        return None;
    }
    let end = end_of_origin(text);
    if end.is_none() && template.pieces.len() > 1 {
        report
            .error(
                "INVALID_URL",
                "the URL must not contain dynamic pieces in the domain section",
                literal.span.as_ref(),
            )
            .hint("declare a source with a `baseURL` over `$config` or `$env`");
        return None;
    }
    let origin = text.get(..end.unwrap_or(text.len())).unwrap_or(text);
    absolute_url(origin, literal.span.as_ref(), report)
}

fn end_of_origin(text: &str) -> Option<usize> {
    let start = text.find("://").map_or(0, |at| at + 3);
    text.char_indices().find(|(at, c)| *at >= start && matches!(c, '/' | '?' | '#')).map(|(at, _)| at)
}

/// Leaves the path and the query of an absolute URL, for another base.
fn drop_origin(template: &mut Template) {
    if let Some(Piece::Literal(text)) = template.pieces.first_mut() {
        let absolute = text.trim_start();
        let rest = end_of_origin(absolute).and_then(|end| absolute.get(end..)).unwrap_or_default();
        *text = rest.to_owned();
    }
}

fn first_literal(template: &Template) -> Option<&str> {
    match template.pieces.first() {
        Some(Piece::Literal(text)) => Some(text.trim_start()),
        _ => None,
    }
}

fn is_absolute(text: &str) -> bool {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

/// A content type that the configuration sets for every request.
fn form_by_settings(sources: &Sources, upstream: UpstreamId, headers: &[crate::model::HeaderRule]) -> bool {
    let settings = &sources.definitions[upstream.0 as usize].settings;
    !headers.iter().any(|rule| rule.name == http::header::CONTENT_TYPE)
        && settings.headers.iter().any(|(name, value)| {
            name == http::header::CONTENT_TYPE
                && value.to_str().is_ok_and(|value| value.starts_with("application/x-www-form-urlencoded"))
        })
}
