//! The orders service: `snake_case`, money as decimal text, ISO times, writes with an idempotency key. What is ordered while it
//! runs is paid, shipped and delivered within a minute, so that there is something to watch.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock, RwLockWriteGuard},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    response::Response,
    routing::{delete, get, post},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    calls::Calls,
    dates::{NOW, iso_time},
    respond::{Parameters, id, invalid, json, missing, number, ok, parse, problem, service, text},
    reviews::Key,
    shop::{Line, Order, Shop},
};

/// How many orders are kept in memory.
const MOST_ORDERS: usize = 10_000;

/// What becomes of an order that is placed now, and when.
const STAGES: [(&str, Duration); 3] =
    [("paid", Duration::from_secs(8)), ("shipped", Duration::from_secs(20)), ("delivered", Duration::from_secs(40))];

type Shared = Arc<RwLock<Book>>;

struct Book {
    shop: Arc<Shop>,
    orders: Vec<Order>,
    /// Orders by the idempotency keys that made them. Each entry belongs to a kept order, so this is bounded too.
    made: HashMap<String, usize>,
    /// Orders on their way, oldest first, and since when.
    moving: Vec<(usize, Instant)>,
}

#[derive(Deserialize)]
struct NewOrder {
    customer_id: Key,
    lines: Vec<NewLine>,
    note: Option<String>,
}

#[derive(Deserialize)]
struct NewLine {
    product_id: Key,
    quantity: u32,
}

/// The routes of the service.
pub(super) fn router(shop: Arc<Shop>, calls: &Calls) -> Router {
    let orders = shop.orders.clone();
    let book: Shared = Arc::new(RwLock::new(Book { shop, orders, made: HashMap::new(), moving: Vec::new() }));
    let counted = |endpoint, route| calls.counted("orders", endpoint, route);
    let list = counted("GET /orders", get(orders_list).with_state(Arc::clone(&book)))
        .merge(counted("POST /orders", post(place).with_state(Arc::clone(&book))));
    let one = counted("GET /orders/{id}", get(order).with_state(Arc::clone(&book)))
        .merge(counted("DELETE /orders/{id}", delete(cancel).with_state(book)));
    service(Router::new().route("/orders", list).route("/orders/{id}", one))
}

/// Orders, newest first: of all customers or of one, in all states or in one.
async fn orders_list(State(book): State<Shared>, parameters: Parameters) -> Response {
    let book = now(&book);
    let (page, size) = (number(&parameters, "page", (1, 10_000)), number(&parameters, "page_size", (10, 100)));
    let (customer, status) = (text(&parameters, "customer_id"), text(&parameters, "status"));
    let found: Vec<_> = book
        .orders
        .iter()
        .rev()
        .filter(|order| customer.is_none_or(|customer| id(customer) == Some(order.customer)))
        .filter(|order| status.is_none_or(|status| order.status() == status))
        .collect();
    let orders: Vec<_> = found.iter().skip((page - 1) * size).take(size).map(|order| wire(order)).collect();
    let next = (page * size < found.len()).then_some(page + 1);
    ok(&json!({ "total_count": found.len(), "next_page": next, "orders": orders }))
}

async fn order(State(book): State<Shared>, Path(text): Path<String>) -> Response {
    let book = now(&book);
    let found = number_of(&text).and_then(|number| book.orders.iter().find(|order| order.number == number));
    found.map_or_else(|| missing("order"), |order| ok(&json!({ "order": wire(order) })))
}

async fn place(State(book): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let wanted: NewOrder = match parse(&body) {
        Ok(wanted) => wanted,
        Err(answer) => return *answer,
    };
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).filter(|key| !key.is_empty());
    if key.is_some_and(|key| key.len() > 200) {
        return invalid("`idempotency-key` must have at most 200 characters");
    }
    let mut book = now(&book);
    if let Some(at) = key.and_then(|key| book.made.get(key)) {
        return ok(&json!({ "order": wire(&book.orders[*at]) }));
    }
    if book.orders.len() >= MOST_ORDERS {
        return problem(StatusCode::INSUFFICIENT_STORAGE, "FULL", "the demo keeps no more orders; restart it");
    }
    let order = match book.check(wanted) {
        Ok(order) => order,
        Err(message) => return invalid(message),
    };
    let answer = json(StatusCode::CREATED, &json!({ "order": wire(&order) }));
    if let Some(key) = key {
        let at = book.orders.len();
        book.made.insert(key.to_owned(), at);
    }
    book.add(order);
    answer
}

/// Cancels an order that has not left the house.
async fn cancel(State(book): State<Shared>, Path(text): Path<String>) -> Response {
    let mut book = now(&book);
    let found = number_of(&text).and_then(|number| book.orders.iter_mut().find(|order| order.number == number));
    let Some(order) = found else {
        return missing("order");
    };
    if !matches!(order.status(), "placed" | "paid") {
        let message = format!("an order that is {} cannot be canceled", order.status());
        return problem(StatusCode::CONFLICT, "NOT_CANCELABLE", &message);
    }
    let last = order.history.last().map_or(NOW, |event| event.1);
    order.history.push(("canceled", last.max(NOW) + 60));
    ok(&json!({ "order": wire(order) }))
}

