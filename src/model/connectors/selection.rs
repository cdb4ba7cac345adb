//! `selection`: what it gives against the type that it is for.

use super::Spot;
use crate::{
    diagnostic::Severity,
    graphql::{FieldDefinition, Literal, Schema, TypeDefinition, TypeKind, TypeRef},
    mapping::{Mapping, ObjectShape, Shape, ShapeField},
    model::{
        literals::{Reading, argument, mapping},
        report::{Explain, Report},
        variables::{Part, Scenery, Text, Usage, is_composite},
    },
};

const TYPENAME: &str = "__typename";

/// Parses the selection and notes its variables.
pub(super) fn compile(
    spot: &Spot<'_>,
    scenery: &Scenery<'_>,
    usage: &mut Usage,
    report: &mut Report,
) -> Option<(Mapping, Literal)> {
    let Some(literal) = argument(spot.directive, "selection") else {
        report.error("INVALID_SELECTION", "the connector has no `selection`", spot.directive.span.as_ref());
        return None;
    };
    let reading = Reading { code: "INVALID_SELECTION", what: "`selection`", version: spot.version };
    let mapping = mapping(literal, reading, report)?;
    scenery.check(Part { text: Text::Selection, code: reading.code }, (literal, mapping.variables()), usage, report);
    Some((mapping, literal.clone()))
}

/// Every output key is a field of the type; objects have sub-selections, leaves have none.
pub(super) fn check(schema: &Schema, returns: &TypeRef, shape: &Shape, literal: &Literal, report: &mut Report) {
    let Some(definition) = schema.types.get(returns.name()) else { return };
    let mut checker = Checker { schema, literal, report };
    let whole = 0..literal.as_str().map_or(0, str::len);
    match (is_composite(definition), shape) {
        (true, Shape::Object(object)) => checker.object(definition, object, &whole),
        (true, Shape::Unknown | Shape::Scalar) => checker.group_required(definition, "the selection", whole),
        (false, Shape::Object(_)) if takes_any_json(definition) => {}
        (false, Shape::Object(object)) => {
            let bare = object.fields.keys().next().filter(|_| object.fields.len() == 1);
            let hint = bare.map(|key| format!("one bare key makes an object: write `$.{key}`"));
            let message = format!("the selection gives an object, but `{}` is not an object type", definition.name);
            // Elsewhere this composes, and the field is null: a warning, so that such files load.
            let diagnostic = checker.report.error_within("GROUP_SELECTION_IS_NOT_OBJECT", message, literal, whole);
            diagnostic.severity = Severity::Warning;
            diagnostic.hint = hint;
        }
        (false, Shape::Unknown | Shape::Scalar) => {}
    }
}

struct Checker<'a> {
    schema: &'a Schema,
    literal: &'a Literal,
    report: &'a mut Report,
}

// === impl Checker ===

