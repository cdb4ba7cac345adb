//! Generated mappings over generated documents: printing, running and evaluating must agree, and nothing may panic.

use bytes::Bytes;
use proptest::prelude::*;

use super::programs::{full_layout, show};
use crate::{
    json::{
        Value,
        tests::rows::{broken, rows_text},
    },
    mapping::{
        Layout, Mapping, Members, Problem, Problems, Program, Scope, Template, ValueShape, Variable, VariableShapes,
        Version,
    },
};

fn key() -> BoxedStrategy<String> {
    prop_oneof![3 => Just("a"), 3 => Just("b"), 2 => Just("c"), 1 => Just("d"), 1 => Just("\"e f\"")]
        .prop_map(str::to_owned)
        .boxed()
}

fn scalar_json() -> BoxedStrategy<String> {
    prop_oneof![
        Just("null"),
        Just("true"),
        Just("0"),
        Just("1"),
        Just("1.0"),
        Just("\"a\""),
        Just("\"x\\u00e9y\""),
        Just("\" x \\u2003\""),
        Just("\"{\\\"a\\\":[1.0,null]}\""),
        Just("12345678901234567890"),
        Just("\"\"")
    ]
    .prop_map(str::to_owned)
    .boxed()
}

/// Documents over the keys that mappings use, now and then with a key twice or spelled with escapes.
fn document() -> BoxedStrategy<String> {
    scalar_json().prop_recursive(5, 60, 5, |inner| {
        let spelled = prop_oneof![
            12 => prop_oneof![Just("\"a\""), Just("\"b\""), Just("\"c\""), Just("\"d\""), Just("\"e f\""), Just("\"z\""), Just("\"E_F\"")],
            1 => Just("\"\\u0061\""),
        ];
        let member = (spelled, inner.clone()).prop_map(|(key, value)| format!("{key}:{value}"));
        let object = prop::collection::vec(member, 0..5).prop_map(|mut members| {
            // A key twice is rare, so that most documents take the direct way.
            members.sort();
            if members.len() % 4 != 3 {
                members.dedup_by(|left, right| left.get(..3) == right.get(..3));
            }
            format!("{{{}}}", members.join(","))
        });
        let array = prop::collection::vec(inner, 0..4).prop_map(|elements| format!("[{}]", elements.join(", ")));
        prop_oneof![3 => object, 1 => array]
    })
        .boxed()
}

fn literal() -> BoxedStrategy<String> {
    prop_oneof![
        Just("1"),
        Just("-2"),
        Just(".5"),
        Just("'a'"),
        Just("\"q\\n\\\"\""),
        Just("true"),
        Just("null"),
        Just("[]"),
        Just("{}")
    ]
    .prop_map(str::to_owned)
    .boxed()
}

fn method(inner: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let none = prop_oneof![
        Just("first"),
        Just("last"),
        Just("size"),
        Just("entries"),
        Just("toString"),
        Just("parseInt"),
        Just("jsonStringify"),
        Just("jsonStringify->jsonParse"),
        Just("jsonParse"),
        Just("keysToCamelCase"),
        Just("keysToCamelCaseDeep"),
        Just("trim"),
        Just("trimStart"),
        Just("trimEnd"),
        Just("not"),
        Just("slice")
    ]
    .prop_map(|name| format!("->{name}"));
    let one = prop_oneof![
        Just("echo"),
        Just("map"),
        Just("filter"),
        Just("find"),
        Just("eq"),
        Just("ne"),
        Just("gt"),
        Just("lte"),
        Just("and"),
        Just("or"),
        Just("get"),
        Just("slice"),
        Just("in"),
        Just("contains"),
        Just("add"),
        Just("mul"),
        Just("div"),
        Just("mod"),
        Just("parseInt"),
        Just("joinNotNull"),
        Just("split")
    ];
    let one = (one, inner.clone()).prop_map(|(name, argument)| format!("->{name}({argument})"));
    let split = (prop_oneof![Just("''"), Just("'x'"), Just("' '")], inner.clone())
        .prop_map(|(separator, limit)| format!("->split({separator}, {limit})"));
    let arms = (inner.clone(), inner.clone()).prop_map(|(one, two)| format!("->match([{one}, {two}], [@, 0])"));
    let bind = (inner, key()).prop_map(|(value, key)| format!("->as($v, {value})->echo([@, $v.{key}])"));
    prop_oneof![4 => none, 4 => one, 1 => split, 1 => arms, 1 => bind].boxed()
}

