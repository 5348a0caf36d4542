//! Lives that stand in each of the 14 stages, in every situation that an edge of the table needs.

use super::kit::*;
use crate::{
    id::ReportId,
    incident::{Command, Priority, Satisfaction, UnitStage},
};

/// What is told now calls for more care than what was told before.
fn alarming(mut new: crate::incident::NewReport) -> crate::incident::NewReport {
    new.flags = [crate::incident::Flag::Minor].into();
    new
}

pub(crate) fn received() -> Life {
    Life::new().given(&desk(GRID), receive(report(GRID, Some(HOTLINE), "a")))
}

/// Nobody waits for an answer.
pub(crate) fn patrol() -> Life {
    Life::new().given(&desk(GRID), receive(report(GRID, None, "a")))
}

/// From a file; it occurred `days` before.
pub(crate) fn history(days: i64) -> Life {
    let life = Life::new();
    let then = life.now.plus_seconds(-days * DAY);
    let mut new = report(HOTLINE, Some(HOTLINE), "a");
    new.history = true;
    life.occurred(Some(then)).given(&script(HOTLINE), receive(new))
}

/// From a file of the 110: accepted, and a part of the police with one unit sent.
pub(crate) fn dispatched() -> Life {
    history(90)
        .given(&script(HOTLINE), accept(Priority::URGENT))
        .given(&script(POLICE), record_route(POLICE))
        .given(&script(POLICE), record_order("car/1"))
}

/// Its unit set out, arrived and is free again.
pub(crate) fn cleared() -> Life {
    let steps = [UnitStage::Signed, UnitStage::EnRoute, UnitStage::OnScene, UnitStage::Cleared];
    steps.into_iter().fold(dispatched(), |life, step| life.given(&script(POLICE), record_step(1, step)))
}

pub(crate) fn verifying() -> Life {
    received().given(&desk(GRID), ask_verification())
}

pub(crate) fn accepted(priority: Priority) -> Life {
    received().given(&desk(GRID), accept(priority))
}

pub(crate) fn routed(parts: &[(&str, bool)]) -> Life {
    accepted(Priority::ROUTINE).given(&desk(GRID), route(parts))
}

/// Part 1 is the grid's own; part 2 was offered to the water bureau as transfer 1.
pub(crate) fn two() -> Life {
    routed(&[(GRID, true), (WATER, true)])
}

/// Part 1 is the grid's own; part 2, which may be let go, was offered to the hotline as transfer 1.
pub(crate) fn assisted() -> Life {
    routed(&[(GRID, true), (HOTLINE, false)])
}

/// Offered, delivered and accepted: both of [`two`] work.
pub(crate) fn handling() -> Life {
    two().given(&desk(WATER), deliver(1)).given(&desk(WATER), take(1))
}

/// The hotline assists.
pub(crate) fn assisting() -> Life {
    assisted().given(&desk(HOTLINE), deliver(1)).given(&desk(HOTLINE), take(1))
}

/// Part 2 of [`two`] came back `times` times.
pub(crate) fn returned(times: u16) -> Life {
    let first = two().given(&desk(WATER), deliver(1)).given(&desk(WATER), give_back(1));
    (2..=times).fold(first, |life, transfer| {
        let offered = life.given(&desk(GRID), offer(Some(2), false, HOUSING));
        offered.given(&desk(HOUSING), deliver(transfer)).given(&desk(HOUSING), give_back(transfer))
    })
}

/// The lead alone was offered and came back `times` times.
pub(crate) fn lead_came_back(times: u16) -> Life {
    let back = |life: Life, (to, transfer): (&str, u16)| {
        let offered = life.given(&desk(GRID), offer(None, true, to));
        offered.given(&desk(to), deliver(transfer)).given(&desk(to), give_back(transfer))
    };
    [HOTLINE, POLICE].into_iter().zip(1..=times).fold(received(), back)
}

/// The lead was offered to the hotline with a part, and a part designated with the lead before the hotline answered.
pub(crate) fn lead_moved_on() -> Life {
    let mut life = two().given(&desk(GRID), offer(None, true, HOTLINE)).given(&machine(), deliver(2));
    // Designation refuses an open offer of the lead; an older journal may hold one all the same.
    life.incident.handovers.swap(0, 1);
    life.incident.handovers[0].id = 1;
    life.incident.handovers[1].id = 2;
    life.incident.lead = Some(crate::incident::Lead { agency: agency(HOUSING), area: None, seat: None });
    life
}

/// `life`, and what stands around an order of its assisting part 2.
fn assisted_orders(life: Life) -> Vec<Life> {
    let number = u16::try_from(life.incident.handovers.len() + 1).expect("few");
    let issued = life.clone().given(&desk(HOTLINE), issue(2));
    let delivered = issued.clone().given(&machine(), deliver_order(number));
    let signed = delivered.clone().given(&handler(HOTLINE), sign(number));
    vec![life, issued, delivered, signed]
}

pub(crate) fn done() -> Life {
    routed(&[(GRID, true)]).given(&everything(GRID), finish(1))
}

