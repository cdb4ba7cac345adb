//! What a document's fragments expand to: counted before validation, in time linear in the text.
//!
//! Each fragment is counted once and its counts reused wherever it is spread, so nested spreads cost nothing. Sums saturate.
//! Cycles count as nothing; validation reports them.

use std::collections::HashMap;

use apollo_compiler::ast::{Definition, Document, FragmentDefinition, Selection};

use super::{DocumentLimits, ErrorCode, GraphqlError, guard::exceeded, location::LineIndex};

/// How deep selections may nest with all fragments expanded: later walks recurse over them.
const LEVELS_CEILING: usize = 200;
/// Below `__schema` and `__type` other bounds hold, so that tools can send the full introspection query.
const INTROSPECTION_DEPTH: usize = 30;
const INTROSPECTION_FIELDS: usize = 2_000;
/// All operations of a document together may select this many times the fields of one.
const OPERATIONS: usize = 4;

/// Refuses documents whose operations expand beyond the limits.
pub(super) fn check(
    document: &Document,
    limits: &DocumentLimits,
    index: &LineIndex<'_>,
) -> Result<(), Vec<GraphqlError>> {
    let fragments = fragment_counts(document);
    let mut errors = Vec::new();
    let mut all_fields = 0usize;
    for definition in &document.definitions {
        if let Definition::OperationDefinition(operation) = definition {
            let counts = count(&operation.selection_set, &fragments);
            all_fields = all_fields.saturating_add(counts.fields);
            let name = operation.name.as_ref().map_or_else(String::new, |name| format!(" `{name}`"));
            let before = errors.len();
            counts.check(&name, limits, &mut errors);
            for error in &mut errors[before..] {
                error.locations.extend(operation.location().map(|place| index.location(place.offset())));
            }
        }
    }
    let all = limits.fields.saturating_mul(OPERATIONS);
    if errors.is_empty() && all_fields > all {
        errors.push(exceeded(
            "fields",
            limits.fields,
            "the operations of the document select too many fields together",
        ));
    }
    let mut defined = document.definitions.iter().filter_map(Definition::as_fragment_definition);
    let levels =
        |fragment: &FragmentDefinition| fragments.get(fragment.name.as_str()).map_or(0, |counts| counts.levels);
    if errors.is_empty()
        && let Some(deep) = defined.find(|fragment| levels(fragment) > LEVELS_CEILING)
    {
        let mut error = too_many_levels(&format!("fragment `{}`", deep.name), levels(deep));
        error.locations.extend(deep.location().map(|place| index.location(place.offset())));
        errors.push(error);
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Nesting of fields.
    depth: usize,
    /// Nesting of selections of any kind.
    levels: usize,
    aliases: usize,
    root_fields: usize,
    fields: usize,
    introspection_depth: usize,
    introspection_fields: usize,
}

impl Counts {
    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            levels: self.levels.max(other.levels),
            aliases: self.aliases.saturating_add(other.aliases),
            root_fields: self.root_fields.saturating_add(other.root_fields),
            fields: self.fields.saturating_add(other.fields),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            introspection_fields: self.introspection_fields.saturating_add(other.introspection_fields),
        }
    }

    fn check(&self, name: &str, limits: &DocumentLimits, errors: &mut Vec<GraphqlError>) {
        let mut bound = |limit: &str, count: usize, bound: usize, what: &str| {
            if count > bound {
                errors.push(exceeded(limit, bound, &format!("operation{name} {what}")));
            }
        };
        bound("depth", self.depth, limits.depth, "nests fields too deep");
        bound("aliases", self.aliases, limits.aliases, "has too many aliases");
        bound("root_fields", self.root_fields, limits.root_fields, "has too many root fields");
        bound("fields", self.fields, limits.fields, "selects too many fields");
        bound("introspection_depth", self.introspection_depth, INTROSPECTION_DEPTH, "nests introspection too deep");
        bound("introspection_fields", self.introspection_fields, INTROSPECTION_FIELDS, "introspects too many fields");
        if self.levels > LEVELS_CEILING {
            errors.push(too_many_levels(&format!("operation{name}"), self.levels));
        }
    }
}

fn too_many_levels(what: &str, levels: usize) -> GraphqlError {
    let message = format!("{what} nests selections {levels} levels deep: limit `levels` is {LEVELS_CEILING}");
    GraphqlError::new(ErrorCode::LimitExceeded, message)
}

/// Counts a selection set; recursion is bounded by the nesting of brackets.
fn count(selections: &[Selection], fragments: &HashMap<&str, Counts>) -> Counts {
    selections.iter().fold(Counts::default(), |sum, selection| {
        let one = match selection {
            Selection::Field(field) => {
                let below = count(&field.selection_set, fragments);
                let mut counts = Counts {
                    depth: below.depth.saturating_add(1),
                    levels: below.levels.saturating_add(1),
                    aliases: below.aliases.saturating_add(usize::from(field.alias.is_some())),
                    root_fields: 1,
                    fields: below.fields.saturating_add(1),
                    ..below
                };
                if matches!(field.name.as_str(), "__schema" | "__type") {
                    counts.introspection_depth = below.depth.max(below.introspection_depth).saturating_add(1);
                    counts.introspection_fields = below.fields.saturating_add(below.introspection_fields);
                    counts.depth = 1;
                    counts.fields = 1;
                }
                counts
            }
            Selection::InlineFragment(inline) => deeper(count(&inline.selection_set, fragments)),
            Selection::FragmentSpread(spread) => {
                deeper(fragments.get(spread.fragment_name.as_str()).copied().unwrap_or_default())
            }
        };
        sum.beside(one)
    })
}

fn deeper(counts: Counts) -> Counts {
    Counts { levels: counts.levels.saturating_add(1), ..counts }
}

/// Counts of every fragment, those it spreads first: depth-first over the graph of spreads with a stack of our own, because a
/// chain of fragments can be as long as the document.
fn fragment_counts(document: &Document) -> HashMap<&str, Counts> {
    let mut definitions: HashMap<&str, &FragmentDefinition> = HashMap::new();
    for definition in &document.definitions {
        if let Definition::FragmentDefinition(fragment) = definition {
            definitions.entry(fragment.name.as_str()).or_insert(fragment);
        }
    }
    let mut counts: HashMap<&str, Counts> = HashMap::with_capacity(definitions.len());
    let mut opened: std::collections::HashSet<&str> = std::collections::HashSet::new();
    for name in definitions.keys() {
        let mut stack = vec![*name];
        while let Some(name) = stack.last().copied() {
            let Some(fragment) = definitions.get(name).filter(|_| !counts.contains_key(name)) else {
                stack.pop();
                continue;
            };
            if opened.insert(name) {
                spreads(&fragment.selection_set, &mut |spread| {
                    if !opened.contains(spread) {
                        stack.push(spread);
                    }
                });
            } else {
                let counted = count(&fragment.selection_set, &counts);
                counts.insert(name, counted);
                stack.pop();
            }
        }
    }
    counts
}

fn spreads<'a>(selections: &'a [Selection], found: &mut impl FnMut(&'a str)) {
    for selection in selections {
        match selection {
            Selection::Field(field) => spreads(&field.selection_set, found),
            Selection::InlineFragment(inline) => spreads(&inline.selection_set, found),
            Selection::FragmentSpread(spread) => found(spread.fragment_name.as_str()),
        }
    }
}
