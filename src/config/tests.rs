//! Whole files read and refused, in memory and in temporary directories; the golden files of `tests/diagnostics/` show the texts.

use std::{collections::BTreeMap, fs, path::Path};

use proptest::prelude::*;

use super::{
    ByteSize, Config, Cors, Environment, Introspection, Limits, Loaded, Millis, OnProblem, Server, Sharing, Trace,
    Upstream,
    keys::{self, Absent},
    load, load_text,
};
use crate::diagnostic::{Color, has_errors, render};

struct Variables(BTreeMap<&'static str, &'static str>);

impl Environment for Variables {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| (*value).to_owned())
    }
}

fn variables() -> Variables {
    Variables(BTreeMap::from([
        ("KEY", "k-1"),
        ("HOST", "catalog.internal"),
        ("NESTED", "${env:KEY}"),
        ("PORT", "4100"),
    ]))
}

/// A directory with a graph, a view, and files that values can name.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("schema/graph/b.graphql", "type B { id: ID }"),
        ("schema/graph/deep/er/a.graphql", "type A { id: ID }"),
        ("schema/graph/a.graphql", "\u{feff}type Query { a: Int }"),
        ("schema/graph/.hidden.graphql", "no"),
        ("schema/graph/readme.md", "no"),
        ("schema/clients/web.graphql", "type Query { a: Int }"),
        ("schema/clients/mobile.graphql", "type Query { a: Int }"),
        ("key.txt", "from-file\n"),
        ("lines.txt", "one\r\ntwo\r\n\r\n"),
        ("ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    ] {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn load_in(directory: &Path, text: &str) -> Loaded {
    let path = directory.join("upstreams.toml");
    fs::write(&path, text).unwrap();
    load(&path, &variables())
}

fn valid(text: &str) -> Config {
    let directory = directory();
    let loaded = load_in(directory.path(), &format!("{text}\n[graph]\nschema = \"schema/graph/**/*.graphql\"\n"));
    match loaded.usable() {
        Ok((config, warnings)) => {
            assert_eq!(render(&warnings, Color::Never), "");
            config
        }
        Err(diagnostics) => panic!("{}", render(&diagnostics, Color::Never)),
    }
}

/// What is told about a file in a directory without other files.
fn told(text: &str) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let loaded = load_text(Path::new("upstreams.toml"), text, directory.path(), &variables());
    loaded.diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect()
}

fn upstream(text: &str) -> Upstream {
    valid(&format!("[upstreams.a]\n{text}\n")).upstreams.swap_remove("a").unwrap()
}

