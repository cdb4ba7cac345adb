//! Coercion of given variables.
//!
//! <https://spec.graphql.org/September2025/#CoerceVariableValues()>

use std::fmt::Write;

use super::{
    ErrorCode, GraphqlError, Name, Operation, Schema, TypeDefinition, TypeKind, TypeRef, VariableDefinition,
    suggest::did_you_mean,
};
use crate::json::{Number, Object, Value};

/// Errors told to a client; the rest is counted.
const MOST: usize = 50;
/// Nesting of given values: a bound of the recursion.
const DEPTH: usize = 200;

/// Coerces `given`, an object or null, to the operation's variables. Every problem is reported.
pub(super) fn coerce(schema: &Schema, operation: &Operation, given: &Value) -> Result<Value, Vec<GraphqlError>> {
    let none = Object::default();
    let given = match given {
        Value::Object(members) => members,
        Value::Null => &none,
        _ => return Err(vec![GraphqlError::new(ErrorCode::BadUserInput, "variables must be an object")]),
    };
    let mut coerced = Object::default();
    let mut errors = Vec::new();
    let mut more = 0;
    for variable in &operation.variables {
        let mut coercion = Coercion { schema, variable, path: Vec::new(), errors: Vec::new(), more: 0 };
        if let Some(value) = coercion.variable(given.get(&*variable.name)) {
            coerced.insert(variable.name.clone(), value);
        }
        more += coercion.more;
        errors.append(&mut coercion.errors);
    }
    more += errors.len().saturating_sub(MOST);
    errors.truncate(MOST);
    if more > 0 {
        errors.push(GraphqlError::new(ErrorCode::BadUserInput, format!("there are {more} more problems in variables")));
    }
    if errors.is_empty() { Ok(Value::Object(coerced)) } else { Err(errors) }
}

struct Coercion<'a> {
    schema: &'a Schema,
    variable: &'a VariableDefinition,
    path: Vec<Step>,
    errors: Vec<GraphqlError>,
    more: usize,
}

enum Step {
    Key(Name),
    Index(usize),
}

