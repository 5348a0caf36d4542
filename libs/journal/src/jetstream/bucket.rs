//! A few values under names, kept by the same servers: the NATS side of a keyring. Laid out like a NATS key-value bucket,
//! so `nats kv get` reads it.
//!
//! Not for facts. What is replaced is erased: the server overwrites it on its disk, and a put answers only after that. A
//! server by itself would only forget it, and leave the bytes where they lie (its limit of values a key does just that, so
//! the limit is never to be reached). Replicas write through a log of their own, whose old entries go with its next
//! snapshot, not at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RawMessageError, RawMessageErrorKind, StorageType, Stream};
use async_nats::{HeaderMap, RequestErrorKind};
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;

use super::open::{OpenError, absent};
use super::send::{EXPECTED, overtaken};
use super::{JetStream, PATIENCE, Shared, leader, monitor};

/// Values of one key that the server keeps. One is wanted; the others are room for those that could not be erased yet.
const KEPT: i64 = 16;

/// Between two tries to put what nobody took.
const UNHEARD: Duration = Duration::from_millis(20);

/// How often a watcher looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Values under names.
#[derive(Clone)]
pub struct Bucket {
    shared: Arc<Shared>,
    stream: Stream,
    name: String,
}

/// A value and its number: each put gets a higher one.
pub type Value = (Vec<u8>, u64);

/// What became of a put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is on disk under this revision, and what it replaced is erased.
    Done {
        /// Its revision.
        revision: u64,
    },
    /// Somebody put another value first. Nothing was kept.
    Conflict {
        /// The revision that is there; 0 for none.
        revision: u64,
    },
}

/// Why a value could not be read or put.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// A name that a bucket cannot have.
    #[error("{key:?} is no key of a bucket: letters, digits and - / _ = with single dots between them")]
    Key {
        /// What was offered.
        key: String,
    },
    /// More than a message may carry.
    #[error("{bytes} bytes for key {key}, the server takes {limit}: set its max_payload higher")]
    TooLarge {
        /// The key.
        key: String,
        /// Its bytes.
        bytes: usize,
        /// The server's limit.
        limit: usize,
    },
    /// Its stream cannot be made, or is not what it has to be.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The server did not say what is there.
    #[error("cannot read key {key} of bucket {bucket}: is the server there, and may this user read?")]
    Read {
        /// Its bucket.
        bucket: String,
        /// The key.
        key: String,
        /// Why not.
        #[source]
        source: Failure,
    },
    /// The value may be in or not.
    #[error("no answer whether key {key} of bucket {bucket} was put: put the same value again, with the same expectation")]
    Unknown {
        /// Its bucket.
        bucket: String,
        /// The key.
        key: String,
        /// Why not.
        #[source]
        source: Failure,
    },
    /// The new value is in, and an old one still lies on a disk.
    #[error("key {key} of bucket {bucket} is put, but revision {revision} is not erased: put the same value again")]
    NotErased {
        /// Its bucket.
        bucket: String,
        /// The key.
        key: String,
        /// The one that is still there.
        revision: u64,
        /// Why not.
        #[source]
        source: Failure,
    },
}

/// A message or none.
type Raw = Result<StreamMessage, RawMessageError>;

/// What the server or the connection said.
type Failure = Arc<dyn std::error::Error + Send + Sync>;

impl JetStream {
    /// The keys beside the journal, over the same connection; made where there are none.
    ///
    /// # Errors
    /// [`BucketError::Open`].
    pub async fn bucket(&self) -> Result<Bucket, BucketError> {
        let name = format!("HUB_KEYS_{}", self.shared.district);
        // As many disks as the facts have: keys that are lost open nothing.
        let config = wanted(&name, self.shared.stream.cached_info().config.num_replicas);
        let stream = config.name.clone();
        let failed = |source: Failure| OpenError::Stream { what: "make or find", stream: stream.clone(), source };
        let context = async_nats::jetstream::new(self.shared.client.clone());
        let made = leader::make(&context, &config).await.map_err(failed)?;
        check(&made.cached_info().config)?;
        if let Some(monitors) = &self.shared.monitors {
            monitor::check(monitors, &self.shared.client.server_info().server_id, made.cached_info()).await?;
        }
        Ok(Bucket { shared: Arc::clone(&self.shared), stream: made, name })
    }
}

