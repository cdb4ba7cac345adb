//! Binds demands to connectors, position by position: what the provider gives is read there, the rest gets the fewest further calls.
//!
//! Greedy and bounded: a position is looked at once, each choice takes the connector that gives most of what is still missing,
//! then batch before single, then order of declaration.

use std::collections::VecDeque;

use super::{
    draft::{DemandId, Draft, DraftStep, Wish},
    plan::{ArgumentOrigin, ArgumentValue, PositionId, StepId},
};
use crate::{
    graphql::{ErrorCode, GraphqlError, Name, TypeKind},
    mapping::{ObjectShape, Shape},
    model::{Connector, ConnectorId, KeyField, Loads, Model, Place},
};

/// Where a demand's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binding {
    /// The object's provider selects it.
    Provider,
    /// An entity step at the same position selects it.
    Joined(StepId),
    /// A root or field step gives it whole.
    Result(StepId),
}

/// Every demand bound.
#[derive(Debug)]
pub(super) struct Resolution {
    pub(super) draft: Draft,
    pub(super) steps: Vec<DraftStep>,
    /// By demand: binding for each concrete type that differs, usually one entry for all.
    pub(super) bindings: Vec<Vec<(Name, Binding)>>,
}

/// Most steps of one plan, whatever the operation.
const MAX_STEPS: usize = 2_000;

/// Binds every demand of `draft`.
pub(super) fn resolve(model: &Model, draft: Draft) -> Result<Resolution, GraphqlError> {
    let bindings = vec![Vec::new(); draft.demands.len()];
    let mut resolver =
        Resolver { model, resolution: Resolution { draft, steps: Vec::new(), bindings }, queue: VecDeque::new() };
    resolver.queue.push_back((PositionId(0), None));
    while let Some((position, given)) = resolver.queue.pop_front() {
        resolver.position(position, given.as_ref())?;
    }
    Ok(resolver.resolution)
}

/// What provides the objects of a position: the selection's shape there.
#[derive(Debug, Clone)]
enum Given<'a> {
    /// These fields.
    Fields(&'a ObjectShape),
    /// Nobody can tell before it runs: everything counts as given.
    Open,
}

impl<'a> Given<'a> {
    fn of(shape: &'a Shape) -> Self {
        match shape {
            Shape::Object(fields) => Self::Fields(fields),
            Shape::Unknown | Shape::Scalar => Self::Open,
        }
    }

    fn gives(&self, field: &str) -> bool {
        match self {
            Self::Fields(shape) => shape.fields.contains_key(field),
            Self::Open => true,
        }
    }

    fn child(&self, field: &str) -> Self {
        match self {
            Self::Fields(shape) => shape.fields.get(field).map_or(Self::Open, |field| Self::of(&field.shape)),
            Self::Open => Self::Open,
        }
    }

    /// Whether a key can be read here, perhaps with the help of a loader further down.
    fn has_key(&self, model: &Model, parent: &str, key: &KeyField) -> bool {
        if !self.gives(&key.name) {
            return false;
        }
        let child = self.child(&key.name);
        let child_type =
            model.schema.types.get(parent).and_then(|ty| ty.fields.get(&key.name)).map(|field| field.ty.name());
        key.fields
            .iter()
            .all(|below| child_type.is_some_and(|ty| child.has_key(model, ty, below) || !model.loaders(ty).is_empty()))
    }
}

/// One concrete type at one position, and what its provider gives there.
#[derive(Debug, Clone, Copy)]
struct Site<'s, 'a> {
    position: PositionId,
    concrete: &'s Name,
    given: Option<&'s Given<'a>>,
}

/// Positions below the one that is looked at, with what their providers give.
type Children<'a> = Vec<(PositionId, Given<'a>)>;

struct Resolver<'a> {
    model: &'a Model,
    resolution: Resolution,
    /// Positions to look at, with what their providers give; nobody provides the root.
    queue: VecDeque<(PositionId, Option<Given<'a>>)>,
}

impl<'a> Resolver<'a> {
    fn position(&mut self, position: PositionId, given: Option<&Given<'a>>) -> Result<(), GraphqlError> {
        let types = self.concrete_types(position);
        let mut children = Children::new();
        for concrete in &types {
            self.concrete(Site { position, concrete, given }, &mut children)?;
        }
        // A demand that several concrete types share is bound for each; its child is one position.
        let mut seen = Vec::new();
        for (child, given) in children {
            if !seen.contains(&child) {
                seen.push(child);
                self.queue.push_back((child, Some(given)));
            }
        }
        if self.resolution.steps.len() > MAX_STEPS {
            let message = format!("operation needs more than {MAX_STEPS} steps");
            return Err(GraphqlError::new(ErrorCode::LimitExceeded, message));
        }
        Ok(())
    }

