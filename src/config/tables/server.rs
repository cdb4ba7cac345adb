//! `[server]` and `[admin]`.

use std::{collections::HashMap, net::SocketAddr};

use http::HeaderName;

use crate::{
    config::{
        Admin, Secret, Server, Trace, WebSocket, keys,
        reader::{Field, Fields, Reader},
        values,
        values::Invalid,
    },
    diagnostic::{Related, did_you_mean},
};

pub(super) fn read(reader: &mut Reader<'_>, root: &Fields<'_>) -> Server {
    let table = root.get("server").and_then(|field| reader.table(&field));
    let fields = reader.fields("server", table, &keys::SERVER);
    let default = Server::default();
    Server {
        listen: fields.get("listen").and_then(|field| reader.parsed(&field, values::address)).unwrap_or(default.listen),
        body_limit: fields.get("body_limit").and_then(|f| reader.size_above_zero(&f)).unwrap_or(default.body_limit),
        deadline: fields.get("deadline").and_then(|field| reader.duration(&field)).unwrap_or(default.deadline),
        drain_delay: fields
            .get("drain_delay")
            .and_then(|field| reader.duration_or_zero(&field))
            .unwrap_or(default.drain_delay),
        shutdown: fields.get("shutdown").and_then(|field| reader.duration(&field)).unwrap_or(default.shutdown),
        subscriptions: fields
            .get("subscriptions")
            .and_then(|field| reader.count(&field))
            .map_or(default.subscriptions, |count| count as usize),
        trace: fields.get("trace").and_then(|field| trace(reader, &field)).unwrap_or(default.trace),
        compression: fields.get("compression").and_then(|f| reader.boolean(&f)).unwrap_or(default.compression),
        trusted_headers: fields
            .get("trusted_headers")
            .and_then(|field| header_names(reader, &field, values::header_name))
            .unwrap_or(default.trusted_headers),
        websocket: fields.get("websocket").and_then(|field| websocket(reader, &field)).unwrap_or(default.websocket),
    }
}

fn websocket(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<WebSocket> {
    let table = reader.table(field)?;
    let fields = reader.fields(&field.path, Some(table), &keys::SERVER_WEBSOCKET);
    let default = WebSocket::default();
    let mut duration = |key| fields.get(key).and_then(|field| reader.duration(&field));
    let (init_timeout, ping_interval) = (duration("init_timeout"), duration("ping_interval"));
    Some(WebSocket {
        connections: fields
            .get("connections")
            .and_then(|field| reader.count(&field))
            .map_or(default.connections, |count| count as usize),
        operations: fields.get("operations").and_then(|field| reader.size_of_set(&field)).unwrap_or(default.operations),
        init_timeout: init_timeout.unwrap_or(default.init_timeout),
        ping_interval: ping_interval.unwrap_or(default.ping_interval),
    })
}

pub(super) fn read_admin(reader: &mut Reader<'_>, root: &Fields<'_>, public: SocketAddr) -> Option<Admin> {
    let field = root.get("admin")?;
    let table = reader.table(&field)?;
    let fields = reader.fields("admin", Some(table), &keys::ADMIN);
    let token = fields.get("token").and_then(|field| reader.secret(&field, values::token)).map(Secret);
    let Some(listen_field) = fields.get("listen") else {
        let hint = "add `listen = \"127.0.0.1:4001\"`, or remove the table to have no admin listener";
        reader.missing("`[admin]` has no `listen`".to_owned(), &field.key_span, hint);
        return None;
    };
    let listen = reader.parsed(&listen_field, values::address)?;
    if overlap(listen, public) {
        let other = root.get("server").and_then(|server| match &server.value.kind {
            crate::config::raw::RawKind::Table(table) => table.get("listen"),
            _ => None,
        });
        let related = other.map(|entry| Related {
            span: reader.span(&entry.value.span),
            message: "the public listener is here".to_owned(),
        });
        let diagnostic = reader.error(
            "CONFIG_ADDRESS_CONFLICT",
            "the admin listener has the address of the public one",
            &listen_field.value.span,
        );
        diagnostic.hint = Some(format!("choose another port: the public listener has {}", public.port()));
        diagnostic.related.extend(related);
    }
    Some(Admin { listen, token })
}

/// Whether both addresses cannot be listened on at the same time.
fn overlap(left: SocketAddr, right: SocketAddr) -> bool {
    let same_host = left.ip() == right.ip() || left.ip().is_unspecified() || right.ip().is_unspecified();
    left.port() == right.port() && left.port() != 0 && same_host
}

fn trace(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Trace> {
    let text = reader.text(field)?;
    match text.value.as_str() {
        "off" => Some(Trace::Off),
        "loopback" => Some(Trace::Loopback),
        token => {
            let problem = match values::token(token) {
                Ok(token) => return Some(Trace::Token(Secret(token))),
                Err(problem) => problem,
            };
            let near = did_you_mean(token, ["off", "loopback"]);
            let hint = "write `\"off\"`, `\"loopback\"`, or a token of 16 random characters or more";
            let problem = Invalid { hint, ..problem };
            reader.invalid("the value of `server.trace`", &text.span, &problem);
            if let (Some(near), Some(last)) = (near, reader.last_told()) {
                last.message =
                    "the value of `server.trace` is neither `off` nor `loopback`, and too short for a token".to_owned();
                last.hint = Some(format!("did you mean `\"{near}\"`?"));
            }
            None
        }
    }
}

/// A list of header names, each once.
pub(super) fn header_names(
    reader: &mut Reader<'_>,
    field: &Field<'_>,
    parse: fn(&str) -> Result<HeaderName, Invalid>,
) -> Option<Vec<HeaderName>> {
    let elements = reader.list(field, "header names")?;
    let mut names = Vec::new();
    let mut places = HashMap::new();
    for element in elements {
        let Some(name) = reader.parsed(&element, parse) else { continue };
        if let Some(first) = places.get(&name) {
            let related = Related { span: reader.span(first), message: "first listed here".to_owned() };
            let message = format!("the header `{name}` is listed twice");
            let diagnostic = reader.error("CONFIG_INVALID_VALUE", message, &element.value.span);
            diagnostic.hint = Some("remove one; case does not matter in names of headers".to_owned());
            diagnostic.related.push(related);
            continue;
        }
        places.insert(name.clone(), element.value.span.clone());
        names.push(name);
    }
    Some(names)
}
