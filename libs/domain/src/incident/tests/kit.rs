//! The kit: a small town's limits and relations, its seats, its commands, and lives that are lived by commands.
//!
//! Nothing in here sets a field of an incident: whatever a test is given came about by `decide` and `evolve`.

use crate::{
    area::Place,
    fact::{Stamp, command_key},
    id::{Agency, AgencyKind, IncidentId, MatterCode, ReportId},
    incident::{
        kinds::{ClockDue, ClockStart},
        *,
    },
    reason::{Reason, ReasonCode},
    seat::{Actor, Role, Seat},
    time::Time,
};

pub(crate) use super::{joint_asks::*, tier_asks::*};

pub(crate) const POLICE: &str = "police";
pub(crate) const GRID: &str = "grid";
pub(crate) const HOTLINE: &str = "hotline";
/// Takes by silence: a lapse counts as signed.
pub(crate) const WATER: &str = "department/water";
pub(crate) const HOUSING: &str = "department/housing";
/// May neither return nor offer; a lapse goes up.
pub(crate) const LAWYERS: &str = "organisation/lawyers";

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3600;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Fixed limits and relations, so that no test depends on the sample policies.
pub(crate) struct Town;

impl Book for Town {
    fn limit(&self, name: ClockName, _: Matter<'_>, start: Time) -> Option<Limit> {
        let minutes: u32 = match name {
            ClockName::Sign => 10,
            ClockName::Accept | ClockName::Arrive => 30,
            ClockName::Reply => 60,
            ClockName::Handle => 120,
            ClockName::Answer | ClockName::Check | ClockName::Followup => 1440,
            ClockName::Total => 7200,
            ClockName::Contact => 240,
            ClockName::Feedback => 60,
            ClockName::Upward | ClockName::Suspension => return None,
        };
        let due = start.plus_seconds(i64::from(minutes) * MINUTE);
        let (begins, falls_due) = (ClockStart::AtOnce, ClockDue::SameTime);
        Some(Limit { kind: ClockKind::UrgentHours, amount: minutes, begins, falls_due, due })
    }

    fn relation(&self, from: AgencyKind, to: AgencyKind) -> Option<Relation> {
        let kind = HandoverKind::Transfer;
        match (from, to) {
            (AgencyKind::Organisation, _) => None,
            (_, AgencyKind::Department) => Some(Relation { kind, on_lapse: OnLapse::Deemed, returnable: true }),
            (_, AgencyKind::Organisation) => Some(Relation { kind, on_lapse: OnLapse::Raise, returnable: false }),
            (_, AgencyKind::Police | AgencyKind::Grid | AgencyKind::Hotline) => {
                Some(Relation { kind, on_lapse: OnLapse::Keep, returnable: true })
            }
        }
    }

    fn item(&self, _: AgencyKind, _: AgencyKind, named: Option<&Item>, _: Option<&MatterCode>) -> Option<Item> {
        named.filter(|item| item.code != "unknown").cloned()
    }

    fn followup_tries(&self) -> u16 {
        3
    }

    fn reminders(&self) -> u16 {
        2
    }

    fn children(&self) -> usize {
        2
    }

    fn claim_minutes(&self) -> u32 {
        15
    }

    fn calendar(&self) -> &crate::policy::Calendar {
        super::leave_asks::calendar()
    }

    fn leave(&self) -> &crate::policy::Leave {
        super::leave_asks::leave()
    }

    fn versions(&self) -> String {
        "town/1".to_owned()
    }
}

pub(crate) fn agency(name: &str) -> Agency {
    name.parse().expect("an agency of the town")
}

pub(super) fn seat(id: &str, of: &str, roles: &[Role], scripted: bool) -> Actor {
    let id = format!("{id}-{}", of.replace('/', "-"));
    Actor::Seat(Seat {
        id: id.parse().expect("a plain name"),
        agency: agency(of),
        area: "320111".parse().expect("the district"),
        roles: roles.iter().copied().collect(),
        scripted,
    })
}

/// Takes calls, accepts, routes, orders.
pub(crate) fn desk(of: &str) -> Actor {
    seat("desk", of, &[Role::CallTaker, Role::Dispatcher], false)
}

/// Another person with the same roles.
pub(crate) fn other(of: &str) -> Actor {
    seat("other", of, &[Role::CallTaker, Role::Dispatcher], false)
}

pub(crate) fn chief() -> Actor {
    seat("chief", GRID, &[Role::DutyChief], false)
}