    /// Concrete graph types that something is asked of here, in order of first mention.
    fn concrete_types(&self, position: PositionId) -> Vec<Name> {
        let draft = &self.resolution.draft;
        let mut types = Vec::new();
        for demand in &draft.positions[position.0 as usize].demands {
            for name in &draft.demands[demand.0 as usize].on {
                if !types.contains(name) {
                    types.push(name.clone());
                }
            }
        }
        types
    }

    /// Binds what is asked of one concrete type at a position.
    fn concrete(&mut self, site: Site<'_, 'a>, children: &mut Children<'a>) -> Result<(), GraphqlError> {
        let Site { position, concrete, given } = site;
        let mut asked: VecDeque<DemandId> = self.resolution.draft.positions[position.0 as usize]
            .demands
            .iter()
            .copied()
            .filter(|id| self.demand_on(*id, concrete))
            .collect();
        let mut missing: Vec<DemandId> = Vec::new();
        while let Some(id) = asked.pop_front() {
            if self.binding(id, concrete).is_some() || missing.contains(&id) {
                continue;
            }
            let field = self.demand_field(id);
            let connectors = self.model.field_connectors(concrete, &field);
            if given.is_some_and(|given| self.provides(given, id, !connectors.is_empty())) {
                self.bind_provider(id, site, children)?;
            } else if connectors.is_empty() {
                missing.push(id);
            } else {
                let connector = self.best_field_connector(connectors, id);
                asked.extend(self.attach_field_step(site, connector, id, children)?);
            }
        }
        self.load(site, missing, children)
    }

    /// Whether the object's provider is the one to take a field from: it selects it, and what it selects below it is enough
    /// or can be completed there.
    fn provides(&self, given: &Given<'a>, id: DemandId, has_connector: bool) -> bool {
        if !self.demand_is_plain(id) {
            return false;
        }
        match given {
            Given::Open => !has_connector,
            Given::Fields(_) => self.gives_enough(given, id),
        }
    }

    /// Whether a selection gives a field with everything that is asked below it, or that connectors can add there.
    fn gives_enough(&self, given: &Given<'a>, id: DemandId) -> bool {
        let demand = &self.resolution.draft.demands[id.0 as usize];
        if !given.gives(&demand.field) {
            return false;
        }
        let Some(child) = demand.child else { return true };
        let shape = given.child(&demand.field);
        self.resolution.draft.positions[child.0 as usize].demands.iter().all(|below| {
            let demand = &self.resolution.draft.demands[below.0 as usize];
            demand.on.iter().all(|concrete| {
                self.gives_enough(&shape, *below)
                    || !self.model.field_connectors(concrete, &demand.field).is_empty()
                    || !self.model.loaders(concrete).is_empty()
            })
        })
    }

    /// Of several connectors on one field, the one whose selection gives most of what is asked below.
    fn best_field_connector(&self, connectors: &[ConnectorId], id: DemandId) -> ConnectorId {
        let draft = &self.resolution.draft;
        let below: Vec<&Name> = draft.demands[id.0 as usize]
            .child
            .map(|child| {
                draft.positions[child.0 as usize].demands.iter().map(|id| &draft.demands[id.0 as usize].field).collect()
            })
            .unwrap_or_default();
        let score = |connector: &ConnectorId| {
            let given = Given::of(&self.model.connector(*connector).shape);
            below.iter().filter(|field| given.gives(field)).count()
        };
        let mut best = connectors[0];
        for connector in connectors {
            if score(connector) > score(&best) {
                best = *connector;
            }
        }
        best
    }

    /// A step for a root field or a field connector; returns the demands of its keys at this position.
    fn attach_field_step(
        &mut self,
        site: Site<'_, 'a>,
        connector: ConnectorId,
        id: DemandId,
        children: &mut Children<'a>,
    ) -> Result<Vec<DemandId>, GraphqlError> {
        let Site { position, concrete, .. } = site;
        let definition = self.model.connector(connector);
        let existing = self
            .resolution
            .steps
            .iter()
            .position(|step| step.connector == connector && step.position == position && step.serves.contains(&id));
        if let Some(index) = existing {
            let step = StepId(u32::try_from(index).unwrap_or(u32::MAX));
            if let Some(only) = &mut self.resolution.steps[index].only
                && !only.contains(concrete)
            {
                only.push(concrete.clone());
            }
            self.bind(id, concrete, Binding::Result(step))?;
            return Ok(Vec::new());
        }
        let demand = &self.resolution.draft.demands[id.0 as usize];
        let (arguments, root) = (demand.arguments.clone(), demand.root);
        let step = self.push_step(DraftStep {
            connector,
            position,
            only: self.only(position, concrete),
            serves: vec![id],
            arguments,
            root,
        });
        self.bind(id, concrete, Binding::Result(step))?;
        self.child_of(id, Given::of(&definition.shape), children);
        match definition.place {
            Place::Root { .. } => Ok(Vec::new()),
            Place::Field { .. } | Place::Type { .. } => Ok(self.demand_keys(position, concrete, &definition.key, step)),
        }
    }

