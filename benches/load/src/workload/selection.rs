//! Selections of fields: printed as GraphQL, and applied to the data for the expected answer.

use serde_json::{Map, Value};

/// A selected field.
#[derive(Debug, Clone)]
pub(super) struct Field {
    name: &'static str,
    fields: Vec<Self>,
}

pub(super) fn leaf(name: &'static str) -> Field {
    Field { name, fields: Vec::new() }
}

pub(super) fn leaves(names: &[&'static str]) -> Vec<Field> {
    names.iter().map(|name| leaf(name)).collect()
}

pub(super) fn object(name: &'static str, fields: Vec<Field>) -> Field {
    Field { name, fields }
}

/// `{ id user { name } }`
pub(super) fn print(fields: &[Field]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|field| match field.fields.as_slice() {
            [] => field.name.to_owned(),
            fields => format!("{} {}", field.name, print(fields)),
        })
        .collect();
    format!("{{ {} }}", fields.join(" "))
}

/// These fields of an object, in their order.
pub(super) fn project(fields: &[Field], value: &Value) -> Value {
    let fields = fields.iter().map(|field| {
        let value = &value[field.name];
        let value = if field.fields.is_empty() { value.clone() } else { project(&field.fields, value) };
        (field.name.to_owned(), value)
    });
    Value::Object(fields.collect::<Map<String, Value>>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{leaf, leaves, object, print, project};

    #[test]
    fn prints_and_projects_in_the_order_of_the_selection() {
        let fields = [leaf("title"), leaf("id"), object("user", leaves(&["name"]))];
        assert_eq!(print(&fields), "{ title id user { name } }");
        let data = json!({ "id": 1, "title": "t", "user": { "id": 2, "name": "n" } });
        assert_eq!(project(&fields, &data).to_string(), r#"{"title":"t","id":1,"user":{"name":"n"}}"#);
    }
}
