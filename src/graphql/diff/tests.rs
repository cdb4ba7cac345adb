//! What is told of a change: its level, its kind, where it is.

use std::sync::Arc;

use super::schema_changes;
use crate::{
    diagnostic::SourceFile,
    graphql::{Schema, parse_schema},
};

fn schema(sdl: &str) -> Schema {
    let file = Arc::new(SourceFile { path: "schema.graphql".into(), text: sdl.to_owned() });
    parse_schema(&[file], "").unwrap_or_else(|failed| panic!("{:#?}", failed.problems))
}

fn check(old: &str, new: &str, expected: &[&str]) {
    let changes = schema_changes(&schema(old), &schema(new));
    let told: Vec<String> =
        changes.iter().map(|change| format!("{:?} {} {}", change.level, change.kind, change.coordinate)).collect();
    assert_eq!(told, expected, "{old} -> {new}");
}

#[test]
fn what_is_the_same_did_not_change() {
    let same = "type Query { a(x: Int = 1): [Item!] } type Item { id: ID! } enum E { A } union U = Item scalar S";
    check(same, same, &[]);
}

#[test]
fn types_and_roots() {
    let old = "type Query { a: Int } type Mutation { a: Int } scalar Gone type Other { a: Int }";
    let new = "type Query { a: Int } type Subscription { a: Int } scalar Come union Other = Query";
    check(
        old,
        new,
        &[
            "Breaking TYPE_REMOVED Gone",
            "Breaking ROOT_TYPE_REMOVED Mutation",
            "Breaking TYPE_REMOVED Mutation",
            "Breaking TYPE_CHANGED_KIND Other",
            "Safe TYPE_ADDED Come",
            "Safe ROOT_TYPE_ADDED Subscription",
            "Safe TYPE_ADDED Subscription",
        ],
    );
    check(
        "schema { query: A } type A { a: Int } type B { a: Int }",
        "schema { query: B } type A { a: Int } type B { a: Int }",
        &["Breaking ROOT_TYPE_CHANGED A"],
    );
}

#[test]
fn fields_and_their_types() {
    check(
        "type Query { gone: Int weaker: Int! stronger: Int other: Int list: [Int!] deprecated: Int \"a\" said: Int }",
        "type Query { come: Int weaker: Int stronger: Int! other: ID list: [Int] deprecated: Int @deprecated \"b\" said: Int }",
        &[
            "Breaking FIELD_REMOVED Query.gone",
            "Breaking FIELD_CHANGED_KIND Query.list",
            "Breaking FIELD_CHANGED_KIND Query.other",
            "Breaking FIELD_CHANGED_KIND Query.weaker",
            "Safe FIELD_ADDED Query.come",
            "Safe DEPRECATION_ADDED Query.deprecated",
            "Safe DESCRIPTION_CHANGED Query.said",
            "Safe FIELD_CHANGED_KIND_SAFE Query.stronger",
        ],
    );
}

#[test]
fn arguments_and_input_fields() {
    check(
        "type Query { a(gone: Int, weaker: Int!, stronger: Int, default: Int = 1, bare: Int! = 1, fresh: Int): Int }",
        "type Query { a(must: Int!, may: Int, given: Int! = 1, weaker: Int, stronger: Int!, default: Int = 2, bare: Int!, fresh: Int = 3): Int }",
        &[
            "Breaking ARG_BECAME_REQUIRED Query.a(bare:)",
            "Breaking ARG_REMOVED Query.a(gone:)",
            "Breaking REQUIRED_ARG_ADDED Query.a(must:)",
            "Breaking ARG_CHANGED_KIND Query.a(stronger:)",
            "Dangerous ARG_DEFAULT_VALUE_CHANGE Query.a(default:)",
            "Dangerous OPTIONAL_ARG_ADDED Query.a(given:)",
            "Dangerous OPTIONAL_ARG_ADDED Query.a(may:)",
            "Safe ARG_DEFAULT_VALUE_ADDED Query.a(fresh:)",
            "Safe ARG_CHANGED_KIND_SAFE Query.a(weaker:)",
        ],
    );
    check(
        "type Query { a(i: I, o: O): Int } input I { gone: Int weaker: Int! bare: Int! = 1 } input O { a: Int b: Int }",
        "type Query { a(i: I, o: O): Int } input I { must: Int! may: Int weaker: Int bare: Int! } input O @oneOf { a: Int b: Int }",
        &[
            "Breaking INPUT_FIELD_BECAME_REQUIRED I.bare",
            "Breaking FIELD_REMOVED I.gone",
            "Breaking REQUIRED_INPUT_FIELD_ADDED I.must",
            "Breaking ONE_OF_ADDED O",
            "Dangerous OPTIONAL_INPUT_FIELD_ADDED I.may",
            "Safe FIELD_CHANGED_KIND_SAFE I.weaker",
        ],
    );
}

