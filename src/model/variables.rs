//! Variables of mappings: which may stand where, whether what they name exists, and what a connector depends on.

use std::collections::BTreeSet;

use http::HeaderName;
use indexmap::IndexMap;

use super::{
    CLIENT_VERSION_HEADERS,
    context::{Reference, reference},
    report::{Explain, NOT_SUPPORTED_YET, Report, one_of, within},
};
use crate::{
    config::Environment,
    diagnostic::Span,
    graphql::{InputValue, Literal, Name, Schema, TypeDefinition, TypeKind, TypeRef},
    json::{Object, Value},
    mapping::{Variable, VariablePath},
};

/// Longest path of keys after `$this` and `$batch`.
const LONGEST_KEY: usize = 32;

/// Where a connector or source stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Site {
    Source,
    RootField,
    Field,
    Type,
}

/// Which text of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// `baseURL`
    BaseUrl,
    /// URL, headers, `path`, `queryParams`, `body`
    Request,
    /// `selection`
    Selection,
    /// `selection` of a connector that makes no request
    Computed,
    /// `errors`, `isSuccess`
    Outcome,
}

/// A text to check, and the code of misplaced variables in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) text: Text,
    pub(super) code: &'static str,
}

/// What variables can refer to.
#[derive(Clone, Copy)]
pub(super) struct Scenery<'a> {
    pub(super) schema: &'a Schema,
    pub(super) site: Site,
    /// `Query.products`, for messages.
    pub(super) owner: &'a str,
    /// `$args`
    pub(super) arguments: Option<&'a IndexMap<Name, InputValue>>,
    /// `$this` and `$batch`
    pub(super) object: Option<&'a TypeDefinition>,
    /// `$config`; `None` where there is no source that could have one.
    pub(super) config: Option<&'a Value>,
    pub(super) environment: &'a dyn Environment,
    /// `$page`: its members; empty where anything may be meant. `None` where there are no pages.
    pub(super) page: Option<&'a [&'static str]>,
}

/// A variable in use, and where.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub(super) path: VariablePath,
    pub(super) span: Option<Span>,
}

/// Everything that the texts of a connector or source depend on.
#[derive(Debug, Clone, Default)]
pub(super) struct Usage {
    pub(super) args: Vec<Use>,
    pub(super) this: Vec<Use>,
    pub(super) batch: Vec<Use>,
    pub(super) page: Vec<Use>,
    pub(super) environment: BTreeSet<String>,
    pub(super) headers: Vec<HeaderName>,
    /// Whether `$context` is read.
    pub(super) context: bool,
    /// Paths of `$context` that requests read and that nothing sets.
    pub(super) unset_context: Vec<Vec<String>>,
    /// Where an object of `$this` or `$batch` is used without the name of a field.
    wholes: Vec<Whole>,
}

/// An object used as a whole, and its type, if a field gives it.
#[derive(Debug, Clone)]
struct Whole {
    path: VariablePath,
    span: Option<Span>,
    of: Option<Name>,
}

// === impl Usage ===

impl Usage {
    /// Adds what another text or a source depends on.
    pub(super) fn extend(&mut self, other: &Self) {
        self.args.extend(other.args.iter().cloned());
        self.this.extend(other.this.iter().cloned());
        self.batch.extend(other.batch.iter().cloned());
        self.page.extend(other.page.iter().cloned());
        self.environment.extend(other.environment.iter().cloned());
        self.headers.extend(other.headers.iter().cloned());
        self.context |= other.context;
        self.unset_context.extend(other.unset_context.iter().cloned());
    }