fn steps(inner: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let step = prop_oneof![
        6 => key().prop_map(|key| format!(".{key}")),
        2 => key().prop_map(|key| format!(".{key}?")),
        2 => method(inner),
    ];
    prop::collection::vec(step, 0..3).prop_map(|steps| steps.concat()).boxed()
}

fn head() -> BoxedStrategy<String> {
    prop_oneof![
        6 => key(),
        3 => key().prop_map(|key| format!("$.{key}")),
        1 => Just("$".to_owned()),
        1 => Just("@".to_owned()),
        1 => Just("$args".to_owned()),
        1 => Just("$args.a".to_owned()),
        1 => Just("$status".to_owned()),
    ]
    .boxed()
}

/// Members of an object literal, as v0.4 has them.
fn newer_members(inner: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let member = prop_oneof![
        2 => key(),
        1 => (key(), key()).prop_map(|(one, two)| format!("{one} {{ {two} }}")),
        1 => (key(), key()).prop_map(|(one, two)| format!("$.{one} {{ {two} }}")),
        2 => (head(), key()).prop_map(|(head, key)| format!("... {head}.{key}")),
        3 => (key(), inner).prop_map(|(key, value)| format!("{key}: {value}")),
    ];
    (prop::collection::vec(member, 0..4), any::<bool>())
        .prop_map(|(members, commas)| format!("{{{}}}", members.join(if commas { ", " } else { " " })))
        .boxed()
}

fn expression(version: Version) -> BoxedStrategy<String> {
    prop_oneof![literal(), head()]
        .prop_recursive(3, 16, 4, move |inner| {
            let path = (head(), steps(inner.clone().boxed())).prop_map(|(head, steps)| format!("{head}{steps}"));
            let array = prop::collection::vec(inner.clone(), 0..3).prop_map(|all| format!("[{}]", all.join(",")));
            let object = prop::collection::vec((key(), inner.clone()), 0..3).prop_map(|members| {
                let members: Vec<_> = members.into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{{}}}", members.join(", "))
            });
            let object = if version == Version::V0_4 { newer_members(inner.clone().boxed()) } else { object.boxed() };
            let chain = (inner.clone(), inner, any::<bool>())
                .prop_map(|(one, two, coalesce)| format!("$({one} {} {two})", if coalesce { "??" } else { "?!" }));
            prop_oneof![4 => path, 1 => array, 1 => object, 2 => chain]
        })
        .boxed()
}

/// Spreads of what only v0.4 can spread.
fn spread(items: BoxedStrategy<String>) -> BoxedStrategy<String> {
    prop_oneof![
        3 => (head(), prop::collection::vec(key(), 0..3))
            .prop_map(|(head, keys)| keys.iter().fold(format!("... {head}"), |path, key| format!("{path}.{key}"))),
        1 => (head(), steps(expression(Version::V0_4))).prop_map(|(head, steps)| format!("... {head}{steps}")),
        1 => (key(), items.clone()).prop_map(|(key, sub)| format!("...{key} {{ {sub} }}")),
        1 => (head(), items.clone(), items)
            .prop_map(|(head, one, two)| format!("... {head}->match([1, $ {{ {one} }}], [null, null], [@, {{ {two} }}])")),
    ]
    .boxed()
}

