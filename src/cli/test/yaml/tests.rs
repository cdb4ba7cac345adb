//! YAML as JSON, places, and hostile files.

use super::*;

fn json(text: &str) -> String {
    match parse(text) {
        Ok(Some(node)) => node.value().to_string(),
        Ok(None) => "nothing".to_owned(),
        Err(mistake) => format!("{}..{}: {}", mistake.range.start, mistake.range.end, mistake.message),
    }
}

#[test]
fn yaml_is_read_as_json() {
    assert_eq!(json("a: 1\nb: [x, 'y', \"z\\n\", 1.50, -2]\n"), r#"{"a":1,"b":["x","y","z\n",1.50,-2]}"#);
    assert_eq!(json("a: yes\nb: true\nc: ~\nd:\ne: 'null'"), r#"{"a":"yes","b":true,"c":null,"d":null,"e":"null"}"#);
    assert_eq!(
        json("[+1, 007, .5, 1., 0x1F, 0o17, 1e3, .inf, 1_000, 0x-1]"),
        r#"[1,7,0.5,1.0,31,15,1e3,".inf","1_000","0x-1"]"#
    );
    assert_eq!(json("a: |\n  {\"x\":\n   1}\n"), r#"{"a":"{\"x\":\n 1}\n"}"#);
    assert_eq!(json("a: !!str 1\nb: 2020-01-01"), r#"{"a":"1","b":"2020-01-01"}"#);
    assert_eq!(json("# only a comment\n"), "nothing");
    assert_eq!(json(""), "nothing");
}

#[test]
fn anchors_repeat_and_merge() {
    assert_eq!(json("a: &x {b: 1, c: 2}\nd: *x"), r#"{"a":{"b":1,"c":2},"d":{"b":1,"c":2}}"#);
    assert_eq!(json("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}"), r#"{"a":{"b":1,"c":2},"d":{"c":3,"b":1}}"#);
}

#[test]
fn mistakes_have_places() {
    assert_eq!(json("é: 1\né: 2"), "6..8: `é` stands twice");
    assert_eq!(json("a: *x"), "3..4: this is not YAML: while parsing node, found unknown anchor");
    assert_eq!(json("a: !mine 1"), "3..10: tag `!mine` means nothing here");
    assert_eq!(json("? [a]\n: 1"), "2..5: a key must be text, not a list or mapping");
    assert_eq!(json("a: 1\n---\nb: 2"), "5..8: a second document");
    assert!(json("a: [1, 2").contains("this is not YAML"), "{}", json("a: [1, 2"));
}

#[test]
fn places_are_bytes_of_the_file() {
    let text = "é: ä\nb:\n  - ö\n  - c: 1\n\nd: 2\n";
    let node = parse(text).unwrap().unwrap();
    let shown = |node: &Node| text.get(node.range.clone()).unwrap().to_owned();
    assert_eq!(shown(&node.get("é").unwrap().value), "ä");
    assert_eq!(shown(&node.get("b").unwrap().value), "- ö\n  - c: 1");
    assert_eq!(shown(&node.get("d").unwrap().value), "2");
}

#[test]
fn hostile_files_are_bounded() {
    let mut laughs = "a0: &a0 [lol, lol, lol]\n".to_owned();
    for level in 1..40 {
        let below = level - 1;
        laughs.push_str(&format!("a{level}: &a{level} [*a{below}, *a{below}, *a{below}, *a{below}]\n"));
    }
    assert!(json(&laughs).contains("aliases repeat"));
    assert!(json(&"- ".repeat(100_000)).contains("nested deeper than 64"));
    assert!(json(&"? ".repeat(100_000)).contains("nested deeper than 64"));
    assert!(json(&"[".repeat(100_000)).contains("nested deeper than 64"));
    assert!(json(&"{a: ".repeat(100_000)).contains("nested deeper than 64"));
    let mut chain = "a0: &a0 []\n".to_owned();
    (1..10_000).for_each(|level| chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1)));
    assert!(json(&chain).contains("nested deeper than 64"));
    let keys: String = (0..50_000).map(|key| format!("k{key}: 1\n")).collect();
    assert!(json(&format!("{keys}k7: 2")).contains("`k7` stands twice"));
    assert!(json("a: &a [*a]").contains("anchor"));
}
