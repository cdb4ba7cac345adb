//! Binds demands to connectors, position by position: what the provider gives is read there, the rest gets the fewest further calls.
//!
//! A position is looked at once. Which connectors are the fewest is `choice`'s to say; here it is done.

use std::collections::VecDeque;

use super::{
    choice::{Chooser, Pick, Site},
    draft::{DemandId, Draft, DraftStep, Wish},
    given::Given,
    plan::{ArgumentOrigin, ArgumentValue, PositionId, StepId},
};
use crate::{
    graphql::{ErrorCode, GraphqlError, Name, TypeKind},
    model::{ConnectorId, KeyField, Model, Place},
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
    let mut resolver = Resolver {
        model,
        chooser: Chooser::new(model),
        resolution: Resolution { draft, steps: Vec::new(), bindings },
        queue: VecDeque::new(),
    };
    resolver.queue.push_back((PositionId(0), None));
    while let Some((position, given)) = resolver.queue.pop_front() {
        resolver.position(position, given)?;
    }
    Ok(resolver.resolution)
}

/// Positions below the one that is looked at, with what their providers give.
type Children<'a> = Vec<(PositionId, Given<'a>)>;

struct Resolver<'a> {
    model: &'a Model,
    chooser: Chooser<'a>,
    resolution: Resolution,
    /// Positions to look at, with what their providers give; nobody provides the root.
    queue: VecDeque<(PositionId, Option<Given<'a>>)>,
}

