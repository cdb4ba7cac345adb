//! Lowers an operation through its client's view: view fields become demands on graph fields, and a completion program in the
//! view's types (`CollectFields` and `MergeSelectionSets` of the specification, done once for all requests).

mod arguments;

use std::{collections::HashMap, sync::Arc};

use arguments::{Bounds, arguments};
use indexmap::IndexMap;

use super::{
    deferrals::Scope,
    draft::{Demand, DemandId, Draft, DraftEntry, DraftHop, DraftKind, DraftProgram, DraftVariant, Wish},
    guards::ALWAYS,
    plan::{CapCheck, DeferId, GuardId, LeafKind, ObjectProgramId, Occurrences, PositionId, StreamedList, ValueKind},
};
use crate::{
    graphql::{ErrorCode, Field, GraphqlError, Name, Operation, OperationKind, Selection, TypeKind, TypeRef},
    mapping::Shape,
    model::{Hop, Model, View, ViewField, ViewType},
};

/// Demands of one operation may be this many times its bound on fields: paths of a view and keys of connectors add some.
const DEMANDS_PER_FIELD: usize = 8;

/// Places of a field that its errors tell.
const LOCATIONS: usize = 20;

/// Lowers `operation`; the root program is program 0 of the result.
pub(super) fn lower(model: &Model, view: &View, operation: &Operation) -> Result<Draft, GraphqlError> {
    let root = view.types.get(&operation.root_type).ok_or_else(|| {
        GraphqlError::new(ErrorCode::Internal, format!("`{}` is not a type of this client", operation.root_type))
    })?;
    let mut lowering = Lowering {
        model,
        view,
        mutation: operation.kind == OperationKind::Mutation,
        subscription: operation.kind == OperationKind::Subscription,
        draft: Draft::new(root.graph.clone()),
        programs: HashMap::new(),
        possible: HashMap::new(),
        roots: 0,
    };
    let scope = Scope { guard: ALWAYS, deferred: None };
    let sources = vec![Source { selections: operation.selections.clone(), scope }];
    lowering.object_program(root, PositionId(0), &sources)?;
    Ok(lowering.draft)
}

/// A selection set with the conditions under which it counts.
#[derive(Debug, Clone)]
struct Source {
    selections: Arc<[Selection]>,
    scope: Scope,
}

/// One occurrence of a field in a selection set.
#[derive(Debug, Clone)]
struct Occurrence<'a> {
    field: &'a Field,
    scope: Scope,
}

/// What a selection set comes to for one concrete type.
#[derive(Debug, Default)]
struct Collected<'a> {
    occurrences: Vec<Occurrence<'a>>,
    /// Deferred fragments among the selections.
    deferred: Vec<DeferId>,
}

/// A view field where it is asked for: all its occurrences under one response key, at one concrete type of a position.
#[derive(Debug, Clone, Copy)]
struct Asked<'l, 'a> {
    view_field: &'a ViewField,
    graph_type: &'l Name,
    position: PositionId,
    /// Not empty; merged by the specification's rules, so their names and arguments are equal.
    group: &'l [Occurrence<'l>],
}

/// Equal sources at one position give one program, however many concrete types lead there.
type ProgramKey = (PositionId, Name, Vec<(usize, GuardId)>);

struct Lowering<'a> {
    model: &'a Model,
    view: &'a View,
    mutation: bool,
    /// Each of its events is one whole answer.
    subscription: bool,
    draft: Draft,
    programs: HashMap<ProgramKey, ObjectProgramId>,
    /// Possible view types of type conditions.
    possible: HashMap<Name, Arc<[Name]>>,
    roots: usize,
}

