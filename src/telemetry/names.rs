//! Names of all metrics, units in the names. Counters get `_total` when they are written.

/// Histogram: time from a request's arrival to its answer, by client, kind and outcome.
pub const OPERATION_DURATION: &str = "anabranch_operation_duration_seconds";
/// Counter: operations of apps that say who they are, by client, app, version and outcome.
pub const APP_OPERATIONS: &str = "anabranch_app_operations";
/// Counter: operations whose plan was found in the plan cache.
pub const PLAN_CACHE_HITS: &str = "anabranch_plan_cache_hits";
/// Counter: operations that had to be parsed, validated and planned.
pub const PLAN_CACHE_MISSES: &str = "anabranch_plan_cache_misses";
/// Counter: requests that name a document, by client and what came of it.
pub const PERSISTED_DOCUMENTS: &str = "anabranch_persisted_documents";
/// Histogram: time of one upstream exchange, without its wait in the queue, by upstream and connector.
pub const UPSTREAM_CALL_DURATION: &str = "anabranch_upstream_call_duration_seconds";
/// Counter: upstream exchanges by upstream, connector and outcome.
pub const UPSTREAM_CALLS: &str = "anabranch_upstream_calls";
/// Counter: calls that joined an identical one in flight.
pub const UPSTREAM_SHARED: &str = "anabranch_upstream_shared_calls";
/// Counter: `404` answers that mean null.
pub const UPSTREAM_NOT_FOUND: &str = "anabranch_upstream_not_found";
/// Gauge: upstream exchanges going on.
pub const UPSTREAM_IN_FLIGHT: &str = "anabranch_upstream_calls_in_flight";
/// Histogram: wait for a slot of the upstream's concurrency.
pub const UPSTREAM_QUEUE_WAIT: &str = "anabranch_upstream_queue_wait_seconds";
/// Counter: mapping problems by upstream and connector.
pub const MAPPING_PROBLEMS: &str = "anabranch_mapping_problems";
/// Counter: answers and entities found fresh.
pub const CACHE_HITS: &str = "anabranch_upstream_cache_hits";
/// Counter: cacheable requests that were not found fresh.
pub const CACHE_MISSES: &str = "anabranch_upstream_cache_misses";
/// Counter: answers and entities stored.
pub const CACHE_STORES: &str = "anabranch_upstream_cache_stores";
/// Counter: bytes that left the cache for want of room.
pub const CACHE_EVICTED: &str = "anabranch_upstream_cache_evicted_bytes";
/// Counter: queries answered with a whole answer that was kept.
pub const ANSWER_CACHE_HITS: &str = "anabranch_answer_cache_hits";
/// Counter: queries whose whole answer was not kept, or not valid any more.
pub const ANSWER_CACHE_MISSES: &str = "anabranch_answer_cache_misses";
/// Counter: whole answers kept.
pub const ANSWER_CACHE_STORES: &str = "anabranch_answer_cache_stores";
/// Counter: queries that were given the answer of an identical one that ran at the same time.
pub const SHARED_OPERATIONS: &str = "anabranch_shared_operations";
/// Gauge: WebSocket connections that are open.
pub const WEBSOCKET_CONNECTIONS: &str = "anabranch_websocket_connections";
/// Counter: WebSocket connections that ended, by the code they were closed with; `1006` is a connection that was lost.
pub const WEBSOCKET_CLOSES: &str = "anabranch_websocket_closes";
/// Gauge: operations going on whose answers are streamed, by transport.
pub const STREAMED_OPERATIONS: &str = "anabranch_streamed_operations";
/// Gauge: subscriptions by client.
pub const SUBSCRIPTIONS: &str = "anabranch_subscriptions";
/// Counter: events sent to subscribers, by client.
pub const SUBSCRIPTION_EVENTS: &str = "anabranch_subscription_events";
/// Gauge: upstream requests that are made again and again for subscribers, by upstream.
pub const POLLERS: &str = "anabranch_pollers";
/// Counter: requests made so, by upstream, connector, and whether the answer was another one.
pub const POLLS: &str = "anabranch_polls";