#[test]
fn reads_every_key() {
    let config = valid(
        r#"
        [server]
        listen = "0.0.0.0:0"
        body_limit = 2048
        deadline = "1m"
        drain_delay = "7s"
        shutdown = "1h"
        trace = "0123456789abcdef"
        compression = false
        trusted_headers = ["X-Region"]

        [admin]
        listen = "[::1]:4001"
        token = "fedcba9876543210"

        [clients.web]
        schema = "schema/clients/web.graphql"

        [clients.mobile]
        schema = "./schema/clients/mobile.graphql"
        introspection = false
        console = false
        cors = ["HTTPS://Shop.example:443", "capacitor://localhost", "http://localhost:3000"]
        csrf = false
        limits = { tokens = 1, depth = 2, aliases = 0, root_fields = 4, fields = 5, upstream_calls = 0, rows = 7, response_bytes = "8KiB" }

        [cache]
        size = 0
        answers = "0B"
        plans = "1GiB"

        [sharing]
        requests = false
        operations = true

        [upstreams.catalog]
        base_url = "https://${env:HOST}/v1?x=1"
        timeout = "800ms"
        connect_timeout = "2s"
        headers = { Authorization = "Bearer ${file:key.txt}", x-tenant = "acme" }
        forward_headers = ["Accept-Language"]
        config = { apiKey = "${env:KEY}", nested = { list = [1, 2.5, true, "x"] }, since = 2026-01-01 }
        concurrency = 1
        queue = 0
        max_response = "1MiB"
        on_problem = "error"
        ca_file = "ca.pem"
        http2 = true
        proxy = "http://user:secret@127.0.0.1:3128"
        "#,
    );
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:0");
    assert_eq!(config.server.body_limit, ByteSize(2048));
    assert_eq!(config.server.deadline, Millis::from_secs(60));
    assert_eq!(config.server.drain_delay, Millis::from_secs(7));
    assert_eq!(config.server.shutdown, Millis::from_secs(3600));
    assert!(matches!(&config.server.trace, Trace::Token(token) if token.0 == "0123456789abcdef"));
    assert!(!config.server.compression);
    assert_eq!(config.server.trusted_headers, ["x-region"]);
    let admin = config.admin.unwrap();
    assert_eq!((admin.listen.to_string(), admin.token.unwrap().0), ("[::1]:4001".into(), "fedcba9876543210".into()));
    assert_eq!(config.clients.keys().collect::<Vec<_>>(), ["web", "mobile"]);
    let (web, mobile) = (&config.clients["web"], &config.clients["mobile"]);
    assert_eq!((web.introspection, web.console, &web.cors, web.csrf), (Introspection::On, true, &Cors::Off, true));
    assert_eq!(web.limits, Limits::default());
    assert_eq!((mobile.introspection, mobile.console, mobile.csrf), (Introspection::Off, false, false));
    let origins = ["https://shop.example", "capacitor://localhost", "http://localhost:3000"].map(str::to_owned);
    assert_eq!(mobile.cors, Cors::Origins(origins.to_vec()));
    assert_eq!((mobile.limits.aliases, mobile.limits.rows.get()), (0, 7));
    assert_eq!(mobile.limits.response_bytes, ByteSize::from_kib(8));
    assert!(mobile.file.path.ends_with("schema/clients/mobile.graphql"), "{:?}", mobile.file.path);
    assert_eq!((config.cache.size, config.cache.plans), (ByteSize(0), ByteSize::from_mib(1024)));
    assert_eq!(config.cache.answers, ByteSize(0));
    assert_eq!(config.sharing, Sharing { requests: false, operations: true });
    let catalog = &config.upstreams["catalog"];
    assert_eq!(catalog.base_url.as_ref().unwrap().value, "https://catalog.internal/v1?x=1");
    assert_eq!((catalog.timeout, catalog.connect_timeout), (Millis::from_millis(800), Millis::from_secs(2)));
    let headers: Vec<_> =
        catalog.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    assert_eq!(headers, [("authorization", "Bearer from-file"), ("x-tenant", "acme")]);
    assert_eq!(catalog.forward_headers, ["accept-language"]);
    let config_value =
        crate::json::Value::parse(br#"{"apiKey":"k-1","nested":{"list":[1,2.5,true,"x"]},"since":"2026-01-01"}"#);
    assert_eq!(format!("{:?}", catalog.config), format!("{:?}", config_value.unwrap()));
    assert_eq!((catalog.concurrency.get(), catalog.queue, catalog.http2), (1, 0, true));
    assert_eq!((catalog.max_response, catalog.on_problem), (ByteSize::from_mib(1), OnProblem::Error));
    assert!(catalog.ca_pem.as_ref().unwrap().starts_with(b"-----BEGIN"));
    assert_eq!(catalog.proxy.as_deref(), Some("http://user:secret@127.0.0.1:3128"));
    assert!(!format!("{catalog:?}").contains("from-file"));
}

#[test]
fn reads_the_graph_in_order_of_paths_and_each_file_once() {
    let directory = directory();
    let loaded =
        load_in(directory.path(), "[graph]\nschema = [\"schema/graph/*.graphql\", \"schema/graph/**/*.graphql\"]\n");
    let config = loaded.config.unwrap();
    let files = config.graph.files.iter();
    let names: Vec<_> =
        files.map(|file| file.path.strip_prefix(directory.path()).unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["schema/graph/a.graphql", "schema/graph/b.graphql", "schema/graph/deep/er/a.graphql"]);
    assert_eq!(config.graph.files[0].text, "type Query { a: Int }");
    let messages: Vec<_> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].ends_with("is named twice"));
}

#[test]
fn a_directory_with_glob_characters_is_no_glob() {
    let parent = tempfile::tempdir().unwrap();
    let inner = parent.path().join("a[b]*c");
    fs::create_dir_all(inner.join("schema")).unwrap();
    fs::write(inner.join("schema/a.graphql"), "type Query { a: Int }").unwrap();
    let loaded = load_in(&inner, "[graph]\nschema = \"schema/*.graphql\"\n");
    assert_eq!(loaded.config.unwrap().graph.files.len(), 1);
}