fn items(version: Version) -> BoxedStrategy<String> {
    let name = prop_oneof![Just("k"), Just("l"), Just("m"), Just("n"), Just("a"), Just("b")];
    let plain_path = (head(), prop::collection::vec(key(), 0..3))
        .prop_map(|(head, keys)| keys.iter().fold(head, |path, key| format!("{path}.{key}")));
    let leaf = prop_oneof![
        6 => key(),
        1 => key().prop_map(|key| format!("{key}?")),
        6 => (name.clone(), plain_path).prop_map(|(name, path)| format!("{name}: {path}")),
        2 => (name.clone(), head(), steps(expression(version))).prop_map(|(name, head, steps)| format!("{name}: {head}{steps}")),
        2 => (name.clone(), expression(version)).prop_map(|(name, value)| format!("{name}: $({value})")),
    ];
    let leaf = if version == Version::V0_4 {
        let newer = (name.clone(), expression(version)).prop_map(|(name, value)| format!("{name}: {value}"));
        prop_oneof![12 => leaf, 1 => newer].boxed()
    } else {
        leaf.boxed()
    };
    let several = prop::collection::vec(leaf, 1..4).prop_map(|items| items.join(" "));
    several
        .prop_recursive(3, 24, 4, move |inner| {
            let nested = prop_oneof![
                4 => (key(), inner.clone()).prop_map(|(key, sub)| format!("{key} {{ {sub} }}")),
                1 => (key(), inner.clone()).prop_map(|(key, sub)| format!("{key}? {{ {sub} }}")),
                3 => (name.clone(), head(), key(), inner.clone())
                    .prop_map(|(name, head, key, sub)| format!("{name}: {head}.{key} {{ {sub} }}")),
                2 => (name.clone(), inner.clone()).prop_map(|(name, sub)| format!("{name}: {{ {sub} }}")),
                2 => (key(), inner.clone()).prop_map(|(key, sub)| format!("$.{key} {{ {sub} }}")),
                1 => (key(), key(), inner.clone()).prop_map(|(one, two, sub)| format!("{one}?.{two} {{ {sub} }}")),
                1 => (name.clone(), head(), steps(expression(version)), inner.clone())
                    .prop_map(|(name, head, steps, sub)| format!("{name}: {head}{steps} {{ {sub} }}")),
                2 => inner.clone(),
            ];
            let nested = if version == Version::V0_4 {
                prop_oneof![8 => nested, 1 => spread(inner.boxed())].boxed()
            } else {
                nested.boxed()
            };
            prop::collection::vec(nested, 1..4).prop_map(|items| items.join(" "))
        })
        .boxed()
}

pub(in crate::mapping) fn mapping(version: Version) -> BoxedStrategy<String> {
    let plain = (key(), prop::collection::vec(key(), 0..2), items(version)).prop_map(|(key, keys, items)| {
        format!("$.{key}{} {{ {items} }}", keys.iter().map(|key| format!(".{key}")).collect::<String>())
    });
    prop_oneof![
        6 => items(version),
        3 => plain,
        1 => (head(), steps(expression(version)), items(version)).prop_map(|(head, steps, sub)| format!("{head}{steps} {{ {sub} }}")),
        1 => (head(), steps(expression(version))).prop_map(|(head, steps)| format!("{head}{steps}")),
        1 => expression(version).prop_map(|value| format!("$({value})")),
    ]
    .boxed()
}

/// A version and a mapping that it may have.
fn versioned() -> BoxedStrategy<(Version, String)> {
    let of = |version| mapping(version).prop_map(move |text| (version, text));
    prop_oneof![1 => of(Version::V0_2), 3 => of(Version::V0_3), 3 => of(Version::V0_4)].boxed()
}

/// What a layout keeps of a value.
fn asked(value: Value, layout: &Layout, table: Option<usize>) -> Value {
    match (value, table) {
        (Value::Array(elements), _) => {
            Value::Array(elements.into_iter().map(|element| asked(element, layout, table)).collect())
        }
        (Value::Object(mut members), Some(table)) => {
            let fields = &layout.objects[table].fields;
            let kept = fields.iter().filter_map(|field| {
                let member = members.swap_remove(field.name.as_str())?;
                Some((field.name.as_str().into(), asked(member, layout, field.child)))
            });
            Value::Object(kept.collect())
        }
        (value, _) => value,
    }
}

