//! Sets of the kinds of JSON values.

use std::{fmt, ops::BitOr};

use crate::json::Kind;

/// Some kinds of JSON values. Displays as `a string or a number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds(u8);

// === impl Kinds ===

impl Kinds {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// `null`
    pub const NULL: Self = Self(1);
    /// `true` and `false`
    pub const BOOLEAN: Self = Self(2);
    /// Numbers.
    pub const NUMBER: Self = Self(4);
    /// Strings.
    pub const STRING: Self = Self(8);
    /// Lists.
    pub const LIST: Self = Self(16);
    /// Objects.
    pub const OBJECT: Self = Self(32);
    /// Everything but lists and objects.
    pub const SCALAR: Self = Self(1 | 2 | 4 | 8);
    /// Every kind.
    pub const ALL: Self = Self(63);

    /// These kinds.
    pub(super) fn of(kinds: &[Kind]) -> Self {
        let one = |kind: &Kind| match kind {
            Kind::Null => Self::NULL,
            Kind::Bool => Self::BOOLEAN,
            Kind::Number => Self::NUMBER,
            Kind::String => Self::STRING,
            Kind::Array => Self::LIST,
            Kind::Object => Self::OBJECT,
        };
        kinds.iter().map(one).fold(Self::NONE, BitOr::bitor)
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether they have a kind in common.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// These but not those.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Kinds {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(Kinds, &str); 6] = [
            (Kinds::STRING, "a string"),
            (Kinds::NUMBER, "a number"),
            (Kinds::BOOLEAN, "a boolean"),
            (Kinds::LIST, "a list"),
            (Kinds::OBJECT, "an object"),
            (Kinds::NULL, "null"),
        ];
        let names: Vec<&str> = NAMES.iter().filter(|(kind, _)| self.meets(*kind)).map(|(_, name)| *name).collect();
        match names.as_slice() {
            [] => f.write_str("nothing"),
            [only] => f.write_str(only),
            [first @ .., last] => write!(f, "{} or {last}", first.join(", ")),
        }
    }
}
