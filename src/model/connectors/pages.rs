//! Connectors of connections: what their requests must say of the page, and their selections as those of connections.

use indexmap::IndexMap;

use super::Spot;
use crate::{
    graphql::{Literal, Name},
    mapping::{ConnectionParts, Kinds, Mapping, ObjectShape, Shape, ShapeField, Version},
    model::{
        connections::{Declared, INVALID, Style, page_members},
        literals::{Reading, argument, mapping},
        paging::{PageStyle, Paging},
        report::{Explain, Report},
        shapes::{Placed, Wanted, check_kind},
        variables::{Part, Scenery, Text, Usage},
    },
};

/// Where the links of an answer stand unless `next` says it.
const LINK_HEADER: &str = "$response.headers.link?";

/// Compiles the pages of a connector, and its selection. `None` if something is wrong, which has been reported.
pub(super) fn compile(
    spot: &Spot<'_>,
    (declared, rows): (&Declared, Option<&(Mapping, Literal)>),
    scenery: &Scenery<'_>,
    usage: &mut Usage,
    report: &mut Report,
) -> Option<(Mapping, Paging)> {
    let before = report.errors();
    let mut reader = Reader { spot, declared, scenery, usage, report };
    let parts = reader.parts();
    let (rows, literal) = rows?;
    reader.check_request();
    let links = usage.page.iter().filter(|used| used.path.keys.first().is_some_and(|key| key == "link"));
    let mut links: Vec<Name> = links.filter_map(|used| Some(used.path.keys.get(1)?.as_str().into())).collect();
    links.sort_unstable();
    links.dedup();
    let Some(selection) = rows.connection(&parts, spot.version) else {
        let message = "the selection of a connection must end in braces, which are what is selected of a row";
        report
            .error(INVALID, message, literal.span.as_ref())
            .hint("write the path to the rows and their fields: `$.items { id name }`")
            .related(declared.directive.span.as_ref(), "`@connection` stands here");
        return None;
    };
    let style = match declared.style {
        Style::Page => PageStyle::Page { start: declared.start, size: declared.size },
        Style::Offset => PageStyle::Offset,
        Style::Keys => PageStyle::Keys,
        Style::Tokens => PageStyle::Tokens,
        Style::Links => PageStyle::Links(links),
    };
    let tag = tag(&format!("{}.{} {}", spot.parent.name, spot.field.map_or("", |field| &*field.name), style.name()));
    (report.errors() == before).then(|| {
        let paging = Paging {
            style,
            first: declared.first,
            max: declared.max,
            backward: declared.backward,
            total: parts.total_count.is_some(),
            has_next: parts.has_next_page.is_some(),
            has_previous: parts.has_previous_page.is_some(),
            tag,
        };
        (selection, paging)
    })
}

/// What a selection of rows gives as one of a connection.
pub(super) fn shape(rows: Shape) -> Shape {
    let object = |fields: Vec<(&str, Shape)>| {
        let field = |shape| ShapeField { shape, range: 0..0, from_body: true, words: Vec::new(), only_words: false };
        let fields: IndexMap<_, _> = fields.into_iter().map(|(name, shape)| (name.to_owned(), field(shape))).collect();
        Shape::Object(ObjectShape { fields, open: false })
    };
    let info = ["hasNextPage", "hasPreviousPage", "startCursor", "endCursor"].map(|name| (name, Shape::Scalar));
    let edges = object(vec![("cursor", Shape::Scalar), ("node", rows)]);
    object(vec![("edges", edges), ("pageInfo", object(info.into())), ("totalCount", Shape::Scalar)])
}

struct Reader<'a, 'u> {
    spot: &'a Spot<'a>,
    declared: &'a Declared,
    scenery: &'a Scenery<'a>,
    usage: &'u mut Usage,
    report: &'u mut Report,
}

// === impl Reader ===

