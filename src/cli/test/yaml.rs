//! YAML as a tree of values with places, in the core schema of YAML 1.2. Never more than a bounded tree: aliases are
//! charged for all that they repeat.

mod node;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, ops::Range, sync::Arc};

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

/// Nesting of lists and mappings.
const DEEPEST: usize = 64;
/// Bytes of the tree, everything that aliases repeat counted each time.
pub(super) const LARGEST_TREE: usize = 64 << 20;
/// What a value weighs besides its text.
const NODE_WEIGHT: usize = 64;

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    /// Bytes of the file.
    pub(super) range: Range<usize>,
    /// What it weighs with all that is in it.
    weight: usize,
    /// Levels of lists and mappings in it.
    depth: usize,
}

#[derive(Debug, Clone)]
pub(super) enum NodeKind {
    /// `plain` text may mean a number, a boolean or null; other text is text.
    Scalar {
        text: Arc<str>,
        plain: bool,
    },
    List(Vec<Node>),
    Mapping(Vec<Entry>),
}

/// A member of a mapping.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: Arc<str>,
    pub(super) key_range: Range<usize>,
    pub(super) value: Node,
}

/// What is no YAML, or more than is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) hint: &'static str,
    /// Another place that it has to do with.
    pub(super) related: Option<(Range<usize>, &'static str)>,
}

/// The one document of `text`; `None` if it is empty.
pub(super) fn parse(text: &str) -> Result<Option<Node>, Mistake> {
    Builder { offsets: Offsets::new(text), open: Vec::new(), anchors: HashMap::new(), held: 0 }.run(text)
}

struct Builder<'t> {
    offsets: Offsets<'t>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    held: usize,
}

/// A list or mapping that has begun.
struct Open {
    start: usize,
    anchor: usize,
    weight: usize,
    depth: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Mapping(Members),
}

/// Members of a mapping that has begun.
#[derive(Default)]
struct Members {
    entries: Vec<Entry>,
    /// Where each key is in the entries.
    known: HashMap<Arc<str>, usize>,
    /// The key whose value comes next.
    key: Option<(Arc<str>, Range<usize>)>,
    /// Values of `<<`.
    merges: Vec<Node>,
}

/// Bytes of characters: the parser counts characters.
struct Offsets<'t> {
    text: &'t str,
    /// Of each character; empty where each is one byte.
    bytes: Vec<usize>,
}

// === impl Builder ===

impl Builder<'_> {
    fn run(mut self, text: &str) -> Result<Option<Node>, Mistake> {
        let mut document = None;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let at = self.offsets.byte(error.marker().index());
                // Mistakes are often noticed at the start of the line after them.
                if error.info().contains("recursion limit") {
                    return Mistake::too_deep(at..at + 1);
                }
                let at = if at >= text.len() { text.trim_end().len() } else { at };
                Mistake::new(
                    at..at + 1,
                    format!("this is not YAML: {}", error.info()),
                    "check quotes, colons and indentation",
                )
            })?;
            let range = self.offsets.byte(span.start.index())..self.offsets.byte(span.end.index());
            let done = match event {
                Event::Scalar(text, style, anchor, tag) => {
                    let plain = style == ScalarStyle::Plain && !is_text(tag.as_deref(), &range)?;
                    let weight = NODE_WEIGHT + text.len();
                    let kind = NodeKind::Scalar { text: text.as_ref().into(), plain };
                    let node = Node { kind, range, weight, depth: 0 };
                    self.finish(node, anchor)?
                }
                Event::SequenceStart(anchor, tag) => {
                    is_text(tag.as_deref(), &range)?;
                    self.begin(range, anchor, Content::List(Vec::new()))?;
                    None
                }
                Event::MappingStart(anchor, tag) => {
                    is_text(tag.as_deref(), &range)?;
                    self.begin(range, anchor, Content::Mapping(Members::default()))?;
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(range)?,
                Event::Alias(anchor) => {
                    let Some(node) = self.anchors.get(&anchor) else {
                        let hint = "an alias stands after its anchor, and not within it";
                        return Err(Mistake::new(range, "unknown anchor".to_owned(), hint));
                    };
                    let node = Node { range, ..node.clone() };
                    self.finish(node, 0)?
                }
                Event::DocumentStart(_) if document.is_some() => {
                    let hint = "put its tests into the first, or into a file of its own";
                    return Err(Mistake::new(range, "a second document".to_owned(), hint));
                }
                Event::DocumentStart(_)
                | Event::Nothing
                | Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentEnd => None,
            };
            document = done.or(document);
        }
        let is_empty = |node: &Node| matches!(&node.kind, NodeKind::Scalar { text, plain: true } if text.is_empty());
        Ok(document.filter(|node| !is_empty(node)))
    }

    fn begin(&mut self, range: Range<usize>, anchor: usize, content: Content) -> Result<(), Mistake> {
        if self.open.len() == DEEPEST {
            return Err(Mistake::too_deep(range));
        }
        self.open.push(Open { start: range.start, anchor, weight: NODE_WEIGHT, depth: 1, content });
        Ok(())
    }

    fn end(&mut self, range: Range<usize>) -> Result<Option<Node>, Mistake> {
        let Some(open) = self.open.pop() else { return Ok(None) };
        let kind = match open.content {
            Content::List(elements) => NodeKind::List(elements),
            Content::Mapping(mut members) => {
                let merges = std::mem::take(&mut members.merges);
                members.merge(merges)?;
                NodeKind::Mapping(members.entries)
            }
        };
        let end = range.end.max(open.start);
        // An indented block ends where the next thing starts: not with the white space before that.
        let written = self.offsets.text.get(open.start..end).unwrap_or_default().trim_end().len();
        let node = Node { kind, range: open.start..open.start + written, weight: open.weight, depth: open.depth };
        // Its content has been charged already.
        self.held = self.held.saturating_sub(node.weight);
        self.finish(node, open.anchor)
    }

    /// Puts a node where it belongs; gives back the document's own.
    fn finish(&mut self, node: Node, anchor: usize) -> Result<Option<Node>, Mistake> {
        if self.open.len() + node.depth > DEEPEST {
            return Err(Mistake::too_deep(node.range));
        }
        let copies = if anchor == 0 { 1 } else { 2 };
        self.held = self.held.saturating_add(node.weight.saturating_mul(copies));
        if self.held > LARGEST_TREE {
            let message = format!("more than {} MiB with all that its aliases repeat", LARGEST_TREE >> 20);
            return Err(Mistake::new(node.range, message, "repeat less by aliases"));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else { return Ok(Some(node)) };
        open.weight = open.weight.saturating_add(node.weight);
        open.depth = open.depth.max(node.depth + 1);
        match &mut open.content {
            Content::List(elements) => elements.push(node),
            Content::Mapping(members) => members.add(node)?,
        }
        Ok(None)
    }
}

