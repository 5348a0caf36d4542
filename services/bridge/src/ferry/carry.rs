//! The hub's end of a ferry: its frames leave in files, the partner's come in files; nothing else is different.
//!
//! Files may take their time, and may be lost: frames are written whether or not anybody answers, and written again when
//! the partner is heard of and has not got them. A file is put aside once all of it is dealt with.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use runtime::{Ports, convert};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use wire::{
    Message as _,
    v1::{Batch, PartnerFrame},
};

use super::{BadKey, Folder, MOST_FRAMES, Signer, Verifier, number::Numbers};
use crate::{
    inbox::Inbox,
    session::{Heard, Say, Session},
};

/// A file with so many bytes of frames takes no more of them: half of what a reader takes.
const FULL: usize = 4 << 20;
/// How often the folder is looked into.
const LOOK: Duration = Duration::from_millis(100);
/// Frames that come close together leave in one file.
const LINGER: Duration = Duration::from_millis(100);
/// Messages that wait in each direction.
const QUEUE: usize = 256;
/// How long files that were read are kept.
const KEEP: Duration = Duration::from_secs(24 * 3600);
/// What the hub is called in batches.
const HUB: &str = "hub";

/// Two folders and the keys of both sides.
#[derive(Debug, Clone)]
pub struct Dock {
    /// Where the partner's files arrive.
    pub inbox: PathBuf,
    /// Where the hub's files are put.
    pub outbox: PathBuf,
    /// A file with the hub's key: 64 hex digits.
    pub key: PathBuf,
    /// A file with the partner's public key: 64 hex digits.
    pub partner_key: PathBuf,
}

/// What can go wrong with a dock.
#[derive(Debug, thiserror::Error)]
pub enum DockError {
    /// A folder or file cannot be used.
    #[error("use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file holds no key.
    #[error("{path} holds no key: `hub links key FILE` makes one")]
    Key {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: BadKey,
    },
}

/// A ferry that is ready to run.
pub(crate) struct Ferry {
    session: Arc<Session>,
    inbox: Folder,
    outbox: Folder,
    signer: Arc<Signer>,
    verifier: Verifier,
    numbers: Numbers,
    stop: CancellationToken,
}

/// Opens the folders and reads the keys.
pub(crate) fn open(session: Session, dock: &Dock, stop: CancellationToken) -> Result<Ferry, DockError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| DockError::File { path, source }
    };
    let bad = |path: &Path| {
        let path = path.to_owned();
        move |source| DockError::Key { path, source }
    };
    let read = |path: &Path| std::fs::read_to_string(path).map_err(failed(path));
    let (from, district) = (session.partner.name(), session.ports.district.to_string());
    let signer = Signer::from_hex(&read(&dock.key)?).map_err(bad(&dock.key))?;
    let verifier = Verifier::new(&read(&dock.partner_key)?, from, HUB, &district).map_err(bad(&dock.partner_key))?;
    Ok(Ferry {
        inbox: Folder::open(&dock.inbox).map_err(failed(&dock.inbox))?,
        outbox: Folder::open(&dock.outbox).map_err(failed(&dock.outbox))?,
        numbers: Numbers::open(&dock.outbox, HUB).map_err(failed(&dock.outbox))?,
        session: Arc::new(session),
        signer: Arc::new(signer),
        verifier,
        stop,
    })
}

impl Ferry {
    /// Runs until `stop`. Whatever breaks is tried again: files wait.
    pub(crate) async fn run(self) {
        let Self { session, inbox, outbox, signer, verifier, numbers, stop } = self;
        let partner = session.partner.name();
        session.begin().await;
        let (heard_to, mut heard) = mpsc::channel(QUEUE);
        let (say, say_from) = mpsc::channel(QUEUE);
        let reading = tokio::spawn(read(inbox, verifier, heard_to, stop.clone()));
        let writing = tokio::spawn(write(Arc::clone(&session), outbox, signer, numbers, say_from, stop.clone()));
        while !stop.is_cancelled() {
            let committed = session.kept_committed();
            if let Err(error) = session.run(committed, &mut heard, &say, &stop).await {
                tracing::warn!(partner, %error, "the ferry waits");
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(Duration::from_secs(1)) => {}
                }
            }
        }
        drop(say);
        for task in [reading, writing] {
            let _ = task.await;
        }
    }
}

