//! The ledger's promises: nothing of the time is lost or counted twice, and who held what is what the incident says.

use std::{collections::BTreeMap, sync::LazyLock};

use proptest::prelude::*;

use super::{days::Day, *};
use crate::{
    incident::{
        Command, Priority, Satisfaction, Stage,
        tests::{
            kit::*,
            lives::{self, lives},
            properties::{steps, try_step},
        },
    },
    seat::{self, Added},
    time::DAY_MS,
};

const SUBDISTRICT: &str = "320111004";

fn area(code: &str) -> AreaCode {
    code.parse().expect("an area")
}

/// The grid's desk sits in a subdistrict, the water bureau's in a community; all others are nowhere.
fn seats() -> Seats {
    let mut seats = Seats::default();
    for (name, at) in [("desk-grid", SUBDISTRICT), ("desk-department-water", "320111004001")] {
        let id: SeatId = name.parse().expect("a plain name");
        let seat = seat::Seat { id: id.clone(), agency: Agency::grid(), area: area(at), roles: [].into(), scripted: false };
        seats.apply(&id, &seat::Fact::Added(Added { seat, token_sha256: String::new() }), 0);
    }
    seats
}

fn at(life: &Life, until: Time) -> Ledger {
    Ledger::of(life.incident.id, area("320111"), &seats(), &life.log, until).expect("something is known")
}

fn ledger(life: &Life) -> Ledger {
    at(life, life.now)
}

/// Duty, agency, seat, tier and seconds of each stretch.
fn told(ledger: &Ledger, duty: Duty) -> Vec<(String, u64)> {
    let of = ledger.spans.iter().filter(|span| span.duty == duty);
    of.map(|span| {
        let held = span.holder.as_ref().map_or_else(
            || "nobody".to_owned(),
            |holder| {
                let seat = holder.seat.as_ref().map_or("-", SeatId::as_str);
                format!("{} {seat} {}", holder.agency, tier_word(holder.tier))
            },
        );
        (held, span.milliseconds / 1000)
    })
    .collect()
}

fn held(rows: &[(&str, u64)]) -> Vec<(String, u64)> {
    rows.iter().map(|(text, seconds)| ((*text).to_owned(), *seconds)).collect()
}

#[test]
fn the_lead_goes_from_the_desk_that_took_it_in_to_the_seat_that_accepts_it() {
    let came = Life::new().given(&desk(POLICE), receive(report(POLICE, Some(HOTLINE), "a"))).wait(59);
    let offered = came.given(&desk(POLICE), offer(None, true, GRID)).wait(99).given(&machine(), deliver(1)).wait(9);
    let life = offered.given(&desk(GRID), take(1)).wait(199);
    let ledger = ledger(&life);
    // Nobody has taken it at first; offered and delivered is not taken.
    assert_eq!(told(&ledger, Duty::Lead), held(&[("police - district", 60 + 100 + 10), ("grid desk-grid subdistrict", 200)]));
    assert_eq!((ledger.milliseconds, ledger.ended), (370_000, false));
    let now: Vec<_> = ledger.now.iter().map(|held| (held.duty, held.holder.agency.as_str())).collect();
    assert_eq!(now, [(Duty::Lead, GRID), (Duty::Answer(the_report()), HOTLINE)]);
}

#[test]
fn a_part_is_the_leads_until_somebody_takes_it_and_nobodys_once_it_is_finished() {
    let routed = lives::two().wait(9).given(&desk(WATER), deliver(1)).wait(19).given(&desk(WATER), take(1)).wait(29);
    let life = routed.given(&everything(WATER), finish(2)).wait(39);
    let part = told(&ledger(&life), Duty::Part(2));
    let wanted = [("grid desk-grid subdistrict", 30), ("department/water desk-department-water community", 30), ("nobody", 40)];
    assert_eq!(part, held(&wanted));
    assert_eq!(told(&ledger(&life), Duty::Part(1)), held(&[("grid desk-grid subdistrict", 100)]), "what it routed to itself");
}

#[test]
fn an_answer_is_owed_until_its_reporter_is_told_and_again_after_a_reopening() {
    let followup = lives::followup().wait(99);
    let closed = followup.given(&checker(), follow_up(Some(Satisfaction::Dissatisfied))).given(&desk(GRID), Command::Close {});
    let rest = closed.wait(999).given(&desk(POLICE), ask_reopen()).given(&desk(GRID), Command::Reopen {}).wait(49);
    let ledger = ledger(&rest);
    let owed = told(&ledger, Duty::Answer(the_report()));
    let (first, last) = (owed.first().expect("owed"), owed.last().expect("owed again"));
    assert_eq!((first.0.as_str(), last), ("hotline - district", &("hotline - district".to_owned(), 50)));
    assert_eq!(owed.len(), 3, "between them nobody owes it: {owed:?}");
    let lead = told(&ledger, Duty::Lead);
    assert_eq!(lead[lead.len() - 2..], held(&[("nobody", 1001), ("grid desk-grid subdistrict", 50)]), "at rest nobody leads");
    assert_eq!(lead.iter().map(|(_, seconds)| seconds).sum::<u64>() * 1000, ledger.milliseconds);
}

