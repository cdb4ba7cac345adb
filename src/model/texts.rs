//! The texts of a connector by what they are for, so that what a running mapping meets can be shown in its file.

use http::HeaderName;

use super::{
    Method,
    literals::{argument, items, member},
};
use crate::graphql::{Directive, Literal, LiteralKind, Name};

/// One of the mappings and templates of a connector, its own or its source's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ConnectorText {
    /// `selection`
    Selection,
    /// The URL beside the method.
    Url,
    /// `http.path`
    Path,
    /// `http.queryParams`
    Query,
    /// `value` of one of `http.headers`.
    Header(HeaderName),
    /// `http.body`
    Body,
    /// `isSuccess`
    IsSuccess,
    /// `errors.message`
    ErrorMessage,
    /// `errors.extensions`
    ErrorExtensions,
    /// `http.path` of the source
    SourcePath,
    /// `http.queryParams` of the source
    SourceQuery,
    /// `errors.extensions` of the source, which stand beside the connector's.
    SourceErrorExtensions,
}

/// Literals of texts. The selection, which every connector has, is not among them.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    list: Vec<(ConnectorText, Literal)>,
}

// === impl Texts ===

impl Texts {
    /// The literal of a text.
    #[must_use]
    pub fn get(&self, text: &ConnectorText) -> Option<&Literal> {
        self.list.iter().find(|(known, _)| known == text).map(|(_, literal)| literal)
    }

    /// Those of a `@source`, as its connectors inherit them.
    pub(super) fn of_source(directive: &Directive) -> Self {
        Self::read(
            directive,
            [ConnectorText::SourcePath, ConnectorText::SourceQuery, ConnectorText::SourceErrorExtensions],
        )
    }

    /// Those of a `@connect`, and what it takes from its source.
    pub(super) fn of_connector(directive: &Directive, source: Option<&Self>) -> Self {
        let own = [ConnectorText::Path, ConnectorText::Query, ConnectorText::ErrorExtensions];
        let mut texts = Self::read(directive, own);
        for (text, literal) in source.into_iter().flat_map(|source| &source.list) {
            if texts.get(text).is_none() {
                texts.list.push((text.clone(), literal.clone()));
            }
        }
        texts
    }

    /// Three texts of a source stand beside those of the connector; all others are replaced by them.
    fn read(directive: &Directive, [path, query, extensions]: [ConnectorText; 3]) -> Self {
        let mut texts = Self::default();
        let http = argument(directive, "http").map(members).unwrap_or_default();
        for method in Method::ALL {
            texts.add(ConnectorText::Url, member(http, method.name()));
        }
        texts.add(path, member(http, "path"));
        texts.add(query, member(http, "queryParams"));
        texts.add(ConnectorText::Body, member(http, "body"));
        for header in member(http, "headers").map(items).unwrap_or_default() {
            let header = members(header);
            let name = member(header, "name").and_then(Literal::as_str).and_then(|name| name.parse().ok());
            if let Some(name) = name {
                texts.add(ConnectorText::Header(name), member(header, "value"));
            }
        }
        texts.add(ConnectorText::IsSuccess, argument(directive, "isSuccess"));
        let errors = argument(directive, "errors").map(members).unwrap_or_default();
        texts.add(ConnectorText::ErrorMessage, member(errors, "message"));
        texts.add(extensions, member(errors, "extensions"));
        texts
    }

    fn add(&mut self, text: ConnectorText, literal: Option<&Literal>) {
        self.list.extend(literal.map(|literal| (text, literal.clone())));
    }
}

fn members(literal: &Literal) -> &[(Name, Literal)] {
    match &literal.kind {
        LiteralKind::Object(members) => members,
        _ => &[],
    }
}
