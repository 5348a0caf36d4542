//! Requests for time and what comes of them, and lives that stand in the middle of one. Part of the kit.

use std::sync::LazyLock;

use super::{kit::*, lives::*};
use crate::{
    fact::{Stamp, command_key},
    id::ReportId,
    incident::*,
    policy::{Calendar, Leave},
    reason::ReasonCode,
};

const LEAVE: &str = r#"
name = "leave"
version = "1"
valid_from = "2026-01-01"
source = "the town's own"
sample = true
warn_percent = 25
refusals = ["request.unfounded"]
[extension]
most = 2
percent = 100
clocks = ["handle", "answer", "total"]
reasons = ["extend.weather"]
[suspension]
most = 2
days = 90
reasons = ["suspend.funds"]
[appeal]
days = 40
reasons = ["appeal.system", "appeal.beyond_duty"]
"#;

const CALENDAR: &str = r#"
name = "calendar"
version = "1"
valid_from = "2026-01-01"
source = "the town's own"
sample = true
hours = [["08:00", "12:00"], ["14:00", "18:00"]]
year = []
"#;

pub(crate) fn leave() -> &'static Leave {
    static LEAVE_RULES: LazyLock<Leave> = LazyLock::new(|| Leave::of(LEAVE).expect("readable"));
    &LEAVE_RULES
}

pub(crate) fn calendar() -> &'static Calendar {
    static DAYS: LazyLock<Calendar> = LazyLock::new(|| Calendar::of(CALENDAR).expect("readable"));
    &DAYS
}

pub(crate) fn words() -> Vec<Sealed> {
    vec![Sealed { field: "words".to_owned(), key: "k".to_owned(), data: "d".to_owned() }]
}

pub(crate) fn clock_id(clock: &str) -> ClockId {
    clock.parse().expect("a clock's name")
}

pub(crate) fn ask_extension(clock: &str, amount: u32) -> Command {
    Command::AskExtension { clock: clock_id(clock), amount, reason: why(ReasonCode::ExtendWeather), sealed: words() }
}

pub(crate) fn ask_suspension(days: u32) -> Command {
    Command::AskSuspension { days, reason: why(ReasonCode::SuspendFunds), sealed: words() }
}

pub(crate) fn appeal(clock: &str, version: u32) -> Command {
    appeal_against(Appealed::Lateness { clock: clock_id(clock), version })
}

pub(crate) fn appeal_designation(part: Option<u16>) -> Command {
    appeal_against(Appealed::Designation { part })
}

fn appeal_against(against: Appealed) -> Command {
    Command::AskAppeal { against, reason: why(ReasonCode::AppealSystem), sealed: words() }
}

pub(crate) const fn endorse(request: u16) -> Command {
    Command::EndorseRequest { request }
}

/// Grants it; the one reporter is told.
pub(crate) fn grant(request: u16) -> Command {
    Command::GrantRequest { request, told: vec![the_report()], sealed: words() }
}

pub(crate) fn grant_telling(request: u16, told: &[ReportId]) -> Command {
    Command::GrantRequest { request, told: told.to_vec(), sealed: words() }
}

pub(crate) fn refuse(request: u16) -> Command {
    Command::RefuseRequest { request, reason: why(ReasonCode::RequestUnfounded), sealed: words() }
}

pub(crate) const fn resume(version: u32) -> Command {
    Command::Resume { version }
}

pub(crate) fn contact() -> Command {
    Command::ContactReporter { report: the_report(), sealed: words() }
}

pub(crate) fn feedback(part: u16) -> Command {
    Command::GiveFeedback { part, sealed: words() }
}

/// The timer of a running clock finds it late, long after it was due, and writes it down under its own command.
pub(crate) fn timed_out(mut life: Life, clock: &str) -> Life {
    let running = life.clock(clock).expect("it runs").clone();
    life.now = life.now.max(running.due).plus_seconds(1);
    let facts = life.hear(&machine(), &breach(clock, running.version), 0).expect("it is late");
    let stamp = Stamp {
        position: life.incident.position + 1,
        version: life.incident.version + 1,
        time: life.now,
        occurred: None,
        basis: Basis::Device,
        actor: machine().text().into(),
        command: command_key(&running.id.timer(life.incident.id, running.version)),
        digest: 0,
    };
    evolve(&mut life.incident, &facts[0], &stamp);
    life.log.push((facts[0].clone(), stamp));
    life
}

