//! The reader of bodies against a parse of the whole body as one value.

use proptest::prelude::*;

use super::{GraphqlRequest, Value, from_body};

/// What a body means, told by way of the tree of all its values.
fn by_tree(body: &[u8]) -> Result<String, String> {
    let invalid = |error| format!("the request body is {error}");
    let Value::Object(mut members) = Value::parse(body).map_err(invalid)? else {
        return Err("no object".to_owned());
    };
    let mut take = |key: &str| members.swap_remove(key).unwrap_or(Value::Null);
    let wrong = |key: &str, expected: &str, found: &Value| {
        Err(format!("`{key}` must be {expected}, not {}", found.type_name()))
    };
    let query = match take("query") {
        Value::String(text) => Some(text.to_string()),
        Value::Null => None,
        other => return wrong("query", "a string", &other),
    };
    let operation_name = match take("operationName") {
        Value::Null => None,
        Value::String(name) => (!name.is_empty()).then(|| name.to_string()),
        other => return wrong("operationName", "a string", &other),
    };
    let document_id = match take("documentId") {
        Value::Null => None,
        Value::String(id) => Some(id.to_string()),
        other => return wrong("documentId", "a string", &other),
    };
    let relay_id = match take("id") {
        Value::String(id) if !id.is_empty() => Some(id.to_string()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    let document_id = document_id.or(relay_id.filter(|_| query.as_ref().is_none_or(String::is_empty)));
    let mut rest = Vec::new();
    for key in ["variables", "extensions"] {
        match take(key) {
            value @ (Value::Null | Value::Object(_)) => rest.push(value),
            other => return wrong(key, "an object", &other),
        }
    }
    if query.is_none()
        && document_id.is_none()
        && rest[1].get("persistedQuery").is_none_or(|value| *value == Value::Null)
    {
        return Err("`query` is missing: send the GraphQL document there".to_owned());
    }
    Ok(format!("{:?}", (query, document_id, operation_name, rest)))
}

fn by_reader(body: &[u8]) -> Result<String, String> {
    match from_body(body) {
        Ok(GraphqlRequest { query, document_id, operation_name, variables, extensions }) => {
            let own = |text: Option<std::borrow::Cow<'_, str>>| text.map(String::from);
            let texts = (own(query), own(document_id), own(operation_name));
            Ok(format!("{:?}", (texts.0, texts.1, texts.2, vec![variables, extensions])))
        }
        Err(refusal) if refusal.message.contains("batches") || refusal.message.contains("JSON object with") => {
            Err("no object".to_owned())
        }
        Err(refusal) => Err(refusal.message),
    }
}

fn member() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        r#""query""#,
        r#""\u0071uery""#,
        r#""operationName""#,
        r#""variables""#,
        r#""extensions""#,
        r#""documentId""#,
        r#""id""#,
        r#""other""#,
        r#""""#,
        "query",
    ]);
    let value = prop::sample::select(vec![
        r#""{ a }""#,
        r#""{ a\n\"b\" \ud83d\ude00 \ud800 }""#,
        r#""""#,
        "null",
        "true",
        "-1.5e3",
        "01",
        "[]",
        "{}",
        r#"{"a":[1,{"b":null}],"a":2}"#,
        r#"{"persistedQuery":{}}"#,
        r#"{"persistedQuery":null}"#,
        "[1,]",
        "\"\u{7}\"",
        "\"é\"",
        "",
    ]);
    (key, prop::sample::select(vec!["", " ", "\n"]), value)
        .prop_map(|(key, space, value)| format!("{key}:{space}{value}"))
}

proptest! {
    #[test]
    fn says_the_same_as_a_parse_of_everything(
        members in prop::collection::vec(member(), 0..6),
        frame in prop::sample::select(vec![("{", "}"), (" {\n", "}\n "), ("{", "} x"), ("\u{feff}{", "}"), ("[{", "}]"), ("", ""), ("{", ",}")]),
        broken in prop::option::weighted(0.2, (any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let mut body = format!("{}{}{}", frame.0, members.join(","), frame.1).into_bytes();
        if let Some((at, byte)) = broken && !body.is_empty() {
            let at = at.index(body.len());
            body[at] = byte;
        }
        prop_assert_eq!(by_reader(&body), by_tree(&body), "{}", String::from_utf8_lossy(&body));
    }
}

#[test]
fn texts_without_escapes_are_not_copied() {
    let body = br#"{"query":"{ a }","operationName":"A"}"#;
    let request = from_body(body).unwrap();
    let within = |text: &str| body.as_ptr_range().contains(&text.as_ptr());
    assert!(within(request.query.as_deref().unwrap()) && within(request.operation_name.as_deref().unwrap()));
}
