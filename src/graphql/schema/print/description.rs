//! Descriptions: block strings where those keep the text, else quoted ones.

use super::super::super::string::write_quoted;

/// Longest text that stands on one line with its quotes.
const LONG: usize = 70;

/// The literal of a description, its lines indented by `indent`.
pub(super) fn literal(text: &str, indent: &str) -> String {
    let mut out = String::new();
    if !survives_in_block(text) {
        write_quoted(&mut out, text);
        return out;
    }
    out.push_str("\"\"\"");
    out.push_str(&block(text));
    out.push_str("\"\"\"");
    out.replace('\n', &format!("\n{indent}"))
}

/// Whether `BlockStringValue` gives the text back whatever the indentation.
fn survives_in_block(text: &str) -> bool {
    let control = |c: char| c.is_ascii_control() && !matches!(c, '\n' | '\t');
    let blank = |line: &str| line.trim_matches([' ', '\t']).is_empty();
    let lines: Vec<&str> = text.split('\n').collect();
    let [first, .., last] = lines.as_slice() else { return text.is_empty() || !text.contains(control) && !blank(text) };
    let indented = |line: &&&str| line.starts_with([' ', '\t']);
    let all_indented = lines.iter().filter(|line| !blank(line)).all(|line| indented(&line));
    !text.contains(control) && !blank(first) && !blank(last) && !all_indented
}

/// What stands between the quotes.
fn block(text: &str) -> String {
    let escaped = text.replace("\"\"\"", "\\\"\"\"");
    let single = !text.contains('\n');
    let hangs = !single && text.split('\n').skip(1).all(|line| line.is_empty() || line.starts_with([' ', '\t']));
    let ends_in_quotes = escaped.ends_with("\\\"\"\"");
    let ends_badly = text.ends_with('"') && !ends_in_quotes || text.ends_with('\\');
    let on_lines = !single || text.chars().count() > LONG || ends_badly || ends_in_quotes;
    let leading = on_lines && !(single && text.starts_with([' ', '\t'])) || hangs;
    let (before, after) = (if leading { "\n" } else { "" }, if on_lines { "\n" } else { "" });
    format!("{before}{escaped}{after}")
}
