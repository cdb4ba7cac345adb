//! `@source` and `[upstreams.NAME]`: one definition for each upstream, and the texts that its connectors inherit.

use std::{collections::HashSet, sync::Arc};

use indexmap::IndexMap;
use url::Url;

use super::{
    HeaderRule, Texts, UpstreamDefinition, UpstreamId,
    faults::Faults,
    headers::read_headers,
    links::Links,
    literals::{Reading, argument, check_arguments, mapping, member, object, string, template},
    outcome::{Outcome, read_outcome},
    report::{Explain, Report, one_of},
    shapes::{Placed, check_path, check_query},
    variables::{Part, Scenery, Site, Text, Usage},
};
use crate::{
    config::{self, Config, Environment},
    diagnostic::{Span, did_you_mean},
    graphql::{Directive, Literal, Schema},
    mapping::{Mapping, Problems, Scope, Version},
};

/// What the connectors of a source inherit.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) upstream: UpstreamId,
    /// `None`: it is wrong, which has been reported.
    pub(super) base_url: Option<Url>,
    pub(super) headers: Vec<HeaderRule>,
    pub(super) path: Option<Mapping>,
    pub(super) query: Option<Mapping>,
    pub(super) outcome: Outcome,
    pub(super) usage: Usage,
    /// Only the configuration defines it.
    is_bare: bool,
    pub(super) texts: Texts,
    declared: Option<Span>,
}

/// All sources and upstreams.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) by_name: IndexMap<String, Source>,
    pub(super) definitions: Vec<UpstreamDefinition>,
    used: HashSet<UpstreamId>,
}

/// Compiles every source that the schema or the configuration defines.
pub(super) fn compile_sources(
    schema: &Schema,
    config: &Config,
    environment: &dyn Environment,
    links: &Links,
    report: &mut Report,
) -> Sources {
    let mut sources = Sources::default();
    let mut declared: IndexMap<String, &Directive> = IndexMap::new();
    for directive in schema.directives.iter().filter(|directive| &*directive.name == "source") {
        check_arguments(directive, &["name", "http", "errors", "isSuccess"], report);
        let Some(name) = source_name(directive, report) else { continue };
        if let Some(first) = declared.get(&name) {
            check_repetition(&name, first, directive, report);
            continue;
        }
        declared.insert(name, directive);
    }
    for (name, directive) in &declared {
        let settings = config.upstream(name);
        let version = links.version(directive.span.as_ref());
        let compiler = SourceCompiler { schema, name, environment, version };
        compiler.compile(directive, settings, &mut sources, report);
    }
    for (name, settings) in config.upstreams.iter().filter(|(name, _)| !declared.contains_key(*name)) {
        if let Some(base_url) = &settings.base_url {
            let url = absolute_url(&base_url.value, Some(&base_url.span), report);
            let upstream = sources.define(name, settings.clone(), url.as_ref());
            let source = Source::bare(upstream, url, settings.span.clone());
            sources.by_name.insert(name.clone(), source);
        }
    }
    sources
}

// === impl Source ===

impl Source {
    fn bare(upstream: UpstreamId, base_url: Option<Url>, declared: Option<Span>) -> Self {
        Self {
            upstream,
            base_url,
            headers: Vec::new(),
            path: None,
            query: None,
            outcome: Outcome::default(),
            usage: Usage::default(),
            is_bare: true,
            texts: Texts::default(),
            declared,
        }
    }
}

// === impl Sources ===

impl Sources {
    /// The source of a connector.
    pub(super) fn find(
        &mut self,
        literal: &Literal,
        config: &Config,
        faults: &Faults,
        report: &mut Report,
    ) -> Option<Source> {
        let name = string(literal, "`source`", report)?;
        if let Some(source) = self.by_name.get(name) {
            self.used.insert(source.upstream);
            return Some(source.clone());
        }
        if faults.may_be_source(name) {
            return None;
        }
        if let Some(settings) = config.upstreams.get(name) {
            report
                .error("SOURCE_NAME_MISMATCH", format!("source `{name}` has no base URL"), literal.span.as_ref())
                .hint(format!("add `base_url` to `[upstreams.{name}]`, or declare `@source(name: \"{name}\", ...)`"))
                .related(settings.span.as_ref(), "the upstream stands here");
        } else if self.by_name.is_empty() {
            report
                .error(
                    "NO_SOURCES_DEFINED",
                    format!("source `{name}` is not defined: there are no sources"),
                    literal.span.as_ref(),
                )
                .hint(format!("add `[upstreams.{name}]` with a `base_url`, or `@source(name: \"{name}\", ...)`"));
        } else {
            // The one that was meant is not unused.
            let meant = did_you_mean(name, self.by_name.keys()).and_then(|near| self.by_name.get(&near));
            self.used.extend(meant.map(|meant| meant.upstream));
            report
                .error("SOURCE_NAME_MISMATCH", format!("no source is named `{name}`"), literal.span.as_ref())
                .suggest(name, self.by_name.keys(), Some(format!("the sources are {}", one_of(self.by_name.keys()))));
        }
        None
    }

