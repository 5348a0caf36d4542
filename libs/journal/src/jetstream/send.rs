//! Messages on their way into a stream: one alone, or several as one atomic batch.

use async_nats::jetstream::{ErrorCode, publish::PublishAck, response::Response};
use async_nats::{Client, HeaderMap};
use bytes::Bytes;

/// The W3C trace a fact belongs to, for those who look at messages only.
pub(super) const TRACEPARENT: &str = "traceparent";

/// The position of a subject's last fact that a decision was made on.
pub(super) const EXPECTED: &str = "Nats-Expected-Last-Subject-Sequence";

/// Subject, headers, record.
pub(super) type Message = (String, HeaderMap, Bytes);

/// Sends them, all or none, and waits for the stream's answer. `id` is used once.
pub(super) async fn publish(client: &Client, id: &str, messages: Vec<Message>) -> std::io::Result<Response<PublishAck>> {
    let (last, many) = (messages.len(), messages.len() > 1);
    for (number, (subject, mut headers, payload)) in (1..).zip(messages) {
        if many {
            headers.insert("Nats-Batch-Id", id);
            headers.insert("Nats-Batch-Sequence", number.to_string());
        }
        if number < last {
            client.publish_with_headers(subject, headers, payload).await.map_err(std::io::Error::other)?;
            continue;
        }
        if many {
            headers.insert("Nats-Batch-Commit", "1");
        }
        let answer = client.request_with_headers(subject, headers, payload).await;
        return Ok(serde_json::from_slice(&answer.map_err(std::io::Error::other)?.payload)?);
    }
    Err(std::io::Error::other("a group of nothing"))
}

/// Somebody wrote first: seen by a message alone, or within a batch.
pub(super) fn overtaken(code: ErrorCode) -> bool {
    code == ErrorCode::STREAM_WRONG_LAST_SEQUENCE || code == ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT
}
