//! `@preset`: arguments that a view pins, and literals coerced to graph types.

use http::HeaderName;

use super::{
    Pair,
    arguments::Binding,
    fields::Step,
    targets::{Target, find_target},
};
use crate::{
    graphql::{Directive, InputValue, Literal, LiteralKind, Name, Schema, TypeKind, TypeRef},
    model::{
        ArgumentSource,
        literals::argument,
        report::{Explain, NOT_SUPPORTED_YET, Report, one_of},
    },
};

const INVALID: &str = "VIEW_INVALID_PRESET";

/// The binding that a preset makes.
pub(super) fn compile(
    pair: &Pair<'_>,
    directive: &Directive,
    steps: &[Step<'_>],
    report: &mut Report,
) -> Option<Binding> {
    let named = argument(directive, "arg")?;
    let target = find_target(steps, named.as_str()?, named.span.as_ref(), report)?;
    // `value: null` is a value.
    let source = match (directive.argument("value"), argument(directive, "from")) {
        (Some(value), None) => pinned(pair, value, target, report).map(ArgumentSource::Preset),
        (None, Some(from)) => header(pair, from, target, report).map(ArgumentSource::Header),
        (value, _) => {
            let message =
                if value.is_some() { "`@preset` has both `value` and `from`" } else { "`@preset` has no value" };
            report.error(INVALID, message, directive.span.as_ref()).hint("give it one of `value` and `from`");
            None
        }
    };
    let span = directive.span.clone();
    // A preset that is wrong was meant to bind its argument.
    let source = source.unwrap_or(ArgumentSource::Default);
    Some(Binding { step: target.step, argument: target.argument.name.clone(), source, default: None, span })
}

fn pinned(pair: &Pair<'_>, value: &Literal, target: Target<'_>, report: &mut Report) -> Option<Literal> {
    let graph = target.argument;
    match coerce(pair.graph, value, &graph.ty) {
        Ok(coerced) => Some(coerced),
        Err(problem) => {
            report
                .error(
                    INVALID,
                    format!("`{}` of the graph is `{}`: {problem}", graph.name, graph.ty),
                    value.span.as_ref(),
                )
                .related(graph.span.as_ref(), "declared here in the graph");
            None
        }
    }
}

fn header(pair: &Pair<'_>, from: &Literal, target: Target<'_>, report: &mut Report) -> Option<HeaderName> {
    let text = from.as_str()?;
    let place = from.span.as_ref();
    if text.starts_with("claim.") {
        report
            .error(NOT_SUPPORTED_YET, "claims are not supported yet", place)
            .hint("read a header that a proxy in front sets: `from: \"header.x-user\"`");
        return None;
    }
    let Some(name) = text.strip_prefix("header.") else {
        report
            .error(INVALID, format!("`{text}` is not a source of values"), place)
            .hint("write `from: \"header.x-name\"`");
        return None;
    };
    let Ok(name) = HeaderName::try_from(name) else {
        report.error(INVALID, format!("`{name}` is not the name of a header"), place);
        return None;
    };
    if !pair.trusted_headers.contains(&name) {
        let known: Vec<&str> = pair.trusted_headers.iter().map(HeaderName::as_str).collect();
        report
            .error("VIEW_UNTRUSTED_HEADER", format!("header `{name}` is not trusted: clients could forge it"), place)
            .suggest(
                name.as_str(),
                known,
                Some(format!("add it to `trusted_headers` of `[server]` if a proxy in front sets it: `[\"{name}\"]`")),
            );
        return None;
    }
    check_text(pair, target.argument, place, report);
    Some(name)
}

/// A header's value is a string.
fn check_text(pair: &Pair<'_>, graph: &InputValue, place: Option<&crate::diagnostic::Span>, report: &mut Report) {
    let takes_text = match &graph.ty {
        TypeRef::Named { name, .. } => match &**name {
            "String" | "ID" => true,
            "Int" | "Float" | "Boolean" => false,
            name => pair.graph.types.get(name).is_some_and(|ty| ty.kind == TypeKind::Scalar),
        },
        TypeRef::List { .. } => false,
    };
    if !takes_text {
        report
            .error(
                INVALID,
                format!("a header gives a string, but `{}` of the graph is `{}`", graph.name, graph.ty),
                place,
            )
            .related(graph.span.as_ref(), "declared here in the graph");
    }
}

/// <https://spec.graphql.org/September2025/#sec-Input-Values>: a literal as a value of an input type, defaults of input fields
/// put in.
pub(super) fn coerce(graph: &Schema, literal: &Literal, ty: &TypeRef) -> Result<Literal, String> {
    let with = |kind| Ok(Literal { kind, span: literal.span.clone() });
    if let LiteralKind::Null = literal.kind {
        return if ty.is_non_null() { Err("`null` is not allowed".to_owned()) } else { with(LiteralKind::Null) };
    }
    if let Some(item) = ty.item() {
        let items = match &literal.kind {
            LiteralKind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(literal),
        };
        let items: Result<Vec<_>, _> = items.iter().map(|value| coerce(graph, value, item)).collect();
        return with(LiteralKind::List(items?));
    }
    let name = ty.name();
    let Some(definition) = graph.types.get(name) else { return Err(format!("`{name}` is not known")) };
    match (definition.kind, &**name, &literal.kind) {
        (TypeKind::Scalar, "Int", LiteralKind::Int(digits)) if digits.parse::<i32>().is_ok() => Ok(literal.clone()),
        (TypeKind::Scalar, "Float", LiteralKind::Int(digits)) => with(LiteralKind::Float(digits.clone())),
        (TypeKind::Scalar, "Float", LiteralKind::Float(_))
        | (TypeKind::Scalar, "String" | "ID", LiteralKind::String(_))
        | (TypeKind::Scalar, "Boolean", LiteralKind::Boolean(_)) => Ok(literal.clone()),
        (TypeKind::Scalar, "ID", LiteralKind::Int(digits)) => with(LiteralKind::String(digits.clone())),
        (TypeKind::Scalar, "Int" | "Float" | "String" | "ID" | "Boolean", _) => {
            Err(format!("`{literal}` is no `{name}`"))
        }
        (TypeKind::Scalar, _, _) => Ok(literal.clone()),
        (TypeKind::Enum, _, LiteralKind::Enum(value)) if definition.values.contains_key(value) => Ok(literal.clone()),
        (TypeKind::Enum, _, _) => Err(format!("`{literal}` is not one of {}", one_of(definition.values.keys()))),
        (TypeKind::Input, _, LiteralKind::Object(members)) => {
            with(LiteralKind::Object(object(graph, members, &definition.input_fields)?))
        }
        _ => Err(format!("`{literal}` is no `{name}`")),
    }
}

fn object(
    graph: &Schema,
    members: &[(Name, Literal)],
    fields: &indexmap::IndexMap<Name, InputValue>,
) -> Result<Vec<(Name, Literal)>, String> {
    if let Some((unknown, _)) = members.iter().find(|(name, _)| !fields.contains_key(name)) {
        return Err(format!("it has no field `{unknown}`"));
    }
    let mut coerced = Vec::new();
    for field in fields.values() {
        let given = members.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value);
        match given.or(field.default.as_ref()) {
            Some(value) => coerced.push((field.name.clone(), coerce(graph, value, &field.ty)?)),
            None if field.ty.is_non_null() => return Err(format!("its field `{}` is required", field.name)),
            None => {}
        }
    }
    Ok(coerced)
}
