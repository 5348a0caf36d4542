//! Each number by a life that makes it, and what holds of all of them: each lists its facts, and groups add up.

use std::{collections::BTreeSet, sync::LazyLock};

use proptest::prelude::*;

use super::*;
use crate::{
    incident::{
        Command, Priority, Satisfaction,
        tests::{
            kit::*,
            lives::{self, lives},
            properties::{steps, try_step},
        },
    },
    policy::{Policies, SatisfactionRule},
    seat::{Added, Fact as SeatFact, Seat},
};

static POLICIES: LazyLock<Policies> = LazyLock::new(Policies::sample);

fn rule() -> &'static SatisfactionRule {
    &POLICIES.satisfaction
}

/// The rates of these lives, one after the other; the grid's desk sits in a subdistrict.
fn folded(lives: &[Life]) -> Rates {
    let mut rates = Rates::default();
    let mut position = 0;
    let mut next = |stamp: &Stamp| {
        position += 1;
        Stamp { position, ..stamp.clone() }
    };
    let seat = Seat {
        id: "desk-grid".parse().expect("a plain name"),
        agency: agency(GRID),
        area: "320111004".parse().expect("a subdistrict"),
        roles: [].into(),
        scripted: false,
    };
    let fact = SeatFact::Added(Added { seat: seat.clone(), token_sha256: String::new() });
    rates.apply(&Fact::Seat(seat.id, fact), &next(&lives[0].log[0].1));
    for (nth, life) in lives.iter().enumerate() {
        for (fact, stamp) in &life.log {
            let id = IncidentId::from_u128(life.incident.id.as_u128() + 1000 * nth as u128);
            let (fact, stamp) = (Fact::Incident(id, fact.clone()), next(stamp));
            rates.apply(&fact, &stamp);
            rates.apply(&fact, &stamp);
        }
    }
    rates
}

fn asked(rates: &Rates, ask: &Ask) -> Answer {
    rates.answer(ask, rule(), None, |_| true, |_| true)
}

/// The numbers of these lives that are not 0, without those that are always there.
fn numbers(lives: &[Life]) -> Vec<(&'static str, u64)> {
    let answer = asked(&folded(lives), &Ask::default());
    let plain = [Figure::Incidents, Figure::Reports];
    let told = Figure::ALL.iter().filter(|figure| !plain.contains(figure));
    told.filter_map(|figure| Some((figure.word(), answer.all.told(*figure)?))).filter(|(_, number)| *number > 0).collect()
}

fn number(lives: &[Life], figure: Figure) -> u64 {
    asked(&folded(lives), &Ask::default()).all.told(figure).expect("told")
}

#[test]
fn a_closed_life_counts_as_on_time_and_right_at_first_with_what_its_reporter_says() {
    let life = lives::followup().given(&checker(), follow_up(Some(Satisfaction::Fair))).given(&other(GRID), Command::Close {});
    let wanted = [
        ("closed", 1),
        ("handled", 1),
        ("with_limit", 1),
        ("on_time", 1),
        ("first_time_right", 1),
        ("subdistrict_closed", 1),
        ("told", 1),
        ("asked", 1),
        ("contacted_asked", 1),
        ("contacted", 1),
        ("solved_asked", 1),
        ("solved", 1),
        ("satisfied_asked", 1),
        ("satisfied", 1),
    ];
    assert_eq!(numbers(&[life]), wanted);
}

#[test]
fn an_unhappy_reporter_counts_beside_a_good_closing_rate() {
    let rates = folded(&[lives::closed()]);
    let answer = asked(&rates, &Ask::default());
    let rate = |side, name| answer.all.rates(side).find(|(word, ..)| *word == name).map(|(_, count, of)| (count, of));
    assert_eq!((rate(Side::Ours, "closed"), rate(Side::Citizen, "solved")), (Some((1, 1)), Some((0, 1))));
    assert_eq!((rate(Side::Citizen, "satisfied"), rate(Side::Citizen, "closed")), (Some((0, 1)), None), "never mixed");
}

