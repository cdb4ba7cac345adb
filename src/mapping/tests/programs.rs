//! Programs: layouts, slots, fallbacks and bounds.

use bytes::Bytes;

use crate::{
    json::{Object, Slot, Tables, Value},
    mapping::{
        ConnectionParts, FieldLayout, Layout, Mapping, ObjectLayout, Problems, Program, RunError, Scope, Shape,
        Version, selection::ObjectShape,
    },
};

/// `id items{id name} x`: fields of table 0, children in braces.
pub(super) fn layout(text: &str) -> Layout {
    fn fields(words: &mut std::iter::Peekable<std::str::Chars<'_>>, layout: &mut Layout) -> usize {
        let table = layout.objects.len();
        layout.objects.push(ObjectLayout::default());
        let mut name = String::new();
        loop {
            let next = words.next();
            match next {
                Some('{') => {
                    let child = Some(fields(words, layout));
                    layout.objects[table].fields.push(FieldLayout { name: std::mem::take(&mut name), child });
                }
                Some(' ' | '}') | None => {
                    if !name.is_empty() {
                        layout.objects[table].fields.push(FieldLayout { name: std::mem::take(&mut name), child: None });
                    }
                    if next != Some(' ') {
                        return table;
                    }
                }
                Some(letter) => name.push(letter),
            }
        }
    }
    let mut layout = Layout::default();
    if text != "-" {
        fields(&mut text.chars().peekable(), &mut layout);
    }
    layout
}

/// The layout that asks for everything a shape knows.
pub(super) fn full_layout(shape: &Shape) -> Layout {
    fn add(object: &ObjectShape, layout: &mut Layout) -> usize {
        let table = layout.objects.len();
        layout.objects.push(ObjectLayout::default());
        for (name, field) in &object.fields {
            let child = if let Shape::Object(inner) = &field.shape { Some(add(inner, layout)) } else { None };
            layout.objects[table].fields.push(FieldLayout { name: name.clone(), child });
        }
        table
    }
    let mut layout = Layout::default();
    if let Shape::Object(object) = shape {
        add(object, &mut layout);
    }
    layout
}

/// What a slot stands for; missing members are left out.
pub(super) fn show(tables: &Tables, layout: &Layout, slot: Slot, table: Option<usize>) -> Option<Value> {
    match slot {
        Slot::List { .. } => Some(Value::Array(
            tables.list(slot).iter().map(|&slot| show(tables, layout, slot, table).unwrap_or_default()).collect(),
        )),
        Slot::Row(row) => {
            let table = table.expect("rows have tables");
            let mut members = Object::default();
            for (index, field) in layout.objects[table].fields.iter().enumerate() {
                let slot = tables.tables[table].get(row, index);
                if let Some(value) = show(tables, layout, slot, field.child) {
                    members.insert(field.name.as_str().into(), value);
                }
            }
            Some(Value::Object(members))
        }
        leaf => tables.to_value(leaf),
    }
}

pub(super) fn program(text: &str, asked: &Layout) -> Program {
    Mapping::parse(text, Version::V0_3).unwrap_or_else(|errors| panic!("{text}: {errors:?}")).compile(asked)
}

