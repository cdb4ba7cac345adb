//! `@link`: which version of the connect language each file speaks, and what it calls the directives that it imports.
//!
//! Directives get their canonical names here, once; nothing after this pass knows of renames and prefixes.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{
    literals::{argument, items},
    report::{Explain, Report, one_of},
};
use crate::{
    diagnostic::Span,
    graphql::{Directive, Literal, LiteralKind, Schema},
    mapping::Version,
};

const CONNECT: &str = "connect";
const CONNECT_DIRECTIVES: [&str; 2] = ["connect", "source"];

/// What the files' `@link`s say.
#[derive(Debug, Default)]
pub(super) struct Links {
    files: HashMap<PathBuf, FileLinks>,
}

#[derive(Debug, Default)]
struct FileLinks {
    version: Option<(Version, Option<Span>)>,
    /// Names as written to canonical ones.
    imports: HashMap<String, String>,
    /// Prefix and what it stands for.
    prefixes: Vec<(String, String)>,
}

/// Reads every `@link` and gives the directives of `schema` their canonical names.
pub(super) fn read_links(schema: &mut Schema, report: &mut Report) -> Links {
    let mut links = Links::default();
    for directive in schema.directives.iter().filter(|directive| &*directive.name == "link") {
        links.add(directive, report);
    }
    links.check_source_imports(schema, report);
    for_each_directive(schema, &mut |directive| links.rename(directive, report));
    links
}

// === impl Links ===

impl Links {
    /// The version of the file that `span` is in.
    pub(super) fn version(&self, span: Option<&Span>) -> Version {
        self.file(span).and_then(|file| file.version.as_ref()).map(|(version, _)| *version).unwrap_or_default()
    }

    fn file(&self, span: Option<&Span>) -> Option<&FileLinks> {
        self.files.get(span?.file.path.as_path() as &Path)
    }

    fn add(&mut self, directive: &Directive, report: &mut Report) {
        let Some(span) = &directive.span else { return };
        let Some(url) = directive.argument("url") else { return };
        let Some(text) = url.as_str() else { return };
        let Some((spec, version)) = spec_of(text) else { return };
        let file = self.files.entry(span.file.path.clone()).or_default();
        if spec == CONNECT {
            let known = known_version(version);
            if known.is_none() {
                let version = version.trim_start_matches('v');
                report
                    .error(
                        "UNKNOWN_CONNECTORS_VERSION",
                        format!("unknown connect version `{version}`, should be one of 0.1, 0.2, 0.3, 0.4"),
                        url.span.as_ref(),
                    )
                    .hint("write `https://specs.apollo.dev/connect/v0.3`");
            }
            if let Some((_, first)) = &file.version {
                report
                    .error("DUPLICATE_LINK", "the connect language is linked twice in this file", Some(span))
                    .related(first.as_ref(), "linked here");
            }
            file.version = Some((known.unwrap_or_default(), Some(span.clone())));
        } else if let Some(purpose) = directive.argument("for")
            && !matches!(spec, "federation" | "link" | "tag" | "inaccessible")
        {
            report
                .error(
                    "NOT_SUPPORTED_YET",
                    format!("`{spec}` must be understood here, but is not"),
                    purpose.span.as_ref(),
                )
                .hint("leave the link out, or take `for` away if the schema works without it");
        }
        let prefix = directive.argument("as").and_then(Literal::as_str).unwrap_or(spec);
        file.prefixes.push((prefix.to_owned(), spec.to_owned()));
        let imports = argument(directive, "import").map(items).unwrap_or_default();
        for import in imports {
            file.import(spec, import, report);
        }
    }

    fn check_source_imports(&self, schema: &Schema, report: &mut Report) {
        for source in schema.directives.iter().filter(|directive| &*directive.name == "source") {
            let Some(file) = self.file(source.span.as_ref()) else { continue };
            if file.version.is_some() && !file.imports.values().any(|canonical| canonical == "source") {
                report
                    .warning("NO_SOURCE_IMPORT", "`@source` is used but not imported", source.span.as_ref())
                    .hint("add \"@source\" to the `import` of the connect link")
                    .related(file.version.as_ref().and_then(|(_, span)| span.as_ref()), "linked here");
            }
        }
    }