impl Coercion<'_> {
    fn variable(&mut self, given: Option<&Value>) -> Option<Value> {
        let variable = self.variable;
        match (given, &variable.default) {
            (Some(value), _) => self.value(&variable.ty, value),
            (None, Some(default)) => default.resolve(&Value::Null),
            (None, None) => {
                if variable.ty.is_non_null() {
                    self.problem(&format!("a value of type `{}` is required", variable.ty));
                }
                None
            }
        }
    }

    /// `None` after a problem was reported.
    fn value(&mut self, ty: &TypeRef, value: &Value) -> Option<Value> {
        if self.path.len() > DEPTH {
            return self.problem(&format!("values nest more than {DEPTH} levels deep"));
        }
        if matches!(value, Value::Null) {
            if ty.is_non_null() {
                return self.problem(&format!("expected a value of type `{ty}`, found null"));
            }
            return Some(Value::Null);
        }
        match ty {
            TypeRef::List { of, .. } => self.list(of, value),
            TypeRef::Named { name, .. } => {
                let schema = self.schema;
                let definition = schema.types.get(name)?;
                match definition.kind {
                    TypeKind::Input => self.input_object(definition, value),
                    TypeKind::Enum => self.enum_value(definition, value),
                    _ if definition.is_built_in_scalar() => self.scalar(name, value),
                    _ => Some(value.clone()),
                }
            }
        }
    }

    fn list(&mut self, of: &TypeRef, value: &Value) -> Option<Value> {
        let Value::Array(items) = value else {
            return self.value(of, value).map(|item| Value::Array(vec![item]));
        };
        let mut coerced = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            self.path.push(Step::Index(index));
            coerced.extend(self.value(of, item));
            self.path.pop();
        }
        (coerced.len() == items.len()).then_some(Value::Array(coerced))
    }

    fn input_object(&mut self, definition: &TypeDefinition, value: &Value) -> Option<Value> {
        let type_name = &definition.name;
        let Value::Object(members) = value else {
            return self.problem(&format!("expected an object of type `{type_name}`, found {}", shown(value)));
        };
        let before = self.errors.len() + self.more;
        for key in members.keys().filter(|key| !definition.input_fields.contains_key(&***key)) {
            let hint = self.hint(key, definition.input_fields.keys().map(|name| &**name));
            self.problem(&format!("field `{}` is not defined by type `{type_name}`{hint}", clipped(key)));
        }
        if definition.is_one_of()
            && (members.len() != 1 || members.values().any(|member| matches!(member, Value::Null)))
        {
            self.problem(&format!("exactly one field of `{type_name}` must be given, and it must not be null"));
        }
        let mut coerced = Object::default();
        for field in definition.input_fields.values() {
            self.path.push(Step::Key(field.name.clone()));
            let member = match (members.get(&*field.name), &field.default) {
                (Some(member), _) => self.value(&field.ty, member),
                (None, Some(default)) => default.resolve(&Value::Null),
                (None, None) if field.ty.is_non_null() => {
                    self.problem(&format!("a value of type `{}` is required", field.ty))
                }
                (None, None) => None,
            };
            if let Some(member) = member {
                coerced.insert(field.name.clone(), member);
            }
            self.path.pop();
        }
        (self.errors.len() + self.more == before).then_some(Value::Object(coerced))
    }

    fn enum_value(&mut self, definition: &TypeDefinition, value: &Value) -> Option<Value> {
        match value {
            Value::String(given) => {
                if let Some((name, _)) = definition.values.get_key_value(&**given) {
                    return Some(Value::String(name.clone()));
                }
                let hint = self.hint(given, definition.values.keys().map(|name| &**name));
                self.problem(&format!("`{}` is not a value of enum `{}`{hint}", clipped(given), definition.name))
            }
            _ => self.problem(&format!("expected a value of enum `{}`, found {}", definition.name, shown(value))),
        }
    }

    fn scalar(&mut self, scalar: &str, value: &Value) -> Option<Value> {
        let coerced = match (scalar, value) {
            ("Int", Value::Number(number)) => match whole(number).and_then(|whole| i32::try_from(whole).ok()) {
                Some(whole) => Some(Value::Number(Number::from(i64::from(whole)))),
                None => {
                    let number = clipped(number.as_str());
                    return self.problem(&format!("Int cannot represent non 32-bit signed integer value: {number}"));
                }
            },
            ("Float", Value::Number(number)) if number.as_f64().is_finite() => Some(value.clone()),
            ("String" | "ID", Value::String(_)) | ("Boolean", Value::Bool(_)) => Some(value.clone()),
            ("ID", Value::Number(number)) if number.is_integer() => Some(Value::String(number.as_str().into())),
            ("ID", Value::Number(number)) => whole(number).map(|whole| Value::String(whole.to_string().into())),
            _ => None,
        };
        if coerced.is_none() {
            return self.problem(&format!("expected a value of type `{scalar}`, found {}", shown(value)));
        }
        coerced
    }

    fn hint<'a>(&self, unknown: &str, names: impl Iterator<Item = &'a str>) -> String {
        if self.errors.len() >= MOST {
            return String::new();
        }
        did_you_mean(unknown, names).strip_prefix(" Did").map_or_else(String::new, |rest| format!("; did{rest}"))
    }

    fn problem(&mut self, message: &str) -> Option<Value> {
        if self.errors.len() >= MOST {
            self.more += 1;
            return None;
        }
        let name = &self.variable.name;
        let mut text = format!("variable `${name}`");
        if !self.path.is_empty() {
            text.push_str(&format!(" at `{name}"));
            for step in &self.path {
                match step {
                    Step::Key(key) => write!(text, ".{key}"),
                    Step::Index(index) => write!(text, "[{index}]"),
                }
                .expect("writing to a string");
            }
            text.push('`');
        }
        let mut error = GraphqlError::new(ErrorCode::BadUserInput, format!("{text}: {message}"));
        error.locations.push(self.variable.location);
        self.errors.push(error);
        None
    }
}

/// The integer that a number is, however spelled (`1.0`, `1e2`).
fn whole(number: &Number) -> Option<i64> {
    /// Beyond this a float does not name one integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    number.as_i64().or_else(|| {
        let float = number.as_f64();
        #[expect(clippy::cast_possible_truncation, reason = "an integer within the exact range")]
        (float.fract() == 0.0 && float.abs() < EXACT).then_some(float as i64)
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => clipped(number.as_str()),
        Value::String(text) => format!("the string `{}`", clipped(text)),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}

fn clipped(text: &str) -> String {
    const LENGTH: usize = 60;
    if text.chars().nth(LENGTH).is_none() {
        text.to_owned()
    } else {
        text.chars().take(LENGTH).chain("...".chars()).collect()
    }
}
