//! Views resolved against a graph: hops, arguments, members, published schemas.

use super::{codes, compile_graph, compile_view, model, problems};
use crate::{
    config::ByteSize,
    json::Value,
    model::{ArgumentSource, Hop, View, cap_changes},
};

const GRAPH: &str = r#"
"The shop."
type Query {
  "Products of a page."
  products(first: Int = 50, text: String! = "a", region: String, sort: Sort = PRICE): [Product!]
    @connect(
      source: "shop"
      http: { GET: "/p?n={$args.first}&t={$args.text}&r={$args.region}&s={$args.sort}" }
      selection: "id name kind image { id } seller { id address { city } } tags { labels }"
    )
  nodes: [Node!]!
    @connect(
      source: "shop"
      http: { GET: "/n" }
      selection: "__typename id name kind image { id } seller { id address { city } } address { city } tags { labels }"
    )
  hidden: String @inaccessible @connect(source: "shop", http: { GET: "/h" }, selection: "$.h")
}

type Mutation {
  add(input: NewProduct!): Product
    @connect(
      source: "shop"
      http: { POST: "/p", body: "name: $args.input.name" }
      selection: "id name kind image { id } seller { id address { city } } tags { labels }"
    )
}

input NewProduct {
  "Its name."
  name: String!
  kind: Kind = NEW
  note: String
}

enum Sort { PRICE NAME @deprecated(reason: "slow") }
"How it is."
enum Kind { NEW OLD LOST @inaccessible }
scalar Date @specifiedBy(url: "https://example.com/date")

interface Node { id: ID! }

"A product."
type Product implements Node {
  "Its id."
  id: ID!
  name: String @deprecated(reason: "use title")
  kind: Kind
  image: Image
  seller: Seller!
  tags: [Tag!]!
  price(width: Int, currency: String!): Float
    @connect(source: "shop", http: { GET: "/c/{$this.id}?w={$args.width}&c={$args.currency}" }, selection: "$.p")
}

type Image {
  id: ID!
  url(width: Int = 800): String! @connect(source: "shop", http: { GET: "/i/{$this.id}?w={$args.width}" }, selection: "$.u")
  data(width: Int): Blob @connect(source: "shop", http: { GET: "/d/{$this.id}?w={$args.width}" }, selection: "kind")
}
type Blob { kind: String text(width: Int): String @connect(source: "shop", http: { GET: "/t?w={$args.width}" }, selection: "$.t") }
type Seller implements Node { id: ID! address: Address }
type Address { city: String! }
type Tag { labels: [String!] }
"#;

fn view_of(text: &str) -> View {
    let mut model = model(compile_view(GRAPH, text));
    model.clients.swap_remove("web").unwrap()
}

fn hops(view: &View, type_name: &str, field: &str) -> String {
    let hop = |hop: &Hop| {
        let arguments: Vec<String> = hop
            .arguments
            .iter()
            .map(|argument| {
                let default = argument.default.as_ref().map_or_else(String::new, |default| format!(" = {default}"));
                let source = match &argument.source {
                    ArgumentSource::Client(name) => format!("${name}"),
                    ArgumentSource::Preset(literal) => literal.to_string(),
                    ArgumentSource::Header(name) => format!("header {name}"),
                    ArgumentSource::Default => "default".to_owned(),
                };
                format!("{}: {source}{default}", argument.name)
            })
            .collect();
        format!("{}.{}({})", hop.parent, hop.field, arguments.join(", "))
    };
    view.types[type_name].fields[field].hops.iter().map(hop).collect::<Vec<_>>().join(" / ")
}

