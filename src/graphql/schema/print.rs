//! A schema as SDL.
//!
//! Prints standard directives only; everything else is private to the graph.

use std::fmt::Write;

use super::{
    super::{Literal, string::write_quoted},
    Directive, FieldDefinition, InputValue, Schema, TypeDefinition, TypeKind,
};

/// Directives that clients may know of.
const PRINTED: [&str; 3] = ["deprecated", "specifiedBy", "oneOf"];

/// Canonical SDL of everything but built-in scalars, in order of declaration.
pub(super) fn sdl(schema: &Schema) -> String {
    let mut printer = Printer { out: String::new() };
    printer.schema_definition(schema);
    for definition in schema.types.values() {
        if !definition.is_built_in_scalar() {
            printer.type_definition(definition);
        }
    }
    printer.out
}

struct Printer {
    out: String,
}

impl Printer {
    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn separate(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn schema_definition(&mut self, schema: &Schema) {
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
        self.description(schema.description.as_deref(), "");
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
        self.description(definition.description.as_deref(), "");
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
                self.block(definition.fields.values(), |printer, field| printer.field(field));
            }
            TypeKind::Enum => self.block(definition.values.values(), |printer, value| {
                printer.description(value.description.as_deref(), "  ");
                printer.text(&format!("  {}", value.name));
                printer.directives(&value.directives);
            }),
            TypeKind::Input => self.block(definition.input_fields.values(), |printer, field| {
                printer.description(field.description.as_deref(), "  ");
                printer.text("  ");
                printer.input_value(field);
            }),
        }
        self.text("\n");
    }

    fn block<T>(&mut self, items: impl Iterator<Item = T>, print: impl Fn(&mut Self, T)) {
        self.text(" {\n");
        for item in items {
            print(self, item);
            self.text("\n");
        }
        self.text("}");
    }

    fn field(&mut self, field: &FieldDefinition) {
        self.description(field.description.as_deref(), "  ");
        self.text(&format!("  {}", field.name));
        if !field.arguments.is_empty() {
            let described = field.arguments.values().any(|argument| argument.description.is_some());
            self.text("(");
            for (index, argument) in field.arguments.values().enumerate() {
                if described {
                    self.text("\n");
                    self.description(argument.description.as_deref(), "    ");
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
            self.text(&format!(" = {default}"));
        }
        self.directives(&value.directives);
    }

    fn directives(&mut self, directives: &[Directive]) {
        for directive in directives.iter().filter(|directive| PRINTED.contains(&&*directive.name)) {
            self.text(&format!(" @{}", directive.name));
            let arguments: Vec<_> = directive.arguments.iter().map(|(name, value)| argument(name, value)).collect();
            if !arguments.is_empty() {
                self.text(&format!("({})", arguments.join(", ")));
            }
        }
    }

    fn description(&mut self, description: Option<&str>, indent: &str) {
        let Some(text) = description else { return };
        self.text(indent);
        let plain = text.trim() == text && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        if !plain || text.is_empty() {
            write_quoted(&mut self.out, text);
        } else if text.contains('\n') || text.ends_with(['"', '\\']) {
            self.text("\"\"\"\n");
            for line in text.split('\n') {
                let line = line.replace("\"\"\"", "\\\"\"\"");
                self.text(if line.is_empty() { "" } else { indent });
                self.text(&line);
                self.text("\n");
            }
            self.text(indent);
            self.text("\"\"\"");
        } else {
            write!(self.out, "\"\"\"{}\"\"\"", text.replace("\"\"\"", "\\\"\"\"")).expect("writing to a string");
        }
        self.text("\n");
    }
}

fn argument(name: &str, value: &Literal) -> String {
    format!("{name}: {value}")
}
