//! Our own rules on fields, arguments, directives and values, in one walk over each operation and fragment.

use std::collections::HashMap;

use apollo_compiler::{
    Node,
    ast::{Argument, Definition, DirectiveList, Document, Field, FragmentDefinition, OperationType, Selection},
    parser::SourceSpan,
};
use indexmap::IndexMap;

use super::{
    Problems, subscription,
    variables::{self, Scope},
};
use crate::graphql::{
    InputValue, Name, Schema, TypeDefinition,
    client_schema::Library,
    values::{self, Mismatch, ValueVisitor, VariableUsage, variables_anywhere},
};

/// Walks the document, then checks each operation's variables.
pub(super) fn check(schema: &Schema, library: &Library, document: &Document, problems: &mut Problems) {
    let mut fragments: HashMap<&str, &Node<FragmentDefinition>> = HashMap::new();
    for definition in &document.definitions {
        if let Definition::FragmentDefinition(fragment) = definition {
            fragments.entry(fragment.name.as_str()).or_insert(fragment);
        }
    }
    let mut walker = Walker { schema, library, fragments: &fragments, problems, scope: Scope::default() };
    let mut scopes: HashMap<&str, Scope> = HashMap::new();
    // In the order of the document, so that the same document always gets the same errors.
    for fragment in document.definitions.iter().filter_map(Definition::as_fragment_definition) {
        let parent = walker.type_condition(&fragment.type_condition);
        walker.directives(&fragment.directives);
        walker.selections(parent, &fragment.selection_set);
        scopes.entry(fragment.name.as_str()).or_insert(std::mem::take(&mut walker.scope));
    }
    for definition in &document.definitions {
        if let Definition::OperationDefinition(operation) = definition {
            let parent = walker.root(operation.operation_type, definition.location());
            walker.directives(&operation.directives);
            walker.selections(parent, &operation.selection_set);
            let scope = std::mem::take(&mut walker.scope);
            variables::check(schema, operation, &scope, &scopes, walker.problems);
            if operation.operation_type == OperationType::Subscription {
                subscription::check(operation, &fragments, walker.problems);
            }
        }
    }
}

struct Walker<'a, 'p> {
    schema: &'a Schema,
    library: &'a Library,
    fragments: &'a HashMap<&'a str, &'a Node<FragmentDefinition>>,
    problems: &'p mut Problems,
    /// Variables and spreads of the operation or fragment at hand.
    scope: Scope,
}

impl ValueVisitor for Walker<'_, '_> {
    fn problem(&mut self, place: Option<SourceSpan>, mismatch: &Mismatch<'_>) {
        let message = mismatch.message(self.problems.wants_hint());
        self.problems.add(place, message);
    }

    fn variable(&mut self, usage: VariableUsage) {
        self.scope.usages.push(usage);
    }
}

