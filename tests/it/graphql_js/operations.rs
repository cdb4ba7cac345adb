//! Random operations over a schema: valid but for fields that do not merge, and now and then for a value.

use std::{collections::BTreeMap, fmt::Write as _};

use anabranch::graphql::{FieldDefinition, InputValue, Schema, TypeDefinition, TypeKind, TypeRef};
use serde_json::{Map, Value, json};

use super::choices::Choices;

/// How deep selections nest.
const DEPTH: usize = 5;
/// Introspection at the root: as good as any other field.
const INTROSPECTION: [&str; 4] = [
    "__schema { queryType { name fields { name } } mutationType { name } description }",
    "__type(name: \"Book\") { ...K kind fields(includeDeprecated: true) { name isDeprecated args { name defaultValue } } }",
    "__type(name: \"Color\") { ... on __Type { enumValues { name } } possibleTypes { name } ...K }",
    "__type(name: \"By\") { isOneOf inputFields { type { ...K ofType { ...K } } } }",
];
const KIND: &str = "fragment K on __Type { __typename kind name }";

/// A document of one operation, and values for its variables.
#[derive(Debug)]
pub(super) struct Random {
    pub(super) document: String,
    pub(super) given: Value,
}

/// What root an operation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    Query,
    Mutation,
}

/// Makes an operation.
pub(super) fn operation(schema: &Schema, root: Root, choices: &mut Choices<'_>) -> Random {
    let mut maker =
        Maker { schema, choices, variables: BTreeMap::new(), fragments: Vec::new(), arguments: BTreeMap::new() };
    let (keyword, root) = match root {
        Root::Query => ("query", schema.query.as_deref().unwrap()),
        Root::Mutation => ("mutation", schema.mutation.as_deref().unwrap()),
    };
    let selections = maker.selections(root, 0);
    let mut given = Map::new();
    let mut definitions = String::new();
    for (name, (definition, value)) in &maker.variables {
        write!(definitions, "{} ${name}: {definition}", if definitions.is_empty() { "" } else { "," }).unwrap();
        if let Some(value) = value {
            given.insert(name.clone(), value.clone());
        }
    }
    let definitions = if definitions.is_empty() { definitions } else { format!("({definitions})") };
    let mut document = format!("{keyword} Q{definitions} {selections}");
    for (name, on, text) in &maker.fragments {
        write!(document, " fragment {name} on {on} {text}").unwrap();
    }
    if document.contains("...K ") {
        write!(document, " {KIND}").unwrap();
    }
    Random { document, given: Value::Object(given) }
}

/// A JSON value for an input type: mostly one that fits.
pub(super) fn json_value(schema: &Schema, ty: &TypeRef, choices: &mut Choices<'_>, depth: usize) -> Value {
    if choices.below(200) == 199 {
        return wrong(choices);
    }
    if !ty.is_non_null() && choices.chance(12) {
        return Value::Null;
    }
    if let Some(item) = ty.item() {
        if choices.chance(15) {
            return json_value(schema, item, choices, depth);
        }
        let count = choices.below(3);
        return (0..count).map(|_| json_value(schema, item, choices, depth)).collect();
    }
    let definition = &schema.types[ty.name()];
    match definition.kind {
        TypeKind::Enum => {
            json!(definition.values.get_index(choices.below(definition.values.len())).unwrap().0.as_ref())
        }
        TypeKind::Input => json_object(schema, definition, choices, depth),
        _ => match &*definition.name {
            "Int" => json!(choices.pick(&[1, 0, -7, 2_147_483_647, -2_147_483_648])),
            "Float" => choices.pick(&[json!(1.5), json!(2), json!(0), json!(-0.25), json!(1e21)]).clone(),
            "Boolean" => json!(choices.below(2) == 1),
            "String" => json!(choices.pick(&["a", "", "é\n\"", "1"])),
            "ID" => choices.pick(&[json!("1"), json!(2), json!("x y"), json!(""), json!(-3)]).clone(),
            _ => choices
                .pick(&[json!("d"), json!(1), json!({"a": [1, null, {"b": "c"}]}), json!([]), json!(true), json!(1.5)])
                .clone(),
        },
    }
}