/// What waits in the folder, to the session.
async fn read(folder: Folder, verifier: Verifier, to: mpsc::Sender<Heard>, stop: CancellationToken) {
    let mut tidied = Instant::now();
    while !stop.is_cancelled() {
        let (looking, by) = (folder.clone(), verifier.clone());
        let found = tokio::task::spawn_blocking(move || looking.next(&by)).await;
        match found {
            Ok(Ok(Some((path, batch)))) => {
                match hand_over(batch, &to, &stop).await {
                    Handed::Over => {}
                    Handed::Back => continue,
                    Handed::Stopped => return,
                }
                if let Err(error) = folder.done(&path) {
                    tracing::warn!(file = %path.display(), %error, "a file that was read stays where it is");
                    tokio::time::sleep(LOOK).await;
                }
            }
            Ok(Ok(None)) => {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(LOOK) => {}
                }
                if tidied.elapsed() > KEEP / 24 {
                    tidied = Instant::now();
                    let _ = folder.tidy(KEEP);
                }
            }
            Ok(Err(error)) => {
                tracing::warn!(folder = %folder.dir().display(), %error, "the folder cannot be read");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(_) => return,
        }
    }
}

/// Hands a file's frames to the session and waits until it has dealt with them. A frame whose predecessor lies in a file
/// that is late or lost comes again; waiting for it would hold up the file that brings the missing one.
async fn hand_over(batch: Batch, to: &mpsc::Sender<Heard>, stop: &CancellationToken) -> Handed {
    let frames = batch.frames.into_iter().map(|frame| Heard::Frame(Box::new(frame)));
    let (end, dealt_with) = oneshot::channel();
    for heard in std::iter::once(Heard::Commit(batch.committed)).chain(frames).chain([Heard::End(end)]) {
        tokio::select! {
            () = stop.cancelled() => return Handed::Stopped,
            sent = to.send(heard) => if sent.is_err() { return Handed::Stopped },
        }
    }
    tokio::select! {
        () = stop.cancelled() => Handed::Stopped,
        dealt_with = dealt_with => if dealt_with.is_ok() { Handed::Over } else { Handed::Back },
    }
}

/// What became of a file's frames.
enum Handed {
    /// They are dealt with.
    Over,
    /// The conversation broke over them.
    Back,
    /// The ferry stops.
    Stopped,
}

/// What is to leave, into files.
async fn write(
    session: Arc<Session>,
    folder: Folder,
    signer: Arc<Signer>,
    mut numbers: Numbers,
    mut from: mpsc::Receiver<Say>,
    stop: CancellationToken,
) {
    let mut committed = Inbox::new(session.ports.clone(), session.partner, session.scripted).received();
    let mut told = committed;
    while let Some(first) = from.recv().await {
        let (mut frames, mut bytes, mut beat) = (Vec::new(), 0, false);
        let mut next = Some(first);
        let linger = tokio::time::sleep(LINGER);
        tokio::pin!(linger);
        while let Some(say) = next.take() {
            match say {
                Say::Frame(frame) => {
                    bytes += frame.encoded_len();
                    frames.push(*frame);
                }
                Say::Commit(number) => committed = committed.max(number),
                Say::Beat => beat = true,
            }
            if frames.len() < MOST_FRAMES && bytes < FULL {
                tokio::select! {
                    () = &mut linger => {}
                    more = from.recv() => next = more,
                }
            }
        }
        if frames.is_empty() && !beat && committed == told {
            continue;
        }
        told = committed;
        if let Err(error) = leave(&session, &folder, &signer, &mut numbers, frames, committed).await {
            tracing::warn!(folder = %folder.dir().display(), %error, "a file could not be written; its frames go with the next");
        }
        if stop.is_cancelled() {
            return;
        }
    }
}

async fn leave(
    session: &Session,
    folder: &Folder,
    signer: &Arc<Signer>,
    numbers: &mut Numbers,
    frames: Vec<PartnerFrame>,
    committed: u64,
) -> io::Result<()> {
    let (ports, number): (&Ports, u64) = (&session.ports, numbers.give()?);
    let last = frames.last().map(|frame| frame.number);
    let batch = Batch {
        from: HUB.to_owned(),
        to: session.partner.name().to_owned(),
        district: ports.district.to_string(),
        number,
        written: Some(convert::to_when(ports.clock.now())),
        committed,
        frames,
        journal: ports.fold.look(|board| board.ledger().map(|(id, _)| id.clone())).unwrap_or_default(),
    };
    let (folder, signer) = (folder.clone(), Arc::clone(signer));
    tokio::task::spawn_blocking(move || folder.write(&batch, &signer)).await.map_err(io::Error::other)??;
    if let Some(last) = last
        && let Err(error) = session.sent(last, Some(number)).await
    {
        tracing::warn!(%error, "that frames have left is not on record");
    }
    Ok(())
}
