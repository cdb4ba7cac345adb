//! The problems of one run for people who may see them: where in the answer, where in the files, what was found.
//!
//! Paths are those of the graph. They follow from the plan and from the place in a mapping's text, so that nothing has to be
//! tracked while a mapping runs.

use std::{collections::HashSet, path::PathBuf, sync::Arc};

use super::{Told, run::Run};
use crate::{
    diagnostic::Position as Place,
    graphql::{Name, TypeRef},
    mapping::{Problem, Shape},
    model::{Connector, ConnectorText, Place as Stand},
    planner::{Access, OperationPlan, PositionId, StepKind},
    upstream::Note,
};

/// Problems that an answer tells; further ones are counted.
const MOST: usize = 100;

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldProblem {
    /// File of the text that met it.
    pub file: PathBuf,
    /// Where it begins there.
    pub place: Place,
    /// Graph fields from the root; `*` stands for the elements of a list.
    pub path: Vec<Arc<str>>,
    /// What is wrong.
    pub message: String,
    /// Connector.
    pub connector: Arc<str>,
    /// Upstream, if the connector has one.
    pub upstream: Option<Arc<str>>,
    /// JSON type that was found, or `missing`.
    pub found: Option<Arc<str>>,
    /// Type that the place should have.
    pub expected: Option<Arc<str>>,
    /// How often.
    pub count: u64,
}

/// A shape that completion did not expect, by where the value was read.
#[derive(Debug, Clone)]
pub(super) struct Misfit {
    pub(super) position: PositionId,
    pub(super) access: Access,
    pub(super) message: String,
    pub(super) found: &'static str,
    pub(super) expected: String,
}

/// The problems of a run, if somebody asked for them.
pub(super) fn told(run: &Run<'_>) -> Option<Told> {
    let (notes, mut dropped) = run.context.call.problems.as_ref()?.take();
    // What a mapping missed is told once, not again for what came of it.
    let mapped: HashSet<Vec<Arc<str>>> =
        notes.iter().filter(|(note, _)| note.path.is_none()).map(|(note, _)| locate(run, note).0).collect();
    let mut list: Vec<FieldProblem> = notes
        .into_iter()
        .filter(|(note, _)| {
            let echo = note.found.as_deref() == Some(Problem::MISSING);
            !(echo && note.path.as_ref().is_some_and(|path| mapped.contains(path)))
        })
        .map(|(note, count)| problem(run, note, count))
        .collect();
    list.sort();
    list.dedup_by(is_told);
    dropped += list.iter().skip(MOST).map(|problem| problem.count).sum::<u64>();
    list.truncate(MOST);
    Some(Told { list, dropped })
}

/// Whether a problem is the one before it, met by another step, and is counted there.
fn is_told(problem: &mut FieldProblem, before: &mut FieldProblem) -> bool {
    let counts = (std::mem::take(&mut before.count), std::mem::take(&mut problem.count));
    let is_told = problem == before;
    before.count = if is_told { counts.0 + counts.1 } else { counts.0 };
    problem.count = counts.1;
    is_told
}

/// Counts, logs and notes what completion met.
pub(super) fn record(run: &Run<'_>, misfit: Misfit, count: u64) {
    let Some((step, names)) = run.plan.source(misfit.position, misfit.access) else { return };
    let model = &run.context.model;
    let connector = model.connector(step.connector);
    let mut path = parent_path(run.plan, misfit.position);
    let parent = &run.plan.positions[misfit.position.0 as usize].graph_type;
    let field = match (misfit.access, &connector.place) {
        (Access::Result { .. }, Stand::Root { field, .. } | Stand::Field { field, .. }) => Some(field.clone()),
        _ => names.last().map(|name| Name::from(*name)),
    };
    if let Some(field) = field {
        let ty = model.schema.field_of_any(parent, &field).map(|definition| definition.ty.clone());
        push(&mut path, &field, ty.as_ref());
    }
    let note = Note {
        connector: connector.id,
        step: Some(step.id.0),
        path: Some(path),
        text: ConnectorText::Selection,
        range: item_range(connector, &names),
        message: misfit.message,
        found: Some(misfit.found.into()),
        expected: Some(misfit.expected.into()),
    };
    run.context.upstreams.problems().record(connector, note, count, run.context.call.problems.as_ref());
}

fn problem(run: &Run<'_>, note: Note, count: u64) -> FieldProblem {
    let model = &run.context.model;
    let connector = model.connector(note.connector);
    let (path, expected) = locate(run, &note);
    let span = connector.span_within(&note.text, note.range);
    FieldProblem {
        place: span.start(),
        file: span.file.path.clone(),
        path,
        message: note.message,
        connector: connector.name.clone(),
        upstream: connector.upstream().map(|upstream| model.upstream(upstream).name.clone()),
        found: note.found,
        expected: note.expected.or(expected),
        count,
    }
}

/// The path of a note, and the type of the graph field at its end.
fn locate(run: &Run<'_>, note: &Note) -> (Vec<Arc<str>>, Option<Arc<str>>) {
    if let Some(path) = &note.path {
        return (path.clone(), None);
    }
    let model = &run.context.model;
    let connector = model.connector(note.connector);
    let known = note.step.and_then(|step| run.plan.steps.get(step as usize));
    let step = known.or_else(|| run.plan.steps.iter().find(|step| step.connector == note.connector));
    let mut path = step.map(|step| parent_path(run.plan, step.join.position)).unwrap_or_default();
    let of_selection = note.text == ConnectorText::Selection;
    let gives_field = step.is_none_or(|step| matches!(step.kind, StepKind::Root | StepKind::Field));
    if let (true, Stand::Root { field, .. } | Stand::Field { field, .. }) = (gives_field, &connector.place) {
        push(&mut path, field, Some(&connector.returns).filter(|_| of_selection));
    }
    if !of_selection {
        return (path, None);
    }
    let mut ty = Some(connector.returns.clone());
    for name in connector.selection.enclosing(&note.range) {
        let field = ty.as_ref().and_then(|ty| model.schema.field_of_any(ty.name(), &name));
        ty = field.map(|field| field.ty.clone());
        push(&mut path, &name, ty.as_ref());
    }
    (path, ty.map(|ty| ty.to_string().into()))
}

/// The item of a selection that gives a field; the whole selection where none says so.
fn item_range(connector: &Connector, names: &[&str]) -> std::ops::Range<usize> {
    let mut range = 0..connector.selection.text().len();
    let mut shape = &connector.shape;
    for name in names {
        let Shape::Object(object) = shape else { break };
        let Some(field) = object.fields.get(*name) else { break };
        range = field.range.clone();
        shape = &field.shape;
    }
    range
}

/// Path of the objects of a position: `products[].seller` is `products`, `*`, `seller`.
fn parent_path(plan: &OperationPlan, position: PositionId) -> Vec<Arc<str>> {
    let text = plan.positions.get(position.0 as usize).map_or("", |position| &position.path);
    let mut path = Vec::new();
    for part in text.split('.').filter(|part| !part.is_empty()) {
        let name = part.trim_end_matches("[]");
        path.push(name.into());
        path.extend(std::iter::repeat_n(Arc::from("*"), (part.len() - name.len()) / 2));
    }
    path
}

/// A field and a `*` for each of its lists.
fn push(path: &mut Vec<Arc<str>>, field: &str, ty: Option<&TypeRef>) {
    path.push(field.into());
    let lists = std::iter::successors(ty.and_then(TypeRef::item), |item| item.item());
    path.extend(lists.map(|_| Arc::from("*")));
}
