//! Connectors as later stages see them, and what is refused.

use std::time::Duration;

use super::{TOML, codes, compile_files, compile_graph, connector, graph_model, model, problems};
use crate::model::{BaseUrl, CacheScope, HeaderSource, KeyField, Loads, Method, Place};

fn keys(fields: &[KeyField]) -> String {
    let one = |field: &KeyField| {
        if field.fields.is_empty() {
            field.name.to_string()
        } else {
            format!("{} {{ {} }}", field.name, keys(&field.fields))
        }
    };
    fields.iter().map(one).collect::<Vec<_>>().join(" ")
}

const SHOP: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(
    name: "reviews"
    http: {
      baseURL: "http://{$env.REGION}.example.com:8080/api/{$config.version}/?k=1"
      headers: [{ name: "x-a", value: "{$config.version}" }, { name: "x-b", from: "x-client" }]
      path: "$(['v', $env.REGION])"
    }
    isSuccess: "$status->lt(400)"
    errors: { message: "$.error", extensions: "a: $.a" }
  )

type Query {
  products(first: Int = 20, text: String): [Product]
    @cacheControl(maxAge: 60)
    @connect(
      source: "shop"
      http: { GET: "/products", queryParams: "n: $args.first q: $args.text r: $request.headers.'x-region'->first" }
      selection: "$.items { id name price: $.cents brand { code } }"
    )
  product(id: ID!, currency: String = "EUR"): Product
    @connect(
      source: "shop"
      http: { GET: "/products/{$args.id}?c={$args.currency}" }
      entity: true
      selection: "id name price"
    )
  motd: String @connect(http: { GET: "https://motd.example.com/today" }, selection: "$.text")
  rate: Float @connect(id: "rate_of_day", http: { GET: "https://motd.example.com/rate?a" }, selection: "$.rate")
}

type Mutation {
  rename(id: ID!, name: String!): Product
    @connect(
      source: "shop"
      http: {
        POST: "/products/{$args.id}"
        body: "name: $args.name"
        headers: { name: "content-type", value: "application/x-www-form-urlencoded" }
      }
      selection: "id name price brand { code }"
    )
}

type Product
  @cacheControl(maxAge: 300, scope: PRIVATE)
  @connect(source: "shop", http: { GET: "/bulk?ids={$batch.id->joinNotNull(',')}" }, batch: { maxSize: 50 }, selection: "id price brand { code }")
  @connect(source: "shop", http: { GET: "/names/{$this.id}/{$this.brand.code}" }, selection: "name") {
  id: ID!
  name: String
  price: Float @cacheControl(maxAge: 10)
  brand: Brand
  reviews(first: Int = 5): [Review!]
    @connect(
      source: "reviews"
      http: { GET: "/of/{$this.id}?n={$args.first}&b={$this.brand.code}", headers: [{ name: "x-a", value: "own" }] }
      errors: { extensions: "b: $.b" }
      selection: "stars region: $env.REGION"
    )
}

type Brand {
  code: String!
}

type Review {
  stars: Int
  region: String
}
"#;

fn shop() -> crate::model::Model {
    let toml = format!("{TOML}[upstreams.reviews]\nconfig = {{ version = 2 }}\n");
    model(compile_files(&toml, &[("schema/shop.graphql", SHOP)]))
}

#[test]
fn connectors_are_named_by_id_or_by_place() {
    let model = shop();
    let names: Vec<&str> = model.connectors.iter().map(|connector| &*connector.name).collect();
    let expected = [
        "Query.products",
        "Query.product",
        "Query.motd",
        "rate_of_day",
        "Mutation.rename",
        "Product[0]",
        "Product[1]",
        "Product.reviews",
    ];
    assert_eq!(names, expected);
    assert!(model.connectors.iter().enumerate().all(|(index, connector)| connector.id.0 as usize == index));
}

#[test]
fn loaders_are_type_connectors_then_entity_root_fields() {
    let model = shop();
    let names: Vec<&str> = model.loaders("Product").iter().map(|id| &*model.connector(*id).name).collect();
    assert_eq!(names, ["Product[0]", "Product[1]", "Query.product"]);
    assert_eq!(model.field_connectors("Product", "reviews").len(), 1);
    assert!(model.field_connectors("Product", "name").is_empty());
}

