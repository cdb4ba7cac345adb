//! How a connector of a connection asks for pages: what `@connection` says, compiled.

use crate::{
    graphql::Name,
    mapping::{FieldLayout, Layout, ObjectLayout},
};

/// Most rows that one request may ask for, whatever `max` says.
pub const MOST_ROWS: u32 = 10_000;

/// The pages of a connector.
#[derive(Debug, Clone)]
pub struct Paging {
    /// How its upstream counts them.
    pub style: PageStyle,
    /// Rows that are asked for where a client names no number.
    pub first: u32,
    /// The most that a client may ask for.
    pub max: u32,
    /// Whether there are `last` and `before`.
    pub backward: bool,
    /// Whether answers tell how many rows there are in all.
    pub total: bool,
    /// Whether answers tell that there are more.
    pub has_next: bool,
    /// Whether answers tell that there are some before.
    pub has_previous: bool,
    /// Tells cursors of this field from those of others. No secret.
    pub tag: u32,
}

/// What a position in the list is to an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageStyle {
    /// The number of a page.
    Page {
        /// Number of the first one.
        start: u32,
        /// Rows of each page, where the upstream says it.
        size: Option<u32>,
    },
    /// How many rows come before.
    Offset,
    /// Something of the row before or behind.
    Keys,
    /// What an answer calls its next page.
    Tokens,
    /// The link to the next page: these of its parameters are sent.
    Links(Vec<Name>),
}

/// Where the rows of a connection have their fields: tables and slots of [`Paging::layout`].
#[derive(Debug)]
pub struct Slots;

#[expect(missing_docs, reason = "each is the field of its name")]
impl Slots {
    pub const CONNECTION: usize = 0;
    pub const EDGE: usize = 1;
    pub const PAGE_INFO: usize = 2;

    pub const EDGES: usize = 0;
    pub const INFO: usize = 1;
    pub const TOTAL_COUNT: usize = 2;

    pub const CURSOR: usize = 0;

    pub const HAS_NEXT_PAGE: usize = 0;
    pub const HAS_PREVIOUS_PAGE: usize = 1;
    pub const START_CURSOR: usize = 2;
    pub const END_CURSOR: usize = 3;
}

impl Paging {
    /// What is always read of an answer: pages cannot be counted without it. Nodes come where they are asked for.
    #[must_use]
    pub fn layout() -> Layout {
        let object = |fields: &[(&str, Option<usize>)]| ObjectLayout {
            fields: fields
                .iter()
                .map(|(name, child)| FieldLayout { name: (*name).to_owned(), child: *child })
                .collect(),
        };
        Layout {
            objects: vec![
                object(&[("edges", Some(Slots::EDGE)), ("pageInfo", Some(Slots::PAGE_INFO)), ("totalCount", None)]),
                object(&[("cursor", None)]),
                object(&[("hasNextPage", None), ("hasPreviousPage", None), ("startCursor", None), ("endCursor", None)]),
            ],
        }
    }
}

impl PageStyle {
    /// As it is written.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Page { .. } => "PAGE",
            Self::Offset => "OFFSET",
            Self::Keys | Self::Tokens => "CURSOR",
            Self::Links(_) => "LINK",
        }
    }
}