impl JetStream {
    /// The keys beside the journal, if there are any; none are made.
    ///
    /// # Errors
    /// [`BucketError::Open`].
    pub async fn bucket_there(&self) -> Result<Option<Bucket>, BucketError> {
        let name = format!("HUB_KEYS_{}", self.shared.district);
        let stream = wanted(&name, 1).name;
        let failed = |source: Failure| OpenError::Stream { what: "find", stream: stream.clone(), source };
        let context = async_nats::jetstream::new(self.shared.client.clone());
        let found = self.shared.answer(context.get_stream(&stream)).await.map_err(|error| failed(Arc::new(error)))?;
        match found {
            Ok(stream) => {
                check(&stream.cached_info().config)?;
                Ok(Some(Bucket { shared: Arc::clone(&self.shared), stream, name }))
            }
            Err(error) if absent(&error) => Ok(None),
            Err(error) => Err(failed(Arc::new(error)).into()),
        }
    }
}

pub(super) fn wanted(bucket: &str, replicas: usize) -> Config {
    Config {
        name: format!("KV_{bucket}"),
        subjects: vec![format!("$KV.{bucket}.>")],
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        num_replicas: replicas,
        max_messages_per_subject: KEPT,
        allow_rollup: true,
        allow_direct: true,
        description: Some("Keys of a district: what is replaced is erased.".to_owned()),
        ..Config::default()
    }
}

fn check(config: &Config) -> Result<(), OpenError> {
    let settings: [(&'static str, bool, String, &'static str); 4] = [
        ("storage", config.storage == StorageType::File, format!("{:?}", config.storage), "file"),
        ("deny_delete", !config.deny_delete, config.deny_delete.to_string(), "false"),
        ("max_age", config.max_age.is_zero(), format!("{:?}", config.max_age), "none"),
        (
            "max_msgs_per_subject",
            !(1..KEPT).contains(&config.max_messages_per_subject),
            config.max_messages_per_subject.to_string(),
            "16 or more",
        ),
    ];
    match settings.into_iter().find(|(_, right, ..)| !right) {
        None => Ok(()),
        Some((setting, _, found, wanted)) => Err(OpenError::Setting { stream: config.name.clone(), setting, found, wanted }),
    }
}

impl Bucket {
    /// The value of a key and its revision.
    ///
    /// # Errors
    /// [`BucketError::Read`].
    pub async fn get(&self, key: &str) -> Result<Option<Value>, BucketError> {
        let subject = self.subject(key)?;
        let found = self.ask(self.stream.raw_message_builder().last_by_subject(subject).send()).await;
        let found = found.map_err(|source| self.unread(key, source))?.filter(|message| !is_marker(message));
        Ok(found.map(|message| (message.payload.to_vec(), message.sequence)))
    }