impl<'a> Lowering<'a> {
    fn object_program(
        &mut self,
        view_type: &'a ViewType,
        position: PositionId,
        sources: &[Source],
    ) -> Result<ObjectProgramId, GraphqlError> {
        let fingerprint =
            sources.iter().map(|source| (source.selections.as_ptr().addr(), source.scope.guard)).collect();
        let key = (position, view_type.name.clone(), fingerprint);
        if let Some(id) = self.programs.get(&key) {
            return Ok(*id);
        }
        let id = ObjectProgramId(u32::try_from(self.draft.programs.len()).unwrap_or(u32::MAX));
        self.draft.programs.push(DraftProgram { view_type: view_type.name.clone(), variants: Vec::new() });
        self.programs.insert(key, id);
        let mut variants = Vec::with_capacity(view_type.members.len());
        for member in &view_type.members {
            let concrete = member.view.as_ref().and_then(|name| self.view.types.get(name));
            let (entries, deferred) = match concrete {
                Some(concrete) => self.entries(concrete, &member.graph, position, sources)?,
                None => Default::default(),
            };
            let (graph_type, view_type) = (member.graph.clone(), member.view.clone());
            variants.push(DraftVariant { graph_type, view_type, entries, deferred });
        }
        self.draft.programs[id.0 as usize].variants = variants;
        Ok(id)
    }

    /// Fields of one concrete type, in response order, and the deferred fragments that stand there.
    fn entries(
        &mut self,
        view_type: &'a ViewType,
        graph_type: &Name,
        position: PositionId,
        sources: &[Source],
    ) -> Result<(Vec<DraftEntry>, Vec<DeferId>), GraphqlError> {
        let mut collected = Collected::default();
        for source in sources {
            self.collect((&view_type.name, position), &source.selections, source.scope, &mut collected);
        }
        self.draft.deferrals.check()?;
        let Collected { occurrences, deferred } = collected;
        let mut groups: IndexMap<Arc<str>, Vec<usize>> = IndexMap::new();
        for (index, occurrence) in occurrences.iter().enumerate() {
            groups.entry(occurrence.field.response_key.clone()).or_default().push(index);
        }
        // An entry stands where an occurrence stands; a later one of the same key counts only while all earlier ones are off.
        let mut entries: Vec<(usize, DraftEntry)> = Vec::with_capacity(groups.len());
        for (response_key, members) in groups {
            let group: Vec<Occurrence<'_>> = members.iter().map(|index| occurrences[*index].clone()).collect();
            let Some(places) = self.places(&group) else { continue };
            let kind = self.entry_kind(view_type, graph_type, position, &group)?;
            let guards = deferrable(&group);
            for (nth, guard) in places {
                entries.push((
                    members[nth],
                    DraftEntry {
                        guard,
                        occurrences: guards.clone().map(|guards| Box::new(Occurrences { guards, again: nth > 0 })),
                        response_key: response_key.clone(),
                        coordinate: format!("{}.{}", view_type.name, group[0].field.name).into(),
                        locations: group.iter().take(LOCATIONS).map(|occurrence| occurrence.field.location).collect(),
                        kind: kind.clone(),
                    },
                ));
            }
        }
        entries.sort_by_key(|(place, _)| *place);
        Ok((entries.into_iter().map(|(_, entry)| entry).collect(), deferred))
    }

