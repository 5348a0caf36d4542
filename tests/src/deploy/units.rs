//! The systemd units: taken by systemd, closed tightly, with limits, and asking of the kernel what they allow themselves.

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Child, Command, Stdio},
};

use wire::v1::{Channel, Role};

use super::{assert_none, file, read, run, unknown};
use crate::{
    child::{self, Hub, Log},
    town::{Desk, report},
};

const UNITS: [&str; 3] = ["hub.service", "hub@.service", "nats.service"];
/// What `systemd-analyze security` may find at most, in tenths. 11 is what systemd 252 finds.
const MOST_EXPOSED: &str = "15";
const NO_SYSTEMD: &str = "it comes with systemd (Debian: apt install systemd); `just test` installs it where apt-get may";

/// What each unit says, word for word.
const SAID: &[(&str, &str)] = &[
    ("UMask", "0077"),
    ("StateDirectoryMode", "0700"),
    ("Restart", "on-failure"),
    ("NoNewPrivileges", "yes"),
    ("ProtectSystem", "strict"),
    ("ProtectHome", "yes"),
    ("PrivateTmp", "yes"),
    ("PrivateDevices", "yes"),
    ("CapabilityBoundingSet", ""),
    ("AmbientCapabilities", ""),
];
/// What each unit sets to something.
const SET: &[&str] = &[
    "Documentation",
    "StateDirectory",
    "LoadCredential",
    "StartLimitIntervalSec",
    "StartLimitBurst",
    "RestartSec",
    "MemoryMax",
    "TasksMax",
    "LimitNOFILE",
    "RestrictAddressFamilies",
    "SystemCallFilter",
];
/// Beyond what running requests get: the collector, the last snapshot.
const TO_CLOSE_SECONDS: u64 = 30;

/// The settings of a unit, in their order.
struct Unit<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Unit<'a> {
    fn new(text: &'a str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with(['#', '[']));
        Self(lines.filter_map(|line| line.split_once('=')).collect())
    }

    fn all(&self, key: &str) -> Vec<&'a str> {
        self.0.iter().filter(|(known, _)| *known == key).map(|(_, value)| *value).collect()
    }

    fn one(&self, key: &str) -> Option<&'a str> {
        self.all(key).first().copied()
    }

    /// The program that it starts, and its arguments; an instance is intake.
    fn command(&self) -> Vec<String> {
        let line = self.one("ExecStart").expect("a unit starts something");
        line.split(' ').map(|word| word.replace("%i", "intake")).collect()
    }
}

/// What a unit does not say that every unit has to.
fn faults(name: &str, text: &str, users: &str) -> Vec<String> {
    let unit = Unit::new(text);
    let said = SAID.iter().filter(|(key, value)| unit.all(key) != [*value]);
    let mut out: Vec<_> = said.map(|(key, value)| format!("{name}: {key} is not {value:?}")).collect();
    out.extend(SET.iter().filter(|key| unit.one(key).is_none_or(str::is_empty)).map(|key| format!("{name}: no {key}")));
    for key in ["User", "Group"] {
        let there = |who: &str| users.lines().any(|line| line.split_whitespace().nth(1) == Some(who) && line.starts_with("u "));
        if !unit.one(key).is_some_and(there) {
            out.push(format!("{name}: hub.sysusers makes no {key} {:?}", unit.one(key)));
        }
    }
    let seconds: u64 = unit.one("TimeoutStopSec").and_then(|text| text.parse().ok()).unwrap_or_default();
    let needed = runtime::config::Config::default().grace_seconds + TO_CLOSE_SECONDS;
    if seconds < needed {
        out.push(format!("{name}: TimeoutStopSec={seconds}, a hub may need {needed}"));
    }
    if unit.all("Environment").iter().any(|set| set.contains("PASSWORD")) {
        out.push(format!("{name}: a password in the unit, which everybody may read"));
    }
    out
}

