//! The program as people and scripts run it: what goes to stdout, what to stderr, and with which exit code.

use std::{
    io::{Read as _, Write as _},
    path::Path,
    process::Stdio,
};

use tempfile::TempDir;

use crate::testkit::{anabranch, run};

const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://127.0.0.1:9" })
type Query {
  hello(name: String): String
    @connect(source: "api", http: { GET: "/hello", queryParams: "name: $args.name?" }, selection: "$.text")
  secret: String @connect(source: "api", http: { GET: "/secret" }, selection: "$.text")
}
"#;

const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
[graph]
schema = ["graph.graphql"]
[clients.web]
schema = "web.graphql"
[clients.phone]
schema = "phone.graphql"
"#;

/// A folder with a configuration of two clients.
pub(crate) fn project(config: &str, graph: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("upstreams.toml", config),
        ("graph.graphql", graph),
        ("web.graphql", "type Query { hello(name: String): String }\n"),
        ("phone.graphql", "type Query { greeting: String @from(path: \"hello\") }\n"),
        ("query.graphql", "query Hello($name: String) { hello(name: $name) }\nquery Other { __typename }\n"),
    ];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn good() -> TempDir {
    project(CONFIG, GRAPH)
}

fn bad() -> TempDir {
    project(&CONFIG.replace("[server]", "[server]\nlisten_on = 1"), &GRAPH.replace("secret: String", "secret: Strin"))
}

