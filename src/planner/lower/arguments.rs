//! Arguments of the graph, as a field of a view gives them: what its client sent, what the view says, what stands in.

use crate::{
    graphql::{Field, FieldDefinition, Literal, LiteralKind, Name},
    model::{ArgumentSource, Hop, ViewField, is_within_cap},
    planner::{ArgumentOrigin, ArgumentValue},
};

/// What bounds the arguments of a field.
pub(super) struct Bounds<'b> {
    /// The field in the client's schema.
    pub(super) definition: Option<&'b FieldDefinition>,
    /// It, in all types that it is asked of: the lowest of their caps stands in for what nobody gives, and for
    /// defaults beyond it.
    pub(super) asked: Vec<&'b ViewField>,
    pub(super) is_paged: bool,
}

/// Graph arguments of a hop, in the graph's order, so that equal arguments compare equal.
pub(super) fn arguments(view_field: &ViewField, field: &Field, hop: &Hop, bounds: &Bounds<'_>) -> Vec<ArgumentValue> {
    let Bounds { definition, asked, is_paged: paged } = bounds;
    let cap = |name: &Name| asked.iter().filter_map(|field| field.caps.get(name)).min().copied();
    let non_null = |name: &Name| {
        definition.and_then(|field| field.arguments.get(name)).is_some_and(|argument| argument.ty.is_non_null())
    };
    let mut arguments: Vec<ArgumentValue> = hop
        .arguments
        .iter()
        .filter_map(|argument| {
            let value = match &argument.source {
                ArgumentSource::Header(name) => ArgumentOrigin::Header(name.clone()),
                ArgumentSource::Preset(literal) => {
                    ArgumentOrigin::Literal { value: Some(literal.clone()), default: None }
                }
                ArgumentSource::Default if *paged => {
                    ArgumentOrigin::Literal { value: None, default: argument.default.clone() }
                }
                ArgumentSource::Default => ArgumentOrigin::Literal { value: argument.default.clone(), default: None },
                ArgumentSource::Client(name) => {
                    let value =
                        field.arguments.iter().find(|given| given.name == *name).map(|given| given.value.clone());
                    let cap = cap(name);
                    let default = view_field.argument_defaults.get(name).or(argument.default.as_ref());
                    // Where an object's default stands, nobody knows the caps of its interfaces.
                    let default = default.filter(|default| cap.is_none_or(|max| is_within_cap(default, max))).cloned();
                    let default = default.or_else(|| cap.map(cap_literal));
                    // A default counts only where a variable may be absent; elsewhere it is the value, or there is no need
                    // for it: equal demands must look equal.
                    match value {
                        None if *paged => ArgumentOrigin::Literal { value: None, default },
                        None => ArgumentOrigin::Literal { value: default, default: None },
                        Some(value) if value.variables().is_empty() && !*paged => {
                            ArgumentOrigin::Literal { value: Some(value), default: None }
                        }
                        value => ArgumentOrigin::Literal { value, default },
                    }
                }
            };
            let absent = matches!(&value, ArgumentOrigin::Literal { value: None, default: None });
            let required = match &argument.source {
                ArgumentSource::Client(name) => argument.ty.is_non_null() || non_null(name),
                ArgumentSource::Header(_) | ArgumentSource::Preset(_) | ArgumentSource::Default => false,
            };
            (!absent).then(|| ArgumentValue { name: argument.name.clone(), value, required })
        })
        .collect();
    arguments.sort_by(|a, b| a.name.cmp(&b.name));
    arguments
}

fn cap_literal(max: i64) -> Literal {
    Literal { kind: LiteralKind::Int(max.to_string()), span: None }
}
