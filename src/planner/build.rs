//! From bound demands to the plan: layouts, programs, joins, dependencies, guards.

use std::{collections::HashMap, sync::atomic::AtomicUsize};

use super::{
    draft::{Demand, DemandId, DraftEntry, DraftKind, DraftProgram, DraftStep},
    order,
    plan::{
        Access, ArgumentOrigin, DeferId, Elements, EntryKind, FieldEntry, GuardId, HopRead, Join, KeyRead,
        ObjectProgram, ObjectProgramId, OperationPlan, Position, PositionId, Provider, Reached, RootField, Sharing,
        Step, StepId, StepKind, StepLabel, ValueProgram, Variant,
    },
    resolve::{Binding, Resolution},
    shortcuts, together,
};
use crate::{
    graphql::{GraphqlError, Name, OperationKind, TypeKind},
    mapping::{FieldLayout, Layout, ObjectLayout, Piece, Template},
    model::{Connector, KeyField, Loads, Model, Paging, Place, RequestTemplate},
};

/// Builds the plan of a resolution.
pub(super) fn build(model: &Model, kind: OperationKind, resolution: Resolution) -> Result<OperationPlan, GraphqlError> {
    let mut builder = Builder::new(model, resolution);
    builder.place_positions();
    let batch_keys = builder.batch_keys();
    let joins = builder.joins();
    let guards = builder.step_guards();
    let steps = builder.steps(joins, batch_keys, &guards);
    let roots = builder.roots();
    let headers = builder.headers(&steps);
    let reads_context = steps.iter().any(|step| model.connector(step.connector).reads_context);
    let Builder { resolution, positions, accesses, .. } = builder;
    let draft = resolution.draft;
    let objects = draft.programs.into_iter().map(|program| finish_program(program, &accesses)).collect();
    let plan = OperationPlan {
        kind,
        guards: draft.guards.into_list(),
        deferred: draft.deferrals.into_list(),
        positions,
        steps,
        roots,
        objects,
        root_program: ObjectProgramId(0),
        caps: draft.caps,
        headers,
        reads_context,
        introspection: draft.introspection,
        answer_size: AtomicUsize::new(0),
    };
    let mut plan = order::sort(plan)?;
    together::group(&mut plan);
    shortcuts::note(&mut plan);
    Ok(plan)
}

/// Where a demand is read, for each concrete type, and the position of its objects.
type Accesses = Vec<(Vec<(Name, Access)>, Option<PositionId>)>;

struct Builder<'a> {
    model: &'a Model,
    resolution: Resolution,
    layouts: Vec<Layout>,
    positions: Vec<Position>,
    accesses: Accesses,
}

impl<'a> Builder<'a> {
    fn new(model: &'a Model, resolution: Resolution) -> Self {
        let layouts = resolution.steps.iter().map(|step| first_layout(model, step.connector)).collect();
        let positions = resolution
            .draft
            .positions
            .iter()
            .map(|position| Position {
                graph_type: position.graph_type.clone(),
                path: position.path.clone(),
                provider: Provider::Root,
                typename_slot: None,
                steps: Vec::new(),
                reached_by: None,
                rest_of: None,
            })
            .collect();
        let accesses = resolution.draft.demands.iter().map(|demand| (Vec::new(), demand.child)).collect();
        Self { model, resolution, layouts, positions, accesses }
    }

    /// Gives every position its provider and every demand its access. Parents come before their children.
    fn place_positions(&mut self) {
        for index in 0..self.resolution.steps.len() {
            let position = self.resolution.steps[index].position;
            self.positions[position.0 as usize].steps.push(step_id(index));
        }
        let mut queue = vec![PositionId(0)];
        let mut next = 0;
        while let Some(position) = queue.get(next).copied() {
            next += 1;
            let demands = self.resolution.draft.positions[position.0 as usize].demands.clone();
            for demand in demands {
                queue.extend(self.place_demand(position, demand));
            }
        }
    }

