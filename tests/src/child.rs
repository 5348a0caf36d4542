//! The built `hub` binary as a process of its own: started, watched, killed.

use std::{
    ffi::OsStr,
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::SystemTime,
};

use futures::StreamExt as _;
use hub::roads::Roads;
use journal::{Entry, Journal as _, embedded::Embedded};
use wire::v1::{self, Role};

use crate::{
    house,
    town::{DISTRICT, add_seat},
};

/// Where the built binary lies. Built first where it is missing or older than its sources; nextest builds it by itself.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let test = std::env::current_exe().expect("this test is a file");
        let folder = test.parent().and_then(Path::parent).expect("tests lie in target/<profile>/deps");
        let binary = folder.join("hub");
        if age(&binary).is_none_or(|built| newest_source() > built) {
            build(folder);
        }
        assert!(binary.is_file(), "{} was not built", binary.display());
        binary
    })
}

fn age(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|about| about.modified()).ok()
}

fn newest_source() -> SystemTime {
    let folders = ["libs", "services", "proto", "deploy/policy"].map(|folder| house::root().join(folder));
    // A page for a person is in no binary.
    let files =
        folders.iter().flat_map(|folder| house::files(folder, "")).filter(|file| file.extension().is_none_or(|it| it != "md"));
    files.filter_map(|file| age(&file)).max().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn build(folder: &Path) {
    let profile: &[&str] = if folder.ends_with("release") { &["--release"] } else { &[] };
    let home = folder.parent().expect("target");
    cargo(home, &[&["build", "--quiet", "--package", "hub", "--bin", "hub"], profile].concat());
}

fn cargo(target: &Path, arguments: &[&str]) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(arguments).arg("--target-dir").arg(target).current_dir(house::root());
    assert!(build.status().is_ok_and(|status| status.success()), "it does not build: run `cargo {}` and look", arguments.join(" "));
}

/// How much of a log is shown of a hub that did not come up.
const SHOWN: i64 = 8_192;

/// Where it goes what a hub logs.
pub(crate) enum Log<'a> {
    /// Out of the way; seen where the hub does not come up.
    Aside,
    /// To the end of this file.
    File(&'a Path),
    /// To whoever reads there.
    To(Stdio),
}

/// A hub in a process of its own. Dropped, it is killed.
pub(crate) struct Hub {
    process: Child,
    /// What clients connect to.
    pub(crate) uri: String,
    /// All that it said about itself when it listened.
    pub(crate) said: serde_json::Value,
}

/// Settings for a child: small segments, many snapshots.
pub(crate) fn settings(folder: &Path, journal: &str) -> PathBuf {
    let file = folder.join("hub.toml");
    std::fs::write(&file, format!("[journal]\n{journal}\n")).expect("a writable folder");
    file
}

/// `hub serve` over `data`, before it is started.
pub(crate) fn serve(data: &Path, config: Option<&Path>) -> Command {
    let mut command = Command::new(binary());
    serve_arguments(&mut command, data, config);
    command
}

/// Adds `serve` and its options.
pub(crate) fn serve_arguments(command: &mut Command, data: &Path, config: Option<&Path>) {
    command.arg("serve").arg("--json").args(["--listen", "127.0.0.1:0", "--data"]).arg(data);
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
}

impl Hub {
    /// Starts `hub serve` over `data` on a free port and waits until it listens.
    pub(crate) fn start(data: &Path, config: Option<&Path>) -> Self {
        Self::spawn(serve(data, config), Log::Aside)
    }

    /// Starts this command; what it logs goes to `log`.
    pub(crate) fn spawn(command: Command, log: Log<'_>) -> Self {
        Self::try_spawn(command, log).unwrap_or_else(|why| panic!("the hub does not come up: {why}"))
    }

    /// Starts this command; how it ended and the end of its log where it ends before it listens.
    pub(crate) fn try_spawn(mut command: Command, log: Log<'_>) -> Result<Self, String> {
        let (log, kept) = log.open();
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().expect("the hub starts");
        let mut line = String::new();
        let mut said = BufReader::new(process.stdout.take().expect("piped"));
        said.read_line(&mut line).expect("the hub says where it listens");
        let Ok(said) = serde_json::from_str::<serde_json::Value>(&line) else {
            let ended = process.wait().expect("it ends");
            assert!(!ended.success(), "a hub that does not listen has failed: {line:?} {ended:?}");
            return Err(format!("{ended}\n{}", kept.map_or_else(String::new, end_of)));
        };
        let address = said["address"].as_str().expect("an address");
        Ok(Self { uri: format!("http://{address}"), said, process })
    }

