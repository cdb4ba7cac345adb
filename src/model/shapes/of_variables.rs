//! What the variables hold, by the types of the schema and the values of the configuration.

use crate::{
    graphql::{InputValue, TypeDefinition, TypeKind, TypeRef},
    mapping::{Members, Numbers, ValueShape, Variable, VariableShapes},
    model::variables::Scenery,
};

/// The name of the input of mappings that have none.
pub(super) const NO_INPUT: &str = "$ of a request";

impl VariableShapes for Scenery<'_> {
    fn variable(&self, variable: Variable) -> ValueShape {
        match variable {
            Variable::Args if self.arguments.is_some() => ValueShape::named("$args"),
            Variable::This => self.object.map_or_else(ValueShape::unknown, named),
            Variable::Batch => self.object.map_or_else(ValueShape::unknown, |object| ValueShape::list(named(object))),
            // Values may differ elsewhere, and what is not set was told.
            Variable::Config => self.config.map_or_else(ValueShape::unknown, configured),
            Variable::Status => ValueShape::number(Numbers::Whole),
            Variable::Request => ValueShape::named("$request"),
            Variable::Response => ValueShape::named("$response"),
            Variable::Env => ValueShape::object(Members::default().with_others(ValueShape::string())),
            Variable::Context => context(),
            Variable::Page if self.page.is_some_and(|known| !known.is_empty()) => page(self.page.unwrap_or_default()),
            Variable::Args | Variable::Page => ValueShape::unknown(),
        }
    }

    fn members(&self, name: &str) -> Members {
        match name {
            "$args" => Members::new(
                self.arguments.into_iter().flatten().map(|(name, argument)| (&**name, input_value(self, argument))),
            ),
            "$request" | "$response" => {
                let headers = Members::default().with_others(ValueShape::list(ValueShape::string()));
                Members::new([("headers", ValueShape::object(headers))])
            }
            NO_INPUT => Members::default(),
            name => {
                self.schema.types.get(name).map_or_else(Members::default, |definition| members_of(self, definition))
            }
        }
    }
}

/// Where a page begins and how many rows are wanted. What it has not was told.
fn page(known: &[&'static str]) -> ValueShape {
    let member = |name: &'static str| {
        let text = || ValueShape::string().or_null();
        let shape = match name {
            "number" | "offset" | "size" => ValueShape::number(Numbers::Whole),
            "link" => ValueShape::object(Members::default().with_others(text())),
            _ => text().union(&ValueShape::number(Numbers::Any)),
        };
        (name, shape)
    };
    ValueShape::object(Members::new(known.iter().copied().map(member)).with_others(ValueShape::any()))
}

/// The client as far as requests say who it is, and claims.
fn context() -> ValueShape {
    let client = Members::new(["name", "version"].map(|name| (name, ValueShape::string().or_missing())));
    let known = Members::new([("client", ValueShape::object(client).or_missing())]);
    ValueShape::object(known.with_others(ValueShape::any()))
}

fn configured(value: &crate::json::Value) -> ValueShape {
    let known = ValueShape::like(value);
    match known.members() {
        Some(members) => ValueShape::object(members.clone().with_others(ValueShape::any())),
        None => ValueShape::unknown(),
    }
}

fn named(definition: &TypeDefinition) -> ValueShape {
    ValueShape::named(&*definition.name)
}

fn members_of(scenery: &Scenery<'_>, definition: &TypeDefinition) -> Members {
    match definition.kind {
        TypeKind::Input => {
            let fields = definition.input_fields.iter();
            Members::new(fields.map(|(name, field)| (&**name, input_value(scenery, field))))
        }
        // Of an object of an abstract type more may be known than its interface says.
        TypeKind::Interface | TypeKind::Union => output_fields(scenery, definition).with_others(ValueShape::any()),
        TypeKind::Object | TypeKind::Scalar | TypeKind::Enum => output_fields(scenery, definition),
    }
}

/// Only the fields that are named are there.
fn output_fields(scenery: &Scenery<'_>, definition: &TypeDefinition) -> Members {
    let fields = definition.fields.iter();
    Members::new(fields.map(|(name, field)| (&**name, output(scenery, &field.ty).or_null().or_missing())))
}

/// An argument or input field, as it is after coercion: absent, if it is optional and has no default.
fn input_value(scenery: &Scenery<'_>, value: &InputValue) -> ValueShape {
    let shape = input(scenery, &value.ty);
    if value.ty.is_non_null() || value.default.is_some() { shape } else { shape.or_missing() }
}

fn input(scenery: &Scenery<'_>, ty: &TypeRef) -> ValueShape {
    let shape = match ty.item() {
        Some(item) => ValueShape::list(input(scenery, item)),
        None => match scenery.schema.types.get(ty.name()) {
            Some(definition) if definition.kind == TypeKind::Input => named(definition),
            Some(definition) => leaf(definition),
            None => ValueShape::any(),
        },
    };
    if ty.is_non_null() { shape } else { shape.or_null() }
}

/// What an upstream gave for a field, as far as it is a value of its type: strings may have come as other scalars.
fn output(scenery: &Scenery<'_>, ty: &TypeRef) -> ValueShape {
    match ty.item() {
        Some(item) => ValueShape::list(output(scenery, item).or_null()),
        None => match scenery.schema.types.get(ty.name()) {
            Some(definition) if definition.kind == TypeKind::Scalar && &*definition.name == "String" => {
                ValueShape::string().union(&ValueShape::number(Numbers::Any)).union(&ValueShape::boolean())
            }
            Some(definition) if matches!(definition.kind, TypeKind::Scalar | TypeKind::Enum) => leaf(definition),
            Some(definition) => named(definition),
            None => ValueShape::any(),
        },
    }
}

fn leaf(definition: &TypeDefinition) -> ValueShape {
    if definition.kind == TypeKind::Enum {
        return ValueShape::words(definition.values.keys().map(|value| &**value));
    }
    match &*definition.name {
        "Int" => ValueShape::number(Numbers::Whole),
        "Float" => ValueShape::number(Numbers::Any),
        "String" => ValueShape::string(),
        "Boolean" => ValueShape::boolean(),
        // Keys of objects come as their services spell them.
        "ID" => ValueShape::string().union(&ValueShape::number(Numbers::Whole)),
        _ => ValueShape::any(),
    }
}
