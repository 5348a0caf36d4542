//! Reading beside the writer: looks every now and then whether the files have grown.
//!
//! What it finds it syncs itself before handing it out, so a reader never tells of a fact that a power
//! cut then takes back. Such a sync tells of every failure since the file was opened, the writer's too; of
//! one before that it knows nothing, so what is there already when a file is opened is read from the disk
//! itself (`settled` in [`super::open`]).

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::watch;

use super::active::Active;
use super::disk::SyncPoint;
use super::frame::{self, Found};
use super::open::take_in;
use super::sealed::{Lists, Sealed, load_index};
use super::state::{Shared, damaged, io, locked, segment_name};
use crate::port::{ReadError, Tip};

/// How long a new fact may stay unseen by a follower.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Bytes looked at in one go.
const STRETCH: usize = 1 << 20;

/// One reader's place at the end of the files.
pub(crate) struct Tail {
    pub(crate) shared: Arc<Shared>,
    pub(crate) tip: watch::Sender<Tip>,
    /// A sync that failed. What was taken in before it may be replaced by something else: only a reader that
    /// is opened afresh can tell.
    pub(crate) lost: OnceLock<ReadError>,
}

/// Looks until the handle is gone.
pub(crate) fn run(tail: &Mutex<Option<Tail>>, stop: &Receiver<()>) {
    while stop.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
        if let Some(tail) = &*locked(tail)
            && tail.lost.get().is_none()
            && let Err(error) = tail.catch_up()
        {
            tracing::error!(%error, "cannot read on");
        }
    }
    *locked(tail) = None;
}

impl Tail {
    /// Takes in all that was written since.
    pub(crate) fn catch_up(&self) -> Result<(), ReadError> {
        if let Some(error) = self.lost.get() {
            return Err(error.clone());
        }
        loop {
            let grown = self.grow()?;
            if !grown && !self.roll()? {
                return Ok(());
            }
        }
    }

    fn grow(&self) -> Result<bool, ReadError> {
        let mut state = locked(&self.shared.state);
        let file = Arc::clone(&state.file);
        let name = segment_name(state.active.first);
        let mut len = STRETCH;
        let from = state.active.end;
        loop {
            let (mut bytes, mut at) = (Vec::new(), 0);
            let base = state.active.end;
            file.read_at(base, len, &mut bytes).map_err(|source| io(&name, source))?;
            let found = loop {
                match frame::find(&bytes, at) {
                    Found::Frame(frame) if frame.first == state.active.next() => {
                        let state = &mut *state;
                        take_in(&bytes, &frame, &mut state.active, &mut state.subjects)
                            .map_err(|what| damaged(&name, base + at as u64, &what))?;
                        at = frame.range.end;
                        state.active.end = base + at as u64;
                    }
                    other => break other,
                }
            };
            match found {
                Found::Short(wanted) if at == 0 && wanted > len && bytes.len() == len => len = wanted,
                _ if at > 0 => len = STRETCH,
                // Nothing yet, or a group that is being written just now: look again later.
                _ => break,
            }
        }
        if state.active.end == from {
            return Ok(false);
        }
        let tip = Tip { position: state.active.next() - 1, time_ms: state.active.time_ms };
        let end = state.active.end;
        drop(state);
        if let Err(source) = file.sync_data(SyncPoint::Reader) {
            return Err(self.lost.get_or_init(|| io(&name, source)).clone());
        }
        locked(&self.shared.state).durable_end = end;
        self.tip.send_replace(tip);
        Ok(true)
    }

    /// Goes on to the next segment if the writer has.
    fn roll(&self) -> Result<bool, ReadError> {
        let next = locked(&self.shared.state).active.next();
        let name = segment_name(next);
        if locked(&self.shared.state).active.first == next {
            return Ok(false);
        }
        let file = match self.shared.disk.open(&name) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(io(&name, source)),
        };
        file.sync_data(SyncPoint::Reader).and_then(|()| file.forget(0)).map_err(|source| io(&name, source))?;
        // No second look at the old segment: the new one's name is the position after all that is in it.
        let mut state = locked(&self.shared.state);
        let fresh = Active::new(next, state.active.time_ms);
        let full = Arc::new(std::mem::replace(&mut state.active, fresh));
        let disk = &self.shared.disk;
        for sealed in &mut state.sealed {
            if matches!(sealed.lists, Lists::Here(_))
                && let Ok(Some((summary, _))) = load_index(&**disk, sealed.first)
                && summary.last == sealed.last
            {
                sealed.lists = Lists::File(Arc::new(summary), Arc::default());
            }
        }
        state.sealed.push(Sealed::of(full));
        (state.file, state.durable_end) = (file, 0);
        Ok(true)
    }
}
