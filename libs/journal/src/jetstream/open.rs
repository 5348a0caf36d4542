//! Opening: which server this is, whether the stream is what it has to be, and whether its disk is synced.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use tokio::sync::watch;

use super::access::{self, Access, AccessError};
use super::{JetStream, OLDEST_SERVER, Shared, Start, leader, monitor, read};
use crate::embedded::Clock;
use crate::first::{self, FirstError};
use crate::port::{Journal, Position, ReadError};
use crate::record::MAX_RECORD_BYTES;
use crate::subject::is_token;

/// Between two pings.
const PING: Duration = Duration::from_secs(1);
/// How long a server may take to greet.
const CONNECT: Duration = Duration::from_secs(2);

/// How to open a journal in a stream.
#[derive(Clone)]
pub struct Options {
    /// Where the servers are: `nats://user:password@host:4222`, several with commas.
    pub url: String,
    /// Who we are to them.
    pub access: Access,
    /// Whose facts these are: small letters, digits, hyphens.
    pub district: String,
    /// The journal's own name, written into position 1 of a new one; one that is there keeps its own.
    pub journal_id: String,
    /// Stamps the records.
    pub clock: Clock,
    /// Decisions that may wait; one more is told `Busy`.
    pub queue: usize,
    /// Servers that keep the stream, of a new one.
    pub replicas: usize,
    /// Monitoring addresses of the servers, `http://host:8222`: they prove that each syncs before it acknowledges.
    pub monitors: Vec<String>,
    /// Goes on with a server that does not. What it acknowledged may be lost with its power.
    pub accept_loss: bool,
    /// The highest position any snapshot, index or checkpoint names; a stream that ends before it has lost facts.
    pub floor: Position,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, access, district, journal_id, clock: _, queue, replicas, monitors, accept_loss, floor } = self;
        let monitors: Vec<_> = monitors.iter().map(|address| access::shown(address)).collect();
        let mut shown = f.debug_struct("Options");
        shown.field("url", &access::shown(url)).field("access", access).field("district", district);
        shown.field("journal_id", journal_id).field("queue", queue).field("replicas", replicas);
        shown.field("monitors", &monitors).field("accept_loss", accept_loss).field("floor", floor).finish()
    }
}

