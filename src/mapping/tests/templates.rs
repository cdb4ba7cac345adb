//! Templates of URLs and headers.

use crate::{
    json::Value,
    mapping::{Piece, Problems, Scope, Template, Version},
};

fn pieces(text: &str) -> Vec<String> {
    let template = Template::parse(text, Version::V0_3).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    template
        .pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Expression(mapping, place) => {
                assert_eq!(mapping.text(), text.get(place.clone()).unwrap());
                format!("<{mapping}>")
            }
        })
        .collect()
}

#[test]
fn splits_text_and_expressions() {
    assert_eq!(pieces("/a/{$args.id}/b?x={$args.x}"), ["/a/", "<$args.id>", "/b?x=", "<$args.x>"]);
    assert_eq!(pieces("plain"), ["plain"]);
    assert_eq!(pieces("{$('}{')}{$args->echo({a: '}'})}"), ["<$(\"}{\")>", "<$args->echo({a: \"}\"})>"]);
    assert_eq!(pieces("{$('\\'}')}"), ["<$(\"'}\")>"]);
    assert_eq!(pieces("a}b"), ["a}b"]);
    assert_eq!(pieces(""), Vec::<String>::new());
}

#[test]
fn mistakes_point_into_the_template() {
    for (text, place, message) in [
        ("/a/{$args.id", "{", "expression has no closing `}`"),
        ("/a/{}", "{}", "the braces hold no expression"),
        ("/a/{$args.id->frist}", "->frist", "unknown method `->frist`"),
    ] {
        let errors = Template::parse(text, Version::V0_3).unwrap_err();
        assert_eq!((text.get(errors[0].range.clone()).unwrap(), errors[0].message.as_str()), (place, message));
    }
    let template = Template::parse("é{$this.id}/{$args.x}", Version::V0_3).unwrap();
    let uses: Vec<_> = template.variables().into_iter().map(|path| path.range).collect();
    assert_eq!(uses, [3..11, 14..21]);
}

#[test]
fn renders_scalars() {
    let config = Value::parse(br#"{"s":"x y","n":1.50,"b":true,"z":null,"a":[1]}"#).unwrap();
    let scope = Scope { config: Some(&config), ..Scope::default() };
    let render = |text: &str| {
        let mut problems = Problems::default();
        let result = Template::parse(text, Version::V0_3).unwrap().render_plain(&scope, &mut problems);
        (result, problems.as_slice().to_vec())
    };
    assert_eq!(
        render("<{$config.s}|{$config.n}|{$config.b}|{$config.z}>"),
        (Ok("<x y|1.50|true|>".to_owned()), vec![])
    );
    let (text, problems) = render("a{$config.q}");
    assert_eq!((text, problems[0].range.clone()), (Ok("a".to_owned()), 10..11));
    assert_eq!(render("{$config.a}").0, Err("expression must yield a scalar, not an array".to_owned()));
}
