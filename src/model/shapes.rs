//! Checks of what mappings yield against what their places take: URLs, headers, paths, outcomes.
//!
//! Refuses only what certainly fails. What depends on a response's body is unknown, and null may stand for anything.

mod of_variables;
mod selection;

use std::ops::Range;

use super::{
    literals::Reading,
    report::{Explain, Report, within},
    variables::{Scenery, Text},
};
use crate::{
    diagnostic::Diagnostic,
    graphql::Literal,
    mapping::{Kinds, Mapping, Members, Mistake, MistakeKind, Piece, Shape, Template, ValueShape},
};

pub(super) use selection::{Target, check_selection};

/// A comparison with one outcome, or an arm that is never taken.
const IDLE: &str = "NEVER_MATCHES";

/// A mapping in its place.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) literal: &'a Literal,
    /// Where its text begins in the literal's.
    pub(super) offset: usize,
    pub(super) text: Text,
    pub(super) reading: Reading,
}

// === impl Placed ===

impl<'a> Placed<'a> {
    /// A mapping that is a literal's whole text.
    pub(super) fn whole(mapping: &'a Mapping, literal: &'a Literal, text: Text, reading: Reading) -> Self {
        Self { mapping, literal, offset: 0, text, reading }
    }

    /// Infers what it yields; what can't work in it is reported, unless something else was said of the same place.
    pub(super) fn infer(&self, scenery: &Scenery<'_>, report: &mut Report) -> ValueShape {
        let input = match self.text {
            // What a mapping without input reads of it is not there.
            Text::BaseUrl | Text::Request => ValueShape::named(of_variables::NO_INPUT),
            Text::Selection | Text::Outcome => ValueShape::any(),
            Text::Computed => ValueShape::unknown(),
        };
        let inferred = self.mapping.infer(&input, scenery, self.reading.version);
        let known = report.count();
        for mistake in inferred.mistakes {
            self.tell(mistake, scenery, known, report);
        }
        inferred.shape
    }

    fn tell(&self, mistake: Mistake, scenery: &Scenery<'_>, known: usize, report: &mut Report) {
        let span = within(self.literal, self.shifted(&mistake.range));
        if span.as_ref().is_some_and(|span| report.is_told(span, known)) {
            return;
        }
        let Mistake { message, hint, kind, .. } = mistake;
        match kind {
            MistakeKind::Kind => report.error(self.reading.code, message, span.as_ref()).hint = hint,
            MistakeKind::Idle => report.warning(IDLE, message, span.as_ref()).hint = hint,
            MistakeKind::Key(name) if &*name == of_variables::NO_INPUT => {
                let variable = ["args", "this", "batch", "config", "context", "request", "env"]
                    .into_iter()
                    .find(|name| message.ends_with(&format!(" `{name}`")));
                let hint = match variable {
                    Some(name) => format!("did you mean `${name}`?"),
                    None => "there is no response yet: read `$args.name`, `$config.name` and the like".to_owned(),
                };
                let message = message.replace(of_variables::NO_INPUT, "$");
                report.error(self.reading.code, message, span.as_ref()).hint(hint);
            }
            MistakeKind::Key(name) => {
                let code = if &*name == "$args" { "UNDEFINED_ARGUMENT" } else { "UNDEFINED_FIELD" };
                let declared = scenery.schema.types.get(&*name).and_then(|definition| definition.span.as_ref());
                let diagnostic = report.error(code, message, span.as_ref());
                diagnostic.hint = hint;
                diagnostic.related(declared, format!("`{name}` declared here"));
            }
        }
    }

    fn shifted(&self, range: &Range<usize>) -> Range<usize> {
        range.start + self.offset..range.end + self.offset
    }

    /// An error, unless something was said of the place.
    fn wrong<'r>(&self, message: String, range: Range<usize>, report: &'r mut Report) -> Option<&'r mut Diagnostic> {
        let span = within(self.literal, self.shifted(&range));
        if span.as_ref().is_some_and(|span| report.is_told(span, report.count())) {
            return None;
        }
        Some(report.error(self.reading.code, message, span.as_ref()))
    }

    /// What it is, if that can't be of these kinds. A text of fields counts as an object, whatever it selects from.
    fn never(&self, shape: &ValueShape, kinds: Kinds) -> Option<Kinds> {
        if shape.is_never(kinds) {
            return Some(shape.kinds().without(Kinds::NULL));
        }
        let is_object = !kinds.meets(Kinds::OBJECT | Kinds::LIST) && matches!(self.mapping.shape(), Shape::Object(_));
        is_object.then_some(Kinds::OBJECT)
    }

    fn everything(&self) -> Range<usize> {
        0..self.mapping.text().len()
    }
}