/// Variables of which nothing is known.
struct Unknown;

impl VariableShapes for Unknown {
    fn variable(&self, _: Variable) -> ValueShape {
        ValueShape::unknown()
    }

    fn members(&self, _: &str) -> Members {
        Members::default()
    }
}

fn sorted(problems: &Problems) -> Vec<(usize, usize, String, u32)> {
    let key = |problem: &Problem| (problem.range.start, problem.range.end, problem.message.clone(), problem.count);
    let mut all: Vec<_> = problems.as_slice().iter().map(key).collect();
    all.sort();
    all
}

/// A valid text with a part replaced.
fn mutated(
    ((_, text), one, two, instead): ((Version, String), prop::sample::Index, prop::sample::Index, String),
) -> String {
    let ends = [one, two].map(|index| index.index(text.len() + 1));
    let (from, to) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    let to = if to - from > 4 { from } else { to };
    format!("{}{instead}{}", text.get(..from).unwrap_or_default(), text.get(to..).unwrap_or_default())
}

fn arguments() -> Value {
    Value::parse(br#"{"a":{"a":1,"b":[{"c":2},null]},"b":"x","c":null}"#).unwrap()
}

/// Runs the program for `layout` and shows the result.
fn run(mapping: &Mapping, layout: &Layout, body: &str, problems: &mut Problems) -> Option<Value> {
    run_program(&mapping.compile(layout), layout, body, problems)
}

fn run_program(program: &Program, layout: &Layout, body: &str, problems: &mut Problems) -> Option<Value> {
    let args = arguments();
    let scope = Scope { args: Some(&args), status: Some(200), ..Scope::default() };
    let mut tables = program.tables();
    let slot = program
        .run(&Bytes::copy_from_slice(body.as_bytes()), &scope, 100_000, &mut tables, problems)
        .expect("documents are valid");
    show(&tables, layout, slot, (!layout.objects.is_empty()).then_some(0))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_program_gives_what_evaluation_gives((version, text) in versioned(), body in document()) {
        let Ok(mapping) = Mapping::parse(&text, version) else { return Ok(()) };
        let args = arguments();
        let scope = Scope { args: Some(&args), status: Some(200), ..Scope::default() };
        let mut expected_problems = Problems::default();
        let expected =
            mapping.evaluate(&Value::parse(body.as_bytes()).unwrap(), &scope, &mut expected_problems);
        let mut problems = Problems::default();
        let layout = full_layout(&mapping.shape());
        let root = (!layout.objects.is_empty()).then_some(0);
        let expected = expected.map(|value| asked(value, &layout, root));
        let found = run(&mapping, &layout, &body, &mut problems);
        prop_assert_eq!(found, expected, "{}", text);
        if expected_problems.as_slice().len() < Problems::MOST {
            prop_assert_eq!(sorted(&problems), sorted(&expected_problems), "{}", text);
        }
    }

    #[test]
    fn an_unnamed_result_is_the_whole_value((version, text) in versioned(), body in document()) {
        let Ok(mapping) = Mapping::parse(&text, version) else { return Ok(()) };
        let args = arguments();
        let scope = Scope { args: Some(&args), status: Some(200), ..Scope::default() };
        let expected =
            mapping.evaluate(&Value::parse(body.as_bytes()).unwrap(), &scope, &mut Problems::default());
        prop_assert_eq!(run(&mapping, &Layout::default(), &body, &mut Problems::default()), expected);
    }

    #[test]
    fn asking_less_reads_directly_what_is_computed((version, text) in versioned(), body in document(), keep in any::<u64>()) {
        let Ok(mapping) = Mapping::parse(&text, version) else { return Ok(()) };
        let mut layout = full_layout(&mapping.shape());
        for (at, object) in layout.objects.iter_mut().enumerate() {
            let mut field = 0;
            object.fields.retain(|_| { field += 1; keep >> ((at * 3 + field) % 64) & 1 == 1 });
        }
        let mut problems = [Problems::default(), Problems::default()];
        let found = run(&mapping, &layout, &body, &mut problems[0]);
        let general = mapping.compile(&layout).without_direct_reads();
        let expected = run_program(&general, &layout, &body, &mut problems[1]);
        prop_assert_eq!(found, expected, "{}", text);
        if problems.iter().all(|problems| problems.as_slice().len() < Problems::MOST) {
            prop_assert_eq!(sorted(&problems[0]), sorted(&problems[1]), "{}", text);
        }
    }

    #[test]
    fn rows_of_a_list_are_read_as_each_alone((version, text) in versioned(), body in rows_text(), at in any::<prop::sample::Index>(), how in 0..56_u8) {
        let Ok(mapping) = Mapping::parse(&text, version) else { return Ok(()) };
        let body = Bytes::from(if how < 28 { broken(&body, at, how) } else { body.into_bytes() });
        let layout = full_layout(&mapping.shape());
        let args = arguments();
        let scope = Scope { args: Some(&args), status: Some(200), ..Scope::default() };
        let read = |program: Program| {
            let (mut tables, mut problems) = (program.tables(), Problems::default());
            let slot = program.run(&body, &scope, 100_000, &mut tables, &mut problems);
            let root = (!layout.objects.is_empty()).then_some(0);
            (slot.map(|slot| show(&tables, &layout, slot, root)), problems)
        };
        let (found, problems) = read(mapping.compile(&layout));
        let (expected, expected_problems) = read(mapping.compile(&layout).without_direct_reads());
        // What is refused may be refused at another place: before, or after the bound on the work.
        prop_assert_eq!(found.is_ok(), expected.is_ok(), "{}", text);
        if let (Ok(found), Ok(expected)) = (found, expected) {
            prop_assert_eq!(found, expected, "{}", text);
            if expected_problems.as_slice().len() < Problems::MOST {
                prop_assert_eq!(sorted(&problems), sorted(&expected_problems), "{}", text);
            }
        }
    }

    #[test]
    fn printed_and_parsed_again_is_equal((version, text) in versioned()) {
        let Ok(mapping) = Mapping::parse(&text, version) else { return Ok(()) };
        let printed = mapping.to_string();
        let again = Mapping::parse(&printed, version);
        prop_assert_eq!(again.as_ref(), Ok(&mapping), "{}", printed);
    }

    #[test]
    fn any_text_is_parsed_or_refused(
        text in prop_oneof![
            any::<String>(),
            (versioned(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[a$@.?!{}()\\[\\]:,'\"#1>-]{0,3}").prop_map(mutated),
             "[a-c$@.?!{}()\\[\\]:,'\"# \n0-9>-]{0,40}", "(a|\\$|@|\\.|->|first|map|\\(|\\)|\\{|\\}|\\?\\?|\\?|:| |1|'x'|,){0,20}"]
    ) {
        for version in [Version::V0_2, Version::V0_3, Version::V0_4] {
            match Mapping::parse(&text, version) {
                Ok(mapping) => {
                    drop((mapping.variables(), mapping.shape(), mapping.infer(&ValueShape::unknown(), &Unknown, version)));
                    drop(run(&mapping, &full_layout(&mapping.shape()), "{\"a\": [1]}", &mut Problems::default()));
                    let printed = mapping.to_string();
                    let again = Mapping::parse(&printed, version);
                    prop_assert_eq!(again.as_ref(), Ok(&mapping), "{}", printed);
                }
                Err(errors) => {
                    prop_assert!(!errors.is_empty());
                    for error in errors {
                        prop_assert!(text.get(error.range).is_some());
                    }
                }
            }
            drop(Template::parse(&text, version));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, ..ProptestConfig::default() })]

    #[test]
    fn generated_mappings_are_valid_mostly(texts in prop::collection::vec(versioned(), 50)) {
        let valid = texts.iter().filter(|(version, text)| Mapping::parse(text, *version).is_ok()).count();
        prop_assert!(valid > 20, "{valid}");
    }
}
