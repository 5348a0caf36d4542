//! Several servers: somebody has to lead before anything is answered, and a copy may lag behind the others.

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::context::{Context, GetStreamErrorKind, RequestError, RequestErrorKind};
use async_nats::jetstream::stream::Info;
use async_nats::jetstream::{self, ErrorCode};

use super::{OpenError, Shared, read};
use crate::port::{Position, ReadError};

/// An election takes less.
const ELECTION: Duration = Duration::from_secs(12);
/// A server that was cut off with some of its clients goes on telling what it knows for ten seconds; then it has noticed.
pub(super) const LAGGING: Duration = Duration::from_secs(20);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// Waits until the servers have chosen who answers for the stream, or for its absence.
pub(super) async fn wait(context: &jetstream::Context, stream: &str) -> Result<(), OpenError> {
    let begun = Instant::now();
    while let Some(source) = leaderless(context, stream).await {
        if begun.elapsed() > ELECTION {
            return Err(OpenError::Leaderless { stream: stream.to_owned(), source });
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// The error by which servers without a leader are known. Any other one is for whoever asks next.
async fn leaderless(context: &Context, stream: &str) -> Option<Arc<dyn std::error::Error + Send + Sync>> {
    let error = match context.get_stream(stream).await {
        Ok(found) => return led(found.cached_info()).err().map(|error| Arc::new(error) as Arc<_>),
        Err(error) => error,
    };
    let silent = || {
        let source = error.source().and_then(|source| source.downcast_ref::<RequestError>());
        source.is_some_and(|source| source.kind() == RequestErrorKind::TimedOut)
    };
    let none_leads = match error.kind() {
        GetStreamErrorKind::JetStream(said) => said.error_code() == ErrorCode::CLUSTER_NOT_AVAILABLE,
        GetStreamErrorKind::Request => silent(),
        GetStreamErrorKind::EmptyName | GetStreamErrorKind::InvalidStreamName => false,
    };
    none_leads.then(|| Arc::new(error) as Arc<_>)
}

/// A member without a leader tells of its own copy, which may lag: that is no answer.
pub(super) fn led(info: &Info) -> std::io::Result<()> {
    match &info.cluster {
        Some(cluster) if cluster.leader.as_ref().is_none_or(String::is_empty) => {
            Err(std::io::Error::other("none of the servers leads the stream"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Where the stream ends. An end before `known` is asked for again, as long as a lagging copy may be the cause.
pub(super) async fn end(shared: &Shared, known: Position) -> Result<Position, ReadError> {
    let begun = Instant::now();
    loop {
        let found = read::head(shared).await?.position;
        if found >= known || shared.alone() || begun.elapsed() > LAGGING {
            return Ok(found);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
