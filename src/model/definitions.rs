//! The directives that schema files may use without declaring them, described for who reads them in an editor.

/// For files of the graph: the connect language, `@cacheControl`, and what is commonly found beside it.
pub(super) const GRAPH: &str = include_str!("definitions/graph.graphql");

/// For files of client views.
pub(super) const VIEW: &str = include_str!("definitions/view.graphql");

/// A file that tells editors the directives of the graph's files.
#[must_use]
pub fn graph_definitions() -> String {
    format!("{}\n{GRAPH}", note("files of the graph"))
}

/// A file that tells editors the directives of clients' views.
#[must_use]
pub fn view_definitions() -> String {
    format!("{}\n{VIEW}", note("clients' views"))
}

fn note(files: &str) -> String {
    format!(
        "# What {files} may use without declaring it. For editors: Anabranch itself knows it and never reads this file.\n\
         # Written by `anabranch editor`; do not edit.\n"
    )
}