#[test]
fn keys_say_what_a_connector_needs() {
    let model = shop();
    let table = [
        ("Query.products", "", None),
        ("Query.product", "id", Some(Loads::Entity)),
        ("Product[0]", "id", Some(Loads::Batch { max_size: std::num::NonZeroU32::new(50) })),
        ("Product[1]", "id brand { code }", Some(Loads::Single)),
        ("Product.reviews", "id brand { code }", None),
    ];
    for (name, key, loads) in table {
        let connector = connector(&model, name);
        assert_eq!((keys(&connector.key).as_str(), &connector.loads), (key, &loads), "{name}");
    }
    let defaults = &connector(&model, "Query.product").entity_defaults;
    assert_eq!(defaults.len(), 1);
    assert_eq!((&*defaults[0].0, defaults[0].1.as_str()), ("currency", Some("EUR")));
}

#[test]
fn places_and_requests_are_what_the_directive_says() {
    let model = shop();
    let rename = connector(&model, "Mutation.rename");
    assert!(matches!(&rename.place, Place::Root { mutation: true, .. }));
    assert_eq!(rename.method(), Some(Method::Post));
    let request = |name: &str| connector(&model, name).request.as_ref().unwrap();
    assert!(request("Mutation.rename").form && request("Mutation.rename").body.is_some());
    let reviews = connector(&model, "Product.reviews");
    assert!(matches!(&reviews.place, Place::Field { .. }));
    assert!(matches!(&connector(&model, "Product[0]").place, Place::Type { .. }));
    assert!(!request("Query.products").form);
}

#[test]
fn sources_are_merged_into_their_connectors() {
    let model = shop();
    let reviews = connector(&model, "Product.reviews");
    let request = reviews.request.as_ref().unwrap();
    let BaseUrl::Source(base) = &request.base_url else { panic!("it has a source") };
    assert_eq!(base.as_str(), "http://eu.example.com:8080/api/2/?k=1");
    assert!(request.source_path.is_some());
    let headers: Vec<(&str, bool)> = request
        .headers
        .iter()
        .map(|rule| (rule.name.as_str(), matches!(&rule.source, HeaderSource::Value(_))))
        .collect();
    assert_eq!(headers, [("x-b", false), ("x-a", true)]);
    assert!(reviews.is_success.is_some() && reviews.errors.message.is_some());
    assert_eq!(
        reviews.errors.extensions.iter().map(|mapping| mapping.text()).collect::<Vec<_>>(),
        ["a: $.a", "b: $.b"]
    );
    assert_eq!(reviews.env.get("REGION").and_then(|value| value.as_str()), Some("eu"));
}

#[test]
fn connectors_without_a_source_share_an_upstream_for_each_origin() {
    let model = shop();
    let (motd, rate) = (connector(&model, "Query.motd"), connector(&model, "rate_of_day"));
    assert!(matches!(motd.request.as_ref().unwrap().base_url, BaseUrl::Absolute));
    assert_eq!(motd.upstream(), rate.upstream());
    let upstream = model.upstream(motd.upstream().unwrap());
    assert_eq!((&*upstream.name, upstream.origin.as_str()), ("motd.example.com", "https://motd.example.com"));
}

#[test]
fn headers_that_an_answer_depends_on_are_known() {
    let model = shop();
    let names =
        |name: &str| -> Vec<String> { connector(&model, name).reads_headers.iter().map(ToString::to_string).collect() };
    assert_eq!(names("Query.products"), ["authorization", "x-region"]);
    assert_eq!(names("Product.reviews"), ["x-client"]);
    assert_eq!(names("Query.motd"), [""; 0]);
}

#[test]
fn cache_hints_come_from_the_field_else_the_type_and_are_narrowed_by_selected_fields() {
    let model = shop();
    let table = [
        ("Query.products", Some(10), CacheScope::Private),
        ("Product[0]", Some(10), CacheScope::Private),
        ("Product[1]", Some(300), CacheScope::Private),
        ("Query.motd", None, CacheScope::Public),
        ("Product.reviews", None, CacheScope::Public),
    ];
    for (name, seconds, scope) in table {
        let cache = connector(&model, name).cache;
        assert_eq!((cache.max_age, cache.scope), (seconds.map(Duration::from_secs), scope), "{name}");
    }
}

