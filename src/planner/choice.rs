//! Which connectors to call at a position, judged by everything that is asked there and below.
//!
//! Only thinks: what it finds best is applied elsewhere. What objects cost below depends on who provides them alone, so each
//! such question is answered once.

use std::collections::HashMap;

use super::{
    cover::{self, Candidate, Cost, Problem, Want},
    draft::{DemandId, Draft},
    given::Given,
    plan::PositionId,
};
use crate::{
    graphql::Name,
    mapping::ObjectShape,
    model::{Connector, ConnectorId, KeyField, Loads, Model},
};

/// Sets of connectors that are looked at for one operation; beyond that, choices are greedy.
const MAX_WORK: usize = 200_000;

/// What one call for each object counts below a list, where a batch counts one.
const MANY: u32 = 16;

/// One concrete type at one position, and what its provider gives there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'s, 'a> {
    pub(super) position: PositionId,
    pub(super) concrete: &'s Name,
    pub(super) given: Option<Given<'a>>,
}

/// A connector to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pick {
    /// An entity connector.
    Load(ConnectorId),
    /// The connector of a field that is a key of others.
    Field(ConnectorId, Name),
}

/// Connectors to call for what is missing, each after those that give its keys; and who gives what.
#[derive(Debug, Default)]
pub(super) struct Choice {
    pub(super) picks: Vec<Pick>,
    /// For each missing demand the number of its pick.
    pub(super) givers: Vec<Option<usize>>,
    cost: Cost,
}

/// Something missing at a site.
#[derive(Debug, Clone, Copy)]
enum Missing<'m> {
    Demand(DemandId),
    /// A key, for which there is no demand yet.
    Key(&'m KeyField),
}

/// Answers questions about one draft.
#[derive(Debug)]
pub(super) struct Chooser<'a> {
    model: &'a Model,
    below: HashMap<(PositionId, *const ObjectShape), Cost>,
    sizes: HashMap<PositionId, u32>,
    work: usize,
}