#[test]
fn help_and_version_go_to_stdout() {
    let anywhere = tempfile::tempdir().unwrap();
    for arguments in [&["--help"][..], &["help"], &["serve", "--help"], &["explain", "-h"], &["demo", "--help"]] {
        let help = run(&mut anabranch(anywhere.path(), arguments));
        assert_eq!((help.code, help.err.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(help.out.contains("Usage: anabranch"), "{}", help.out);
    }
    let version = run(&mut anabranch(anywhere.path(), &["--version"]));
    assert_eq!(version.out, format!("anabranch {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_and_unreadable_input_are_2() {
    let folder = good();
    let cases: [(&[&str], &str); 22] = [
        (&[], "Usage: anabranch"),
        (&["serv"], "a similar subcommand exists: 'serve'"),
        (&["check", "--colour"], "--color"),
        (&["check", "--config", "none.toml"], "error: there is no file `none.toml`"),
        (&["serve", "--config", "."], "error: `.` is a directory"),
        (&["serve", "--listen", "4000"], "invalid value '4000' for '--listen <ADDRESS>'"),
        (&["serve", "--admin-listen", "localhost:4001"], "write an IP address and a port, like `127.0.0.1:4000`"),
        (&["demo", "--latency", "5"], "write a duration like `200ms` or `2s`"),
        (&["schema"], "there are several clients; name one with `--client NAME`"),
        (&["schema", "--client", "phon"], "did you mean `phone`?"),
        (&["explain", "--client", "web", "--query", "none.graphql"], "cannot read `none.graphql`"),
        (&["explain", "--client", "web", "--query", "query.graphql", "--variables", "[1]"], "must be a JSON object"),
        (
            &["explain", "--client", "web", "--query", "query.graphql", "--variables", "{"],
            "is not valid JSON at byte 1",
        ),
        (&["explain", "--client", "web"], "--query <FILE>"),
        (&["explain", "--client", "web", "--operation", "Hello"], "client `web` has no trusted document `Hello`"),
        (&["diff", "web.graphql"], "<NEW>"),
        (&["diff", "none.toml", "web.graphql"], "give the path of an `upstreams.toml`"),
        (&["diff", "phone.graphql", "web.graphql"], "give `upstreams.toml` or what `anabranch schema` prints"),
        (&["diff", "web.graphql", "none.graphql"], "`none.graphql` does not exist"),
        (&["diff", "web.graphql", "README.md"], "`README.md` is neither a configuration nor a schema"),
        (&["diff", "web.graphql", "query.graphql"], "`query.graphql` cannot be compared"),
        (&["diff", "upstreams.toml", "upstreams.toml"], "there are several clients; name one with `--client NAME`"),
    ];
    for (arguments, message) in cases {
        let run = run(&mut anabranch(folder.path(), arguments));
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}: {}", run.err);
        assert!(run.err.contains(message), "{message} is not in {}", run.err);
    }
}

#[test]
fn problems_of_the_configuration_are_1_and_all_told() {
    let folder = bad();
    for command in ["check", "serve", "schema"] {
        let run = run(&mut anabranch(folder.path(), &[command]));
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{command}: {}", run.err);
        assert!(run.err.contains("listen_on") && run.err.contains("upstreams.toml:3:1"), "{command}: {}", run.err);
    }
    let graph = project(CONFIG, &GRAPH.replace("secret: String", "secret: Strin"));
    let run = run(&mut anabranch(graph.path(), &["serve"]));
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("graph.graphql:8:") && run.err.contains("did you mean `String`"), "{}", run.err);
}

#[test]
fn check_tells_people_on_stderr_and_machines_on_stdout() {
    let folder = good();
    let fine = run(&mut anabranch(folder.path(), &["check"]));
    let expected = "upstreams.toml is fine: 2 connectors over 1 upstream, clients: web, phone\n";
    assert_eq!((fine.code, fine.out.as_str(), fine.err.as_str()), (Some(0), "", expected));
    let fine = run(&mut anabranch(folder.path(), &["check", "--format", "json"]));
    assert_eq!((fine.code, fine.out.as_str()), (Some(0), "[]\n"));

    let broken = run(&mut anabranch(bad().path(), &["check", "--format", "json"]));
    assert_eq!(broken.code, Some(1));
    let list: serde_json::Value = serde_json::from_str(&broken.out).unwrap();
    let of_config = |entry: &&serde_json::Value| entry["file"].as_str().unwrap().ends_with("upstreams.toml");
    let first = list.as_array().unwrap().iter().find(of_config).unwrap();
    assert_eq!((&first["severity"], &first["line"], &first["column"]), (&"error".into(), &3.into(), &1.into()));

    let sarif = run(&mut anabranch(bad().path(), &["check", "--format", "sarif"]));
    let log: serde_json::Value = serde_json::from_str(&sarif.out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!((sarif.code, results.len()), (Some(1), list.as_array().unwrap().len()));
    assert_eq!(results[0]["ruleId"], list[0]["code"]);
}

#[test]
fn check_can_refuse_warnings() {
    let folder = project(CONFIG, &GRAPH.replacen("type Query", "type Query @cost(weight: 2)", 1));
    let loose = run(&mut anabranch(folder.path(), &["check"]));
    assert_eq!(loose.code, Some(0), "{}", loose.err);
    assert!(loose.err.contains("warning[DIRECTIVE_NOT_HONORED]"), "{}", loose.err);
    let strict = run(&mut anabranch(folder.path(), &["check", "--deny-warnings"]));
    assert_eq!(strict.code, Some(1), "{}", strict.err);
    assert!(strict.err.contains("upstreams.toml works, but has warnings"), "{}", strict.err);
}

#[test]
fn schema_and_explain_print_data_only() {
    let folder = good();
    let schema = run(&mut anabranch(folder.path(), &["schema", "--client", "phone"]));
    // The two directives that no tool knows of by itself come first.
    let types = schema.out.split_once("\n\ntype ").map(|(directives, types)| (directives.lines().count(), types));
    assert_eq!((schema.code, types, schema.err.as_str()), (Some(0), Some((3, "Query {\n  greeting: String\n}\n")), ""));

    let explain = |more: &[&str]| {
        let arguments = [&["explain", "--client", "web", "--query", "query.graphql"], more].concat();
        run(&mut anabranch(folder.path(), &arguments))
    };
    let plan = explain(&["--operation", "Hello", "--variables", r#"{"name":"you"}"#]);
    assert_eq!((plan.code, plan.err.as_str()), (Some(0), ""));
    assert!(plan.out.contains("Query.hello") && plan.out.contains("GET /hello"), "{}", plan.out);
    assert!(
        plan.out
            .contains("\nfields\n  hello  hello  step 1: Query.hello  the only connector that gives `Query.hello`\n"),
        "{}",
        plan.out
    );
    let json = explain(&["--operation", "Hello", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["fields"][0]["connector"], "Query.hello");
    assert_eq!(json["fields"][0]["graph"], "hello");
    assert_eq!(json["steps"][0]["request"], "GET /hello ? name: $args.name?");
    let several = explain(&[]);
    assert_eq!((several.code, several.out.as_str()), (Some(1), ""));
    assert!(several.err.contains("error: "), "{}", several.err);

    let mut command = anabranch(folder.path(), &["explain", "--client", "web", "--query", "-"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"{ hello secret }").unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    assert!(told.contains("Cannot query field `secret`") && told.contains("--> -:1:9"), "{told}");
}

#[test]
fn color_is_for_those_who_want_it() {
    let folder = bad();
    let colored = |arguments: &[&str], no_color: Option<&str>| {
        let mut command = anabranch(folder.path(), arguments);
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        run(&mut command).err.contains('\u{1b}')
    };
    assert!(!colored(&["check"], None), "stderr is no terminal");
    assert!(!colored(&["check"], Some("1")));
    assert!(!colored(&["check", "--color", "never"], None));
    assert!(colored(&["check", "--color", "always"], None));
    assert!(colored(&["--color", "always", "check"], Some("1")), "what is asked for by name wins");
}

#[test]
fn a_reader_that_leaves_is_no_mistake() {
    let fields: String = (0..5_000).map(|at| format!("  field{at}: String\n")).collect();
    let graph = format!(
        "{GRAPH}\ntype Big {{\n{fields}}}\nextend type Query {{ big: Big @connect(source: \"api\", http: {{ GET: \"/big\" }}, selection: \"{}\") }}",
        (0..5_000).map(|at| format!("field{at} ")).collect::<String>()
    );
    let folder = project("[graph]\nschema = [\"graph.graphql\"]\n", &graph);
    let mut child = anabranch(folder.path(), &["schema"]).spawn().unwrap();
    let mut first = [0; 10];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut first).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));

    let full = Path::new("/dev/full");
    if full.exists() {
        let mut command = anabranch(folder.path(), &["schema"]);
        let output = command.stdout(std::fs::File::create(full).unwrap()).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.starts_with("error: cannot write to stdout: "), "{told}");
    }
}

/// The project with trusted documents of the web client.
fn with_documents(view: &str) -> TempDir {
    let trusted = "schema = \"web.graphql\"\ntrusted_documents = { files = [\"manifest.json\", \"query.graphql\"] }";
    let folder = project(&CONFIG.replace("schema = \"web.graphql\"", trusted), GRAPH);
    let manifest = r#"{ "greet-1": "query Greet { hello(name: \"x\") }", "secret-1": "query Secret {\n  secret\n}" }"#;
    std::fs::write(folder.path().join("manifest.json"), manifest).unwrap();
    std::fs::write(folder.path().join("web.graphql"), view).unwrap();
    folder
}

#[test]
fn trusted_documents_are_counted_checked_and_explained() {
    let folder = with_documents("type Query { hello(name: String): String secret: String }\n");
    let fine = run(&mut anabranch(folder.path(), &["check"]));
    let expected = "upstreams.toml is fine: 2 connectors over 1 upstream, clients: web, phone, 4 trusted documents\n";
    assert_eq!((fine.code, fine.err.as_str()), (Some(0), expected));
    for operation in ["greet-1", "Greet", "Hello"] {
        let explained = run(&mut anabranch(folder.path(), &["explain", "--client", "web", "--operation", operation]));
        assert_eq!(explained.code, Some(0), "{}", explained.err);
        assert!(explained.out.contains("GET") && explained.out.contains("/hello"), "{}", explained.out);
    }
    let narrow = with_documents("type Query { hello(name: String): String }\n");
    for command in ["check", "serve"] {
        let broken = run(&mut anabranch(narrow.path(), &[command]));
        assert_eq!(broken.code, Some(1), "{command}");
        let told = "error[DOCUMENT_INVALID]: document `secret-1` does not fit the view of client `web`";
        assert!(broken.err.contains(told), "{}", broken.err);
    }
}

#[test]
fn the_schema_is_printed_and_operations_explained_whatever_is_wrong_with_trusted_documents() {
    let broken = with_documents("type Query { hello(name: String): String }\n");
    let missing = with_documents("type Query { hello(name: String): String }\n");
    std::fs::remove_file(missing.path().join("manifest.json")).unwrap();
    let cases = [(&broken, "warning[DOCUMENT_INVALID]"), (&missing, "warning[DOCUMENTS_NOT_FOUND]")];
    for (folder, warning) in cases {
        let check = run(&mut anabranch(folder.path(), &["check"]));
        assert_eq!(check.code, Some(1), "{}", check.err);
        let schema = run(&mut anabranch(folder.path(), &["schema", "--client", "web"]));
        assert_eq!(schema.code, Some(0), "{}", schema.err);
        assert!(schema.out.contains("hello(name: String): String"), "{}", schema.out);
        assert!(schema.err.contains(warning) && !schema.err.contains("error"), "{}", schema.err);
        let query = ["explain", "--client", "web", "--query", "query.graphql", "--operation", "Hello"];
        let explained = run(&mut anabranch(folder.path(), &query));
        assert_eq!(explained.code, Some(0), "{}", explained.err);
    }
    let valid = run(&mut anabranch(broken.path(), &["explain", "--client", "web", "--operation", "greet-1"]));
    assert_eq!(valid.code, Some(0), "{}", valid.err);
    // Anything else that is wrong is still an error.
    std::fs::write(broken.path().join("web.graphql"), "type Query { nothing: String }\n").unwrap();
    let schema = run(&mut anabranch(broken.path(), &["schema", "--client", "web"]));
    assert_eq!(schema.code, Some(1));
    assert!(schema.err.ends_with("error: the configuration cannot be used\n"), "{}", schema.err);
}

#[test]
fn explain_says_which_of_several_documents_of_one_name_it_takes() {
    let folder = with_documents("type Query { hello(name: String): String }\n");
    let manifest = r#"{ "one": "query Greet { hello }", "two": "query Greet { hello(name: \"x\") }" }"#;
    std::fs::write(folder.path().join("manifest.json"), manifest).unwrap();
    let explain =
        |operation| run(&mut anabranch(folder.path(), &["explain", "--client", "web", "--operation", operation]));
    let (by_name, by_id) = (explain("Greet"), explain("two"));
    let told = "note: 2 trusted documents have an operation `Greet`; this is that of `one`\n  = help: for another one, give its id: `two`\n";
    assert_eq!((by_name.code, by_name.err.as_str()), (Some(0), told));
    assert_eq!((by_id.code, by_id.err.as_str()), (Some(0), ""));
}

#[test]
fn diff_tells_caps_and_the_operations_that_are_beyond_them() {
    const PAGED: &str = "secret: String @connect(source: \"api\", http: { GET: \"/secret\" }, selection: \"$.text\")
  feed(first: Int = 1, page: Int): [Int!] @connect(source: \"api\", http: { GET: \"/feed\", queryParams: \"f: $args.first p: $args.page\" }, selection: \"$\")";
    let graph = GRAPH
        .replace("secret: String @connect(source: \"api\", http: { GET: \"/secret\" }, selection: \"$.text\")", PAGED);
    let side = |first: &str, page: &str, manifest: &str| {
        let trusted = "schema = \"web.graphql\"\ntrusted_documents = { files = \"manifest.json\" }";
        let folder = project(&CONFIG.replace("schema = \"web.graphql\"", trusted), &graph);
        let view = format!("type Query {{ feed(first: Int = 1 {first}, page: Int {page}): [Int!] }}\n");
        std::fs::write(folder.path().join("web.graphql"), view).unwrap();
        std::fs::write(folder.path().join("manifest.json"), manifest).unwrap();
        folder
    };
    let diff = |old: &TempDir, new: &TempDir| {
        let [old, new] = [old, new].map(|folder| folder.path().join("upstreams.toml").display().to_string());
        run(&mut anabranch(Path::new("."), &["diff", "--client", "web", &old, &new]))
    };
    let used = r#"{ "feed-1": "query Feed { feed(first: 30) }", "feed-2": "query Small { feed(first: 20) }" }"#;
    let (old, new) = (side("@max(value: 50)", "", used), side("@max(value: 20)", "@max(value: 9)", used));
    let expected = "\
breaking (2)
  Query.feed(first:)  its `@max` is 20 now, down from 50
  Query.feed(page:)   its `@max` is 9 now

operations that break (1 of 2)
  feed-1            argument `first` of `Query.feed` must not be greater than 20 (line 1)

2 breaking, 0 dangerous, 0 safe; 1 of 2 operations break
";
    let told = diff(&old, &new);
    assert_eq!((told.code, told.out.as_str()), (Some(1), expected), "{}", told.err);

    let (old, new) = (side("@max(value: 50)", "", "{}"), side("@max(value: 20)", "", "{}"));
    let (lowered, raised) = (diff(&old, &new), diff(&new, &old));
    assert!(lowered.out.ends_with("1 breaking, 0 dangerous, 0 safe\n"), "{}{}", lowered.out, lowered.err);
    assert!(raised.out.ends_with("0 breaking, 0 dangerous, 1 safe\n"), "{}{}", raised.out, raised.err);
    assert_eq!((lowered.code, raised.code), (Some(1), Some(0)));

    // The documents are those that the client is to have, and SDL says nothing of caps.
    let told = diff(&side("@max(value: 50)", "", used), &side("@max(value: 20)", "", "{}"));
    assert!(told.out.ends_with("1 breaking, 0 dangerous, 0 safe\n"), "{}{}", told.out, told.err);
    let new = side("@max(value: 20)", "", used);
    std::fs::write(new.path().join("old.graphql"), "type Query { feed(first: Int = 1, page: Int): [Int!] }\n").unwrap();
    let told = run(&mut anabranch(new.path(), &["diff", "--client", "web", "old.graphql", "upstreams.toml"]));
    assert_eq!((told.code, told.out.as_str()), (Some(0), "nothing changed; 0 of 2 operations break\n"), "{}", told.err);
}

#[test]
fn diff_tells_what_changed_and_which_operations_break() {
    let (old, new) = (
        with_documents("type Query { hello(name: String): String secret: String }\n"),
        with_documents("type Query { hello(name: String!): String }\n"),
    );
    let configuration = |folder: &TempDir| folder.path().join("upstreams.toml").display().to_string();
    let (before, after) = (configuration(&old), configuration(&new));
    let text = run(&mut anabranch(old.path(), &["diff", "--client", "web", &before, &after]));
    let expected = "\
breaking (2)
  Query.hello(name:)  its type changed from `String` to `String!`
  Query.secret        field `secret` was removed

operations that break (2 of 4)
  secret-1          Cannot query field `secret` on type `Query` (line 2)
  Hello             Variable `$name` of type `String` used in position expecting type `String!` (line 1)

2 breaking, 0 dangerous, 0 safe; 2 of 4 operations break
";
    assert_eq!((text.code, text.out.as_str()), (Some(1), expected), "{}", text.err);

    let json = run(&mut anabranch(old.path(), &["diff", "--client", "web", &before, &after, "--format", "json"]));
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let change = |kind: &str, coordinate: &str, message: &str| serde_json::json!({ "level": "breaking", "kind": kind, "coordinate": coordinate, "message": message });
    let broken = |name: &str, error: &str| serde_json::json!({ "name": name, "errors": [error] });
    let expected = serde_json::json!({
        "changes": [
            change("ARG_CHANGED_KIND", "Query.hello(name:)", "its type changed from `String` to `String!`"),
            change("FIELD_REMOVED", "Query.secret", "field `secret` was removed"),
        ],
        "operations": 4,
        "brokenOperations": [
            broken("secret-1", "Cannot query field `secret` on type `Query` (line 2)"),
            broken("Hello", "Variable `$name` of type `String` used in position expecting type `String!` (line 1)"),
        ],
    });
    assert_eq!((json.code, report), (Some(1), expected));
}

#[test]
fn diff_compares_files_of_sdl_and_may_let_pass_what_nobody_uses() {
    let folder = good();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("old.graphql", "type Query { hello(name: String): String unused: Int }\n");
    write("new.graphql", "type Query { hello(name: String): String }\n");
    write("wider.graphql", "type Query { hello(name: String): String unused: Int more: Int }\n");
    write("old.gql", "type Query { hello(name: String): String unused: Int a: Int b: Int c: Int d: Int }\n");
    write("odd.graphql", "query Odd { unused never }\n");
    write("many.graphql", "query Many { unused a b c d }\n");
    let three = "operations that break (1 of 1)
  Many              Cannot query field `unused` on type `Query` (line 1)
                    Cannot query field `a` on type `Query` (line 1)
                    Cannot query field `b` on type `Query` (line 1)

5 breaking, 0 dangerous, 0 safe; 1 of 1 operations break\n";
    let cases: [(&[&str], i32, &str); 8] = [
        (&["old.graphql", "old.graphql"], 0, "nothing changed\n"),
        // What was wrong before is nobody's break.
        (
            &["old.graphql", "new.graphql", "--operations", "odd.graphql"],
            1,
            "1 breaking, 0 dangerous, 0 safe; 0 of 1 operations break\n",
        ),
        (&["old.gql", "new.graphql", "--operations", "many.graphql"], 1, three),
        (&["old.graphql", "wider.graphql"], 0, "0 breaking, 0 dangerous, 1 safe\n"),
        (&["old.graphql", "new.graphql"], 1, "1 breaking, 0 dangerous, 0 safe\n"),
        (
            &["old.graphql", "new.graphql", "--only-used"],
            0,
            "1 breaking, 0 dangerous, 0 safe; passes with --only-used, but no operations are known\n",
        ),
        (
            &["old.graphql", "new.graphql", "--only-used", "--operations", "query.graphql"],
            0,
            "1 breaking, 0 dangerous, 0 safe; 0 of 2 operations break; passes, because of --only-used\n",
        ),
        (&["wider.graphql", "upstreams.toml", "--client", "web"], 1, "2 breaking, 0 dangerous, 0 safe\n"),
    ];
    for (arguments, code, last) in cases {
        let run = run(&mut anabranch(folder.path(), &[&["diff"], arguments].concat()));
        assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.err);
        assert!(run.out.ends_with(last), "{arguments:?}: {}", run.out);
    }
    // A directive of another server is no directive of any client here.
    write("theirs.graphql", "directive @theirs on FIELD type Query { hello(name: String): String }\n");
    write("custom.graphql", "query Custom { hello @theirs }\n");
    let told = |operations: &[&str]| {
        let arguments = [&["diff", "theirs.graphql", "new.graphql", "--operations"], operations].concat();
        let run = run(&mut anabranch(folder.path(), &arguments));
        assert_eq!(run.code, Some(0), "{}", run.out);
        run.err
    };
    assert_eq!(told(&["query.graphql"]), "");
    assert_eq!(
        told(&["query.graphql", "custom.graphql"]),
        "note: 1 operation fits neither side, and cannot break any more; `Custom`: Unknown directive `@theirs` (line 1)\n"
    );
    assert!(told(&["custom.graphql", "odd.graphql"]).starts_with("note: 2 operations fit neither side"));
}
