//! An answer leaves the hub only after its facts are on disk: seen from outside, call by call, with strace.

use std::{path::Path, process::Command};

use wire::v1::{Channel, Role};

use crate::{
    child::{self, Hub, Log},
    town::{Desk, report},
};

/// What the hub asked of the system, as strace tells it.
struct Calls(Vec<String>);

impl Calls {
    fn read(file: &Path) -> Self {
        let text = std::fs::read(file).expect("strace wrote its file");
        Self(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
    }

    fn find(&self, from: usize, what: impl Fn(&str) -> bool) -> Option<usize> {
        self.0.iter().enumerate().skip(from).find(|(_, line)| what(line)).map(|(at, _)| at)
    }

    /// Where a call that begins on `line` has come back: there, or where strace says that the thread resumed it.
    fn back(&self, line: usize) -> usize {
        if !self.0[line].contains("<unfinished") {
            return line;
        }
        let thread = self.0[line].split_whitespace().next().expect("strace -f names the thread").to_owned();
        let resumed = |text: &str| text.starts_with(&thread) && text.contains("resumed>");
        self.find(line + 1, resumed).expect("every call comes back")
    }
}

fn writes_to_segment(line: &str) -> bool {
    line.contains("pwrite64(") && line.contains(".seg>")
}

/// `hub serve` under strace, which writes these calls down.
fn traced(calls: &str, data: &Path, out: &Path) -> Command {
    assert!(
        Command::new("strace").arg("-V").output().is_ok_and(|out| out.status.success()),
        "strace is missing: `just test` installs it where apt-get may; else install it with your system's packages (Debian: apt install strace)"
    );
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "20000", "-e", &format!("trace={calls}"), "-o"]).arg(out).arg(child::binary());
    child::serve_arguments(&mut command, data, None);
    command
}

/// Stops a hub that strace watches: strace goes with it.
fn stop(hub: Hub, data: &Path) {
    let writer = std::fs::read_to_string(data.join("journal/lock")).expect("the writer notes its process id");
    assert!(Command::new("kill").arg(writer.trim()).status().is_ok_and(|status| status.success()));
    hub.status();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_on_disk_before_its_file_has_its_name_and_the_name_before_a_key_is_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path().join("data"), folder.path().join("calls"));
    let hub = Hub::spawn(traced("fsync,rename,renameat,renameat2,pwrite64", &data, &out), Log::Aside);
    stop(hub, &data);
    let calls = Calls::read(&out);
    let rename = |line: &str| line.contains("rename") && line.contains("keys.json.new");
    let renames = (0..calls.0.len()).filter(|&at| rename(&calls.0[at])).collect::<Vec<_>>();
    assert!(!renames.is_empty(), "the key file gets its name");
    let synced = |from: usize, what: &str| calls.find(from, |line| line.contains("fsync(") && line.contains(what));
    let mut before = 0;
    for at in renames {
        let file = synced(before, "keys.json.new>").expect("the file is synced");
        assert!(calls.back(file) < at, "synced before it has its name");
        before = synced(at, "/keys>").expect("then the directory");
    }
    let used = calls.find(0, |line| writes_to_segment(line) && line.contains("incident/"));
    assert!(used.is_none(), "nothing was sealed in this life, so every key was on disk before it could be used");
}

#[tokio::test(flavor = "multi_thread")]
async fn strace_shows_the_sync_before_the_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path().join("data"), folder.path().join("calls"));
    let hub = Hub::spawn(traced("pwrite64,fdatasync,write,writev,sendto,sendmsg", &data, &out), Log::Aside);
    let token = hub.seat(&data, "desk-1", "grid", &[Role::CallTaker]).await;
    let desk = Desk::at(&hub.uri, "desk-1", &token).await;
    let mut incidents = Vec::new();
    for n in 0..20 {
        let mut said = report("patrol", &format!("Z-{n}"), "井盖松动");
        said.channel = Channel::Patrol.into();
        incidents.push(desk.report(said).await.expect("in").incident_id);
    }
    stop(hub, &data);

    let calls = Calls::read(&out);
    for id in &incidents {
        let written = calls
            .find(0, |line| writes_to_segment(line) && line.contains(id.as_str()))
            .expect("the record is written to a segment");
        let synced = calls.find(written + 1, |line| line.contains("fdatasync(") && line.contains(".seg>")).expect("and synced");
        let synced = calls.back(synced);
        let answer = |line: &str| (line.contains("<TCP") || line.contains("<socket:")) && line.contains(id.as_str());
        let answered = calls.find(0, answer).expect("the answer leaves by the socket");
        assert!(calls.back(written) < synced && synced < answered, "{id}: written {written}, synced {synced}, answered {answered}");
    }
    let asked = calls.0.iter().filter(|line| line.contains("fdatasync(") && line.contains(".seg>")).count();
    println!("{} answers, each after its sync; {asked} syncs of segments", incidents.len());
}
