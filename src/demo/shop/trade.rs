//! Orders and reviews.

use std::collections::HashSet;

use super::{Customer, Line, Order, Product, Review};
use crate::demo::{
    dates::{DAY, NOW},
    random::Random,
    words::{REVIEW_TEXTS, REVIEW_TITLES},
};

/// How many orders there are at the start.
const ORDERS: u32 = 400;
/// How many reviews there are at the start.
const REVIEWS: u32 = 1000;

/// All orders, oldest first.
pub(super) fn orders(random: &mut Random, products: &[Product], customers: &[Customer]) -> Vec<Order> {
    (0..ORDERS)
        .map(|at| {
            let placed = NOW - 43_200 * u64::from(ORDERS - at) + u64::from(random.between(0, 40_000));
            Order {
                number: 10_001 + at,
                customer: random.pick(customers).id,
                lines: lines(random, products),
                history: history(random, placed),
                note: random.chance(12).then(|| "Please leave it with the neighbors.".to_owned()),
            }
        })
        .collect()
}

/// All reviews, oldest first; nobody reviews one product twice.
pub(super) fn reviews(random: &mut Random, products: &[Product], customers: &[Customer]) -> Vec<Review> {
    let mut seen = HashSet::new();
    let mut reviews = Vec::new();
    let mut written = NOW - 21_600 * u64::from(REVIEWS);
    for id in 5001..5001 + REVIEWS {
        let (product, author) = loop {
            let pair = (random.pick(products), random.pick(customers).id);
            if seen.insert((pair.0.id, pair.1)) {
                break pair;
            }
        };
        written += u64::from(random.between(3_600, 36_000));
        reviews.push(review(random, product, (id, author, written)));
    }
    reviews
}

fn review(random: &mut Random, product: &Product, (id, author, written): (u32, u32, u64)) -> Review {
    // Around the product's quality, with the odd outlier that every shop knows.
    let stars = if random.chance(10) { random.between(1, 5) } else { (product.quality + random.between(0, 1)).min(5) };
    let mood = stars as usize - 1;
    let thing = product.thing.to_lowercase();
    Review {
        id,
        product: product.id,
        author,
        stars,
        title: (*random.pick(REVIEW_TITLES[mood])).to_owned(),
        text: random.pick(REVIEW_TEXTS[mood]).replace("{thing}", &thing),
        helpful: random.between(0, 40),
        written: written.min(NOW),
    }
}

fn lines(random: &mut Random, products: &[Product]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for _ in 0..random.between(1, 4) {
        let product = random.pick(products);
        if lines.iter().all(|line| line.product != product.id) {
            let quantity = if random.chance(75) { 1 } else { random.between(2, 4) };
            lines.push(Line { product: product.id, quantity, unit_cents: product.price_cents });
        }
    }
    lines
}

/// Orders move on with age; one in fourteen is canceled.
fn history(random: &mut Random, placed: u64) -> Vec<(&'static str, u64)> {
    let mut events = vec![("placed", placed)];
    if random.chance(7) {
        events.push(("canceled", placed + u64::from(random.between(600, 40_000))));
        return events;
    }
    for (status, days) in [("paid", 0), ("shipped", 2), ("delivered", 5)] {
        let at = placed + DAY * days + u64::from(random.between(600, 50_000));
        let last = events.last().map_or(placed, |event| event.1);
        if at < NOW {
            events.push((status, at.max(last)));
        }
    }
    events
}
