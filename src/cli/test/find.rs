//! Finds files of tests.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

/// Endings of files of tests.
const ENDINGS: [&str; 4] = [".connector.yaml", ".connector.yml", ".connectors.yaml", ".connectors.yml"];
/// Most levels of directories.
const DEEPEST: usize = 32;
/// Most entries of directories that are looked at.
const MOST_ENTRIES: usize = 200_000;

/// Why there is nothing to test.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotFound {
    pub(super) message: String,
    pub(super) hint: &'static str,
}

/// Every file that is named, whatever it is called, and all files of tests below directories that are named; each once.
pub(super) fn find(named: &[PathBuf]) -> Result<Vec<PathBuf>, NotFound> {
    const HINT: &str = "name a directory with `*.connector.yaml` files in it, or such a file";
    let usual = [PathBuf::from("tests")];
    let named = if named.is_empty() { &usual } else { named };
    let mut found = Vec::new();
    let mut known = BTreeSet::new();
    for path in named {
        let message = match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let mut below = Vec::new();
                let mut entries_left = MOST_ENTRIES;
                search(&tidy(path), DEEPEST, &mut entries_left, &mut below);
                below.sort();
                let none = below.is_empty();
                found.extend(below.into_iter().filter(|path| known.insert(path.clone())));
                none.then(|| format!("no `*.connector.yaml` file below `{}`", path.display()))
            }
            Ok(_) => {
                found.extend(Some(tidy(path)).filter(|path| known.insert(path.clone())));
                None
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Some(format!("there is no `{}`", path.display()))
            }
            Err(error) => Some(format!("cannot read `{}`: {error}", path.display())),
        };
        if let Some(message) = message {
            return Err(NotFound { message, hint: HINT });
        }
    }
    Ok(found)
}

/// As diagnostics write it: without `./`.
fn tidy(path: &Path) -> PathBuf {
    path.components().filter(|component| *component != Component::CurDir).collect()
}

fn search(directory: &Path, levels: usize, entries_left: &mut usize, found: &mut Vec<PathBuf>) {
    let here = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let Ok(entries) = std::fs::read_dir(here) else { return };
    for entry in entries.flatten() {
        if *entries_left == 0 {
            return;
        }
        *entries_left -= 1;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // Links to directories are not followed: they may lead around in circles.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && levels > 0 && !name.starts_with('.') => {
                search(&directory.join(entry.file_name()), levels - 1, entries_left, found);
            }
            Ok(kind) if !kind.is_dir() && ENDINGS.iter().any(|ending| name.ends_with(ending)) => {
                found.push(directory.join(entry.file_name()));
            }
            _ => {}
        }
    }
}
