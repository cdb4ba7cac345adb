//! What the parser refuses, where, and what it advises; what analysis knows of what it accepts.

use crate::mapping::{Mapping, Shape, Version};

pub(super) fn mistakes(text: &str, version: Version) -> Vec<String> {
    let errors = Mapping::parse(text, version).expect_err(text);
    errors
        .iter()
        .map(|error| {
            let place = text.get(error.range.clone()).expect("ranges are within the text");
            let hint = error.hint.as_ref().map(|hint| format!(" [{hint}]")).unwrap_or_default();
            format!("{place} | {}{hint}", error.message)
        })
        .collect()
}

#[test]
fn mistakes_say_where_and_what_to_do() {
    let variables = "must be one of `$args`, `$this`, `$batch`, `$page`, `$config`, `$context`, `$status`, `$request`, `$response`, `$env`";
    let methods = format!("the methods are {}", crate::mapping::method::names().collect::<Vec<_>>().join(", "));
    let cases: &[(&str, &[&str])] = &[
        ("", &[" | mapping is empty [select at least one field: `id`]"]),
        ("a->frist", &["->frist | unknown method `->frist` [did you mean `->first`?]"]),
        ("a->typeof", &[&format!("->typeof | unknown method `->typeof` [{methods}]")]),
        ("a->join(',')", &["->join | unknown method `->join` [did you mean `->joinNotNull`?]"]),
        ("a->keysToCamel", &["->keysToCamel | unknown method `->keysToCamel` [did you mean `->keysToCamelCase`?]"]),
        (
            "a->split",
            &[
                "->split | `->split` takes 1 to 2 arguments, but has 0 [write `->split(\",\")`, or `->split(\",\", 2)` for at most two pieces]",
            ],
        ),
        (
            "a->jsonParse(b)",
            &[
                "->jsonParse | `->jsonParse` takes no argument, but has 1 [write what it works on first: `value->jsonParse`]",
            ],
        ),
        (
            "a->trim(' ')",
            &["->trim | `->trim` takes no argument, but has 1 [write what it works on first: `value->trim`]"],
        ),
        ("a->map", &["->map | `->map` takes one argument, but has 0"]),
        ("a->size(1)", &["->size | `->size` takes no argument, but has 1"]),
        ("a->match([1])", &["->match | `->match` takes pairs [write `->match([candidate, value], [@, otherwise])`]"]),
        (
            "a b->nope c->frist(1)",
            &[
                "b->nope | value has no name among other fields [give it one: `name: b->nope`]",
                &format!("->nope | unknown method `->nope` [{methods}]"),
                "c->frist(1) | value has no name among other fields [give it one: `name: c->frist(1)`]",
                "->frist | unknown method `->frist` [did you mean `->first`?]",
            ],
        ),
        (".a", &[". | expected a path, found `.` [paths cannot begin with `.key`: use `$.key` instead]"]),
        (
            "->first",
            &[
                "-> | expected a path, found `->` [paths cannot begin with a method: write what it works on first, as in `$->first` or `@->first`]",
            ],
        ),
        (
            "a[0]",
            &["[ | expected a path, found `[` [there is no indexing with brackets: write `->get(0)` or `->first`]"],
        ),
        (
            "x: a ?? b",
            &["?? b | operators stand only within `$(…)` [wrap the whole value in `$(…)`: `name: $(a ?? b)`]"],
        ),
        ("x: $(a ?? b ?! c)", &["?! | `??` and `?!` cannot be mixed [group one of them: `$($(a ?? b) ?! c)`]"]),
        ("a??", &[" | expected a path, found the end"]),
        (
            "x: $(a + b)",
            &[
                "+ | expected `)`, found `+` [there are no infix operators but `??` and `?!`: use methods such as `->eq(x)` or `->add(1)`]",
            ],
        ),
        ("x: 5", &["5 | a literal is not a path [wrap it in `$(…)`: `$(5)`, or link `connect/v0.4`]"]),
        (
            "x: first-name",
            &[
                "- | expected a path, found `-` [a key with other characters is quoted, and has a name: `name: $.'first-name'`]",
            ],
        ),
        ("x: a>first", &["> | expected a path, found `>` [a method is called with `->`]"]),
        ("x: a..b", &[". | expected a key, found `.` [one dot leads to a key: `a.b`]"]),
        ("x: $(“a”)", &["“ | expected a path, found `“` [use straight quotes: `\"` or `'`]"]),
        (
            "x(first: 1)",
            &[
                "( | expected a path, found `(` [only methods take arguments: `->slice(0, 2)`; an expression is written `$(…)`]",
            ],
        ),
        ("x: $(['a' 'b'])", &["' | expected `]`, found `'` [commas stand between the elements of a list]"]),
        ("x: a { $.b }", &["$.b | value has no name [give it one: `name: $.b`]"]),
        ("a { b", &[" | expected `}`, found the end"]),
        ("a }", &["} | expected a path, found `}`"]),
        ("x: 'abc", &["'abc | string has no end [close it with the quote that opens it]"]),
        ("x: $(1e5)", &["1e | numbers have no exponent here [write all digits]"]),
        ("x:", &["x: | field has a name, but no value [write `name: path`]"]),
        ("$.a b", &["$.a | value has no name among other fields [give it one: `name: $.a`]"]),
        ("x: a->as($args)", &["$args | `$args` has a meaning already [choose another name]"]),
    ];
    for (text, expected) in cases {
        assert_eq!(mistakes(text, Version::V0_3), *expected, "{text}");
    }
    assert_eq!(
        mistakes("x: $arg.id y: $v", Version::V0_3),
        [
            format!("$arg | unknown variable `$arg`, {variables} [did you mean `$args`?]"),
            format!("$v | unknown variable `$v`, {variables}"),
        ]
    );
}

