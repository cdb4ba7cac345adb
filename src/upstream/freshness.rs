//! How long an answer may be reused: what the upstream says and what the schema says, the smaller of both.
//!
//! We are a shared cache, so `s-maxage` goes before `max-age`.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, header};

use crate::model::{CacheHint, CacheScope};

/// What an upstream says of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Directives {
    /// `no-store`, `no-cache`, `Vary: *`, or cookies: never kept.
    pub(super) forbidden: bool,
    /// `private`
    pub(super) private: bool,
    /// How long it is fresh from when it was received. `None`: not said.
    pub(super) lifetime: Option<Duration>,
}

/// A year: more is as good as for ever, and keeps sums of times in range.
const LONGEST: u64 = 31_536_000;

impl Directives {
    /// Reads the headers of an answer that is received now, as `now` tells.
    pub(super) fn read(headers: &HeaderMap, now: fn() -> SystemTime) -> Self {
        let mut directives = Self::default();
        let (mut max_age, mut shared_max_age) = (None, None);
        for directive in list(headers, &header::CACHE_CONTROL) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let seconds = || value.trim().trim_matches('"').parse::<u64>().unwrap_or(0);
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" | "no-cache" => directives.forbidden = true,
                "private" => directives.private = true,
                "max-age" => max_age = Some(max_age.unwrap_or(u64::MAX).min(seconds())),
                "s-maxage" => shared_max_age = Some(shared_max_age.unwrap_or(u64::MAX).min(seconds())),
                _ => {}
            }
        }
        if list(headers, &header::VARY).any(|name| name == "*") || headers.contains_key(header::SET_COOKIE) {
            directives.forbidden = true;
        }
        let stated = shared_max_age.or(max_age).or_else(|| until_expiry(headers, now));
        directives.lifetime =
            stated.map(|seconds| Duration::from_secs(seconds.min(LONGEST).saturating_sub(age(headers))));
        directives
    }

    /// How long the answer is fresh from when it was received; `None`: it is not to be kept.
    /// `personal`: the request carried something of its client, which is therefore part of what the answer is kept under.
    pub(super) fn lifetime(&self, hint: CacheHint, personal: bool) -> Option<Duration> {
        let private = self.private || hint.scope == CacheScope::Private;
        if self.forbidden || (private && !personal) {
            return None;
        }
        let lifetime = match (self.lifetime, hint.max_age) {
            (Some(upstream), Some(schema)) => upstream.min(schema),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return None,
        };
        (!lifetime.is_zero()).then_some(lifetime.min(Duration::from_secs(LONGEST)))
    }
}

/// `Retry-After`: seconds or a date.
pub(super) fn retry_after(headers: &HeaderMap, now: fn() -> SystemTime) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds.min(LONGEST)));
    }
    let until = Duration::from_secs(http_date(text)?);
    Some(until.saturating_sub(now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()))
}

fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(str::trim))
}

fn age(headers: &HeaderMap) -> u64 {
    headers.get(header::AGE).and_then(|age| age.to_str().ok()?.trim().parse().ok()).unwrap_or(0)
}

/// Seconds from `Date` (or now) to `Expires`; what is no date is over already.
fn until_expiry(headers: &HeaderMap, now: fn() -> SystemTime) -> Option<u64> {
    let expires = headers.get(header::EXPIRES)?;
    let Some(expires) = expires.to_str().ok().and_then(http_date) else { return Some(0) };
    let date = headers.get(header::DATE).and_then(|date| date.to_str().ok()).and_then(http_date);
    let now = date.unwrap_or_else(|| now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()));
    Some(expires.saturating_sub(now))
}

/// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`. The two obsolete forms of RFC 9110 are not read.
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.split_once(", ")?;
    let mut parts = rest.split(' ');
    let day: u64 = parts.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let name = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as u64 + 1;
    let year: u64 = parts.next()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let mut clock = parts.next()?.split(':').map(|part| part.parse::<u64>().ok().filter(|number| *number < 61));
    let (hours, minutes, seconds) = (clock.next()??, clock.next()??, clock.next()??);
    // Days since 1970-01-01, counting years from March so that the leap day is the last.
    let shifted = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = (365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year).checked_sub(719_468)?;
    Some(days * 86_400 + hours * 3_600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 784_111_777;

    fn read(headers: &[(&'static str, &'static str)]) -> Directives {
        let map = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
        Directives::read(&map, || SystemTime::UNIX_EPOCH + Duration::from_secs(NOW))
    }

    fn lifetime(headers: &[(&'static str, &'static str)], hint: Option<u64>, personal: bool) -> Option<u64> {
        let hint = CacheHint { max_age: hint.map(Duration::from_secs), scope: CacheScope::Public };
        read(headers).lifetime(hint, personal).map(|lifetime| lifetime.as_secs())
    }

    #[test]
    fn the_smaller_of_upstream_and_schema_counts() {
        assert_eq!(lifetime(&[], None, false), None);
        assert_eq!(lifetime(&[], Some(60), false), Some(60));
        assert_eq!(lifetime(&[("cache-control", "max-age=10")], None, false), Some(10));
        assert_eq!(lifetime(&[("cache-control", "max-age=10")], Some(60), false), Some(10));
        assert_eq!(lifetime(&[("cache-control", "public, max-age=100")], Some(60), false), Some(60));
        assert_eq!(lifetime(&[("cache-control", "max-age=10, S-MaxAge=\"20\"")], None, false), Some(20));
        assert_eq!(lifetime(&[("cache-control", "max-age=0")], Some(60), false), None);
        assert_eq!(lifetime(&[("cache-control", "max-age=soon")], Some(60), false), None);
        assert_eq!(lifetime(&[("cache-control", "max-age=10"), ("age", "4")], None, false), Some(6));
    }

    #[test]
    fn refusals_always_win() {
        assert_eq!(lifetime(&[("cache-control", "no-store, max-age=10")], Some(60), true), None);
        assert_eq!(lifetime(&[("cache-control", "no-cache")], Some(60), true), None);
        assert_eq!(lifetime(&[("vary", "accept, *")], Some(60), true), None);
        assert_eq!(lifetime(&[("set-cookie", "a=1")], Some(60), true), None);
        assert_eq!(lifetime(&[("cache-control", "private, max-age=10")], None, false), None);
        assert_eq!(lifetime(&[("cache-control", "private, max-age=10")], None, true), Some(10));
        let private = CacheHint { max_age: Some(Duration::from_secs(5)), scope: CacheScope::Private };
        assert_eq!(read(&[]).lifetime(private, false), None);
        assert_eq!(read(&[]).lifetime(private, true), Some(Duration::from_secs(5)));
    }

    #[test]
    fn reads_how_long_to_wait() {
        let check = |text: &'static str, expected: Option<u64>| {
            let headers = HeaderMap::from_iter([(header::RETRY_AFTER, text.parse().unwrap())]);
            let wait = retry_after(&headers, || SystemTime::UNIX_EPOCH + Duration::from_secs(NOW - 30));
            assert_eq!(wait.map(|wait| wait.as_secs()), expected, "{text}");
        };
        check("120", Some(120));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(30));
        check("Sun, 06 Nov 1994 08:00:00 GMT", Some(0));
        check("soon", None);
        check("-1", None);
    }

    #[test]
    fn reads_dates() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(NOW));
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(http_date("Thu, 29 Feb 2024 12:00:00 GMT"), Some(1_709_208_000));
        assert_eq!(http_date("0"), None);
        assert_eq!(lifetime(&[("expires", "Sun, 06 Nov 1994 08:50:37 GMT")], None, false), Some(60));
        let dated = [("expires", "Sun, 06 Nov 1994 08:50:37 GMT"), ("date", "Sun, 06 Nov 1994 08:50:07 GMT")];
        assert_eq!(lifetime(&dated, None, false), Some(30));
        assert_eq!(lifetime(&[("expires", "0")], Some(60), false), None);
        assert_eq!(lifetime(&[("expires", "0"), ("cache-control", "max-age=5")], None, false), Some(5));
    }
}