pub(crate) fn handler(of: &str) -> Actor {
    seat("handler", of, &[Role::Handler], false)
}

/// Checks and follows up.
pub(crate) fn checker() -> Actor {
    seat("checker", HOTLINE, &[Role::Checker, Role::FollowUp], false)
}

/// Handles, checks and follows up: only the rule of the other person keeps it from checking its own work.
pub(crate) fn everything(of: &str) -> Actor {
    seat("everything", of, Role::ALL, false)
}

/// Decides in a person's place, from a file or in a demo.
pub(crate) fn script(of: &str) -> Actor {
    seat("script", of, &[Role::Dispatcher], true)
}

pub(crate) fn machine() -> Actor {
    Actor::Machine("clock")
}

pub(crate) fn everybody() -> Vec<Actor> {
    let desks = [POLICE, GRID, HOTLINE, WATER, HOUSING, LAWYERS].map(desk);
    let others = [
        other(GRID),
        chief(),
        handler(HOUSING),
        handler(HOTLINE),
        handler(GRID),
        handler(WATER),
        checker(),
        script(POLICE),
        machine(),
    ];
    desks.into_iter().chain(others).chain([centre(), supervisor()]).collect()
}

/// One incident on its way, with the log that brought it there.
#[derive(Clone)]
pub(crate) struct Life {
    pub(crate) incident: Incident,
    pub(crate) now: Time,
    pub(crate) log: Vec<(Fact, Stamp)>,
    occurred: Option<Time>,
    from_file: bool,
    asked: u32,
}

impl Life {
    /// Nothing is known yet; a Wednesday evening.
    pub(crate) fn new() -> Self {
        Self::of(1)
    }

    pub(crate) fn of(id: u128) -> Self {
        let incident = Incident::new(IncidentId::from_u128(id), "320111".parse().expect("the district"));
        let now = "2026-07-08T19:02:00.000+08:00".parse().expect("an instant");
        Self { incident, now, log: Vec::new(), occurred: None, from_file: false, asked: 0 }
    }

    pub(crate) fn wait(mut self, seconds: i64) -> Self {
        self.now = self.now.plus_seconds(seconds);
        self
    }

    /// What comes now is told of a time before.
    pub(crate) fn occurred(mut self, at: Option<Time>) -> Self {
        self.occurred = at;
        self
    }

    /// What comes now stands in a file, with or without a time.
    pub(crate) fn imported(mut self, at: Option<Time>) -> Self {
        (self.occurred, self.from_file) = (at, true);
        self
    }

    fn basis(&self) -> Basis {
        if self.from_file || self.occurred.is_some() { Basis::Import } else { Basis::Seat }
    }

    /// What the rules say, `later` seconds from now.
    pub(crate) fn hear(&self, who: &Actor, command: &Command, later: i64) -> Result<Vec<Fact>, Refusal> {
        let at = self.now.plus_seconds(later);
        let context = Context { at, occurred: self.occurred, basis: self.basis(), actor: who, book: &Town };
        decide(&self.incident, command, &context)
    }

    /// Writes facts and folds them, as a follower would.
    pub(crate) fn write(&mut self, who: &Actor, facts: &[Fact]) {
        self.asked += 1;
        for fact in facts {
            let stamp = Stamp {
                position: self.incident.position + 1,
                version: self.incident.version + 1,
                time: self.now,
                occurred: self.occurred,
                basis: self.basis(),
                actor: who.text().into(),
                command: command_key(&format!("{}/{}", self.incident.id, self.asked)),
                digest: u128::from(self.asked),
            };
            evolve(&mut self.incident, fact, &stamp);
            self.log.push((fact.clone(), stamp));
        }
        self.now = self.now.plus_seconds(1);
    }

    /// Asks, and writes what follows.
    pub(crate) fn ask(&mut self, who: &Actor, command: &Command) -> Result<Vec<Fact>, Refusal> {
        let facts = self.hear(who, command, 0)?;
        self.write(who, &facts);
        Ok(facts)
    }

    /// A step of a history: it must be accepted.
    pub(crate) fn given(mut self, who: &Actor, command: Command) -> Self {
        if let Err(no) = self.ask(who, &command) {
            panic!("given {command:?} at {}: {no}", self.incident.stage);
        }
        self
    }

    pub(crate) fn clock(&self, id: &str) -> Option<&Clock> {
        self.incident.clock(id.parse().expect("a clock's name"))
    }