impl<'a> Chooser<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        Self { model, below: HashMap::new(), sizes: HashMap::new(), work: MAX_WORK }
    }

    /// Whether the object's provider is the one to take a field from: it selects it, and what it selects below it is enough
    /// or can be completed there.
    pub(super) fn provides(&mut self, draft: &Draft, site: Site<'_, 'a>, id: DemandId) -> bool {
        let Some(given) = site.given else { return false };
        let demand = draft.demand_of(id);
        if !demand.arguments.is_empty() || !given.gives(&demand.field) {
            return false;
        }
        match given {
            Given::Open => self.model.field_connectors(site.concrete, &demand.field).is_empty(),
            Given::Fields(_) => self.gives(draft, given, id).is_some_and(|below| below.unanswered == 0),
        }
    }

    /// Of several connectors on one field, the one with the fewest calls for it, its keys and everything below; in order of
    /// declaration where they are equal.
    pub(super) fn best_field_connector(
        &mut self,
        draft: &Draft,
        site: Site<'_, 'a>,
        connectors: &[ConnectorId],
        child: Option<PositionId>,
    ) -> (ConnectorId, Cost) {
        let rated = |chooser: &mut Self, id: ConnectorId| {
            let connector = chooser.model.connector(id);
            let no_key =
                |key: &&KeyField| !site.given.is_some_and(|given| given.has_key(chooser.model, site.concrete, key));
            let far_keys = if site.position == PositionId(0) { 0 } else { connector.key.iter().filter(no_key).count() };
            let below = chooser.below(draft, Given::by(connector), child);
            let cost = below + Cost { unanswered: 0, calls: calls(draft, site.position, connector) };
            (cost, far_keys, is_single(connector))
        };
        let mut best = connectors[0];
        let mut best_rank = rated(self, best);
        for connector in connectors.iter().skip(1) {
            let rank = rated(self, *connector);
            if rank < best_rank {
                (best, best_rank) = (*connector, rank);
            }
        }
        (best, best_rank.0)
    }

    /// The fewest connectors for what is missing at a site. `attached` are the field connectors that are called there anyway.
    pub(super) fn choose(
        &mut self,
        draft: &Draft,
        site: Site<'_, 'a>,
        missing: &[DemandId],
        attached: &[(ConnectorId, Name)],
    ) -> Choice {
        let missing: Vec<Missing<'_>> = missing.iter().copied().map(Missing::Demand).collect();
        self.cover(draft, site, &missing, attached)
    }

    // === what a provider costs ===

    /// What a selection costs below a field that it gives; `None` if it does not give it.
    fn gives(&mut self, draft: &Draft, given: Given<'a>, id: DemandId) -> Option<Cost> {
        let demand = draft.demand_of(id);
        let plain = demand.arguments.is_empty() && given.gives(&demand.field);
        plain.then(|| self.below(draft, given.child(&demand.field), demand.child))
    }

    /// What has to be called for objects at `child` that `given` provides.
    fn below(&mut self, draft: &Draft, given: Given<'a>, child: Option<PositionId>) -> Cost {
        let (Some(position), Some(identity)) = (child, given.identity()) else { return Cost::default() };
        if let Some(known) = self.below.get(&(position, identity)) {
            return *known;
        }
        let mut cost = Cost::default();
        for concrete in draft.concrete_types(position) {
            cost = cost + self.site(draft, Site { position, concrete: &concrete, given: Some(given) });
        }
        self.below.insert((position, identity), cost);
        cost
    }

    /// What everything that is asked at a site costs there and below.
    fn site(&mut self, draft: &Draft, site: Site<'_, 'a>) -> Cost {
        let model = self.model;
        let mut total = Cost::default();
        let mut missing: Vec<Missing<'_>> = Vec::new();
        let mut attached: Vec<(ConnectorId, Name)> = Vec::new();
        for id in draft.demands_on(site.position, site.concrete) {
            let demand = draft.demand_of(id);
            let connectors = model.field_connectors(site.concrete, &demand.field);
            if self.provides(draft, site, id) {
                total = total + site.given.and_then(|given| self.gives(draft, given, id)).unwrap_or_default();
            } else if connectors.is_empty() {
                missing.push(Missing::Demand(id));
            } else {
                let (connector, cost) = self.best_field_connector(draft, site, connectors, demand.child);
                attached.push((connector, demand.field.clone()));
                total = total + cost;
            }
        }
        let mut next = 0;
        while let Some((connector, _)) = attached.get(next) {
            next += 1;
            for key in &model.connector(*connector).key {
                let known = missing.iter().any(|other| other.field(draft) == &key.name)
                    || attached.iter().any(|(_, field)| *field == key.name)
                    || site.given.is_some_and(|given| given.has_key(model, site.concrete, key));
                if known {
                    continue;
                }
                let connectors = model.field_connectors(site.concrete, &key.name);
                if connectors.is_empty() {
                    missing.push(Missing::Key(key));
                } else {
                    let (connector, cost) = self.best_field_connector(draft, site, connectors, None);
                    attached.push((connector, key.name.clone()));
                    total = total + cost;
                }
            }
        }
        total + self.cover(draft, site, &missing, &attached).cost
    }

    /// What is unanswered if nobody gives a demand: it and everything below.
    fn size(&mut self, draft: &Draft, id: DemandId) -> u32 {
        let Some(child) = draft.demand_of(id).child else { return 1 };
        if let Some(known) = self.sizes.get(&child) {
            return 1 + known;
        }
        let below = draft.demands_at(child).to_vec();
        let size = below.into_iter().map(|id| self.size(draft, id)).fold(0, u32::saturating_add);
        self.sizes.insert(child, size);
        1 + size
    }

    // === the choice among loaders ===

    fn cover(
        &mut self,
        draft: &Draft,
        site: Site<'_, 'a>,
        missing: &[Missing<'_>],
        attached: &[(ConnectorId, Name)],
    ) -> Choice {
        let loaders = self.model.loaders(site.concrete);
        if missing.is_empty() || loaders.is_empty() {
            let cost = missing.iter().map(|missing| self.otherwise(draft, site, *missing));
            let cost = cost.fold(Cost::default(), |sum, cost| sum + cost);
            return Choice { picks: Vec::new(), givers: vec![None; missing.len()], cost };
        }
        let mut table = Table { model: self.model, site, keys: Vec::new(), picks: Vec::new() };
        table.picks.extend(attached.iter().map(|(connector, field)| Pick::Field(*connector, field.clone())));
        table.picks.extend(loaders.iter().map(|loader| Pick::Load(*loader)));
        table.add_keys();
        let gives: Vec<Vec<Option<Cost>>> = table.picks.iter().map(|pick| self.gains(draft, pick, missing)).collect();
        let candidates = table.candidates(draft, attached.len(), gives);
        let wants = missing.iter().map(|missing| Want {
            otherwise: self.otherwise(draft, site, *missing),
            is_key: table.keys.iter().any(|key| key.name == *missing.field(draft)),
        });
        let wants: Vec<Want> = wants.collect();
        let keys =
            table.keys.iter().map(|key| site.given.is_some_and(|given| given.has_key(self.model, site.concrete, key)));
        let problem = Problem { wants, candidates, keys: keys.collect() };
        let solution = cover::solve(&problem, &mut self.work);
        let order: Vec<usize> = solution.order.into_iter().filter(|at| *at >= attached.len()).collect();
        let nth = |at: usize| order.iter().position(|other| *other == at);
        Choice {
            givers: solution.givers.into_iter().map(|giver| nth(giver?)).collect(),
            picks: order.iter().map(|at| table.picks[*at].clone()).collect(),
            cost: solution.cost,
        }
    }

    /// For each of what is missing what it costs below if `pick` gives it.
    fn gains(&mut self, draft: &Draft, pick: &Pick, missing: &[Missing<'_>]) -> Vec<Option<Cost>> {
        let given = match pick {
            Pick::Load(connector) => Given::by(self.model.connector(*connector)),
            Pick::Field(..) => return vec![None; missing.len()],
        };
        let gain = |missing: &Missing<'_>| match missing {
            Missing::Demand(id) => self.gives(draft, given, *id),
            Missing::Key(key) => given.gives(&key.name).then(Cost::default),
        };
        missing.iter().map(gain).collect()
    }

    fn otherwise(&mut self, draft: &Draft, site: Site<'_, 'a>, missing: Missing<'_>) -> Cost {
        match missing {
            Missing::Key(_) => Cost { unanswered: 1, calls: 0 },
            Missing::Demand(id) => match site.given.and_then(|given| self.gives(draft, given, id)) {
                // The provider gives something of it after all.
                Some(below) => below,
                None => Cost { unanswered: self.size(draft, id), calls: 0 },
            },
        }
    }
}

