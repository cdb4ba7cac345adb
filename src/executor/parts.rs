//! Running a plan whose answer is delivered in parts.
//!
//! All steps run as they would for a whole answer: what is deferred never delays what is not. A part is written as soon as
//! its own steps are complete, whatever others wait for.

use std::{collections::VecDeque, sync::Arc};

use tokio::{sync::mpsc::Sender, time::timeout_at};

use super::{
    GRACE, Outcome, RunContext, Told,
    complete::{PartsWriter, Place, long},
    deferral::Deferral,
    problems,
    run::Run,
    schedule::{self, Steps},
};
use crate::{
    graphql::{GraphqlError, OperationKind, PathSegment},
    planner::{DeferId, OperationPlan, StepId},
};

/// Parts of one payload.
const MOST: usize = 256;

/// What is delivered at once.
#[derive(Debug)]
pub struct Payload {
    /// The first part of the answer: in the first payload, and only there.
    pub first: Option<Outcome>,
    /// Fragments and lists of which more will follow, at each of their places.
    pub announced: Vec<Arc<Announced>>,
    /// What follows, in the order of its places.
    pub parts: Vec<DeferredPart>,
    /// What is told at the end: the last payload has it.
    pub end: Option<End>,
}

/// A deferred fragment or a streamed list at one place.
#[derive(Debug)]
pub struct Announced {
    /// Its number in this answer.
    pub id: usize,
    /// Where it stands.
    pub path: Vec<PathSegment>,
    /// Of a list: index of the first element that follows.
    pub start: Option<usize>,
    /// `label` of its `@defer` or `@stream`.
    pub label: Option<Arc<str>>,
}

/// What became of a deferred fragment or of the later elements of a list.
#[derive(Debug)]
pub struct DeferredPart {
    /// Which.
    pub announced: Arc<Announced>,
    /// What there is to tell.
    pub content: Content,
    /// Errors in it.
    pub errors: Vec<GraphqlError>,
}

/// What there is to tell of something deferred.
#[derive(Debug)]
pub enum Content {
    /// What it stands in has become null, or it has nothing new.
    Nothing,
    /// A fragment: JSON objects, and the path of each below the fragment's own.
    Pieces(Vec<(Vec<PathSegment>, Vec<u8>)>),
    /// Elements of a list.
    Items(Items),
    /// It is null as a whole, and the errors say why.
    Failed,
}

/// Later elements of a list, as many as there are before one that failed.
#[derive(Debug)]
pub struct Items {
    /// Index of the first one.
    pub start: usize,
    /// A JSON list; empty if there is no element.
    pub text: Vec<u8>,
    /// Why no more follow: index and errors of an element that is null where null is not allowed.
    pub failed: Option<(usize, Vec<GraphqlError>)>,
}

/// What is told at the end of an answer.
#[derive(Debug)]
pub struct End {
    /// Errors after the first part that no part told.
    pub errors_dropped: usize,
    /// Problems of mappings, if somebody asked.
    pub problems: Option<Told>,
    /// Upstream requests sent or shared for this operation.
    pub upstream_calls: usize,
}

/// Runs a plan and sends its answer part by part, the last payload with an [`End`]; stops when nobody takes them any more.
/// With `repeats`, a part holds all of its fragment; without, only what was not delivered around it.
pub async fn run_in_parts(
    plan: &OperationPlan,
    context: &RunContext,
    deferral: &Deferral,
    repeats: bool,
    payloads: Sender<Payload>,
) {
    let run = Run::in_parts(plan, context, deferral);
    let bound = context.call.deadline + GRACE;
    let mut is_over = false;
    if plan.kind == OperationKind::Mutation {
        let serial = schedule::serially(&run, |step| deferral.first.is_on(step.guard));
        is_over = !timeout_at(bound, serial).await.unwrap_or(false);
    }
    let is_mutation = plan.kind == OperationKind::Mutation;
    let rest = |step: &crate::planner::Step| !is_mutation || !deferral.first.is_on(step.guard);
    let mut steps = Steps::new(&run, |step| !is_over && rest(step), |step| schedule::start(&run, step));
    let mut answer = Answer::new(&run, deferral, repeats);
    loop {
        if let Some(payload) = answer.next(is_over) {
            let is_last = payload.end.is_some();
            if payloads.send(payload).await.is_err() || is_last {
                return;
            }
            continue;
        }
        tokio::select! {
            step = timeout_at(bound, steps.next()) => match step {
                Ok(Some(step)) => answer.complete(step),
                Ok(None) | Err(_) => is_over = true,
            },
            () = payloads.closed() => return,
        }
    }
}

