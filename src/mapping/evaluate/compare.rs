//! Methods that compare and connect conditions.

use std::cmp::Ordering;

use super::{Evaluator, methods::Call};
use crate::{json::Value, mapping::method::Method};

impl Evaluator<'_> {
    /// `eq` and `ne`.
    pub(super) fn eq(&mut self, call: Call<'_>, wanted: bool) -> Option<Value> {
        let other = self.nth(call, 0)?;
        let paid = self.spend_comparing(call.receiver, &other, call.place);
        paid.then(|| Value::Bool(call.receiver.eq_json(&other) == wanted))
    }

    /// `gt`, `gte`, `lt`, `lte`: numbers with numbers, strings with strings.
    pub(super) fn order(&mut self, call: Call<'_>) -> Option<Value> {
        let other = self.nth(call, 0)?;
        let order = match (call.receiver, other.as_ref()) {
            (Value::Number(left), Value::Number(right)) => left.compare(right),
            (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
            (left, right) => {
                let why = format!("compares numbers or strings, not {} with {}", left.type_name(), right.type_name());
                return self.refuse(call, &why);
            }
        };
        let order = order?;
        Some(Value::Bool(match call.method {
            Method::Gt => order == Ordering::Greater,
            Method::Gte => order != Ordering::Less,
            Method::Lt => order == Ordering::Less,
            _ => order != Ordering::Greater,
        }))
    }

    /// `in` and `contains`.
    pub(super) fn membership(&mut self, call: Call<'_>) -> Option<Value> {
        let other = self.nth(call, 0)?;
        let (list, sought) =
            if call.method == Method::In { (other.as_ref(), call.receiver) } else { (call.receiver, other.as_ref()) };
        match list {
            Value::Array(elements) => {
                for element in elements {
                    if !self.spend_comparing(element, sought, call.place) {
                        return None;
                    }
                    if element.eq_json(sought) {
                        return Some(Value::Bool(true));
                    }
                }
                Some(Value::Bool(false))
            }
            other => {
                let why = format!("needs an array, not {}", other.type_name());
                self.refuse(call, &why)
            }
        }
    }

    /// `and` stops at the first false, `or` at the first true.
    pub(super) fn connect(&mut self, call: Call<'_>, stop: bool) -> Option<Value> {
        let Value::Bool(mut result) = *call.receiver else {
            return self.refuse_receiver(call, "true or false");
        };
        for at in 0..call.arguments.len() {
            if result == stop {
                break;
            }
            match self.nth(call, at)?.as_ref() {
                Value::Bool(value) => result = *value,
                other => {
                    let found = other.type_name();
                    let message = format!("`->{}` needs true or false, not {found}", call.method.name());
                    self.problem_of(call.place, message, found);
                }
            }
        }
        Some(Value::Bool(result))
    }

    pub(super) fn not(&mut self, call: Call<'_>) -> Option<Value> {
        match call.receiver {
            Value::Bool(value) => Some(Value::Bool(!value)),
            _ => self.refuse_receiver(call, "true or false"),
        }
    }
}