/// The reference and the types tell the same defaults.
#[test]
fn a_file_that_spells_out_the_defaults_loads_as_one_without_them() {
    let mut text = String::new();
    for (table, header) in [
        (&keys::SERVER, "[server]"),
        (&keys::SERVER_WEBSOCKET, "[server.websocket]"),
        (&keys::CACHE, "[cache]"),
        (&keys::SHARING, "[sharing]"),
        (&keys::CLIENT, "[clients.web]\nschema = \"schema/clients/web.graphql\""),
        (&keys::CLIENT_WEBSOCKET, "[clients.web.websocket]"),
        (&keys::LIMITS, "[clients.web.limits]"),
        (&keys::UPSTREAM, "[upstreams.catalog]"),
    ] {
        text.push_str(&format!("{header}\n"));
        for key in table.keys {
            if let Absent::Toml(value) = key.default {
                text.push_str(&format!("{} = {value}\n", key.name));
            }
        }
    }
    let spelled = valid(&text);
    let silent = valid("[clients.web]\nschema = \"schema/clients/web.graphql\"\n[upstreams.catalog]\n");
    assert_eq!(format!("{:?}", spelled.server), format!("{:?}", silent.server));
    assert_eq!(format!("{:?}", spelled.server), format!("{:?}", Server::default()));
    assert_eq!(format!("{:?}", spelled.cache), format!("{:?}", silent.cache));
    assert_eq!(spelled.sharing, silent.sharing);
    let (one, other) = (&spelled.clients["web"], &silent.clients["web"]);
    assert_eq!(one.limits, other.limits);
    assert_eq!(
        (one.introspection, one.console, &one.cors, one.csrf, one.batching, &one.init_headers),
        (other.introspection, other.console, &other.cors, other.csrf, other.batching, &other.init_headers)
    );
    let without_place = |config: &Config| Upstream { span: None, ..config.upstreams["catalog"].clone() };
    assert_eq!(format!("{:?}", without_place(&spelled)), format!("{:?}", Upstream::default()));
    assert_eq!(format!("{:?}", without_place(&silent)), format!("{:?}", Upstream::default()));
    assert!(silent.admin.is_none());
}

#[test]
fn expands_variables_and_files_once() {
    for (written, expected) in [
        ("${env:KEY}", "k-1"),
        ("a ${env:KEY} b ${file:key.txt}${env:PORT}", "a k-1 b from-file4100"),
        ("$${env:KEY}", "${env:KEY}"),
        ("$$${env:KEY}", "$${env:KEY}"),
        ("$ {} $x }", "$ {} $x }"),
        ("${env:NESTED}", "${env:KEY}"),
        ("${file:lines.txt}", "one\r\ntwo\r\n"),
    ] {
        let config = upstream(&format!("config = {{ x = '{written}' }}")).config;
        let expected = crate::json::Value::String(expected.into());
        let crate::json::Value::Object(object) = config else { panic!("{config:?}") };
        assert_eq!(format!("{:?}", object["x"]), format!("{expected:?}"), "{written}");
    }
}

#[test]
fn marks_the_expression_in_strings_with_escapes_too() {
    let text = "[upstreams.a]\nproxy = \"\"\"\n\\u0041 $${env:NO} ${env:NO} ${env:NO} \\t ${env:NONE}\"\"\"\n";
    let loaded = load_text(Path::new("a.toml"), text, Path::new(""), &variables());
    let marked: Vec<_> = loaded
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.code == "CONFIG_EXPANSION")
        .map(|diagnostic| {
            let span = diagnostic.span.as_ref().unwrap();
            (span.text().to_owned(), span.start().column)
        })
        .collect();
    assert_eq!(marked, [("${env:NO}".to_owned(), 19), ("${env:NO}".to_owned(), 29), ("${env:NONE}".to_owned(), 42)]);
}

#[test]
fn reads_durations_and_sizes() {
    for (text, millis) in [("1ms", 1), ("800ms", 800), ("5s", 5_000), ("2m", 120_000), ("24h", 86_400_000)] {
        let duration = Millis::parse(text).unwrap();
        assert_eq!(duration, Millis::from_millis(millis));
        assert_eq!(duration.to_string(), text);
    }
    for text in ["", "5", "s", "0s", "-1s", "1.5s", "5 s", "5S", "25h", "99999999999999999999s", "1h30m", "५s"] {
        assert!(Millis::parse(text).is_err(), "{text}");
    }
    for (text, bytes) in [("500B", 500), ("64KiB", 65_536), ("16MiB", 16 << 20), ("1GiB", 1 << 30), ("0B", 0)] {
        let size = ByteSize::parse(text).unwrap();
        assert_eq!(size, ByteSize(bytes));
        assert_eq!(size.to_string(), text);
    }
    for text in ["", "5", "KiB", "-1B", "1.5MiB", "5 B", "8MB", "8kib", "17179869184GiB", "99999999999999999999B"] {
        assert!(ByteSize::parse(text).is_err(), "{text}");
    }
}

#[test]
fn admin_and_server_cannot_share_an_address() {
    let conflict = |public: &str, admin: &str| {
        let text = format!("[server]\nlisten = \"{public}\"\n[admin]\nlisten = \"{admin}\"\n");
        told(&text).iter().any(|message| message.contains("address of the public one"))
    };
    assert!(conflict("127.0.0.1:4000", "127.0.0.1:4000"));
    assert!(conflict("0.0.0.0:4000", "127.0.0.1:4000"));
    assert!(conflict("127.0.0.1:4000", "[::]:4000"));
    assert!(!conflict("127.0.0.1:4000", "127.0.0.1:4001"));
    assert!(!conflict("127.0.0.1:4000", "127.0.0.2:4000"));
    assert!(!conflict("127.0.0.1:0", "127.0.0.1:0"));
}

