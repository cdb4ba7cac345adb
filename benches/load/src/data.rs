//! The data behind the static upstream: invented, and the same in every run.
//!
//! The upstream renders it and the driver computes expected answers from it, so neither can be wrong alone.

use serde_json::{Value, json};

/// How many posts there are.
pub const POSTS: usize = 100;
/// How many users there are; each wrote ten posts.
pub const USERS: usize = 10;

const WORDS: [&str; 48] = [
    "amber", "anchor", "autumn", "barley", "beacon", "birch", "bramble", "brook", "candle", "cedar", "clover",
    "copper", "coral", "dapple", "ember", "fallow", "fern", "garnet", "glade", "harbor", "hazel", "heather", "indigo",
    "ivory", "juniper", "kettle", "lantern", "linen", "maple", "marble", "meadow", "mellow", "nettle", "olive",
    "orchard", "pebble", "pewter", "quarry", "russet", "saffron", "sorrel", "tallow", "thistle", "umber", "velvet",
    "walnut", "willow", "yarrow",
];

const NAMES: [&str; USERS] = [
    "Ada Marsh",
    "Bruno Keller",
    "Celia Ortega",
    "Dario Lind",
    "Edda Nowak",
    "Felix Amari",
    "Greta Olsen",
    "Hugo Baptiste",
    "Iris Falk",
    "Jonas Petrov",
];

const CITIES: [&str; 7] = ["Aldersted", "Brimholt", "Corvane", "Dunmere", "Eastwick", "Fernhollow", "Greyport"];

/// The post with this id, of 1 to [`POSTS`].
pub fn post(id: usize) -> Value {
    json!({
        "userId": (id - 1) / (POSTS / USERS) + 1,
        "id": id,
        "title": words(id, 6),
        "body": format!("{}\n{}\n{}", words(id + 200, 8), words(id + 400, 9), words(id + 600, 8)),
    })
}

/// The user with this id, of 1 to [`USERS`].
pub fn user(id: usize) -> Value {
    let name = NAMES[id - 1];
    let login = name.to_lowercase().replace(' ', ".");
    json!({
        "id": id,
        "name": name,
        "username": login.split('.').next(),
        "email": format!("{login}@example.org"),
        "address": {
            "street": format!("{} lane", words(id + 800, 1)),
            "suite": format!("no. {}", id * 7),
            "city": CITIES[id % CITIES.len()],
            "zipcode": format!("{:05}", id * 7_919),
            "geo": { "lat": "-37.3159", "lng": "81.1496" },
        },
        "phone": format!("+00 555 {:04}", id * 613),
        "website": format!("{}.example.org", words(id + 900, 1)),
        "company": { "name": format!("{} works", words(id + 950, 2)), "motto": words(id + 970, 5) },
    })
}

/// The row with this number, from 1.
pub fn row(id: usize) -> Value {
    json!({
        "id": id,
        "name": words(id, 2),
        "city": CITIES[id % CITIES.len()],
        "email": format!("row{id}@example.org"),
        "score": id * 37 % 1_000,
        "active": !id.is_multiple_of(3),
    })
}

/// The key with this number, from 1: it names an item, each another one.
pub fn key(number: usize) -> Value {
    json!({ "itemId": 1_000_000 + number * 7 })
}

/// The item with this id.
pub fn item(id: usize) -> Value {
    json!({ "id": id, "name": words(id, 3), "price": id * 31 % 10_000 })
}

/// All posts, as the upstream lists them.
pub fn posts() -> Value {
    (1..=POSTS).map(post).collect()
}

/// So many words, others for each seed.
fn words(seed: usize, count: usize) -> String {
    let mut state = seed as u64;
    let words: Vec<&str> = (0..count).map(|_| WORDS[next(&mut state)]).collect();
    words.join(" ")
}

/// A step of splitmix64, as an index into `WORDS`.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) % WORDS.len() as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::{key, post, posts, user};

    #[test]
    fn posts_are_about_thirty_kilobytes() {
        let body = serde_json::to_string_pretty(&posts()).unwrap();
        assert!((27_000..33_000).contains(&body.len()), "{}", body.len());
    }

    #[test]
    fn is_the_same_each_time() {
        assert_eq!(post(7), post(7));
        assert_eq!(post(100)["userId"], 10);
        assert_eq!(post(11)["userId"], 2);
        assert_eq!(user(1)["email"], "ada.marsh@example.org");
        assert_ne!(key(1), key(2));
    }
}
