//! Programs of Node.js, and the packages that they need.
//!
//! Fails, rather than passes over anything, where Node.js or a package is missing.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A folder of the repository whose packages are installed.
pub(crate) fn packages(folder: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let packages = folder.join("node_modules");
    assert!(packages.is_dir(), "`{}` is not there: run `./scripts/test`", packages.display());
    folder
}

/// What came of starting Node.js.
pub(crate) fn started<T>(result: io::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("`node` cannot be started ({error}): install Node.js 20 or newer"))
}

/// Runs `FOLDER/NAME.test.mjs` with these variables of the environment. Blocks until all of its tests have ended.
pub(crate) fn node_tests(folder: &str, name: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new("node");
    command.args(["--test", "--test-reporter=spec", "--test-timeout=100000", &format!("{name}.test.mjs")]);
    command.current_dir(packages(folder)).envs(variables.iter().copied()).stdin(Stdio::null());
    let output = started(command.output());
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let count = |what: &str| told.lines().find_map(|line| line.strip_prefix(what)?.parse::<usize>().ok());
    assert!(count("ℹ pass ") > Some(0), "no test ran:\n{told}");
    assert_eq!([count("ℹ skipped "), count("ℹ todo ")], [Some(0); 2], "{told}");
}

/// Fails unless a file of Rust runs each `FOLDER/NAME.test.mjs` by `run("NAME")`.
pub(crate) fn all_are_run(folder: &str, file: &str) {
    let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    let files = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = files.filter_map(|file| Some(file.strip_suffix(".test.mjs")?.to_owned())).collect();
    assert!(!names.is_empty(), "`{folder}` has no tests");
    for name in names {
        assert!(file.contains(&format!("run(\"{name}\")")), "{name}");
    }
}