    /// An object has the key fields that are named anywhere in the connector; used as a whole it needs at least one.
    pub(super) fn check_wholes(&self, report: &mut Report) {
        for Whole { path, span, of } in &self.wholes {
            let (variable, keys) = (path.variable, &path.keys);
            let uses = if variable == Variable::Batch { &self.batch } else { &self.this };
            let names_more = |used: &Use| used.path.keys.len() > keys.len() && used.path.keys.starts_with(keys);
            let is_told = span.as_ref().is_some_and(|span| report.is_told(span, report.count()));
            if is_told || uses.iter().any(names_more) {
                continue;
            }
            let keys = keys.iter().map(String::as_str);
            let at = std::iter::once(written(variable)).chain(keys).collect::<Vec<_>>().join(".");
            let (message, hint) = match of {
                Some(of) => (
                    format!("`{at}` is an object of type `{of}`, used as a whole"),
                    format!("name the fields that are needed: `{at} {{ id }}`"),
                ),
                None => (
                    format!("`{at}` is used as a whole"),
                    format!("name the fields that are needed: `{at}.id` or `{at} {{ id }}`"),
                ),
            };
            report.error("UNDEFINED_FIELD", message, span.as_ref()).hint(hint);
        }
    }

    /// `$env`: the variables that are named and set.
    pub(super) fn environment_value(&self, environment: &dyn Environment) -> Value {
        let mut object = Object::default();
        for name in &self.environment {
            if let Some(value) = environment.get(name) {
                object.insert(name.as_str().into(), Value::String(value.into()));
            }
        }
        Value::Object(object)
    }
}

// === impl Scenery ===

