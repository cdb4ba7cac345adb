//! Every way in which a connector joins its parent: fields, single loads, entity root fields, bodies, composite keys.

use crate::testkit::{Call, Gateway, GatewayBuilder, Reply, Service};

const SHOP: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query {
  products: [Product]
    @connect(source: "api", http: { GET: "/products" }, selection: "id seller { id } stock { sku: id region }")
  things: [Thing]
    @connect(source: "api", http: { GET: "/things" }, selection: "__typename: kind id")
  seller(id: ID!, detail: String = "full"): Seller
    @connect(
      source: "api"
      http: { GET: "/sellers/{$args.id}?detail={$args.detail}" }
      entity: true
      selection: "id name"
    )
}
interface Thing { id: ID! }
type Gadget implements Thing
  @connect(source: "api", http: { GET: "/gadgets?ids={$batch.id->joinNotNull(',')}" }, selection: "id weight") {
  id: ID!
  weight: Int
}
type Gizmo implements Thing
  @connect(source: "api", http: { GET: "/gizmos/{$this.id}" }, selection: "id height") {
  id: ID!
  height: Int
}
type Product {
  id: ID!
  seller: Seller
  stock: Stock
  reviews(first: Int = 2): [Review]
    @connect(source: "api", http: { GET: "/reviews?product={$this.id}&first={$args.first}" }, selection: "text stars")
  score: Float
    @connect(source: "api", http: { GET: "/scores/{$this.id}" }, selection: "$.score")
}
type Seller { id: ID! name: String }
type Stock
  @connect(
    source: "api"
    http: { POST: "/stock", body: "keys: $batch { id: sku region }" }
    selection: "sku: id region amount"
  ) {
  sku: ID!
  region: String!
  amount: Int
}
type Review { text: String stars: Int }
"#;

