//! `[clients.NAME]`: one view for each client.

use std::sync::Arc;

use http::HeaderName;
use indexmap::IndexMap;

use super::{
    schema::{self, ReadGraph, Wanted},
    server::header_names,
};
use crate::{
    config::{
        Client, Cors, DocumentMode, Introspection, Limits, TrustedDocuments, files, keys,
        raw::{RawEntry, RawKind, RawValue},
        reader::{Field, Fields, Reader, shorten},
        values,
    },
    diagnostic::{Related, SourceFile},
};

/// The code of trusted documents that are not there, which concerns only those who run them.
pub const DOCUMENTS_MISSING: &str = "DOCUMENTS_NOT_FOUND";

/// The clients whose view could be read.
pub(super) fn read(
    reader: &mut Reader<'_>,
    root: &Fields<'_>,
    graph: Option<&ReadGraph>,
    trusted_headers: &[HeaderName],
) -> IndexMap<String, Client> {
    let mut clients = IndexMap::new();
    let Some(field) = root.get("clients") else { return clients };
    let Some(table) = reader.table(&field) else { return clients };
    for (entry, field) in Fields::open("clients", table).all() {
        if let Err(problem) = values::client_name(&entry.key) {
            reader.invalid(&format!("`{}`", shorten(&entry.key)), &entry.key_span, &problem);
        }
        if let Some(client) = read_client(reader, entry, &field, (graph, trusted_headers)) {
            clients.insert(entry.key.clone(), client);
        }
    }
    clients
}

fn read_client(
    reader: &mut Reader<'_>,
    entry: &RawEntry,
    field: &Field<'_>,
    (graph, trusted_headers): (Option<&ReadGraph>, &[HeaderName]),
) -> Option<Client> {
    let table = reader.table(field)?;
    let fields = reader.fields(&field.path, Some(table), &keys::CLIENT);
    let introspection = match fields.get("introspection").and_then(|field| reader.boolean(&field)) {
        Some(false) => Introspection::Off,
        Some(true) | None => Introspection::On,
    };
    let console = fields.get("console").and_then(|field| reader.boolean(&field)).unwrap_or(true);
    let cors = fields.get("cors").and_then(|field| read_cors(reader, &field)).unwrap_or(Cors::Off);
    let csrf = fields.get("csrf").and_then(|field| reader.boolean(&field)).unwrap_or(true);
    let persisted_queries = fields.get("persisted_queries").and_then(|field| reader.boolean(&field)).unwrap_or(true);
    let batching = fields.get("batching").and_then(|field| reader.count(&field)).unwrap_or(0) as usize;
    let websocket = fields.get("websocket");
    let init_headers = websocket.and_then(|field| read_init_headers(reader, &field, trusted_headers));
    let limits = fields.get("limits").and_then(|field| read_limits(reader, &field)).unwrap_or_default();
    let trusted_documents = fields.get("trusted_documents").and_then(|field| read_documents(reader, &field));
    let Some(schema) = fields.get("schema") else {
        let message = format!("`[{}]` has no `schema`", field.path);
        let hint = format!("add `schema = \"schema/clients/{}.graphql\"`", shorten(&entry.key));
        reader.missing(message, &entry.key_span, &hint);
        return None;
    };
    let file = read_view(reader, &schema, graph)?;
    let (span, init_headers) = (reader.span(&entry.key_span), init_headers.unwrap_or_default());
    Some(Client {
        file,
        span,
        introspection,
        console,
        cors,
        csrf,
        persisted_queries,
        batching,
        init_headers,
        trusted_documents,
        limits,
    })
}

/// `websocket.init_headers`. What only a proxy may say, a client's message may not.
fn read_init_headers(reader: &mut Reader<'_>, field: &Field<'_>, trusted: &[HeaderName]) -> Option<Vec<HeaderName>> {
    let table = reader.table(field)?;
    let fields = reader.fields(&field.path, Some(table), &keys::CLIENT_WEBSOCKET);
    let field = fields.get("init_headers")?;
    let names = header_names(reader, &field, values::forwarded_header_name)?;
    for name in names.iter().filter(|name| trusted.contains(name)) {
        let message = format!("`{name}` is one of `server.trusted_headers`, so that no client may say it");
        reader.error("CONFIG_INVALID_VALUE", message, &field.value.span).hint =
            Some(format!("remove `{name}` here: whoever connects could forge it"));
    }
    Some(names)
}

