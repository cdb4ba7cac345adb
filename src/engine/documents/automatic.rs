//! Automatic persisted queries: documents that clients sent once with their hash, bounded in bytes.
//!
//! Each client has its own: a hash that one client brought means nothing to another, whose schema may be a different one.

use std::sync::Arc;

use moka::sync::Cache;

use crate::{
    config::ByteSize,
    graphql::{DocumentHash, Name},
};

/// What an entry costs besides its text.
const OVERHEAD: usize = 256;

/// The documents. One store for all clients.
#[derive(Debug)]
pub(super) struct Automatic {
    texts: Cache<(Name, DocumentHash), Arc<str>, ahash::RandomState>,
}

impl Automatic {
    pub(super) fn new(size: ByteSize) -> Self {
        let texts = Cache::builder()
            .max_capacity(size.0)
            .weigher(|_: &(Name, DocumentHash), text: &Arc<str>| {
                u32::try_from(text.len() + OVERHEAD).unwrap_or(u32::MAX)
            })
            .build_with_hasher(ahash::RandomState::new());
        Self { texts }
    }

    pub(super) fn get(&self, client: &Name, hash: DocumentHash) -> Option<Arc<str>> {
        self.texts.get(&(client.clone(), hash))
    }

    /// Keeps a document, whose hash it must be; whether it was new.
    pub(super) fn keep(&self, client: &Name, hash: DocumentHash, text: &str) -> bool {
        self.texts.entry((client.clone(), hash)).or_insert_with(|| text.into()).is_fresh()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_belong_to_the_client_that_sent_them() {
        let automatic = Automatic::new(ByteSize::from_mib(1));
        let (web, mobile) = (Name::from("web"), Name::from("mobile"));
        let hash = DocumentHash::of("{ a }");
        assert!(automatic.keep(&web, hash, "{ a }"));
        assert!(!automatic.keep(&web, hash, "{ a }"), "it is there");
        assert_eq!(automatic.get(&web, hash).as_deref(), Some("{ a }"));
        assert_eq!(automatic.get(&mobile, hash), None);
    }

    #[test]
    fn a_flood_of_documents_stays_within_its_bytes() {
        let automatic = Automatic::new(ByteSize(64 * 1024));
        for at in 0..10_000 {
            let text = format!("{{ a{at} }} # {}", "x".repeat(1_000));
            automatic.keep(&"web".into(), DocumentHash::of(&text), &text);
        }
        automatic.texts.run_pending_tasks();
        let (count, bytes) = (automatic.texts.entry_count(), automatic.texts.weighted_size());
        assert!(bytes <= 64 * 1024 && count > 10, "{count} documents of {bytes} bytes");
    }
}
