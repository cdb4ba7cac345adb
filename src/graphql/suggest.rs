//! "Did you mean": names that are close to an unknown one.

/// How many names are proposed.
const MOST: usize = 3;
/// Longer names get no suggestions.
const LONGEST: usize = 80;
/// Beyond this many candidates none are compared: suggestions must stay cheap.
const CANDIDATES: usize = 1_000;

/// The closest names, best first.
pub(super) fn suggestions<'a>(unknown: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let unknown_lower = unknown.to_lowercase();
    let threshold = unknown.chars().count() * 2 / 5 + 1;
    if unknown.len() > LONGEST {
        return Vec::new();
    }
    let mut found: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter(|name| name.len().abs_diff(unknown.len()) <= threshold && !name.starts_with("__"))
        .take(CANDIDATES)
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let distance = if lower == unknown_lower { 1 } else { strsim::osa_distance(&unknown_lower, &lower) };
            (distance <= threshold && distance < name.chars().count()).then_some((distance, name))
        })
        .collect();
    found.sort();
    found.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// ` Did you mean ...?`, or nothing.
pub(super) fn did_you_mean<'a>(unknown: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    did_you_mean_sigil("", unknown, candidates)
}

/// The same for names that are written with a sigil (`$`, `@`).
pub(super) fn did_you_mean_sigil<'a>(
    sigil: &str,
    unknown: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    let names: Vec<_> = suggestions(unknown, candidates).into_iter().map(|name| format!("`{sigil}{name}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!(" Did you mean {one}?"),
        [first @ .., last] => format!(" Did you mean {} or {last}?", first.join(", ")),
    }
}