    /// Gives a demand its access; the positions of its objects.
    fn place_demand(&mut self, position: PositionId, demand: DemandId) -> Vec<PositionId> {
        let bindings = self.resolution.bindings[demand.0 as usize].clone();
        let mut provider = None;
        for (concrete, binding) in bindings {
            let access = match binding {
                Binding::Result(step) => {
                    provider = Some(Provider::Step { step, table: 0 });
                    Access::Result { step }
                }
                Binding::Provider => match self.positions[position.0 as usize].provider {
                    Provider::Root => Access::Provider { slot: 0 },
                    Provider::Step { step, table } => {
                        let slot = self.slot(step, table, demand, &mut provider);
                        Access::Provider { slot }
                    }
                },
                Binding::Joined(step) => {
                    let slot = self.slot(step, 0, demand, &mut provider);
                    Access::Joined { step, slot }
                }
            };
            self.accesses[demand.0 as usize].0.push((concrete, access));
        }
        let Some(provider) = provider else { return Vec::new() };
        let Demand { child, rest, .. } = self.resolution.draft.demands[demand.0 as usize];
        let first = child.map(|child| (child, rest.map(|(id, _)| (id, Elements::First))));
        let rest = rest.map(|(id, rest)| (rest, Some((id, Elements::Rest))));
        let children = first.into_iter().chain(rest).map(|(child, elements)| {
            self.place_child((position, demand), provider, child, elements);
            child
        });
        children.collect()
    }

    fn place_child(
        &mut self,
        (position, demand): (PositionId, DemandId),
        provider: Provider,
        child: PositionId,
        elements: Option<(DeferId, Elements)>,
    ) {
        let around = self.positions[position.0 as usize].rest_of;
        let rest_of = elements.filter(|(_, elements)| *elements == Elements::Rest).map(|(id, _)| id).or(around);
        let is_abstract = self.is_abstract(&self.positions[child.0 as usize].graph_type);
        let typename_slot = match provider {
            Provider::Step { step, table } if is_abstract => {
                Some(leaf_slot(&mut self.layouts[step.0 as usize].objects[table], "__typename"))
            }
            Provider::Step { .. } | Provider::Root => None,
        };
        let reached_by = self.reached_by(position, demand, elements);
        let place = &mut self.positions[child.0 as usize];
        (place.provider, place.rest_of) = (provider, rest_of);
        (place.typename_slot, place.reached_by) = (typename_slot, reached_by);
    }

    /// The slot of a demand in a table. A mapping gives each name once, so demands of one name share slot and table.
    fn slot(&mut self, step: StepId, table: usize, demand: DemandId, provider: &mut Option<Provider>) -> usize {
        let draft = &self.resolution.draft.demands[demand.0 as usize];
        let layout = &mut self.layouts[step.0 as usize];
        if draft.child.is_none() {
            return leaf_slot(&mut layout.objects[table], &draft.field);
        }
        let (slot, child) = child_slot(layout, table, &draft.field);
        *provider = Some(Provider::Step { step, table: child });
        slot
    }

    /// A field that some concrete types want and others don't, or each with objects of its own: each position counts only its
    /// rows, and so do the positions below it. Of a streamed list some elements stand at one position, the others at another.
    fn reached_by(
        &self,
        position: PositionId,
        demand: DemandId,
        elements: Option<(DeferId, Elements)>,
    ) -> Option<Reached> {
        let this = &self.resolution.draft.demands[demand.0 as usize];
        let contested = self.resolution.draft.positions[position.0 as usize].demands.iter().any(|other| {
            let other_demand = &self.resolution.draft.demands[other.0 as usize];
            *other != demand && other_demand.field == this.field && other_demand.child.is_some()
        });
        // Objects of one position come from one step, so all types have the same.
        let (_, access) = *self.accesses[demand.0 as usize].0.first()?;
        let parent = &self.positions[position.0 as usize];
        let is_for_all = || this.on.len() == self.model.schema.possible_types(&parent.graph_type).len();
        let by_type = parent.typename_slot.is_some() && (contested || !is_for_all());
        let restricted = by_type || parent.reached_by.is_some();
        // What another step gave was asked for those rows alone that count.
        let is_own = matches!(access, Access::Provider { .. });
        (elements.is_some() || restricted && is_own).then(|| Reached {
            parents: position,
            access,
            types: this.on.clone(),
            elements,
        })
    }

    /// Where the rows of batch steps hold their own keys.
    fn batch_keys(&mut self) -> Vec<Vec<KeyRead>> {
        (0..self.resolution.steps.len())
            .map(|index| {
                let connector = self.model.connector(self.resolution.steps[index].connector);
                if matches!(connector.loads, Some(Loads::Batch { .. })) {
                    connector.key.iter().map(|key| self.own_key(step_id(index), 0, key)).collect()
                } else {
                    Vec::new()
                }
            })
            .collect()
    }

