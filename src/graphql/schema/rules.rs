//! Rules on schemas beyond the library's: duplicates with both places, unknown directives, values, `@oneOf`.

use std::collections::HashMap;

use apollo_compiler::{
    Name as LibraryName, Node, Schema as LibrarySchema,
    ast::{self, Definition, Directive, Document, InputValueDefinition},
    parser::SourceSpan,
};

use super::{
    Schema, convert::convert_all, defaults::DefaultCycle, deprecation, links::Links, mismatch, problems::Problems,
};
use crate::{
    diagnostic::{Diagnostic, did_you_mean},
    graphql::{
        library::type_ref,
        suggest::suggestions,
        values::{self, Mismatch, ValueVisitor, VariableUsage},
    },
};

/// Checks names and directives; gives the documents back without duplicate definitions.
pub(super) fn check(
    mut documents: Vec<Document>,
    known: &Document,
    links: &Links,
    problems: &mut Problems,
) -> Vec<Document> {
    drop_duplicates(&mut documents, problems);
    check_members(&documents, problems);
    check_directives_known(&documents, known, links, problems);
    documents
}

/// Checks every value written in the schema against its type.
pub(super) fn check_values<'a>(
    library: &LibrarySchema,
    documents: impl Iterator<Item = &'a Document> + Clone,
    problems: &mut Problems,
) {
    let schema = &convert_all(library);
    let mut reporter = Reporter { problems, meant: Vec::new() };
    for definition in documents.clone().flat_map(|document| &document.definitions) {
        for value in input_values(definition) {
            match &value.default_value {
                Some(default) => values::check(schema, &type_ref(&value.ty), false, default, &mut reporter),
                None => deprecation::check_required(value, reporter.problems),
            }
        }
        deprecation::check_implementation(schema, definition, fields(definition), reporter.problems);
        if let Definition::InputObjectTypeDefinition(input) = definition
            && input.directives.has("oneOf")
        {
            check_one_of(&input.fields, reporter.problems);
        }
    }
    for directive in documents.flat_map(|document| &document.definitions).flat_map(all_directives) {
        let Some(definition) = library.directive_definitions.get(&directive.name) else { continue };
        reporter.meant.clear();
        deprecation::check_reason(directive, reporter.problems);
        for argument in &directive.arguments {
            let declared = definition.argument_by_name(&argument.name);
            // Null for what is required is told as its absence.
            if let Some(declared) = declared.filter(|declared| !declared.is_required() || !argument.value.is_null()) {
                values::check(schema, &type_ref(&declared.ty), false, &argument.value, &mut reporter);
            }
        }
    }
}

struct Reporter<'a> {
    problems: &'a mut Problems,
    /// Fields that misspelt ones were meant to be: they are not told as missing too.
    meant: Vec<String>,
}

impl ValueVisitor for Reporter<'_> {
    fn problem(&mut self, place: Option<SourceSpan>, mismatch: &Mismatch<'_>) {
        match mismatch {
            Mismatch::UnknownField { definition, key } => {
                self.meant.extend(did_you_mean(key, definition.input_fields.keys()))
            }
            Mismatch::Missing { field, .. } if self.meant.iter().any(|meant| **meant == *field.name) => return,
            _ => {}
        }
        let (message, hint) = mismatch::explain(mismatch);
        self.problems.add_at(place, message, hint);
    }

    fn variable(&mut self, usage: VariableUsage) {
        self.problems.add_at(usage.place, format!("variable `${}` has no place in a schema", usage.name), None);
    }
}

/// A default that needs itself.
pub(super) fn report_cycle(schema: &Schema, cycle: &DefaultCycle, problems: &mut Problems) {
    let (type_name, field) = (&cycle.type_name, &cycle.field);
    let message = format!("the default of `{type_name}.{field}` needs itself");
    let place = schema.types.get(type_name).and_then(|input| input.input_fields.get(field)?.span.clone());
    problems.add(match place {
        Some(span) => Diagnostic::error("INVALID_SCHEMA", message, span),
        None => Diagnostic::without_place("INVALID_SCHEMA", message),
    });
}

fn drop_duplicates(documents: &mut [Document], problems: &mut Problems) {
    let mut seen: HashMap<(bool, LibraryName), Option<SourceSpan>> = HashMap::new();
    for document in documents {
        document.definitions.retain(|definition| {
            let Some(name) = definition.name().filter(|_| !definition.is_extension_definition()) else { return true };
            let is_directive = definition.as_directive_definition().is_some();
            match seen.entry((is_directive, name.clone())) {
                std::collections::hash_map::Entry::Vacant(entry) => {
                    entry.insert(name.location());
                    true
                }
                std::collections::hash_map::Entry::Occupied(first) => {
                    if is_directive {
                        duplicate(&format!("directive `@{name}`"), name, *first.get(), None, problems);
                    } else {
                        report_type_twice(name, *first.get(), problems);
                    }
                    false
                }
            }
        });
    }
}

/// A type that is defined again.
pub(super) fn report_type_twice(name: &LibraryName, first: Option<SourceSpan>, problems: &mut Problems) {
    let hint = "join them, or write `extend` before one of them".to_owned();
    duplicate(&format!("type `{name}`"), name, first, Some(hint), problems);
}