impl Scenery<'_> {
    /// Checks the variables of one text and notes what they are.
    pub(super) fn check(
        &self,
        part: Part,
        (literal, paths): (&Literal, Vec<VariablePath>),
        usage: &mut Usage,
        report: &mut Report,
    ) {
        for path in paths {
            let span = within(literal, path.range.clone());
            if !self.is_allowed(part, &path, span.as_ref(), report) {
                continue;
            }
            if path.keys.len() > LONGEST_KEY {
                report.error(part.code, format!("the path has more than {LONGEST_KEY} keys"), span.as_ref());
                continue;
            }
            let used = Use { path, span };
            self.check_target(part.text, &used, usage, report);
            match used.path.variable {
                Variable::Args => usage.args.push(used),
                Variable::This => usage.this.push(used),
                Variable::Batch => usage.batch.push(used),
                Variable::Page => usage.page.push(used),
                _ => {}
            }
        }
    }

    fn is_allowed(&self, part: Part, path: &VariablePath, span: Option<&Span>, report: &mut Report) -> bool {
        let allowed = self.allowed(part.text);
        if !allowed.contains(&path.variable) {
            let names = allowed.iter().map(|variable| written(*variable));
            let message = format!("`{}` is not valid here, must be one of {}", written(path.variable), one_of(names));
            let diagnostic = report.error(part.code, message, span);
            match (path.variable, self.site, part.text) {
                (Variable::Batch, Site::Type, Text::Selection) => {
                    diagnostic.hint("rows are matched to keys by the fields that the selection gives")
                }
                (Variable::This, Site::RootField, _) => diagnostic.hint("a root field has no parent: use `$args`"),
                (Variable::Batch, Site::RootField, _) => diagnostic.hint("it is for connectors on types: use `$args`"),
                (Variable::Batch, Site::Field, _) => {
                    diagnostic.hint("it is for connectors on types: use `$this`, or load the field's type by its keys")
                }
                (Variable::Page, Site::RootField | Site::Field, Text::Request) => {
                    diagnostic.hint("it is of connections: put `@connection(style: ...)` on the field")
                }
                (Variable::Page, ..) => diagnostic.hint("it is for the request of a field with `@connection`"),
                (Variable::Args, Site::Type, _) => diagnostic.hint("a type has no arguments: use `$this` or `$batch`"),
                _ => diagnostic,
            };
            return false;
        }
        true
    }

    fn allowed(&self, text: Text) -> Vec<Variable> {
        let mut allowed = allowed(self.site, text);
        if text == Text::Request && self.page.is_some() {
            allowed.insert(1, Variable::Page);
        }
        allowed
    }

    fn check_target(&self, text: Text, used: &Use, usage: &mut Usage, report: &mut Report) {
        let (path, span) = (&used.path, used.span.as_ref());
        match path.variable {
            Variable::Args => self.check_argument(path, span, report),
            Variable::This | Variable::Batch => self.check_object(path, span, &mut usage.wholes, report),
            Variable::Config => self.check_config(text, path, span, report),
            Variable::Env => self.check_environment(text, used, usage, report),
            Variable::Request => {
                if let Some(name) = header(path, span, report) {
                    usage.headers.push(name);
                }
            }
            Variable::Context => check_context(text, path, span, usage, report),
            Variable::Page => self.check_page(path, span, report),
            Variable::Status | Variable::Response => {}
        }
    }

    fn check_page(&self, path: &VariablePath, span: Option<&Span>, report: &mut Report) {
        let known = self.page.unwrap_or_default();
        let otherwise =
            || format!("a connection of this style has {}", one_of(known.iter().map(|name| format!("$page.{name}"))));
        match path.keys.as_slice() {
            _ if known.is_empty() => {}
            [link, _] if link == "link" && known.contains(&"link") => {}
            [name] if name != "link" && known.contains(&name.as_str()) => {}
            [link, ..] if link == "link" && known.contains(&"link") => {
                report
                    .error("UNDEFINED_FIELD", "`$page.link` holds the parameters of a link", span)
                    .hint("name the parameter that is needed: `page: $page.link.page`");
            }
            [name, ..] => {
                let message = format!("`$page` doesn't have a field named `{name}` here");
                report.error("UNDEFINED_FIELD", message, span).suggest(name, known, Some(otherwise()));
            }
            [] => {
                report.error("UNDEFINED_FIELD", "`$page` is used as a whole", span).hint(otherwise());
            }
        }
    }

    fn check_argument(&self, path: &VariablePath, span: Option<&Span>, report: &mut Report) {
        let Some(arguments) = self.arguments else { return };
        let Some((first, rest)) = path.keys.split_first() else { return };
        let Some(argument) = arguments.get(first.as_str()) else {
            let otherwise = if arguments.is_empty() {
                format!("`{}` has no arguments", self.owner)
            } else {
                format!("`{}` has {}", self.owner, one_of(arguments.keys()))
            };
            let message = format!("`$args` doesn't have a field named `{first}`");
            report.error("UNDEFINED_ARGUMENT", message, span).suggest(first, arguments.keys(), Some(otherwise));
            return;
        };
        let mut at = format!("$args.{first}");
        let mut ty = &argument.ty;
        for key in rest {
            let Some(definition) = self.schema.types.get(ty.name()) else { return };
            match definition.input_fields.get(key.as_str()) {
                Some(field) => ty = &field.ty,
                None if is_opaque(definition) => return,
                None => {
                    let message = format!("`{at}` doesn't have a field named `{key}`");
                    report
                        .error("UNDEFINED_FIELD", message, span)
                        .suggest(
                            key,
                            definition.input_fields.keys(),
                            Some(format!("it is of type `{}`", definition.name)),
                        )
                        .related(definition.span.as_ref(), format!("`{}` declared here", definition.name));
                    return;
                }
            }
            at = format!("{at}.{key}");
        }
    }

    fn check_object(&self, path: &VariablePath, span: Option<&Span>, wholes: &mut Vec<Whole>, report: &mut Report) {
        let Some(object) = self.object else { return };
        let variable = written(path.variable);
        if path.keys.is_empty() {
            wholes.push(Whole { path: path.clone(), span: span.cloned(), of: None });
            return;
        }
        let mut at = variable.to_owned();
        let mut definition = object;
        for (depth, key) in path.keys.iter().enumerate() {
            let Some(field) = definition.fields.get(key.as_str()) else {
                if matches!(definition.kind, TypeKind::Interface | TypeKind::Union) {
                    let what = if definition.kind == TypeKind::Union { "a union" } else { "an interface" };
                    let message =
                        format!("`{at}` is of {what}, `{}`, so whether it has `{key}` is not known", definition.name);
                    report
                        .error("UNSUPPORTED_VARIABLE_TYPE", message, span)
                        .suggest(
                            key,
                            definition.fields.keys(),
                            Some("use fields that every object has there".to_owned()),
                        )
                        .related(definition.span.as_ref(), format!("`{}` declared here", definition.name));
                } else if !is_opaque(definition) {
                    report
                        .error("UNDEFINED_FIELD", format!("`{at}` doesn't have a field named `{key}`"), span)
                        .suggest(key, definition.fields.keys(), Some(format!("it is of type `{}`", definition.name)))
                        .related(definition.span.as_ref(), format!("`{}` declared here", definition.name));
                }
                return;
            };
            at = format!("{at}.{key}");
            if !field.arguments.is_empty() {
                report
                    .error(
                        "CONNECTORS_FIELD_WITH_ARGUMENTS",
                        format!("`{at}` takes arguments, so it cannot be a key"),
                        span,
                    )
                    .related(field.span.as_ref(), "declared here");
                return;
            }
            let Some(next) = self.schema.types.get(field.ty.name()) else { return };
            if depth + 1 == path.keys.len() && is_composite(next) {
                wholes.push(Whole { path: path.clone(), span: span.cloned(), of: Some(next.name.clone()) });
            }
            definition = next;
        }
    }

    fn check_config(&self, text: Text, path: &VariablePath, span: Option<&Span>, report: &mut Report) {
        let Some(config) = self.config else {
            report
                .error("UNDEFINED_CONFIG", "`$config` belongs to a source, but this connector has none", span)
                .hint("give it a `source`");
            return;
        };
        let mut value = config;
        for key in &path.keys {
            let next = match value {
                Value::Object(members) => members.get(key.as_str()),
                _ => None,
            };
            let Some(next) = next else {
                let names: Vec<&str> = match value {
                    Value::Object(members) => members.keys().map(AsRef::as_ref).collect(),
                    _ => Vec::new(),
                };
                let message = format!("`$config.{}` has no value", path.keys.join("."));
                let otherwise = format!("add `config = {{ {key} = ... }}` to its `[upstreams]` table");
                let diagnostic = if text == Text::BaseUrl {
                    report.error("UNDEFINED_CONFIG", message, span)
                } else {
                    report.warning("UNDEFINED_CONFIG", message, span)
                };
                diagnostic.suggest(key, names, Some(otherwise));
                return;
            };
            value = next;
        }
    }

    fn check_environment(&self, text: Text, used: &Use, usage: &mut Usage, report: &mut Report) {
        let (path, span) = (&used.path, used.span.as_ref());
        let Some(name) = path.keys.first() else {
            report
                .error("UNDEFINED_ENVIRONMENT", "`$env` is used as a whole", span)
                .hint("name a variable: `$env.NAME`");
            return;
        };
        usage.environment.insert(name.clone());
        if self.environment.get(name).is_none() {
            let message = format!("environment variable `{name}` is not set");
            if text == Text::BaseUrl {
                report.error("UNDEFINED_ENVIRONMENT", message, span)
            } else {
                report.warning("UNDEFINED_ENVIRONMENT", message, span)
            }
            .hint(format!("set `{name}` before starting"));
        }
    }
}

