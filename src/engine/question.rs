//! What decides the answer of a query besides the upstreams' data: its plan, its variables, and the headers that the plan
//! can depend on. Whoever asks the same may be given the same. Compared in full, never by hash alone.

use std::hash::{Hash, Hasher};

use http::{HeaderMap, HeaderName, HeaderValue};
use moka::Equivalent;

use super::plan_cache::{PlanId, Planned};
use crate::json::Value;

/// A question, borrowed from its request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    plan: PlanId,
    /// Coerced.
    variables: &'a Value,
    /// Those that the answer can depend on. The version of the client in `$context` comes from one of them, its name from
    /// the plan.
    names: &'a [HeaderName],
    headers: &'a HeaderMap,
}

/// A question as it is kept.
#[derive(Debug)]
pub(super) struct OwnedQuestion {
    plan: PlanId,
    variables: Value,
    /// For each name all values; none where the header is absent, which is a value, too.
    headers: Box<[Box<[HeaderValue]>]>,
}

// === impl Question ===

impl<'a> Question<'a> {
    pub(super) fn new(planned: &'a Planned, variables: &'a Value, headers: &'a HeaderMap) -> Self {
        Self { plan: planned.id, variables, names: &planned.plan.headers, headers }
    }

    /// To be kept. The values are copied: a clone would hold the buffer that the whole request was read into.
    pub(super) fn to_owned(self) -> OwnedQuestion {
        let copy =
            |value: &HeaderValue| HeaderValue::from_bytes(value.as_bytes()).expect("it is a header's value already");
        let headers = self.names.iter().map(|name| self.headers.get_all(name).iter().map(copy).collect());
        OwnedQuestion { plan: self.plan, variables: self.variables.clone(), headers: headers.collect() }
    }
}

impl Hash for Question<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let values = self.names.iter().map(|name| self.headers.get_all(name).iter());
        hash(self.plan, self.variables, values, state);
    }
}

impl Equivalent<OwnedQuestion> for Question<'_> {
    fn equivalent(&self, key: &OwnedQuestion) -> bool {
        self.plan == key.plan
            && same(self.variables, &key.variables)
            && self.names.len() == key.headers.len()
            && self.names.iter().zip(&key.headers).all(|(name, kept)| self.headers.get_all(name).iter().eq(kept))
    }
}

// === impl OwnedQuestion ===

impl OwnedQuestion {
    /// Bytes that it holds.
    pub(super) fn weight(&self) -> usize {
        let values = self.headers.iter().flatten();
        size_of::<Self>()
            + 16 * self.headers.len()
            + values.map(|value| 64 + value.len()).sum::<usize>()
            + held(&self.variables)
    }
}

impl PartialEq for OwnedQuestion {
    fn eq(&self, other: &Self) -> bool {
        self.plan == other.plan && same(&self.variables, &other.variables) && self.headers == other.headers
    }
}

impl Eq for OwnedQuestion {}

impl Hash for OwnedQuestion {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(self.plan, &self.variables, self.headers.iter().map(|values| values.iter()), state);
    }
}

// === how values are compared ===

fn hash<'v, H: Hasher, I: Iterator<Item = &'v HeaderValue>>(
    plan: PlanId,
    variables: &Value,
    headers: impl Iterator<Item = I>,
    state: &mut H,
) {
    plan.hash(state);
    hash_value(variables, state);
    for values in headers {
        for value in values {
            value.as_bytes().hash(state);
        }
        state.write_u8(0xfe);
    }
}

/// As they would be written: a mapping can send a variable on as it came, and members of an object have an order there.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Number(one), Value::Number(other)) => one.as_str() == other.as_str(),
        (Value::String(one), Value::String(other)) => one == other,
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|((name, one), (known, other))| name == known && same(one, other))
        }
        _ => false,
    }
}

fn hash_value<H: Hasher>(value: &Value, state: &mut H) {
    match value {
        Value::Null => state.write_u8(0),
        Value::Bool(value) => state.write_u8(1 + u8::from(*value)),
        Value::Number(number) => number.as_str().hash(state),
        Value::String(text) => text.hash(state),
        Value::Array(elements) => {
            state.write_usize(elements.len());
            elements.iter().for_each(|element| hash_value(element, state));
        }
        Value::Object(members) => {
            state.write_usize(members.len());
            for (name, member) in members {
                name.hash(state);
                hash_value(member, state);
            }
        }
    }
}

fn held(value: &Value) -> usize {
    let below = match value {
        Value::Null | Value::Bool(_) => 0,
        Value::Number(number) => number.as_str().len() + 16,
        Value::String(text) => text.len() + 16,
        Value::Array(elements) => elements.iter().map(held).sum(),
        Value::Object(members) => members.iter().map(|(name, member)| name.len() + 64 + held(member)).sum(),
    };
    size_of::<Value>() + below
}

#[cfg(test)]
mod tests {
    use super::*;

    static NAMES: [HeaderName; 2] = [HeaderName::from_static("a"), HeaderName::from_static("b")];

    fn headers(given: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    /// Plan, variables, headers: each differs from all others in what must not be shared.
    #[test]
    fn only_what_is_equal_in_full_is_the_same_question() {
        let all = [
            (1, "{}", headers(&[])),
            (2, "{}", headers(&[])),
            (1, "null", headers(&[])),
            (1, r#"{"a":1}"#, headers(&[])),
            (1, r#"{"a":1.0}"#, headers(&[])),
            (1, r#"{"a":"1"}"#, headers(&[])),
            (1, r#"{"a":null}"#, headers(&[])),
            (1, r#"{"a":[1,2]}"#, headers(&[])),
            (1, r#"{"a":[[1],2]}"#, headers(&[])),
            (1, r#"{"a":1,"b":2}"#, headers(&[])),
            (1, r#"{"b":2,"a":1}"#, headers(&[])),
            (1, "{}", headers(&[("a", "")])),
            (1, "{}", headers(&[("a", "x")])),
            (1, "{}", headers(&[("b", "x")])),
            (1, "{}", headers(&[("a", "x"), ("a", "y")])),
            (1, "{}", headers(&[("a", "y"), ("a", "x")])),
            (1, "{}", headers(&[("a", "x"), ("b", "y")])),
        ];
        let variables: Vec<Value> = all.iter().map(|(_, text, _)| Value::parse(text.as_bytes()).unwrap()).collect();
        let question = |at: usize| {
            let (plan, _, headers) = &all[at];
            Question { plan: PlanId::of_test(*plan), variables: &variables[at], names: &NAMES, headers }
        };
        let hasher = ahash::RandomState::new();
        for one in 0..all.len() {
            for other in 0..all.len() {
                let (asked, kept) = (question(one), question(other).to_owned());
                assert_eq!(asked.equivalent(&kept), one == other, "{:?} {:?}", all[one], all[other]);
                assert_eq!(asked.to_owned() == kept, one == other);
            }
            assert_eq!(hasher.hash_one(question(one)), hasher.hash_one(question(one).to_owned()));
        }
    }

    #[test]
    fn headers_that_the_plan_does_not_read_do_not_matter() {
        let (one, other) = (headers(&[("x-request-id", "1")]), headers(&[("x-request-id", "2"), ("c", "d")]));
        let question = |headers| Question { plan: PlanId::of_test(1), variables: &Value::Null, names: &NAMES, headers };
        assert!(question(&one).equivalent(&question(&other).to_owned()));
    }
}