impl Checker<'_> {
    fn object(&mut self, definition: &TypeDefinition, shape: &ObjectShape, range: &std::ops::Range<usize>) {
        if shape.fields.is_empty() {
            self.report.error_within("INVALID_SELECTION", "the selection gives no fields", self.literal, range.clone());
        }
        if definition.kind != TypeKind::Object && !shape.fields.contains_key(TYPENAME) {
            let members = self.schema.possible_types(&definition.name);
            let example = members.first().map_or("Type", |name| &**name);
            self.report
                .error_within(
                    "MISSING_TYPENAME",
                    format!("`{}` is an abstract type, but the selection does not give `__typename`", definition.name),
                    self.literal,
                    range.clone(),
                )
                .hint(format!("add `__typename: kind->match([\"...\", \"{example}\"], ...)`"));
        }
        if let Some(given) = shape.fields.get(TYPENAME) {
            self.typename(definition, given);
        }
        for (name, field) in shape.fields.iter().filter(|(name, _)| *name != TYPENAME) {
            self.field(definition, name, field);
        }
    }

    /// The types that a `__typename` names.
    fn typename(&mut self, definition: &TypeDefinition, given: &ShapeField) {
        let possible = self.schema.possible_types(&definition.name);
        for word in given.words.iter().filter(|word| !possible.iter().any(|name| **name == ***word)) {
            let all: Vec<String> = possible.iter().map(|name| format!("`{name}`")).collect();
            self.report
                .error_within(
                    "INVALID_TYPENAME",
                    format!("`__typename` gives `{word}`, but `{}` cannot be that", definition.name),
                    self.literal,
                    given.range.clone(),
                )
                .suggest(word, &possible, Some(format!("it can be {}", all.join(", "))))
                .related(definition.span.as_ref(), format!("`{}` declared here", definition.name));
        }
    }

    fn field(&mut self, definition: &TypeDefinition, name: &str, given: &ShapeField) {
        let declared = declarations(self.schema, definition, name);
        let Some(first) = declared.first() else {
            let candidates = candidates(self.schema, definition);
            let item = self.literal.as_str().and_then(|text| text.get(given.range.clone())).unwrap_or_default();
            let wraps = item.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('{'));
            let help = if wraps {
                format!("declare it in the type; to take what is in it, write `$.{name} {{ ... }}`")
            } else {
                "declare it in the type, or remove it from the selection".to_owned()
            };
            self.report
                .error_within(
                    "SELECTED_FIELD_NOT_FOUND",
                    format!("`{name}` is not a field of `{}`", definition.name),
                    self.literal,
                    given.range.clone(),
                )
                .suggest(name, candidates, Some(help))
                .related(definition.span.as_ref(), format!("`{}` declared here", definition.name));
            return;
        };
        if !first.arguments.is_empty() {
            self.report
                .error_within(
                    "CONNECTORS_FIELD_WITH_ARGUMENTS",
                    format!("`{}.{name}` has arguments, so a selection cannot give it", definition.name),
                    self.literal,
                    given.range.clone(),
                )
                .hint("give the field its own `@connect`")
                .related(first.span.as_ref(), "declared here");
            return;
        }
        let Some(ty) = self.schema.types.get(first.ty.name()) else { return };
        match (is_composite(ty), &given.shape) {
            (true, Shape::Object(object)) => {
                let mut seen: Vec<&str> = Vec::new();
                for declared in declared {
                    if let Some(ty) = self.schema.types.get(declared.ty.name())
                        && is_composite(ty)
                        && !seen.contains(&&*ty.name)
                    {
                        seen.push(&ty.name);
                        self.object(ty, object, &given.range);
                    }
                }
            }
            (true, Shape::Unknown | Shape::Scalar) => {
                self.group_required(ty, &format!("`{name}`"), given.range.clone());
            }
            (false, Shape::Object(_)) if takes_any_json(ty) => {}
            (false, Shape::Object(_)) => {
                self.report
                    .error_within(
                        "GROUP_SELECTION_IS_NOT_OBJECT",
                        format!("`{name}` has a sub-selection, but `{}` is not an object type", ty.name),
                        self.literal,
                        given.range.clone(),
                    )
                    .related(first.span.as_ref(), "declared here");
            }
            (false, Shape::Unknown | Shape::Scalar) => {}
        }
    }

    fn group_required(&mut self, ty: &TypeDefinition, what: &str, range: std::ops::Range<usize>) {
        let example = ty.fields.keys().next().map_or("id", |name| &**name);
        self.report
            .error_within(
                "GROUP_SELECTION_REQUIRED_FOR_OBJECT",
                format!("{what} gives `{}`, an object type: its fields must be selected", ty.name),
                self.literal,
                range,
            )
            .hint(format!("write the fields in braces: `{{ {example} }}`"))
            .related(ty.span.as_ref(), format!("`{}` declared here", ty.name));
    }
}

/// Whether a leaf may be an object: custom scalars hold whatever JSON there is.
fn takes_any_json(definition: &TypeDefinition) -> bool {
    let built_in = ["Int", "Float", "String", "Boolean", "ID"].contains(&&*definition.name);
    definition.kind == TypeKind::Scalar && !built_in
}

/// The field in the type itself, or in each concrete type that an abstract one may be.
fn declarations<'s>(schema: &'s Schema, definition: &'s TypeDefinition, name: &str) -> Vec<&'s FieldDefinition> {
    let own = definition.fields.get(name).into_iter();
    if definition.kind == TypeKind::Object {
        return own.collect();
    }
    let concrete = schema.possible_types(&definition.name);
    own.chain(concrete.iter().filter_map(|concrete| schema.types.get(concrete)?.fields.get(name))).collect()
}

fn candidates(schema: &Schema, definition: &TypeDefinition) -> Vec<String> {
    let mut names: Vec<String> = definition.fields.keys().map(ToString::to_string).collect();
    for concrete in schema.possible_types(&definition.name) {
        if let Some(concrete) = schema.types.get(&concrete) {
            names.extend(concrete.fields.keys().map(ToString::to_string));
        }
    }
    names
}