fn read_view(reader: &mut Reader<'_>, field: &Field<'_>, graph: Option<&ReadGraph>) -> Option<Arc<SourceFile>> {
    let text = reader.text(field)?;
    let path = files::join(&reader.base, &text.value);
    let bytes = match files::read(&path, files::LARGEST_SCHEMA) {
        Ok(bytes) => bytes,
        Err(error) => {
            let fallback = match text.value.contains('*') {
                true => "a client has one file, not a glob",
                false => "create it, or give the path of the client's view; paths are relative to this file",
            };
            reader.file_error(&text, &path, &error, fallback);
            return None;
        }
    };
    let canonical = path.canonicalize().unwrap_or_else(|_| path.clone());
    if let Some(origin) = graph.and_then(|graph| graph.origins.get(&canonical)) {
        let related = Related { span: reader.span(origin), message: "it is a file of the graph here".to_owned() };
        let message = format!("{} is a client's view and a file of the graph", text.subject());
        let diagnostic = reader.error("CONFIG_FILE_CONFLICT", message, &text.span);
        diagnostic.hint = Some("keep views in a directory that `graph.schema` does not match".to_owned());
        diagnostic.related.push(related);
    }
    let (file, problem) = files::source(path, bytes);
    let readable = problem.is_none();
    problem.into_iter().for_each(|problem| reader.tell(problem));
    readable.then_some(file)
}

fn read_documents(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<TrustedDocuments> {
    const MODES: [(&str, DocumentMode); 4] = [
        ("open", DocumentMode::Open),
        ("log", DocumentMode::Log),
        ("safelist", DocumentMode::Safelist),
        ("ids-only", DocumentMode::IdsOnly),
    ];
    const WANTED: Wanted = Wanted {
        example: "name at least one file, as in `\"operations/**/*.graphql\"`",
        missing: DOCUMENTS_MISSING,
        question: Some("has the app's build written its manifest?"),
    };
    let of_strings = |elements: &[RawValue]| elements.iter().all(|element| matches!(element.kind, RawKind::Text(_)));
    let files_alone = match &field.value.kind {
        RawKind::Text(_) => true,
        RawKind::Array(elements) => of_strings(elements),
        _ => false,
    };
    if files_alone {
        let written = shorten(reader.written(&field.value.span));
        reader.wrong_type(field, "a table", format!("write `trusted_documents = {{ files = {written} }}`"));
        return None;
    }
    let table = reader.table(field)?;
    let fields = reader.fields(&field.path, Some(table), &keys::TRUSTED_DOCUMENTS);
    let mode = fields.get("mode").and_then(|field| reader.choice(&field, &MODES)).unwrap_or(DocumentMode::Open);
    let Some(files) = fields.get("files") else {
        reader.missing(format!("`[{}]` has no `files`", field.path), &field.key_span, WANTED.example);
        return None;
    };
    let span = reader.span(&files.value.span);
    Some(TrustedDocuments { files: schema::read_globs(reader, &files, &WANTED)?.files, mode, span })
}

fn read_cors(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Cors> {
    let elements = match &field.value.kind {
        RawKind::Text(text) if text == "off" => return Some(Cors::Off),
        RawKind::Array(_) => reader.list(field, "origins")?,
        _ => {
            let hint = "list the origins, as in `[\"https://shop.example\"]`".to_owned();
            reader.wrong_type(field, "`\"off\"` or a list of origins", hint);
            return None;
        }
    };
    let mut origins = Vec::new();
    for element in elements {
        let Some(origin) = reader.parsed(&element, values::origin) else { continue };
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    Some(if origins.is_empty() { Cors::Off } else { Cors::Origins(origins) })
}

fn read_limits(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Limits> {
    let table = reader.table(field)?;
    let fields = reader.fields(&field.path, Some(table), &keys::LIMITS);
    let default = Limits::default();
    let mut above_zero = |key| fields.get(key).and_then(|field| reader.size_of_set(&field));
    let (tokens, depth) = (above_zero("tokens"), above_zero("depth"));
    let (root_fields, selected, rows) = (above_zero("root_fields"), above_zero("fields"), above_zero("rows"));
    let mut count = |key| fields.get(key).and_then(|field| reader.count(&field)).map(|count| count as usize);
    let subscriptions = count("subscriptions").unwrap_or(default.subscriptions);
    Some(Limits {
        tokens: tokens.unwrap_or(default.tokens),
        depth: depth.unwrap_or(default.depth),
        aliases: count("aliases").unwrap_or(default.aliases),
        root_fields: root_fields.unwrap_or(default.root_fields),
        fields: selected.unwrap_or(default.fields),
        upstream_calls: count("upstream_calls").unwrap_or(default.upstream_calls),
        rows: rows.unwrap_or(default.rows),
        response_bytes: fields
            .get("response_bytes")
            .and_then(|field| reader.size_above_zero(&field))
            .unwrap_or(default.response_bytes),
        subscriptions,
    })
}
