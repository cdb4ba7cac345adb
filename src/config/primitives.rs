//! Durations, sizes and secrets as types.

use std::{fmt, time::Duration};

/// A duration, written `"800ms"`, `"5s"`, `"2m"`, `"1h"`; more than zero where the key says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub Duration);

/// A size in bytes, written `"64KiB"`, `"16MiB"`, `"1GiB"`, `"500B"` or a plain integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

/// Text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