    fn own_key(&mut self, step: StepId, table: usize, key: &KeyField) -> KeyRead {
        let layout = &mut self.layouts[step.0 as usize];
        if key.fields.is_empty() {
            let slot = leaf_slot(&mut layout.objects[table], &key.name);
            return KeyRead {
                name: key.name.clone(),
                prefix: prefix(&key.name),
                access: Access::Provider { slot },
                fields: Vec::new(),
                child: None,
            };
        }
        let (slot, child_table) = child_slot(layout, table, &key.name);
        let child = PositionId(u32::try_from(self.positions.len()).unwrap_or(u32::MAX));
        self.positions.push(Position {
            graph_type: key.name.clone(),
            path: key.name.to_string(),
            provider: Provider::Step { step, table: child_table },
            typename_slot: None,
            steps: Vec::new(),
            reached_by: None,
            rest_of: None,
        });
        let below = key.fields.iter().map(|field| self.own_key(step, child_table, field)).collect();
        KeyRead {
            name: key.name.clone(),
            prefix: prefix(&key.name),
            access: Access::Provider { slot },
            fields: below,
            child: Some(child),
        }
    }

    fn joins(&self) -> Vec<Join> {
        self.resolution
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| {
                let connector = self.model.connector(step.connector);
                let root = step.position == PositionId(0);
                let concrete = step
                    .only
                    .as_ref()
                    .and_then(|only| only.first())
                    .unwrap_or(&self.resolution.draft.positions[step.position.0 as usize].graph_type);
                let key = if root {
                    Vec::new()
                } else {
                    let read = |key| self.key_read(step_id(index), (step.position, concrete), key);
                    connector.key.iter().filter_map(read).collect()
                };
                Join { position: step.position, only: step.only.clone(), key }
            })
            .collect()
    }

    fn key_read(&self, step: StepId, (position, concrete): (PositionId, &Name), key: &KeyField) -> Option<KeyRead> {
        let draft = &self.resolution.draft;
        // The demand that the resolver made for the key, bound for this concrete type. Others of that field may be for some
        // elements or for one concrete type alone.
        let (demand, access) = draft.positions[position.0 as usize].demands.iter().find_map(|id| {
            let demand = &draft.demands[id.0 as usize];
            if demand.field != key.name || !demand.needed_by.contains(&step) {
                return None;
            }
            let access = self.accesses[id.0 as usize].0.iter().find(|(name, _)| name == concrete)?.1;
            Some((demand, access))
        })?;
        let below = match demand.child {
            Some(child) => {
                let read = |field| self.key_read(step, (child, demand.ty.name()), field);
                key.fields.iter().filter_map(read).collect()
            }
            None => Vec::new(),
        };
        let child = if key.fields.is_empty() { None } else { demand.child };
        Some(KeyRead { name: key.name.clone(), prefix: prefix(&key.name), access, fields: below, child })
    }

    /// A step runs if any occurrence that it serves is on, or any step that needs it as a key runs.
    fn step_guards(&mut self) -> Vec<GuardId> {
        let mut known: HashMap<StepId, GuardId> = HashMap::new();
        (0..self.resolution.steps.len())
            .map(|index| self.step_guard(step_id(index), &mut known, &mut Vec::new()))
            .collect()
    }

    fn step_guard(&mut self, step: StepId, known: &mut HashMap<StepId, GuardId>, path: &mut Vec<StepId>) -> GuardId {
        if let Some(guard) = known.get(&step) {
            return *guard;
        }
        // A circle cannot be planned anyway (`order` refuses it); here it only must not recurse for ever.
        if path.contains(&step) {
            return super::guards::ALWAYS;
        }
        path.push(step);
        let mut parts = Vec::new();
        for demand in self.resolution.steps[step.0 as usize].serves.clone() {
            let demand = &self.resolution.draft.demands[demand.0 as usize];
            parts.extend(demand.guards.iter().copied());
            for user in demand.needed_by.clone() {
                if user != step {
                    parts.push(self.step_guard(user, known, path));
                }
            }
        }
        path.pop();
        let guard = self.resolution.draft.guards.any(parts);
        known.insert(step, guard);
        guard
    }

    fn steps(&mut self, joins: Vec<Join>, batch_keys: Vec<Vec<KeyRead>>, guards: &[GuardId]) -> Vec<Step> {
        let drafts = &self.resolution.steps;
        let layouts = std::mem::take(&mut self.layouts);
        let mut steps = Vec::with_capacity(drafts.len());
        for (index, ((layout, join), batch_key)) in layouts.into_iter().zip(joins).zip(batch_keys).enumerate() {
            let draft = &drafts[index];
            let connector = self.model.connector(draft.connector);
            let mut depends_on = Vec::new();
            if let Provider::Step { step, .. } = self.positions[draft.position.0 as usize].provider {
                depends_on.push(step);
            }
            for read in &join.key {
                self.key_steps(read, &mut depends_on);
            }
            depends_on.sort_unstable();
            depends_on.dedup();
            steps.push(Step {
                id: step_id(index),
                connector: draft.connector,
                label: label(self.model, connector),
                kind: step_kind(connector, draft.position),
                guard: guards[index],
                join,
                arguments: draft.arguments.clone(),
                depends_on,
                program: connector.selection.compile(&layout),
                layout,
                root: draft.root,
                poll: connector.poll,
                shared: self.sharing(index),
                together: Vec::new(),
                batch_key,
            });
        }
        steps
    }

    /// Whether other steps use the connector of a step.
    fn sharing(&self, index: usize) -> Sharing {
        let drafts = &self.resolution.steps;
        let is_whole = |step: &DraftStep| self.positions[step.position.0 as usize].rest_of.is_none();
        let others =
            drafts.iter().enumerate().filter(|(at, other)| *at != index && other.connector == drafts[index].connector);
        let (mut sharing, own) = (Sharing::Alone, is_whole(&drafts[index]));
        for (_, other) in others {
            if own && is_whole(other) {
                return Sharing::Always;
            }
            sharing = Sharing::InParts;
        }
        sharing
    }

    fn key_steps(&self, read: &KeyRead, out: &mut Vec<StepId>) {
        match read.access {
            Access::Joined { step, .. } | Access::Result { step } => out.push(step),
            Access::Provider { .. } => {}
        }
        for field in &read.fields {
            self.key_steps(field, out);
        }
    }

    fn roots(&mut self) -> Vec<RootField> {
        let demands = self.resolution.draft.positions[0].demands.clone();
        let mut roots: Vec<(usize, RootField)> = Vec::with_capacity(demands.len());
        for id in demands {
            let demand = &self.resolution.draft.demands[id.0 as usize];
            let (root, guards) = (demand.root, demand.guards.clone());
            let response_key = self.response_key(id).unwrap_or_else(|| demand.field.clone());
            roots.push((root, RootField { response_key, guard: self.resolution.draft.guards.any(guards) }));
        }
        roots.sort_by_key(|(root, _)| *root);
        roots.into_iter().map(|(_, root)| root).collect()
    }

    fn response_key(&self, id: DemandId) -> Option<Name> {
        let entries = &self.resolution.draft.programs.first()?.variants.first()?.entries;
        entries.iter().find_map(|entry| match &entry.kind {
            DraftKind::Value { hops, .. } if hops.first()?.reads.iter().any(|(_, demand)| *demand == id) => {
                Some(entry.response_key.clone())
            }
            DraftKind::Value { .. } | DraftKind::Typename | DraftKind::Introspection => None,
        })
    }

    fn headers(&self, steps: &[Step]) -> Vec<http::HeaderName> {
        let mut headers: Vec<http::HeaderName> =
            steps.iter().flat_map(|step| self.model.connector(step.connector).reads_headers.iter().cloned()).collect();
        headers.extend(steps.iter().flat_map(|step| &step.arguments).filter_map(|argument| match &argument.value {
            ArgumentOrigin::Header(name) => Some(name.clone()),
            ArgumentOrigin::Literal { .. } => None,
        }));
        headers.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        headers.dedup();
        headers
    }

    fn is_abstract(&self, name: &Name) -> bool {
        self.model
            .schema
            .types
            .get(name)
            .is_some_and(|definition| matches!(definition.kind, TypeKind::Interface | TypeKind::Union))
    }
}

