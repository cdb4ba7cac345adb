//! Which documents are valid: random ones, and those with something changed at random.

use std::fmt::Write as _;

use anabranch::graphql::{ClientSchema, GraphqlError};
use serde_json::{Value, json};

use super::{
    LIMITS, SDL,
    choices::{Choices, check},
    client,
    operations::{Root, operation},
    oracle::Oracle,
};

/// What a changed token may become.
const WORDS: [&str; 74] = [
    "books",
    "book",
    "node",
    "find",
    "shelf",
    "color",
    "on",
    "required",
    "choose",
    "named",
    "anything",
    "id",
    "title",
    "name",
    "author",
    "related",
    "motto",
    "__typename",
    "__schema",
    "__type",
    "Book",
    "Author",
    "Shelf",
    "Node",
    "Named",
    "Found",
    "Anything",
    "Query",
    "Filter",
    "By",
    "Int",
    "Int!",
    "[Int!]!",
    "ID",
    "String",
    "Boolean!",
    "Color",
    "RED",
    "GREEN",
    "true",
    "null",
    "1",
    "1.5",
    "2147483648",
    "\"x\"",
    "\"\"\"y\"\"\"",
    "[]",
    "[1]",
    "{}",
    "{id: 1}",
    "{text: \"a\"}",
    "$v0",
    "$v1",
    "$v2",
    "$nope",
    "@skip(if: true)",
    "@include(if: $v0)",
    "@deprecated",
    "@nope",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "=",
    "!",
    "...",
    "...F0",
    "...F1",
    "... on",
    "first: 1",
    "= 1",
];

#[test]
fn the_same_documents_are_valid() {
    let client = client(SDL);
    let mut oracle = Oracle::with_schema("all", SDL);
    let (mut valid, mut invalid, mut malformed) = (0, 0, 0);
    check(400, |mut choices| {
        let root = if choices.chance(10) { Root::Mutation } else { Root::Query };
        let mut document = operation(client.schema(), root, &mut choices).document;
        for _ in 0..choices.below(4) {
            document = changed(&document, &mut choices);
        }
        match compare(&client, &mut oracle, &document)? {
            Verdict::Valid => valid += 1,
            Verdict::Invalid => invalid += 1,
            Verdict::Malformed => malformed += 1,
        }
        Ok(())
    });
    assert!(valid > 50 && invalid > 40 && malformed > 20, "{valid} valid, {invalid} invalid, {malformed} malformed");
}

#[test]
fn the_same_chosen_documents_are_valid() {
    let client = client(SDL);
    let mut oracle = Oracle::with_schema("all", SDL);
    let mut failures = String::new();
    for case in include_str!("documents.graphql").split("\n---\n") {
        let (rule, document) = case.split_once('\n').expect("a rule and a document");
        let expected = match rule.split_once(": ").map(|(verdict, _)| verdict) {
            Some("# valid") => Verdict::Valid,
            Some("# invalid") => Verdict::Invalid,
            Some("# malformed") => Verdict::Malformed,
            _ => panic!("{rule}"),
        };
        match compare(&client, &mut oracle, document) {
            Ok(verdict) if verdict == expected => {}
            Ok(verdict) => writeln!(failures, "{rule}\n{document}\n{verdict:?} for both").unwrap(),
            Err(failure) => writeln!(failures, "{rule}\n{failure}").unwrap(),
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Valid,
    Invalid,
    Malformed,
}

/// What both say; an error where they differ.
fn compare(client: &ClientSchema, oracle: &mut Oracle, document: &str) -> Result<Verdict, String> {
    let said = oracle.ask(&json!({"do": "validate", "schema": "all", "document": document}));
    let expected = match (&said["syntax"], &said["errors"]) {
        (Value::String(_), _) => Verdict::Malformed,
        (_, Value::Array(errors)) if errors.is_empty() => Verdict::Valid,
        _ => Verdict::Invalid,
    };
    let (actual, errors) = match client.prepare(document, None, &LIMITS) {
        Ok(_) => (Verdict::Valid, Vec::new()),
        Err(errors) => match errors[0].code.as_str() {
            "GRAPHQL_PARSE_FAILED" => (Verdict::Malformed, errors),
            "GRAPHQL_VALIDATION_FAILED" => (Verdict::Invalid, errors),
            // Which operation is meant is no matter of validity.
            _ => (Verdict::Valid, errors),
        },
    };
    if actual == expected {
        return Ok(expected);
    }
    // Its answer depends on whether the object is in a list or non-null.
    let is_one_of = |text: String| text.contains("to be used for OneOf Input Object");
    if is_one_of(said.to_string()) || is_one_of(format!("{errors:?}")) {
        return Ok(expected);
    }
    // It does not know the type of `__typename` when it merges fields.
    let is_shape = |error: &GraphqlError| error.message.contains("conflicting types");
    if expected == Verdict::Valid
        && errors.iter().all(is_shape)
        && [": __typename", ":__typename", ": __type"].iter().any(|alias| document.contains(alias))
    {
        return Ok(expected);
    }
    let errors: Vec<&str> = errors.iter().map(|error: &GraphqlError| error.message.as_str()).collect();
    Err(format!("{document}\n{actual:?} here: {errors:#?}\n{expected:?} there: {said:#}"))
}

/// The document with a token left out, doubled, swapped or replaced.
fn changed(document: &str, choices: &mut Choices<'_>) -> String {
    let mut tokens = tokens(document);
    let at = choices.below(tokens.len());
    let word = *choices.pick(&WORDS);
    match choices.below(9) {
        0 => {
            tokens.remove(at);
        }
        1 => tokens.insert(at, tokens[at]),
        2 if at > 0 => tokens.swap(at, at - 1),
        3 => {
            let other = tokens[choices.below(tokens.len())];
            tokens[at] = other;
        }
        4 => tokens.insert(at, word),
        _ => {
            // A name for a name, a value for a value: what is most often still well-formed.
            let kind = |token: &str| token.chars().next().map(|first| first.is_alphabetic() || first == '_');
            let alike: Vec<usize> = (0..tokens.len()).filter(|index| kind(tokens[*index]) == kind(word)).collect();
            if !alike.is_empty() {
                tokens[*choices.pick(&alike)] = word;
            }
        }
    }
    tokens.join(" ")
}

/// Words, punctuators and strings.
fn tokens(document: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = document.trim_start_matches([' ', ',', '\n']);
    while !rest.is_empty() {
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let length = if let Some(block) = rest.strip_prefix("\"\"\"") {
            6 + block.replace("\\\"\"\"", "xxxx").find("\"\"\"").unwrap_or(block.len() - 3)
        } else if let Some(string) = rest.strip_prefix('"') {
            2 + string.replace("\\\"", "xx").find('"').unwrap_or(string.len() - 1)
        } else if rest.starts_with("...") {
            3
        } else if rest.starts_with(['$', '@']) {
            rest.char_indices().skip(1).find(|(_, c)| !word(*c)).map_or(rest.len(), |(at, _)| at)
        } else if rest.starts_with(word) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else {
            rest.chars().next().unwrap().len_utf8()
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start_matches([' ', ',', '\n']);
    }
    tokens
}
