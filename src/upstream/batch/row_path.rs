//! The path at which a selection finds its rows: `$.items { .. }` and `data.items { .. }` start with one, bare fields with
//! none. Of any other form nothing is said, and its rows are not kept one by one.

use crate::mapping::closing_brace;

/// The keys before the braces that hold the whole rest of `text`. `None`: another form.
pub(super) fn row_path(text: &str) -> Option<Vec<String>> {
    let start = skip_blank(text);
    let (mut keys, mut rest) = match start.strip_prefix('$') {
        Some(rest) => (Vec::new(), skip_blank(rest)),
        None => match key(start) {
            Some((key, rest)) if skip_blank(rest).starts_with('.') => (vec![key], skip_blank(rest)),
            // Bare fields: the body's own elements are the rows.
            Some(_) => return Some(Vec::new()),
            None => return None,
        },
    };
    while let Some(after) = rest.strip_prefix('.') {
        let (key, after) = key(skip_blank(after))?;
        keys.push(key);
        rest = skip_blank(after);
    }
    let inside = rest.strip_prefix('{')?;
    skip_blank(after_closing(inside)?).is_empty().then_some(keys)
}

fn skip_blank(text: &str) -> &str {
    let mut text = text.trim_start();
    while let Some(comment) = text.strip_prefix('#') {
        text = comment.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
    }
    text
}

/// A name, or a quoted one without escapes.
fn key(text: &str) -> Option<(String, &str)> {
    if let Some(quote) = text.chars().next().filter(|first| matches!(first, '"' | '\'')) {
        let (key, rest) = text.get(1..)?.split_once(quote)?;
        return (!key.contains('\\')).then(|| (key.to_owned(), rest));
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (key, rest) = text.split_at(end);
    let starts_well = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts_well.then(|| (key.to_owned(), rest))
}

/// What follows the brace that closes the one already opened.
fn after_closing(text: &str) -> Option<&str> {
    closing_brace(text, 0).and_then(|at| text.get(at + 1..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_path_of_rows() {
        let path = |keys: &[&str]| Some(keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>());
        let check = |text: &str, expected: Option<Vec<String>>| assert_eq!(row_path(text), expected, "{text}");
        check("$.items { id name }", path(&["items"]));
        check("  # all\n$ . data.'all items' {\n id a: '}' # }\n x { y } }\n# end", path(&["data", "all items"]));
        check("data.items { id }", path(&["data", "items"]));
        check("$ { id }", path(&[]));
        check("id name: title owner { id }", path(&[]));
        check("$.items->first { id }", None);
        check("$.items { id } total", None);
        check("$.items", None);
        check("$batch { id }", None);
        check("$(1)", None);
        check("@ { id }", None);
    }
}
