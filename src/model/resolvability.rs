//! Whether every field that a client could ask for can be had: selected where its object comes from, or loaded by a key
//! that is there.
//!
//! Walks the places where objects come from, beginning at the root fields. Recursive types are fine: a place is looked at once.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{
    Connector, KeyField,
    connectors::{Connectors, is_root},
    external::is_left_out,
    polls::is_missing,
    report::{Explain, Report},
};
use crate::{
    graphql::{FieldDefinition, Name, Schema, TypeDefinition, TypeKind},
    mapping::{ObjectShape, Shape},
};

const UNRESOLVED: &str = "CONNECTORS_UNRESOLVED_FIELD";

/// Reports fields that no connector gives, and types that no root field reaches. Gives back `@external` fields to leave out.
pub(super) fn check_resolvability(schema: &Schema, connectors: &Connectors, report: &mut Report) -> Vec<(Name, Name)> {
    let mut walk = Walk::new(schema, connectors);
    let before = report.errors();
    for root in [&schema.query, &schema.mutation, &schema.subscription].into_iter().flatten() {
        if let Some(definition) = schema.types.get(root) {
            walk.root(definition, report);
        }
    }
    while let Some(place) = walk.queue.pop_front() {
        walk.place(&place, report);
    }
    if report.errors() == before && connectors.broken.is_empty() {
        warn_of_unreachable(schema, &walk.reached, report);
    }
    walk.external
}

/// A part of a selection that gives an object.
#[derive(Debug, Clone, Copy)]
struct Giver<'a> {
    connector: &'a Connector,
    shape: &'a ObjectShape,
}

/// Objects of one concrete type, and what gives them.
#[derive(Debug)]
struct Place<'a> {
    object: &'a TypeDefinition,
    givers: Vec<Giver<'a>>,
}

/// Fields that can be had at a place, with what gives their objects.
type Available<'a> = HashMap<&'a str, Vec<Giver<'a>>>;

struct Walk<'a> {
    schema: &'a Schema,
    connectors: &'a Connectors,
    on_field: HashMap<(&'a str, &'a str), Vec<&'a Connector>>,
    loaders: HashMap<&'a str, Vec<&'a Connector>>,
    seen: HashSet<(&'a str, Vec<*const ObjectShape>)>,
    reached: HashSet<&'a str>,
    reported: HashSet<(&'a str, &'a str)>,
    queue: VecDeque<Place<'a>>,
    external: Vec<(Name, Name)>,
}

// === impl Giver ===

impl<'a> Giver<'a> {
    fn of(connector: &'a Connector) -> Option<Self> {
        match &connector.shape {
            Shape::Object(shape) => Some(Self { connector, shape }),
            Shape::Unknown | Shape::Scalar => None,
        }
    }

    /// Whether its objects may be of this type: a `__typename` of fixed words names all types that there are.
    fn may_give(self, type_name: &str) -> bool {
        let given = self.shape.fields.get("__typename").filter(|given| given.only_words && !self.shape.open);
        given.is_none_or(|given| given.words.iter().any(|word| word == type_name))
    }

    fn child(self, field: &str) -> Option<Self> {
        match &self.shape.fields.get(field)?.shape {
            Shape::Object(shape) => Some(Self { connector: self.connector, shape }),
            Shape::Unknown | Shape::Scalar => None,
        }
    }
}

// === impl Walk ===

impl<'a> Walk<'a> {
    fn new(schema: &'a Schema, connectors: &'a Connectors) -> Self {
        let mut on_field: HashMap<(&str, &str), Vec<&Connector>> = HashMap::new();
        let mut loaders: HashMap<&str, Vec<&Connector>> = HashMap::new();
        for connector in &connectors.list {
            match &connector.place {
                super::Place::Root { parent, field, .. } | super::Place::Field { parent, field } => {
                    on_field.entry((parent, field)).or_default().push(connector);
                }
                super::Place::Type { .. } => {}
            }
            if connector.loads.is_some() {
                loaders.entry(connector.returns.name()).or_default().push(connector);
            }
        }
        Self {
            schema,
            connectors,
            on_field,
            loaders,
            seen: HashSet::new(),
            reached: HashSet::new(),
            reported: HashSet::new(),
            queue: VecDeque::new(),
            external: Vec::new(),
        }
    }

