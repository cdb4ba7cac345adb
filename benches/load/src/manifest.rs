//! `peers.toml`: which programs there are, and how each is started in its modes. `README.md` describes the keys.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    workload::Workload,
};

/// What may be shared between requests. Cells of different modes are never compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Nothing.
    Honest,
    /// What is under way.
    InFlight,
    /// What is fresh.
    Cached,
}

/// The peers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// In the order of the tables.
    #[serde(rename = "peer")]
    pub peers: Vec<Peer>,
}

/// One program.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// As tables show it.
    pub name: String,
    /// Which version is pinned.
    pub version: String,
    /// What is run once before everything.
    pub install: Option<String>,
    /// Whether it only shows a limit and is no GraphQL server.
    #[serde(default)]
    pub limit: bool,
    /// How it runs in each mode.
    pub modes: BTreeMap<Mode, Setup>,
}

/// A program in one mode.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// What it can answer.
    pub workloads: Vec<String>,
    /// Where; `{workload}` and `{client}` stand for names.
    #[serde(default = "default_path")]
    pub path: String,
    /// What a reader should know.
    pub note: Option<String>,
    /// Whether each request carries credentials of its own.
    #[serde(default)]
    pub unique_credentials: bool,
    /// The path of a `GET` that takes the place of the query, and whose answer is the upstream's at the same path.
    pub get: Option<String>,
}

/// Reads and checks the manifest.
pub fn load(path: &Path, workloads: &[Workload]) -> Result<Manifest> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    parse(&text, workloads)
}

fn parse(text: &str, workloads: &[Workload]) -> Result<Manifest> {
    let manifest: Manifest = toml::from_str(text).map_err(|error| Error::Manifest(error.to_string()))?;
    let mut seen = Vec::new();
    for peer in &manifest.peers {
        for (mode, setup) in &peer.modes {
            for workload in &setup.workloads {
                if !workloads.iter().any(|known| known.name == workload) {
                    return Err(Error::Manifest(format!("`{}` has an unknown workload `{workload}`", peer.name)));
                }
                let cell = (&peer.name, mode, workload);
                if seen.contains(&cell) {
                    let twice = format!("`{}` has `{workload}` twice in mode {}", peer.name, mode.name());
                    return Err(Error::Manifest(twice));
                }
                seen.push(cell);
            }
        }
    }
    Ok(manifest)
}

fn default_path() -> String {
    "/graphql".to_owned()
}

// === impl Mode ===

impl Mode {
    /// All, in the order of the report.
    pub const ALL: [Self; 3] = [Self::Honest, Self::InFlight, Self::Cached];

    /// As options and tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::InFlight => "in-flight",
            Self::Cached => "cached",
        }
    }

    /// The mode of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Mode, parse};
    use crate::workload;

    const ENTRY: &str = r#"
        [[peer]]
        name = "a"
        version = "1"
        [peer.modes.in-flight]
        command = ["run"]
        workloads = ["greet"]
    "#;

    #[test]
    fn fills_in_defaults() {
        let manifest = parse(ENTRY, &workload::all()).unwrap();
        let peer = &manifest.peers[0];
        assert!(!peer.limit && peer.install.is_none());
        assert_eq!(peer.modes[&Mode::InFlight].path, "/graphql");
    }

    #[test]
    fn refuses_unknown_keys_unknown_workloads_and_cells_twice() {
        let refuse = |text: &str| parse(text, &workload::all()).unwrap_err().to_string();
        assert!(refuse(&ENTRY.replace("version", "release")).contains("release"));
        assert!(refuse(&ENTRY.replace("greet", "meet")).contains("unknown workload `meet`"));
        assert!(refuse(&ENTRY.repeat(2)).contains("`greet` twice in mode in-flight"));
    }
}
