//! The schema that one client sees: validation, variables, introspection.

use std::{collections::HashSet, fmt};

use apollo_compiler::{
    Node, Schema as LibrarySchema,
    ast::{Definition, Document, OperationDefinition},
    diagnostic::ToCliReport,
    parser::Parser,
    validation::{DiagnosticList, Valid},
};
use indexmap::IndexMap;

use super::{
    DocumentLimits, ErrorCode, FieldDefinition, GraphqlError, Name, Operation, Schema, TypeDefinition,
    descriptions::without_descriptions,
    expansion,
    guard::{NESTING_CEILING, guard},
    incremental, introspect,
    library::syntax_message,
    location::LineIndex,
    lower, members,
    schema::{self, DirectiveDefinition},
    suggest::did_you_mean,
    validate, variables,
};
use crate::json::Value;

/// The library does not know it.
const ONE_OF: &str = r#"
"Indicates exactly one field must be supplied and this field must not be `null`."
directive @oneOf on INPUT_OBJECT
"#;

/// What one client may ask. Immutable, `Send + Sync`.
#[derive(Debug)]
pub struct ClientSchema {
    schema: Schema,
    library: Library,
}

/// The library's view of the same schema.
pub(super) struct Library {
    pub(super) schema: Valid<LibrarySchema>,
    /// Introspection types and built-in scalars in our form; `fields` of its root are those that every query type has
    /// besides its own.
    pub(super) introspection: Schema,
    /// Built-in scalars that something is of.
    pub(super) used_scalars: HashSet<Name>,
    pub(super) directives: IndexMap<Name, DirectiveDefinition>,
}

/// A validated document with the chosen operation. Immutable, `Send + Sync`.
#[derive(Debug)]
pub struct PreparedDocument {
    /// The chosen operation in our form.
    pub operation: Operation,
    /// Whether it introspects the schema.
    introspects: bool,
}

// === impl ClientSchema ===

impl ClientSchema {
    /// From a schema in our form (the view less its own directives). Fails only if the schema is not valid GraphQL.
    pub fn new(mut schema: Schema) -> Result<Self, String> {
        schema::coerce_defaults(&mut schema)
            .map_err(|cycle| format!("the default of `{}.{}` needs itself", cycle.type_name, cycle.field))?;
        let library = Library::new(&schema)?;
        Ok(Self { schema, library })
    }

    /// The schema in our form.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The SDL that clients and their tools read.
    #[must_use]
    pub fn to_sdl(&self) -> String {
        sdl(&self.schema)
    }

    /// Guards, parses, checks limits, validates completely, chooses the operation and converts it.
    /// Every problem of a stage is reported together.
    pub fn prepare(
        &self,
        document: &str,
        operation_name: Option<&str>,
        limits: &DocumentLimits,
    ) -> Result<PreparedDocument, Vec<GraphqlError>> {
        let (parsed, index) = self.validated(document, limits)?;
        let chosen = choose(&parsed, operation_name).map_err(|error| vec![error])?;
        Ok(self.prepared(&parsed, chosen, &index))
    }

    /// The same for every operation of a document; at least one.
    pub fn prepare_all(
        &self,
        document: &str,
        limits: &DocumentLimits,
    ) -> Result<Vec<PreparedDocument>, Vec<GraphqlError>> {
        let (parsed, index) = self.validated(document, limits)?;
        let prepared: Vec<_> = operations(&parsed).map(|chosen| self.prepared(&parsed, chosen, &index)).collect();
        if prepared.is_empty() { Err(vec![no_operation()]) } else { Ok(prepared) }
    }

    /// Coerces given variables (an object, or null for none): the specification's `CoerceVariableValues`.
    /// Variables without value and default are absent from the result.
    pub fn coerce_variables(&self, operation: &Operation, given: &Value) -> Result<Value, Vec<GraphqlError>> {
        variables::coerce(&self.schema, operation, given)
    }

    /// Answers the `__schema` and `__type` root fields: an object by response key, conditions applied.
    /// `None` if the operation has none.
    pub fn introspect(
        &self,
        document: &PreparedDocument,
        variables: &Value,
    ) -> Option<Result<Value, Vec<GraphqlError>>> {
        let answer = || introspect::answer(&self.schema, &self.library, &document.operation, variables);
        document.introspects.then(answer)
    }

    /// The document within its limits, valid whichever of its operations is chosen.
    fn validated<'d>(
        &self,
        document: &'d str,
        limits: &DocumentLimits,
    ) -> Result<(Document, LineIndex<'d>), Vec<GraphqlError>> {
        guard(document, limits).map_err(|error| vec![error])?;
        let index = LineIndex::new(document);
        let parsed = parse(document, &index)?;
        expansion::check(&parsed, limits, &index)?;
        validate::validate(&self.schema, &self.library, &parsed, &index)?;
        Ok((parsed, index))
    }

    fn prepared(
        &self,
        parsed: &Document,
        chosen: &Node<OperationDefinition>,
        index: &LineIndex<'_>,
    ) -> PreparedDocument {
        let operation = lower::lower(&self.schema, &self.library, parsed, chosen, index);
        let introspects = introspect::is_wanted(&operation);
        PreparedDocument { operation, introspects }
    }
}

// === impl Library ===

