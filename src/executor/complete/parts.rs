//! Completion of an answer in parts: first what is not deferred, then each deferred fragment, and the later elements of each
//! list, at each place where it stands.
//!
//! What a part may not do: change what an earlier one told. A place that became null there is null in every part.

mod elements;

use std::collections::HashSet;

use elements::Rest;

use super::{
    Completion, EntryKind, Found, Halt, OPENING, RowAt, Segment, Slot, ValueKind, Variant, Way, errors::path_length,
};
use crate::{
    executor::{Content, Outcome, deferral::Deferral, guards::GuardMask, run::Run},
    graphql::{ErrorCode, GraphqlError, PathSegment},
    json::write_string,
    planner::{DeferId, FieldEntry, GuardId, ObjectProgramId, Occurrences},
};

/// What holds wherever this is needed.
const IN_PARTS: &str = "a completion in parts knows its parts";

/// What is written around a path wherever it is told: ids, names of members, brackets.
const FRAME: usize = 64;

/// Writes the parts of one answer, one after another.
pub(in crate::executor) struct PartsWriter<'r, 'a>(Completion<'r, 'a, true>);

/// Where something deferred stands in the answer, and of what it is made there.
#[derive(Debug)]
pub(in crate::executor) struct Place<'r> {
    pub(in crate::executor) id: DeferId,
    path: Box<[Segment<'r>]>,
    source: Source<'r>,
}

