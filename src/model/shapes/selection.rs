//! What a selection yields against the type that it is for: lists, kinds of leaves, words of enums, what is always null.
//!
//! Which fields it gives is checked by its text; this is about their values.

use std::{fmt::Display, ops::Range};

use super::Placed;
use crate::{
    graphql::{FieldDefinition, Schema, TypeDefinition, TypeKind, TypeRef},
    mapping::{Kinds, Numbers, ValueShape},
    model::{
        report::{Explain, Report, one_of},
        variables::{Scenery, is_composite},
    },
};

/// What a selection is for.
#[derive(Clone, Copy)]
pub(in crate::model) struct Target<'a> {
    pub(in crate::model) returns: &'a TypeRef,
    /// The field that it resolves, if it is not for a type.
    pub(in crate::model) field: Option<&'a FieldDefinition>,
    /// Whether it gives the objects of many keys.
    pub(in crate::model) is_batch: bool,
}

/// Reports what a client could never get.
pub(in crate::model) fn check_selection(
    placed: &Placed<'_>,
    target: Target<'_>,
    scenery: &Scenery<'_>,
    report: &mut Report,
) {
    let shape = placed.infer(scenery, report);
    let mut checker = Checker { schema: scenery.schema, placed, report };
    let at = At { name: None, range: placed.everything(), declared: target.field };
    let elements = shape.elements().filter(|_| target.is_batch);
    checker.value(target.returns, elements.as_ref().unwrap_or(&shape), &at);
}

struct Checker<'a> {
    schema: &'a Schema,
    placed: &'a Placed<'a>,
    report: &'a mut Report,
}

/// What is looked at.
#[derive(Clone)]
struct At<'a> {
    /// The field; `None` for the selection itself.
    name: Option<&'a str>,
    range: Range<usize>,
    declared: Option<&'a FieldDefinition>,
}

// === impl At ===

impl At<'_> {
    /// What is wanted and what is found.
    fn told(&self, wanted: impl Display, found: impl Display) -> String {
        match self.name {
            Some(name) => format!("`{name}` is of type `{wanted}`, but gets {found}"),
            None => format!("the selection is for `{wanted}`, but gives {found}"),
        }
    }
}

// === impl Checker ===

