//! The pricing and stock service: `camelCase`, a `data` wrapper, texts as ids, money in cents, epoch seconds.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use http::StatusCode;
use serde::Serialize;
use serde_json::json;

use super::{
    calls::Calls,
    dates::{DAY, NOW},
    respond::{Parameters, cached, id, ids, invalid, missing, number, ok, problem, service},
    shop::{Product, Seller, Shop},
};

/// How many rows one request may ask for by id.
const MOST_IDS: usize = 100;
/// Warehouses with their cities.
const WAREHOUSES: [(&str, &str); 3] = [("NORTH", "Gothenburg"), ("WEST", "Ghent"), ("SOUTH", "Bologna")];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stock {
    product_id: String,
    price_cents: u32,
    list_price_cents: Option<u32>,
    currency: &'static str,
    display_price: String,
    quantity: u32,
    status: &'static str,
    warehouse: Warehouse,
    restocked_at: u64,
}

#[derive(Serialize)]
struct Warehouse {
    code: &'static str,
    city: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireSeller<'a> {
    seller_id: String,
    display_name: &'a str,
    rating: f64,
    joined_at: u64,
    address: WireAddress<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireAddress<'a> {
    street: &'a str,
    city: &'a str,
    postal_code: &'a str,
    country_code: &'a str,
}

/// The routes of the service.
pub(super) fn router(shop: Arc<Shop>, calls: &Calls) -> Router {
    let counted = |endpoint, route| calls.counted("inventory", endpoint, route);
    service(
        Router::new()
            .route("/v2/stock", counted("GET /v2/stock", get(stocks).with_state(Arc::clone(&shop))))
            .route("/v2/stock/{id}", counted("GET /v2/stock/{id}", get(stock).with_state(Arc::clone(&shop))))
            .route("/v2/deals", counted("GET /v2/deals", get(deals).with_state(Arc::clone(&shop))))
            .route("/v2/sellers", counted("GET /v2/sellers", get(sellers).with_state(Arc::clone(&shop))))
            .route("/v2/sellers/{id}", counted("GET /v2/sellers/{id}", get(seller).with_state(shop))),
    )
}

async fn stocks(State(shop): State<Arc<Shop>>, parameters: Parameters) -> Response {
    // Prices and stock are never to be kept; sellers below may be, for as long as whoever asks sees fit.
    cached(bulk(ids(&parameters, "productIds"), |id| shop.product(id).map(wire)), "no-store")
}

async fn stock(State(shop): State<Arc<Shop>>, Path(text): Path<String>) -> Response {
    match id(&text).and_then(|id| shop.product(id)) {
        Some(product) => cached(ok(&json!({ "data": wire(product) })), "no-store"),
        None => missing("product"),
    }
}

/// Products at a reduced price, the largest reduction first.
async fn deals(State(shop): State<Arc<Shop>>, parameters: Parameters) -> Response {
    let reduced = shop.products.iter().filter_map(|product| Some((product, percent_off(product)?)));
    let mut deals: Vec<_> = reduced.collect();
    deals.sort_by_key(|(product, percent)| (u32::MAX - percent, product.id));
    let wire = |(product, percent): &(&Product, u32)| {
        let ends = NOW + DAY * u64::from(2 + product.id % 12);
        json!({ "productId": product.id.to_string(), "discountPercent": percent, "endsAt": ends })
    };
    let limit = number(&parameters, "limit", (5, 50));
    let data: Vec<_> = deals.iter().take(limit).map(wire).collect();
    ok(&json!({ "meta": { "count": data.len() }, "data": data }))
}

async fn sellers(State(shop): State<Arc<Shop>>, parameters: Parameters) -> Response {
    bulk(ids(&parameters, "ids"), |id| shop.seller(id).map(wire_seller))
}

async fn seller(State(shop): State<Arc<Shop>>, Path(text): Path<String>) -> Response {
    match id(&text).and_then(|id| shop.seller(id)) {
        Some(seller) => ok(&json!({ "data": wire_seller(seller) })),
        None => missing("seller"),
    }
}

/// The rows of some ids, in an order that is not that of the ids, and without those that do not exist.
fn bulk<T: Serialize>(ids: Option<Vec<&str>>, row: impl Fn(u32) -> Option<T>) -> Response {
    let Some(ids) = ids else {
        return invalid("ids are required");
    };
    if ids.len() > MOST_IDS {
        return problem(StatusCode::BAD_REQUEST, "TOO_MANY_IDS", "at most 100 ids in one request");
    }
    let mut numbers: Vec<_> = ids.iter().filter_map(|text| id(text)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let data: Vec<_> = numbers.into_iter().filter_map(row).collect();
    ok(&json!({ "meta": { "count": data.len() }, "data": data }))
}

fn wire(product: &Product) -> Stock {
    let (code, city) = WAREHOUSES[product.id as usize % WAREHOUSES.len()];
    Stock {
        product_id: product.id.to_string(),
        price_cents: product.price_cents,
        list_price_cents: product.list_price_cents,
        currency: "EUR",
        display_price: format!("€{}.{:02}", product.price_cents / 100, product.price_cents % 100),
        quantity: product.quantity,
        status: match product.quantity {
            0 => "out",
            1..=5 => "low",
            _ => "in_stock",
        },
        warehouse: Warehouse { code, city },
        restocked_at: product.restocked,
    }
}

fn wire_seller(seller: &Seller) -> WireSeller<'_> {
    let address = &seller.address;
    WireSeller {
        seller_id: seller.id.to_string(),
        display_name: &seller.name,
        rating: f64::from(seller.rating_tenths) / 10.0,
        joined_at: seller.joined,
        address: WireAddress {
            street: &address.street,
            city: &address.city,
            postal_code: &address.postal_code,
            country_code: &address.country,
        },
    }
}

/// By how many percent a product is reduced.
fn percent_off(product: &Product) -> Option<u32> {
    let before = product.list_price_cents.filter(|before| *before > product.price_cents)?;
    Some((before - product.price_cents) * 100 / before)
}