    /// The upstream of connectors without a source: one for each origin, configured by the table that is named after
    /// its host and port. Also what the table says that is called in place of the origin.
    pub(super) fn for_origin(&mut self, url: &Url, config: &Config) -> (UpstreamId, Option<Url>) {
        let host = url.host_str().unwrap_or_default();
        let name = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let origin = url.origin().ascii_serialization();
        // A table with a base URL that no `@source` declares.
        let configured = self.by_name.get(&name).filter(|source| source.is_bare && source.base_url.is_some());
        let (id, base_url) = if let Some(source) = configured {
            (source.upstream, source.base_url.clone())
        } else if let Some(known) = self.definitions.iter().find(|known| known.origin == origin && *known.name == *name)
        {
            (known.id, None)
        } else {
            let settings = config.upstreams.get(&name).cloned().unwrap_or_default();
            (self.define(&name, settings, Some(url)), None)
        };
        self.used.insert(id);
        (id, base_url)
    }

    /// Warns of upstreams that nothing uses.
    pub(super) fn check_use(&self, config: &Config, report: &mut Report) {
        for (name, settings) in &config.upstreams {
            let definition = self.definitions.iter().find(|definition| *definition.name == **name);
            if definition.is_some_and(|definition| self.used.contains(&definition.id)) {
                continue;
            }
            let others =
                || self.by_name.keys().filter(|other| *other != name && !config.upstreams.contains_key(*other));
            let hint = match did_you_mean(name, others()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if name.contains([':', '.']) => {
                    "it is named after a host, but no connector without a `source` has a URL there".to_owned()
                }
                None if definition.is_some() => "name it as `source` of a connector, or remove it".to_owned(),
                None => format!("declare `@source(name: \"{name}\", ...)` or add `base_url`, or remove it"),
            };
            let message = if definition.is_some() {
                format!("no connector uses upstream `{name}`")
            } else {
                format!("no source is named `{name}`, so nothing uses this upstream")
            };
            report.warning("UNUSED_UPSTREAM", message, settings.span.as_ref()).hint(hint);
        }
        // A connector that is wrong may be meant to use one of them.
        let faulty = report.errors() > 0;
        for (name, source) in self.by_name.iter().filter(|_| !faulty) {
            if !self.used.contains(&source.upstream) && !config.upstreams.contains_key(name) {
                report
                    .warning("UNUSED_UPSTREAM", format!("no connector uses source `{name}`"), source.declared.as_ref())
                    .hint("name it as `source` of a connector, or remove it");
            }
        }
    }

    fn define(&mut self, name: &str, settings: config::Upstream, url: Option<&Url>) -> UpstreamId {
        let id = UpstreamId(u32::try_from(self.definitions.len()).unwrap_or(u32::MAX));
        let origin = url.map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        self.definitions.push(UpstreamDefinition { id, name: Arc::from(name), settings, origin });
        id
    }
}

/// An absolute URL over http or https.
pub(super) fn absolute_url(text: &str, span: Option<&Span>, report: &mut Report) -> Option<Url> {
    let text: String = text.chars().filter(|c| !matches!(c, '\n' | '\r' | '\t' | '\u{c}')).collect();
    match Url::parse(text.trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => return Some(url),
        Ok(url) => {
            report
                .error("INVALID_URL_SCHEME", format!("scheme `{}` is not one of `http` or `https`", url.scheme()), span)
                .hint("write an absolute URL such as `https://api.example.com`");
        }
        Err(error) => {
            // The text is not told: it may be rendered from secrets.
            report
                .error("INVALID_URL", format!("it is not an absolute URL: {error}"), span)
                .hint("write an absolute URL such as `https://api.example.com`");
        }
    }
    None
}

struct SourceCompiler<'a> {
    schema: &'a Schema,
    name: &'a str,
    environment: &'a dyn Environment,
    version: Version,
}

// === impl SourceCompiler ===