    /// Sets a seat of the whole district up, as the operator; its token.
    pub(crate) async fn seat(&self, data: &Path, name: &str, agency: &str, roles: &[Role]) -> String {
        let operator = runtime::identity::operator_token(data).expect("the operator's token is there");
        let mut roads = Roads::connect(&self.uri, &operator).await.expect("the hub answers");
        add_seat(&mut roads, &format!("seat/{name}"), name, agency, DISTRICT, roles).await
    }

    /// `kill -9`; the process is gone afterwards.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to stop, and waits.
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill").arg(self.id().to_string()).status();
        assert!(asked.is_ok_and(|status| status.success()), "the hub is asked to stop");
        let ended = self.process.wait().expect("it ends");
        assert!(ended.success(), "the hub ended with {ended}");
    }

    /// Waits until it has ended by itself; how.
    pub(crate) fn status(mut self) -> std::process::ExitStatus {
        self.process.wait().expect("it ends")
    }

    fn end(&mut self) {
        // Gone already is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Log<'_> {
    /// What the process writes to, and where that can be read.
    fn open(self) -> (Stdio, Option<File>) {
        let file = match self {
            Self::Aside => tempfile::tempfile().expect("a file without a name"),
            Self::File(path) => File::options().create(true).append(true).read(true).open(path).expect("a log file"),
            Self::To(reader) => return (reader, None),
        };
        (Stdio::from(file.try_clone().expect("a second handle")), Some(file))
    }
}

/// The last lines of a log.
fn end_of(mut log: File) -> String {
    let mut end = Vec::new();
    // A log that is shorter than that is shown from its beginning.
    let _ = log.seek(SeekFrom::End(-SHOWN)).or_else(|_| log.seek(SeekFrom::Start(0)));
    log.read_to_end(&mut end).expect("a log");
    String::from_utf8_lossy(&end).into_owned()
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs a command of the hub to its end: did it succeed, the last line of its output, what it said on standard error.
pub(crate) fn run(arguments: &[&OsStr]) -> (bool, String, String) {
    let out = Command::new(binary()).args(arguments).output().expect("the hub runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let last = text(&out.stdout).lines().last().unwrap_or_default().to_owned();
    (out.status.success(), last, text(&out.stderr))
}

/// `hub digest` of a data directory, while nobody writes it: position and digest.
pub(crate) fn digest(data: &Path) -> (u64, String) {
    let (fine, line, why) = run(&["digest".as_ref(), "--json".as_ref(), "--data".as_ref(), data.as_os_str()]);
    assert!(fine, "{why}");
    let said: serde_json::Value = serde_json::from_str(&line).expect("one JSON object");
    (said["position"].as_u64().expect("a position"), said["digest"].as_str().expect("a digest").to_owned())
}

/// Position and digest that an optimised build of the rules alone makes of the records in `data`.
pub(crate) async fn released(data: &Path) -> (u64, String) {
    use std::io::Write as _;
    static RELEASE: OnceLock<PathBuf> = OnceLock::new();
    let program = RELEASE.get_or_init(|| {
        let target = binary().parent().and_then(Path::parent).expect("target");
        cargo(target, &["build", "--quiet", "--release", "--package", "domain", "--example", "digest"]);
        target.join("release/examples/digest")
    });
    let lines: Vec<u8> = entries(data).await.iter().flat_map(|entry| [&entry.bytes[..], b"\n"].concat()).collect();
    let mut process = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it was built");
    process.stdin.take().expect("piped").write_all(&lines).expect("it reads");
    let said = process.wait_with_output().expect("it ends").stdout;
    let said = String::from_utf8(said).expect("text");
    let (position, digest) = said.trim().split_once(' ').expect("position and digest");
    (position.parse().expect("a number"), digest.to_owned())
}

/// Every entry in the segments of `data`, read beside the hub and not asked of it.
pub(crate) async fn entries(data: &Path) -> Vec<Entry> {
    let journal = Embedded::read_only(&data.join("journal")).expect("the segments are whole");
    let end = journal.head().await.expect("a head").position;
    let (mut all, mut batches) = (Vec::new(), journal.follow(1));
    while (all.len() as u64) < end {
        all.extend(batches.next().await.expect("more facts").expect("readable"));
    }
    all
}

/// Position and digest of the board that a hub over `data` shows, started for the question and stopped again.
pub(crate) async fn digest_live(data: &Path, config: &Path) -> (u64, String) {
    let hub = Hub::start(data, Some(config));
    let operator = runtime::identity::operator_token(data).expect("the operator's token is there");
    let mut roads = Roads::connect(&hub.uri, &operator).await.expect("the hub answers");
    let said = roads.audit.digest(v1::DigestRequest::default()).await.expect("a digest").into_inner();
    hub.stop();
    (said.position, said.digest)
}
