//! Each endpoint through a real listener.

use std::time::Duration;

use futures_util::StreamExt;
use http::Method;
use serde_json::{Value, json};

use super::{Demo, DemoOptions, start};

/// An answer: status, content type, `Cache-Control`, and the body, as text where it is not JSON.
struct Answer {
    status: u16,
    content_type: String,
    cache_control: String,
    body: Value,
}

async fn demo() -> Demo {
    start(DemoOptions::free_ports()).await.unwrap()
}

async fn get(demo: &Demo, service: &str, path: &str) -> Answer {
    send(demo, (service, Method::GET, path), &Value::Null, &[]).await
}

async fn send(
    demo: &Demo,
    (service, method, path): (&str, Method, &str),
    body: &Value,
    headers: &[(&str, &str)],
) -> Answer {
    let url = format!("{}{path}", demo.base_url(service).unwrap());
    // The client wants a provider for TLS even where it speaks none; a second one is refused, which is fine.
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.request(method, url);
    if !body.is_null() {
        request = request.body(body.to_string());
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let header = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let (status, content_type) = (response.status().as_u16(), header("content-type"));
    let cache_control = header("cache-control");
    let mut bytes = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk.unwrap());
    }
    let text = || Value::String(String::from_utf8(bytes.clone()).unwrap());
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
    Answer { status, content_type, cache_control, body }
}

/// The values of one member in each element of a list.
fn column(list: &Value, member: &str) -> Vec<Value> {
    list.as_array().unwrap().iter().map(|row| row[member].clone()).collect()
}

#[tokio::test]
async fn catalog_pages_through_its_products() {
    let demo = demo().await;
    let page = get(&demo, "catalog", "/products?page=2&per_page=3").await;
    assert_eq!((page.status, page.content_type.as_str()), (200, "application/json"));
    assert_eq!(page.cache_control, "public, max-age=60");
    assert_eq!((&page.body["page"], &page.body["pages"], &page.body["total"]), (&json!(2), &json!(100), &json!(300)));
    assert_eq!(column(&page.body["items"], "id"), [4, 5, 6]);
    let beyond = get(&demo, "catalog", "/products?page=9999").await;
    assert_eq!((beyond.status, &beyond.body["items"]), (200, &json!([])));
    let kitchen = get(&demo, "catalog", "/products?category=kitchen&per_page=2").await;
    assert_eq!((column(&kitchen.body["items"], "id"), &kitchen.body["total"]), (vec![json!(1), json!(13)], &json!(25)));
    let seller = get(&demo, "catalog", "/products?seller_id=3").await;
    assert!(column(&seller.body["items"], "seller_id").iter().all(|id| id == 3));
}

#[tokio::test]
async fn catalog_answers_many_ids_at_once_and_leaves_out_unknown_ones() {
    let demo = demo().await;
    let some = get(&demo, "catalog", "/products?ids=7,999,3,x,007").await;
    assert_eq!(column(&some.body["items"], "id"), [7, 3]);
    assert_eq!(get(&demo, "catalog", "/products?ids=").await.body["items"], json!([]));
    let many = (1..=51).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    let refused = get(&demo, "catalog", &format!("/products?ids={many}")).await;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!("TOO_MANY_IDS")));
}

#[tokio::test]
async fn catalog_answers_one_product_with_all_its_members() {
    let demo = demo().await;
    let one = get(&demo, "catalog", "/products/17").await.body;
    let members: Vec<_> = one.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "attributes",
        "brand",
        "category",
        "created_on",
        "description",
        "id",
        "images",
        "related_ids",
        "seller_id",
        "tags",
        "title",
    ];
    assert_eq!(members, expected);
    assert_eq!(column(&one["images"], "role"), ["detail", "cover"]);
    assert_eq!(column(&one["images"], "id"), [1702, 1701]);
    for path in ["/products/301", "/products/0", "/products/x", "/products/99999999999", "/nothing"] {
        let missing = get(&demo, "catalog", path).await;
        assert_eq!((missing.status, &missing.body["error"]["code"]), (404, &json!("NOT_FOUND")), "{path}");
    }
}

