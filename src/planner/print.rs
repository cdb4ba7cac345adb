//! The readable form of a plan.

use std::fmt;

use super::plan::{ArgumentOrigin, ArgumentValue, DeferId, Guard, GuardId, KeyRead, OperationPlan, Step, StepKind};
use crate::{
    graphql::{Condition, Literal, LiteralKind},
    mapping::Layout,
};

impl fmt::Display for OperationPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waves = self.waves();
        writeln!(
            f,
            "plan: {} in {}",
            counted(self.steps.len(), "step"),
            counted(waves.iter().max().copied().unwrap_or(0), "wave")
        )?;
        for (step, wave) in self.steps.iter().zip(&waves) {
            self.print_step(f, step, *wave)?;
        }
        Ok(())
    }
}

impl OperationPlan {
    /// The wave of each step, from 1: one more than the latest step that it waits for.
    #[must_use]
    pub fn waves(&self) -> Vec<usize> {
        let mut waves: Vec<usize> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let latest = step.depends_on.iter().map(|id| waves.get(id.0 as usize).copied().unwrap_or(0)).max();
            waves.push(latest.unwrap_or(0) + 1);
        }
        waves
    }

    /// A guard in words.
    pub(super) fn condition(&self, guard: GuardId) -> String {
        self.guard_text(guard, 0)
    }

    fn print_step(&self, f: &mut fmt::Formatter<'_>, step: &Step, wave: usize) -> fmt::Result {
        let position = &self.positions[step.join.position.0 as usize];
        writeln!(f, "\nstep {} (wave {wave}): {}", step.id.0 + 1, step.label.connector)?;
        match &step.label.upstream {
            Some(upstream) => writeln!(f, "  calls   {upstream} {}", step.label.request)?,
            None => writeln!(f, "  computes {}", step.label.request)?,
        }
        let place = if position.path.is_empty() { "the root" } else { &position.path };
        match step.kind {
            StepKind::Root => match step.poll {
                Some(every) => writeln!(f, "  polled  every {every:?}, once for all who subscribe to the same")?,
                None => writeln!(f, "  once    for {place}")?,
            },
            StepKind::Field => writeln!(f, "  once    for each distinct {} of {place}", keys(&step.join.key))?,
            StepKind::Single => writeln!(f, "  once    for each distinct {} of {place}", keys(&step.join.key))?,
            StepKind::Batch => match step.label.max_size {
                Some(size) => writeln!(f, "  batch   of up to {size} distinct {} of {place}", keys(&step.join.key))?,
                None => writeln!(f, "  batch   of all distinct {} of {place}", keys(&step.join.key))?,
            },
        }
        if let Some((style, max)) = step.label.pages {
            writeln!(f, "  pages   of at most {max} rows, as `{style}` says")?;
        }
        if !step.arguments.is_empty() {
            let arguments: Vec<String> = step.arguments.iter().map(argument).collect();
            writeln!(f, "  args    {}", arguments.join(", "))?;
        }
        if let Some(only) = &step.join.only {
            writeln!(f, "  only    {}", only.join(", "))?;
        }
        let reads = fields(&step.layout, 0, 0);
        writeln!(f, "  reads   {}", if reads.is_empty() { "the value".to_owned() } else { reads })?;
        if !step.depends_on.is_empty() {
            let after: Vec<String> = step.depends_on.iter().map(|id| (id.0 + 1).to_string()).collect();
            writeln!(f, "  after   step {}", after.join(", "))?;
        }
        if step.guard != GuardId(0) {
            writeln!(f, "  if      {}", self.guard_text(step.guard, 0))?;
        }
        Ok(())
    }

    fn guard_text(&self, id: GuardId, depth: usize) -> String {
        let join = |parts: &[GuardId], word: &str| {
            let parts: Vec<String> = parts.iter().map(|part| self.guard_text(*part, depth + 1)).collect();
            let text = parts.join(word);
            if depth > 0 { format!("({text})") } else { text }
        };
        match self.guards.get(id.0 as usize) {
            None | Some(Guard::Always) => "always".to_owned(),
            Some(Guard::If(Condition::Variable { name, expected: true })) => format!("${name}"),
            Some(Guard::If(Condition::Variable { name, expected: false })) => format!("not ${name}"),
            Some(Guard::If(Condition::Never)) => "never".to_owned(),
            Some(Guard::All(parts)) => join(parts, " and "),
            Some(Guard::Any(parts)) => join(parts, " or "),
            Some(Guard::Deferred(id)) => self.deferred_text(*id),
            Some(Guard::ButNot(guard, earlier)) => {
                format!("{} and not {}", self.guard_text(*guard, depth + 1), join(earlier, " or "))
            }
        }
    }
}

impl OperationPlan {
    /// `deferred`, and what the fragment is called; `streamed` for the later elements of a list.
    fn deferred_text(&self, id: DeferId) -> String {
        let deferred = self.deferred.get(id.0 as usize);
        let is_list = deferred.is_some_and(|deferred| deferred.initial_count.is_some());
        let word = if is_list { "streamed" } else { "deferred" };
        match deferred.and_then(|deferred| deferred.label.as_deref()) {
            Some(label) => format!("{word} `{label}`"),
            None => format!("{word} {}", id.0 + 1),
        }
    }
}

/// An argument as it was written, with what stands in for it.
fn argument(argument: &ArgumentValue) -> String {
    match &argument.value {
        ArgumentOrigin::Header(name) => format!("{}: header `{name}`", argument.name),
        // Only a variable may have no value.
        ArgumentOrigin::Literal { value: Some(value), default: Some(default) } if is_variable(value) => {
            format!("{}: {value} (or {default})", argument.name)
        }
        ArgumentOrigin::Literal { value: Some(value), .. } => format!("{}: {value}", argument.name),
        ArgumentOrigin::Literal { value: None, default: Some(default) } => format!("{}: {default}", argument.name),
        ArgumentOrigin::Literal { value: None, default: None } => argument.name.to_string(),
    }
}

fn is_variable(value: &Literal) -> bool {
    matches!(value.kind, LiteralKind::Variable(_) | LiteralKind::NonNullVariable(_))
}

/// Fields of a table, objects with theirs: `id, seller { id }`.
fn fields(layout: &Layout, table: usize, depth: usize) -> String {
    let Some(object) = layout.objects.get(table) else { return String::new() };
    // Children have larger numbers than their parents, so this ends; the bound only keeps the text readable.
    if depth > 32 {
        return "...".to_owned();
    }
    let parts: Vec<String> = object
        .fields
        .iter()
        .map(|field| match field.child {
            Some(child) => format!("{} {{ {} }}", field.name, fields(layout, child, depth + 1)),
            None => field.name.clone(),
        })
        .collect();
    parts.join(", ")
}

fn keys(reads: &[KeyRead]) -> String {
    fn names(reads: &[KeyRead]) -> String {
        let parts: Vec<String> = reads
            .iter()
            .map(|read| {
                if read.fields.is_empty() {
                    read.name.to_string()
                } else {
                    format!("{} {{ {} }}", read.name, names(&read.fields))
                }
            })
            .collect();
        parts.join(", ")
    }
    if reads.is_empty() { "arguments".to_owned() } else { format!("`{}`", names(reads)) }
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
