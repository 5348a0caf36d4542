//! Every fact from a position on, in order and without acknowledgements: an ordered consumer that makes itself anew.

use std::sync::Arc;

use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use futures::StreamExt;
use futures::stream::BoxStream;

use super::Shared;
use super::read::failed;
use crate::port::{BATCH, Entry, Position, ReadError};

/// See [`crate::Journal::follow`].
pub(crate) fn follow(shared: Arc<Shared>, from: Position) -> BoxStream<'static, Result<Vec<Entry>, ReadError>> {
    let batches = async_stream(Arc::clone(&shared), from);
    let mut closed = shared.closed.clone();
    let over = async move {
        // An error means that whoever could close it is gone.
        let _ = closed.wait_for(|closed| *closed).await;
    };
    // Ends with the first error: what follows it would have a gap.
    let whole = batches.scan(false, |failed, batch| {
        let over = std::mem::replace(failed, batch.is_err());
        std::future::ready((!over).then_some(batch))
    });
    whole.take_until(Box::pin(over)).boxed()
}

fn async_stream(shared: Arc<Shared>, from: Position) -> impl futures::Stream<Item = Result<Vec<Entry>, ReadError>> + Send {
    let begun = async move {
        let config = pull::OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: from },
            ..pull::OrderedConfig::default()
        };
        let consumer = shared.stream.create_consumer(config).await;
        let consumer = consumer.map_err(|error| failed(shared.name.as_str(), error))?;
        let messages = consumer.messages().await.map_err(|error| failed(shared.name.as_str(), error))?;
        let name = shared.name.clone();
        let mut next = from;
        Ok(messages.ready_chunks(BATCH).map(move |chunk| {
            let mut batch = Vec::with_capacity(chunk.len());
            for message in chunk {
                let message = message.map_err(|error| failed(name.as_str(), error))?;
                let position = message.info().map(|info| info.stream_sequence);
                let position = position.map_err(|error| failed(name.as_str(), std::io::Error::other(error.to_string())))?;
                if position != next {
                    return Err(ReadError::Damaged {
                        file: name.clone(),
                        offset: next,
                        what: format!("position {position} came in the place of {next}"),
                    });
                }
                next += 1;
                batch.push(Entry { position, bytes: message.message.payload });
            }
            Ok(batch)
        }))
    };
    futures::stream::once(begun).flat_map(|begun: Result<_, ReadError>| match begun {
        Ok(batches) => batches.left_stream(),
        Err(error) => futures::stream::once(std::future::ready(Err(error))).right_stream(),
    })
}