#[test]
fn literals_of_a_wrong_kind_are_told_since_v0_3() {
    for (text, expected) in [
        ("a->add('x')", "`->add` needs numbers, not string"),
        ("a->mul(1, null)", "`->mul` needs numbers, not null"),
        ("a->and(1)", "`->and` needs true or false, not number"),
        ("a->or(false, [])", "`->or` needs true or false, not array"),
        ("a->filter('x')", "`->filter` needs a condition that is true or false, not string"),
        ("a->find({})", "`->find` needs a condition that is true or false, not object"),
        ("a->gt(true)", "`->gt` needs a number or a string, not boolean"),
        ("a->lte([1])", "`->lte` needs a number or a string, not array"),
        ("a->get(null)", "`->get` needs an index or a key, not null"),
        ("a->in(1)", "`->in` needs an array, not number"),
        ("a->joinNotNull(1)", "`->joinNotNull` needs a separator that is a string, not number"),
        ("a->split(1)", "`->split` needs a separator that is a string, not number"),
        ("a->split(',', 0)", "`->split` needs a limit that is an integer above 0, not 0"),
        ("a->split(',', '2')", "`->split` needs a limit that is an integer above 0, not string"),
        ("a->parseInt('16')", "`->parseInt` needs a base between 2 and 36, not string"),
        ("a->parseInt(37)", "`->parseInt` needs a base between 2 and 36, not 37"),
        ("a->slice('x')", "`->slice` needs offsets that are numbers, not string"),
        ("a->slice(0, true)", "`->slice` needs offsets that are numbers, not boolean"),
    ] {
        let method = text.get(1..text.find('(').unwrap()).unwrap();
        assert_eq!(mistakes(text, Version::V0_3), [format!("{method} | {expected}")], "{text}");
        assert!(Mapping::parse(&text.replacen('a', "$.a", 1), Version::V0_2).is_ok(), "{text}");
    }
}

