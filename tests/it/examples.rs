//! `examples/`: the JSONPlaceholder API run locally by json-server, and the operations of the demo shop.
//!
//! Whole answers and exact numbers of calls. Fails, rather than passes over anything, where Node's packages are missing.

mod jsonplaceholder;
