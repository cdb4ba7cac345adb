//! The types that keys of `upstreams.toml` have: in words for the manual, as JSON Schema for editors.
//!
//! A schema may be wider than the parser, as where a bound is told by `check` alone, but never refuses what the parser takes.

use super::{
    json_schema::{self, Additional, Schema, Type},
    keys::Table,
    values::{CONNECTION_HEADERS, REQUEST_HEADERS, RESERVED_CLIENTS},
};

/// The type of a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Address,
    BaseUrl,
    Boolean,
    Count,
    CountOrZero,
    DocumentMode,
    Duration,
    DurationOrZero,
    ForwardedHeaders,
    Globs,
    HeaderNames,
    /// Names and texts.
    Headers,
    OnProblem,
    Origins,
    Path,
    ProxyUrl,
    Size,
    SizeOrZero,
    Table(&'static Table),
    /// A table for each name.
    Tables(&'static Table, Names),
    Token,
    Trace,
    /// Any keys and values.
    Values,
}

/// What the names of a user's choice are for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Names {
    Clients,
    Upstreams,
}

// What a string may be, as regular expressions that mean the same to every JSON Schema library.
const ADDRESS: &str = r"([0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+(%[0-9]+)?\]):[0-9]{1,5}";
const ANY: &str = ".+";
const BASE_URL: &str = r"[Hh][Tt][Tt][Pp][Ss]?://[^\s{}/?#@]+([/?][^\s{}#]*)?";
const DURATION: &str = "0*[1-9][0-9]*(ms|s|m|h)";
const DURATION_OR_ZERO: &str = "[0-9]+(ms|s|m|h)";
const EXPANSION: &str = r"\$\{(env|file):";
const HEADER_NAME: &str = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const NAME: &str = "[A-Za-z][A-Za-z0-9_-]{0,63}";
const ORIGIN: &str = r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@*]+";
const PROXY_URL: &str = r"[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]+/?";
const SIZE: &str = "0*[1-9][0-9]*(B|KiB|MiB|GiB)";
const SIZE_OR_ZERO: &str = "[0-9]+(B|KiB|MiB|GiB)";
const TOKEN: &str = "[!-~]{16,}";
/// A name, or a host with dots or a port.
const UPSTREAM: &str = concat!(
    "[A-Za-z][A-Za-z0-9_-]{0,63}",
    r"|[a-z0-9_-]+(\.[a-z0-9_-]+)+(:[0-9]{1,5})?|[a-z0-9_-]+:[0-9]{1,5}|\[[0-9a-f:.]+\](:[0-9]{1,5})?",
);

// === impl Kind ===

impl Kind {
    /// For the manual.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::BaseUrl | Self::ProxyUrl => "URL",
            Self::Boolean => "boolean",
            Self::Count => "integer above 0",
            Self::CountOrZero => "integer",
            Self::DocumentMode => "`\"open\"`, `\"log\"`, `\"safelist\"` or `\"ids-only\"`",
            Self::Duration => "duration",
            Self::DurationOrZero => "duration, or zero",
            Self::ForwardedHeaders | Self::HeaderNames => "list of header names",
            Self::Globs => "glob or list of globs",
            Self::Headers => "table of strings",
            Self::OnProblem => "`\"ignore\"`, `\"warn\"` or `\"error\"`",
            Self::Origins => "`\"off\"` or a list of origins",
            Self::Path => "path",
            Self::Size | Self::SizeOrZero => "size",
            Self::Table(_) | Self::Tables(..) | Self::Values => "table",
            Self::Token => "string",
            Self::Trace => "`\"off\"`, `\"loopback\"` or a token",
        }
    }

    /// The table that it is.
    pub(super) fn table(self) -> Option<&'static Table> {
        match self {
            Self::Table(table) | Self::Tables(table, _) => Some(table),
            _ => None,
        }
    }

    /// As a JSON Schema without a description.
    pub(super) fn schema(self) -> Schema {
        match self {
            Self::Address => text(ADDRESS),
            Self::BaseUrl => text(BASE_URL),
            Self::Boolean => of_type("boolean"),
            Self::Count => integer(1),
            Self::CountOrZero => integer(0),
            Self::DocumentMode => choice(&["open", "log", "safelist", "ids-only"], expansion()),
            Self::Duration => text(DURATION),
            Self::DurationOrZero => text(DURATION_OR_ZERO),
            Self::ForwardedHeaders => {
                list(without(text(HEADER_NAME), CONNECTION_HEADERS.into_iter().chain(REQUEST_HEADERS)))
            }
            Self::Globs => Schema {
                r#type: Some(Type::Several(["string", "array"])),
                pattern: Some(ANY.to_owned()),
                items: Some(Box::new(text(ANY))),
                min_items: Some(1),
                ..Schema::default()
            },
            Self::HeaderNames => list(text(HEADER_NAME)),
            Self::Headers => named(without(whole(HEADER_NAME), CONNECTION_HEADERS), of_type("string")),
            Self::OnProblem => choice(&["ignore", "warn", "error"], expansion()),
            Self::Origins => choice(&["off"], list(text(ORIGIN))),
            Self::Path => text(ANY),
            Self::ProxyUrl => text(PROXY_URL),
            Self::Size => number_or_text(1, SIZE),
            Self::SizeOrZero => number_or_text(0, SIZE_OR_ZERO),
            Self::Table(table) => json_schema::table(table),
            Self::Tables(table, Names::Clients) => {
                named(without(whole(NAME), RESERVED_CLIENTS), json_schema::table(table))
            }
            Self::Tables(table, Names::Upstreams) => named(whole(UPSTREAM), json_schema::table(table)),
            Self::Token => text(TOKEN),
            Self::Trace => choice(&["off", "loopback"], text(TOKEN)),
            Self::Values => of_type("object"),
        }
    }
}

fn of_type(name: &'static str) -> Schema {
    Schema { r#type: Some(Type::One(name)), ..Schema::default() }
}

fn integer(least: u32) -> Schema {
    Schema { minimum: Some(least), maximum: Some(u32::MAX), ..of_type("integer") }
}

fn whole(pattern: &str) -> Schema {
    Schema { pattern: Some(format!("^({pattern})$")), ..Schema::default() }
}

/// A string of this form, or one that is made of a variable or a file and so can be anything.
fn text(pattern: &str) -> Schema {
    Schema { pattern: Some(format!("^({pattern})$|{EXPANSION}")), ..of_type("string") }
}

fn expansion() -> Schema {
    Schema { pattern: Some(EXPANSION.to_owned()), ..of_type("string") }
}

fn number_or_text(least: u32, pattern: &str) -> Schema {
    Schema { r#type: Some(Type::Several(["string", "integer"])), minimum: Some(least), ..text(pattern) }
}

fn list(items: Schema) -> Schema {
    Schema { items: Some(Box::new(items)), unique_items: Some(true), ..of_type("array") }
}

/// Keys of the user's choice.
fn named(names: Schema, values: Schema) -> Schema {
    Schema {
        property_names: Some(Box::new(names)),
        additional_properties: Some(Additional::Allowed(Box::new(values))),
        ..of_type("object")
    }
}

fn choice(words: &[&'static str], or: Schema) -> Schema {
    let words = Schema { words: Some(words.to_vec()), ..of_type("string") };
    Schema { any_of: Some(vec![words, or]), ..Schema::default() }
}

fn without(schema: Schema, refused: impl IntoIterator<Item = &'static str>) -> Schema {
    let refused = Schema { words: Some(refused.into_iter().collect()), ..Schema::default() };
    Schema { not: Some(Box::new(refused)), ..schema }
}
