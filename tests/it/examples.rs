//! `examples/` and `docs/`: the JSONPlaceholder API run locally by json-server, and what the pages show.
//!
//! Whole answers and exact numbers of calls. Fails, rather than passes over anything, where Node's packages are missing.

mod documentation;
mod jsonplaceholder;

struct NoEnvironment;

impl anabranch::config::Environment for NoEnvironment {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}
