//! The conformance suite on the embedded journal.

use std::fs;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use async_trait::async_trait;

use super::damage::{frames, named, spoil};
use crate::conformance::{Clock, Harness, Spoil};
use crate::embedded::{Embedded, Options};
use crate::port::{Journal, Position};

struct OnDisk(tempfile::TempDir);

fn fresh() -> OnDisk {
    OnDisk(tempfile::tempdir().expect("a directory"))
}

impl OnDisk {
    fn options(clock: Clock, queue: usize) -> Options {
        Options { segment_bytes: 128 << 10, queue, ..Options::new("pukou", "main", clock) }
    }
}

#[async_trait]
impl Harness for OnDisk {
    async fn open(&self, clock: Clock, queue: usize) -> Arc<dyn Journal> {
        self.reopen(clock, queue, 0).await.expect("opens")
    }

    async fn reopen(&self, clock: Clock, queue: usize, floor: Position) -> Result<Arc<dyn Journal>, String> {
        let opened = Embedded::open(self.0.path(), Options { floor, ..Self::options(clock, queue) });
        opened.map(|journal| Arc::new(journal) as Arc<dyn Journal>).map_err(|error| error.to_string())
    }

    async fn spoil(&self, what: Spoil) {
        let segment = &named(self.0.path(), ".seg")[0];
        let starts = frames(segment);
        match what {
            Spoil::Tail => {
                let (last, end) = (starts[starts.len() - 2], starts[starts.len() - 1]);
                let torn = &fs::read(segment).expect("readable")[last..last + (end - last) / 2];
                let file = fs::OpenOptions::new().write(true).open(segment).expect("opens");
                file.write_all_at(torn, end as u64).expect("written");
            }
            Spoil::Middle => spoil(segment, starts[3] + 40),
        }
    }

    async fn close(&self, journal: Arc<dyn Journal>) {
        assert_eq!(Arc::strong_count(&journal), 1, "someone still holds the journal");
        drop(journal);
    }
}

crate::conformance!(fresh());