/// Of what something deferred is made.
#[derive(Debug, Clone, Copy)]
enum Source<'r> {
    /// A fragment of an object.
    Object(RowAt<'r>, ObjectProgramId),
    /// Elements of a list.
    List(Rest<'r>),
}

/// Something deferred at one place, and its errors.
type Part = (Content, Vec<GraphqlError>);

/// What is known between the parts of an answer.
#[derive(Debug)]
pub(super) struct Parts<'r> {
    deferral: &'r Deferral,
    /// Whether a part repeats fields of its fragment that were delivered before.
    repeats: bool,
    /// What is being written; `None`: the first part.
    part: Option<DeferId>,
    /// What was delivered before it.
    before: &'r GuardMask,
    /// Bytes of each label as it is written.
    labels: Vec<usize>,
    /// What the next parts tell.
    places: Vec<Place<'r>>,
    /// Places met so far, and how many there may be.
    met: (usize, usize),
    /// Objects and lists that were there and became null, in any part so far.
    nulled: HashSet<Box<[Segment<'r>]>, ahash::RandomState>,
    /// Those of the part being written.
    noted: Vec<Box<[Segment<'r>]>>,
    /// Whether what is walked was delivered before: nothing of it is told, up to the objects below.
    descending: bool,
    pieces: Vec<(Vec<PathSegment>, Vec<u8>)>,
    /// Length of the part's own path.
    base: usize,
    /// Whether the part is null.
    failed: bool,
    /// Errors told in earlier parts.
    told: usize,
    /// Bytes of earlier parts, of pieces around the one being written, and of what is told of places.
    elsewhere: usize,
}

// === impl PartsWriter ===

impl<'r, 'a> PartsWriter<'r, 'a> {
    pub(in crate::executor) fn new(run: &'r Run<'a>, deferral: &'r Deferral, repeats: bool) -> Self {
        let parts = Parts {
            deferral,
            repeats,
            part: None,
            before: &deferral.first,
            labels: run.plan.deferred.iter().map(|fragment| label_length(fragment.label.as_deref())).collect(),
            places: Vec::new(),
            met: (0, run.context.limits.rows.get()),
            nulled: HashSet::default(),
            noted: Vec::new(),
            descending: false,
            pieces: Vec::new(),
            base: 0,
            failed: false,
            told: 0,
            elsewhere: 0,
        };
        Self(Completion::new(run, &deferral.first, Some(Box::new(parts))))
    }

    /// The first part, and the places of what follows it.
    pub(in crate::executor) fn first(&mut self) -> (Outcome, Vec<Place<'r>>) {
        let outcome = self.0.finish();
        let parts = self.0.parts();
        parts.told += outcome.errors.len();
        parts.elsewhere += outcome.body.len();
        parts.noted.clear();
        if outcome.body.ends_with(b":null") {
            parts.places.clear();
        }
        (outcome, std::mem::take(&mut parts.places))
    }

    /// What is deferred at a place, and the places of what follows it.
    pub(in crate::executor) fn part(&mut self, place: &Place<'r>) -> (Part, Vec<Place<'r>>) {
        let completion = &mut self.0;
        if completion.parts().is_gone(&place.path) {
            return ((Content::Nothing, Vec::new()), Vec::new());
        }
        completion.path.clear();
        completion.path.extend_from_slice(&place.path);
        let parts = completion.parts();
        let deferral = parts.deferral;
        parts.part = Some(place.id);
        parts.before = deferral.before(place.id);
        parts.base = place.path.len();
        parts.failed = false;
        completion.guards = deferral.later(place.id).map_or(&deferral.first, |later| &later.guards);
        let written = match &place.source {
            Source::Object(at, program) => completion.piece(*at, *program).map(|()| None),
            Source::List(rest) => completion.rest(place.id, rest).map(Some),
        };
        if written.is_err() {
            completion.path.truncate(place.path.len());
            completion.errors.clear();
            completion.record_certainly(GraphqlError::new(ErrorCode::LimitExceeded, completion.too_large()));
        }
        let failed = written.is_err() || completion.parts().failed;
        completion.record_misfits();
        let mut errors = std::mem::take(&mut completion.errors);
        if failed && errors.is_empty() {
            errors.push(completion.untold());
        }
        let parts = completion.parts();
        parts.told += errors.len();
        let mut pieces = std::mem::take(&mut parts.pieces);
        pieces.retain(|(_, text)| !text.is_empty());
        if failed {
            parts.forget_places(0);
        }
        let places = std::mem::take(&mut parts.places);
        let noted = std::mem::take(&mut parts.noted);
        if failed {
            // Nothing of it is told, not even that.
            for path in &noted {
                parts.nulled.remove(path);
            }
        }
        let content = match written {
            _ if failed => Content::Failed,
            Ok(Some(items)) => Content::Items(items),
            Ok(None) | Err(_) if pieces.is_empty() && errors.is_empty() => Content::Nothing,
            Ok(None) | Err(_) => Content::Pieces(pieces),
        };
        ((content, errors), places)
    }

    /// Errors that no part told, because there were too many.
    pub(in crate::executor) fn errors_dropped(&self) -> usize {
        self.0.errors_dropped
    }
}

// === impl Place ===

impl Place<'_> {
    pub(in crate::executor) fn path(&self) -> Vec<PathSegment> {
        self.path.iter().map(|segment| segment.to_path()).collect()
    }

    /// Of a list: index of the first element that is deferred.
    pub(in crate::executor) fn start(&self) -> Option<usize> {
        match &self.source {
            Source::Object(..) => None,
            Source::List(rest) => Some(rest.start),
        }
    }
}

// === impl Parts ===

impl Parts<'_> {
    /// The bound on places, if it was met.
    pub(super) fn too_many(&self) -> Option<usize> {
        (self.met.0 > self.met.1).then_some(self.met.1)
    }

    /// Whether a field belongs to what is being written, wherever else it may be asked for.
    fn is_own(&self, occurrences: &Occurrences, guards: &GuardMask) -> bool {
        let is_own = |guard: &GuardId| guards.is_on(*guard) && !self.before.is_on(*guard);
        !occurrences.again && occurrences.guards.iter().any(is_own)
    }

    fn is_delivered(&self, occurrences: &Occurrences) -> bool {
        occurrences.guards.iter().any(|guard| self.before.is_on(*guard))
    }

    /// Whether something on the way to a place has become null since it was noted.
    fn is_gone(&self, path: &[Segment<'_>]) -> bool {
        !self.nulled.is_empty() && (1..=path.len()).any(|end| self.nulled.contains(&path[..end]))
    }

    /// Counts a place to come back to.
    fn meet(&mut self) -> Result<(), Halt> {
        self.met.0 += 1;
        if self.met.0 > self.met.1 { Err(Halt::TooLarge) } else { Ok(()) }
    }

    /// Bytes of what is told of a place. Each format writes its path and its label once.
    fn told_of(&self, id: DeferId, path: &[Segment<'_>]) -> usize {
        FRAME + path_length(path) + self.labels[id.0 as usize]
    }

    /// Forgets the places that were noted after the first `count`.
    fn forget_places(&mut self, count: usize) {
        let told = self.places[count..].iter().map(|place| self.told_of(place.id, &place.path)).sum::<usize>();
        self.elsewhere -= told;
        self.places.truncate(count);
    }
}

// === impl Completion ===

impl<'r, const PARTS: bool> Completion<'r, '_, PARTS> {
    /// Completes a value that may have become null in an earlier part, or becomes so now.
    pub(super) fn value_in_parts(&mut self, found: Found<'r>, way: &Way<'r>) -> Result<(), Halt> {
        // Whatever else stands there is null again, for the same reason.
        if !matches!(found, Found::Slot(Slot::Row(_) | Slot::List { .. }, _)) {
            return self.any_value(found, way);
        }
        let (mark, path) = (self.out.len(), &self.path[..]);
        let parts = self.parts.as_deref_mut().expect(IN_PARTS);
        if parts.nulled.contains(path) {
            self.out.extend_from_slice(b"null");
            return Ok(());
        }
        let places = parts.places.len();
        self.any_value(found, way)?;
        if self.is_descending() || self.out[mark..] != *b"null" {
            return Ok(());
        }
        let path: Box<[Segment<'r>]> = self.path[..].into();
        let parts = self.parts();
        parts.forget_places(places);
        // No other part comes here than those that ask for the field, too.
        if way.field.entry.occurrences.is_some() && parts.nulled.insert(path.clone()) {
            parts.noted.push(path);
            parts.meet()?;
        }
        Ok(())
    }

    /// Whether what is walked was delivered before.
    pub(super) fn is_descending(&self) -> bool {
        self.parts.as_ref().is_some_and(|parts| parts.descending)
    }

    /// Errors told in earlier parts.
    pub(super) fn errors_told(&self) -> usize {
        self.parts.as_ref().map_or(0, |parts| parts.told)
    }

    /// Bytes of all parts so far.
    pub(super) fn written_in_parts(&self) -> usize {
        let elsewhere = self.parts.as_ref().map_or(0, |parts| parts.elsewhere);
        (elsewhere + self.out.len()).saturating_sub(OPENING.len())
    }

    fn parts(&mut self) -> &mut Parts<'r> {
        self.parts.as_mut().expect(IN_PARTS)
    }

    /// Writes apart from what is around it, with so many bytes for its place. The text of what fails counts as work, that of
    /// the rest is the caller's to count.
    fn apart<T>(
        &mut self,
        told: usize,
        write: impl FnOnce(&mut Self) -> Result<T, Halt>,
    ) -> (Result<T, Halt>, Vec<u8>) {
        let outer = std::mem::take(&mut self.out);
        let around = outer.len() + told;
        self.parts().elsewhere += around;
        let written = write(self).and_then(|written| self.check_size().map(|()| written));
        let text = std::mem::replace(&mut self.out, outer);
        self.parts().elsewhere -= around;
        if written.is_err() {
            self.discarded += text.len();
        }
        (written, text)
    }

    /// Writes what of an object is not delivered yet, apart from what is around it.
    pub(super) fn piece(&mut self, at: RowAt<'r>, program: ObjectProgramId) -> Result<(), Halt> {
        let base = self.parts().base;
        let below = &self.path[base..];
        let told = if below.is_empty() { 0 } else { FRAME + path_length(below) };
        let path = below.iter().map(|segment| segment.to_path()).collect();
        let parts = self.parts();
        let descending = std::mem::replace(&mut parts.descending, false);
        let number = parts.pieces.len();
        parts.pieces.push((path, Vec::new()));
        let (written, text) = self.apart(told, |this| this.object(at, program));
        let parts = self.parts();
        parts.descending = descending;
        match written {
            Ok(_) => {
                // An object of which nothing is new is not told again.
                if parts.repeats || text != b"{}" {
                    parts.elsewhere += text.len() + told;
                    parts.pieces[number].1 = text;
                }
                Ok(())
            }
            Err(halt) => {
                parts.failed = true;
                if halt == Halt::Null { Ok(()) } else { Err(halt) }
            }
        }
    }

    /// Remembers the deferred fragments that stand at an object.
    pub(super) fn note_fragments(
        &mut self,
        at: RowAt<'r>,
        program: ObjectProgramId,
        variant: &'r Variant,
    ) -> Result<(), Halt> {
        for fragment in &variant.deferred {
            let is_on = self.run.guards.is_on(self.run.plan.deferred[fragment.0 as usize].guard);
            let parts = self.parts();
            let follows = parts.deferral.later(*fragment).is_some_and(|later| later.around == parts.part);
            if is_on && follows {
                self.note_place(*fragment, Source::Object(at, program))?;
            }
        }
        Ok(())
    }

    /// Remembers what of the place being written comes later.
    fn note_place(&mut self, id: DeferId, source: Source<'r>) -> Result<(), Halt> {
        let parts = self.parts.as_deref_mut().expect(IN_PARTS);
        parts.meet()?;
        let told = parts.told_of(id, &self.path);
        self.check_size_with(told)?;
        let path = self.path[..].into();
        let parts = self.parts();
        parts.elsewhere += told;
        parts.places.push(Place { id, path, source });
        Ok(())
    }

    /// What is told of a failure whose own errors were too many.
    fn untold(&mut self) -> GraphqlError {
        let error = GraphqlError::new(ErrorCode::LimitExceeded, "this part has errors beyond those that are told");
        self.charge(&error);
        error
    }

    /// Whether a field is written here. One that was delivered before may have something new below.
    pub(super) fn is_written(&mut self, at: RowAt<'r>, entry: &'r FieldEntry) -> Result<bool, Halt> {
        let guards = self.guards;
        let parts = self.parts();
        if parts.part.is_none() {
            return Ok(guards.is_on(entry.guard));
        }
        let Some(occurrences) = entry.occurrences.as_deref().filter(|known| parts.is_own(known, guards)) else {
            return Ok(false);
        };
        if parts.repeats || !parts.is_delivered(occurrences) {
            return Ok(true);
        }
        let EntryKind::Value(program) = &entry.kind else { return Ok(false) };
        if matches!(program.kind, ValueKind::Object(_)) {
            let mark = self.out.len();
            self.parts().descending = true;
            let walked = self.field(at, entry, program);
            self.parts().descending = false;
            self.out.truncate(mark);
            if walked == Err(Halt::TooLarge) {
                return Err(Halt::TooLarge);
            }
        }
        Ok(false)
    }
}

/// Bytes of a label as it is written.
fn label_length(label: Option<&str>) -> usize {
    let mut text = Vec::new();
    label.inspect(|label| write_string(&mut text, label));
    text.len()
}