impl SourceCompiler<'_> {
    fn compile(&self, directive: &Directive, settings: config::Upstream, sources: &mut Sources, report: &mut Report) {
        let known = ["baseURL", "headers", "path", "queryParams"];
        let http = argument(directive, "http").and_then(|http| object(http, "`http` of a source", &known, report));
        let http = http.unwrap_or_default();
        let settings_config = settings.config.clone();
        let scenery = Scenery {
            schema: self.schema,
            site: Site::Source,
            owner: self.name,
            arguments: None,
            object: None,
            config: Some(&settings_config),
            environment: self.environment,
            page: None,
        };
        let mut usage = Usage::default();
        let written = member(http, "baseURL").map(|base| (base, self.base_url(base, &settings, &scenery, report)));
        let base_url = match (&settings.base_url, written) {
            (Some(base_url), _) => absolute_url(&base_url.value, Some(&base_url.span), report),
            (None, Some((_, url))) => url,
            (None, None) => {
                report
                    .error("INVALID_URL", format!("source `{}` has no `baseURL`", self.name), directive.span.as_ref())
                    .hint(format!(
                        "add `http: {{ baseURL: \"https://...\" }}`, or `base_url` to `[upstreams.{}]`",
                        self.name
                    ));
                None
            }
        };
        let headers = member(http, "headers")
            .map(|headers| read_headers(headers, self.version, &scenery, &mut usage, report))
            .unwrap_or_default();
        let path = member(http, "path")
            .and_then(|literal| url_property(literal, ("`path`", self.version), &scenery, &mut usage, report));
        let query = member(http, "queryParams")
            .and_then(|literal| url_property(literal, ("`queryParams`", self.version), &scenery, &mut usage, report));
        let outcome = read_outcome(directive, self.version, &scenery, &mut usage, report);
        let upstream = sources.define(self.name, settings, base_url.as_ref());
        let declared = directive.span.clone();
        let texts = Texts::of_source(directive);
        let is_bare = false;
        let source = Source { upstream, base_url, headers, path, query, outcome, usage, texts, is_bare, declared };
        sources.by_name.insert(self.name.to_owned(), source);
    }

    /// Parses the template always, renders it unless the configuration overrides it.
    fn base_url(
        &self,
        literal: &Literal,
        settings: &config::Upstream,
        scenery: &Scenery<'_>,
        report: &mut Report,
    ) -> Option<Url> {
        let before = report.errors();
        let reading = Reading { code: "INVALID_URL", what: "`baseURL`", version: self.version };
        let template = template(literal, reading, report)?;
        let mut usage = Usage::default();
        if settings.base_url.is_some() {
            return None;
        }
        scenery.check(
            Part { text: Text::BaseUrl, code: "INVALID_URL" },
            (literal, template.variables()),
            &mut usage,
            report,
        );
        if report.errors() > before {
            return None;
        }
        let environment = usage.environment_value(self.environment);
        let scope = Scope { config: Some(&settings.config), env: Some(&environment), ..Scope::default() };
        let mut problems = Problems::default();
        let rendered = template.render_plain(&scope, &mut problems);
        for problem in problems.as_slice() {
            report.error_within("INVALID_URL", problem.message.clone(), literal, problem.range.clone());
        }
        match rendered {
            Ok(text) if problems.as_slice().is_empty() => absolute_url(&text, literal.span.as_ref(), report),
            Ok(_) => None,
            Err(message) => {
                report.error("INVALID_URL", message, literal.span.as_ref());
                None
            }
        }
    }
}

/// `path` or `queryParams` of a source or connector.
pub(super) fn url_property(
    literal: &Literal,
    (what, version): (&'static str, Version),
    scenery: &Scenery<'_>,
    usage: &mut Usage,
    report: &mut Report,
) -> Option<Mapping> {
    let reading = Reading { code: "INVALID_URL_PROPERTY", what, version };
    let mapping = mapping(literal, reading, report)?;
    scenery.check(Part { text: Text::Request, code: reading.code }, (literal, mapping.variables()), usage, report);
    let placed = Placed::whole(&mapping, literal, Text::Request, reading);
    match what {
        "`path`" => check_path(&placed, scenery, report),
        _ => check_query(&placed, scenery, report),
    }
    Some(mapping)
}

fn source_name(directive: &Directive, report: &mut Report) -> Option<String> {
    let Some(literal) = argument(directive, "name") else {
        report.error("EMPTY_SOURCE_NAME", "a source needs a `name`", directive.span.as_ref());
        return None;
    };
    let name = string(literal, "`name` of a source", report)?;
    if name.is_empty() {
        report.error("EMPTY_SOURCE_NAME", "the name of a source is empty", literal.span.as_ref());
        return None;
    }
    let valid = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && name.len() <= 64;
    if !valid {
        report
            .error("INVALID_SOURCE_NAME", format!("`{name}` is not a valid name of a source"), literal.span.as_ref())
            .hint(
                "a name begins with a letter, goes on with letters, digits, `_` and `-`, and has at most 64 characters",
            );
        return None;
    }
    Some(name.to_owned())
}

/// One source may be declared in several files if all say the same.
fn check_repetition(name: &str, first: &Directive, second: &Directive, report: &mut Report) {
    let same_file = match (&first.span, &second.span) {
        (Some(first), Some(second)) => first.file.path == second.file.path,
        _ => true,
    };
    let same = first.arguments.len() == second.arguments.len()
        && first.arguments.iter().all(|argument| second.arguments.contains(argument));
    if same_file || !same {
        report
            .error("DUPLICATE_SOURCE_NAME", format!("source `{name}` is declared more than once"), second.span.as_ref())
            .hint("give it another name, or declare it once: sources count for all files")
            .related(first.span.as_ref(), "first declared here");
    }
}
