//! Answers of `__schema` and `__type`.
//!
//! <https://spec.graphql.org/September2025/#sec-Introspection>. How far an answer multiplies is bounded before it is made:
//! lists of types within lists of types, and the number of values in all.

mod meta;
mod resolve;

use std::{collections::HashSet, sync::Arc};

use indexmap::IndexMap;

pub(super) use meta::complete;

use self::resolve::{Node, Resolved};
use super::{
    Condition, ErrorCode, Field, GraphqlError, Operation, Schema, Selection, client_schema::Library, guard::exceeded,
};
use crate::json::{Object, Value};

/// Lists of fields, interfaces or types within each other.
const LISTS: usize = 2;
/// Values of one answer: the full query over some ten thousand types.
const VALUES: usize = 3_000_000;

type Failed = Vec<GraphqlError>;

/// Whether any root field introspects the schema.
pub(super) fn is_wanted(operation: &Operation) -> bool {
    let mut sets = vec![&operation.selections];
    let mut seen = HashSet::new();
    while let Some(selections) = sets.pop() {
        for selection in selections.iter() {
            match selection {
                Selection::Field(field) if is_introspection(field) => return true,
                Selection::Fragment(fragment) if seen.insert(fragment.selections.as_ptr()) => {
                    sets.push(&fragment.selections);
                }
                Selection::Field(_) | Selection::Fragment(_) => {}
            }
        }
    }
    false
}

/// The introspection fields' values by response key.
pub(super) fn answer(
    schema: &Schema,
    library: &Library,
    operation: &Operation,
    variables: &Value,
) -> Result<Value, Failed> {
    let mut execution = Execution { schema, library, variables, values: 0 };
    let mut answer = Object::default();
    for (key, fields) in execution.collect(&operation.root_type, [&*operation.selections]) {
        if let Some(first) = fields.first().filter(|first| is_introspection(first)) {
            for field in &fields {
                check_depth(&field.selections, 0)?;
            }
            let node = match &*first.name {
                "__schema" => Some(Node::Schema),
                _ => execution.named_by_argument(first)?,
            };
            answer.insert(key, execution.node(node, &fields)?);
        }
    }
    Ok(Value::Object(answer))
}

fn is_introspection(field: &Field) -> bool {
    matches!(&*field.name, "__schema" | "__type")
}

/// Recursion is bounded by the nesting that `expansion` admits, and so is the work.
fn check_depth(selections: &[Selection], lists: usize) -> Result<(), Failed> {
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                let is_list = matches!(&*field.name, "fields" | "interfaces" | "possibleTypes" | "inputFields");
                if is_list && lists == LISTS {
                    let mut error = exceeded("lists", LISTS, "introspection nests lists of a type's members too deep");
                    error.locations.push(field.location);
                    return Err(vec![error]);
                }
                check_depth(&field.selections, lists + usize::from(is_list))?;
            }
            Selection::Fragment(fragment) => check_depth(&fragment.selections, lists)?,
        }
    }
    Ok(())
}

struct Execution<'a> {
    schema: &'a Schema,
    library: &'a Library,
    variables: &'a Value,
    values: usize,
}

impl<'a> Execution<'a> {
    /// <https://spec.graphql.org/September2025/#CollectFields()>. All types that are introspected by are object types.
    fn collect<'o>(
        &self,
        parent: &str,
        sets: impl IntoIterator<Item = &'o [Selection]>,
    ) -> IndexMap<Arc<str>, Vec<&'o Field>> {
        let mut fields = IndexMap::new();
        for selections in sets {
            self.collect_into(parent, selections, &mut fields);
        }
        fields
    }

    fn collect_into<'o>(
        &self,
        parent: &str,
        selections: &'o [Selection],
        fields: &mut IndexMap<Arc<str>, Vec<&'o Field>>,
    ) {
        for selection in selections {
            match selection {
                Selection::Field(field) if self.is_on(&field.conditions) => {
                    fields.entry(field.response_key.clone()).or_default().push(field);
                }
                Selection::Fragment(fragment) if self.is_on(&fragment.conditions) => {
                    if fragment.type_condition.as_ref().is_none_or(|condition| self.applies(condition, parent)) {
                        self.collect_into(parent, &fragment.selections, fields);
                    }
                }
                Selection::Field(_) | Selection::Fragment(_) => {}
            }
        }
    }

    /// The root type may implement interfaces and be in unions.
    fn applies(&self, condition: &str, parent: &str) -> bool {
        condition == parent || self.schema.possible_types(condition).iter().any(|possible| **possible == *parent)
    }

    fn is_on(&self, conditions: &[Condition]) -> bool {
        conditions.iter().all(|condition| match condition {
            Condition::Never => false,
            Condition::Variable { name, expected } => self.variables.get(name) == Some(&Value::Bool(*expected)),
        })
    }

    fn node(&mut self, node: Option<Node<'a>>, fields: &[&Field]) -> Result<Value, Failed> {
        let Some(node) = node else { return Ok(Value::Null) };
        let parent = node.type_name();
        let mut object = Object::default();
        let sets = fields.iter().map(|field| &*field.selections);
        for (key, fields) in self.collect(parent, sets) {
            let Some(first) = fields.first() else { continue };
            self.count(first)?;
            let value = match &*first.name {
                "__typename" => Value::String(parent.into()),
                _ => match self.resolve(node, first)? {
                    Resolved::Leaf(value) => value,
                    Resolved::Node(node) => self.node(node, &fields)?,
                    Resolved::Nodes(nodes) => {
                        let values = nodes.into_iter().map(|node| self.node(Some(node), &fields));
                        Value::Array(values.collect::<Result<_, _>>()?)
                    }
                },
            };
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }

    fn resolve(&self, node: Node<'a>, field: &Field) -> Result<Resolved<'a>, Failed> {
        let deprecated = match self.argument(field, "includeDeprecated")? {
            Some(Value::Bool(deprecated)) => deprecated,
            _ => false,
        };
        Ok(resolve::field(self.schema, self.library, node, &field.name, deprecated))
    }

    fn named_by_argument(&self, field: &Field) -> Result<Option<Node<'a>>, Failed> {
        let name = self.argument(field, "name")?;
        let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
        Ok(resolve::definition(self.schema, self.library, name).map(Node::Named))
    }

    /// A given argument. All of them are non-null: a variable's null is an error.
    fn argument(&self, field: &Field, name: &str) -> Result<Option<Value>, Failed> {
        let given = field.arguments.iter().find(|argument| &*argument.name == name);
        let value = given.and_then(|argument| argument.value.resolve(self.variables));
        if value == Some(Value::Null) {
            let message = format!("argument `{name}` of `{}` must not be null", field.name);
            let mut error = GraphqlError::new(ErrorCode::BadUserInput, message);
            error.locations.push(field.location);
            return Err(vec![error]);
        }
        Ok(value)
    }

    fn count(&mut self, field: &Field) -> Result<(), Failed> {
        self.values += 1;
        if self.values <= VALUES {
            return Ok(());
        }
        let mut error = exceeded("values", VALUES, "introspection answers too many values");
        error.locations.push(field.location);
        Err(vec![error])
    }
}
