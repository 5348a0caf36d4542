//! What a NATS server says of a district's journal, and what our user may do to it: looked at, never changed.
//!
//! [`Health::look`] gives plain facts; what they are worth and how to mend them is its caller's to say. Rights are found out
//! by asking for each thing in words that the server cannot read: one who may ask is told so, and nothing is done.
//! `deny_purge` has to be seen before a purge is spoken of at all, because of all requests that one is done by a server
//! that reads nothing in it.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::stream::Info;
use async_nats::{Client, RequestErrorKind};
use tokio::sync::watch;

use super::open::{OpenError, Options, absent, check, stream_name, version};
use super::seal::MOVED_TO;
use super::{OLDEST_SERVER, PATIENCE, access, monitor};
use crate::subject::is_token;

/// What no server reads. It begins like JSON and is none: what does not begin so, a purge takes for nothing said, and purges
/// (seen with nats-server 2.15.1).
const UNREADABLE: &str = r#"{"may we"#;

/// What was found at the servers.
#[derive(Debug)]
pub struct Health {
    /// The name of the server that answered.
    pub server: String,
    /// Its version.
    pub version: String,
    /// That version is one the journal keeps its promises with.
    pub new_enough: bool,
    /// The name of the district's stream.
    pub name: String,
    /// The stream itself, if it is there.
    pub stream: Result<Option<Kept>, OpenError>,
    /// Is it proven that each server syncs before it acknowledges?
    pub synced: Result<(), OpenError>,
    /// The servers' own clocks, by their monitoring addresses.
    pub clocks: Vec<Told>,
    /// What our user may do to the stream, and should not.
    pub rights: Vec<(Deed, Answer)>,
}

/// A stream that is there.
#[derive(Debug)]
pub struct Kept {
    /// Are its settings such that facts are safe in it?
    pub settings: Result<(), OpenError>,
    /// Where its facts went, if it was sealed and takes no more.
    pub sealed: Option<String>,
    /// Copies that are wanted.
    pub replicas: usize,
    /// The server that leads it now.
    pub leader: Option<String>,
    /// The other servers that keep it.
    pub followers: Vec<Follower>,
}

/// A server that keeps a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follower {
    /// Its name.
    pub name: String,
    /// It has everything.
    pub current: bool,
    /// The others do not see it.
    pub offline: bool,
    /// Changes that it lacks.
    pub behind: u64,
}

/// What one monitoring address told.
#[derive(Debug)]
pub struct Told {
    /// The address.
    pub address: String,
    /// The server's time in milliseconds of Unix time, halfway between question and answer `at_ms`; or why it is not known.
    pub now_ms: Result<i64, String>,
    /// Our own time at that moment.
    pub at_ms: i64,
}

/// What could be done to a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Take it away, facts and all.
    Delete,
    /// Change its settings, among them those that keep facts safe.
    Update,
    /// Empty it.
    Purge,
    /// Take single facts out.
    DeleteMessage,
    /// Put another in its place.
    Restore,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Update, Self::DeleteMessage, Self::Restore, Self::Delete, Self::Purge];

    /// As the server calls it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Update => "UPDATE",
            Self::Purge => "PURGE",
            Self::DeleteMessage => "MSG.DELETE",
            Self::Restore => "RESTORE",
        }
    }
}

/// What came of asking whether something may be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The server looked at the request: this user may.
    May,
    /// The server refused it unseen.
    MayNot,
    /// Nobody takes such requests from this account.
    Nobody,
    /// No answer within the time.
    Silent,
    /// It was not asked, because asking would not be safe.
    NotAsked,
}

