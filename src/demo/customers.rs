//! The customers service: the oldest of the five. One customer at a time, no bulk endpoint, 404 in plain text.

use std::sync::{Arc, RwLock};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, patch},
};
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    calls::Calls,
    dates::iso_date,
    respond::{id, invalid, ok, parse, service},
    shop::{Customer, Shop},
};

type Shared = Arc<RwLock<Vec<Customer>>>;

/// What may be changed; what is absent stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    email: Option<String>,
    newsletter: Option<bool>,
    address: Option<AddressChanges>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddressChanges {
    street: Option<String>,
    city: Option<String>,
    postcode: Option<String>,
}

/// The routes of the service.
pub(super) fn router(shop: &Shop, calls: &Calls) -> Router {
    let customers: Shared = Arc::new(RwLock::new(shop.customers.clone()));
    let counted = |endpoint, route| calls.counted("customers", endpoint, route);
    let one = counted("GET /customers/{id}", get(customer).with_state(Arc::clone(&customers)))
        .merge(counted("PATCH /customers/{id}", patch(change).with_state(customers)));
    service(Router::new().route("/customers/{id}", one))
}

async fn customer(State(customers): State<Shared>, Path(text): Path<String>) -> Response {
    let customers = customers.read().expect("nothing panics while it writes");
    match id(&text).and_then(|id| customers.iter().find(|customer| customer.id == id)) {
        Some(customer) => ok(&wire(customer)),
        None => unknown(),
    }
}

async fn change(State(customers): State<Shared>, Path(text): Path<String>, body: Bytes) -> Response {
    let changes: Changes = match parse(&body) {
        Ok(changes) => changes,
        Err(answer) => return *answer,
    };
    let mut customers = customers.write().expect("nothing panics while it writes");
    let Some(customer) = id(&text).and_then(|id| customers.iter_mut().find(|customer| customer.id == id)) else {
        return unknown();
    };
    match apply(customer, changes) {
        Ok(()) => ok(&wire(customer)),
        Err(message) => invalid(message),
    }
}

/// Checks all changes before it makes the first one.
fn apply(customer: &mut Customer, changes: Changes) -> Result<(), &'static str> {
    if changes.email.as_deref().is_some_and(|email| email.len() > 200 || !is_address(email)) {
        return Err("`email` must be an address such as name@example.com");
    }
    let address = changes.address.unwrap_or(AddressChanges { street: None, city: None, postcode: None });
    let parts = [&address.street, &address.city, &address.postcode];
    if parts.iter().any(|part| part.as_deref().is_some_and(|text| text.trim().is_empty() || text.len() > 200)) {
        return Err("a part of an address must not be empty or long");
    }
    let set = |place: &mut String, value: Option<String>| {
        if let Some(value) = value {
            *place = value;
        }
    };
    set(&mut customer.email, changes.email);
    set(&mut customer.address.street, address.street);
    set(&mut customer.address.city, address.city);
    set(&mut customer.address.postal_code, address.postcode);
    customer.newsletter = changes.newsletter.unwrap_or(customer.newsletter);
    Ok(())
}

fn is_address(email: &str) -> bool {
    email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}

fn wire(customer: &Customer) -> Value {
    let address = &customer.address;
    let favorites: Vec<_> = customer
        .favorites
        .iter()
        .map(|(product, added)| json!({ "product_id": product, "added_on": iso_date(*added) }))
        .collect();
    json!({
        "id": customer.id,
        "name": { "first": customer.first_name, "last": customer.last_name },
        "email": customer.email,
        "member_since": customer.member_since,
        "loyalty": { "tier": customer.tier, "points": customer.points },
        "newsletter": customer.newsletter,
        "address": {
            "street": address.street,
            "city": address.city,
            "postcode": address.postal_code,
            "country": address.country,
        },
        "favorites": favorites,
        "risk_score": customer.points % 7,
    })
}

/// An old service says so in its own way.
fn unknown() -> Response {
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "no such customer\n").into_response()
}
