//! SHA-256 of a document's text: what persisted documents are known by.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The hash of a document, of its bytes as they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentHash([u8; 32]);

impl DocumentHash {
    /// The hash of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// A hash that was written as 64 hexadecimal digits, in either case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(hash))
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// 64 lower-case hexadecimal digits.
impl fmt::Display for DocumentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::DocumentHash;

    #[test]
    fn is_what_others_compute() {
        let hash = DocumentHash::of("{__typename}");
        let hex = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";
        assert_eq!(hash.to_string(), hex);
        assert_eq!(DocumentHash::parse(hex), Some(hash));
        assert_eq!(DocumentHash::parse(&hex.to_uppercase()), Some(hash));
        for bad in ["", "ecf4", hex.split_at(1).1, &format!("{hex}0"), &hex.replace('b', "g"), &hex.replace("ec", "é")]
        {
            assert_eq!(DocumentHash::parse(bad), None, "{bad}");
        }
    }
}
