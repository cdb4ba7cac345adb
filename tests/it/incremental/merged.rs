//! What clients make of the parts.
