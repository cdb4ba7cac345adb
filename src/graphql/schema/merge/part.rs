//! What one definition or extension says of a type, in one form for all kinds.

use apollo_compiler::{
    Name, Node,
    ast::{
        Definition, DirectiveList, EnumTypeDefinition, EnumValueDefinition, FieldDefinition, InputObjectTypeDefinition,
        InputValueDefinition, InterfaceTypeDefinition, ObjectTypeDefinition, ScalarTypeDefinition, UnionTypeDefinition,
    },
    parser::SourceSpan,
};

use crate::graphql::schema::links::adopted;

/// Kind of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    Input,
}

/// Members that the kind does not have are empty.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) file: usize,
    pub(super) kind: Kind,
    pub(super) name: Name,
    pub(super) description: Option<Node<str>>,
    pub(super) implements: Vec<Name>,
    pub(super) directives: DirectiveList,
    pub(super) fields: Vec<Node<FieldDefinition>>,
    pub(super) members: Vec<Name>,
    pub(super) values: Vec<Node<EnumValueDefinition>>,
    pub(super) inputs: Vec<Node<InputValueDefinition>>,
    location: Option<SourceSpan>,
}

impl Part {
    /// `None` for what is no type. An extension becomes what it would be as a definition.
    pub(super) fn new(definition: &Definition, file: usize) -> Option<Self> {
        if definition.is_extension_definition() {
            return Self::new(&adopted(definition)?, file);
        }
        let mut part = Self {
            file,
            kind: Kind::Scalar,
            name: definition.name()?.clone(),
            description: None,
            implements: Vec::new(),
            directives: definition.directives().clone(),
            fields: Vec::new(),
            members: Vec::new(),
            values: Vec::new(),
            inputs: Vec::new(),
            location: definition.location(),
        };
        part.description = match definition {
            Definition::ScalarTypeDefinition(d) => d.description.clone(),
            Definition::ObjectTypeDefinition(d) => {
                part.kind = Kind::Object;
                part.implements.clone_from(&d.implements_interfaces);
                part.fields.clone_from(&d.fields);
                d.description.clone()
            }
            Definition::InterfaceTypeDefinition(d) => {
                part.kind = Kind::Interface;
                part.implements.clone_from(&d.implements_interfaces);
                part.fields.clone_from(&d.fields);
                d.description.clone()
            }
            Definition::UnionTypeDefinition(d) => {
                part.kind = Kind::Union;
                part.members.clone_from(&d.members);
                d.description.clone()
            }
            Definition::EnumTypeDefinition(d) => {
                part.kind = Kind::Enum;
                part.values.clone_from(&d.values);
                d.description.clone()
            }
            Definition::InputObjectTypeDefinition(d) => {
                part.kind = Kind::Input;
                part.inputs.clone_from(&d.fields);
                d.description.clone()
            }
            _ => return None,
        };
        Some(part)
    }

    /// The type as a definition, at the place that it had.
    pub(super) fn into_definition(self) -> Definition {
        let Self { kind, name, description, implements, directives, fields, members, values, inputs, location, .. } =
            self;
        match kind {
            Kind::Scalar => Definition::ScalarTypeDefinition(placed(
                ScalarTypeDefinition { description, name, directives },
                location,
            )),
            Kind::Object => Definition::ObjectTypeDefinition(placed(
                ObjectTypeDefinition { description, name, implements_interfaces: implements, directives, fields },
                location,
            )),
            Kind::Interface => Definition::InterfaceTypeDefinition(placed(
                InterfaceTypeDefinition { description, name, implements_interfaces: implements, directives, fields },
                location,
            )),
            Kind::Union => Definition::UnionTypeDefinition(placed(
                UnionTypeDefinition { description, name, directives, members },
                location,
            )),
            Kind::Enum => Definition::EnumTypeDefinition(placed(
                EnumTypeDefinition { description, name, directives, values },
                location,
            )),
            Kind::Input => Definition::InputObjectTypeDefinition(placed(
                InputObjectTypeDefinition { description, name, directives, fields: inputs },
                location,
            )),
        }
    }
}

impl Kind {
    /// With its article.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Scalar => "a scalar",
            Self::Object => "an object type",
            Self::Interface => "an interface",
            Self::Union => "a union",
            Self::Enum => "an enum",
            Self::Input => "an input type",
        }
    }
}

fn placed<T>(node: T, location: Option<SourceSpan>) -> Node<T> {
    match location {
        Some(location) => Node::new_parsed(node, location),
        None => Node::new(node),
    }
}
