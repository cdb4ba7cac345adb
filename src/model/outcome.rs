//! `isSuccess` and `errors` of sources and connectors.

use super::{
    ErrorMapping,
    literals::{Reading, argument, mapping, member, object},
    report::Report,
    shapes::{Placed, Wanted, check_kind},
    variables::{Part, Scenery, Text, Usage},
};
use crate::{
    graphql::{Directive, Literal},
    mapping::{Kinds, Mapping, Version},
};

const INVALID_ERRORS: &str = "INVALID_ERRORS_MESSAGE";
const INVALID_IS_SUCCESS: &str = "INVALID_IS_SUCCESS";

/// What each of them yields, and what may help where it yields an object, or something else.
const IS_SUCCESS: Wanted = Wanted {
    kind: Kinds::BOOLEAN,
    of_object: "one bare key makes an object: write `$.ok`, or compare: `$status->eq(200)`",
    otherwise: "compare it: `->eq(x)`",
};
const MESSAGE: Wanted = Wanted {
    kind: Kinds::STRING,
    of_object: "one bare key makes an object: write `$.message`",
    otherwise: "make it text: `->toString`, or `->joinNotNull(\", \")` of a list",
};
const EXTENSIONS: Wanted =
    Wanted { kind: Kinds::OBJECT, of_object: "", otherwise: "give the value a name: `code: error.code`" };

/// What one directive says of success and failure.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    pub(super) is_success: Option<Mapping>,
    pub(super) message: Option<Mapping>,
    pub(super) extensions: Option<Mapping>,
}

/// Reads `isSuccess` and `errors`.
pub(super) fn read_outcome(
    directive: &Directive,
    version: Version,
    scenery: &Scenery<'_>,
    usage: &mut Usage,
    report: &mut Report,
) -> Outcome {
    let mut reader = Reader { version, scenery, usage, report };
    let is_success = reader.read(argument(directive, "isSuccess"), (INVALID_IS_SUCCESS, "`isSuccess`"), IS_SUCCESS);
    let errors = argument(directive, "errors")
        .and_then(|errors| object(errors, "`errors`", &["message", "extensions"], reader.report))
        .unwrap_or_default();
    let message = reader.read(member(errors, "message"), (INVALID_ERRORS, "`errors.message`"), MESSAGE);
    let extensions = reader.read(member(errors, "extensions"), (INVALID_ERRORS, "`errors.extensions`"), EXTENSIONS);
    Outcome { is_success, message, extensions }
}

struct Reader<'a> {
    version: Version,
    scenery: &'a Scenery<'a>,
    usage: &'a mut Usage,
    report: &'a mut Report,
}

// === impl Reader ===

impl Reader<'_> {
    /// A mapping that yields one kind of value.
    fn read(
        &mut self,
        literal: Option<&Literal>,
        (code, what): (&'static str, &'static str),
        wanted: Wanted,
    ) -> Option<Mapping> {
        let literal = literal?;
        let reading = Reading { code, what, version: self.version };
        let mapping = mapping(literal, reading, self.report)?;
        self.scenery.check(Part { text: Text::Outcome, code }, (literal, mapping.variables()), self.usage, self.report);
        check_kind(&Placed::whole(&mapping, literal, Text::Outcome, reading), wanted, self.scenery, self.report);
        Some(mapping)
    }
}

/// The connector's words, else the source's; extensions of both.
pub(super) fn merge_outcome(source: Option<&Outcome>, connector: Outcome) -> (Option<Mapping>, ErrorMapping) {
    let inherited = source.cloned().unwrap_or_default();
    let is_success = connector.is_success.or(inherited.is_success);
    let extensions = inherited.extensions.into_iter().chain(connector.extensions).collect();
    (is_success, ErrorMapping { message: connector.message.or(inherited.message), extensions })
}
