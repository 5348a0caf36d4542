//! The conformance suite on the embedded journal.

use std::sync::Arc;

use async_trait::async_trait;

use crate::conformance::{Clock, Harness};
use crate::embedded::{Embedded, Options};
use crate::port::Journal;

struct OnDisk(tempfile::TempDir);

fn fresh() -> OnDisk {
    OnDisk(tempfile::tempdir().expect("a directory"))
}

#[async_trait]
impl Harness for OnDisk {
    async fn open(&self, clock: Clock, queue: usize) -> Arc<dyn Journal> {
        let options = Options { segment_bytes: 128 << 10, queue, ..Options::new("pukou", "main", clock) };
        Arc::new(Embedded::open(self.0.path(), options).expect("opens"))
    }

    async fn close(&self, journal: Arc<dyn Journal>) {
        assert_eq!(Arc::strong_count(&journal), 1, "someone still holds the journal");
        drop(journal);
    }
}

crate::conformance!(fresh());