impl Reader<'_, '_> {
    fn parts(&mut self) -> ConnectionParts {
        let mut parts = ConnectionParts {
            cursor: self.part("cursor", "`cursor`", Kinds::SCALAR),
            total_count: self.part("total", "`total`", Kinds::NUMBER | Kinds::STRING),
            has_next_page: self.part("hasNext", "`hasNext`", Kinds::BOOLEAN),
            has_previous_page: self.part("hasPrevious", "`hasPrevious`", Kinds::BOOLEAN),
            start_cursor: self.part("previous", "`previous`", Kinds::SCALAR | Kinds::LIST),
            end_cursor: self.part("next", "`next`", Kinds::SCALAR | Kinds::LIST),
        };
        if self.declared.style == Style::Links && parts.end_cursor.is_none() {
            parts.end_cursor = Mapping::parse(LINK_HEADER, Version::V0_3).ok();
        }
        parts
    }

    /// A text of `@connection`, which reads what selections read. One bare key is the value of that key.
    fn part(&mut self, name: &str, what: &'static str, kind: Kinds) -> Option<Mapping> {
        let literal = argument(&self.declared.directive, name)?;
        if literal.as_str().is_none() {
            let message = format!("{what} must be a mapping, in quotes");
            self.report
                .error(INVALID, message, literal.span.as_ref())
                .hint(format!("write where it stands in the answer: `{name}: \"$.meta.{name}\"`"));
            return None;
        }
        let reading = Reading { code: INVALID, what, version: self.spot.version };
        let mapping = mapping(literal, reading, self.report)?;
        let part = Part { text: Text::Selection, code: INVALID };
        self.scenery.check(part, (literal, mapping.variables()), self.usage, self.report);
        let is_bare = mapping.text().trim().chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_bare {
            let wanted = Wanted { kind, of_object: "name one value: `$.meta.total`", otherwise: "" };
            check_kind(&Placed::whole(&mapping, literal, Text::Selection, reading), wanted, self.scenery, self.report);
        }
        Some(mapping)
    }

    /// What the request must say, or every page would be the same.
    fn check_request(&mut self) {
        let (style, size) = (self.declared.style, self.declared.size);
        let needed: &[&str] = match style {
            Style::Page if size.is_some() => &["number"],
            Style::Page => &["number", "size"],
            Style::Offset => &["offset", "size"],
            Style::Keys => &["after", "size"],
            Style::Tokens => &["after"],
            Style::Links => &["link"],
        };
        for name in needed.iter().filter(|name| !reads(self.usage, name)) {
            let hint = match *name {
                "size" if style == Style::Page => {
                    "add it to `queryParams`: `size: $page.size`; if pages always have so many rows, say it: `size: 10`"
                        .to_owned()
                }
                "link" => {
                    "name the parameters of the link that are to be sent: `queryParams: \"page: $page.link.page\"`"
                        .to_owned()
                }
                name => format!("add it to `queryParams`: `{name}: $page.{name}`; there are {}", page_members(style)),
            };
            let consequence =
                if *name == "size" { "nobody knows how many rows come" } else { "every page would be the same" };
            let message = format!("the request does not use `$page.{name}`, so {consequence}");
            self.report
                .error(INVALID, message, self.spot.directive.span.as_ref())
                .hint(hint)
                .related(self.declared.directive.span.as_ref(), "`@connection` stands here");
        }
        if style == Style::Keys && !reads(self.usage, "before") {
            // Nobody goes backward, so nobody asks for it.
            if let Some(useless) = argument(&self.declared.directive, "hasPrevious") {
                let message = "`hasPrevious` is set, but the request does not use `$page.before`";
                self.report
                    .error(INVALID, message, useless.span.as_ref())
                    .hint("add `$page.before` to the request if the service goes backward, or remove `hasPrevious`");
            }
        }
        if style == Style::Tokens && self.declared.backward != reads(self.usage, "before") {
            let (message, hint) = if self.declared.backward {
                ("`previous` is set, but the request does not use `$page.before`", "add `$page.before` to the request")
            } else {
                ("the request uses `$page.before`, but no `previous` gives it", "add `previous: \"$.meta.previous\"`")
            };
            self.report.error(INVALID, message, self.declared.directive.span.as_ref()).hint(hint);
        }
    }
}

fn reads(usage: &Usage, name: &str) -> bool {
    usage.page.iter().any(|used| used.path.keys.first().is_some_and(|key| key == name))
}

/// FNV-1a: the same in every process.
fn tag(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
