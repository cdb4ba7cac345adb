//! Calls to upstreams, below any operation: what is sent, what is shared, what is kept, what is refused.

mod batches;
mod bench;
mod calls;
mod connections;
mod fences;
mod hostile;
mod logs;
mod rendering;
mod sharing;
mod tls;