impl Health {
    /// Looks, over a connection of its own.
    ///
    /// # Errors
    /// [`OpenError`] where nobody answers, or nobody can be asked.
    pub async fn look(options: &Options) -> Result<Self, OpenError> {
        if !is_token(&options.district) {
            return Err(OpenError::Option { name: "district", what: "small letters, digits and hyphens".to_owned() });
        }
        let (refusing, refused) = watch::channel(String::new());
        let client = connect(options, refusing).await?;
        let (server, name) = (client.server_info(), stream_name(&options.district));
        let found = find(&client, &name).await;
        let cluster = found.as_ref().ok().and_then(|found| found.as_ref()).and_then(|info| info.cluster.as_ref());
        let synced = monitor::prove(&options.monitors, &server.server_id, cluster).await;
        let mut clocks = Vec::new();
        for address in &options.monitors {
            clocks.push(told(address, options).await);
        }
        let purge_is_safe = match &found {
            Ok(Some(info)) => info.config.deny_purge,
            Ok(None) => true,
            Err(_) => false,
        };
        let mut rights = Vec::new();
        for deed in Deed::ALL {
            let answer = match deed {
                Deed::Purge if !purge_is_safe => Answer::NotAsked,
                Deed::Delete | Deed::Update | Deed::Purge | Deed::DeleteMessage | Deed::Restore => {
                    may(&client, refused.clone(), deed, &name).await
                }
            };
            rights.push((deed, answer));
        }
        let new_enough = version(&server.version).is_some_and(|found| found >= OLDEST_SERVER);
        let stream = found.map(|found| found.map(kept));
        Ok(Self { server: server.server_name, version: server.version, new_enough, name, stream, synced, clocks, rights })
    }
}

async fn connect(options: &Options, refusing: watch::Sender<String>) -> Result<Client, OpenError> {
    let (addresses, pair) = access::addresses(&options.url)?;
    let connecting = async_nats::ConnectOptions::new().name("hub doctor").event_callback(move |event| {
        if let async_nats::Event::ServerError(error) = event {
            refusing.send_replace(error.to_string().to_lowercase());
        }
        std::future::ready(())
    });
    let connecting = access::apply(&options.access, pair, connecting).await?;
    let failed = |error| OpenError::Connect { url: access::shown(&options.url), source: Arc::new(error) };
    connecting.connect(addresses).await.map_err(failed)
}

async fn find(client: &Client, name: &str) -> Result<Option<Info>, OpenError> {
    let failed = |source| OpenError::Stream { what: "find", stream: name.to_owned(), source };
    let context = async_nats::jetstream::new(client.clone());
    match tokio::time::timeout(PATIENCE, context.get_stream(name)).await {
        Ok(Ok(stream)) => Ok(Some(stream.cached_info().clone())),
        Ok(Err(error)) if absent(&error) => Ok(None),
        Ok(Err(error)) => Err(failed(Arc::new(error))),
        Err(elapsed) => Err(failed(Arc::new(elapsed))),
    }
}

fn kept(info: Info) -> Kept {
    let Info { config, cluster, .. } = info;
    let sealed = config.sealed.then(|| config.metadata.get(MOVED_TO).cloned().unwrap_or_default());
    let (leader, peers) = cluster.map_or((None, Vec::new()), |cluster| (cluster.leader, cluster.replicas));
    let followers = peers.into_iter().map(|peer| Follower {
        name: peer.name,
        current: peer.current,
        offline: peer.offline,
        behind: peer.lag.unwrap_or(0),
    });
    Kept { settings: check(&config), sealed, replicas: config.num_replicas, leader, followers: followers.collect() }
}

async fn told(address: &str, options: &Options) -> Told {
    let begun = (options.clock)();
    let varz = monitor::varz(address).await;
    let at_ms = begun + ((options.clock)() - begun) / 2;
    let now_ms = varz.and_then(|varz| {
        let now = varz.now.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_millisecond);
        now.map_err(|_| format!("server {} does not tell its time", varz.server_name))
    });
    Told { address: access::shown(address), now_ms, at_ms }
}

/// Asks in words that are not read. Whoever may not ask gets no answer at all, but is told so beside.
async fn may(client: &Client, mut refused: watch::Receiver<String>, deed: Deed, name: &str) -> Answer {
    let subject = format!("$JS.API.STREAM.{}.{name}", deed.word());
    let wanted = format!("\"{}\"", subject.to_lowercase());
    tokio::select! {
        answer = client.request(subject, UNREADABLE.into()) => match answer {
            Ok(_) => Answer::May,
            Err(error) if matches!(error.kind(), RequestErrorKind::NoResponders) => Answer::Nobody,
            Err(_) => Answer::Silent,
        },
        Ok(_) = refused.wait_for(|what| what.contains(&wanted)) => Answer::MayNot,
        () = tokio::time::sleep(Duration::from_secs(2)) => Answer::Silent,
    }
}
