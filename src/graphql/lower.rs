//! A validated document's operation in our own form.
//!
//! Recursion is bounded by the levels that `expansion` admits.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use apollo_compiler::{
    Node,
    ast::{self, Definition, DirectiveList, Document, FragmentDefinition, OperationDefinition, OperationType, Value},
};

use super::{
    Argument, Condition, Field, InlineFragment, Literal, LiteralKind, Name, Operation, OperationKind, Schema,
    Selection, TypeDefinition, TypeKind, TypeRef, VariableDefinition,
    client_schema::Library,
    incremental,
    library::{literal, name, type_ref},
    location::LineIndex,
};

/// Converts `operation` with all fragments it spreads.
pub(super) fn lower(
    schema: &Schema,
    library: &Library,
    document: &Document,
    operation: &Node<OperationDefinition>,
    index: &LineIndex<'_>,
) -> Operation {
    let (kind, root) = match operation.operation_type {
        OperationType::Query => (OperationKind::Query, &schema.query),
        OperationType::Mutation => (OperationKind::Mutation, &schema.mutation),
        OperationType::Subscription => (OperationKind::Subscription, &schema.subscription),
    };
    let root_type = root.clone().unwrap_or_else(|| Name::from(""));
    let fragments = document.definitions.iter().filter_map(Definition::as_fragment_definition);
    let mut lowering = Lowering {
        schema,
        library,
        index,
        fragments: fragments.map(|fragment| (fragment.name.as_str(), fragment)).collect(),
        lowered: HashMap::new(),
        conditional: HashSet::new(),
    };
    let selections = lowering.selections(&root_type, &operation.selection_set);
    let variables = operation.variables.iter().map(|variable| lowering.variable(variable)).collect();
    Operation { kind, name: operation.name.as_ref().map(name), root_type, variables, selections }
}

/// Coerces a valid literal to a type: lists wrapped, `ID` from integers, defaults of absent input fields put in.
pub(super) fn coerce_literal(schema: &Schema, ty: &TypeRef, value: Literal) -> Literal {
    if matches!(value.kind, LiteralKind::Null | LiteralKind::Variable(_) | LiteralKind::NonNullVariable(_)) {
        return value;
    }
    let span = value.span;
    let kind = match (ty, value.kind) {
        (TypeRef::List { of, .. }, LiteralKind::List(items)) => {
            LiteralKind::List(items.into_iter().map(|item| coerce_literal(schema, of, item)).collect())
        }
        (TypeRef::List { of, .. }, kind) => {
            LiteralKind::List(vec![coerce_literal(schema, of, Literal { kind, span: span.clone() })])
        }
        (TypeRef::Named { name, .. }, LiteralKind::Int(digits)) if &**name == "ID" => LiteralKind::String(digits),
        (TypeRef::Named { name, .. }, LiteralKind::Object(members)) => match schema.types.get(name) {
            Some(input) if input.kind == TypeKind::Input => coerce_members(schema, input, members),
            _ => LiteralKind::Object(members),
        },
        (TypeRef::Named { .. }, kind) => kind,
    };
    Literal { kind, span }
}

fn coerce_members(schema: &Schema, input: &TypeDefinition, members: Vec<(Name, Literal)>) -> LiteralKind {
    let mut given: HashMap<Name, Literal> = members.into_iter().collect();
    let mut coerced = Vec::new();
    for field in input.input_fields.values() {
        let mut value = given.remove(&field.name);
        if let Some(LiteralKind::Variable(name)) = value.as_ref().map(|value| &value.kind)
            && (field.ty.is_non_null() || input.is_one_of())
        {
            value = Some(Literal::new(LiteralKind::NonNullVariable(name.clone())));
        }
        let may_be_absent = value
            .as_ref()
            .is_none_or(|value| matches!(value.kind, LiteralKind::Variable(_) | LiteralKind::NonNullVariable(_)));
        if let Some(default) = field.default.as_ref().filter(|_| may_be_absent) {
            coerced.push((field.name.clone(), coerce_literal(schema, &field.ty, without_places(default))));
        }
        if let Some(value) = value {
            coerced.push((field.name.clone(), coerce_literal(schema, &field.ty, value)));
        }
    }
    LiteralKind::Object(coerced)
}

/// Defaults come from schema files, literals of operations have no place in one.
fn without_places(value: &Literal) -> Literal {
    Literal::new(match &value.kind {
        LiteralKind::List(items) => LiteralKind::List(items.iter().map(without_places).collect()),
        LiteralKind::Object(members) => {
            LiteralKind::Object(members.iter().map(|(key, member)| (key.clone(), without_places(member))).collect())
        }
        other => other.clone(),
    })
}

