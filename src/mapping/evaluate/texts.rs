//! Methods that take strings apart, and those that respell the keys of objects.
//!
//! Whatever grows with the length of a text is paid for, so that a long one can't be copied for each element of a list.

use std::borrow::Cow;

use super::{BYTES_OF_A_UNIT, Evaluator, Found, methods::Call};
use crate::{
    json::{Object, Value},
    mapping::method::Method,
};

impl Evaluator<'_> {
    /// The value that a string spells; numbers keep their spelling.
    pub(super) fn json_parse(&mut self, call: Call<'_>) -> Option<Value> {
        let text = self.receiver_text(call)?;
        match Value::parse(text.as_bytes()) {
            Ok(value) => self.spend_for(&value, call.place).then_some(value),
            Err(_) => self.refuse(call, "can't read JSON"),
        }
    }

    /// The pieces between separators, or the characters if the separator is empty; with a limit at most so many, of which
    /// the last holds the rest.
    pub(super) fn split(&mut self, call: Call<'_>) -> Option<Value> {
        let text = self.receiver_text(call)?;
        let separator = self.nth(call, 0)?;
        let Some(separator) = separator.as_str() else {
            return self.refuse(call, "needs a separator that is a string");
        };
        let limit = if call.argument(1).is_some() { self.limit(call)? } else { usize::MAX };
        let mut pieces = Vec::new();
        let mut rest = Some(text).filter(|text| !(text.is_empty() && separator.is_empty()));
        while let Some(text) = rest {
            if !self.spend(1, call.place) {
                return None;
            }
            let cut = if pieces.len() + 1 == limit { None } else { cut(text, separator) };
            pieces.push(cut.map_or(text, |(piece, _)| piece).to_owned().into());
            rest = cut.map(|(_, rest)| rest);
        }
        Some(Value::Array(pieces))
    }

    /// The most pieces that `split` may give.
    fn limit(&mut self, call: Call<'_>) -> Option<usize> {
        let limit = self.nth(call, 1)?;
        let count = limit.as_i64().and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0);
        count.or_else(|| self.refuse(call, "needs a limit that is an integer above 0"))
    }

    /// `trim`, `trimStart` and `trimEnd`: without white space as Unicode has it.
    pub(super) fn trim<'v>(&mut self, call: Call<'v>) -> Found<'v> {
        let text = self.receiver_text(call)?;
        let trimmed = match call.method {
            Method::TrimStart => text.trim_start(),
            Method::TrimEnd => text.trim_end(),
            _ => text.trim(),
        };
        if trimmed.len() == text.len() {
            return Some(Cow::Borrowed(call.receiver));
        }
        Some(Cow::Owned(trimmed.to_owned().into()))
    }

    /// `keysToCamelCase` of an object, `keysToCamelCaseDeep` of an object or array and of all within.
    pub(super) fn keys_to_camel_case(&mut self, call: Call<'_>) -> Option<Value> {
        match (call.method, call.receiver) {
            (_, Value::Object(members)) => self.camel_members(call, members),
            (Method::KeysToCamelCaseDeep, list @ Value::Array(_)) => self.camel_within(call, list),
            (Method::KeysToCamelCaseDeep, _) => self.refuse_receiver(call, "an object or an array"),
            _ => self.refuse_receiver(call, "an object"),
        }
    }

    fn camel_members(&mut self, call: Call<'_>, members: &Object) -> Option<Value> {
        let mut out = Object::default();
        for (key, value) in members {
            if !self.spend(1 + key.len() / BYTES_OF_A_UNIT, call.place) {
                return None;
            }
            let value = match call.method {
                Method::KeysToCamelCaseDeep => self.camel_within(call, value)?,
                _ => self.own(Cow::Borrowed(value)),
            };
            let name = camel_case(key);
            if out.contains_key(name.as_str()) {
                let message = format!("`->{}` gives several keys the name `{name}`", call.method.name());
                self.problem(call.place, message);
            }
            out.insert(name.into(), value);
        }
        Some(Value::Object(out))
    }

    /// Values nest within a bound, and so does this.
    fn camel_within(&mut self, call: Call<'_>, value: &Value) -> Option<Value> {
        if !self.spend(1, call.place) {
            return None;
        }
        match value {
            Value::Object(members) => self.camel_members(call, members),
            Value::Array(elements) => {
                elements.iter().map(|element| self.camel_within(call, element)).collect::<Option<_>>().map(Value::Array)
            }
            scalar => Some(scalar.clone()),
        }
    }

    /// The receiver as a string.
    fn receiver_text<'v>(&mut self, call: Call<'v>) -> Option<&'v str> {
        match call.receiver {
            Value::String(text) => Some(text),
            _ => self.refuse_receiver(call, "a string"),
        }
    }
}

