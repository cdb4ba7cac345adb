//! `isSuccess` and `errors` of sources and connectors.

use super::{
    ErrorMapping,
    literals::{Reading, argument, mapping, member, object},
    report::{Explain, Report},
    variables::{Part, Scenery, Text, Usage},
};
use crate::{
    graphql::{Directive, Literal},
    mapping::{Mapping, Shape, Version},
};

const INVALID_ERRORS: &str = "INVALID_ERRORS_MESSAGE";
const INVALID_IS_SUCCESS: &str = "INVALID_IS_SUCCESS";

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
    let mut outcome = Outcome::default();
    if let Some((shape, mapping, literal)) =
        reader.read(argument(directive, "isSuccess"), INVALID_IS_SUCCESS, "`isSuccess`")
    {
        if let Shape::Object(_) = shape {
            reader
                .report
                .error(INVALID_IS_SUCCESS, "`isSuccess` must be a boolean, not an object", literal.span.as_ref())
                .hint("one bare key makes an object: write `$.ok`, or compare: `$status->eq(200)`");
        }
        outcome.is_success = Some(mapping);
    }
    let errors = argument(directive, "errors")
        .and_then(|errors| object(errors, "`errors`", &["message", "extensions"], reader.report))
        .unwrap_or_default();
    if let Some((shape, mapping, literal)) = reader.read(member(errors, "message"), INVALID_ERRORS, "`errors.message`")
    {
        if let Shape::Object(_) = shape {
            reader
                .report
                .error(INVALID_ERRORS, "`errors.message` must be a string, not an object", literal.span.as_ref())
                .hint("one bare key makes an object: write `$.message`");
        }
        outcome.message = Some(mapping);
    }
    if let Some((shape, mapping, literal)) =
        reader.read(member(errors, "extensions"), INVALID_ERRORS, "`errors.extensions`")
    {
        if let Shape::Scalar = shape {
            reader
                .report
                .error(
                    INVALID_ERRORS,
                    "`errors.extensions` must be an object, not a single value",
                    literal.span.as_ref(),
                )
                .hint("give the value a name: `code: error.code`");
        }
        outcome.extensions = Some(mapping);
    }
    outcome
}

struct Reader<'a> {
    version: Version,
    scenery: &'a Scenery<'a>,
    usage: &'a mut Usage,
    report: &'a mut Report,
}

// === impl Reader ===

impl Reader<'_> {
    fn read<'l>(
        &mut self,
        literal: Option<&'l Literal>,
        code: &'static str,
        what: &'static str,
    ) -> Option<(Shape, Mapping, &'l Literal)> {
        let literal = literal?;
        let mapping = mapping(literal, Reading { code, what, version: self.version }, self.report)?;
        self.scenery.check(Part { text: Text::Outcome, code }, (literal, mapping.variables()), self.usage, self.report);
        Some((mapping.shape(), mapping, literal))
    }
}

/// The connector's words, else the source's; extensions of both.
pub(super) fn merge_outcome(source: Option<&Outcome>, connector: Outcome) -> (Option<Mapping>, ErrorMapping) {
    let inherited = source.cloned().unwrap_or_default();
    let is_success = connector.is_success.or(inherited.is_success);
    let extensions = inherited.extensions.into_iter().chain(connector.extensions).collect();
    (is_success, ErrorMapping { message: connector.message.or(inherited.message), extensions })
}
