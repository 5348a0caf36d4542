//! Following: history in big reads, one ahead of the consumer, then what the writer just wrote, from memory.
//!
//! A follower that falls behind reads from disk again; it can be slow without costing anyone anything.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::read::{Cursor, stretch};
use super::state::{Shared, io, locked};
use crate::port::{Entry, Position, ReadError, Tip};

type Stretch = Result<(Vec<Vec<Entry>>, Cursor), ReadError>;

struct Follower {
    shared: Arc<Shared>,
    tip: watch::Receiver<Tip>,
    cursor: Cursor,
    ready: VecDeque<Vec<Entry>>,
    ahead: Option<JoinHandle<Stretch>>,
    failed: bool,
}

/// Follows from a position.
pub(crate) fn follow(shared: Arc<Shared>, from: Position) -> BoxStream<'static, Result<Vec<Entry>, ReadError>> {
    let tip = shared.tip.clone();
    let cursor = Cursor { next: from.max(1), at: None };
    let follower = Follower { shared, tip, cursor, ready: VecDeque::new(), ahead: None, failed: false };
    stream::unfold(follower, |mut follower| async move { follower.next().await.map(|batch| (batch, follower)) }).boxed()
}

impl Follower {
    async fn next(&mut self) -> Option<Result<Vec<Entry>, ReadError>> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Some(Ok(batch));
            }
            if self.failed {
                return None;
            }
            let tip = self.tip.borrow_and_update().position;
            if let Some(ahead) = self.ahead.take() {
                if let Err(error) = self.take(ahead).await {
                    self.failed = true;
                    return Some(Err(error));
                }
            } else if self.cursor.next > tip {
                if self.tip.changed().await.is_err() && self.cursor.next > self.tip.borrow().position {
                    return None;
                }
            } else if let Some(batch) = locked(&self.shared.ring).from(self.cursor.next) {
                self.cursor = Cursor { next: self.cursor.next + batch.len() as u64, at: None };
                return Some(Ok(batch));
            } else {
                self.ahead = Some(self.read_on());
            }
        }
    }

    async fn take(&mut self, ahead: JoinHandle<Stretch>) -> Result<(), ReadError> {
        let gone = |error| io("the journal's files", std::io::Error::other(error));
        let (batches, cursor) = ahead.await.map_err(gone)??;
        self.ready.extend(batches);
        self.cursor = cursor;
        let behind = cursor.next <= self.tip.borrow().position;
        if behind && locked(&self.shared.ring).from(cursor.next).is_none() {
            self.ahead = Some(self.read_on());
        }
        Ok(())
    }

    fn read_on(&self) -> JoinHandle<Stretch> {
        let (shared, mut cursor) = (Arc::clone(&self.shared), self.cursor);
        tokio::task::spawn_blocking(move || stretch(&shared, &mut cursor).map(|batches| (batches, cursor)))
    }
}