#[tokio::test]
async fn catalog_lists_categories_promotions_and_search_hits() {
    let demo = demo().await;
    let categories = get(&demo, "catalog", "/categories").await;
    assert_eq!(categories.body.as_array().unwrap().len(), 12);
    assert_eq!(categories.cache_control, "public, max-age=300");
    let one = get(&demo, "catalog", "/categories/coffee-and-tea").await.body;
    assert_eq!(one, json!({ "slug": "coffee-and-tea", "name": "Coffee & Tea", "product_count": 25 }));
    assert_eq!(get(&demo, "catalog", "/categories/none").await.status, 404);
    let promotions = get(&demo, "catalog", "/promotions").await.body;
    let kinds = ["product", "article", "category", "product", "article", "product"];
    assert_eq!(column(&promotions["items"], "kind"), kinds);
    let hits = get(&demo, "catalog", "/search?q=GARD&limit=5").await.body;
    assert_eq!(column(&hits["hits"], "type"), ["category", "product", "product", "product", "product"]);
    let articles = get(&demo, "catalog", "/search?q=mend").await.body;
    assert_eq!(column(&articles["hits"], "slug"), ["mend-it-first"]);
    assert_eq!(get(&demo, "catalog", "/search").await.status, 422);
}

#[tokio::test]
async fn catalog_renders_pictures_in_the_width_asked_for() {
    let demo = demo().await;
    let image = get(&demo, "catalog", "/images/1701?w=160").await;
    let url = format!("{}/images/1701/picture.svg?w=160", demo.base_url("catalog").unwrap());
    let expected = json!({ "id": 1701, "width": 160, "height": 120, "url": url, "media_type": "image/svg+xml" });
    assert_eq!(image.body, expected);
    let picture = get(&demo, "catalog", "/images/1701/picture.svg?w=160").await;
    assert_eq!((picture.status, picture.content_type.as_str()), (200, "image/svg+xml"));
    assert!(picture.body.as_str().unwrap().starts_with("<svg"));
    assert_eq!(get(&demo, "catalog", "/images/1703?w=160").await.status, 404);
    assert_eq!(get(&demo, "catalog", "/images/1701?w=5000").await.status, 422);
    assert_eq!(get(&demo, "catalog", "/images/1701/picture.svg?w=x").await.status, 422);
}

#[tokio::test]
async fn inventory_wraps_its_rows_and_has_texts_as_ids() {
    let demo = demo().await;
    let stock = get(&demo, "inventory", "/stock?productIds=9,2,9,777").await;
    assert_eq!(stock.cache_control, "no-store");
    assert_eq!(column(&stock.body["data"], "productId"), ["2", "9"]);
    assert_eq!(stock.body["meta"], json!({ "count": 2 }));
    let one = get(&demo, "inventory", "/stock/9").await.body;
    assert_eq!(one["data"], stock.body["data"][1]);
    assert!(one["data"]["priceCents"].is_u64() && one["data"]["restockedAt"].is_u64());
    assert_eq!(get(&demo, "inventory", "/stock/999").await.body["error"]["code"], "NOT_FOUND");
    assert_eq!(get(&demo, "inventory", "/stock").await.status, 422);
}

#[tokio::test]
async fn inventory_knows_sellers_and_deals() {
    let demo = demo().await;
    let sellers = get(&demo, "inventory", "/sellers?ids=4,2").await.body;
    assert_eq!(column(&sellers["data"], "sellerId"), ["2", "4"]);
    let one = get(&demo, "inventory", "/sellers/4").await.body;
    assert_eq!(one["data"], sellers["data"][1]);
    assert!(one["data"]["address"]["city"].is_string());
    assert_eq!(get(&demo, "inventory", "/sellers/25").await.status, 404);
    let deals = get(&demo, "inventory", "/deals?limit=4").await.body;
    let percents = column(&deals["data"], "discountPercent");
    assert_eq!(percents.len(), 4);
    assert!(percents.iter().rev().is_sorted_by_key(|percent| percent.as_u64()));
}

#[tokio::test]
async fn reviews_answer_ratings_of_repeated_ids() {
    let demo = demo().await;
    let ratings = get(&demo, "reviews", "/ratings?productId=5&productId=1&productId=900").await.body;
    assert_eq!(column(&ratings, "productId"), [5, 1]);
    let stars = ratings[0]["histogram"].as_object().unwrap();
    let sum: u64 = stars.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!((ratings[0]["count"].as_u64().unwrap(), stars.len()), (sum, 5));
    let list = get(&demo, "reviews", "/products/5/reviews?limit=1").await.body;
    assert_eq!((list["total"].as_u64().unwrap(), list["results"].as_array().unwrap().len()), (sum, 1));
    assert_eq!(get(&demo, "reviews", "/ratings").await.status, 400);
    assert_eq!(get(&demo, "reviews", "/products/900/reviews").await.status, 404);
}

