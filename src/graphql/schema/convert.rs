//! The library's schema in our own form, with places.

use apollo_compiler::{
    Node, Schema as LibrarySchema,
    ast::{self, Document},
    collections::{IndexMap as LibraryMap, IndexSet},
    schema::{self, Component, ComponentName, ExtendedType},
};
use indexmap::IndexMap;

use super::{
    Directive, EnumValue, FieldDefinition, InputValue, Name, Schema, TypeDefinition, TypeKind, lookup::BUILT_IN_SCALARS,
};
use crate::{
    diagnostic::Span,
    graphql::library::{Files, name, type_ref},
};

/// A name that no type has, for what every query type has besides its own fields.
pub(in crate::graphql) const INTROSPECTION_ROOT: &str = "(introspection)";

/// Types of the files in order of declaration after the built-in scalars; of the known definitions only what the files'
/// types use.
pub(super) fn convert(library: &LibrarySchema, files: &Files, documents: &[Document]) -> Schema {
    let converter = Converter { files };
    let mut schema = Schema { types: built_in_scalars(), ..Schema::default() };
    let declared = documents.iter().flat_map(|document| &document.definitions).filter_map(ast::Definition::name);
    for type_name in declared {
        if let Some(definition) = library.types.get(type_name)
            && !schema.types.contains_key(type_name.as_str())
        {
            schema.types.insert(name(type_name), converter.type_definition(definition));
        }
    }
    for used in used_names(&schema) {
        if let Some(definition) = library.types.get(&*used)
            && !schema.types.contains_key(&used)
        {
            schema.types.insert(used, converter.type_definition(definition));
        }
    }
    let root = |root: &Option<ComponentName>| root.as_ref().map(|root| name(&root.name));
    let definition = &library.schema_definition;
    schema.query = root(&definition.query);
    schema.mutation = root(&definition.mutation);
    schema.subscription = root(&definition.subscription);
    schema.directives = converter.components(&definition.directives);
    schema.description = text(definition.description.as_ref());
    schema
}

/// Every type the library knows, for checking values; without places.
pub(super) fn convert_all(library: &LibrarySchema) -> Schema {
    let files = Files::default();
    let converter = Converter { files: &files };
    let mut schema = Schema { types: built_in_scalars(), ..Schema::default() };
    for (type_name, definition) in &library.types {
        schema.types.entry(name(type_name)).or_insert_with(|| converter.type_definition(definition));
    }
    schema
}

/// A directive that documents may use.
#[derive(Debug, Clone)]
pub(in crate::graphql) struct DirectiveDefinition {
    pub(in crate::graphql) name: Name,
    pub(in crate::graphql) description: Option<String>,
    pub(in crate::graphql) arguments: IndexMap<Name, InputValue>,
    pub(in crate::graphql) is_repeatable: bool,
    /// As spelled in SDL.
    pub(in crate::graphql) locations: Vec<String>,
}

/// The directives that the library knows, without places.
pub(in crate::graphql) fn directive_definitions(library: &LibrarySchema) -> IndexMap<Name, DirectiveDefinition> {
    let files = Files::default();
    let converter = Converter { files: &files };
    let convert = |definition: &Node<ast::DirectiveDefinition>| DirectiveDefinition {
        name: name(&definition.name),
        description: text(definition.description.as_ref()),
        arguments: definition.arguments.iter().map(|argument| converter.input_value(argument)).collect(),
        is_repeatable: definition.repeatable,
        locations: definition.locations.iter().map(ToString::to_string).collect(),
    };
    library.directive_definitions.values().map(convert).map(|directive| (directive.name.clone(), directive)).collect()
}

/// The introspection types and built-in scalars, and under [`INTROSPECTION_ROOT`] the meta-fields.
pub(in crate::graphql) fn introspection_types(library: &LibrarySchema) -> Schema {
    let files = Files::default();
    let converter = Converter { files: &files };
    let mut schema = Schema::default();
    for (type_name, definition) in &library.types {
        if type_name.starts_with("__") || BUILT_IN_SCALARS.contains(&type_name.as_str()) {
            schema.types.insert(name(type_name), converter.type_definition(definition));
        }
    }
    let mut root = TypeDefinition::empty(Name::from(INTROSPECTION_ROOT), TypeKind::Object);
    let query = library.schema_definition.query.as_ref().map_or("", |query| query.as_str());
    for meta in ["__typename", "__schema", "__type"] {
        if let Ok(field) = library.type_field(query, meta) {
            root.fields.extend([converter.field(field)]);
        }
    }
    schema.types.insert(root.name.clone(), root);
    schema
}

fn built_in_scalars() -> IndexMap<Name, TypeDefinition> {
    BUILT_IN_SCALARS
        .iter()
        .map(|scalar| (Name::from(*scalar), TypeDefinition::empty(Name::from(*scalar), TypeKind::Scalar)))
        .collect()
}

