//! The canonical form of a mapping: parsing it gives an equal tree.

use std::fmt::{self, Formatter, Write};

use super::syntax::{Expr, Head, Item, ItemKind, Op, Path, Step, StepKind, Tree};
use crate::json::Value;

/// Writes a whole mapping.
pub(super) fn tree(tree: &Tree, f: &mut Formatter<'_>) -> fmt::Result {
    match tree {
        Tree::Items(list) => match list.as_slice() {
            // Without its dots it would be the value itself.
            [Item { kind: ItemKind::Spread(only), .. }] => spread(only, f),
            list => items(list, f),
        },
        Tree::Value(value) => path_like(value, f),
    }
}

fn items(items: &[Item], f: &mut Formatter<'_>) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_char(' ')?;
        }
        match &item.kind {
            ItemKind::Spread(path) if path.sub.is_none() => spread(path, f)?,
            ItemKind::Spread(path) => self::path(path, f)?,
            ItemKind::Field { name, value } => field(name, value, f)?,
        }
    }
    Ok(())
}

fn spread(path: &Path, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str("...")?;
    self::path(path, f)
}

fn field(name: &str, value: &Expr, f: &mut Formatter<'_>) -> fmt::Result {
    let Expr::Path(path) = value else {
        key(name, f)?;
        f.write_str(": ")?;
        return path_like(value, f);
    };
    // `id: $.id` is written `id`. What may be read as a literal from v0.4 on keeps both.
    if path.head == Head::Dollar
        && is_plain(name)
        && !matches!(name, "true" | "false" | "null")
        && let [Step { kind: StepKind::Key(only), .. }, rest @ ..] = path.steps.as_slice()
        && **only == *name
        && rest.iter().all(|step| step.kind == StepKind::Optional)
    {
        key(name, f)?;
        steps(rest, f)?;
        return sub(path.sub.as_deref(), f);
    }
    key(name, f)?;
    f.write_str(": ")?;
    self::path(path, f)
}

/// An expression where only a path may stand.
fn path_like(value: &Expr, f: &mut Formatter<'_>) -> fmt::Result {
    if let Expr::Path(path) = value {
        return self::path(path, f);
    }
    f.write_str("$(")?;
    expr(value, f)?;
    f.write_char(')')
}

fn expr(value: &Expr, f: &mut Formatter<'_>) -> fmt::Result {
    match value {
        Expr::Literal(Value::String(text)) => quoted(text, f),
        Expr::Literal(value) => write!(f, "{value}"),
        Expr::Array(elements) => {
            f.write_char('[')?;
            list(elements, f)?;
            f.write_char(']')
        }
        Expr::Object(items) => {
            f.write_char('{')?;
            for (at, item) in items.iter().enumerate() {
                f.write_str(if at > 0 { ", " } else { "" })?;
                match &item.kind {
                    ItemKind::Spread(path) => spread(path, f)?,
                    ItemKind::Field { name, value } => {
                        key(name, f)?;
                        f.write_str(": ")?;
                        expr(value, f)?;
                    }
                }
            }
            f.write_char('}')
        }
        Expr::Chain(op, operands) => {
            for (at, operand) in operands.iter().enumerate() {
                if at > 0 {
                    f.write_str(match op {
                        Op::Coalesce => " ?? ",
                        Op::Default => " ?! ",
                    })?;
                }
                if let Expr::Chain(..) = operand { path_like(operand, f)? } else { expr(operand, f)? }
            }
            Ok(())
        }
        Expr::Path(path) => self::path(path, f),
    }
}

fn list(elements: &[Expr], f: &mut Formatter<'_>) -> fmt::Result {
    for (at, element) in elements.iter().enumerate() {
        f.write_str(if at > 0 { ", " } else { "" })?;
        expr(element, f)?;
    }
    Ok(())
}

fn path(path: &Path, f: &mut Formatter<'_>) -> fmt::Result {
    match &path.head {
        Head::Dollar => f.write_char('$')?,
        Head::At => f.write_char('@')?,
        Head::Variable(variable) => write!(f, "${}", variable.name())?,
        Head::Local(name) => write!(f, "${name}")?,
        Head::Group(inner) => {
            f.write_str("$(")?;
            expr(inner, f)?;
            f.write_char(')')?;
        }
    }
    steps(&path.steps, f)?;
    sub(path.sub.as_deref(), f)
}

fn steps(steps: &[Step], f: &mut Formatter<'_>) -> fmt::Result {
    for step in steps {
        match &step.kind {
            StepKind::Key(name) => {
                f.write_char('.')?;
                key(name, f)?;
            }
            StepKind::Optional => f.write_char('?')?,
            StepKind::Method(method, arguments) => {
                write!(f, "->{}", method.name())?;
                if !arguments.is_empty() {
                    f.write_char('(')?;
                    list(arguments, f)?;
                    f.write_char(')')?;
                }
            }
            StepKind::Bind(name, value) => {
                write!(f, "->as(${name}")?;
                if let Some(value) = value {
                    f.write_str(", ")?;
                    expr(value, f)?;
                }
                f.write_char(')')?;
            }
        }
    }
    Ok(())
}

fn sub(sub: Option<&[Item]>, f: &mut Formatter<'_>) -> fmt::Result {
    match sub {
        None => Ok(()),
        Some([]) => f.write_str(" {}"),
        Some(list) => {
            f.write_str(" { ")?;
            items(list, f)?;
            f.write_str(" }")
        }
    }
}

fn key(name: &str, f: &mut Formatter<'_>) -> fmt::Result {
    if is_plain(name) { f.write_str(name) } else { quoted(name, f) }
}

/// Whether a key needs no quotes.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn quoted(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '\n' => f.write_str("\\n")?,
            '"' | '\\' => write!(f, "\\{character}")?,
            _ => f.write_char(character)?,
        }
    }
    f.write_char('"')
}
