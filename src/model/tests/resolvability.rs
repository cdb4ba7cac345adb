//! Which graphs can be resolved, and what is told of those that cannot.

use super::{compile_graph, problems};

fn check(graph: &str, expected: &[&str]) {
    let compiled = compile_graph(graph);
    assert_eq!(problems(&compiled), expected, "{graph}");
    assert_eq!(compiled.model.is_none(), expected.iter().any(|problem| !problem.starts_with("warning")));
}

const GET: &str = r#"@connect(source: "shop", http: { GET: "/x" }, selection: "#;

fn graph(query: &str, types: &str) -> String {
    let expand = |text: &str| {
        // `<<selection>>` is a connector without a key, `<<selection|url>>` one with a URL of its own.
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("<<") {
            let (inside, after) = after.split_once(">>").unwrap();
            let connector = match inside.split_once('|') {
                Some((selection, url)) => {
                    format!("@connect(source: \"shop\", http: {{ GET: \"{url}\" }}, selection: \"{selection}\")")
                }
                None => format!("{GET}\"{inside}\")"),
            };
            out.push_str(before);
            out.push_str(&connector);
            rest = after;
        }
        out + rest
    };
    format!("type Query {{ {} }} {}", expand(query), expand(types))
}

#[test]
fn what_is_selected_is_resolved() {
    check(&graph("a: [A] <<id b { id }>>", "type A { id: ID b: B } type B { id: ID }"), &[]);
}

#[test]
fn recursive_types_are_resolved_by_a_loader() {
    check(
        &graph(
            "a: A <<id parent { id }>>",
            "type A <<id name parent { id } children { id }|/a/{$this.id}>> { id: ID name: String parent: A children: [A] }",
        ),
        &[],
    );
}

#[test]
fn a_loader_needs_its_key() {
    check(
        &graph("a: A <<name>>", "type A <<id name|/a/{$this.id}>> { id: ID name: String }"),
        &["CONNECTORS_UNRESOLVED_FIELD: no connector gives `A.id` to the objects of `Query.a`"],
    );
}

#[test]
fn keys_may_come_from_another_connector() {
    check(
        &graph(
            "a: A <<id>>",
            "type A <<id code|/a/{$this.id}>> <<name|/b/{$this.code}>> { id: ID code: String name: String }",
        ),
        &[],
    );
}

#[test]
fn fields_of_stubs_need_a_loader() {
    check(
        &graph("a: A <<id b { id }>>", "type A { id: ID b: B } type B { id: ID name: String }"),
        &["CONNECTORS_UNRESOLVED_FIELD: no connector gives `B.name` to the objects of `Query.a`"],
    );
}

#[test]
fn field_connectors_resolve_their_field_where_their_key_is() {
    let types = "type A { id: ID b: B <<name|/b/{$this.id}>> } type B { name: String }";
    check(&graph("a: A <<id>>", types), &[]);
    let without = "type A { id: ID c: Int b: B <<name|/b/{$this.id}>> } type B { name: String }";
    check(
        &graph("a: A <<c>>", without),
        &[
            "CONNECTORS_UNRESOLVED_FIELD: no connector gives `A.id` to the objects of `Query.a`",
            "CONNECTORS_UNRESOLVED_FIELD: no connector gives `A.b` to the objects of `Query.a`",
        ],
    );
}

#[test]
fn every_concrete_type_of_an_abstract_one_is_looked_at() {
    check(
        &graph(
            "a: I <<__typename id>>",
            "interface I { id: ID } type A implements I { id: ID } type B implements I { id: ID name: String }",
        ),
        &["CONNECTORS_UNRESOLVED_FIELD: no connector gives `B.name` to the objects of `Query.a`"],
    );
}

#[test]
fn types_that_a_typename_cannot_name_are_not_looked_at() {
    let types = "interface I { id: ID } type A implements I { id: ID } type B implements I { id: ID name: String }";
    let unresolved = "CONNECTORS_UNRESOLVED_FIELD: no connector gives `B.name` to the objects of `Query.a`";
    let unreachable = "warning UNREACHABLE_TYPE: no root field reaches `B`";
    check(&graph("a: I <<__typename: $('A') id>>", types), &[unreachable]);
    check(&graph("a: I <<__typename: k->match([1, 'A'], [@, null]) id>>", types), &[unreachable]);
    check(&graph("a: I <<__typename: k->match([1, 'A'], [@, @]) id>>", types), &[unresolved]);
    check(&graph("a: I <<__typename: k->match([1, 'A'], [2, 'B']) id>>", types), &[unresolved]);
}

#[test]
fn root_fields_need_connectors_and_unreachable_types_warn() {
    check(&graph("a: Int b: Int <<$.b>>", ""), &["CONNECTORS_UNRESOLVED_FIELD: `Query.a` has no connector"]);
    check(&graph("b: Int <<$.b>>", "type A { id: ID }"), &["warning UNREACHABLE_TYPE: no root field reaches `A`"]);
}

#[test]
fn wrong_connectors_bring_no_follow_up_problems() {
    check(
        &graph("a: A <<id nmae>>", "type A { id: ID name: String }"),
        &["SELECTED_FIELD_NOT_FOUND: `nmae` is not a field of `A`"],
    );
}

#[test]
fn nested_keys_are_looked_for_in_the_selection() {
    let types = "type A { id: ID c: C b: Int <<$.b|/b/{$this.c.code}>> } type C { code: ID }";
    check(&graph("a: A <<id c { code }>>", types), &[]);
}

#[test]
fn entity_keys_need_a_loader() {
    check(
        &graph("a: A <<id>>", "type A @key(fields: \"id\") { id: ID }"),
        &["MISSING_ENTITY_CONNECTOR: no connector loads `A` by its key `id`"],
    );
    check(&graph("a: A <<id>>", "type A @key(fields: \"id\") <<id|/a/{$this.id}>> { id: ID }"), &[]);
    check(&graph("a: A <<id>>", "type A @key(fields: \"id\", resolvable: false) { id: ID }"), &[]);
}
