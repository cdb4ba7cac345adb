//! `@connection`: fields whose lists become Relay connections. Rewrites the schema before anything else looks at it: the
//! field's type, its arguments, and the types that it needs.
//!
//! <https://relay.dev/graphql/connections.htm>

mod types;

use std::collections::HashMap;

use super::{
    connectors::is_root,
    faults::Faults,
    literals::{argument, check_arguments_of, integer},
    paging::MOST_ROWS,
    report::{Explain, Report, all_of, one_of},
    variables::is_composite,
};
use crate::graphql::{
    Directive, FieldDefinition, InputValue, Literal, LiteralKind, Name, Schema, TypeDefinition, TypeKind, TypeRef,
};

pub(super) const INVALID: &str = "INVALID_CONNECTION";

const STYLES: [&str; 4] = ["PAGE", "OFFSET", "CURSOR", "LINK"];

/// A `@connection` whose place and arguments are right.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub(super) directive: Directive,
    pub(super) style: Style,
    /// The field's type as it is written.
    pub(super) list: TypeRef,
    pub(super) first: u32,
    pub(super) max: u32,
    /// `start`, of pages.
    pub(super) start: u32,
    /// `size`, of pages.
    pub(super) size: Option<u32>,
    /// Whether it has `last` and `before`.
    pub(super) backward: bool,
}

impl Declared {
    /// Whether clients may ask for so many rows; null is as good as absent.
    pub(super) fn holds(&self, size: &Literal) -> bool {
        match &size.kind {
            LiteralKind::Int(digits) => digits.parse().is_ok_and(|size: u32| size <= self.max),
            LiteralKind::Null => true,
            _ => false,
        }
    }

    /// What clients are told of `first` or `last`: the most rows, and how many there are where nothing is said.
    pub(super) fn about_size(size: &str, (max, default): (i64, Option<i64>), has_cursor: bool) -> String {
        let (place, cursor) =
            if size == "last" { ("end", ", or from before `before`") } else { ("start", ", or from behind `after`") };
        let cursor = if has_cursor { cursor } else { "" };
        let default = default.map(|default| format!("; {default} if nothing is said")).unwrap_or_default();
        format!("So many from the {place}{cursor}: at most {max}{default}.")
    }

    /// What is told of it in the graph, where the graph itself says nothing.
    pub(super) fn about_own_size(&self, size: &str) -> String {
        let default = (size == "first").then_some(self.first.into());
        Self::about_size(size, (self.max.into(), default), true)
    }

    /// What to do where it may not.
    pub(super) fn size_hint(&self) -> String {
        format!("write at most `{}`, or raise `max` of `@connection` if the service gives more on one page", self.max)
    }
}

/// `style`; cursors are of rows or of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Page,
    Offset,
    Keys,
    Tokens,
    Links,
}

/// Fields that are connections now.
pub(super) type Connections = HashMap<(Name, Name), Declared>;

/// Makes connections of the lists that say so. Fields whose `@connection` is wrong lose their connectors: nothing more
/// can be said of them.
pub(super) fn make_connections(schema: &mut Schema, faults: &mut Faults, report: &mut Report) -> Connections {
    let mut connections = Connections::new();
    let mut places = Vec::new();
    for definition in schema.types.values() {
        for field in definition.fields.values() {
            let Some(directive) = field.directives.iter().find(|directive| &*directive.name == "connection") else {
                continue;
            };
            let place = (definition.name.clone(), field.name.clone());
            let before = report.errors();
            let declared = declared(schema, (definition, field), directive, report);
            places.push(place.clone());
            if let Some(declared) = declared.filter(|_| report.errors() == before) {
                connections.insert(place, declared);
            }
        }
    }
    for place in &places {
        let Some(declared) = connections.get(place) else { continue };
        let before = report.errors();
        let connection = types::add(schema, declared, report);
        let field = schema.types.get_mut(&place.0).and_then(|definition| definition.fields.get_mut(&place.1));
        let Some(field) = field else { continue };
        field.ty = TypeRef::Named { name: connection, non_null: declared.list.is_non_null() };
        add_arguments(field, declared, report);
        if report.errors() > before {
            connections.remove(place);
        }
    }
    for place in places.into_iter().filter(|place| !connections.contains_key(place)) {
        if let Some(field) = schema.types.get_mut(&place.0).and_then(|definition| definition.fields.get_mut(&place.1)) {
            field.directives.retain(|directive| &*directive.name != "connect");
        }
        faults.elements.insert((place.0, Some(place.1)));
    }
    connections
}

