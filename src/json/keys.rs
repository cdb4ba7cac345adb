//! The keys that a projection wants of one object, and the guess that the next row spells its keys like the last one.

use std::{collections::HashMap, ops::Range};

use super::{InvalidJson, Reader, unescape};

/// Wanted keys, numbered in the order given.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<Box<str>>,
    /// Only for sets too large to compare one by one.
    index: HashMap<Box<str>, u32, ahash::RandomState>,
}

/// The keys of the object read last at one place of a projection, as spans of the same body.
#[derive(Debug, Default)]
pub struct KeyOrder {
    members: Vec<Guess>,
}

#[derive(Debug, Clone, Copy)]
struct Guess {
    start: u32,
    end: u32,
    member: Member,
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
        Self { keys, index }
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

    fn find(&self, key: &str) -> Member {
        let found = if self.index.is_empty() {
            self.keys.iter().zip(0..).find(|(wanted, _)| wanted.as_ref() == key).map(|(_, number)| number)
        } else {
            self.index.get(key).copied()
        };
        found.map_or(Member::Other, Member::Wanted)
    }
}

impl KeyOrder {
    /// Objects with more members than this are read without guessing.
    const MEMBERS: usize = 128;

    fn guess(&self, nth: usize) -> Option<(Range<usize>, Member)> {
        let guess = self.members.get(nth)?;
        Some((guess.start as usize..guess.end as usize, guess.member))
    }

    fn learn(&mut self, nth: usize, span: &Range<usize>, member: Member) {
        if nth >= Self::MEMBERS {
            return;
        }
        let (Ok(start), Ok(end)) = (u32::try_from(span.start), u32::try_from(span.end)) else {
            return;
        };
        let guess = Guess { start, end, member };
        if let Some(place) = self.members.get_mut(nth) {
            *place = guess;
        } else if self.members.len() == nth {
            self.members.push(guess);
        }
    }
}

impl Reader<'_> {
    /// Consumes up to the value of the object's `nth` member and tells which of `keys` it has; `None` is the end.
    ///
    /// A key written with escapes is the same key. `order` belongs to this body and this place of the projection.
    #[inline]
    pub fn next_member(
        &mut self,
        keys: &KeySet,
        order: &mut KeyOrder,
        nth: usize,
    ) -> Result<Option<Member>, InvalidJson> {
        if !self.separator(nth == 0, b'}')? {
            return Ok(None);
        }
        if let Some((span, member)) = order.guess(nth)
            && self.accept(span)
        {
            self.colon()?;
            return Ok(Some(member));
        }
        let start = self.position();
        self.skip_string()?;
        let span = start..self.position();
        let member = keys.find(&unescape(self.text(start + 1..span.end - 1)));
        order.learn(nth, &span, member);
        self.colon()?;
        Ok(Some(member))
    }
}
