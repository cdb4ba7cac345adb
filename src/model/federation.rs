//! Directives of federation that a single graph cannot honor: told, never ignored.

use std::collections::BTreeMap;

use super::report::{Explain, NOT_SUPPORTED_YET, Report};
use crate::graphql::{Directive, Schema};

/// Access control that would be believed to hold.
const NOT_ENFORCED: [&str; 3] = ["authenticated", "requiresScopes", "policy"];
const REJECTED: [&str; 2] = ["context", "fromContext"];
/// Name and what it would have done.
const NOT_HONORED: [(&str, &str); 7] = [
    ("requires", "the field's connector gets only what it names itself, as `$this`"),
    ("provides", "what a connector gives is what its selection says"),
    ("override", "there is one graph here, so no field moves between subgraphs"),
    ("interfaceObject", "the type is an ordinary object type here"),
    ("composeDirective", "there is no composition, so no directive is carried over"),
    ("cost", "operations are bounded by `limits`, not by weights"),
    ("listSize", "operations are bounded by `limits`, not by assumed sizes"),
];

/// Reports what is used but has no effect, and what must not be believed.
pub(super) fn check_federation(schema: &Schema, report: &mut Report) {
    let mut unheeded: BTreeMap<&str, (&Directive, usize)> = BTreeMap::new();
    for directive in directives(schema) {
        let name = &*directive.name;
        if NOT_ENFORCED.contains(&name) {
            report
                .error(NOT_SUPPORTED_YET, format!("`@{name}` is not supported yet"), directive.span.as_ref())
                .hint("nothing would enforce it: leave the element out of the clients' views instead");
        } else if REJECTED.contains(&name) {
            let message = format!("`@{name}` is not supported");
            report.error("CONNECTORS_UNSUPPORTED_FEDERATION_DIRECTIVE", message, directive.span.as_ref());
        } else if NOT_HONORED.iter().any(|(known, _)| *known == name) {
            unheeded.entry(name).or_insert((directive, 0)).1 += 1;
        }
    }
    for (name, (first, count)) in unheeded {
        let why = NOT_HONORED.iter().find(|(known, _)| *known == name).map_or("", |(_, why)| *why);
        let times = if count > 1 { format!(" (used {count} times)") } else { String::new() };
        report
            .warning("DIRECTIVE_NOT_HONORED", format!("`@{name}` has no effect{times}"), first.span.as_ref())
            .hint(why);
    }
}

fn directives(schema: &Schema) -> impl Iterator<Item = &Directive> {
    let of_types = schema.types.values().flat_map(|definition| {
        let fields = definition.fields.values().flat_map(|field| {
            let arguments = field.arguments.values().flat_map(|argument| &argument.directives);
            field.directives.iter().chain(arguments)
        });
        let inputs = definition.input_fields.values().flat_map(|field| &field.directives);
        let values = definition.values.values().flat_map(|value| &value.directives);
        definition.directives.iter().chain(fields).chain(inputs).chain(values)
    });
    schema.directives.iter().chain(of_types)
}
