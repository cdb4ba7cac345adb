//! A parsed mapping and what can be known of it without running it.

use std::{fmt, ops::Range, sync::Arc};

use indexmap::IndexMap;

use super::{
    Inferred, Layout, Problems, Program, Scope, ValueShape, VariableShapes, analyze, body_reads,
    connection::{self, ConnectionParts},
    enclosing, evaluate, parser, print, shape,
    syntax::Tree,
};
use crate::json::Value;

/// Version of the connect specification that a file declares; 0.1 is read as 0.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Version {
    /// `connect/v0.1` and `connect/v0.2`
    V0_2,
    /// `connect/v0.3`, also without any `@link`
    #[default]
    V0_3,
    /// `connect/v0.4`
    V0_4,
}

/// The named variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the variable of its name")]
pub enum Variable {
    Args,
    This,
    Batch,
    Page,
    Config,
    Context,
    Status,
    Request,
    Response,
    Env,
}

impl Variable {
    /// All of them, in the order in which messages list them.
    pub const ALL: [Self; 10] = [
        Self::Args,
        Self::This,
        Self::Batch,
        Self::Page,
        Self::Config,
        Self::Context,
        Self::Status,
        Self::Request,
        Self::Response,
        Self::Env,
    ];

    /// Its name, without `$`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Args => "args",
            Self::This => "this",
            Self::Batch => "batch",
            Self::Page => "page",
            Self::Config => "config",
            Self::Context => "context",
            Self::Status => "status",
            Self::Request => "request",
            Self::Response => "response",
            Self::Env => "env",
        }
    }

    /// The variable of this name, without `$`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variable| variable.name() == name)
    }
}

/// One use of a variable and the keys that follow it: `$args.input.id` is `Args`, `["input", "id"]`.
///
/// Keys stop at the first step that is not a plain key; a sub-selection yields one path for each of its leaves
/// (`$this { id region }` gives two paths).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariablePath {
    /// Which variable.
    pub variable: Variable,
    /// Plain keys after it.
    pub keys: Vec<String>,
    /// Byte range in the mapping's text.
    pub range: Range<usize>,
}

/// A mistake in a mapping or template; the range is in bytes of its own text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingError {
    /// Where in the text.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// What a mapping yields, as far as the text tells. Arrays are transparent: `Object` also stands for lists of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// An object (or lists of it) with these fields.
    Object(ObjectShape),
    /// Anything: a key's value without sub-selection, a variable, a method result.
    Unknown,
    /// Certainly a scalar or null: a literal, `->size`, `->eq`, ...
    Scalar,
}

/// Fields of an object that a mapping builds, implicit spreads merged in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ObjectShape {
    /// By output name, in order.
    pub fields: IndexMap<String, ShapeField>,
    /// Whether it may have other fields, too: a spread of a path whose fields the text does not tell.
    pub open: bool,
}

/// One output field.
#[derive(Debug, Clone, PartialEq)]
pub struct ShapeField {
    /// What it holds.
    pub shape: Shape,
    /// The item that gives it, in bytes of the mapping's text.
    pub range: Range<usize>,
    /// Whether its value can come from the response body (false for `$this.id`, `$args.x`, literals).
    pub from_body: bool,
    /// The strings of its text that it can be, as `"Book"` in `kind->match(["b", "Book"])`.
    pub words: Vec<String>,
    /// Whether it can be no other string.
    pub only_words: bool,
}

/// A parsed mapping. Cheap to clone. Displays in its canonical form; equal if the forms are.
#[derive(Debug, Clone)]
pub struct Mapping {
    text: Arc<str>,
    tree: Arc<Tree>,
}

impl Mapping {
    /// Parses `text`; all mistakes that can be found at once (unknown methods with suggestions, forms of a later version).
    pub fn parse(text: &str, version: Version) -> Result<Self, Vec<MappingError>> {
        Ok(Self { text: text.into(), tree: Arc::new(parser::parse(text, version)?) })
    }

    /// A selection of rows, such as `$.items { id name }`, as one of a connection: `edges { cursor node { id name } }`,
    /// with `totalCount` and `pageInfo` beside them. `None` unless it ends in braces, which are what is selected of a row.
    #[must_use]
    pub fn connection(&self, parts: &ConnectionParts, version: Version) -> Option<Self> {
        let (tree, text) = connection::connection(&self.tree, &self.text, parts, version)?;
        Some(Self { text: text.into(), tree: Arc::new(tree) })
    }

    /// The text it was parsed from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every use of a named variable, in order of the text.
    #[must_use]
    pub fn variables(&self) -> Vec<VariablePath> {
        analyze::variables(&self.tree)
    }

    /// The places where it reads its input: of a selection, the response's body.
    #[must_use]
    pub fn body_reads(&self) -> Vec<Range<usize>> {
        body_reads::body_reads(&self.tree)
    }

    /// The names of the output fields around a place in its text, outermost first.
    #[must_use]
    pub fn enclosing(&self, range: &Range<usize>) -> Vec<Arc<str>> {
        enclosing::enclosing(&self.tree, range)
    }

    /// What it yields.
    #[must_use]
    pub fn shape(&self) -> Shape {
        analyze::shape(&self.tree)
    }

    /// Which values it yields over values of `input`, and what in it can't work. Before 0.3 results of methods were unknown.
    #[must_use]
    pub fn infer(&self, input: &ValueShape, variables: &dyn VariableShapes, version: Version) -> Inferred {
        shape::infer(&self.tree, input, variables, version)
    }

    /// Evaluates it over `input` (registers `$` and `@`). `None` is missing, which is not null.
    pub fn evaluate(&self, input: &Value, scope: &Scope<'_>, problems: &mut Problems) -> Option<Value> {
        evaluate::Evaluator::new(scope, problems, evaluate::BUDGET).tree(&self.tree, input)
    }

    /// Compiles it into a program that reads a body and writes rows of `layout`; what the layout doesn't ask is not read.
    #[must_use]
    pub fn compile(&self, layout: &Layout) -> Program {
        Program::compile(&self.tree, layout)
    }
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::tree(&self.tree, f)
    }
}

impl PartialEq for Mapping {
    fn eq(&self, other: &Self) -> bool {
        self.tree == other.tree
    }
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for MappingError {}
