//! Medians of few rounds, with what they lie between.

use serde::{Deserialize, Serialize};

/// The middle of some measurements, and their ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The one in the middle, or the mean of the two there.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

/// The spread of at least one measurement.
pub fn spread(values: impl IntoIterator<Item = f64>) -> Option<Spread> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = if values.len().is_multiple_of(2) {
        (values.get(middle.checked_sub(1)?)? + values.get(middle)?) / 2.0
    } else {
        *values.get(middle)?
    };
    Some(Spread { median, min: *values.first()?, max: *values.last()? })
}

#[cfg(test)]
mod tests {
    use super::{Spread, spread};

    #[test]
    fn medians_of_odd_and_even_counts() {
        assert_eq!(spread([]), None);
        assert_eq!(spread([3.0]), Some(Spread { median: 3.0, min: 3.0, max: 3.0 }));
        assert_eq!(spread([9.0, 1.0, 2.0]), Some(Spread { median: 2.0, min: 1.0, max: 9.0 }));
        assert_eq!(spread([4.0, 1.0, 2.0, 9.0]), Some(Spread { median: 3.0, min: 1.0, max: 9.0 }));
    }
}
