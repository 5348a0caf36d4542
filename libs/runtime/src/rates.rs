//! The rates of a journal, folded by a pass over it; whoever asks again only reads what came since.

use domain::rates::Rates;
use journal::{Journal, Position};

use crate::fold::{FoldError, pass};

/// Folds `rates` on to position `to`. What was folded in stays in it where the caller goes away on the road. `told` is
/// called with every position that is read.
///
/// # Errors
/// [`FoldError`] where a fact cannot be read or is unknown.
pub async fn catch_up(
    journal: &dyn Journal,
    rates: &mut Rates,
    to: Position,
    mut told: impl FnMut(Position) + Send,
) -> Result<(), FoldError> {
    pass(journal, rates.position() + 1, to, |fact, stamp| {
        rates.apply(fact, stamp);
        told(stamp.position);
    })
    .await
}
