//! Files that hold what is expected. `UPDATE_GOLDEN=1` writes them anew.

use std::{env, fs, path::Path};

/// Compares `actual` with the file's text, or writes it. Gives what differs.
pub(crate) fn compare(path: &Path, actual: &str) -> Result<(), String> {
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, actual).map_err(|error| format!("{}: {error}", path.display()))?;
        return Ok(());
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    // A checkout may have made CRLF of line ends.
    if expected.replace("\r\n", "\n") == actual {
        return Ok(());
    }
    Err(format!(
        "{} differs; `UPDATE_GOLDEN=1` writes it anew\n=== expected\n{expected}\n=== actual\n{actual}",
        path.display()
    ))
}
