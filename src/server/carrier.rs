//! Which transports of several answers a request accepts: event streams and multipart bodies, by name only.
//!
//! Wildcards never mean a stream: a client must know how to read one.

use super::{asked::Asked, framing::Framing, negotiate};
use crate::engine::{Delivery, IncrementalFormat};

/// What a request accepts of streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Carriers {
    /// For the events of a subscription.
    pub(super) events: Option<Framing>,
    /// For an answer in parts, and the form of its parts.
    pub(super) parts: Option<(Framing, IncrementalFormat)>,
}

/// A media range of a transport, as far as it counts.
#[derive(Debug, Default)]
struct Range<'a> {
    name: &'a str,
    quality: f32,
    /// `deferSpec`; a value that is not known, here or below, makes the range worthless for what it is about.
    defer: Option<&'a str>,
    incremental: Option<&'a str>,
    subscription: Option<&'a str>,
}

impl Carriers {
    /// Reads the `Accept` headers. What is accepted most counts, of equals the first.
    pub(super) fn accepted(asked: &Asked<'_>) -> Self {
        let mut carriers = Self::default();
        let (mut of_events, mut of_parts) = (0.0, 0.0);
        let texts = asked.accepts().filter_map(|value| value.to_str().ok());
        for range in texts.flat_map(|text| text.split(',')).filter_map(Range::read) {
            let (events, parts) = range.carries();
            if let Some(framing) = events.filter(|_| range.quality > of_events) {
                (carriers.events, of_events) = (Some(framing), range.quality);
            }
            if let Some(carried) = parts.filter(|_| range.quality > of_parts) {
                (carriers.parts, of_parts) = (Some(carried), range.quality);
            }
        }
        carriers
    }

    /// What the engine may answer with.
    pub(super) fn delivery(&self) -> Delivery {
        Delivery { events: self.events.is_some(), parts: self.parts.map(|(_, format)| format) }
    }

    /// The framing of an answer in one piece, for a client that accepts nothing else.
    pub(super) fn of_whole(&self) -> Option<Framing> {
        self.parts.map(|(framing, _)| framing).or(self.events)
    }
}

// === impl Range ===

impl<'a> Range<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut parameters = text.split(';');
        let mut range = Self { name: parameters.next()?.trim(), quality: 1.0, ..Self::default() };
        for (key, value) in parameters.filter_map(|parameter| parameter.split_once('=')) {
            let (key, value) = (key.trim(), value.trim().trim_matches('"'));
            if key.eq_ignore_ascii_case("q") {
                range.quality = negotiate::weight(value);
            } else if key.eq_ignore_ascii_case("deferSpec") {
                range.defer = Some(value);
            } else if key.eq_ignore_ascii_case("incrementalSpec") {
                range.incremental = Some(value);
            } else if key.eq_ignore_ascii_case("subscriptionSpec") {
                range.subscription = Some(value);
            }
        }
        (range.quality > 0.0).then_some(range)
    }

    /// What events and parts would be framed in.
    fn carries(&self) -> (Option<Framing>, Option<(Framing, IncrementalFormat)>) {
        use IncrementalFormat::{Patches, Pending};
        let pending = self.incremental == Some("v0.2");
        if self.name.eq_ignore_ascii_case("text/event-stream") {
            let format = match self.incremental {
                None => Some(Patches),
                Some(_) => pending.then_some(Pending),
            };
            return (Some(Framing::EventStream), format.map(|format| (Framing::EventStream, format)));
        }
        if !self.name.eq_ignore_ascii_case("multipart/mixed") {
            return (None, None);
        }
        if (self.defer, self.incremental, self.subscription) == (None, None, None) {
            return (Some(Framing::Multipart), Some((Framing::Multipart, Patches)));
        }
        let parts = match self.defer {
            _ if pending => Some((Framing::MultipartIncremental, Pending)),
            Some("20220824") => Some((Framing::MultipartDeferred, Patches)),
            Some(_) | None => None,
        };
        ((self.subscription == Some("1.0")).then_some(Framing::MultipartSubscription), parts)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::{
        Asked, Carriers,
        Framing::{EventStream, Multipart, MultipartDeferred, MultipartIncremental, MultipartSubscription},
        IncrementalFormat::{Patches, Pending},
    };

    #[test]
    fn picks_what_clients_can_read() {
        let cases = [
            ("application/json", None, None),
            ("*/*", None, None),
            ("text/*, multipart/*", None, None),
            ("text/event-stream", Some(EventStream), Some((EventStream, Patches))),
            ("Text/Event-Stream; incrementalSpec=v0.2", Some(EventStream), Some((EventStream, Pending))),
            ("text/event-stream;incrementalSpec=v0.3", Some(EventStream), None),
            ("text/event-stream;q=0, multipart/mixed", Some(Multipart), Some((Multipart, Patches))),
            // urql
            ("text/event-stream, multipart/mixed", Some(EventStream), Some((EventStream, Patches))),
            ("text/event-stream;q=0.5, multipart/mixed", Some(Multipart), Some((Multipart, Patches))),
            // Apollo Client
            ("multipart/mixed;deferSpec=20220824,application/json;q=0.9", None, Some((MultipartDeferred, Patches))),
            ("multipart/mixed;incrementalSpec=v0.2", None, Some((MultipartIncremental, Pending))),
            (
                "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json",
                Some(MultipartSubscription),
                None,
            ),
            (
                "multipart/mixed; boundary=\"graphql\"; subscriptionSpec=\"1.0\"; deferSpec=20220824",
                Some(MultipartSubscription),
                Some((MultipartDeferred, Patches)),
            ),
            ("multipart/mixed;deferSpec=20300101", None, None),
            ("multipart/mixed;subscriptionSpec=2.0", None, None),
            ("multipart/mixed;incrementalSpec=v0.3, nonsense;;=,", None, None),
        ];
        for (text, events, parts) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_str(text).unwrap());
            assert_eq!(Carriers::accepted(&Asked::of(&headers)), Carriers { events, parts }, "{text}");
        }
    }
}