#[test]
fn returns_lapses_and_further_offers_are_bounces_of_the_duty_that_was_offered() {
    let returned = lives::returned(1).given(&desk(GRID), offer(Some(2), false, HOTLINE)).given(&desk(HOTLINE), deliver(2));
    let life = returned.wait(HOUR).given(&machine(), lapse(2));
    let turns: Vec<_> = ledger(&life).bounces.iter().map(|b| (b.duty, b.turn, b.agency.to_string())).collect();
    let part = Duty::Part(2);
    let wanted = [(Turn::Returned, WATER), (Turn::OfferedAgain, GRID), (Turn::Lapsed, HOTLINE)];
    assert_eq!(turns, wanted.map(|(turn, agency)| (part, turn, agency.to_owned())));
    let lead: Vec<_> = ledger(&lives::lead_came_back(2)).bounces.iter().map(|b| (b.duty, b.turn)).collect();
    assert_eq!(lead, [Turn::Returned, Turn::OfferedAgain, Turn::Returned].map(|turn| (Duty::Lead, turn)));
}

#[test]
fn a_past_matter_is_counted_in_what_its_file_tells() {
    let life = lives::history(90);
    let ended = life.now.plus_seconds(-80 * DAY);
    let life = life.imported(Some(ended)).given(&script(HOTLINE), record(Some(ended)));
    let ledger = ledger(&life);
    assert_eq!((ledger.ended, ledger.milliseconds), (true, 10 * DAY_MS as u64 + 1000));
    assert_eq!(told(&ledger, Duty::Lead), held(&[("hotline - district", 864_001)]));
}

#[test]
fn nothing_is_known_before_the_first_fact_and_no_more_than_then() {
    let life = lives::handling();
    let before = Ledger::of(life.incident.id, area("320111"), &seats(), &life.log, life.log[0].1.time.plus_seconds(-1));
    assert_eq!(before, None);
    let first = at(&life, life.log[0].1.time);
    assert_eq!((first.position, first.milliseconds), (1, 0));
    assert_eq!(first.now.len(), 2, "who leads and who answers from the first fact on");
}

#[test]
fn a_day_has_24_hours_from_midnight_on_and_holds_what_lies_in_it() {
    // From 19:02 on the 8th; accepted at once, still open two days later.
    let life = lives::accepted(Priority::ROUTINE).wait(2 * DAY);
    let ledger = ledger(&life);
    let day = |text: &str| {
        let mut day = Day::of(format!("{text}T12:00:00.000+08:00").parse().expect("an instant"));
        day.add(&ledger);
        day
    };
    let grid = |day: &Day| day.agencies.get(&agency(GRID)).map_or(0, |sum| sum.lead_milliseconds);
    assert_eq!(day("2026-07-07").agencies, BTreeMap::new());
    let first = day("2026-07-08");
    assert_eq!((first.day.as_str(), first.from.to_string().as_str()), ("2026-07-08", "2026-07-08T00:00:00.000+08:00"));
    assert_eq!((grid(&first), first.incidents), ((4 * 3600 + 58 * 60) * 1000, 1));
    assert_eq!(grid(&day("2026-07-09")), DAY_MS as u64);
    assert_eq!(day("2026-07-09").agencies[&agency(HOTLINE)].answer_milliseconds, DAY_MS as u64);
}

static STARTS: LazyLock<Vec<Life>> = LazyLock::new(|| lives().into_iter().filter(|life| life.incident.version > 0).collect());

/// Who holds each duty, read off the incident as its facts up to `until` make it; written again, the slow way.
fn holders(life: &Life, until: Time) -> (Stage, BTreeMap<String, String>) {
    let mut incident = Incident::new(life.incident.id, area("320111"));
    let mut last = Time::from_ms(i64::MIN);
    for (fact, stamp) in &life.log {
        let mut with = incident.clone();
        evolve(&mut with, fact, stamp);
        let told = if with.history { stamp.occurred.unwrap_or(last.max(Time::from_ms(0))) } else { stamp.time };
        last = last.max(told);
        if last > until {
            break;
        }
        incident = with;
    }
    let mut all = BTreeMap::new();
    if incident.stage.ended() {
        return (incident.stage, all);
    }
    let lead = incident.lead_agency().expect("somebody leads").to_string();
    for part in &incident.parts {
        let owner = match part.status.word() {
            "offered" | "returned" => lead.clone(),
            "finished" | "released" => continue,
            _ => part.agency.to_string(),
        };
        all.insert(format!("part {}", part.id), owner);
    }
    for report in incident.reports.iter().filter(|report| report.told.is_none()) {
        all.extend(report.answer.as_ref().map(|agency| (format!("answer {}", report.id), agency.to_string())));
    }
    all.insert("lead".to_owned(), lead);
    (incident.stage, all)
}

fn name(duty: Duty) -> String {
    match duty {
        Duty::Lead => "lead".to_owned(),
        Duty::Part(part) => format!("part {part}"),
        Duty::Answer(report) => format!("answer {report}"),
    }
}

