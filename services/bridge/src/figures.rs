//! Figures of one link: is it up and since when, what went either way, what waits for the partner's commit.
//!
//! What came in is counted from the facts, so it goes on after a restart; what left is counted in this process. While a
//! link is cut nothing new is made for it: what waited then is still told, and grows older.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
};

use domain::{
    partner::{Kept, Outcome, Transport},
    time::Time,
};
use runtime::{
    Ports,
    metrics::{
        Kind::{Level, Total},
        watch,
    },
};

use crate::partner::Partner;

/// What stands nowhere but in the conversation.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    left: AtomicU64,
    waiting: AtomicU64,
    /// When the fact behind the frame that waits longest was recorded; 0 where none waits.
    oldest_ms: AtomicI64,
}

impl Standing {
    /// So many frames wait for a commit.
    pub(crate) fn sees(&self, waiting: usize, oldest: Option<Time>) {
        self.waiting.store(waiting as u64, Relaxed);
        self.oldest_ms.store(oldest.map_or(0, Time::ms), Relaxed);
    }

    /// A frame has left.
    pub(crate) fn one_left(&self) {
        self.left.fetch_add(1, Relaxed);
    }

    fn oldest_seconds(&self, now: Time) -> f64 {
        match self.oldest_ms.load(Relaxed) {
            0 => 0.0,
            oldest => (now.ms() - oldest).max(0) as f64 / 1000.0,
        }
    }
}

/// Has the link's figures looked up from now on, where somebody asks.
pub(crate) fn watch_link(ports: &Ports, partner: Partner, transport: Transport, standing: &Arc<Standing>) {
    let name = partner.name();
    let kept = {
        let fold = ports.fold.clone();
        move || {
            let kept = fold.look(|board| board.partner(&partner.agency()).cloned());
            kept.unwrap_or_else(|| Arc::new(Kept::new(partner.agency())))
        }
    };
    let link = kept.clone();
    watch(Level, "hub.bridge.up", "", "1 while frames go both ways", move |tell| {
        let up = link().cut.is_none();
        tell(f64::from(u8::from(up)), &[("hub.partner", name), ("hub.transport", transport.word())]);
    });
    let (link, clock) = (kept.clone(), ports.clock.clone());
    watch(Level, "hub.bridge.state.age", "s", "Since the link is up, or cut", move |tell| {
        let since = link().since.ms();
        // One that never was up is cut since nobody knows when.
        if since > 0 {
            tell((clock.now().ms() - since).max(0) as f64 / 1000.0, &[("hub.partner", name)]);
        }
    });
    watch(
        Total,
        "hub.bridge.frames.received",
        "{frame}",
        "Frames of the partner's on record, by what became of them",
        move |tell| {
            let link = kept();
            let all = [
                (Outcome::Taken, link.taken),
                (Outcome::Known, link.known),
                (Outcome::Refused, link.refused),
                (Outcome::Wrong, link.wrong),
            ];
            for (outcome, frames) in all {
                tell(frames as f64, &[("hub.partner", name), ("hub.outcome", outcome.word())]);
            }
        },
    );
    let link = Arc::clone(standing);
    watch(Total, "hub.bridge.frames.sent", "{frame}", "Frames that left, again ones too", move |tell| {
        tell(link.left.load(Relaxed) as f64, &[("hub.partner", name)]);
    });
    let link = Arc::clone(standing);
    watch(Level, "hub.bridge.frames.waiting", "{frame}", "Frames that the partner has not committed", move |tell| {
        tell(link.waiting.load(Relaxed) as f64, &[("hub.partner", name)]);
    });
    let (link, clock) = (Arc::clone(standing), ports.clock.clone());
    watch(Level, "hub.bridge.oldest.age", "s", "Age of the oldest frame that the partner has not committed", move |tell| {
        tell(link.oldest_seconds(clock.now()), &[("hub.partner", name)]);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_longest_grows_older_until_it_is_committed() {
        let (standing, now) = (Standing::default(), Time::from_ms(100_000));
        assert!(standing.oldest_seconds(now).abs() < f64::EPSILON);
        standing.sees(2, Some(Time::from_ms(70_000)));
        assert!((standing.oldest_seconds(now) - 30.0).abs() < f64::EPSILON);
        standing.sees(0, None);
        assert!(standing.oldest_seconds(now).abs() < f64::EPSILON);
    }
}