#[test]
fn a_wrong_value_leaves_the_rest_to_be_checked_but_not_served() {
    let directory = directory();
    let text =
        "[server]\ndeadline = 5\n[graph]\nschema = \"schema/graph/*.graphql\"\n[upstreams.a]\nbase_url = \"nowhere\"\n";
    let loaded = load_in(directory.path(), text);
    assert!(has_errors(&loaded.diagnostics));
    let config = loaded.config.as_ref().unwrap();
    assert_eq!(config.server.deadline, Server::default().deadline);
    assert!(config.upstreams["a"].base_url.is_some());
    assert_eq!(loaded.usable().unwrap_err().len(), 2);
}

#[test]
fn nothing_is_given_on_when_the_graph_or_the_syntax_is_broken() {
    let directory = directory();
    for text in ["", "[graph]\nschema = \"none/*.graphql\"\n", "[graph]\nschema = \"schema/graph/*.graphql\"\nx = \n"] {
        assert!(load_in(directory.path(), text).config.is_none(), "{text}");
    }
}

#[test]
fn a_directory_or_nothing_in_place_of_the_file_is_told() {
    let directory = tempfile::tempdir().unwrap();
    for (path, reason) in [(".", "is a directory"), ("none.toml", "does not exist")] {
        let loaded = load(&directory.path().join(path), &variables());
        assert_eq!(loaded.diagnostics[0].code, "CONFIG_UNREADABLE");
        assert!(loaded.diagnostics[0].message.ends_with(reason), "{}", loaded.diagnostics[0].message);
    }
}

#[test]
fn hostile_files_are_told_within_bounds() {
    let keys: String = (0..20_000).map(|number| format!("key{number} = {number}\n")).collect();
    let lines = told(&keys);
    assert!(lines.len() <= 202, "{}", lines.len());
    assert!(lines.iter().any(|message| message.contains("more problems")));
    for text in [
        "[".repeat(100_000),
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}", "{a=".repeat(50_000)),
        format!("{}a = 1", "a.".repeat(100_000)),
        format!("[{}a]", "a.".repeat(100_000)),
        "[a]\n".repeat(5_000),
        "a = 1\n".repeat(5_000),
        "\"".repeat(100_000),
        "= \n".repeat(20_000),
        format!("[upstreams.a]\nproxy = \"{}\"", "${env:X}".repeat(20_000)),
        format!("[upstreams.a]\nproxy = \"{}\"", "${".repeat(50_000)),
        format!("[graph]\nschema = [{}]", "\"x\",".repeat(20_000)),
    ] {
        let loaded = load_text(Path::new("a.toml"), &text, Path::new("/nonexistent"), &variables());
        assert!(!render(&loaded.diagnostics, Color::Never).is_empty());
    }
}

#[test]
fn expansions_are_bounded_together() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("big"), "x".repeat(1 << 20)).unwrap();
    let text = format!("[upstreams.a]\nconfig = {{ x = \"{}\" }}\n", "${file:big}".repeat(20));
    let loaded = load_text(Path::new("a.toml"), &text, directory.path(), &variables());
    assert!(loaded.diagnostics.iter().any(|diagnostic| diagnostic.message.contains("more than 16MiB")));
}

proptest! {
    #[test]
    fn any_text_is_read_or_told(text in "(?s).{0,200}") {
        let loaded = load_text(Path::new("a.toml"), &text, Path::new("/nonexistent"), &variables());
        prop_assert!(loaded.config.is_none());
        prop_assert!(has_errors(&loaded.diagnostics));
    }

    #[test]
    fn anything_like_toml_is_read_or_told(
        lines in prop::collection::vec(
            (r"(server|graph|clients|upstreams|a)(\.[a-z]{1,3}){0,2}|schema|listen|headers|limits", r#"= ?("[${}a-z:]{0,9}"?|\[.{0,5}|\{.{0,9}\}?|[0-9.e-]{1,6}|true)|\]|"#),
            0..12,
        ),
    ) {
        let text: String = lines.iter().map(|(key, value)| match value.as_str() {
            "]" => format!("[{key}]\n"),
            value => format!("{key} {value}\n"),
        }).collect();
        let loaded = load_text(Path::new("a.toml"), &text, Path::new("/nonexistent"), &variables());
        prop_assert!(has_errors(&loaded.diagnostics));
        for diagnostic in &loaded.diagnostics {
            prop_assert!(diagnostic.hint.is_some(), "{diagnostic:?}");
        }
        prop_assert!(render(&loaded.diagnostics, Color::Never).contains("error"));
    }
}
