//! The schema that the client gets: the view without our directives, with what the graph says where the view is silent.

use std::collections::HashMap;

use super::{find, types::TypeMap};
use crate::graphql::{Directive, InputValue, Literal, Name, Schema, TypeDefinition};

const STANDARD: [&str; 3] = ["deprecated", "specifiedBy", "oneOf"];

/// Where the elements of a view come from.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// View fields to the last graph field of their path.
    pub(super) fields: HashMap<(Name, Name), (Name, Name)>,
    /// Arguments, by `Type.field` and name, to the graph's argument and the default that holds.
    pub(super) arguments: HashMap<(String, Name), (InputValue, Option<Literal>)>,
}

/// Strips the view's directives and adds descriptions, deprecations and defaults of the graph.
pub(super) fn publish(graph: &Schema, types: &TypeMap, notes: &Notes, view: &mut Schema) {
    view.directives.clear();
    view.description = view.description.take().or_else(|| graph.description.clone());
    for definition in view.types.values_mut() {
        let shown = types.graph_type(graph, &definition.name);
        definition.description = definition.description.take().or_else(|| shown?.description.clone());
        definition.directives.retain(is_standard);
        if find(&definition.directives, "specifiedBy").is_none()
            && let Some(specified) = shown.and_then(|shown| find(&shown.directives, "specifiedBy"))
        {
            definition.directives.push(specified.clone());
        }
        publish_fields(graph, notes, definition);
        for value in definition.values.values_mut() {
            let known = shown.and_then(|shown| shown.values.get(&value.name));
            value.description = value.description.take().or_else(|| known?.description.clone());
            let deprecated = known.map(|known| known.directives.as_slice());
            publish_directives(&mut value.directives, deprecated.unwrap_or_default());
        }
        for field in definition.input_fields.values_mut() {
            let known = shown.and_then(|shown| shown.input_fields.get(&field.name));
            publish_input(field, known);
            if let Some(default) = known.and_then(|known| known.default.as_ref())
                && field.default.is_none()
                && !field.ty.is_non_null()
            {
                field.default = Some(default.clone());
            }
        }
    }
}

fn publish_fields(graph: &Schema, notes: &Notes, definition: &mut TypeDefinition) {
    for field in definition.fields.values_mut() {
        let known = notes
            .fields
            .get(&(definition.name.clone(), field.name.clone()))
            .and_then(|(parent, field)| graph.types.get(parent)?.fields.get(field));
        field.description = field.description.take().or_else(|| known?.description.clone());
        let deprecated = known.map(|known| known.directives.as_slice());
        publish_directives(&mut field.directives, deprecated.unwrap_or_default());
        let coordinate = format!("{}.{}", definition.name, field.name);
        for argument in field.arguments.values_mut() {
            let note = notes.arguments.get(&(coordinate.clone(), argument.name.clone()));
            publish_input(argument, note.map(|(known, _)| known));
            if argument.default.is_none() {
                argument.default = note.and_then(|(_, default)| default.clone());
            }
        }
    }
}

fn publish_input(value: &mut InputValue, known: Option<&InputValue>) {
    value.description = value.description.take().or_else(|| known?.description.clone());
    let inherited = known.map(|known| known.directives.as_slice()).unwrap_or_default();
    // What is required cannot be deprecated.
    let required = value.ty.is_non_null() && value.default.is_none();
    publish_directives(&mut value.directives, if required { &[] } else { inherited });
}

fn publish_directives(directives: &mut Vec<Directive>, inherited: &[Directive]) {
    directives.retain(is_standard);
    if find(directives, "deprecated").is_none()
        && let Some(deprecated) = find(inherited, "deprecated")
    {
        directives.push(deprecated.clone());
    }
}

fn is_standard(directive: &Directive) -> bool {
    STANDARD.contains(&&*directive.name)
}
