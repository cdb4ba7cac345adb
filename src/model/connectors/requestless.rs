//! Connectors without `http` (connect/v0.4): they make no request and compute their fields from what is known already.

use super::Spot;
use crate::{
    graphql::Literal,
    mapping::{Mapping, Variable},
    model::{
        literals::{Reading, argument, mapping},
        report::{Explain, Report},
        variables::{Part, Scenery, Text, Usage},
    },
};

const USES_RESPONSE: &str = "REQUESTLESS_SELECTION_USES_REQUEST_DATA";

/// Parses the selection, which has no response to read, and notes its variables.
pub(super) fn compile_selection(
    spot: &Spot<'_>,
    scenery: &Scenery<'_>,
    usage: &mut Usage,
    report: &mut Report,
) -> Option<(Mapping, Literal)> {
    let Some(literal) = argument(spot.directive, "selection") else {
        report.error("INVALID_SELECTION", "the connector has no `selection`", spot.directive.span.as_ref());
        return None;
    };
    let reading = Reading { code: "INVALID_SELECTION", what: "`selection`", version: spot.version };
    let mapping = mapping(literal, reading, report)?;
    let (of_response, paths): (Vec<_>, Vec<_>) = mapping
        .variables()
        .into_iter()
        .partition(|path| matches!(path.variable, Variable::Status | Variable::Response));
    let mut ranges = mapping.body_reads();
    ranges.extend(of_response.into_iter().map(|path| path.range));
    ranges.sort_by_key(|range| range.start);
    for range in ranges {
        let written = mapping.text().get(range.clone()).unwrap_or("$").trim();
        let message = format!("`{written}` is of a response, but the connector has no `http` and so gets none");
        let known = "use `$args`, `$this`, `$config`, `$context`, `$request`, `$env` and literals, or give it `http`";
        report.error_within(USES_RESPONSE, message, literal, range).hint(known);
    }
    scenery.check(Part { text: Text::Computed, code: reading.code }, (literal, paths), usage, report);
    Some((mapping, literal.clone()))
}

/// Arguments that say something of a request or its answer.
pub(super) fn check_arguments(spot: &Spot<'_>, selection: Option<&Mapping>, report: &mut Report) {
    if let Some(batch) = argument(spot.directive, "batch") {
        report
            .error("INVALID_BATCH", "`batch` is set, but the connector makes no request", batch.span.as_ref())
            .hint("remove `batch`, or give the connector `http`");
    }
    let reads_config =
        selection.is_none_or(|selection| selection.variables().iter().any(|path| path.variable == Variable::Config));
    for (name, why) in [
        ("source", "whose `$config` its selection does not read"),
        ("errors", "so nothing of it fails"),
        ("isSuccess", "so there is no answer to judge"),
    ] {
        let Some(literal) = argument(spot.directive, name).filter(|_| name != "source" || !reads_config) else {
            continue;
        };
        let message = match name {
            "source" => format!("the connector makes no request, and has a `source` {why}"),
            _ => format!("`{name}` has no effect: the connector makes no request, {why}"),
        };
        report
            .warning("UNUSED_ARGUMENT", message, literal.span.as_ref())
            .hint(format!("remove `{name}`, or give the connector `http`"));
    }
}
