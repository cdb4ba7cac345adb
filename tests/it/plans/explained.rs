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
  @connect(source: "api", http: { GET: "/prices?ids={$batch.id->joinNotNull(',')}" }, batch: { maxSize: 20 }, selection: "id price")
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
    check(
        &model,
        "default",
        "{ all: products { name cost: price stock } }",
        &expect![[r#"
          all        products[]        step 1: Query.products  the only connector that gives `Query.products`
          all.name   products[].name   step 1: Query.products  selected with its object
          all.cost   products[].price  step 2: Product[0]      gives the field; `Query.product` calls once for each object
          all.stock  products[].stock  step 3: Product[1]      gives the field; the 2 others give none

        asked for nothing
          step 1 reads `id` only as key of step 2
          step 1 reads `sku` only as key of step 3
          step 2 reads `id` only to tell which row belongs to which key
    "#]],
    );
    check(
        &model,
        "default",
        "{ top { name price } newest { name } }",
        &expect![[r#"
          top          top          step 1: Query.top[1]   gives 2 of 2 fields; `Query.top[0]` gives 1
          top.name     top.name     step 1: Query.top[1]   selected with its object
          top.price    top.price    step 1: Query.top[1]   selected with its object
          newest       newest       step 2: Query.newest   the only connector that gives `Query.newest`
          newest.name  newest.name  step 3: Query.product  gives the field; the 2 others give none

        asked for nothing
          step 2 reads `id` only as key of step 3
    "#]],
    );
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
        &expect![[r#"
              newest                     newest                step 1: Query.newest     the only connector that gives `Query.newest`
              newest.__typename          -                     -                        the view's name of the type: no connector is asked
              newest.similar             newest.similar[]      step 3: Product.similar  the only connector that gives `Product.similar`
              newest.similar.__typename  -                     -                        the view's name of the type: no connector is asked
              products                   products[]            step 2: Query.products   the only connector that gives `Query.products`
              products.shelf             products[].shelf      step 4: Product[1]       gives the field; the 2 others give none (if $more)
              products.shelf.row         products[].shelf.row  step 4: Product[1]       selected with its object (if $more)
              __typename                 -                     -                        the view's name of the type: no connector is asked

            asked for nothing
              step 1 reads `id` only as key of step 3
              step 2 reads `sku` only as key of step 4
              of `Product.similar` nothing but `__typename` is asked: it is fetched only to tell whether it is there
              `newest.stock` is never asked: `@skip(if: true)` or `@include(if: false)`
              `products....` is never asked: `@skip(if: true)` or `@include(if: false)`
        "#]],
    );
}

#[test]
fn paths_of_views_tell_every_step_on_the_way() {
    let view = "type Query { names: [String] @from(path: \"products.similar.name\") rows: [Int] @from(path: \"products.shelf.row\") }";
    let view = view.replace("names: [String]", "names: [[String]]");
    let model = compile(SHOP, Some(&view));
    check(
        &model,
        "default",
        "{ names rows }",
        &expect![[r#"
          names  products[].similar[].name  step 4: Query.product  gives the field; the 2 others give none; by way of step 1, 2
          rows   products[].shelf.row       step 3: Product[1]     gives the field; the 2 others give none; by way of step 1

        asked for nothing
          step 1 reads `id` only as key of step 2
          step 1 reads `sku` only as key of step 3
          step 2 reads `id` only as key of step 4
    "#]],
    );
}

#[test]
fn the_demo_is_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let operation = std::fs::read_to_string(root.join("examples/shop/mobile-home.graphql")).unwrap();
    check(
        &model_at(root),
        "mobile",
        &operation,
        &expect![[r#"
          me                       customer                                           step 1: Query.customer   the only connector that gives `Query.customer`
          me.firstName             customer.firstName                                 step 1: Query.customer   selected with its object
          me.tier                  customer.tier                                      step 1: Query.customer   selected with its object
          me.points                customer.points                                    step 1: Query.customer   selected with its object
          me.purchases             customer.orders[]                                  step 3: Customer.orders  the only connector that gives `Customer.orders`
          me.purchases.id          customer.orders[].id                               step 3: Customer.orders  selected with its object
          me.purchases.status      customer.orders[].status                           step 3: Customer.orders  selected with its object
          me.purchases.total       customer.orders[].total                            step 3: Customer.orders  selected with its object
          me.purchases.titles      customer.orders[].lines[].product.name             step 7: Product[0]       gives 2 of 2 fields; `Query.product` calls once for each object; by way of step 3
          me.purchases.thumbnails  customer.orders[].lines[].product.image.thumbnail  step 7: Product[0]       gives 2 of 2 fields; `Query.product` calls once for each object; by way of step 3
          feed                     products.items[]                                   step 2: Query.products   the only connector that gives `Query.products`
          feed.id                  products.items[].id                                step 2: Query.products   selected with its object
          feed.title               products.items[].name                              step 2: Query.products   selected with its object
          feed.price               products.items[].price.formatted                   step 4: Product[1]       gives 2 of 2 fields; the 3 others give none
          feed.thumbnail           products.items[].image.thumbnail                   step 2: Query.products   selected with its object
          feed.availability        products.items[].availability                      step 4: Product[1]       gives 2 of 2 fields; the 3 others give none
          feed.rating              products.items[].rating.average                    step 5: Product[2]       gives the field; the 3 others give none
          feed.city                products.items[].seller.address.city               step 6: Seller           gives the field; `Query.seller` calls once for each object; by way of step 2

        asked for nothing
          step 1 reads `id` only as key of step 3
          step 2 reads `items.seller.id` only as key of step 6
          step 3 reads `lines.product.id` only as key of step 7
          step 4 reads `id` only to tell which row belongs to which key
          step 5 reads `id` only to tell which row belongs to which key
          step 6 reads `id` only to tell which row belongs to which key
          step 7 reads `id` only to tell which row belongs to which key
    "#]],
    );
}

#[test]
fn what_pages_are_counted_by_is_not_asked_for_nothing() {
    let graph = SHOP.replace(
        "  newest:",
        r#"  list: [Product!]
    @connect(source: "api", http: { GET: "/list", queryParams: "from: $page.offset n: $page.size" }, selection: "$.rows { id sku }")
    @connection(style: OFFSET, max: 40, total: "$.total")
  newest:"#,
    );
    check(
        &compile(&graph, None),
        "default",
        "{ list(first: 3) { edges { node { id stock } } } }",
        &expect![[r#"
          list                   list                     step 1: Query.list  the only connector that gives `Query.list`
          list.edges             list.edges[]             step 1: Query.list  selected with its object
          list.edges.node        list.edges[].node        step 1: Query.list  selected with its object
          list.edges.node.id     list.edges[].node.id     step 1: Query.list  selected with its object
          list.edges.node.stock  list.edges[].node.stock  step 2: Product[1]  gives the field; the 2 others give none

        asked for nothing
          step 1 reads `edges.node.sku` only as key of step 2
    "#]],
    );
}
