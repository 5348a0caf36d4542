//! Lives in which everything that goes up, down and sideways waits for its answer, in each stage where it may.

use super::{kit::*, lives::*};
use crate::{incident::Command, reason::ReasonCode};

/// Of each stage the same: what may begin has begun, and what may be answered is not.
pub(crate) fn tiered() -> Vec<Life> {
    let base = watched();
    let late = overdue(received());
    let followed =
        base.last().expect("a follow-up").clone().given(&checker(), follow_up(Some(crate::incident::Satisfaction::Fair)));
    let supervised = followed.given(&supervisor(), supervise(GRID, 1));
    let struck_at = supervised.clone().given(&desk(GRID), Command::Close {});
    let replied = supervised.given(&desk(GRID), reply(1)).given(&desk(GRID), Command::Close {});
    let below = received().given(&desk(GRID), hand_down(CENTRE));
    let all = base.into_iter().map(|life| under_way(overdue(life)));
    all.chain([late, struck_at, replied, below]).collect()
}

/// A promise of it was not kept, and that is on record.
fn overdue(life: Life) -> Life {
    let life = life.wait(6 * DAY);
    let late = life.incident.clocks.iter().find(|clock| clock.due < life.now && !clock.breached).expect("a promise");
    let breach = Command::Breach { clock: late.id, version: late.version };
    life.given(&machine(), breach)
}

/// Informed, offered up, supervised with a reply, summoned, on a call, asked for help, claimed.
fn under_way(life: Life) -> Life {
    let summoned = summon(&life, &[WATER, HOUSING], 90 * DAY);
    life.given(&centre(), inform())
        .given(&centre(), escalate())
        .given(&supervisor(), supervise(GRID, 2))
        .given(&desk(GRID), reply(1))
        .given(&desk(GRID), summoned)
        .given(&desk(GRID), confer(&[POLICE]))
        .given(&desk(GRID), ask_help(WATER, 2))
        .given(&desk(GRID), claim(None))
}

/// The subdistrict's centre leads: it was handed down and signed there.
pub(crate) fn at_the_centre() -> Life {
    received().given(&desk(GRID), hand_down(CENTRE)).given(&centre(), Command::TakeTier {})
}

/// It has a conference that goes on.
pub(crate) fn on_a_call() -> Life {
    received().given(&desk(GRID), confer(&[POLICE, HOTLINE]))
}

/// It has an answered request.
pub(crate) fn helped() -> Life {
    received().given(&desk(GRID), ask_help(WATER, 3)).given(&desk(WATER), give_help(1, 2))
}

/// A supervision was replied to.
pub(crate) fn replied() -> Life {
    received().given(&supervisor(), supervise(GRID, 1)).given(&desk(GRID), reply(1))
}

/// Its reporter's desk has reminded the lead as often as the town allows.
pub(crate) fn reminded() -> Life {
    received().given(&desk(HOTLINE), remind(GRID)).given(&desk(HOTLINE), remind(GRID))
}

/// A call in danger.
pub(crate) fn danger_call() -> Life {
    Life::new()
        .given(&desk(HOTLINE), {
            let mut new = report(HOTLINE, Some(HOTLINE), "a");
            new.flags = [crate::incident::Flag::Weapon].into();
            receive(new)
        })
        .given(&desk(HOTLINE), confer(&[POLICE]))
}

/// Somebody hung up on nobody.
pub(crate) const UNANSWERED: ReasonCode = ReasonCode::ConferenceUnanswered;
