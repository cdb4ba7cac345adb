//! Our own form of operations.

use std::fmt::Write;

use super::{json, messages, prepare};
use crate::graphql::{Condition, Operation, Selection};

fn print(operation: &Operation) -> String {
    let mut out = String::new();
    print_selections(&operation.selections, 0, &mut out);
    out
}

fn print_selections(selections: &[Selection], indent: usize, out: &mut String) {
    for selection in selections {
        let (text, conditions, below) = match selection {
            Selection::Field(field) => {
                let arguments: Vec<_> =
                    field.arguments.iter().map(|argument| format!("{}: {}", argument.name, argument.value)).collect();
                let text =
                    format!("{}: {}.{}({})", field.response_key, field.parent_type, field.name, arguments.join(", "));
                (text, &field.conditions, &field.selections)
            }
            Selection::Fragment(fragment) => {
                let text = format!("... {}", fragment.type_condition.as_deref().unwrap_or("-"));
                (text, &fragment.conditions, &fragment.selections)
            }
        };
        let conditions: String = conditions
            .iter()
            .map(|condition| match condition {
                Condition::Never => " never".to_owned(),
                Condition::Variable { name, expected } => format!(" ${name}={expected}"),
            })
            .collect();
        writeln!(out, "{:indent$}{text}{conditions}", "").expect("writing to a string");
        print_selections(below, indent + 2, out);
    }
}

#[test]
fn inlines_fragments_and_coerces_literals() {
    let document = r#"
        query Q($yes: Boolean!, $text: String!, $color: Color) {
          shelf(numbers: 1, rows: [2, [3]])
          b: book(id: 4) { ...B @include(if: $yes) ... @skip(if: true) { id } }
          find(filter: {color: $color, text: $text}, by: {ids: 5}, sort: TITLE) {
            __typename
            ... on Book @skip(if: $yes) @include(if: true) { ...B }
          }
          required(box: {lid: {}})
          on(ratio: 1, date: {a: 1, b: X})
          __schema { description }
        }
        fragment B on Book { id title(length: 3) }
    "#;
    let prepared = prepare(document).unwrap_or_else(|errors| panic!("{}", messages(&errors)));
    expect_test::expect![[r#"
        shelf: Query.shelf(numbers: [1], rows: [[2], [3]])
        b: Query.book(id: "4")
          ... Book $yes=true
            id: Book.id()
            title: Book.title(length: 3)
          ... - never
            id: Book.id()
        find: Query.find(filter: {text: $text, limit: 5, color: $color, exact: true}, by: {ids: ["5"]}, sort: [TITLE])
          __typename: Found.__typename()
          ... Book $yes=false
            ... Book
              id: Book.id()
              title: Book.title(length: 3)
        required: Query.required(box: {width: 1, lid: {color: RED, height: 2}, ids: ["7"]})
        on: Query.on(ratio: 1, date: {a: 1, b: X})
        __schema: Query.__schema()
          description: __Schema.description()
    "#]]
    .assert_eq(&print(&prepared.operation));
}

#[test]
fn puts_variables_into_literals() {
    let document = r#"query($c: Color, $e: Boolean, $t: String!) {
        find(filter: {text: $t, color: $c, exact: $e, tags: [$t, "x"]}) { __typename }
    }"#;
    let prepared = prepare(document).unwrap_or_else(|errors| panic!("{}", messages(&errors)));
    let Selection::Field(field) = &prepared.operation.selections[0] else { panic!("a field") };
    let value = &field.arguments[0].value;
    let names: Vec<_> = value.variables();
    assert_eq!(names.iter().map(|name| &**name).collect::<Vec<_>>(), ["t", "c", "e"]);
    let cases = [
        (r#"{"t":"a"}"#, r#"{"text":"a","limit":5,"tags":["a","x"],"exact":true}"#),
        (r#"{"t":"a","e":false,"c":"RED"}"#, r#"{"text":"a","limit":5,"tags":["a","x"],"color":"RED","exact":false}"#),
        (r#"{"t":"a","c":null}"#, r#"{"text":"a","limit":5,"tags":["a","x"],"color":null,"exact":true}"#),
    ];
    for (variables, expected) in cases {
        assert_eq!(value.resolve(&json(variables)).map(|value| value.to_string()).as_deref(), Some(expected));
    }
}

#[test]
fn shares_the_selections_of_a_fragment() {
    let prepared = prepare("{ books { ...F } more: books { ...F } } fragment F on Book { id }").expect("valid");
    let inner = |index: usize| match &prepared.operation.selections[index] {
        Selection::Field(field) => match &field.selections[0] {
            Selection::Fragment(fragment) => fragment.selections.clone(),
            Selection::Field(_) => panic!("a fragment"),
        },
        Selection::Fragment(_) => panic!("a field"),
    };
    assert!(std::sync::Arc::ptr_eq(&inner(0), &inner(1)));
}
