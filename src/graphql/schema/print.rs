//! A schema as SDL, in the very form that graphql-js prints: reading it there and printing it again changes nothing.
//!
//! Prints standard directives only; everything else is private to the graph.

mod default;
mod description;

pub(in crate::graphql) use default::text as default_text;

use super::{
    super::Literal, Directive, FieldDefinition, InputValue, Schema, TypeDefinition, TypeKind,
    deprecation::DEFAULT_REASON,
};

/// Directives that clients may know of, and the argument of each.
const PRINTED: [(&str, &str); 3] = [("deprecated", "reason"), ("specifiedBy", "url"), ("oneOf", "")];

/// Canonical SDL of everything but built-in scalars, in order of declaration, with these definitions of directives.
pub(super) fn sdl(schema: &Schema, directives: &[&str]) -> String {
    let mut printer = Printer { schema, out: String::new() };
    printer.schema_definition();
    for directive in directives {
        printer.separate();
        printer.text(directive);
        printer.text("\n");
    }
    for definition in schema.types.values() {
        if !definition.is_built_in_scalar() {
            printer.type_definition(definition);
        }
    }
    printer.out
}

struct Printer<'a> {
    schema: &'a Schema,
    out: String,
}

impl Printer<'_> {
    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn separate(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn schema_definition(&mut self) {
        let schema = self.schema;
        let roots = [
            ("query", "Query", &schema.query),
            ("mutation", "Mutation", &schema.mutation),
            ("subscription", "Subscription", &schema.subscription),
        ];
        let implied = roots.iter().all(|(_, default, root)| match root {
            Some(name) => &**name == *default,
            None => !schema.types.contains_key(*default),
        });
        if implied && schema.description.is_none() {
            return;
        }
        self.description(schema.description.as_deref(), "", true);
        self.text("schema {\n");
        for (operation, _, root) in roots {
            if let Some(name) = root {
                self.text(&format!("  {operation}: {name}\n"));
            }
        }
        self.text("}\n");
    }

    fn type_definition(&mut self, definition: &TypeDefinition) {
        self.separate();
        self.description(definition.description.as_deref(), "", true);
        let keyword = match definition.kind {
            TypeKind::Scalar => "scalar",
            TypeKind::Object => "type",
            TypeKind::Interface => "interface",
            TypeKind::Union => "union",
            TypeKind::Enum => "enum",
            TypeKind::Input => "input",
        };
        self.text(&format!("{keyword} {}", definition.name));
        if !definition.implements.is_empty() {
            self.text(&format!(" implements {}", definition.implements.join(" & ")));
        }
        self.directives(&definition.directives);
        if !definition.members.is_empty() {
            self.text(&format!(" = {}", definition.members.join(" | ")));
        }
        match definition.kind {
            TypeKind::Scalar | TypeKind::Union => {}
            TypeKind::Object | TypeKind::Interface => {
                self.block(definition.fields.values(), |printer, field, first| printer.field(field, first));
            }
            TypeKind::Enum => self.block(definition.values.values(), |printer, value, first| {
                printer.description(value.description.as_deref(), "  ", first);
                printer.text(&format!("  {}", value.name));
                printer.directives(&value.directives);
            }),
            TypeKind::Input => self.block(definition.input_fields.values(), |printer, field, first| {
                printer.description(field.description.as_deref(), "  ", first);
                printer.text("  ");
                printer.input_value(field);
            }),
        }
        self.text("\n");
    }

    fn block<T>(&mut self, items: impl Iterator<Item = T>, print: impl Fn(&mut Self, T, bool)) {
        self.text(" {\n");
        for (index, item) in items.enumerate() {
            print(self, item, index == 0);
            self.text("\n");
        }
        self.text("}");
    }

    fn field(&mut self, field: &FieldDefinition, first: bool) {
        self.description(field.description.as_deref(), "  ", first);
        self.text(&format!("  {}", field.name));
        if !field.arguments.is_empty() {
            let described = field.arguments.values().any(|argument| argument.description.is_some());
            self.text("(");
            for (index, argument) in field.arguments.values().enumerate() {
                if described {
                    self.text("\n");
                    self.description(argument.description.as_deref(), "    ", index == 0);
                    self.text("    ");
                } else if index > 0 {
                    self.text(", ");
                }
                self.input_value(argument);
            }
            self.text(if described { "\n  )" } else { ")" });
        }
        self.text(&format!(": {}", field.ty));
        self.directives(&field.directives);
    }

    fn input_value(&mut self, value: &InputValue) {
        self.text(&format!("{}: {}", value.name, value.ty));
        if let Some(default) = &value.default {
            self.text(&format!(" = {}", default::text(self.schema, &value.ty, default)));
        }
        self.directives(&value.directives);
    }

    fn directives(&mut self, directives: &[Directive]) {
        for (name, argument) in PRINTED {
            let Some(directive) = directives.iter().find(|directive| &*directive.name == name) else { continue };
            self.text(&format!(" @{name}"));
            let value = directive.argument(argument).filter(|value| value.as_str() != Some(DEFAULT_REASON));
            if let Some(value) = value.filter(|value| !Literal::is_null(value)) {
                self.text(&format!("({argument}: {value})"));
            }
        }
    }

    /// A description on lines of its own, after an empty line where something stands before it.
    fn description(&mut self, description: Option<&str>, indent: &str, first: bool) {
        let Some(text) = description else { return };
        if !first {
            self.text("\n");
        }
        let literal = description::literal(text, indent);
        self.text(&format!("{indent}{literal}\n"));
    }
}
