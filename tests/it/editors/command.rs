//! `anabranch editor` in a project.

use std::fs;

use super::graphql;
use crate::{
    cli::project,
    testkit::{anabranch, run},
};

const CONFIG: &str = "[graph]\nschema = [\"graph.graphql\"]\n[clients.web]\nschema = \"web.graphql\"\n\
                      [clients.phone]\nschema = \"phone.graphql\"\n";
const GRAPH: &str = "type Query {\n  hello(name: String): String @connect(http: { GET: \"http://127.0.0.1:9/\" }, selection: \"$.text\")\n}\n";

#[test]
fn a_new_project_gets_everything() {
    let folder = project(CONFIG, GRAPH);
    let written = run(&mut anabranch(folder.path(), &["editor"]));
    assert_eq!((written.code, written.out.as_str()), (Some(0), "#:schema ./.anabranch/upstreams.schema.json\n"));
    let projects = fs::read_to_string(folder.path().join(".graphqlrc.yml")).unwrap();
    let expected = r#"projects:
  "graph":
    schema:
      - ".anabranch/graph-directives.graphql"
      - "graph.graphql"
  "web":
    schema:
      - ".anabranch/view-directives.graphql"
      - "web.graphql"
  "phone":
    schema:
      - ".anabranch/view-directives.graphql"
      - "phone.graphql"
"#;
    assert!(projects.ends_with(expected), "{projects}");
    let phone = "type Query { greeting: String @from(path: \"hello\") }";
    let opened = graphql::open(
        folder.path(),
        &[
            ("graph.graphql", GRAPH, None),
            ("graph.graphql", &GRAPH.replace("GET", "GTE"), None),
            ("phone.graphql", phone, None),
            ("phone.graphql", &phone.replace("path", "pth"), None),
        ],
    );
    let told: Vec<&str> = opened.iter().map(|opened| opened.diagnostics.first().map_or("", |told| told)).collect();
    assert_eq!(
        told,
        [
            "",
            "2: Field \"GTE\" is not defined by type \"ConnectHTTP\". Did you mean \"GET\"?",
            "",
            "1: Unknown argument \"pth\" on directive \"@from\". Did you mean \"path\"?"
        ]
    );

    let again = run(&mut anabranch(folder.path(), &["editor", "."]));
    assert_eq!(again.code, Some(0));
    assert_eq!(again.err.matches("unchanged ").count(), 4, "{}", again.err);
}

#[test]
fn the_projects_definitions_do_not_become_part_of_its_graph() {
    let folder = project(&CONFIG.replace("\"graph.graphql\"", "\"**/g*.graphql\""), GRAPH);
    assert_eq!(run(&mut anabranch(folder.path(), &["editor"])).code, Some(0));
    let checked = run(&mut anabranch(folder.path(), &["check"]));
    assert!(checked.err.contains("upstreams.toml is fine: 1 connector"), "{}", checked.err);
}

#[test]
fn what_a_user_wrote_is_kept() {
    let folder = project(&format!("#:schema ./mine.json\n{CONFIG}"), GRAPH);
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path(".anabranch")).unwrap();
    fs::write(path(".graphqlrc.yml"), "schema: mine\n").unwrap();
    fs::write(path(".anabranch/view-directives.graphql"), "# mine\n").unwrap();
    // An older one of this command's own.
    fs::write(
        path(".anabranch/upstreams.schema.json"),
        "{\"$comment\": \"Written by `anabranch editor`; do not edit.\"}",
    )
    .unwrap();

    let kept = run(&mut anabranch(folder.path(), &["editor"]));
    assert_eq!(kept.code, Some(1));
    assert!(kept.out.contains("projects:\n  \"graph\":\n") && !kept.out.contains("#:schema"), "{}", kept.out);
    assert!(kept.err.contains("view-directives.graphql` is there already, and not of this command"), "{}", kept.err);
    assert!(kept.err.contains("kept `./.graphqlrc.yml`, which is yours"), "{}", kept.err);
    assert_eq!(fs::read_to_string(path(".graphqlrc.yml")).unwrap(), "schema: mine\n");
    assert_eq!(fs::read_to_string(path(".anabranch/view-directives.graphql")).unwrap(), "# mine\n");
    assert!(fs::read_to_string(path(".anabranch/upstreams.schema.json")).unwrap().contains("properties"));

    let forced = run(&mut anabranch(folder.path(), &["editor", "--force"]));
    assert_eq!((forced.code, forced.out.as_str()), (Some(0), ""), "{}", forced.err);
    assert!(fs::read_to_string(path(".graphqlrc.yml")).unwrap().contains("projects:"));
}

#[test]
fn without_a_usable_configuration_the_paths_are_the_usual_ones() {
    let folder = tempfile::tempdir().unwrap();
    let written = run(&mut anabranch(folder.path(), &["editor"]));
    assert_eq!(written.code, Some(0));
    assert!(written.err.contains("`./upstreams.toml` is not there"), "{}", written.err);
    let projects = fs::read_to_string(folder.path().join(".graphqlrc.yml")).unwrap();
    assert!(projects.contains("\"schema/graph/**/*.graphql\""), "{projects}");

    let nowhere = run(&mut anabranch(folder.path(), &["editor", "nowhere"]));
    assert_eq!(nowhere.code, Some(2));
    assert!(nowhere.err.contains("there is no directory `nowhere`"), "{}", nowhere.err);
}