/// Fields, input fields, enum values and arguments that are declared twice.
fn check_members(documents: &[Document], problems: &mut Problems) {
    let mut seen: HashMap<(&str, &str), Option<SourceSpan>> = HashMap::new();
    for definition in documents.iter().flat_map(|document| &document.definitions) {
        let Some(type_name) = definition.name().filter(|_| definition.as_directive_definition().is_none()) else {
            continue;
        };
        for member in members(definition) {
            if let Some(first) = seen.insert((type_name, member), member.location()) {
                duplicate(&format!("`{type_name}.{member}`"), member, first, None, problems);
            }
        }
    }
}

fn duplicate(what: &str, name: &LibraryName, first: Option<SourceSpan>, hint: Option<String>, problems: &mut Problems) {
    let Some(span) = problems.files.span(name.location()) else { return };
    let mut diagnostic = Diagnostic::error("INVALID_SCHEMA", format!("{what} is declared more than once"), span);
    if let Some(first) = problems.files.span(first) {
        diagnostic = diagnostic.with_related(first, "first declared here");
    }
    diagnostic.hint = hint;
    problems.add(diagnostic);
}

fn members(definition: &Definition) -> Vec<&LibraryName> {
    use Definition as D;
    match definition {
        D::ObjectTypeDefinition(d) => d.fields.iter().map(|field| &field.name).collect(),
        D::ObjectTypeExtension(d) => d.fields.iter().map(|field| &field.name).collect(),
        D::InterfaceTypeDefinition(d) => d.fields.iter().map(|field| &field.name).collect(),
        D::InterfaceTypeExtension(d) => d.fields.iter().map(|field| &field.name).collect(),
        D::InputObjectTypeDefinition(d) => d.fields.iter().map(|field| &field.name).collect(),
        D::InputObjectTypeExtension(d) => d.fields.iter().map(|field| &field.name).collect(),
        D::EnumTypeDefinition(d) => d.values.iter().map(|value| &value.value).collect(),
        D::EnumTypeExtension(d) => d.values.iter().map(|value| &value.value).collect(),
        _ => Vec::new(),
    }
}

fn fields(definition: &Definition) -> &[Node<ast::FieldDefinition>] {
    match definition {
        Definition::ObjectTypeDefinition(d) => &d.fields,
        Definition::ObjectTypeExtension(d) => &d.fields,
        Definition::InterfaceTypeDefinition(d) => &d.fields,
        Definition::InterfaceTypeExtension(d) => &d.fields,
        _ => &[],
    }
}

fn input_values(definition: &Definition) -> Vec<&Node<InputValueDefinition>> {
    match definition {
        Definition::InputObjectTypeDefinition(d) => d.fields.iter().collect(),
        Definition::InputObjectTypeExtension(d) => d.fields.iter().collect(),
        Definition::DirectiveDefinition(d) => d.arguments.iter().collect(),
        _ => fields(definition).iter().flat_map(|field| &field.arguments).collect(),
    }
}

/// Every directive in use within a definition.
pub(super) fn all_directives(definition: &Definition) -> Vec<&Node<Directive>> {
    let mut all: Vec<_> = match definition {
        Definition::DirectiveDefinition(_) => Vec::new(),
        _ => definition.directives().iter().collect(),
    };
    all.extend(fields(definition).iter().flat_map(|field| field.directives.iter()));
    all.extend(input_values(definition).into_iter().flat_map(|value| value.directives.iter()));
    match definition {
        Definition::EnumTypeDefinition(d) => all.extend(d.values.iter().flat_map(|value| value.directives.iter())),
        Definition::EnumTypeExtension(d) => all.extend(d.values.iter().flat_map(|value| value.directives.iter())),
        _ => {}
    }
    all
}

fn check_one_of(fields: &[Node<InputValueDefinition>], problems: &mut Problems) {
    for field in fields {
        if field.ty.is_non_null() {
            let message = format!("`{}` must be nullable: at most one field of a `@oneOf` type is given", field.name);
            problems.add_at(field.name.location(), message, None);
        }
        if field.default_value.is_some() {
            let message =
                format!("`{}` cannot have a default: a field of a `@oneOf` type is only given explicitly", field.name);
            problems.add_at(field.name.location(), message, None);
        }
    }
}

// === directives that nothing declares ===

fn check_directives_known(documents: &[Document], known: &Document, links: &Links, problems: &mut Problems) {
    const BUILT_IN: [&str; 4] = ["skip", "include", "deprecated", "specifiedBy"];
    let definitions = || documents.iter().flat_map(|document| &document.definitions);
    let declared = definitions().chain(&known.definitions).filter_map(Definition::as_directive_definition);
    let mut names: Vec<&str> = declared.map(|definition| definition.name.as_str()).chain(BUILT_IN).collect();
    names.extend(links.imported());
    for directive in definitions().flat_map(all_directives) {
        let name = directive.name.as_str();
        if names.contains(&name) || links.brings(name) {
            continue;
        }
        let close = || suggestions(name, names.iter().copied()).into_iter().next();
        let hint = match name {
            "connect" | "source" => "it belongs in the files of the graph: a view names no service".to_owned(),
            "connection" | "poll" => "it belongs in the files of the graph: a view shows what comes of it".to_owned(),
            "from" | "preset" | "max" => "it belongs in the view of a client".to_owned(),
            _ => close().map_or_else(
                || "declare it with `directive @...`, or import it with `@link`".to_owned(),
                |close| format!("did you mean `@{close}`?"),
            ),
        };
        problems.add_at(directive.location(), format!("unknown directive `@{name}`"), Some(hint));
    }
}
