//! `@key`: a type that says by what it can be loaded has a connector that does so.

use super::{
    Connector, KeyField, Loads, Place,
    connectors::Connectors,
    literals::argument,
    report::{Explain, Report},
};
use crate::graphql::{LiteralKind, Name, Schema, TypeKind};

/// Reports `@key`s that no connector can load by.
pub(super) fn check_entity_keys(schema: &Schema, connectors: &Connectors, report: &mut Report) {
    for definition in schema.types.values().filter(|definition| definition.kind == TypeKind::Object) {
        for directive in definition.directives.iter().filter(|directive| &*directive.name == "key") {
            let resolvable = argument(directive, "resolvable")
                .is_none_or(|literal| !matches!(literal.kind, LiteralKind::Boolean(false)));
            let Some(literal) = argument(directive, "fields") else { continue };
            let Some(fields) = literal.as_str() else { continue };
            let key = parse_key(fields);
            for field in key.iter().filter(|field| !definition.fields.contains_key(&field.name)) {
                report
                    .error(
                        "INVALID_KEY",
                        format!("`{}` has no field `{}`", definition.name, field.name),
                        literal.span.as_ref(),
                    )
                    .suggest(&field.name, definition.fields.keys(), None);
            }
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

/// `id region { code }`
fn parse_key(text: &str) -> Vec<KeyField> {
    let spaced = text.replace('{', " { ").replace('}', " } ").replace(',', " ");
    let mut open: Vec<Vec<KeyField>> = vec![Vec::new()];
    for word in spaced.split_whitespace() {
        match word {
            "{" => open.push(Vec::new()),
            "}" => {
                if open.len() > 1
                    && let Some(fields) = open.pop()
                    && let Some(parent) = open.last_mut().and_then(|list| list.last_mut())
                {
                    parent.fields = fields;
                }
            }
            name => {
                if let Some(list) = open.last_mut() {
                    list.push(KeyField { name: name.into(), fields: Vec::new() });
                }
            }
        }
    }
    open.swap_remove(0)
}
