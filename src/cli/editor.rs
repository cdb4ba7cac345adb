//! `anabranch editor`: the files that editors read, written into a project.
//!
//! Never overwrites what a user wrote, unless told to.

use std::{fmt::Write as _, fs, path::Path};

use super::{Ending, Printer, args::Editor};
use crate::{
    config::{self, Config, ProcessEnvironment},
    model,
};

/// Where this command keeps its own files.
const FOLDER: &str = ".anabranch";
/// What a file of this command's says about itself.
const OWN: &str = "Written by `anabranch editor`; do not edit.";
const CONFIGURATION: &str = "upstreams.toml";
const SCHEMA_LINE: &str = "#:schema ./.anabranch/upstreams.schema.json";
const PROJECTS: &str = ".graphqlrc.yml";
/// Where a GraphQL configuration can stand instead.
const OTHER_PROJECTS: [&str; 14] = [
    ".graphqlrc",
    ".graphqlrc.yaml",
    ".graphqlrc.json",
    ".graphqlrc.toml",
    ".graphqlrc.js",
    ".graphqlrc.cjs",
    ".graphqlrc.ts",
    "graphql.config.yml",
    "graphql.config.yaml",
    "graphql.config.json",
    "graphql.config.toml",
    "graphql.config.js",
    "graphql.config.cjs",
    "graphql.config.ts",
];

pub(super) fn run(arguments: &Editor, printer: &Printer) -> Ending {
    write_all(arguments, printer).unwrap_or_else(|ending| ending)
}

fn write_all(arguments: &Editor, printer: &Printer) -> Result<Ending, Ending> {
    let directory = &arguments.directory;
    if !directory.is_dir() {
        printer.error(&format!("there is no directory `{}`", directory.display()));
        return Err(Ending::Unusable);
    }
    let configuration = directory.join(CONFIGURATION);
    let config = configuration.exists().then(|| config::load(&configuration, &ProcessEnvironment).config).flatten();
    if config.is_none() {
        let what = if configuration.exists() { "cannot be used (see `anabranch check`)" } else { "is not there" };
        printer.warning(&format!("`{}` {what}: `{PROJECTS}` gets the usual paths", configuration.display()));
    }
    let folder = directory.join(FOLDER);
    fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error, printer))?;
    let mut ending = Ending::Fine;
    let own = [
        ("upstreams.schema.json", config::json_schema()),
        ("graph-directives.graphql", model::graph_definitions()),
        ("view-directives.graphql", model::view_definitions()),
    ];
    for (name, text) in own {
        let path = folder.join(name);
        let replaceable = |found: &str| found.contains(OWN);
        if write(&path, &text, arguments.force, replaceable, printer)? == Written::Refused {
            printer.error(&format!("`{}` is there already, and not of this command", path.display()));
            printer.talk("  = help: move it, or overwrite it with `--force`");
            ending = Ending::Problems;
        }
    }
    offer_projects(arguments, config.as_ref(), printer)?;
    offer_schema_line(&configuration, printer)?;
    Ok(ending)
}

/// Writes `.graphqlrc.yml`, or prints what would stand in it where the project has such a file.
fn offer_projects(arguments: &Editor, config: Option<&Config>, printer: &Printer) -> Result<(), Ending> {
    let text = projects(config);
    let path = arguments.directory.join(PROJECTS);
    let other = OTHER_PROJECTS.iter().find(|name| arguments.directory.join(name).exists());
    let refused = match other {
        Some(_) if !arguments.force => true,
        _ => write(&path, &text, arguments.force, |_| false, printer)? == Written::Refused,
    };
    if refused {
        printer.talk(&format!(
            "kept `{}`, which is yours; GraphQL plug-ins need these projects in it:",
            arguments.directory.join(other.unwrap_or(&PROJECTS)).display()
        ));
        printer.data(&text)?;
    }
    Ok(())
}

fn offer_schema_line(configuration: &Path, printer: &Printer) -> Result<(), Ending> {
    let text = fs::read_to_string(configuration).unwrap_or_default();
    if text.lines().next().is_some_and(|line| line.starts_with("#:schema ")) {
        return Ok(());
    }
    printer.talk(&format!("for TOML plug-ins, make this the first line of `{}`:", configuration.display()));
    printer.data(&format!("{SCHEMA_LINE}\n"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Done,
    Refused,
}

/// Writes a file, unless another one that may not be replaced is there.
fn write(
    path: &Path,
    text: &str,
    force: bool,
    replaceable: impl Fn(&str) -> bool,
    printer: &Printer,
) -> Result<Written, Ending> {
    match fs::read(path) {
        Ok(found) if found == text.as_bytes() => {
            printer.talk(&format!("unchanged {}", path.display()));
            return Ok(Written::Done);
        }
        Ok(found) if !force && !std::str::from_utf8(&found).is_ok_and(replaceable) => return Ok(Written::Refused),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(unwritable(path, &error, printer)),
    }
    fs::write(path, text).map_err(|error| unwritable(path, &error, printer))?;
    printer.talk(&format!("wrote {}", path.display()));
    Ok(Written::Done)
}

fn unwritable(path: &Path, error: &std::io::Error, printer: &Printer) -> Ending {
    printer.error(&format!("cannot write `{}`: {error}", path.display()));
    Ending::Unusable
}

/// The text of `.graphqlrc.yml`: which files make one schema.
fn projects(config: Option<&Config>) -> String {
    let mut projects = Vec::new();
    let (patterns, clients) = match config {
        Some(config) => {
            let base = config.file.path.parent().unwrap_or(Path::new(""));
            let shown = |path: &Path| path.strip_prefix(base).unwrap_or(path).display().to_string();
            let clients = config.clients.iter().map(|(name, client)| (name.clone(), shown(&client.file.path)));
            (config.graph.patterns.clone(), clients.collect())
        }
        None => (
            vec!["schema/graph/**/*.graphql".to_owned()],
            vec![("web".to_owned(), "schema/clients/web.graphql".to_owned())],
        ),
    };
    let graph = if clients.iter().any(|(name, _)| name == "graph") { "the-graph" } else { "graph" };
    projects.push((graph.to_owned(), "graph-directives.graphql", patterns));
    projects.extend(clients.into_iter().map(|(name, path)| (name, "view-directives.graphql", vec![path])));
    let mut text = String::from(
        "# For GraphQL plug-ins of editors: the graph is one schema, each client's view another.\n\
         # Written by `anabranch editor`; yours to change.\n\
         projects:\n",
    );
    for (name, definitions, files) in projects {
        // `on: ...` would be the key `true`.
        let entry = format!("  \"{name}\":\n    schema:\n      - \"{FOLDER}/{definitions}\"\n");
        text.push_str(&entry);
        for file in files {
            let file = serde_json::to_string(&file).expect("text can be written");
            writeln!(text, "      - {file}").expect("writing to a string cannot fail");
        }
    }
    text
}
