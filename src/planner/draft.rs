//! The plan while it is being made: demands on the graph, not yet bound to connectors.

use std::{collections::HashMap, sync::Arc};

use super::{
    deferrals::Deferrals,
    guards::Guards,
    plan::{ArgumentValue, CapCheck, DeferId, GuardId, Occurrences, PositionId, StepId, StreamedList, ValueKind},
};
use crate::{
    graphql::{Location, Name, TypeRef},
    model::ConnectorId,
};

/// Index into [`Draft::demands`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct DemandId(pub(super) u32);

/// A wish for one graph field at one position. Two view fields that differ in arguments are two demands;
/// response names play no part.
#[derive(Debug)]
pub(super) struct Demand {
    /// Concrete graph types of the parent that it is wanted for.
    pub(super) on: Vec<Name>,
    pub(super) field: Name,
    pub(super) arguments: Vec<ArgumentValue>,
    pub(super) ty: TypeRef,
    /// Guards of the occurrences that want it.
    pub(super) guards: Vec<GuardId>,
    /// Steps that need it as a key.
    pub(super) needed_by: Vec<StepId>,
    /// Position of its objects; `None` for leaves.
    pub(super) child: Option<PositionId>,
    /// The streamed list that it is, and the position of its later elements.
    pub(super) rest: Option<(DeferId, PositionId)>,
    /// Index of the root field that it works for.
    pub(super) root: usize,
}

/// What makes two demands at one position the same.
#[derive(Debug, Clone, PartialEq)]
struct DemandKey {
    field: Name,
    arguments: Vec<ArgumentValue>,
    type_name: Name,
    /// Root fields of mutations are never merged.
    occurrence: Option<usize>,
    /// The concrete type, where each concrete type may get the field from another step.
    apart: Option<Name>,
    /// Elements of a streamed list are not those of another field.
    stream: Option<DeferId>,
}

/// A place where graph objects stand.
#[derive(Debug)]
pub(super) struct DraftPosition {
    pub(super) graph_type: Name,
    pub(super) path: String,
    pub(super) root: usize,
    pub(super) demands: Vec<DemandId>,
    keys: HashMap<Name, Vec<(DemandKey, DemandId)>>,
}

/// A response key of an object, its values still demands.
#[derive(Debug)]
pub(super) struct DraftEntry {
    pub(super) guard: GuardId,
    pub(super) occurrences: Option<Box<Occurrences>>,
    pub(super) response_key: Arc<str>,
    pub(super) coordinate: Arc<str>,
    pub(super) locations: Vec<Location>,
    pub(super) kind: DraftKind,
}

#[derive(Debug, Clone)]
pub(super) enum DraftKind {
    Typename,
    Introspection,
    Value { hops: Vec<DraftHop>, ty: TypeRef, kind: ValueKind, stream: Option<StreamedList> },
}

/// One hop of a value: by concrete type of the row, the demand that gives it.
#[derive(Debug, Clone)]
pub(super) struct DraftHop {
    /// List levels of the graph field.
    pub(super) lists: usize,
    pub(super) reads: Vec<(Option<Name>, DemandId)>,
}

#[derive(Debug)]
pub(super) struct DraftVariant {
    pub(super) graph_type: Name,
    pub(super) view_type: Option<Name>,
    pub(super) entries: Vec<DraftEntry>,
    pub(super) deferred: Vec<DeferId>,
}

#[derive(Debug)]
pub(super) struct DraftProgram {
    pub(super) view_type: Name,
    pub(super) variants: Vec<DraftVariant>,
}

/// Everything that lowering produces.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) guards: Guards,
    pub(super) deferrals: Deferrals,
    pub(super) positions: Vec<DraftPosition>,
    pub(super) demands: Vec<Demand>,
    pub(super) programs: Vec<DraftProgram>,
    pub(super) caps: Vec<CapCheck>,
    pub(super) introspection: bool,
}

/// What [`Draft::demand`] is asked for.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    pub(super) position: PositionId,
    pub(super) on: &'a [Name],
    pub(super) field: &'a Name,
    pub(super) arguments: Vec<ArgumentValue>,
    pub(super) ty: &'a TypeRef,
    pub(super) composite: bool,
    /// Number of the occurrence, for root fields of mutations.
    pub(super) occurrence: Option<usize>,
    /// Set to keep it apart from the demands of other concrete types.
    pub(super) apart: Option<Name>,
    /// Set if it is a streamed list of objects.
    pub(super) stream: Option<DeferId>,
    /// The root field it works for; a new one is counted at the root position when absent.
    pub(super) root: usize,
}

