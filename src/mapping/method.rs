//! The methods of the language by name: which exist, how many arguments they take.

use std::ops::Range;

use super::{MappingError, syntax::Expr};
use crate::json::Kind;

/// A method, except `as`, which is a form of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Add,
    And,
    Contains,
    Div,
    Echo,
    Entries,
    Eq,
    Filter,
    Find,
    First,
    Get,
    Gt,
    Gte,
    In,
    JoinNotNull,
    JsonParse,
    JsonStringify,
    KeysToCamelCase,
    KeysToCamelCaseDeep,
    Last,
    Lt,
    Lte,
    Map,
    Match,
    Mod,
    Mul,
    Ne,
    Not,
    Or,
    ParseInt,
    Size,
    Slice,
    Split,
    Sub,
    ToString,
    Trim,
    TrimEnd,
    TrimStart,
}

/// What a name stands for.
#[derive(Debug)]
pub(super) enum Named {
    Method(Method),
    As,
    Unknown,
}

/// Name, method, least and most arguments.
const METHODS: &[(&str, Method, usize, usize)] = &[
    ("add", Method::Add, 1, MANY),
    ("and", Method::And, 1, MANY),
    ("contains", Method::Contains, 1, 1),
    ("div", Method::Div, 1, MANY),
    ("echo", Method::Echo, 1, 1),
    ("entries", Method::Entries, 0, 0),
    ("eq", Method::Eq, 1, 1),
    ("filter", Method::Filter, 1, 1),
    ("find", Method::Find, 1, 1),
    ("first", Method::First, 0, 0),
    ("get", Method::Get, 1, 1),
    ("gt", Method::Gt, 1, 1),
    ("gte", Method::Gte, 1, 1),
    ("in", Method::In, 1, 1),
    ("joinNotNull", Method::JoinNotNull, 1, 1),
    ("jsonParse", Method::JsonParse, 0, 0),
    ("jsonStringify", Method::JsonStringify, 0, 0),
    ("keysToCamelCase", Method::KeysToCamelCase, 0, 0),
    ("keysToCamelCaseDeep", Method::KeysToCamelCaseDeep, 0, 0),
    ("last", Method::Last, 0, 0),
    ("lt", Method::Lt, 1, 1),
    ("lte", Method::Lte, 1, 1),
    ("map", Method::Map, 1, 1),
    ("match", Method::Match, 1, MANY),
    ("mod", Method::Mod, 1, MANY),
    ("mul", Method::Mul, 1, MANY),
    ("ne", Method::Ne, 1, 1),
    ("not", Method::Not, 0, 0),
    ("or", Method::Or, 1, MANY),
    ("parseInt", Method::ParseInt, 0, 1),
    ("size", Method::Size, 0, 0),
    ("slice", Method::Slice, 0, 2),
    ("split", Method::Split, 1, 2),
    ("sub", Method::Sub, 1, MANY),
    ("toString", Method::ToString, 0, 0),
    ("trim", Method::Trim, 0, 0),
    ("trimEnd", Method::TrimEnd, 0, 0),
    ("trimStart", Method::TrimStart, 0, 0),
];

const MANY: usize = usize::MAX;

/// Looks a method up by its name.
pub(super) fn named(name: &str) -> Named {
    if name == "as" {
        Named::As
    } else if let Some((_, method, ..)) = METHODS.iter().find(|row| row.0 == name) {
        Named::Method(*method)
    } else {
        Named::Unknown
    }
}

/// All names that can be written.
pub fn names() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|row| row.0).chain(["as"])
}

/// The candidate most like `name`, if any is near.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

impl Method {
    /// Its name.
    pub(super) fn name(self) -> &'static str {
        self.row().0
    }

    /// A mistake, if it can't take `count` arguments.
    pub(super) fn check_count(self, count: usize, range: Range<usize>) -> Option<MappingError> {
        let &(name, _, least, most) = self.row();
        if (least..=most).contains(&count) {
            return None;
        }
        let expected = match (least, most) {
            (0, 0) => "no argument".to_owned(),
            (1, 1) => "one argument".to_owned(),
            (least, MANY) => format!("at least {least} argument"),
            (least, most) => format!("{least} to {most} arguments"),
        };
        let hint = match self {
            Self::Match => Some("write `->match([candidate, value], …)`".to_owned()),
            Self::Split => Some("write `->split(\",\")`, or `->split(\",\", 2)` for at most two pieces".to_owned()),
            Self::JsonParse
            | Self::KeysToCamelCase
            | Self::KeysToCamelCaseDeep
            | Self::Trim
            | Self::TrimEnd
            | Self::TrimStart => Some(format!("write what it works on first: `value->{name}`")),
            _ => None,
        };
        Some(MappingError { range, message: format!("`->{name}` takes {expected}, but has {count}"), hint })
    }

    /// The kinds that the argument of this number may have, with their words; none, if any will do.
    pub(super) fn takes(self, at: usize) -> Option<(&'static [Kind], &'static str)> {
        Some(match (self, at) {
            (Self::Add | Self::Sub | Self::Mul | Self::Div | Self::Mod, _) => (&[Kind::Number], "numbers"),
            (Self::And | Self::Or, _) => (&[Kind::Bool], "true or false"),
            (Self::Filter | Self::Find, _) => (&[Kind::Bool], "a condition that is true or false"),
            (Self::Gt | Self::Gte | Self::Lt | Self::Lte, _) => (&[Kind::Number, Kind::String], "a number or a string"),
            (Self::Get, _) => (&[Kind::Number, Kind::String], "an index or a key"),
            (Self::In, _) => (&[Kind::Array], "an array"),
            (Self::JoinNotNull, _) | (Self::Split, 0) => (&[Kind::String], "a separator that is a string"),
            (Self::ParseInt, _) => (&[Kind::Number], "a base between 2 and 36"),
            (Self::Slice, _) => (&[Kind::Number], "offsets that are numbers"),
            (Self::Split, _) => (&[Kind::Number], "a limit that is an integer above 0"),
            _ => return None,
        })
    }

    /// A mistake, if an argument is a literal that the method can never take.
    pub(super) fn check_kind(self, at: usize, argument: &Expr, range: &Range<usize>) -> Option<MappingError> {
        let (kinds, words) = self.takes(at)?;
        let (kind, number) = match argument {
            Expr::Literal(value) => (value.kind(), value.as_number()),
            Expr::Array(_) => (Kind::Array, None),
            Expr::Object(_) => (Kind::Object, None),
            Expr::Chain(..) | Expr::Path(_) => return None,
        };
        let in_range = match (self, number.map(|number| number.as_i64())) {
            (Self::ParseInt, Some(base)) => base.is_some_and(|base| (2..=36).contains(&base)),
            (Self::Split, Some(limit)) => limit.is_some_and(|limit| limit > 0),
            _ => true,
        };
        let name = self.name();
        let message = match (kinds.contains(&kind), in_range, number) {
            (true, true, _) => return None,
            (true, false, Some(number)) => format!("`->{name}` needs {words}, not {number}"),
            _ => format!("`->{name}` needs {words}, not {}", kind.name()),
        };
        Some(MappingError { range: range.clone(), message, hint: None })
    }

    fn row(self) -> &'static (&'static str, Self, usize, usize) {
        METHODS.iter().find(|row| row.1 == self).expect("every method has a row")
    }
}
