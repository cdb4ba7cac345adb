//! Compares what a connector did with what its test expects.

mod request;

use super::{
    diff::{self, Extent},
    play::{Met, Played},
    suite::{Case, ExpectedError, ExpectedProblem},
};
use crate::{
    graphql::GraphqlError,
    json::{Object, Value},
};

/// Something that is otherwise than expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// What it is about: `request method`, `response`.
    pub(super) about: String,
    /// Where in it, for JSON.
    pub(super) path: Option<String>,
    /// `None`: nothing is expected there.
    pub(super) expected: Option<String>,
    /// `None`: nothing is there.
    pub(super) actual: Option<String>,
}

/// Everything that is otherwise than `case` expects.
pub(super) fn check(case: &Case, played: &Played) -> Vec<Mismatch> {
    let expect = &case.expect;
    let mut mismatches = Vec::new();
    match (&played.request, &expect.request_error) {
        (Ok(Some(request)), None) => {
            if let Some(expected) = &expect.request {
                request::check(expected, request, &mut mismatches);
            }
        }
        (Ok(None), None) if expect.request.is_some() => {
            let none = "none: the connector computes its fields without one".to_owned();
            mismatches.push(Mismatch::of("request", "a request".to_owned(), none));
        }
        (Ok(None), None) => {}
        (Err(reason), Some(expected)) if reason.contains(expected.as_str()) => {}
        (Err(reason), Some(expected)) => {
            mismatches.push(Mismatch::of(
                "reason why no request can be made",
                format!("..{expected}.."),
                reason.clone(),
            ));
        }
        (Err(reason), None) => {
            if expect.error.is_none() || expect.request.is_some() {
                let reason = format!("none can be made: {reason}");
                mismatches.push(Mismatch::of("request", "a request".to_owned(), reason));
            }
        }
        (Ok(request), Some(expected)) => {
            let expected = format!("none can be made: ..{expected}..");
            let made = request.as_ref().map(|made| format!("{} {}", made.method.name(), made.url));
            let made = made.unwrap_or_else(|| "none: the connector computes its fields without one".to_owned());
            mismatches.push(Mismatch::of("request", expected, made));
        }
    }
    match &played.outcome {
        None => {}
        Some(Ok(value)) => {
            if let Some(expected) = &expect.error {
                let about = expected.message.as_ref().or(expected.contains.as_ref());
                let expected = about.map_or("an error".to_owned(), |message| format!("an error: {message}"));
                mismatches.push(Mismatch::of("result", expected, format!("the response {value}")));
            } else if let Some(expected) = &expect.response {
                add_differences("response", expected, value, Extent::Whole, &mut mismatches);
            }
        }
        Some(Err(error)) => match &expect.error {
            Some(expected) => check_error(expected, error, &mut mismatches),
            // Without a request there is no answer; that has been told.
            None if played.request.is_err() => {}
            None => {
                let actual = format!("an error: {} {}", error.message, extensions(error));
                mismatches.push(Mismatch::of("result", "a response".to_owned(), actual));
            }
        },
    }
    if let Some(expected) = &expect.problems {
        check_problems(expected, &played.problems, &mut mismatches);
    }
    if let Some(answer) = &case.answer {
        request::check_headers("response", &expect.response_headers, &answer.headers, &mut mismatches);
    }
    mismatches
}

fn check_error(expected: &ExpectedError, error: &GraphqlError, mismatches: &mut Vec<Mismatch>) {
    match (&expected.message, &expected.contains) {
        (Some(message), _) if *message != error.message => {
            mismatches.push(Mismatch::of("error message", message.clone(), error.message.clone()));
        }
        (None, Some(part)) if !error.message.contains(part.as_str()) => {
            mismatches.push(Mismatch::of("error message", format!("..{part}.."), error.message.clone()));
        }
        _ => {}
    }
    if let Some(extensions_expected) = &expected.extensions {
        let mut wanted = extensions_expected.clone();
        if let (true, Value::Object(members)) = (expected.foreign, &mut wanted) {
            members
                .retain(|name, _| !matches!(&**name, "service" | "connector") || error.extensions.contains_key(name));
        }
        add_differences("error extensions", &wanted, &extensions(error), Extent::Subset, mismatches);
    }
}

fn extensions(error: &GraphqlError) -> Value {
    error.to_value().get("extensions").cloned().unwrap_or(Value::Object(Object::default()))
}

/// Exactly these, whatever their order.
fn check_problems(expected: &[ExpectedProblem], problems: &[Met], mismatches: &mut Vec<Mismatch>) {
    let mut left: Vec<&Met> = problems.iter().collect();
    for wanted in expected {
        match left.iter().position(|problem| wanted.matches(problem)) {
            Some(at) => drop(left.remove(at)),
            None => mismatches.push(Mismatch {
                about: "problems".to_owned(),
                path: None,
                expected: Some(wanted.shown()),
                actual: None,
            }),
        }
    }
    for problem in left {
        let actual = Some(shown(problem));
        mismatches.push(Mismatch { about: "problems".to_owned(), path: None, expected: None, actual });
    }
}

fn shown(problem: &Met) -> String {
    let times = if problem.count == 1 { String::new() } else { format!(" ({} times)", problem.count) };
    let place = if problem.path.is_empty() { String::new() } else { format!(" at {}", problem.path.join(".")) };
    format!("{}{place}{times}", problem.message)
}

fn add_differences(about: &str, expected: &Value, actual: &Value, extent: Extent, mismatches: &mut Vec<Mismatch>) {
    for difference in diff::differences(expected, actual, extent) {
        mismatches.push(Mismatch {
            about: about.to_owned(),
            path: Some(difference.path),
            expected: difference.expected.map(|value| value.to_string()),
            actual: difference.actual.map(|value| value.to_string()),
        });
    }
}

// === impl Mismatch ===

impl Mismatch {
    fn of(about: &str, expected: String, actual: String) -> Self {
        Self { about: about.to_owned(), path: None, expected: Some(expected), actual: Some(actual) }
    }
}

// === impl ExpectedProblem ===

impl ExpectedProblem {
    fn matches(&self, problem: &Met) -> bool {
        folded(&problem.message).contains(&folded(&self.message))
            && self.count.is_none_or(|count| count == problem.count)
            && self.path.as_deref().is_none_or(|path| is_at(path, &problem.path))
    }

    fn shown(&self) -> String {
        let times = self.count.map(|count| format!(" ({count} times)")).unwrap_or_default();
        let place = self.path.as_ref().map(|path| format!(" at {path}")).unwrap_or_default();
        format!("{}{place}{times}", self.message)
    }
}

/// Whether a path is meant: all of it, or without the connector's field and the list that it may be. Others write `@` for `*`.
fn is_at(wanted: &str, path: &[String]) -> bool {
    let wanted: Vec<&str> = wanted.split('.').map(|name| if name == "@" { "*" } else { name }).collect();
    let below = path.get(1..).unwrap_or_default();
    let in_list = below.iter().position(|name| name != "*").and_then(|at| below.get(at..)).unwrap_or_default();
    [path, below, in_list].into_iter().any(|path| wanted == *path)
}

/// Case and backticks are not what a problem is about: others write `Property .name not found in object`.
fn folded(message: &str) -> String {
    message.replace('`', "").to_lowercase()
}