    /// Chooses entity connectors for what is missing at a position.
    fn load(
        &mut self,
        site: Site<'_, 'a>,
        mut missing: Vec<DemandId>,
        children: &mut Children<'a>,
    ) -> Result<(), GraphqlError> {
        let Site { position, concrete, given } = site;
        // Connectors chosen here, with the step of each.
        let mut chosen: Vec<(ConnectorId, StepId)> = Vec::new();
        while !missing.is_empty() {
            let Some(next) = self.next_loader(site, &chosen, &missing) else { break };
            let definition = self.model.connector(next);
            let shape = Given::of(&definition.shape);
            let root = self.resolution.draft.positions[position.0 as usize].root;
            let arguments = definition
                .entity_defaults
                .iter()
                .map(|(name, value)| ArgumentValue {
                    name: name.clone(),
                    required: false,
                    value: ArgumentOrigin::Literal { value: Some(value.clone()), default: None },
                })
                .collect();
            let step = self.push_step(DraftStep {
                connector: next,
                position,
                only: self.only(position, concrete),
                serves: Vec::new(),
                arguments,
                root,
            });
            let mut rest = Vec::new();
            for id in missing {
                let field = self.demand_field(id);
                if self.demand_is_plain(id) && self.gives_enough(&shape, id) {
                    self.bind(id, concrete, Binding::Joined(step))?;
                    self.resolution.steps[step.0 as usize].serves.push(id);
                    self.child_of(id, shape.child(&field), children);
                } else {
                    rest.push(id);
                }
            }
            missing = rest;
            for key in self.demand_keys(position, concrete, &definition.key, step) {
                let field = self.demand_field(key);
                if self.binding(key, concrete).is_some() {
                    continue;
                }
                let from =
                    chosen.iter().find(|(id, _)| Given::of(&self.model.connector(*id).shape).gives(&field)).copied();
                if given.is_some_and(|given| given.gives(&field)) {
                    self.bind_provider(key, site, children)?;
                } else if let Some((connector, giver)) = from {
                    self.bind(key, concrete, Binding::Joined(giver))?;
                    self.resolution.steps[giver.0 as usize].serves.push(key);
                    let shape = Given::of(&self.model.connector(connector).shape);
                    self.child_of(key, shape.child(&field), children);
                }
            }
            chosen.push((next, step));
        }
        // What nobody gives reads as missing where it would stand: null, or an error where null is not allowed.
        for id in missing {
            self.bind_provider(id, site, children)?;
        }
        Ok(())
    }

    /// The connector to add next: among those whose keys can be had by now, the one that gives most of what is missing;
    /// or, when none gives anything, one that gives a key to another that would.
    fn next_loader(
        &self,
        site: Site<'_, 'a>,
        chosen: &[(ConnectorId, StepId)],
        missing: &[DemandId],
    ) -> Option<ConnectorId> {
        let Site { concrete, given, .. } = site;
        let loaders = self.model.loaders(concrete);
        let ready = |connector: &Connector| {
            connector.key.iter().all(|key| {
                given.is_some_and(|given| given.has_key(self.model, concrete, key))
                    || chosen
                        .iter()
                        .any(|(id, _)| Given::of(&self.model.connector(*id).shape).has_key(self.model, concrete, key))
            })
        };
        let open = || loaders.iter().filter(|id| !chosen.iter().any(|(done, _)| done == *id));
        let gain = |id: &ConnectorId| {
            let shape = Given::of(&self.model.connector(*id).shape);
            missing
                .iter()
                .filter(|demand| self.demand_is_plain(**demand) && self.gives_enough(&shape, **demand))
                .count()
        };
        let rank = |id: &ConnectorId| {
            let batch = matches!(self.model.connector(*id).loads, Some(Loads::Batch { .. }));
            (gain(id), batch)
        };
        let mut best: Option<ConnectorId> = None;
        for id in open().filter(|id| gain(id) > 0 && ready(self.model.connector(**id))) {
            if best.is_none_or(|best| rank(id) > rank(&best)) {
                best = Some(*id);
            }
        }
        if best.is_some() {
            return best;
        }
        // A bridge: a ready connector that gives a key field of one that is useful but not ready.
        let wanted: Vec<&KeyField> =
            open().filter(|id| gain(id) > 0).flat_map(|id| &self.model.connector(*id).key).collect();
        open()
            .find(|id| {
                let connector = self.model.connector(**id);
                let shape = Given::of(&connector.shape);
                let helps = wanted.iter().any(|key| {
                    let have = given.is_some_and(|given| given.gives(&key.name))
                        || chosen.iter().any(|(id, _)| Given::of(&self.model.connector(*id).shape).gives(&key.name));
                    !have && shape.gives(&key.name)
                });
                helps && ready(connector)
            })
            .copied()
    }

