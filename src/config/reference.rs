//! The manual of `upstreams.toml` as Markdown, made of the tables that the parser knows its keys from.

use std::fmt::Write;

use super::keys::{self, Absent, Key, Table};

const INTRODUCTION: &str = "\
# Configuration: `upstreams.toml`

<!-- Made from `src/config/keys.rs` by a test; run it with `UPDATE_GOLDEN=1` after a change there. -->

One TOML file says where things run: listeners, clients, upstreams and bounds. What the graph looks like stands in the
schema files that it names. `anabranch check` tells every mistake of both with its place and what to do; editors complete
the file once they know its schema ([editors](editors.md)).

* **Unknown keys** are errors. So are keys that a later version will know: they are told as `not supported yet`.
* **Paths** are relative to the file.
* **Durations** are strings with a unit: `\"800ms\"`, `\"5s\"`, `\"2m\"`, `\"1h\"`; above zero, at most `\"24h\"`.
* **Sizes** are strings with a unit, `\"500B\"`, `\"64KiB\"`, `\"16MiB\"`, `\"1GiB\"`, or a plain number of bytes.
* **`${env:NAME}`** in any string value stands for a variable of the environment, **`${file:PATH}`** for the content of a
  file without its final newline. Several may stand in one string; `$${` is a literal `${`. A variable that is not set and a
  file that is not there are errors. What they hold is never printed.
";

const EXAMPLE: &str = r#"
```toml
[server]
listen = "127.0.0.1:4000"

[admin]
listen = "127.0.0.1:4001"

[graph]
schema = ["schema/graph/**/*.graphql"]

[clients.web]
schema = "schema/clients/web.graphql"

[clients.mobile]
schema = "schema/clients/mobile.graphql"
limits = { depth = 8, upstream_calls = 12 }

[upstreams.catalog]
base_url = "http://127.0.0.1:4101"
timeout = "800ms"
headers = { "x-tenant" = "acme" }
forward_headers = ["authorization"]
```
"#;

/// `docs/configuration.md`.
#[must_use]
pub fn reference() -> String {
    let mut page = String::from(INTRODUCTION);
    page.push_str(EXAMPLE);
    page.push_str("\nOnly `[graph]` is required.\n");
    for table in keys::TABLES {
        describe(&mut page, table);
    }
    page
}

fn describe(page: &mut String, table: &Table) {
    let path = table.path;
    let mut line = |text: std::fmt::Arguments<'_>| writeln!(page, "{text}").expect("writing to a string cannot fail");
    line(format_args!("\n## `[{path}]`\n\n{}\n", table.about));
    line(format_args!("| key | type | default | meaning |\n|---|---|---|---|"));
    for Key { name, kind, default, about } in table.keys {
        let default = match default {
            Absent::Required => "**required**".to_owned(),
            Absent::Toml(value) => format!("`{value}`"),
            Absent::Words(words) => (*words).to_owned(),
        };
        line(format_args!("| `{name}` | {} | {default} | {about} |", kind.words()));
    }
    if !table.later.is_empty() {
        let later: Vec<String> = table.later.iter().map(|key| format!("`{key}`")).collect();
        line(format_args!("\nNot supported yet: {}.", later.join(", ")));
    }
}