/// The fields of a key as a tree: `$this.id`, `$this.address.city` and `$this { id }` give `id`, `address { city }`.
pub(super) fn key_tree(uses: &[Use]) -> Vec<super::KeyField> {
    let mut tree = Vec::new();
    for used in uses {
        super::connector::add_key(&mut tree, &used.path.keys);
    }
    tree
}

/// The type that a value of an input or output type is made of, if it can hold anything.
fn is_opaque(definition: &TypeDefinition) -> bool {
    definition.kind == TypeKind::Scalar && !matches!(&*definition.name, "Int" | "Float" | "String" | "Boolean" | "ID")
}

/// Whether it has fields to select from.
pub(super) fn is_composite(definition: &TypeDefinition) -> bool {
    matches!(definition.kind, TypeKind::Object | TypeKind::Interface | TypeKind::Union)
}

/// How many lists a type has.
pub(super) fn list_depth(ty: &TypeRef) -> usize {
    ty.item().map_or(0, |item| 1 + list_depth(item))
}

fn check_context(text: Text, path: &VariablePath, span: Option<&Span>, usage: &mut Usage, report: &mut Report) {
    usage.context = true;
    let written = std::iter::once("$context").chain(path.keys.iter().map(String::as_str)).collect::<Vec<_>>().join(".");
    match reference(&path.keys) {
        Reference::ClientName => {}
        Reference::ClientVersion => usage.headers.extend(CLIENT_VERSION_HEADERS),
        Reference::Claims => {
            report
                .error(NOT_SUPPORTED_YET, format!("`{written}` is not supported yet: nothing verifies claims"), span)
                .hint("pass values as arguments, or read a request header: `$request.headers.name`");
        }
        Reference::Unset => {
            let consequence = match text {
                Text::Request | Text::BaseUrl => "no request is made",
                Text::Selection | Text::Computed | Text::Outcome => "it is missing",
            };
            report
                .warning("UNSET_CONTEXT", format!("nothing sets `{written}` here, so {consequence}"), span)
                .hint("`$context` has `client.name` and `client.version`");
            if text == Text::Request {
                usage.unset_context.push(path.keys.clone());
            }
        }
    }
}

