//! Subgraph files to one graph: what several of them define is merged, in the spirit of federation's composition.
//!
//! A file is a subgraph if it links the specification of federation or of connect itself. Every other file keeps the
//! rule that a name is defined once. Nodes keep their places, so whatever is told later points into the right file.

mod members;
mod part;
mod roots;

use std::collections::{HashMap, HashSet};

use apollo_compiler::{
    Name,
    ast::{Definition, DirectiveDefinition, Document},
};

use self::{
    members::Merger,
    part::{Kind, Part},
};
use super::{links::Links, problems::Problems, rules};

/// A definition: its file and where it is there.
type Place = (usize, usize);

/// Merges the definitions and extensions of the subgraph files among `documents`; reports what does not agree.
pub(super) fn merge_subgraphs(documents: &mut [Document], known: &Document, links: &Links, problems: &mut Problems) {
    let is_subgraph = |document: &Document| {
        let own = Links::new(std::slice::from_ref(document));
        own.has("federation") || own.has("connect")
    };
    let subgraphs: Vec<usize> =
        documents.iter().enumerate().filter(|(_, document)| is_subgraph(document)).map(|(file, _)| file).collect();
    if subgraphs.len() < 2 {
        return;
    }
    let single = used_once(documents, known);
    roots::merge_roots(documents, &subgraphs);
    drop_repeated_directives(documents, &subgraphs);

    let elsewhere = defined_elsewhere(documents, &subgraphs, known);
    let mut gone: HashSet<Place> = HashSet::new();
    for places in shared(documents, &subgraphs) {
        let mut merger = Merger { links, single: &single, problems: &mut *problems };
        merge(places, documents, &elsewhere, &mut merger, &mut gone);
    }
    for &file in &subgraphs {
        let mut at = 0;
        documents[file].definitions.retain(|_| {
            at += 1;
            !gone.contains(&(file, at - 1))
        });
    }
}

/// Puts what the places say of one type into the first definition.
fn merge(
    mut places: Vec<Place>,
    documents: &mut [Document],
    elsewhere: &HashSet<Name>,
    merger: &mut Merger<'_>,
    gone: &mut HashSet<Place>,
) {
    let is_extension = |(file, at): Place| documents[file].definitions[at].is_extension_definition();
    let defined = places.iter().position(|place| !is_extension(*place));
    let target = places.remove(defined.unwrap_or(0));
    let Some(first) = Part::new(&documents[target.0].definitions[target.1], target.0) else { return };
    if defined.is_none() && elsewhere.contains(&first.name) {
        return;
    }
    // Extensions in the file of the definition belong to it, before any other file.
    places.sort_by_key(|place| place.0 != target.0);
    let mut whole = merger.begin(first);
    let mut defining = HashMap::from([(target.0, whole.part.name.clone())]);
    for place in places {
        let definition = &documents[place.0].definitions[place.1];
        let is_definition = !definition.is_extension_definition();
        let Some(part) = Part::new(definition, place.0) else { continue };
        if let Some(first) = defining.get(&place.0).filter(|_| is_definition) {
            rules::report_type_twice(&part.name, first.location(), merger.problems);
            gone.insert(place);
            continue;
        }
        // Extensions of another kind are mistakes that are told elsewhere.
        if !is_definition && (part.kind != whole.part.kind || (part.kind == Kind::Input && place.0 != target.0)) {
            continue;
        }
        if is_definition {
            defining.insert(place.0, part.name.clone());
        }
        merger.add(&mut whole, part);
        gone.insert(place);
    }
    documents[target.0].definitions[target.1] = whole.part.into_definition();
}

/// Types that several subgraph files define or extend, as their places, in order.
fn shared(documents: &[Document], subgraphs: &[usize]) -> Vec<Vec<Place>> {
    let mut order: Vec<Vec<Place>> = Vec::new();
    let mut by_name: HashMap<Name, usize> = HashMap::new();
    for &file in subgraphs {
        for (at, definition) in documents[file].definitions.iter().enumerate() {
            if definition.as_directive_definition().is_some() {
                continue;
            }
            let Some(name) = definition.name() else { continue };
            let index = *by_name.entry(name.clone()).or_insert_with(|| {
                order.push(Vec::new());
                order.len() - 1
            });
            order[index].push((file, at));
        }
    }
    order.retain(|places| places.iter().any(|place| place.0 != places[0].0));
    order
}

/// Types that a file without links defines, or that are known.
fn defined_elsewhere(documents: &[Document], subgraphs: &[usize], known: &Document) -> HashSet<Name> {
    let plain = documents.iter().enumerate().filter(|(file, _)| !subgraphs.contains(file));
    let plain = plain.map(|(_, document)| document).chain([known]).flat_map(|document| &document.definitions);
    let types = plain
        .filter(|definition| definition.as_directive_definition().is_none() && !definition.is_extension_definition());
    types.filter_map(Definition::name).cloned().collect()
}

/// Names of directives that may stand only once at a place.
fn used_once(documents: &[Document], known: &Document) -> HashSet<String> {
    let definitions = documents.iter().chain([known]).flat_map(|document| &document.definitions);
    let declared = definitions.filter_map(Definition::as_directive_definition);
    let mut names: HashSet<String> =
        declared.filter(|directive| !directive.repeatable).map(|directive| directive.name.to_string()).collect();
    names.extend(["deprecated", "specifiedBy"].map(str::to_owned));
    names
}

/// Keeps one of the equal declarations of a directive in several subgraph files.
fn drop_repeated_directives(documents: &mut [Document], subgraphs: &[usize]) {
    let mut seen: HashMap<Name, (usize, DirectiveDefinition)> = HashMap::new();
    for &file in subgraphs {
        documents[file].definitions.retain(|definition| {
            let Some(directive) = definition.as_directive_definition() else { return true };
            let plain = DirectiveDefinition { description: None, ..DirectiveDefinition::clone(directive) };
            match seen.get(&plain.name) {
                Some((first, same)) => *first == file || *same != plain,
                None => {
                    seen.insert(plain.name.clone(), (file, plain));
                    true
                }
            }
        });
    }
}
