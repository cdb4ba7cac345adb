//! A way around a fault of the library: it takes two list values for equal when one begins with the other, so that
//! `f(ids: [1])` and `f(ids: [1, 2])` would merge.

use apollo_compiler::{
    Name, Node,
    ast::{Definition, Document, Selection, Value},
};

/// The document with lists in arguments of fields turned into objects keyed by index, which the library compares in full.
/// `None` if there is no such list. The types of values are not the library's business (see `rules`).
pub(super) fn comparable(document: &Document) -> Option<Document> {
    let selections = |definition: &Definition| match definition {
        Definition::OperationDefinition(operation) => any_list(&operation.selection_set),
        Definition::FragmentDefinition(fragment) => any_list(&fragment.selection_set),
        _ => false,
    };
    if !document.definitions.iter().any(selections) {
        return None;
    }
    let mut document = document.clone();
    for definition in &mut document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => replace(&mut operation.make_mut().selection_set),
            Definition::FragmentDefinition(fragment) => replace(&mut fragment.make_mut().selection_set),
            _ => {}
        }
    }
    Some(document)
}

fn any_list(selections: &[Selection]) -> bool {
    selections.iter().any(|selection| match selection {
        Selection::Field(field) => {
            field.arguments.iter().any(|argument| has_list(&argument.value)) || any_list(&field.selection_set)
        }
        Selection::InlineFragment(inline) => any_list(&inline.selection_set),
        Selection::FragmentSpread(_) => false,
    })
}

fn has_list(value: &Value) -> bool {
    match value {
        Value::List(_) => true,
        Value::Object(members) => members.iter().any(|(_, member)| has_list(member)),
        _ => false,
    }
}

fn replace(selections: &mut [Selection]) {
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                let field = field.make_mut();
                for argument in &mut field.arguments {
                    if has_list(&argument.value) {
                        replace_value(&mut argument.make_mut().value);
                    }
                }
                replace(&mut field.selection_set);
            }
            Selection::InlineFragment(inline) => replace(&mut inline.make_mut().selection_set),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn replace_value(value: &mut Node<Value>) {
    match value.make_mut() {
        Value::List(items) => {
            items.iter_mut().for_each(replace_value);
            let members = items
                .drain(..)
                .enumerate()
                // A name that no document can contain, so that no object literal equals a list.
                .map(|(index, item)| (Name::new_unchecked(&format!("[{index}]")), item))
                .collect();
            *value.make_mut() = Value::Object(members);
        }
        Value::Object(members) => members.iter_mut().for_each(|(_, member)| replace_value(member)),
        _ => {}
    }
}