#[test]
fn methods_take_their_number_of_arguments() {
    let takes = |expected: &str, wrong: &[&str]| {
        for call in wrong {
            let method = format!("->{}", call.split('(').next().unwrap());
            let count = if call.contains('(') { call.matches(',').count() + 1 } else { 0 };
            let found = mistakes(&format!("a->{call}"), Version::V0_3);
            let start = format!("{method} | `{method}` takes {expected}, but has {count}");
            assert!(found.len() == 1 && found[0].starts_with(&start), "{call}: {found:?}");
        }
    };
    takes(
        "no argument",
        &[
            "first(1)",
            "last(1)",
            "size(1)",
            "entries(1)",
            "jsonStringify(1)",
            "not(true)",
            "toString(1)",
            "jsonParse(1)",
            "trim(1)",
            "trimStart(1)",
            "trimEnd(1)",
            "keysToCamelCase(1)",
            "keysToCamelCaseDeep(1)",
        ],
    );
    takes(
        "one argument",
        &[
            "echo",
            "echo(1,2)",
            "map",
            "filter",
            "find",
            "eq",
            "ne",
            "gt",
            "gte",
            "lt",
            "lte",
            "in",
            "contains",
            "get",
            "joinNotNull",
            "joinNotNull('a','b')",
            "get(1,2)",
        ],
    );
    takes("at least 1 argument", &["match", "and", "or", "add", "sub", "mul", "div", "mod"]);
    takes("0 to 2 arguments", &["slice(1,2,3)"]);
    takes("0 to 1 arguments", &["parseInt(1,2)"]);
    takes("1 to 2 arguments", &["split", "split('a',1,2)"]);
    for (text, expected) in [
        ("a->as", " | expected `(`, found the end"),
        ("a->as(1)", "1 | expected a variable such as `$name`, found `1`"),
        ("a->as($v, 1, 2)", "$v, 1, 2 | `->as` takes a variable and at most one value"),
    ] {
        assert_eq!(mistakes(text, Version::V0_3), [expected]);
    }
}

#[test]
fn nesting_is_bounded() {
    for text in ["{".repeat(100_000), "a{".repeat(100_000), "$(".repeat(100_000), format!("$({}", "[".repeat(100_000))]
    {
        for version in [Version::V0_2, Version::V0_3, Version::V0_4] {
            assert!(Mapping::parse(&text, version).is_err());
        }
    }
    let nested = |depth: usize| format!("{}a{}", "a{".repeat(depth), "}".repeat(depth));
    assert!(Mapping::parse(&nested(64), Version::V0_3).is_ok());
    assert!(Mapping::parse(&nested(65), Version::V0_3).is_err());
}

#[test]
fn lists_uses_of_variables() {
    let uses = |text: &str| -> Vec<String> {
        let mapping = Mapping::parse(text, Version::V0_3).unwrap();
        let describe = |path: crate::mapping::VariablePath| {
            format!(
                "{} @ {}",
                [&[path.variable.name().to_owned()], &path.keys[..]].concat().join("."),
                text.get(path.range).unwrap()
            )
        };
        mapping.variables().into_iter().map(describe).collect()
    };
    let cases: &[(&str, &[&str])] = &[
        ("a b", &[]),
        ("$args.input.id", &["args.input.id @ $args.input.id"]),
        ("x: $args.a->first.b y: $this.c?.d", &["args.a @ $args.a", "this.c.d @ $this.c?.d"]),
        (
            "$this { id region { code } x: a.b n: $.c }",
            &["this.id @ id", "this.region.code @ code", "this.a.b @ a.b", "this.c @ $.c"],
        ),
        ("$batch.id->joinNotNull(',')", &["batch.id @ $batch.id"]),
        ("$this {}", &["this @ $this"]),
        ("a->map({v: @.x, w: $args.y}) ", &["args.y @ $args.y"]),
        ("$($args.a ?? $config.b)", &["args.a @ $args.a", "config.b @ $config.b"]),
        ("$args", &["args @ $args"]),
        ("$this { a: $args.b }", &["this @ $this", "args.b @ $args.b"]),
        ("$args.l->map({p: @.q}) { p }", &["args.l @ $args.l"]),
        ("ids: $batch->map(@.id)", &["batch.id @ @.id"]),
        ("$batch->map(1)", &["batch @ $batch"]),
        ("n: $batch->size f: $batch->first.id", &["batch @ $batch", "batch.id @ $batch->first.id"]),
        ("$batch->filter(@.r->eq('eu'))->map({ i: @.id })", &["batch.r @ @.r", "batch.id @ @.id"]),
        ("$this.a->map(@ { b })", &["this.a.b @ b"]),
    ];
    for (text, expected) in cases {
        assert_eq!(uses(text), *expected, "{text}");
    }
}

