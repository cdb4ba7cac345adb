//! Tests of shapes: tables of what is inferred, and generated mappings that are run over generated values.

mod inference;
mod mistakes;
mod soundness;

use super::*;

/// Variables by their shapes, and one type that refers to itself.
#[derive(Debug, Default)]
struct Known {
    variables: Vec<(Variable, ValueShape)>,
}

impl VariableShapes for Known {
    fn variable(&self, variable: Variable) -> ValueShape {
        let known = self.variables.iter().find(|(known, _)| *known == variable);
        known.map_or_else(ValueShape::unknown, |(_, shape)| shape.clone())
    }

    fn members(&self, name: &str) -> Members {
        match name {
            "Node" => Members::new([
                ("a", ValueShape::number(Numbers::Whole)),
                ("b", ValueShape::string().or_null().or_missing()),
                ("c", ValueShape::named("Node").or_null().or_missing()),
                ("d", ValueShape::list(ValueShape::named("Node"))),
            ]),
            _ => Members::open(),
        }
    }
}

/// Arguments of every kind, the status and some headers.
fn known() -> Known {
    let headers = Members::default().with_others(ValueShape::list(ValueShape::string()));
    let args = Members::new([
        ("flag", ValueShape::boolean().or_null().or_missing()),
        ("count", ValueShape::number(Numbers::Whole)),
        ("price", ValueShape::number(Numbers::Any)),
        ("name", ValueShape::string()),
        ("note", ValueShape::string().or_null().or_missing()),
        ("color", ValueShape::words(["RED", "BLUE"])),
        ("tags", ValueShape::list(ValueShape::string().or_null())),
        ("node", ValueShape::named("Node")),
        ("nodes", ValueShape::list(ValueShape::named("Node").or_null()).or_null().or_missing()),
        ("any", ValueShape::any()),
    ]);
    Known {
        variables: vec![
            (Variable::Args, ValueShape::object(args)),
            (Variable::Status, ValueShape::number(Numbers::Whole)),
            (Variable::Response, ValueShape::object(Members::new([("headers", ValueShape::object(headers))]))),
        ],
    }
}

/// A shape in short: `?` may be missing, `*` anything.
fn short(shape: &ValueShape) -> String {
    let mut parts = Vec::new();
    if shape.kinds() == Kinds::ALL && *shape == (ValueShape { missing: shape.missing, ..ValueShape::any() }) {
        return format!("*{}", if shape.missing { "?" } else { "" });
    }
    if shape.boolean {
        parts.push("boolean".to_owned());
    }
    if let Some(numbers) = shape.number {
        parts.push(format!("{numbers:?}").to_lowercase());
    }
    match &shape.string {
        Some(Words::Any) => parts.push("string".to_owned()),
        Some(Words::Known(words)) => parts.extend(words.iter().map(|word| format!("'{word}'"))),
        None => {}
    }
    match &shape.list {
        Some(Elements::Any) => parts.push("[*]".to_owned()),
        Some(Elements::Of(element)) => parts.push(format!("[{}]", short(element))),
        None => {}
    }
    match &shape.object {
        Some(Objects::Any) => parts.push("{*}".to_owned()),
        Some(Objects::Named(name)) => parts.push(name.to_string()),
        Some(Objects::Of(members)) => {
            let fields = members.fields.iter().map(|(name, member)| format!("{name}: {}", short(&member.shape)));
            let others = members.others.iter().map(|others| format!("..: {}", short(others)));
            parts.push(format!("{{{}}}", fields.chain(others).collect::<Vec<_>>().join(", ")));
        }
        None => {}
    }
    if shape.null {
        parts.push("null".to_owned());
    }
    let parts = if parts.is_empty() { "-".to_owned() } else { parts.join(" | ") };
    format!("{parts}{}", if shape.missing { "?" } else { "" })
}
