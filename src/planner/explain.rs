//! Why a plan is as it is: for every asked field the connector that gives it and why that one, and what is asked for
//! nothing. For people; nothing runs by it.
//!
//! Everything is read off the finished plan and the model, so that planning pays nothing for it.

mod reason;
mod text;
mod unused;

use std::{sync::Arc, time::Duration};

use super::plan::{
    Access, EntryKind, GuardId, ObjectProgramId, OperationPlan, PositionId, Step, StepKind, ValueKind, ValueProgram,
    Variant,
};
use crate::{
    graphql::{Name, Operation},
    model::Model,
};

/// Fields that are listed at most: concrete types multiply them.
const MOST_FIELDS: usize = 10_000;

/// A plan in words.
#[derive(Debug)]
pub struct Explanation {
    /// The asked fields, in order of the answer.
    pub fields: Vec<ExplainedField>,
    /// Fields beyond the bound of the list.
    pub fields_dropped: usize,
    /// The steps.
    pub steps: Vec<ExplainedStep>,
    /// What is asked for nothing, or answered without a call.
    pub remarks: Vec<String>,
    /// The plan as it prints itself.
    pub plan: String,
}

/// An asked field.
#[derive(Debug, PartialEq, Eq)]
pub struct ExplainedField {
    /// Response keys: `all.items.title`.
    pub path: String,
    /// The field of the view: `Card.title`.
    pub coordinate: Arc<str>,
    /// The field of the graph: `products[].name`; `None` for meta-fields.
    pub graph: Option<String>,
    /// The step that gives it, from 1; `None`: no call is needed for it, or nobody gives it.
    pub step: Option<usize>,
    /// Connector of the step.
    pub connector: Option<Arc<str>>,
    /// Why that one.
    pub why: String,
    /// The condition it is asked under.
    pub condition: Option<String>,
}

/// A step and why it is there.
#[derive(Debug, PartialEq, Eq)]
pub struct ExplainedStep {
    /// From 1.
    pub number: usize,
    /// Wave, from 1: steps of one wave run at once.
    pub wave: usize,
    /// Connector.
    pub connector: Arc<str>,
    /// Upstream; `None`: it makes no request.
    pub upstream: Option<Arc<str>>,
    /// Method and URL template.
    pub request: String,
    /// Path of the objects that it is called for; empty for the root.
    pub at: String,
    /// The fields that it is called with, for each object.
    pub key: Vec<String>,
    /// Whether one request holds many keys, and how many at most.
    pub batch: Option<Option<u32>>,
    /// How often its request is made anew for those who subscribe.
    pub poll: Option<Duration>,
    /// Why this connector.
    pub why: String,
}

/// Explains the plan of an operation.
#[must_use]
pub fn explain(model: &Model, operation: &Operation, plan: &OperationPlan) -> Explanation {
    let whys: Vec<String> = plan.steps.iter().map(|step| reason::of_step(model, plan, step)).collect();
    let mut list = FieldList { model, plan, whys: &whys, fields: Vec::new(), dropped: 0 };
    list.object(plan.root_program, PositionId(0), "");
    let FieldList { fields, dropped, .. } = list;
    let waves = plan.waves();
    let steps = plan.steps.iter().zip(&whys).zip(&waves).map(|((step, why), wave)| ExplainedStep {
        number: number(step),
        wave: *wave,
        connector: step.label.connector.clone(),
        upstream: step.label.upstream.clone(),
        request: step.label.request.clone(),
        at: plan.positions[step.join.position.0 as usize].path.clone(),
        key: step.join.key.iter().map(|key| key.name.to_string()).collect(),
        batch: (step.kind == StepKind::Batch).then_some(step.label.max_size),
        poll: step.poll,
        why: why.clone(),
    });
    Explanation {
        fields,
        fields_dropped: dropped,
        steps: steps.collect(),
        remarks: unused::remarks(operation, plan),
        plan: plan.to_string(),
    }
}