fn header(path: &VariablePath, span: Option<&Span>, report: &mut Report) -> Option<HeaderName> {
    let hint = "name the header that is needed: `$request.headers.'x-name'`";
    match path.keys.as_slice() {
        [headers, name, ..] if headers == "headers" => match HeaderName::try_from(name.as_str()) {
            Ok(parsed) if parsed.as_str() == name => return Some(parsed),
            Ok(parsed) => {
                let message = format!("names of headers are lower case here: `{parsed}`");
                report.error("INVALID_HEADER", message, span);
            }
            Err(_) => {
                report.error("INVALID_HEADER", format!("`{name}` is not the name of a header"), span);
            }
        },
        [] => {
            report.error("INVALID_HEADER", "`$request` is used as a whole", span).hint(hint);
        }
        [headers] if headers == "headers" => {
            report.error("INVALID_HEADER", "all headers of the request are used", span).hint(hint);
        }
        [other, ..] => {
            let message = format!("`$request` doesn't have a field named `{other}`");
            report.error("UNDEFINED_FIELD", message, span).hint(hint);
        }
    }
    None
}

fn allowed(site: Site, text: Text) -> Vec<Variable> {
    use Variable as V;
    let own: &[V] = match (site, text) {
        (_, Text::BaseUrl) => return vec![V::Config, V::Env],
        (Site::Source, _) => &[],
        (Site::RootField, _) => &[V::Args],
        (Site::Field, _) => &[V::Args, V::This],
        (Site::Type, Text::Selection | Text::Computed) => &[V::This],
        (Site::Type, _) => &[V::This, V::Batch],
    };
    let mut all = own.to_vec();
    all.extend([V::Config, V::Context]);
    if matches!(text, Text::Selection | Text::Outcome) {
        all.extend([V::Status, V::Request, V::Response]);
    } else {
        all.push(V::Request);
    }
    all.push(V::Env);
    all
}

fn written(variable: Variable) -> &'static str {
    match variable {
        Variable::Args => "$args",
        Variable::This => "$this",
        Variable::Batch => "$batch",
        Variable::Page => "$page",
        Variable::Config => "$config",
        Variable::Context => "$context",
        Variable::Status => "$status",
        Variable::Request => "$request",
        Variable::Response => "$response",
        Variable::Env => "$env",
    }
}