#[tokio::test]
async fn reviews_list_the_newest_first() {
    let demo = demo().await;
    let newest = get(&demo, "reviews", "/reviews?limit=3").await.body;
    assert_eq!(column(&newest, "reviewId"), [6000, 5999, 5998]);
    let author = newest[0]["authorId"].as_u64().unwrap();
    let own = get(&demo, "reviews", &format!("/reviews?authorId={author}")).await.body;
    assert!(column(&own, "authorId").iter().all(|id| id.as_u64() == Some(author)));
    assert_eq!(get(&demo, "reviews", "/reviews/6000").await.body, newest[0]);
    assert_eq!(get(&demo, "reviews", "/reviews/7000").await.status, 404);
}

#[tokio::test]
async fn reviews_take_a_valid_review_once() {
    let demo = demo().await;
    let post = async |body: Value| send(&demo, ("reviews", Method::POST, "/reviews"), &body, &[]).await;
    let before = get(&demo, "reviews", "/ratings?productId=8").await.body[0]["count"].as_u64().unwrap();
    let free = (1..=120).find(|id| *id > 110).unwrap();
    let review = |rating: u32| json!({ "productId": "8", "authorId": free, "rating": rating, "headline": "Good", "body": "Very good." });
    let refused = post(review(6)).await;
    let expected = json!({ "code": "VALIDATION_FAILED", "message": "`rating` must be from 1 to 5" });
    assert_eq!((refused.status, &refused.body["error"]), (422, &expected));
    assert_eq!(post(json!({ "rating": 1 })).await.status, 422);
    let added = post(review(5)).await;
    assert_eq!((added.status, &added.body["reviewId"], &added.body["productId"]), (201, &json!(6001), &json!(8)));
    assert_eq!(post(review(5)).await.status, 409);
    assert_eq!(get(&demo, "reviews", "/ratings?productId=8").await.body[0]["count"], before + 1);
}

#[tokio::test]
async fn customers_come_one_by_one() {
    let demo = demo().await;
    let one = get(&demo, "customers", "/customers/7").await;
    assert_eq!((one.status, &one.body["id"]), (200, &json!(7)));
    assert!(one.body["member_since"].is_u64() && one.body["loyalty"]["tier"].is_string());
    let missing = get(&demo, "customers", "/customers/121").await;
    assert_eq!((missing.status, missing.content_type.as_str()), (404, "text/plain; charset=utf-8"));
    assert_eq!(get(&demo, "customers", "/customers?ids=1,2").await.status, 404);
}

#[tokio::test]
async fn customers_change_only_what_is_given() {
    let demo = demo().await;
    let patch = async |body: Value| send(&demo, ("customers", Method::PATCH, "/customers/7"), &body, &[]).await;
    let before = get(&demo, "customers", "/customers/7").await.body;
    let changed = patch(json!({ "email": "new@example.org", "address": { "city": "Graz" } })).await;
    assert_eq!((changed.status, &changed.body["email"]), (200, &json!("new@example.org")));
    assert_eq!((&changed.body["address"]["city"], &changed.body["name"]), (&json!("Graz"), &before["name"]));
    assert_eq!(changed.body["address"]["street"], before["address"]["street"]);
    assert_eq!(patch(json!({ "email": "nonsense" })).await.status, 422);
    assert_eq!(patch(json!({ "points": 1 })).await.status, 422);
    assert_eq!(get(&demo, "customers", "/customers/7").await.body, changed.body);
}

#[tokio::test]
async fn orders_are_listed_by_customer_and_status() {
    let demo = demo().await;
    let all = get(&demo, "orders", "/orders?page_size=2").await.body;
    assert_eq!((&all["total_count"], &all["next_page"]), (&json!(400), &json!(2)));
    assert_eq!(column(&all["orders"], "id"), ["o-10400", "o-10399"]);
    let last = get(&demo, "orders", "/orders?page=200&page_size=2").await.body;
    assert_eq!(last["next_page"], Value::Null);
    let own = get(&demo, "orders", "/orders?customer_id=7").await.body;
    assert!(column(&own["orders"], "customer_id").iter().all(|id| id == 7));
    let canceled = get(&demo, "orders", "/orders?status=canceled").await.body;
    assert!(!canceled["orders"].as_array().unwrap().is_empty());
    assert!(column(&canceled["orders"], "status").iter().all(|status| status == "canceled"));
}