    fn rename(&self, directive: &mut Directive, report: &mut Report) {
        let Some(file) = self.file(directive.span.as_ref()) else { return };
        if let Some(canonical) = file.imports.get(&*directive.name) {
            directive.name = canonical.as_str().into();
            return;
        }
        for (prefix, spec) in &file.prefixes {
            if *directive.name == **prefix {
                directive.name = spec.as_str().into();
                return;
            }
            if let Some(rest) = directive.name.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix("__")) {
                directive.name = rest.into();
                return;
            }
        }
        let renamed = file.imports.iter().find(|(_, canonical)| ***canonical == *directive.name);
        if let Some((written, canonical)) = renamed
            && CONNECT_DIRECTIVES.contains(&canonical.as_str())
        {
            report
                .error(
                    "INVALID_DIRECTIVE",
                    format!("`@{canonical}` is imported as `@{written}` in this file"),
                    directive.span.as_ref(),
                )
                .hint(format!("write `@{written}`, or import it without `as`"));
        }
    }
}

// === impl FileLinks ===

impl FileLinks {
    fn import(&mut self, spec: &str, import: &Literal, report: &mut Report) {
        let (name, literal, renamed) = match &import.kind {
            LiteralKind::String(name) => (name.as_str(), import, None),
            LiteralKind::Object(members) => {
                let member = |wanted: &str| members.iter().find(|(name, _)| &**name == wanted).map(|(_, value)| value);
                let Some(literal) = member("name") else { return };
                let Some(name) = literal.as_str() else { return };
                (name, literal, member("as").and_then(Literal::as_str))
            }
            _ => return,
        };
        let Some(canonical) = name.strip_prefix('@') else { return };
        if matches!(canonical, "context" | "fromContext") {
            report.error(
                "CONNECTORS_UNSUPPORTED_FEDERATION_DIRECTIVE",
                format!("`@{canonical}` is not supported"),
                literal.span.as_ref(),
            );
        }
        if spec == CONNECT && !CONNECT_DIRECTIVES.contains(&canonical) {
            report
                .error("INVALID_LINK", format!("the connect language has no directive `{name}`"), literal.span.as_ref())
                .suggest(canonical, CONNECT_DIRECTIVES, Some(format!("it has {}", one_of(["@connect", "@source"]))));
        }
        let written = renamed.unwrap_or(name).trim_start_matches('@');
        self.imports.insert(written.to_owned(), canonical.to_owned());
    }
}

/// `connect`, `v0.3` of `https://specs.apollo.dev/connect/v0.3`; the version is empty where there is none.
fn spec_of(url: &str) -> Option<(&str, &str)> {
    let mut segments = url.trim_end_matches('/').rsplit('/');
    let last = segments.next().filter(|last| !last.is_empty())?;
    let is_version = last.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_version { Some((segments.next()?, last)) } else { Some((last, "")) }
}

fn known_version(version: &str) -> Option<Version> {
    match version {
        "v0.1" | "v0.2" => Some(Version::V0_2),
        "v0.3" => Some(Version::V0_3),
        "v0.4" => Some(Version::V0_4),
        _ => None,
    }
}

fn for_each_directive(schema: &mut Schema, change: &mut impl FnMut(&mut Directive)) {
    schema.directives.iter_mut().for_each(&mut *change);
    for definition in schema.types.values_mut() {
        definition.directives.iter_mut().for_each(&mut *change);
        for field in definition.fields.values_mut() {
            field.directives.iter_mut().for_each(&mut *change);
            for argument in field.arguments.values_mut() {
                argument.directives.iter_mut().for_each(&mut *change);
            }
        }
        for value in definition.values.values_mut() {
            value.directives.iter_mut().for_each(&mut *change);
        }
        for input in definition.input_fields.values_mut() {
            input.directives.iter_mut().for_each(&mut *change);
        }
    }
}
