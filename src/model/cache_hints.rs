//! `@cacheControl`: how long what a connector answers may be kept, and by whom.
//!
//! The hint of the connector's field, else of its type; fields that its selection gives can only narrow it.

use std::time::Duration;

use super::{
    CacheHint, CacheScope,
    literals::{argument, boolean, check_arguments, integer},
    report::{Explain, Report},
};
use crate::{
    graphql::{Directive, FieldDefinition, LiteralKind, Schema},
    mapping::{ObjectShape, Shape},
};

const INVALID: &str = "INVALID_CACHE_CONTROL";

/// Checks every `@cacheControl`.
pub(super) fn check_cache_hints(schema: &Schema, report: &mut Report) {
    let of_types = schema.types.values().flat_map(|definition| {
        definition.directives.iter().chain(definition.fields.values().flat_map(|field| &field.directives))
    });
    for directive in of_types.filter(|directive| &*directive.name == "cacheControl") {
        check_arguments(directive, &["maxAge", "scope", "inheritMaxAge"], report);
        let max_age = argument(directive, "maxAge");
        if let Some(literal) = max_age
            && let Some(seconds) = integer(literal, "`maxAge`", report)
            && seconds < 0
        {
            report
                .error(INVALID, format!("`maxAge` must not be negative, but is {seconds}"), literal.span.as_ref())
                .hint("write seconds; 0 means that it is never kept");
        }
        if let Some(literal) = argument(directive, "inheritMaxAge")
            && boolean(literal, "`inheritMaxAge`", report) == Some(true)
            && max_age.is_some()
        {
            report
                .error(INVALID, "`inheritMaxAge` and `maxAge` cannot both be set", literal.span.as_ref())
                .hint("keep one of them");
        }
        if let Some(literal) = argument(directive, "scope")
            && scope(directive).is_none()
        {
            report.error(INVALID, "`scope` must be `PUBLIC` or `PRIVATE`", literal.span.as_ref());
        }
    }
}

/// The hint of a connector that stands on `field` (or on the type) and gives `shape`.
pub(super) fn cache_hint(
    schema: &Schema,
    field: Option<&FieldDefinition>,
    type_name: &str,
    shape: &Shape,
) -> CacheHint {
    let definition = schema.types.get(type_name);
    let of_field = field.and_then(|field| hint(&field.directives));
    let of_type = definition.and_then(|definition| hint(&definition.directives));
    let inherits = of_field.is_some_and(|directive| {
        argument(directive, "inheritMaxAge").is_some_and(|literal| matches!(literal.kind, LiteralKind::Boolean(true)))
    });
    let type_age = of_type.filter(|_| !inherits).and_then(max_age);
    let mut cache = CacheHint {
        max_age: of_field.and_then(max_age).or(type_age),
        scope: of_field.and_then(scope).or_else(|| of_type.and_then(scope)).unwrap_or_default(),
    };
    if let Shape::Object(object) = shape {
        narrow(schema, type_name, object, &mut cache);
    }
    cache
}

fn narrow(schema: &Schema, type_name: &str, shape: &ObjectShape, cache: &mut CacheHint) {
    let mut types = schema.possible_types(type_name);
    types.push(type_name.into());
    types.dedup();
    for (name, given) in &shape.fields {
        let mut below: Vec<&str> = Vec::new();
        for field in types.iter().filter_map(|ty| schema.types.get(ty)?.fields.get(name.as_str())) {
            if let Some(directive) = hint(&field.directives) {
                cache.scope = cache.scope.max(scope(directive).unwrap_or_default());
                cache.max_age = cache.max_age.map(|known| max_age(directive).map_or(known, |own| known.min(own)));
            }
            if let Shape::Object(object) = &given.shape
                && !below.contains(&&**field.ty.name())
            {
                below.push(field.ty.name());
                narrow(schema, field.ty.name(), object, cache);
            }
        }
    }
}

fn hint(directives: &[Directive]) -> Option<&Directive> {
    directives.iter().find(|directive| &*directive.name == "cacheControl")
}

fn max_age(directive: &Directive) -> Option<Duration> {
    match &argument(directive, "maxAge")?.kind {
        LiteralKind::Int(seconds) => seconds.parse().ok().map(Duration::from_secs),
        _ => None,
    }
}

fn scope(directive: &Directive) -> Option<CacheScope> {
    match &argument(directive, "scope")?.kind {
        LiteralKind::Enum(name) if &**name == "PRIVATE" => Some(CacheScope::Private),
        LiteralKind::Enum(name) if &**name == "PUBLIC" => Some(CacheScope::Public),
        _ => None,
    }
}