    /// Puts a value where the last one has this revision (0: where there is none). Answers when it is on disk and the old
    /// one is not. The same value put again at the same expectation is done, not a conflict.
    ///
    /// # Errors
    /// [`BucketError`]: nothing was kept, but for `Unknown` and `NotErased`, which ask for the same put again.
    pub async fn put(&self, key: &str, bytes: &[u8], expected_revision: u64) -> Result<Put, BucketError> {
        let (subject, limit) = (self.subject(key)?, self.shared.client.server_info().max_payload);
        if bytes.len() > limit {
            return Err(BucketError::TooLarge { key: key.to_owned(), bytes: bytes.len(), limit });
        }
        let unknown = |source| BucketError::Unknown { bucket: self.name.clone(), key: key.to_owned(), source };
        let mut headers = HeaderMap::new();
        headers.insert(EXPECTED, expected_revision.to_string());
        let (payload, begun) = (Bytes::copy_from_slice(bytes), Instant::now());
        let answer = loop {
            let ask = self.shared.client.request_with_headers(subject.clone(), headers.clone(), payload.clone());
            match self.shared.answer(ask).await.map_err(|error| unknown(Arc::new(error)))? {
                Ok(answer) => break answer,
                // Nobody took it: our server has not yet heard which one keeps a bucket that was made a moment ago.
                Err(error) if error.kind() == RequestErrorKind::NoResponders && begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(UNHEARD).await;
                }
                Err(error) => return Err(unknown(Arc::new(error))),
            }
        };
        let revision = match serde_json::from_slice(&answer.payload).map_err(|error| unknown(Arc::new(error)))? {
            Response::<PublishAck>::Ok(ack) => ack.sequence,
            Response::Err { error } if overtaken(error.error_code()) => match self.get(key).await? {
                // Put by this very call, or one before it, whose answer was lost.
                Some((there, revision)) if there == bytes && revision > expected_revision => revision,
                Some((_, revision)) => return Ok(Put::Conflict { revision }),
                None => return Ok(Put::Conflict { revision: 0 }),
            },
            Response::Err { error } => return Err(unknown(Arc::new(error))),
        };
        self.erase_before(key, revision).await?;
        Ok(Put::Done { revision })
    }

    /// The value of a key and each that replaces it, in order; one that is replaced within a moment may be left out.
    /// A server that is away is waited for; ends when the journal is closed.
    ///
    /// # Errors
    /// [`BucketError::Key`].
    pub fn watch(&self, key: &str) -> Result<BoxStream<'static, Value>, BucketError> {
        self.subject(key)?;
        let (bucket, key, mut closed) = (self.clone(), key.to_owned(), self.shared.closed.clone());
        let values = futures::stream::unfold((bucket, key, 0), |(bucket, key, seen)| async move {
            loop {
                match bucket.get(&key).await {
                    Ok(Some((bytes, revision))) if revision != seen => return Some(((bytes, revision), (bucket, key, revision))),
                    Ok(_) | Err(_) => tokio::time::sleep(LOOK_EVERY).await,
                }
            }
        });
        let closing = async move {
            // An error means that whoever could close it is gone.
            let _ = closed.wait_for(|closed| *closed).await;
        };
        Ok(values.take_until(Box::pin(closing)).boxed())
    }

    /// The first value of any key that was put after this revision (0: of all); none where that is the last.
    ///
    /// # Errors
    /// [`BucketError::Read`].
    pub async fn after(&self, revision: u64) -> Result<Option<Value>, BucketError> {
        let next = self.stream.raw_message_builder().next_by_subject(format!("$KV.{}.>", self.name)).sequence(revision + 1);
        let mut found = self.ask(next.send()).await.map_err(|source| self.unread("*", source))?;
        while let Some(marker) = found.take_if(|message| is_marker(message)) {
            let next = self.stream.raw_message_builder().next_by_subject(format!("$KV.{}.>", self.name));
            found = self.ask(next.sequence(marker.sequence + 1).send()).await.map_err(|source| self.unread("*", source))?;
        }
        Ok(found.map(|message| (message.payload.to_vec(), message.sequence)))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Was the journal closed that this belongs to?
    #[must_use]
    pub fn closed(&self) -> bool {
        *self.shared.closed.borrow()
    }

    /// Has the server overwrite all values of a key before this one.
    pub(super) async fn erase_before(&self, key: &str, revision: u64) -> Result<(), BucketError> {
        let subject = self.subject(key)?;
        loop {
            let next = self.stream.raw_message_builder().next_by_subject(subject.clone()).sequence(1);
            let oldest = self.ask(next.send()).await.map_err(|source| self.unread(key, source))?;
            let Some(oldest) = oldest.map(|message| message.sequence).filter(|&oldest| oldest < revision) else { return Ok(()) };
            // Overwritten, not only forgotten, because `no_erase` is not asked for.
            let erased = self.shared.answer(self.stream.delete_message(oldest)).await;
            let source: Failure = match erased {
                Ok(Ok(true)) => continue,
                Ok(Ok(false)) => Arc::new(std::io::Error::other("the server did not do it")),
                Ok(Err(error)) => Arc::new(error),
                Err(error) => Arc::new(error),
            };
            return Err(BucketError::NotErased { bucket: self.name.clone(), key: key.to_owned(), revision: oldest, source });
        }
    }

    async fn ask(&self, call: impl Future<Output = Raw>) -> Result<Option<StreamMessage>, Failure> {
        match self.shared.answer(call).await.map_err(|error| Arc::new(error) as Failure)? {
            Ok(message) => Ok(Some(message)),
            Err(error) if matches!(error.kind(), RawMessageErrorKind::NoMessageFound) => Ok(None),
            Err(error) => Err(Arc::new(error)),
        }
    }

    fn unread(&self, key: &str, source: Failure) -> BucketError {
        BucketError::Read { bucket: self.name.clone(), key: key.to_owned(), source }
    }

    fn subject(&self, key: &str) -> Result<String, BucketError> {
        let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-/_=".contains(&b));
        if key.split('.').all(part) {
            return Ok(format!("$KV.{}.{key}", self.name));
        }
        Err(BucketError::Key { key: key.to_owned() })
    }
}

/// Somebody deleted the key with a tool: the last message says so, and is no value.
fn is_marker(message: &StreamMessage) -> bool {
    message.headers.get("KV-Operation").is_some_and(|what| what.as_str() != "PUT")
}
