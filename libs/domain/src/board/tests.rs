//! The board: followed with repeats and restarts anywhere, warm or cold, it is the same.

use proptest::{prelude::*, strategy::ValueTree};

use super::*;
use crate::incident::{
    Class, Priority,
    tests::{
        kit::*,
        lives::{closed, received},
        properties::{Step, steps, try_step},
    },
};

type Log = Vec<(Fact, Stamp)>;

fn board() -> Board {
    Board::new("320111".parse().expect("the district"))
}

fn stamp(time: Time, version: u32) -> Stamp {
    let basis = crate::incident::Basis::Seat;
    Stamp { position: 0, version, time, occurred: None, basis, actor: "seat/admin".into(), command: 1, digest: 1 }
}

fn added(seat: &str) -> seat::Fact {
    let Some(seat) = desk(seat).seat().cloned() else { unreachable!("a desk is a seat") };
    seat::Added { seat, token_sha256: "00".repeat(32) }.into()
}

/// What the rest of the district does meanwhile.
fn keeping(start: Time) -> Log {
    let opened = fact::Opened { id: "j1".to_owned(), district: "320111".to_owned() };
    let admin: SeatId = "desk-grid".parse().expect("a plain name");
    let erased = access::Erased { report: the_report(), keys: Vec::new(), reason: why(crate::reason::ReasonCode::EraseRetention) };
    vec![
        (Fact::Journal(opened.into()), stamp(start, 1)),
        (Fact::Seat(admin.clone(), added(GRID)), stamp(start, 1)),
        (Fact::Seat(admin, seat::Locked {}.into()), stamp(start.plus_seconds(5 * DAY), 2)),
        (Fact::Access("one".to_owned(), erased.into()), stamp(start.plus_seconds(9 * DAY), 1)),
    ]
}

/// Several random lives in one journal: by time, positions dense from 1.
fn journal(lives: &[Vec<Step>]) -> Log {
    let mut log = keeping(Life::new().now);
    for (id, steps) in (1..).zip(lives) {
        let mut life = Life::of(id);
        for step in steps {
            life = life.wait(step.2);
            if let Some((who, _, facts)) = try_step(&life, *step) {
                life.write(&who, &facts);
            }
        }
        let id = life.incident.id;
        log.extend(life.log.into_iter().map(|(fact, stamp)| (Fact::Incident(id, fact), stamp)));
    }
    log.sort_by_key(|(_, stamp)| stamp.time);
    for (position, (_, stamp)) in (1..).zip(&mut log) {
        stamp.position = position;
    }
    log
}

/// Folds one incident anew, as the shell does for one that is cold.
fn refold(log: &[(Fact, Stamp)], of: IncidentId) -> Arc<Incident> {
    let mut incident = Incident::new(of, "320111".parse().expect("the district"));
    for (fact, stamp) in log {
        if let Fact::Incident(id, fact) = fact
            && *id == of
        {
            incident::evolve(&mut incident, fact, stamp);
        }
    }
    Arc::new(incident)
}

/// Follows to the `nth` fact; one that is cold is thawed first, if the fact is new to it. Says which.
fn follow(board: &mut Board, log: &[(Fact, Stamp)], nth: usize) -> Option<IncidentId> {
    let (fact, stamp) = &log[nth];
    let applied = board.apply(fact, stamp);
    let thawed = applied.err().map(|IsCold(id)| {
        board.thaw(refold(&log[..nth], id));
        assert_eq!(board.apply(fact, stamp), Ok(()));
        id
    });
    board.cool();
    thawed
}

/// Keeps a board as a snapshot does and loads it again.
fn restart(board: &Board, log: &[(Fact, Stamp)]) -> Board {
    let mut again = self::board();
    let mut entries: Vec<Entry> = board.incidents().cloned().map(Entry::Incident).collect();
    entries.extend(board.seats().cloned().map(Entry::Seat));
    entries.extend(board.looks("one").map(|looks| Entry::Access("one".to_owned(), looks.clone())));
    entries.extend(board.ledger().map(|(id, ledger)| Entry::Journal(id.clone(), ledger.clone())));
    for entry in entries {
        again.put(Entry::from_bytes(&entry.to_bytes()).expect("its own bytes"));
    }
    let ids: BTreeSet<IncidentId> =
        log.iter().filter_map(|(fact, _)| if let Fact::Incident(id, _) = fact { Some(*id) } else { None }).collect();
    for id in ids {
        if let Some(cold) = board.cold(id) {
            let outline = cold.outline;
            again.put_outline(outline, board.outline(outline).expect("its own").clone());
            again.put_cold(id, Cold::from_bytes(&cold.to_bytes()).expect("its own bytes"));
        }
    }
    again.loaded(board.position(), board.time());
    again
}

fn timers(board: &Board) -> Vec<Timer> {
    board.due(Time::from_ms(i64::MAX)).copied().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn following_with_repeats_and_restarts_anywhere_gives_the_same_board(
        lives in proptest::collection::vec(steps(25, 2 * DAY), 1..5),
        trouble in proptest::collection::vec((0_usize..4, 0_usize..12), 1..40),
    ) {
        let log = journal(&lives);
        let (mut straight, mut troubled) = (board(), board());
        for nth in 0..log.len() {
            follow(&mut straight, &log, nth);
            follow(&mut troubled, &log, nth);
            let (what, back) = trouble[nth % trouble.len()];
            if what == 0 {
                troubled = restart(&troubled, &log);
            }
            if what <= 1 {
                for again in nth.saturating_sub(back)..=nth {
                    follow(&mut troubled, &log, again);
                }
            }
            prop_assert_eq!(straight.digest(), troubled.digest(), "after {} of {}", nth + 1, log.len());
            prop_assert_eq!(straight.counts(), troubled.counts());
            prop_assert_eq!(timers(&straight), timers(&troubled));
        }
    }
}