pub(crate) fn checking() -> Life {
    done().given(&desk(GRID), ask_check())
}

pub(crate) fn followup() -> Life {
    done().given(&desk(HOTLINE), tell())
}

pub(crate) fn asked() -> Life {
    followup().given(&checker(), follow_up(Some(Satisfaction::Dissatisfied)))
}

pub(crate) fn closed() -> Life {
    asked().given(&desk(GRID), Command::Close {})
}

/// A second report stands on the incident. No command of today links one, so it is put there by hand; the rules
/// about several reporters wait for it already.
pub(crate) fn with_second_report(mut life: Life, answer: Option<&str>) -> Life {
    let mut second = life.incident.reports[0].clone();
    second.id = second_report();
    second.answer = answer.map(agency);
    second.told = None;
    life.incident.reports.push(second);
    life
}

pub(crate) fn second_report() -> ReportId {
    ReportId::of("police110", "J2")
}

pub(crate) fn merged() -> Life {
    received().given(&desk(GRID), link(2))
}

/// The police had it first, handed the lead to the grid, and keep watch: in each stage up to the follow-up.
pub(crate) fn watched() -> Vec<Life> {
    let came = Life::new().given(&desk(POLICE), receive(report(POLICE, Some(HOTLINE), "a")));
    let offered = came.given(&desk(POLICE), offer(None, true, GRID)).given(&machine(), deliver(1));
    let received = offered.given(&desk(GRID), take(1));
    let accepted = received.clone().given(&desk(GRID), accept(Priority::ROUTINE));
    let routed = accepted.clone().given(&desk(GRID), route(&[(GRID, true), (WATER, true)]));
    let handling = routed.clone().given(&desk(WATER), deliver(2)).given(&desk(WATER), take(2));
    let done = handling.clone().given(&everything(GRID), finish(1)).given(&everything(WATER), finish(2));
    let checking = done.clone().given(&desk(GRID), ask_check());
    let followup = done.clone().given(&desk(HOTLINE), tell());
    let verifying = received.clone().given(&desk(GRID), ask_verification());
    vec![received, verifying, accepted, routed, handling, done, checking, followup]
}

/// The lead and, where there is one to give, part 2 are on offer; then delivered.
fn on_offer(life: &Life, to: &str) -> [Life; 2] {
    let number = u16::try_from(life.incident.handovers.len() + 1).expect("few");
    let offered = life.clone().given(&desk(GRID), offer(None, true, to));
    let delivered = offered.clone().given(&desk(to), deliver(number));
    [offered, delivered]
}

fn under_order(life: &Life) -> Vec<Life> {
    let number = u16::try_from(life.incident.handovers.len() + 1).expect("few");
    let issued = life.clone().given(&desk(GRID), issue(1));
    let delivered = issued.clone().given(&machine(), deliver_order(number));
    let signed = delivered.clone().given(&handler(GRID), sign(number));
    vec![issued, delivered, signed]
}