/// Its place and its arguments.
fn declared(
    schema: &Schema,
    (parent, field): (&TypeDefinition, &FieldDefinition),
    directive: &Directive,
    report: &mut Report,
) -> Option<Declared> {
    check_place(schema, (parent, field), directive, report)?;
    let style = style(directive, report)?;
    let what = format!("`@{}` of style {}", directive.written, style.words());
    check_arguments_of(directive, &what, style.arguments(), report);
    let mut number = |name: &str, least: i64, most: u32| {
        let literal = argument(directive, name)?;
        let value = integer(literal, &format!("`{name}`"), report)?;
        if value < least || value > i64::from(most) {
            let message = format!("`{name}` must be from {least} to {most}, not {value}");
            report.error(INVALID, message, literal.span.as_ref()).hint(match name {
                "max" => "write how many rows the service gives on one page at most",
                "first" => "write how many rows a client gets that names no number: no more than `max`, which is 100 if not said",
                "start" => "write the number of the service's first page",
                _ => "write how many rows each page of the service has",
            });
        }
        u32::try_from(value).ok()
    };
    let max = number("max", 1, MOST_ROWS).unwrap_or(100).clamp(1, MOST_ROWS);
    let first = number("first", 1, max).unwrap_or(20.min(max));
    let start = number("start", 0, 1).unwrap_or(1);
    let size = number("size", 1, MOST_ROWS);
    let given = |name: &str| argument(directive, name).is_some();
    let backward = match style {
        Style::Page | Style::Offset => given("total"),
        Style::Keys => connects(field).any(|connect| mentions(connect, "$page.before")),
        Style::Tokens | Style::Links => given("previous"),
    };
    Some(Declared { directive: directive.clone(), style, list: field.ty.clone(), first, max, start, size, backward })
}

fn check_place(
    schema: &Schema,
    (parent, field): (&TypeDefinition, &FieldDefinition),
    directive: &Directive,
    report: &mut Report,
) -> Option<()> {
    let span = directive.span.as_ref();
    let at = format!("{}.{}", parent.name, field.name);
    if parent.kind != TypeKind::Object || (is_root(schema, &parent.name) && schema.query.as_ref() != Some(&parent.name))
    {
        let what = match () {
            () if parent.kind != TypeKind::Object => "a field of an interface",
            () if schema.mutation.as_ref() == Some(&parent.name) => "a mutation",
            () => "a subscription",
        };
        report
            .error(INVALID, format!("`{at}` is {what}, so it cannot be a connection"), span)
            .hint("put `@connection` on a field of `Query` or of an object type");
        return None;
    }
    let node = field.ty.item().filter(|item| item.item().is_none()).and_then(|item| schema.types.get(item.name()));
    if !node.is_some_and(is_composite) {
        report
            .error(INVALID, format!("`{at}` must be a list of objects to be a connection"), span)
            .hint("write the field as if it gave all rows: `products: [Product!]!`; pages and edges are made of it")
            .related(field.type_span.as_ref(), "the field's type stands here");
        return None;
    }
    if let Some(interface) = parent.implements.iter().find(|name| schema.field(name, &field.name).is_some()) {
        report
            .error(
                INVALID,
                format!("`{at}` is a field of the interface `{interface}`, so its type cannot change"),
                span,
            )
            .hint("leave the field out of the interface");
        return None;
    }
    if connects(field).next().is_none() {
        report
            .error(INVALID, format!("`{at}` has no connector of its own, so nobody can be asked for a page"), span)
            .hint("add `@connect(source: ..., http: { GET: \"...\" }, selection: \"$.items { ... }\")`");
        return None;
    }
    if let Some(connect) = connects(field).find(|connect| argument(connect, "http").is_none()) {
        report
            .error(INVALID, format!("the connector of `{at}` makes no request, so it cannot ask for a page"), span)
            .hint("give it `http`, or remove `@connection`")
            .related(connect.span.as_ref(), "it stands here");
        return None;
    }
    if let Some(connect) = connects(field).find(|connect| {
        argument(connect, "entity").is_some_and(|entity| matches!(entity.kind, LiteralKind::Boolean(true)))
    }) {
        report
            .error(INVALID, format!("`{at}` loads one object by its key, so it cannot be a connection"), span)
            .hint("remove `entity: true`")
            .related(connect.span.as_ref(), "it stands here");
        return None;
    }
    Some(())
}