/// The book, with everything in it that has happened by now.
fn now(book: &Shared) -> RwLockWriteGuard<'_, Book> {
    let mut book = book.write().expect("nothing panics while it writes");
    book.go_on();
    book
}

// === impl Book ===

impl Book {
    /// An order goes on its way.
    fn add(&mut self, order: Order) {
        self.moving.push((self.orders.len(), Instant::now()));
        self.orders.push(order);
    }

    /// Writes down what has happened to the orders on their way.
    fn go_on(&mut self) {
        let orders = &mut self.orders;
        self.moving.retain(|(at, since)| {
            let Some(order) = orders.get_mut(*at).filter(|order| order.status() != "canceled") else { return false };
            let placed = order.history[0].1;
            for (status, after) in STAGES.iter().skip(order.history.len() - 1) {
                if since.elapsed() >= *after {
                    order.history.push((status, placed + after.as_secs()));
                }
            }
            order.history.len() <= STAGES.len()
        });
    }

    /// The order that is wanted, or what is wrong with it.
    fn check(&self, wanted: NewOrder) -> Result<Order, &'static str> {
        let known = |id: &u32| *id as usize <= self.shop.customers.len();
        let customer = wanted.customer_id.number().filter(known).ok_or("`customer_id` is no customer")?;
        if wanted.lines.is_empty() || wanted.lines.len() > 50 {
            return Err("an order needs from 1 to 50 lines");
        }
        if wanted.note.as_deref().is_some_and(|note| note.len() > 1000) {
            return Err("`note` must have at most 1000 bytes");
        }
        let lines = wanted.lines.iter().map(|line| self.line(line)).collect::<Result<Vec<_>, _>>()?;
        let last = self.orders.last().expect("the demo starts with orders");
        // The demo's clock stands still; a minute passes with each new order.
        let placed = last.history[0].1.max(NOW) + 60;
        let note = wanted.note.filter(|note| !note.is_empty());
        Ok(Order { number: last.number + 1, customer, lines, history: vec![("placed", placed)], note })
    }

    fn line(&self, line: &NewLine) -> Result<Line, &'static str> {
        let product =
            line.product_id.number().and_then(|id| self.shop.product(id)).ok_or("`product_id` is no product")?;
        if !(1..=99).contains(&line.quantity) {
            return Err("`quantity` must be from 1 to 99");
        }
        Ok(Line { product: product.id, quantity: line.quantity, unit_cents: product.price_cents })
    }
}

fn wire(order: &Order) -> Value {
    let lines: Vec<_> = order
        .lines
        .iter()
        .map(|line| {
            let sum = u64::from(line.unit_cents) * u64::from(line.quantity);
            json!({
                "product_id": line.product,
                "qty": line.quantity,
                "unit_price": decimal(line.unit_cents.into()),
                "line_total": decimal(sum),
            })
        })
        .collect();
    let event = |(status, at): &(&str, u64)| json!({ "status": status, "at": iso_time(*at) });
    json!({
        "id": format!("o-{}", order.number),
        "customer_id": order.customer,
        "status": order.status(),
        "placed_at": iso_time(order.history[0].1),
        "lines": lines,
        "total": { "amount": decimal(order.total_cents()), "currency": "EUR" },
        "history": order.history.iter().map(event).collect::<Vec<_>>(),
        "note": order.note,
    })
}

/// `149.90` of 14990.
fn decimal(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The number of an order's id.
fn number_of(text: &str) -> Option<u32> {
    id(text.strip_prefix("o-")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_ordered_is_delivered_within_a_minute_unless_it_is_canceled() {
        let shop = Arc::new(Shop::generate());
        let mut book = Book { orders: shop.orders.clone(), shop, made: HashMap::new(), moving: Vec::new() };
        let before = book.orders.len();
        let order =
            |number| Order { number, customer: 1, lines: Vec::new(), history: vec![("placed", NOW)], note: None };
        book.add(order(1));
        book.add(order(2));
        let mut seen = Vec::new();
        for _ in 0..12 {
            book.go_on();
            let one = book.orders[before].status();
            if seen.last() != Some(&one) {
                seen.push(one);
            }
            if one == "paid" && book.orders[before + 1].status() == "paid" {
                book.orders[before + 1].history.push(("canceled", NOW + 9));
            }
            tokio::time::advance(Duration::from_secs(5)).await;
        }
        assert_eq!(seen, ["placed", "paid", "shipped", "delivered"]);
        assert_eq!(book.orders[before].history.last(), Some(&("delivered", NOW + 40)));
        assert_eq!(book.orders[before + 1].status(), "canceled");
        assert!(book.moving.is_empty());
    }
}
