//! Methods over arrays and the characters of strings.

use std::borrow::Cow;

use super::{BYTES_OF_A_UNIT, Evaluator, Found, methods::Call, methods::scalar_text};
use crate::json::Value;

impl<'s> Evaluator<'s> {
    pub(super) fn map(&mut self, call: Call<'_>) -> Option<Value> {
        let argument = call.argument(0)?;
        let elements = as_list(call.receiver);
        let mut out = Vec::with_capacity(elements.len());
        for element in elements {
            if !self.spend(1, call.place) {
                return None;
            }
            let found = self.expr(argument, call.with(element));
            out.push(found.map(|found| self.own(found)).unwrap_or_default());
        }
        Some(Value::Array(out))
    }

    pub(super) fn filter(&mut self, call: Call<'_>) -> Option<Value> {
        let mut out = Vec::new();
        for element in as_list(call.receiver) {
            if self.accepts(call, element)? {
                out.push(self.own(Cow::Borrowed(element)));
            }
        }
        Some(Value::Array(out))
    }

    pub(super) fn find<'v>(&mut self, call: Call<'v>) -> Found<'v>
    where
        's: 'v,
    {
        for element in as_list(call.receiver) {
            if self.accepts(call, element)? {
                return Some(Cow::Borrowed(element));
            }
        }
        None
    }

    /// What the condition says of an element; `None` where it says nothing.
    fn accepts<'v>(&mut self, call: Call<'v>, element: &'v Value) -> Option<bool>
    where
        's: 'v,
    {
        if !self.spend(1, call.place) {
            return None;
        }
        let found = self.expr(call.argument(0)?, call.with(element));
        match found.as_deref() {
            Some(Value::Bool(accepted)) => Some(*accepted),
            Some(other) => {
                let why = format!("needs a condition that is true or false, not {}", other.type_name());
                self.refuse(call, &why)
            }
            None => self.refuse(call, "needs a condition that is true or false, but it has no value"),
        }
    }

    /// `first` and `last`.
    pub(super) fn end<'v>(&mut self, call: Call<'v>, first: bool) -> Found<'v> {
        match call.receiver {
            Value::Array(elements) => if first { elements.first() } else { elements.last() }.map(Cow::Borrowed),
            Value::String(text) => {
                let mut chars = text.chars();
                let found = if first { chars.next() } else { chars.next_back() };
                found.map(|character| Cow::Owned(character.to_string().into()))
            }
            other => {
                let found = other.type_name();
                let why = format!("needs an array or a string, not {found}");
                self.problem_of(call.place, format!("`->{}` {why}", call.method.name()), found);
                Some(Cow::Borrowed(other))
            }
        }
    }

    pub(super) fn get<'v>(&mut self, call: Call<'v>) -> Found<'v>
    where
        's: 'v,
    {
        let key = self.nth(call, 0)?;
        match (call.receiver, key.as_ref()) {
            (Value::Object(members), Value::String(key)) => match members.get(key) {
                Some(found) => Some(Cow::Borrowed(found)),
                None => self.refuse(call, &format!("found no property `{key}`")),
            },
            (Value::Array(elements), Value::Number(_)) => {
                let found = position(key.as_i64(), elements.len()).and_then(|at| elements.get(at));
                match found {
                    Some(found) => Some(Cow::Borrowed(found)),
                    None => self.refuse(call, &format!("found nothing at {key} of {}", elements.len())),
                }
            }
            (Value::String(text), Value::Number(_)) => {
                let length = text.chars().count();
                let found = position(key.as_i64(), length).and_then(|at| text.chars().nth(at));
                match found {
                    Some(found) => Some(Cow::Owned(found.to_string().into())),
                    None => self.refuse(call, &format!("found nothing at {key} of {length}")),
                }
            }
            (receiver, key) => {
                let why = format!("can't take {} of {}", key.type_name(), receiver.type_name());
                self.refuse(call, &why)
            }
        }
    }

    pub(super) fn slice<'v>(&mut self, call: Call<'v>) -> Found<'v>
    where
        's: 'v,
    {
        let length = match call.receiver {
            Value::Array(elements) => elements.len(),
            Value::String(text) => text.chars().count(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                return self.refuse_receiver(call, "an array or a string");
            }
        };
        if call.arguments.is_empty() {
            return Some(Cow::Borrowed(call.receiver));
        }
        let start = self.bound(call, 0, 0)?.min(length);
        let end = self.bound(call, 1, length)?.min(length).max(start);
        match call.receiver {
            Value::Array(elements) => {
                let kept = elements.get(start..end).unwrap_or_default();
                Some(Cow::Owned(Value::Array(kept.iter().map(|element| self.own(Cow::Borrowed(element))).collect())))
            }
            receiver => {
                let text: String = receiver.as_str()?.chars().skip(start).take(end - start).collect();
                Some(Cow::Owned(text.into()))
            }
        }
    }

    /// One end of a slice: negative is zero, absent is `default`.
    fn bound(&mut self, call: Call<'_>, at: usize, default: usize) -> Option<usize> {
        if call.argument(at).is_none() {
            return Some(default);
        }
        let found = self.nth(call, at)?;
        match found.as_f64() {
            Some(number) => Some(whole(number)),
            None => {
                let why = format!("needs offsets that are numbers, not {}", found.type_name());
                self.refuse(call, &why)
            }
        }
    }

    pub(super) fn join_not_null(&mut self, call: Call<'_>) -> Option<Value> {
        let separator = self.nth(call, 0)?;
        let Some(separator) = separator.as_str() else {
            return self.refuse(call, "needs a separator that is a string");
        };
        let elements = as_list(call.receiver);
        let separators = elements.len().saturating_mul(separator.len() / BYTES_OF_A_UNIT);
        if !self.spend_reading(call.receiver, call.place) || !self.spend(separators, call.place) {
            return None;
        }
        let mut parts = Vec::new();
        for element in elements {
            match element {
                Value::Null => {}
                Value::Array(_) | Value::Object(_) => {
                    let why = format!("joins scalars, not {}", element.type_name());
                    return self.refuse(call, &why);
                }
                scalar => parts.push(scalar_text(scalar)),
            }
        }
        Some(parts.join(separator).into())
    }
}

/// The elements of an array; anything else is the one element of its own list.
fn as_list(value: &Value) -> &[Value] {
    if let Value::Array(elements) = value { elements } else { std::slice::from_ref(value) }
}

/// An index from the start, or from the end if negative.
fn position(index: Option<i64>, length: usize) -> Option<usize> {
    let index = index?;
    if let Ok(index) = usize::try_from(index) {
        return Some(index);
    }
    length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
}

/// A number without its fraction, within the range of offsets. The cast saturates.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate, which is meant")]
fn whole(number: f64) -> usize {
    number.max(0.0) as usize
}