    /// Demands for the key fields of a step at its position (and, for nested keys, below it).
    fn demand_keys(&mut self, position: PositionId, concrete: &Name, key: &[KeyField], step: StepId) -> Vec<DemandId> {
        key.iter().filter_map(|field| self.demand_key(position, concrete, field, step)).collect()
    }

    fn demand_key(&mut self, position: PositionId, concrete: &Name, key: &KeyField, step: StepId) -> Option<DemandId> {
        let field = self.model.schema.types.get(concrete)?.fields.get(&key.name)?;
        let kind = self.model.schema.types.get(field.ty.name())?.kind;
        let composite = matches!(kind, TypeKind::Object | TypeKind::Interface | TypeKind::Union);
        let root = self.resolution.draft.positions[position.0 as usize].root;
        let id = self.resolution.draft.demand(Wish {
            position,
            on: std::slice::from_ref(concrete),
            field: &key.name,
            arguments: Vec::new(),
            ty: &field.ty,
            composite,
            occurrence: None,
            apart: None,
            root,
        });
        self.resolution.bindings.resize(self.resolution.draft.demands.len(), Vec::new());
        self.resolution.draft.demands[id.0 as usize].needed_by.push(step);
        if let Some(child) = self.resolution.draft.demands[id.0 as usize].child {
            let below = field.ty.name().clone();
            for field in &key.fields {
                self.demand_key(child, &below, field, step);
            }
        }
        Some(id)
    }

    // === bookkeeping ===

    fn bind_provider(
        &mut self,
        id: DemandId,
        site: Site<'_, 'a>,
        children: &mut Children<'a>,
    ) -> Result<(), GraphqlError> {
        self.bind(id, site.concrete, Binding::Provider)?;
        let field = self.demand_field(id);
        let child = site.given.map_or(Given::Open, |given| given.child(&field));
        self.child_of(id, child, children);
        Ok(())
    }

    fn child_of(&self, id: DemandId, given: Given<'a>, children: &mut Children<'a>) {
        if let Some(child) = self.resolution.draft.demands[id.0 as usize].child {
            children.push((child, given));
        }
    }

    fn bind(&mut self, id: DemandId, concrete: &Name, binding: Binding) -> Result<(), GraphqlError> {
        let composite = self.resolution.draft.demands[id.0 as usize].child.is_some();
        let bindings = &mut self.resolution.bindings[id.0 as usize];
        // Objects of one position come from one step. Only a view's path *through* an abstract type can ask for more.
        if composite && bindings.iter().any(|(_, other)| *other != binding) {
            let field = &self.resolution.draft.demands[id.0 as usize].field;
            let message = format!(
                "field `{field}` cannot be planned: the path of a view goes through an abstract type whose types load it differently"
            );
            return Err(GraphqlError::new(ErrorCode::Internal, message));
        }
        if !bindings.iter().any(|(name, _)| name == concrete) {
            bindings.push((concrete.clone(), binding));
        }
        Ok(())
    }

    fn binding(&self, id: DemandId, concrete: &Name) -> Option<Binding> {
        self.resolution.bindings[id.0 as usize].iter().find(|(name, _)| name == concrete).map(|(_, binding)| *binding)
    }

    fn push_step(&mut self, step: DraftStep) -> StepId {
        self.resolution.steps.push(step);
        StepId(u32::try_from(self.resolution.steps.len() - 1).unwrap_or(u32::MAX))
    }

    fn only(&self, position: PositionId, concrete: &Name) -> Option<Vec<Name>> {
        let graph_type = &self.resolution.draft.positions[position.0 as usize].graph_type;
        (graph_type != concrete).then(|| vec![concrete.clone()])
    }

    fn demand_on(&self, id: DemandId, concrete: &Name) -> bool {
        self.resolution.draft.demands[id.0 as usize].on.contains(concrete)
    }

    fn demand_field(&self, id: DemandId) -> Name {
        self.resolution.draft.demands[id.0 as usize].field.clone()
    }

    /// Whether a selection may give it: a field with arguments needs its own connector.
    fn demand_is_plain(&self, id: DemandId) -> bool {
        self.resolution.draft.demands[id.0 as usize].arguments.is_empty()
    }
}