// === impl Members ===

impl Members {
    /// Takes a key, or the value of the last one.
    fn add(&mut self, node: Node) -> Result<(), Mistake> {
        let Some((key, key_range)) = self.key.take() else {
            let NodeKind::Scalar { text, .. } = node.kind else {
                let message = "a key must be text, not a list or mapping".to_owned();
                return Err(Mistake::new(node.range, message, "write `key: value`"));
            };
            self.key = Some((text, node.range));
            return Ok(());
        };
        if &*key == "<<" {
            self.merges.push(node);
            return Ok(());
        }
        if let Some(first) = self.known.get(&key).and_then(|at| self.entries.get(*at)) {
            let related = Some((first.key_range.clone(), "it stands here first"));
            let mistake = Mistake::new(key_range, format!("`{key}` stands twice"), "remove one of them");
            return Err(Mistake { related, ..mistake });
        }
        self.known.insert(Arc::clone(&key), self.entries.len());
        self.entries.push(Entry { key, key_range, value: node });
        Ok(())
    }

    /// `<<: *defaults`: members of other mappings, where this one has none of its own.
    fn merge(&mut self, merges: Vec<Node>) -> Result<(), Mistake> {
        for node in merges {
            match node.kind {
                NodeKind::Mapping(more) => {
                    for entry in more {
                        if !self.known.contains_key(&entry.key) {
                            self.known.insert(Arc::clone(&entry.key), self.entries.len());
                            self.entries.push(entry);
                        }
                    }
                }
                NodeKind::List(elements) => self.merge(elements)?,
                NodeKind::Scalar { .. } => {
                    let message = "`<<` takes a mapping, or a list of them".to_owned();
                    return Err(Mistake::new(node.range, message, "write `<<: *anchor`"));
                }
            }
        }
        Ok(())
    }
}

/// Whether a tag makes a scalar text. Tags of applications mean nothing here.
fn is_text(tag: Option<&Tag>, range: &Range<usize>) -> Result<bool, Mistake> {
    match tag {
        None => Ok(false),
        Some(tag) if tag.is_yaml_core_schema() => Ok(tag.suffix == "str"),
        Some(tag) => Err(Mistake::new(range.clone(), format!("tag `{tag}` means nothing here"), "remove it")),
    }
}

// === impl Offsets ===

impl<'t> Offsets<'t> {
    fn new(text: &'t str) -> Self {
        let bytes = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(byte, _)| byte).collect() };
        Self { text, bytes }
    }

    fn byte(&self, character: usize) -> usize {
        if self.bytes.is_empty() {
            return character.min(self.text.len());
        }
        self.bytes.get(character).copied().unwrap_or(self.text.len())
    }
}

// === impl Mistake ===

impl Mistake {
    fn new(range: Range<usize>, message: String, hint: &'static str) -> Self {
        Self { range, message, hint, related: None }
    }

    fn too_deep(range: Range<usize>) -> Self {
        Self::new(range, format!("nested deeper than {DEEPEST} levels"), "nest less")
    }
}