    pub(crate) fn lead(&self) -> &str {
        self.incident.lead_agency().map_or("nobody", Agency::as_str)
    }

    pub(crate) fn part(&self, number: u16) -> &Part {
        self.incident.part(number).expect("the part is there")
    }
}

/// Given a life, when somebody asks, then these facts follow (by type) or this refusal (by code).
pub(crate) fn check(mut given: Life, who: &Actor, when: Command, then: Result<&[&str], &str>) -> Life {
    let got = given.ask(who, &when);
    let got: Result<Vec<String>, &str> = match &got {
        Ok(facts) => Ok(facts.iter().map(|fact| fact.kind().trim_start_matches("incident.").to_owned()).collect()),
        Err(no) => Err(no.code()),
    };
    let then = then.map(|facts| facts.iter().map(|&fact| fact.to_owned()).collect());
    assert_eq!(got, then, "{when:?}");
    given
}

pub(crate) fn why(code: ReasonCode) -> Reason {
    Reason::new(code, [])
}

pub(crate) fn the_report() -> ReportId {
    ReportId::of("hotline12345", "W1")
}

pub(crate) fn matter() -> MatterCode {
    "drainage".parse().expect("a plain name")
}

fn no_words() -> Vec<Sealed> {
    Vec::new()
}

/// A report: who leads, who owes an answer, what it says (by digest).
pub(crate) fn report(lead: &str, answer: Option<&str>, digest: &str) -> NewReport {
    NewReport {
        report: Report {
            id: the_report(),
            source: "hotline12345".to_owned(),
            reference: "W1".to_owned(),
            channel: Channel::Phone,
            digest: digest.to_owned(),
            answer: answer.map(agency),
            sealed: no_words(),
        },
        place: Place { area: "320111004001".parse().expect("a community") },
        class: Class::N,
        flags: [].into(),
        terms: vec!["积水".to_owned()],
        priority: None,
        lead: agency(lead),
        history: false,
        promised: Promised::ByPolicy,
        reasons: Vec::new(),
    }
}

pub(crate) fn receive(new: NewReport) -> Command {
    Command::Receive { new: Box::new(new) }
}

pub(crate) fn raise(flags: &[Flag], class: Option<Class>) -> Command {
    Command::Raise { flags: flags.iter().copied().collect(), class }
}

pub(crate) fn answer() -> Command {
    Command::Answer { reason: why(ReasonCode::AnswerGuidance), category: Some(matter()), sealed: no_words() }
}

pub(crate) fn self_handle() -> Command {
    Command::SelfHandle { unit: "worker/7".parse().expect("a plain name"), category: matter() }
}

pub(crate) fn ask_verification() -> Command {
    Command::AskVerification { agency: agency(GRID) }
}

pub(crate) const fn verify(found: bool) -> Command {
    Command::Verify { found }
}

pub(crate) fn decline() -> Command {
    Command::Decline { reason: why(ReasonCode::DeclineOutOfScope), sealed: no_words() }
}

pub(crate) fn accept(priority: Priority) -> Command {
    Command::Accept { category: matter(), priority, place: None, reasons: vec![why(ReasonCode::SeatConfirm)] }
}

fn new_part(of: &str, mandatory: bool) -> NewPart {
    NewPart { agency: agency(of), mandatory, task: None }
}

/// Parts by agency and whether they are mandatory.
pub(crate) fn route(parts: &[(&str, bool)]) -> Command {
    let parts = parts.iter().map(|&(of, mandatory)| new_part(of, mandatory)).collect();
    Command::Route { category: None, priority: None, parts, reasons: Vec::new() }
}

/// Straight from received.
pub(crate) fn route_now(priority: Priority, of: &str) -> Command {
    let parts = vec![new_part(of, true), new_part(WATER, false)];
    Command::Route { category: Some(matter()), priority: Some(priority), parts, reasons: Vec::new() }
}

pub(crate) fn add_part(of: &str) -> Command {
    Command::AddPart { part: new_part(of, false), reason: why(ReasonCode::TransferDuty) }
}

pub(crate) fn issue(part: u16) -> Command {
    Command::IssueOrder { part, unit: "car/3".parse().expect("a plain name"), task: None, reasons: Vec::new() }
}

pub(crate) const fn deliver_order(order: u16) -> Command {
    Command::DeliverOrder { order }
}

pub(crate) const fn sign(order: u16) -> Command {
    Command::SignOrder { order }
}

