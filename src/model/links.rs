//! `@link`: which version of the connect language each file speaks, and what it calls the directives that it imports.
//!
//! Directives get their canonical names here, once; nothing after this pass knows of renames and prefixes.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{
    federation::reject,
    literals::{argument, items, member},
    report::{Explain, Report, one_of},
};
use crate::{
    diagnostic::Span,
    graphql::{Directive, Literal, LiteralKind, Name, Schema},
    mapping::Version,
};

const CONNECT: &str = "connect";
const CONNECT_DIRECTIVES: [&str; 2] = ["connect", "source"];
/// Directives of Anabranch itself, of no specification.
const NOT_LINKED: [&str; 2] = ["connection", "poll"];
const CONNECT_TYPES: [&str; 8] = [
    "JSONSelection",
    "URLTemplate",
    "URLPathTemplate",
    "SourceHTTP",
    "ConnectHTTP",
    "ConnectBatch",
    "ConnectorErrors",
    "HTTPHeaderMapping",
];
/// Specifications whose directives are understood, or told where they are not.
const UNDERSTOOD: [&str; 9] = [
    "federation",
    "link",
    "core",
    "tag",
    "inaccessible",
    "cost",
    // Their directives are errors where they are used.
    "authenticated",
    "requiresScopes",
    "policy",
];
/// What a directive is called here that has the name of a linked one but is the file's own.
const OWN: &str = "(own)";

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
    let declared = std::mem::take(&mut schema.declared);
    for_each_directive(schema, &mut |directive| links.rename(directive, &declared, report));
    schema.declared = declared;
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
        let is_connect = spec == CONNECT && is_published(text);
        if is_connect {
            let known = known_version(version);
            if known.is_none() {
                let message = match version.trim_start_matches('v') {
                    "" => "the link names no version of connect, should be one of 0.1, 0.2, 0.3, 0.4".to_owned(),
                    version => format!("unknown connect version `{version}`, should be one of 0.1, 0.2, 0.3, 0.4"),
                };
                report
                    .error("UNKNOWN_CONNECTORS_VERSION", message, url.span.as_ref())
                    .hint("write `https://specs.apollo.dev/connect/v0.3`");
            }
            if let Some((_, first)) = &file.version {
                report
                    .error("DUPLICATE_LINK", "the connect language is linked twice in this file", Some(span))
                    .hint("keep one of them: a file is read in one version")
                    .related(first.as_ref(), "linked here");
            }
            file.version = Some((known.unwrap_or_default(), Some(span.clone())));
        } else if spec == "join" && is_published(text) {
            report
                .error("NOT_SUPPORTED_YET", "the file is a composed supergraph", url.span.as_ref())
                .hint("name the schemas that it is composed of: those with `@connect` in them");
        } else if let Some(purpose) = directive.argument("for")
            && !UNDERSTOOD.contains(&spec)
        {
            report
                .error(
                    "NOT_SUPPORTED_YET",
                    format!("`{spec}` must be understood here, but is not"),
                    purpose.span.as_ref(),
                )
                .hint("leave the link out, or take `for` away if the schema works without it");
        }
        let canonical = if spec == CONNECT && !is_connect { OWN } else { spec };
        let prefix = argument(directive, "as").and_then(Literal::as_str).unwrap_or(spec);
        file.prefixes.push((prefix.to_owned(), canonical.to_owned()));
        let imports = argument(directive, "import").map(items).unwrap_or_default();
        for import in imports {
            file.import(is_connect, import, report);
        }
    }

    fn check_source_imports(&self, schema: &Schema, report: &mut Report) {
        let own = schema.declared.iter().any(|name| &**name == "source");
        for source in schema.directives.iter().filter(|directive| &*directive.name == "source" && !own) {
            let Some(file) = self.file(source.span.as_ref()) else { continue };
            if file.version.is_some() && !file.imports.values().any(|canonical| canonical == "source") {
                report
                    .warning("NO_SOURCE_IMPORT", "`@source` is used but not imported", source.span.as_ref())
                    .hint("add \"@source\" to the `import` of the connect link")
                    .related(file.version.as_ref().and_then(|(_, span)| span.as_ref()), "linked here");
            }
        }
    }

    fn rename(&self, directive: &mut Directive, declared: &[Name], report: &mut Report) {
        self.rename_linked(directive, declared, report);
        if NOT_LINKED.contains(&&*directive.name) && declared.contains(&directive.written) {
            directive.name = OWN.into();
        }
    }

    fn rename_linked(&self, directive: &mut Directive, declared: &[Name], report: &mut Report) {
        let Some(file) = self.file(directive.span.as_ref()) else { return };
        if let Some(canonical) = file.imports.get(&*directive.name) {
            directive.name = canonical.as_str().into();
            return;
        }
        let renamed = file.imports.iter().find(|(_, canonical)| ***canonical == *directive.name);
        if let Some((written, canonical)) = renamed {
            if declared.contains(&directive.name) {
                directive.name = OWN.into();
            } else if CONNECT_DIRECTIVES.contains(&canonical.as_str()) {
                report
                    .error(
                        "INVALID_DIRECTIVE",
                        format!("`@{canonical}` is imported as `@{written}` in this file"),
                        directive.span.as_ref(),
                    )
                    .hint(format!("write `@{written}`, or import it without `as`"));
            }
            return;
        }
        for (prefix, spec) in &file.prefixes {
            if *directive.name == **prefix {
                directive.name = spec.as_str().into();
                return;
            }
            if let Some(rest) = directive.name.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix("__")) {
                if spec == CONNECT && !CONNECT_DIRECTIVES.contains(&rest) {
                    unknown_in_connect(rest, &format!("@{}", directive.written), directive.span.as_ref(), report);
                }
                directive.name = rest.into();
                return;
            }
        }
    }
}

