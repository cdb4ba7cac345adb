//! Problems of mappings as they are met: counted for metrics, logged once for each connector and minute, and noted for
//! whoever may see them. Never holds data, only what was expected where.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::RenderError;
use crate::{
    config::OnProblem,
    mapping::{Problem, Problems},
    model::{Connector, ConnectorId, ConnectorText, Model, Place},
    telemetry::{ConnectorMetrics, Metrics},
};

/// Least time between two lines on one connector.
const QUIET: Duration = Duration::from_secs(60);

/// Most different notes of one operation; more are counted.
const MOST_NOTES: usize = 1_000;

/// Problems of the texts of one connector.
#[derive(Debug, Default)]
pub struct TextProblems {
    /// Those of the text that is evaluated now.
    pub(super) current: Problems,
    list: Vec<(ConnectorText, Problem)>,
    /// How often others were met.
    more: u64,
}

/// Counts and logs problems for each connector of a model.
#[derive(Debug)]
pub struct ProblemLog {
    connectors: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    metrics: ConnectorMetrics,
    silent: bool,
    logged: Mutex<Option<Instant>>,
}

/// What one operation met, for the problems extension; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct ProblemNotes {
    notes: Arc<Mutex<Notes>>,
}

#[derive(Debug, Default)]
struct Notes {
    found: HashMap<Note, u64>,
    dropped: u64,
}

/// One problem of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Note {
    /// Connector whose text met it.
    pub connector: ConnectorId,
    /// The step of the plan that it was met in, as its number, where that is known.
    pub step: Option<u32>,
    /// Where in the answer, where that is not what the place in the text says.
    pub path: Option<Vec<Arc<str>>>,
    /// Text.
    pub text: ConnectorText,
    /// Bytes of the text.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// The JSON type that was found.
    pub found: Option<Arc<str>>,
    /// The type that the place should have, where that is not what the graph says.
    pub expected: Option<Arc<str>>,
}

// === impl TextProblems ===

impl TextProblems {
    /// Ends a text that begins `offset` bytes into `text`: what was met since the last end is its.
    pub(super) fn end(&mut self, text: impl FnOnce() -> ConnectorText, offset: usize) {
        if !self.current.is_empty() {
            let text = text();
            let met = std::mem::take(&mut self.current);
            self.more += met.more();
            self.list.extend(met.as_slice().iter().map(|problem| (text.clone(), problem.shifted(offset))));
        }
    }

    /// Those that the evaluation of `text` met.
    #[must_use]
    pub fn of(text: &ConnectorText, problems: Problems) -> Self {
        let mut of = Self { current: problems, ..Self::default() };
        of.end(|| text.clone(), 0);
        of
    }

    /// All that was met.
    #[must_use]
    pub fn into_list(self) -> Vec<(ConnectorText, Problem)> {
        self.list
    }
}

// === impl ProblemLog ===

impl ProblemLog {
    /// A log for the connectors of `model`.
    #[must_use]
    pub fn new(model: &Model, metrics: &Metrics) -> Self {
        let entry = |connector: &Connector| {
            let settings = connector.upstream().map(|upstream| &model.upstream(upstream).settings);
            Entry {
                metrics: metrics.connector(model.upstream_label(connector), &connector.name),
                silent: settings.is_some_and(|settings| settings.on_problem == OnProblem::Ignore),
                logged: Mutex::new(None),
            }
        };
        Self { connectors: model.connectors.iter().map(entry).collect() }
    }

    /// Counts, logs and notes a problem of `connector` that was met `count` times.
    pub fn record(&self, connector: &Connector, note: Note, count: u64, notes: Option<&ProblemNotes>) {
        let Some(entry) = self.connectors.get(connector.id.0 as usize) else { return };
        let total = entry.metrics.problems.inc_by(count) + count;
        if !entry.silent && entry.is_due() {
            let place = connector.span_within(&note.text, note.range.clone());
            let start = place.start();
            tracing::warn!(
                connector = %connector.name,
                path = %sample_path(connector, &note),
                place = %format_args!("{}:{}:{}", place.file.path.display(), start.line, start.column),
                problem = %note.message,
                total,
                "mapping met something unexpected"
            );
        }
        if let Some(notes) = notes {
            notes.add(note, count);
        }
    }

    /// The same for whatever the evaluation of a connector's texts met.
    pub fn record_texts(
        &self,
        connector: &Connector,
        step: Option<u32>,
        problems: TextProblems,
        notes: Option<&ProblemNotes>,
    ) {
        for (text, problem) in problems.list {
            if is_omitted_argument(connector.text(&text), &problem) {
                continue;
            }
            let count = u64::from(problem.count);
            self.record(connector, Note::of(connector.id, step, text, problem), count, notes);
        }
        if problems.more > 0 {
            if let Some(entry) = self.connectors.get(connector.id.0 as usize) {
                entry.metrics.problems.inc_by(problems.more);
            }
            if let Some(notes) = notes {
                notes.drop_more(problems.more);
            }
        }
    }