fn analyze(arguments: &[&str], unit: &Path) -> (bool, String) {
    let mut command = Command::new("systemd-analyze");
    run(command.args(arguments).arg(unit).env("SYSTEMD_COLORS", "0").env("SYSTEMD_PAGER", ""), NO_SYSTEMD)
}

/// What systemd says of a unit whose programs lie where they were built.
fn verified(name: &str, text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let unit = folder.path().join(name);
    let hub = child::binary().display().to_string();
    let nats = testkit::nats::binary().canonicalize().expect("it is there").display().to_string();
    let text = text.replace("/usr/local/bin/hub ", &format!("{hub} ")).replace("/usr/local/bin/nats-server", &nats);
    std::fs::write(&unit, text).expect("a writable folder");
    let (well, said) = analyze(&["verify", "--man=no"], &unit);
    // It speaks of the machine's own units, too. An instance gets a name for the look.
    let stem = name.trim_end_matches(".service");
    let ours: Vec<_> = said.lines().filter(|line| line.contains(stem)).map(str::to_owned).collect();
    if ours.is_empty() && !well { vec![said] } else { ours }
}

fn exposed(name: &str, text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let unit = folder.path().join(name);
    std::fs::write(&unit, text).expect("a writable folder");
    let threshold = format!("--threshold={MOST_EXPOSED}");
    let (well, said) = analyze(&["security", "--offline=true", "--no-pager", &threshold], &unit);
    if well { Vec::new() } else { vec![said] }
}

fn units() -> Vec<(&'static str, String)> {
    UNITS.iter().map(|name| (*name, read(&file("systemd").join(name)))).collect()
}

#[test]
fn every_unit_is_confined_limited_and_keeps_its_owner() {
    let users = read(&file("systemd/hub.sysusers"));
    assert_none(&units().iter().flat_map(|(name, text)| faults(name, text, &users)).collect::<Vec<_>>());
}

#[test]
fn systemd_takes_every_unit() {
    assert_none(&units().iter().flat_map(|(name, text)| verified(name, text)).collect::<Vec<_>>());
}

#[test]
fn systemd_finds_no_unit_exposed() {
    assert_none(&units().iter().flat_map(|(name, text)| exposed(name, text)).collect::<Vec<_>>());
}

#[test]
fn the_built_programs_know_what_the_units_start_them_with() {
    for (name, text) in units() {
        let command = Unit::new(&text).command();
        let words: Vec<_> = command[1..].iter().map(String::as_str).collect();
        if command[0] == "/usr/local/bin/hub" {
            assert_eq!(unknown(&words), [""; 0], "{name}");
        } else {
            let (_, help) = run(Command::new(testkit::nats::binary()).arg("--help"), "it was just there");
            let options = words.iter().filter(|word| word.starts_with('-'));
            assert_none(
                &options.filter(|word| !super::knows(&help, word)).map(|word| format!("{name}: {word}")).collect::<Vec<_>>(),
            );
        }
    }
}

#[test]
fn a_unit_that_is_open_wrong_or_not_limited_is_seen() {
    let text = read(&file("systemd/hub.service"));
    let users = read(&file("systemd/hub.sysusers"));
    let without = |line: &str| {
        assert!(text.contains(line), "{line}");
        text.replace(line, "")
    };
    for (text, seen) in [
        (without("ProtectSystem=strict\n"), "hub.service: ProtectSystem is not \"strict\""),
        (without("MemoryMax=2G\n"), "hub.service: no MemoryMax"),
        (without("StartLimitBurst=25\n"), "hub.service: no StartLimitBurst"),
        (text.replace("TimeoutStopSec=60", "TimeoutStopSec=5"), "hub.service: TimeoutStopSec=5, a hub may need 40"),
        (text.replace("User=hub", "User=nobody"), "hub.service: hub.sysusers makes no User Some(\"nobody\")"),
        (
            text.replace("[Install]", "Environment=HUB_NATS_PASSWORD=a\n[Install]"),
            "hub.service: a password in the unit, which everybody may read",
        ),
    ] {
        assert_eq!(faults("hub.service", &text, &users), [seen]);
    }
    let open = without("SystemCallFilter=@system-service\nSystemCallFilter=~@privileged @resources\n").replace("User=hub\n", "");
    assert!(exposed("hub.service", &open)[0].contains("exposure level"), "an open unit is seen");
    for (right, wrong) in [("PrivateTmp=yes", "PrivateTemp=yes"), ("SystemCallFilter=@system-service", "SystemCallFilter=@kitchen")]
    {
        let said = verified("hub.service", &text.replace(right, wrong));
        assert!(
            said.iter()
                .any(|line| line.contains(wrong.split(['=', '@']).next_back().expect("a word")) || line.contains("PrivateTemp")),
            "{said:?}"
        );
    }
}