#[test]
fn who_is_not_reached_in_three_tries_is_a_class_of_its_own() {
    let tries = |many: usize| (0..many).fold(lives::followup(), |life, _| life.given(&checker(), follow_up(None)));
    assert_eq!([2, 3].map(|many| number(&[tries(many)], Figure::NotReached)), [0, 1]);
    let lives = [tries(3)];
    assert_eq!((number(&lives, Figure::Asked), number(&lives, Figure::SatisfiedAsked)), (1, 0));
}

#[test]
fn the_total_clock_is_late_running_on_time_or_dropped_and_one_of_them() {
    let late = lives::routed(&[(GRID, true)]).wait(6 * DAY).given(&machine(), breach("total", 1));
    let withdrawn = lives::accepted(Priority::ROUTINE).given(&desk(GRID), withdraw());
    let all = [late.clone(), late.given(&desk(GRID), withdraw()), withdrawn, lives::done(), lives::closed()];
    let told = [Figure::WithLimit, Figure::Late, Figure::OnTime, Figure::Running, Figure::Dropped, Figure::Exempt];
    assert_eq!(told.map(|figure| number(&all, figure)), [5, 2, 1, 1, 1, 0]);
}

#[test]
fn returns_and_reopenings_are_counted_by_incident_and_by_fact() {
    let again = lives::closed().given(&desk(POLICE), ask_reopen()).given(&desk(GRID), Command::Reopen {});
    let told = numbers(&[lives::returned(2), again]);
    for wanted in [("returned", 1), ("returns", 2), ("offered_again", 1), ("bounced", 1), ("reopened", 1), ("reopenings", 1)] {
        assert!(told.contains(&wanted), "{wanted:?} is not in {told:?}");
    }
    assert!(told.contains(&("on_time", 1)), "what was closed in time was closed in time: {told:?}");
    assert!(!told.iter().any(|(word, _)| *word == "first_time_right"));
    let checked = lives::checking().given(&checker(), checked(false));
    assert_eq!(number(&[checked], Figure::ChecksFailed), 1);
}

#[test]
fn short_lives_and_other_ends_have_numbers_of_their_own() {
    let all = [
        lives::received().given(&desk(GRID), answer()),
        lives::patrol().given(&desk(GRID), self_handle()),
        lives::received().given(&desk(GRID), decline()),
        lives::received().given(&desk(GRID), ask_void()).given(&other(GRID), Command::Void {}),
        lives::merged(),
        lives::received(),
    ];
    let told = numbers(&all);
    for wanted in
        [("closed", 2), ("answered", 1), ("self_handled", 1), ("declined", 1), ("void", 1), ("merged", 1), ("open", 1), ("told", 1)]
    {
        assert!(told.contains(&wanted), "{wanted:?} is not in {told:?}");
    }
    assert_eq!(number(&all, Figure::Reports), 5, "reports of what was merged stand elsewhere");
    assert_eq!(number(&all, Figure::SelfClosed), 1, "an answer in the call is no sign");
}

#[test]
fn closing_in_the_last_hour_and_the_same_again_within_three_days_are_signs() {
    let told = |wait: i64| lives::followup().wait(5 * DAY - wait).given(&checker(), follow_up(Some(Satisfaction::Fair)));
    let life = |wait: i64| told(wait).given(&desk(GRID), Command::Close {});
    assert_eq!([2 * HOUR, HOUR / 2].map(|wait| number(&[life(wait)], Figure::LastHourClosed)), [0, 1]);
    let first = lives::closed();
    let again = |after: i64| {
        let mut second = Life::new();
        second.now = first.now.plus_seconds(after);
        second.given(&desk(GRID), receive(report(GRID, Some(HOTLINE), "a"))).given(&desk(GRID), accept(Priority::ROUTINE))
    };
    let soon = [first.clone(), again(71 * HOUR)];
    assert_eq!(number(&soon, Figure::AgainWithin72h), 1);
    assert_eq!(number(&[first.clone(), again(73 * HOUR)], Figure::AgainWithin72h), 0);
    let ask = Ask { facts: Some(Figure::AgainWithin72h), ..Ask::default() };
    let fact = &asked(&folded(&soon), &ask).facts[0];
    let came = 1 + first.log.len() as u64 + 1;
    assert_eq!((fact.incident.as_u128(), fact.position), (1, came), "the one that was closed, and the fact that came");
}

