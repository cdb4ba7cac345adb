//! Which argument of which step is meant: by name the last step that has it, or `image.width` by the step's path.

use super::fields::Step;
use crate::{
    diagnostic::Span,
    graphql::InputValue,
    model::report::{Explain, Report},
};

/// An argument of a graph field on a path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'g> {
    pub(super) step: usize,
    pub(super) argument: &'g InputValue,
}

/// Finds the argument; reports it if there is none.
pub(super) fn find_target<'g>(
    steps: &[Step<'g>],
    name: &str,
    place: Option<&Span>,
    report: &mut Report,
) -> Option<Target<'g>> {
    let (path, argument) = match name.rsplit_once('.') {
        Some((path, argument)) => (Some(path), argument),
        None => (None, name),
    };
    if let Some(path) = path
        && !steps.iter().any(|step| step.path == path)
    {
        let paths: Vec<&str> = steps.iter().map(|step| step.path.as_str()).collect();
        report.error("VIEW_UNKNOWN_ARGUMENT", format!("the path has no step `{path}`"), place).suggest(
            path,
            &paths,
            Some(format!("its steps are {}", crate::model::report::one_of(&paths))),
        );
        return None;
    }
    let found = steps.iter().enumerate().rev().find_map(|(index, step)| {
        let here = path.is_none_or(|path| step.path == path);
        let argument = step.field.arguments.get(argument).filter(|_| here)?;
        Some(Target { step: index, argument })
    });
    if found.is_none() {
        unknown(steps, (path, argument), place, report);
    }
    found
}

fn unknown(steps: &[Step<'_>], (path, argument): (Option<&str>, &str), place: Option<&Span>, report: &mut Report) {
    let known: Vec<String> =
        steps.iter().flat_map(|step| step.field.arguments.keys()).map(ToString::to_string).collect();
    let Some(last) = steps.iter().rev().find(|step| path.is_none_or(|path| step.path == path)) else { return };
    let of = format!("`{}.{}`", last.parent.name, last.field.name);
    let message = if steps.len() > 1 && path.is_none() {
        format!("no step of the path has an argument `{argument}`")
    } else {
        format!("{of} of the graph has no argument `{argument}`")
    };
    let otherwise = if known.is_empty() {
        "there are no arguments: remove it".to_owned()
    } else {
        format!("it can be {}", crate::model::report::one_of(&known))
    };
    report
        .error("VIEW_UNKNOWN_ARGUMENT", message, place)
        .suggest(argument, &known, Some(otherwise))
        .related(last.field.span.as_ref(), "declared here in the graph");
}
