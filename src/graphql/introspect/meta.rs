//! The introspection types and built-in directives as the specification of September 2025 has them: the library's are older.

use apollo_compiler::{
    Name, Node, Schema as LibrarySchema,
    ast::{FieldDefinition, InputValueDefinition, Type},
    schema::{Component, ExtendedType},
};

/// Adds and mends what differs.
pub(in crate::graphql) fn complete(schema: &mut LibrarySchema) {
    let [Ok(string), Ok(boolean), Ok(is_one_of)] = ["String", "Boolean", "isOneOf"].map(Name::new) else { return };
    for definition in schema.types.values_mut() {
        let ExtendedType::Object(object) = definition else { continue };
        if !object.name.starts_with("__") {
            continue;
        }
        let object = object.make_mut();
        for field in object.fields.values_mut() {
            require(&mut field.make_mut().arguments, "includeDeprecated", &boolean);
        }
        if object.name == "__Type" {
            let field = FieldDefinition {
                description: None,
                name: is_one_of.clone(),
                arguments: Vec::new(),
                ty: Type::Named(boolean.clone()),
                directives: Default::default(),
            };
            object.fields.entry(is_one_of.clone()).or_insert_with(|| Component::new(field));
        }
    }
    if let Some(deprecated) = schema.directive_definitions.get_mut("deprecated") {
        require(&mut deprecated.make_mut().arguments, "reason", &string);
    }
}

/// Makes an argument non-null.
fn require(arguments: &mut [Node<InputValueDefinition>], name: &str, ty: &Name) {
    for argument in arguments.iter_mut().filter(|argument| argument.name == name) {
        argument.make_mut().ty = Node::new(Type::NonNullNamed(ty.clone()));
    }
}
