//! What is near its due time: a view of the state at an instant, never a fact.

use super::{clock::Clock, state::Incident};
use crate::{policy::Calendar, time::Time};

/// How much of a clock's own time is left at `at`, in percent of all it had; none where it is late or no promise.
#[must_use]
pub fn share_left(clock: &Clock, calendar: &Calendar, at: Time) -> Option<u64> {
    if clock.breached || !clock.id.promise() || at >= clock.due {
        return None;
    }
    let whole = calendar.left(clock, clock.start);
    (whole > 0).then(|| (calendar.left(clock, at).min(whole) * 100) / whole)
}

/// Running promises of which at most `percent` of their own time is left, the one that is due first at the front.
#[must_use]
pub fn near_due<'a>(incident: &'a Incident, calendar: &Calendar, percent: u32, at: Time) -> Vec<&'a Clock> {
    let near = |clock: &&Clock| share_left(clock, calendar, at).is_some_and(|share| share <= u64::from(percent));
    let mut near: Vec<_> = incident.clocks.iter().filter(near).collect();
    near.sort_by_key(|clock| (clock.due, clock.id));
    near
}