/// The spans of each duty lie end to end, and the lead's cover everything.
fn adds_up(ledger: &Ledger) {
    let mut duties: BTreeMap<Duty, Vec<&Span>> = BTreeMap::new();
    ledger.spans.iter().for_each(|span| duties.entry(span.duty).or_default().push(span));
    for (duty, spans) in &duties {
        for pair in spans.windows(2) {
            assert_eq!(pair[0].to, pair[1].from, "{duty:?} has a gap or a doubt");
        }
        let (first, last) = (spans[0], spans[spans.len() - 1]);
        assert_eq!(last.to, ledger.until, "{duty:?} is followed to the end");
        assert!(first.from >= ledger.from && (*duty != Duty::Lead || first.from == ledger.from));
        let shares: u64 = ledger.shares(*duty).values().sum();
        assert_eq!(shares, between(first.from, ledger.until), "the shares of {duty:?} are all of its time");
        assert_eq!(shares, spans.iter().map(|span| between(span.from, span.to)).sum::<u64>());
    }
    assert_eq!(ledger.shares(Duty::Lead).values().sum::<u64>(), ledger.milliseconds, "all of the time has a lead");
    assert!(duties.contains_key(&Duty::Lead) || ledger.milliseconds == 0);
}

fn lives_on(start: &Life, steps: Vec<(usize, usize, i64)>) -> Life {
    let mut life = start.clone();
    for step in steps {
        life = life.wait(step.2);
        if let Some((who, _, facts)) = try_step(&life, step) {
            life.write(&who, &facts);
        }
    }
    life
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_every_life_the_shares_add_up_to_all_of_the_time(
        start in any::<prop::sample::Index>(),
        steps in steps(40, 5 * HOUR),
        looks in proptest::collection::vec(0.0_f64..1.0, 6),
    ) {
        let life = lives_on(start.get(&STARTS), steps);
        let whole = ledger(&life);
        adds_up(&whole);
        for look in looks {
            let length = (life.now.ms() - whole.from.ms()).max(0) as f64;
            let instant = Time::from_ms(whole.from.ms() + (length * look) as i64);
            let (stage, wanted) = holders(&life, instant);
            let then = at(&life, instant);
            adds_up(&then);
            prop_assert_eq!(then.ended, stage.ended());
            let now: BTreeMap<_, _> = then.now.iter().map(|held| (name(held.duty), held.holder.agency.to_string())).collect();
            prop_assert_eq!(&now, &wanted, "at {}", instant);
            // What was so then, the whole ledger still says of then.
            let spans = whole.spans.iter().filter(|span| span.from <= instant && instant < span.to);
            let of_then: BTreeMap<_, _> =
                spans.filter_map(|span| Some((name(span.duty), span.holder.as_ref()?.agency.to_string()))).collect();
            if instant < whole.until {
                prop_assert_eq!(of_then, wanted, "{} in the whole", instant);
            }
        }
    }

    #[test]
    fn day_by_day_the_sums_are_the_whole(start in any::<prop::sample::Index>(), steps in steps(25, 20 * HOUR)) {
        let life = lives_on(start.get(&STARTS), steps);
        let ledger = ledger(&life);
        let mut sums: BTreeMap<String, [u64; 3]> = BTreeMap::new();
        let (mut led, mut turns) = (0, 0);
        let mut fast = days::Life::default();
        life.log.iter().for_each(|(fact, stamp)| fast.apply(fact, stamp));
        for number in ledger.from.day()..=life.now.day() {
            let mut day = Day::of(Time::from_ms(number * DAY_MS));
            prop_assert_eq!((day.from.day(), day.to.day()), (number, number + 1));
            let empty = day.clone();
            day.add(&ledger);
            prop_assert!(fast.touches(&day) || day == empty, "{} is passed over", day.day);
            led += day.led_milliseconds;
            prop_assert_eq!(day.led_milliseconds, day.agencies.values().map(|sum| sum.lead_milliseconds).sum::<u64>());
            for (agency, sum) in &day.agencies {
                let all = sums.entry(agency.to_string()).or_default();
                let more = [sum.lead_milliseconds, sum.part_milliseconds, sum.answer_milliseconds];
                all.iter_mut().zip(more).for_each(|(all, more)| *all += more);
                turns += sum.returned + sum.lapsed + sum.offered_again;
            }
        }
        let mut wanted: BTreeMap<String, [u64; 3]> = BTreeMap::new();
        for (span, holder) in ledger.spans.iter().filter_map(|span| Some((span, span.holder.as_ref()?))) {
            let kind = match span.duty { Duty::Lead => 0, Duty::Part(_) => 1, Duty::Answer(_) => 2 };
            wanted.entry(holder.agency.to_string()).or_default()[kind] += span.milliseconds;
        }
        sums.retain(|_, sum| sum.iter().any(|each| *each > 0));
        prop_assert_eq!(sums, wanted);
        let rest = ledger.shares(Duty::Lead).get(&None).copied().unwrap_or(0);
        prop_assert_eq!(led, ledger.milliseconds - rest);
        prop_assert_eq!(turns, ledger.bounces.len() as u64);
    }
}
