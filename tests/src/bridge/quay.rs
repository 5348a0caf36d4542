//! A partner's end of a ferry, for tests: two folders, keys for both ends, and files written and read by hand.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    time::Duration,
};

use bridge::ferry::{Folder, Numbers, Signer, Verifier};
use wire::v1::{self, exchange_answer::What as Answer};

use super::line::Line;

/// A partner's end of a ferry.
pub(crate) struct Files {
    name: String,
    pub(crate) out: Folder,
    into: Folder,
    pub(crate) signer: Signer,
    hub: Verifier,
    numbers: Numbers,
    pub(crate) committed: u64,
    waiting: VecDeque<Answer>,
}

/// Files of keys for both ends of a ferry, and the folders between.
pub(crate) struct Quay(PathBuf);

impl Quay {
    /// One that is there.
    pub(crate) fn at(folder: &Path, partner: &str) -> Self {
        Self(folder.join(format!("quay-{partner}")))
    }

    /// New keys and folders for this partner.
    pub(crate) fn new(folder: &Path, partner: &str) -> Self {
        let quay = Self::at(folder, partner);
        for (name, digit) in [("hub", '1'), ("partner", '2')] {
            std::fs::create_dir_all(&quay.0).expect("a writable folder");
            let seed = digit.to_string().repeat(64);
            std::fs::write(quay.file(&format!("{name}.key")), &seed).expect("a writable folder");
            let public = Signer::from_hex(&seed).expect("a key").public();
            std::fs::write(quay.file(&format!("{name}.pub")), public).expect("a writable folder");
        }
        quay
    }

    /// A file or folder of it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Files that the hub has not read yet.
    pub(crate) fn waiting(&self) -> usize {
        names(&self.file("to-hub")).iter().filter(|name| name.ends_with(".batch")).count()
    }

    /// Settings of the hub's end.
    pub(crate) fn settings(&self, partner: &str) -> runtime::config::Bridge {
        runtime::config::Bridge {
            partner: partner.to_owned(),
            simulated: false,
            beat_seconds: 1,
            silence_seconds: 3,
            stream: None,
            ferry: Some(runtime::config::BridgeFerry {
                inbox: self.file("to-hub"),
                outbox: self.file("from-hub"),
                key: self.file("hub.key"),
                partner_key: self.file("partner.pub"),
                resend_seconds: 2,
            }),
        }
    }

    /// The partner's end.
    pub(crate) fn line(&self, partner: &str) -> Line {
        let read = |name: &str| std::fs::read_to_string(self.file(name)).expect("a key");
        let out = Folder::open(&self.file("to-hub")).expect("a folder");
        Line::Ferry(Box::new(Files {
            name: partner.to_owned(),
            numbers: Numbers::open(&self.file("to-hub"), partner).expect("a note"),
            out,
            into: Folder::open(&self.file("from-hub")).expect("a folder"),
            signer: Signer::from_hex(&read("partner.key")).expect("a key"),
            hub: Verifier::new(&read("hub.pub"), "hub", partner, crate::town::DISTRICT).expect("a key"),
            committed: 0,
            waiting: VecDeque::new(),
        }))
    }
}

impl Files {
    /// Writes one batch with these frames.
    pub(crate) fn write(&mut self, frames: Vec<v1::PartnerFrame>) {
        let batch = self.batch(frames);
        self.out.write(&batch, &self.signer).expect("a writable folder");
    }

    /// The next batch, not written yet.
    pub(crate) fn batch(&mut self, frames: Vec<v1::PartnerFrame>) -> v1::Batch {
        v1::Batch {
            from: self.name.clone(),
            to: "hub".to_owned(),
            district: crate::town::DISTRICT.to_owned(),
            number: self.numbers.give().expect("a number"),
            written: None,
            committed: self.committed,
            frames,
            journal: String::new(),
        }
    }

    /// More frames of the file that is read now.
    pub(crate) fn more(&self) -> bool {
        matches!(self.waiting.front(), Some(Answer::Frame(_)))
    }

    /// What stands in the hub's files, one after another.
    pub(crate) async fn hear(&mut self) -> Answer {
        loop {
            if let Some(answer) = self.waiting.pop_front() {
                return answer;
            }
            if let Some((path, batch)) = self.into.next(&self.hub).expect("a folder") {
                self.waiting.extend(batch.frames.into_iter().map(Answer::Frame));
                self.waiting.push_back(Answer::Commit(v1::Commit { number: batch.committed }));
                self.into.done(&path).expect("a folder");
            } else {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// The names in a folder; none where it is not there.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("a readable folder").file_name().into_string().expect("plain names")).collect();
    names.sort();
    names
}
