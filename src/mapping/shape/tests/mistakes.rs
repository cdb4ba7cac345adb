//! What is refused, and what must not be.

use super::{MistakeKind, known};
use crate::mapping::{Mapping, ValueShape, Version};

fn mistakes(text: &str, version: Version) -> Vec<String> {
    let mapping = Mapping::parse(text, version).expect(text);
    let inferred = mapping.infer(&ValueShape::any(), &known(), version);
    let show = |mistake: &super::Mistake| {
        let place = text.get(mistake.range.clone()).expect("places are within the text");
        let sort = match &mistake.kind {
            MistakeKind::Kind => "",
            MistakeKind::Key(_) => " (key)",
            MistakeKind::Idle => " (idle)",
        };
        let hint = mistake.hint.as_ref().map(|hint| format!(" [{hint}]")).unwrap_or_default();
        format!("{place} | {}{sort}{hint}", mistake.message)
    };
    inferred.mistakes.iter().map(show).collect()
}

#[test]
fn mistakes_are_told_where_they_stand() {
    for (text, expected) in [
        ("$args.name.first", "first | `.first` is read from a string [only objects have keys]"),
        (
            "$args.tags.name",
            "name | `.name` is read from each element of a list, but each is a string [only objects have keys]",
        ),
        ("$args.node.aa", "aa | `Node` doesn't have a field named `aa` (key) [did you mean `a`?]"),
        ("$args.nodes->map(@.typo)", "typo | `Node` doesn't have a field named `typo` (key)"),
        ("$args.node->as($n)->echo($n.c.typo?)", "typo | `Node` doesn't have a field named `typo` (key)"),
        ("$args.node.d { x: c { typo } }", "typo | `Node` doesn't have a field named `typo` (key)"),
        ("$args.node->entries->map(@.val)", "val | the object here has no `val` [did you mean `value`?]"),
        ("$({a: 1}).b", "b | the object here has no `b` [did you mean `a`?]"),
        ("$args.flag->add(1)", "->add | `->add` needs a number, not a boolean"),
        (
            "$args.name->add(1)",
            "->add | `->add` needs a number, not a string [read it as a number first: `->parseInt`]",
        ),
        ("$args.count->add($args.name)", "$args.name | `->add` needs numbers, not a string"),
        ("$args.count->div(0)", "->div(0) | `->div` by zero"),
        ("$args.flag->and($args.count)", "$args.count | `->and` needs true or false, not a number"),
        ("$args.count->and(true)", "->and | `->and` needs a boolean, not a number [compare first: `->eq(x)`]"),
        ("$args.note->not", "->not | `->not` needs a boolean, not a string [compare first: `->eq(x)`]"),
        ("$args.name->slice($args.name)", "$args.name | `->slice` needs offsets that are numbers, not a string"),
        ("$args.count->slice(1)", "->slice | `->slice` needs a string or a list, not a number"),
        ("$args.tags->joinNotNull(@)", "@ | `->joinNotNull` needs a separator that is a string, not a list"),
        (
            "$args.nodes->joinNotNull(',')",
            "->joinNotNull | `->joinNotNull` joins scalars, not an object [take one member of each first: `->map(@.name)`]",
        ),
        ("$args.tags->filter(@)", "@ | `->filter` needs a condition that is true or false, not a string"),
        ("$args.nodes->find(@.a)", "@.a | `->find` needs a condition that is true or false, not a number"),
        ("$args.count->first", "->first | `->first` needs a string or a list, not a number"),
        ("$args.count->size", "->size | `->size` needs a string, a list or an object, not a number"),
        (
            "$args.tags->entries",
            "->entries | `->entries` needs an object, not a list [take each element: `->map(...)`]",
        ),
        (
            "$args.tags->toString",
            "->toString | `->toString` needs a string, a number or a boolean, not a list [take one element first: `->first`, or each: `->map(...)`]",
        ),
        ("$args.flag->parseInt", "->parseInt | `->parseInt` needs a string or a number, not a boolean"),
        ("$args.name->parseInt(@)", "@ | `->parseInt` needs a base between 2 and 36, not a string"),
        (
            "$args.name->gt(1)",
            "->gt(1) | `->gt` can't compare a string with a number [make them alike: `->parseInt` or `->toString`]",
        ),
        ("$args.flag->gt(1)", "->gt | `->gt` needs a string or a number, not a boolean"),
        ("$args.count->in(@)", "@ | `->in` needs an array, not a number"),
        ("$args.count->contains(1)", "->contains | `->contains` needs a list, not a number"),
        ("$args.tags->get('a')", "->get | `->get` takes an index, a number, not a string"),
        ("$args.node->get(0)", "->get | `->get` takes the name of a member, a string, not a number"),
        ("$args.flag->get(0)", "->get | `->get` needs a list, an object or a string, not a boolean"),
        ("$args.count->split(',')", "->split | `->split` needs a string, not a number"),
        (
            "$args.name->split(@, $args.name)",
            "$args.name | `->split` needs a limit that is an integer above 0, not a string",
        ),
        ("$args.count->jsonParse", "->jsonParse | `->jsonParse` needs a string, not a number"),
        ("$args.count->trim", "->trim | `->trim` needs a string, not a number"),
        (
            "$args.tags->keysToCamelCase",
            "->keysToCamelCase | `->keysToCamelCase` needs an object, not a list [take each element: `->map(...)`]",
        ),
        (
            "x: $args.name $args.tags { y: $('z') }",
            "$args.tags { y: $('z') } | only an object can be spread into an object, not a list [give it a name: `name: path`]",
        ),
        (
            "$args.count->match(['1', 2])",
            "->match | no pair of `->match` can match: the value is a number [add a last pair for everything else: `[@, value]`]",
        ),
        (
            "$args.color->match(['RED', 1], ['GREEN', 2])",
            "->match | the pair for `GREEN` never matches: the value is `BLUE` or `RED` (idle)",
        ),
        (
            "$args.color->eq('GREEN')",
            "->eq('GREEN') | `->eq` always is false: it compares `BLUE` or `RED` with `GREEN` (idle)",
        ),
        ("x: a->map(b->size->add($args.name))", "$args.name | `->add` needs numbers, not a string"),
    ] {
        assert_eq!(mistakes(text, Version::V0_3), [expected], "{text}");
    }
}

