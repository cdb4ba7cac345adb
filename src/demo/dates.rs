//! Dates of the demo: fixed, so that answers never change, and written in the two forms that real services use.

/// The moment at which the demo's shop stands still: 2025-11-03T09:00:00Z.
pub(super) const NOW: u64 = 1_762_160_400;
/// Seconds of a day.
pub(super) const DAY: u64 = 86_400;

/// `2025-11-03` of seconds since 1970.
pub(super) fn iso_date(epoch: u64) -> String {
    let (year, month, day) = civil(epoch / DAY);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2025-11-03T09:00:00Z` of seconds since 1970.
pub(super) fn iso_time(epoch: u64) -> String {
    let (hour, minute, second) = (epoch / 3600 % 24, epoch / 60 % 60, epoch % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", iso_date(epoch))
}

/// Year, month and day of a number of days since 1970, in eras of 400 years that begin in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{NOW, iso_date, iso_time};

    #[test]
    fn writes_dates_as_the_calendar_has_them() {
        assert_eq!(iso_time(NOW), "2025-11-03T09:00:00Z");
        assert_eq!(iso_time(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso_date(951_782_400), "2000-02-29");
        assert_eq!(iso_date(1_735_603_200), "2024-12-31");
    }
}