fn used_names(schema: &Schema) -> Vec<Name> {
    let fields = schema.types.values().flat_map(|definition| definition.fields.values());
    let arguments = fields.clone().flat_map(|field| field.arguments.values());
    let inputs = schema.types.values().flat_map(|definition| definition.input_fields.values());
    fields
        .map(|field| field.ty.name().clone())
        .chain(arguments.chain(inputs).map(|input| input.ty.name().clone()))
        .collect()
}

fn text(description: Option<&Node<str>>) -> Option<String> {
    description.map(|text| text.as_str().to_owned())
}

struct Converter<'a> {
    files: &'a Files,
}

impl Converter<'_> {
    fn type_definition(&self, definition: &ExtendedType) -> TypeDefinition {
        let kind = match definition {
            ExtendedType::Scalar(_) => TypeKind::Scalar,
            ExtendedType::Object(_) => TypeKind::Object,
            ExtendedType::Interface(_) => TypeKind::Interface,
            ExtendedType::Union(_) => TypeKind::Union,
            ExtendedType::Enum(_) => TypeKind::Enum,
            ExtendedType::InputObject(_) => TypeKind::Input,
        };
        let mut converted = TypeDefinition::empty(name(definition.name()), kind);
        converted.description = text(definition.description());
        converted.directives = self.components(definition.directives());
        converted.span = self.files.span(definition.name().location());
        match definition {
            ExtendedType::Scalar(_) => {}
            ExtendedType::Object(object) => {
                converted.fields = self.fields(&object.fields);
                converted.implements = names(&object.implements_interfaces);
            }
            ExtendedType::Interface(interface) => {
                converted.fields = self.fields(&interface.fields);
                converted.implements = names(&interface.implements_interfaces);
            }
            ExtendedType::Union(union) => converted.members = names(&union.members),
            ExtendedType::Enum(enumeration) => {
                converted.values = enumeration.values.values().map(|value| self.enum_value(value)).collect();
            }
            ExtendedType::InputObject(input) => {
                converted.input_fields = input.fields.values().map(|field| self.input_value(field)).collect();
            }
        }
        converted
    }

    fn fields(
        &self,
        fields: &LibraryMap<apollo_compiler::Name, Component<ast::FieldDefinition>>,
    ) -> IndexMap<Name, FieldDefinition> {
        fields.values().map(|field| self.field(field)).collect()
    }

    fn field(&self, field: &ast::FieldDefinition) -> (Name, FieldDefinition) {
        let definition = FieldDefinition {
            name: name(&field.name),
            description: text(field.description.as_ref()),
            arguments: field.arguments.iter().map(|argument| self.input_value(argument)).collect(),
            ty: type_ref(&field.ty),
            directives: self.directives(&field.directives),
            span: self.files.span(field.name.location()),
            type_span: self.type_span(&field.ty),
        };
        (definition.name.clone(), definition)
    }

    fn input_value(&self, value: &ast::InputValueDefinition) -> (Name, InputValue) {
        let definition = InputValue {
            name: name(&value.name),
            description: text(value.description.as_ref()),
            ty: type_ref(&value.ty),
            default: value.default_value.as_ref().map(|default| self.files.literal(default)),
            directives: self.directives(&value.directives),
            span: self.files.span(value.name.location()),
            type_span: self.type_span(&value.ty),
        };
        (definition.name.clone(), definition)
    }

    /// The name is all that the library places: brackets and exclamation marks around it belong to it.
    fn type_span(&self, ty: &ast::Type) -> Option<Span> {
        let mut span = self.files.span(ty.inner_named_type().location())?;
        let before = span.file.text.get(..span.range.start)?;
        let after = span.file.text.get(span.range.end..)?;
        let lead = before.len() - before.trim_end_matches(|c: char| c == '[' || c.is_whitespace()).len();
        let opening = before.get(before.len() - lead..)?.find('[').map_or(0, |at| lead - at);
        let tail = after.len() - after.trim_start_matches(|c: char| matches!(c, ']' | '!') || c.is_whitespace()).len();
        let closing = after.get(..tail)?.rfind([']', '!']).map_or(0, |at| at + 1);
        span.range = span.range.start - opening..span.range.end + closing;
        Some(span)
    }

    fn enum_value(&self, value: &ast::EnumValueDefinition) -> (Name, EnumValue) {
        let definition = EnumValue {
            name: name(&value.value),
            description: text(value.description.as_ref()),
            directives: self.directives(&value.directives),
            span: self.files.span(value.value.location()),
        };
        (definition.name.clone(), definition)
    }

    fn directives(&self, directives: &ast::DirectiveList) -> Vec<Directive> {
        directives.iter().map(|directive| self.files.directive(directive)).collect()
    }

    fn components(&self, directives: &schema::DirectiveList) -> Vec<Directive> {
        directives.iter().map(|directive| self.files.directive(directive)).collect()
    }
}

fn names(names: &IndexSet<ComponentName>) -> Vec<Name> {
    names.iter().map(|component| name(&component.name)).collect()
}