#[test]
fn links_rename_and_prefix_directives_file_by_file() {
    let model = model(compile_files(
        TOML,
        &[
            (
                "schema/a.graphql",
                r#"extend schema @link(url: "https://specs.apollo.dev/connect/v0.2", import: [{ name: "@connect", as: "@data" }])
                   type Query { a: Product @data(source: "shop", http: { GET: "/a" }, selection: "id") }"#,
            ),
            (
                "schema/b.graphql",
                r#"extend schema @link(url: "https://specs.apollo.dev/connect/v0.3", as: "c") @c__source(name: "other", http: { baseURL: "http://127.0.0.1:9" })
                   extend type Query { b: Product @c(source: "other", http: { GET: "/b" }, selection: "id: $(a ?? b)") }"#,
            ),
            (
                "schema/c.graphql",
                r#"type Product @connect(source: "shop", http: { GET: "/{$this.id}" }, selection: "name") { id: ID! name: String }"#,
            ),
        ],
    ));
    assert_eq!(model.connectors.len(), 3);
    assert_eq!(model.upstreams.len(), 2);
}

#[test]
fn interfaces_and_unions_need_a_typename() {
    let graph = |selection: &str| {
        format!(
            r#"type Query {{ search: [Hit] @connect(source: "shop", http: {{ GET: "/s" }}, selection: "{selection}") }}
               union Hit = A | B
               type A {{ id: ID! a: Int }}
               type B {{ id: ID! b: Int }}"#
        )
    };
    assert_eq!(codes(&compile_graph(&graph("id a b"))), ["MISSING_TYPENAME"]);
    assert_eq!(problems(&compile_graph(&graph("__typename id a b"))), [""; 0]);
    assert_eq!(codes(&compile_graph(&graph("__typename id a b c"))), ["SELECTED_FIELD_NOT_FOUND"]);
    assert_eq!(problems(&compile_graph(&graph("__typename: kind->match(['a', 'A'], [@, 'B']) id a b"))), [""; 0]);
    assert_eq!(
        problems(&compile_graph(&graph("__typename: kind->match(['a', 'A'], ['b', 'Bee']) id a b"))),
        ["INVALID_TYPENAME: `__typename` gives `Bee`, but `Hit` cannot be that"]
    );
}

#[test]
fn what_a_broken_connector_may_be_meant_to_load_is_not_told() {
    let compiled = compile_graph(
        r#"type Query {
             books: [Book] @connect(source: "shop", http: { GET: "/books" }, selection: "id")
             book(id: ID!): Book @connect(source: "shop", http: { GET: "/books/{$arg.id}" }, entity: true, selection: "id name")
           }
           type Book { id: ID! name: String }"#,
    );
    assert_eq!(codes(&compiled), ["INVALID_URL"]);
}