#[test]
fn defaults_and_one_of() {
    check(
        "type Query { a(gone: Int = 1, i: I, o: O): Int } input I { come: Int other: Int = 1 same: Int = 1 } \
         input O @oneOf { a: Int b: Int }",
        "type Query { a(gone: Int, i: I, o: O): Int } input I { come: Int = 1 other: Int = 2 same: Int = 1 } \
         input O { a: Int b: Int }",
        &[
            "Dangerous INPUT_FIELD_DEFAULT_VALUE_CHANGE I.other",
            "Dangerous ARG_DEFAULT_VALUE_CHANGE Query.a(gone:)",
            "Safe INPUT_FIELD_DEFAULT_VALUE_ADDED I.come",
            "Safe ONE_OF_REMOVED O",
        ],
    );
}

#[test]
fn what_is_said_of_things() {
    check(
        "type Query { gone: Int @deprecated other: Int @deprecated(reason: \"a\") same: Int @deprecated(reason: \"a\") \
         arg(come: Int, \"a\" said: Int, gone: Int @deprecated): Int } \
         enum E { COME \"a\" SAID GONE @deprecated } \"a\" type T { a: Int } input I { a: Int \"a\" b: Int }",
        "type Query { gone: Int other: Int @deprecated(reason: \"b\") same: Int @deprecated(reason: \"a\") \
         arg(come: Int @deprecated, \"b\" said: Int, gone: Int): Int } \
         enum E { COME @deprecated \"b\" SAID GONE } \"b\" type T { a: Int } input I { a: Int @deprecated b: Int }",
        &[
            "Safe DEPRECATION_ADDED E.COME",
            "Safe DEPRECATION_REMOVED E.GONE",
            "Safe DESCRIPTION_CHANGED E.SAID",
            "Safe DEPRECATION_ADDED I.a",
            "Safe DESCRIPTION_CHANGED I.b",
            "Safe DEPRECATION_ADDED Query.arg(come:)",
            "Safe DEPRECATION_REMOVED Query.arg(gone:)",
            "Safe DESCRIPTION_CHANGED Query.arg(said:)",
            "Safe DEPRECATION_REMOVED Query.gone",
            "Safe DEPRECATION_REASON_CHANGED Query.other",
            "Safe DESCRIPTION_CHANGED T",
        ],
    );
}

#[test]
fn scalars() {
    check(
        "type Query { a: Int } scalar S @specifiedBy(url: \"https://a.example\") scalar Same @specifiedBy(url: \"x\")",
        "type Query { a: Int b: Float } scalar S @specifiedBy(url: \"https://b.example\") scalar Same @specifiedBy(url: \"x\")",
        &["Dangerous SPECIFIED_BY_CHANGED S", "Safe FIELD_ADDED Query.b"],
    );
}

#[test]
fn what_answers_may_hold() {
    check(
        "type Query { e: E u: U n: N } enum E { A B } union U = X | Y interface N { id: ID } \
         type X implements N { id: ID } type Y { id: ID }",
        "type Query { e: E u: U n: N } enum E { A C } union U = X | Z interface N { id: ID } \
         type X { id: ID } type Y implements N { id: ID } type Z { id: ID }",
        &[
            "Breaking VALUE_REMOVED_FROM_ENUM E.B",
            "Breaking TYPE_REMOVED_FROM_UNION U",
            "Breaking IMPLEMENTED_INTERFACE_REMOVED X",
            "Dangerous VALUE_ADDED_TO_ENUM E.C",
            "Dangerous TYPE_ADDED_TO_UNION U",
            "Dangerous IMPLEMENTED_INTERFACE_ADDED Y",
            "Safe TYPE_ADDED Z",
        ],
    );
}