impl Checker<'_> {
    fn value(&mut self, ty: &TypeRef, shape: &ValueShape, at: &At<'_>) {
        let Some(definition) = self.schema.types.get(ty.name()) else { return };
        if shape.is_always_null() {
            if ty.is_non_null() {
                self.wrong(at, at.told(ty, "nothing but null"));
            }
            return;
        }
        let found = shape.kinds().without(Kinds::NULL);
        if let Some(item) = ty.item() {
            if shape.is_never(Kinds::LIST) {
                self.wrong(at, at.told(ty, found)).hint("make it a list: `$([value])`".to_owned());
            } else if let Some(elements) = shape.elements().filter(|elements| !elements.kinds().is_empty()) {
                self.value(item, &elements, at);
            }
            return;
        }
        if is_custom(definition) {
            return;
        }
        if found == Kinds::LIST {
            self.wrong(at, at.told(ty, found)).hint("take one element: `->first`".to_owned());
        } else if is_composite(definition) {
            self.object(definition, shape, at);
        } else {
            self.leaf(definition, shape, at);
        }
    }

    fn object(&mut self, definition: &TypeDefinition, shape: &ValueShape, at: &At<'_>) {
        if shape.is_never(Kinds::OBJECT) {
            let found = shape.kinds().without(Kinds::NULL);
            self.wrong(at, at.told(&definition.name, found));
            return;
        }
        for (name, member) in shape.members().into_iter().flat_map(crate::mapping::Members::iter) {
            let range = member.range.clone().unwrap_or_else(|| at.range.clone());
            // A field of an abstract type that no interface has may be of another type in each object.
            if let Some(field) = definition.fields.get(name) {
                let below = At { name: Some(name), range, declared: Some(field) };
                self.value(&field.ty, &member.shape, &below);
            }
        }
    }

    fn leaf(&mut self, definition: &TypeDefinition, shape: &ValueShape, at: &At<'_>) {
        let name = &definition.name;
        let found = shape.kinds().without(Kinds::NULL);
        let wanted = match (&**name, definition.kind) {
            (_, TypeKind::Enum) => return self.word(definition, shape, at),
            ("Int" | "Float", _) => Kinds::NUMBER,
            ("Boolean", _) => Kinds::BOOLEAN,
            ("ID", _) => Kinds::STRING | Kinds::NUMBER,
            _ => Kinds::STRING | Kinds::NUMBER | Kinds::BOOLEAN,
        };
        if shape.is_never(wanted) {
            let hint = advice(name, found);
            self.wrong(at, at.told(name, found)).hint(hint);
        } else if found == Kinds::NUMBER
            && shape.numbers() == Some(Numbers::Fractional)
            && matches!(&**name, "Int" | "ID")
        {
            self.wrong(at, at.told(name, "a number with a fraction"));
        }
    }

    fn word(&mut self, definition: &TypeDefinition, shape: &ValueShape, at: &At<'_>) {
        let name = &definition.name;
        if shape.is_never(Kinds::STRING) {
            let found = shape.kinds().without(Kinds::NULL);
            self.wrong(at, at.told(name, found));
            return;
        }
        let Some(words) = shape.known_words() else { return };
        let wrong: Vec<&str> =
            words.iter().map(AsRef::as_ref).filter(|word| !definition.values.contains_key(*word)).collect();
        let Some(first) = wrong.first() else { return };
        let candidates = || definition.values.keys().map(|value| &**value);
        let otherwise = Some(format!("it has {}", one_of(candidates())));
        let message = at.told(name, format_args!("{}, which is none of its values", one_of(&wrong)));
        let never = wrong.len() == words.len() && shape.kinds().without(Kinds::NULL) == Kinds::STRING;
        let span = crate::model::report::within(self.placed.literal, self.placed.shifted(&at.range));
        if span.as_ref().is_some_and(|span| self.report.is_told(span, self.report.count())) {
            return;
        }
        let diagnostic = if never {
            self.report.error(self.placed.reading.code, message, span.as_ref())
        } else {
            self.report.warning(self.placed.reading.code, message, span.as_ref())
        };
        diagnostic
            .suggest(first, candidates(), otherwise)
            .related(definition.span.as_ref(), format!("`{name}` declared here"));
    }

    /// An error, unless something was said of the place.
    fn wrong(&mut self, at: &At<'_>, message: String) -> Told<'_> {
        let declared = at.declared.and_then(|field| field.span.clone());
        let diagnostic = self.placed.wrong(message, at.range.clone(), self.report);
        Told(diagnostic.map(|diagnostic| diagnostic.related(declared.as_ref(), "declared here")))
    }
}

/// A problem that was told just now, if it was.
struct Told<'r>(Option<&'r mut crate::diagnostic::Diagnostic>);

impl Told<'_> {
    fn hint(self, hint: impl Into<Option<String>>) {
        if let (Some(diagnostic), Some(hint)) = (self.0, hint.into()) {
            diagnostic.hint(hint);
        }
    }
}

fn advice(name: &str, found: Kinds) -> Option<String> {
    let text = match (name, found) {
        ("Int" | "Float", Kinds::STRING) => "read it as a number: `->parseInt`",
        ("Boolean", Kinds::STRING | Kinds::NUMBER) => "compare it: `->eq(x)`",
        ("ID", Kinds::BOOLEAN) => "write it as a string: `->toString`",
        ("String", Kinds::OBJECT) => "take one member of it, or write it as text: `->jsonStringify`",
        _ => return None,
    };
    Some(text.to_owned())
}

/// Custom scalars hold whatever JSON there is.
fn is_custom(definition: &TypeDefinition) -> bool {
    definition.kind == TypeKind::Scalar && !matches!(&*definition.name, "Int" | "Float" | "String" | "Boolean" | "ID")
}
