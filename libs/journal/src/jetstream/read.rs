//! Single records and the stream's end, asked of its leader: what was acknowledged before is in every answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_nats::jetstream::stream::RawMessageErrorKind;

use super::{Shared, leader};
use crate::header::header;
use crate::port::{Entry, Position, ReadError, Tip};
use crate::subject::Subject;

/// A record as the stream keeps it.
pub(crate) struct Kept {
    pub(crate) position: Position,
    pub(crate) subject: String,
    pub(crate) payload: bytes::Bytes,
}

pub(crate) fn failed(what: impl Into<String>, source: impl std::error::Error + Send + Sync + 'static) -> ReadError {
    ReadError::Io { what: what.into(), source: Arc::new(source) }
}

type Raw = Result<async_nats::jetstream::message::StreamMessage, async_nats::jetstream::stream::RawMessageError>;

async fn kept(shared: &Shared, what: &str, ask: impl Future<Output = Raw>) -> Result<Option<Kept>, ReadError> {
    match shared.answer(ask).await.map_err(|error| failed(what, error))? {
        Ok(message) => {
            Ok(Some(Kept { position: message.sequence, subject: message.subject.to_string(), payload: message.payload }))
        }
        Err(error) if matches!(error.kind(), RawMessageErrorKind::NoMessageFound) => Ok(None),
        Err(error) => Err(failed(what, error)),
    }
}

/// The record at a position; none beyond the end.
pub(crate) async fn at(shared: &Shared, position: Position) -> Result<Option<Kept>, ReadError> {
    if position == 0 {
        return Ok(None);
    }
    kept(shared, &format!("position {position}"), shared.stream.raw_message_builder().sequence(position).send()).await
}

/// The last record of a subject.
pub(crate) async fn last(shared: &Shared, subject: &Subject) -> Result<Option<Kept>, ReadError> {
    let ask = shared.stream.raw_message_builder().last_by_subject(shared.nats(subject));
    kept(shared, subject.as_str(), ask.send()).await
}

/// The first record of a subject at or behind a position.
pub(crate) async fn next(shared: &Shared, subject: &Subject, from: Position) -> Result<Option<Kept>, ReadError> {
    let ask = shared.stream.raw_message_builder().next_by_subject(shared.nats(subject)).sequence(from);
    kept(shared, subject.as_str(), ask.send()).await
}

/// A subject's records from a version on.
pub(crate) async fn subject(shared: &Shared, subject: &Subject, from_version: u64) -> Result<Vec<Entry>, ReadError> {
    let mut entries = Vec::new();
    let Some(end) = last(shared, subject).await? else { return Ok(entries) };
    let mut from = 1;
    while from <= end.position {
        let Some(record) = next(shared, subject, from).await? else { break };
        from = record.position + 1;
        let wanted = header(&record.payload).is_ok_and(|header| header.version >= from_version.max(1));
        if wanted {
            entries.push(Entry { position: record.position, bytes: record.payload });
        }
    }
    Ok(entries)
}

/// How far the stream goes.
pub(crate) async fn head(shared: &Shared) -> Result<Tip, ReadError> {
    if *shared.closed.borrow() {
        return Err(ReadError::Closed);
    }
    let head = end(shared).await;
    shared.unheard.store(head.is_err(), Ordering::Relaxed);
    head
}

async fn end(shared: &Shared) -> Result<Tip, ReadError> {
    let info = shared.answer(shared.stream.get_info()).await.map_err(|error| failed(shared.name.as_str(), error))?;
    let info = info.map_err(|error| failed(shared.name.as_str(), error))?;
    leader::led(&info).map_err(|error| failed(shared.name.as_str(), error))?;
    if info.created != shared.stream.cached_info().created {
        let what = format!("it was made anew at {}, after this process had opened it: its facts are elsewhere", info.created);
        return Err(ReadError::Damaged { file: shared.name.clone(), offset: 0, what });
    }
    let position = info.state.last_sequence;
    let time_ms = match at(shared, position).await? {
        Some(record) => header(&record.payload).ok().and_then(|header| header.time_ms()).unwrap_or(0),
        None => 0,
    };
    shared.latest_ms.fetch_max(time_ms, Ordering::Relaxed);
    Ok(Tip { position, time_ms })
}
