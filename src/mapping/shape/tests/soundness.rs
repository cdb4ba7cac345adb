//! Generated mappings over values drawn from generated shapes: what comes out is in the shape that was inferred, and what was
//! called a mistake does not work.

use proptest::prelude::*;

use super::{Elements, Known, Members, Numbers, Objects, ValueShape, Variable, VariableShapes, Words};
use crate::{
    json::{Object, Value},
    mapping::{Mapping, MistakeKind, Problems, Scope, Version, tests::differential},
};

/// Deepest nesting of generated shapes.
const DEPTH: u32 = 3;

/// Numbers by a fixed rule, so that a failure can be repeated from its seed.
struct Dice(u64);

impl Dice {
    /// One of `0..sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.roll(from.len() as u64)).unwrap()]
    }
}

// === shapes and their values ===

fn shape(dice: &mut Dice, depth: u32) -> ValueShape {
    let one = match dice.roll(if depth == 0 { 8 } else { 13 }) {
        0 => ValueShape::boolean(),
        1 => ValueShape::number(dice.pick(&[Numbers::Any, Numbers::Whole, Numbers::Fractional])),
        2 => ValueShape::string(),
        3 => ValueShape::words(["a", "x"]),
        4 => ValueShape::named("Node"),
        5 => ValueShape::any(),
        6 => ValueShape::null(),
        7 => ValueShape::number(Numbers::Whole),
        8 | 9 => ValueShape::list(shape(dice, depth - 1)),
        10 => ValueShape::object(Members::new([("a", shape(dice, depth - 1))]).with_others(shape(dice, depth - 1))),
        _ => ValueShape::object(Members::new(
            ["a", "b", "c", "d"].map(|name| (name, optional(shape(dice, depth - 1), dice))),
        )),
    };
    match dice.roll(6) {
        0 => one.or_null(),
        1 => one.union(&shape(dice, depth.saturating_sub(1))),
        _ => one,
    }
}

fn optional(shape: ValueShape, dice: &mut Dice) -> ValueShape {
    if dice.roll(4) == 0 { shape.or_missing() } else { shape }
}

/// How values are drawn.
#[derive(Clone, Copy, PartialEq)]
enum Draw {
    Anything,
    /// Nothing is null, missing or empty where it need not be.
    Full,
}

