//! Rendering requests: URL templates, query parameters, headers and bodies from values.

use anabranch::{
    json::Value,
    mapping::Scope,
    model::{Connector, Model},
    upstream::{self, UpstreamRequest},
};
use http::{HeaderMap, HeaderValue};

use super::{SCHEMA, compile_schema};

/// A connector and the values of its request.
#[derive(Debug)]
pub(crate) struct Rendering {
    model: Model,
    connector: usize,
    args: Option<Value>,
    batch: Option<Value>,
    headers: HeaderMap,
}

impl Rendering {
    /// A path with one argument.
    pub(crate) fn path() -> Self {
        Self::of("post", Some(r#"{"id": 42}"#), None)
    }

    /// A path, query parameters and headers, with values that must be encoded.
    pub(crate) fn search() -> Self {
        Self::of(
            "search",
            Some(r#"{"text": "river & bridge", "after": "c2Vjb25k", "tags": ["new", "très bon"]}"#),
            None,
        )
    }

    /// A query parameter of a hundred keys.
    pub(crate) fn batch() -> Self {
        let keys: Vec<String> = (1..=100).map(|id| format!(r#"{{"id": {id}}}"#)).collect();
        Self::of("User", None, Some(&format!("[{}]", keys.join(","))))
    }

    /// `name` is what the connector's name ends with.
    fn of(name: &str, args: Option<&str>, batch: Option<&str>) -> Self {
        let (_, model) = compile_schema(SCHEMA, "http://127.0.0.1:1/v1", "");
        let named = |connector: &Connector| {
            connector.name.split(|letter: char| !letter.is_alphanumeric()).any(|part| part == name)
        };
        let connector = model.connectors.iter().position(named).unwrap();
        let parse = |text: &str| Value::parse(text.as_bytes()).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-tenant", HeaderValue::from_static("acme"));
        Self { model, connector, args: args.map(parse), batch: batch.map(parse), headers }
    }

    /// Renders the whole request.
    pub(crate) fn run(&self) -> UpstreamRequest {
        let connector = &self.model.connectors[self.connector];
        let template = connector.request.as_ref().unwrap();
        let settings = &self.model.upstreams[template.upstream.0 as usize].settings;
        let scope = Scope { args: self.args.as_ref(), batch: self.batch.as_ref(), ..Scope::default() };
        let (request, problems) = upstream::render(connector, settings, &scope, &self.headers).unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        request
    }
}