// === impl FileLinks ===

impl FileLinks {
    fn import(&mut self, is_connect: bool, import: &Literal, report: &mut Report) {
        let (name, literal, renamed) = match &import.kind {
            LiteralKind::String(name) => (name.as_str(), import, None),
            LiteralKind::Object(members) => {
                let Some(literal) = member(members, "name") else {
                    report.error("INVALID_LINK", "the import has no `name`", import.span.as_ref());
                    return;
                };
                let Some(name) = literal.as_str() else { return };
                (name, literal, member(members, "as"))
            }
            _ => {
                report
                    .error("INVALID_LINK", "an import must be a string or an object", import.span.as_ref())
                    .hint("write `\"@connect\"`, or `{ name: \"@connect\", as: \"@data\" }`");
                return;
            }
        };
        let Some(canonical) = name.strip_prefix('@') else {
            if is_connect && !CONNECT_TYPES.contains(&name) {
                unknown_in_connect(name, name, literal.span.as_ref(), report);
            }
            return;
        };
        if matches!(canonical, "context" | "fromContext") {
            reject(canonical, literal.span.as_ref(), report);
        }
        if is_connect && !CONNECT_DIRECTIVES.contains(&canonical) {
            unknown_in_connect(canonical, name, literal.span.as_ref(), report);
        }
        let written = renamed.and_then(Literal::as_str).unwrap_or(name);
        if !written.starts_with('@') {
            report
                .error(
                    "INVALID_LINK",
                    format!("`{name}` is a directive, but `{written}` is not the name of one"),
                    renamed.and_then(|renamed| renamed.span.as_ref()),
                )
                .hint(format!("write `@{written}`"));
        }
        self.imports.insert(written.trim_start_matches('@').to_owned(), canonical.to_owned());
    }
}

fn unknown_in_connect(name: &str, written: &str, span: Option<&Span>, report: &mut Report) {
    let known = CONNECT_DIRECTIVES.map(|directive| format!("@{directive}"));
    let diagnostic = report.error("INVALID_LINK", format!("the connect language has no `{written}`"), span);
    if NOT_LINKED.contains(&name) {
        diagnostic.hint(format!("`@{name}` is Anabranch's own and needs no import: write it as it is, without a link"));
    } else if CONNECT_DIRECTIVES.contains(&name) {
        diagnostic.hint(format!("write `@{name}`"));
    } else if written.starts_with('@') {
        diagnostic.suggest(&format!("@{name}"), &known, Some(format!("it has {}", one_of(&known))));
    } else {
        diagnostic.suggest(name, CONNECT_TYPES, Some(format!("it has {}", one_of(&known))));
    }
}

/// Whether a specification is one of those that the connect language belongs to, not another of the same name.
fn is_published(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.starts_with("specs.apollo.dev/"))
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
