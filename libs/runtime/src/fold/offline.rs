//! Folding without a live board: one incident anew, or a whole board up to a position or an instant.

use domain::{
    area::AreaCode,
    board::{Board, IsCold},
    id::IncidentId,
    incident::{self, Incident},
    time::Time,
};
use futures::StreamExt;
use journal::{Journal, Position};

use super::{FoldError, decode::decode_aside, facts_of};

/// Folds one incident from its facts.
///
/// # Errors
/// [`FoldError`] where they cannot be read.
pub async fn refold(journal: &dyn Journal, district: AreaCode, id: IncidentId) -> Result<Incident, FoldError> {
    let mut incident = Incident::new(id, district);
    for (fact, stamp) in facts_of(journal, id).await? {
        incident::evolve(&mut incident, &fact, &stamp);
    }
    Ok(incident)
}

/// Folds `board` on to position `to`, or to the last fact recorded at or before `until`.
///
/// # Errors
/// [`FoldError`] where a fact cannot be read or is unknown.
pub async fn fold_to(journal: &dyn Journal, mut board: Board, to: Position, until: Option<Time>) -> Result<Board, FoldError> {
    if board.position() >= to {
        return Ok(board);
    }
    let from = board.position() + 1;
    let batches = journal.follow(from);
    let decoded = batches.map(|batch| async {
        match batch {
            Ok(entries) => Ok(decode_aside(entries).await),
            Err(error) => Err(error),
        }
    });
    let mut decoded = std::pin::pin!(decoded.buffered(6));
    while let Some(batch) = decoded.next().await {
        let batch = batch.map_err(|error| FoldError::Stopped { position: board.position() + 1, reason: error.to_string() })?;
        for (fact, stamp) in &batch.facts {
            if stamp.position > to || until.is_some_and(|until| stamp.time > until) {
                return Ok(board);
            }
            while let Err(IsCold(id)) = board.apply(fact, stamp) {
                let before = super::refold_before(journal, board.district(), id, stamp.version).await?;
                board.thaw(std::sync::Arc::new(before));
            }
        }
        board.cool();
        if let Some((position, reason)) = batch.broken {
            return Err(FoldError::Stopped { position, reason });
        }
        if board.position() >= to {
            break;
        }
    }
    Ok(board)
}
