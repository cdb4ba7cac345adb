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

#[cfg(test)]
mod tests {
    use super::{GRAPH, VIEW};

    /// Editors show descriptions on hover and in completion: nothing is without one.
    #[test]
    fn everything_is_described() {
        for text in [GRAPH, VIEW] {
            let mut described = false;
            let mut within = false;
            for line in text.lines().map(str::trim) {
                let quotes = line.matches("\"\"\"").count();
                let first = line.split([':', ' ', '(', '{']).next().unwrap_or_default();
                let declares =
                    !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                if within || quotes == 1 {
                    within ^= quotes == 1;
                    described = true;
                } else if line.starts_with('"') {
                    described = true;
                } else if declares {
                    assert!(described, "without a description: {line}");
                    described = false;
                }
            }
            assert!(!within);
        }
    }
}
