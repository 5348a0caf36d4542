//! Where seats are, as their facts say it: the tier of a duty is that of the seat which held it then.

use std::collections::BTreeMap;

use crate::{area::AreaCode, id::SeatId, seat::Fact};

/// The areas of seats, each from the position on at which it was set up so.
#[derive(Debug, Clone, Default)]
pub struct Seats(BTreeMap<SeatId, Vec<(u64, AreaCode)>>);

impl Seats {
    /// Takes in one fact of a seat, in the journal's order.
    pub fn apply(&mut self, id: &SeatId, fact: &Fact, position: u64) {
        if let Fact::Added(added) = fact {
            self.0.entry(id.clone()).or_default().push((position, added.seat.area));
        }
    }

    /// The area of a seat at a position. A seat is set up before it acts; one that was never is nowhere.
    #[must_use]
    pub fn area(&self, id: &SeatId, position: u64) -> Option<AreaCode> {
        let known = self.0.get(id)?;
        known.iter().rev().find(|(since, _)| *since <= position).map(|(_, area)| *area)
    }
}
