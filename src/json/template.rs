//! The row template: the guess that an object spells its members as the one read before it at the same place.
//!
//! Rows of a list are mostly written by one program, so that everything between two values (`,\n    "title": `) is the
//! same bytes in each of them. It is remembered when an object is read in the general way. Where the next object has the
//! same bytes, one comparison stands for white space, comma, key, colon and finding the key among the wanted ones. Where
//! it has not, that member is read in the general way, and remembered instead.
//!
//! A guess never changes what is accepted: the same bytes in the same state of the grammar mean the same.

use std::ops::Range;

use super::{InvalidJson, KeySet, Member, Reader, Slot, literal::Literal, scan, shape::Shape, unescape};

/// How members were spelled by the objects at one place of a projection. Belongs to one body.
#[derive(Debug, Default)]
pub struct RowTemplate {
    /// The first from the brace that opens the object, the others from the end of the value before: with their comma.
    members: Vec<Spelling>,
    /// Where the guess for the next member stands: 0 only for the first of an object.
    next: usize,
}

/// One member up to its value.
#[derive(Debug)]
struct Spelling {
    literal: Literal,
    /// Its key with the quotes.
    key: Range<usize>,
    member: Member,
    leaf: Option<u32>,
    /// What is done with its value.
    todo: Todo,
    /// Of its value, where that is no scalar.
    shape: Shape,
}

/// What is done with the value of a member.
#[derive(Debug, Clone, Copy)]
enum Todo {
    /// Nobody wants it.
    Skip,
    /// It goes to a slot, and is marked by a bit.
    Keep { slot: usize, bit: u64 },
    /// The caller knows.
    Stop,
}

impl Reader<'_> {
    /// Reads on while members are as expected and are leaves or unwanted. Leaves go to their slots in `row`, and their
    /// bits into `seen`; one that was seen is left to [`Reader::next_member`], as all that is not as expected.
    /// Tells whether the object ended.
    pub fn leaves(
        &mut self,
        template: &mut RowTemplate,
        row: &mut [Slot],
        seen: &mut u64,
        body: u32,
    ) -> Result<bool, InvalidJson> {
        let bytes = self.bytes();
        let opens = template.next == 0;
        let Some(room) = self.room().checked_sub(u32::from(opens)) else { return Ok(false) };
        let (mut at, mut next, mut found) = (self.position(), template.next, *seen);
        for guess in template.members.get_mut(next..).unwrap_or_default() {
            match guess.todo {
                Todo::Skip => {}
                Todo::Keep { bit, .. } if found & bit == 0 => {}
                _ => break,
            }
            if !guess.literal.stands_in(bytes, at) {
                break;
            }
            let start = scan::space(bytes, at + guess.literal.length);
            at = match bytes.get(start) {
                Some(b'{' | b'[') => guess.shape.skip(bytes, start, room)?,
                _ => scan::scalar(bytes, start)?,
            };
            if let Todo::Keep { slot, bit } = guess.todo {
                found |= bit;
                if let Some(slot) = row.get_mut(slot) {
                    *slot = Slot::raw(bytes, body, start..at);
                }
            }
            next += 1;
        }
        *seen = found;
        template.next = next;
        if next > 0 && next == template.members.len() {
            let end = scan::space(bytes, at);
            if bytes.get(end) == Some(&b'}') {
                self.go_to(end + 1, if opens { 0 } else { -1 });
                return Ok(true);
            }
        }
        self.go_to(at, if opens && next > 0 { 1 } else { 0 });
        Ok(false)
    }

    /// Consumes up to the value of the next member and tells which of `keys` it has; `None` is the end.
    ///
    /// A key written with escapes is the same key. `keys` must be the same for all objects of one template.
    #[inline]
    pub fn next_member(&mut self, keys: &KeySet, template: &mut RowTemplate) -> Result<Option<Member>, InvalidJson> {
        let opens = template.next == 0;
        if let Some(guess) = template.members.get(template.next)
            && (!opens || self.room() > 0)
            && guess.literal.stands_in(self.bytes(), self.position())
        {
            self.go_to(self.position() + guess.literal.length, i32::from(opens));
            template.next += 1;
            return Ok(Some(guess.member));
        }
        self.unexpected_member(keys, template)
    }

    /// The general way, which learns.
    fn unexpected_member(&mut self, keys: &KeySet, template: &mut RowTemplate) -> Result<Option<Member>, InvalidJson> {
        let opens = template.next == 0;
        if opens {
            self.peek()?;
        }
        let start = self.position();
        if opens {
            self.enter_object()?;
        }
        let Some(key) = self.key_before_value(opens)? else { return Ok(None) };
        if let Some(known) = template.find(self, &key) {
            let (member, leaf) = (known.member, known.leaf);
            // Where the first one is left out, it will come back.
            if !opens {
                *known = Spelling::new(self, start, key, (member, leaf));
            }
            return Ok(Some(member));
        }
        let (member, leaf) = keys.find(&unescape(self.text(key.start + 1..key.end - 1)));
        template.learn(Spelling::new(self, start, key, (member, leaf)));
        Ok(Some(member))
    }

    /// Consumes a separator, a key and a colon, and gives the place of the key with its quotes.
    pub(super) fn key_before_value(&mut self, first: bool) -> Result<Option<Range<usize>>, InvalidJson> {
        if !self.separator(first, b'}')? {
            return Ok(None);
        }
        let start = self.position();
        self.skip_string()?;
        let key = start..self.position();
        self.colon()?;
        Ok(Some(key))
    }
}

impl RowTemplate {
    /// More members than these are not remembered.
    const MEMBERS: usize = 128;
    /// How far ahead a member is looked for when others before it are left out.
    const AHEAD: usize = 8;

    /// Another object begins.
    #[inline]
    pub fn begin(&mut self) {
        self.next = 0;
    }

    /// What was learned of the key with this spelling, if it is expected soon. The guess goes on behind it.
    fn find(&mut self, reader: &Reader<'_>, key: &Range<usize>) -> Option<&mut Spelling> {
        let text = reader.bytes().get(key.clone());
        let from = self.next.max(1);
        let mut soon = self.members.get_mut(from..)?.iter_mut().take(Self::AHEAD).zip(from + 1..);
        let (found, next) = soon.find(|(known, _)| reader.bytes().get(known.key.clone()) == text)?;
        self.next = next;
        Some(found)
    }

    /// Remembers a member that was not expected here: the first one in place of the old, any other before what was expected.
    fn learn(&mut self, spelling: Spelling) {
        if self.next > 0 && self.members.len() < Self::MEMBERS {
            self.members.insert(self.next.min(self.members.len()), spelling);
        } else if let Some(place) = self.members.get_mut(self.next) {
            *place = spelling;
        } else if self.next == 0 {
            self.members.push(spelling);
        }
        self.next += 1;
    }
}

impl Spelling {
    /// Of the bytes from `start` up to where the reader is.
    fn new(reader: &Reader<'_>, start: usize, key: Range<usize>, (member, leaf): (Member, Option<u32>)) -> Self {
        let todo = match (member, leaf) {
            (Member::Other, _) => Todo::Skip,
            (Member::Wanted(key), Some(slot)) => Todo::Keep { slot: slot as usize, bit: 1 << key },
            (Member::Wanted(_), None) => Todo::Stop,
        };
        let literal = Literal::new(reader.bytes(), start..reader.position());
        Self { literal, key, member, leaf, todo, shape: Shape::default() }
    }
}
