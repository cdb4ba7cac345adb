//! Compares counted instructions with those of `limits.toml`: fails on work that takes more than it may.
//!
//! `gate --compiler VERSION [--update] LIMITS < COUNTS`, where each line of COUNTS is one summary of the counting library.
//! Counts of another compiler are shown and not judged.

use std::{collections::BTreeMap, fmt::Write, io, process::ExitCode};

use serde::Deserialize;

/// How much more than its figure a piece of work may take, in percent. Counts of one build differ by far less; this
/// leaves room for another version of the C library.
const TOLERANCE: f64 = 5.0;

/// What is committed.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Limits {
    compiler: String,
    instructions: BTreeMap<String, u64>,
}

/// What the gate says, and whether it lets a change pass.
#[derive(Debug, PartialEq)]
struct Verdict {
    text: String,
    passes: bool,
}

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Vec<String>) -> Result<bool, String> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (compiler, update, path) = match arguments[..] {
        ["--compiler", compiler, path] => (compiler, false, path),
        ["--compiler", compiler, "--update", path] => (compiler, true, path),
        _ => return Err("usage: gate --compiler VERSION [--update] LIMITS < COUNTS".to_owned()),
    };
    let counts = io::read_to_string(io::stdin()).map_err(|error| error.to_string()).and_then(|text| counts(&text))?;
    if update {
        std::fs::write(path, written(compiler, &counts)).map_err(|error| format!("`{path}`: {error}"))?;
        println!("{} figures written to `{path}`", counts.len());
        return Ok(true);
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("`{path}`: {error}"))?;
    let limits: Limits = toml::from_str(&text).map_err(|error| format!("`{path}`: {error}"))?;
    let verdict = judge(&limits, compiler, &counts);
    print!("{}", verdict.text);
    Ok(verdict.passes)
}

/// The instructions of each piece of work, by its name.
fn counts(summaries: &str) -> Result<BTreeMap<String, u64>, String> {
    let counted = summaries.lines().filter(|line| line.starts_with('{')).map(|line| {
        let summary: serde_json::Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let name = format!("{}/{}", word(&summary, "/function_name")?, word(&summary, "/id")?);
        let count = summary.pointer("/profiles/0/data/total/metrics/Ir/values/new").and_then(|count| count.as_u64());
        Ok((name.clone(), count.ok_or_else(|| format!("`{name}` has no count of instructions"))?))
    });
    let counted: BTreeMap<String, u64> = counted.collect::<Result<_, String>>()?;
    if counted.is_empty() { Err("nothing was counted".to_owned()) } else { Ok(counted) }
}

fn word<'a>(summary: &'a serde_json::Value, place: &str) -> Result<&'a str, String> {
    summary.pointer(place).and_then(|value| value.as_str()).ok_or_else(|| format!("a summary has no `{place}`"))
}

fn judge(limits: &Limits, compiler: &str, counts: &BTreeMap<String, u64>) -> Verdict {
    let mut text = String::new();
    let mut failures = Vec::new();
    let mut faster = 0;
    for (name, &count) in counts {
        let Some(&limit) = limits.instructions.get(name) else {
            writeln!(text, "{name:<24} {count:>14}").expect("strings take everything");
            failures.push(format!("`{name}` has no figure"));
            continue;
        };
        let change = (count as f64 / limit as f64 - 1.0) * 100.0;
        writeln!(text, "{name:<24} {count:>14} {change:>+8.2} %").expect("strings take everything");
        if change > TOLERANCE {
            failures.push(format!("`{name}` takes {change:.1} % more instructions than {limit}"));
        }
        faster += usize::from(change < -TOLERANCE);
    }
    for name in limits.instructions.keys().filter(|name| !counts.contains_key(*name)) {
        failures.push(format!("`{name}` has a figure and was not counted"));
    }

    let known = &limits.compiler;
    let comparable = known == compiler;
    if !comparable {
        writeln!(text, "not judged: the figures are those of rustc {known}, and this is rustc {compiler}")
    } else if !failures.is_empty() {
        writeln!(text, "{}\nif that is what the change is worth: `scripts/instructions --update`", failures.join("\n"))
    } else if faster > 0 {
        writeln!(text, "{faster} take over {TOLERANCE} % less: `scripts/instructions --update` keeps it so")
    } else {
        writeln!(text, "none takes over {TOLERANCE} % more than its figure")
    }
    .expect("strings take everything");
    Verdict { text, passes: failures.is_empty() || !comparable }
}

fn written(compiler: &str, counts: &BTreeMap<String, u64>) -> String {
    let mut out = format!(
        "# How many instructions each piece of work takes. `scripts/instructions` fails when one takes over {TOLERANCE} % more;\n\
         # `scripts/instructions --update` writes this file. Counts depend on the compiler: those of another are not judged.\n\
         compiler = \"{compiler}\"\n\n[instructions]\n"
    );
    for (name, count) in counts {
        writeln!(out, "\"{name}\" = {count}").expect("strings take everything");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Limits, counts, judge, written};

    fn limits(figures: &[(&str, u64)]) -> Limits {
        let instructions = figures.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        Limits { compiler: "1.95.0 here".to_owned(), instructions }
    }

    fn judged(figures: &[(&str, u64)], compiler: &str, counted: &[(&str, u64)]) -> (bool, String) {
        let verdict = judge(&limits(figures), compiler, &limits(counted).instructions);
        (verdict.passes, verdict.text.lines().last().unwrap().to_owned())
    }

    #[test]
    fn work_that_takes_much_more_fails() {
        let (passes, _) = judged(&[("a", 1_000), ("b", 10)], "1.95.0 here", &[("a", 1_051), ("b", 10)]);
        assert!(!passes);
        let (passes, text) = judged(&[("a", 1_000)], "1.95.0 here", &[("a", 1_050)]);
        assert_eq!((passes, &*text), (true, "none takes over 5 % more than its figure"));
    }

    #[test]
    fn work_without_a_figure_and_figures_without_work_fail() {
        assert!(!judged(&[], "1.95.0 here", &[("a", 1)]).0);
        assert!(!judged(&[("a", 1)], "1.95.0 here", &[]).0);
    }

    #[test]
    fn another_compiler_is_not_judged() {
        let (passes, text) = judged(&[("a", 1)], "1.96.0 here", &[("a", 2)]);
        assert_eq!(
            (passes, &*text),
            (true, "not judged: the figures are those of rustc 1.95.0 here, and this is rustc 1.96.0 here")
        );
    }

    #[test]
    fn what_is_written_is_read_again() {
        let limits = limits(&[("plan/wide", 12), ("read/rows", 7)]);
        assert_eq!(toml::from_str::<Limits>(&written(&limits.compiler, &limits.instructions)), Ok(limits));
    }

    #[test]
    fn summaries_are_read_with_and_without_an_earlier_run() {
        let line = |values: &str| {
            format!(
                r#"{{"function_name":"plan","id":"wide","profiles":[{{"data":{{"total":{{"metrics":{{"Ir":{{"values":{values}}}}}}}}}}}]}}"#
            )
        };
        for values in [r#"{"new":5}"#, r#"{"new":5,"old":9}"#] {
            assert_eq!(counts(&line(values)), Ok([("plan/wide".to_owned(), 5)].into()));
        }
    }
}
