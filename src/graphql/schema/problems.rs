//! What the library finds wrong with a schema, as diagnostics in our words.

use std::{collections::HashMap, sync::Arc};

use apollo_compiler::{
    Schema as LibrarySchema,
    ast::{Document, InputValueDefinition},
    parser::SourceSpan,
    validation::DiagnosticList,
};

use crate::{
    diagnostic::{Diagnostic, Related, SourceFile, Span},
    graphql::{
        library::{Files, syntax_message},
        suggest::suggestions,
    },
};

/// Collects diagnostics; each once.
#[derive(Debug)]
pub(super) struct Problems {
    pub(super) files: Files,
    first: Option<Arc<SourceFile>>,
    /// Names of definitions by the places of the definitions, to mark the name alone.
    names: HashMap<SourceSpan, SourceSpan>,
    found: Vec<Diagnostic>,
}

impl Problems {
    pub(super) fn new(files: &[Arc<SourceFile>]) -> Self {
        Self { files: Files::default(), first: files.first().cloned(), names: HashMap::new(), found: Vec::new() }
    }

    pub(super) fn know_definitions(&mut self, documents: &[Document]) {
        for definition in documents.iter().flat_map(|document| &document.definitions) {
            let name = definition.name().and_then(apollo_compiler::Name::location);
            self.names.extend(definition.location().zip(name));
        }
    }

    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        let key = |diagnostic: &Diagnostic| {
            (
                diagnostic.message.clone(),
                diagnostic.span.as_ref().map(|span| (span.range.clone(), span.file.path.clone())),
            )
        };
        if !self.found.iter().any(|found| key(found) == key(&diagnostic)) {
            self.found.push(diagnostic);
        }
    }

    /// A problem of the schema at a place the library knows.
    pub(super) fn add_at(&mut self, place: Option<SourceSpan>, message: String, hint: Option<String>) {
        let place = place.map(|place| self.names.get(&place).copied().unwrap_or(place));
        let span =
            self.files.span(place).or_else(|| self.first.as_ref().map(|file| Span { file: file.clone(), range: 0..0 }));
        let mut diagnostic = Diagnostic::without_place("INVALID_SCHEMA", message);
        diagnostic.span = span;
        diagnostic.hint = hint;
        self.add(diagnostic);
    }

    pub(super) fn add_syntax(&mut self, errors: &DiagnosticList, file: &Arc<SourceFile>) {
        // The parser stumbles over whatever follows a mistake: only the first error tells one.
        if let Some(error) = errors.iter().next() {
            let message = error.error.to_string();
            let message = syntax_message(&message);
            let span = self.files.span(error_place(&error)).map_or_else(
                || Span { file: file.clone(), range: file.text.len()..file.text.len() },
                |span| within(span, file),
            );
            let mut diagnostic = Diagnostic::error("GRAPHQL_SYNTAX", lower_first(&message), span);
            if matches!(&*message, "expected definition" | "expected an operation or a fragment") {
                diagnostic.message = "expected a definition, such as `type`".to_owned();
                diagnostic.hint = Some("look above for a `}` too many".to_owned());
            } else if message.starts_with("expected a type") || message.starts_with("expected `}`") {
                diagnostic.hint = Some("look above for a `}` that is missing".to_owned());
            }
            self.add(diagnostic);
        }
    }

    pub(super) fn add_library(&mut self, errors: &DiagnosticList, schema: &LibrarySchema) {
        for error in errors.iter() {
            let text = error.error.to_string();
            match error.error.unstable_error_name() {
                // Checked by our own rules, which know imported directives, and where duplicates stand.
                Some("UndefinedDirective" | "UnsupportedValueType" | "UndefinedEnumValue" | "UndefinedInputValue")
                | Some("RequiredField" | "IntCoercionError" | "FloatCoercionError") => {}
                Some("UndefinedDefinition") => {
                    let unknown = between_backticks(&text, 0);
                    let names = schema.types.keys().map(apollo_compiler::Name::as_str);
                    let near = || suggestions(unknown, names).first().map(|name| format!("did you mean `{name}`?"));
                    let hint = made_later(unknown, schema).or_else(near);
                    self.add_at(error_place(&error), format!("unknown type `{unknown}`"), hint);
                }
                Some("UndefinedArgument") => {
                    let (unknown, directive) = (between_backticks(&text, 0), between_backticks(&text, 1));
                    let definition = schema.directive_definitions.get(directive.trim_start_matches('@'));
                    let arguments = definition.into_iter().flat_map(|definition| &definition.arguments);
                    let names: Vec<_> = arguments.map(|argument| argument.name.as_str()).collect();
                    let hint = match suggestions(unknown, names.iter().copied()).first() {
                        Some(near) => Some(format!("did you mean `{near}`?")),
                        None if names.is_empty() => Some("it has no arguments".to_owned()),
                        None if names.len() == 1 => Some(format!("did you mean `{}`?", names[0])),
                        None => Some(format!("its arguments are `{}`", names.join("`, `"))),
                    };
                    self.add_at(error_place(&error), format!("unknown argument `{unknown}` of `{directive}`"), hint);
                }
                Some("UnsupportedLocation" | "UniqueDirective") => {
                    let message = error.error.unstable_compat_message().unwrap_or(text).replace('"', "`");
                    let message = lower_first(message.trim_end_matches('.').trim_start_matches("The "));
                    self.add_at(error_place(&error), message, None);
                }
                Some("RequiredArgument") => {
                    let (directive, argument) = between_backticks(&text, 0).split_once('(').unwrap_or_default();
                    let argument = argument.trim_end_matches([')', ':']);
                    let definition = schema.directive_definitions.get(directive.trim_start_matches('@'));
                    let declared = definition.and_then(|definition| definition.argument_by_name(argument));
                    let hint = declared.map(|declared| what_it_takes(declared, schema));
                    let message = lower_first(text.replace(" in this document", "").trim_end_matches('.'));
                    self.add_at(error_place(&error), message, hint);
                }
                Some("QueryRootOperationType") => {
                    let hint = "declare `type Query`, or name the type in `schema { query: ... }`".to_owned();
                    self.add_at(error_place(&error), "the schema has no query type".into(), Some(hint));
                }
                // There is no query type: that is told, and this follows from it.
                _ if text.starts_with("schema extension without a schema definition") && has_no_query(errors) => {}
                _ if text.starts_with("duplicate definitions for the `") => {
                    if !text.contains("root operation") && !text.contains(" member of union") {
                        continue;
                    }
                    self.add_at(error_place(&error), text, None);
                }
                _ => {
                    let message = lower_first(text.replace(" in this document", "").trim_end_matches('.'));
                    let interface = message.split_once(" does not satisfy interface ").map(|(_, rest)| rest);
                    let declared = interface
                        .and_then(|rest| schema.types.get_key_value(between_backticks(rest, 0)))
                        .and_then(|(name, definition)| self.files.span(definition.name().location()).zip(Some(name)));
                    self.add_at(error_place(&error), message, None);
                    if let (Some((span, name)), Some(added)) = (declared, self.found.last_mut())
                        && added.related.is_empty()
                    {
                        added.related.push(Related { span, message: format!("`{name}` declared here") });
                    }
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn into_list(self) -> Vec<Diagnostic> {
        self.found
    }
}

/// What to write for a required argument.
fn what_it_takes(argument: &InputValueDefinition, schema: &LibrarySchema) -> String {
    let name = &argument.name;
    if let Some(definition) = schema.get_enum(argument.ty.inner_named_type()) {
        let values: Vec<&str> = definition.values.keys().map(apollo_compiler::Name::as_str).collect();
        return format!("add `{name}:`; its values are `{}`", values.join("`, `"));
    }
    match argument.description.as_deref().and_then(|about| about.lines().next()) {
        Some(about) => format!("add `{name}: {}`: {}", argument.ty, lower_first(about.trim_end_matches('.'))),
        None => format!("add `{name}: {}`", argument.ty),
    }
}

/// Of a type that `@connection` makes: that comes after the files are read.
fn made_later(name: &str, schema: &LibrarySchema) -> Option<String> {
    let makes = schema.directive_definitions.get("connection")?.argument_by_name("style").is_some();
    let node = name.strip_suffix("Edge").or(name.strip_suffix("Connection"));
    let is_made = name == "PageInfo" || node.is_some_and(|node| schema.types.contains_key(node));
    (makes && is_made).then(|| {
        format!("declare `{name}` too: what `@connection` makes can only be named in these files where they declare it")
    })
}

fn has_no_query(errors: &DiagnosticList) -> bool {
    errors.iter().any(|error| error.error.unstable_error_name() == Some("QueryRootOperationType"))
}

fn error_place<T: apollo_compiler::diagnostic::ToCliReport>(
    error: &apollo_compiler::diagnostic::Diagnostic<'_, T>,
) -> Option<SourceSpan> {
    error.error.location()
}

/// Cuts a place to what the file has (errors at the end of a file lie beyond it).
fn within(span: Span, file: &Arc<SourceFile>) -> Span {
    let end = span.range.end.min(file.text.len());
    Span { file: span.file, range: span.range.start.min(end)..end }
}

fn between_backticks(text: &str, nth: usize) -> &str {
    text.split('`').nth(2 * nth + 1).unwrap_or_default()
}

pub(super) fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}
