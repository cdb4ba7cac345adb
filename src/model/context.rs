//! `$context`: what mappings may know of the client on whose behalf an operation runs.
//!
//! Names what is set here, and by whom; the values are made where requests arrive.

use http::HeaderName;

/// Headers in which clients say their version, in order of preference. Anyone may write anything into them.
pub const CLIENT_VERSION_HEADERS: [HeaderName; 2] =
    [HeaderName::from_static("graphql-client-version"), HeaderName::from_static("apollographql-client-version")];

/// What a path of keys after `$context` refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reference {
    /// `$context.client.name`: the client whose endpoint was asked. It cannot be forged.
    ClientName,
    /// `$context.client.version`, or something that it is part of.
    ClientVersion,
    /// `$context.claims`: verified claims, which nothing verifies yet.
    Claims,
    /// Nothing sets it.
    Unset,
}

/// What `keys` refer to.
pub(super) fn reference(keys: &[String]) -> Reference {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    match keys.as_slice() {
        [] | ["client"] | ["client", "version"] => Reference::ClientVersion,
        ["client", "name"] => Reference::ClientName,
        ["claims", ..] => Reference::Claims,
        _ => Reference::Unset,
    }
}
