//! What `anabranch schema` prints: valid for graphql-js, its fixed point and ours, and the same schema that introspection tells.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use anabranch::{
    config::{self, Environment},
    diagnostic::SourceFile,
    graphql, model,
};

use crate::testkit::{Gateway, packages, started};

struct AnyEnvironment;

impl Environment for AnyEnvironment {
    fn get(&self, _: &str) -> Option<String> {
        Some("http://127.0.0.1:9".to_owned())
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every configuration whose clients are printed: the demo, the examples, and one of everything that SDL can say.
fn configurations() -> Vec<PathBuf> {
    [
        "upstreams.toml",
        "examples/jsonplaceholder/upstreams.toml",
        "tests/it/schemas/upstreams.toml",
        "tests/it/schemas/whole.toml",
    ]
    .map(|path| root().join(path))
    .into()
}

fn gateway(path: &Path) -> Gateway {
    let (config, _) = config::load(path, &AnyEnvironment).usable().unwrap_or_else(|problems| panic!("{problems:#?}"));
    let compiled = model::compile(&config, &AnyEnvironment);
    let model = compiled.model.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
    Gateway::of(model, &config)
}

/// The SDL of a client's schema, parsed and printed again.
fn again(sdl: &str) -> String {
    let file = SourceFile { path: "printed.graphql".into(), text: sdl.to_owned() };
    let schema = graphql::parse_schema(&[Arc::new(file)], "").unwrap_or_else(|problems| panic!("{problems:#?}\n{sdl}"));
    graphql::ClientSchema::new(schema).unwrap().to_sdl()
}

fn node(mode: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(root().join("tests/it/schemas/check.mjs")).arg(mode).current_dir(packages("console"));
    command
}

#[tokio::test]
async fn printed_schemas_are_what_graphql_js_reads_prints_and_introspects() {
    let query = String::from_utf8(started(node("query").output()).stdout).unwrap();
    let mut cases = Vec::new();
    for path in configurations() {
        let gateway = gateway(&path);
        for (name, view) in &gateway.engine.model().clients {
            let sdl = view.schema.to_sdl();
            assert_eq!(again(&sdl), sdl, "client `{name}` of {} prints otherwise when printed again", path.display());
            let answer: serde_json::Value = serde_json::from_str(&gateway.client(name).ask(&query).await).unwrap();
            let name = format!("{name} of {}", path.strip_prefix(root()).unwrap().display());
            cases.push(serde_json::json!({ "name": name, "sdl": sdl, "answer": answer }));
        }
    }
    assert!(cases.len() >= 6, "{}", cases.len());
    let mut check = started(node("check").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn());
    check.stdin.take().unwrap().write_all(serde_json::to_string(&cases).unwrap().as_bytes()).unwrap();
    let output = check.wait_with_output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && told.is_empty(), "{told}");
}
