//! Which fields and arguments of each client's schema are asked for, which input fields and enum values are written in the texts of
//! operations, and by which apps.
//!
//! Counted for each plan, not for each field: an operation that runs costs one count, and what its plan asks for was listed when
//! it was planned. Bounded by plans, apps and the elements of the schemas; nothing of it is kept beyond the process.

mod elements;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use indexmap::IndexMap;
use serde::Serialize;
use smallvec::SmallVec;
use tokio::time::Instant;

use crate::{
    graphql::{Name, Operation},
    model::{Model, View},
    telemetry::{AppId, Apps},
};
use elements::{Element, ElementKind, Elements};

/// The counts of all clients.
#[derive(Debug)]
pub(super) struct Usage {
    clients: IndexMap<Name, Arc<ClientUsage>>,
    since: Instant,
}

/// The counts of one client.
#[derive(Debug)]
struct ClientUsage {
    elements: Elements,
    /// Plans that may still count.
    plans: Mutex<Vec<Weak<PlanUsage>>>,
    /// What plans counted that are gone.
    gone: Mutex<Counts>,
}

#[derive(Debug, Default, Clone)]
struct Counts {
    operations: HashMap<AppId, u64>,
    elements: HashMap<(Element, AppId), u64>,
}

/// What the operations of one plan count.
#[derive(Debug)]
pub(super) struct PlanUsage {
    client: Arc<ClientUsage>,
    elements: Box<[Element]>,
    counts: Mutex<SmallVec<[(AppId, u64); 1]>>,
}

/// What was asked for since the process began.
#[derive(Debug, Serialize)]
pub struct UsageReport {
    /// Since when: seconds ago.
    pub seconds: u64,
    /// By client.
    pub clients: Vec<ClientUsageReport>,
}

/// What one client asked for.
#[derive(Debug, Serialize)]
pub struct ClientUsageReport {
    /// Its name.
    pub client: String,
    /// Operations that ran.
    pub operations: u64,
    /// By app, the busiest first.
    pub apps: Vec<AppUsage>,
    /// Every field, argument and input field of its schema, and every value of an enum that something is given as, in order of the
    /// schema.
    pub elements: Vec<ElementUsage>,
}

/// How much of something came from one app.
#[derive(Debug, Serialize)]
pub struct AppUsage {
    /// The name that it says it has; empty: none.
    pub name: Box<str>,
    /// The version that it says it has; empty: none.
    pub version: Box<str>,
    /// Operations.
    pub operations: u64,
}

/// How often an element of the schema was named.
#[derive(Debug, Serialize)]
pub struct ElementUsage {
    /// `Type.field`, `Type.field(argument:)`, `Input.field` or `Enum.VALUE`.
    pub coordinate: String,
    /// The reason, if it is deprecated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// Operations whose text named it.
    pub operations: u64,
    /// Of input fields and enum values: operations with a variable that can hold it. Nobody looks whether it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<u64>,
    /// By app, the busiest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<AppUsage>,
}

// === impl Usage ===

impl Usage {
    /// Nothing counted yet.
    pub(super) fn new(model: &Model) -> Self {
        let clients = model.clients.values().map(|view| {
            let elements = Elements::of(view.schema.schema());
            let client = ClientUsage { elements, plans: Mutex::default(), gone: Mutex::default() };
            (view.name.clone(), Arc::new(client))
        });
        Self { clients: clients.collect(), since: Instant::now() }
    }

    /// What operations like `operation` of the client of `view` count; `None` for a client that there is not.
    pub(super) fn plan(&self, view: &View, operation: &Operation) -> Option<Arc<PlanUsage>> {
        let client = self.clients.get(&view.name)?;
        let elements = client.elements.used_by(view.schema.schema(), operation);
        let usage = Arc::new(PlanUsage { client: Arc::clone(client), elements, counts: Mutex::default() });
        let mut plans = lock(&client.plans);
        if plans.len() == plans.capacity() {
            plans.retain(|plan| plan.strong_count() > 0);
        }
        plans.push(Arc::downgrade(&usage));
        Some(usage)
    }

    /// Everything that was counted.
    pub(super) fn report(&self, apps: &Apps) -> UsageReport {
        let clients = self.clients.iter().map(|(name, client)| client.report(name, apps)).collect();
        UsageReport { seconds: self.since.elapsed().as_secs(), clients }
    }
}

// === impl ClientUsage ===

impl ClientUsage {
    fn report(&self, name: &Name, apps: &Apps) -> ClientUsageReport {
        // Plans first: one that goes meanwhile may be missing until the next report, and is never told twice.
        let plans: Vec<_> = lock(&self.plans).iter().filter_map(Weak::upgrade).collect();
        let mut counts = lock(&self.gone).clone();
        plans.iter().for_each(|plan| counts.add(&plan.elements, &lock(&plan.counts)));
        let mut elements: Vec<Vec<(AppId, u64)>> = vec![Vec::new(); self.elements.len()];
        for ((element, app), count) in counts.elements {
            elements[element.index()].push((app, count));
        }
        let operations: Vec<_> = counts.operations.into_iter().collect();
        let total = |element: usize| elements[element].iter().map(|(_, count)| count).sum();
        let told = self.elements.iter().enumerate().filter_map(|(at, (coordinate, info))| {
            let variables = match info.kind {
                ElementKind::Given => return None,
                ElementKind::Asked => None,
                ElementKind::Member(of) => Some(total(of.index())),
            };
            Some(ElementUsage {
                coordinate: coordinate.to_string(),
                deprecated: info.deprecated.as_deref().map(str::to_owned),
                operations: total(at),
                variables,
                apps: by_app(elements[at].clone(), apps),
            })
        });
        ClientUsageReport {
            client: name.to_string(),
            operations: operations.iter().map(|(_, count)| count).sum(),
            elements: told.collect(),
            apps: by_app(operations, apps),
        }
    }
}

fn by_app(mut counts: Vec<(AppId, u64)>, apps: &Apps) -> Vec<AppUsage> {
    counts.sort_unstable_by_key(|(app, count)| (std::cmp::Reverse(*count), *app));
    let told = counts.into_iter().filter_map(|(id, operations)| {
        let app = apps.get(id)?;
        Some(AppUsage { name: app.name, version: app.version, operations })
    });
    told.collect()
}

// === impl Counts ===

impl Counts {
    fn add(&mut self, elements: &[Element], counts: &[(AppId, u64)]) {
        for (app, count) in counts {
            *self.operations.entry(*app).or_default() += count;
            for element in elements {
                *self.elements.entry((*element, *app)).or_default() += count;
            }
        }
    }
}

// === impl PlanUsage ===

impl PlanUsage {
    /// Counts an operation that `app` sent.
    pub(super) fn count(&self, app: AppId) {
        let mut counts = lock(&self.counts);
        match counts.iter_mut().find(|(known, _)| *known == app) {
            Some((_, count)) => *count += 1,
            None => counts.push((app, 1)),
        }
    }

    /// An estimate of the bytes that it holds.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.elements)
    }
}

impl Drop for PlanUsage {
    fn drop(&mut self) {
        let counts = std::mem::take(&mut *lock(&self.counts));
        lock(&self.client.gone).add(&self.elements, &counts);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