/// The system calls of a filter, its sets opened.
fn allowed(filters: &[&str]) -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    for filter in filters {
        let (taken, names) = filter.strip_prefix('~').map_or((false, *filter), |names| (true, names));
        for name in names.split(' ') {
            for call in opened(name) {
                if taken {
                    calls.remove(&call);
                } else {
                    calls.insert(call);
                }
            }
        }
    }
    calls
}

fn opened(name: &str) -> Vec<String> {
    if !name.starts_with('@') {
        return vec![name.to_owned()];
    }
    let (well, said) = run(Command::new("systemd-analyze").args(["syscall-filter", name]), NO_SYSTEMD);
    assert!(well, "{said}");
    let names = said.lines().skip(1).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    names.flat_map(opened).collect()
}

/// The names of the calls in what `strace -f` wrote, and of those that were asked for by the program itself.
fn asked(trace: &str) -> BTreeSet<String> {
    let lines = trace.lines().filter_map(|line| line.split_once(' ')).map(|(_, call)| call.trim_start());
    let calls = lines.filter_map(|call| call.split_once('(')).map(|(name, _)| name);
    calls.filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')).map(str::to_owned).collect()
}

/// `hub serve` over `data`, every call of it written to `out`.
fn watched(data: &Path, out: &Path) -> Command {
    let mut command = Command::new("strace");
    command.args(["-f", "-o"]).arg(out).arg(child::binary());
    child::serve_arguments(&mut command, data, None);
    command
}

fn ended(mut process: Child) {
    assert!(process.wait().is_ok_and(|status| status.success()), "it is asked to stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hub_asks_of_the_kernel_its_units_allow() {
    let strace = Command::new("strace").arg("-V").stdout(Stdio::null()).status();
    assert!(strace.is_ok_and(|status| status.success()), "strace is missing: `just test` installs it where apt-get may");
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path().join("data"), folder.path().join("calls"));
    for round in 0..2 {
        let hub = Hub::spawn(watched(&data, &out), Log::Aside);
        let token = hub.seat(&data, &format!("desk-{round}"), "grid", &[Role::CallTaker]).await;
        let mut said = report("patrol", &format!("K-{round}"), "井盖松动");
        said.channel = Channel::Patrol.into();
        Desk::at(&hub.uri, "desk", &token).await.report(said).await.expect("in");
        let writer = read(&data.join("journal/lock"));
        ended(Command::new("kill").arg(writer.trim()).spawn().expect("kill is there"));
        hub.status();
        let asked = asked(&String::from_utf8_lossy(&std::fs::read(&out).expect("strace wrote its file")));
        assert!(asked.len() > 30 && asked.contains("fdatasync") && asked.contains("accept4"), "strace saw little: {asked:?}");
        for name in ["hub.service", "hub@.service"] {
            let text = read(&file("systemd").join(name));
            let allowed = allowed(&Unit::new(&text).all("SystemCallFilter"));
            let refused: Vec<_> = asked.difference(&allowed).collect();
            assert!(refused.is_empty(), "{name} would refuse the hub {refused:?}");
            let narrow = self::allowed(&["@system-service", "~@network-io @sync"]);
            assert!(asked.iter().any(|call| !narrow.contains(call)), "a filter that is too narrow is seen");
        }
    }
}