fn answer(call: &Call) -> Reply {
    let target = call.target.as_str();
    let last = target.rsplit(['/', '=']).next().unwrap_or_default();
    Reply::json(match target.split(['?', '/']).nth(1).unwrap_or_default() {
        "products" => concat!(
            r#"[{"id":1,"seller":{"id":"s1"},"stock":{"id":"a","region":"eu"}},"#,
            r#"{"id":2,"seller":{"id":"s1"},"stock":{"id":"a","region":"us"}},"#,
            r#"{"id":3,"seller":null,"stock":{"id":"a","region":null}},"#,
            r#"{"id":1,"seller":{"id":"s2"},"stock":{"id":"a","region":"eu"}}]"#
        )
        .to_owned(),
        "things" => r#"[{"kind":"Gadget","id":1},{"kind":"Gizmo","id":2},{"kind":"Gadget","id":3}]"#.to_owned(),
        "gadgets" => r#"[{"id":3,"weight":30},{"id":1,"weight":10}]"#.to_owned(),
        "gizmos" => format!(r#"{{"id":{last},"height":{last}0}}"#),
        "sellers" => {
            let id = target.trim_start_matches("/sellers/").split('?').next().unwrap_or_default();
            format!(r#"{{"id":"{id}","name":"Seller {id}"}}"#)
        }
        "reviews" => r#"[{"text":"good","stars":5},{"text":"bad","stars":1}]"#.to_owned(),
        "scores" => format!(r#"{{"score":{last}.50}}"#),
        "stock" => r#"[{"id":"a","region":"us","amount":2},{"id":"a","region":"eu","amount":1}]"#.to_owned(),
        other => panic!("unexpected call of `{other}`"),
    })
}

async fn shop() -> (Service, Gateway) {
    let api = Service::start(answer).await;
    let gateway = GatewayBuilder::new(SHOP).upstream("api", &api.base_url, "").build();
    (api, gateway)
}

#[tokio::test]
async fn a_field_connector_is_called_once_for_each_distinct_parent_and_arguments() {
    let (api, gateway) = shop().await;
    let answer = gateway.ask("{ products { id reviews { stars } few: reviews(first: 1) { text } score } }").await;
    let product = |id: &str| {
        format!(
            concat!(
                r#"{{"id":"{id}","reviews":[{{"stars":5}},{{"stars":1}}],"#,
                r#""few":[{{"text":"good"}},{{"text":"bad"}}],"score":{id}.50}}"#
            ),
            id = id
        )
    };
    let expected =
        format!(r#"{{"data":{{"products":[{},{},{},{}]}}}}"#, product("1"), product("2"), product("3"), product("1"));
    assert_eq!(answer, expected);
    let mut expected: Vec<String> = vec!["GET /products".to_owned()];
    for id in 1..=3 {
        expected.push(format!("GET /reviews?product={id}&first=1"));
        expected.push(format!("GET /reviews?product={id}&first=2"));
        expected.push(format!("GET /scores/{id}"));
    }
    expected.sort();
    assert_eq!(api.sorted_calls(), expected);
}

#[tokio::test]
async fn an_entity_root_field_loads_its_objects_wherever_they_stand() {
    let (api, gateway) = shop().await;
    let answer = gateway.ask("{ products { seller { id name } } }").await;
    let expected = concat!(
        r#"{"data":{"products":[{"seller":{"id":"s1","name":"Seller s1"}},{"seller":{"id":"s1","name":"Seller s1"}},"#,
        r#"{"seller":null},{"seller":{"id":"s2","name":"Seller s2"}}]}}"#
    );
    assert_eq!(answer, expected);
    assert_eq!(
        api.sorted_calls(),
        ["GET /products", "GET /sellers/s1?detail=full", "GET /sellers/s2?detail=full"],
        "other arguments take their defaults"
    );
}

#[tokio::test]
async fn composite_keys_go_in_a_body_and_come_back_in_any_order() {
    let (api, gateway) = shop().await;
    let answer = gateway.ask("{ products { stock { sku amount } } }").await;
    let expected = concat!(
        r#"{"data":{"products":[{"stock":{"sku":"a","amount":1}},{"stock":{"sku":"a","amount":2}},"#,
        r#"{"stock":{"sku":"a","amount":null}},{"stock":{"sku":"a","amount":1}}]}}"#
    );
    assert_eq!(answer, expected);
    assert_eq!(api.calls(), ["GET /products", "POST /stock"]);
    assert_eq!(
        api.recorded()[1].body,
        r#"{"keys":[{"id":"a","region":"eu"},{"id":"a","region":"us"}]}"#,
        "the key that is null in part is not asked for"
    );
}

#[tokio::test]
async fn rows_of_an_abstract_type_are_loaded_by_their_own_connectors() {
    let (api, gateway) = shop().await;
    let answer = gateway.ask("{ things { id ... on Gadget { weight } ... on Gizmo { height } } }").await;
    assert_eq!(answer, r#"{"data":{"things":[{"id":"1","weight":10},{"id":"2","height":20},{"id":"3","weight":30}]}}"#);
    assert_eq!(api.sorted_calls(), ["GET /gadgets?ids=1,3", "GET /gizmos/2", "GET /things"]);
}

const PINNED: &str = r#"
type Query { mine: Seller @from(path: "seller") @preset(arg: "id", from: "header.x-seller") products: [Product] }
type Product { id: ID! }
type Seller { id: ID! name: String }
"#;

#[tokio::test]
async fn a_preset_without_its_header_makes_no_call() {
    let api = Service::start(answer).await;
    let gateway = GatewayBuilder::new(SHOP)
        .upstream("api", &api.base_url, "")
        .toml("[server]\ntrusted_headers = [\"x-seller\"]")
        .client("web", PINNED)
        .build();
    let query = "{ mine { id } products { id } }";
    let missing = gateway.ask(query).await;
    assert!(missing.starts_with(r#"{"data":{"mine":null,"products":[{"id":"1"}"#), "{missing}");
    assert_eq!(gateway.errors(query).await, ["BAD_USER_INPUT mine"]);
    assert!(!missing.contains("seller"), "the pinned argument is nobody's business: {missing}");
    let twice = gateway.header("x-seller", "s1").header("x-seller", "s2");
    assert_eq!(twice.errors(query).await, ["BAD_USER_INPUT mine"]);
    assert!(api.calls().iter().all(|call| call == "GET /products"));
    let given = gateway.header("x-seller", "s7").ask("{ mine { name } }").await;
    assert_eq!(given, r#"{"data":{"mine":{"name":"Seller s7"}}}"#);
}

#[tokio::test]
async fn a_mapping_problem_is_an_error_where_the_upstream_says_so() {
    for (on_problem, errors) in [("warn", vec![]), ("error", vec!["CONNECTOR_RESPONSE_INVALID products".to_owned()])] {
        let api = Service::start(|_| Reply::json(r#"[{"id":1}]"#)).await;
        let settings = format!("on_problem = \"{on_problem}\"");
        let gateway = GatewayBuilder::new(SHOP).upstream("api", &api.base_url, &settings).build();
        assert_eq!(gateway.errors("{ products { id seller { id } } }").await, errors, "{on_problem}");
        assert!(
            gateway
                .engine
                .metrics()
                .encode()
                .contains("anabranch_mapping_problems_total{upstream=\"api\",connector=\"Query.products\"} 1")
        );
    }
}

const OWNED: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query {
  things: [Thing] @connect(source: "api", http: { GET: "/things" }, selection: "__typename: kind id")
}
interface Thing { id: ID! owner: Owner }
type Gadget implements Thing
  @connect(source: "api", http: { GET: "/gadgets?ids={$batch.id->joinNotNull(',')}" }, selection: "id owner { name }") {
  id: ID!
  owner: Owner
}
type Gizmo implements Thing
  @connect(source: "api", http: { GET: "/gizmos/{$this.id}" }, selection: "id owner { name }") {
  id: ID!
  owner: Owner
}
type Owner { name: String }
"#;

#[tokio::test]
async fn one_field_of_an_interface_may_come_from_a_connector_for_each_type() {
    let api = Service::start(|call| {
        Reply::json(match call.target.as_str() {
            "/things" => r#"[{"kind":"Gadget","id":1},{"kind":"Gizmo","id":2},{"kind":"Gadget","id":3}]"#,
            "/gizmos/2" => r#"{"id":2,"owner":{"name":"of gizmo 2"}}"#,
            _ => r#"[{"id":3,"owner":{"name":"of gadget 3"}},{"id":1,"owner":{"name":"of gadget 1"}}]"#,
        })
    })
    .await;
    let gateway = GatewayBuilder::new(OWNED).upstream("api", &api.base_url, "").build();
    let expected = concat!(
        r#"{"data":{"things":[{"owner":{"name":"of gadget 1"}},{"owner":{"name":"of gizmo 2"}},"#,
        r#"{"owner":{"name":"of gadget 3"}}]}}"#
    );
    assert_eq!(gateway.ask("{ things { owner { name } } }").await, expected);
}

#[tokio::test]
async fn objects_in_rows_of_one_kind_are_loaded_for_that_kind_alone() {
    let graph = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query { things: [Thing] @connect(source: "api", http: { GET: "/things" }, selection: "__typename: kind maker { id }") }
interface Thing { maker: Maker }
type Gadget implements Thing { maker: Maker }
type Gizmo implements Thing { maker: Maker }
type Maker
  @connect(source: "api", http: { GET: "/makers?ids={$batch.id->joinNotNull(',')}" }, selection: "id name home: { id: homeId }") {
  id: ID!
  name: String
  home: Home
}
type Home @connect(source: "api", http: { GET: "/homes?ids={$batch.id->joinNotNull(',')}" }, selection: "id city") { id: ID! city: String }
"#;
    let api = Service::start(|call| {
        Reply::json(match call.target.as_str() {
            "/things" => {
                r#"[{"kind":"Gizmo","maker":{"id":1}},{"kind":"Gadget","maker":{"id":2}},{"kind":"Gizmo","maker":{"id":3}}]"#.to_owned()
            }
            target => {
                let row = |id: &str| format!(r#"{{"id":{id},"name":"M{id}","homeId":{id}0,"city":"C{id}"}}"#);
                let ids = target.rsplit('=').next().unwrap().split(',').map(row);
                format!("[{}]", ids.collect::<Vec<_>>().join(","))
            }
        })
    })
    .await;
    let gateway = GatewayBuilder::new(graph).upstream("api", &api.base_url, "").build();
    let query = "{ things { ... on Gadget { maker { name home { city } } } ... on Gizmo { __typename } } }";
    assert_eq!(
        gateway.ask(query).await,
        r#"{"data":{"things":[{"__typename":"Gizmo"},{"maker":{"name":"M2","home":{"city":"C20"}}},{"__typename":"Gizmo"}]}}"#
    );
    assert_eq!(api.calls(), ["GET /things", "GET /makers?ids=2", "GET /homes?ids=20"]);
    api.forget();
    let whole = gateway.ask("{ things { maker { id ... on Maker { name } } } }").await;
    assert!(whole.contains(r#"{"maker":{"id":"3","name":"M3"}}"#), "{whole}");
    assert_eq!(api.calls(), ["GET /things", "GET /makers?ids=1,2,3"]);
}
