//! Every construct and method: mapping, input, result, problems.

use crate::{
    json::Value,
    mapping::{Mapping, Problems, Scope, Version, evaluate::Evaluator, parser},
};

/// A mapping, its input, the result (`-` is missing), and the problems met.
type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

fn value(text: &str) -> Value {
    Value::parse(text.as_bytes()).unwrap()
}

fn check(cases: &[Case]) {
    check_version(cases, Version::V0_3);
}

pub(super) fn check_version(cases: &[Case], version: Version) {
    let args = value(r#"{"id":7,"tags":["a","b"],"input":{"name":"n","empty":null},"zero":0}"#);
    let this = value(r#"{"id":"t1","region":"eu"}"#);
    let scope = Scope { args: Some(&args), this: Some(&this), status: Some(200), ..Scope::default() };
    for (text, input, expected, expected_problems) in cases {
        let mapping = Mapping::parse(text, version).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        let mut problems = Problems::default();
        let result = mapping.evaluate(&value(input), &scope, &mut problems);
        let result = result.map_or("-".to_owned(), |value| value.to_string());
        assert_eq!(result, *expected, "{text} over {input}");
        let problems: Vec<String> = problems
            .as_slice()
            .iter()
            .map(|problem| {
                let times = if problem.count > 1 { format!(" x{}", problem.count) } else { String::new() };
                format!("{}{times}", problem.message)
            })
            .collect();
        assert_eq!(problems, *expected_problems, "{text} over {input}");
    }
}

#[test]
fn selects_keys() {
    check(&[
        ("a", r#"{"a":1,"b":2}"#, r#"{"a":1}"#, &[]),
        ("a b", r#"{"a":1,"b":2}"#, r#"{"a":1,"b":2}"#, &[]),
        ("x: a", r#"{"a":1}"#, r#"{"x":1}"#, &[]),
        ("x: a.b.c", r#"{"a":{"b":{"c":1.50}}}"#, r#"{"x":1.50}"#, &[]),
        ("x: \"a b\" 'c-d'", r#"{"a b":1,"c-d":2}"#, r#"{"x":1,"c-d":2}"#, &[]),
        ("x: a # one\n . b # two\n y", r#"{"a":{"b":1},"y":2}"#, r#"{"x":1,"y":2}"#, &[]),
        ("a b", r#"{"a":null}"#, r#"{"a":null}"#, &["property `.b` not found in object"]),
        ("nullable trueish", r#"{"nullable":1,"trueish":2}"#, r#"{"nullable":1,"trueish":2}"#, &[]),
        ("x: true", r#"{"true":1}"#, r#"{"x":1}"#, &[]),
        ("a", r#"[{"a":1},{"b":2},[{"a":3}]]"#, r#"[{"a":1},{},[{"a":3}]]"#, &["property `.a` not found in object"]),
        ("a", "5", "5", &["property `.a` not found in number"]),
        ("a", "null", "null", &["property `.a` not found in null"]),
        ("a: $args.id", "null", r#"{"a":7}"#, &[]),
        ("b: { a: $args.id }", "null", r#"{"b":{"a":7}}"#, &[]),
        ("b: { a }", "null", "null", &["property `.a` not found in null"]),
        ("a", "[]", "[]", &[]),
    ]);
}

#[test]
fn sub_selections_follow_the_data() {
    check(&[
        ("a { b }", r#"{"a":{"b":1,"c":2}}"#, r#"{"a":{"b":1}}"#, &[]),
        (
            "a { b }",
            r#"{"a":[{"b":1},[{"b":2}],null]}"#,
            r#"{"a":[{"b":1},[{"b":2}],null]}"#,
            &["property `.b` not found in null"],
        ),
        ("a { b }", r#"{"a":"s"}"#, r#"{"a":"s"}"#, &["property `.b` not found in string"]),
        ("a { b: $args.id }", r#"{"a":"s"}"#, r#"{"a":{"b":7}}"#, &[]),
        ("a { b: $(null) }", r#"{"a":"s"}"#, r#"{"a":{"b":null}}"#, &[]),
        ("a { g: { b } }", r#"{"a":"s"}"#, r#"{"a":"s"}"#, &["property `.b` not found in string"]),
        ("a {}", r#"{"a":{"b":1}}"#, r#"{"a":{}}"#, &[]),
        ("g: { a b }", r#"{"a":1,"b":2}"#, r#"{"g":{"a":1,"b":2}}"#, &[]),
        ("o: a { x: $.b y: @.b }", r#"{"a":{"b":1}}"#, r#"{"o":{"x":1,"y":1}}"#, &[]),
        ("x: a.b { c }", r#"{"a":{"b":{"c":1}}}"#, r#"{"x":{"c":1}}"#, &[]),
    ]);
}

#[test]
fn anonymous_and_spread_values() {
    check(&[
        ("$", "[1]", "[1]", &[]),
        ("@", "[1]", "[1]", &[]),
        ("$.a", r#"{"a":[1]}"#, "[1]", &[]),
        ("a.b", r#"{"a":{"b":2}}"#, "2", &[]),
        ("$.a { b }", r#"{"a":[{"b":1}]}"#, r#"[{"b":1}]"#, &[]),
        ("$ { b }", r#"{"b":1}"#, r#"{"b":1}"#, &[]),
        ("$.a { b }", "{}", "-", &["property `.a` not found in object"]),
        ("id $.a { b }", r#"{"id":1,"a":{"b":2}}"#, r#"{"id":1,"b":2}"#, &[]),
        ("id a.x { b }", r#"{"id":1,"a":{"x":{"b":2}}}"#, r#"{"id":1,"b":2}"#, &[]),
        ("id $.a { b }", r#"{"id":1,"a":null}"#, "null", &["property `.b` not found in null"]),
        (
            "id $.a { b }",
            r#"{"id":1}"#,
            r#"{"id":1}"#,
            &["property `.a` not found in object", "inlined path produced no value"],
        ),
        ("id $.a { b }", r#"{"id":1,"a":[{"b":2}]}"#, r#"{"id":1}"#, &["expected object or null, not array"]),
        ("$this { id } n: a", r#"{"a":1}"#, r#"{"id":"t1","n":1}"#, &[]),
        ("$args.input { name }", "null", r#"{"name":"n"}"#, &[]),
    ]);
}

#[test]
fn variables_and_registers() {
    check(&[
        ("$args.id", "null", "7", &[]),
        ("$status", "null", "200", &[]),
        ("s: $status->eq(200)", "{}", r#"{"s":true}"#, &[]),
        ("$args.nope", "null", "-", &["property `.nope` not found in object"]),
        ("$config.x", "null", "-", &["variable `$config` not found"]),
        ("a->map({v: @, w: $.b})", r#"{"a":[1,2],"b":3}"#, r#"[{"v":1,"w":3},{"v":2,"w":3}]"#, &[]),
        ("a->map(b)", r#"{"a":[1,2],"b":3}"#, "[3,3]", &[]),
        (
            "a->as($x)->map({x: $x.size, y: @})",
            r#"{"a":[1]}"#,
            r#"[{"x":[null],"y":1}]"#,
            &["property `.size` not found in number"],
        ),
        ("a->as($x, 9)->map($x)", r#"{"a":[1,2]}"#, "[9,9]", &[]),
        ("a->as($x) { p: b q: $x.b }", r#"{"a":{"b":1}}"#, r#"{"p":1,"q":1}"#, &[]),
    ]);
}

#[test]
fn lists_map_shallowly() {
    check(&[
        ("$.l.k", r#"{"l":[{"k":1},{"k":2}]}"#, "[1,2]", &[]),
        (
            "$.l.k",
            r#"{"l":[{"k":1},{},null]}"#,
            "[1,null,null]",
            &["property `.k` not found in object", "property `.k` not found in null"],
        ),
        ("$.l.k?", r#"{"l":[{}]}"#, "[null]", &["property `.k` not found in object"]),
        ("$.list.tags->first", r#"{"list":[{"tags":[1,2]},{"tags":[3]}]}"#, "[1,2]", &[]),
        ("$.list->map(@.tags->first)", r#"{"list":[{"tags":[1,2]},{"tags":[3]}]}"#, "[1,3]", &[]),
        ("$.l.k.j", r#"{"l":[{"k":{"j":1}},{"k":[{"j":2}]}]}"#, "[1,[2]]", &[]),
    ]);
}

#[test]
fn optional_and_operators() {
    check(&[
        ("a?", "{}", "{}", &[]),
        ("a?", r#"{"a":null}"#, "{}", &[]),
        ("a?", r#"{"a":0}"#, r#"{"a":0}"#, &[]),
        ("a? { b }", r#"{"a":null}"#, "{}", &[]),
        ("x: a?.b", r#"{"a":null}"#, "{}", &[]),
        ("x: a?.b", "{}", "{}", &[]),
        ("x: a?.b", r#"{"a":{}}"#, "{}", &["property `.b` not found in object"]),
        ("x: a?.b", r#"{"a":5}"#, "{}", &["property `.b` not found in number"]),
        ("$(a ?? b ?? 'c')", "{}", r#""c""#, &[]),
        ("$(a ?? b)", r#"{"a":null,"b":2}"#, "2", &[]),
        ("$(a ?? b)", r#"{"a":1}"#, "1", &[]),
        ("$(a ?? b)", r#"{"a":null,"b":null}"#, "null", &[]),
        ("$(a ?? b)", r#"{"a":null}"#, "-", &["property `.b` not found in object"]),
        ("$(a ?? b)", "{}", "-", &["property `.a` not found in object", "property `.b` not found in object"]),
        ("$(a ?! b)", r#"{"a":null,"b":2}"#, "null", &[]),
        ("$(a ?! b)", r#"{"b":2}"#, "2", &[]),
        ("$($(a ?! b) ?? 'c')", r#"{"a":null}"#, r#""c""#, &[]),
        ("x: $(a ?? 0)->add(1)", "{}", r#"{"x":1}"#, &[]),
    ]);
}

#[test]
fn literals() {
    check(&[
        ("$('a\\'b\\n\\t')", "null", r#""a'b\nt""#, &[]),
        ("$(\"x\")", "null", r#""x""#, &[]),
        ("$(007)", "null", "7", &[]),
        ("$(.5)", "null", "0.5", &[]),
        ("$(-5.)", "null", "-5.0", &[]),
        ("$([1, a, true,])", r#"{"a":2}"#, "[1,2,true]", &[]),
        ("$([nope])", "{}", "[null]", &["property `.nope` not found in object"]),
        (
            "$({a: 1, 'b c': x, d: nope,})",
            r#"{"x":2}"#,
            r#"{"a":1,"b c":2}"#,
            &["property `.nope` not found in object"],
        ),
        ("$(null)", "1", "null", &[]),
        ("$('abc'->size)", "null", "3", &[]),
        ("$({a: {b: 1}}.a.b)", "null", "1", &[]),
        ("x: $(\"web\")", "{}", r#"{"x":"web"}"#, &[]),
        ("$({})", "{}", "{}", &[]),
        ("$({v: $.k}) ", r#"{"k":1}"#, r#"{"v":1}"#, &[]),
    ]);
}

#[test]
fn siblings_of_one_name_merge() {
    check(&[
        ("x: a x: b", r#"{"a":{"p":1},"b":{"q":2}}"#, r#"{"x":{"p":1,"q":2}}"#, &[]),
        ("x: a x: b", r#"{"a":[1,2],"b":[3]}"#, r#"{"x":[3,2]}"#, &[]),
        ("x: a x: b", r#"{"a":1,"b":null}"#, r#"{"x":null}"#, &[]),
        ("x: a x: b", r#"{"a":1,"b":"s"}"#, r#"{"x":"s"}"#, &["lossy merge replacing number with string"]),
        ("x: a x: b", r#"{"a":1}"#, r#"{"x":1}"#, &["property `.b` not found in object"]),
        ("x: a $.s { x }", r#"{"a":1,"s":{"x":2}}"#, r#"{"x":2}"#, &[]),
    ]);
}

#[test]
fn methods_over_lists() {
    check(&[
        ("$->first", "[1,2]", "1", &[]),
        ("$->last", "[1,2]", "2", &[]),
        ("$->first", "[]", "-", &[]),
        ("$->first", "\"éa\"", "\"é\"", &[]),
        ("$->last", "\"aé\"", "\"é\"", &[]),
        ("$->first", "\"\"", "-", &[]),
        ("$->first", "5", "5", &["`->first` needs an array or a string, not number"]),
        ("$->map(@->add(1))", "[1,2]", "[2,3]", &[]),
        ("$->map(@->add(1))", "1", "[2]", &[]),
        ("$->map(@.a)", "[{}]", "[null]", &["property `.a` not found in object"]),
        ("$->filter(@->gt(1))", "[1,2,3]", "[2,3]", &[]),
        ("$->filter(@->gt(1))", "5", "[5]", &[]),
        ("$->filter(@->gt(1))", "0", "[]", &[]),
        ("$->filter(@)", "[true,1]", "-", &["`->filter` needs a condition that is true or false, not number"]),
        ("$->find(@.id->eq(2))", r#"[{"id":1},{"id":2}]"#, r#"{"id":2}"#, &[]),
        ("$->find(@->eq(9))", "[1]", "-", &[]),
        ("$->find(@)", "[1]", "-", &["`->find` needs a condition that is true or false, not number"]),
        ("$->joinNotNull(',')", "[1,null,\"a\",true,1.50]", "\"1,a,true,1.50\"", &[]),
        ("$->joinNotNull(',')", "[]", "\"\"", &[]),
        ("$->joinNotNull(',')", "5", "\"5\"", &[]),
        ("$->joinNotNull(',')", "[[1]]", "-", &["`->joinNotNull` joins scalars, not array"]),
        ("$->joinNotNull(1->echo(@))", "[1]", "-", &["`->joinNotNull` needs a separator that is a string"]),
        ("$->size", "[1,2]", "2", &[]),
        ("$->size", "\"héé\"", "3", &[]),
        ("$->size", r#"{"a":1}"#, "1", &[]),
        ("$->size", "5", "-", &["`->size` needs an array, an object or a string, not number"]),
        ("$->entries", r#"{"a":1,"b":[2]}"#, r#"[{"key":"a","value":1},{"key":"b","value":[2]}]"#, &[]),
        ("$->entries { k: key v: value }", r#"{"a":1}"#, r#"[{"k":"a","v":1}]"#, &[]),
        ("$->entries", "[]", "-", &["`->entries` needs an object, not array"]),
        ("$->slice(1)", "[1,2,3]", "[2,3]", &[]),
        ("$->slice(1, 2)", "[1,2,3]", "[2]", &[]),
        ("$->slice(-5, 99)", "[1,2]", "[1,2]", &[]),
        ("$->slice(2, 1)", "[1,2,3]", "[]", &[]),
        ("$->slice", "[1]", "[1]", &[]),
        ("$->slice(1, 3)", "\"aéîo\"", "\"éî\"", &[]),
        ("$->slice(0)", "5", "-", &["`->slice` needs an array or a string, not number"]),
        ("$->slice('x'->echo(@))", "[1]", "-", &["`->slice` needs offsets that are numbers, not string"]),
        ("$->get(0)", "[1,2]", "1", &[]),
        ("$->get(-1)", "[1,2]", "2", &[]),
        ("$->get(2)", "[1,2]", "-", &["`->get` found nothing at 2 of 2"]),
        ("$->get(-3)", "[1,2]", "-", &["`->get` found nothing at -3 of 2"]),
        ("$->get(1)", "\"aé\"", "\"é\"", &[]),
        ("$->get('a')", r#"{"a":1}"#, "1", &[]),
        ("$->get('b')", r#"{"a":1}"#, "-", &["`->get` found no property `b`"]),
        ("$->get(0)", r#"{"a":1}"#, "-", &["`->get` can't take number of object"]),
        ("$->get(2)", "\"aé\"", "-", &["`->get` found nothing at 2 of 2"]),
        ("$->get(-2)", "\"aé\"", "\"a\"", &[]),
        ("$->get(0.5)", "[1]", "-", &["`->get` found nothing at 0.5 of 1"]),
        ("$->get(-9223372036854775808)", "[1]", "-", &["`->get` found nothing at -9223372036854775808 of 1"]),
        ("$->get(0)", "null", "-", &["`->get` can't take number of null"]),
        ("$->slice(-3, -1)", "[1,2]", "[]", &[]),
        ("$->slice(0, 1.9)", "\"éa\"", "\"é\"", &[]),
        ("$->slice(99999999999999999999)", "[1]", "[]", &[]),
        ("$->slice($args.nope)", "[1]", "-", &["property `.nope` not found in object"]),
        ("$->slice(0)", r#"{"a":1}"#, "-", &["`->slice` needs an array or a string, not object"]),
        ("$->first", r#"{"a":1}"#, r#"{"a":1}"#, &["`->first` needs an array or a string, not object"]),
        ("$->last", "null", "null", &["`->last` needs an array or a string, not null"]),
        ("$->last", "[]", "-", &[]),
        ("$->map([@, 1])", r#"{"a":1}"#, r#"[[{"a":1},1]]"#, &[]),
        ("$->map(@)", "null", "[null]", &[]),
        ("$->map($args.nope)", "1", "[null]", &["property `.nope` not found in object"]),
        (
            "$->filter(@.a)",
            "[{}]",
            "-",
            &[
                "property `.a` not found in object",
                "`->filter` needs a condition that is true or false, but it has no value",
            ],
        ),
        ("$->filter(@)", "true", "[true]", &[]),
        ("$->find(@)", "false", "-", &[]),
        ("$->joinNotNull('-')", "null", "\"\"", &[]),
        ("$->joinNotNull('-')", r#"{"a":1}"#, "-", &["`->joinNotNull` joins scalars, not object"]),
        ("$->contains('1')", "[1]", "false", &[]),
        ("$->contains({a: 1, b: [2.0]})", r#"[{"b":[2],"a":1.0}]"#, "true", &[]),
        ("$->contains(1)", "\"1\"", "-", &["`->contains` needs an array, not string"]),
        ("$->in([1, 2])", "2.0", "true", &[]),
        ("$->contains(1)", "[1.0]", "true", &[]),
        ("$->contains(2)", "[1]", "false", &[]),
        ("$->in([1, 'a'])", "\"a\"", "true", &[]),
        ("$->in(1->echo(@))", "1", "-", &["`->in` needs an array, not number"]),
    ]);
}

#[test]
fn methods_over_values() {
    check(&[
        ("$->echo([@, @])", "1", "[1,1]", &[]),
        ("$->match([1, 'one'], [2, 'two'])", "2", "\"two\"", &[]),
        ("$->match([1, 'one'])", "1.0", "-", &["`->match` found no matching pair"]),
        ("$->match(['a', 1], [@, 0])", "\"b\"", "0", &[]),
        ("$->match(['1', 's'], [1, 'n'])", "1", "\"n\"", &[]),
        ("$->match([1.0, 'f'], [1, 'i'])", "1", "\"i\"", &[]),
        ("$->match([[1, 2.0], 'x'], [[1, 2], 'y'])", "[1,2]", "\"y\"", &[]),
        ("$->match([null, 'n'])", "null", "\"n\"", &[]),
        ("$->match([1, $args.nope], [1, 2])", "1", "-", &["property `.nope` not found in object"]),
        (
            "$->match([@.kind, 1])",
            "5",
            "-",
            &["property `.kind` not found in number", "`->match` found no matching pair"],
        ),
        ("$->jsonStringify", "1.50", "\"1.50\"", &[]),
        ("$->jsonStringify", "\"\\u0001\"", r#""\"\\u0001\"""#, &[]),
        ("$->jsonStringify", r#"{"a": [1, "x"]}"#, r#""{\"a\":[1,\"x\"]}""#, &[]),
        ("$->toString", "1.50", "\"1.50\"", &[]),
        ("$->toString", "null", "\"\"", &[]),
        ("$->toString", "\"x\"", "\"x\"", &[]),
        ("$->toString", "[]", "-", &["`->toString` needs a scalar, not array"]),
        ("$->parseInt", "\"42\"", "42", &[]),
        ("$->parseInt", "\"-42\"", "-42", &[]),
        ("$->parseInt", "12.9", "12", &[]),
        ("$->parseInt", "-12.9", "-12", &[]),
        ("$->parseInt(16)", "\"ff\"", "255", &[]),
        ("$->parseInt(1->echo(@))", "\"ff\"", "-", &["`->parseInt` needs a base between 2 and 36"]),
        ("$->parseInt", "\"x\"", "-", &["`->parseInt` can't read an integer"]),
        ("$->parseInt(16)", "10", "16", &[]),
        ("$->parseInt(16)", "10.9", "16", &[]),
        ("$->parseInt(36)", "\"Zz\"", "1295", &[]),
        ("$->parseInt(2)", "\"2\"", "-", &["`->parseInt` can't read an integer"]),
        ("$->parseInt", "\" 42\"", "-", &["`->parseInt` can't read an integer"]),
        ("$->parseInt", "\"12.9\"", "-", &["`->parseInt` can't read an integer"]),
        ("$->parseInt", "\"\"", "-", &["`->parseInt` can't read an integer"]),
        ("$->parseInt($args.zero)", "\"1\"", "-", &["`->parseInt` needs a base between 2 and 36"]),
        ("$->parseInt", "1e300", "-", &["`->parseInt` can't read an integer"]),
        ("$->parseInt", "true", "-", &["`->parseInt` needs a string or a number, not boolean"]),
        ("$->eq(1.0)", "1", "true", &[]),
        ("$->eq('1')", "1", "false", &[]),
        ("$->ne(1)", "2", "true", &[]),
        ("$->eq($.nope)", "{}", "-", &["property `.nope` not found in object"]),
        ("$->eq({a: [1]})", r#"{"a":[1.0]}"#, "true", &[]),
        ("$->ne(null)", "null", "false", &[]),
        ("$->gt(1)", "2", "true", &[]),
        ("$->gt(1.5)", "1", "false", &[]),
        ("$->gt(1)", "true", "-", &["`->gt` compares numbers or strings, not boolean with number"]),
        ("$->lt($args.nope)", "1", "-", &["property `.nope` not found in object"]),
        ("$->gte(9007199254740992)", "9007199254740993", "true", &[]),
        ("$->lte(9007199254740992)", "9007199254740993", "false", &[]),
        ("$->gte(2)", "2", "true", &[]),
        ("$->lt('b')", "\"a\"", "true", &[]),
        ("$->lte(1)", "2", "false", &[]),
        ("$->gt('1')", "2", "-", &["`->gt` compares numbers or strings, not number with string"]),
        ("$->and(true, false)", "true", "false", &[]),
        ("$->and($.nope)", "false", "false", &[]),
        ("$->and(1->echo(@))", "true", "true", &["`->and` needs true or false, not number"]),
        ("$->or(false, true)", "false", "true", &[]),
        ("$->or(true)", "1", "-", &["`->or` needs true or false, not number"]),
        ("$->or($.nope)", "true", "true", &[]),
        ("$->or($args.nope, true)", "false", "-", &["property `.nope` not found in object"]),
        ("$->and($args.nope)", "true", "-", &["property `.nope` not found in object"]),
        ("$->or($args.id, true)", "false", "true", &["`->or` needs true or false, not number"]),
        ("$->and(true)", "null", "-", &["`->and` needs true or false, not null"]),
        ("$->not", "true", "false", &[]),
        ("$->not", "1", "-", &["`->not` needs true or false, not number"]),
        ("$->add(1, 2)", "3", "6", &[]),
        ("$->add(0.5)", "1", "1.5", &[]),
        ("$->sub(5)", "3", "-2", &[]),
        ("$->mul(3)", "4", "12", &[]),
        ("$->mul(1.5)", "2", "3.0", &[]),
        ("$->div(2)", "4", "2.0", &[]),
        ("$->div(2, 0.5)", "4", "4.0", &[]),
        ("$->div(3)", "1", "0.3333333333333333", &[]),
        ("$->div(0.0)", "4", "-", &["`->div` by zero"]),
        ("$->mod(0.0)", "4.5", "-", &["`->mod` by zero"]),
        ("$->mod(2)", "4.5", "0.5", &[]),
        ("$->mod(-1)", "-170141183460469231731687303715884105728", "-", &["`->mod` is out of range"]),
        ("$->sub(1)", "-170141183460469231731687303715884105728", "-", &["`->sub` is out of range"]),
        ("$->mul(2)", "1e308", "-", &["`->mul` is out of range"]),
        ("$->add($args.input.empty)", "1", "-", &["`->add` needs numbers, not null"]),
        ("$->add($args.nope)", "1", "-", &["property `.nope` not found in object"]),
        ("$->div(0)", "4", "-", &["`->div` by zero"]),
        ("$->mod(3)", "7", "1", &[]),
        ("$->mod(-3)", "-7", "-1", &[]),
        ("$->mod(0)", "7", "-", &["`->mod` by zero"]),
        ("$->add('x'->echo(@))", "1", "-", &["`->add` needs numbers, not string"]),
        ("$->add(1)", "\"x\"", "-", &["`->add` needs a number, not string"]),
        ("$->mul(9999999999999999999999999)", "9999999999999999999999999", "-", &["`->mul` is out of range"]),
        ("$->add(9223372036854775807)", "9223372036854775807", "18446744073709551614", &[]),
    ]);
}

#[test]
fn methods_over_text() {
    check(&[
        ("$->jsonParse", r#""{\"b\": 1.50, \"a\": [null, \"x\"]}""#, r#"{"b":1.50,"a":[null,"x"]}"#, &[]),
        ("$->jsonParse", "\" 12345678901234567890 \"", "12345678901234567890", &[]),
        ("$->jsonParse", "\"null\"", "null", &[]),
        ("$->jsonParse", r#""\"x\"""#, "\"x\"", &[]),
        ("$->jsonParse.a", r#""{\"a\":1,\"a\":2}""#, "2", &[]),
        ("p: t->jsonParse { id }", r#"{"t":"[{\"id\":1,\"x\":2}]"}"#, r#"{"p":[{"id":1}]}"#, &[]),
        ("$->jsonParse", "\"\"", "-", &["`->jsonParse` can't read JSON"]),
        ("$->jsonParse", "\"{} 1\"", "-", &["`->jsonParse` can't read JSON"]),
        ("$->jsonParse", "\"NaN\"", "-", &["`->jsonParse` can't read JSON"]),
        ("$->jsonParse", "{}", "-", &["`->jsonParse` needs a string, not object"]),
        ("$->jsonParse", "null", "-", &["`->jsonParse` needs a string, not null"]),
        ("$(a->jsonParse ?? 'none')", r#"{"a":"{"}"#, "\"none\"", &[]),
        ("$->split(',')", "\"a,b,,c\"", r#"["a","b","","c"]"#, &[]),
        ("$->split(', ')", "\"a, b,c\"", r#"["a","b,c"]"#, &[]),
        ("$->split(',')", "\",\"", r#"["",""]"#, &[]),
        ("$->split(',')", "\"\"", r#"[""]"#, &[]),
        ("$->split(',')", "\"abc\"", r#"["abc"]"#, &[]),
        ("$->split('é')", "\"aéb\"", r#"["a","b"]"#, &[]),
        ("$->split('')", "\"aéî\"", r#"["a","é","î"]"#, &[]),
        ("$->split('')", "\"\"", "[]", &[]),
        ("$->split(',', 2)", "\"a,b,c\"", r#"["a","b,c"]"#, &[]),
        ("$->split(',', 3)", "\"a,b,c\"", r#"["a","b","c"]"#, &[]),
        ("$->split(',', 9)", "\"a,b\"", r#"["a","b"]"#, &[]),
        ("$->split(',', 1)", "\"a,b\"", r#"["a,b"]"#, &[]),
        ("$->split('', 2)", "\"éàî\"", r#"["é","àî"]"#, &[]),
        ("$->split($args.tags->first, 2)", "\"xay\"", r#"["x","y"]"#, &[]),
        ("$->split(',', 0->echo(@))", "\"a\"", "-", &["`->split` needs a limit that is an integer above 0"]),
        ("$->split(',', -1->echo(@))", "\"a\"", "-", &["`->split` needs a limit that is an integer above 0"]),
        ("$->split(',', 1.5->echo(@))", "\"a\"", "-", &["`->split` needs a limit that is an integer above 0"]),
        ("$->split(',', '2'->echo(@))", "\"a\"", "-", &["`->split` needs a limit that is an integer above 0"]),
        ("$->split(1->echo(@))", "\"a\"", "-", &["`->split` needs a separator that is a string"]),
        ("$->split($args.nope)", "\"a\"", "-", &["property `.nope` not found in object"]),
        ("$->split(',', $args.nope)", "\"a\"", "-", &["property `.nope` not found in object"]),
        ("$->split(',')", "5", "-", &["`->split` needs a string, not number"]),
        ("$->trim", "\" \\t\\u00a0a b\\u2003\\n\"", "\"a b\"", &[]),
        ("$->trimStart", "\"\\u3000 é \"", "\"é \"", &[]),
        ("$->trimEnd", "\" é \\u3000\"", "\" é\"", &[]),
        ("$->trim", "\"a\"", "\"a\"", &[]),
        ("$->trim", "\"  \"", "\"\"", &[]),
        ("$->trim", "5", "-", &["`->trim` needs a string, not number"]),
        ("$->trimStart", "null", "-", &["`->trimStart` needs a string, not null"]),
        ("$->trimEnd", "[\" a\"]", "-", &["`->trimEnd` needs a string, not array"]),
        ("$->split(',')->map(@->trim)", "\"a , b\"", r#"["a","b"]"#, &[]),
    ]);
}

#[test]
fn methods_over_keys() {
    check(&[
        (
            "$->keysToCamelCase",
            r#"{"first_name":1,"LastName":2,"HOME_TOWN":{"zip_code":3},"userID":4}"#,
            r#"{"firstName":1,"lastName":2,"homeTown":{"zip_code":3},"userID":4}"#,
            &[],
        ),
        ("$->keysToCamelCase", "{}", "{}", &[]),
        (
            "$->keysToCamelCase",
            r#"{"a_b":1,"c":2,"aB":3,"A_B":4}"#,
            r#"{"aB":4,"c":2}"#,
            &["`->keysToCamelCase` gives several keys the name `aB` x2"],
        ),
        ("$->keysToCamelCase { fullName }", r#"{"full_name":"x","b":1}"#, r#"{"fullName":"x"}"#, &[]),
        ("l->map(@->keysToCamelCase) { aB }", r#"{"l":[{"a_b":1}]}"#, r#"[{"aB":1}]"#, &[]),
        ("$->keysToCamelCase", "[{}]", "-", &["`->keysToCamelCase` needs an object, not array"]),
        ("$->keysToCamelCase", "\"a_b\"", "-", &["`->keysToCamelCase` needs an object, not string"]),
        (
            "$->keysToCamelCaseDeep",
            r#"{"a_b":[{"c_d":1.0},["e_f",{"g_h":null}]],"i_j":{"k_l":{"m_n":true}}}"#,
            r#"{"aB":[{"cD":1.0},["e_f",{"gH":null}]],"iJ":{"kL":{"mN":true}}}"#,
            &[],
        ),
        ("$->keysToCamelCaseDeep", r#"[{"a_b":1},2]"#, r#"[{"aB":1},2]"#, &[]),
        (
            "$->keysToCamelCaseDeep",
            r#"{"x":{"a_b":1,"aB":2}}"#,
            r#"{"x":{"aB":2}}"#,
            &["`->keysToCamelCaseDeep` gives several keys the name `aB`"],
        ),
        ("$->keysToCamelCaseDeep", "null", "-", &["`->keysToCamelCaseDeep` needs an object or an array, not null"]),
    ]);
}

#[test]
fn json_within_text_nests_within_a_bound() {
    for (depth, found) in [(100, true), (100_000, false)] {
        let text = Value::from(format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        let mapping = Mapping::parse("$->jsonParse", Version::V0_3).unwrap();
        let mut problems = Problems::default();
        let result = mapping.evaluate(&text, &Scope::default(), &mut problems);
        assert_eq!((result.is_some(), problems.is_empty()), (found, found), "{depth}");
    }
}

#[test]
fn long_texts_are_not_copied_for_each_element() {
    let list = "1,".repeat(999);
    let (text, key) = ("a b".repeat(1_000), "k_".repeat(1_500));
    let input = value(&format!(r#"{{"l":[{list}1],"t":" {text}","o":{{"{key}":1}}}}"#));
    for text in [
        "l->map($.t->trim)",
        "l->map($.t->split('#'))",
        "l->map($.t->split(''))",
        "l->map($.t->jsonParse)",
        "l->map($.o->keysToCamelCase)",
        "l->map($.o->keysToCamelCaseDeep)",
    ] {
        let mut problems = Problems::default();
        let scope = Scope::default();
        let tree = parser::parse(text, Version::V0_3).unwrap();
        drop(Evaluator::new(&scope, &mut problems, 100_000).tree(&tree, &input));
        let stopped = |message: &str| message == "mapping takes too much work for this input";
        assert!(problems.as_slice().iter().any(|problem| stopped(&problem.message)), "{text}");
    }
}

#[test]
fn newer_forms() {
    check_version(
        &[
            ("{a b}", r#"{"a":1,"b":2}"#, r#"{"a":1,"b":2}"#, &[]),
            ("a, b,", r#"{"a":1,"b":2}"#, r#"{"a":1,"b":2}"#, &[]),
            ("a: 1, b: \"x\", c: [true], d: {e: y}", r#"{"y":2}"#, r#"{"a":1,"b":"x","c":[true],"d":{"e":2}}"#, &[]),
            ("a: x ?? 0", "{}", r#"{"a":0}"#, &[]),
            ("x ?? 0", "{}", "0", &[]),
            ("\"x\"", "{}", "\"x\"", &[]),
            ("$({a, b: 1})", r#"{"a":2}"#, r#"{"a":2,"b":1}"#, &[]),
        ],
        Version::V0_4,
    );
}

#[test]
fn results_and_work_are_bounded() {
    let scope = Scope::default();
    let deep = "->entries->last->echo({a: @, b: @})".repeat(300);
    for (text, input) in [
        (format!("$->echo({{a: 1}}){deep}"), "{}"),
        (format!("${}", "->echo({a: @, b: @})".repeat(60)), "{}"),
        (format!("$->echo([@]){}", "->echo([@])".repeat(2000)), "1"),
        ("$->map($->map($->map($->map($->map($->map($))))))".to_owned(), "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]"),
    ] {
        let mapping = Mapping::parse(&text, Version::V0_3).unwrap();
        let mut problems = Problems::default();
        let result = mapping.evaluate(&value(input), &scope, &mut problems);
        let result = result.map(|value| value.to_string().len());
        assert!(!problems.is_empty(), "{text} is stopped, but gave {result:?}");
    }
}

#[test]
fn selections_within_lists_within_selections_nest_within_a_bound() {
    let nested = format!("{}{{}}{}", "[".repeat(120), "]".repeat(120));
    let text = format!("$->as($v) {}x: $v {{ id: $args.id }}{}", "{ x: $v ".repeat(60), "}".repeat(60));
    let mut problems = Problems::default();
    let mapping = Mapping::parse(&text, Version::V0_3).unwrap();
    mapping.evaluate(&value(&nested), &Scope::default(), &mut problems);
    assert!(problems.as_slice().iter().any(|problem| problem.message == "result nests deeper than 256 levels"));
}

#[test]
fn what_is_not_found_is_paid_for() {
    let list = format!("[{}1]", "1,".repeat(2_000));
    let input = value(&format!(r#"{{"l":{list},"t":"{}"}}"#, "x".repeat(20_000)));
    for text in [
        "l->map($.l.k)",
        "l->map($.l->filter(false))",
        "l->map($.l->contains('x'))",
        "l->map($.l->eq($.l))",
        "l->map($.t->size)",
        "l->map($.t->eq($.t))",
        "l->map($.t->jsonStringify)",
        "l->map($.l->joinNotNull($.t))",
    ] {
        let (mut problems, scope) = (Problems::default(), Scope::default());
        let tree = parser::parse(text, Version::V0_3).unwrap();
        drop(Evaluator::new(&scope, &mut problems, 300_000).tree(&tree, &input));
        let stopped = |message: &str| message == "mapping takes too much work for this input";
        assert!(problems.as_slice().iter().any(|problem| stopped(&problem.message)), "{text}");
    }
}
