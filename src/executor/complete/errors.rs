//! The errors that an answer tells: a number of them, within the bytes that the answer may have.
//!
//! What is told is taken from the bytes of the data, so that looking at those costs no more where nothing fails.

use super::{Completion, Segment};
use crate::{graphql::GraphqlError, json::write_value};

/// Errors that an answer carries; further ones are counted.
const MAX_ERRORS: usize = 100;

impl<const PARTS: bool> Completion<'_, '_, PARTS> {
    /// Whether one more error may be told.
    pub(super) fn has_room_for_errors(&self) -> bool {
        !self.is_full_of_errors && self.told() < MAX_ERRORS
    }

    /// Records an error at the current path. One for which there are no bytes left is counted; the first is told without its
    /// path.
    pub(super) fn record(&mut self, error: GraphqlError) {
        let Err(error) = self.fit(error) else { return };
        self.is_full_of_errors = true;
        if self.told() == 0 {
            self.errors.push(bare(error));
        } else {
            self.errors_dropped += 1;
        }
    }

    /// Records an error that is told whatever the bounds say: without its path, if that is too long.
    pub(super) fn record_certainly(&mut self, error: GraphqlError) {
        if let Err(error) = self.fit(error) {
            self.errors.push(bare(error));
        }
    }

    /// Takes the bytes of an error from those of the data, as far as there are any.
    pub(super) fn charge(&mut self, error: &GraphqlError) {
        self.limit = self.limit.saturating_sub(length(error));
    }

    /// Records an error at the current path, or gives it back if it is too long.
    fn fit(&mut self, mut error: GraphqlError) -> Result<(), GraphqlError> {
        error.path = self.path.iter().map(|segment| segment.to_path()).collect();
        if length(&error) > self.limit.saturating_sub(self.bytes()) {
            return Err(error);
        }
        self.charge(&error);
        self.errors.push(error);
        Ok(())
    }

    /// Errors that are told so far.
    fn told(&self) -> usize {
        self.errors.len() + if PARTS { self.errors_told() } else { 0 }
    }
}

/// Bytes of a path as it is written. Response keys are names: nothing in them is escaped.
pub(super) fn path_length(path: &[Segment<'_>]) -> usize {
    let length = |segment: &Segment<'_>| match segment {
        Segment::Key(key) => key.len() + 2,
        Segment::Index(index) => index.checked_ilog10().map_or(1, |tens| tens as usize + 1),
    };
    // Each with its comma or, the last, a bracket.
    1 + path.iter().map(|segment| length(segment) + 1).sum::<usize>()
}

/// Bytes of an error as it is written, with its comma.
fn length(error: &GraphqlError) -> usize {
    let mut text = Vec::new();
    write_value(&mut text, &error.to_value());
    text.len() + 1
}

/// An error without what may be long.
fn bare(mut error: GraphqlError) -> GraphqlError {
    error.path.clear();
    error.extensions = Box::default();
    error
}
