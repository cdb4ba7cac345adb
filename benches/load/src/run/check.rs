//! Whether answers are right: their `data` is exactly the expected one, order of keys included.

use std::{collections::HashMap, path::Path};

use serde_json::{Value, json};

use crate::{
    error::{Error, Result},
    exchange::Answer,
    workload::{Expected, Request, Workload},
};

/// How much of an answer a message shows.
const SHOWN: usize = 160;

/// Compares answers, and remembers those that only have to agree.
#[derive(Debug, Default)]
pub(super) struct Checker {
    agreed: HashMap<&'static str, Value>,
}

/// Writes the expected answers, for limits that send fixed bytes.
pub(super) fn write_answers(folder: &Path, workloads: &[Workload]) -> Result<()> {
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::File { path, source }
    };
    std::fs::create_dir_all(folder).map_err(file(folder))?;
    for workload in workloads {
        let Some(Request { expected: Expected::Data(data), .. }) = workload.requests.first() else { continue };
        let path = folder.join(format!("{}.json", workload.name));
        std::fs::write(&path, json!({ "data": data }).to_string()).map_err(file(&path))?;
    }
    Ok(())
}

/// Whether a proxy passed the upstream's answer on.
pub(super) fn same(answer: &Answer, upstream: &Answer) -> Result<()> {
    if answer.status == upstream.status && answer.body == upstream.body {
        return Ok(());
    }
    Err(Error::Answer(format!("not what the upstream answers: status {}, {}", answer.status, shown(&answer.body))))
}

// === impl Checker ===

impl Checker {
    /// Whether an answer is the expected one.
    pub(super) fn check(&mut self, workload: &'static str, request: &Request, answer: &Answer) -> Result<()> {
        let wrong = |what: &str| Error::Answer(format!("{what}: status {}, {}", answer.status, shown(&answer.body)));
        let body: Value = serde_json::from_slice(&answer.body).map_err(|_| wrong("no JSON"))?;
        if answer.status != 200 || body.get("errors").is_some() {
            return Err(wrong("an error"));
        }
        let data = body.get("data").filter(|data| !data.is_null()).ok_or_else(|| wrong("no data"))?;
        let expected = match &request.expected {
            Expected::Data(expected) => expected,
            Expected::Agreement => self.agreed.entry(workload).or_insert_with(|| data.clone()),
        };
        // As text, because equality of values does not see the order of keys.
        let (data, expected) = (data.to_string(), expected.to_string());
        if data == expected {
            return Ok(());
        }
        Err(wrong("another answer than expected"))
    }
}

fn shown(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Answer, Checker, Expected, Request};

    fn check(expected: &Expected, bodies: &[&'static str]) -> Result<(), String> {
        let mut checker = Checker::default();
        let request = Request {
            query: String::new(),
            variables: Value::Null,
            headers: &[],
            client: None,
            expected: expected.clone(),
        };
        for body in bodies {
            let answer = Answer { status: 200, body: (*body).into() };
            checker.check("w", &request, &answer).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    #[test]
    fn sees_wrong_values_wrong_order_and_errors() {
        let expected = Expected::Data(json!({ "a": 1, "b": 2 }));
        assert_eq!(check(&expected, &[r#"{ "data": { "a": 1, "b": 2 }, "extensions": {} }"#]), Ok(()));
        assert!(check(&expected, &[r#"{"data":{"b":2,"a":1}}"#]).unwrap_err().contains("another answer"));
        assert!(check(&expected, &[r#"{"data":{"a":1,"b":2},"errors":[]}"#]).unwrap_err().contains("an error"));
        assert!(check(&expected, &["oops"]).unwrap_err().contains("no JSON"));
    }

    #[test]
    fn answers_without_data_of_their_own_have_to_agree() {
        assert_eq!(check(&Expected::Agreement, &[r#"{"data":{"a":1}}"#, r#"{"data":{"a":1}}"#]), Ok(()));
        assert!(check(&Expected::Agreement, &[r#"{"data":{"a":1}}"#, r#"{"data":{"a":2}}"#]).is_err());
    }
}
