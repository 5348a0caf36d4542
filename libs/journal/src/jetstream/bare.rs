//! The server without the journal in front of it: what a measurement compares with. Not for facts.
//!
//! Messages are the journal's: same subjects, same expectation, records of the same form. Only what the journal adds is left
//! out: batches when writing, checks and order when reading.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::response::Response;
use futures::StreamExt;
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::open::{self, OpenError, Options};
use super::{Start, send};
use crate::port::Position;
use crate::record::{Draft, DraftError, Envelope};
use crate::subject::{Subject, SubjectError};

/// What was done in which time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Messages.
    pub count: u64,
    /// How long they took.
    pub elapsed: Duration,
}

impl Rate {
    /// Messages in one second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.count as f64 / self.elapsed.as_secs_f64()
    }
}

/// Why nothing is measured.
#[derive(Debug, thiserror::Error)]
pub enum BareError {
    /// The stream does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No subject.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// No record.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The server refused a message, or did not answer: a district of its own is needed, and a server that stays.
    #[error("{what} of a measurement: {why}")]
    Server {
        /// What was asked.
        what: &'static str,
        /// What came back.
        why: String,
    },
}

/// Publishes for some seconds, each message alone with its answer awaited, so many at a time, each about a subject of its
/// own. Into a stream of its own: `options` name a district that is used for nothing else.
///
/// # Errors
/// [`BareError`].
pub async fn single_publishes(options: &Options, in_flight: usize, seconds: u64) -> Result<Rate, BareError> {
    let (client, _) = open::connect(options, Start::Empty, watch::channel(0).0, watch::channel(String::new()).0).await?;
    let (count, begun) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let until = begun + Duration::from_secs(seconds);
    let mut tasks = Vec::new();
    for nth in 0..in_flight {
        let (client, count, district) = (client.clone(), Arc::clone(&count), options.district.clone());
        tasks.push(tokio::spawn(async move {
            let subject = Subject::new(&format!("bare/{}-{nth}", client.new_inbox().replace("_INBOX.", "")))?;
            let (mut last, mut version) = (0, 0);
            while Instant::now() < until {
                version += 1;
                let mut headers = HeaderMap::new();
                headers.insert(send::EXPECTED, last.to_string());
                let record = record(&subject, version)?.stamp(0);
                let answer = client.request_with_headers(subject.nats(&district), headers, record).await;
                let failed = |why: String| BareError::Server { what: "a publication", why };
                let answer = answer.map_err(|error| failed(error.to_string()))?;
                match serde_json::from_slice(&answer.payload).map_err(|error| failed(error.to_string()))? {
                    Response::<PublishAck>::Ok(ack) => last = ack.sequence,
                    Response::Err { error } => return Err(failed(error.to_string())),
                }
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, BareError>(())
        }));
    }
    for task in tasks {
        task.await.map_err(|error| BareError::Server { what: "a task", why: error.to_string() })??;
    }
    Ok(Rate { count: count.load(Ordering::Relaxed), elapsed: begun.elapsed() })
}

/// Reads these positions by an ordered consumer that does nothing but count.
///
/// # Errors
/// [`BareError`].
pub async fn ordered(options: &Options, positions: Range<Position>) -> Result<Rate, BareError> {
    let (_, stream) = open::connect(options, Start::Found, watch::channel(0).0, watch::channel(String::new()).0).await?;
    let failed = |why: String| BareError::Server { what: "a consumer", why };
    let begun = Instant::now();
    let config = pull::OrderedConfig {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: positions.start },
        ..pull::OrderedConfig::default()
    };
    let consumer = stream.create_consumer(config).await.map_err(|error| failed(error.to_string()))?;
    let mut messages = consumer.messages().await.map_err(|error| failed(error.to_string()))?;
    let wanted = positions.end.saturating_sub(positions.start);
    for _ in 0..wanted {
        match messages.next().await {
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(failed(error.to_string())),
            None => return Err(failed("it ended".to_owned())),
        }
    }
    Ok(Rate { count: wanted, elapsed: begun.elapsed() })
}

/// A fact like those of a measurement's decisions; `version` is its number.
fn record(subject: &Subject, version: u64) -> Result<Draft, DraftError> {
    let command = format!("bare/{version}");
    let id = format!("{command}.1");
    Draft::new(&Envelope {
        id: &id,
        source: "hub/bare/bench",
        kind: "incident.noted",
        subject,
        actor: "seat/1",
        command: &command,
        digest: "00112233445566778899aabbccddeeff",
        version,
        occurred: None,
        basis: "seat",
        policy: "none",
        traceparent: None,
        data: RawValue::TRUE,
    })
}
