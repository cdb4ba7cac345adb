//! Content negotiation: what the client accepts, and what it sent (GraphQL over HTTP, sections 4.2 and 6.1).

use http::HeaderValue;
use smallvec::SmallVec;

use super::{asked::Asked, carrier::Carriers};

/// Media type of a GraphQL response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/json`: older clients; refused operations are 200.
    Json,
    /// `application/graphql-response+json`: refused operations are 400.
    GraphqlResponse,
}

impl MediaType {
    pub(super) fn content_type(self) -> HeaderValue {
        match self {
            Self::Json => const { HeaderValue::from_static("application/json; charset=utf-8") },
            Self::GraphqlResponse => {
                const { HeaderValue::from_static("application/graphql-response+json; charset=utf-8") }
            }
        }
    }
}

/// What a request accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    /// The format of an answer in one piece; `None`: none that we have is acceptable.
    pub(super) media_type: Option<MediaType>,
    /// Whether HTML is named and wanted at least as much as any GraphQL format: a browser.
    pub(super) html: bool,
    /// What it accepts of streams.
    pub(super) carriers: Carriers,
}

impl Accepted {
    /// In one piece, in this format.
    fn whole(media_type: Option<MediaType>) -> Self {
        Self { media_type, html: false, carriers: Carriers::default() }
    }

    /// Whether nothing that we have is acceptable.
    pub(super) fn nothing(&self) -> bool {
        self.media_type.is_none() && self.carriers == Carriers::default()
    }
}

/// Reads the `Accept` headers. None at all means `application/json`.
pub(super) fn accepted(asked: &Asked<'_>) -> Accepted {
    if asked.accept.is_none() {
        return Accepted::whole(Some(MediaType::Json));
    }
    // Programs mostly send one range.
    let mut ranges: SmallVec<[(&str, f32); 4]> = SmallVec::new();
    for value in asked.accepts() {
        let Ok(text) = value.to_str() else { continue };
        ranges.extend(text.split(',').filter_map(range));
    }
    if ranges.is_empty() {
        let blank = asked.accepts().all(|value| value.as_bytes().trim_ascii().is_empty());
        return Accepted::whole(blank.then_some(MediaType::Json));
    }
    let graphql = quality(&ranges, "application/graphql-response+json");
    let json = quality(&ranges, "application/json");
    let named = |name: &str| ranges.iter().any(|(range, quality)| range.eq_ignore_ascii_case(name) && *quality > 0.0);
    // Wildcards mean the format that every client understands; a client that names the newer one gets it.
    let media_type = if named("application/graphql-response+json") && graphql >= json {
        Some(MediaType::GraphqlResponse)
    } else if json > 0.0 {
        Some(MediaType::Json)
    } else if graphql > 0.0 {
        Some(MediaType::GraphqlResponse)
    } else {
        None
    };
    let explicit = [("application/graphql-response+json", graphql), ("application/json", json)]
        .into_iter()
        .filter(|(name, _)| named(name))
        .map(|(_, quality)| quality)
        .fold(0.0_f32, f32::max);
    let html = named("text/html") && quality(&ranges, "text/html") >= explicit;
    // A stream is always named, so one range that means a format of whole answers means no stream.
    let carriers = match ranges.len() > 1 || media_type.is_none() {
        true => Carriers::accepted(asked),
        false => Carriers::default(),
    };
    Accepted { media_type, html, carriers }
}

/// One media range and its quality; `None` if it is malformed.
fn range(text: &str) -> Option<(&str, f32)> {
    let mut parts = text.split(';');
    let name = parts.next()?.trim();
    if !name.contains('/') {
        return None;
    }
    let mut quality = 1.0_f32;
    for parameter in parts {
        let Some((key, value)) = parameter.split_once('=') else { continue };
        let (key, value) = (key.trim(), value.trim().trim_matches('"'));
        if key.eq_ignore_ascii_case("q") {
            quality = weight(value);
        } else if key.eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8") {
            // We answer in UTF-8 only.
            quality = 0.0;
        }
    }
    Some((name, quality))
}

/// The value of `q`; a malformed one is none.
pub(super) fn weight(text: &str) -> f32 {
    text.parse::<f32>().ok().filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(0.0)
}

/// Quality of a media type: the most specific range that matches decides.
fn quality(ranges: &[(&str, f32)], media_type: &str) -> f32 {
    let family = media_type.split('/').next().unwrap_or_default();
    let mut best: Option<(u8, f32)> = None;
    for (range, quality) in ranges {
        let specificity = if range.eq_ignore_ascii_case(media_type) {
            3
        } else if range.strip_suffix("/*").is_some_and(|prefix| prefix.eq_ignore_ascii_case(family)) {
            2
        } else if *range == "*/*" {
            1
        } else {
            continue;
        };
        if best.is_none_or(|(known, known_quality)| {
            specificity > known || specificity == known && *quality > known_quality
        }) {
            best = Some((specificity, *quality));
        }
    }
    best.map_or(0.0, |(_, quality)| quality)
}

/// Whether a request body is JSON in UTF-8, as its `Content-Type` says.
pub(super) fn is_json_body(content_type: Option<&HeaderValue>) -> bool {
    // As nearly every client writes it.
    if content_type.is_some_and(|value| value == "application/json") {
        return true;
    }
    let Some(value) = content_type.and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = value.split(';');
    let name = parts.next().unwrap_or_default().trim();
    let charset_fits = parts.filter_map(|parameter| parameter.split_once('=')).all(|(key, value)| {
        !key.trim().eq_ignore_ascii_case("charset") || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    name.eq_ignore_ascii_case("application/json") && charset_fits
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::{Accepted, Asked, MediaType, accepted, is_json_body};

    fn accept(text: &str) -> Accepted {
        let mut headers = HeaderMap::new();
        if !text.is_empty() {
            headers.insert(header::ACCEPT, HeaderValue::from_str(text).unwrap());
        }
        accepted(&Asked::of(&headers))
    }

    #[test]
    fn picks_the_response_format() {
        const JSON: Option<MediaType> = Some(MediaType::Json);
        const GRAPHQL: Option<MediaType> = Some(MediaType::GraphqlResponse);
        let cases = [
            ("", JSON),
            ("*/*", JSON),
            ("application/*", JSON),
            ("application/json", JSON),
            ("application/graphql-response+json", GRAPHQL),
            ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
            ("application/graphql-response+json;q=0.5, application/json", JSON),
            ("application/json, application/graphql-response+json", GRAPHQL),
            ("application/graphql-response+json; charset=utf-8, */*;q=0.1", GRAPHQL),
            ("application/graphql-response+json; charset=iso-8859-1", None),
            ("text/plain", None),
            ("text/html", None),
            ("application/json;q=0", None),
            ("application/json;q=0, */*", GRAPHQL),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
            ("nonsense", None),
            ("APPLICATION/JSON", JSON),
        ];
        for (text, expected) in cases {
            assert_eq!(accept(text).media_type, expected, "{text}");
        }
    }

    #[test]
    fn knows_a_browser() {
        assert!(accept("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8").html);
        assert!(!accept("*/*").html);
        assert!(!accept("application/json, text/html;q=0.5").html);
        assert!(!accept("").html);
    }

    #[test]
    fn only_json_bodies_count() {
        let cases = [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("application/json; charset=\"UTF-8\"", true),
            ("Application/JSON", true),
            ("application/json; charset=utf-16", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_json_body(Some(&HeaderValue::from_static(text))), expected, "{text}");
        }
        assert!(!is_json_body(None));
    }
}
