//! Directives of federation that a single graph cannot honor: told, never ignored.

use std::collections::BTreeMap;

use super::report::{Explain, NOT_SUPPORTED_YET, Report};
use crate::{
    diagnostic::Span,
    graphql::{Directive, Name, Schema, TypeDefinition},
};

/// Access control that would be believed to hold.
const NOT_ENFORCED: [&str; 3] = ["authenticated", "requiresScopes", "policy"];
const REJECTED: [&str; 2] = ["context", "fromContext"];
/// Directives that do what they say, or that ask nothing of a graph that is not composed of others.
const UNDERSTOOD: [&str; 14] = [
    "connect",
    "poll",
    "source",
    "link",
    "cacheControl",
    "connection",
    "inaccessible",
    "key",
    "external",
    "deprecated",
    "specifiedBy",
    "oneOf",
    // For composition alone.
    "shareable",
    "extends",
];
/// A label for tools: nothing to do.
const LABEL: &str = "tag";
/// Name and what it would have done.
const NOT_HONORED: [(&str, &str); 8] = [
    ("requires", "the field's connector gets only what it names itself, as `$this`"),
    ("provides", "what a connector gives is what its selection says"),
    ("override", "there is one graph here, so no field moves between subgraphs"),
    ("interfaceObject", "the type is an ordinary object type here"),
    ("composeDirective", "there is no composition, so no directive is carried over"),
    ("cost", "operations are bounded by `limits`, not by weights"),
    ("listSize", "operations are bounded by `limits`, not by assumed sizes"),
    ("cacheTag", "answers leave the cache by age and by mutations, not by tags"),
];

/// Reports what is used but has no effect, and what must not be believed.
pub(super) fn check_federation(schema: &Schema, report: &mut Report) {
    let mut unheeded: BTreeMap<&str, (&Directive, usize)> = BTreeMap::new();
    let told = report.count();
    for directive in schema.all_directives() {
        if directive.span.as_ref().is_some_and(|span| report.is_told(span, told)) {
            continue;
        }
        let name = &*directive.name;
        if NOT_ENFORCED.contains(&name) {
            report
                .error(
                    NOT_SUPPORTED_YET,
                    format!("`@{}` is not supported yet", directive.written),
                    directive.span.as_ref(),
                )
                .hint("nothing would enforce it: leave the element out of the clients' views instead");
        } else if REJECTED.contains(&name) {
            reject(name, directive.span.as_ref(), report);
        } else if name != LABEL && !UNDERSTOOD.contains(&name) {
            unheeded.entry(&*directive.written).or_insert((directive, 0)).1 += 1;
        }
    }
    for (written, (first, count)) in unheeded {
        let why = NOT_HONORED.iter().find(|(known, _)| *known == &*first.name).map(|(_, why)| *why);
        let why = why.unwrap_or(if schema.declared.contains(&first.written) {
            match written {
                "connection" => {
                    "these files declare it, so it is theirs: without `directive @connection` it pages lists"
                }
                "poll" => "these files declare it, so it is theirs: without `directive @poll` it polls subscriptions",
                _ => "it is declared in these files, and nothing here reads it",
            }
        } else {
            "nothing here knows what it means"
        });
        let times = if count > 1 { format!(" (used {count} times)") } else { String::new() };
        report
            .warning("DIRECTIVE_NOT_HONORED", format!("`@{written}` has no effect{times}"), first.span.as_ref())
            .hint(why);
    }
}

/// Reports a directive that connectors rule out, the first time that it is met: where it is imported, or else used.
pub(super) fn reject(name: &str, span: Option<&Span>, report: &mut Report) {
    const CODE: &str = "CONNECTORS_UNSUPPORTED_FEDERATION_DIRECTIVE";
    let message = format!("`@{name}` is not supported");
    if !report.has(CODE, &message) {
        report.error(CODE, message, span).hint(
            "remove it and its import: give the value as an argument, or read a field of the parent as `$this.field`",
        );
    }
}

/// Removes what federation adds to the schema of a subgraph: nothing here asks for it.
pub(super) fn drop_machinery(schema: &mut Schema) {
    const TYPES: [&str; 4] = ["_Any", "_Entity", "_Service", "_FieldSet"];
    let query = schema.query.clone();
    if let Some(query) = query.and_then(|query| schema.types.get_mut(&query)) {
        query.fields.retain(|name, field| {
            let is_machinery = matches!(&**name, "_entities" | "_service") && TYPES.contains(&&**field.ty.name());
            !is_machinery || field.directives.iter().any(|directive| &*directive.name == "connect")
        });
    }
    let used: Vec<Name> = schema.types.values().flat_map(used_types).collect();
    schema.types.retain(|name, _| !TYPES.contains(&&**name) || used.contains(name));
}

fn used_types(definition: &TypeDefinition) -> impl Iterator<Item = Name> {
    let fields = definition.fields.values();
    let arguments = fields.clone().flat_map(|field| field.arguments.values());
    let inputs = arguments.chain(definition.input_fields.values()).map(|input| &input.ty);
    fields.map(|field| &field.ty).chain(inputs).map(|ty| ty.name().clone())
}
