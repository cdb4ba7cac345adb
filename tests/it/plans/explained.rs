//! What `explain` says of plans: for each field the connector that gives it and why, and what is asked for nothing.

use std::path::Path;

use anabranch::{graphql::DocumentLimits, model::Model, planner};
use expect_test::{Expect, expect};

use super::{compile, model_at};

/// The table of fields and the remarks: the steps above them are shown by the plans.
fn check(model: &Model, client: &str, operation: &str, expected: &Expect) {
    let view = &model.clients[client];
    let limits = DocumentLimits {
        bytes: 1 << 20,
        tokens: 15_000,
        nesting: 64,
        depth: 15,
        aliases: 50,
        root_fields: 20,
        fields: 5_000,
    };
    let document = view.schema.prepare(operation, None, &limits).unwrap_or_else(|errors| panic!("{errors:?}"));
    let plan = planner::plan(model, view, &document.operation).unwrap_or_else(|errors| panic!("{errors:?}"));
    let text = planner::explain(model, &document.operation, &plan).to_string();
    let (printed, rest) = text.split_once("\nfields\n").unwrap();
    assert_eq!(printed, plan.to_string());
    expected.assert_eq(rest);
}

const SHOP: &str = r#"
type Query {
  products: [Product] @connect(source: "api", http: { GET: "/products" }, selection: "id sku name")
  product(id: ID!): Product
    @connect(source: "api", http: { GET: "/products/{$args.id}" }, selection: "id sku name price", entity: true)
  newest: Product @connect(source: "api", http: { GET: "/newest" }, selection: "id")
  top: Product @connect(source: "api", http: { GET: "/top" }, selection: "id name")
    @connect(source: "api", http: { GET: "/best" }, selection: "id name price")
}
type Product
  @connect(source: "api", http: { GET: "/prices?id={$batch.id}" }, batch: { maxSize: 20 }, selection: "id price")
  @connect(source: "api", http: { GET: "/stock/{$this.sku}" }, selection: "sku stock shelf { row }") {
  id: ID!
  sku: ID
  name: String
  price: Int
  stock: Int
  shelf: Shelf
  similar: [Product] @connect(source: "api", http: { GET: "/similar/{$this.id}" }, selection: "id")
}
type Shelf { row: Int }
"#;

#[test]
fn fields_tell_their_connector_and_why() {
    let model = compile(SHOP, None);
    check(&model, "default", "{ all: products { name cost: price stock } }", &expect![""]);
    check(&model, "default", "{ top { name price } newest { name } }", &expect![""]);
}

#[test]
fn what_is_asked_for_nothing_is_told() {
    let model = compile(SHOP, None);
    check(
        &model,
        "default",
        "query ($more: Boolean!) {
          newest { __typename similar { __typename } stock @skip(if: true) }
          products { ... @include(if: false) { name } shelf @include(if: $more) { row } }
          __typename
        }",
        &expect![""],
    );
}

#[test]
fn paths_of_views_tell_every_step_on_the_way() {
    let view = "type Query { names: [String] @from(path: \"products.similar.name\") rows: [Int] @from(path: \"products.shelf.row\") }";
    let view = view.replace("names: [String]", "names: [[String]]");
    let model = compile(SHOP, Some(&view));
    check(&model, "default", "{ names rows }", &expect![""]);
}

#[test]
fn the_demo_is_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let operation = std::fs::read_to_string(root.join("examples/shop/mobile-home.graphql")).unwrap();
    check(&model_at(root), "mobile", &operation, &expect![""]);
}
