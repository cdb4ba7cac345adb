//! `anabranch diff`

use std::{fmt::Write as _, path::Path, sync::Arc};

use super::{
    Ending, Printer,
    args::{Diff, DiffFormat},
    load,
};
use crate::{
    config::{self, Config, Limits, ProcessEnvironment, Server},
    diagnostic::{self, Diagnostic, SourceFile},
    graphql::{
        Change, ChangeLevel, ClientSchema, DocumentLimits, GraphqlError, parse_schema, schema_changes, sort_changes,
    },
    json::{Object, Value},
    model::{self, UncheckedDocument, View, cap_changes, read_documents},
};

/// Largest file of SDL or operations.
const LARGEST_FILE: u64 = 8 << 20;
/// Errors of one operation that are told.
const MOST_ERRORS: usize = 3;

/// One side: a client's schema, and what is known of the client.
struct Side {
    schema: Arc<ClientSchema>,
    /// `None`: SDL says nothing of `@max`.
    view: Option<View>,
    limits: DocumentLimits,
    /// `None`: SDL says nothing of them.
    documents: Option<Vec<Arc<SourceFile>>>,
}

/// An operation that is not valid now.
struct Broken {
    name: String,
    /// Each with its line.
    errors: Vec<String>,
}

pub(super) fn run(arguments: &Diff, printer: &Printer) -> Ending {
    diff(arguments, printer).unwrap_or_else(|ending| ending)
}

fn diff(arguments: &Diff, printer: &Printer) -> Result<Ending, Ending> {
    let old = side(&arguments.old, arguments.client.as_deref(), printer)?;
    let new = side(&arguments.new, arguments.client.as_deref(), printer)?;
    let documents = documents(&old, &new, &arguments.operations, printer)?;
    let (broken, unfit) = judge(&documents, &old, &new);
    if let Some(Broken { name, errors }) = unfit.first() {
        let first = errors.first().map_or("", String::as_str);
        let count = match unfit.len() {
            1 => "1 operation fits".to_owned(),
            count => format!("{count} operations fit"),
        };
        printer.talk(&format!("note: {count} neither side, and cannot break any more; `{name}`: {first}"));
    }
    let changes = changes(&old, &new);
    let report = match arguments.format {
        DiffFormat::Text => text(&changes, &broken, (documents.len(), arguments.only_used)),
        DiffFormat::Json => format!("{}\n", json(&changes, &broken, documents.len())),
    };
    printer.data(&report)?;
    let breaks = match arguments.only_used {
        true => !broken.is_empty(),
        false => !broken.is_empty() || changes.iter().any(|change| change.level == ChangeLevel::Breaking),
    };
    Ok(if breaks { Ending::Problems } else { Ending::Fine })
}

/// A configuration, or SDL, by the name of its file.
fn side(path: &Path, client: Option<&str>, printer: &Printer) -> Result<Side, Ending> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => of_configuration(path, client, printer),
        Some("graphql" | "graphqls" | "gql") => of_sdl(path, printer),
        _ => {
            printer.error(&format!("`{}` is neither a configuration nor a schema", path.display()));
            printer.talk("  = help: name an `upstreams.toml`, or a file of SDL that ends with `.graphql`");
            Err(Ending::Unusable)
        }
    }
}

