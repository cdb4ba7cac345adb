//! Sellers and products.

use super::{Address, Product, Seller};
use crate::demo::{
    dates::{DAY, NOW},
    random::Random,
    words::{BRANDS, CITIES, COLORS, LINES, OPENINGS, RANGES, SELLER_KINDS, SELLER_NAMES, STREETS, TAGS},
};

/// How many products the catalog holds.
const PRODUCTS: usize = 300;
/// How many sellers there are.
const SELLERS: usize = 24;

/// All sellers.
pub(super) fn sellers(random: &mut Random) -> Vec<Seller> {
    let name = |at: usize| {
        let kind = SELLER_KINDS[(at + at / SELLER_NAMES.len()) % SELLER_KINDS.len()];
        format!("{} {kind}", SELLER_NAMES[at % SELLER_NAMES.len()])
    };
    (0..SELLERS)
        .map(|at| Seller {
            id: number(at) + 1,
            name: name(at),
            rating_tenths: random.between(34, 50),
            joined: NOW - DAY * u64::from(random.between(200, 2400)),
            address: address(random),
        })
        .collect()
}

/// All products: neighbors come from different ranges, so that every page of the catalog has variety.
pub(super) fn products(random: &mut Random, sellers: usize) -> Vec<Product> {
    (0..PRODUCTS).map(|at| product(random, at, sellers)).collect()
}

/// Some address.
pub(super) fn address(random: &mut Random) -> Address {
    let (city, country, prefix) = random.pick(CITIES);
    Address {
        street: format!("{} {}", random.between(1, 180), random.pick(STREETS)),
        city: (*city).to_owned(),
        postal_code: format!("{prefix}{:03}", random.between(0, 999)),
        country: (*country).to_owned(),
    }
}

fn product(random: &mut Random, at: usize, sellers: usize) -> Product {
    let range = at % RANGES.len();
    let round = at / RANGES.len();
    let goods = &RANGES[range];
    let (thing, low, high) = goods.things[round % goods.things.len()];
    // Things repeat every few rounds; the line moves on with every repetition, so that no title occurs twice.
    let (variant, repetition) = (round % goods.things.len(), round / goods.things.len());
    let line = LINES[(repetition * 2 + variant * 3 + range * 4) % LINES.len()];
    let material = *random.pick(goods.materials);
    // Prices end in 90 cents, as in any shop.
    let price_cents = random.between(low / 100, high / 100) * 100 + 90;
    let opening = random.pick(OPENINGS).replace("{thing}", &thing.to_lowercase());
    Product {
        id: number(at) + 1,
        title: format!("{line} {material} {thing}"),
        thing,
        description: format!("{opening} Made for {}.", random.pick(goods.uses)),
        brand: random.pick::<&str>(BRANDS),
        range,
        seller: number(random.index(sellers)) + 1,
        material,
        color: random.pick::<&str>(COLORS),
        weight_grams: random.between(8, 95) * 10,
        tags: tags(random),
        related: related(random, at),
        created: NOW - DAY * u64::from(random.between(20, 900)),
        price_cents,
        list_price_cents: random.chance(20).then(|| reduced_from(random, price_cents)),
        quantity: if random.chance(8) { 0 } else { random.between(1, 80) },
        restocked: NOW - 3600 * u64::from(random.between(1, 900)),
        quality: random.between(2, 5),
    }
}

/// What a reduced product cost before: from a tenth to a half more, and still ending in 90 cents.
fn reduced_from(random: &mut Random, price_cents: u32) -> u32 {
    price_cents + (price_cents * random.between(10, 50) / 10_000).max(1) * 100
}

fn tags(random: &mut Random) -> Vec<&'static str> {
    let first = random.index(TAGS.len());
    let count = random.index(4);
    (0..count).map(|step| TAGS[(first + step * 3) % TAGS.len()]).collect()
}

/// Three products of the same range: they stand a whole round of ranges apart.
fn related(random: &mut Random, at: usize) -> Vec<u32> {
    let first = random.between(1, 8) as usize;
    (0..3).map(|step| number((at + RANGES.len() * (first + step * 5)) % PRODUCTS) + 1).collect()
}

fn number(at: usize) -> u32 {
    u32::try_from(at).expect("the lists of the demo are short")
}
