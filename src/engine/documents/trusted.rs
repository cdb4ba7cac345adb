//! The trusted documents of a client, planned before anybody asks for them.
//!
//! One that is named by id, or sent as it is known, costs no parse, no plan and no look into the plan cache. Plans are held up
//! to a bound; those beyond it are made when they are asked for, and live in the plan cache like any other.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::super::plan_cache::{Prepared, held};
use crate::{
    config::{ByteSize, DocumentMode},
    graphql::{DocumentHash, Name, PreparedDocument, normal_form},
    model::{TrustedDocument, View},
};

/// The documents of one client.
#[derive(Debug)]
pub(super) struct Trusted {
    pub(super) mode: DocumentMode,
    documents: Vec<Document>,
    by_id: HashMap<Arc<str>, usize, ahash::RandomState>,
    by_hash: HashMap<DocumentHash, usize, ahash::RandomState>,
    by_text: HashMap<Arc<str>, usize, ahash::RandomState>,
    /// Without what means nothing.
    by_form: HashSet<Box<str>, ahash::RandomState>,
}

/// A document and the plans of its operations.
#[derive(Debug)]
pub(in crate::engine) struct Document {
    pub(in crate::engine) text: Arc<str>,
    /// By name; `None`: there was no room.
    plans: Vec<(Option<Name>, Option<Arc<Prepared>>)>,
}

/// How much of the documents is planned.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::engine) struct Warmed {
    pub(in crate::engine) documents: usize,
    pub(in crate::engine) planned: usize,
    /// Operations that cannot be run, whatever the view says.
    pub(in crate::engine) refused: usize,
    /// Estimate of the bytes that their plans hold.
    pub(in crate::engine) bytes: usize,
}

impl Trusted {
    /// Plans the documents of the client of `view`, as long as `room` is left.
    pub(super) fn new(
        view: &View,
        (mode, list): (DocumentMode, Vec<TrustedDocument>),
        room: ByteSize,
        plan: impl Fn(PreparedDocument) -> Prepared,
    ) -> (Self, Warmed) {
        let room = usize::try_from(room.0).unwrap_or(usize::MAX);
        let mut warmed = Warmed { documents: list.len(), ..Warmed::default() };
        let mut known = Self {
            mode,
            documents: Vec::with_capacity(list.len()),
            by_id: HashMap::default(),
            by_hash: HashMap::default(),
            by_text: HashMap::default(),
            by_form: HashSet::default(),
        };
        for (at, document) in list.into_iter().enumerate() {
            let text = document.text;
            known.by_id.extend(document.ids.into_iter().map(|id| (id, at)));
            known.by_hash.extend(document.hashes.into_iter().map(|hash| (hash, at)));
            known.by_text.insert(Arc::clone(&text), at);
            // Nobody else asks whether a text says what is known.
            if matches!(mode, DocumentMode::Log | DocumentMode::Safelist) {
                known.by_form.insert(normal_form(&text).into());
            }
            let plans = document.operations.into_iter().map(|prepared| {
                let name = prepared.operation.name.clone();
                if warmed.bytes >= room {
                    return (name, None);
                }
                let prepared = plan(prepared);
                warmed.bytes = warmed.bytes.saturating_add(held(text.len(), &prepared));
                warmed.planned += 1;
                if let Prepared::Refused(errors) = &prepared {
                    warmed.refused += 1;
                    let reason = errors.first().map_or("", |error| &error.message);
                    tracing::warn!(
                        client = &*view.name,
                        operation = name.as_deref().unwrap_or_default(),
                        reason,
                        "a trusted operation is always refused"
                    );
                }
                (name, Some(Arc::new(prepared)))
            });
            let plans = plans.collect();
            known.documents.push(Document { text, plans });
        }
        (known, warmed)
    }

    /// The document of an id: one that was declared, or a SHA-256.
    pub(super) fn by_id(&self, id: &str) -> Option<&Document> {
        let at = self.by_id.get(id).or_else(|| self.by_hash.get(&DocumentHash::parse(id)?))?;
        self.documents.get(*at)
    }

    /// The document that is this text, byte by byte.
    pub(super) fn by_text(&self, text: &str) -> Option<&Document> {
        self.documents.get(*self.by_text.get(text)?)
    }

    /// Whether a text says the same as a document that is known: spaces, comments and the order of definitions do not count.
    pub(super) fn says_what_is_known(&self, text: &str) -> bool {
        self.by_form.contains(normal_form(text).as_str())
    }
}

// === impl Document ===

impl Document {
    /// The plan of an operation, if it is held. Without a name the document must have but one.
    pub(in crate::engine) fn plan(&self, operation_name: Option<&str>) -> Option<&Arc<Prepared>> {
        match (operation_name, self.plans.as_slice()) {
            (None, [(_, plan)]) => plan.as_ref(),
            (None, _) => None,
            (Some(wanted), plans) => {
                plans.iter().find(|(name, _)| name.as_deref() == Some(wanted)).and_then(|(_, plan)| plan.as_ref())
            }
        }
    }
}
