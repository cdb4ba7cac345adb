//! SDL files to a [`Schema`]: the steps, and the rules that the library does not know.

use std::sync::Arc;

use apollo_compiler::ast::{Definition, Document};

use super::{
    FailedSchema, Schema,
    convert::convert,
    defaults::coerce_defaults,
    links::{self, Links},
    merge::merge_subgraphs,
    problems::Problems,
    rules,
};
use crate::{
    diagnostic::{Diagnostic, SourceFile, Span},
    graphql::{
        guard::NESTING_CEILING,
        lexer::{Lexer, TokenKind},
        library::{Files, name},
        members,
    },
};

/// What every schema may use without declaring it, beyond what the library brings.
const STANDARD: &str = "directive @oneOf on INPUT_OBJECT";

/// See [`super::parse_schema`].
pub(super) fn parse(files: &[Arc<SourceFile>], definitions: &str) -> Result<Schema, FailedSchema> {
    let mut problems = Problems::new(files);
    let mut known =
        parse_definitions(definitions).map_err(|problem| FailedSchema { problems: vec![problem], schema: None })?;
    let documents: Vec<Document> = files.iter().filter_map(|file| parse_file(file, &mut problems)).collect();
    if !problems.is_empty() {
        return Err(FailedSchema { problems: problems.into_list(), schema: None });
    }

    let links = Links::new(&documents);
    let mut documents = without_repeats(documents, &known, &links);
    if let Some(text) = links::out_of_the_way(definitions, &known, &documents) {
        known = parse_definitions(&text).map_err(|problem| FailedSchema { problems: vec![problem], schema: None })?;
    }
    let aliases = links.aliases(&documents, &known);
    known.definitions.retain(|known| !declared(&documents, known));
    known.definitions.extend(aliases);
    merge_subgraphs(&mut documents, &known, &links, &mut problems);
    links::adopt_extensions(&mut documents, &known, &links);
    let documents = rules::check(documents, &known, &links, &mut problems);
    problems.know_definitions(&documents);

    let mut builder = apollo_compiler::Schema::builder();
    for document in documents.iter().chain([&known]) {
        builder = builder.add_ast(document);
    }
    let built = builder.build().unwrap_or_else(|failed| {
        problems.add_library(&failed.errors, &failed.partial);
        failed.partial
    });
    let valid = built.validate().map_or_else(
        |failed| {
            problems.add_library(&failed.errors, &failed.partial);
            failed.partial
        },
        apollo_compiler::validation::Valid::into_inner,
    );
    rules::check_values(&valid, documents.iter().chain([&known]), &mut problems);
    let mut schema = convert(&valid, &problems.files, &documents);
    let definitions = documents.iter().flat_map(|document| &document.definitions);
    let own = definitions.filter_map(Definition::as_directive_definition);
    schema.declared = own.map(|directive| name(&directive.name)).collect();
    if problems.is_empty()
        && let Err(cycle) = coerce_defaults(&mut schema)
    {
        rules::report_cycle(&schema, &cycle, &mut problems);
    }
    if problems.is_empty() {
        return Ok(schema);
    }
    Err(FailedSchema { problems: problems.into_list(), schema: Some(Box::new(schema)) })
}

fn parse_definitions(definitions: &str) -> Result<Document, Diagnostic> {
    Document::parse(format!("{definitions}\n{STANDARD}"), "definitions").map_err(|failed| {
        let first = failed.errors.iter().next().map(|error| error.error.to_string()).unwrap_or_default();
        Diagnostic::without_place("INTERNAL", format!("the built-in definitions do not parse: {first}"))
    })
}

fn parse_file(file: &Arc<SourceFile>, problems: &mut Problems) -> Option<Document> {
    if let Some(range) = too_deep(&file.text) {
        let span = Span { file: file.clone(), range };
        let message = format!("brackets nest more than {NESTING_CEILING} levels deep");
        problems.add(Diagnostic::error("GRAPHQL_SYNTAX", message, span));
        return None;
    }
    // The library takes a file without definitions for a mistake.
    Lexer::new(&file.text).next()?;
    let parsed = apollo_compiler::parser::Parser::new()
        .recursion_limit(NESTING_CEILING * 2)
        .parse_ast(file.text.as_str(), &file.path);
    match parsed {
        Ok(document) => {
            problems.files.insert_all(&document, file);
            if let Some((at, name)) = members::without_value(&file.text) {
                let message = format!("expected `:` and a value after `{name}`");
                let span = Span { file: file.clone(), range: at..at + name.len() };
                problems.add(Diagnostic::error("GRAPHQL_SYNTAX", message, span));
            }
            Some(document)
        }
        Err(failed) => {
            problems.files.insert_all(&failed.partial, file);
            problems.add_syntax(&failed.errors, file);
            None
        }
    }
}

/// The bracket that goes beyond what the recursive parser may see.
fn too_deep(text: &str) -> Option<std::ops::Range<usize>> {
    let mut nesting = 0usize;
    for token in Lexer::new(text) {
        match token.kind {
            TokenKind::Punctuator(b'(' | b'[' | b'{') => nesting += 1,
            TokenKind::Punctuator(b')' | b']' | b'}') => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        if nesting > NESTING_CEILING {
            return Some(token.start..token.end);
        }
    }
    None
}

/// Leaves out what files declare although it is known.
fn without_repeats(mut documents: Vec<Document>, known: &Document, links: &Links) -> Vec<Document> {
    let is_standard = |definition: &Definition| {
        definition.as_directive_definition().is_some_and(|directive| directive.name == "oneOf")
    };
    for document in &mut documents {
        document.definitions.retain(|definition| {
            is_standard(definition) || definition.is_extension_definition() || !links.repeats_known(definition, known)
        });
    }
    documents
}

fn declared(documents: &[Document], known: &Definition) -> bool {
    documents
        .iter()
        .flat_map(|document| &document.definitions)
        .any(|definition| !definition.is_extension_definition() && same_definition(definition, known))
}

fn same_definition(left: &Definition, right: &Definition) -> bool {
    let is_directive = |definition: &Definition| definition.as_directive_definition().is_some();
    left.name().is_some() && left.name() == right.name() && is_directive(left) == is_directive(right)
}

impl Files {
    fn insert_all(&mut self, document: &Document, file: &Arc<SourceFile>) {
        for (id, source) in document.sources.iter() {
            if source.path() == file.path {
                self.insert(*id, file.clone());
            }
        }
    }
}
