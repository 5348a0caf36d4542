//! One pass over the journal for a picture of its own, beside the live board.

use domain::fact::{Fact, Stamp};
use futures::StreamExt;
use journal::{Journal, Position};

use super::{FoldError, decode::decode_aside};

/// Stretches that are decoded at once, ahead of who takes them.
const AHEAD: usize = 4;

/// Hands every fact from position `from` to `to` to `take`, in order.
///
/// # Errors
/// [`FoldError`] where a fact cannot be read or is unknown: nothing behind it is handed on.
pub async fn pass(
    journal: &dyn Journal,
    from: Position,
    to: Position,
    mut take: impl FnMut(&Fact, &Stamp) + Send,
) -> Result<(), FoldError> {
    if from > to {
        return Ok(());
    }
    let batches = journal.follow(from);
    let decoded = batches.map(|batch| async {
        match batch {
            Ok(entries) => Ok(decode_aside(entries).await),
            Err(error) => Err(error),
        }
    });
    let mut decoded = std::pin::pin!(decoded.buffered(AHEAD));
    let mut reached = from - 1;
    while reached < to {
        let Some(batch) = decoded.next().await else { break };
        let batch = batch.map_err(|error| FoldError::Stopped { position: reached + 1, reason: error.to_string() })?;
        for (fact, stamp) in batch.facts.iter().take_while(|(_, stamp)| stamp.position <= to) {
            take(fact, stamp);
            reached = stamp.position;
        }
        if let Some((position, reason)) = batch.broken.filter(|(position, _)| *position <= to) {
            return Err(FoldError::Stopped { position, reason });
        }
    }
    Ok(())
}
