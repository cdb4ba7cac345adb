//! `@poll`: how often the connector of a subscription's field is asked anew.

use std::time::Duration;

use super::{
    Connector, Loads, Method, Place,
    connectors::Connectors,
    faults::Faults,
    literals::{argument, check_arguments, string},
    report::{Explain, Report, within},
};
use crate::{
    config::Millis,
    graphql::{Directive, FieldDefinition, Literal, Schema, TypeDefinition},
};

const INVALID: &str = "INVALID_POLL";
/// More often is not polling but a load test.
const LEAST: Duration = Duration::from_millis(100);

/// The interval of a field of the subscription root, if it says one that can be used.
pub(super) fn interval(schema: &Schema, parent: &TypeDefinition, field: Option<&FieldDefinition>) -> Option<Duration> {
    let field = field.filter(|_| schema.subscription.as_ref() == Some(&parent.name))?;
    let every = argument(poll(&field.directives)?, "every")?.as_str()?;
    Millis::read(every).ok().map(|every| every.0).filter(|every| *every >= LEAST)
}

/// Whether a field of the subscription root lacks `@poll`: then it is told, and not what else it lacks.
pub(super) fn is_missing(schema: &Schema, parent: &TypeDefinition, field: &FieldDefinition) -> bool {
    schema.subscription.as_ref() == Some(&parent.name) && poll(&field.directives).is_none()
}

/// Checks every `@poll`, that no field of the subscription root is without, and what polled connectors ask.
pub(super) fn check_polls(schema: &Schema, faults: &Faults, connectors: &Connectors, report: &mut Report) {
    for definition in schema.types.values() {
        let is_subscription = schema.subscription.as_ref() == Some(&definition.name);
        for field in definition.fields.values() {
            match poll(&field.directives) {
                Some(directive) if is_subscription => check_interval(directive, report),
                Some(directive) => misplaced(schema, definition, (field, directive), report),
                // One that cannot be read has been told.
                None if is_subscription
                    && !faults.elements.contains(&(definition.name.clone(), Some(field.name.clone()))) =>
                {
                    without(schema, (definition, field), report);
                }
                None => {}
            }
        }
    }
    for connector in &connectors.list {
        if let Place::Root { parent, field, .. } = &connector.place
            && schema.subscription.as_ref() == Some(parent)
        {
            let field = schema.types.get(parent).and_then(|parent| parent.fields.get(field));
            let directive = field.and_then(|field| poll(&field.directives));
            check_request(connector, directive, report);
        }
    }
}

fn check_interval(directive: &Directive, report: &mut Report) {
    check_arguments(directive, &["every"], report);
    let Some(literal) = argument(directive, "every") else { return };
    let Some(text) = string(literal, "`every`", report) else { return };
    match Millis::read(text) {
        Ok(every) if every.0 >= LEAST => {}
        Ok(every) => {
            invalid(literal, format!("`every` is {every}, which is too often"), "write `\"100ms\"` or more", report)
        }
        Err((reason, hint)) => invalid(literal, format!("`every` {reason}"), hint, report),
    }
}

fn invalid(literal: &Literal, message: String, hint: &str, report: &mut Report) {
    let length = literal.as_str().map_or(0, str::len);
    report.error(INVALID, message, within(literal, 0..length).as_ref()).hint(hint);
}

fn misplaced(
    schema: &Schema,
    definition: &TypeDefinition,
    (field, directive): (&FieldDefinition, &Directive),
    report: &mut Report,
) {
    let root = schema.subscription.as_deref().unwrap_or("Subscription");
    let hint = if schema.subscription.is_none() && *definition.name == *root {
        format!("name it in the schema, so that it is the subscription root: `schema {{ subscription: {root} }}`")
    } else {
        format!("it belongs on fields of `{root}`; `@cacheControl(maxAge:)` says how long an answer is kept")
    };
    report
        .error(
            INVALID,
            format!("`@{}` cannot stand on `{}.{}`", directive.written, definition.name, field.name),
            directive.span.as_ref(),
        )
        .hint(hint);
}

fn without(schema: &Schema, (definition, field): (&TypeDefinition, &FieldDefinition), report: &mut Report) {
    let hint = if schema.declared.iter().any(|name| &**name == "poll") {
        "these files declare a `@poll` of their own: remove or rename it, then add `@poll(every: \"5s\")` here"
    } else {
        "add `@poll(every: \"5s\")`: its request is then made that often while somebody subscribes"
    };
    report
        .error(
            "SUBSCRIPTION_IN_CONNECTORS",
            format!("nothing says when `{}.{}` has something new", definition.name, field.name),
            field.span.as_ref(),
        )
        .hint(hint);
}

fn check_request(connector: &Connector, directive: Option<&Directive>, report: &mut Report) {
    let asked = match connector.method() {
        _ if connector.loads == Some(Loads::Entity) => return,
        Some(Method::Get) => return,
        Some(method) => format!("`{}` is a `{}`, which is not made again and again", connector.name, method.name()),
        None => format!("`{}` makes no request, so nothing of it can change", connector.name),
    };
    report
        .error(INVALID, asked, Some(&connector.span))
        .hint("poll a connector with `http: { GET: \"...\" }`")
        .related(directive.and_then(|directive| directive.span.as_ref()), "it is polled as is said here");
}

fn poll(directives: &[Directive]) -> Option<&Directive> {
    directives.iter().find(|directive| &*directive.name == "poll")
}
