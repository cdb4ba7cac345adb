//! Parts of a type into one: members are united, and those that several files have must agree.

use std::collections::{HashMap, HashSet};

use apollo_compiler::{
    Name, Node,
    ast::{Directive, DirectiveList, EnumValueDefinition, FieldDefinition, InputValueDefinition, Type},
};

use super::part::{Kind, Part};
use crate::{
    diagnostic::Diagnostic,
    graphql::schema::{links::Links, problems::Problems},
};

/// Merges parts.
pub(super) struct Merger<'a> {
    pub(super) links: &'a Links,
    /// Directives that may stand only once at a place.
    pub(super) single: &'a HashSet<String>,
    pub(super) problems: &'a mut Problems,
}

/// A type on its way to be whole.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) part: Part,
    /// Where each member is among its like, and the files that have it.
    owners: HashMap<Name, (usize, Vec<usize>)>,
}

impl Merger<'_> {
    pub(super) fn begin(&mut self, mut first: Part) -> Whole {
        self.external_by_field(&mut first);
        let mut owners = HashMap::new();
        let names = first.fields.iter().map(|field| &field.name).enumerate();
        for (at, name) in names.chain(first.values.iter().map(|value| &value.value).enumerate()) {
            owners.entry(name.clone()).or_insert_with(|| (at, vec![first.file]));
        }
        Whole { part: first, owners }
    }

    pub(super) fn add(&mut self, whole: &mut Whole, mut part: Part) {
        if part.kind != whole.part.kind {
            let (here, there) = (part.kind.words(), whole.part.kind.words());
            let message = format!("`{}` is {here}, but {there} in another file", part.name);
            self.disagree(message, &part.name, &whole.part.name, "give one of them another name".to_owned());
            return;
        }
        self.external_by_field(&mut part);
        let Whole { part: into, owners } = whole;
        let other_file = part.file != into.file;
        into.description = into.description.take().or(part.description);
        if other_file {
            self.unite_directives(&mut into.directives, &part.directives);
        } else {
            into.directives.0.extend(part.directives.0);
        }
        unite_names(&mut into.implements, part.implements, other_file);
        unite_names(&mut into.members, part.members, other_file);
        let type_name = &into.name;
        for field in part.fields {
            match place(owners, &field.name, into.fields.len(), part.file) {
                Some(at) => self.merge_field(type_name, &mut into.fields[at], field),
                None => into.fields.push(field),
            }
        }
        for value in part.values {
            match place(owners, &value.value, into.values.len(), part.file) {
                Some(at) => self.merge_value(&mut into.values[at], &value),
                None => into.values.push(value),
            }
        }
        if part.kind == Kind::Input && other_file {
            self.compare_inputs(into, &part.name, &part.inputs);
        } else {
            into.inputs.extend(part.inputs);
        }
    }

    fn merge_field(&mut self, type_name: &Name, into: &mut Node<FieldDefinition>, mut from: Node<FieldDefinition>) {
        let name = format!("{type_name}.{}", from.name);
        self.check_arguments(&name, into, &from);
        let ty = weaker(&into.ty, &from.ty);
        if ty.is_none() {
            let message = format!("`{name}` is `{}`, but `{}` in another file", from.ty, into.ty);
            let hint = "files with `@link` are merged: give the field one type in all of them".to_owned();
            self.disagree(message, &from.name, &into.name, hint);
        }
        // What stands where the field is real counts.
        let (into_external, from_external) = (self.is_external(&into.directives), self.is_external(&from.directives));
        if into_external && !from_external {
            std::mem::swap(into, &mut from);
        }
        if into_external != from_external {
            let links = self.links;
            from.make_mut().directives.0.retain(|directive| !is_external(links, directive));
        }
        let field = into.make_mut();
        if let Some(ty) = ty {
            field.ty = ty;
        }
        field.description = field.description.take().or_else(|| from.description.clone());
        self.unite_directives(&mut field.directives, &from.directives);
        for argument in &mut field.arguments {
            if let Some(other) = from.argument_by_name(&argument.name) {
                let argument = argument.make_mut();
                argument.description = argument.description.take().or_else(|| other.description.clone());
                self.unite_directives(&mut argument.directives, &other.directives);
            }
        }
    }

    fn check_arguments(&mut self, name: &str, into: &FieldDefinition, from: &FieldDefinition) {
        const HINT: &str = "files with `@link` are merged: give the field the same arguments in all of them";
        for argument in &from.arguments {
            match into.argument_by_name(&argument.name) {
                Some(other) => self.check_input(&format!("{name}({}:)", argument.name), other, argument, HINT),
                None => {
                    let message = format!("`{name}` has the argument `{}`, but not in another file", argument.name);
                    self.disagree(message, &argument.name, &into.name, HINT.to_owned());
                }
            }
        }
        for argument in into.arguments.iter().filter(|argument| from.argument_by_name(&argument.name).is_none()) {
            let message = format!("`{name}` has no argument `{}`, but has it in another file", argument.name);
            self.disagree(message, &from.name, &argument.name, HINT.to_owned());
        }
    }

    fn compare_inputs(&mut self, into: &mut Part, part_name: &Name, from: &[Node<InputValueDefinition>]) {
        const HINT: &str = "files with `@link` are merged: give the input type the same fields in all of them";
        let type_name = &into.name;
        let at: HashMap<Name, usize> =
            into.inputs.iter().enumerate().map(|(at, field)| (field.name.clone(), at)).collect();
        let here: HashSet<&Name> = from.iter().map(|field| &field.name).collect();
        for field in from {
            let name = format!("{type_name}.{}", field.name);
            if let Some(&at) = at.get(&field.name) {
                self.check_input(&name, &into.inputs[at], field, HINT);
                self.unite_directives(&mut into.inputs[at].make_mut().directives, &field.directives);
            } else {
                let message = format!("`{type_name}` has the field `{}`, but not in another file", field.name);
                self.disagree(message, &field.name, type_name, HINT.to_owned());
            }
        }
        for field in into.inputs.iter().filter(|field| !here.contains(&field.name)) {
            let message = format!("`{type_name}` has no field `{}`, but has it in another file", field.name);
            self.disagree(message, part_name, &field.name, HINT.to_owned());
        }
    }

    /// What clients give must be the same everywhere.
    fn check_input(&mut self, name: &str, into: &InputValueDefinition, from: &InputValueDefinition, hint: &str) {
        if into.ty != from.ty {
            let message = format!("`{name}` is `{}`, but `{}` in another file", from.ty, into.ty);
            self.disagree(message, &from.name, &into.name, hint.to_owned());
        } else if into.default_value != from.default_value {
            let message = format!("`{name}` has another default in another file");
            self.disagree(message, &from.name, &into.name, hint.to_owned());
        }
    }

    fn merge_value(&self, into: &mut Node<EnumValueDefinition>, from: &EnumValueDefinition) {
        let into = into.make_mut();
        into.description = into.description.take().or_else(|| from.description.clone());
        self.unite_directives(&mut into.directives, &from.directives);
    }

    fn unite_directives(&self, into: &mut DirectiveList, from: &DirectiveList) {
        if from.is_empty() {
            return;
        }
        let known: HashSet<Node<Directive>> = into.iter().cloned().collect();
        let names: HashSet<Name> = known.iter().map(|directive| directive.name.clone()).collect();
        let is_said = |directive: &Node<Directive>| {
            known.contains(directive)
                || (self.single.contains(directive.name.as_str()) && names.contains(&directive.name))
        };
        into.0.extend(from.iter().filter(|directive| !is_said(directive)).cloned());
    }

    /// `@external` on a type counts for the fields that the part has.
    fn external_by_field(&self, part: &mut Part) {
        let links = self.links;
        let Some(at) = part.directives.iter().position(|directive| is_external(links, directive)) else { return };
        let external = part.directives.0.remove(at);
        for field in &mut part.fields {
            if !self.is_external(&field.directives) {
                field.make_mut().directives.0.push(external.clone());
            }
        }
    }

    fn is_external(&self, directives: &DirectiveList) -> bool {
        directives.iter().any(|directive| is_external(self.links, directive))
    }

    fn disagree(&mut self, message: String, here: &Name, there: &Name, hint: String) {
        let Some(span) = self.problems.files.span(here.location()) else { return };
        let mut diagnostic = Diagnostic::error("INVALID_SCHEMA", message, span);
        if let Some(there) = self.problems.files.span(there.location()) {
            diagnostic = diagnostic.with_related(there, "in the other file");
        }
        diagnostic.hint = Some(hint);
        self.problems.add(diagnostic);
    }
}