pub(crate) fn cannot(order: u16) -> Command {
    Command::CannotOrder { order, reason: why(ReasonCode::CannotUnsafe), sealed: no_words() }
}

/// Offers a part, the lead, or both.
pub(crate) fn offer(part: Option<u16>, lead: bool, to: &str) -> Command {
    Command::OfferTransfer { part, lead, to: agency(to), reason: why(ReasonCode::TransferDuty), item: None }
}

pub(crate) const fn deliver(transfer: u16) -> Command {
    Command::DeliverTransfer { transfer }
}

pub(crate) const fn take(transfer: u16) -> Command {
    Command::AcceptTransfer { transfer }
}

pub(crate) fn give_back(transfer: u16) -> Command {
    Command::ReturnTransfer { transfer, reason: why(ReasonCode::ReturnNotMyDuty), sealed: no_words() }
}

pub(crate) const fn lapse(transfer: u16) -> Command {
    Command::LapseTransfer { transfer }
}

pub(crate) fn take_back(transfer: u16) -> Command {
    Command::WithdrawTransfer { transfer, reason: why(ReasonCode::WithdrawOffer) }
}

pub(crate) fn designate(part: u16, to: &str, lead: bool) -> Command {
    Command::Designate { part: Some(part), agency: agency(to), lead, reason: why(ReasonCode::TransferDuty) }
}

/// Settles the lead alone.
pub(crate) fn designate_lead(to: &str) -> Command {
    Command::Designate { part: None, agency: agency(to), lead: true, reason: why(ReasonCode::TransferDuty) }
}

pub(crate) const fn en_route(part: u16) -> Command {
    Command::EnRoute { part, order: None }
}

pub(crate) const fn on_scene(part: u16) -> Command {
    Command::OnScene { part, order: None }
}

pub(crate) fn finish(part: u16) -> Command {
    Command::Finish { part, category: Some(matter()), outcome: None, sealed: no_words() }
}

pub(crate) fn release(part: u16) -> Command {
    Command::Release { part, reason: why(ReasonCode::ReleaseNotNeeded) }
}

pub(crate) fn ask_check() -> Command {
    Command::AskCheck { agency: agency(HOTLINE) }
}

pub(crate) fn checked(passed: bool) -> Command {
    let code = if passed { ReasonCode::CheckPassed } else { ReasonCode::CheckUnsolved };
    Command::Check { passed, reason: why(code) }
}

pub(crate) fn tell() -> Command {
    Command::Tell { report: the_report(), sealed: no_words() }
}

/// Reached with an opinion, or not reached.
pub(crate) fn follow_up(satisfaction: Option<Satisfaction>) -> Command {
    Command::FollowUp {
        report: the_report(),
        reached: satisfaction.is_some(),
        contacted: satisfaction.map(|_| true),
        solved: satisfaction.map(|given| given <= Satisfaction::Fair),
        satisfaction,
        sealed: no_words(),
    }
}

pub(crate) fn withdraw() -> Command {
    Command::Withdraw { reason: why(ReasonCode::WithdrawReporter) }
}

pub(crate) fn ask_void() -> Command {
    Command::AskVoid { reason: why(ReasonCode::VoidTest) }
}

pub(crate) fn ask_reopen() -> Command {
    Command::AskReopen { report: Some(the_report()), reason: why(ReasonCode::ReopenUnsolved) }
}

pub(crate) fn refuse_reopen() -> Command {
    Command::RefuseReopen { reason: why(ReasonCode::RefuseReopenDone) }
}

pub(crate) fn breach(clock: &str, version: u32) -> Command {
    Command::Breach { clock: clock.parse().expect("a clock's name"), version }
}

/// Records who had it.
pub(crate) fn record_route(of: &str) -> Command {
    Command::RecordRoute { parts: vec![new_part(of, true)], reasons: vec![why(ReasonCode::HistoryRow)] }
}

pub(crate) fn record_order(unit: &str) -> Command {
    Command::RecordOrder { part: 1, unit: unit.parse().expect("a plain name") }
}

pub(crate) const fn record_step(order: u16, step: UnitStage) -> Command {
    Command::RecordStep { order, step }
}

pub(crate) fn record_priority(priority: Priority) -> Command {
    Command::RecordPriority { priority, reasons: vec![why(ReasonCode::HistoryRow)] }
}

pub(crate) const fn record(answered: Option<Time>) -> Command {
    Command::Record { sealed: Vec::new(), answered }
}
