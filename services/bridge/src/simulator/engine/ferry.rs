//! Frames as files in folders: the same chain and the same commits, only slower.

use std::{
    io,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use wire::{
    Message as _,
    v1::{Batch, PartnerFrame},
};

use super::{TICK, desk::Desk, faults};
use crate::ferry::{Folder, MOST_BYTES, MOST_FRAMES, Signer, Verifier};

/// The hub, as it calls itself in files.
pub(super) const HUB: &str = "hub";
/// How often the in folder is looked at, and how long new frames wait for company.
const LOOK: Duration = Duration::from_millis(200);
/// How long files that were read are kept, and how often that is looked after.
const KEPT: Duration = Duration::from_secs(3_600);
/// Bytes of frames in one file; the rest of what a reader takes is room for what is around them.
const MOST: usize = (MOST_BYTES / 2) as usize;
/// A key that is not ours, for the fault of a bad signature.
const STRANGE: &str = "6c69616e71696e2d737472616e67652d6b65792d666f722d74657374732d6f6e";

/// How often files are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// One at least so often.
    pub(super) beat: Duration,
    /// Frames without a commit for so long are written again.
    pub(super) resend: Duration,
}

/// Both folders, and how things stand in them.
#[derive(Debug)]
pub(super) struct Road {
    read: Folder,
    write: Folder,
    signer: Signer,
    verifier: Verifier,
    pace: Pace,
    /// When a file was written last, when the hub last committed something, when the folder was looked at.
    wrote: Option<Instant>,
    progress: Instant,
    looked: Option<Instant>,
    tidied: Option<Instant>,
}

impl Road {
    /// The folders, made where they are missing.
    pub(super) fn open(read: &Path, write: &Path, signer: Signer, verifier: Verifier, pace: Pace) -> anyhow::Result<Self> {
        let open = |dir: &Path| Folder::open(dir).with_context(|| format!("open the folder {}", dir.display()));
        let (read, write) = (open(read)?, open(write)?);
        let progress = Instant::now();
        Ok(Self { read, write, signer, verifier, pace, wrote: None, progress, looked: None, tidied: None })
    }
}

/// Writes and reads files until `stop`.
pub(super) async fn run(desk: &mut Desk, road: &mut Road, stop: &CancellationToken) -> anyhow::Result<()> {
    desk.outbox.begin_again();
    while !stop.is_cancelled() {
        desk.tick()?;
        road.turn(desk)?;
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
    Ok(())
}

impl Road {
    /// Reads what is there, writes what there is to write.
    pub(super) fn turn(&mut self, desk: &mut Desk) -> anyhow::Result<()> {
        let due = |since: Option<Instant>, every: Duration| since.is_none_or(|since| since.elapsed() >= every);
        if !due(self.looked, LOOK) {
            return Ok(());
        }
        self.looked = Some(Instant::now());
        while let Some((path, batch)) = self.away("read the in folder", self.read.next(&self.verifier)).flatten() {
            desk.behind_it_is(&batch.journal)?;
            if desk.committed(batch.committed)? {
                self.progress = Instant::now();
            }
            desk.take(batch.frames)?;
            if self.away("put a file that was read aside", self.read.done(&path)).is_none() {
                break;
            }
        }
        if desk.outbox.open() && self.progress.elapsed() >= self.pace.resend {
            desk.outbox.begin_again();
            self.progress = Instant::now();
        }
        if desk.outbox.next().is_some() || due(self.wrote, self.pace.beat) {
            self.write(desk)?;
        }
        if due(self.tidied, KEPT) {
            self.tidied = Some(Instant::now());
            self.away("tidy the in folder", self.read.tidy(KEPT));
        }
        Ok(())
    }

    /// What was to be done in a folder, or none: it may be away for a while, and files may be carried off. It is tried again.
    fn away<T>(&self, what: &str, done: io::Result<T>) -> Option<T> {
        done.inspect_err(|error| tracing::warn!(%error, "{what}")).ok()
    }

    fn write(&mut self, desk: &mut Desk) -> anyhow::Result<()> {
        // Where nothing was under way, waiting for a commit begins now.
        if !desk.outbox.under_way() {
            self.progress = Instant::now();
        }
        let from = desk.whose.partner.name();
        let Some(last) = self.away("list the out folder", self.write.last(from)) else { return Ok(()) };
        let number = desk.batch.max(last) + 1;
        let mut batch = Batch {
            from: from.to_owned(),
            to: HUB.to_owned(),
            district: desk.whose.district.clone(),
            number,
            written: Some(wire::time::timestamp(desk.whose.clock.now().ms())),
            committed: desk.inbox.last(),
            frames: Vec::new(),
            journal: String::new(),
        };
        let mut bytes = 0;
        while batch.frames.len() < MOST_FRAMES
            && let Some((_, frame)) = desk.outbox.next()
            && bytes + frame.len() <= MOST
        {
            bytes += frame.len();
            batch.frames.push(PartnerFrame::decode(frame).context("read back a frame of ours")?);
            desk.outbox.said();
        }
        self.misbehave(desk, &mut batch)?;
        if self.away("write a file into the out folder", self.write.write(&batch, &self.signer)).is_none() {
            // Its frames go with the next that can be written.
            desk.outbox.begin_again();
            return Ok(());
        }
        desk.wrote(batch.number)?;
        // What is in it tells the hub how far we are.
        _ = desk.inbox.commit();
        self.wrote = Some(Instant::now());
        Ok(())
    }

    /// Ill behaviour that was drawn for frames of this file.
    fn misbehave(&self, desk: &mut Desk, batch: &mut Batch) -> anyhow::Result<()> {
        let (seed, faults) = (desk.whose.seed, desk.whose.faults);
        let number = batch.number;
        let strikes = |fault, share| faults::strikes(seed, fault, number, share);
        let length = batch.frames.len();
        if strikes("duplicate", faults.duplicate)
            && let Some(frame) = batch.frames.last().cloned()
        {
            batch.frames.push(frame);
        }
        if strikes("disorder", faults.disorder) && length >= 2 {
            batch.frames.swap(length - 2, length - 1);
        }
        if strikes("signature", faults.signature) {
            let strange = Signer::from_hex(STRANGE).context("make up a strange key")?;
            if self.away("write a badly signed file", self.write.write(batch, &strange)).is_some() {
                desk.wrote(number)?;
                batch.number += 1;
            }
        }
        Ok(())
    }
}
