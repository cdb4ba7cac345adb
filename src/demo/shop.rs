//! What the five services know when they start: one consistent shop, generated from a fixed seed.
//!
//! Immutable. Services that can be written to keep their own copy behind a lock.

mod goods;
mod people;
mod trade;

use super::random::Random;

/// The whole shop.
#[derive(Debug)]
pub(super) struct Shop {
    /// Sellers, by id from 1.
    pub(super) sellers: Vec<Seller>,
    /// Products, by id from 1.
    pub(super) products: Vec<Product>,
    /// Customers, by id from 1.
    pub(super) customers: Vec<Customer>,
    /// Reviews, oldest first.
    pub(super) reviews: Vec<Review>,
    /// Orders, oldest first.
    pub(super) orders: Vec<Order>,
}

/// A product of the catalog, with its price and stock.
#[derive(Debug)]
pub(super) struct Product {
    pub(super) id: u32,
    pub(super) title: String,
    pub(super) thing: &'static str,
    pub(super) description: String,
    pub(super) brand: &'static str,
    /// Index into the ranges of `words`.
    pub(super) range: usize,
    pub(super) seller: u32,
    pub(super) material: &'static str,
    pub(super) color: &'static str,
    pub(super) weight_grams: u32,
    pub(super) tags: Vec<&'static str>,
    pub(super) related: Vec<u32>,
    pub(super) created: u64,
    pub(super) price_cents: u32,
    /// The price before a reduction.
    pub(super) list_price_cents: Option<u32>,
    pub(super) quantity: u32,
    pub(super) restocked: u64,
    /// How well it is liked, from 1 to 5: what reviews are drawn around.
    quality: u32,
}

/// Who sells a product.
#[derive(Debug)]
pub(super) struct Seller {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) rating_tenths: u32,
    pub(super) joined: u64,
    pub(super) address: Address,
}

/// Where somebody lives or works.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) street: String,
    pub(super) city: String,
    pub(super) postal_code: String,
    pub(super) country: String,
}

/// Somebody who buys.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    pub(super) id: u32,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) email: String,
    pub(super) address: Address,
    pub(super) tier: &'static str,
    pub(super) points: u32,
    pub(super) member_since: u64,
    pub(super) newsletter: bool,
    /// Products with the date of adding them.
    pub(super) favorites: Vec<(u32, u64)>,
}

/// What a customer thinks of a product.
#[derive(Debug, Clone)]
pub(super) struct Review {
    pub(super) id: u32,
    pub(super) product: u32,
    pub(super) author: u32,
    pub(super) stars: u32,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) helpful: u32,
    pub(super) written: u64,
}

/// What a customer bought.
#[derive(Debug, Clone)]
pub(super) struct Order {
    /// The number behind `o-`.
    pub(super) number: u32,
    pub(super) customer: u32,
    pub(super) lines: Vec<Line>,
    /// What happened to it, oldest first: never empty.
    pub(super) history: Vec<(&'static str, u64)>,
    pub(super) note: Option<String>,
}

/// One line of an order.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) product: u32,
    pub(super) quantity: u32,
    pub(super) unit_cents: u32,
}

// === impl Shop ===

impl Shop {
    /// The shop: equal on every machine and at every start.
    pub(super) fn generate() -> Self {
        let mut random = Random::new(0x000A_11AB_4A2C_4001);
        let sellers = goods::sellers(&mut random);
        let products = goods::products(&mut random, sellers.len());
        let customers = people::customers(&mut random, products.len());
        let orders = trade::orders(&mut random, &products, &customers);
        let reviews = trade::reviews(&mut random, &products, &customers);
        Self { sellers, products, customers, reviews, orders }
    }

    /// The product of an id.
    pub(super) fn product(&self, id: u32) -> Option<&Product> {
        self.products.get(index(id)?)
    }

    /// The seller of an id.
    pub(super) fn seller(&self, id: u32) -> Option<&Seller> {
        self.sellers.get(index(id)?)
    }

    /// The product whose pictures carry this id: there are two of each product.
    pub(super) fn pictured(&self, image: u32) -> Option<&Product> {
        self.product(image / 100).filter(|_| (1..=2).contains(&(image % 100)))
    }
}

// === impl Order ===

impl Order {
    /// The last thing that happened to it.
    pub(super) fn status(&self) -> &'static str {
        self.history.last().expect("an order begins with being placed").0
    }

    /// The sum of its lines.
    pub(super) fn total_cents(&self) -> u64 {
        self.lines.iter().map(|line| u64::from(line.unit_cents) * u64::from(line.quantity)).sum()
    }
}

/// Where an id that counts from 1 stands in its list.
fn index(id: u32) -> Option<usize> {
    Some(id.checked_sub(1)? as usize)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Shop;

    #[test]
    fn has_the_promised_size_and_never_changes() {
        let shop = Shop::generate();
        assert_eq!((shop.products.len(), shop.sellers.len(), shop.customers.len()), (300, 24, 120));
        assert_eq!((shop.reviews.len(), shop.orders.len()), (1000, 400));
        assert_eq!(format!("{shop:?}"), format!("{:?}", Shop::generate()));
    }

    #[test]
    fn has_no_two_products_or_people_of_one_name() {
        let shop = Shop::generate();
        let titles: HashSet<_> = shop.products.iter().map(|product| &product.title).collect();
        let people: HashSet<_> = shop.customers.iter().map(|one| (&one.first_name, &one.last_name)).collect();
        let sellers: HashSet<_> = shop.sellers.iter().map(|seller| &seller.name).collect();
        assert_eq!((titles.len(), people.len(), sellers.len()), (300, 120, 24));
    }

    #[test]
    fn refers_only_to_what_exists() {
        let shop = Shop::generate();
        let product = |id: u32| shop.product(id).is_some();
        let customer = |id: u32| (1..=120).contains(&id);
        assert!(shop.products.iter().all(|one| shop.seller(one.seller).is_some()));
        assert!(shop.products.iter().all(|one| one.related.iter().all(|id| product(*id) && *id != one.id)));
        assert!(shop.reviews.iter().all(|one| product(one.product) && customer(one.author)));
        assert!(shop.orders.iter().all(|one| customer(one.customer) && !one.lines.is_empty()));
        assert!(shop.orders.iter().all(|one| one.lines.iter().all(|line| product(line.product))));
        assert!(shop.orders.iter().all(|one| one.history.iter().is_sorted_by_key(|event| event.1)));
        assert!(shop.product(0).is_none() && shop.product(301).is_none());
        assert!(shop.pictured(1701).is_some() && shop.pictured(1703).is_none() && shop.pictured(40001).is_none());
    }

    #[test]
    fn has_one_review_for_each_author_and_product() {
        let shop = Shop::generate();
        let pairs: HashSet<_> = shop.reviews.iter().map(|one| (one.product, one.author)).collect();
        assert_eq!(pairs.len(), shop.reviews.len());
    }
}
