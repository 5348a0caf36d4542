//! Figures of the whole process that can be looked up at any time: readiness, journal, disk, board, snapshots, spool.
//!
//! Numbers alone: none of them says anything of one incident. Those of a bridge are in
//! `bridge::figures`, those of calls and appends are measured where they happen (`runtime::metrics`).

use std::{fs, path::Path};

use domain::board::Board;
use runtime::{
    Ports,
    config::Config,
    metrics::{Kind::Level, watch},
    outside::Ready,
};

use crate::backend::Backend;

/// Has them looked up from now on, where somebody asks.
pub(crate) fn watch_all(ports: &Ports, backend: &Backend, config: &Config, ready: &Ready) {
    let ready = ready.clone();
    watch(Level, "hub.ready", "", "1 while the process is ready", move |tell| tell(truth(ready.reason().is_none()), &[]));
    journal(ports, backend, config);
    board(ports);
    spool(ports);
}

fn journal(ports: &Ports, backend: &Backend, config: &Config) {
    let fold = ports.fold.clone();
    watch(Level, "hub.journal.position", "", "Position of the journal's last fact", move |tell| {
        if let Some(head) = fold.head() {
            tell(head.position as f64, &[]);
        }
    });
    let (fold, clock) = (ports.fold.clone(), ports.clock.clone());
    watch(Level, "hub.journal.sync.age", "s", "Since the last fact was synced to disk", move |tell| {
        if let Some(head) = fold.head().filter(|head| head.time_ms > 0) {
            tell((clock.now().ms() - head.time_ms).max(0) as f64 / 1000.0, &[]);
        }
    });
    let away = backend.clone();
    watch(Level, "hub.journal.away", "", "1 while the journal's servers are away", move |tell| tell(truth(away.away()), &[]));
    if matches!(backend, Backend::Embedded(_)) {
        let dir = config.data.join("journal");
        watch(Level, "hub.journal.size", "By", "The journal's files on disk", move |tell| {
            if let Some((bytes, _)) = files(&dir) {
                tell(bytes as f64, &[]);
            }
        });
        let dir = config.data.join("journal");
        watch(Level, "hub.journal.segments", "{segment}", "Segment files of the journal", move |tell| {
            if let Some((_, segments)) = files(&dir) {
                tell(segments as f64, &[]);
            }
        });
    }
    let data = config.data.clone();
    watch(Level, "hub.disk.free", "By", "Free on the disk of the data directory", move |tell| {
        if let Ok(disk) = rustix::fs::statvfs(&data) {
            tell(disk.f_bavail.saturating_mul(disk.f_frsize) as f64, &[]);
        }
    });
    let data = config.data.clone();
    watch(Level, "hub.disk.size", "By", "Size of the disk of the data directory", move |tell| {
        if let Ok(disk) = rustix::fs::statvfs(&data) {
            tell(disk.f_blocks.saturating_mul(disk.f_frsize) as f64, &[]);
        }
    });
}

fn board(ports: &Ports) {
    let fold = ports.fold.clone();
    watch(Level, "hub.fold.stopped", "", "1 once the board takes no more facts", move |tell| {
        tell(truth(fold.stopped().is_some()), &[]);
    });
    let fold = ports.fold.clone();
    watch(Level, "hub.snapshot.behind", "{fact}", "Facts since the last snapshot", move |tell| tell(fold.unsaved() as f64, &[]));
    let fold = ports.fold.clone();
    watch(
        Level,
        "hub.incidents",
        "{incident}",
        "Open incidents, and those of them with a time limit that has passed",
        move |tell| {
            let counts = fold.look(Board::counts);
            tell(counts.open as f64, &[("hub.standing", "open")]);
            tell(counts.overdue as f64, &[("hub.standing", "overdue")]);
        },
    );
}

fn spool(ports: &Ports) {
    let spool = ports.spool.clone();
    watch(Level, "hub.spool.waiting", "{report}", "Reports that wait for the journal's servers", move |tell| {
        tell(spool.as_ref().map_or(0, |spool| spool.waiting()) as f64, &[]);
    });
    let spool = ports.spool.clone();
    watch(Level, "hub.spool.size", "By", "Bytes of the reports that wait", move |tell| {
        tell(spool.as_ref().map_or(0, |spool| spool.bytes().0) as f64, &[]);
    });
    let spool = ports.spool.clone();
    watch(Level, "hub.spool.limit", "By", "Bytes of reports that may wait; 0 where there is no spool", move |tell| {
        tell(spool.as_ref().map_or(0, |spool| spool.bytes().1) as f64, &[]);
    });
}

fn truth(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// Bytes that the files of a journal take on disk, and how many of them are segments.
fn files(dir: &Path) -> Option<(u64, usize)> {
    use std::os::unix::fs::MetadataExt as _;
    let (mut bytes, mut segments) = (0, 0);
    for entry in fs::read_dir(dir).ok()? {
        // One that went away meanwhile takes no room.
        let Ok(entry) = entry else { continue };
        let Ok(about) = entry.metadata() else { continue };
        bytes += about.blocks() * 512;
        let segment = Path::new(&entry.file_name()).extension().is_some_and(|ending| ending == "seg");
        segments += usize::from(segment);
    }
    Some((bytes, segments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journals_files_are_counted() {
        let dir = tempfile::tempdir().expect("a folder");
        assert_eq!(files(&dir.path().join("missing")), None);
        assert_eq!(files(dir.path()), Some((0, 0)));
        for name in ["00000000000000000001.seg", "00000000000000000009.seg", "00000000000000000001.idx"] {
            fs::write(dir.path().join(name), vec![1; 8192]).expect("written");
        }
        let (bytes, segments) = files(dir.path()).expect("there");
        assert!(segments == 2 && bytes >= 3 * 8192, "{bytes} {segments}");
    }
}