    fn root(&mut self, root: &'a TypeDefinition, report: &mut Report) {
        for field in root.fields.values() {
            let on_field = self.on_field.get(&(&*root.name, &*field.name)).cloned().unwrap_or_default();
            let is_told = self.is_broken(&root.name, Some(&field.name)) || is_missing(self.schema, root, field);
            if on_field.is_empty() && !is_told {
                report
                    .error(UNRESOLVED, format!("`{}.{}` has no connector", root.name, field.name), field.span.as_ref())
                    .hint("add `@connect(source: ..., http: { GET: \"...\" }, selection: \"...\")`");
            }
            let givers: Vec<_> = on_field.into_iter().filter_map(Giver::of).collect();
            self.enqueue(field, &givers);
        }
    }

    /// Places for each concrete type that stands behind a field.
    fn enqueue(&mut self, field: &FieldDefinition, givers: &[Giver<'a>]) {
        if givers.is_empty() {
            return;
        }
        let schema = self.schema;
        for concrete in schema.possible_types(field.ty.name()) {
            let Some(object) = schema.types.get(&concrete) else { continue };
            let givers: Vec<_> = givers.iter().filter(|giver| giver.may_give(&object.name)).copied().collect();
            let identity = givers.iter().map(|giver| std::ptr::from_ref(giver.shape)).collect();
            if !givers.is_empty() && self.seen.insert((&object.name, identity)) {
                self.reached.insert(&object.name);
                self.queue.push_back(Place { object, givers });
            }
        }
    }

    fn place(&mut self, place: &Place<'a>, report: &mut Report) {
        let available = self.available(place);
        for field in place.object.fields.values() {
            match available.get(&*field.name) {
                Some(givers) => self.enqueue(field, givers),
                None => self.unresolved(place, field, &available, report),
            }
        }
    }

    /// What can be had: first what is selected here, then what connectors add whose keys are there by then.
    fn available(&self, place: &Place<'a>) -> Available<'a> {
        let object = place.object;
        let connected = |field: &str| self.on_field.contains_key(&(&*object.name, field));
        let mut available: Available<'a> = HashMap::new();
        for field in object.fields.values().filter(|field| !connected(&field.name)) {
            if place.givers.iter().any(|giver| giver.shape.fields.contains_key(&*field.name)) {
                let below = place.givers.iter().filter_map(|giver| giver.child(&field.name)).collect();
                available.insert(&field.name, below);
            }
        }
        let mut waiting: Vec<&Connector> = self.loaders.get(&*object.name).cloned().unwrap_or_default();
        for field in object.fields.values() {
            waiting.extend(self.on_field.get(&(&*object.name, &*field.name)).into_iter().flatten());
        }
        let selected: HashSet<&str> = available.keys().copied().collect();
        loop {
            let (ready, rest): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|connector| self.missing_key(object, connector, &available).is_none());
            if ready.is_empty() {
                return available;
            }
            for connector in ready {
                self.add(object, connector, &selected, &mut available);
            }
            waiting = rest;
        }
    }

    fn add(
        &self,
        object: &'a TypeDefinition,
        connector: &'a Connector,
        selected: &HashSet<&str>,
        available: &mut Available<'a>,
    ) {
        if let super::Place::Field { field, .. } = &connector.place {
            available.entry(field).or_default().extend(Giver::of(connector));
            return;
        }
        let Some(giver) = Giver::of(connector) else { return };
        for name in giver.shape.fields.keys() {
            let connected = self.on_field.contains_key(&(&*object.name, name.as_str()));
            if !selected.contains(name.as_str()) && !connected {
                available.entry(name).or_default().extend(giver.child(name));
            }
        }
    }

    /// The first key field that a connector needs and that is not available.
    fn missing_key<'k>(
        &self,
        object: &TypeDefinition,
        connector: &'k Connector,
        available: &Available<'a>,
    ) -> Option<&'k KeyField> {
        connector.key.iter().find(|key| {
            let Some(givers) = available.get(&*key.name) else { return true };
            let Some(field) = object.fields.get(&key.name) else { return true };
            !key.fields.iter().all(|below| self.has_key(field.ty.name(), givers, below))
        })
    }

    fn has_key(&self, type_name: &str, givers: &[Giver<'a>], key: &KeyField) -> bool {
        if self.loaders.contains_key(type_name) {
            return true;
        }
        let Some(field) = self.schema.field_of_any(type_name, &key.name) else { return false };
        let below: Vec<Giver<'_>> = givers.iter().filter_map(|giver| giver.child(&key.name)).collect();
        givers.iter().any(|giver| giver.shape.fields.contains_key(&*key.name))
            && key.fields.iter().all(|next| self.has_key(field.ty.name(), &below, next))
    }

    fn is_broken(&self, type_name: &Name, field: Option<&Name>) -> bool {
        self.connectors.broken.contains(&(type_name.clone(), field.cloned()))
    }

    /// Whether a root field that returns the object has a connector that is wrong: it may be meant to load it.
    fn has_broken_loader(&self, object: &Name) -> bool {
        self.connectors.broken.iter().any(|(parent, field)| {
            let parent =
                self.schema.types.get(parent).filter(|parent| self.schema.query.as_ref() == Some(&parent.name));
            let field = parent.and_then(|parent| parent.fields.get(field.as_ref()?));
            field.is_some_and(|field| field.ty.name() == object)
        })
    }

    fn unresolved(
        &mut self,
        place: &Place<'a>,
        field: &'a FieldDefinition,
        available: &Available<'a>,
        report: &mut Report,
    ) {
        let object = place.object;
        let broken = self.is_broken(&object.name, None)
            || self.is_broken(&object.name, Some(&field.name))
            || self.has_broken_loader(&object.name)
            || place.givers.iter().any(|giver| self.connectors.faulty.contains(&giver.connector.id));
        if broken || !self.reported.insert((&object.name, &field.name)) {
            return;
        }
        if is_left_out(self.schema, self.connectors, object, field) {
            self.external.push((object.name.clone(), field.name.clone()));
            return;
        }
        let Some(giver) = place.givers.first() else { return };
        let from = &giver.connector.name;
        let message = format!("no connector gives `{}.{}` to the objects of `{from}`", object.name, field.name);
        let (hint, nearest) = self.advice(place, field, available);
        let diagnostic = report.error(UNRESOLVED, message, field.span.as_ref()).hint(hint);
        if let Some(nearest) = nearest {
            diagnostic.related(Some(&nearest.span), format!("`{}` stands here", nearest.name));
        }
        let selection = giver.connector.selection_literal.span.as_ref();
        diagnostic.related(selection, format!("objects of `{}` come from this selection", object.name));
    }

    /// What to do, and the connector that could do it.
    fn advice(
        &self,
        place: &Place<'a>,
        field: &FieldDefinition,
        available: &Available<'a>,
    ) -> (String, Option<&'a Connector>) {
        let object = place.object;
        let from = place.givers.first().map_or("the connector", |giver| &*giver.connector.name);
        let own = self.on_field.get(&(&*object.name, &*field.name)).into_iter().flatten();
        let loaders = self.loaders.get(&*object.name).into_iter().flatten();
        let gives = |connector: &Connector| {
            Giver::of(connector).is_some_and(|giver| giver.shape.fields.contains_key(&*field.name))
        };
        for connector in own.chain(loaders.filter(|connector| gives(connector))) {
            if let Some(key) = self.missing_key(object, connector, available) {
                let hint = format!(
                    "`{}` could give it, but needs `{}`: add it to the selection of `{from}`",
                    connector.name, key.name
                );
                return (hint, Some(connector));
            }
        }
        let add = format!("add `{}` to the selection of `{from}`", field.name);
        let gives_elsewhere =
            |connector: &&Connector| gives_somewhere(self.schema, connector, &object.name, &field.name);
        let other = self.connectors.list.iter().find(gives_elsewhere);
        match other {
            Some(other) => {
                let hint = format!("{add}, or let `{}`, which gives it, load `{}` by a key", other.name, object.name);
                (hint, Some(other))
            }
            None => (format!("{add}, or give the field its own `@connect`"), None),
        }
    }
}

