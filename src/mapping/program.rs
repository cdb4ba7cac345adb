//! A mapping compiled for the fields that a plan asks: reads a body once and writes rows of slots.

mod compile;
mod needs;
mod nodes;
mod place;
mod prune;
mod run;

use bytes::Bytes;

use super::{Problems, Scope, syntax::Tree};
use crate::json::{InvalidJson, Slot, Table, Tables};

/// The rows that a plan wants from one response. Table 0 is the root object (or the elements of the root list).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// One table for each object position, the root's first.
    pub objects: Vec<ObjectLayout>,
}

/// The slots of one object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectLayout {
    /// Slot `i` of a row holds field `i`.
    pub fields: Vec<FieldLayout>,
}

/// One wanted field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldLayout {
    /// The mapping's output name: a field of the graph type, or `__typename`.
    pub name: String,
    /// The table of its objects; `None` for a leaf, which keeps any JSON value.
    pub child: Option<usize>,
}

/// A compiled mapping. Immutable, `Send + Sync`.
#[derive(Debug)]
pub struct Program {
    layout: Layout,
    /// The mapping without what the layout does not ask.
    tree: Tree,
    /// Whether anything is taken from the body at all.
    reads_body: bool,
    nodes: nodes::Nodes,
    root: nodes::Root,
}

/// A body that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// Not JSON, not UTF-8, or nested too deep.
    #[error("response is not valid JSON at byte {at}")]
    InvalidJson {
        /// Byte offset.
        at: usize,
    },
    /// More rows than allowed.
    #[error("response has more than {limit} rows")]
    TooManyRows {
        /// The bound.
        limit: usize,
    },
}

impl Program {
    /// Compiles a mapping; what the layout doesn't ask is dropped.
    pub(super) fn compile(tree: &Tree, layout: &Layout) -> Self {
        let tree = prune::prune(tree, layout);
        let (nodes, root) = compile::compile(&tree, layout);
        let reads_body = needs::of_tree(&tree).reads_anything();
        Self { layout: layout.clone(), tree, reads_body, nodes, root }
    }

    /// The same program without its direct reads, to compare with.
    #[cfg(test)]
    pub(super) fn without_direct_reads(self) -> Self {
        Self { root: nodes::Root::Computed, ..self }
    }

    /// Empty tables of the right widths.
    #[must_use]
    pub fn tables(&self) -> Tables {
        let tables = self.layout.objects.iter().map(|object| Table::new(object.fields.len())).collect();
        Tables { tables, ..Tables::default() }
    }

    /// Reads `body` (pushed to `tables.bodies`) and appends rows. Returns the root: `Row`, `List`, `Null`, `Missing`,
    /// or a leaf for a layout without objects (a connector of a scalar field: `objects` is empty).
    ///
    /// A value of a field with a child that turns out to be a scalar is kept as a leaf slot; completion reports it.
    /// At most `max_rows` rows are added. After an error the tables are as they were.
    #[expect(clippy::too_many_arguments, reason = "what is read and what is written, each by its own name")]
    pub fn run(
        &self,
        body: &Bytes,
        scope: &Scope<'_>,
        max_rows: usize,
        tables: &mut Tables,
        problems: &mut Problems,
    ) -> Result<Slot, RunError> {
        run::run(run::Task { program: self, body, scope, max_rows }, tables, problems)
    }
}

impl From<InvalidJson> for RunError {
    fn from(error: InvalidJson) -> Self {
        Self::InvalidJson { at: error.at }
    }
}
