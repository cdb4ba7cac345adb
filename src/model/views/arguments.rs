//! Arguments of a view's field: which graph argument each becomes, caps, defaults, and what nothing binds.

use indexmap::IndexMap;

use super::{
    Pair, check_visible,
    fields::Step,
    find, inputs, pages, presets,
    publish::Notes,
    targets::{Target, find_target},
};
use crate::{
    diagnostic::Span,
    graphql::{FieldDefinition, InputValue, Literal, Name, TypeRef},
    model::{
        ArgumentSource, HopArgument,
        caps::is_within_cap,
        literals::integer,
        report::{Explain, Report},
    },
};

const INVALID_MAX: &str = "VIEW_INVALID_MAX";

/// The arguments of a field.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    /// By step of the path.
    pub(super) hops: Vec<Vec<HopArgument>>,
    pub(super) defaults: IndexMap<Name, Literal>,
    pub(super) caps: IndexMap<Name, i64>,
}

/// A graph argument that something binds.
pub(super) struct Binding {
    pub(super) step: usize,
    pub(super) argument: Name,
    pub(super) source: ArgumentSource,
    pub(super) default: Option<Literal>,
    pub(super) span: Option<Span>,
}

/// Compiles the arguments and presets of a field.
pub(super) fn compile(
    pair: &Pair<'_>,
    coordinate: &str,
    (field, steps): (&FieldDefinition, &[Step<'_>]),
    notes: &mut Notes,
    report: &mut Report,
) -> Arguments {
    let mut compiled = Arguments::default();
    let mut bindings: Vec<Binding> = Vec::new();
    let mut lost = false;
    for argument in field.arguments.values() {
        let cap = cap(argument, report);
        let Some(target) = target(argument, steps, report) else {
            lost = true;
            continue;
        };
        let graph = target.argument;
        let span = argument.span.clone();
        let what = format!("argument `{}` of the graph", graph.name);
        check_visible(&graph.directives, &what, (span.as_ref(), graph.span.as_ref()), report);
        check_type(pair, &format!("{coordinate}({}:)", argument.name), (argument, graph, cap), report);
        // A default of the graph above the view's cap is no default of the view: the cap is.
        let inherited = graph.default.clone().filter(|default| cap.is_none_or(|cap| is_within_cap(default, cap)));
        let given = argument.default.clone().or_else(|| {
            let shown = inherited.clone().filter(|_| !argument.ty.is_non_null());
            shown.filter(|default| inputs::is_representable(pair, &argument.ty, default))
        });
        if let Some(default) = &given {
            let place = default.span.clone().filter(|_| argument.default.is_some());
            check_default(cap, (argument, default), place.as_ref(), report);
            if argument.default.is_some() {
                let what = format!("the default of `{}` is `{default}`", argument.name);
                pages::check_size(
                    pair,
                    &steps[target.step],
                    (graph, default),
                    (INVALID_MAX, &what, place.as_ref()),
                    report,
                );
            }
            if let Ok(coerced) = presets::coerce(pair.graph, default, &graph.ty) {
                compiled.defaults.insert(argument.name.clone(), coerced);
            }
        }
        let key = (coordinate.to_owned(), argument.name.clone());
        let mut shown = graph.clone();
        pages::describe(pair, &steps[target.step], (&mut shown, cap, given.as_ref()), field);
        notes.arguments.insert(key, (shown, given));
        compiled.caps.extend(cap.map(|cap| (argument.name.clone(), cap)));
        let source = ArgumentSource::Client(argument.name.clone());
        let default = inherited.and_then(|default| presets::coerce(pair.graph, &default, &graph.ty).ok());
        bind(&mut bindings, Binding { step: target.step, argument: graph.name.clone(), source, default, span }, report);
    }
    for preset in field.directives.iter().filter(|directive| &*directive.name == "preset") {
        match presets::compile(pair, preset, steps, report) {
            Some(binding) => bind(&mut bindings, binding, report),
            None => lost = true,
        }
    }
    let hops = (0..steps.len()).map(|step| of_step(pair, (steps, step), &mut bindings));
    let (hops, unbound): (Vec<_>, Vec<_>) = hops.unzip();
    // An argument that was not found may be the one that is missing.
    for (step, graph) in unbound.into_iter().flatten().filter(|_| !lost) {
        report_unbound(field, &steps[step], graph, report);
    }
    compiled.hops = hops;
    compiled
}

/// The graph arguments of a step, in the graph's order, and the required ones that nothing binds.
fn of_step<'g>(
    pair: &Pair<'_>,
    (steps, step): (&[Step<'g>], usize),
    bindings: &mut Vec<Binding>,
) -> (Vec<HopArgument>, Vec<(usize, &'g InputValue)>) {
    let mut arguments = Vec::new();
    let mut unbound = Vec::new();
    for graph in steps[step].field.arguments.values() {
        let bound = bindings.iter().position(|binding| binding.step == step && binding.argument == graph.name);
        let (source, default) = match bound.map(|index| bindings.swap_remove(index)) {
            Some(binding) => (binding.source, binding.default),
            None => match &graph.default {
                Some(default) => (ArgumentSource::Default, presets::coerce(pair.graph, default, &graph.ty).ok()),
                None => {
                    if graph.ty.is_non_null() {
                        unbound.push((step, graph));
                    }
                    continue;
                }
            },
        };
        arguments.push(HopArgument { name: graph.name.clone(), ty: graph.ty.clone(), source, default });
    }
    (arguments, unbound)
}

fn report_unbound(field: &FieldDefinition, step: &Step<'_>, graph: &InputValue, report: &mut Report) {
    let name = &graph.name;
    report
        .error(
            "VIEW_UNBOUND_ARGUMENT",
            format!("nothing gives the required argument `{name}` of `{}.{}`", step.parent.name, step.field.name),
            field.span.as_ref(),
        )
        .hint(format!("add the argument `{name}: {}`, or pin it with `@preset(arg: \"{name}\", value: ...)`", graph.ty))
        .related(graph.span.as_ref(), "declared here in the graph");
}

fn bind(bindings: &mut Vec<Binding>, binding: Binding, report: &mut Report) {
    let first = bindings.iter().find(|known| known.step == binding.step && known.argument == binding.argument);
    if let Some(first) = first {
        report
            .error(
                "VIEW_ARGUMENT_BOUND_TWICE",
                format!("argument `{}` of the graph gets two values", binding.argument),
                binding.span.as_ref(),
            )
            .hint("name the step where several have an argument of that name: `image.width`")
            .related(first.span.as_ref(), "it gets one here");
        return;
    }
    bindings.push(binding);
}

fn target<'g>(argument: &InputValue, steps: &[Step<'g>], report: &mut Report) -> Option<Target<'g>> {
    let from = find(&argument.directives, "from");
    if let Some(from) = from {
        for (name, value) in from.arguments.iter().filter(|(name, _)| &**name != "arg") {
            report
                .error(
                    "VIEW_INVALID_FROM",
                    format!("`@from({name}:)` does not belong on an argument"),
                    value.span.as_ref(),
                )
                .hint("an argument has `@from(arg: \"...\")`");
        }
    }
    let literal = from.and_then(|from| from.argument("arg"));
    let place = literal.and_then(|literal| literal.span.as_ref()).or(argument.span.as_ref());
    find_target(steps, literal.and_then(Literal::as_str).unwrap_or(&argument.name), place, report)
}

/// `@max`
fn cap(argument: &InputValue, report: &mut Report) -> Option<i64> {
    let directive = find(&argument.directives, "max")?;
    let literal = directive.argument("value")?;
    if !matches!(&argument.ty, TypeRef::Named { name, .. } if &**name == "Int") {
        report
            .error(
                INVALID_MAX,
                format!("`@max` needs an `Int`, but `{}` is `{}`", argument.name, argument.ty),
                directive.span.as_ref(),
            )
            .hint("remove `@max`");
        return None;
    }
    let value = integer(literal, "`@max(value:)`", report)?;
    if value < 0 {
        report
            .error(INVALID_MAX, format!("`@max` must not be negative, but is {value}"), literal.span.as_ref())
            .hint("write the largest value that the client may send");
        return None;
    }
    Some(value)
}

fn check_default(
    cap: Option<i64>,
    (argument, default): (&InputValue, &Literal),
    place: Option<&Span>,
    report: &mut Report,
) {
    if let Some(cap) = cap
        && !is_within_cap(default, cap)
    {
        report
            .error(
                INVALID_MAX,
                format!("the default of `{}` is not between 0 and its `@max` of {cap}", argument.name),
                place.or(argument.span.as_ref()),
            )
            .hint("lower the default, or leave it out: then the cap is sent");
    }
}

/// The view's type is the graph's, or stronger.
fn check_type(
    pair: &Pair<'_>,
    coordinate: &str,
    (argument, graph, cap): (&InputValue, &InputValue, Option<i64>),
    report: &mut Report,
) {
    // Under a cap an explicit null is refused and an absent value is the default or the cap.
    let given = match &argument.ty {
        TypeRef::Named { name, .. } if cap.is_some() => TypeRef::Named { name: name.clone(), non_null: true },
        ty => ty.clone(),
    };
    let (place, declared) = (argument.type_span.as_ref(), graph.type_span.as_ref());
    inputs::check_type(pair, coordinate, (&given, place), (&graph.ty, declared), report);
}