fn style(directive: &Directive, report: &mut Report) -> Option<Style> {
    let Some(literal) = argument(directive, "style") else {
        let hint = format!("write `style:` with one of {}", all_of(STYLES));
        report.error(INVALID, "`@connection` has no `style`", directive.span.as_ref()).hint(hint);
        return None;
    };
    let given = |name: &str| argument(directive, name);
    let style = match &literal.kind {
        LiteralKind::Enum(name) => match &**name {
            "PAGE" => Style::Page,
            "OFFSET" => Style::Offset,
            "LINK" => Style::Links,
            "CURSOR" => match (given("cursor"), given("next")) {
                (Some(_), None) => Style::Keys,
                (None, Some(_)) => Style::Tokens,
                (None, None) => {
                    report.error(INVALID, "`style: CURSOR` needs `cursor` or `next`", directive.span.as_ref()).hint(
                        "`cursor: \"id\"`, if a row says where to go on; `next: \"$.meta.next\"`, if the answer does",
                    );
                    return None;
                }
                (Some(_), Some(next)) => {
                    report
                        .error(INVALID, "`cursor` and `next` cannot both be set", next.span.as_ref())
                        .hint("keep `cursor` if each row says where to go on, else `next`");
                    return None;
                }
            },
            _ => return unknown_style(literal, report),
        },
        _ => return unknown_style(literal, report),
    };
    Some(style)
}

fn unknown_style(literal: &Literal, report: &mut Report) -> Option<Style> {
    report
        .error(INVALID, format!("`style` cannot be `{literal}`"), literal.span.as_ref())
        .hint(format!("write one of {}", all_of(STYLES)));
    None
}

impl Style {
    fn words(self) -> &'static str {
        match self {
            Self::Page => "`PAGE`",
            Self::Offset => "`OFFSET`",
            Self::Keys => "`CURSOR` with `cursor`",
            Self::Tokens => "`CURSOR` with `next`",
            Self::Links => "`LINK`",
        }
    }

    /// What goes with it.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Page => &["style", "first", "max", "start", "size", "total", "hasNext"],
            Self::Offset => &["style", "first", "max", "total", "hasNext"],
            Self::Keys => &["style", "first", "max", "cursor", "total", "hasNext", "hasPrevious"],
            Self::Tokens | Self::Links => &["style", "first", "max", "next", "previous", "total", "hasNext"],
        }
    }

    /// Members of `$page`.
    pub(super) fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Page => &["number", "size"],
            Self::Offset => &["offset", "size"],
            Self::Keys | Self::Tokens => &["after", "before", "size"],
            Self::Links => &["link", "size"],
        }
    }
}

/// `first`, `after` and, where pages go backward, `last` and `before`. The field's own are kept.
fn add_arguments(field: &mut FieldDefinition, declared: &Declared, report: &mut Report) {
    let max = declared.max;
    let mut wanted = vec![
        ("first", "Int", declared.about_own_size("first")),
        ("after", "String", "The cursor of the edge to go on behind.".to_owned()),
    ];
    if declared.backward {
        wanted.push(("last", "Int", declared.about_own_size("last")));
        wanted.push(("before", "String", "The cursor of the edge to stop before.".to_owned()));
    }
    for (name, ty, description) in wanted {
        let is_size = ty == "Int";
        let ty = TypeRef::Named { name: ty.into(), non_null: false };
        if let Some(own) = field.arguments.get(name) {
            if own.ty != ty {
                report
                    .error(
                        INVALID,
                        format!("argument `{name}` of a connection is of type `{}`", ty.name()),
                        own.span.as_ref(),
                    )
                    .hint(format!("remove it, or write `{name}: {}`", ty.name()));
            } else if let Some(default) = own.default.as_ref().filter(|default| is_size && !declared.holds(default)) {
                let message = format!("the default of `{name}` is `{default}`, but pages have from 0 to {max} rows");
                report.error(INVALID, message, default.span.as_ref().or(own.span.as_ref())).hint(declared.size_hint());
            }
            continue;
        }
        let span = declared.directive.span.clone();
        let argument = InputValue {
            name: name.into(),
            description: Some(description),
            ty,
            default: None,
            directives: Vec::new(),
            type_span: span.clone(),
            span,
        };
        field.arguments.insert(name.into(), argument);
    }
}

fn connects(field: &FieldDefinition) -> impl Iterator<Item = &Directive> {
    field.directives.iter().filter(|directive| &*directive.name == "connect")
}

/// Whether a text of its request holds this.
fn mentions(connect: &Directive, text: &str) -> bool {
    fn within(literal: &Literal, text: &str) -> bool {
        match &literal.kind {
            LiteralKind::Object(members) => members.iter().any(|(_, member)| within(member, text)),
            LiteralKind::List(items) => items.iter().any(|item| within(item, text)),
            _ => literal.as_str().is_some_and(|written| written.contains(text)),
        }
    }
    argument(connect, "http").is_some_and(|http| within(http, text))
}

/// The members of `$page`, in words.
pub(super) fn page_members(style: Style) -> String {
    one_of(style.variables().iter().map(|name| format!("$page.{name}")))
}
