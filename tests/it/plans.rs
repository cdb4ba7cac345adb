//! Plans of operations in their readable form: which connectors, with which keys, in which order.

mod explained;
mod fewest;

use std::{fs, path::Path};

use anabranch::{
    config::{self, ProcessEnvironment},
    diagnostic::{self, Color},
    graphql::DocumentLimits,
    model::{self, Model},
    planner,
};
use expect_test::{Expect, expect};

const HEAD: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@source", "@connect"])
  @source(name: "api", http: { baseURL: "http://api.test" })
"#;

fn compile(graph: &str, view: Option<&str>) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let mut config = "[graph]\nschema = \"graph.graphql\"\n".to_owned();
    let head = if graph.contains("@link") { "" } else { HEAD };
    fs::write(folder.path().join("graph.graphql"), format!("{head}{graph}")).unwrap();
    if let Some(view) = view {
        fs::write(folder.path().join("web.graphql"), view).unwrap();
        config.push_str("[clients.default]\nschema = \"web.graphql\"\n");
    }
    fs::write(folder.path().join("upstreams.toml"), config).unwrap();
    model_at(folder.path())
}

fn model_at(folder: &Path) -> Model {
    let loaded = config::load(&folder.join("upstreams.toml"), &ProcessEnvironment);
    let mut problems = loaded.diagnostics;
    let compiled = loaded.config.map(|config| model::compile(&config, &ProcessEnvironment));
    let model = compiled.and_then(|compiled| {
        problems.extend(compiled.diagnostics);
        compiled.model
    });
    model.unwrap_or_else(|| panic!("{}", diagnostic::render(&problems, Color::Never)))
}

fn plan(model: &Model, client: &str, operation: &str) -> String {
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
    planner::plan(model, view, &document.operation).unwrap_or_else(|errors| panic!("{errors:?}")).to_string()
}

fn check(graph: &str, operation: &str, expected: &Expect) {
    expected.assert_eq(&plan(&compile(graph, None), "default", operation));
}

const SHOP: &str = r#"
type Query {
  products(limit: Int = 10): [Product] @connect(source: "api", http: { GET: "/products?limit={$args.limit}" }, selection: "id name seller: { id: sellerId }")
  product(id: ID!): Product @connect(source: "api", http: { GET: "/products/{$args.id}" }, entity: true, selection: "id name seller: { id: sellerId }")
}
type Product
  @connect(source: "api", http: { GET: "/prices?ids={$batch.id->joinNotNull(',')}" }, batch: { maxSize: 50 }, selection: "id price { cents currency }") {
  id: ID!
  name: String
  price: Price
  seller: Seller
  reviews(first: Int = 5): [Review] @connect(source: "api", http: { GET: "/reviews?product={$this.id}&n={$args.first}" }, selection: "stars author: { id: by }")
}
type Price { cents: Int currency: String }
type Seller @connect(source: "api", http: { GET: "/sellers/{$this.id}" }, selection: "id name address { city }") { id: ID! name: String address: Address }
type Address { city: String }
type Review { stars: Int author: User }
type User @connect(source: "api", http: { GET: "/users", queryParams: "id: $batch.id" }, selection: "id name") { id: ID! name: String }
"#;

