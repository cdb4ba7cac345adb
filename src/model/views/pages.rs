//! Connections that fields of a view lead to: what their arguments may say. What the view itself sets of a page must be what the
//! connection gives: every call would fail, or give less than it says.

use super::{Pair, fields::Step};
use crate::{
    diagnostic::Span,
    graphql::{InputValue, Literal, LiteralKind},
    model::{
        ArgumentSource, Hop,
        connections::Connections,
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