// === impl Missing ===

impl Missing<'_> {
    fn field<'d>(&'d self, draft: &'d Draft) -> &'d Name {
        match self {
            Self::Demand(id) => &draft.demand_of(*id).field,
            Self::Key(key) => &key.name,
        }
    }
}

/// The connectors of one choice and the keys that they need.
struct Table<'s, 'a> {
    model: &'a Model,
    site: Site<'s, 'a>,
    keys: Vec<&'a KeyField>,
    picks: Vec<Pick>,
}

// === impl Table ===

impl<'a> Table<'_, 'a> {
    fn connector(&self, pick: &Pick) -> &'a Connector {
        match pick {
            Pick::Load(id) | Pick::Field(id, _) => self.model.connector(*id),
        }
    }

    /// Numbers the keys of all connectors; a key with its own connector adds that.
    fn add_keys(&mut self) {
        let mut next = 0;
        while let Some(pick) = self.picks.get(next) {
            next += 1;
            for key in &self.connector(pick).key {
                if self.keys.contains(&key) {
                    continue;
                }
                self.keys.push(key);
                let given = self.site.given.is_some_and(|given| given.has_key(self.model, self.site.concrete, key));
                for connector in self.model.field_connectors(self.site.concrete, &key.name) {
                    let known =
                        self.picks.iter().any(|pick| matches!(pick, Pick::Field(_, field) if *field == key.name));
                    if !given && !known {
                        self.picks.push(Pick::Field(*connector, key.name.clone()));
                    }
                }
            }
        }
    }

    /// The candidates, as the choice sees them. The first `attached` are called anyway.
    fn candidates(&self, draft: &Draft, attached: usize, gives: Vec<Vec<Option<Cost>>>) -> Vec<Candidate> {
        let candidate = |(at, (pick, gives)): (usize, (&Pick, Vec<Option<Cost>>))| {
            let connector = self.connector(pick);
            let number = |key: &KeyField| self.keys.iter().position(|known| *known == key);
            let provides = |key: &&KeyField| match pick {
                Pick::Load(_) => Given::by(connector).has_key(self.model, self.site.concrete, key),
                Pick::Field(_, field) => *field == key.name,
            };
            let provides = self.keys.iter().enumerate().filter(|(_, key)| provides(key)).map(|(number, _)| number);
            Candidate {
                fixed: at < attached,
                calls: calls(draft, self.site.position, connector),
                single: is_single(connector),
                gives,
                needs: connector.key.iter().filter_map(number).collect(),
                provides: provides.collect(),
            }
        };
        self.picks.iter().zip(gives).enumerate().map(candidate).collect()
    }
}

/// How many calls a connector counts for at a position.
fn calls(draft: &Draft, position: PositionId, connector: &Connector) -> u32 {
    match connector.request {
        None => 0,
        Some(_) if is_single(connector) && draft.is_below_list(position) => MANY,
        Some(_) => 1,
    }
}

/// Whether it makes a call for each object.
fn is_single(connector: &Connector) -> bool {
    connector.request.is_some() && !matches!(connector.loads, Some(Loads::Batch { .. }))
}
