//! What an evaluation may read besides its input, and the problems it meets.

use std::ops::Range;

use crate::json::Value;

/// Values of the named variables. Absent ones are missing, with a problem.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "each is the variable of its name")]
pub struct Scope<'a> {
    pub args: Option<&'a Value>,
    pub this: Option<&'a Value>,
    pub batch: Option<&'a Value>,
    pub page: Option<&'a Value>,
    pub config: Option<&'a Value>,
    pub context: Option<&'a Value>,
    pub request: Option<&'a Value>,
    pub response: Option<&'a Value>,
    pub env: Option<&'a Value>,
    pub status: Option<u16>,
}

/// Something that a mapping found otherwise than it expects. Never a GraphQL error by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `property \`.name\` not found in object`
    pub message: String,
    /// Byte range in the mapping's text.
    pub range: Range<usize>,
    /// The JSON type that was found instead, or [`Problem::MISSING`]; `None` where no one type is to blame.
    pub found: Option<&'static str>,
    /// How often, in this collection.
    pub count: u32,
}

impl Problem {
    /// What is found where an object lacks a member.
    pub const MISSING: &'static str = "missing";

    /// The same, `by` bytes further in the text.
    #[must_use]
    pub fn shifted(&self, by: usize) -> Self {
        Self { range: self.range.start + by..self.range.end + by, ..self.clone() }
    }
}

/// Problems of one run, aggregated by place and message, bounded.
#[derive(Debug, Default)]
pub struct Problems {
    list: Vec<Problem>,
    /// How often others were met.
    more: u64,
}

impl Problems {
    /// Most different problems that are kept; more are only counted.
    pub const MOST: usize = 100;

    /// Records one.
    pub fn add(&mut self, range: Range<usize>, message: impl Into<String>) {
        self.add_times(range, message, 1);
    }

    /// Records one that was met `count` times.
    pub fn add_times(&mut self, range: Range<usize>, message: impl Into<String>, count: u32) {
        self.push(Problem { message: message.into(), range, found: None, count });
    }

    /// Records one with the JSON type that was found.
    pub fn add_found(&mut self, range: Range<usize>, message: impl Into<String>, found: &'static str) {
        self.push(Problem { message: message.into(), range, found: Some(found), count: 1 });
    }

    /// Records one, counted with its equals.
    pub fn push(&mut self, problem: Problem) {
        let same = |known: &&mut Problem| known.range == problem.range && known.message == problem.message;
        if let Some(known) = self.list.iter_mut().find(same) {
            known.count = known.count.saturating_add(problem.count);
        } else if self.list.len() < Self::MOST {
            self.list.push(problem);
        } else {
            self.more += u64::from(problem.count);
        }
    }

    /// How often problems were met that are not kept.
    #[must_use]
    pub fn more(&self) -> u64 {
        self.more
    }

    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.list
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Takes those of another collection over the same mapping.
    pub fn append(&mut self, other: Self) {
        self.more += other.more;
        for problem in other.list {
            self.push(problem);
        }
    }

    /// The present state, to go back to with [`Problems::restore`].
    pub(super) fn mark(&self) -> Vec<u32> {
        self.list.iter().map(|problem| problem.count).collect()
    }

    /// What was added since [`Problems::mark`].
    pub(super) fn since(&self, mark: &[u32]) -> Self {
        let before = mark.iter().copied().chain(std::iter::repeat(0));
        let added = self.list.iter().zip(before).filter(|(problem, before)| problem.count > *before);
        Self {
            list: added.map(|(problem, before)| Problem { count: problem.count - before, ..problem.clone() }).collect(),
            more: 0,
        }
    }

    /// Forgets what was added since [`Problems::mark`].
    pub(super) fn restore(&mut self, mark: &[u32]) {
        self.list.truncate(mark.len());
        for (problem, &count) in self.list.iter_mut().zip(mark) {
            problem.count = count;
        }
    }
}
