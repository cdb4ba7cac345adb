//! The web console and schema files: pages and assets out of the binary, nothing from elsewhere.

use std::{net::SocketAddr, sync::Arc};

use axum::extract::{Path, State};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::RustEmbed;

use super::{
    App,
    asked::Asked,
    cors::{self, Grant},
    negotiate::MediaType,
    respond::{self, Refusal, Response},
    trace,
};
use crate::{
    config::Introspection,
    json::{Number, Object, Value},
    model::View,
};

/// The built console; `console/README.md` says how it is built.
#[derive(RustEmbed)]
#[folder = "console/dist"]
struct Files;

/// Where a page's configuration goes.
const PLACE: &str = "<!--anabranch-config-->";

/// Pages may load what this server has, and nothing else; no script stands in a page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; \
    base-uri 'none'; form-action 'none'";

/// `GET /`: the clients.
pub(super) async fn index(State(app): State<Arc<App>>) -> Response {
    let clients = app.engine.model().clients.values().map(|view| {
        object([
            ("name", text(&view.name)),
            ("endpoint", text(&format!("/{}/graphql", view.name))),
            ("schema", schema_path(view)),
            ("console", Value::Bool(view.console)),
            ("types", Value::Number(Number::from(view.schema.schema().types.len() as u64))),
        ])
    });
    let config = object([("version", text(env!("CARGO_PKG_VERSION"))), ("clients", Value::Array(clients.collect()))]);
    page("index.html", &config)
}

/// `GET /{client}/graphql` in a browser.
pub(super) fn graphiql(app: &App, view: &View, peer: SocketAddr, headers: &HeaderMap) -> Response {
    let traced = trace::available(&app.trace, peer, headers);
    let clients =
        app.engine.model().clients.values().filter(|view| view.console).map(|view| text(&view.name)).collect();
    let config = object([
        ("version", text(env!("CARGO_PKG_VERSION"))),
        ("client", text(&view.name)),
        ("endpoint", text(&format!("/{}/graphql", view.name))),
        ("schema", schema_path(view)),
        ("trace", Value::Bool(traced)),
        ("clients", Value::Array(clients)),
    ]);
    page("graphiql.html", &config)
}

/// `GET /assets/...`: names carry a hash, so they never change.
pub(super) async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = Files::get(&format!("assets/{path}")) else { return respond::not_found().await };
    let etag = format!("\"{}\"", hexadecimal(&file.metadata.sha256_hash()));
    let known =
        headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| {
            list.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == etag)
        });
    let (status, body) = if known {
        (StatusCode::NOT_MODIFIED, Bytes::new())
    } else {
        (StatusCode::OK, Bytes::from(file.data.into_owned()))
    };
    let mut response = respond::response(status, HeaderValue::from_static(content_type(&path)), body);
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    out.insert(
        header::ETAG,
        HeaderValue::from_str(&etag).expect("hexadecimal digits in quotes are a valid header value"),
    );
    response
}

/// `GET /THIRD-PARTY-LICENSES.txt`: of what the console is built from.
pub(super) async fn licenses() -> Response {
    match Files::get("THIRD-PARTY-LICENSES.txt") {
        Some(file) => respond::response(StatusCode::OK, respond::TEXT, file.data.into_owned()),
        None => respond::not_found().await,
    }
}

/// `GET /{client}/schema.graphql`
pub(super) async fn schema(State(app): State<Arc<App>>, Path(client): Path<String>, headers: HeaderMap) -> Response {
    schema_of(&app, &client, &headers)
}

/// `GET /schema.graphql`, where no client is configured.
pub(super) async fn schema_default(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    schema_of(&app, "default", &headers)
}

fn schema_of(app: &App, client: &str, headers: &HeaderMap) -> Response {
    let Some(view) = app.view(client) else { return Refusal::unknown_client(client).into_response(MediaType::Json) };
    if view.introspection == Introspection::Off {
        return Refusal::switched_off().into_response(MediaType::Json);
    }
    let asked = Asked::of(headers);
    if cors::is_forbidden(view, &asked) {
        return Refusal::cross_site().into_response(MediaType::Json);
    }
    let sdl = view.schema.to_sdl();
    let mut response = respond::response(StatusCode::OK, respond::TEXT, sdl);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Grant::of(view, &asked).tell(headers);
    response
}

fn page(name: &str, config: &Value) -> Response {
    let Some(file) = Files::get(name) else {
        let message = "the console is not part of this build\n";
        return respond::response(StatusCode::NOT_FOUND, respond::TEXT, message);
    };
    // `<` never stands in the script element, so that no value can end it.
    let script = format!(
        "<script type=\"application/json\" id=\"anabranch-config\">{}</script>",
        config.to_string().replace('<', "\\u003c")
    );
    let html = String::from_utf8_lossy(&file.data).replacen(PLACE, &script, 1);
    let mut response = respond::response(StatusCode::OK, HeaderValue::from_static("text/html; charset=utf-8"), html);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn schema_path(view: &View) -> Value {
    match view.introspection {
        Introspection::On => text(&format!("/{}/schema.graphql", view.name)),
        Introspection::Off => Value::Null,
    }
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect::<Object>())
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("ttf") => "font/ttf",
        Some("woff2") => "font/woff2",
        Some("json" | "map") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}