struct Lowering<'a> {
    schema: &'a Schema,
    library: &'a Library,
    index: &'a LineIndex<'a>,
    fragments: HashMap<&'a str, &'a Node<FragmentDefinition>>,
    lowered: HashMap<&'a str, (Name, Arc<[Selection]>)>,
    /// Variables that conditions need.
    conditional: HashSet<&'a str>,
}

impl<'a> Lowering<'a> {
    fn variable(&self, variable: &Node<ast::VariableDefinition>) -> VariableDefinition {
        let ty = type_ref(&variable.ty);
        let default = variable.default_value.as_ref().map(|default| coerce_literal(self.schema, &ty, literal(default)));
        let location = self.index.location(variable.location().map_or(0, |place| place.offset()));
        // A nullable one with a default may stand in a condition, but its null is an error there, and that is told at once.
        let ty = if self.conditional.contains(variable.name.as_str()) { ty.non_null() } else { ty };
        VariableDefinition { name: name(&variable.name), ty, default, location }
    }

    fn selections(&mut self, parent: &Name, selections: &'a [ast::Selection]) -> Arc<[Selection]> {
        selections.iter().filter_map(|selection| self.selection(parent, selection)).collect()
    }

    fn selection(&mut self, parent: &Name, selection: &'a ast::Selection) -> Option<Selection> {
        Some(match selection {
            ast::Selection::Field(field) => Selection::Field(self.field(parent, field)),
            ast::Selection::InlineFragment(inline) => {
                let condition = inline.type_condition.as_ref().map(|condition| self.type_name(condition));
                Selection::Fragment(InlineFragment {
                    conditions: self.conditions(&inline.directives),
                    defer: incremental::defer(&inline.directives, self.index),
                    selections: self.selections(condition.as_ref().unwrap_or(parent), &inline.selection_set),
                    type_condition: condition,
                })
            }
            ast::Selection::FragmentSpread(spread) => {
                let (condition, selections) = self.fragment(spread.fragment_name.as_str())?;
                Selection::Fragment(InlineFragment {
                    type_condition: Some(condition),
                    conditions: self.conditions(&spread.directives),
                    defer: incremental::defer(&spread.directives, self.index),
                    selections,
                })
            }
        })
    }

    fn fragment(&mut self, fragment_name: &'a str) -> Option<(Name, Arc<[Selection]>)> {
        if let Some(lowered) = self.lowered.get(fragment_name) {
            return Some(lowered.clone());
        }
        let fragment = *self.fragments.get(fragment_name)?;
        let condition = self.type_name(&fragment.type_condition);
        let selections = self.selections(&condition, &fragment.selection_set);
        self.lowered.insert(fragment.name.as_str(), (condition.clone(), selections.clone()));
        Some((condition, selections))
    }

    fn field(&mut self, parent: &Name, field: &'a Node<ast::Field>) -> Field {
        let schema = self.schema;
        let definition = schema.field(parent, &field.name).or_else(|| self.library.meta_field(parent, &field.name));
        let selections: Arc<[Selection]> = match definition {
            Some(definition) => self.selections(definition.ty.name(), &field.selection_set),
            None => Arc::default(),
        };
        let arguments = field.arguments.iter().map(|argument| {
            let declared = definition.and_then(|definition| definition.arguments.get(argument.name.as_str()));
            let value = literal(&argument.value);
            Argument {
                name: declared.map_or_else(|| name(&argument.name), |declared| declared.name.clone()),
                value: declared.map_or(value.clone(), |declared| coerce_literal(schema, &declared.ty, value)),
            }
        });
        Field {
            response_key: name(field.response_name()),
            name: definition.map_or_else(|| name(&field.name), |definition| definition.name.clone()),
            parent_type: parent.clone(),
            arguments: arguments.collect(),
            conditions: self.conditions(&field.directives),
            stream: incremental::stream(&field.directives, self.index),
            selections,
            location: self.index.location(field.location().map_or(0, |place| place.offset())),
        }
    }

    fn type_name(&self, given: &ast::NamedType) -> Name {
        self.schema.types.get_key_value(given.as_str()).map_or_else(|| name(given), |(name, _)| name.clone())
    }

    fn conditions(&mut self, directives: &'a DirectiveList) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for directive in directives.iter() {
            let expected = match directive.name.as_str() {
                "include" => true,
                "skip" => false,
                _ => continue,
            };
            match directive.specified_argument_by_name("if").map(|value| &**value) {
                Some(Value::Boolean(value)) if *value != expected => return vec![Condition::Never],
                Some(Value::Variable(variable)) => {
                    self.conditional.insert(variable.as_str());
                    conditions.push(Condition::Variable { name: name(variable), expected });
                }
                _ => {}
            }
        }
        conditions
    }
}
