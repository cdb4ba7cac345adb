//! Compressed answers: whole buffers for those who accept it, so that their length is known; nothing that is too small to gain.

use bytes::Bytes;
use http::HeaderValue;

use super::negotiate;

/// Bodies up to this size are sent as they are: they fit into a packet or two, and compressing costs more than sending them.
pub(super) const WORTHWHILE: usize = 1024;
/// Bodies beyond this size are compressed where they hold up nobody else.
const LONG: usize = 64 * 1024;

/// A content coding that we have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    /// Of those that are accepted alike the first is taken. zstd would cost least, but some libraries that clients are made of
    /// offer it where they cannot read it.
    const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Zstd];

    /// Its name in headers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The coding that is accepted most, of `Accept-Encoding` headers (RFC 9110, section 12.5.3); `None`: none is wanted
    /// more than the plain body.
    pub(super) fn preferred<'a>(accepted: impl Iterator<Item = &'a HeaderValue>) -> Option<Self> {
        let (mut named, mut any, mut identity) = ([None; 3], None, None);
        for item in accepted.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(',')) {
            let (name, quality) = weighed(item);
            let coding = Self::ALL.iter().position(|coding| {
                name.eq_ignore_ascii_case(coding.name()) || *coding == Self::Gzip && name.eq_ignore_ascii_case("x-gzip")
            });
            match (coding, name) {
                (Some(at), _) => named[at] = Some(quality),
                (None, "*") => any = Some(quality),
                (None, _) if name.eq_ignore_ascii_case("identity") => identity = Some(quality),
                (None, _) => {}
            }
        }
        let mut best = (None, 0.0_f32.max(identity.unwrap_or(0.0)));
        for (at, coding) in Self::ALL.into_iter().enumerate() {
            let quality = named[at].or(any).unwrap_or(0.0);
            if quality > best.1 || best.0.is_none() && quality > 0.0 && quality >= best.1 {
                best = (Some(coding), quality);
            }
        }
        best.0
    }

    /// `body` in this coding; `None`: it would not get smaller.
    pub(super) async fn apply(self, body: Bytes) -> Option<Bytes> {
        let (length, small) = if body.len() <= LONG {
            (body.len(), self.compress(&body))
        } else {
            let length = body.len();
            (length, tokio::task::spawn_blocking(move || self.compress(&body)).await.ok()?)
        };
        small.filter(|small| small.len() < length).map(Bytes::from)
    }

    fn compress(self, body: &[u8]) -> Option<Vec<u8>> {
        use std::io::Write as _;
        let out = Vec::with_capacity(body.len() / 4 + 64);
        match self {
            Self::Zstd => zstd::bulk::compress(body, 1).ok(),
            Self::Brotli => {
                let mut writer = brotli::CompressorWriter::new(out, 16 * 1024, 1, 20);
                writer.write_all(body).and_then(|()| writer.flush()).ok()?;
                Some(writer.into_inner())
            }
            Self::Gzip => {
                let mut writer = flate2::write::GzEncoder::new(out, flate2::Compression::fast());
                writer.write_all(body).ok()?;
                writer.finish().ok()
            }
        }
    }
}

/// A name and its weight; a malformed weight is none.
fn weighed(item: &str) -> (&str, f32) {
    let Some((name, parameters)) = item.split_once(';') else { return (item.trim(), 1.0) };
    let weight = parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .find_map(|(key, value)| key.trim().eq_ignore_ascii_case("q").then(|| negotiate::weight(value.trim())));
    (name.trim(), weight.unwrap_or(1.0))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderValue;

    use super::{Coding, LONG};

    #[test]
    fn takes_the_coding_that_is_accepted_most() {
        let cases = [
            ("gzip", Some(Coding::Gzip)),
            ("x-gzip", Some(Coding::Gzip)),
            ("BR", Some(Coding::Brotli)),
            ("gzip, deflate, br, zstd", Some(Coding::Brotli)),
            ("gzip;q=0.9, zstd", Some(Coding::Zstd)),
            ("gzip, deflate, br", Some(Coding::Brotli)),
            ("gzip;q=1.0, br;q=0.5", Some(Coding::Gzip)),
            ("*", Some(Coding::Brotli)),
            ("*;q=0.5, br;q=0", Some(Coding::Gzip)),
            ("*;q=0, gzip", Some(Coding::Gzip)),
            ("gzip;q=0", None),
            ("gzip;q=nonsense", None),
            ("identity", None),
            ("identity;q=0.5, gzip;q=0.5", Some(Coding::Gzip)),
            ("identity, gzip;q=0.5", None),
            ("deflate", None),
            ("", None),
            (",;=", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Coding::preferred([HeaderValue::from_static(text)].iter()), expected, "{text}");
        }
        let both = [HeaderValue::from_static("deflate"), HeaderValue::from_static("gzip")];
        assert_eq!(Coding::preferred(both.iter()), Some(Coding::Gzip));
    }

    #[tokio::test]
    async fn whole_bodies_come_back_as_they_were_and_only_smaller_ones_are_sent() {
        use std::io::Read as _;
        for length in [2_000, LONG + 1] {
            let body = Bytes::from(r#"{"data":[1,2,3]}"#.repeat(length / 16 + 1));
            for coding in Coding::ALL {
                let small = coding.apply(body.clone()).await.unwrap();
                assert!(small.len() * 5 < body.len(), "{coding:?} {}", small.len());
                let mut back = Vec::new();
                match coding {
                    Coding::Zstd => back = zstd::stream::decode_all(&*small).unwrap(),
                    Coding::Brotli => drop(brotli::Decompressor::new(&*small, 4096).read_to_end(&mut back).unwrap()),
                    Coding::Gzip => drop(flate2::read::GzDecoder::new(&*small).read_to_end(&mut back).unwrap()),
                }
                assert!(back == body, "{coding:?}");
            }
        }
        assert_eq!(Coding::Gzip.apply(Bytes::from_static(b"a")).await, None);
    }
}
