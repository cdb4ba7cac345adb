//! What each field of the introspection types is.

use crate::{
    graphql::{
        Directive, EnumValue, FieldDefinition, InputValue, Schema, TypeDefinition, TypeKind, TypeRef,
        client_schema::Library,
        deprecation,
        schema::{DirectiveDefinition, print_default},
    },
    json::Value,
};

/// An object of an introspection type.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node<'a> {
    Schema,
    Named(&'a TypeDefinition),
    /// A list, whatever is written after its bracket.
    List(&'a TypeRef),
    NonNull(&'a TypeRef),
    Field(&'a FieldDefinition),
    InputValue(&'a InputValue),
    EnumValue(&'a EnumValue),
    Directive(&'a DirectiveDefinition),
}

/// The value of a field.
#[derive(Debug)]
pub(super) enum Resolved<'a> {
    Leaf(Value),
    Node(Option<Node<'a>>),
    Nodes(Vec<Node<'a>>),
}

impl Node<'_> {
    /// Its introspection type.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Schema => "__Schema",
            Self::Named(_) | Self::List(_) | Self::NonNull(_) => "__Type",
            Self::Field(_) => "__Field",
            Self::InputValue(_) => "__InputValue",
            Self::EnumValue(_) => "__EnumValue",
            Self::Directive(_) => "__Directive",
        }
    }
}

/// A type of the client's schema, a built-in scalar that it uses, or an introspection type.
pub(super) fn definition<'a>(schema: &'a Schema, library: &'a Library, name: &str) -> Option<&'a TypeDefinition> {
    match library.introspection.types.get(name) {
        // Scalars are told with their descriptions, and only where something is of them.
        Some(known) if known.is_built_in_scalar() => library.used_scalars.contains(name).then_some(known),
        Some(known) if name.starts_with("__") => Some(known),
        _ => schema.types.get(name),
    }
}

/// The value of a field of a node.
pub(super) fn field<'a>(
    schema: &'a Schema,
    library: &'a Library,
    node: Node<'a>,
    name: &str,
    deprecated: bool,
) -> Resolved<'a> {
    let resolver = Resolver { schema, library, deprecated };
    match node {
        Node::Schema => resolver.schema(name),
        Node::Named(definition) => resolver.named(definition, name),
        Node::List(ty) => match name {
            "kind" => text("LIST"),
            "ofType" => Resolved::Node(ty.item().and_then(|item| resolver.reference(item))),
            _ => NULL,
        },
        Node::NonNull(ty) => match name {
            "kind" => text("NON_NULL"),
            "ofType" => Resolved::Node(resolver.nullable(ty)),
            _ => NULL,
        },
        Node::Field(field) => match name {
            "name" => text(&field.name),
            "description" => optional(field.description.as_deref()),
            "args" => resolver.input_values(field.arguments.values()),
            "type" => Resolved::Node(resolver.reference(&field.ty)),
            _ => of_deprecation(&field.directives, name),
        },
        Node::InputValue(value) => match name {
            "name" => text(&value.name),
            "description" => optional(value.description.as_deref()),
            "type" => Resolved::Node(resolver.reference(&value.ty)),
            "defaultValue" => {
                let default = value.default.as_ref().map(|default| print_default(schema, &value.ty, default));
                optional(default.as_deref())
            }
            _ => of_deprecation(&value.directives, name),
        },
        Node::EnumValue(value) => match name {
            "name" => text(&value.name),
            "description" => optional(value.description.as_deref()),
            _ => of_deprecation(&value.directives, name),
        },
        Node::Directive(directive) => match name {
            "name" => text(&directive.name),
            "description" => optional(directive.description.as_deref()),
            "isRepeatable" => Resolved::Leaf(Value::Bool(directive.is_repeatable)),
            "locations" => {
                let locations = directive.locations.iter().map(|location| Value::String(location.as_str().into()));
                Resolved::Leaf(Value::Array(locations.collect()))
            }
            "args" => resolver.input_values(directive.arguments.values()),
            _ => NULL,
        },
    }
}

const NULL: Resolved<'static> = Resolved::Leaf(Value::Null);

fn text<'a>(text: &str) -> Resolved<'a> {
    Resolved::Leaf(Value::String(text.into()))
}

fn optional<'a>(value: Option<&str>) -> Resolved<'a> {
    value.map_or(NULL, text)
}

fn of_deprecation<'a>(directives: &[Directive], field: &str) -> Resolved<'a> {
    match field {
        "isDeprecated" => Resolved::Leaf(Value::Bool(deprecation(directives).is_some())),
        "deprecationReason" => optional(deprecation(directives)),
        _ => NULL,
    }
}

struct Resolver<'a> {
    schema: &'a Schema,
    library: &'a Library,
    /// Whether deprecated members are listed.
    deprecated: bool,
}

impl<'a> Resolver<'a> {
    fn schema(&self, field: &str) -> Resolved<'a> {
        let Schema { query, mutation, subscription, description, .. } = self.schema;
        let root = |name: &Option<_>| Resolved::Node(name.as_deref().and_then(|name| self.by_name(name)));
        match field {
            "description" => optional(description.as_deref()),
            "queryType" => root(query),
            "mutationType" => root(mutation),
            "subscriptionType" => root(subscription),
            "directives" => Resolved::Nodes(self.library.directives.values().map(Node::Directive).collect()),
            "types" => {
                let own = self.schema.types.values().filter(|own| !own.is_built_in_scalar());
                let known = self.library.introspection.types.values();
                let known = known.filter_map(|known| definition(self.schema, self.library, &known.name));
                Resolved::Nodes(known.chain(own).map(Node::Named).collect())
            }
            _ => NULL,
        }
    }

    fn named(&self, definition: &'a TypeDefinition, field: &str) -> Resolved<'a> {
        let kind = definition.kind;
        match (field, kind) {
            ("kind", _) => text(match kind {
                TypeKind::Scalar => "SCALAR",
                TypeKind::Object => "OBJECT",
                TypeKind::Interface => "INTERFACE",
                TypeKind::Union => "UNION",
                TypeKind::Enum => "ENUM",
                TypeKind::Input => "INPUT_OBJECT",
            }),
            ("name", _) => text(&definition.name),
            ("description", _) => optional(definition.description.as_deref()),
            ("specifiedByURL", TypeKind::Scalar) => {
                let specified = definition.directives.iter().find(|directive| &*directive.name == "specifiedBy");
                optional(specified.and_then(|directive| directive.argument("url")?.as_str()))
            }
            ("isOneOf", TypeKind::Input) => Resolved::Leaf(Value::Bool(definition.is_one_of())),
            ("fields", TypeKind::Object | TypeKind::Interface) => {
                let fields = definition.fields.values().filter(|field| self.is_listed(&field.directives));
                Resolved::Nodes(fields.map(Node::Field).collect())
            }
            ("interfaces", TypeKind::Object | TypeKind::Interface) => {
                Resolved::Nodes(definition.implements.iter().filter_map(|name| self.by_name(name)).collect())
            }
            ("possibleTypes", TypeKind::Interface | TypeKind::Union) => {
                let possible = self.schema.possible_types(&definition.name);
                Resolved::Nodes(possible.iter().filter_map(|name| self.by_name(name)).collect())
            }
            ("enumValues", TypeKind::Enum) => {
                let values = definition.values.values().filter(|value| self.is_listed(&value.directives));
                Resolved::Nodes(values.map(Node::EnumValue).collect())
            }
            ("inputFields", TypeKind::Input) => self.input_values(definition.input_fields.values()),
            _ => NULL,
        }
    }

    fn input_values(&self, values: impl Iterator<Item = &'a InputValue>) -> Resolved<'a> {
        Resolved::Nodes(values.filter(|value| self.is_listed(&value.directives)).map(Node::InputValue).collect())
    }

    fn is_listed(&self, directives: &[Directive]) -> bool {
        self.deprecated || deprecation(directives).is_none()
    }

    fn by_name(&self, name: &str) -> Option<Node<'a>> {
        definition(self.schema, self.library, name).map(Node::Named)
    }

    fn reference(&self, ty: &'a TypeRef) -> Option<Node<'a>> {
        if ty.is_non_null() { Some(Node::NonNull(ty)) } else { self.nullable(ty) }
    }

    /// The type less its exclamation mark.
    fn nullable(&self, ty: &'a TypeRef) -> Option<Node<'a>> {
        match ty {
            TypeRef::List { .. } => Some(Node::List(ty)),
            TypeRef::Named { name, .. } => self.by_name(name),
        }
    }
}
