//! The reviews service: `camelCase`, bare arrays, bulk by a repeated parameter, ISO times, writes; the slow one.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    calls::Calls,
    dates::{NOW, iso_time},
    respond::{Parameters, id, ids, invalid, json, missing, number, ok, parse, problem, service, text},
    shop::{Review, Shop},
};

/// How many reviews are kept in memory.
const MOST_REVIEWS: usize = 10_000;
/// How many products one request may name.
const MOST_IDS: usize = 100;

type Shared = Arc<RwLock<Book>>;

struct Book {
    reviews: Vec<Review>,
    by_product: HashMap<u32, Vec<usize>>,
    products: u32,
    customers: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireReview<'a> {
    review_id: u32,
    product_id: u32,
    author_id: u32,
    rating: u32,
    headline: &'a str,
    body: &'a str,
    helpful_votes: u32,
    created_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewReview {
    product_id: Key,
    author_id: Key,
    rating: u32,
    headline: String,
    body: String,
}

/// An id in a request: a number, or the text of one.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Key {
    Number(u32),
    Text(String),
}

/// The routes of the service.
pub(super) fn router(shop: &Shop, calls: &Calls) -> Router {
    let book: Shared = Arc::new(RwLock::new(Book::new(shop)));
    let counted = |endpoint, route| calls.counted("reviews", endpoint, route);
    let lists = counted("GET /reviews", get(reviews).with_state(Arc::clone(&book)))
        .merge(counted("POST /reviews", post(add).with_state(Arc::clone(&book))));
    let of_product = get(product_reviews).with_state(Arc::clone(&book));
    service(
        Router::new()
            .route("/reviews", lists)
            .route("/reviews/{id}", counted("GET /reviews/{id}", get(review).with_state(Arc::clone(&book))))
            .route("/products/{id}/reviews", counted("GET /products/{id}/reviews", of_product))
            .route("/ratings", counted("GET /ratings", get(ratings).with_state(book))),
    )
}

/// The newest reviews, of all or of one author.
async fn reviews(State(book): State<Shared>, parameters: Parameters) -> Response {
    let book = book.read().expect("nothing panics while it writes");
    let author = text(&parameters, "authorId");
    let limit = number(&parameters, "limit", (10, 100));
    let newest = book.reviews.iter().rev();
    let found = newest.filter(|review| author.is_none_or(|author| id(author) == Some(review.author)));
    ok(&found.take(limit).map(wire).collect::<Vec<_>>())
}

async fn review(State(book): State<Shared>, Path(text): Path<String>) -> Response {
    let book = book.read().expect("nothing panics while it writes");
    let found = id(&text).and_then(|id| book.reviews.iter().find(|review| review.id == id));
    found.map_or_else(|| missing("review"), |review| ok(&wire(review)))
}

async fn product_reviews(State(book): State<Shared>, Path(text): Path<String>, parameters: Parameters) -> Response {
    let book = book.read().expect("nothing panics while it writes");
    let Some(product) = id(&text).filter(|id| *id <= book.products) else {
        return missing("product");
    };
    let mut found: Vec<_> = book.of(product).collect();
    match super::respond::text(&parameters, "sort") {
        Some("helpful") => found.sort_by_key(|review| (u32::MAX - review.helpful, review.id)),
        Some("critical") => found.sort_by_key(|review| (review.stars, review.id)),
        _ => found.reverse(),
    }
    let limit = number(&parameters, "limit", (5, 100));
    let results: Vec<_> = found.iter().take(limit).map(|review| wire(review)).collect();
    ok(&json!({ "total": found.len(), "results": results }))
}

/// Averages of several products: `?productId=1&productId=2`.
async fn ratings(State(book): State<Shared>, parameters: Parameters) -> Response {
    let book = book.read().expect("nothing panics while it writes");
    let ids = ids(&parameters, "productId").unwrap_or_default();
    if ids.is_empty() || ids.len() > MOST_IDS {
        return problem(StatusCode::BAD_REQUEST, "BAD_IDS", "from 1 to 100 times `productId` is required");
    }
    let known = ids.iter().filter_map(|text| id(text)).filter(|id| *id <= book.products);
    ok(&known.map(|product| book.rating(product)).collect::<Vec<_>>())
}

