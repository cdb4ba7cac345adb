//! The guess that an array or object, of which only the end is wanted, is written as one before it but for its scalars.
//!
//! What stands between two scalars (`, "geo": { "lat": `) is then one comparison, not a walk through its tokens. A guess
//! never changes what is accepted: the same bytes in the same state of the grammar mean the same.

use super::{InvalidJson, literal::Literal, scan};

/// What stands between the scalars of an array or object. Belongs to one body.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Before each scalar, and after the last one. None: nothing was learned.
    literals: Vec<Literal>,
    /// It opens no more levels than these.
    levels: u32,
    /// How often it was learned.
    learned: u8,
}

impl Shape {
    /// Of more scalars than these no shape is remembered.
    const SCALARS: usize = 32;
    /// What differs so often is not guessed any more.
    const ATTEMPTS: u8 = 4;

    /// The end of the array or object that begins here.
    pub(super) fn skip(&mut self, bytes: &[u8], at: usize, room: u32) -> Result<usize, InvalidJson> {
        match self.end(bytes, at, room) {
            Some(end) => Ok(end),
            None if self.learned < Self::ATTEMPTS => self.learn(bytes, at, room),
            None => scan::container(bytes, at, room, |_| {}),
        }
    }

    fn end(&self, bytes: &[u8], mut at: usize, room: u32) -> Option<usize> {
        let (last, others) = self.literals.split_last()?;
        if self.levels > room {
            return None;
        }
        for literal in others {
            if !literal.stands_in(bytes, at) {
                return None;
            }
            at = scan::scalar(bytes, at + literal.length).ok()?;
        }
        last.stands_in(bytes, at).then_some(at + last.length)
    }

    fn learn(&mut self, bytes: &[u8], start: usize, room: u32) -> Result<usize, InvalidJson> {
        let (literals, mut from, mut scalars) = (&mut self.literals, start, 0);
        literals.clear();
        let end = scan::container(bytes, start, room, |scalar| {
            scalars += 1;
            if scalars <= Self::SCALARS {
                literals.push(Literal::new(bytes, from..scalar.start));
                from = scalar.end;
            }
        })?;
        self.learned += 1;
        if scalars > Self::SCALARS {
            literals.clear();
            self.learned = Self::ATTEMPTS;
            return Ok(end);
        }
        literals.push(Literal::new(bytes, from..end));
        // Keys may have brackets: not less than the levels.
        let written = bytes.get(start..end).unwrap_or_default();
        let opening = written.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
        self.levels = u32::try_from(opening).unwrap_or(u32::MAX);
        Ok(end)
    }
}
