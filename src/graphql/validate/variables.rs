//! The rules on variables: each operation's definitions against the uses in everything it reaches.
//!
//! <https://spec.graphql.org/September2025/#sec-Validation.Variables>

use std::collections::{HashMap, HashSet};

use apollo_compiler::{
    Node,
    ast::{OperationDefinition, VariableDefinition},
    parser::SourceSpan,
};

use super::Problems;
use crate::graphql::{
    Name, Schema,
    library::type_ref,
    values::{self, Mismatch, ValueVisitor, VariableUsage},
};

/// What one operation or fragment uses itself.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) usages: Vec<VariableUsage>,
    pub(super) spreads: Vec<Name>,
}

/// Checks the variables of one operation.
pub(super) fn check(
    schema: &Schema,
    operation: &OperationDefinition,
    own: &Scope,
    fragments: &HashMap<&str, Scope>,
    problems: &mut Problems,
) {
    for variable in &operation.variables {
        check_definition(schema, variable, problems);
    }
    let definitions: HashMap<&str, &Node<VariableDefinition>> =
        operation.variables.iter().map(|variable| (variable.name.as_str(), variable)).collect();
    let name = operation.name.as_ref().map_or_else(String::new, |name| format!(" by operation `{name}`"));
    let mut used: HashSet<&str> = HashSet::new();
    for usage in reachable(own, fragments).into_iter().flat_map(|scope| &scope.usages) {
        match definitions.get(&*usage.name) {
            Some(definition) => {
                used.insert(definition.name.as_str());
                check_usage(schema, definition, usage, problems);
            }
            None => {
                let hint = problems.hint("$", &usage.name, definitions.keys().copied());
                problems.add(usage.place, format!("Variable `${}` is not defined{name}.{hint}", usage.name));
            }
        }
    }
    let name = operation.name.as_ref().map_or_else(String::new, |name| format!(" in operation `{name}`"));
    for variable in &operation.variables {
        if !used.contains(variable.name.as_str()) {
            problems.add(variable.location(), format!("Variable `${}` is never used{name}.", variable.name));
        }
    }
}

fn reachable<'a>(own: &'a Scope, fragments: &'a HashMap<&str, Scope>) -> Vec<&'a Scope> {
    let mut scopes = vec![own];
    let mut seen: HashSet<&str> = HashSet::new();
    let mut at = 0;
    while let Some(scope) = scopes.get(at).copied() {
        at += 1;
        for spread in &scope.spreads {
            if seen.insert(spread) {
                scopes.extend(fragments.get(&**spread));
            }
        }
    }
    scopes
}

fn check_definition(schema: &Schema, variable: &Node<VariableDefinition>, problems: &mut Problems) {
    let ty = type_ref(&variable.ty);
    if !schema.types.contains_key(ty.name()) {
        let inputs = schema.types.keys().filter(|name| schema.is_input_type(name));
        let hint = problems.hint("", ty.name(), inputs.map(|name| &**name));
        problems.add(variable.ty.location(), format!("Unknown type `{}`.{hint}", ty.name()));
    } else if !schema.is_input_type(ty.name()) {
        let message = format!("Variable `${}` cannot be non-input type `{ty}`.", variable.name);
        problems.add(variable.ty.location(), message);
    } else if let Some(default) = &variable.default_value {
        values::check(schema, &ty, false, default, &mut Constant { problems });
    }
}

/// <https://spec.graphql.org/September2025/#IsVariableUsageAllowed()>
fn check_usage(schema: &Schema, definition: &Node<VariableDefinition>, usage: &VariableUsage, problems: &mut Problems) {
    let Some(wanted) = &usage.ty else { return };
    let ty = type_ref(&definition.ty);
    if !schema.types.contains_key(ty.name()) {
        return;
    }
    let has_default = usage.has_default || definition.default_value.as_ref().is_some_and(|default| !default.is_null());
    let is_non_null = wanted.is_non_null() || usage.one_of.is_some();
    match &usage.one_of {
        Some(one_of) if !ty.is_non_null() && !has_default => {
            let message = format!(
                "Variable `${}` is of type `{ty}` but must be non-nullable to be used for OneOf Input Object `{one_of}`.",
                usage.name
            );
            return problems.add(usage.place, message);
        }
        _ => {}
    }
    let wanted_here = if is_non_null && !ty.is_non_null() && has_default { wanted.nullable() } else { wanted.clone() };
    if !ty.fits(&wanted_here) {
        let message = format!("Variable `${}` of type `{ty}` used in position expecting type `{wanted}`.", usage.name);
        problems.add(usage.place, message);
    }
}

struct Constant<'a> {
    problems: &'a mut Problems,
}

impl ValueVisitor for Constant<'_> {
    fn problem(&mut self, place: Option<SourceSpan>, mismatch: &Mismatch<'_>) {
        let message = mismatch.message(self.problems.wants_hint());
        self.problems.add(place, message);
    }

    fn variable(&mut self, usage: VariableUsage) {
        self.problems.add(usage.place, format!("Variable `${}` cannot be used in a default value.", usage.name));
    }
}
