//! Streamed lists: their first elements with what they stand in, the rest in a part of its own.

use super::{Completion, DeferId, Found, Halt, Segment, Slot, Source, Way};
use crate::{
    executor::{Items, complete::FieldAt},
    graphql::{GraphqlError, TypeRef},
    json::Tables,
};

/// The elements of a list that come later.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest<'r> {
    /// All elements.
    elements: &'r [Slot],
    tables: &'r Tables,
    /// Index of the first one that comes later.
    pub(super) start: usize,
    field: FieldAt<'r>,
    /// Type of an element.
    ty: &'r TypeRef,
}

/// Index and errors of an element that is null where null is not allowed.
type Failed = (usize, Vec<GraphqlError>);

impl<'r, const PARTS: bool> Completion<'r, '_, PARTS> {
    /// Those elements of a list that are written where it stands; where the others will be is remembered. `way` is theirs.
    pub(in super::super) fn first_elements(
        &mut self,
        elements: &'r [Slot],
        tables: &'r Tables,
        way: &Way<'r>,
    ) -> Result<&'r [Slot], Halt> {
        let Some(stream) = way.field.program.stream.as_deref().filter(|_| way.hops.is_empty()) else {
            return Ok(elements);
        };
        match self.parts().deferral.initial_count(stream.id) {
            Some(start) if start < elements.len() => {
                let rest = Rest { elements, tables, start, field: way.field, ty: way.ty };
                self.note_place(stream.id, Source::List(rest))?;
                Ok(&elements[..start])
            }
            Some(_) | None => Ok(elements),
        }
    }

    /// Writes the later elements of a list up to one that fails.
    pub(super) fn rest(&mut self, id: DeferId, rest: &Rest<'r>) -> Result<Items, Halt> {
        let (written, text) = self.apart(0, |this| this.items(id, rest));
        let failed = written?;
        self.parts().elsewhere += text.len();
        Ok(Items { start: rest.start, text, failed })
    }

    fn items(&mut self, id: DeferId, rest: &Rest<'r>) -> Result<Option<Failed>, Halt> {
        let Rest { elements, tables, start, field, ty } = *rest;
        let stream = field.program.stream.as_deref().filter(|stream| stream.id == id);
        let way = Way { field, target: stream.map(|stream| stream.position), hops: &[], lists: 0, ty };
        for (index, element) in elements.iter().enumerate().skip(start) {
            let mark = self.out.len();
            let (errors, places) = (self.errors.len(), self.parts().places.len());
            self.out.push(if index > start { b',' } else { b'[' });
            self.path.push(Segment::Index(index));
            let written = self.value(Found::Slot(*element, tables), &way);
            self.path.pop();
            match written {
                Ok(()) => {}
                Err(Halt::TooLarge) => return Err(Halt::TooLarge),
                Err(Halt::Null) => {
                    self.discarded += self.out.len() - mark;
                    self.out.truncate(mark);
                    self.parts().forget_places(places);
                    let mut errors = self.errors.split_off(errors);
                    if errors.is_empty() {
                        errors.push(self.untold());
                    }
                    self.parts().told += errors.len();
                    if index > start {
                        self.out.push(b']');
                    }
                    return Ok(Some((index, errors)));
                }
            }
        }
        self.out.push(b']');
        Ok(None)
    }
}