fn run(text: &str, asked: &str, body: &str) -> (String, usize, Tables) {
    let asked = layout(asked);
    let program = program(text, &asked);
    let mut tables = program.tables();
    let args = Value::parse(br#"{"id":7}"#).unwrap();
    let scope = Scope { args: Some(&args), ..Scope::default() };
    let body = Bytes::copy_from_slice(body.as_bytes());
    let slot = program.run(&body, &scope, 1000, &mut tables, &mut Problems::default()).unwrap();
    let table = (!asked.objects.is_empty()).then_some(0);
    let shown = show(&tables, &asked, slot, table).map_or("-".to_owned(), |value| value.to_string());
    (shown, tables.values.len(), tables)
}

/// Rows of a connection are read directly, also where the body itself is the list, and give what the evaluator gives.
#[test]
fn rows_of_connections_are_read_directly() {
    let part = |text: &str| Some(Mapping::parse(text, Version::V0_3).unwrap());
    // Rows, what the cursor is, the total, body, result, computed values.
    for (rows, cursor, total, body, expected, computed) in [
        ("id", None, "$args.id", "[]", r#"{"edges":[],"totalCount":7}"#, 1),
        (
            "id",
            part("key"),
            "$args.id",
            r#"[{"id":1,"key":"a"},{"id":2,"key":"b"}]"#,
            r#"{"edges":[{"cursor":"a","node":{"id":1}},{"cursor":"b","node":{"id":2}}],"totalCount":7}"#,
            1,
        ),
        ("id", None, "$args.id", "[null]", r#"{"edges":[null],"totalCount":7}"#, 1),
        ("id", None, "$->size", r#"[{"id":1}]"#, r#"{"edges":[{"node":{"id":1}}],"totalCount":1}"#, 2),
        (
            "$.items { id }",
            part("meta.key"),
            "meta.total",
            r#"{"meta":{"total":4},"items":[{"id":1,"meta":{"key":"a"}}]}"#,
            r#"{"edges":[{"cursor":"a","node":{"id":1}}],"totalCount":4}"#,
            0,
        ),
    ] {
        let parts = ConnectionParts { cursor, total_count: part(total), ..ConnectionParts::default() };
        let mapping = Mapping::parse(rows, Version::V0_3).unwrap().connection(&parts, Version::V0_3).unwrap();
        let asked = layout("edges{cursor node{id}} totalCount");
        let args = Value::parse(br#"{"id":7}"#).unwrap();
        let scope = Scope { args: Some(&args), ..Scope::default() };
        let bytes = Bytes::copy_from_slice(body.as_bytes());
        for (program, direct) in
            [(mapping.compile(&asked), true), (mapping.compile(&asked).without_direct_reads(), false)]
        {
            let mut tables = program.tables();
            let slot = program.run(&bytes, &scope, 1000, &mut tables, &mut Problems::default()).unwrap();
            assert_eq!(show(&tables, &asked, slot, Some(0)).unwrap().to_string(), expected, "{rows}, {body}, {direct}");
            assert!(!direct || tables.values.len() == computed, "{rows}, {body}: {:?}", tables.values);
        }
    }
}

#[test]
fn writes_the_asked_fields() {
    // Mapping, asked, body, result, computed values.
    for (text, asked, body, expected, computed) in [
        ("id name", "name", r#"{"id":1,"name":"n"}"#, r#"{"name":"n"}"#, 0),
        (
            "id name",
            "name id",
            r#"[{"id":1,"name":"n"},{"name":"m","id":2}]"#,
            r#"[{"name":"n","id":1},{"name":"m","id":2}]"#,
            0,
        ),
        ("id name", "id other", r#"{"id":1}"#, r#"{"id":1}"#, 0),
        (
            "$.data.list { id }",
            "id",
            r#"{"x":[1],"data":{"list":[{"id":"a"},{"id":"b"}],"n":2}}"#,
            r#"[{"id":"a"},{"id":"b"}]"#,
            0,
        ),
        ("$.a { id }", "id", r#"{"a":null}"#, "null", 0),
        ("$.a { id }", "id", "{}", "-", 0),
        ("$.a? { id }", "id", r#"{"a":null}"#, "-", 0),
        ("$.a { id }", "id", r#"{"a":"x"}"#, r#""x""#, 0),
        ("$.a { id }", "id", r#"{"a":[[{"id":1}],[]]}"#, r#"[[{"id":1}],[]]"#, 0),
        ("id", "id", "null", "null", 0),
        ("id: x.y.z n: x.y.n", "id n", r#"{"x":{"y":{"n":2,"z":1}}}"#, r#"{"id":1,"n":2}"#, 0),
        (
            "id o { p { q } }",
            "id o{p{q}}",
            r#"{"o":{"p":[{"q":1},null]},"id":2}"#,
            r#"{"id":2,"o":{"p":[{"q":1},null]}}"#,
            0,
        ),
        ("id buyer: { id: customer_id }", "buyer{id}", r#"{"id":1,"customer_id":2}"#, r#"{"buyer":{"id":2}}"#, 0),
        ("id $.meta { x y }", "id y", r#"{"id":1,"meta":{"x":1,"y":2}}"#, r#"{"id":1,"y":2}"#, 0),
        ("id meta", "id meta", r#"{"id":1,"meta":{"x": [1]}}"#, r#"{"id":1,"meta":{"x":[1]}}"#, 0),
        ("id meta { x }", "id meta", r#"{"id":1,"meta":{"x":1,"y":2}}"#, r#"{"id":1,"meta":{"x":1}}"#, 1),
        ("id o: p", "o{x}", r#"{"p":[{"x":1,"y":2}]}"#, r#"{"o":[{"x":1}]}"#, 0),
        (
            "id: $args.id n: name->size",
            "id n",
            r#"[{"name":"abc"},{"name":"d"}]"#,
            r#"[{"id":7,"n":3},{"id":7,"n":1}]"#,
            4,
        ),
        ("id: $args.id n: name->size", "id", r#"{"name":"abc"}"#, r#"{"id":7}"#, 1),
        ("tags: list.name", "tags", r#"{"list":[{"name":"a"},{"name":"b"}]}"#, r#"{"tags":["a","b"]}"#, 1),
        ("f: l->first { id }", "f{id}", r#"{"l":[{"id":1},{"id":2}]}"#, r#"{"f":{"id":1}}"#, 1),
        ("$.n", "-", r#"{"n": [1, 2]}"#, "[1,2]", 0),
        ("$", "-", r#" {"n":1} "#, r#"{"n":1}"#, 0),
        ("$.l->size", "-", r#"{"l":[1,2]}"#, "2", 1),
        ("id name", "-", r#"{"id":1,"name":2,"x":3}"#, r#"{"id":1,"name":2}"#, 1),
        ("$ { k: $args.id }", "-", "[]", "[]", 1),
        ("$args.id", "-", "[not json", "", 0),
        ("a { id }", "a{}", r#"{"a":[{"id":1}]}"#, r#"{"a":[{}]}"#, 0),
    ] {
        if body.starts_with("[not") {
            let program = program(text, &layout(asked));
            let result = program.run(
                &Bytes::from_static(b"[not json"),
                &Scope::default(),
                9,
                &mut program.tables(),
                &mut Problems::default(),
            );
            assert_eq!(result, Err(RunError::InvalidJson { at: 1 }));
            continue;
        }
        let (shown, values, _) = run(text, asked, body);
        assert_eq!((shown.as_str(), values), (expected, computed), "{text} asked {asked} over {body}");
    }
}

#[test]
fn a_member_twice_leaves_no_row_behind() {
    let (shown, _, tables) = run("o { id }", "o{id}", r#"{"o":[{"id":1},{"id":2}],"o":{"id":3}}"#);
    assert_eq!(shown, r#"{"o":{"id":3}}"#);
    assert_eq!((tables.tables[0].rows(), tables.tables[1].rows()), (1, 1));
}

#[test]
fn rows_are_bounded_and_errors_leave_nothing() {
    let asked = layout("id");
    let program = program("$.l { id }", &asked);
    let mut tables = program.tables();
    let mut problems = Problems::default();
    let mut run = |body: &'static str, rows: usize| {
        let body = Bytes::from_static(body.as_bytes());
        let result = program.run(&body, &Scope::default(), rows, &mut tables, &mut problems);
        (result.map(|_| ()), tables.tables[0].rows(), tables.lists.len(), tables.bodies.len())
    };
    assert_eq!(run(r#"{"l":[{"id":1},{"id":2}]}"#, 2), (Ok(()), 2, 2, 1));
    assert_eq!(run(r#"{"l":[{"id":1},{},{}]}"#, 2), (Err(RunError::TooManyRows { limit: 2 }), 2, 2, 1));
    assert_eq!(run(r#"{"l":[{"id":1},{}]"#, 2), (Err(RunError::InvalidJson { at: 18 }), 2, 2, 1));
    assert_eq!(run(r#"{"l":[{"id":1}]}"#, 2), (Ok(()), 3, 3, 2));
    assert!(problems.is_empty());
}

#[test]
fn problems_are_counted() {
    let asked = layout("id n o{p}");
    let text = "id n: a.b o { p }";
    let program = program(text, &asked);
    let mut problems = Problems::default();
    let body = Bytes::from_static(br#"[{"a":{}},{"id":1,"a":null,"o":null},{"id":2,"a":5,"o":{"p":1}}]"#);
    program.run(&body, &Scope::default(), 10, &mut program.tables(), &mut problems).unwrap();
    let mut found: Vec<_> = problems
        .as_slice()
        .iter()
        .map(|problem| (text.get(problem.range.clone()).unwrap(), problem.message.as_str(), problem.count))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("b", "property `.b` not found in null", 1),
            ("b", "property `.b` not found in number", 1),
            ("b", "property `.b` not found in object", 1),
            ("id", "property `.id` not found in object", 1),
            ("o", "property `.o` not found in object", 1),
            ("p", "property `.p` not found in null", 1),
        ]
    );
}

#[test]
fn bodies_nested_too_deep_are_refused() {
    let asked = layout("id");
    let program = program("id", &asked);
    let body = Bytes::from("[".repeat(100_000));
    let result = program.run(&body, &Scope::default(), 10, &mut program.tables(), &mut Problems::default());
    assert_eq!(result, Err(RunError::InvalidJson { at: 128 }));
}

#[test]
fn programs_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Program>();
    shared::<Mapping>();
    shared::<crate::mapping::Template>();
    shared::<Tables>();
}
