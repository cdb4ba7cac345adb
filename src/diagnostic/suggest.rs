//! "Did you mean": the known name that is nearest to a misspelled one.

/// Longer words are not compared: nobody misspells them, and the comparison is quadratic.
const LONGEST_WORD: usize = 80;

/// The candidate nearest to `word`, if one is near enough to be what was meant. The first of equally near ones wins.
#[must_use]
pub fn did_you_mean<I>(word: &str, candidates: I) -> Option<String>
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    let wanted = fold(word)?;
    let allowed = (wanted.chars().count() / 3).max(1);
    let mut best: Option<(usize, String)> = None;
    for candidate in candidates {
        let candidate = candidate.as_ref();
        let Some(folded) = fold(candidate) else { continue };
        let distance = strsim::damerau_levenshtein(&wanted, &folded);
        if distance > allowed || candidate == word || distance >= folded.chars().count() {
            continue;
        }
        if best.as_ref().is_none_or(|(nearest, _)| distance < *nearest) {
            best = Some((distance, candidate.to_owned()));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Case and the choice between `-` and `_` don't count as mistakes of spelling.
fn fold(word: &str) -> Option<String> {
    (word.len() <= LONGEST_WORD).then(|| word.to_lowercase().replace('-', "_"))
}
