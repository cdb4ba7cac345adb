//! Subscriptions that are polled: one poller for all who ask the same, events that are changes, and an end.

mod bench;
mod bounds;
mod events;
mod failures;
mod freshness;
mod refusals;
mod sharing;
