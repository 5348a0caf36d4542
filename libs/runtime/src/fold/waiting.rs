//! Who waits for which position. Each waiter is woken once, when its position is there, and by nothing else.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use journal::Position;
use tokio::sync::oneshot;

use super::FoldError;

#[derive(Debug)]
pub(super) struct Waiting(Mutex<State>);

#[derive(Debug)]
struct State {
    position: Position,
    stopped: Option<FoldError>,
    /// By position, then by ticket: one that gives up takes itself out.
    waiters: BTreeMap<(Position, u64), oneshot::Sender<()>>,
    tickets: u64,
}

impl Waiting {
    pub(super) const fn at(position: Position) -> Self {
        Self(Mutex::new(State { position, stopped: None, waiters: BTreeMap::new(), tickets: 0 }))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn position(&self) -> Position {
        self.state().position
    }

    pub(super) fn stopped(&self) -> Option<FoldError> {
        self.state().stopped.clone()
    }

    /// The fold has come to `position`.
    pub(super) fn advance(&self, position: Position) {
        let ready = {
            let mut state = self.state();
            state.position = state.position.max(position);
            let later = state.waiters.split_off(&(position + 1, 0));
            std::mem::replace(&mut state.waiters, later)
        };
        for waiter in ready.into_values() {
            // A waiter that gave up has dropped its end.
            let _ = waiter.send(());
        }
    }

    /// The fold will come no further.
    pub(super) fn stop(&self, error: FoldError) {
        let mut state = self.state();
        state.stopped = Some(error);
        state.waiters.clear();
    }

    pub(super) async fn reached(&self, position: Position, patience: Duration) -> Result<(), FoldError> {
        let (ticket, waiter) = {
            let mut state = self.state();
            if state.position >= position {
                return Ok(());
            }
            if let Some(stopped) = &state.stopped {
                return Err(stopped.clone());
            }
            let (tell, told) = oneshot::channel();
            state.tickets += 1;
            let ticket = (position, state.tickets);
            state.waiters.insert(ticket, tell);
            (ticket, told)
        };
        match tokio::time::timeout(patience, waiter).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => {
                let mut state = self.state();
                state.waiters.remove(&ticket);
                Err(state.stopped.clone().unwrap_or(FoldError::Behind { wanted: position }))
            }
        }
    }
}
