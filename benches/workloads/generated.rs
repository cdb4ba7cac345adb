//! A graph of any number of types, and an operation of 300 fields over 50 of them.

use std::fmt::Write;

/// How many root fields the schema has; each begins a chain of types.
const ROOTS: usize = 10;
/// How many types deep the operation goes from each root.
const LEVELS: usize = 5;

/// A graph whose types are loaded by key, half of them with a list of their own: three connectors for two types.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Graph {
    /// How many types it has.
    pub(crate) types: usize,
}

impl Graph {
    /// Its schema, of an upstream `api`.
    pub(crate) fn schema(self) -> String {
        let mut out = String::from(
            "extend schema\n  @link(url: \"https://specs.apollo.dev/federation/v2.12\")\n  \
             @link(url: \"https://specs.apollo.dev/connect/v0.3\", import: [\"@connect\"])\n\ntype Query {\n",
        );
        for root in 0..ROOTS {
            writeln!(
                out,
                "  root{root}: T{} @connect(source: \"api\", http: {{ GET: \"/roots/{root}\" }}, selection: \"id\")",
                self.first_of(root),
            )
            .unwrap();
        }
        out.push_str("}\n");
        for number in 0..self.types {
            self.write_type(&mut out, number);
        }
        out
    }

    /// An operation of 300 fields.
    pub(crate) fn operation(self) -> String {
        let mut out = String::from("query Wide {\n");
        for root in 0..ROOTS {
            write!(out, "  root{root} ").unwrap();
            for _ in 1..LEVELS {
                out.push_str("{ id name size weight active next ");
            }
            out.push_str("{ id name size weight active }");
            out.push_str(&" }".repeat(LEVELS - 1));
            out.push('\n');
        }
        out.push('}');
        out
    }

    fn first_of(self, root: usize) -> usize {
        root * self.types / ROOTS
    }

    fn write_type(self, out: &mut String, number: usize) {
        let next = (number + 1) % self.types;
        write!(
            out,
            "type T{number} @connect(source: \"api\", http: {{ GET: \"/t{number}\", queryParams: \"id: $batch.id\" }}, \
             selection: \"id name size weight active next: {{ id: nextId }}\") {{\n  \
             id: ID!\n  name: String!\n  size: Int\n  weight: Float\n  active: Boolean\n  next: T{next}\n",
        )
        .unwrap();
        if number.is_multiple_of(2) {
            writeln!(
                out,
                "  others: [T{next}!] @connect(source: \"api\", http: {{ GET: \"/t{number}/{{$this.id}}/others\" }}, \
                 selection: \"id name size weight active next: {{ id: nextId }}\")",
            )
            .unwrap();
        }
        out.push_str("}\n");
    }
}