#[test]
fn a_connection_is_a_step_that_reads_what_its_pages_are_counted_by() {
    let graph = SHOP.replace(
        "type Product\n",
        r#"extend type Query {
  list: [Product!]
    @connect(source: "api", http: { GET: "/list", queryParams: "from: $page.offset n: $page.size" }, selection: "$.rows { id name }")
    @connection(style: OFFSET, max: 40, total: "$.total")
}
type Product
"#,
    );
    check(
        &graph,
        "{ list(first: 3) { edges { node { name price { cents } } } } }",
        &expect![[r#"
        plan: 2 steps in 2 waves

        step 1 (wave 1): Query.list
          calls   api GET /list ? from: $page.offset n: $page.size
          once    for the root
          pages   of at most 40 rows, as `OFFSET` says
          args    first: 3
          reads   edges { cursor, node { name, id } }, pageInfo { hasNextPage, hasPreviousPage, startCursor, endCursor }, totalCount

        step 2 (wave 2): Product
          calls   api GET /prices?ids={$batch.id->joinNotNull(',')}
          batch   of up to 50 distinct `id` of list.edges[].node
          reads   price { cents }, id
          after   step 1
    "#]],
    );
}

#[test]
fn what_the_provider_gives_needs_no_step() {
    check(
        SHOP,
        "{ products { id name seller { id } } }",
        &expect![[r#"
            plan: 1 step in 1 wave

            step 1 (wave 1): Query.products
              calls   api GET /products?limit={$args.limit}
              once    for the root
              args    limit: 10
              reads   id, name, seller { id }
        "#]],
    );
}

#[test]
fn children_are_loaded_by_key_once_for_all_rows() {
    check(
        SHOP,
        "{ products { name price { cents } seller { address { city } } reviews(first: 2) { stars author { name } } } }",
        &expect![[r#"
            plan: 5 steps in 3 waves

            step 1 (wave 1): Query.products
              calls   api GET /products?limit={$args.limit}
              once    for the root
              args    limit: 10
              reads   name, seller { id }, id

            step 2 (wave 2): Product.reviews
              calls   api GET /reviews?product={$this.id}&n={$args.first}
              once    for each distinct `id` of products[]
              args    first: 2
              reads   stars, author { id }
              after   step 1

            step 3 (wave 2): Product
              calls   api GET /prices?ids={$batch.id->joinNotNull(',')}
              batch   of up to 50 distinct `id` of products[]
              reads   price { cents }, id
              after   step 1

            step 4 (wave 2): Seller
              calls   api GET /sellers/{$this.id}
              once    for each distinct `id` of products[].seller
              reads   address { city }
              after   step 1

            step 5 (wave 3): User
              calls   api GET /users ? id: $batch.id
              batch   of all distinct `id` of products[].reviews[].author
              reads   name, id
              after   step 2
        "#]],
    );
}

#[test]
fn equal_fields_are_one_demand_and_different_arguments_are_two() {
    check(
        SHOP,
        "{ a: product(id: 1) { name } b: product(id: \"1\") { id reviews { stars } more: reviews(first: 9) { stars } } }",
        &expect![[r#"
            plan: 3 steps in 2 waves

            step 1 (wave 1): Query.product
              calls   api GET /products/{$args.id}
              once    for the root
              args    id: "1"
              reads   name, id

            step 2 (wave 2): Product.reviews
              calls   api GET /reviews?product={$this.id}&n={$args.first}
              once    for each distinct `id` of product
              args    first: 5
              reads   stars
              after   step 1

            step 3 (wave 2): Product.reviews
              calls   api GET /reviews?product={$this.id}&n={$args.first}
              once    for each distinct `id` of product
              args    first: 9
              reads   stars
              after   step 1
        "#]],
    );
}

#[test]
fn steps_run_under_the_conditions_of_what_they_serve() {
    check(
        SHOP,
        "query ($x: Boolean!, $y: Boolean!) { products { price @include(if: $x) { cents } ...F @skip(if: $y) } }
         fragment F on Product { price { currency } seller { name @include(if: $x) } }",
        &expect![[r#"
            plan: 3 steps in 2 waves

            step 1 (wave 1): Query.products
              calls   api GET /products?limit={$args.limit}
              once    for the root
              args    limit: 10
              reads   seller { id }, id

            step 2 (wave 2): Product
              calls   api GET /prices?ids={$batch.id->joinNotNull(',')}
              batch   of up to 50 distinct `id` of products[]
              reads   price { cents, currency }, id
              after   step 1
              if      $x or not $y

            step 3 (wave 2): Seller
              calls   api GET /sellers/{$this.id}
              once    for each distinct `id` of products[].seller
              reads   name
              after   step 1
              if      $x and not $y
        "#]],
    );
}

#[test]
fn steps_that_only_deferred_fragments_need_are_deferred() {
    check(
        SHOP,
        "query ($x: Boolean!) { products { ... @defer(label: \"price\") { price { cents } ... @defer { seller { name } } }
         ... @include(if: $x) { seller { id } price { currency } } ... @defer(label: \"near\") { id } } }",
        &expect![[r#"
            plan: 3 steps in 2 waves

            step 1 (wave 1): Query.products
              calls   api GET /products?limit={$args.limit}
              once    for the root
              args    limit: 10
              reads   seller { id }, id

            step 2 (wave 2): Product
              calls   api GET /prices?ids={$batch.id->joinNotNull(',')}
              batch   of up to 50 distinct `id` of products[]
              reads   price { cents, currency }, id
              after   step 1
              if      deferred `price` or $x

            step 3 (wave 2): Seller
              calls   api GET /sellers/{$this.id}
              once    for each distinct `id` of products[].seller
              reads   name
              after   step 1
              if      deferred `price` and deferred 2
        "#]],
    );
}

#[test]
fn a_key_that_another_connector_gives_is_an_edge() {
    let graph = r#"
type Query { order(id: ID!): Order @connect(source: "api", http: { GET: "/orders/{$args.id}" }, selection: "id buyer: { id: buyerId }") }
type Order { id: ID! buyer: Customer }
type Customer
  @connect(source: "api", http: { GET: "/loyalty/{$this.card}" }, selection: "card points")
  @connect(source: "api", http: { GET: "/people/{$this.id}" }, selection: "id name card") {
  id: ID!
  name: String
  card: ID
  points: Int
}
"#;
    check(
        graph,
        "{ order(id: 1) { buyer { points } } }",
        &expect![[r#"
            plan: 3 steps in 3 waves

            step 1 (wave 1): Query.order
              calls   api GET /orders/{$args.id}
              once    for the root
              args    id: "1"
              reads   buyer { id }

            step 2 (wave 2): Customer[1]
              calls   api GET /people/{$this.id}
              once    for each distinct `id` of order.buyer
              reads   card
              after   step 1

            step 3 (wave 3): Customer[0]
              calls   api GET /loyalty/{$this.card}
              once    for each distinct `card` of order.buyer
              reads   points
              after   step 1, 2
        "#]],
    );
    check(
        graph,
        "{ order(id: 1) { buyer { name points card } } }",
        &expect![[r#"
            plan: 3 steps in 3 waves

            step 1 (wave 1): Query.order
              calls   api GET /orders/{$args.id}
              once    for the root
              args    id: "1"
              reads   buyer { id }

            step 2 (wave 2): Customer[1]
              calls   api GET /people/{$this.id}
              once    for each distinct `id` of order.buyer
              reads   name, card
              after   step 1

            step 3 (wave 3): Customer[0]
              calls   api GET /loyalty/{$this.card}
              once    for each distinct `card` of order.buyer
              reads   points
              after   step 1, 2
        "#]],
    );
}

#[test]
fn concrete_types_get_their_own_steps() {
    let graph = r#"
type Query { feed: [Entry] @connect(source: "api", http: { GET: "/feed" }, selection: "__typename: kind->match(['b', 'Book'], ['f', 'Film']) id title") }
interface Entry { id: ID! title: String owner: User }
type Book implements Entry @connect(source: "api", http: { GET: "/books/{$this.id}" }, selection: "id pages owner: { id: ownerId }") { id: ID! title: String pages: Int owner: User }
type Film implements Entry @connect(source: "api", http: { GET: "/films/{$this.id}" }, selection: "id minutes owner: { id: owner_id }") { id: ID! title: String minutes: Int owner: User }
type User @connect(source: "api", http: { GET: "/users", queryParams: "id: $batch.id" }, selection: "id name") { id: ID! name: String }
"#;
    check(
        graph,
        "{ feed { title owner { name } ... on Film { minutes } } }",
        &expect![[r#"
        plan: 5 steps in 3 waves

        step 1 (wave 1): Query.feed
          calls   api GET /feed
          once    for the root
          reads   __typename, title, id

        step 2 (wave 2): Book
          calls   api GET /books/{$this.id}
          once    for each distinct `id` of feed[]
          only    Book
          reads   owner { id }
          after   step 1

        step 3 (wave 2): Film
          calls   api GET /films/{$this.id}
          once    for each distinct `id` of feed[]
          only    Film
          reads   owner { id }, minutes
          after   step 1

        step 4 (wave 3): User
          calls   api GET /users ? id: $batch.id
          batch   of all distinct `id` of feed[].owner
          reads   name, id
          after   step 2

        step 5 (wave 3): User
          calls   api GET /users ? id: $batch.id
          batch   of all distinct `id` of feed[].owner
          reads   name, id
          after   step 3
    "#]],
    );
}

#[test]
fn a_view_shares_the_path_of_flattened_fields() {
    let view = r#"
type Query { cards(first: Int = 3 @max(value: 20) @from(arg: "limit")): [Card] @from(path: "products") }
type Card @from(type: "Product") {
  title: String @from(path: "name")
  city: String @from(path: "seller.address.city")
  shop: String @from(path: "seller.name")
  stars: [Int] @from(path: "reviews.stars") @preset(arg: "reviews.first", value: 1)
}
"#;
    let model = compile(SHOP, Some(view));
    expect![[r#"
        plan: 3 steps in 2 waves

        step 1 (wave 1): Query.products
          calls   api GET /products?limit={$args.limit}
          once    for the root
          args    limit: 3
          reads   name, seller { id }, id

        step 2 (wave 2): Product.reviews
          calls   api GET /reviews?product={$this.id}&n={$args.first}
          once    for each distinct `id` of products[]
          args    first: 1
          reads   stars
          after   step 1

        step 3 (wave 2): Seller
          calls   api GET /sellers/{$this.id}
          once    for each distinct `id` of products[].seller
          reads   address { city }, name
          after   step 1
    "#]]
    .assert_eq(&plan(&model, "default", "{ cards { title city shop stars } }"));
}

#[test]
fn mutations_keep_their_fields_apart() {
    let graph = r#"
type Query { item(id: ID!): Item @connect(source: "api", http: { GET: "/items/{$args.id}" }, entity: true, selection: "id name") }
type Mutation { touch(id: ID!): Item @connect(source: "api", http: { POST: "/items/{$args.id}" }, selection: "id") }
type Item { id: ID! name: String }
"#;
    check(
        graph,
        "mutation { a: touch(id: 1) { name } b: touch(id: 1) { id } }",
        &expect![[r#"
            plan: 3 steps in 2 waves

            step 1 (wave 1): Mutation.touch
              calls   api POST /items/{$args.id}
              once    for the root
              args    id: "1"
              reads   id

            step 2 (wave 1): Mutation.touch
              calls   api POST /items/{$args.id}
              once    for the root
              args    id: "1"
              reads   id

            step 3 (wave 2): Query.item
              calls   api GET /items/{$args.id}
              once    for each distinct `id` of touch
              reads   name
              after   step 1
        "#]],
    );
}

#[test]
fn a_subscription_tells_how_often_it_is_polled() {
    let graph = r#"
type Query { item(id: ID!): Item @connect(source: "api", http: { GET: "/items/{$args.id}" }, entity: true, selection: "id name") }
type Subscription { stock(id: ID!): Stock @connect(source: "api", http: { GET: "/stock/{$args.id}" }, selection: "count item: { id }") @poll(every: "1500ms") }
type Item { id: ID! name: String }
type Stock { count: Int item: Item }
"#;
    check(
        graph,
        "subscription { stock(id: 1) { count item { name } } }",
        &expect![[r#"
        plan: 2 steps in 2 waves

        step 1 (wave 1): Subscription.stock
          calls   api GET /stock/{$args.id}
          polled  every 1.5s, once for all who subscribe to the same
          args    id: "1"
          reads   count, item { id }

        step 2 (wave 2): Query.item
          calls   api GET /items/{$args.id}
          once    for each distinct `id` of stock.item
          reads   name
          after   step 1
    "#]],
    );
}

#[test]
fn the_demo_home_pages_are_three_waves() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = model_at(root);
    for (client, file) in [("web", "web-home.graphql"), ("mobile", "mobile-home.graphql")] {
        let operation = fs::read_to_string(root.join("examples/shop").join(file)).unwrap();
        let text = plan(&model, client, &operation);
        assert!(text.contains("in 3 waves"), "{client}: {text}");
    }
}

#[test]
fn only_where_a_variable_stands_a_default_may_stand_in() {
    let operation = "query ($n: Int) { a: products(limit: 3) { name } b: products(limit: $n) { name } c: products(limit: null) { name } }";
    let text = plan(&compile(SHOP, None), "default", operation);
    let arguments: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("args    ")).collect();
    assert_eq!(arguments, ["limit: 3", "limit: $n (or 10)", "limit: null"]);
}

#[test]
fn a_list_that_a_path_goes_on_behind_is_not_streamed() {
    let graph = "type Query { page: Page @connect(source: \"api\", http: { GET: \"/page\" }, selection: \"items { id } edges { node { id } }\") } \
                 type Page { items: [Item!] edges: [Edge!] } type Edge { node: Item } \
                 type Item @connect(source: \"api\", http: { GET: \"/items/{$this.id}\" }, selection: \"id name\") { id: ID! name: String }";
    let view = "type Query { last: [Item] @from(path: \"page.items\") way: [Item] @from(path: \"page.edges.node\") } type Item { name: String }";
    let model = compile(graph, Some(view));
    let is_streamed =
        |field: &str| plan(&model, "default", &format!("{{ {field} @stream {{ name }} }}")).contains("streamed");
    assert_eq!((is_streamed("last"), is_streamed("way")), (true, false));
}
