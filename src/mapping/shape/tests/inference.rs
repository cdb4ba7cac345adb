//! What is inferred.

use super::{Members, known, short};
use crate::mapping::{Mapping, ValueShape, Version};

fn inferred(text: &str, version: Version) -> String {
    let mapping = Mapping::parse(text, version).expect(text);
    short(&mapping.infer(&ValueShape::object(Members::open()), &known(), version).shape)
}

#[test]
fn expressions_have_shapes() {
    for (text, expected) in [
        ("$", "{..: *?}"),
        ("$.a", "*?"),
        ("$args.name", "string"),
        ("$args.note", "string | null?"),
        ("$args.note?", "string?"),
        ("$($args.note ?? 'x')", "string"),
        ("$($args.note ?? null)", "string | null"),
        ("$($args.note ?! 1)", "whole | string | null"),
        ("$args.color", "'BLUE' | 'RED'"),
        ("$args.nothing", "-?"),
        ("$args.node", "Node"),
        ("$args.node.c", "Node | null?"),
        ("$args.node.c.c.c.a", "whole?"),
        ("$args.node.d.b", "[string | null]"),
        ("$args.node { a b }", "{a: whole, b: string | null?}"),
        ("$args.nodes { a }", "[{a: whole?} | null] | {a: whole?} | null?"),
        ("$(['x', 1, null])", "[whole | 'x' | null]"),
        ("$([])", "[-]"),
        ("$({a: 1.5, b: $args.note})", "{a: fractional, b: string | null?}"),
        ("x: $(true) y: $(1.0)", "{x: boolean, y: whole}"),
        ("x: $args.name x: $args.count", "{x: whole}"),
        ("x: $args.node { a } x: $args.node { b }", "{x: {a: whole, b: string | null?}}"),
        ("x: $args.name $args.node { a }", "{x: string, a: whole}"),
        ("o: { x: $args.name }", "{o: {x: string}}"),
        ("$status", "whole"),
        ("$response.headers.'x-a'", "[string]?"),
        ("$response.headers.'x-a'->first", "string?"),
        ("$args.tags->as($t)->echo([$t, @])", "[[string | null]]"),
        ("$env", "*?"),
    ] {
        assert_eq!(inferred(text, Version::V0_3), expected, "{text}");
    }
}

#[test]
fn methods_have_shapes() {
    for (text, expected) in [
        ("$args.tags->map(@->size)", "[whole | null]"),
        ("$args.name->map(@)", "[string]"),
        ("$args.tags->filter(@->eq('a'))", "[string | null]"),
        ("$args.tags->find(@->eq('a'))", "string | null?"),
        ("$args.tags->first", "string | null?"),
        ("$args.name->last", "string?"),
        ("$args.count->first", "whole?"),
        ("$args.count->match([1, 'one'], [2, 'two'])", "'one' | 'two'?"),
        ("$args.count->match([1, 'one'], [@, 2], [3, null])", "whole | 'one'"),
        ("$args.tags->slice(0, 2)", "[string | null]?"),
        ("$args.tags->size", "whole"),
        ("$args.any->size", "whole?"),
        ("$args.node->entries", "[{key: 'a' | 'b' | 'c' | 'd', value: whole | string | [Node] | Node | null}]"),
        ("$args.node->get('a')", "whole?"),
        ("$args.tags->get(0)", "string | null?"),
        ("$args.count->jsonStringify", "string"),
        ("$args.name->jsonParse", "*?"),
        ("$args.tags->joinNotNull(',')", "string?"),
        ("$args.name->eq('a')", "boolean"),
        ("$args.count->gt(1)->and($args.flag)", "boolean?"),
        ("$args.flag->not", "boolean?"),
        ("$args.color->toString", "'BLUE' | 'RED'"),
        ("$args.name->parseInt", "whole?"),
        ("$args.count->in([1, 2])", "boolean?"),
        ("$args.count->add(1)", "whole?"),
        ("$args.count->div(2)", "any?"),
        ("$args.price->mul(2)", "any?"),
        ("$args.name->split(',')", "[string]?"),
        ("$args.node->keysToCamelCase", "{*}?"),
        ("$args.name->trim", "string?"),
    ] {
        assert_eq!(inferred(text, Version::V0_3), expected, "{text}");
    }
}

#[test]
fn results_of_methods_are_unknown_before_0_3() {
    for (text, expected) in
        [("$args.count->add(1)", "*?"), ("$args.name->as($n)->echo($n)", "*?"), ("$args.name", "string")]
    {
        assert_eq!(inferred(text, Version::V0_2), expected, "{text}");
    }
}

/// Shapes of texts that double at each step would have as many parts as there are atoms in the world.
#[test]
fn shapes_are_bounded() {
    let doubling = format!("$args.name{}", "->as($v)->echo({a: $v, b: $v})".repeat(60));
    assert!(inferred(&doubling, Version::V0_3).contains("{*}"));
    let nesting = format!("$args.name{}", "->echo([@])".repeat(500));
    assert!(inferred(&nesting, Version::V0_3).contains('*'));
    let wide: String = (0..20_000).map(|at| format!("f{at} ")).collect();
    assert_eq!(inferred(&wide, Version::V0_3), "{..: *?}");
}
