//! Promises on the way: reporters rung up, first feedbacks, more time asked for, matters set aside, latenesses appealed; and
//! what the two levels decide.

use domain::{
    fact::command_key,
    id::{Agency, AgencyKind},
    incident::{Appealed, ClockId, ClockName, Part, PartStatus, Pending, Stage, Wanted, clock::On as Kept},
    seat::Role,
};
use wire::v1::triage_act_request as triage;

use super::{Act, On, Step, by_partner, why};

/// So often at most anything is asked for on one incident.
const MOST_REQUESTS: u16 = 3;

impl On<'_> {
    pub(super) fn leave(&self, wishes: &mut Vec<Step>) {
        let pending = self.incident.leaves.iter().flat_map(|leaves| &leaves.pending);
        pending.for_each(|request| wishes.push(self.decide(request)));
        if let Some(suspension) = self.incident.suspended() {
            // Every other one is taken up again before its bound; the hub itself resumes the others.
            if self.pace.fate(&format!("resume{}", suspension.version)).chance(0.5) {
                let act = triage::Action::Resume(triage::Resume { version: suspension.version });
                wishes.push(self.pace.step("resume", &self.lead, Role::Dispatcher, 6_000.0, Act::Triage(act)));
            }
            return;
        }
        self.keep_in_touch(wishes);
        if self.incident.leaves.as_ref().is_none_or(|leaves| leaves.asked < MOST_REQUESTS && leaves.pending.is_empty()) {
            self.ask(wishes);
        }
    }

    fn asked_before(&self) -> u16 {
        self.incident.leaves.as_ref().map_or(0, |leaves| leaves.asked)
    }

    /// Who decides at the second level: the lead, where it did not ask itself; else the joint centre.
    fn upper(&self, asks: &Agency) -> Agency {
        let leads = matches!(self.lead.kind(), AgencyKind::Grid | AgencyKind::Hotline);
        if leads && self.lead != *asks { self.lead.clone() } else { Agency::grid() }
    }

    fn decide(&self, request: &Pending) -> Step {
        let number = u32::from(request.number);
        let mut dice = self.pace.fate(&format!("leave{number}"));
        if request.endorsed.is_none() {
            let act = triage::Action::EndorseRequest(triage::EndorseRequest { request: number });
            return self.pace.step("endorse", &request.agency, Role::Dispatcher, 500.0, Act::Triage(act));
        }
        let role = match request.wanted {
            Wanted::Appeal(Appealed::Designation { .. }) => Role::Supervisor,
            Wanted::Extension { .. } | Wanted::Suspension { .. } | Wanted::Appeal(Appealed::Lateness { .. }) => Role::DutyChief,
        };
        let upper = self.upper(&request.agency);
        let words = "经批准，办理时限延长，新的办结日期已告知您。".to_owned();
        let granted = triage::Action::GrantRequest(triage::GrantRequest { request: number, words, told: Vec::new() });
        let grant = self.pace.step("grant", &upper, role, 900.0, Act::Triage(granted));
        // What ran out or moved on while it waited is not extended any more; what is on offer is not set aside.
        let stale = match &request.wanted {
            Wanted::Extension { clock, version, .. } => {
                let running = self.incident.clock(*clock);
                running.is_none_or(|clock| clock.version != *version || clock.breached || clock.due <= grant.due)
            }
            Wanted::Suspension { .. } => self.incident.stage > Stage::Handling || self.on_offer(),
            Wanted::Appeal(_) => false,
        };
        if stale || self.incident.never_waits() || dice.chance(0.3) {
            let reason = why(dice.pick(&["request.unfounded", "request.avoidable", "request.proof"]));
            let refused = triage::Action::RefuseRequest(triage::RefuseRequest { request: number, reason, words: String::new() });
            return self.pace.step("refuse_request", &upper, role, 900.0, Act::Triage(refused));
        }
        grant
    }

    fn on_offer(&self) -> bool {
        self.incident.handovers.iter().any(|handover| handover.open())
    }

    /// The first word to who waits for an answer, and of who works.
    fn keep_in_touch(&self, wishes: &mut Vec<Step>) {
        for (nth, report) in (1..).zip(&self.incident.reports) {
            let (Some(answers), Some(_)) = (&report.answer, self.incident.clock(ClockId::report(ClockName::Contact, nth))) else {
                continue;
            };
            if self.pace.fate(&format!("contact{nth}")).chance(0.8) {
                let words = "已联系，告知正在办理。".to_owned();
                let said = triage::ContactReporter { report_id: report.id.to_string(), words };
                let act = Act::Triage(triage::Action::ContactReporter(said));
                wishes.push(self.pace.step("contact", answers, Role::CallTaker, 1_500.0, act));
            }
        }
        for part in self.incident.parts.iter().filter(|part| working(part)) {
            let waits = self.incident.clock(ClockId::part(ClockName::Feedback, part.id)).is_some();
            if waits && self.pace.fate(&format!("feedback{}", part.id)).chance(0.4) {
                let words = "已到现场核实，正在处置。".to_owned();
                let act = triage::Action::GiveFeedback(triage::GiveFeedback { part: part.id.into(), words });
                wishes.push(self.pace.step("feedback", &part.agency, Role::Handler, 9_000.0, Act::Triage(act)));
            }
        }
    }

    fn ask(&self, wishes: &mut Vec<Step>) {
        let asked = self.asked_before();
        let mut new = Vec::new();
        for (id, version) in self.latenesses() {
            let Some(holder) = self.incident.holder(id) else { continue };
            if self.pace.fate(&format!("appeal{id}/{version}/{asked}")).chance(0.25) {
                let reason = why(self.pace.fate(&format!("appeal_why{id}")).pick(&["appeal.system", "appeal.waiting"]));
                let words = "超时时段系统故障，附情况说明。".to_owned();
                let appeal = triage::AskAppeal { clock: id.to_string(), version, part: 0, reason, words };
                new.push(self.pace.step("appeal", holder, asker(holder), 1_800.0, Act::Triage(triage::Action::AskAppeal(appeal))));
            }
        }
        if !self.incident.never_waits() && matches!(self.incident.stage, Stage::Accepted | Stage::Routed | Stage::Handling) {
            self.ask_for_time(asked, &mut new);
        }
        // Nobody asks where the platform's people, who decide by themselves, would have to agree.
        new.retain(|step| {
            !by_partner(self.incident, &self.pace.step("grant", &self.upper(&step.agency), Role::DutyChief, 1.0, Act::Route))
        });
        wishes.extend(new);
    }

    fn ask_for_time(&self, asked: u16, new: &mut Vec<Step>) {
        for part in self.incident.parts.iter().filter(|part| working(part)) {
            let id = ClockId::part(ClockName::Handle, part.id);
            let Some(clock) = self.incident.clock(id).filter(|clock| !clock.breached) else { continue };
            if self.pace.fate(&format!("extend{id}/{}/{asked}", clock.version)).chance(0.2) {
                let reason =
                    why(self.pace.fate("extend_why").pick(&["extend.weather", "extend.scope", "extend.supplies", "extend.joint"]));
                let words = "需协调多方，申请延长办理时限。".to_owned();
                let amount = (clock.amount / 2).max(1);
                let act = triage::Action::AskExtension(triage::AskExtension { clock: id.to_string(), amount, reason, words });
                new.push(self.pace.step("ask_extension", &part.agency, asker(&part.agency), 2_000.0, Act::Triage(act)));
            }
        }
        if asked == 0 && !self.on_offer() && self.pace.fate("suspend").chance(0.12) {
            let mut dice = self.pace.fate("suspend_why");
            let reason = why(dice.pick(&["suspend.funds", "suspend.project", "suspend.procedure", "suspend.ownership"]));
            let days = u32::try_from(dice.below(20)).unwrap_or(0) + 1;
            let words = "列入整治计划，暂不具备办理条件。".to_owned();
            let act = triage::Action::AskSuspension(triage::AskSuspension { days, reason, words });
            new.push(self.pace.step("ask_suspension", &self.lead, asker(&self.lead), 1_500.0, Act::Triage(act)));
        }
    }

    /// Latenesses that timers put on record and that count against their holders.
    fn latenesses(&self) -> impl Iterator<Item = (ClockId, u32)> {
        let on_record = |id: &ClockId, version: u32| {
            self.incident.answered(command_key(&id.timer(self.incident.id, version))).is_some()
                && !self.incident.exemptions().iter().any(|known| (known.clock, known.version) == (*id, version))
        };
        let versions = self.incident.clock_versions.iter().filter(|(id, _)| id.promise() && !matches!(id.on, Kept::Report(_)));
        versions.filter_map(move |(id, last)| on_record(id, *last).then_some((*id, *last)))
    }
}

/// Somebody works on it.
fn working(part: &Part) -> bool {
    !part.over() && !matches!(part.status, PartStatus::Offered | PartStatus::Returned)
}

/// Who writes a request: in a department the people in the field, at the desks of the centres who takes calls.
fn asker(agency: &Agency) -> Role {
    match agency.kind() {
        AgencyKind::Department | AgencyKind::Organisation => Role::Handler,
        AgencyKind::Police | AgencyKind::Grid | AgencyKind::Hotline => Role::CallTaker,
    }
}