fn is_external(links: &Links, directive: &Directive) -> bool {
    links.directive(&directive.name).unwrap_or(&directive.name) == "external"
}

/// Where another file has the member. What one file has twice stays twice: that is told elsewhere.
fn place(owners: &mut HashMap<Name, (usize, Vec<usize>)>, name: &Name, next: usize, file: usize) -> Option<usize> {
    let Some((at, files)) = owners.get_mut(name) else {
        owners.insert(name.clone(), (next, vec![file]));
        return None;
    };
    if files.contains(&file) {
        return None;
    }
    files.push(file);
    Some(*at)
}

fn unite_names(into: &mut Vec<Name>, from: Vec<Name>, other_file: bool) {
    let known: HashSet<Name> = if other_file { into.iter().cloned().collect() } else { HashSet::new() };
    into.extend(from.into_iter().filter(|name| !known.contains(name)));
}

/// The type that holds what either may give; `None`: they differ in more than nullability.
fn weaker(left: &Type, right: &Type) -> Option<Type> {
    let non_null = left.is_non_null() && right.is_non_null();
    let weaker = match (item(left), item(right)) {
        (None, None) => (left.inner_named_type() == right.inner_named_type()).then(|| left.clone().nullable())?,
        (Some(left), Some(right)) => Type::List(Box::new(weaker(left, right)?)),
        _ => return None,
    };
    Some(if non_null { weaker.non_null() } else { weaker })
}

fn item(ty: &Type) -> Option<&Type> {
    match ty {
        Type::List(item) | Type::NonNullList(item) => Some(item),
        Type::Named(_) | Type::NonNullNamed(_) => None,
    }
}