/// One connector on `Query.a`, and the codes that it gets.
#[test]
fn mistakes_of_a_connector_have_codes() {
    let table = [
        (r#"a: Int @connect(source: "shop", http: { GET: "/a" }, selection: "")"#, "INVALID_SELECTION"),
        (r#"a: Int @connect(source: "shop", http: { GET: "/a", body: "" }, selection: "$.a")"#, "INVALID_BODY"),
        (r#"a: Int @connect(source: "shop", http: { GET: "/a", body: "a: $(1)" }, selection: "$.a")"#, "BODY_OF_GET"),
        (
            r#"a: Int @connect(source: "shop", http: { GET: "/a" }, id: "a-b", selection: "$.a")"#,
            "INVALID_CONNECTOR_ID_NAME",
        ),
        (
            r#"a: Int @connect(source: "shop", http: { GET: "/a" }, selection: "$.a") @connect(id: "x", source: "shop", http: { GET: "/a" }, selection: "$.a") b: Int @connect(id: "x", source: "shop", http: { GET: "/a" }, selection: "$.a")"#,
            "DUPLICATE_ID_NAME",
        ),
        (
            r#"a: Int @connect(source: "shop", http: { GET: "/a" }, batch: { maxSize: 3 }, selection: "$.a")"#,
            "INVALID_BATCH",
        ),
        (r#"a: Int @connect(source: "shop", http: { GET: "/{$status}" }, selection: "$.a")"#, "INVALID_URL"),
        (r#"a: Int @connect(http: { GET: "https:///a" }, selection: "$.a")"#, "INVALID_URL"),
        (r#"a: Int @connect(http: { GET: "https://h.example/{$config.a}" }, selection: "$.a")"#, "UNDEFINED_CONFIG"),
        (
            r#"a: Int @connect(source: "shop", http: { GET: "/a", headers: [{ name: "host", from: "host" }] }, selection: "$.a")"#,
            "INVALID_HEADER",
        ),
        (
            r#"a: Int @connect(source: "shop", http: { GET: "/a", headers: [{ name: "x", value: "{$(['a']) { b }}" }] }, selection: "$.a")"#,
            "INVALID_HEADER",
        ),
        (
            r#"a: Int @connect(source: "shop", http: { GET: "/a" }, isSuccess: "a: ok", selection: "$.a")"#,
            "INVALID_IS_SUCCESS",
        ),
    ];
    for (field, code) in table {
        let compiled = compile_graph(&format!("type Query {{ {field} }}"));
        assert_eq!(codes(&compiled), [code], "{field}\n{:#?}", compiled.diagnostics);
    }
}

#[test]
fn connectors_stand_only_on_object_types_and_their_fields() {
    let compiled = compile_graph(
        r#"type Query @connect(source: "shop", http: { GET: "/a" }, selection: "a") {
             a: I @connect(source: "shop", http: { GET: "/a" }, selection: "__typename id")
           }
           interface I { id: ID! @connect(source: "shop", http: { GET: "/a" }, selection: "$.id") }
           type T implements I { id: ID! }"#,
    );
    assert_eq!(codes(&compiled), ["CONNECT_ON_ROOT", "CONNECTORS_UNSUPPORTED_ABSTRACT_TYPE"]);
}

#[test]
fn versions_below_0_4_need_http() {
    let graph = |version: &str| {
        format!(
            r#"extend schema @link(url: "https://specs.apollo.dev/connect/{version}", import: ["@connect"])
               type Query {{ a: Int @connect(source: "shop", selection: "$.a") }}"#
        )
    };
    assert_eq!(codes(&compile_graph(&graph("v0.3")))[0], "HTTP_OMITTED_REQUIRES_V0_4");
    let without = codes(&compile_graph(&graph("v0.4")));
    assert!(without.contains(&"REQUESTLESS_SELECTION_USES_REQUEST_DATA"), "{without:?}");
}

#[test]
fn one_source_may_be_declared_in_several_files_if_all_say_the_same() {
    let file = |field: &str, port: u16| {
        format!(
            r#"extend schema @source(name: "s", http: {{ baseURL: "http://127.0.0.1:{port}" }})
               {} Query {{ {field}: Int @connect(source: "s", http: {{ GET: "/a" }}, selection: "$.a") }}"#,
            if field == "a" { "type" } else { "extend type" }
        )
    };
    let (a, same, other) = (file("a", 1), file("b", 1), file("b", 2));
    assert_eq!(codes(&compile_files("", &[("schema/a.graphql", &a), ("schema/b.graphql", &same)])), [""; 0]);
    let compiled = compile_files("", &[("schema/a.graphql", &a), ("schema/b.graphql", &other)]);
    assert_eq!(codes(&compiled), ["DUPLICATE_SOURCE_NAME"]);
    assert!(compiled.diagnostics[0].related.len() == 1, "the other place is told");
}

#[test]
fn the_configuration_overrides_base_urls() {
    let toml = "[upstreams.s]\nbase_url = \"http://127.0.0.1:9/x\"\n";
    let graph = r#"extend schema @source(name: "s", http: { baseURL: "http://{$config.host}/" })
        type Query { a: Int @connect(source: "s", http: { GET: "/a" }, selection: "$.a") }"#;
    let model = model(compile_files(toml, &[("schema/a.graphql", graph)]));
    let BaseUrl::Source(base) = &model.connectors[0].request.as_ref().unwrap().base_url else {
        panic!("it has a source")
    };
    assert_eq!(base.as_str(), "http://127.0.0.1:9/x");
}

#[test]
fn very_long_key_paths_are_refused() {
    let path = vec!["a"; 100_000].join(".");
    let compiled = compile_graph(&format!(
        r#"type Query {{ a: T @connect(source: "shop", http: {{ GET: "/a" }}, selection: "id a {{ id }}") }}
           type T {{ id: ID! a: T b: Int @connect(source: "shop", http: {{ GET: "/{{$this.{path}}}" }}, selection: "$.b") }}"#
    ));
    assert!(codes(&compiled).contains(&"INVALID_URL"), "{:?}", codes(&compiled));
}

#[test]
fn whole_schemas_without_sources_compile() {
    let model = graph_model(
        r#"type Query { a: T @connect(http: { GET: "http://127.0.0.1:1/a" }, selection: "id") } type T { id: ID }"#,
    );
    assert_eq!(&*model.upstreams.last().unwrap().name, "127.0.0.1:1");
}

/// Schemas as people have them, one feature each: they load unchanged.
#[test]
fn common_schemas_load_unchanged() {
    let head = r#"
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.12")
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@source", "@connect"])
  @source(name: "catalog"
    http: { baseURL: "https://catalog.internal/v1"
            headers: [{ name: "x-api-key", value: "{$config.apiKey}" }
                      { name: "authorization", from: "authorization" }] })
  @source(name: "crm",    http: { baseURL: "https://crm.internal" })
  @source(name: "orders", http: { baseURL: "https://orders.internal/api" }
    isSuccess: "$status->lt(400)"
    errors: { message: "$(error.message ?? 'Order service failed')"
              extensions: "code: $(error.code ?? 'ORDERS_FAILED')  upstreamStatus: $status" })
"#;
    let toml = "[upstreams.catalog]\nconfig = { apiKey = \"k\" }\n";
    let schemas = [
        r#"type Query {
             products(search: String, limit: Int = 20): [Product]
               @connect(source: "catalog"
                 http: { GET: "/products"
                         queryParams: """
                         q: $args.search
                         limit: $args.limit
                         """ }
                 selection: """
                 $.items {
                   id
                   name: title
                   priceCents: price.amount
                   inStock: stock_level->gt(0)
                 }
                 """)
           }
           type Product { id: ID!  name: String  priceCents: Int  inStock: Boolean }"#,
        r#"type Query { products: [Product] @connect(source: "catalog", http: { GET: "/products" }, selection: "$.items { id name: title }") }
           type Product {
             id: ID!
             name: String
             reviews(first: Int = 5): [Review]
               @connect(source: "catalog"
                 http: { GET: "/products/{$this.id}/reviews?limit={$args.first}" }
                 selection: "$.results { id  stars: rating  text: body }")
           }
           type Review { id: ID!  stars: Int  text: String }"#,
        r#"type Query {
             order(id: ID!): Order
               @connect(source: "orders"  http: { GET: "/orders/{$args.id}" }  entity: true
                 selection: "id  total: amounts.grand_total  buyer: { id: customer_id }")
           }
           type Order { id: ID!  total: Float  buyer: Customer }
           type Customer
             @connect(source: "crm"     http: { GET: "/people/{$this.id}" }            selection: "id  name: full_name  email")
             @connect(source: "catalog" http: { GET: "/loyalty/{$this.id}" }           selection: "id: customerId  tier  points: balance.points")
           { id: ID!  name: String  email: String  tier: String  points: Int }"#,
        r#"type Query {
             cart(id: ID!): Cart
               @connect(source: "orders"  http: { GET: "/carts/{$args.id}" }
                 selection: "id  lines: items { quantity: qty  product: { id: product_id } }")
           }
           type Cart { id: ID!  lines: [CartLine] }
           type CartLine { quantity: Int  product: Product }
           type Product
             @connect(source: "catalog"
               http: { GET: "/products"  queryParams: "ids: $batch.id->joinNotNull(',')" }
               batch: { maxSize: 50 }
               selection: "$.items { id  name: title  priceCents: price.amount }")
           { id: ID!  name: String  priceCents: Int }"#,
        r#"input LineInput { sku: ID!  qty: Int! }
           input CreateOrderInput { userId: ID!  lines: [LineInput!]!  note: String }
           type Query { a: Int @connect(source: "crm", http: { GET: "/a" }, selection: "$.a") }
           type Mutation {
             createOrder(input: CreateOrderInput!): CreatedOrder
               @connect(source: "orders"
                 http: { POST: "/orders"
                         headers: [{ name: "idempotency-key", from: "x-request-id" }]
                         body: """
                         customer_id: $args.input.userId
                         channel: $("web")
                         items: $args.input.lines { sku  quantity: qty }
                         note: $($args.input.note ?? "")
                         """ }
                 selection: "id: order_id  status")
           }
           type CreatedOrder { id: ID!  status: String }"#,
        r#"type Query {
             quote(sku: ID!): Quote
               @connect(source: "orders"
                 http: { GET: "/quotes/{$args.sku}" }
                 isSuccess: "$status->eq(200)->and($(errorCode ?? 0)->eq(0))"
                 errors: { message: "$(errorText ?? 'No quote')"
                           extensions: """
                           code: $(errorCode ?? 0)->match([404, "QUOTE_NOT_FOUND"], [429, "QUOTE_BUSY"], [@, "QUOTE_FAILED"])
                           requestId: $response.headers.'x-request-id'?->first
                           """ }
                 selection: "sku  cents: price->mul(100)->parseInt")
           }
           type Quote { sku: ID!  cents: Int }"#,
    ];
    for schema in schemas {
        let compiled = compile_files(toml, &[("schema/graph.graphql", &format!("{head}{schema}"))]);
        assert_eq!(codes(&compiled), [""; 0], "{schema}\n{:#?}", problems(&compiled));
    }
}

#[test]
fn schemas_with_parts_missing_are_told_and_never_panic() {
    let toml = format!("{TOML}[upstreams.reviews]\nconfig = {{ version = 2 }}\n");
    let lines: Vec<&str> = SHOP.lines().collect();
    let without_line = (0..lines.len()).map(|gone| {
        let kept: Vec<&str> = lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| *line).collect();
        kept.join("\n")
    });
    let without_sign =
        ["$this", "$args", "$.", "{$", "}", "\"", "(", "id", "!", "selection", "GET"].into_iter().flat_map(|sign| {
            SHOP.match_indices(sign).map(move |(at, _)| {
                let (before, after) = SHOP.split_at(at);
                format!("{before}{}", after.strip_prefix(sign).unwrap_or_default())
            })
        });
    for text in without_line.chain(without_sign.step_by(3)) {
        let compiled = compile_files(&toml, &[("schema/shop.graphql", &text)]);
        let failed = crate::diagnostic::has_errors(&compiled.diagnostics);
        assert_eq!(compiled.model.is_none(), failed, "{text}");
    }
}

#[test]
fn variables_outside_of_braces_are_told() {
    let told = |url: &str| {
        problems(&compile_graph(&format!(
            r#"type Query {{ a(id: ID!): Int @connect(source: "shop", http: {{ GET: "{url}" }}, selection: "$.a") }}"#
        )))
    };
    assert_eq!(told("/a/$args.id"), ["warning INVALID_URL: `$args.id` is no expression: it is sent as it stands"]);
    assert_eq!(told("/a/{$args.id}?$filter=b&c=$args"), [""; 0]);
    assert_eq!(told("/a/{}"), ["INVALID_URL: the braces hold no expression"]);
}

#[test]
fn why_a_field_cannot_load_entities_is_told() {
    let told = |returns: &str| {
        problems(&compile_graph(&format!(
            r#"type Query {{ a(id: ID!): {returns} @connect(source: "shop", http: {{ GET: "/a/{{$args.id}}" }}, selection: "id", entity: true) }}
               type A {{ id: ID! }}"#
        )))
    };
    let must = "ENTITY_TYPE_INVALID: `Query.a` loads entities, so it must return a nullable object, not";
    assert_eq!(told("[A]"), [format!("{must} a list")]);
    assert_eq!(told("A!"), [format!("{must} one that is never null")]);
}