/// What was delivered of an answer, and what was not.
struct Answer<'r, 'a> {
    run: &'r Run<'a>,
    writer: PartsWriter<'r, 'a>,
    first: Need,
    is_first_delivered: bool,
    /// What comes later, in order.
    later: Vec<Waiting<'r>>,
    /// Places met so far.
    numbers: usize,
    plan: &'a OperationPlan,
}

/// A fragment, or the elements of a list, that comes later.
struct Waiting<'r> {
    id: DeferId,
    need: Need,
    /// Where it is to be delivered.
    places: VecDeque<(Arc<Announced>, Place<'r>)>,
}

/// Steps that are still to come.
struct Need {
    steps: Vec<bool>,
    left: usize,
}

// === impl Answer ===

impl<'r, 'a> Answer<'r, 'a> {
    fn new(run: &'r Run<'a>, deferral: &'r Deferral, repeats: bool) -> Self {
        let later = deferral.parts().map(|(id, later)| Waiting {
            id,
            need: Need::new(run, &later.guards),
            places: VecDeque::new(),
        });
        Self {
            run,
            writer: PartsWriter::new(run, deferral, repeats),
            first: Need::new(run, &deferral.first),
            is_first_delivered: false,
            later: later.collect(),
            numbers: 0,
            plan: run.plan,
        }
    }

    fn complete(&mut self, step: StepId) {
        self.first.complete(step);
        for later in &mut self.later {
            later.need.complete(step);
        }
    }

    /// What can be delivered now; everything, once no further step will be complete.
    fn next(&mut self, is_over: bool) -> Option<Payload> {
        if !self.is_first_delivered {
            if !is_over && self.first.left > 0 {
                return None;
            }
            self.is_first_delivered = true;
            let (outcome, places) = long(self.run, || self.writer.first());
            let announced = self.announce(places);
            return Some(Payload { first: Some(outcome), announced, parts: Vec::new(), end: self.end() });
        }
        let (parts, announced) = long(self.run, || self.parts(is_over));
        (!parts.is_empty()).then(|| Payload { first: None, announced, parts, end: self.end() })
    }

    fn parts(&mut self, is_over: bool) -> (Vec<DeferredPart>, Vec<Arc<Announced>>) {
        let (mut parts, mut announced) = (Vec::new(), Vec::new());
        for at in 0..self.later.len() {
            while parts.len() < MOST && (is_over || self.later[at].need.left == 0) {
                let Some((place_of, place)) = self.later[at].places.pop_front() else { break };
                let ((content, errors), places) = self.writer.part(&place);
                parts.push(DeferredPart { announced: place_of, content, errors });
                announced.extend(self.announce(places));
            }
        }
        (parts, announced)
    }

    /// Numbers places and remembers them.
    fn announce(&mut self, places: Vec<Place<'r>>) -> Vec<Arc<Announced>> {
        let mut announced = Vec::with_capacity(places.len());
        for place in places {
            let Some(waiting) = self.later.iter_mut().find(|waiting| waiting.id == place.id) else {
                continue;
            };
            let label = self.plan.deferred[place.id.0 as usize].label.clone();
            let known = Arc::new(Announced { id: self.numbers, path: place.path(), start: place.start(), label });
            self.numbers += 1;
            waiting.places.push_back((Arc::clone(&known), place));
            announced.push(known);
        }
        announced
    }

    fn end(&self) -> Option<End> {
        self.later.iter().all(|later| later.places.is_empty()).then(|| End {
            errors_dropped: self.writer.errors_dropped(),
            problems: problems::told(self.run),
            upstream_calls: self.run.calls_made(),
        })
    }
}

// === impl Need ===

impl Need {
    fn new(run: &Run<'_>, guards: &super::guards::GuardMask) -> Self {
        let is_needed = |step: &crate::planner::Step| guards.is_on(step.guard) && run.result(step.id).is_none();
        let steps: Vec<bool> = run.plan.steps.iter().map(is_needed).collect();
        Self { left: steps.iter().filter(|needed| **needed).count(), steps }
    }

    fn complete(&mut self, step: StepId) {
        if std::mem::take(&mut self.steps[step.0 as usize]) {
            self.left -= 1;
        }
    }
}
