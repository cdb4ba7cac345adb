//! Merging two values that siblings give for one key.

use crate::{
    json::Value,
    mapping::{Problems, syntax::Place},
};

/// Objects merge by key, arrays by index, null wins, equal values stay, otherwise the later replaces the earlier.
pub(in crate::mapping) fn merge(earlier: Value, later: Value, place: Place, problems: &mut Problems) -> Value {
    match (earlier, later) {
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        (Value::Object(mut earlier), Value::Object(later)) => {
            for (key, value) in later {
                match earlier.get_mut(&key) {
                    Some(known) => *known = merge(std::mem::take(known), value, place, problems),
                    None => {
                        earlier.insert(key, value);
                    }
                }
            }
            Value::Object(earlier)
        }
        (Value::Array(mut earlier), Value::Array(later)) => {
            for (at, value) in later.into_iter().enumerate() {
                match earlier.get_mut(at) {
                    Some(known) => *known = merge(std::mem::take(known), value, place, problems),
                    None => earlier.push(value),
                }
            }
            Value::Array(earlier)
        }
        (earlier, later) => {
            if earlier.kind() != later.kind() {
                let found = later.type_name();
                let message = format!("lossy merge replacing {} with {found}", earlier.type_name());
                problems.add_found(place.range(), message, found);
            }
            later
        }
    }
}
