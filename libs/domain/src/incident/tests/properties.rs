//! What holds in every life that random people and timers can bring about.

use std::{collections::BTreeMap, sync::LazyLock};

use proptest::{prelude::*, strategy::ValueTree};

use super::{kit::*, lives::*};
use crate::{
    incident::{Command, CommandKind, Fact, Incident, clock::Move, edges, evolve},
    seat::Actor,
};

/// One thing tried: by whom, what, after how many seconds.
pub(crate) type Step = (usize, usize, i64);

static STARTS: LazyLock<Vec<Life>> = LazyLock::new(lives);

pub(crate) fn steps(most: usize, seconds: i64) -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec((any::<usize>(), any::<usize>(), 0..seconds), 0..most)
}

/// Looks from a random point on for somebody who may do something; most of what is tried is refused. One time in three only what
/// leads on is tried: a life in which everything is equally likely goes round in circles.
pub(crate) fn try_step(life: &Life, (who, what, _): Step) -> Option<(Actor, Command, Vec<Fact>)> {
    let (people, all) = (everybody(), asks(life));
    let stage = life.incident.stage;
    let onward = |ask: &&Command| match edges::cell(stage, ask.kind()) {
        Some(edges::Cell::Edge(edge)) => edge.to.iter().any(|to| *to != stage && !to.ended()),
        Some(edges::Cell::Refused(_)) | None => false,
    };
    let onward: Vec<Command> = all.iter().filter(onward).cloned().collect();
    let asks = if what % 3 == 0 && !onward.is_empty() { onward } else { all };
    (0..240).find_map(|nth: usize| {
        let who = &people[who.wrapping_add(nth * 5) % people.len()];
        // A prime beyond any number of asks: the walk meets each of them, however many there are.
        let ask = &asks[what.wrapping_add(nth * 7919) % asks.len()];
        let facts = life.hear(who, ask, 0).ok()?;
        Some((who.clone(), ask.clone(), facts))
    })
}

/// Only these are left to a machine; none of them is a verdict.
const MACHINE: [&str; 9] = [
    "incident.resumed",
    "incident.received",
    "incident.supplemented",
    "incident.raised",
    "incident.order_delivered",
    "incident.transfer_delivered",
    "incident.transfer_lapsed",
    "incident.clock_breached",
    "incident.supervisor_added",
];

fn as_promised(before: &Incident, command: CommandKind, facts: &[Fact], after: &Incident) {
    let Some(edges::Cell::Edge(edge)) = edges::cell(before.stage, command) else {
        panic!("{command} in {} has no edge and was accepted", before.stage)
    };
    assert!(edge.to.contains(&after.stage), "{command} from {} led to {}", before.stage, after.stage);
    let row = edges::TABLE.iter().find(|row| row.command == command).expect("every command has a row");
    let named = |fact: &&Fact| row.facts.contains(&fact.kind()) || fact.kind() == edges::LATE;
    assert!(facts.iter().all(|fact| named(&fact)), "{command} caused {facts:?}");
}

fn one_lead(before: &Incident, facts: &[Fact], after: &Incident) {
    assert_eq!(after.lead.is_some(), after.version > 0, "one lead at every position");
    let moved = before.version > 0 && before.lead_agency() != after.lead_agency();
    let by_person = facts
        .iter()
        .any(|fact| matches!(fact, Fact::TransferAccepted(_) | Fact::Designated(_) | Fact::Recalled(_) | Fact::TierTaken(_)));
    assert!(!moved || by_person, "the lead moved by {facts:?}");
    let seated = before.version > 0 && before.lead != after.lead;
    let accepted = facts.iter().any(|fact| matches!(fact, Fact::Accepted(_)));
    assert!(!seated || by_person || accepted, "another seat leads by {facts:?}");
    assert!(!accepted || after.lead.as_ref().is_some_and(|lead| lead.seat.is_some()), "nobody leads after {facts:?}");
}

fn clocks_count_up(last: &mut BTreeMap<String, u32>, facts: &[Fact]) {
    for step in facts.iter().flat_map(Fact::moves) {
        if let Move::Start(clock) = step {
            let before = last.insert(clock.id.to_string(), clock.version);
            assert!(before.is_none_or(|before| before < clock.version), "{} restarted as {}", clock.id, clock.version);
        }
    }
}

fn parts_stay_over(before: &Incident, facts: &[Fact], after: &Incident) {
    let sent_back = facts.iter().any(|fact| matches!(fact, Fact::Checked(_)));
    for (was, is) in before.parts.iter().zip(&after.parts) {
        assert!(sent_back || !was.over() || is.over(), "part {} came back to life by {facts:?}", was.id);
    }
}

fn folded(life: &Life, from: &Incident, log: usize) -> Incident {
    let mut again = from.clone();
    for (fact, stamp) in &life.log[log..] {
        evolve(&mut again, fact, stamp);
        evolve(&mut again, fact, stamp);
    }
    again
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_life_that_the_rules_allow_keeps_their_promises(start in any::<prop::sample::Index>(), steps in steps(40, 3 * HOUR)) {
        let mut life = start.get(&STARTS).clone();
        let (from, log) = (life.incident.clone(), life.log.len());
        let mut versions: BTreeMap<String, u32> =
            from.clock_versions.iter().map(|(id, version)| (id.to_string(), *version)).collect();
        for step in steps {
            life = life.wait(step.2);
            let Some((who, command, facts)) = try_step(&life, step) else { continue };
            let before = life.incident.clone();
            life.write(&who, &facts);
            let after = &life.incident;
            as_promised(&before, command.kind(), &facts, after);
            one_lead(&before, &facts, after);
            clocks_count_up(&mut versions, &facts);
            parts_stay_over(&before, &facts, after);
            prop_assert!(who.seat().is_some() || facts.iter().all(|fact| MACHINE.contains(&fact.kind())), "a machine judged: {facts:?}");
            prop_assert!(!after.stage.ended() || after.clocks.is_empty() || before.stage == after.stage, "a clock runs on after {}", after.stage);
            prop_assert_eq!(after.stage.ended(), after.ended.is_some());
            for fact in &facts {
                let again = Fact::read(fact.kind(), &fact.data()).expect("its own type").expect("its own shape");
                prop_assert_eq!(&again, fact);
            }
        }
        prop_assert_eq!(&folded(&life, &from, log), &life.incident, "folding twice gives the same");
        let mut kept = Vec::new();
        ciborium::into_writer(&life.incident, &mut kept).expect("a state can be written");
        let read: Incident = ciborium::from_reader(kept.as_slice()).expect("and read");
        prop_assert_eq!(&read, &life.incident);
    }
}

#[test]
fn random_lives_reach_every_stage_that_commands_lead_to() {
    use crate::incident::Stage;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut reached = std::collections::BTreeSet::from([Stage::New]);
    // As many as it takes; a stage that takes more than this is out of reach.
    for _ in 0..3_000 {
        if reached.len() == Stage::ALL.len() {
            break;
        }
        let steps = steps(80, 3 * HOUR).new_tree(&mut runner).expect("steps").current();
        let mut life = Life::new();
        for step in steps {
            life = life.wait(step.2);
            if let Some((who, _, facts)) = try_step(&life, step) {
                life.write(&who, &facts);
            }
            reached.insert(life.incident.stage);
        }
    }
    let missed: Vec<_> = Stage::ALL.iter().filter(|stage| !reached.contains(stage)).collect();
    assert!(missed.is_empty(), "never in {missed:?}: the properties prove nothing there");
}