fn of_configuration(path: &Path, client: Option<&str>, printer: &Printer) -> Result<Side, Ending> {
    load::readable_or(path, "give the path of an `upstreams.toml`, or of what `anabranch schema` printed", printer)?;
    let loaded = config::load(path, &ProcessEnvironment);
    let mut problems = loaded.diagnostics;
    // Operations that break are what is asked for: they must not keep the view from being compiled.
    let mut documents = Vec::new();
    let config = loaded.config.map(|mut config: Config| {
        for (name, client) in &mut config.clients {
            let files = client.trusted_documents.take().map(|trusted| trusted.files);
            documents.push((name.clone(), files.unwrap_or_default()));
        }
        config
    });
    let compiled = config.map(|config| {
        let compiled = model::compile(&config, &ProcessEnvironment);
        problems.extend(compiled.diagnostics);
        (compiled.model, config.server.body_limit)
    });
    diagnostic::sort_and_dedupe(&mut problems);
    problems.retain(|problem| problem.severity == diagnostic::Severity::Error);
    let Some((Some(model), body_limit)) = compiled.filter(|_| problems.is_empty()) else {
        return Err(unusable(path, &problems, printer));
    };
    let mut model = model;
    let name = load::view(&model, client, printer)?.name.clone();
    let Some(view) = model.clients.swap_remove(&name) else { return Err(Ending::Unusable) };
    let documents = documents.into_iter().find(|(name, _)| **name == *view.name).map(|(_, files)| files);
    Ok(Side {
        schema: Arc::clone(&view.schema),
        limits: view.document_limits(body_limit),
        documents: Some(documents.unwrap_or_default()),
        view: Some(view),
    })
}

fn of_sdl(path: &Path, printer: &Printer) -> Result<Side, Ending> {
    let file = source(path, printer)?;
    let help = || {
        printer.talk(
            "  = help: give `upstreams.toml` or what `anabranch schema` prints: a view's own file is not what its client sees",
        );
        Ending::Unusable
    };
    let schema = parse_schema(&[file], "").map_err(|failed| {
        unusable(path, &failed.problems, printer);
        help()
    })?;
    let schema = ClientSchema::new(schema).map_err(|reason| {
        printer.error(&format!("`{}` is not a valid schema: {reason}", path.display()));
        help()
    })?;
    let limits = model::document_limits(&Limits::default(), Server::default().body_limit);
    Ok(Side { schema: Arc::new(schema), view: None, limits, documents: None })
}

/// The trusted documents of the client, as it is to be if that is known, and those of the command line.
fn documents(
    old: &Side,
    new: &Side,
    more: &[std::path::PathBuf],
    printer: &Printer,
) -> Result<Vec<UncheckedDocument>, Ending> {
    let trusted = new.documents.as_ref().or(old.documents.as_ref());
    let mut files = trusted.cloned().unwrap_or_default();
    for path in more {
        files.push(source(path, printer)?);
    }
    let (documents, problems) = read_documents(&files, &new.limits);
    if diagnostic::has_errors(&problems) {
        printer.diagnostics(&problems);
        return Err(Ending::Unusable);
    }
    Ok(documents)
}

fn source(path: &Path, printer: &Printer) -> Result<Arc<SourceFile>, Ending> {
    config::read_source(path, LARGEST_FILE).map_err(|problem| {
        printer.error(&problem.message);
        if let Some(hint) = problem.hint {
            printer.talk(&format!("  = help: {hint}"));
        }
        Ending::Unusable
    })
}

fn unusable(path: &Path, problems: &[Diagnostic], printer: &Printer) -> Ending {
    printer.diagnostics(problems);
    printer.error(&format!("`{}` cannot be compared", path.display()));
    Ending::Unusable
}

/// What changed, the worst first.
fn changes(old: &Side, new: &Side) -> Vec<Change> {
    let mut changes = schema_changes(old.schema.schema(), new.schema.schema());
    if let (Some(old), Some(new)) = (&old.view, &new.view) {
        changes.extend(cap_changes(old, new));
        sort_changes(&mut changes);
    }
    changes
}

/// The documents that are wrong now: those that were not before, and those that were.
fn judge(documents: &[UncheckedDocument], old: &Side, new: &Side) -> (Vec<Broken>, Vec<Broken>) {
    // Only two configurations can be compared by what is in no SDL.
    let capped = old.view.is_some() && new.view.is_some();
    let line = |error: &GraphqlError| match error.locations.first() {
        Some(place) => format!("{} (line {})", error.message.trim_end_matches('.'), place.line),
        None => error.message.trim_end_matches('.').to_owned(),
    };
    let (mut broken, mut unfit) = (Vec::new(), Vec::new());
    for document in documents {
        let errors: Vec<String> = mistakes(document, new, capped).iter().take(MOST_ERRORS).map(line).collect();
        if !errors.is_empty() {
            let was_valid = mistakes(document, old, capped).is_empty();
            let wrong = if was_valid { &mut broken } else { &mut unfit };
            wrong.push(Broken { name: document.name.clone(), errors });
        }
    }
    (broken, unfit)
}

