//! Arithmetic: integers stay integers (except in `div`) and never overflow silently.

use super::{Evaluator, methods::Call};
use crate::{
    json::{Number, Value},
    mapping::method::Method,
};

impl Evaluator<'_> {
    pub(super) fn arithmetic(&mut self, call: Call<'_>) -> Option<Value> {
        let Value::Number(first) = call.receiver else {
            return self.refuse_receiver(call, "a number");
        };
        let mut result = first.clone();
        for at in 0..call.arguments.len() {
            let operand = self.nth(call, at)?;
            let Value::Number(operand) = operand.as_ref() else {
                let why = format!("needs numbers, not {}", operand.type_name());
                return self.refuse(call, &why);
            };
            if matches!(call.method, Method::Div | Method::Mod) && operand.as_f64() == 0.0 {
                return self.refuse(call, "by zero");
            }
            let Some(next) = apply(call.method, &result, operand) else {
                return self.refuse(call, "is out of range");
            };
            result = next;
        }
        Some(Value::Number(result))
    }

    pub(super) fn parse_int(&mut self, call: Call<'_>) -> Option<Value> {
        let base = if call.arguments.is_empty() {
            10
        } else {
            let base = self.nth(call, 0)?;
            match base.as_i64().and_then(|base| u32::try_from(base).ok()) {
                Some(base @ 2..=36) => base,
                _ => return self.refuse(call, "needs a base between 2 and 36"),
            }
        };
        let parsed = match call.receiver {
            Value::String(text) => i128::from_str_radix(text, base).ok(),
            Value::Number(number) => {
                let whole = number.as_i128().or_else(|| truncate(number.as_f64()));
                whole.and_then(|whole| i128::from_str_radix(&whole.to_string(), base).ok())
            }
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                return self.refuse_receiver(call, "a string or a number");
            }
        };
        match parsed {
            Some(parsed) => Some(Value::Number(parsed.into())),
            None => self.refuse(call, "can't read an integer"),
        }
    }
}

fn apply(method: Method, left: &Number, right: &Number) -> Option<Number> {
    if method != Method::Div
        && let (Some(left), Some(right)) = (left.as_i128(), right.as_i128())
    {
        let result = match method {
            Method::Add => left.checked_add(right),
            Method::Sub => left.checked_sub(right),
            Method::Mul => left.checked_mul(right),
            _ => left.checked_rem(right),
        };
        return result.map(Number::from);
    }
    let (left, right) = (left.as_f64(), right.as_f64());
    Number::from_f64(match method {
        Method::Add => left + right,
        Method::Sub => left - right,
        Method::Mul => left * right,
        Method::Div => left / right,
        _ => left % right,
    })
}

/// A float without its fraction, if that is an integer that floats can tell apart from its neighbors' overflow.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn truncate(number: f64) -> Option<i128> {
    (number.abs() < 1e38).then_some(number as i128)
}