fn json_object(schema: &Schema, definition: &TypeDefinition, choices: &mut Choices<'_>, depth: usize) -> Value {
    let mut object = Map::new();
    let chosen = choices.below(definition.input_fields.len());
    for (index, (name, field)) in definition.input_fields.iter().enumerate() {
        let is_given = if definition.is_one_of() {
            index == chosen || choices.chance(1)
        } else {
            (field.is_required() && !choices.chance(1)) || (depth < 3 && choices.chance(40))
        };
        if is_given && (depth < 4 || schema.types[field.ty.name()].kind != TypeKind::Input) {
            object.insert(name.to_string(), json_value(schema, &field.ty, choices, depth + 1));
        }
    }
    if choices.below(200) == 199 {
        object.insert("nope".to_owned(), json!(1));
    }
    Value::Object(object)
}

/// A value that fits few types.
pub(super) fn wrong(choices: &mut Choices<'_>) -> Value {
    let values = [
        json!(null),
        json!(1.5),
        json!(2.0),
        json!(2_147_483_648_i64),
        json!("x"),
        json!(true),
        json!([]),
        json!({}),
        json!([null]),
        json!({"id": 1, "slug": null}),
        json!(["RED"]),
    ];
    choices.pick(&values).clone()
}

struct Maker<'s, 'c, 'n> {
    schema: &'s Schema,
    choices: &'c mut Choices<'n>,
    /// Definitions less the name, and what is given.
    variables: BTreeMap<String, (String, Option<Value>)>,
    /// Finished ones: name, type and text.
    fragments: Vec<(String, String, String)>,
    /// Arguments by alias and field.
    arguments: BTreeMap<String, String>,
}

impl<'s> Maker<'s, '_, '_> {
    fn selections(&mut self, parent: &str, depth: usize) -> String {
        let count = 1 + self.choices.below(if depth >= DEPTH { 1 } else { 4 });
        let texts: Vec<String> = (0..count).map(|_| self.selection(parent, depth)).collect();
        format!("{{ {} }}", texts.join(" "))
    }

    fn selection(&mut self, parent: &str, depth: usize) -> String {
        let kind = if depth >= DEPTH { 0 } else { self.choices.below(10) };
        match kind {
            0..7 => self.field(parent, depth),
            7 => {
                let on = self.overlapping(parent);
                let (directives, selections) = (self.directives(), self.selections(&on, depth + 1));
                format!("... on {on}{directives} {selections}")
            }
            8 => {
                let (directives, selections) = (self.directives(), self.selections(parent, depth + 1));
                format!("...{directives} {selections}")
            }
            _ => self.spread(parent, depth),
        }
    }

    fn field(&mut self, parent: &str, depth: usize) -> String {
        let schema = self.schema;
        let fields: Vec<&FieldDefinition> = schema.types[parent]
            .fields
            .values()
            .filter(|field| depth < DEPTH || !schema.types[field.ty.name()].is_composite())
            .collect();
        let chosen = self.choices.below(fields.len() + 1);
        let other = if self.choices.chance(7) { *self.choices.pick(&["a: ", "b: ", "id: "]) } else { "" };
        if schema.query.as_deref() == Some(parent) && self.choices.chance(3) {
            return format!("{other}{}", self.choices.pick(&INTROSPECTION));
        }
        let Some(field) = fields.get(chosen) else {
            // graphql-js does not compare its type with another field's: it gets an alias of its own.
            let other = if other.is_empty() { "" } else { "t: " };
            return format!("{other}__typename{}", self.directives());
        };
        let alias = match other {
            "" if self.choices.chance(25) => format!("x_{}: ", field.name),
            other => other.to_owned(),
        };
        // Fields of one key mostly have the same arguments, and so merge.
        let place = format!("{alias}{}", field.name);
        let arguments = match self.arguments.get(&place).cloned().filter(|_| !self.choices.chance(5)) {
            Some(arguments) => arguments,
            None => self.arguments(field.arguments.values()),
        };
        self.arguments.insert(place, arguments.clone());
        let directives = self.directives();
        let below = if schema.types[field.ty.name()].is_composite() {
            self.selections(field.ty.name(), depth + 1)
        } else {
            String::new()
        };
        format!("{alias}{}{arguments}{directives} {below}", field.name)
    }

