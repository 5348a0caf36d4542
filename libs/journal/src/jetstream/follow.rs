//! Every fact from a position on, in order and without acknowledgements, by an ordered consumer. A server that goes away
//! is waited for; what comes after it is back continues where the last fact stood, or it is said that it does not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};

use super::read::{self, failed};
use super::{Shared, leader};
use crate::port::{BATCH, Entry, Position, ReadError};

/// Between two tries to reach the server.
const PAUSE: Duration = Duration::from_millis(50);

/// After so long without a fact the stream is asked where it ends.
const IDLE: Duration = Duration::from_secs(2);

/// Where a follower is.
struct Follow {
    shared: Arc<Shared>,
    /// The position wanted next.
    next: Position,
    /// The last that was given out; 0 for none yet.
    given: Position,
    messages: Option<pull::Ordered>,
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
    let follow = Follow { shared, next: from, given: 0, messages: None, short: None, over: false };
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
            if self.messages.is_none() {
                self.begin().await?;
            }
            let Some(messages) = &mut self.messages else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let first = match tokio::time::timeout(IDLE, messages.next()).await {
                Ok(Some(Ok(first))) => first,
                Ok(Some(Err(_)) | None) => {
                    self.messages = None;
                    continue;
                }
                Err(_) => {
                    // Quiet, or forgotten by a server that went away: the stream's end tells.
                    if self.end().await?.is_none_or(|end| end >= self.next) {
                        self.messages = None;
                    }
                    continue;
                }
            };
            let mut batch = vec![entry(&self.shared, &mut self.next, first)?];
            while batch.len() < BATCH {
                match messages.next().now_or_never() {
                    Some(Some(Ok(message))) => batch.push(entry(&self.shared, &mut self.next, message)?),
                    Some(Some(Err(_)) | None) => {
                        self.messages = None;
                        break;
                    }
                    None => break,
                }
            }
            self.given = self.next - 1;
            return Ok(batch);
        }
    }

    /// Asks for everything from the next position on. Leaves nothing where the server is away.
    async fn begin(&mut self) -> Result<(), ReadError> {
        if self.end().await?.is_none() {
            return Ok(());
        }
        let config = pull::OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.next },
            ..pull::OrderedConfig::default()
        };
        if let Ok(Ok(consumer)) = self.shared.answer(self.shared.stream.create_consumer(config)).await {
            self.messages = consumer.messages().await.ok();
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

fn entry(shared: &Shared, next: &mut Position, message: Message) -> Result<Entry, ReadError> {
    let position = message.info().map(|info| info.stream_sequence);
    let position = position.map_err(|error| failed(shared.name.as_str(), std::io::Error::other(error.to_string())))?;
    if position != *next {
        let what = format!("position {position} came in the place of {next}");
        return Err(ReadError::Damaged { file: shared.name.clone(), offset: *next, what });
    }
    *next += 1;
    Ok(Entry { position, bytes: message.message.payload })
}
