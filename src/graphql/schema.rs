//! A schema in our own form: every definition with its directives and places.

mod convert;
mod defaults;
mod deprecation;
mod links;
mod lookup;
mod merge;
mod mismatch;
mod parse;
mod print;
mod problems;
mod rules;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indexmap::IndexMap;

pub(super) use convert::{DirectiveDefinition, INTROSPECTION_ROOT, directive_definitions, introspection_types};
pub(super) use defaults::coerce_defaults;
pub use deprecation::deprecation;
pub(super) use print::default_text as print_default;

use super::Literal;
use crate::diagnostic::{Diagnostic, SourceFile, Span};

/// A GraphQL name, cheap to clone.
pub type Name = Arc<str>;

/// Types of one or more SDL files, extensions merged, built-in scalars included, introspection types left out.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// By name, in order of declaration.
    pub types: IndexMap<Name, TypeDefinition>,
    /// Query root type.
    pub query: Option<Name>,
    /// Mutation root type.
    pub mutation: Option<Name>,
    /// Subscription root type.
    pub subscription: Option<Name>,
    /// Directives on the schema definition and its extensions, with the file each stands in (`@link`, `@source`).
    pub directives: Vec<Directive>,
    /// Names of directives that the files declare and nothing else knows.
    pub declared: Vec<Name>,
    /// Description of the schema.
    pub description: Option<String>,
}

/// Kind of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum TypeKind {
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    Input,
}

/// A type; members that its kind does not have are empty.
#[derive(Debug, Clone)]
pub struct TypeDefinition {
    /// Name.
    pub name: Name,
    /// Kind.
    pub kind: TypeKind,
    /// Description.
    pub description: Option<String>,
    /// Directives of the definition and its extensions.
    pub directives: Vec<Directive>,
    /// Fields of objects and interfaces.
    pub fields: IndexMap<Name, FieldDefinition>,
    /// Interfaces it implements.
    pub implements: Vec<Name>,
    /// Members of a union.
    pub members: Vec<Name>,
    /// Values of an enum.
    pub values: IndexMap<Name, EnumValue>,
    /// Fields of an input object.
    pub input_fields: IndexMap<Name, InputValue>,
    /// Place of the name; `None` for built-in scalars.
    pub span: Option<Span>,
}

/// A field of an object or interface.
#[derive(Debug, Clone)]
pub struct FieldDefinition {
    /// Name.
    pub name: Name,
    /// Description.
    pub description: Option<String>,
    /// Arguments.
    pub arguments: IndexMap<Name, InputValue>,
    /// Type.
    pub ty: TypeRef,
    /// Directives.
    pub directives: Vec<Directive>,
    /// Place of the name.
    pub span: Option<Span>,
    /// Place of the type.
    pub type_span: Option<Span>,
}

/// An argument or input field.
#[derive(Debug, Clone)]
pub struct InputValue {
    /// Name.
    pub name: Name,
    /// Description.
    pub description: Option<String>,
    /// Type.
    pub ty: TypeRef,
    /// Default, coerced to the type (lists wrapped, absent fields of input objects filled in).
    pub default: Option<Literal>,
    /// Directives.
    pub directives: Vec<Directive>,
    /// Place of the name.
    pub span: Option<Span>,
    /// Place of the type.
    pub type_span: Option<Span>,
}

/// A value of an enum.
#[derive(Debug, Clone)]
pub struct EnumValue {
    /// Name.
    pub name: Name,
    /// Description.
    pub description: Option<String>,
    /// Directives.
    pub directives: Vec<Directive>,
    /// Place.
    pub span: Option<Span>,
}

/// A directive in use.
#[derive(Debug, Clone)]
pub struct Directive {
    /// Without `@`; the model gives it the name that it has in its specification.
    pub name: Name,
    /// Without `@`, as written.
    pub written: Name,
    /// Arguments in order.
    pub arguments: Vec<(Name, Literal)>,
    /// Place of the whole directive.
    pub span: Option<Span>,
}

/// A type with its list and non-null wrappers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TypeRef {
    /// A named type.
    Named {
        /// Name.
        name: Name,
        /// `!`
        non_null: bool,
    },
    /// A list.
    List {
        /// Of what.
        of: Arc<Self>,
        /// `!`
        non_null: bool,
    },
}

impl TypeRef {
    /// The innermost named type.
    #[must_use]
    pub fn name(&self) -> &Name {
        match self {
            Self::Named { name, .. } => name,
            Self::List { of, .. } => of.name(),
        }
    }

    /// Whether null is not allowed.
    #[must_use]
    pub fn is_non_null(&self) -> bool {
        match self {
            Self::Named { non_null, .. } | Self::List { non_null, .. } => *non_null,
        }
    }

    /// The item type, if it is a list.
    #[must_use]
    pub fn item(&self) -> Option<&Self> {
        match self {
            Self::Named { .. } => None,
            Self::List { of, .. } => Some(of),
        }
    }
}

impl Directive {
    /// The argument of that name.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<&Literal> {
        self.arguments.iter().find(|(key, _)| &**key == name).map(|(_, value)| value)
    }
}

/// Files that are no valid schema.
#[derive(Debug)]
pub struct FailedSchema {
    /// What is wrong; at least one.
    pub problems: Vec<Diagnostic>,
    /// What could be read, to find more mistakes in. Never to be served. `None` after errors of syntax.
    pub schema: Option<Box<Schema>>,
}

/// Parses and validates SDL files together. `definitions` is SDL of directives and types that are known without being declared.
///
/// Beyond the specification's rules nothing is checked here, with these exceptions for `@link`s:
/// * Known directives are checked under the names that links import them by, and under a link's prefix (`@federation__key`).
/// * A declaration in a file that says no more than a known definition is ignored, also under such a name.
///   Another one of the same name wins: it is the file's own directive or type.
/// * What several files with links of their own to federation or connect define is merged; what one defines twice is
///   a mistake, and so is what files without links define twice.
/// * Where there is a link, `extend` may stand without a definition; for root types it always may.
///
/// Directives that neither a definition nor a link brings are errors with a suggestion.
pub fn parse_schema(files: &[Arc<SourceFile>], definitions: &str) -> Result<Schema, FailedSchema> {
    parse::parse(files, definitions)
}

impl Schema {
    /// Canonical SDL: descriptions kept, only standard directives (`@deprecated`, `@specifiedBy`, `@oneOf`) printed.
    #[must_use]
    pub fn to_sdl(&self) -> String {
        self.to_sdl_with(&[])
    }

    /// The same with definitions of directives.
    pub(super) fn to_sdl_with(&self, directives: &[&str]) -> String {
        print::sdl(self, directives)
    }
}

impl TypeDefinition {
    /// A type with nothing but its name.
    #[must_use]
    pub fn empty(name: Name, kind: TypeKind) -> Self {
        Self {
            name,
            kind,
            description: None,
            directives: Vec::new(),
            fields: IndexMap::new(),
            implements: Vec::new(),
            members: Vec::new(),
            values: IndexMap::new(),
            input_fields: IndexMap::new(),
            span: None,
        }
    }
}
