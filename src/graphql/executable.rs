//! Executable documents as texts: their definitions, and a form in which texts that mean the same are equal.
//!
//! For documents that are known before anybody asks. Judges nothing but syntax.

use std::{collections::HashSet, ops::Range};

use apollo_compiler::ast::{Definition, Document, OperationType, Selection};

use super::{
    DocumentLimits, GraphqlError, Location, Name, OperationKind, client_schema,
    guard::guard,
    lexer::{Lexer, TokenKind},
    location::LineIndex,
};

/// An operation or fragment of a document.
#[derive(Debug, Clone)]
pub struct ExecutableDefinition {
    /// What it is.
    pub kind: DefinitionKind,
    /// Absent for anonymous operations.
    pub name: Option<Name>,
    /// Bytes of the document.
    pub range: Range<usize>,
    /// Fragments that it spreads by itself, each once.
    pub spreads: Vec<Name>,
}

/// What a definition defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinitionKind {
    /// An operation.
    Operation(OperationKind),
    /// A fragment.
    Fragment,
}

/// The operations and fragments of a document, in its order.
///
/// # Errors
///
/// It is larger than `limits` allows, or no GraphQL document.
pub fn executable_definitions(
    document: &str,
    limits: &DocumentLimits,
) -> Result<Vec<ExecutableDefinition>, Vec<GraphqlError>> {
    guard(document, limits).map_err(|error| vec![error])?;
    let parsed = client_schema::parse(document, &LineIndex::new(document))?;
    Ok(definitions(&parsed))
}

/// A document without anything that means nothing: comments, commas, spaces, and the order of its definitions. Documents with
/// the same form consist of the same tokens. Is itself a document with that form.
#[must_use]
pub fn normal_form(document: &str) -> String {
    let mut definitions: Vec<String> = Vec::new();
    let (mut current, mut nesting) = (String::new(), 0usize);
    for token in Lexer::new(document) {
        if !current.is_empty() {
            current.push('\n');
        }
        current.push_str(document.get(token.start..token.end).unwrap_or_default());
        match token.kind {
            TokenKind::Punctuator(b'(' | b'[' | b'{') => nesting += 1,
            TokenKind::Punctuator(b')' | b']' | b'}') => {
                nesting = nesting.saturating_sub(1);
                if nesting == 0 && token.kind == TokenKind::Punctuator(b'}') {
                    definitions.push(std::mem::take(&mut current));
                }
            }
            _ => {}
        }
    }
    definitions.push(current);
    definitions.retain(|definition| !definition.is_empty());
    definitions.sort_unstable();
    definitions.join("\n")
}

