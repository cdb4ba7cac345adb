//! Evaluating the conditions of a plan, once, when the operation starts.

use crate::{
    graphql::Condition,
    json::Value,
    planner::{DeferId, Guard, GuardId},
};

/// Which guards are on.
#[derive(Debug)]
pub(super) struct GuardMask(Vec<bool>);

impl GuardMask {
    /// The guards of an answer that is delivered whole.
    pub(super) fn evaluate(guards: &[Guard], variables: &Value) -> Self {
        Self::with_deferred(guards, variables, |_| true)
    }

    /// The guards while some deferred fragments are off. Operands of a guard have smaller ids than itself, so one pass is
    /// enough.
    pub(super) fn with_deferred(guards: &[Guard], variables: &Value, is_on: impl Fn(DeferId) -> bool) -> Self {
        let mut mask = Self(Vec::with_capacity(guards.len()));
        for guard in guards {
            let on = match guard {
                Guard::Always => true,
                Guard::Deferred(fragment) => is_on(*fragment),
                Guard::If(condition) => holds(condition, variables),
                Guard::All(parts) => parts.iter().all(|part| mask.is_on(*part)),
                Guard::Any(parts) => parts.iter().any(|part| mask.is_on(*part)),
                Guard::ButNot(first, others) => mask.is_on(*first) && !others.iter().any(|other| mask.is_on(*other)),
            };
            mask.0.push(on);
        }
        mask
    }

    pub(super) fn is_on(&self, guard: GuardId) -> bool {
        self.0.get(guard.0 as usize).copied().unwrap_or(false)
    }
}

fn holds(condition: &Condition, variables: &Value) -> bool {
    match condition {
        // A variable of type `Boolean!` has a value once variables are coerced.
        Condition::Variable { name, expected } => variables.get(name).and_then(Value::as_bool) == Some(*expected),
        Condition::Never => false,
    }
}