impl<'a> Walker<'a, '_> {
    fn definition(&self, name: &str) -> Option<&'a TypeDefinition> {
        self.schema.types.get(name).or_else(|| self.library.introspection.types.get(name))
    }

    fn root(&mut self, kind: OperationType, place: Option<SourceSpan>) -> Option<&'a TypeDefinition> {
        let root = match kind {
            OperationType::Query => &self.schema.query,
            OperationType::Mutation => &self.schema.mutation,
            OperationType::Subscription => &self.schema.subscription,
        };
        if root.is_none() {
            self.problems.add(place, format!("The schema has no `{kind}` root type defined."));
        }
        self.definition(root.as_ref()?)
    }

    fn type_condition(&mut self, name: &apollo_compiler::Name) -> Option<&'a TypeDefinition> {
        let definition = self.definition(name);
        if definition.is_none() {
            let composite = self.schema.types.values().filter(|candidate| candidate.is_composite());
            let hint = self.problems.hint("", name, composite.map(|candidate| &*candidate.name));
            self.problems.add(name.location(), format!("Unknown type `{name}`.{hint}"));
        }
        definition.filter(|definition| definition.is_composite())
    }

    /// Recursion is bounded by the nesting of brackets; fragments are walked on their own.
    fn selections(&mut self, parent: Option<&'a TypeDefinition>, selections: &[Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => self.field(parent, field),
                Selection::InlineFragment(inline) => {
                    self.directives(&inline.directives);
                    let inner = match &inline.type_condition {
                        Some(condition) => self.type_condition(condition),
                        None => parent,
                    };
                    self.selections(inner, &inline.selection_set);
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.directives);
                    let name = &spread.fragment_name;
                    match self.fragments.get(name.as_str()) {
                        Some(fragment) => self.scope.spreads.push(fragment.name.as_str().into()),
                        None => {
                            let hint = self.problems.hint("", name, self.fragments.keys().copied());
                            self.problems.add(name.location(), format!("Unknown fragment `{name}`.{hint}"));
                        }
                    }
                }
            }
        }
    }

    fn field(&mut self, parent: Option<&'a TypeDefinition>, field: &Node<Field>) {
        self.directives(&field.directives);
        let name = field.name.as_str();
        let definition = parent.and_then(|parent| self.library.field(self.schema, parent, name));
        let Some(definition) = definition else {
            if let Some(parent) = parent {
                self.unknown_field(parent, field);
            }
            for argument in &field.arguments {
                variables_anywhere(&argument.value, self);
            }
            return self.selections(None, &field.selection_set);
        };
        let owner = parent.map_or("", |parent| &*parent.name);
        self.arguments(
            &definition.arguments,
            &field.arguments,
            field.name.location(),
            &format!("field `{owner}.{name}`"),
        );
        let ty = self.definition(definition.ty.name());
        match ty {
            Some(ty) if ty.is_composite() && field.selection_set.is_empty() => {
                let message = format!(
                    "Field `{name}` of type `{}` must have a selection of subfields. Did you mean `{name} {{ ... }}`?",
                    definition.ty
                );
                self.problems.add(field.name.location(), message);
            }
            Some(ty) if !ty.is_composite() && !field.selection_set.is_empty() => {
                let message = format!(
                    "Field `{name}` must not have a selection since type `{}` has no subfields.",
                    definition.ty
                );
                self.problems.add(field.name.location(), message);
            }
            _ => {}
        }
        self.selections(ty.filter(|ty| ty.is_composite()), &field.selection_set);
    }

    fn unknown_field(&mut self, parent: &TypeDefinition, field: &Field) {
        let name = field.name.as_str();
        let possible = self.schema.possible_types(&parent.name);
        let having: Vec<_> = possible
            .iter()
            .filter(|_| parent.is_composite() && possible.len() < 100)
            .filter(|candidate| ***candidate != *parent.name && self.schema.field(candidate, name).is_some())
            .take(3)
            .map(|candidate| format!("`{candidate}`"))
            .collect();
        let hint = if having.is_empty() {
            self.problems.hint("", name, parent.fields.keys().map(|name| &**name))
        } else {
            format!(" Did you mean to use an inline fragment on {}?", having.join(" or "))
        };
        let message = format!("Cannot query field `{name}` on type `{}`.{hint}", parent.name);
        self.problems.add(field.name.location(), message);
    }

    fn arguments(
        &mut self,
        declared: &IndexMap<Name, InputValue>,
        given: &[Node<Argument>],
        place: Option<SourceSpan>,
        what: &str,
    ) {
        for argument in given {
            let name = argument.name.as_str();
            match declared.get(name) {
                Some(declared) => {
                    let has_default = declared.default.as_ref().is_some_and(|default| !default.is_null());
                    values::check(self.schema, &declared.ty, has_default, &argument.value, self);
                }
                None => {
                    let hint = self.problems.hint("", name, declared.keys().map(|name| &**name));
                    self.problems.add(argument.name.location(), format!("Unknown argument `{name}` on {what}.{hint}"));
                    variables_anywhere(&argument.value, self);
                }
            }
        }
        for missing in declared.values().filter(|declared| declared.is_required()) {
            if !given.iter().any(|argument| argument.name.as_str() == &*missing.name) {
                let (name, ty) = (&missing.name, &missing.ty);
                let message =
                    format!("Argument `{name}` of type `{ty}` on {what} is required, but it was not provided.");
                self.problems.add(place, message);
            }
        }
    }

    fn directives(&mut self, directives: &DirectiveList) {
        for directive in directives.iter() {
            let name = directive.name.as_str();
            let Some(definition) = self.library.directives.get(name) else {
                let known = ["skip", "include"];
                let message = format!("Unknown directive `@{name}`.{}", self.problems.hint("@", name, known));
                self.problems.add(directive.location(), message);
                directive.arguments.iter().for_each(|argument| variables_anywhere(&argument.value, self));
                continue;
            };
            self.arguments(
                &definition.arguments,
                &directive.arguments,
                directive.location(),
                &format!("directive `@{name}`"),
            );
        }
    }
}