/// Whether the selection of a connector gives a field to an object anywhere in its answer.
pub(super) fn gives_somewhere(schema: &Schema, connector: &Connector, object: &str, field: &str) -> bool {
    let mut stack: Vec<(Name, &ObjectShape)> =
        Giver::of(connector).map(|giver| (connector.returns.name().clone(), giver.shape)).into_iter().collect();
    while let Some((type_name, shape)) = stack.pop() {
        if shape.fields.contains_key(field) && schema.possible_types(&type_name).iter().any(|name| **name == *object) {
            return true;
        }
        for (name, given) in &shape.fields {
            if let Shape::Object(below) = &given.shape
                && let Some(field) = schema.field_of_any(&type_name, name)
            {
                stack.push((field.ty.name().clone(), below));
            }
        }
    }
    false
}

fn warn_of_unreachable(schema: &Schema, reached: &HashSet<&str>, report: &mut Report) {
    for definition in schema.types.values().filter(|definition| definition.kind == TypeKind::Object) {
        if !is_root(schema, &definition.name) && !reached.contains(&*definition.name) {
            report
                .warning(
                    "UNREACHABLE_TYPE",
                    format!("no root field reaches `{}`", definition.name),
                    definition.span.as_ref(),
                )
                .hint("return it from a field that can be reached, or remove it");
        }
    }
}
