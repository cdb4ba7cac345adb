//! The operations of `examples/shop` against the demo's services on free ports, and the calls that each takes.

use std::{fs, path::Path};

use anabranch::demo::{self, Demo, DemoOptions, SERVICES};
use futures_util::StreamExt as _;

use super::gateway;
use crate::testkit::Gateway;

/// The demo and a gateway of its own: nothing is cached between tests.
struct Shop {
    services: Demo,
    /// Asked by customer 12.
    gateway: Gateway,
}

// === impl Shop ===

impl Shop {
    async fn open() -> Self {
        let services = demo::start(DemoOptions::free_ports()).await.unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut toml = fs::read_to_string(root.join("upstreams.toml")).unwrap();
        for service in SERVICES {
            let base_url = format!("base_url = \"{}\"", services.base_url(service).unwrap());
            let table = format!("[upstreams.{service}]");
            assert!(toml.contains(&table), "{table}");
            toml = toml.replace(&table, &format!("{table}\n{base_url}\n#"));
        }
        let gateway = gateway(root, &toml).header("x-customer-id", "12");
        Self { services, gateway }
    }

    /// Asks an operation of the directory; gives the calls. An answer with errors fails.
    async fn ask(&self, name: &str) -> Vec<String> {
        let (client, query) = operation(name);
        self.services.calls().reset();
        let answer = self.gateway.client(client).ask(&query).await;
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer.get("errors"), None, "{name}: {answer:#}");
        self.calls()
    }

    /// The first event of a subscription of the directory, and the calls that it took.
    async fn watch(&self, name: &str) -> (String, Vec<String>) {
        let (client, query) = operation(name);
        self.services.calls().reset();
        let mut events = self.gateway.client(client).subscribe(&query).await;
        let event = events.next().await.unwrap();
        (event, self.calls())
    }

    fn calls(&self) -> Vec<String> {
        let calls = self.services.calls().endpoints();
        calls.into_iter().map(|(endpoint, count)| format!("{count} {endpoint}")).collect()
    }
}

/// The client and the text of an operation of the directory.
fn operation(name: &str) -> (&'static str, String) {
    let client = if name.starts_with("mobile-") { "mobile" } else { "web" };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/shop/{name}.graphql"));
    (client, fs::read_to_string(path).unwrap())
}

async fn check(name: &str, expected: &[&str]) {
    let calls = Shop::open().await.ask(name).await;
    assert_eq!(calls, expected, "{name}");
}

#[tokio::test]
async fn a_catalog_page_takes_four_calls() {
    check(
        "catalog-page",
        &[
            "1 catalog GET /products",
            "1 inventory GET /v2/sellers",
            "1 inventory GET /v2/stock",
            "1 reviews GET /ratings",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_page_of_an_endless_list_takes_three_calls() {
    check("endless-catalog", &["1 catalog GET /products", "1 inventory GET /v2/sellers", "1 inventory GET /v2/stock"])
        .await;
    check("mobile-browse", &["1 catalog GET /products"]).await;
}

#[tokio::test]
async fn the_front_page_loads_products_of_all_its_parts_together() {
    check(
        "web-home",
        &[
            "1 catalog GET /categories/{slug}",
            "2 catalog GET /products",
            "1 catalog GET /promotions",
            "4 customers GET /customers/{id}",
            "1 inventory GET /v2/deals",
            "1 inventory GET /v2/stock",
            "1 orders GET /orders",
            "1 reviews GET /ratings",
            "1 reviews GET /reviews",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_product_page_loads_each_author_once() {
    check(
        "product-page",
        &[
            "1 catalog GET /categories/{slug}",
            "1 catalog GET /images/{id}",
            "1 catalog GET /products",
            "1 catalog GET /products/{id}",
            "5 customers GET /customers/{id}",
            "1 inventory GET /v2/sellers",
            "1 inventory GET /v2/stock",
            "1 reviews GET /products/{id}/reviews",
            "1 reviews GET /ratings",
        ],
    )
    .await;
}

#[tokio::test]
async fn an_account_joins_orders_wishes_and_reviews() {
    check(
        "account",
        &[
            "2 catalog GET /products",
            "1 customers GET /customers/{id}",
            "2 inventory GET /v2/stock",
            "1 orders GET /orders",
            "1 reviews GET /reviews",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_search_loads_stock_of_products_alone() {
    check("search", &["1 catalog GET /search", "1 inventory GET /v2/stock"]).await;
}

#[tokio::test]
async fn an_order_is_placed_once_and_read_back() {
    check("place-order", &["1 catalog GET /products", "1 orders POST /orders"]).await;
}

#[tokio::test]
async fn the_phone_reaches_all_services_in_one_request() {
    check(
        "mobile-home",
        &[
            "2 catalog GET /products",
            "1 customers GET /customers/{id}",
            "1 inventory GET /v2/sellers",
            "1 inventory GET /v2/stock",
            "1 orders GET /orders",
            "1 reviews GET /ratings",
        ],
    )
    .await;
}

#[tokio::test]
async fn the_phone_shows_a_product() {
    check(
        "mobile-item",
        &[
            "1 catalog GET /images/{id}",
            "1 catalog GET /products",
            "1 catalog GET /products/{id}",
            "3 customers GET /customers/{id}",
            "1 inventory GET /v2/sellers",
            "1 inventory GET /v2/stock",
            "1 reviews GET /products/{id}/reviews",
            "1 reviews GET /ratings",
        ],
    )
    .await;
}

#[tokio::test]
async fn the_phone_buys() {
    check("mobile-buy", &["1 catalog GET /products", "1 orders POST /orders"]).await;
}

#[tokio::test]
async fn an_order_is_watched_with_a_call_and_one_for_its_products() {
    let shop = Shop::open().await;
    shop.ask("place-order").await;
    let calls = ["1 catalog GET /products", "1 orders GET /orders/{id}"];
    let (event, asked) = shop.watch("watch-order").await;
    assert!(event.contains(r#"{"data":{"order":{"id":"o-10401","status":"PLACED""#), "{event}");
    assert_eq!(asked, &calls[1..], "its products are fresh still");
    let (event, asked) = shop.watch("mobile-purchase").await;
    assert!(event.contains(r#"{"data":{"purchase":{"id":"o-10401","status":"PLACED","titles":["#), "{event}");
    assert_eq!(asked, ["1 orders GET /orders"]);
}

#[tokio::test]
async fn the_catalog_is_not_asked_again_while_its_answers_are_fresh() {
    let shop = Shop::open().await;
    shop.ask("web-home").await;
    let again = shop.ask("web-home").await;
    assert!(!again.iter().any(|call| call.contains(" catalog ")), "the catalog says how long it is fresh: {again:?}");
}
