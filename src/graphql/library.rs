//! The library's syntax tree in our own forms: names, types, literals, places.
//!
//! Recursion is bounded by the nesting that `guard` admits.

use std::{collections::HashMap, sync::Arc};

use apollo_compiler::{
    Node,
    ast::{self, Type, Value},
    parser::{FileId, SourceSpan},
};

use super::{Directive, Literal, LiteralKind, Name, TypeRef};
use crate::diagnostic::{SourceFile, Span};

/// Our files by the library's ids.
#[derive(Debug, Default)]
pub(super) struct Files(HashMap<FileId, Arc<SourceFile>>);

impl Files {
    pub(super) fn insert(&mut self, id: FileId, file: Arc<SourceFile>) {
        self.0.insert(id, file);
    }

    /// The place in one of our files; `None` for anything built in.
    pub(super) fn span(&self, place: Option<SourceSpan>) -> Option<Span> {
        let place = place?;
        let file = self.0.get(&place.file_id())?;
        Some(Span { file: file.clone(), range: place.offset()..place.end_offset() })
    }

    /// Converts a literal with its places.
    pub(super) fn literal(&self, value: &Node<Value>) -> Literal {
        convert(value, Some(self))
    }

    pub(super) fn directive(&self, directive: &Node<ast::Directive>) -> Directive {
        Directive {
            name: name(&directive.name),
            written: name(&directive.name),
            arguments: directive.arguments.iter().map(|arg| (name(&arg.name), self.literal(&arg.value))).collect(),
            span: self.span(directive.location()),
        }
    }
}

/// Converts a literal of an operation, without places.
pub(super) fn literal(value: &Node<Value>) -> Literal {
    convert(value, None)
}

pub(super) fn name(name: &apollo_compiler::Name) -> Name {
    name.to_cloned_arc().unwrap_or_else(|| Arc::from(name.as_str()))
}

pub(super) fn type_ref(ty: &Type) -> TypeRef {
    match ty {
        Type::Named(named) => TypeRef::Named { name: name(named), non_null: false },
        Type::NonNullNamed(named) => TypeRef::Named { name: name(named), non_null: true },
        Type::List(of) => TypeRef::List { of: Arc::new(type_ref(of)), non_null: false },
        Type::NonNullList(of) => TypeRef::List { of: Arc::new(type_ref(of)), non_null: true },
    }
}

fn convert(value: &Node<Value>, files: Option<&Files>) -> Literal {
    let kind = match &**value {
        Value::Null => LiteralKind::Null,
        Value::Boolean(value) => LiteralKind::Boolean(*value),
        Value::Int(number) => LiteralKind::Int(number.as_str().to_owned()),
        Value::Float(number) => LiteralKind::Float(number.as_str().to_owned()),
        Value::String(text) => LiteralKind::String(text.clone()),
        Value::Enum(value) => LiteralKind::Enum(name(value)),
        Value::Variable(variable) => LiteralKind::Variable(name(variable)),
        Value::List(items) => LiteralKind::List(items.iter().map(|item| convert(item, files)).collect()),
        Value::Object(members) => {
            LiteralKind::Object(members.iter().map(|(key, member)| (name(key), convert(member, files))).collect())
        }
    };
    Literal { kind, span: files.and_then(|files| files.span(value.location())) }
}

/// A syntax error of the library without its names of tokens.
pub(super) fn syntax_message(message: &str) -> String {
    const TOKENS: [(&str, &str); 14] = [
        ("R_CURLY", "`}`"),
        ("L_CURLY", "`{`"),
        ("R_PAREN", "`)`"),
        ("L_PAREN", "`(`"),
        ("R_BRACK", "`]`"),
        ("L_BRACK", "`[`"),
        ("COLON", "`:`"),
        ("BANG", "`!`"),
        ("EQ", "`=`"),
        ("AT", "`@`"),
        ("AMP", "`&`"),
        ("PIPE", "`|`"),
        ("SPREAD", "`...`"),
        ("DOLLAR", "`$`"),
    ];
    let message = message.strip_prefix("syntax error: ").unwrap_or(message).trim_end_matches('.');
    let mut message = message.replace("<EOF>", "end");
    // Names of productions are written as words; only what was found is a piece of the text.
    if !message.contains(", got ") {
        message = message.replace("StringValue, Name or OperationDefinition", "an operation or a fragment");
        message = message.replace("a an ", "an ").replace("this StringValue", "this description").replace('\'', "`");
        message = message.to_lowercase().replace(concat!("exp", "tected"), "expected");
    }
    let Some(rest) = message.strip_prefix("expected ") else { return message };
    let named = TOKENS.iter().find_map(|(token, text)| Some((text, rest.strip_prefix(token)?)));
    let message = match named {
        Some((text, rest)) if rest.is_empty() || rest.starts_with(',') => format!("expected {text}{rest}"),
        _ => message,
    };
    match message.split_once(", got ") {
        Some((expected, "EOF")) => format!("{expected}, found the end"),
        Some((expected, found)) => format!("{expected}, found `{found}`"),
        None => message,
    }
}
