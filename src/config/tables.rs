//! From raw tables to the valid configuration, table by table.
//!
//! A wrong value is told and stands in the result as its default: such a configuration is never served, but later
//! stages can still check the rest of it.

mod clients;
mod schema;
mod server;
mod upstreams;

pub use clients::DOCUMENTS_MISSING;

use super::{
    Cache, Config, Sharing, Upstream, keys,
    raw::RawTable,
    reader::{Fields, Reader},
};

/// The configuration; `None` if the graph's files could not all be read, so that checking them would only mislead.
pub(super) fn read(reader: &mut Reader<'_>, root: &RawTable) -> Option<Config> {
    let fields = reader.fields("", Some(root), &keys::ROOT);
    let server = server::read(reader, &fields);
    let admin = server::read_admin(reader, &fields, server.listen);
    let graph = schema::read(reader, &fields);
    let clients = clients::read(reader, &fields, graph.as_ref(), &server.trusted_headers);
    let cache = read_cache(reader, &fields);
    let sharing = read_sharing(reader, &fields);
    let upstreams = upstreams::read(reader, &fields);
    let graph = graph?.graph;
    Some(Config {
        server,
        admin,
        graph,
        clients,
        cache,
        sharing,
        upstreams,
        other_upstreams: Upstream::default(),
        file: reader.file.clone(),
    })
}

fn read_cache(reader: &mut Reader<'_>, root: &Fields<'_>) -> Cache {
    let table = root.get("cache").and_then(|field| reader.table(&field));
    let fields = reader.fields("cache", table, &keys::CACHE);
    let default = Cache::default();
    Cache {
        size: fields.get("size").and_then(|field| reader.size(&field)).unwrap_or(default.size),
        answers: fields.get("answers").and_then(|field| reader.size(&field)).unwrap_or(default.answers),
        plans: fields.get("plans").and_then(|field| reader.size(&field)).unwrap_or(default.plans),
        persisted_queries: fields
            .get("persisted_queries")
            .and_then(|field| reader.size(&field))
            .unwrap_or(default.persisted_queries),
    }
}

fn read_sharing(reader: &mut Reader<'_>, root: &Fields<'_>) -> Sharing {
    let table = root.get("sharing").and_then(|field| reader.table(&field));
    let fields = reader.fields("sharing", table, &keys::SHARING);
    let default = Sharing::default();
    Sharing {
        requests: fields.get("requests").and_then(|field| reader.boolean(&field)).unwrap_or(default.requests),
        operations: fields.get("operations").and_then(|field| reader.boolean(&field)).unwrap_or(default.operations),
    }
}