/// All of them, together in every stage and on both sides of every fork.
pub(crate) fn lives() -> Vec<Life> {
    let last = two().given(&desk(WATER), deliver(1)).given(&desk(WATER), take(1)).given(&desk(GRID), finish(1));
    let assisted_done = assisting().given(&desk(GRID), finish(1));
    let mut lives = vec![
        Life::new(),
        received(),
        patrol(),
        Life::new().given(&desk(POLICE), receive(report(POLICE, Some(POLICE), "a"))),
        history(90),
        history(90).given(&script(HOTLINE), accept(Priority::ROUTINE)),
        history(90).given(&script(HOTLINE), accept(Priority::ROUTINE)).given(&script(HOTLINE), route(&[(HOTLINE, true)])),
        history(90).given(&script(POLICE), record_route(POLICE)),
        dispatched(),
        dispatched().given(&script(POLICE), record_step(1, UnitStage::EnRoute)),
        cleared(),
        cleared().given(&desk(POLICE), finish(1)),
        verifying(),
        verifying().given(&handler(GRID), verify(true)),
        verifying().given(&handler(GRID), verify(false)),
        accepted(Priority::ROUTINE),
        accepted(Priority::URGENT),
        routed(&[(GRID, true)]),
        two(),
        two().given(&desk(WATER), deliver(1)),
        assisted().given(&desk(HOTLINE), deliver(1)),
        assisted().given(&desk(HOTLINE), deliver(1)).given(&desk(HOTLINE), give_back(1)),
        routed(&[(GRID, true), (LAWYERS, false)]).given(&machine(), deliver(1)),
        returned(1),
        returned(2),
        returned(2).given(&chief(), designate(2, HOUSING, true)),
        handling(),
        last,
        assisting(),
        assisting().given(&desk(HOTLINE), offer(Some(2), false, WATER)),
        assisting().given(&desk(HOTLINE), offer(Some(2), false, WATER)).given(&machine(), deliver(2)),
        handling().given(&desk(WATER), offer(Some(2), false, HOUSING)),
        handling().given(&desk(WATER), offer(Some(2), false, HOUSING)).given(&machine(), deliver(2)),
        done(),
        patrol()
            .given(&desk(GRID), accept(Priority::SOON))
            .given(&desk(GRID), route(&[(GRID, true)]))
            .given(&desk(GRID), finish(1)),
        with_second_report(done(), Some(HOTLINE)),
        assisted_done.clone(),
        assisted_done.clone().given(&desk(HOTLINE), offer(Some(2), false, WATER)).given(&machine(), deliver(2)),
        checking(),
        followup(),
        asked(),
        followup().given(&desk(POLICE), ask_reopen()),
        closed(),
        received().given(&desk(GRID), answer()),
        closed().given(&desk(POLICE), ask_reopen()),
        received().given(&desk(GRID), decline()),
        merged(),
        received().given(&desk(GRID), withdraw()),
        received().given(&desk(GRID), ask_void()).given(&other(GRID), Command::Void {}),
        closed().given(&desk(POLICE), ask_reopen()).given(&desk(GRID), Command::Reopen {}),
    ];
    // The assisting part goes on after all is done, checked and told.
    let assisted_checking = assisted_done.clone().given(&desk(GRID), ask_check());
    let assisted_followup = assisted_done.clone().given(&desk(HOTLINE), tell());
    for life in [assisted_done.clone(), assisted_checking, assisted_followup.clone()] {
        lives.extend(assisted_orders(life.clone()));
        let offered = life.given(&desk(HOTLINE), offer(Some(2), false, WATER));
        lives.extend([offered.clone(), offered.given(&machine(), deliver(2))]);
    }
    lives.push(assisted_followup.given(&desk(POLICE), ask_reopen()).given(&desk(GRID), Command::Reopen {}));
    lives.extend(super::leave_asks::waiting_lives());
    lives.push(lead_came_back(2));
    lives.extend(watched());
    lives.extend(super::tier_lives::tiered());
    for life in [received(), verifying(), accepted(Priority::ROUTINE), routed(&[(GRID, true)]), handling(), assisted_done] {
        lives.extend(on_offer(&life, HOTLINE));
    }
    for life in [two(), handling()] {
        lives.extend(under_order(&life));
    }
    for life in [received(), verifying(), accepted(Priority::ROUTINE), two(), handling()] {
        lives.push(life.given(&desk(POLICE), ask_void()));
    }
    lives
}

/// Everything that could be asked of this life: every kind, with the numbers that it has and one that it has not.
pub(crate) fn asks(life: &Life) -> Vec<Command> {
    let incident = &life.incident;
    let mut asks = vec![
        receive(report(GRID, Some(HOTLINE), "a")),
        receive(report(GRID, Some(HOTLINE), "b")),
        receive(alarming(report(GRID, Some(HOTLINE), "c"))),
        raise(&[crate::incident::Flag::Crowd], None),
        answer(),
        self_handle(),
        ask_verification(),
        verify(true),
        decline(),
        accept(Priority::ROUTINE),
        route(&[(GRID, true), (WATER, true)]),
        route_now(Priority::LIFE, GRID),
        add_part(POLICE),
        offer(None, true, HOTLINE),
        ask_check(),
        checked(true),
        checked(false),
        tell(),
        follow_up(Some(Satisfaction::Satisfied)),
        follow_up(None),
        Command::Close {},
        withdraw(),
        ask_void(),
        Command::Void {},
        ask_reopen(),
        Command::Reopen {},
        refuse_reopen(),
        record_route(WATER),
        record_order("car/9"),
        record_priority(Priority::SOON),
        record(None),
        record(Some(life.now)),
        breach("upward", 1),
        Command::DeclareScene { safe: true },
        Command::DeclareScene { safe: false },
        link(2),
        take_reports(2),
        split(),
        open_split(),
        recall(),
        Command::Correct { category: matter() },
        note(),
        number("CP-1"),
    ];
    asks.extend(tier_asks(life));
    asks.extend(super::leave_asks::waiting_asks(life));
    for part in 1..=u16::try_from(incident.parts.len() + 1).expect("few") {
        let of_part = [issue(part), en_route(part), on_scene(part), finish(part), release(part)];
        asks.extend(of_part);
        asks.extend([offer(Some(part), false, HOUSING), offer(Some(part), true, HOTLINE)]);
        asks.extend([designate(part, HOUSING, false), designate(part, WATER, true), designate_lead(HOTLINE)]);
    }
    for number in 1..=u16::try_from(incident.handovers.len() + 1).expect("few") {
        asks.extend([deliver_order(number), sign(number), cannot(number)]);
        let steps = if incident.history { UnitStage::ALL } else { &[UnitStage::OnScene] };
        asks.extend(steps.iter().map(|&step| record_step(number, step)));
        asks.extend([deliver(number), take(number), give_back(number), lapse(number), take_back(number)]);
    }
    asks.extend(incident.clocks.iter().map(|clock| Command::Breach { clock: clock.id, version: clock.version }));
    asks
}
