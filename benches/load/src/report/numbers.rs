//! Numbers as people read them: three digits, with a unit.

/// Microseconds: `7.4 µs`, `739 µs`, `4.46 ms`, `1.20 s`.
pub(super) fn time(micros: f64) -> String {
    if micros >= 999_500.0 {
        format!("{} s", digits(micros / 1e6))
    } else if micros >= 999.5 {
        format!("{} ms", digits(micros / 1e3))
    } else {
        format!("{} µs", digits(micros))
    }
}

/// A count with separators: `130 062`.
pub(super) fn count(number: f64) -> String {
    let text = format!("{number:.0}");
    let mut grouped = String::new();
    for (at, digit) in text.chars().enumerate() {
        if at > 0 && (text.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Upstream calls: `2.00`, `0.04`, `0`.
pub(super) fn calls(number: f64) -> String {
    if number == 0.0 {
        "0".to_owned()
    } else if number < 0.005 {
        "< 0.01".to_owned()
    } else if number >= 99.95 {
        format!("{number:.0}")
    } else {
        format!("{number:.2}")
    }
}

/// How many times: `14.5×`, `1.00×`.
pub(super) fn times(ratio: f64) -> String {
    format!("{}×", digits(ratio))
}

/// Bytes in MiB: `21.3 MiB`.
pub(super) fn memory(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / f64::from(1 << 20))
}

/// Three digits where there is something behind the point, never fewer before it.
fn digits(number: f64) -> String {
    if number >= 99.95 {
        format!("{number:.0}")
    } else if number >= 9.995 {
        format!("{number:.1}")
    } else {
        format!("{number:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::{calls, count, memory, time, times};

    #[test]
    fn numbers_have_three_digits_and_a_unit() {
        assert_eq!(
            [7.4, 51.04, 738.6, 4_463.0, 1_204_000.0].map(time),
            ["7.40 µs", "51.0 µs", "739 µs", "4.46 ms", "1.20 s"]
        );
        assert_eq!([0.0, 0.001, 0.044, 2.0, 105.4].map(calls), ["0", "< 0.01", "0.04", "2.00", "105"]);
        assert_eq!([215.0, 1_355.0, 130_062.0].map(count), ["215", "1,355", "130,062"]);
        assert_eq!([1.0, 14.46].map(times), ["1.00×", "14.5×"]);
        assert_eq!(memory(22_334_668.0), "21.3 MiB");
    }
}