impl Library {
    fn new(schema: &Schema) -> Result<Self, String> {
        let sdl = format!(
            "{}
{ONE_OF}
",
            sdl(schema)
        );
        let library =
            LibrarySchema::parse_and_validate(sdl, "schema.graphql").map_err(|failed| first(&failed.errors))?;
        let mut library = library.into_inner();
        introspect::complete(&mut library);
        let library = Valid::assume_valid(library);
        let introspection = schema::introspection_types(&library);
        let directives = schema::directive_definitions(&library);
        let used_scalars = used_scalars([schema, &introspection].into_iter(), &directives);
        Ok(Self { introspection, used_scalars, directives, schema: library })
    }

    /// A field of an introspection type, or one that leads to them.
    pub(super) fn meta_field(&self, parent: &str, field: &str) -> Option<&FieldDefinition> {
        match field {
            "__schema" | "__type" => self.introspection.field(schema::INTROSPECTION_ROOT, field),
            _ => self.introspection.field(parent, field),
        }
    }

    /// The field of a type, meta-fields included.
    pub(super) fn field<'a>(
        &'a self,
        schema: &'a Schema,
        parent: &'a TypeDefinition,
        field: &str,
    ) -> Option<&'a FieldDefinition> {
        let meta = |name: &str| self.introspection.field(schema::INTROSPECTION_ROOT, name);
        match field {
            "__typename" => meta(field),
            "__schema" | "__type" if schema.query.as_ref() == Some(&parent.name) => meta(field),
            _ => parent.fields.get(field),
        }
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library").finish_non_exhaustive()
    }
}

fn used_scalars<'a>(
    schemas: impl Iterator<Item = &'a Schema> + Clone,
    directives: &'a IndexMap<Name, DirectiveDefinition>,
) -> HashSet<Name> {
    let types = schemas.flat_map(|schema| schema.types.values());
    let fields = types.clone().flat_map(|definition| definition.fields.values());
    let arguments = fields.clone().flat_map(|field| field.arguments.values());
    let inputs = types.flat_map(|definition| definition.input_fields.values());
    let of_directives = directives.values().flat_map(|directive| directive.arguments.values());
    let inputs = arguments.chain(inputs).chain(of_directives).map(|value| value.ty.name());
    fields.map(|field| field.ty.name()).chain(inputs).cloned().collect()
}

/// A client's schema with the directives that tools do not know of by themselves.
fn sdl(schema: &Schema) -> String {
    schema.to_sdl_with(&incremental::DIRECTIVES)
}

fn first(errors: &DiagnosticList) -> String {
    errors.iter().next().map_or_else(String::new, |error| error.error.to_string())
}

// === steps of `prepare` ===

pub(super) fn parse(document: &str, index: &LineIndex<'_>) -> Result<Document, Vec<GraphqlError>> {
    /// One mistake often makes many errors: the first few tell it.
    const MOST: usize = 10;
    let text = without_descriptions(document);
    // The guard counted brackets as the grammar has them; where text is malformed the parser may see more of them.
    let mut parser = Parser::new().recursion_limit(NESTING_CEILING + 8);
    let valueless = members::without_value(&text).map(|(at, name)| {
        let message = format!("Syntax Error: expected `:` and a value after `{name}`.");
        let mut problem = GraphqlError::new(ErrorCode::GraphqlParseFailed, message);
        problem.locations.push(index.location(at));
        vec![problem]
    });
    let parsed = parser.parse_ast(text, "document.graphql").map_err(|failed| {
        let errors = failed.errors.iter().take(MOST).map(|error| {
            let message = error.error.to_string();
            let message = format!("Syntax Error: {}.", syntax_message(&message));
            let mut problem = GraphqlError::new(ErrorCode::GraphqlParseFailed, message);
            problem.locations.extend(error.error.location().map(|place| index.location(place.offset())));
            problem
        });
        let mut errors: Vec<_> = errors.collect();
        // Each bracket that is missing at the end is an error of its own.
        errors.dedup_by(|later, earlier| later.message == earlier.message && later.locations == earlier.locations);
        errors
    })?;
    valueless.map_or(Ok(parsed), Err)
}

/// <https://spec.graphql.org/September2025/#GetOperation()>
fn choose<'a>(document: &'a Document, name: Option<&str>) -> Result<&'a Node<OperationDefinition>, GraphqlError> {
    let fail = |message: String| GraphqlError::new(ErrorCode::OperationResolutionFailure, message);
    let mut operations = operations(document);
    if let Some(name) = name {
        let names = || operations.clone().filter_map(|operation| operation.name.as_ref()).map(|name| name.as_str());
        let found = operations.clone().find(|operation| operation.name.as_deref() == Some(name));
        return found.ok_or_else(|| fail(format!("Unknown operation named `{name}`.{}", did_you_mean(name, names()))));
    }
    let first = operations.next().ok_or_else(no_operation)?;
    match operations.next() {
        None => Ok(first),
        Some(_) => Err(fail("Must provide operation name if query contains multiple operations.".into())),
    }
}

fn operations(document: &Document) -> impl Iterator<Item = &Node<OperationDefinition>> + Clone {
    document.definitions.iter().filter_map(Definition::as_operation_definition)
}

fn no_operation() -> GraphqlError {
    GraphqlError::new(ErrorCode::OperationResolutionFailure, "The document has no operation.")
}