fn mistakes(document: &UncheckedDocument, side: &Side, capped: bool) -> Vec<GraphqlError> {
    let view = side.view.as_ref().filter(|_| capped);
    let misfits = model::prepare_operations(&document.text, &side.schema, view, &side.limits).err().unwrap_or_default();
    misfits.into_iter().map(|misfit| misfit.error).collect()
}

// === reports ===

fn text(changes: &[Change], broken: &[Broken], (operations, only_used): (usize, bool)) -> String {
    let mut out = String::new();
    for level in [ChangeLevel::Breaking, ChangeLevel::Dangerous, ChangeLevel::Safe] {
        let of_level: Vec<&Change> = changes.iter().filter(|change| change.level == level).collect();
        if of_level.is_empty() {
            continue;
        }
        let widest = of_level.iter().map(|change| change.coordinate.chars().count()).max().unwrap_or(0).min(48);
        line(&mut out, &format!("{} ({})", word(level), of_level.len()));
        for change in of_level {
            line(&mut out, &format!("  {:<widest$}  {}", change.coordinate, change.message));
        }
        line(&mut out, "");
    }
    if !broken.is_empty() {
        line(&mut out, &format!("operations that break ({} of {operations})", broken.len()));
        for operation in broken {
            for (at, error) in operation.errors.iter().enumerate() {
                let name = if at == 0 { &*operation.name } else { "" };
                line(&mut out, &format!("  {name:<16}  {error}"));
            }
        }
        line(&mut out, "");
    }
    let count = |level| changes.iter().filter(|change| change.level == level).count();
    let used = match (operations, broken.len()) {
        (0, _) => String::new(),
        (operations, broken) => format!("; {broken} of {operations} operations break"),
    };
    let passes = match (only_used && broken.is_empty() && count(ChangeLevel::Breaking) > 0, operations) {
        (false, _) => "",
        (true, 0) => "; passes with --only-used, but no operations are known",
        (true, _) => "; passes, because of --only-used",
    };
    let verdict = format!(
        "{} breaking, {} dangerous, {} safe{used}{passes}",
        count(ChangeLevel::Breaking),
        count(ChangeLevel::Dangerous),
        count(ChangeLevel::Safe)
    );
    line(&mut out, &if changes.is_empty() && broken.is_empty() { format!("nothing changed{used}") } else { verdict });
    out
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("writing to a string cannot fail");
}

fn word(level: ChangeLevel) -> &'static str {
    match level {
        ChangeLevel::Breaking => "breaking",
        ChangeLevel::Dangerous => "dangerous",
        ChangeLevel::Safe => "safe",
    }
}

fn json(changes: &[Change], broken: &[Broken], operations: usize) -> Value {
    let list = changes.iter().map(|change| {
        object([
            ("level", Value::from(word(change.level))),
            ("kind", Value::from(change.kind)),
            ("coordinate", Value::from(change.coordinate.clone())),
            ("message", Value::from(change.message.clone())),
        ])
    });
    let broken = broken.iter().map(|operation| {
        let errors = operation.errors.iter().map(|error| Value::from(error.clone()));
        object([("name", Value::from(operation.name.clone())), ("errors", Value::Array(errors.collect()))])
    });
    object([
        ("changes", Value::Array(list.collect())),
        ("operations", Value::from(i64::try_from(operations).unwrap_or(i64::MAX))),
        ("brokenOperations", Value::Array(broken.collect())),
    ])
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect::<Object>())
}
