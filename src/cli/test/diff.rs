//! Where two JSON values differ, by path.

use crate::json::Value;

/// Differences that are told.
pub(super) const MOST: usize = 20;

/// One difference; `None` where there is nothing at the path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    /// `$.items[0].name`
    pub(super) path: String,
    pub(super) expected: Option<Value>,
    pub(super) actual: Option<Value>,
}

/// What must be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Everything.
    Whole,
    /// Of objects only the members that are expected.
    Subset,
}

/// The first differences, in order of what is expected; numbers are compared by value.
pub(super) fn differences(expected: &Value, actual: &Value, extent: Extent) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(Some(expected), Some(actual), extent, &mut "$".to_owned(), &mut found);
    found
}

fn compare(
    expected: Option<&Value>,
    actual: Option<&Value>,
    extent: Extent,
    path: &mut String,
    found: &mut Vec<Difference>,
) {
    if found.len() == MOST {
        return;
    }
    let length = path.len();
    match (expected, actual) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            for (name, value) in left {
                add_member(path, name);
                compare(Some(value), right.get(name), extent, path, found);
                path.truncate(length);
            }
            let more = right.iter().filter(|(name, _)| extent == Extent::Whole && !left.contains_key(*name));
            for (name, value) in more {
                add_member(path, name);
                compare(None, Some(value), extent, path, found);
                path.truncate(length);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for at in 0..left.len().max(right.len()) {
                path.push_str(&format!("[{at}]"));
                compare(left.get(at), right.get(at), extent, path, found);
                path.truncate(length);
                if found.len() == MOST {
                    return;
                }
            }
        }
        (Some(expected), Some(actual)) if expected.eq_json(actual) => {}
        (expected, actual) => {
            found.push(Difference { path: path.clone(), expected: expected.cloned(), actual: actual.cloned() });
        }
    }
}

fn add_member(path: &mut String, name: &str) {
    let plain = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    path.push_str(&if plain { format!(".{name}") } else { format!("[{}]", Value::from(name)) });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(expected: &str, actual: &str, extent: Extent) -> Vec<String> {
        let value = |text: &str| Value::parse(text.as_bytes()).unwrap();
        let shown = |value: Option<Value>| value.map_or("-".to_owned(), |value| value.to_string());
        let differences = differences(&value(expected), &value(actual), extent);
        differences
            .into_iter()
            .map(|one| format!("{} {} {}", one.path, shown(one.expected), shown(one.actual)))
            .collect()
    }

    #[test]
    fn differences_are_told_by_path() {
        let nothing: [&str; 0] = [];
        assert_eq!(told(r#"{"a":1,"b":[1,2.0]}"#, r#"{"b":[1.0,2],"a":1}"#, Extent::Whole), nothing);
        assert_eq!(
            told(r#"{"a":{"b c":1},"x":null}"#, r#"{"a":{"b c":"1"},"y":2}"#, Extent::Whole),
            [r#"$.a["b c"] 1 "1""#, "$.x null -", "$.y - 2"]
        );
        assert_eq!(told("[1,2]", "[1,3,4]", Extent::Whole), ["$[1] 2 3", "$[2] - 4"]);
        assert_eq!(told(r#"{"a":1}"#, r#"{"a":1,"b":2}"#, Extent::Subset), nothing);
        assert_eq!(told("{}", "[]", Extent::Subset), ["$ {} []"]);
    }

    #[test]
    fn long_lists_of_differences_are_cut() {
        let (zeros, ones) = (format!("[{}0]", "0,".repeat(500)), format!("[{}1]", "1,".repeat(500)));
        assert_eq!(told(&zeros, &ones, Extent::Whole).len(), MOST);
    }
}
