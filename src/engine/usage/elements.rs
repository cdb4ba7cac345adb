//! The fields and arguments of a schema, numbered, and which of them an operation names.

use std::{collections::HashSet, fmt::Write as _, sync::Arc};

use indexmap::IndexMap;

use crate::graphql::{Directive, LiteralKind, Operation, Schema, Selection};

/// The number of a field or argument of one schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Element(u32);

/// All of them, by coordinate.
#[derive(Debug)]
pub(super) struct Elements(IndexMap<Arc<str>, Option<Arc<str>>, ahash::RandomState>);

/// A field or argument.
#[derive(Debug)]
pub(super) struct ElementInfo<'a> {
    pub(super) coordinate: &'a Arc<str>,
    /// The reason, if it is deprecated.
    pub(super) deprecated: &'a Option<Arc<str>>,
}

impl Element {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Elements {
    /// Those of the output types of `schema`.
    pub(super) fn of(schema: &Schema) -> Self {
        let mut elements = IndexMap::default();
        for (name, definition) in &schema.types {
            for (field_name, field) in &definition.fields {
                elements.insert(format!("{name}.{field_name}").into(), deprecation(&field.directives));
                for (argument_name, argument) in &field.arguments {
                    let coordinate = format!("{name}.{field_name}({argument_name}:)");
                    elements.insert(coordinate.into(), deprecation(&argument.directives));
                }
            }
        }
        Self(elements)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = ElementInfo<'_>> {
        self.0.iter().map(|(coordinate, deprecated)| ElementInfo { coordinate, deprecated })
    }

    /// Those that `operation` names, each once.
    pub(super) fn used_by(&self, operation: &Operation) -> Box<[Element]> {
        let mut walk = Walk { elements: self, used: Vec::new(), walked: HashSet::new(), coordinate: String::new() };
        walk.selections(&operation.selections);
        walk.used.sort_unstable();
        walk.used.dedup();
        walk.used.into()
    }
}

struct Walk<'a> {
    elements: &'a Elements,
    used: Vec<Element>,
    /// Selections of fragments are shared: each is walked once.
    walked: HashSet<*const Selection>,
    coordinate: String,
}

impl Walk<'_> {
    fn selections(&mut self, selections: &[Selection]) {
        if selections.is_empty() || !self.walked.insert(selections.as_ptr()) {
            return;
        }
        for selection in selections {
            match selection {
                Selection::Fragment(fragment) => self.selections(&fragment.selections),
                Selection::Field(field) => {
                    self.note(format_args!("{}.{}", field.parent_type, field.name));
                    for argument in &field.arguments {
                        self.note(format_args!("{}.{}({}:)", field.parent_type, field.name, argument.name));
                    }
                    self.selections(&field.selections);
                }
            }
        }
    }

    /// Fields that every type has (`__typename`) are not among the elements.
    fn note(&mut self, coordinate: std::fmt::Arguments<'_>) {
        self.coordinate.clear();
        self.coordinate.write_fmt(coordinate).expect("writing to a string cannot fail");
        let at = self.elements.0.get_index_of(self.coordinate.as_str());
        self.used.extend(at.and_then(|at| u32::try_from(at).ok()).map(Element));
    }
}

/// The reason of `@deprecated`.
fn deprecation(directives: &[Directive]) -> Option<Arc<str>> {
    let directive = directives.iter().find(|directive| &*directive.name == "deprecated")?;
    Some(match directive.argument("reason").map(|reason| &reason.kind) {
        Some(LiteralKind::String(reason)) => reason.as_str().into(),
        _ => "No longer supported".into(),
    })
}