/// Why a journal in a stream does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nobody answers there, or not for us.
    #[error("connect to {url}: is the server running there, and do user and password fit?")]
    Connect {
        /// Where, without a password.
        url: String,
        /// Why not.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// Access cannot be asked for as the options say.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Too old.
    #[error("the server is version {found}: {}.{}.{} or newer is needed", OLDEST_SERVER.0, OLDEST_SERVER.1, OLDEST_SERVER.2)]
    Server {
        /// Its version.
        found: String,
    },
    /// The stream could not be made or looked at.
    #[error("cannot {what} stream {stream}")]
    Stream {
        /// What was tried.
        what: &'static str,
        /// Its name.
        stream: String,
        /// Why not.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// There is none to read.
    #[error(
        "there is no stream {stream} here: check the address, the district, and which account this user is of; `hub serve` makes one"
    )]
    Absent {
        /// The name it would have.
        stream: String,
    },
    /// Servers are there, and none of them answers for the stream.
    #[error("the servers do not say what is in stream {stream}: are more than half of them up, and do they reach each other?")]
    Leaderless {
        /// Its name.
        stream: String,
        /// What one of them said at last.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The stream is there and is not what it has to be.
    #[error("stream {stream} has {setting} = {found}, {wanted} is needed: facts would not be safe in it")]
    Setting {
        /// Its name.
        stream: String,
        /// Which setting.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        wanted: &'static str,
    },
    /// It is not proven that what a server acknowledges is on its disk.
    #[error(
        "{what}: set `jetstream {{ sync_interval: always }}` on every server and name their monitoring addresses, or say --accept-loss"
    )]
    Unsynced {
        /// What is missing.
        what: String,
    },
    /// Facts that somebody was told of are gone.
    #[error("stream {stream} ends at position {found}, but position {floor} was known: restore it from a copy")]
    Lost {
        /// Its name.
        stream: String,
        /// Where it ends.
        found: Position,
        /// What was known.
        floor: Position,
    },
    /// An option that cannot be.
    #[error("option {name}: {what}")]
    Option {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// The first record could not be made or read.
    #[error("the journal's first record")]
    First(#[from] FirstError),
    /// The stream does not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl OpenError {
    /// Is there simply no journal yet?
    #[must_use]
    pub const fn absent(&self) -> bool {
        matches!(self, Self::Absent { .. })
    }
}

impl Options {
    /// The address without user and password: for messages.
    #[must_use]
    pub fn url_shown(&self) -> String {
        access::shown(&self.url)
    }
}

/// The name of a district's stream.
pub(crate) fn stream_name(district: &str) -> String {
    format!("HUB_EVT_{district}")
}

/// Connects and finds the stream, made and checked.
pub(crate) async fn connect(
    options: &Options,
    start: Start,
    lost: watch::Sender<u64>,
    denied: watch::Sender<String>,
) -> Result<(async_nats::Client, Stream), OpenError> {
    if !is_token(&options.district) {
        return Err(OpenError::Option { name: "district", what: "small letters, digits and hyphens".to_owned() });
    }
    let (addresses, pair) = access::addresses(&options.url)?;
    // A server whose cable is pulled says nothing at all: three pings without an answer, and another one is asked.
    let connecting = async_nats::ConnectOptions::new().name("hub journal").ping_interval(PING).connection_timeout(CONNECT);
    // A server that comes back is wanted at once: callers wait for it.
    let delay = |attempt| Duration::from_millis(20) * u32::try_from(attempt).unwrap_or(50).min(50);
    let connecting = connecting.reconnect_delay_callback(delay).event_callback(move |event| {
        match event {
            async_nats::Event::Disconnected => lost.send_modify(|times| *times += 1),
            async_nats::Event::ServerError(async_nats::ServerError::Other(what)) => {
                tracing::warn!(what, "the NATS server complains");
                denied.send_replace(what);
            }
            _ => {}
        }
        std::future::ready(())
    });
    let connecting = access::apply(&options.access, pair, connecting).await?;
    let failed = |error| OpenError::Connect { url: access::shown(&options.url), source: Arc::new(error) };
    let client = connecting.connect(addresses).await.map_err(failed)?;
    let info = client.server_info();
    if version(&info.version).is_none_or(|found| found < OLDEST_SERVER) {
        return Err(OpenError::Server { found: info.version });
    }
    let context = async_nats::jetstream::new(client.clone());
    let config = wanted(options);
    let name = config.name.clone();
    let failed = |what, source| OpenError::Stream { what, stream: name.clone(), source };
    leader::wait(&context, &name).await?;
    // Not "create or update": one that is there keeps its settings, and is refused where they do not do.
    let stream = match start {
        Start::Begin | Start::Empty => leader::make(&context, &config).await.map_err(|error| failed("make or find", error))?,
        Start::Found | Start::Look => match context.get_stream(&name).await {
            Ok(stream) => stream,
            Err(error) if absent(&error) => return Err(OpenError::Absent { stream: name }),
            Err(error) => return Err(failed("find", Arc::new(error))),
        },
    };
    if start == Start::Look {
        return Ok((client, stream));
    }
    check(&stream.cached_info().config)?;
    if !options.accept_loss {
        monitor::check(&options.monitors, &info.server_id, stream.cached_info()).await?;
    }
    Ok((client, stream))
}

pub(super) fn absent(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

pub(super) fn version(text: &str) -> Option<(u64, u64, u64)> {
    let mut numbers = text.split('-').next()?.split('.').map(|part| part.parse().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}

fn wanted(options: &Options) -> Config {
    Config {
        name: stream_name(&options.district),
        subjects: vec![format!("hub.evt.{}.>", options.district)],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        num_replicas: options.replicas,
        max_message_size: i32::try_from(MAX_RECORD_BYTES + 4096).unwrap_or(i32::MAX),
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        allow_atomic_publish: true,
        description: Some("Facts of a district, in one order; nothing else, and nothing is ever taken out.".to_owned()),
        ..Config::default()
    }
}

pub(super) fn check(config: &Config) -> Result<(), OpenError> {
    let unlimited = |limit: i64| limit <= 0;
    let settings: [(&'static str, bool, String, &'static str); 10] = [
        ("storage", config.storage == StorageType::File, format!("{:?}", config.storage), "file"),
        ("retention", config.retention == RetentionPolicy::Limits, format!("{:?}", config.retention), "limits"),
        ("discard", config.discard == DiscardPolicy::New, format!("{:?}", config.discard), "new"),
        ("deny_delete", config.deny_delete, config.deny_delete.to_string(), "true"),
        ("deny_purge", config.deny_purge, config.deny_purge.to_string(), "true"),
        ("allow_atomic", config.allow_atomic_publish, config.allow_atomic_publish.to_string(), "true"),
        ("no_ack", !config.no_ack, config.no_ack.to_string(), "false"),
        ("max_age", config.max_age.is_zero(), format!("{:?}", config.max_age), "none"),
        ("max_msgs", unlimited(config.max_messages), config.max_messages.to_string(), "none"),
        ("persist_mode", config.persist_mode.is_none(), format!("{:?}", config.persist_mode), "default"),
    ];
    match settings.into_iter().find(|(_, right, ..)| !right) {
        None => Ok(()),
        Some((setting, _, found, wanted)) => {
            Err(OpenError::Setting { stream: config.name.clone(), setting, found: found.to_lowercase(), wanted })
        }
    }
}

/// Writes position 1. Another process may do so at the same time: one of them does, and both go on.
pub(crate) async fn begin(journal: &JetStream, id: &str) -> Result<(), OpenError> {
    let decision = first::decision(&journal.shared.district, id)?;
    match journal.append(decision).await {
        Ok(_) => Ok(()),
        Err(error) => match journal.head().await?.position {
            0 => Err(FirstError::from(error).into()),
            _ => Ok(()),
        },
    }
}

/// Compares the district of position 1 with the one asked for.
pub(crate) async fn belongs_to(shared: &Shared) -> Result<(), OpenError> {
    let record = read::at(shared, 1).await?.ok_or(FirstError::Strange)?;
    let found = first::read(&record.payload)?;
    if found.district == shared.district {
        return Ok(());
    }
    let what = format!("stream {} is of district {}", shared.name, found.district);
    Err(OpenError::Option { name: "district", what })
}
