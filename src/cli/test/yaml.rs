//! YAML as a tree of values with places, in the core schema of YAML 1.2. Never more than a bounded tree: aliases are
//! charged for all that they repeat.

use std::{collections::HashMap, ops::Range, sync::Arc};

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use crate::json::{Number, Object, Value};

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

// === impl Node ===

impl Node {
    /// A mapping that is made of parts of others.
    pub(super) fn mapping(entries: Vec<Entry>, range: Range<usize>) -> Self {
        Self { kind: NodeKind::Mapping(entries), range, weight: 0, depth: 0 }
    }

    /// Bytes, about, that it holds.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    /// `null`, `~` or nothing at all.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar { text, plain: true } if is_null(text))
    }

    /// The text of a scalar, as written.
    pub(super) fn text(&self) -> Option<&Arc<str>> {
        match &self.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            NodeKind::List(_) | NodeKind::Mapping(_) => None,
        }
    }

    /// The member of a mapping.
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            NodeKind::Mapping(entries) => entries.iter().find(|entry| &*entry.key == key),
            NodeKind::Scalar { .. } | NodeKind::List(_) => None,
        }
    }

    /// As JSON.
    pub(super) fn value(&self) -> Value {
        match &self.kind {
            NodeKind::Scalar { text, plain: true } => plain_value(text),
            NodeKind::Scalar { text, plain: false } => Value::String(Arc::clone(text)),
            NodeKind::List(elements) => Value::Array(elements.iter().map(Self::value).collect()),
            NodeKind::Mapping(entries) => {
                let members = entries.iter().map(|entry| (Arc::clone(&entry.key), entry.value.value()));
                Value::Object(members.collect::<Object>())
            }
        }
    }

    /// What it is, for messages.
    pub(super) fn type_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Scalar { .. } => match self.value() {
                Value::Null => "nothing",
                Value::Bool(_) => "a boolean",
                Value::Number(_) => "a number",
                Value::String(_) | Value::Array(_) | Value::Object(_) => "text",
            },
            NodeKind::List(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
        }
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// The value of a plain scalar, by the core schema. Infinities and not-a-number, which JSON has not, are text.
fn plain_value(text: &Arc<str>) -> Value {
    match &**text {
        text if is_null(text) => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(Arc::clone(text)), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    if let Some(number) = Number::parse(text) {
        return Some(number);
    }
    let radix = |digits: &str, radix| i128::from_str_radix(digits, radix).ok().map(Number::from);
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16).filter(|_| !digits.starts_with(['+', '-']));
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8).filter(|_| !digits.starts_with(['+', '-']));
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let begins = unsigned.strip_prefix('.').unwrap_or(unsigned);
    if !begins.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    // `+1`, `007`, `.5`, `1.`: other spellings than those of JSON.
    match text.parse::<i128>() {
        Ok(integer) => Some(Number::from(integer)),
        Err(_) => text.parse::<f64>().ok().and_then(Number::from_f64),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        match parse(text) {
            Ok(Some(node)) => node.value().to_string(),
            Ok(None) => "nothing".to_owned(),
            Err(mistake) => format!("{}..{}: {}", mistake.range.start, mistake.range.end, mistake.message),
        }
    }

    #[test]
    fn yaml_is_read_as_json() {
        assert_eq!(json("a: 1\nb: [x, 'y', \"z\\n\", 1.50, -2]\n"), r#"{"a":1,"b":["x","y","z\n",1.50,-2]}"#);
        assert_eq!(
            json("a: yes\nb: true\nc: ~\nd:\ne: 'null'"),
            r#"{"a":"yes","b":true,"c":null,"d":null,"e":"null"}"#
        );
        assert_eq!(
            json("[+1, 007, .5, 1., 0x1F, 0o17, 1e3, .inf, 1_000, 0x-1]"),
            r#"[1,7,0.5,1.0,31,15,1e3,".inf","1_000","0x-1"]"#
        );
        assert_eq!(json("a: |\n  {\"x\":\n   1}\n"), r#"{"a":"{\"x\":\n 1}\n"}"#);
        assert_eq!(json("a: !!str 1\nb: 2020-01-01"), r#"{"a":"1","b":"2020-01-01"}"#);
        assert_eq!(json("# only a comment\n"), "nothing");
        assert_eq!(json(""), "nothing");
    }

    #[test]
    fn anchors_repeat_and_merge() {
        assert_eq!(json("a: &x {b: 1, c: 2}\nd: *x"), r#"{"a":{"b":1,"c":2},"d":{"b":1,"c":2}}"#);
        assert_eq!(json("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}"), r#"{"a":{"b":1,"c":2},"d":{"c":3,"b":1}}"#);
    }

    #[test]
    fn mistakes_have_places() {
        assert_eq!(json("é: 1\né: 2"), "6..8: `é` stands twice");
        assert_eq!(json("a: *x"), "3..4: this is not YAML: while parsing node, found unknown anchor");
        assert_eq!(json("a: !mine 1"), "3..10: tag `!mine` means nothing here");
        assert_eq!(json("? [a]\n: 1"), "2..5: a key must be text, not a list or mapping");
        assert_eq!(json("a: 1\n---\nb: 2"), "5..8: a second document");
        assert!(json("a: [1, 2").contains("this is not YAML"), "{}", json("a: [1, 2"));
    }

    #[test]
    fn places_are_bytes_of_the_file() {
        let text = "é: ä\nb:\n  - ö\n  - c: 1\n\nd: 2\n";
        let node = parse(text).unwrap().unwrap();
        let shown = |node: &Node| text[node.range.clone()].to_owned();
        assert_eq!(shown(&node.get("é").unwrap().value), "ä");
        assert_eq!(shown(&node.get("b").unwrap().value), "- ö\n  - c: 1");
        assert_eq!(shown(&node.get("d").unwrap().value), "2");
    }

    #[test]
    fn hostile_files_are_bounded() {
        let mut laughs = "a0: &a0 [lol, lol, lol]\n".to_owned();
        for level in 1..40 {
            let below = level - 1;
            laughs.push_str(&format!("a{level}: &a{level} [*a{below}, *a{below}, *a{below}, *a{below}]\n"));
        }
        assert!(json(&laughs).contains("aliases repeat"));
        assert!(json(&"- ".repeat(100_000)).contains("nested deeper than 64"));
        assert!(json(&"? ".repeat(100_000)).contains("nested deeper than 64"));
        assert!(json(&"[".repeat(100_000)).contains("nested deeper than 64"));
        assert!(json(&"{a: ".repeat(100_000)).contains("nested deeper than 64"));
        let mut chain = "a0: &a0 []\n".to_owned();
        (1..10_000).for_each(|level| chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1)));
        assert!(json(&chain).contains("nested deeper than 64"));
        let keys: String = (0..50_000).map(|key| format!("k{key}: 1\n")).collect();
        assert!(json(&format!("{keys}k7: 2")).contains("`k7` stands twice"));
        assert!(json("a: &a [*a]").contains("anchor"));
    }
}
