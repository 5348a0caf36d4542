//! Every fact from a position on, in order and without acknowledgements, by a consumer of its own. A server that goes away
//! is waited for; what comes after it is back continues where the last fact stood, or it is said that it does not.
//!
//! Not the client library's ordered consumer: one that it has to make again before its first message came starts at position 1.
//! Positions are dense here, so order is seen without it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};

use super::read::{self, failed};
use super::{Shared, leader};
use crate::port::{BATCH, Entry, Position, ReadError};

/// Between two tries to reach the server.
const PAUSE: Duration = Duration::from_millis(50);

/// After so long without a fact the stream is asked where it ends.
const IDLE: Duration = Duration::from_secs(2);

/// Most facts, and most of their bytes, that are asked for ahead at once; half as many again may be on their way.
const AHEAD: (usize, usize) = (1_000, 8 << 20);

/// The server says so often that it is there; twice as long without a word, and the facts are asked for again.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Where a follower is.
struct Follow {
    shared: Arc<Shared>,
    /// The position wanted next.
    next: Position,
    /// The last that was given out; 0 for none yet.
    given: Position,
    messages: Option<pull::Stream>,
    /// Nothing came yet of what was asked for last: the first has to be the right one.
    fresh: bool,
    /// Since when the stream is said to end before what was given out.
    short: Option<Instant>,
    over: bool,
}

/// See [`crate::Journal::follow`].
pub(crate) fn follow(shared: Arc<Shared>, from: Position) -> BoxStream<'static, Result<Vec<Entry>, ReadError>> {
    let mut closed = shared.closed.clone();
    let closing = async move {
        // An error means that whoever could close it is gone.
        let _ = closed.wait_for(|closed| *closed).await;
    };
    let follow = Follow { shared, next: from, given: 0, messages: None, fresh: true, short: None, over: false };
    let batches = futures::stream::unfold(follow, |mut follow| async move {
        // Ends with the first error: what follows it would have a gap.
        if follow.over {
            return None;
        }
        let batch = follow.batch().await;
        follow.over = batch.is_err();
        Some((batch, follow))
    });
    batches.take_until(Box::pin(closing)).boxed()
}

impl Follow {
    /// The next facts, however long they take to come.
    async fn batch(&mut self) -> Result<Vec<Entry>, ReadError> {
        loop {
            let Some(mut messages) = self.messages.take() else {
                self.begin().await?;
                if self.messages.is_none() {
                    tokio::time::sleep(PAUSE).await;
                }
                continue;
            };
            match tokio::time::timeout(IDLE, messages.next()).await {
                Ok(Some(Ok(first))) => {
                    let (batch, whole) = self.take(first, &mut messages)?;
                    self.messages = whole.then_some(messages);
                    if !batch.is_empty() {
                        return Ok(batch);
                    }
                }
                // It broke off: it is asked for again.
                Ok(Some(Err(_)) | None) => {}
                // Quiet, or forgotten by a server that went away: the stream's end tells.
                Err(_) => {
                    let quiet = self.end().await?.is_some_and(|end| end < self.next);
                    self.messages = quiet.then_some(messages);
                }
            }
        }
    }

    /// What is there at once, from the first on; and whether more may come after it.
    fn take(&mut self, first: Message, messages: &mut pull::Stream) -> Result<(Vec<Entry>, bool), ReadError> {
        let (mut batch, mut next) = (Vec::new(), first);
        loop {
            let position = next.info().map(|info| info.stream_sequence);
            let position = position.map_err(|error| failed(&*self.shared.name, std::io::Error::other(error.to_string())))?;
            if position != self.next {
                if self.fresh {
                    let what = format!("position {position} came in the place of {}", self.next);
                    return Err(ReadError::Damaged { file: self.shared.name.clone(), offset: self.next, what });
                }
                // Some were lost on the way: what is missing is asked for again.
                return Ok((batch, false));
            }
            batch.push(Entry { position, bytes: next.message.payload });
            (self.next, self.given, self.fresh) = (position + 1, position, false);
            if batch.len() == BATCH {
                return Ok((batch, true));
            }
            next = match messages.next().now_or_never() {
                Some(Some(Ok(message))) => message,
                Some(Some(Err(_)) | None) => return Ok((batch, false)),
                None => return Ok((batch, true)),
            };
        }
    }

    /// Asks for everything from the next position on. Leaves nothing where the server is away.
    async fn begin(&mut self) -> Result<(), ReadError> {
        if self.end().await?.is_none() {
            return Ok(());
        }
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.next },
            ack_policy: AckPolicy::None,
            memory_storage: true,
            num_replicas: 1,
            // The server forgets it soon after it is no longer asked.
            inactive_threshold: Duration::from_secs(30),
            ..pull::Config::default()
        };
        if let Ok(Ok(consumer)) = self.shared.answer(self.shared.stream.create_consumer(config)).await {
            let ask = consumer.stream().max_messages_per_batch(AHEAD.0).max_bytes_per_batch(AHEAD.1).heartbeat(HEARTBEAT);
            (self.messages, self.fresh) = (ask.messages().await.ok(), true);
        }
        Ok(())
    }

    /// Where the stream ends; none where the server is away. What was given out once is there, or somebody has to know
    /// that it is not; but a copy that lags behind the others is only asked again.
    async fn end(&mut self) -> Result<Option<Position>, ReadError> {
        let tip = match read::head(&self.shared).await {
            Ok(tip) => tip,
            Err(error @ ReadError::Damaged { .. }) => return Err(error),
            Err(_) => return Ok(None),
        };
        if tip.position >= self.given {
            self.short = None;
            return Ok(Some(tip.position));
        }
        let since = *self.short.get_or_insert_with(Instant::now);
        if !self.shared.alone() && since.elapsed() < leader::LAGGING {
            return Ok(None);
        }
        let what = format!("it ends at position {}, and {} was there before", tip.position, self.given);
        Err(ReadError::Damaged { file: self.shared.name.clone(), offset: self.given, what })
    }
}