impl Draft {
    pub(super) fn new(root_type: Name) -> Self {
        let root = DraftPosition {
            graph_type: root_type,
            path: String::new(),
            root: 0,
            demands: Vec::new(),
            keys: HashMap::new(),
        };
        Self {
            guards: Guards::new(),
            deferrals: Deferrals::default(),
            positions: vec![root],
            demands: Vec::new(),
            programs: Vec::new(),
            caps: Vec::new(),
            introspection: false,
        }
    }

    /// The demand for a field, made where there is none yet; its child position with it.
    pub(super) fn demand(&mut self, wish: Wish<'_>) -> DemandId {
        let key = DemandKey {
            field: wish.field.clone(),
            arguments: wish.arguments,
            type_name: wish.ty.name().clone(),
            occurrence: wish.occurrence,
            apart: wish.apart,
            stream: wish.stream,
        };
        let place = wish.position.0 as usize;
        let known = self.positions[place]
            .keys
            .get(wish.field)
            .and_then(|list| list.iter().find(|(known, _)| *known == key).map(|(_, id)| *id));
        if let Some(id) = known {
            let demand = &mut self.demands[id.0 as usize];
            for name in wish.on {
                if !demand.on.contains(name) {
                    demand.on.push(name.clone());
                }
            }
            return id;
        }
        let id = DemandId(u32::try_from(self.demands.len()).unwrap_or(u32::MAX));
        let child = wish.composite.then(|| self.child_position(&wish.position, wish.field, wish.ty, wish.root));
        let rest = wish.stream.map(|id| (id, self.child_position(&wish.position, wish.field, wish.ty, wish.root)));
        self.demands.push(Demand {
            on: wish.on.to_vec(),
            field: wish.field.clone(),
            arguments: key.arguments.clone(),
            ty: wish.ty.clone(),
            guards: Vec::new(),
            needed_by: Vec::new(),
            child,
            rest,
            root: wish.root,
        });
        let position = &mut self.positions[place];
        position.demands.push(id);
        position.keys.entry(wish.field.clone()).or_default().push((key, id));
        id
    }

    /// A demand.
    pub(super) fn demand_of(&self, id: DemandId) -> &Demand {
        &self.demands[id.0 as usize]
    }

    /// Demands at a position.
    pub(super) fn demands_at(&self, position: PositionId) -> &[DemandId] {
        &self.positions[position.0 as usize].demands
    }

    /// Demands at a position for one concrete type.
    pub(super) fn demands_on(&self, position: PositionId, concrete: &Name) -> Vec<DemandId> {
        let on = |id: &DemandId| self.demand_of(*id).on.contains(concrete);
        self.demands_at(position).iter().copied().filter(on).collect()
    }

    /// Concrete graph types that something is asked of at a position, in order of first mention.
    pub(super) fn concrete_types(&self, position: PositionId) -> Vec<Name> {
        let mut types = Vec::new();
        for name in self.demands_at(position).iter().flat_map(|id| &self.demand_of(*id).on) {
            if !types.contains(name) {
                types.push(name.clone());
            }
        }
        types
    }

    /// Whether there may be many objects at a position.
    pub(super) fn is_below_list(&self, position: PositionId) -> bool {
        self.positions[position.0 as usize].path.contains("[]")
    }

    fn child_position(&mut self, parent: &PositionId, field: &Name, ty: &TypeRef, root: usize) -> PositionId {
        let parent = &self.positions[parent.0 as usize];
        let separator = if parent.path.is_empty() { "" } else { "." };
        let lists = std::iter::successors(ty.item(), |inner| inner.item()).count();
        let path = format!("{}{separator}{field}{}", parent.path, "[]".repeat(lists));
        self.positions.push(DraftPosition {
            graph_type: ty.name().clone(),
            path,
            root,
            demands: Vec::new(),
            keys: HashMap::new(),
        });
        PositionId(u32::try_from(self.positions.len() - 1).unwrap_or(u32::MAX))
    }
}

/// A step while it is being made.
#[derive(Debug)]
pub(super) struct DraftStep {
    pub(super) connector: ConnectorId,
    pub(super) position: PositionId,
    pub(super) only: Option<Vec<Name>>,
    /// Demands that it gives.
    pub(super) serves: Vec<DemandId>,
    pub(super) arguments: Vec<ArgumentValue>,
    pub(super) root: usize,
}
