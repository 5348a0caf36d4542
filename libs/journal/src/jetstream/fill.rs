//! Records that were written elsewhere, taken as they are: how a copy gets in. All of them or none, and only where the stream
//! ends right before them, so nobody can have written in between.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::{ErrorCode, response::Response};

use super::send::{self, Message, TRACEPARENT};
use super::{JetStream, read, seal};
use crate::header::header;
use crate::port::{Entry, Position, ReadError};
use crate::subject::Subject;

/// How long a server that is away is waited for.
const LAST_PATIENCE: Duration = Duration::from_secs(30);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// Why finished records are not taken.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum FillError {
    #[error("position {position}: {what}")]
    Record { position: Position, what: String },
    #[error("somebody else has written position {position}")]
    Overtaken { position: Position },
    #[error("it is sealed: its facts went to {to}")]
    Sealed { to: String },
    #[error("no answer")]
    Unknown(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

impl JetStream {
    /// Takes whole decisions as they were written elsewhere; answers when they are on disk. They continue the stream.
    pub(crate) async fn fill(&self, entries: &[Entry]) -> Result<(), FillError> {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(()) };
        let messages = self.messages(entries)?;
        let begun = Instant::now();
        loop {
            let id = self.shared.client.new_inbox().replace("_INBOX.", "");
            let sent = self.shared.answer(send::publish(&self.shared.client, &id, messages.clone())).await;
            let why: Arc<dyn std::error::Error + Send + Sync> = match sent {
                Ok(Ok(Response::Ok(ack))) if ack.sequence == last.position => return Ok(()),
                Ok(Ok(Response::Ok(ack))) => return Err(FillError::Overtaken { position: ack.sequence }),
                Ok(Ok(Response::Err { error })) if error.error_code() == ErrorCode::STREAM_SEALED => {
                    let to = seal::moved(&self.shared).await.ok().flatten();
                    return Err(FillError::Sealed { to: to.unwrap_or_else(|| seal::ELSEWHERE.to_owned()) });
                }
                Ok(Ok(Response::Err { error })) => Arc::new(error),
                Ok(Err(error)) | Err(error) => Arc::new(error),
            };
            // An answer that was lost, or one that speaks of what a lost one did: the stream's end tells.
            match self.is_in(entries).await {
                Ok(Some(true)) => return Ok(()),
                Ok(Some(false)) => return Err(FillError::Overtaken { position: first.position }),
                Ok(None) | Err(_) if begun.elapsed() < LAST_PATIENCE => tokio::time::sleep(PAUSE).await,
                Err(error @ ReadError::Damaged { .. }) => return Err(FillError::Unknown(Arc::new(error))),
                Ok(None) | Err(_) => return Err(FillError::Unknown(why)),
            }
        }
    }

    /// Whether exactly these records are in; none where the stream ends right before them.
    async fn is_in(&self, entries: &[Entry]) -> Result<Option<bool>, ReadError> {
        let end = read::head(&self.shared).await?.position;
        if entries.first().is_some_and(|first| end + 1 == first.position) {
            return Ok(None);
        }
        for entry in entries {
            let kept = read::at(&self.shared, entry.position).await?;
            if kept.is_none_or(|kept| kept.payload != entry.bytes) {
                return Ok(Some(false));
            }
        }
        Ok(Some(true))
    }

    fn messages(&self, entries: &[Entry]) -> Result<Vec<Message>, FillError> {
        let message = |(nth, entry): (usize, &Entry)| {
            let wrong = |what: String| FillError::Record { position: entry.position, what };
            let header = header(&entry.bytes).map_err(|error| wrong(error.to_string()))?;
            let subject = Subject::new(header.subject).map_err(|error| wrong(error.to_string()))?;
            let mut headers = HeaderMap::new();
            if nth == 0 {
                headers.insert("Nats-Expected-Last-Sequence", (entry.position - 1).to_string());
            }
            if let Some(traceparent) = header.traceparent {
                headers.insert(TRACEPARENT, traceparent);
            }
            Ok((self.shared.nats(&subject), headers, entry.bytes.clone()))
        };
        entries.iter().enumerate().map(message).collect()
    }
}
