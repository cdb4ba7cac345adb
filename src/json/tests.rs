//! Tests of the JSON layer.