#[test]
fn fields_are_renamed_flattened_and_bound() {
    let view = view_of(
        r#"type Query {
             feed(first: Int = 10 @max(value: 20), text: String! = "b", by: Sort @from(arg: "sort")): [Card!]
               @from(path: "products") @preset(arg: "region", from: "header.x-region")
             cities: [String] @from(path: "products.seller.address.city") @preset(arg: "first", value: 3)
             labels: [[[String!]]!] @from(path: "products.tags.labels")
           }
           enum Sort { PRICE NAME }
           type Card @from(type: "Product") {
             id: ID!
             city: String @from(path: "seller.address.city")
             thumb(width: Int): String @from(path: "image.url")
             text(width: Int, w: Int @from(arg: "image.data.width")): String @from(path: "image.data.text")
             price(currency: String!): Float @preset(arg: "width", value: 1)
           }"#,
    );
    let table = [
        (
            "Query",
            "feed",
            "Query.products(first: $first, text: $text = \"a\", region: header x-region, sort: $by = PRICE)",
        ),
        (
            "Query",
            "cities",
            "Query.products(first: 3, text: default = \"a\", sort: default = PRICE) / Product.seller() / Seller.address() / Address.city()",
        ),
        (
            "Query",
            "labels",
            "Query.products(first: default = 50, text: default = \"a\", sort: default = PRICE) / Product.tags() / Tag.labels()",
        ),
        ("Card", "id", "Product.id()"),
        ("Card", "city", "Product.seller() / Seller.address() / Address.city()"),
        ("Card", "thumb", "Product.image() / Image.url(width: $width = 800)"),
        ("Card", "text", "Product.image() / Image.data(width: $w) / Blob.text(width: $width)"),
        ("Card", "price", "Product.price(width: 1, currency: $currency)"),
    ];
    for (type_name, field, expected) in table {
        assert_eq!(hops(&view, type_name, field), expected, "{type_name}.{field}");
    }
    let feed = &view.types["Query"].fields["feed"];
    assert_eq!(feed.caps["first"], 20);
    let defaults: Vec<String> = feed.argument_defaults.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(defaults, ["first: 10", "text: \"b\"", "by: PRICE"]);
}

#[test]
fn a_default_of_the_graph_above_the_cap_does_not_count() {
    let view = view_of("type Query { products(first: Int @max(value: 20)): [Product] } type Product { id: ID }");
    assert_eq!(
        hops(&view, "Query", "products"),
        "Query.products(first: $first, text: default = \"a\", sort: default = PRICE)"
    );
    assert!(view.types["Query"].fields["products"].argument_defaults.is_empty());
    let view = view_of("type Query { products(first: Int @max(value: 60)): [Product] } type Product { id: ID }");
    assert_eq!(view.types["Query"].fields["products"].argument_defaults["first"].to_string(), "50");
}

