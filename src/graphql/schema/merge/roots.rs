//! `schema { ... }` of several subgraph files: one of them remains a definition, and the root types of all count.

use apollo_compiler::{
    Name, Node,
    ast::{Definition, Document, OperationType, SchemaExtension},
};

const ROOTS: [(OperationType, &str); 3] = [
    (OperationType::Query, "Query"),
    (OperationType::Mutation, "Mutation"),
    (OperationType::Subscription, "Subscription"),
];

/// Later definitions become extensions; root types said again are left out.
pub(super) fn merge_roots(documents: &mut [Document], subgraphs: &[usize]) {
    let mut seen: Vec<(usize, OperationType, Name)> = Vec::new();
    let mut first: Option<(usize, usize)> = None;
    for &file in subgraphs {
        for (at, definition) in documents[file].definitions.iter_mut().enumerate() {
            let operations = match definition {
                Definition::SchemaDefinition(schema) => &mut schema.make_mut().root_operations,
                Definition::SchemaExtension(schema) => &mut schema.make_mut().root_operations,
                _ => continue,
            };
            operations.retain(|operation| {
                let (kind, name) = &**operation;
                let said = seen.iter().any(|(other, k, n)| *other != file && k == kind && n == name);
                seen.push((file, *kind, name.clone()));
                !said
            });
            let Definition::SchemaDefinition(schema) = definition else { continue };
            match first {
                None => first = Some((file, at)),
                // Twice in one file stays a mistake.
                Some((other, _)) if other == file => {}
                Some(_) => {
                    let extension = SchemaExtension {
                        directives: schema.directives.clone(),
                        root_operations: schema.root_operations.clone(),
                    };
                    *definition = Definition::SchemaExtension(schema.same_location(extension));
                }
            }
        }
    }
    let Some((file, at)) = first else { return };
    let missing = implied(documents, subgraphs, &seen);
    if let Some(Definition::SchemaDefinition(schema)) = documents[file].definitions.get_mut(at) {
        schema.make_mut().root_operations.extend(missing);
    }
}

/// Root types by their usual names, of files that name no root type themselves.
fn implied(
    documents: &[Document],
    subgraphs: &[usize],
    seen: &[(usize, OperationType, Name)],
) -> Vec<Node<(OperationType, Name)>> {
    let silent = subgraphs.iter().filter(|file| !seen.iter().any(|(other, ..)| other == *file));
    let definitions: Vec<&Definition> = silent.flat_map(|file| &documents[*file].definitions).collect();
    let missing = ROOTS.iter().filter(|(kind, _)| !seen.iter().any(|(_, other, _)| other == kind));
    missing
        .filter_map(|(kind, usual)| {
            let name = definitions.iter().filter_map(|definition| definition.name()).find(|name| *name == usual)?;
            Some(Node::new((*kind, name.clone())))
        })
        .collect()
}
