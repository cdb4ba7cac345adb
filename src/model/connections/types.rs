//! The types of a connection: made, or the graph's own where they have what it takes.

use indexmap::IndexMap;

use super::{Declared, INVALID};
use crate::{
    diagnostic::Span,
    graphql::{FieldDefinition, Name, Schema, TypeDefinition, TypeKind, TypeRef},
    model::{
        literals::argument,
        report::{Explain, Report},
    },
};

/// Adds what is missing for connections of the list's type; gives back the connection's name.
pub(super) fn add(schema: &mut Schema, declared: &Declared, report: &mut Report) -> Name {
    let node = declared.list.item().cloned().unwrap_or_else(|| declared.list.clone());
    let span = declared.directive.span.as_ref();
    let (connection, edge): (Name, Name) =
        (format!("{}Connection", node.name()).into(), format!("{}Edge", node.name()).into());
    let info = [
        ("hasNextPage", named("Boolean", true), "Whether there are edges behind these."),
        ("hasPreviousPage", named("Boolean", true), "Whether there are edges before these."),
        ("startCursor", named("String", false), "The cursor of the first edge."),
        ("endCursor", named("String", false), "The cursor of the last edge: `after` it, the next page begins."),
    ];
    let edges = TypeRef::List { of: named(&edge, true).into(), non_null: true };
    let mut parts = vec![
        ("edges", edges, "The rows of the page, in the order of the list."),
        ("pageInfo", named("PageInfo", true), "Where the page stands in the list."),
    ];
    if argument(&declared.directive, "total").is_some() {
        parts.push(("totalCount", named("Int", false), "How many there are in all, as far as it is known."));
    }
    let of_edge = [
        ("node", node.clone(), ""),
        ("cursor", named("String", true), "Where it stands in the list, for `after` and `before`."),
    ];
    let about = format!("A page of a list of `{}`.", node.name());
    put(schema, (connection.clone(), about), &parts, (span, report));
    put(schema, (edge, format!("A `{}` and where it stands in a list.", node.name())), &of_edge, (span, report));
    put(schema, ("PageInfo".into(), "Where a page stands in its list.".to_owned()), &info, (span, report));
    connection
}

/// Makes the type, adds to one made before, or checks the graph's own.
fn put(
    schema: &mut Schema,
    (name, description): (Name, String),
    fields: &[(&str, TypeRef, &str)],
    (span, report): (Option<&Span>, &mut Report),
) {
    let Some(known) = schema.types.get_mut(&name) else {
        let fields = fields.iter().map(|(name, ty, about)| ((*name).into(), field(name, ty, about, span)));
        let fields: IndexMap<Name, FieldDefinition> = fields.collect();
        let description = Some(description);
        let definition = TypeDefinition {
            description,
            fields,
            span: span.cloned(),
            ..TypeDefinition::empty(name.clone(), TypeKind::Object)
        };
        schema.types.insert(name, definition);
        return;
    };
    let made = known.description.as_deref() == Some(&description);
    for (name, ty, about) in fields {
        let Some(own) = known.fields.get_mut(*name) else {
            if made {
                known.fields.insert((*name).into(), field(name, ty, about, span));
            } else if *name != "totalCount" {
                let message = format!("`{}` lacks `{name}: {ty}`, which a connection has", known.name);
                clash(known, message, span, report);
            }
            continue;
        };
        if made {
            // Lists of one type differ in whether they hold null: what one may give, all may.
            weaken(&mut own.ty, ty);
        } else if !fits(&own.ty, ty) || known.kind != TypeKind::Object || !own.arguments.is_empty() {
            let message = format!("`{}.{name}` is not of type `{ty}`, as in a connection", known.name);
            clash(known, message, span, report);
        }
    }
}

fn clash(known: &TypeDefinition, message: String, span: Option<&Span>, report: &mut Report) {
    if !report.has(INVALID, &message) {
        report
            .error(INVALID, message, span)
            .hint(format!("give `{}` that field, or another name; or remove it: then it is made", known.name))
            .related(known.span.as_ref(), format!("`{}` declared here", known.name));
    }
}

fn weaken(own: &mut TypeRef, other: &TypeRef) {
    match own {
        TypeRef::Named { non_null, .. } | TypeRef::List { non_null, .. } => *non_null &= other.is_non_null(),
    }
}

/// Whether the graph's own type takes what a connection gives: the same, as far as null goes perhaps weaker.
fn fits(own: &TypeRef, given: &TypeRef) -> bool {
    let null = !own.is_non_null() || given.is_non_null();
    null && match (own.item(), given.item()) {
        (Some(own), Some(given)) => fits(own, given),
        (None, None) => own.name() == given.name(),
        _ => false,
    }
}

fn named(name: &str, non_null: bool) -> TypeRef {
    TypeRef::Named { name: name.into(), non_null }
}

fn field(name: &str, ty: &TypeRef, about: &str, span: Option<&Span>) -> FieldDefinition {
    FieldDefinition {
        name: name.into(),
        description: (!about.is_empty()).then(|| about.to_owned()),
        arguments: IndexMap::new(),
        ty: ty.clone(),
        directives: Vec::new(),
        span: span.cloned(),
        type_span: span.cloned(),
    }
}