#[test]
fn the_client_sees_its_own_schema_with_the_graphs_words_and_nothing_of_ours() {
    let view = view_of(
        r#"type Query { "Own words." feed(first: Int = 10, sort: Sort): [Card!] @from(path: "products") }
           enum Sort { PRICE NAME }
           type Card @from(type: "Product") { id: ID! title: String @from(path: "name") kind: Kind }
           enum Kind { NEW OLD }
           type Mutation { add(input: Item!): Card }
           input Item @from(type: "NewProduct") { name: String! kind: Kind }"#,
    );
    let expected = expect_test::expect![[r#"
        """The shop."""
        type Query {
          """Own words."""
          feed(first: Int = 10, sort: Sort = PRICE): [Card!]
        }

        enum Sort {
          PRICE
          NAME @deprecated(reason: "slow")
        }

        """A product."""
        type Card {
          """Its id."""
          id: ID!
          title: String @deprecated(reason: "use title")
          kind: Kind
        }

        """How it is."""
        enum Kind {
          NEW
          OLD
        }

        type Mutation {
          add(input: Item!): Card
        }

        input Item {
          """Its name."""
          name: String!
          kind: Kind = NEW
        }
    "#]];
    expected.assert_eq(&view.schema.schema().to_sdl());
}

#[test]
fn without_clients_there_is_one_that_sees_the_graph_less_what_is_inaccessible() {
    let mut model = model(compile_graph(GRAPH));
    assert_eq!(model.clients.keys().map(|name| &**name).collect::<Vec<_>>(), ["default"]);
    let view = model.clients.swap_remove("default").unwrap();
    let sdl = view.schema.schema().to_sdl();
    for absent in ["hidden", "LOST", "connect", "JSONSelection", "link__", "CacheControlScope"] {
        assert!(!sdl.contains(absent), "{absent} in\n{sdl}");
    }
    assert!(sdl.contains("scalar Date @specifiedBy(url: \"https://example.com/date\")"), "{sdl}");
    assert_eq!(hops(&view, "Image", "url"), "Image.url(width: $width = 800)");
}

#[test]
fn concrete_types_map_to_exactly_one_type() {
    let node = |types: &str| {
        let view = format!("type Query {{ nodes: [Node!]! }} {types}");
        let compiled = compile_view(GRAPH, &view);
        problems(&compiled)
    };
    let interface = "interface Node { id: ID! } ";
    let both = "type Card implements Node @from(type: \"Product\") { id: ID! } type Seller implements Node { id: ID! }";
    assert_eq!(node(&format!("{interface}{both}")), [""; 0]);
    assert_eq!(
        node(&format!("{interface} type Seller implements Node {{ id: ID! }}")),
        ["VIEW_UNMAPPED_TYPE: `Node` of the graph can be `Product`, but `Node` has no type for it"]
    );
    assert_eq!(
        node(&format!("{interface}{both} type Product implements Node {{ id: ID! }}")),
        ["VIEW_AMBIGUOUS_TYPE: `Card` and `Product` of `Node` all show `Product`"]
    );
    let union = "union Node = Card | Seller type Card @from(type: \"Product\") { id: ID! } type Seller { id: ID! }";
    assert_eq!(node(union), [""; 0]);
}

#[test]
fn members_of_an_interface_are_told_by_graph_type() {
    let view = view_of(
        r#"type Query { nodes: [Thing!]! }
           interface Thing @from(type: "Node") { key: ID! @from(path: "id") }
           type Card implements Thing @from(type: "Product") { key: ID! @from(path: "id") }
           type Shop implements Thing @from(type: "Seller") { key: ID! @from(path: "id") }"#,
    );
    let thing = &view.types["Thing"];
    let members: Vec<(&str, Option<&str>)> =
        thing.members.iter().map(|member| (&*member.graph, member.view.as_deref())).collect();
    assert_eq!((&*thing.graph, members), ("Node", vec![("Product", Some("Card")), ("Seller", Some("Shop"))]));
    assert_eq!(hops(&view, "Thing", "key"), "Node.id()");
}

/// A view of one query field and some types, and the codes that it gets.
#[test]
fn mistakes_of_a_view_have_codes() {
    let table = [
        ("products: [P]", "type P @from(type: \"Product\") { id: String! }", "VIEW_TYPE_MISMATCH"),
        ("products: [P]", "type P @from(type: \"Product\") { name: String! }", "VIEW_TYPE_MISMATCH"),
        ("products: P", "type P @from(type: \"Product\") { id: ID! }", "VIEW_TYPE_MISMATCH"),
        ("products: [P]", "type P @from(type: \"Products\") { id: ID! }", "VIEW_UNKNOWN_TYPE"),
        (
            "products: [P]",
            "interface P @from(type: \"Product\") { id: ID! } type Q implements P @from(type: \"Product\") { id: ID! }",
            "VIEW_KIND_MISMATCH",
        ),
        ("hidden: String", "", "VIEW_INACCESSIBLE"),
        ("a: [String] @from(path: \"products.name.x\")", "", "VIEW_UNKNOWN_FIELD"),
        ("a: [String] @from(path: \"products..name\")", "", "VIEW_UNKNOWN_FIELD"),
        ("a: [String] @from(path: \"products.nam\")", "", "VIEW_UNKNOWN_FIELD"),
        ("a: [Float] @from(path: \"products.price\")", "", "VIEW_UNBOUND_ARGUMENT"),
        ("a(f: Int): [String] @from(path: \"products.name\")", "", "VIEW_UNKNOWN_ARGUMENT"),
        ("a(first: String): [String] @from(path: \"products.name\")", "", "VIEW_TYPE_MISMATCH"),
        ("a(text: String): [String] @from(path: \"products.name\")", "", "VIEW_TYPE_MISMATCH"),
        ("a(first: Int = 30 @max(value: 20)): [String] @from(path: \"products.name\")", "", "VIEW_INVALID_MAX"),
        ("a(first: Int = null @max(value: 20)): [String] @from(path: \"products.name\")", "", "VIEW_INVALID_MAX"),
        ("a(first: Int @max(value: -2)): [String] @from(path: \"products.name\")", "", "VIEW_INVALID_MAX"),
        (
            "a(first: Int): [String] @from(path: \"products.name\") @preset(arg: \"first\", value: 1)",
            "",
            "VIEW_ARGUMENT_BOUND_TWICE",
        ),
        ("a: [String] @from(path: \"products.name\") @preset(arg: \"first\", value: 1.5)", "", "VIEW_INVALID_PRESET"),
        ("a: [String] @from(path: \"products.name\") @preset(arg: \"text\", value: null)", "", "VIEW_INVALID_PRESET"),
        ("a: [String] @from(path: \"products.name\") @preset(arg: \"sort\", value: SIZE)", "", "VIEW_INVALID_PRESET"),
        (
            "a: [String] @from(path: \"products.name\") @preset(arg: \"text\", from: \"cookie.a\")",
            "",
            "VIEW_INVALID_PRESET",
        ),
        (
            "a: [String] @from(path: \"products.name\") @preset(arg: \"text\", from: \"header.x-user\")",
            "",
            "VIEW_UNTRUSTED_HEADER",
        ),
        (
            "a: [String] @from(path: \"products.name\") @preset(arg: \"text\", from: \"claim.sub\")",
            "",
            "NOT_SUPPORTED_YET",
        ),
        ("a: [Kind] @from(path: \"products.kind\")", "enum Kind { NEW }", "VIEW_MISSING_VALUE"),
        ("a: [Kind] @from(path: \"products.kind\")", "enum Kind { NEW OLD LOST }", "VIEW_INACCESSIBLE"),
        ("a(sort: Sort): [String] @from(path: \"products.name\")", "enum Sort { PRICE SIZE }", "VIEW_UNKNOWN_VALUE"),
        (
            "a: [String] @from(path: \"products.name\")",
            "type Mutation { add(input: NewProduct!): ID @from(path: \"add.id\") } input NewProduct { name: String! kind: Kind } enum Kind { NEW OLD }",
            "VIEW_MUTATION_PATH",
        ),
        ("a: [String] @from(path: \"products.name\")", "input NewProduct { name: String! }", "VIEW_INPUT_REQUIRED"),
        (
            "a: [String] @from(path: \"products.name\")",
            "input NewProduct { name: String! kind: Kind } enum Kind { OLD }",
            "VIEW_INPUT_DEFAULT",
        ),
        ("a: [String] @from(path: \"products.name\")", "type Subscription { a: Int }", "VIEW_UNKNOWN_TYPE"),
    ];
    for (field, types, code) in table {
        let compiled = compile_view(GRAPH, &format!("type Query {{ {field} }} {types}"));
        assert!(codes(&compiled).contains(&code), "{field} {types}\n{:#?}", problems(&compiled));
        let told = compiled.diagnostics.iter().find(|diagnostic| diagnostic.code == code).unwrap();
        assert!(told.hint.is_some() || !told.related.is_empty(), "no help for {field}: {told:#?}");
    }
}

#[test]
fn weaker_outputs_and_stronger_inputs_are_fine() {
    let compiled = compile_view(
        GRAPH,
        r#"type Query { products(first: Int!, text: String!): [Product] nodes: [Node] }
           interface Node { id: ID }
           type Product implements Node { id: ID seller: Seller tags: [Tag] }
           type Seller implements Node { id: ID }
           type Tag { labels: [String] }
           enum Sort { NAME }"#,
    );
    assert_eq!(problems(&compiled), [""; 0]);
}

#[test]
fn presets_are_coerced_to_the_graphs_types() {
    let graph = r#"type Query {
        a(ids: [ID!], f: Float, in: In): Int
          @connect(source: "shop", http: { GET: "/a", queryParams: "i: $args.ids f: $args.f o: $args.in.a" }, selection: "$.a")
      }
      input In { a: ID = 7 b: [Int] = 1 }"#;
    let view = "type Query { a: Int @preset(arg: \"ids\", value: 1) @preset(arg: \"f\", value: 2) @preset(arg: \"in\", value: {}) }";
    let mut model = model(compile_view(graph, view));
    let view = model.clients.swap_remove("web").unwrap();
    assert_eq!(hops(&view, "Query", "a"), "Query.a(ids: [\"1\"], f: 2, in: {a: \"7\", b: [1]})");
}

#[test]
fn literals_of_presets_keep_their_place() {
    let compiled = compile_view(
        GRAPH,
        "type Query { a: [String] @from(path: \"products.name\") @preset(arg: \"first\", value: \"ten\") }",
    );
    let span = compiled.diagnostics[0].span.as_ref().unwrap();
    assert_eq!(span.file.text.get(span.range.clone()), Some("\"ten\""));
    assert_eq!(compiled.diagnostics[0].related.len(), 1, "both files are named");
    assert_ne!(compiled.diagnostics[0].related[0].span.file.path, span.file.path);
}

/// `anabranch diff` compares no definitions of directives: there is nothing that could change.
#[test]
fn every_client_has_the_same_directives_whatever_its_files_declare() {
    let directives = |declared: &str| {
        let graph = format!(
            "{declared} type Query {{ a: Int @connect(source: \"shop\", http: {{ GET: \"/a\" }}, selection: \"$.a\") }}"
        );
        let view =
            model(compile_view(&graph, &format!("{declared} type Query {{ a: Int }}"))).clients.swap_remove("web");
        let view = view.unwrap();
        let query =
            "{ __schema { directives { name isRepeatable locations args { name type { name } defaultValue } } } }";
        let limits = view.document_limits(ByteSize::from_mib(1));
        let document = view.schema.prepare(query, None, &limits).unwrap();
        let custom = view.schema.prepare("{ a @mine }", None, &limits).unwrap_err();
        assert_eq!(custom[0].message, "Unknown directive `@mine`.");
        (view.schema.introspect(&document, &Value::Null).unwrap().unwrap(), view.schema.to_sdl())
    };
    let declared = "directive @mine(x: Int! = 1) repeatable on FIELD | QUERY directive @skip(unless: Int) on FIELD";
    assert_eq!(directives(declared), directives(""));
}

#[test]
fn bounds_that_changed_are_those_of_the_view_and_of_the_connection() {
    let view = |most: u32, cap: &str| {
        let graph = format!(
            "type Query {{ all: [Item!] @connect(source: \"shop\", http: {{ GET: \"/a\", queryParams: \"p: $page.number n: $page.size\" }}, \
             selection: \"id\") @connection(style: PAGE, first: 1, max: {most}) }} type Item {{ id: ID! }}"
        );
        let view = format!(
            "type Query {{ all(first: Int {cap}): Items }} type Items @from(type: \"ItemConnection\") {{ edges: [Edge!]! }} \
             type Edge @from(type: \"ItemEdge\") {{ cursor: String! }}"
        );
        model(compile_view(&graph, &view)).clients.swap_remove("web").unwrap()
    };
    let change = |old: (u32, &str), new: (u32, &str)| {
        let changes = cap_changes(&view(old.0, old.1), &view(new.0, new.1));
        let told = changes.iter().map(|change| format!("{:?} {} {}", change.level, change.coordinate, change.message));
        told.collect::<Vec<_>>().join("; ")
    };
    let (capped, higher) = ("@max(value: 20)", "@max(value: 200)");
    assert_eq!(
        change((100, ""), (50, "")),
        "Breaking Query.all(first:) its connection's `max` is 50 now, down from 100"
    );
    assert_eq!(change((50, ""), (100, "")), "Safe Query.all(first:) its connection's `max` is 100 now, up from 50");
    assert_eq!(change((100, ""), (100, capped)), "Breaking Query.all(first:) its `@max` is 20 now, down from 100");
    // The smaller counts.
    assert_eq!(change((100, ""), (100, higher)), "");
    assert_eq!(change((100, capped), (50, capped)), "");
}

#[test]
fn what_is_told_of_a_pages_size_is_what_holds_in_the_view() {
    let told = |argument: &str| {
        let graph = "type Query { all: [Item!] @connect(source: \"shop\", http: { GET: \"/a\", queryParams: \
                     \"p: $page.number n: $page.size\" }, selection: \"id\") @connection(style: PAGE, first: 5, max: 20, \
                     total: \"$.n\") } type Item { id: ID! }";
        let view = format!(
            "type Query {{ all({argument}): [Item!] @from(path: \"all.edges.node\") }} type Item {{ id: ID! }}"
        );
        let view = model(compile_view(graph, &view)).clients.swap_remove("web").unwrap();
        let field = view.schema.schema().field("Query", "all").unwrap();
        assert_eq!(field.description, None);
        field.arguments[0].description.clone().unwrap()
    };
    let cases = [
        ("first: Int", "So many from the start: at most 20; 5 if nothing is said."),
        (
            "first: Int, after: String",
            "So many from the start, or from behind `after`: at most 20; 5 if nothing is said.",
        ),
        ("first: Int = 10", "So many from the start: at most 20; 10 if nothing is said."),
        ("first: Int = 10 @max(value: 12)", "So many from the start: at most 12; 10 if nothing is said."),
        ("first: Int @max(value: 12)", "So many from the start: at most 12; 12 if nothing is said."),
        ("first: Int @max(value: 50)", "So many from the start: at most 20; 20 if nothing is said."),
        ("last: Int @max(value: 12), before: String", "So many from the end, or from before `before`: at most 12."),
        ("last: Int", "So many from the end: at most 20."),
        ("\"Own.\" first: Int @max(value: 12)", "Own."),
    ];
    for (argument, expected) in cases {
        assert_eq!(told(argument), expected, "{argument}");
    }
}