/// The byte of a text at a location; its end for one that it does not have.
#[must_use]
pub fn offset_of(text: &str, location: Location) -> usize {
    let line = usize::try_from(location.line.saturating_sub(1)).unwrap_or(usize::MAX);
    let column = usize::try_from(location.column.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(start) = LineIndex::new(text).line_start(line) else { return text.len() };
    let rest = text.get(start..).unwrap_or_default();
    rest.char_indices().nth(column).map_or(text.len(), |(at, _)| start + at)
}

fn definitions(document: &Document) -> Vec<ExecutableDefinition> {
    let mut found = Vec::new();
    for definition in &document.definitions {
        let (kind, name, selections) = match definition {
            Definition::OperationDefinition(operation) => {
                let kind = match operation.operation_type {
                    OperationType::Query => OperationKind::Query,
                    OperationType::Mutation => OperationKind::Mutation,
                    OperationType::Subscription => OperationKind::Subscription,
                };
                (DefinitionKind::Operation(kind), operation.name.as_ref(), &operation.selection_set)
            }
            Definition::FragmentDefinition(fragment) => {
                (DefinitionKind::Fragment, Some(&fragment.name), &fragment.selection_set)
            }
            _ => continue,
        };
        let Some(place) = definition.location() else { continue };
        let (mut spreads, mut seen) = (Vec::new(), HashSet::new());
        collect_spreads(selections, &mut spreads, &mut seen);
        found.push(ExecutableDefinition {
            kind,
            name: name.map(|name| Name::from(name.as_str())),
            range: place.offset()..place.end_offset(),
            spreads,
        });
    }
    found
}

/// Recursion is bounded by the nesting that the guard admits.
fn collect_spreads<'a>(selections: &'a [Selection], spreads: &mut Vec<Name>, seen: &mut HashSet<&'a str>) {
    for selection in selections {
        match selection {
            Selection::Field(field) => collect_spreads(&field.selection_set, spreads, seen),
            Selection::InlineFragment(fragment) => collect_spreads(&fragment.selection_set, spreads, seen),
            Selection::FragmentSpread(spread) => {
                if seen.insert(spread.fragment_name.as_str()) {
                    spreads.push(spread.fragment_name.as_str().into());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: DocumentLimits = DocumentLimits {
        bytes: 10_000,
        tokens: 1_000,
        nesting: 50,
        depth: 15,
        aliases: 30,
        root_fields: 20,
        fields: 500,
    };

    #[test]
    fn definitions_are_found_with_their_texts_and_what_they_spread() {
        let document = "query A($x: I = {a: 1}) { a { ...F ... on T { ...G ...F } } }\n# f\nfragment F on T { b }";
        let found = executable_definitions(document, &LIMITS).unwrap();
        let told: Vec<_> = found
            .iter()
            .map(|found| {
                format!(
                    "{:?} {:?} {:?} {}",
                    found.kind,
                    found.name,
                    found.spreads,
                    document.get(found.range.clone()).unwrap()
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                r#"Operation(Query) Some("A") ["F", "G"] query A($x: I = {a: 1}) { a { ...F ... on T { ...G ...F } } }"#,
                r#"Fragment Some("F") [] fragment F on T { b }"#,
            ]
        );
        assert!(executable_definitions("{ a", &LIMITS).is_err());
        assert!(executable_definitions(&"{".repeat(100), &LIMITS).is_err());
    }

    #[test]
    fn what_means_nothing_is_not_in_the_form_and_all_else_is() {
        let same = [
            "query A($x: I = {a: 1}) { a(b: \"x  y\") ...F }\nfragment F on T { c }",
            "fragment F on T{c}query A($x:I={a:1}){a(b:\"x  y\")...F}",
            "\u{feff}query A($x: I = {a: 1},) { # note }\n a(b: \"x  y\"), ... F }\r\n\r\nfragment F on T { c, }\n",
        ];
        let form = normal_form(same[0]);
        for text in same {
            assert_eq!(normal_form(text), form, "{text}");
        }
        assert_eq!(normal_form(&form), form);
        for other in [
            "query A($x: I = {a: 1}) { a(b: \"x y\") ...F }\nfragment F on T { c }",
            "query A($x: I = {a: 1}) { ...F a(b: \"x  y\") }\nfragment F on T { c }",
            "query A($x: I = {a: 1}) { a(b: \"x  y\") ...F }",
            "query A($x: I = {a: 1}) { a(b: \"x  y\") ...F }\nfragment F on T { c } fragment F on T { c }",
            "",
        ] {
            assert_ne!(normal_form(other), form, "{other}");
        }
        // Whatever it is, it neither panics nor says that it is something else.
        for odd in ["}}} {", "\"", "\"\"\" {", "{ a\u{0}b }", "ä ö", "{ a # {"] {
            assert_eq!(normal_form(&normal_form(odd)), normal_form(odd), "{odd}");
        }
    }

    #[test]
    fn locations_are_places_of_the_text() {
        let text = "ab\nçd\r\nef";
        let at = |line, column| offset_of(text, Location { line, column });
        assert_eq!([at(1, 1), at(1, 2), at(2, 2), at(3, 1), at(3, 9), at(9, 1), at(0, 0)], [0, 1, 5, 8, 10, 10, 0]);
    }
}
