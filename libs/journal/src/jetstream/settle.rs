//! What became of a decision: the stream itself says it. Expectations are checked before anything else, so a repeated
//! message is refused like a late one; only what stands behind the expectation tells the two apart.

use super::{Shared, read};
use crate::header::header;
use crate::port::{Appended, Decision, Position, ReadError};
use crate::subject::Subject;

/// What stands in the stream.
pub(super) enum Found {
    /// This very decision, at exactly its expectations.
    Ours(Appended),
    /// Another's fact behind an expectation, or the expectation never was.
    Overtaken {
        /// The first subject that it shows on.
        subject: Subject,
        /// Position of its last fact.
        last: Position,
    },
    /// Nothing behind any expectation.
    Nothing,
}

/// Asks the stream's leader.
pub(super) async fn look(shared: &Shared, decision: &Decision) -> Result<Found, ReadError> {
    let (mut ours, mut number) = (None, 0);
    for write in &decision.writes {
        let next = read::next(shared, &write.subject, write.expected + 1).await?;
        let id = format!("{}.{}", decision.command, number + 1);
        let is_ours = next.as_ref().is_some_and(|kept| header(&kept.payload).is_ok_and(|header| header.id == id));
        match next {
            Some(kept) if is_ours => {
                ours.get_or_insert(kept.position - number);
            }
            Some(_) => return overtaken(shared, decision).await,
            None => {
                let last = read::last(shared, &write.subject).await?.map_or(0, |kept| kept.position);
                if last != write.expected {
                    return Ok(Found::Overtaken { subject: write.subject.clone(), last });
                }
            }
        }
        number += write.facts.len() as u64;
    }
    let Some(first) = ours else { return Ok(Found::Nothing) };
    // All of it, and no more: a decision of the same command with other facts is another one.
    let last = first + number - 1;
    let whole = is(shared, last, &decision.command, number).await? && !is(shared, last + 1, &decision.command, number + 1).await?;
    if whole { Ok(Found::Ours(Appended { first, last, repeated: true })) } else { overtaken(shared, decision).await }
}

/// Does the `number`-th fact of this command stand at this position?
async fn is(shared: &Shared, position: Position, command: &str, number: u64) -> Result<bool, ReadError> {
    let id = format!("{command}.{number}");
    let kept = read::at(shared, position).await?;
    Ok(kept.is_some_and(|kept| header(&kept.payload).is_ok_and(|header| header.id == id)))
}

/// The first subject whose last fact is not what was expected.
async fn overtaken(shared: &Shared, decision: &Decision) -> Result<Found, ReadError> {
    for write in &decision.writes {
        let last = read::last(shared, &write.subject).await?.map_or(0, |kept| kept.position);
        if last != write.expected {
            return Ok(Found::Overtaken { subject: write.subject.clone(), last });
        }
    }
    Ok(Found::Nothing)
}
