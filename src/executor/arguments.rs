//! Arguments of steps and caps of the view: resolved and checked with variables, before any call.

use std::collections::HashSet;

use http::HeaderMap;

use super::{failure::Failure, guards::GuardMask};
use crate::{
    graphql::{ErrorCode, GraphqlError, Literal, LiteralKind},
    json::{Object, Value},
    model::cap_error,
    planner::{ArgumentOrigin, CapCheck, OperationPlan, Step},
};

/// Values beyond their caps that a client is told; the rest is counted.
const MOST: usize = 50;

/// Checks the caps of a plan (`@max`) with coerced variables. Errors are request errors.
#[must_use]
pub fn check_caps(plan: &OperationPlan, variables: &Value) -> Vec<GraphqlError> {
    if plan.caps.is_empty() {
        return Vec::new();
    }
    let guards = GuardMask::evaluate(&plan.guards, variables);
    let (mut errors, mut told) = (Vec::new(), HashSet::new());
    for cap in plan.caps.iter().filter(|cap| guards.is_on(cap.guard)) {
        // One place of the document may be planned at several of the answer, and for some elements of a list apart.
        if let Some(error) = check_cap(cap, variables)
            && told.insert((cap.location, &cap.field, &cap.argument))
        {
            errors.push(error);
        }
    }
    let more = errors.len().saturating_sub(MOST);
    errors.truncate(MOST);
    if more > 0 {
        errors.push(GraphqlError::new(ErrorCode::BadUserInput, format!("there are {more} more wrong arguments")));
    }
    errors
}

/// Why a step has no arguments, and makes no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// A preset must come from a header which the request does not carry (once).
    MissingPreset,
    /// A variable is null where null is not allowed.
    NullArgument,
}

impl From<Unresolved> for Failure {
    fn from(unresolved: Unresolved) -> Self {
        match unresolved {
            Unresolved::MissingPreset => Self::MissingPreset,
            Unresolved::NullArgument => Self::NullArgument,
        }
    }
}

/// `$args` of a step: an object. Arguments that get no value are absent, an explicit null stays where it is allowed.
pub(super) fn resolve(step: &Step, variables: &Value, headers: &HeaderMap) -> Result<Object, Unresolved> {
    let mut arguments = Object::default();
    for argument in &step.arguments {
        let value = match &argument.value {
            ArgumentOrigin::Literal { value, default } => value
                .as_ref()
                .and_then(|literal| literal.resolve(variables))
                .or_else(|| default.as_ref().and_then(|literal| literal.resolve(variables))),
            ArgumentOrigin::Header(name) => {
                // Several values of one header are as good as none: nobody can say which one counts.
                let mut values = headers.get_all(name).iter();
                let value = values.next().and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty());
                match (value, values.next()) {
                    (Some(value), None) => Some(Value::String(value.into())),
                    _ => {
                        tracing::debug!(header = %name, step = %step.label.connector, "no single value for a preset");
                        return Err(Unresolved::MissingPreset);
                    }
                }
            }
        };
        let forbidden = matches!(&argument.value, ArgumentOrigin::Literal { value: Some(literal), .. } if literal.has_forbidden_null(variables));
        if forbidden || (argument.required && matches!(value, Some(Value::Null))) {
            return Err(Unresolved::NullArgument);
        }
        if let Some(value) = value {
            arguments.insert(argument.name.clone(), value);
        }
    }
    Ok(arguments)
}

/// What stands in for an argument of a connection that the client leaves out, or sends as null.
pub(super) fn default_of(step: &Step, name: &str, variables: &Value) -> Option<Value> {
    let argument = step.arguments.iter().find(|argument| *argument.name == *name)?;
    let ArgumentOrigin::Literal { value, default: Some(default) } = &argument.value else { return None };
    let sent = value.as_ref().and_then(|literal| literal.resolve(variables));
    if sent.is_some_and(|value| !value.is_null()) {
        None
    } else {
        default.resolve(variables).filter(|value| !value.is_null())
    }
}

/// The values of literals without variables: defaults of entity arguments.
pub(super) fn constant(literal: &Literal) -> Option<Value> {
    match literal.kind {
        LiteralKind::Variable(_) | LiteralKind::NonNullVariable(_) => None,
        _ => literal.resolve(&Value::Null),
    }
}

fn check_cap(cap: &CapCheck, variables: &Value) -> Option<GraphqlError> {
    let given = cap.value.resolve(variables)?;
    cap_error((&cap.field, &cap.argument), &given, (cap.max, cap.null), cap.location)
}