fn finish_program(program: DraftProgram, accesses: &Accesses) -> ObjectProgram {
    let variants = program
        .variants
        .into_iter()
        .map(|variant| Variant {
            fields: variant
                .entries
                .into_iter()
                .map(|entry| finish_entry(entry, &variant.graph_type, accesses))
                .collect(),
            graph_type: variant.graph_type,
            view_type: variant.view_type,
            deferred: variant.deferred.into(),
        })
        .collect();
    ObjectProgram { view_type: program.view_type, variants, parts: None }
}

fn finish_entry(entry: DraftEntry, graph_type: &Name, accesses: &Accesses) -> FieldEntry {
    let kind = match entry.kind {
        DraftKind::Typename => EntryKind::Typename,
        DraftKind::Introspection => EntryKind::Introspection,
        DraftKind::Value { hops, ty, kind, stream } => {
            let hops = hops
                .into_iter()
                .enumerate()
                .map(|(nth, hop)| {
                    let reads = hop.reads.into_iter().map(|(on, demand)| {
                        let (by_type, child) = &accesses[demand.0 as usize];
                        let wanted = if nth == 0 { Some(graph_type) } else { on.as_ref() };
                        let access = wanted
                            .and_then(|wanted| by_type.iter().find(|(name, _)| name == wanted))
                            .or_else(|| by_type.first())
                            .map_or(Access::Provider { slot: 0 }, |(_, access)| *access);
                        (on, access, *child)
                    });
                    HopRead { lists: hop.lists, reads: reads.collect() }
                })
                .collect();
            EntryKind::Value(ValueProgram { hops, ty, kind, stream: stream.map(Box::new), leaf: None })
        }
    };
    FieldEntry {
        guard: entry.guard,
        occurrences: entry.occurrences,
        prefix: prefix(&entry.response_key),
        response_key: entry.response_key,
        coordinate: entry.coordinate,
        locations: entry.locations,
        kind,
    }
}