#[test]
fn knows_shapes() {
    fn describe(shape: &Shape) -> String {
        match shape {
            Shape::Unknown => "?".to_owned(),
            Shape::Scalar => "s".to_owned(),
            Shape::Object(object) => {
                let fields = object.fields.iter().map(|(name, field)| {
                    format!("{name}{}:{}", if field.from_body { "" } else { "!" }, describe(&field.shape))
                });
                format!("{{{}}}", fields.collect::<Vec<_>>().join(" "))
            }
        }
    }
    for (text, expected) in [
        ("a b", "{a:? b:?}"),
        ("$", "?"),
        ("$('x')", "s"),
        ("$.items { id n: name->size }", "{id:? n:s}"),
        ("id: $args.id x: a ", "{id!:? x:?}"),
        ("a { b c { d } }", "{a:{b:? c:{d:?}}}"),
        ("id $.meta { x y }", "{id:? x:? y:?}"),
        ("o: { a b }", "{o:{a:? b:?}}"),
        ("list: $this.list { id }", "{list!:{id!:?}}"),
        ("x: $args.l->map({id: @, b: $.c})", "{x:{id!:? b:?}}"),
        ("a->match([1, {x: 1}]) { x }", "{x:?}"),
        ("t: a->match([1, 'A'], [@, 'B'])", "{t:?}"),
        ("k: $(\"web\") n: $(1)->add(a)", "{k!:s n:s}"),
        ("x: a { p } x: b { q }", "{x:{p:? q:?}}"),
        ("$({a: 1, b: {c: d}})", "{a!:s b:{c:?}}"),
        ("l->first { id }", "{id:?}"),
        ("a: t->trim b: t->trimStart c: t->trimEnd", "{a:s b:s c:s}"),
        ("a: t->split(',') b: t->jsonParse c: o->keysToCamelCase", "{a:? b:? c:?}"),
        ("$->keysToCamelCaseDeep { fullName }", "{fullName:?}"),
        ("$({a_b: c})->keysToCamelCase", "?"),
        ("l->map({id: @.x})->filter(@.id->eq(1))", "{id:?}"),
        ("s: $status", "{s!:s}"),
    ] {
        let mapping = Mapping::parse(text, Version::V0_3).unwrap();
        assert_eq!(describe(&mapping.shape()), expected, "{text}");
    }
}

#[test]
fn prints_the_canonical_form() {
    for (text, expected) in [
        ("id  name:title # x", "id name: $.title"),
        ("a.b{c}", "$.a.b { c }"),
        ("a : a  b: b.c?", "a b: $.b.c?"),
        ("o:{a}", "o: $ { a }"),
        ("'x y': \"x y\"", "\"x y\": $.\"x y\""),
        ("x: $( a ?? 'b' )", "x: $($.a ?? \"b\")"),
        ("$($(1))", "$(1)"),
        ("x: $(5->add(1))", "x: $(5)->add(1)"),
        ("l->as( $v , 1 )->map($v)", "$.l->as($v, 1)->map($v)"),
        ("$([1,{a:b}])", "$([1, {a: $.b}])"),
        ("a? {}", "a? {}"),
    ] {
        let mapping = Mapping::parse(text, Version::V0_3).unwrap();
        assert_eq!(mapping.to_string(), expected, "{text}");
        assert_eq!(Mapping::parse(expected, Version::V0_3).unwrap(), mapping, "{text}");
    }
}
