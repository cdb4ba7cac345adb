//! Generic sharing of results: a store of fresh ones bounded in bytes, single flight for those on their way, the
//! fences and holders that decide what may still be shared, and results derived from those that are kept.
//!
//! Knows no HTTP and no GraphQL. Keys are compared in full, never by hash alone. Time is tokio's, so that tests can pause it.

mod derived;
mod fence;
mod flight;
mod holder;
mod stay;
mod store;

pub use derived::Derived;
pub use fence::{Epoch, Fence};
pub use flight::{Flights, Lost, Passenger};
pub use holder::{Holder, Holders};
pub use stay::{Stay, Terms};
pub use store::{Found, Store};

/// What an entry of a store costs besides its key and value, in bytes: moka's nodes, queues and sketch.
const ENTRY_OVERHEAD: usize = 256;
