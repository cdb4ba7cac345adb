//! A mapping, a line of `===`, a document: evaluating and running the compiled program give the same.
#![no_main]

use anabranch_fuzz::checks::{VERSIONS, asked, full_layout, root, show};
use anabranch_fuzz::{
    json::Value,
    mapping::{Mapping, Problems, Scope},
};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let Some((text, body)) = input.split_once("\n===\n") else { return };
    let Ok(document) = Value::parse(body.as_bytes()) else { return };
    let scope = Scope { args: Some(&document), this: Some(&document), status: Some(200), ..Scope::default() };
    for version in VERSIONS {
        let Ok(mapping) = Mapping::parse(text, version) else { continue };
        let layout = full_layout(&mapping);
        let mut problems = Problems::default();
        let expected = mapping.evaluate(&document, &scope, &mut problems);
        let expected = expected.map(|value| asked(value, &layout, root(&layout)));
        let program = mapping.compile(&layout);
        let mut tables = program.tables();
        let run = program.run(&Bytes::from(body.to_owned()), &scope, 100_000, &mut tables, &mut problems);
        // What is stopped is stopped at different places.
        let stopped = |message: &str| message.contains("too much work") || message.contains("nests deeper");
        if let Ok(slot) = run
            && !problems.as_slice().iter().any(|problem| stopped(&problem.message))
            && problems.as_slice().len() < Problems::MOST
        {
            let found = show(&tables, &layout, slot, root(&layout));
            assert_eq!(found, expected, "{mapping}");
        }
    }
});