/// The first piece of `text` and what follows it, if anything does.
fn cut<'t>(text: &'t str, separator: &str) -> Option<(&'t str, &'t str)> {
    if !separator.is_empty() {
        return text.split_once(separator);
    }
    let first = text.chars().next()?.len_utf8();
    text.split_at_checked(first).filter(|(_, rest)| !rest.is_empty())
}

/// `first_name`, `FIRST_NAME`, `first-name` and `FirstName` as `firstName`.
///
/// Words end where an ASCII sign or white space stands, which is left out. A word all in capitals is lowered; in others the
/// letters that stand within keep their case, so that what is in camel case stays. A key without a word stays.
fn camel_case(key: &str) -> String {
    let separates = |c: char| c.is_whitespace() || (c.is_ascii() && !c.is_ascii_alphanumeric());
    let mut out = String::with_capacity(key.len());
    for word in key.split(separates).filter(|word| !word.is_empty()) {
        let shouts = !word.chars().any(char::is_lowercase);
        let lowered = if shouts { word.to_lowercase() } else { word.to_owned() };
        if out.is_empty() {
            out = lower_start(&lowered);
        } else {
            let mut chars = lowered.chars();
            out.extend(chars.next().into_iter().flat_map(char::to_uppercase));
            out.push_str(chars.as_str());
        }
    }
    if out.is_empty() { key.to_owned() } else { out }
}

/// Lowers the capitals at the start, except one that begins the next word: `URLPath` is `urlPath`.
fn lower_start(word: &str) -> String {
    let capitals = word.chars().take_while(|c| c.is_uppercase()).count();
    let begins_a_word = word.chars().nth(capitals).is_some_and(char::is_lowercase);
    let lowered = if begins_a_word && capitals > 1 { capitals - 1 } else { capitals };
    let mut out: String = word.chars().take(lowered).flat_map(char::to_lowercase).collect();
    out.extend(word.chars().skip(lowered));
    out
}

#[cfg(test)]
mod tests {
    use super::camel_case;

    #[test]
    fn keys_are_spelled_in_camel_case() {
        for (key, expected) in [
            ("first_name", "firstName"),
            ("FirstName", "firstName"),
            ("FIRST_NAME", "firstName"),
            ("first-name", "firstName"),
            ("first name", "firstName"),
            ("firstName", "firstName"),
            ("userID", "userID"),
            ("aBC", "aBC"),
            ("a_b_c", "aBC"),
            ("ID", "id"),
            ("USER_ID", "userId"),
            ("URLPath", "urlPath"),
            ("OAuth2Token", "oAuth2Token"),
            ("SHA256Sum", "sha256Sum"),
            ("line_1", "line1"),
            ("PLACE_1ST", "place1st"),
            ("_id", "id"),
            ("__a__b__", "aB"),
            ("$ref", "ref"),
            ("ÉCOLE_ÉTÉ", "écoleÉté"),
            ("cafe\u{301}_noir", "cafe\u{301}Noir"),
            ("名_前", "名前"),
            ("", ""),
            ("__", "__"),
        ] {
            assert_eq!(camel_case(key), expected, "{key}");
        }
    }
}
