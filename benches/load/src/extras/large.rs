//! A graph of 2,000 types and 3,000 connectors: generated, checked, and served.

use std::{fmt::Write, time::SystemTime};

use super::{Bench, Error, Message, Result, first_answer, mebibytes};
use crate::{process, results::LargeGraph};

/// Object types; each has a connector that loads it by key.
const TYPES: usize = 2_000;
/// Root fields, each with a connector.
const ROOTS: usize = 1_000;

const CONFIGURATION: &str = r#"[graph]
schema = "large.graphql"

[upstreams.api]
base_url = "${env:UPSTREAM}"
"#;

/// Generates the graph, checks it with the command line and times the first answer.
pub(super) async fn measure(bench: &mut Bench) -> Result<()> {
    let folder = bench.options.out.join("large");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|source| Error::File { path, source })
    };
    std::fs::create_dir_all(&folder).map_err(|source| Error::File { path: folder.clone(), source })?;
    write("large.graphql", &schema())?;
    write("large.toml", CONFIGURATION)?;

    let environment = bench.bed.environment(&bench.options, 0, crate::manifest::Mode::Honest);
    let gateway = bench.options.gateway.display().to_string();
    let configuration = folder.join("large.toml").display().to_string();
    let log = bench.options.out.join("logs/large-check.log");
    let command = [gateway, "check".to_owned(), "--config".to_owned(), configuration];
    let begun = SystemTime::now();
    let status = process::run(&command, &folder, &environment, &log).await?;
    let check_ms = begun.elapsed().map_or(0.0, |time| time.as_secs_f64() * 1e3);
    if !status.success() {
        return Err(Error::Failed { program: "anabranch check".to_owned(), output: process::tail(&log) });
    }

    // The first root field lists posts as objects of the first type.
    let message = Message::post("/graphql", r#"{"query":"{ list0 { id next { id title } } }"}"#.to_owned());
    let place = folder.join("large").display().to_string();
    let (first_answer_ms, _, program) = first_answer(bench, &place, &message).await?;
    let resident_bytes = program.usage().resident_bytes as f64;
    program.stop().await;
    println!(
        "  {TYPES} types, {} connectors: checked in {check_ms:.0} ms, first answer after {first_answer_ms:.0} ms, {:.0} MiB",
        TYPES + ROOTS,
        mebibytes(resident_bytes)
    );
    let connectors = TYPES + ROOTS;
    bench.results.extras.large_graph =
        Some(LargeGraph { types: TYPES, connectors, check_ms, first_answer_ms, resident_bytes });
    Ok(())
}

/// Types in a ring, each of which refers to the next; every root field lists another one.
fn schema() -> String {
    let mut text = String::from(
        "extend schema @link(url: \"https://specs.apollo.dev/connect/v0.3\", import: [\"@connect\"])\n\ntype Query {\n",
    );
    let mut line = |arguments: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        text.write_fmt(arguments).ok();
    };
    for root in 0..ROOTS {
        let of = root * TYPES / ROOTS;
        line(format_args!(
            "  list{root}: [Type{of}!] @connect(source: \"api\", http: {{ GET: \"/posts\" }}, selection: \"id next: {{ id: userId }}\")\n"
        ));
    }
    line(format_args!("}}\n"));
    for number in 0..TYPES {
        let next = (number + 1) % TYPES;
        line(format_args!(
            "\ntype Type{number}\n  @connect(source: \"api\", http: {{ GET: \"/posts/{{$this.id}}\" }}, selection: \"id title body next: {{ id: userId }}\")\n{{\n  id: Int!\n  title: String!\n  body: String\n  next: Type{next}\n}}\n"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::schema;

    #[test]
    fn has_as_many_types_and_connectors_as_it_says() {
        let schema = schema();
        assert_eq!(schema.matches("\ntype Type").count(), 2_000);
        assert_eq!(schema.matches("@connect(").count(), 3_000);
    }
}
