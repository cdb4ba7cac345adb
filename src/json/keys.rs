//! The keys that a projection wants of one object.

use std::collections::HashMap;

/// Wanted keys, numbered in the order given.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<Box<str>>,
    /// Only for sets too large to compare one by one.
    index: HashMap<Box<str>, u32, ahash::RandomState>,
    /// By number of the key, the slot of those whose values are just kept.
    leaves: Vec<Option<u32>>,
}

/// Which wanted key a member has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// The wanted key of this number.
    Wanted(u32),
    /// None of them.
    Other,
}

impl KeySet {
    const COMPARE_UP_TO: usize = 12;

    /// Numbers `keys` from zero. They must differ.
    pub fn new(keys: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        let keys: Vec<Box<str>> = keys.into_iter().map(Into::into).collect();
        let mut index = HashMap::default();
        if keys.len() > Self::COMPARE_UP_TO {
            index = keys.iter().zip(0..).map(|(key, number)| (key.clone(), number)).collect();
        }
        Self { keys, index, leaves: Vec::new() }
    }

    /// Names the slots of those keys whose values are just kept: [`Reader::leaves`] fills them.
    ///
    /// [`Reader::leaves`]: super::Reader::leaves
    #[must_use]
    pub fn with_leaves(self, leaves: impl IntoIterator<Item = Option<u32>>) -> Self {
        // They are marked by bits of a word.
        Self { leaves: leaves.into_iter().take(64).collect(), ..self }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Which of them this is, unescaped, and its slot.
    pub(super) fn find(&self, key: &str) -> (Member, Option<u32>) {
        let found = if self.index.is_empty() {
            self.keys.iter().zip(0..).find(|(wanted, _)| wanted.as_ref() == key).map(|(_, number)| number)
        } else {
            self.index.get(key).copied()
        };
        found.map_or((Member::Other, None), |number| {
            (Member::Wanted(number), self.leaves.get(number as usize).copied().flatten())
        })
    }
}
