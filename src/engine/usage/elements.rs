//! The fields and arguments of a schema, numbered, and which of them an operation names.

use std::{fmt::Write as _, sync::Arc};

use indexmap::IndexMap;

use crate::graphql::{Field, Operation, Schema, deprecation};

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
                elements.insert(format!("{name}.{field_name}").into(), deprecation(&field.directives).map(Into::into));
                for (argument_name, argument) in &field.arguments {
                    let coordinate = format!("{name}.{field_name}({argument_name}:)");
                    elements.insert(coordinate.into(), deprecation(&argument.directives).map(Into::into));
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
        let (mut used, mut coordinate) = (Vec::new(), String::new());
        // Fields that every type has (`__typename`) are not among the elements.
        let mut note = |written: std::fmt::Arguments<'_>| {
            coordinate.clear();
            coordinate.write_fmt(written).expect("writing to a string cannot fail");
            let at = self.0.get_index_of(coordinate.as_str());
            used.extend(at.and_then(|at| u32::try_from(at).ok()).map(Element));
        };
        let visit = |field: &Field| {
            note(format_args!("{}.{}", field.parent_type, field.name));
            for argument in &field.arguments {
                note(format_args!("{}.{}({}:)", field.parent_type, field.name, argument.name));
            }
        };
        operation.visit_fields(|_| true, visit);
        used.sort_unstable();
        used.dedup();
        used.into()
    }
}