#[test]
fn the_middle_delay_of_an_even_number_is_half_of_a_sum() {
    let told = |wait: i64| lives::received().wait(wait).given(&desk(GRID), answer());
    let delay = |lives: &[Life]| asked(&folded(lives), &Ask::default()).all.delay.expect("told");
    let odd = delay(&[told(9), told(99), told(999)]);
    assert_eq!((odd.count, odd.total_milliseconds, odd.median_milliseconds, odd.median_of), (3, 1_110_000, 100_000, 1));
    let even = delay(&[told(9), told(99)]);
    assert_eq!((even.total_milliseconds, even.median_milliseconds, even.median_of), (110_000, 110_000, 2));
}

#[test]
fn a_period_a_source_and_who_may_see_take_away_what_they_do_not_hold() {
    let life = lives::closed();
    let rates = folded(&[life.clone(), lives::history(90)]);
    let from = life.log[0].1.time;
    let count = |ask: &Ask| asked(&rates, ask).all.told(Figure::Incidents);
    assert_eq!(count(&Ask { from: Some(from), ..Ask::default() }), Some(1));
    assert_eq!(count(&Ask { until: Some(from), ..Ask::default() }), Some(1), "what occurred before, by its file");
    assert_eq!(count(&Ask { source: Some("patrol".to_owned()), ..Ask::default() }), Some(0));
    let apart = asked(&rates, &Ask::default()).apart.expect("told");
    assert_eq!(apart.map(|row| row.told(Figure::Incidents)), [Some(1), Some(1)]);
    let ask = Ask { facts: Some(Figure::Incidents), ..Ask::default() };
    let blind = rates.answer(&ask, rule(), None, |id| id.as_u128() > 1, |_| false);
    assert_eq!((blind.all.told(Figure::Incidents), blind.facts.len()), (Some(1), 0), "facts of what is seen whole alone");
}

static STARTS: LazyLock<Vec<Life>> = LazyLock::new(|| lives().into_iter().filter(|life| life.incident.version > 0).collect());

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_number_is_as_large_as_its_list_of_facts_and_groups_add_up(
        walks in proptest::collection::vec((any::<prop::sample::Index>(), steps(15, 30 * HOUR)), 1..5),
    ) {
        let lived: Vec<Life> = walks.into_iter().map(|(start, steps)| {
            let mut life = start.get(&STARTS).clone();
            for step in steps {
                life = life.wait(step.2);
                if let Some((who, _, facts)) = try_step(&life, step) {
                    life.write(&who, &facts);
                }
            }
            life
        }).collect();
        let rates = folded(&lived);
        let positions: BTreeSet<u64> = (1..=rates.position()).collect();
        for figure in Figure::ALL {
            for by in By::ALL {
                let answer = asked(&rates, &Ask { by: Some(*by), facts: Some(*figure), ..Ask::default() });
                let all = answer.all.told(*figure).expect("told");
                prop_assert_eq!(answer.facts.len() as u64, all, "{} lists other facts", figure.word());
                prop_assert!(answer.facts.iter().all(|fact| positions.contains(&fact.position)));
                let sum = |rows: &[Row]| rows.iter().map(|row| row.told(*figure).expect("told")).sum::<u64>();
                prop_assert_eq!(sum(&answer.groups), all, "{} by {}", figure.word(), by.word());
                prop_assert_eq!(sum(&answer.apart.expect("told")), all);
            }
        }
        let told = |figures: &[Figure]| {
            let all = asked(&rates, &Ask::default()).all;
            figures.iter().map(|figure| all.told(*figure).expect("told")).sum::<u64>()
        };
        use Figure::*;
        prop_assert_eq!(told(&[Incidents]), told(&[Open, Closed, Declined, Merged, Withdrawn, Void]));
        prop_assert_eq!(told(&[Closed]), told(&[Answered, SelfHandled, Handled]));
        prop_assert_eq!(told(&[WithLimit]), told(&[OnTime, Late, Running, Dropped]));
        prop_assert!(told(&[Returned]) <= told(&[Returns]) && told(&[Bounced]) <= told(&[Returns, Lapses, OfferedAgain]));
    }
}
