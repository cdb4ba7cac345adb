//! `@key`: a type that says by what it can be loaded has a connector that does so.

use std::ops::Range;

use super::{
    Connector, KeyField, Loads, Place,
    connectors::Connectors,
    literals::argument,
    report::{Explain, Report, one_of},
};
use crate::graphql::{Literal, LiteralKind, Name, Schema, TypeDefinition, TypeKind};

/// Reports `@key`s that no connector can load by.
pub(super) fn check_entity_keys(schema: &Schema, connectors: &Connectors, report: &mut Report) {
    for definition in schema.types.values().filter(|definition| definition.kind == TypeKind::Object) {
        for directive in definition.directives.iter().filter(|directive| &*directive.name == "key") {
            let resolvable = argument(directive, "resolvable")
                .is_none_or(|literal| !matches!(literal.kind, LiteralKind::Boolean(false)));
            let Some(literal) = argument(directive, "fields") else { continue };
            let Some(fields) = literal.as_str() else { continue };
            let Some(key) = read_key(schema, definition, literal, fields, report) else { continue };
            let loaded = connectors
                .list
                .iter()
                .any(|connector| extends(connector, &definition.name) && within_key(&connector.key, &key));
            let broken = connectors.broken.iter().any(|(name, field)| *name == definition.name && field.is_none());
            if resolvable && !loaded && !broken && connectors.broken.is_empty() {
                report
                    .error(
                        "MISSING_ENTITY_CONNECTOR",
                        format!("no connector loads `{}` by its key `{fields}`", definition.name),
                        literal.span.as_ref(),
                    )
                    .hint(format!(
                        "put a `@connect` that uses `$this` or `$batch` on `{}` or a field of it, or set `resolvable: false`",
                        definition.name
                    ));
            }
        }
    }
}

/// Whether a connector gives fields of the object to whoever has its key: it loads the object, or a field of it.
fn extends(connector: &Connector, object: &Name) -> bool {
    match (&connector.loads, &connector.place) {
        (Some(Loads::Single | Loads::Batch { .. } | Loads::Entity), _) => connector.returns.name() == object,
        (None, Place::Field { parent, .. }) => parent == object && !connector.key.is_empty(),
        (None, Place::Root { .. } | Place::Type { .. }) => false,
    }
}

/// Whether every needed field is in the key.
fn within_key(needed: &[KeyField], key: &[KeyField]) -> bool {
    needed
        .iter()
        .all(|field| key.iter().any(|known| known.name == field.name && within_key(&field.fields, &known.fields)))
}

/// `id region { code }`, if each word is a field of its type.
fn read_key(
    schema: &Schema,
    definition: &TypeDefinition,
    literal: &Literal,
    text: &str,
    report: &mut Report,
) -> Option<Vec<KeyField>> {
    let before = report.errors();
    let mut open = vec![(Some(definition), Vec::<KeyField>::new())];
    for range in words(text) {
        let word = text.get(range.clone())?;
        let (of, list) = open.last_mut()?;
        match word {
            "{" => {
                let parent = list.last().filter(|field| field.fields.is_empty());
                let Some(parent) = parent else { return malformed(literal, range, report) };
                let of = of.and_then(|of| schema.types.get(of.fields.get(&parent.name)?.ty.name()));
                // What the members of a union have in common is not looked for.
                let of = of.filter(|of| matches!(of.kind, TypeKind::Object | TypeKind::Interface));
                open.push((of, Vec::new()));
            }
            "}" => {
                let fields = open.pop().map(|(_, fields)| fields).filter(|fields| !fields.is_empty());
                let parent = open.last_mut().and_then(|(_, list)| list.last_mut());
                let (Some(fields), Some(parent)) = (fields, parent) else { return malformed(literal, range, report) };
                parent.fields = fields;
            }
            name => {
                list.push(KeyField { name: name.into(), fields: Vec::new() });
                if let Some(of) = of.filter(|of| !of.fields.contains_key(name) && name != "__typename") {
                    let message = format!("`{}` has no field `{name}`", of.name);
                    report.error_within("INVALID_KEY", message, literal, range).suggest(
                        name,
                        of.fields.keys(),
                        Some(format!("it has {}", one_of(of.fields.keys()))),
                    );
                }
            }
        }
    }
    let (_, key) = open.pop()?;
    if !open.is_empty() || key.is_empty() {
        return malformed(literal, 0..text.len(), report);
    }
    (report.errors() == before).then_some(key)
}

fn malformed(literal: &Literal, range: Range<usize>, report: &mut Report) -> Option<Vec<KeyField>> {
    report
        .error_within("INVALID_KEY", "the key is not a list of fields", literal, range)
        .hint("write the names of fields, those of objects in braces: `id region { code }`");
    None
}

/// Names and braces; commas are blank.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut in_word = false;
    for (at, c) in text.char_indices() {
        let is_brace = matches!(c, '{' | '}');
        let is_blank = c.is_whitespace() || c == ',';
        match found.last_mut() {
            Some(last) if in_word && !is_brace && !is_blank => last.end = at + c.len_utf8(),
            _ if !is_blank => found.push(at..at + c.len_utf8()),
            _ => {}
        }
        in_word = !is_brace && !is_blank;
    }
    found
}