    /// The same for a request that could not be made of `count` inputs.
    pub fn record_refused(
        &self,
        connector: &Connector,
        step: Option<u32>,
        (error, count): (&RenderError, u64),
        notes: Option<&ProblemNotes>,
    ) {
        let range = 0..connector.text(&error.text).len();
        let problem = Problem { message: format!("no request: {}", error.message), range, found: None, count: 1 };
        self.record(connector, Note::of(connector.id, step, error.text.clone(), problem), count, notes);
    }
}

impl Note {
    fn of(connector: ConnectorId, step: Option<u32>, text: ConnectorText, problem: Problem) -> Self {
        Self {
            connector,
            step,
            path: None,
            text,
            range: problem.range,
            message: problem.message,
            found: problem.found.map(Arc::from),
            expected: None,
        }
    }
}

impl Entry {
    fn is_due(&self) -> bool {
        let now = Instant::now();
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.is_some_and(|at| now.duration_since(at) < QUIET) {
            return false;
        }
        *logged = Some(now);
        true
    }
}

// === impl ProblemNotes ===

impl ProblemNotes {
    fn add(&self, note: Note, count: u64) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let full = notes.found.len() >= MOST_NOTES;
        match notes.found.get_mut(&note) {
            Some(known) => *known = known.saturating_add(count),
            None if full => notes.dropped = notes.dropped.saturating_add(count),
            None => {
                notes.found.insert(note, count);
            }
        }
    }

    /// Counts what has no note.
    fn drop_more(&self, count: u64) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.dropped = notes.dropped.saturating_add(count);
    }

    /// All notes with how often each was met, in no order, and how many problems have no note.
    #[must_use]
    pub fn take(&self) -> (Vec<(Note, u64)>, u64) {
        let notes = std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner));
        (notes.found.into_iter().collect(), notes.dropped)
    }
}

/// Whether a problem is only that a client left out what it may leave out: an argument, or a field of one.
#[must_use]
pub fn is_omitted_argument(text: &str, problem: &Problem) -> bool {
    if problem.found != Some(Problem::MISSING) {
        return false;
    }
    let Some((before, after)) = text.split_at_checked(problem.range.start) else { return false };
    let mut before = before.trim_end();
    let mut is_step = before.ends_with('.') || after.starts_with('.');
    loop {
        if is_step {
            let whole = before.trim_end_matches('.').trim_end();
            let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$');
            let start = whole.trim_end_matches(is_path);
            let path = whole.strip_prefix(start).unwrap_or_default();
            if path.is_empty() || path.starts_with('$') || start.ends_with('>') {
                return path == "$args" || path.starts_with("$args.");
            }
        }
        // `$args.input { title }`: a step from the path before the braces.
        let Some(outside) = enclosing_braces(before) else { return false };
        (before, is_step) = (outside.trim_end(), true);
    }
}

/// What stands before the innermost `{` that is open where the text ends; `None` within parentheses and brackets, where
/// other values are at hand.
fn enclosing_braces(text: &str) -> Option<&str> {
    let mut closed = 0_usize;
    for (at, c) in text.char_indices().rev() {
        match c {
            '}' | ')' | ']' => closed += 1,
            '{' | '(' | '[' if closed > 0 => closed -= 1,
            '{' => return text.get(..at),
            '(' | '[' => return None,
            _ => {}
        }
    }
    None
}

/// `Query.products.items.name`: without the lists, which the log has no schema for.
fn sample_path(connector: &Connector, note: &Note) -> String {
    if let Some(path) = &note.path {
        return path.join(".");
    }
    let mut path = match &connector.place {
        Place::Root { parent, field, .. } | Place::Field { parent, field } => format!("{parent}.{field}"),
        Place::Type { object } => object.to_string(),
    };
    if note.text == ConnectorText::Selection {
        for name in connector.selection.enclosing(&note.range) {
            path.push('.');
            path.push_str(&name);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::is_omitted_argument;
    use crate::{
        json::Value,
        mapping::{Mapping, Problems, Scope, Version},
    };

    #[test]
    fn what_a_client_may_leave_out_is_no_problem() {
        let cases = [
            ("first: $args.first", true),
            ("deep: $args.input.filter", true),
            ("$args . first", true),
            ("$args.input { text note }", true),
            ("o: $args.input { again: text note: more.note }", true),
            ("a: $args { input { text: note } }", true),
            ("a: $this { first }", false),
            ("b: $args.input.text a", false),
            ("a: $args.input { text b: $this->echo(@) { c } }", false),
            ("a: $args.input { text x: $this.first }", false),
            ("a: $args.input->echo({ x: $this.note })", false),
            ("a: $args.input.text.more", false),
            ("a: $this.first", false),
            ("a: first", false),
        ];
        let args = Value::parse(br#"{"input":{"text":"x"}}"#).unwrap();
        let this = Value::parse(b"{}").unwrap();
        let scope = Scope { args: Some(&args), this: Some(&this), ..Scope::default() };
        for (text, expected) in cases {
            let mut problems = Problems::default();
            Mapping::parse(text, Version::V0_3).unwrap().evaluate(&this, &scope, &mut problems);
            let [problem] = problems.as_slice() else { panic!("{text}: {problems:?}") };
            assert_eq!(is_omitted_argument(text, problem), expected, "{text}: {problem:?}");
        }
    }
}
