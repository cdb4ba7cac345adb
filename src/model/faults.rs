//! Directives whose arguments are wrong: they are left out, so that everything else can be checked in the same run.
//!
//! What they would have given is not judged; no problem is told because they are missing.

use std::collections::HashSet;

use crate::{
    diagnostic::{Diagnostic, Span},
    graphql::{Directive, Literal, Name, Schema},
};

/// What was left out.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Types, and fields of types, that lack a directive.
    pub(super) elements: HashSet<(Name, Option<Name>)>,
    /// `@source`s by name; `None` for one whose name is not known.
    pub(super) sources: Vec<Option<String>>,
}

// === impl Faults ===

impl Faults {
    /// Whether nothing was left out.
    pub(super) fn is_empty(&self) -> bool {
        self.elements.is_empty() && self.sources.is_empty()
    }

    /// Whether connectors may name a source that was left out.
    pub(super) fn may_be_source(&self, name: &str) -> bool {
        self.sources.iter().any(|source| source.as_deref().is_none_or(|source| source == name))
    }

    /// Leaves out what `problems` are about. Directives have their canonical names by now.
    pub(super) fn leave_out(schema: &mut Schema, problems: &[Span]) -> Self {
        let mut faults = Self::default();
        let is_faulty = |directive: &Directive| problems.iter().any(|problem| is_within(problem, directive));
        schema.directives.retain(|directive| {
            let faulty = is_faulty(directive);
            if faulty && &*directive.name == "source" {
                faults.sources.push(directive.argument("name").and_then(Literal::as_str).map(str::to_owned));
            }
            !faulty
        });
        for definition in schema.types.values_mut() {
            let elements = &mut faults.elements;
            let mut check = |directives: &mut Vec<Directive>, field: Option<&Name>| {
                let before = directives.len();
                directives.retain(|directive| !is_faulty(directive));
                if directives.len() < before {
                    elements.insert((definition.name.clone(), field.cloned()));
                }
            };
            check(&mut definition.directives, None);
            for field in definition.fields.values_mut() {
                check(&mut field.directives, Some(&field.name));
                for argument in field.arguments.values_mut() {
                    check(&mut argument.directives, Some(&field.name));
                }
            }
            for value in definition.values.values_mut() {
                check(&mut value.directives, None);
            }
            for field in definition.input_fields.values_mut() {
                check(&mut field.directives, None);
            }
        }
        faults
    }
}

/// The places of the problems, if all of them are about directives other than `@link`: then the rest can be checked.
pub(super) fn of_directives(schema: &Schema, problems: &[Diagnostic]) -> Option<Vec<Span>> {
    let place = |problem: &Diagnostic| {
        let span = problem.span.as_ref()?;
        let about = schema.all_directives().find(|directive| is_within(span, directive))?;
        (&*about.name != "link").then(|| span.clone())
    };
    problems.iter().map(place).collect()
}

fn is_within(problem: &Span, directive: &Directive) -> bool {
    directive.span.as_ref().is_some_and(|span| {
        span.file.path == problem.file.path
            && span.range.start <= problem.range.start
            && problem.range.end <= span.range.end
    })
}