#[test]
fn random_journals_go_cold_and_thaw() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut cooled, mut thawed) = (0, 0);
    for _ in 0..60 {
        let lives = proptest::collection::vec(steps(25, 2 * DAY), 1..5).new_tree(&mut runner).expect("lives").current();
        let log = journal(&lives);
        let mut board = board();
        thawed += (0..log.len()).filter_map(|nth| follow(&mut board, &log, nth)).count();
        cooled += board.take_cooled().len();
    }
    assert!(cooled > 10 && thawed > 10, "{cooled} went cold, {thawed} thawed: the property proves nothing of them");
}

/// A board that followed one life.
fn board_of(life: &Life) -> Board {
    let mut board = board();
    for (fact, stamp) in &life.log {
        assert_eq!(board.apply(&Fact::Incident(life.incident.id, fact.clone()), stamp), Ok(()));
    }
    board
}

#[test]
fn an_incident_goes_cold_seven_days_after_its_end_and_the_digest_does_not_show_it() {
    let life = closed();
    let mut cold = board_of(&life);
    let Some(ended) = life.incident.ended else { unreachable!("a closed life has ended") };
    let later =
        |seconds| (Fact::Seat("desk-grid".parse().expect("a plain name"), added(GRID)), stamp(ended.plus_seconds(seconds), 1));
    let (fact, mut early) = later(7 * DAY - 1);
    early.position = 1000;
    let mut warm = cold.clone();
    assert_eq!(warm.apply(&fact, &early), Ok(()));
    warm.cool();
    assert!(warm.cold(life.incident.id).is_none());
    let (fact, mut late) = later(7 * DAY);
    late.position = 1000;
    assert_eq!(cold.apply(&fact, &late), Ok(()));
    cold.cool();
    assert!(cold.incident(life.incident.id).is_none() && cold.cold(life.incident.id).is_some());
    let mut thawed = cold.clone();
    thawed.thaw(Arc::new(life.incident.clone()));
    assert!(thawed.cold(life.incident.id).is_none() && thawed.incident(life.incident.id).is_some());
    assert_eq!((cold.digest(), cold.counts()), (thawed.digest(), thawed.counts()));
}

#[test]
fn one_fact_more_changes_the_digest() {
    let life = received();
    let more = life.clone().given(&desk(GRID), accept(Priority::SOON));
    assert_ne!(board_of(&life).digest(), board_of(&more).digest());
}

#[test]
fn a_late_clock_counts_as_overdue_and_stops_counting_when_it_stops() {
    let late = received().wait(HOUR);
    assert_eq!(board_of(&late).counts().overdue, 0, "the wall clock alone counts nothing");
    let late = late.given(&machine(), breach("accept", 1));
    assert_eq!(board_of(&late).counts().overdue, 1);
    assert_eq!(board_of(&late.given(&desk(GRID), accept(Priority::SOON))).counts().overdue, 0);
}

#[test]
fn a_timer_waits_until_its_clock_stops_or_its_lateness_is_recorded() {
    let names = |life: &Life| timers(&board_of(life)).iter().map(|(_, _, id, _)| id.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&received()), ["accept", "answer/r1"]);
    assert_eq!(names(&received().wait(HOUR).given(&machine(), breach("accept", 1))), ["answer/r1"]);
    assert_eq!(names(&closed()), Vec::<String>::new());
    assert_eq!(names(&crate::incident::tests::lives::history(90)), Vec::<String>::new(), "no timer touches a history");
}

#[test]
fn a_count_for_a_viewer_leaves_out_what_the_viewer_may_not_see() {
    let hidden = received().given(&desk(GRID), raise(&[], Some(Class::S)));
    let counts = board_of(&hidden).counts_of(|incident| incident.class != Class::S, |outline| outline.class != Class::S);
    assert_eq!((counts.incidents, counts.open), (0, 0));
}

#[test]
fn an_incident_that_changes_while_it_goes_cold_stays_warm_and_is_ripe_again() {
    let life = closed();
    let mut board = board_of(&life);
    let Some(ended) = life.incident.ended else { unreachable!("a closed life has ended") };
    let mut late = stamp(ended.plus_seconds(7 * DAY), 1);
    late.position = 1000;
    assert_eq!(board.apply(&Fact::Seat("desk-grid".parse().expect("a plain name"), added(GRID)), &late), Ok(()));
    let ripe = board.take_ripe();
    assert_eq!((ripe.len(), board.take_ripe().len()), (1, 0), "each is handed out once");
    let frozen = ripe.iter().map(|incident| Frozen::of(incident)).collect();
    let more = incident::Supplemented { report: the_report(), digest: "d2".to_owned(), sealed: Vec::new(), terms: Vec::new() };
    let mut after = late.clone();
    (after.position, after.version) = (1001, life.incident.version + 1);
    assert_eq!(board.apply(&Fact::Incident(life.incident.id, more.into()), &after), Ok(()));
    board.freeze(frozen);
    assert!(board.cold(life.incident.id).is_none(), "what was made of it is of another version");
    board.cool();
    assert_eq!(board.cold(life.incident.id).map(|cold| cold.version), Some(after.version));
}
