//! `@preset`: arguments that a view pins, and literals coerced to graph types.

use http::HeaderName;

use super::{
    Pair,
    arguments::Binding,
    fields::Step,
    pages,
    targets::{Target, find_target},
};
use crate::{
    diagnostic::{Span, did_you_mean},
    graphql::{Directive, InputValue, Literal, LiteralKind, Name, Schema, TypeDefinition, TypeKind, TypeRef},
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
        (Some(value), None) => pinned(pair, value, target, report).map(|pinned| {
            let what = format!("`{}` is pinned to `{pinned}`", target.argument.name);
            pages::check_size(
                pair,
                &steps[target.step],
                (target.argument, &pinned),
                (INVALID, &what, value.span.as_ref()),
                report,
            );
            ArgumentSource::Preset(pinned)
        }),
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
        Err(misfit) => {
            let message = format!("`{}` of the graph is `{}`: {}", graph.name, graph.ty, misfit.message);
            let place = misfit.span.as_ref().or(value.span.as_ref());
            report.error(INVALID, message, place).related(graph.span.as_ref(), "declared here in the graph").hint =
                misfit.hint;
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
fn check_text(pair: &Pair<'_>, graph: &InputValue, place: Option<&Span>, report: &mut Report) {
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

/// Why a literal is no value of a type: where, and what to do.
pub(super) struct Misfit {
    message: String,
    hint: Option<String>,
    span: Option<Span>,
}

/// <https://spec.graphql.org/September2025/#sec-Input-Values>: a literal as a value of an input type, defaults of input fields
/// put in.
pub(super) fn coerce(graph: &Schema, literal: &Literal, ty: &TypeRef) -> Result<Literal, Misfit> {
    let with = |kind| Ok(Literal { kind, span: literal.span.clone() });
    let misfit = |message: String| Err(Misfit { message, hint: None, span: literal.span.clone() });
    if let LiteralKind::Null = literal.kind {
        return if ty.is_non_null() { misfit("`null` is not allowed".to_owned()) } else { with(LiteralKind::Null) };
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
    let Some(definition) = graph.types.get(name) else { return misfit(format!("`{name}` is not known")) };
    match (definition.kind, &**name, &literal.kind) {
        (TypeKind::Scalar, "Int", LiteralKind::Int(digits)) if digits.parse::<i32>().is_ok() => Ok(literal.clone()),
        (TypeKind::Scalar, "Float", LiteralKind::Int(digits)) => with(LiteralKind::Float(digits.clone())),
        (TypeKind::Scalar, "Float", LiteralKind::Float(_))
        | (TypeKind::Scalar, "String" | "ID", LiteralKind::String(_))
        | (TypeKind::Scalar, "Boolean", LiteralKind::Boolean(_)) => Ok(literal.clone()),
        (TypeKind::Scalar, "ID", LiteralKind::Int(digits)) => with(LiteralKind::String(digits.clone())),
        (TypeKind::Scalar, "Int" | "Float" | "String" | "ID" | "Boolean", _) => {
            misfit(format!("`{literal}` is no `{name}`"))
        }
        (TypeKind::Scalar, _, _) => Ok(literal.clone()),
        (TypeKind::Enum, _, LiteralKind::Enum(value)) if definition.values.contains_key(value) => Ok(literal.clone()),
        (TypeKind::Enum, _, kind) => {
            let values = definition.values.keys();
            let hint = match kind {
                LiteralKind::String(text) if definition.values.contains_key(text.as_str()) => {
                    Some(format!("write `{text}`, without quotes"))
                }
                LiteralKind::String(text) => meant(text, values.clone()),
                LiteralKind::Enum(word) => meant(word, values.clone()),
                _ => None,
            };
            let message = format!("`{literal}` is not one of {}", one_of(values));
            Err(Misfit { message, hint, span: literal.span.clone() })
        }
        (TypeKind::Input, _, LiteralKind::Object(members)) => {
            with(LiteralKind::Object(object(graph, literal, members, definition)?))
        }
        _ => misfit(format!("`{literal}` is no `{name}`")),
    }
}

fn object(
    graph: &Schema,
    literal: &Literal,
    members: &[(Name, Literal)],
    definition: &TypeDefinition,
) -> Result<Vec<(Name, Literal)>, Misfit> {
    let fields = &definition.input_fields;
    if let Some((unknown, value)) = members.iter().find(|(name, _)| !fields.contains_key(name)) {
        let message = format!("`{}` has no field `{unknown}`", definition.name);
        return Err(Misfit { message, hint: meant(unknown, fields.keys()), span: value.span.clone() });
    }
    let mut coerced = Vec::new();
    for field in fields.values() {
        let given = members.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value);
        match given.or(field.default.as_ref()) {
            Some(value) => coerced.push((field.name.clone(), coerce(graph, value, &field.ty)?)),
            None if field.ty.is_non_null() => {
                let message = format!("`{}` requires `{}: {}`", definition.name, field.name, field.ty);
                return Err(Misfit { message, hint: None, span: literal.span.clone() });
            }
            None => {}
        }
    }
    Ok(coerced)
}

fn meant<'n>(word: &str, names: impl Iterator<Item = &'n Name>) -> Option<String> {
    did_you_mean(word, names).map(|near| format!("did you mean `{near}`?"))
}
