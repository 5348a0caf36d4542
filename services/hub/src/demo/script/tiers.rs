//! Up, down and sideways beside the work: who claims it, informs or asks the upper tier, is supervised, reminded, called to
//! a place, put on a call, asked for help. A few of each, so that every one of them is seen within an hour of the town.

use domain::{
    area::{AreaCode, Level},
    id::{Agency, AgencyKind},
    incident::{ClockId, ClockName, Stage, Tiers},
    seat::Role,
};
use runtime::convert::to_when;
use wire::v1::triage_act_request as triage;

use super::{Act, On, Step, why};

/// Who is called to a place in twos, and who has what others lack.
const CALLED: [[&str; 2]; 3] = [["water", "housing"], ["urban", "transport"], ["market", "environment"]];
const HELPER: &str = "department/fire";
/// Subdistricts have numbers below this; farms and parks have no centre of their own.
const MOST_SUBDISTRICT: u64 = 100;

impl On<'_> {
    /// What comes beside the work. Most incidents have none of it.
    pub(super) fn beside(&self, wishes: &mut Vec<Step>) {
        let none = Tiers::default();
        let tiers = self.incident.tiers.as_deref().unwrap_or(&none);
        self.answers(tiers, wishes);
        let begins = matches!(self.incident.stage, Stage::Received | Stage::Accepted);
        if begins && tiers.claim.is_none() && self.pace.fate("claim").chance(0.12) {
            self.lead_step("claim", Role::Dispatcher, 8.0, triage::Action::Claim(triage::Claim { reason: None }), wishes);
        }
        if begins {
            self.conference(tiers, wishes);
            self.between_tiers(tiers, wishes);
        } else {
            self.help(tiers, wishes);
        }
        if self.incident.overdue() {
            self.reminded(tiers, wishes);
            self.supervised(tiers, wishes);
        }
    }

    fn lead_step(&self, name: &'static str, role: Role, usual: f64, action: triage::Action, wishes: &mut Vec<Step>) {
        wishes.push(self.pace.step(name, &self.lead, role, usual, Act::Triage(action)));
    }

    /// What was begun is answered.
    fn answers(&self, tiers: &Tiers, wishes: &mut Vec<Step>) {
        if let Some(waiting) = &tiers.waiting {
            // The district's duty chief answers what comes up, the subdistrict's desk what comes down.
            let up = waiting.to.level() == Level::District;
            let role = if up { Role::DutyChief } else { Role::Dispatcher };
            let back = if up { "return.information_missing" } else { "cannot.beyond_power" };
            let (name, action) = if self.pace.draw("tier").chance(0.8) {
                ("take_tier", triage::Action::TakeTier(triage::TakeTier {}))
            } else {
                let words = String::new();
                ("return_tier", triage::Action::ReturnTier(triage::ReturnTier { reason: why(back), words }))
            };
            self.lead_step(name, role, 180.0, action, wishes);
        }
        if let Some(call) = tiers.conferences.iter().find(|call| call.ended.is_none()) {
            let outcome = why(self.pace.draw("call").pick(&["conference.answered", "conference.settled", "conference.dropped"]));
            let (conference, words) = (call.id.into(), String::new());
            let action = triage::Action::EndConference(triage::EndConference { conference, outcome, words });
            if let Some(party) = call.parties.first() {
                wishes.push(self.pace.step("end_conference", party, Role::CallTaker, 150.0, Act::Triage(action)));
            }
        }
        for call in tiers.calls.iter().filter(|call| call.arrived.is_none()) {
            let action = triage::Action::Arrive(triage::Arrive { call: call.id.into() });
            let usual = if call.id % 3 == 0 { 3_000.0 } else { 700.0 };
            wishes.push(self.pace.step("arrive", &call.agency, Role::Handler, usual, Act::Triage(action)));
        }
        for asked in tiers.requests.iter().filter(|asked| asked.granted.is_none()) {
            let request = asked.id.into();
            let (name, action) = if self.pace.fate("grant").chance(0.75) {
                let quantity = u32::from(asked.quantity).div_ceil(2);
                ("grant", triage::Action::GrantResource(triage::GrantResource { request, quantity }))
            } else {
                let reason = why("cannot.busy");
                ("cannot_help", triage::Action::CannotResource(triage::CannotResource { request, reason }))
            };
            wishes.push(self.pace.step(name, &asked.agency, Role::Dispatcher, 200.0, Act::Triage(action)));
        }
        for open in tiers.supervisions.iter().filter(|open| !open.struck) {
            let supervision = open.id.into();
            if open.replied.is_none() {
                let words = "已安排专人办理，今日内办结。".to_owned();
                let action = triage::Action::ReplySupervision(triage::ReplySupervision { supervision, words });
                wishes.push(self.pace.step("reply", &open.agency, Role::Dispatcher, 500.0, Act::Triage(action)));
            } else {
                let reason = why("strike.done");
                let action = triage::Action::StrikeSupervision(triage::StrikeSupervision { supervision, reason });
                self.lead_step("strike", Role::Supervisor, 600.0, action, wishes);
            }
        }
    }

    /// A caller, the hotline and the police on one line.
    fn conference(&self, tiers: &Tiers, wishes: &mut Vec<Step>) {
        let wanted = self.lead == Agency::hotline() && tiers.conferences.is_empty() && self.pace.fate("conference").chance(0.08);
        let Some(report) = self.incident.reports.first().filter(|_| wanted) else { return };
        let (parties, report_id, reason) = (vec!["police".to_owned()], report.id.to_string(), why("confer.verify"));
        let action = triage::Action::Confer(triage::Confer { parties, report_id, reason });
        self.lead_step("confer", Role::CallTaker, 12.0, action, wishes);
    }

    /// The grid's own line: community → subdistrict → district.
    fn between_tiers(&self, tiers: &Tiers, wishes: &mut Vec<Step>) {
        let Some(centre) = centre(self.incident.place.area).filter(|_| self.lead == Agency::grid()) else { return };
        if tiers.offers > 0 {
            return;
        }
        let mut dice = self.pace.fate("tiers");
        if dice.chance(0.06) {
            let reason = why(dice.pick(&["escalate.beyond_tier", "escalate.several_areas"]));
            let action = triage::Action::Escalate(triage::Escalate { reason, words: String::new() });
            self.lead_step("escalate", Role::Dispatcher, 40.0, action, wishes);
        } else if dice.chance(0.06) {
            let (to, reason) = (centre.to_string(), why("assign.local"));
            let action = triage::Action::HandDown(triage::HandDown { to, reason });
            self.lead_step("hand_down", Role::DutyChief, 40.0, action, wishes);
        }
    }

    /// Those who are needed on site, and what is lacking there.
    fn help(&self, tiers: &Tiers, wishes: &mut Vec<Step>) {
        let works = matches!(self.incident.stage, Stage::Routed | Stage::Handling);
        let lead = self.incident.lead.as_ref();
        let own_tier = lead.is_none_or(|lead| lead.area.is_none());
        if self.pace.urgent() && tiers.informed == 0 && own_tier && self.pace.fate("upward").chance(0.4) {
            let (reason, words) = (why("upward.major"), String::new());
            let action = triage::Action::InformUpward(triage::InformUpward { reason, words });
            self.lead_step("inform_upward", Role::Dispatcher, 30.0, action, wishes);
        }
        if works && tiers.calls.is_empty() && self.pace.fate("summon").chance(0.04) {
            let pair = self.pace.fate("called").pick(&CALLED);
            let agencies = pair.iter().map(|code| format!("department/{code}")).collect();
            let (area, reason) = (self.incident.place.area.to_string(), why("summon.on_site"));
            let mut step = self.pace.step("summon", &self.lead, Role::Dispatcher, 60.0, Act::Open);
            let by = Some(to_when(step.due.plus_seconds(1_800)));
            step.act = Act::Triage(triage::Action::Summon(triage::Summon { agencies, area, by, reason }));
            wishes.push(step);
        }
        if works && tiers.requests.is_empty() && self.lead.as_str() != HELPER && self.pace.fate("lacking").chance(0.04) {
            let (agency, what, reason) = (HELPER.to_owned(), "resource/pump".to_owned(), why("resource.equipment"));
            let action = triage::Action::AskResource(triage::AskResource { agency, what, quantity: 2, reason });
            self.lead_step("ask_resource", Role::Dispatcher, 60.0, action, wishes);
        }
    }

    /// The desk that owes the caller an answer asks after what is late.
    fn reminded(&self, tiers: &Tiers, wishes: &mut Vec<Step>) {
        let owes = self.incident.reports.iter().any(|report| report.answer == Some(Agency::hotline()));
        let wanted = owes && tiers.reminded(&self.lead) == 0 && self.pace.fate("remind").chance(0.3);
        if wanted {
            let (agency, reason) = (self.lead.to_string(), why("remind.waiting"));
            let action = triage::Action::Remind(triage::Remind { agency, reason });
            wishes.push(self.pace.step("remind", &Agency::hotline(), Role::CallTaker, 60.0, Act::Triage(action)));
        }
    }

    /// One in a few of what is late is supervised, where the agency has supervisors.
    fn supervised(&self, tiers: &Tiers, wishes: &mut Vec<Step>) {
        let has = matches!(self.lead.kind(), AgencyKind::Grid | AgencyKind::Hotline);
        let answer = ClockId::incident(ClockName::Total);
        let grave = self.incident.clock(answer).is_some_and(|clock| clock.breached);
        let level = if grave { 1 } else { 3 };
        if has && tiers.supervisions.is_empty() && self.pace.fate("supervise").chance(0.3) {
            let (agency, reason) = (self.lead.to_string(), why("supervise.overdue"));
            let action = triage::Action::Supervise(triage::Supervise { agency, level, due: None, reason });
            self.lead_step("supervise", Role::Supervisor, 90.0, action, wishes);
        }
    }
}

/// The subdistrict in which it lies, where that has a centre.
fn centre(area: AreaCode) -> Option<AreaCode> {
    let subdistrict = (area.level() > Level::District).then(|| area.at(Level::Subdistrict))?;
    let number: u64 = subdistrict.to_string().get(6..)?.parse().ok()?;
    (number < MOST_SUBDISTRICT).then_some(subdistrict)
}
