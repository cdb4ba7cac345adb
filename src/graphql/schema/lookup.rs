//! Questions that validation, lowering and coercion ask of a schema.

use std::fmt;

use super::{Directive, FieldDefinition, InputValue, Name, Schema, TypeDefinition, TypeKind, TypeRef};

/// Scalars that every schema has.
pub(in crate::graphql) const BUILT_IN_SCALARS: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

impl Schema {
    /// Concrete object types that a type stands for: itself, a union's members, or an interface's implementations.
    #[must_use]
    pub fn possible_types(&self, name: &str) -> Vec<Name> {
        let Some(definition) = self.types.get(name) else { return Vec::new() };
        match definition.kind {
            TypeKind::Object => vec![definition.name.clone()],
            TypeKind::Union => definition.members.clone(),
            TypeKind::Interface => self
                .types
                .values()
                .filter(|candidate| {
                    candidate.kind == TypeKind::Object && candidate.implements.contains(&definition.name)
                })
                .map(|candidate| candidate.name.clone())
                .collect(),
            TypeKind::Scalar | TypeKind::Enum | TypeKind::Input => Vec::new(),
        }
    }

    /// The declared field of an object or interface.
    #[must_use]
    pub fn field(&self, type_name: &str, field: &str) -> Option<&FieldDefinition> {
        self.types.get(type_name)?.fields.get(field)
    }

    /// The declared field of a type, or of the first of its possible types that has one of that name.
    #[must_use]
    pub fn field_of_any(&self, type_name: &str, field: &str) -> Option<&FieldDefinition> {
        let possible = || self.possible_types(type_name).into_iter().find_map(|concrete| self.field(&concrete, field));
        self.field(type_name, field).or_else(possible)
    }

    /// Every directive in use: of the schema, of types, and of their fields, arguments, values and input fields.
    pub fn all_directives(&self) -> impl Iterator<Item = &Directive> {
        let of_types = self.types.values().flat_map(|definition| {
            let fields = definition.fields.values().flat_map(|field| {
                let arguments = field.arguments.values().flat_map(|argument| &argument.directives);
                field.directives.iter().chain(arguments)
            });
            let inputs = definition.input_fields.values().flat_map(|field| &field.directives);
            let values = definition.values.values().flat_map(|value| &value.directives);
            definition.directives.iter().chain(fields).chain(inputs).chain(values)
        });
        self.directives.iter().chain(of_types)
    }

    /// Whether values of the type can be arguments and variables.
    #[must_use]
    pub fn is_input_type(&self, name: &str) -> bool {
        self.types
            .get(name)
            .is_some_and(|definition| matches!(definition.kind, TypeKind::Scalar | TypeKind::Enum | TypeKind::Input))
    }
}

impl TypeDefinition {
    /// Whether it has fields to select from: object, interface or union.
    #[must_use]
    pub fn is_composite(&self) -> bool {
        matches!(self.kind, TypeKind::Object | TypeKind::Interface | TypeKind::Union)
    }

    /// Whether it is an input object of which exactly one field is given.
    #[must_use]
    pub fn is_one_of(&self) -> bool {
        self.kind == TypeKind::Input && self.directives.iter().any(|directive| &*directive.name == "oneOf")
    }

    /// `Int`, `Float`, `String`, `Boolean` or `ID`.
    #[must_use]
    pub fn is_built_in_scalar(&self) -> bool {
        self.kind == TypeKind::Scalar && BUILT_IN_SCALARS.contains(&&*self.name)
    }
}

impl InputValue {
    /// Whether a value must be given.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.ty.is_non_null() && self.default.is_none()
    }
}

impl TypeRef {
    /// The same type with its outermost `!` removed.
    #[must_use]
    pub fn nullable(&self) -> Self {
        match self {
            Self::Named { name, .. } => Self::Named { name: name.clone(), non_null: false },
            Self::List { of, .. } => Self::List { of: of.clone(), non_null: false },
        }
    }

    /// The same type with an outermost `!`.
    #[must_use]
    pub(in crate::graphql) fn non_null(&self) -> Self {
        match self {
            Self::Named { name, .. } => Self::Named { name: name.clone(), non_null: true },
            Self::List { of, .. } => Self::List { of: of.clone(), non_null: true },
        }
    }

    /// <https://spec.graphql.org/September2025/#AreTypesCompatible()>
    #[must_use]
    pub fn fits(&self, location: &Self) -> bool {
        if location.is_non_null() && !self.is_non_null() {
            return false;
        }
        match (self, location) {
            (Self::List { of, .. }, Self::List { of: wanted, .. }) => of.fits(wanted),
            (Self::Named { name, .. }, Self::Named { name: wanted, .. }) => name == wanted,
            _ => false,
        }
    }
}

impl fmt::Display for TypeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { name, .. } => f.write_str(name)?,
            Self::List { of, .. } => write!(f, "[{of}]")?,
        }
        f.write_str(if self.is_non_null() { "!" } else { "" })
    }
}