    /// Where a response key may be written: occurrence and the guard for that place.
    fn places(&mut self, group: &[Occurrence<'_>]) -> Option<Vec<(usize, GuardId)>> {
        let mut places = Vec::new();
        let mut earlier: Vec<GuardId> = Vec::new();
        for (nth, occurrence) in group.iter().enumerate() {
            let guard = occurrence.scope.guard;
            if earlier.contains(&guard) {
                continue;
            }
            places.push((nth, self.draft.guards.but_not(guard, &earlier)));
            if guard == ALWAYS {
                break;
            }
            earlier.push(guard);
        }
        (!places.is_empty()).then_some(places)
    }

    /// `CollectFields` for a concrete view type at a position; conditions become guards.
    fn collect<'s>(
        &mut self,
        (concrete, position): (&Name, PositionId),
        selections: &'s [Selection],
        scope: Scope,
        out: &mut Collected<'s>,
    ) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    if let Some(guard) = self.draft.guards.under(scope.guard, &field.conditions) {
                        out.occurrences.push(Occurrence { field, scope: Scope { guard, ..scope } });
                    }
                }
                Selection::Fragment(fragment) => {
                    let applies =
                        fragment.type_condition.as_ref().is_none_or(|condition| self.applies(condition, concrete));
                    if applies && let Some(guard) = self.draft.guards.under(scope.guard, &fragment.conditions) {
                        let mut inner = Scope { guard, ..scope };
                        if let Some(defer) = &fragment.defer {
                            let Draft { guards, deferrals, .. } = &mut self.draft;
                            let (id, deferred) = deferrals.fragment(guards, inner, defer, position);
                            if !out.deferred.contains(&id) {
                                out.deferred.push(id);
                            }
                            inner = deferred;
                        }
                        self.collect((concrete, position), &fragment.selections, inner, out);
                    }
                }
            }
        }
    }

    /// `DoesFragmentTypeApply`
    fn applies(&mut self, condition: &Name, concrete: &Name) -> bool {
        if condition == concrete {
            return true;
        }
        let schema = self.view.schema.schema();
        let possible =
            self.possible.entry(condition.clone()).or_insert_with(|| schema.possible_types(condition).into());
        possible.contains(concrete)
    }

    fn entry_kind(
        &mut self,
        view_type: &'a ViewType,
        graph_type: &Name,
        position: PositionId,
        group: &[Occurrence<'_>],
    ) -> Result<DraftKind, GraphqlError> {
        let field = group[0].field;
        match &*field.name {
            "__typename" => return Ok(DraftKind::Typename),
            "__schema" | "__type" => {
                self.draft.introspection = true;
                return Ok(DraftKind::Introspection);
            }
            _ => {}
        }
        let Some(view_field) = view_type.fields.get(&field.name) else {
            let message = format!("`{}.{}` is not a field of this client", view_type.name, field.name);
            return Err(GraphqlError::new(ErrorCode::Internal, message));
        };
        for occurrence in group {
            self.caps(view_type, view_field, occurrence);
        }
        let asked = Asked { view_field, graph_type, position, group };
        let streamed = self.streamed(asked)?;
        let (hops, last) = self.walk(asked, streamed.map(|(id, _)| id))?;
        let Demand { child, rest, .. } = self.draft.demands[last.0 as usize];
        let mut stream = None;
        let kind = match child {
            Some(child) => match self.view.types.get(view_field.ty.name()) {
                Some(child_type) => {
                    let program = self.object_program(child_type, child, &sources(group, None))?;
                    if let (Some((id, scope)), Some((_, rest))) = (streamed, rest) {
                        let program = self.object_program(child_type, rest, &sources(group, Some(scope)))?;
                        stream = Some(StreamedList { id, position: rest, program });
                    }
                    ValueKind::Object(program)
                }
                None => ValueKind::Leaf(LeafKind::Any),
            },
            None => ValueKind::Leaf(self.leaf_kind(&view_field.ty)),
        };
        Ok(DraftKind::Value { hops, ty: view_field.ty.clone(), kind, stream })
    }

    /// The streamed list that a field is, and the scope of its later elements, if they can come apart from the first ones. A
    /// `@stream` that cannot do so is only noted: its list comes whole.
    fn streamed(&mut self, asked: Asked<'_, 'a>) -> Result<Option<(DeferId, Scope)>, GraphqlError> {
        let Asked { view_field, position, group, .. } = asked;
        let Some(stream) = group.iter().find_map(|occurrence| occurrence.field.stream.as_deref()) else {
            return Ok(None);
        };
        let first = group[0].scope;
        let Draft { guards, deferrals, .. } = &mut self.draft;
        let streamed = deferrals.list(guards, first, stream, position);
        deferrals.check()?;
        // A fragment that is spread twice may ask for one list under several conditions.
        let is_one = group.iter().all(|occurrence| occurrence.scope == first);
        let is_plain = view_field.hops.split_last().is_some_and(|(last, way)| {
            let is_single = |hop: &Hop| list_levels(&hop.ty) == 0;
            list_levels(&last.ty) == 1 && way.iter().all(is_single) && self.is_composite(&last.ty)
        });
        Ok((is_one && is_plain && !self.subscription).then_some(streamed))
    }

    fn leaf_kind(&self, ty: &TypeRef) -> LeafKind {
        match &**ty.name() {
            "Int" => LeafKind::Int,
            "Float" => LeafKind::Float,
            "String" => LeafKind::String,
            "Boolean" => LeafKind::Boolean,
            "ID" => LeafKind::Id,
            name => match self.view.schema.schema().types.get(name) {
                Some(definition) if definition.kind == TypeKind::Enum => {
                    let mut values: Vec<Name> = definition.values.keys().cloned().collect();
                    values.sort_unstable();
                    LeafKind::Enum(values.into())
                }
                _ => LeafKind::Any,
            },
        }
    }

    /// Walks the graph fields of a view field, demanding each.
    fn walk(
        &mut self,
        asked: Asked<'_, 'a>,
        stream: Option<DeferId>,
    ) -> Result<(Vec<DraftHop>, DemandId), GraphqlError> {
        let Asked { view_field, graph_type, position, group } = asked;
        let mut hops = Vec::with_capacity(view_field.hops.len());
        let mut at = position;
        let mut last = DemandId(0);
        for (nth, hop) in view_field.hops.iter().enumerate() {
            let on = if nth == 0 { vec![graph_type.clone()] } else { self.model.schema.possible_types(&hop.parent) };
            let is_last = nth + 1 == view_field.hops.len();
            let reads = self.hop_reads(asked, (hop, stream.filter(|_| is_last)), at, &on);
            if self.draft.demands.len() > self.view.limits.fields.get() * DEMANDS_PER_FIELD {
                let message = "operation asks for more than its limit of fields once it is planned";
                return Err(GraphqlError::new(ErrorCode::LimitExceeded, message));
            }
            for (_, demand) in &reads {
                let guards: Vec<GuardId> = group.iter().map(|occurrence| occurrence.scope.guard).collect();
                self.draft.demands[demand.0 as usize].guards.extend(guards);
            }
            last = reads[0].1;
            if let Some(child) = self.draft.demands[last.0 as usize].child {
                at = child;
            }
            hops.push(DraftHop { lists: list_levels(&hop.ty), reads });
        }
        Ok((hops, last))
    }

    fn hop_reads(
        &mut self,
        asked: Asked<'_, 'a>,
        (hop, stream): (&Hop, Option<DeferId>),
        position: PositionId,
        on: &[Name],
    ) -> Vec<(Option<Name>, DemandId)> {
        let field = asked.group[0].field;
        let definition = self.view.schema.schema().types.get(&field.parent_type);
        let definition = definition.and_then(|parent| parent.fields.get(&field.name));
        // How many of a page are wanted may be said in two ways: what nobody says must be known as that when it runs.
        let bounds = Bounds { definition, asked: self.asked_of(asked, hop), is_paged: self.is_paged(hop) };
        let arguments = arguments(asked.view_field, field, hop, &bounds);
        let at_root = position == PositionId(0);
        // A response key of a mutation is one root field, whatever else the operation asks.
        let occurrence = (at_root && self.mutation).then(|| field_address(field));
        let root = if at_root { self.roots } else { self.draft.positions[position.0 as usize].root };
        let composite = self.is_composite(&hop.ty);
        let before = self.draft.demands.len();
        let demand = self.draft.demand(Wish {
            position,
            on,
            field: &hop.field,
            arguments,
            ty: &hop.ty,
            composite,
            occurrence,
            apart: if composite { self.apart(position, on, &hop.field) } else { None },
            stream,
            root,
        });
        if at_root && self.draft.demands.len() > before {
            self.roots += 1;
        }
        let graph_type = &self.draft.positions[position.0 as usize].graph_type;
        let abstract_position = on.first().is_none_or(|name| name != graph_type);
        if abstract_position {
            on.iter().map(|name| (Some(name.clone()), demand)).collect()
        } else {
            vec![(None, demand)]
        }
    }

    /// The field as it stands in the types that it is asked of: its object's, or interfaces of that.
    fn asked_of(&self, asked: Asked<'_, 'a>, hop: &Hop) -> Vec<&'a ViewField> {
        if hop.arguments.is_empty() {
            return Vec::new();
        }
        let mut found = vec![asked.view_field];
        for occurrence in asked.group {
            found.extend(self.asked_in(occurrence).map(|(_, field)| field));
        }
        found
    }

    /// The type that an occurrence is asked of, and its field there.
    fn asked_in(&self, occurrence: &Occurrence<'_>) -> Option<(&'a ViewType, &'a ViewField)> {
        let ty = self.view.types.get(&occurrence.field.parent_type)?;
        Some((ty, ty.fields.get(&occurrence.field.name)?))
    }

    /// The concrete type, if it stands among others at `position` and may get `field` from a connector of its own:
    /// then the objects of the field come from another step for each such type, and are a position for each.
    fn apart(&self, position: PositionId, on: &[Name], field: &Name) -> Option<Name> {
        let [concrete] = on else { return None };
        if *concrete == self.draft.positions[position.0 as usize].graph_type {
            return None;
        }
        let loadable = self.model.loaders(concrete).iter().any(|id| match &self.model.connector(*id).shape {
            Shape::Object(shape) => shape.fields.contains_key(&**field),
            Shape::Unknown | Shape::Scalar => true,
        });
        (loadable || !self.model.field_connectors(concrete, field).is_empty()).then(|| concrete.clone())
    }

    fn is_composite(&self, ty: &TypeRef) -> bool {
        self.model.schema.types.get(ty.name()).is_some_and(|definition| {
            matches!(definition.kind, TypeKind::Object | TypeKind::Interface | TypeKind::Union)
        })
    }

    /// Whether a field is a connection.
    fn is_paged(&self, hop: &Hop) -> bool {
        if hop.arguments.is_empty() {
            return false;
        }
        let connectors = self.model.field_connectors(&hop.parent, &hop.field);
        connectors.iter().any(|id| self.model.connector(*id).paging.is_some())
    }

    /// Notes the caps of a field: of the object that it stands in, and of the interface that it was asked of.
    fn caps(&mut self, view_type: &ViewType, view_field: &ViewField, occurrence: &Occurrence<'_>) {
        let asked = self.asked_in(occurrence).filter(|(asked, _)| asked.name != view_type.name);
        for (ty, field) in [(view_type, view_field)].into_iter().chain(asked) {
            for (argument, max) in &field.caps {
                let given = occurrence.field.arguments.iter().find(|given| given.name == *argument);
                if let Some(given) = given {
                    self.draft.caps.push(CapCheck {
                        guard: occurrence.scope.guard,
                        value: given.value.clone(),
                        max: *max,
                        null: field.hops.iter().any(|hop| self.is_paged(hop)),
                        argument: argument.clone(),
                        field: format!("{}.{}", ty.name, field.name),
                        location: occurrence.field.location,
                    });
                }
            }
        }
    }
}

/// The selections of all occurrences of a field, `scope` standing in for their own.
fn sources(group: &[Occurrence<'_>], scope: Option<Scope>) -> Vec<Source> {
    let source = |occurrence: &Occurrence<'_>| Source {
        selections: occurrence.field.selections.clone(),
        scope: scope.unwrap_or(occurrence.scope),
    };
    group.iter().map(source).collect()
}

/// The guards of all occurrences of a field, if one of them is in a deferred fragment.
fn deferrable(group: &[Occurrence<'_>]) -> Option<Box<[GuardId]>> {
    if group.iter().all(|occurrence| occurrence.scope.deferred.is_none()) {
        return None;
    }
    let mut guards: Vec<GuardId> = group.iter().map(|occurrence| occurrence.scope.guard).collect();
    guards.sort_unstable();
    guards.dedup();
    Some(guards.into())
}

/// How many lists are around the named type.
fn list_levels(ty: &TypeRef) -> usize {
    std::iter::successors(ty.item(), |item| item.item()).count()
}

/// Tells fields of a mutation's root selection apart: they live as long as the operation.
fn field_address(field: &Field) -> usize {
    std::ptr::from_ref(field).addr()
}