/// A name as a member's key after another member. Nothing in a GraphQL name needs escaping.
fn prefix(name: &str) -> Box<[u8]> {
    format!(",\"{name}\":").into_bytes().into()
}

/// The root table, unless the connector returns a leaf; of a connection all that its pages are counted by.
fn first_layout(model: &Model, connector: crate::model::ConnectorId) -> Layout {
    let connector = model.connector(connector);
    if connector.paging.is_some() {
        return Paging::layout();
    }
    let returns = connector.returns.name();
    let leaf = model
        .schema
        .types
        .get(returns)
        .is_none_or(|definition| matches!(definition.kind, TypeKind::Scalar | TypeKind::Enum));
    Layout { objects: if leaf { Vec::new() } else { vec![ObjectLayout::default()] } }
}

fn leaf_slot(table: &mut ObjectLayout, name: &str) -> usize {
    if let Some(slot) = table.fields.iter().position(|field| field.name == name && field.child.is_none()) {
        return slot;
    }
    table.fields.push(FieldLayout { name: name.to_owned(), child: None });
    table.fields.len() - 1
}

/// The slot of objects and their table.
fn child_slot(layout: &mut Layout, table: usize, name: &str) -> (usize, usize) {
    let known = layout.objects[table]
        .fields
        .iter()
        .enumerate()
        .find_map(|(slot, field)| if field.name == name { Some((slot, field.child?)) } else { None });
    if let Some(known) = known {
        return known;
    }
    let child = layout.objects.len();
    layout.objects.push(ObjectLayout::default());
    let fields = &mut layout.objects[table].fields;
    fields.push(FieldLayout { name: name.to_owned(), child: Some(child) });
    (fields.len() - 1, child)
}

fn step_kind(connector: &Connector, position: PositionId) -> StepKind {
    match (&connector.place, &connector.loads) {
        (Place::Root { .. }, _) if position == PositionId(0) => StepKind::Root,
        (_, Some(Loads::Batch { .. })) => StepKind::Batch,
        (_, Some(Loads::Single | Loads::Entity)) => StepKind::Single,
        (_, None) => StepKind::Field,
    }
}

fn label(model: &Model, connector: &Connector) -> StepLabel {
    let max_size = match &connector.loads {
        Some(Loads::Batch { max_size }) => max_size.map(std::num::NonZeroU32::get),
        Some(Loads::Single | Loads::Entity) | None => None,
    };
    StepLabel {
        connector: connector.name.clone(),
        upstream: connector.upstream().map(|upstream| model.upstream(upstream).name.clone()),
        request: connector.request.as_ref().map_or_else(|| one_line(connector.selection.text()), request_text),
        max_size,
        pages: connector.paging.as_ref().map(|paging| (paging.style.name(), paging.max)),
    }
}

fn request_text(request: &RequestTemplate) -> String {
    let method = request.method.name();
    let query = request.query.as_ref().map(|query| format!(" ? {}", one_line(query.text())));
    format!("{method} {}{}", template_text(&request.url), query.unwrap_or_default())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn template_text(template: &Template) -> String {
    let pieces = template.pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => text.split_whitespace().collect::<String>(),
        Piece::Expression(mapping, _) => format!("{{{}}}", mapping.text().trim()),
    });
    pieces.collect()
}

fn step_id(index: usize) -> StepId {
    StepId(u32::try_from(index).unwrap_or(u32::MAX))
}