async fn add(State(book): State<Shared>, body: Bytes) -> Response {
    let wanted: NewReview = match parse(&body) {
        Ok(wanted) => wanted,
        Err(answer) => return *answer,
    };
    let mut book = book.write().expect("nothing panics while it writes");
    let Some(product) = wanted.product_id.number().filter(|id| *id <= book.products) else {
        return invalid("`productId` is no product");
    };
    let Some(author) = wanted.author_id.number().filter(|id| *id <= book.customers) else {
        return invalid("`authorId` is no customer");
    };
    if !(1..=5).contains(&wanted.rating) {
        return invalid("`rating` must be from 1 to 5");
    }
    if wanted.headline.trim().is_empty() || wanted.headline.len() > 200 || wanted.body.len() > 5000 {
        return invalid("`headline` must not be empty, and both texts not long");
    }
    if book.of(product).any(|review| review.author == author) {
        return problem(StatusCode::CONFLICT, "ALREADY_REVIEWED", "this customer has reviewed this product");
    }
    if book.reviews.len() >= MOST_REVIEWS {
        return problem(StatusCode::INSUFFICIENT_STORAGE, "FULL", "the demo keeps no more reviews; restart it");
    }
    let added = book.add(&wanted, product, author);
    json(StatusCode::CREATED, &wire(added))
}

// === impl Book ===

impl Book {
    fn new(shop: &Shop) -> Self {
        let count = |length: usize| u32::try_from(length).expect("the lists of the demo are short");
        let mut by_product: HashMap<u32, Vec<usize>> = HashMap::new();
        for (at, review) in shop.reviews.iter().enumerate() {
            by_product.entry(review.product).or_default().push(at);
        }
        let (products, customers) = (count(shop.products.len()), count(shop.customers.len()));
        Self { reviews: shop.reviews.clone(), by_product, products, customers }
    }

    /// The reviews of a product, oldest first.
    fn of(&self, product: u32) -> impl Iterator<Item = &Review> {
        self.by_product.get(&product).into_iter().flatten().map(|at| &self.reviews[*at])
    }

    fn rating(&self, product: u32) -> serde_json::Value {
        let mut stars = [0_u32; 5];
        for review in self.of(product) {
            stars[review.stars as usize - 1] += 1;
        }
        let count: u32 = stars.iter().sum();
        let sum: u32 = stars.iter().zip(1..).map(|(count, star)| count * star).sum();
        // Rounded to one digit, as shops show it.
        let average = (count > 0).then(|| f64::from((sum * 20 + count) / (2 * count)) / 10.0);
        let histogram = json!({ "1": stars[0], "2": stars[1], "3": stars[2], "4": stars[3], "5": stars[4] });
        json!({ "productId": product, "average": average, "count": count, "histogram": histogram })
    }

    fn add(&mut self, wanted: &NewReview, product: u32, author: u32) -> &Review {
        let last = self.reviews.last().expect("the demo starts with reviews");
        // The demo's clock stands still; a minute passes with each new review.
        let (id, written) = (last.id + 1, last.written.max(NOW) + 60);
        self.by_product.entry(product).or_default().push(self.reviews.len());
        self.reviews.push(Review {
            id,
            product,
            author,
            stars: wanted.rating,
            title: wanted.headline.clone(),
            text: wanted.body.clone(),
            helpful: 0,
            written,
        });
        self.reviews.last().expect("one was added")
    }
}

// === impl Key ===

impl Key {
    /// The id, if it can be one.
    pub(super) fn number(&self) -> Option<u32> {
        match self {
            Self::Number(number) => Some(*number).filter(|number| *number > 0),
            Self::Text(text) => id(text),
        }
    }
}

fn wire(review: &Review) -> WireReview<'_> {
    WireReview {
        review_id: review.id,
        product_id: review.product,
        author_id: review.author,
        rating: review.stars,
        headline: &review.title,
        body: &review.text,
        helpful_votes: review.helpful,
        created_at: iso_time(review.written),
    }
}
