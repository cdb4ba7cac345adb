//! One call of a method: the table from method to function, and the smallest methods.

use std::borrow::Cow;

use super::{Evaluator, Found, Registers, text_weight};
use crate::{
    json::{Object, Value},
    mapping::{method::Method, syntax::Expr, syntax::Place},
};

/// A method call: arguments see the receiver as `@`.
#[derive(Clone, Copy)]
pub(super) struct Call<'v> {
    pub(super) method: Method,
    pub(super) arguments: &'v [Expr],
    pub(super) place: Place,
    pub(super) receiver: &'v Value,
    pub(super) registers: Registers<'v>,
}

impl<'v> Call<'v> {
    /// The argument of this number.
    pub(super) fn argument(&self, at: usize) -> Option<&'v Expr> {
        self.arguments.get(at)
    }

    /// The registers with another `@`.
    pub(super) fn with(&self, at: &'v Value) -> Registers<'v> {
        Registers { at, dollar: self.registers.dollar }
    }
}

impl<'s> Evaluator<'s> {
    pub(super) fn method<'v>(&mut self, call: Call<'v>) -> Found<'v>
    where
        's: 'v,
    {
        let owned = match call.method {
            Method::Echo => return self.nth(call, 0),
            Method::Match => return self.match_arms(call),
            Method::First => return self.end(call, true),
            Method::Last => return self.end(call, false),
            Method::Get => return self.get(call),
            Method::Slice => return self.slice(call),
            Method::Find => return self.find(call),
            Method::Trim | Method::TrimEnd | Method::TrimStart => return self.trim(call),
            Method::ToString => return self.text(call),
            Method::Map => self.map(call),
            Method::Filter => self.filter(call),
            Method::JoinNotNull => self.join_not_null(call),
            Method::Size => self.size(call),
            Method::Entries => self.entries(call),
            Method::JsonStringify => {
                self.spend_reading(call.receiver, call.place).then(|| call.receiver.to_string().into())
            }
            Method::JsonParse => self.json_parse(call),
            Method::Split => self.split(call),
            Method::KeysToCamelCase | Method::KeysToCamelCaseDeep => self.keys_to_camel_case(call),
            Method::ParseInt => self.parse_int(call),
            Method::Eq => self.eq(call, true),
            Method::Ne => self.eq(call, false),
            Method::Gt | Method::Gte | Method::Lt | Method::Lte => self.order(call),
            Method::In | Method::Contains => self.membership(call),
            Method::And => self.connect(call, false),
            Method::Or => self.connect(call, true),
            Method::Not => self.not(call),
            Method::Add | Method::Sub | Method::Mul | Method::Div | Method::Mod => self.arithmetic(call),
        };
        owned.map(Cow::Owned)
    }

    /// Evaluates an argument; it sees the receiver as `@`.
    pub(super) fn nth<'v>(&mut self, call: Call<'v>, at: usize) -> Found<'v>
    where
        's: 'v,
    {
        let found = self.expr(call.argument(at)?, call.registers)?;
        self.spend(text_weight(&found), call.place).then_some(found)
    }

    /// Records why a call has no result.
    pub(super) fn refuse<T>(&mut self, call: Call<'_>, why: &str) -> Option<T> {
        self.problem(call.place, format!("`->{}` {why}", call.method.name()));
        None
    }

    /// Records that a method can't work on its receiver.
    pub(super) fn refuse_receiver<T>(&mut self, call: Call<'_>, wanted: &str) -> Option<T> {
        let found = call.receiver.type_name();
        self.problem_of(call.place, format!("`->{}` needs {wanted}, not {found}", call.method.name()), found);
        None
    }

    fn match_arms<'v>(&mut self, call: Call<'v>) -> Found<'v>
    where
        's: 'v,
    {
        for arm in call.arguments {
            let Expr::Array(pair) = arm else { continue };
            let [candidate, value] = pair.as_slice() else { continue };
            let Some(candidate) = self.expr(candidate, call.registers) else { continue };
            if !self.spend_comparing(&candidate, call.receiver, call.place) {
                return None;
            }
            if candidate.eq_strict(call.receiver) {
                return self.expr(value, call.registers);
            }
        }
        self.refuse(call, "found no matching pair")
    }

    fn size(&mut self, call: Call<'_>) -> Option<Value> {
        let size = match call.receiver {
            Value::Array(elements) => elements.len(),
            Value::Object(members) => members.len(),
            Value::String(text) => text.chars().count(),
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                return self.refuse_receiver(call, "an array, an object or a string");
            }
        };
        Some(Value::from(i64::try_from(size).unwrap_or(i64::MAX)))
    }

    fn entries(&mut self, call: Call<'_>) -> Option<Value> {
        let Value::Object(members) = call.receiver else {
            return self.refuse_receiver(call, "an object");
        };
        let mut out = Vec::with_capacity(members.len());
        for (key, value) in members {
            let mut entry = Object::default();
            entry.insert("key".into(), Value::String(key.clone()));
            entry.insert("value".into(), self.own(Cow::Borrowed(value)));
            out.push(Value::Object(entry));
        }
        Some(Value::Array(out))
    }

    fn text<'v>(&mut self, call: Call<'v>) -> Found<'v> {
        match call.receiver {
            Value::Array(_) | Value::Object(_) => self.refuse_receiver(call, "a scalar"),
            text @ Value::String(_) => Some(Cow::Borrowed(text)),
            scalar => Some(Cow::Owned(scalar_text(scalar).into())),
        }
    }
}

/// The text of a scalar; null is empty.
pub(super) fn scalar_text(scalar: &Value) -> String {
    match scalar {
        Value::Null => String::new(),
        Value::String(text) => text.as_ref().to_owned(),
        other => other.to_string(),
    }
}
