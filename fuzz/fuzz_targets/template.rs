//! Any text is a template or not; its pieces are its text, and it renders.
#![no_main]

use anabranch_fuzz::checks::{VERSIONS, check_mistakes};
use anabranch_fuzz::{
    json::Value,
    mapping::{Piece, Problems, Scope, Template},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let args = Value::parse(br#"{"id":7,"name":"a b","list":[1,"x",null],"none":null}"#).expect("valid");
    let scope = Scope { args: Some(&args), config: Some(&args), status: Some(404), ..Scope::default() };
    for version in VERSIONS {
        match Template::parse(text, version) {
            Err(errors) => check_mistakes(text, &errors),
            Ok(template) => {
                let mut whole = String::new();
                for piece in &template.pieces {
                    match piece {
                        Piece::Literal(literal) => whole.push_str(literal),
                        Piece::Expression(mapping, range) => {
                            assert_eq!(text.get(range.clone()), Some(mapping.text()));
                            whole.push('{');
                            whole.push_str(mapping.text());
                            whole.push('}');
                        }
                    }
                }
                assert_eq!(whole, text);
                for used in template.variables() {
                    assert!(text.get(used.range).is_some());
                }
                let mut problems = Problems::default();
                drop(template.render_plain(&scope, &mut problems));
                for problem in problems.as_slice() {
                    assert!(text.get(problem.range.clone()).is_some());
                }
            }
        }
    }
});
