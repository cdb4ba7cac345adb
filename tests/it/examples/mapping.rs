//! `docs/mapping.md`: each row of its tables is evaluated, and gives what it says.
//!
//! A table with a column `mapping` or `template` has examples. `from` is the JSON that the mapping is applied to; without
//! that column it is the page's first `json` block. `gives` is JSON, `nothing`, or `error` (the text is refused); so are the
//! columns of versions. `problem` is what is told of the first problem; without that column, problems are not looked at.

use std::{collections::BTreeSet, fs, path::Path};

use anabranch::{
    json::{Object, Value},
    mapping::{Mapping, Problems, Scope, Template, Version, method_names},
};

const PAGE: &str = "docs/mapping.md";

/// A row of a table: its line, and its cells by the names of their columns.
struct Row {
    line: usize,
    cells: Vec<(String, String)>,
}

// === impl Row ===

impl Row {
    /// What stands in a column, without its backticks.
    fn cell(&self, column: &str) -> Option<&str> {
        let (_, cell) = self.cells.iter().find(|(name, _)| name == column)?;
        Some(cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')).unwrap_or(cell))
    }
}

fn rows(page: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    for (at, line) in page.lines().enumerate() {
        let Some(line) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
            columns.clear();
            continue;
        };
        let cells: Vec<String> = line.split('|').map(|cell| cell.trim().to_owned()).collect();
        if columns.is_empty() {
            columns = cells;
        } else if !line.starts_with("---") {
            assert_eq!(columns.len(), cells.len(), "{PAGE}, line {}: {line}", at + 1);
            rows.push(Row { line: at + 1, cells: columns.iter().cloned().zip(cells).collect() });
        }
    }
    rows
}

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)).unwrap()
}

/// The first block with this fence.
fn block(page: &str, fence: &str) -> Object {
    let text = page.split_once(&format!("```{fence}\n")).unwrap().1.split("\n```").next().unwrap();
    match Value::parse(text.as_bytes()).unwrap() {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

fn scope(variables: &Object) -> Scope<'_> {
    let status = variables.get("status").map(|status| status.to_string().parse().unwrap());
    let get = |name| variables.get(name);
    Scope {
        args: get("args"),
        this: get("this"),
        batch: get("batch"),
        page: get("page"),
        config: get("config"),
        context: get("context"),
        request: get("request"),
        response: get("response"),
        env: get("env"),
        status,
    }
}

/// What a mapping gives, as the page writes it, and its first problem.
fn given(mapping: &str, version: Version, input: &Value, scope: &Scope<'_>) -> (String, String) {
    let Ok(mapping) = Mapping::parse(mapping, version) else { return ("error".to_owned(), String::new()) };
    let mut problems = Problems::default();
    let value = mapping.evaluate(input, scope, &mut problems);
    let problem = problems.as_slice().first().map(|problem| problem.message.clone());
    (value.map_or_else(|| "nothing".to_owned(), |value| value.to_string()), problem.unwrap_or_default())
}

/// The cell's text in the spelling of `given`.
fn expected(cell: &str) -> String {
    match cell {
        "nothing" | "error" => cell.to_owned(),
        json => {
            Value::parse(json.as_bytes()).map_or_else(|error| format!("{error}: {json}"), |value| value.to_string())
        }
    }
}

#[test]
fn every_row_gives_what_it_says() {
    let page = page();
    let answer = Value::Object(block(&page, "json"));
    let variables = block(&page, "json variables");
    let scope = scope(&variables);
    let (mut examples, mut wrong) = (0, Vec::new());
    for row in rows(&page) {
        let mut compare = |what: &str, expected: &str, found: &str| {
            examples += 1;
            if expected != found {
                wrong.push(format!("{PAGE}:{}: {what}\n  says  {expected}\n  gives {found}", row.line));
            }
        };
        if let Some(template) = row.cell("template") {
            let rendered =
                Template::parse(template, Version::V0_3).unwrap().render_plain(&scope, &mut Problems::default());
            compare(template, row.cell("gives").unwrap(), &rendered.unwrap());
        }
        let Some(mapping) = row.cell("mapping") else { continue };
        let from = row.cell("from").map(|from| Value::parse(from.as_bytes()).unwrap());
        let input = from.as_ref().unwrap_or(&answer);
        for (column, version) in
            [("gives", Version::V0_3), ("0.2", Version::V0_2), ("0.3", Version::V0_3), ("0.4", Version::V0_4)]
        {
            let Some(cell) = row.cell(column) else { continue };
            let (found, problem) = given(mapping, version, input, &scope);
            compare(mapping, &expected(cell), &found);
            if let Some(cell) = row.cell("problem") {
                compare(mapping, cell, &problem);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(examples > 100, "the tables have moved: {examples} examples");
}

#[test]
fn every_method_has_an_example() {
    let page = page();
    let shown: BTreeSet<String> = rows(&page)
        .iter()
        .filter_map(|row| row.cell("method").map(|cell| cell.split('(').next().unwrap_or_default().to_owned()))
        .collect();
    let missing: Vec<&str> = method_names().filter(|name| !shown.contains(*name)).collect();
    assert!(missing.is_empty(), "without an example: {missing:?}");
}
