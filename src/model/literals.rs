//! Reading arguments of directives: the right form or a problem, and the texts in them as mappings and templates.

use super::report::{Explain, Report};
use crate::{
    diagnostic::Severity,
    graphql::{Directive, Literal, LiteralKind, Name},
    mapping::{Mapping, MappingError, Piece, Template, Variable, Version},
};

/// A mapping or template to be read from a literal: the code of its problems, and what to call it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) code: &'static str,
    pub(super) what: &'static str,
    pub(super) version: Version,
}

/// The argument, unless it is absent or `null`.
pub(super) fn argument<'a>(directive: &'a Directive, name: &str) -> Option<&'a Literal> {
    directive.argument(name).filter(|literal| !matches!(literal.kind, LiteralKind::Null))
}

/// The member of an object, unless it is absent or `null`.
pub(super) fn member<'a>(members: &'a [(Name, Literal)], name: &str) -> Option<&'a Literal> {
    let value = members.iter().find(|(key, _)| &**key == name).map(|(_, value)| value)?;
    (!matches!(value.kind, LiteralKind::Null)).then_some(value)
}

/// Reports arguments that the directive does not have: a name that stands for several directives is not checked before.
pub(super) fn check_arguments(directive: &Directive, known: &[&str], report: &mut Report) {
    check_names(&directive.arguments, known, &format!("`@{}`", directive.written), report);
}

/// The same of a directive that has fewer arguments in some of its uses; `what` says which use that is.
pub(super) fn check_arguments_of(directive: &Directive, what: &str, known: &[&str], report: &mut Report) {
    check_names(&directive.arguments, known, what, report);
}

/// The members of an object literal, all of them known.
pub(super) fn object<'a>(
    literal: &'a Literal,
    what: &str,
    known: &[&str],
    report: &mut Report,
) -> Option<&'a [(Name, Literal)]> {
    let LiteralKind::Object(members) = &literal.kind else {
        wrong_form(literal, what, "an object", report);
        return None;
    };
    check_names(members, known, what, report);
    Some(members)
}

/// A string.
pub(super) fn string<'a>(literal: &'a Literal, what: &str, report: &mut Report) -> Option<&'a str> {
    let text = literal.as_str();
    if text.is_none() {
        wrong_form(literal, what, "a string", report);
    }
    text
}

/// `true` or `false`.
pub(super) fn boolean(literal: &Literal, what: &str, report: &mut Report) -> Option<bool> {
    if let LiteralKind::Boolean(value) = literal.kind {
        return Some(value);
    }
    wrong_form(literal, what, "`true` or `false`", report);
    None
}

/// An integer of 64 bits.
pub(super) fn integer(literal: &Literal, what: &str, report: &mut Report) -> Option<i64> {
    if let LiteralKind::Int(digits) = &literal.kind
        && let Ok(value) = digits.parse()
    {
        return Some(value);
    }
    wrong_form(literal, what, "an integer", report);
    None
}

/// The items of a list; a single value is a list of it.
pub(super) fn items(literal: &Literal) -> &[Literal] {
    match &literal.kind {
        LiteralKind::List(items) => items,
        _ => std::slice::from_ref(literal),
    }
}

/// A mapping.
pub(super) fn mapping(literal: &Literal, reading: Reading, report: &mut Report) -> Option<Mapping> {
    let text = string(literal, reading.what, report)?;
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        let hint = if reading.code == "INVALID_SELECTION" {
            "select fields: `id name`"
        } else {
            "leave it out, or write a mapping"
        };
        report.error(reading.code, format!("{} is empty", reading.what), literal.span.as_ref()).hint(hint);
        return None;
    }
    let parsed = Mapping::parse(text, reading.version);
    parsed.map_err(|errors| add_errors(literal, reading, errors, report)).ok()
}

/// A template.
pub(super) fn template(literal: &Literal, reading: Reading, report: &mut Report) -> Option<Template> {
    let text = string(literal, reading.what, report)?;
    let parsed = Template::parse(text, reading.version);
    let template = parsed.map_err(|errors| add_errors(literal, reading, errors, report)).ok()?;
    warn_of_bare_variables(&template, (literal, text), reading, report);
    Some(template)
}

/// `/users/$args.id`, without braces, is a text like any other.
fn warn_of_bare_variables(
    template: &Template,
    (literal, text): (&Literal, &str),
    reading: Reading,
    report: &mut Report,
) {
    let expressions = template.pieces.iter().filter_map(|piece| match piece {
        Piece::Expression(_, range) => Some(range.clone()),
        Piece::Literal(_) => None,
    });
    let expressions: Vec<_> = expressions.collect();
    for variable in Variable::ALL {
        for (at, start) in text.match_indices(&format!("${}.", variable.name())) {
            if expressions.iter().any(|range| range.contains(&at)) {
                continue;
            }
            let rest = text.get(at + start.len()..).unwrap_or_default();
            let keys = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').unwrap_or(rest.len());
            let Some(written) = text.get(at..at + start.len() + keys) else { continue };
            let message = format!("`{written}` is no expression: it is sent as it stands");
            let diagnostic = report.error_within(reading.code, message, literal, at..at + written.len());
            diagnostic.severity = Severity::Warning;
            diagnostic.hint(format!("write it in braces: `{{{written}}}`"));
        }
    }
}

fn add_errors(literal: &Literal, reading: Reading, errors: Vec<MappingError>, report: &mut Report) {
    for error in errors {
        report.error_within(reading.code, error.message, literal, error.range).hint = error.hint;
    }
}

fn wrong_form(literal: &Literal, what: &str, wanted: &str, report: &mut Report) {
    report.error("INVALID_DIRECTIVE", format!("{what} must be {wanted}"), literal.span.as_ref());
}

fn check_names(members: &[(Name, Literal)], known: &[&str], what: &str, report: &mut Report) {
    for (name, value) in members {
        if !known.contains(&&**name) {
            report.error("INVALID_DIRECTIVE", format!("{what} has no `{name}`"), value.span.as_ref()).suggest(
                name,
                known,
                Some(format!("it has {}", super::report::one_of(known))),
            );
        }
    }
}
