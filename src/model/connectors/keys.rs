//! What a connector needs to know of the object that it loads, or of the parent of its field.

use super::{Spot, entity};
use crate::{
    graphql::{Literal, Name, Schema},
    mapping::Shape,
    model::{
        KeyField, Loads,
        report::{Explain, Report},
        variables::{Site, Usage, key_tree},
    },
};

/// Key fields, and defaults of the arguments of an entity root field that are not part of the key.
pub(super) fn compile(
    schema: &Schema,
    spot: &Spot<'_>,
    loads: Option<&Loads>,
    (usage, shape): (&Usage, Option<&Shape>),
    report: &mut Report,
) -> (Vec<KeyField>, Vec<(Name, Literal)>) {
    match loads {
        Some(Loads::Entity) => return entity::compile(schema, spot, usage, report),
        Some(Loads::Batch { .. }) => {
            if let Some(this) = usage.this.first() {
                report
                    .error(
                        "CONNECT_BATCH_AND_THIS",
                        "a connector cannot use both `$batch` and `$this`",
                        this.span.as_ref(),
                    )
                    .hint("use `$batch` for one request with many keys, `$this` for one request for each")
                    .related(usage.batch.first().and_then(|used| used.span.as_ref()), "`$batch` stands here");
            }
            if let Some(shape) = shape {
                check_batch_keys(usage, shape, report);
            }
            return (key_tree(&usage.batch), Vec::new());
        }
        Some(Loads::Single) if usage.this.is_empty() => {
            report
                .error(
                    "CONNECTORS_CANNOT_RESOLVE_KEY",
                    format!("the connector on `{}` names no key", spot.parent.name),
                    spot.directive.span.as_ref(),
                )
                .hint("use `$this.id` for one request for each object, or `$batch.id` for one request for many");
        }
        Some(Loads::Single) | None => {}
    }
    if spot.site == Site::RootField { (Vec::new(), Vec::new()) } else { (key_tree(&usage.this), Vec::new()) }
}

/// Rows are matched to keys, so every key field must be selected, from the body.
fn check_batch_keys(usage: &Usage, shape: &Shape, report: &mut Report) {
    let mut seen: Vec<&[String]> = Vec::new();
    for used in &usage.batch {
        let keys = used.path.keys.as_slice();
        if keys.is_empty() || seen.contains(&keys) {
            continue;
        }
        seen.push(keys);
        let written = keys.join(".");
        let mut at = shape;
        for key in keys {
            // What is unknown here was reported by the check of the selection.
            let Shape::Object(object) = at else { break };
            match object.fields.get(key) {
                None => {
                    report
                        .error(
                            "CONNECTORS_BATCH_KEY_NOT_IN_SELECTION",
                            format!("`$batch.{written}` is a key, but the selection does not give `{written}`"),
                            used.span.as_ref(),
                        )
                        .hint(format!("add `{key}` to the selection: rows are matched to keys by it"));
                    break;
                }
                Some(field) if !field.from_body && matches!(field.shape, Shape::Unknown | Shape::Scalar) => {
                    report
                        .error(
                            "CONNECTORS_NON_ROOT_BATCH_KEY",
                            format!("`{written}` is a key, but does not come from the response body"),
                            used.span.as_ref(),
                        )
                        .hint("select it from the body: rows are matched to keys by it");
                    break;
                }
                Some(field) => at = &field.shape,
            }
        }
    }
}
