//! Several answers in one response body: the event stream of GraphQL over SSE (distinct connections mode), and multipart
//! bodies as clients of incremental delivery and of multipart subscriptions read them.
//!
//! Bytes in, bytes out: answers come as complete JSON.

use bytes::Bytes;
use http::HeaderValue;

/// How answers are put into one body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// `text/event-stream`: `next` events, then `complete`.
    EventStream,
    /// `multipart/mixed`: each part is an answer.
    Multipart,
    /// The same; the client names `deferSpec=20220824`.
    MultipartDeferred,
    /// The same; the client names `incrementalSpec=v0.2`.
    MultipartIncremental,
    /// `multipart/mixed;subscriptionSpec=1.0`: each part holds an answer as `payload`, or is `{}` to keep the connection.
    MultipartSubscription,
}

/// Ends a part and begins what follows: clients need it to know that the part is complete.
const DELIMITER: &[u8] = b"\r\n--graphql";
/// Without a character set: Apollo iOS compares the whole value, and JSON has but one.
const PART: &[u8] = b"\r\ncontent-type: application/json\r\n\r\n";

impl Framing {
    /// Its name in logs and metrics.
    pub(super) fn transport(self) -> &'static str {
        match self {
            Self::EventStream => "sse",
            Self::Multipart | Self::MultipartDeferred | Self::MultipartIncremental | Self::MultipartSubscription => {
                "multipart"
            }
        }
    }

    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::EventStream => "text/event-stream; charset=utf-8",
            Self::Multipart => "multipart/mixed;boundary=\"graphql\"",
            Self::MultipartDeferred => "multipart/mixed;boundary=\"graphql\";deferSpec=20220824",
            Self::MultipartIncremental => "multipart/mixed;boundary=\"graphql\";incrementalSpec=v0.2",
            Self::MultipartSubscription => "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0",
        })
    }

    /// What comes first; it shows the client that the stream is open.
    pub(super) fn opening(self) -> Bytes {
        Bytes::from_static(if self == Self::EventStream { b":\n\n" } else { DELIMITER })
    }

    /// One answer.
    pub(super) fn answer(self, answer: &[u8]) -> Bytes {
        match self {
            Self::EventStream => {
                // White space of a value that an upstream formatted: strings of JSON hold no line breaks.
                let flat = answer.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte });
                b"event: next\ndata: ".iter().copied().chain(flat).chain(*b"\n\n").collect()
            }
            Self::MultipartSubscription => part(&[b"{\"payload\":", answer, b"}"]),
            Self::Multipart | Self::MultipartDeferred | Self::MultipartIncremental => part(&[answer]),
        }
    }

    /// What keeps a silent connection; `None`: there is nothing that clients pass over.
    pub(super) fn heartbeat(self) -> Option<Bytes> {
        match self {
            Self::EventStream => Some(Bytes::from_static(b":\n\n")),
            Self::MultipartSubscription => Some(part(&[b"{}"])),
            Self::Multipart | Self::MultipartDeferred | Self::MultipartIncremental => None,
        }
    }

    /// The end, after the last answer.
    pub(super) fn end(self) -> Bytes {
        match self {
            // With `data`, since a browser's `EventSource` tells no event without.
            Self::EventStream => Bytes::from_static(b"event: complete\ndata:\n\n"),
            _ => Bytes::from_static(b"--\r\n"),
        }
    }

    /// The end of a stream that could have gone on: clients are to come back.
    pub(super) fn broken_off(self) -> Bytes {
        const STOPPING: &[u8] =
            br#"{"payload":null,"errors":[{"message":"the server stops","extensions":{"code":"SERVER_STOPPING"}}]}"#;
        match self {
            // No `complete`: a client that misses it connects anew.
            Self::EventStream => Bytes::from_static(b":\n\n"),
            Self::MultipartSubscription => [&*part(&[STOPPING]), b"--\r\n"].concat().into(),
            Self::Multipart | Self::MultipartDeferred | Self::MultipartIncremental => self.end(),
        }
    }

    /// A body of one answer.
    pub(super) fn whole(self, answer: &[u8]) -> Bytes {
        [self.opening(), self.answer(answer), self.end()].concat().into()
    }
}

fn part(content: &[&[u8]]) -> Bytes {
    [PART, &content.concat(), DELIMITER].concat().into()
}

#[cfg(test)]
mod tests {
    use super::Framing;

    #[test]
    fn bodies_are_as_clients_read_them() {
        let cases = [
            (Framing::EventStream, ":\n\nevent: next\ndata: {\"a\":  1}\n\nevent: complete\ndata:\n\n"),
            (
                Framing::MultipartDeferred,
                "\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{\"a\":\r\n1}\r\n--graphql--\r\n",
            ),
            (
                Framing::MultipartSubscription,
                "\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{\"payload\":{\"a\":\r\n1}}\r\n\
                 --graphql--\r\n",
            ),
        ];
        for (framing, expected) in cases {
            assert_eq!(String::from_utf8(framing.whole(b"{\"a\":\r\n1}").to_vec()).unwrap(), expected, "{framing:?}");
        }
    }
}