fn number(step: &Step) -> usize {
    step.id.0 as usize + 1
}

struct FieldList<'a> {
    model: &'a Model,
    plan: &'a OperationPlan,
    whys: &'a [String],
    fields: Vec<ExplainedField>,
    dropped: usize,
}

impl FieldList<'_> {
    fn object(&mut self, program: ObjectProgramId, position: PositionId, path: &str) {
        let plan = self.plan;
        let Some(program) = plan.objects.get(program.0 as usize) else { return };
        let several = program.variants.len() > 1;
        for variant in &program.variants {
            match &variant.view_type {
                Some(view_type) if several => self.variant(variant, position, &format!("{path}<{view_type}>")),
                _ => self.variant(variant, position, path),
            }
        }
    }

    fn variant(&mut self, variant: &Variant, position: PositionId, path: &str) {
        for entry in &variant.fields {
            let separator = if path.is_empty() { "" } else { "." };
            let mut field = ExplainedField {
                path: format!("{path}{separator}{}", entry.response_key),
                coordinate: entry.coordinate.clone(),
                graph: None,
                step: None,
                connector: None,
                why: String::new(),
                condition: (entry.guard != GuardId(0)).then(|| self.plan.condition(entry.guard)),
            };
            let below = match &entry.kind {
                EntryKind::Typename => {
                    field.why = "the view's name of the type: no connector is asked".to_owned();
                    None
                }
                EntryKind::Introspection => {
                    field.why = "introspection: no connector is asked".to_owned();
                    None
                }
                EntryKind::Value(program) => {
                    let target = self.value(&mut field, program, (position, &variant.graph_type));
                    match &program.kind {
                        ValueKind::Object(below) => target.map(|target| (*below, target)),
                        ValueKind::Leaf(_) => None,
                    }
                }
            };
            if self.fields.len() >= MOST_FIELDS {
                self.dropped += 1;
                continue;
            }
            let path = field.path.clone();
            self.fields.push(field);
            if let Some((program, target)) = below {
                self.object(program, target, &path);
            }
        }
    }

    /// What gives a value: of a path through several objects the last one. Returns the position of its objects.
    fn value(
        &self,
        field: &mut ExplainedField,
        program: &ValueProgram,
        (mut position, concrete): (PositionId, &Name),
    ) -> Option<PositionId> {
        let mut steps: Vec<usize> = Vec::new();
        let mut target = None;
        for hop in &program.hops {
            let own = hop.reads.iter().find(|(name, ..)| name.as_ref() == Some(concrete));
            let (_, access, next) = own.or(hop.reads.first())?;
            let Some((step, names)) = self.plan.source(position, *access) else {
                field.why = "no connector gives it: it is null".to_owned();
                return None;
            };
            let name = names.last().map_or_else(|| reason::field_of(self.model, step), |name| (*name).to_owned());
            let parent = &self.plan.positions[position.0 as usize].path;
            let separator = if parent.is_empty() { "" } else { "." };
            field.graph = Some(format!("{parent}{separator}{name}{}", "[]".repeat(hop.lists)));
            field.step = Some(number(step));
            field.connector = Some(step.label.connector.clone());
            // Further along one path within a step, what made that step give the path counts.
            if steps.last() != Some(&number(step)) || field.why.is_empty() {
                field.why = match access {
                    Access::Provider { .. } => "selected with its object".to_owned(),
                    Access::Joined { .. } | Access::Result { .. } => self.whys[step.id.0 as usize].clone(),
                };
            }
            if steps.last() != Some(&number(step)) {
                steps.push(number(step));
            }
            target = *next;
            position = target.unwrap_or(position);
        }
        steps.pop();
        if !steps.is_empty() {
            let before: Vec<String> = steps.iter().map(usize::to_string).collect();
            field.why.push_str(&format!("; by way of step {}", before.join(", ")));
        }
        target
    }
}