#[tokio::test]
async fn orders_write_money_as_decimal_text_that_adds_up() {
    let demo = demo().await;
    let order = get(&demo, "orders", "/orders/o-10017").await.body;
    let cents = |value: &Value| value.as_str().unwrap().replace('.', "").parse::<u64>().unwrap();
    let sum: u64 = column(&order["order"]["lines"], "line_total").iter().map(cents).sum();
    assert_eq!(sum, cents(&order["order"]["total"]["amount"]));
    for path in ["/orders/o-9", "/orders/10017", "/orders/o-x"] {
        assert_eq!(get(&demo, "orders", path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn orders_are_placed_once_for_each_idempotency_key() {
    let demo = demo().await;
    let key = ("idempotency-key", "k-1");
    let post = async |body: Value| send(&demo, ("orders", Method::POST, "/orders"), &body, &[key]).await;
    let lines = json!([{ "product_id": 17, "quantity": 2 }, { "product_id": "18", "quantity": 1 }]);
    let refused = post(json!({ "customer_id": 500, "lines": lines })).await;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (422, &json!("VALIDATION_FAILED")));
    assert_eq!(post(json!({ "customer_id": 7, "lines": [] })).await.status, 422);
    let placed = post(json!({ "customer_id": 7, "lines": lines, "note": "ring twice" })).await;
    assert_eq!((placed.status, &placed.body["order"]["id"]), (201, &json!("o-10401")));
    let again = post(json!({ "customer_id": 7, "lines": lines })).await;
    assert_eq!((again.status, &again.body), (200, &placed.body));
    assert_eq!(get(&demo, "orders", "/orders/o-10401").await.body, placed.body);
}

#[tokio::test]
async fn orders_are_canceled_until_they_have_left() {
    let demo = demo().await;
    let cancel = async |path: &str| send(&demo, ("orders", Method::DELETE, path), &Value::Null, &[]).await;
    let delivered = get(&demo, "orders", "/orders?status=delivered&page_size=1").await.body;
    let path = format!("/orders/{}", delivered["orders"][0]["id"].as_str().unwrap());
    let refused = cancel(&path).await;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (409, &json!("NOT_CANCELABLE")));
    let paid = get(&demo, "orders", "/orders?status=paid&page_size=1").await.body;
    let path = format!("/orders/{}", paid["orders"][0]["id"].as_str().unwrap());
    assert_eq!(cancel(&path).await.body["order"]["status"], "canceled");
    assert_eq!(cancel(&path).await.status, 409);
    assert_eq!(cancel("/orders/o-1").await.status, 404);
}

#[tokio::test]
async fn bodies_that_are_no_json_or_too_large_are_refused() {
    let demo = demo().await;
    let post = async |body: &Value| send(&demo, ("orders", Method::POST, "/orders"), body, &[]).await.status;
    assert_eq!(post(&json!("x".repeat(70_000))).await, 413);
    assert_eq!(send(&demo, ("orders", Method::POST, "/orders"), &Value::Null, &[]).await.status, 400);
    assert_eq!(send(&demo, ("orders", Method::PUT, "/orders"), &Value::Null, &[]).await.status, 405);
}

#[tokio::test]
async fn calls_are_counted_by_endpoint_and_not_by_address() {
    let demo = demo().await;
    get(&demo, "catalog", "/products/1").await;
    get(&demo, "catalog", "/products/2").await;
    get(&demo, "orders", "/orders").await;
    get(&demo, "orders", "/elsewhere").await;
    let counted: Vec<_> = demo.calls().endpoints().into_iter().collect();
    assert_eq!(counted, [("catalog GET /products/{id}".to_owned(), 2), ("orders GET /orders".to_owned(), 1)]);
    assert_eq!((demo.calls().total(), demo.calls().of("catalog")), (3, 2));
    demo.calls().reset();
    assert_eq!(demo.calls().total(), 0);
}

#[tokio::test]
async fn latency_slows_the_reviews_and_nothing_else() {
    let demo = start(DemoOptions { latency: Duration::from_millis(120), ..DemoOptions::free_ports() }).await.unwrap();
    let before = tokio::time::Instant::now();
    get(&demo, "reviews", "/reviews?limit=1").await;
    assert!(before.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn a_taken_port_is_told_with_service_and_number() {
    let demo = demo().await;
    let taken = demo.addresses().nth(1).unwrap().1.port();
    let error = start(DemoOptions { ports: [0, taken, 0, 0, 0], ..DemoOptions::default() }).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&format!("`inventory` service cannot listen on port {taken}")), "{error}");
}

#[tokio::test]
async fn shutdown_frees_the_ports() {
    let demo = demo().await;
    get(&demo, "catalog", "/products/1").await;
    let ports: Vec<_> = demo.addresses().map(|(_, address)| address.port()).collect();
    demo.shutdown().await;
    let again = start(DemoOptions { ports: ports.try_into().unwrap(), ..DemoOptions::default() }).await;
    assert!(again.is_ok());
}
