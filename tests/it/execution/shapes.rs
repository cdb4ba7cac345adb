//! Abstract types, nested lists, leaves of every kind, and fields that walk through several objects.

use crate::testkit::{Gateway, GatewayBuilder, Reply, Service};

const SHOP: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
scalar Json
enum Size { SMALL LARGE }
union Hit = Book | Film
type Query {
  values: Values
    @connect(source: "api", http: { GET: "/values" }, selection: "int float text flag id size any matrix tags sizes")
  hits: [Hit]
    @connect(
      source: "api"
      http: { GET: "/hits" }
      selection: """
      __typename: kind
      id
      pages
      minutes
      """
    )
  carts: [Cart] @connect(source: "api", http: { GET: "/carts" }, selection: "lines { product { name makers { name } } }")
}
type Values {
  int: Int float: Float text: String flag: Boolean id: ID size: Size any: Json
  matrix: [[Int!]] tags: [String!] sizes: [Size]
}
type Book { id: ID! pages: Int }
type Film { id: ID! minutes: Int }
type Cart { lines: [Line] }
type Line { product: Product }
type Product { name: String makers: [Maker!] }
type Maker { name: String! }
"#;

async fn shop(body: &'static str) -> (Service, Gateway) {
    let api = Service::start(move |_| Reply::json(body)).await;
    let gateway = GatewayBuilder::new(SHOP).upstream("api", &api.base_url, "").build();
    (api, gateway)
}

#[tokio::test]
async fn leaves_are_coerced_and_keep_their_spelling() {
    let (_api, gateway) = shop(concat!(
        r#"{"int":1e2,"float":1.50,"text":12.0,"flag":true,"id":7,"size":"LARGE","any":{"a": [1, 2.50], "b":null},"#,
        r#""matrix":[[1,2],null,[]],"tags":["a",1,true],"sizes":["SMALL",null]}"#
    ))
    .await;
    let answer = gateway.ask("{ values { int float text flag id size any matrix tags sizes } }").await;
    let expected = concat!(
        r#"{"data":{"values":{"int":100,"float":1.50,"text":"12.0","flag":true,"id":"7","size":"LARGE","#,
        r#""any":{"a": [1, 2.50], "b":null},"matrix":[[1,2],null,[]],"tags":["a","1","true"],"sizes":["SMALL",null]}}}"#
    );
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn wrong_leaves_are_null_with_an_error_each() {
    let (_api, gateway) = shop(concat!(
        r#"{"int":2147483648,"float":"1","text":{},"flag":1,"id":1.5,"size":"HUGE","any":null,"#,
        r#""matrix":[[1,null],[2]],"tags":"a","sizes":["SMALL","HUGE"]}"#
    ))
    .await;
    let query = "{ values { int float text flag id size any matrix tags sizes } }";
    let answer = gateway.ask(query).await;
    let expected = concat!(
        r#"{"data":{"values":{"int":null,"float":null,"text":null,"flag":null,"id":null,"size":null,"any":null,"#,
        r#""matrix":[null,[2]],"tags":null,"sizes":["SMALL",null]}},"errors":["#
    );
    assert!(answer.starts_with(expected), "{answer}");
    let errors = gateway.errors(query).await;
    let paths: Vec<&str> =
        errors.iter().map(|error| error.trim_start_matches("CONNECTOR_RESPONSE_INVALID values.")).collect();
    assert_eq!(paths, ["int", "float", "text", "flag", "id", "size", "matrix.0.1", "tags", "sizes.1"]);
}

#[tokio::test]
async fn abstract_types_follow_their_type_name() {
    let (_api, gateway) = shop(concat!(
        r#"[{"kind":"Book","id":1,"pages":100},{"kind":"Film","id":2,"minutes":90},null,"#,
        r#"{"kind":"Game","id":3},{"id":4}]"#
    ))
    .await;
    let query = "{ hits { __typename ... on Book { id pages } ... on Film { minutes key: id } } }";
    let answer = gateway.ask(query).await;
    let expected = concat!(
        r#"{"data":{"hits":[{"__typename":"Book","id":"1","pages":100},{"__typename":"Film","minutes":90,"key":"2"},"#,
        r#"null,null,null]},"errors":["#
    );
    assert!(answer.starts_with(expected), "{answer}");
    assert_eq!(gateway.errors(query).await, ["CONNECTOR_RESPONSE_INVALID hits.3", "CONNECTOR_RESPONSE_INVALID hits.4"]);
}

const FLAT: &str = r#"
type Query { carts: [Cart] }
type Cart {
  names: [String] @from(path: "lines.product.name")
  makers: [[String!]] @from(path: "lines.product.makers.name")
}
"#;

#[tokio::test]
async fn each_list_on_the_way_adds_a_level_and_nulls_keep_their_place() {
    let api = Service::start(|_| {
        Reply::json(concat!(
            r#"[{"lines":[{"product":{"name":"a","makers":[{"name":"x"},{"name":"y"}]}},{"product":null},null,"#,
            r#"{"product":{"name":"b","makers":null}}]},{"lines":null},"#,
            r#"{"lines":[{"product":{"name":"c","makers":[{"name":null}]}}]}]"#
        ))
    })
    .await;
    let gateway = GatewayBuilder::new(SHOP).upstream("api", &api.base_url, "").client("web", FLAT).build();
    let answer = gateway.ask("{ carts { names makers } }").await;
    let expected = concat!(
        r#"{"data":{"carts":[{"names":["a",null,null,"b"],"makers":[["x","y"],null,null,null]},"#,
        r#"{"names":null,"makers":null},{"names":["c"],"makers":[null]}]},"errors":["#
    );
    assert!(answer.starts_with(expected), "{answer}");
    assert_eq!(gateway.errors("{ carts { makers } }").await, ["CONNECTOR_RESPONSE_INVALID carts.2.makers.0.0"]);
}