#[test]
fn what_may_work_is_no_mistake() {
    for text in [
        "a.b.c->first->add(1)",
        "a->and(d)",
        "a->slice(e)",
        "a->map(@.x)->filter(@.y)->joinNotNull(z)",
        "$args.note->size",
        "$args.note->toString",
        "$args.count->joinNotNull(',')",
        "$args.tags->joinNotNull(',')",
        "$args.nodes.a->joinNotNull(',')",
        "$args.nodes->first.c.b",
        "$args.node.c?.b",
        "$args.node->entries { key value }",
        "$args.any.x->add(1)",
        "$args.any->filter(@.x)",
        "$(['a', 1])->map(@->add(1))",
        "$(null)->add(1)",
        "$args.count->add($(null ?? null))",
        "$args.note->eq(null)",
        "$args.note->match([null, 'none'], [@, 'some'])",
        "$args.color->match(['RED', 1], [@, 2])",
        "$args.count->match([1, 'a'])",
        "$({a: 1}).b?",
        "$args.name->jsonParse.x->add(1)",
        "$response.headers.'x-a'->first->split(',')",
        "$env.PORT->parseInt",
        "$([])->first->add(1)",
        "$([]).a",
        "x: $args.name $args.node { a }",
        "$args.unheard->add(1)",
        "$args.count->parseInt(16)",
    ] {
        let expected: &[&str] = if text.contains("unheard") {
            &[
                "unheard | the object here has no `unheard` [it has `flag`, `count`, `price`, `name`, `note`, `color`, `tags`, `node`]",
            ]
        } else {
            &[]
        };
        assert_eq!(mistakes(text, Version::V0_3), expected, "{text}");
    }
}

#[test]
fn methods_are_not_judged_before_0_3() {
    assert_eq!(mistakes("$args.flag->add($args.name)", Version::V0_2), [""; 0]);
    assert_eq!(mistakes("$args.name.x", Version::V0_2).len(), 1);
}
