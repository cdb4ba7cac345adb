//! Bytes of a body that are expected to stand in it again.

use std::ops::Range;

/// How many bytes are compared at once.
const BLOCK: usize = 32;

/// What is written between two values. Belongs to one body.
#[derive(Debug)]
pub(super) struct Literal {
    /// The first bytes of it.
    text: [u8; BLOCK],
    /// Ones for those that there are.
    mask: [u8; BLOCK],
    /// Where it stands in the body.
    start: usize,
    pub(super) length: usize,
}

impl Literal {
    /// What stands in this place.
    pub(super) fn new(bytes: &[u8], place: Range<usize>) -> Self {
        let length = place.len();
        let here = bytes.get(place.start..).unwrap_or_default();
        // The mask leaves out what follows the place.
        let text = here.first_chunk().copied().unwrap_or_else(|| near_end(here));
        Self { text, mask: mask(length), start: place.start, length }
    }

    /// Whether its bytes stand here again.
    #[inline(always)]
    pub(super) fn stands_in(&self, bytes: &[u8], at: usize) -> bool {
        // Near the end of the body there is no guess.
        let Some(here) = bytes.get(at..).and_then(<[u8]>::first_chunk) else { return false };
        agree(here, &self.text, &self.mask) && (self.length <= BLOCK || self.stands_whole(bytes, at))
    }

    #[cold]
    fn stands_whole(&self, bytes: &[u8], at: usize) -> bool {
        let here = bytes.get(at..at + self.length);
        here.is_some() && here == bytes.get(self.start..self.start + self.length)
    }
}

/// So many ones, then zeros.
fn mask(length: usize) -> [u8; BLOCK] {
    const ONES_THEN_ZEROS: [u8; 2 * BLOCK] = {
        let mut bytes = [0; 2 * BLOCK];
        bytes.first_chunk_mut::<BLOCK>().expect("it is longer").copy_from_slice(&[0xff; BLOCK]);
        bytes
    };
    let zeros = BLOCK - length.min(BLOCK);
    ONES_THEN_ZEROS[zeros..].first_chunk().copied().unwrap_or([0xff; BLOCK])
}

#[cold]
fn near_end(here: &[u8]) -> [u8; BLOCK] {
    let mut text = [0; BLOCK];
    for (byte, here) in text.iter_mut().zip(here) {
        *byte = *here;
    }
    text
}

/// Whether the bytes are the same where the mask has ones.
///
/// Looks at all of them without a branch, of which the compiler makes a few vector instructions; of zipped iterators it
/// does not.
#[inline(always)]
fn agree(here: &[u8; BLOCK], text: &[u8; BLOCK], mask: &[u8; BLOCK]) -> bool {
    let mut differ = 0;
    for at in 0..BLOCK {
        differ |= (here[at] ^ text[at]) & mask[at];
    }
    differ == 0
}
