//! Several servers: somebody has to lead before anything is answered, and a copy may lag behind the others.

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::context::{
    Context, CreateStreamError, CreateStreamErrorKind, GetStreamErrorKind, RequestError, RequestErrorKind,
};
use async_nats::jetstream::stream::{Config, Info, Stream};
use async_nats::jetstream::{self, ErrorCode};

use super::{OpenError, Shared, read};
use crate::port::{Position, ReadError};

/// An election takes less.
const ELECTION: Duration = Duration::from_secs(12);
/// A server that was cut off with some of its clients goes on telling what it knows for ten seconds; then it has noticed.
pub(super) const LAGGING: Duration = Duration::from_secs(20);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);
/// How long one answer is waited for during an election: a server without a leader may say nothing at all, and one that is
/// asked again knows the new leader.
const ASKED: Duration = Duration::from_secs(2);
/// The servers' status for what cannot be done now.
const UNAVAILABLE: usize = 503;

/// What a server or the connection said.
type Failure = Arc<dyn std::error::Error + Send + Sync>;

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

/// The stream of these settings, made where there is none. Servers that found each other a moment ago may not know yet that
/// they are enough to keep it, or say nothing: as long as an election may take, they are asked again.
pub(super) async fn make(context: &Context, config: &Config) -> Result<Stream, Failure> {
    let begun = Instant::now();
    loop {
        let error: Failure = match tokio::time::timeout(ASKED, context.get_or_create_stream(config.clone())).await {
            Ok(Ok(made)) => return Ok(made),
            Ok(Err(error)) if passes(&error) => Arc::new(error),
            Ok(Err(error)) => return Err(Arc::new(error)),
            Err(silence) => Arc::new(silence),
        };
        if begun.elapsed() > ELECTION {
            return Err(error);
        }
        tracing::info!(stream = config.name, %error, "the servers do not make the stream yet: they are asked again");
        tokio::time::sleep(PAUSE).await;
    }
}

/// May the same request be granted a moment later?
fn passes(error: &CreateStreamError) -> bool {
    match error.kind() {
        // Too few servers for its copies: some of them may only not have been heard of yet.
        CreateStreamErrorKind::JetStream(said) => said.code() == UNAVAILABLE || said.error_code() == ErrorCode::CLUSTER_NO_PEERS,
        CreateStreamErrorKind::TimedOut => true,
        CreateStreamErrorKind::EmptyStreamName
        | CreateStreamErrorKind::InvalidStreamName
        | CreateStreamErrorKind::DomainAndExternalSet
        | CreateStreamErrorKind::JetStreamUnavailable
        | CreateStreamErrorKind::Response
        | CreateStreamErrorKind::NotFound
        | CreateStreamErrorKind::ResponseParse => false,
    }
}

/// The error by which servers without a leader are known. Any other one is for whoever asks next.
async fn leaderless(context: &Context, stream: &str) -> Option<Failure> {
    let error = match tokio::time::timeout(ASKED, context.get_stream(stream)).await {
        Ok(Ok(found)) => return led(found.cached_info()).err().map(|error| Arc::new(error) as Arc<_>),
        Ok(Err(error)) => error,
        Err(silence) => return Some(Arc::new(silence)),
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