/// An extension of `clock` was asked for by the desk's handler, then agreed to by the desk.
pub(crate) fn extension(life: Life, of: &str, clock: &str, amount: u32) -> [Life; 2] {
    let asked = life.given(&handler(of), ask_extension(clock, amount));
    let number = asked.incident.leaves.as_ref().expect("asked").asked;
    [asked.clone(), asked.given(&desk(of), endorse(number))]
}

/// Asked to be set aside, agreed to, set aside.
pub(crate) fn suspension(life: Life, days: u32) -> [Life; 3] {
    let asked = life.given(&handler(GRID), ask_suspension(days));
    let number = asked.incident.leaves.as_ref().expect("asked").asked;
    let endorsed = asked.clone().given(&desk(GRID), endorse(number));
    [asked, endorsed.clone(), endorsed.given(&chief(), grant(number))]
}

/// Appealed, agreed to, upheld.
pub(crate) fn appealed(life: Life, of: &str, clock: &str, version: u32) -> [Life; 3] {
    let asked = life.given(&handler(of), appeal(clock, version));
    let number = asked.incident.leaves.as_ref().expect("asked").asked;
    let endorsed = asked.clone().given(&desk(of), endorse(number));
    [asked, endorsed.clone(), endorsed.given(&chief(), grant(number))]
}

/// Part 2 was designated, with the lead, to the housing office, which appeals.
pub(crate) fn designation_appealed(part: Option<u16>) -> [Life; 3] {
    let designated = returned(2).given(&chief(), designate(2, HOUSING, true));
    let asked = designated.clone().given(&handler(HOUSING), appeal_designation(part));
    let endorsed = asked.clone().given(&desk(HOUSING), endorse(1));
    [designated, asked, endorsed]
}

/// Lives in the middle of a request, in every stage in which one may wait.
pub(crate) fn waiting_lives() -> Vec<Life> {
    let mut lives = Vec::new();
    for life in [received(), verifying()] {
        let late = timed_out(life, "accept");
        lives.push(late.clone());
        lives.extend(appealed(late, GRID, "accept", 1));
    }
    let open = [accepted(Priority::ROUTINE), routed(&[(GRID, true)]), handling()];
    for life in &open {
        lives.extend(extension(life.clone(), GRID, "total", 60));
        lives.extend(suspension(life.clone(), 30));
    }
    for life in open.into_iter().chain([done(), checking(), followup()]) {
        lives.extend(extension(life.clone(), GRID, "total", 60));
        let late = timed_out(life, "total");
        lives.push(late.clone());
        lives.extend(appealed(late, GRID, "total", 1));
    }
    let late = timed_out(accepted(Priority::ROUTINE), "answer/r1").given(&desk(GRID), route(&[(GRID, true)]));
    let told = late.given(&everything(GRID), finish(1)).given(&desk(HOTLINE), tell());
    let closed = told.given(&checker(), follow_up(Some(Satisfaction::Satisfied))).given(&desk(GRID), Command::Close {});
    lives.push(closed.clone());
    lives.extend(appealed(closed, HOTLINE, "answer/r1", 1));
    lives.extend(designation_appealed(Some(2)));
    lives.extend(designation_appealed(None));
    lives
}

/// What can be asked of this life about its promises.
pub(crate) fn waiting_asks(life: &Life) -> Vec<Command> {
    let incident = &life.incident;
    let mut asks = vec![ask_extension("total", 60), ask_suspension(30), contact(), appeal("total", 1), appeal("accept", 1)];
    asks.push(raise(&[Flag::Weapon], None));
    let mut danger = report(GRID, Some(HOTLINE), "w");
    danger.flags = [Flag::Weapon].into();
    asks.push(receive(danger));
    if let Command::TakeReports { from, class, reports, .. } = take_reports(4) {
        asks.push(Command::TakeReports { from, class, flags: [Flag::Weapon].into(), reports });
    }
    asks.extend([appeal_designation(None), appeal_designation(Some(2)), appeal("answer/r1", 1)]);
    let version = incident.suspended().map_or(1, |suspension| suspension.version);
    asks.extend([resume(version), endorse(1), grant(1), refuse(1), endorse(9), grant(9), refuse(9)]);
    if incident.leaves.as_ref().is_some_and(|leaves| leaves.asked > 1) {
        asks.extend([endorse(2), grant(2), refuse(2)]);
    }
    let parts = u16::try_from(incident.parts.len()).expect("few");
    asks.extend((1..=parts.max(1)).map(feedback));
    asks
}
