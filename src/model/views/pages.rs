//! Connections that fields of a view lead to: what their arguments may say. What the view itself sets of a page must be what the
//! connection gives: every call would fail, or give less than it says.

use super::{Pair, fields::Step};
use crate::{
    diagnostic::Span,
    graphql::{FieldDefinition, InputValue, Literal, LiteralKind},
    model::{
        ArgumentSource, Hop,
        connections::{Connections, Declared},
        report::{Explain, Report},
        view::PageArguments,
    },
};

/// The arguments of the view that connections read, if the graph fields of a path hold one that has any.
pub(super) fn arguments(hops: &[Hop], connections: &Connections) -> Option<PageArguments> {
    let declared = |hop: &Hop| connections.get(&(hop.parent.clone(), hop.field.clone()));
    let mut pages = None;
    for (hop, declared) in hops.iter().filter_map(|hop| Some((hop, declared(hop)?))) {
        for argument in &hop.arguments {
            let pages: &mut PageArguments = pages.get_or_insert_default();
            if let ("first" | "last", ArgumentSource::Client(name)) = (&*argument.name, &argument.source) {
                let most = i64::from(declared.max);
                pages.sizes.entry(name.clone()).and_modify(|size| *size = most.min(*size)).or_insert(most);
            }
        }
    }
    pages
}

/// Reports a number of rows that the connection never gives. `code`, what is said of it, and where it stands.
pub(super) fn check_size(
    pair: &Pair<'_>,
    step: &Step<'_>,
    (argument, value): (&InputValue, &Literal),
    (code, what, place): (&'static str, &str, Option<&Span>),
    report: &mut Report,
) {
    let (parent, field) = (&step.parent.name, &step.field.name);
    let Some(declared) = pair.connections.get(&(parent.clone(), field.clone())) else { return };
    if !matches!(&*argument.name, "first" | "last") || declared.holds(value) {
        return;
    }
    // A value of another type is told elsewhere.
    if matches!(value.kind, LiteralKind::Int(_)) {
        report
            .error(code, format!("{what}, but a page of `{parent}.{field}` has from 0 to {} rows", declared.max), place)
            .hint(declared.size_hint())
            .related(declared.directive.span.as_ref(), "`@connection` stands here");
    }
}

/// Says of a page's size what holds in the view, unless the graph's own words are there: its cap and its default.
pub(super) fn describe(
    pair: &Pair<'_>,
    step: &Step<'_>,
    (argument, cap, default): (&mut InputValue, Option<i64>, Option<&Literal>),
    field: &FieldDefinition,
) {
    let Some(declared) = pair.connections.get(&(step.parent.name.clone(), step.field.name.clone())) else { return };
    let size = &*argument.name;
    if argument.description.as_deref() != Some(&*declared.about_own_size(size)) {
        return;
    }
    let most = i64::from(declared.max).min(cap.unwrap_or(i64::MAX));
    let absent = match default.map(|default| &default.kind) {
        Some(LiteralKind::Int(digits)) => digits.parse().ok(),
        // What is absent is sent as the cap.
        _ if size == "first" => Some(cap.map_or(declared.first.into(), |_| most)),
        _ => None,
    };
    let cursor = if size == "last" { "before" } else { "after" };
    let has_cursor = field.arguments.contains_key(cursor);
    argument.description = Some(Declared::about_size(size, (most, absent), has_cursor));
}