    fn spread(&mut self, parent: &str, depth: usize) -> String {
        let possible = self.schema.possible_types(parent);
        let fits = |on: &String| self.schema.possible_types(on).iter().any(|name| possible.contains(name));
        let known: Vec<&String> = self.fragments.iter().filter(|(_, on, _)| fits(on)).map(|(name, ..)| name).collect();
        let name = if !known.is_empty() && self.choices.chance(50) {
            (*self.choices.pick(&known)).clone()
        } else {
            let on = self.overlapping(parent);
            let text = self.selections(&on, depth + 1);
            let name = format!("F{}", self.fragments.len());
            self.fragments.push((name.clone(), on, text));
            name
        };
        format!("...{name}{}", self.directives())
    }

    /// A type that an object of `parent` can have.
    fn overlapping(&mut self, parent: &str) -> String {
        let possible = self.schema.possible_types(parent);
        let types: Vec<&str> = self
            .schema
            .types
            .values()
            .filter(|definition| definition.is_composite())
            .filter(|other| self.schema.possible_types(&other.name).iter().any(|name| possible.contains(name)))
            .map(|definition| &*definition.name)
            .collect();
        (*self.choices.pick(&types)).to_owned()
    }

    fn directives(&mut self) -> String {
        let mut text = String::new();
        for (name, percent) in [("skip", 8), ("include", 8)] {
            if self.choices.chance(percent) {
                let ty = TypeRef::Named { name: "Boolean".into(), non_null: true };
                let value = self.value(&ty, false, 0);
                // Its null is an error of the request here, and one of the object around the condition there.
                if let Some((_, given)) = value.strip_prefix('$').and_then(|name| self.variables.get_mut(name)) {
                    *given = given.take().map(|given| json!(given == true));
                }
                write!(text, " @{name}(if: {value})").unwrap();
            }
        }
        text
    }

    fn arguments(&mut self, declared: impl Iterator<Item = &'s InputValue>) -> String {
        let mut given = Vec::new();
        for argument in declared {
            if argument.is_required() || self.choices.chance(35) {
                let value = self.value(&argument.ty, argument.default.is_some(), 0);
                given.push(format!("{}: {value}", argument.name));
            }
        }
        if self.choices.chance(20) {
            given.reverse();
        }
        if given.is_empty() { String::new() } else { format!("({})", given.join(", ")) }
    }

    /// A literal with variables.
    fn value(&mut self, ty: &TypeRef, has_default: bool, depth: usize) -> String {
        if self.choices.chance(30) {
            return self.variable(ty, has_default);
        }
        if self.choices.below(400) == 399 {
            return (*self.choices.pick(&["null", "1.5", "\"x\"", "[]", "{}", "RED", "2147483648", "true", "{id: 1}"]))
                .to_owned();
        }
        if !ty.is_non_null() && self.choices.chance(10) {
            return "null".to_owned();
        }
        if let Some(item) = ty.item() {
            if self.choices.chance(15) {
                return self.literal_item(item, depth);
            }
            let count = self.choices.below(3);
            let items: Vec<String> = (0..count).map(|_| self.value(item, false, depth)).collect();
            return format!("[{}]", items.join(", "));
        }
        let definition = &self.schema.types[ty.name()];
        match definition.kind {
            TypeKind::Enum => {
                let index = self.choices.below(definition.values.len());
                definition.values.get_index(index).unwrap().0.to_string()
            }
            TypeKind::Input => self.object(definition, depth),
            _ => self.scalar(&definition.name),
        }
    }

    /// An item that stands for a list: no variable, whose type would be the list's.
    fn literal_item(&mut self, ty: &TypeRef, depth: usize) -> String {
        let value = self.value(ty, false, depth);
        if value.starts_with(['$', '[']) || value == "null" { "[]".to_owned() } else { value }
    }