impl<'a> Resolver<'a> {
    fn position(&mut self, position: PositionId, given: Option<Given<'a>>) -> Result<(), GraphqlError> {
        let types = self.resolution.draft.concrete_types(position);
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

    /// Binds what is asked of one concrete type at a position.
    fn concrete(&mut self, site: Site<'_, 'a>, children: &mut Children<'a>) -> Result<(), GraphqlError> {
        let Site { position, concrete, .. } = site;
        let mut asked: VecDeque<DemandId> = self.resolution.draft.demands_on(position, concrete).into();
        let mut missing: Vec<DemandId> = Vec::new();
        let mut attached: Vec<(ConnectorId, Name)> = Vec::new();
        while let Some(id) = asked.pop_front() {
            if self.binding(id, concrete).is_some() || missing.contains(&id) {
                continue;
            }
            let (field, child) = (self.demand_field(id), self.resolution.draft.demand_of(id).child);
            let connectors = self.model.field_connectors(concrete, &field);
            if self.chooser.provides(&self.resolution.draft, site, id) {
                self.bind_provider(id, site, children)?;
            } else if connectors.is_empty() {
                missing.push(id);
            } else {
                let (connector, _) = self.chooser.best_field_connector(&self.resolution.draft, site, connectors, child);
                attached.push((connector, field));
                asked.extend(self.attach_field_step(site, connector, id, children)?);
            }
        }
        self.load(site, missing, &attached, children)
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
        self.child_of(id, Given::by(definition), children);
        match definition.place {
            Place::Root { .. } => Ok(Vec::new()),
            Place::Field { .. } | Place::Type { .. } => Ok(self.demand_keys(position, concrete, &definition.key, step)),
        }
    }

    /// Calls the fewest connectors for what is missing at a position.
    fn load(
        &mut self,
        site: Site<'_, 'a>,
        missing: Vec<DemandId>,
        attached: &[(ConnectorId, Name)],
        children: &mut Children<'a>,
    ) -> Result<(), GraphqlError> {
        let Site { position, concrete, .. } = site;
        let choice = self.chooser.choose(&self.resolution.draft, site, &missing, attached);
        // Loaders called so far, with the step of each: what gives the keys of those that follow.
        let mut chosen: Vec<(ConnectorId, StepId)> = Vec::new();
        for (number, pick) in choice.picks.iter().enumerate() {
            let keys = match pick {
                Pick::Load(connector) => {
                    let step = self.push_loader(site, *connector);
                    let shape = Given::by(self.model.connector(*connector));
                    let given = missing.iter().zip(&choice.givers).filter(|(_, giver)| **giver == Some(number));
                    for (id, _) in given {
                        self.bind_joined(*id, site, (shape, step), children)?;
                    }
                    chosen.push((*connector, step));
                    self.demand_keys(position, concrete, &self.model.connector(*connector).key, step)
                }
                Pick::Field(connector, field) => match self.demand_field_as_key(position, concrete, field) {
                    Some(id) => self.attach_field_step(site, *connector, id, children)?,
                    None => Vec::new(),
                },
            };
            for key in keys {
                self.bind_key(key, site, &chosen, children)?;
            }
        }
        // What nobody gives reads as missing where it would stand: null, or an error where null is not allowed.
        for (id, _) in missing.into_iter().zip(choice.givers).filter(|(_, giver)| giver.is_none()) {
            self.bind_provider(id, site, children)?;
        }
        Ok(())
    }

    /// A step for an entity connector.
    fn push_loader(&mut self, site: Site<'_, 'a>, connector: ConnectorId) -> StepId {
        let defaults = &self.model.connector(connector).entity_defaults;
        let arguments = defaults.iter().map(|(name, value)| ArgumentValue {
            name: name.clone(),
            required: false,
            value: ArgumentOrigin::Literal { value: Some(value.clone()), default: None },
        });
        self.push_step(DraftStep {
            connector,
            position: site.position,
            only: self.only(site.position, site.concrete),
            serves: Vec::new(),
            arguments: arguments.collect(),
            root: self.resolution.draft.positions[site.position.0 as usize].root,
        })
    }

    /// Takes a demand from the rows that a loader joins.
    fn bind_joined(
        &mut self,
        id: DemandId,
        site: Site<'_, 'a>,
        (shape, step): (Given<'a>, StepId),
        children: &mut Children<'a>,
    ) -> Result<(), GraphqlError> {
        self.bind(id, site.concrete, Binding::Joined(step))?;
        self.resolution.steps[step.0 as usize].serves.push(id);
        let field = self.demand_field(id);
        self.child_of(id, shape.child(&field), children);
        Ok(())
    }

    /// Takes a key from the provider or from the first loader called so far that gives it.
    fn bind_key(
        &mut self,
        key: DemandId,
        site: Site<'_, 'a>,
        chosen: &[(ConnectorId, StepId)],
        children: &mut Children<'a>,
    ) -> Result<(), GraphqlError> {
        if self.binding(key, site.concrete).is_some() {
            return Ok(());
        }
        let field = self.demand_field(key);
        if site.given.is_some_and(|given| given.may_give(&field)) {
            return self.bind_provider(key, site, children);
        }
        let mut givers = chosen.iter().map(|(id, step)| (Given::by(self.model.connector(*id)), *step));
        match givers.find(|(shape, _)| shape.gives(&field)) {
            Some(giver) => self.bind_joined(key, site, giver, children),
            None => Ok(()),
        }
    }

    /// Demands for the key fields of a step at its position (and, for nested keys, below it).
    fn demand_keys(&mut self, position: PositionId, concrete: &Name, key: &[KeyField], step: StepId) -> Vec<DemandId> {
        key.iter().filter_map(|field| self.demand_key(position, concrete, field, step)).collect()
    }

    fn demand_key(&mut self, position: PositionId, concrete: &Name, key: &KeyField, step: StepId) -> Option<DemandId> {
        let id = self.demand_field_as_key(position, concrete, &key.name)?;
        self.resolution.draft.demands[id.0 as usize].needed_by.push(step);
        if let Some(child) = self.resolution.draft.demand_of(id).child {
            let below = self.resolution.draft.demand_of(id).ty.name().clone();
            for field in &key.fields {
                self.demand_key(child, &below, field, step);
            }
        }
        Some(id)
    }

    /// The demand for a field without arguments.
    fn demand_field_as_key(&mut self, position: PositionId, concrete: &Name, name: &Name) -> Option<DemandId> {
        let field = self.model.schema.types.get(concrete)?.fields.get(name)?;
        let kind = self.model.schema.types.get(field.ty.name())?.kind;
        let composite = matches!(kind, TypeKind::Object | TypeKind::Interface | TypeKind::Union);
        let root = self.resolution.draft.positions[position.0 as usize].root;
        let id = self.resolution.draft.demand(Wish {
            position,
            on: std::slice::from_ref(concrete),
            field: name,
            arguments: Vec::new(),
            ty: &field.ty,
            composite,
            occurrence: None,
            apart: None,
            stream: None,
            root,
        });
        self.resolution.bindings.resize(self.resolution.draft.demands.len(), Vec::new());
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
        let demand = &self.resolution.draft.demands[id.0 as usize];
        let rest = demand.rest.map(|(_, rest)| rest);
        children.extend(demand.child.into_iter().chain(rest).map(|child| (child, given)));
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

    fn demand_field(&self, id: DemandId) -> Name {
        self.resolution.draft.demands[id.0 as usize].field.clone()
    }
}