/// A value of a shape; `None` is missing.
fn value(of: &ValueShape, draw: Draw, dice: &mut Dice, depth: u32) -> Option<Value> {
    let mut kinds = Vec::new();
    kinds.extend(of.boolean.then_some('b'));
    kinds.extend(of.number.map(|_| 'n'));
    kinds.extend(of.string.as_ref().map(|_| 's'));
    kinds.extend(of.list.as_ref().map(|_| 'l'));
    kinds.extend(of.object.as_ref().map(|_| 'o'));
    if draw == Draw::Anything || kinds.is_empty() {
        kinds.extend(of.null.then_some('0'));
    }
    if draw == Draw::Anything || kinds.is_empty() {
        kinds.extend(of.missing.then_some('-'));
    }
    if kinds.is_empty() {
        return None;
    }
    Some(match dice.pick(&kinds) {
        'b' => Value::Bool(dice.roll(2) == 0),
        'n' => number(of.number.unwrap(), dice),
        's' => match of.string.as_ref().unwrap() {
            Words::Known(words) => Value::from(&**words.iter().nth(dice.roll(words.len() as u64) as usize).unwrap()),
            Words::Any if draw == Draw::Full => Value::from(dice.pick(&["a", "b", "7", "x y"])),
            Words::Any => Value::from(dice.pick(&["", "a", "b", "é", "12", "[1]", "x,y"])),
        },
        'l' => {
            let element = of.elements().unwrap();
            let count = match draw {
                Draw::Anything if depth == 0 => 0,
                Draw::Anything => dice.roll(3),
                Draw::Full => 1 + dice.roll(2) * u64::from(depth > DEPTH),
            };
            let elements = (0..count).filter_map(|_| value(&element, draw, dice, depth.saturating_sub(1)));
            Value::Array(elements.collect())
        }
        'o' => {
            let members = match of.object.as_ref().unwrap() {
                // Whatever, as long as it ends.
                Objects::Any => {
                    let least = if draw == Draw::Full { r#"{"c":"x"}"# } else { "{}" };
                    return Some(Value::parse(dice.pick(&[least, r#"{"a":1,"b":{"a":[]}}"#]).as_bytes()).unwrap());
                }
                Objects::Named(_) if depth == 0 => Members::new([
                    ("a", ValueShape::number(Numbers::Whole)),
                    (
                        "d",
                        ValueShape { list: Some(Elements::Of(ValueShape::nothing().into())), ..ValueShape::nothing() },
                    ),
                ]),
                Objects::Named(name) => Known::default().members(name),
                Objects::Of(members) => Members::clone(members),
            };
            let mut object = Object::default();
            for (name, member) in members.iter() {
                if let Some(member) = value(&member.shape, draw, dice, depth.saturating_sub(1)) {
                    object.insert(name.into(), member);
                }
            }
            if let (Some(others), Draw::Anything) = (&members.others, draw) {
                for name in ["b", "z"] {
                    if let Some(other) = value(others, draw, dice, depth.saturating_sub(1)) {
                        object.entry(name.into()).or_insert(other);
                    }
                }
            }
            Value::Object(object)
        }
        '-' => return None,
        _ => Value::Null,
    })
}

fn number(numbers: Numbers, dice: &mut Dice) -> Value {
    let spellings: &[&str] = match numbers {
        Numbers::Any => &["0", "1", "2.5", "-7", "1.0", "12345678901234567890"],
        Numbers::Whole => &["0", "1", "-2", "1.0", "3"],
        Numbers::Fractional => &["0.5", "-1.25"],
    };
    Value::parse(dice.pick(spellings).as_bytes()).unwrap()
}

/// Whether a shape has a value.
fn has(shape: &ValueShape, value: Option<&Value>) -> bool {
    let Some(value) = value else { return shape.missing };
    match value {
        Value::Null => shape.null,
        Value::Bool(_) => shape.boolean,
        Value::Number(number) => match shape.number {
            None => false,
            Some(Numbers::Any) => true,
            Some(Numbers::Whole) => number.is_integer() || number.as_f64().fract() == 0.0,
            Some(Numbers::Fractional) => number.as_f64().fract() != 0.0,
        },
        Value::String(text) => match &shape.string {
            None => false,
            Some(Words::Any) => true,
            Some(Words::Known(words)) => words.contains(text),
        },
        Value::Array(elements) => match &shape.list {
            None => false,
            Some(Elements::Any) => true,
            Some(Elements::Of(element)) => elements.iter().all(|value| has(element, Some(value))),
        },
        Value::Object(object) => match &shape.object {
            None => false,
            Some(Objects::Any) => true,
            Some(Objects::Named(name)) => has_members(&Known::default().members(name), object),
            Some(Objects::Of(members)) => has_members(members, object),
        },
    }
}

fn has_members(members: &Members, object: &Object) -> bool {
    members.iter().all(|(name, member)| has(&member.shape, object.get(name)))
        && object.iter().all(|(name, value)| has(&members.get(name), Some(value)))
}

/// One mapping over one input.
struct Run {
    input: Value,
    args: Option<Value>,
    shape: ValueShape,
    mistakes: Vec<MistakeKind>,
    result: Option<Value>,
    has_problems: bool,
}

fn run(mapping: &Mapping, seed: u64, draw: Draw) -> Run {
    let dice = &mut Dice(seed);
    let body = ValueShape { missing: false, ..shape(dice, DEPTH) };
    let of_args =
        ValueShape::object(Members::new(["a", "b", "c"].map(|name| (name, optional(shape(dice, DEPTH), dice)))));
    let known = Known {
        variables: vec![(Variable::Args, of_args.clone()), (Variable::Status, ValueShape::number(Numbers::Whole))],
    };
    // Types that refer to themselves end in empty lists: below what the mappings reach, if nothing is to be empty.
    let depth = if draw == Draw::Full { 2 * DEPTH } else { DEPTH };
    let input = value(&body, draw, dice, depth).unwrap_or_default();
    let args = value(&of_args, draw, dice, depth);
    let inferred = mapping.infer(&body, &known, Version::V0_4);
    let scope = Scope { args: args.as_ref(), status: Some(200), ..Scope::default() };
    let mut problems = Problems::default();
    let result = mapping.evaluate(&input, &scope, &mut problems);
    Run {
        input,
        args,
        shape: inferred.shape,
        mistakes: inferred.mistakes.into_iter().map(|mistake| mistake.kind).collect(),
        result,
        has_problems: !problems.is_empty(),
    }
}

// === mappings in which everything is evaluated ===

/// Mappings without conditions: every part of them is run, if nothing that it runs on is empty or null.
fn unconditional() -> BoxedStrategy<String> {
    let key = || prop_oneof![Just("a"), Just("b"), Just("c"), Just("d")];
    let head = prop_oneof![
        key().prop_map(str::to_owned),
        key().prop_map(|key| format!("$args.{key}")),
        Just("@".to_owned()),
        Just("$status".to_owned()),
    ];
    let literal = prop_oneof![Just("1"), Just("'a'"), Just("true"), Just("0.5"), Just("[1]"), Just("{a: 'x'}")];
    let value = prop_oneof![2 => literal.prop_map(str::to_owned), 3 => head.clone()];
    let bare = prop_oneof![
        Just("size"),
        Just("entries"),
        Just("toString"),
        Just("jsonStringify"),
        Just("not"),
        Just("keysToCamelCase"),
        Just("first"),
        Just("last")
    ];
    let one = prop_oneof![
        Just("echo"),
        Just("map"),
        Just("eq"),
        Just("gt"),
        Just("lte"),
        Just("in"),
        Just("contains"),
        Just("add"),
        Just("mul"),
        Just("div"),
        Just("joinNotNull"),
        Just("split"),
        Just("get")
    ];
    let step = prop_oneof![
        3 => key().prop_map(|key| format!(".{key}")),
        2 => bare.prop_map(|name| format!("->{name}")),
        3 => (one, value).prop_map(|(name, argument)| format!("->{name}({argument})")),
    ];
    let path = (head, prop::collection::vec(step, 1..4)).prop_map(|(head, steps)| format!("{head}{}", steps.concat()));
    let item = (prop_oneof![Just("k"), Just("l")], path.clone()).prop_map(|(name, path)| format!("{name}: {path}"));
    prop_oneof![
        3 => path.clone().prop_map(|path| format!("$({path})")),
        1 => item.clone(),
        1 => (path.clone(), item).prop_map(|(path, item)| format!("{path} {{ {item} }}")),
        1 => (path.clone(), path).prop_map(|(path, sub)| format!("k: $({path}) {sub} {{ a }}")),
    ]
    .boxed()
}

/// Something to compare.
fn operand() -> BoxedStrategy<String> {
    prop_oneof![
        2 => prop_oneof![Just("a"), Just("a.b"), Just("$args.a"), Just("$args.b.a"), Just("@"), Just("$status")],
        1 => prop_oneof![Just("$(1)"), Just("$(0.5)"), Just("$('a')"), Just("$(true)"), Just("$(null)"), Just("$([1])")],
        1 => prop_oneof![Just("a->size"), Just("b->toString"), Just("$args.c->first"), Just("$args.a->entries")],
    ]
    .prop_map(str::to_owned)
    .boxed()
}

/// Whether there is no null in it.
fn is_full(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(elements) => elements.iter().all(is_full),
        Value::Object(members) => members.values().all(is_full),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_result_is_in_the_inferred_shape(
        text in prop_oneof![differential::mapping(Version::V0_4), unconditional()],
        seeds in prop::collection::vec(any::<u64>(), 8),
    ) {
        let Ok(mapping) = Mapping::parse(&text, Version::V0_4) else { return Ok(()) };
        for seed in seeds {
            let run = run(&mapping, seed, Draw::Anything);
            prop_assert!(
                has(&run.shape, run.result.as_ref()),
                "{text}\nover {} with {:?}\ngives {:?}\nnot in {}",
                run.input, run.args, run.result.map(|value| value.to_string()), super::short(&run.shape)
            );
        }
    }

    #[test]
    fn what_never_matches_does_not(
        (left, right) in (operand(), operand()),
        seeds in prop::collection::vec(any::<u64>(), 8),
    ) {
        let text = format!("$({left}->match([{right}, true], [@, false]))");
        let Ok(mapping) = Mapping::parse(&text, Version::V0_4) else { return Ok(()) };
        for seed in seeds {
            let run = run(&mapping, seed, Draw::Anything);
            if run.mistakes.contains(&MistakeKind::Idle) {
                prop_assert_ne!(run.result, Some(Value::Bool(true)), "{} over {} with {:?}", text, run.input, run.args);
            }
        }
    }

    #[test]
    fn what_is_a_mistake_does_not_work(text in unconditional(), seeds in prop::collection::vec(any::<u64>(), 8)) {
        let Ok(mapping) = Mapping::parse(&text, Version::V0_4) else { return Ok(()) };
        for seed in seeds {
            let run = run(&mapping, seed, Draw::Full);
            // Where nothing but null can be drawn, a mistake is about what stands in other bodies.
            let is_full = is_full(&run.input) && run.args.as_ref().is_none_or(is_full);
            if is_full && run.mistakes.iter().any(|kind| *kind != MistakeKind::Idle) {
                prop_assert!(
                    run.has_problems || run.result.is_none(),
                    "{text}\nover {} with {:?}\ngives {:?} without a problem, but has mistakes",
                    run.input, run.args, run.result.map(|value| value.to_string())
                );
            }
        }
    }
}

/// The second property says something only if mistakes are not rare.
#[test]
fn mistakes_are_found_often_enough_to_judge_them() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut wrong, mut all) = (0, 0);
    for seed in 0..400 {
        let text = unconditional().new_tree(&mut runner).unwrap().current();
        if let Ok(mapping) = Mapping::parse(&text, Version::V0_4) {
            all += 1;
            wrong += u32::from(!run(&mapping, seed, Draw::Full).mistakes.is_empty());
        }
    }
    assert!(all > 300 && wrong * 5 > all && wrong * 10 < all * 9, "{wrong} of {all}");
}