    fn object(&mut self, definition: &'s TypeDefinition, depth: usize) -> String {
        let chosen = self.choices.below(definition.input_fields.len());
        let mut members = Vec::new();
        for (index, (name, field)) in definition.input_fields.iter().enumerate() {
            let is_deep = depth >= 3 && self.schema.types[field.ty.name()].kind == TypeKind::Input;
            let is_given = if definition.is_one_of() {
                index == chosen
            } else {
                field.is_required() || (!is_deep && self.choices.chance(35))
            };
            if is_given && definition.is_one_of() {
                let ty = if depth >= 3 { &definition.input_fields[0].ty } else { &field.ty };
                let name = if depth >= 3 { definition.input_fields.get_index(0).unwrap().0 } else { name };
                let non_null = match ty.clone() {
                    TypeRef::Named { name, .. } => TypeRef::Named { name, non_null: true },
                    TypeRef::List { of, .. } => TypeRef::List { of, non_null: true },
                };
                members.push(format!("{name}: {}", self.one_of_value(&non_null, depth + 1)));
            } else if is_given {
                members.push(format!("{name}: {}", self.value(&field.ty, field.default.is_some(), depth + 1)));
            }
        }
        format!("{{{}}}", members.join(", "))
    }

    /// A member of a `@oneOf` object: here graphql-js refuses nullable variables with a default, and accepts some without.
    fn one_of_value(&mut self, non_null: &TypeRef, depth: usize) -> String {
        let value = self.value(non_null, false, depth);
        let is_strict =
            value.strip_prefix('$').is_none_or(|name| self.variables[name].0.starts_with(&non_null.to_string()));
        if is_strict { value } else { "null".to_owned() }
    }

    fn scalar(&mut self, name: &str) -> String {
        let literals: &[&str] = match name {
            "Int" => &["1", "0", "-7", "2147483647"],
            "Float" => &["1.5", "2", "-0.25e2", "0.0"],
            "Boolean" => &["true", "false"],
            "String" => &["\"a\"", "\"\"", "\"\"\"\n  b\n  \\\"\"\"c\n\"\"\"", r#""é\u00e9\n""#],
            "ID" => &["1", "\"x\"", "\"\"", "12345678901"],
            _ => &["\"d\"", "1", "{a: [1, null, {b: \"c\"}]}", "true", "[[]]", "1.5", "ENUM"],
        };
        (*self.choices.pick(literals)).to_owned()
    }

    /// A variable that fits in a place: one that is there, or a new one.
    fn variable(&mut self, ty: &TypeRef, has_default: bool) -> String {
        let nullable = ty.to_string().trim_end_matches('!').to_owned();
        let known: Vec<&String> = self
            .variables
            .iter()
            .filter(|(_, (definition, _))| *definition == ty.to_string() || *definition == format!("{nullable}!"))
            .map(|(name, _)| name)
            .collect();
        if !known.is_empty() && self.choices.chance(50) {
            return format!("${}", self.choices.pick(&known));
        }
        let name = format!("v{}", self.variables.len());
        // A constant takes no other variable.
        let default = self.choices.chance(35).then(|| {
            let value = json_value(self.schema, ty, self.choices, 0);
            literal(self.schema, ty, &value)
        });
        let strict = match self.choices.below(3) {
            0 => ty.is_non_null() && default.is_none() && !(has_default && self.choices.chance(80)),
            1 => true,
            _ => ty.is_non_null() && default.is_none(),
        };
        let text = if strict { format!("{nullable}!") } else { nullable };
        let may_be_absent = default.is_some() || !strict;
        let definition = default.map_or_else(|| text.clone(), |default| format!("{text} = {default}"));
        let given = (!may_be_absent || !self.choices.chance(35)).then(|| {
            let value = json_value(self.schema, ty, self.choices, 0);
            if value.is_null() && strict { json_value(self.schema, ty, self.choices, 0) } else { value }
        });
        self.variables.insert(name.clone(), (definition, given));
        format!("${name}")
    }
}

/// JSON as a literal of a type: enum values without quotes.
pub(super) fn literal(schema: &Schema, ty: &TypeRef, value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let of = ty.item().unwrap_or(ty);
            format!("[{}]", items.iter().map(|item| literal(schema, of, item)).collect::<Vec<_>>().join(", "))
        }
        Value::Object(members) => {
            let fields = schema.types.get(ty.name()).map(|definition| &definition.input_fields);
            let member = |(name, member): (&String, &Value)| {
                let field = fields.and_then(|fields| fields.get(name.as_str()));
                format!("{name}: {}", literal(schema, field.map_or(ty, |field| &field.ty), member))
            };
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) if schema.types.get(ty.name()).is_some_and(|ty| ty.values.contains_key(text.as_str())) => {
            text.clone()
        }
        other => other.to_string(),
    }
}
