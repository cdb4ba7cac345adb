//! Customers.

use super::{Customer, goods::address};
use crate::demo::{
    dates::{DAY, NOW},
    random::Random,
    words::{FIRST_NAMES, LAST_NAMES},
};

/// How many customers the shop has.
const CUSTOMERS: u32 = 120;

/// All customers. The addresses of their mail end in a domain that is reserved for examples.
pub(super) fn customers(random: &mut Random, products: usize) -> Vec<Customer> {
    (0..CUSTOMERS).map(|at| customer(random, at, products)).collect()
}

fn customer(random: &mut Random, at: u32, products: usize) -> Customer {
    // First names run through once in 24 customers and shift by one each time: 120 different pairs.
    let first_name = FIRST_NAMES[at as usize % FIRST_NAMES.len()];
    let last_name = LAST_NAMES[(at as usize * 7 + at as usize / FIRST_NAMES.len()) % LAST_NAMES.len()];
    let points = random.between(0, 4000);
    let favorites = random.between(0, 4);
    Customer {
        id: at + 1,
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        email: format!("{}.{}@example.com", first_name.to_lowercase(), last_name.to_lowercase()),
        address: address(random),
        tier: match points {
            0..1000 => "basic",
            1000..2500 => "silver",
            _ => "gold",
        },
        points,
        member_since: NOW - DAY * u64::from(random.between(30, 2600)),
        newsletter: random.chance(60),
        favorites: (0..favorites)
            .map(|_| {
                let product = random.index(products) + 1;
                let product = u32::try_from(product).expect("the catalog is short");
                (product, NOW - DAY * u64::from(random.between(1, 300)))
            })
            .collect(),
    }
}
