//! A real small disk, full and then read-only: nothing acknowledged is lost, and what only reads still reads.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use hub::roads::Roads;
use wire::v1::{self, Role};

use crate::{
    child::{self, Hub, Log},
    town::{self, DISTRICT, Desk, code, report},
};

/// A disk of its own, in a mount name space that ends with it.
struct Disk {
    holder: Child,
    folder: tempfile::TempDir,
}

impl Disk {
    fn of(megabytes: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let script = format!("mount -t tmpfs -o size={megabytes}m tmpfs \"$0\" && echo there && exec sleep 600");
        let mut command = Command::new("unshare");
        command.args(["--mount", "--", "sh", "-c", &script]).arg(folder.path()).stdout(Stdio::piped());
        let mut holder = command.spawn().expect("unshare belongs to util-linux: install it");
        let mut said = String::new();
        BufReader::new(holder.stdout.take().expect("piped")).read_line(&mut said).expect("it says that it is there");
        assert_eq!(said.trim(), "there", "a mount name space of one's own takes root");
        Self { holder, folder }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The same command where the disk is.
    fn on(&self, command: &Command) -> Command {
        let mut there = Command::new("nsenter");
        there.args(["--mount", "--target", &self.holder.id().to_string(), "--"]);
        there.arg(command.get_program()).args(command.get_args());
        there
    }

    fn again(&self, options: &str) {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,{options}")]).arg(self.folder.path());
        assert!(self.on(&mount).status().is_ok_and(|status| status.success()), "mounted again with {options}");
    }

    /// Is it done, and what was said.
    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(child::binary());
        command.args(arguments).arg("--data").arg(self.data());
        let out = self.on(&command).output().expect("the hub runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (out.status.success(), text(&out.stdout) + &text(&out.stderr))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

fn settings(folder: &Path) -> PathBuf {
    child::settings(folder, "segment_bytes = 1048576")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_that_was_acknowledged_and_a_read_only_one_can_be_read() {
    let (disk, beside) = (Disk::of(12), tempfile::tempdir().expect("a folder"));
    let (config, log) = (settings(beside.path()), beside.path().join("log"));
    let start = || Hub::spawn(disk.on(&child::serve(&disk.data(), Some(&config))), Log::File(&log));
    let hub = start();
    // Read where the disk is: its files are seen there alone.
    let token = std::fs::read_to_string(format!("/proc/{}/root{}", disk.holder.id(), disk.data().join("operator.token").display()));
    let mut roads = Roads::connect(&hub.uri, token.expect("the operator's token").trim()).await.expect("in");
    let token = town::add_seat(&mut roads, "seat/desk-1", "desk-1", "grid", DISTRICT, &[Role::CallTaker]).await;
    let desk = Desk::at(&hub.uri, "desk-1", &token).await;
    let (words, begun) = ("路".repeat(2_000), Instant::now());
    let mut acknowledged = Vec::new();
    let refused = loop {
        let reference = format!("D-{}", acknowledged.len());
        match desk.report(report("patrol", &reference, &words)).await {
            Ok(taken) => acknowledged.push((reference, taken.incident_id)),
            Err(refused) => break refused,
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "the disk is never full");
    };
    eprintln!("{} reports, then {refused}", acknowledged.len());
    assert_eq!(code(&refused), "journal.stopped", "{refused:?}");
    assert!(!hub.status().success(), "whoever watches it has to see that it failed");
    let said = std::fs::read_to_string(&log).expect("a log");
    assert!(said.contains("start the hub again"), "it says what to do: {said}");

    disk.again("size=64m");
    let hub = start();
    let desk = Desk::at(&hub.uri, "desk-1", &token).await;
    for (reference, incident) in &acknowledged {
        let again = desk.report(report("patrol", reference, &words)).await.expect("known");
        assert_eq!((again.outcome(), &again.incident_id), (v1::ReportOutcome::Known, incident));
    }
    hub.stop();

    disk.again("ro");
    let (fine, digest) = disk.run(&["digest"]);
    assert!(fine, "{digest}");
    for reading in [&["board"][..], &["follow", "--once"], &["doctor"]] {
        let (fine, said) = disk.run(reading);
        assert!(fine || reading == ["doctor"], "{reading:?}: {said}");
    }
    let (fine, said) = disk.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(!fine && said.contains("Read-only file system"), "{said}");
    disk.again("rw");
    assert_eq!(disk.run(&["digest"]), (true, digest), "nothing was changed");
}