/// The expressions of a URL or header: strings, numbers, booleans or null.
pub(super) fn check_template(
    template: &Template,
    literal: &Literal,
    reading: Reading,
    scenery: &Scenery<'_>,
    report: &mut Report,
) {
    for piece in &template.pieces {
        let Piece::Expression(mapping, range) = piece else { continue };
        let placed = Placed { mapping, literal, offset: range.start, text: Text::Request, reading };
        let shape = placed.infer(scenery, report);
        let Some(kinds) = placed.never(&shape, Kinds::SCALAR) else { continue };
        if let Some(diagnostic) = placed.wrong(format!("{} holds {kinds}", reading.what), placed.everything(), report) {
            diagnostic.hint(if kinds == Kinds::LIST {
                "join it: `->joinNotNull(\",\")`, or take one element: `->first`"
            } else {
                "an expression in braces must be a string, a number, a boolean or null"
            });
        }
    }
}

/// `path`: a list of scalars, or nothing.
pub(super) fn check_path(placed: &Placed<'_>, scenery: &Scenery<'_>, report: &mut Report) {
    let shape = placed.infer(scenery, report);
    let what = placed.reading.what;
    if shape.is_never(Kinds::LIST) {
        let found = shape.kinds().without(Kinds::NULL);
        let message = format!("{what} must be a list of strings, numbers or booleans, not {found}");
        if let Some(diagnostic) = placed.wrong(message, placed.everything(), report) {
            diagnostic.hint("write the segments as a list: `$([$args.a, $args.b])`");
        }
    } else if let Some(elements) = shape.elements().filter(|elements| elements.is_never(Kinds::SCALAR)) {
        let found = elements.kinds().without(Kinds::NULL);
        let message = format!("segments of {what} must be strings, numbers or booleans, but each is {found}");
        placed.wrong(message, placed.everything(), report);
    }
}

/// `queryParams`: an object of scalars and lists of them, or nothing.
pub(super) fn check_query(placed: &Placed<'_>, scenery: &Scenery<'_>, report: &mut Report) {
    let shape = placed.infer(scenery, report);
    let what = placed.reading.what;
    if shape.is_never(Kinds::OBJECT) {
        let found = shape.kinds().without(Kinds::NULL);
        let message = format!("{what} must be an object of names and values, not {found}");
        if let Some(diagnostic) = placed.wrong(message, placed.everything(), report) {
            diagnostic.hint("give the value a name: `name: $args.name`");
        }
        return;
    }
    for (name, member) in shape.members().into_iter().flat_map(Members::iter) {
        let range = member.range.clone().unwrap_or_else(|| placed.everything());
        let elements = member.shape.elements().filter(|_| member.shape.is_never(Kinds::SCALAR | Kinds::OBJECT));
        let (values, taken) = match &elements {
            Some(elements) => (elements, Kinds::SCALAR),
            None => (&member.shape, Kinds::SCALAR | Kinds::LIST),
        };
        if values.is_never(taken) {
            let found = values.kinds().without(Kinds::NULL);
            let message =
                format!("parameter `{name}` must be a string, a number, a boolean or a list of these, not {found}");
            if let Some(diagnostic) = placed.wrong(message, range, report) {
                diagnostic.hint("name what is needed of it: `name: $args.input.name`");
            }
        }
    }
}

/// The one kind of value that a mapping may yield, with what may help where it yields an object, or something else.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) kind: Kinds,
    pub(super) of_object: &'static str,
    pub(super) otherwise: &'static str,
}

/// `isSuccess`, `errors.message`, `errors.extensions`: one kind of value.
pub(super) fn check_kind(placed: &Placed<'_>, wanted: Wanted, scenery: &Scenery<'_>, report: &mut Report) {
    let shape = placed.infer(scenery, report);
    let Some(found) = placed.never(&shape, wanted.kind) else { return };
    let message = format!("{} must be {}, not {found}", placed.reading.what, wanted.kind);
    if let Some(diagnostic) = placed.wrong(message, placed.everything(), report) {
        diagnostic.hint(if found == Kinds::OBJECT { wanted.of_object } else { wanted.otherwise });
    }
}
