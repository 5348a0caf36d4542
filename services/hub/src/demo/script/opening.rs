//! From received to routed: answered in the call, fixed on patrol, looked at, declined, accepted, handed over.

use bridge::simulator::dice::{Dice, named};
use domain::{
    id::Agency,
    incident::{ClockId, ClockName, Handover, HandoverKind, HandoverStatus, Incident, Stage},
    seat::Role,
};
use wire::v1::{self, intake_act_request as intake, triage_act_request as triage};

use super::{Act, On, Step, why};

/// What a seat decided after looking at the proposal.
pub(crate) struct Opening {
    /// Which seat of the leading agency.
    pub(crate) role: Role,
    /// What.
    pub(crate) act: Act,
}

impl On<'_> {
    pub(super) fn opening(&self, wishes: &mut Vec<Step>) {
        // While the lead is on offer, nobody begins: there is exactly one who answers for it.
        if let Some(offer) = self.incident.handovers.iter().find(|offer| offer.kind == HandoverKind::Transfer && offer.open()) {
            self.answer_offer(offer, wishes);
            return;
        }
        self.second_thoughts(wishes);
        match self.incident.stage {
            Stage::Verifying => self.verifying(wishes),
            Stage::Accepted => {
                let usual = if self.pace.urgent() { 25.0 } else { 300.0 };
                wishes.push(self.pace.step("route", &self.lead, Role::Dispatcher, usual, Act::Route));
            }
            _ => {
                let usual = match self.incident.reports.first().map(|report| report.source.as_str()) {
                    Some("police110") => 35.0,
                    Some("hotline12345") => 200.0,
                    Some("patrol") => 240.0,
                    _ => 480.0,
                };
                let usual = if self.incident.flags.is_empty() { usual } else { 20.0 };
                wishes.push(self.pace.step("open", &self.lead, Role::Dispatcher, usual, Act::Open));
            }
        }
    }

    fn verifying(&self, wishes: &mut Vec<Step>) {
        match self.incident.verified {
            None => {
                let found = self.pace.fate("found").chance(0.9);
                let act = Act::Triage(triage::Action::Verify(triage::Verify { found }));
                wishes.push(self.pace.step("verify", &self.lead, Role::Handler, 1_500.0, act));
            }
            Some(true) => wishes.push(self.pace.step("open", &self.lead, Role::Dispatcher, 240.0, Act::Open)),
            Some(false) => {
                let words = "现场核实未发现该事项。".to_owned();
                let act = Act::Triage(triage::Action::Decline(triage::Decline { reason: why("decline.no_matter"), words }));
                wishes.push(self.pace.step("decline", &self.lead, Role::Dispatcher, 600.0, act));
            }
        }
    }

    /// Some matters solve themselves, and some entries should never have been made.
    pub(super) fn second_thoughts(&self, wishes: &mut Vec<Step>) {
        let police = self.lead == Agency::police();
        if self.incident.void_asked.is_some() {
            let act = Act::Triage(triage::Action::Void(triage::Void {}));
            wishes.push(self.pace.step("void", &self.lead, Role::DutyChief, 900.0, act));
        } else if self.pace.fate("void").chance(if police { 0.03 } else { 0.005 }) && self.incident.stage <= Stage::Accepted {
            let reason = why(if police { "void.nuisance" } else { "void.mistake" });
            let act = Act::Triage(triage::Action::AskVoid(triage::AskVoid { reason }));
            wishes.push(self.pace.step("ask_void", &self.lead, Role::Dispatcher, 30.0, act));
        }
        if self.pace.fate("withdraw").chance(0.015) && !self.pace.urgent() && self.incident.stage >= Stage::Accepted {
            let reason = why(if self.pace.fate("withdraw_why").chance(0.7) { "withdraw.solved" } else { "withdraw.reporter" });
            let act = Act::Intake(intake::Action::Withdraw(intake::Withdraw { reason }));
            // 110, 12345 and the grid have somebody at the phone; whoever else leads dispatches it.
            wishes.push(self.pace.step("withdraw", &self.lead, Role::CallTaker, 900.0, act));
        }
    }

    /// The receiver's answer to an offer: delivered first, then accepted, returned, or left lying until it lapses.
    pub(super) fn answer_offer(&self, offer: &Handover, wishes: &mut Vec<Step>) {
        let transfer = u32::from(offer.id);
        if offer.status == HandoverStatus::Offered {
            let act = Act::Triage(triage::Action::DeliverTransfer(triage::DeliverTransfer { transfer }));
            wishes.push(self.pace.step_within("deliver", &offer.to, Role::Dispatcher, 12.0, super::pace::Hours::Always, act));
            return;
        }
        let returns = offer.part.and_then(|part| self.incident.part(part)).map_or(0, |part| part.returns);
        let sent_back = if returns > 0 { 0.45 } else { 0.1 };
        let mut dice = self.pace.fate(&format!("offer{}", offer.id));
        let luck = dice.unit();
        let usual = if self.pace.urgent() { 60.0 } else { 1_200.0 };
        if offer.returnable && luck < sent_back {
            let code = dice.pick(&["return.not_my_duty", "return.wrong_area", "return.information_missing"]);
            let words = "经核，不属本单位办理范围，附说明。".to_owned();
            let act = triage::Action::ReturnTransfer(triage::ReturnTransfer { transfer, reason: why(code), words });
            wishes.push(self.pace.step("return", &offer.to, Role::Dispatcher, usual, Act::Triage(act)));
        } else if luck > 0.95 {
            self.left_lying(offer, wishes);
        } else if luck > 0.935 {
            let act = triage::Action::WithdrawTransfer(triage::WithdrawTransfer { transfer, reason: why("withdraw.offer") });
            wishes.push(self.pace.step("take_back", &offer.from, Role::Dispatcher, usual, Act::Triage(act)));
        } else {
            let act = triage::Action::AcceptTransfer(triage::AcceptTransfer { transfer });
            wishes.push(self.pace.step("accept_transfer", &offer.to, Role::Dispatcher, usual, Act::Triage(act)));
        }
    }

    /// Nobody answers; after the time to sign the sender writes that down.
    fn left_lying(&self, offer: &Handover, wishes: &mut Vec<Step>) {
        let transfer = u32::from(offer.id);
        let due = self.incident.clock(ClockId::handover(ClockName::Sign, offer.id)).map(|clock| clock.due);
        let act = Act::Triage(triage::Action::LapseTransfer(triage::LapseTransfer { transfer }));
        match due {
            Some(due) => {
                let late = self.pace.draw("lapse").seconds(240.0);
                wishes.push(self.pace.step_at("lapse", &offer.from, Role::Dispatcher, due.plus_seconds(late), act));
            }
            // No promise was made: the sender gives up by itself.
            None => wishes.push(self.pace.step("lapse", &offer.from, Role::Dispatcher, 7_200.0, act)),
        }
    }
}

/// Dice about the decision that follows a proposal.
fn dice_of(incident: &Incident, seed: u64, about: &str) -> Dice {
    let bits = incident.id.as_u128();
    let fold = u64::try_from((bits >> 64) ^ (bits & u128::from(u64::MAX))).unwrap_or_default();
    Dice::about(&[seed, fold, u64::from(incident.rounds), named(about)])
}

/// How a seat begins, once it has seen the proposal. It mostly confirms; where it does not, it says so.
pub(crate) fn opened(incident: &Incident, proposal: &v1::Proposal, seed: u64) -> Opening {
    let mut dice = dice_of(incident, seed, "opened");
    let lead = incident.lead_agency().cloned().unwrap_or_else(Agency::grid);
    let source = incident.reports.first().map_or("", |report| report.source.as_str());
    let (category, decider) = category(&lead, proposal, &mut dice);
    let police = incident.agencies().any(|agency| *agency == Agency::police());
    let urgent = proposal.priority <= 2;
    let dispatcher = |act| Opening { role: Role::Dispatcher, act };
    let tried = incident.handovers.iter().any(|offer| offer.part.is_none());
    if incident.stage == Stage::Received {
        let elsewhere = ["police", "grid", "hotline"].contains(&proposal.lead.as_str()) && proposal.lead != lead.as_str();
        if elsewhere && !tried {
            let reason = why("transfer.duty");
            return dispatcher(Act::Triage(triage::Action::OfferTransfer(triage::OfferTransfer {
                part: 0,
                lead: true,
                to: proposal.lead.clone(),
                reason,
                item: None,
            })));
        }
        if source == "patrol" && !urgent && dice.chance(0.55) {
            let unit = format!("grid/{}", incident.place.area);
            return Opening {
                role: Role::Handler,
                act: Act::Intake(intake::Action::SelfHandle(intake::SelfHandle { unit, category })),
            };
        }
        if source == "hotline12345" && lead == Agency::hotline() && !urgent && dice.chance(0.75) {
            let reason = why(if dice.chance(0.8) { "answer.guidance" } else { "answer.referred" });
            let words = "已当场解答办理条件、材料和办理地点。".to_owned();
            return Opening {
                role: Role::CallTaker,
                act: Act::Intake(intake::Action::Answer(intake::Answer { reason, category, words })),
            };
        }
        if !police && !urgent && dice.chance(0.015) {
            let words = "已告知申请人依法向有关机关提出。".to_owned();
            let reason = why(dice.pick(&["decline.out_of_scope", "decline.judicial"]));
            return dispatcher(Act::Triage(triage::Action::Decline(triage::Decline { reason, words })));
        }
        if source == "public" && !police && !urgent && dice.chance(0.35) {
            return dispatcher(Act::Triage(triage::Action::AskVerification(triage::AskVerification { agency: lead.to_string() })));
        }
        if urgent {
            let parts = parts_for(incident, &lead, proposal);
            let mut reasons = proposal.reasons.clone();
            reasons.extend(decider);
            let route = triage::Route { category, priority: proposal.priority, parts, reasons };
            return dispatcher(Act::Triage(triage::Action::Route(route)));
        }
    }
    let mut reasons = proposal.reasons.clone();
    reasons.extend(decider);
    let accept = triage::Accept { category, priority: proposal.priority, place: None, reasons };
    dispatcher(Act::Triage(triage::Action::Accept(accept)))
}

/// The category a seat settles on, and whether it confirmed the proposal.
fn category(lead: &Agency, proposal: &v1::Proposal, dice: &mut Dice) -> (String, Vec<v1::Reason>) {
    let other = proposal.candidates.get(1).filter(|_| dice.chance(0.08));
    let (category, code) = match other {
        Some(other) => (other.code.clone(), "seat.override"),
        None if proposal.category.is_empty() => (plain_category(lead).to_owned(), "seat.override"),
        None => (proposal.category.clone(), "seat.confirm"),
    };
    (category, [code, "seat.scripted"].into_iter().filter_map(why).collect())
}

/// What an agency calls a matter that no word names.
fn plain_category(lead: &Agency) -> &'static str {
    match lead.as_str() {
        "police" => "police/other",
        "hotline" => "hotline/party",
        _ => "city/06036",
    }
}

/// The parts of an accepted incident.
pub(crate) fn routed(incident: &Incident, proposal: &v1::Proposal, seed: u64) -> Opening {
    let lead = incident.lead_agency().cloned().unwrap_or_else(Agency::grid);
    let mut parts = parts_for(incident, &lead, proposal);
    let mut dice = dice_of(incident, seed, "routed");
    // Now and then a seat does without the help that was proposed.
    let confirmed = !(parts.len() > 1 && dice.chance(0.06));
    if !confirmed {
        parts.retain(|part| part.mandatory);
    }
    let code = if confirmed { "seat.confirm" } else { "seat.override" };
    let reasons = proposal.reasons.iter().filter(|reason| reason.code == "triage.route").cloned();
    let reasons = reasons.chain([code, "seat.scripted"].into_iter().filter_map(why)).collect();
    let route = triage::Route { category: String::new(), priority: 0, parts, reasons };
    Opening { role: Role::Dispatcher, act: Act::Triage(triage::Action::Route(route)) }
}

/// The proposed parts, without agencies that still have one open, and never without the lead's own.
fn parts_for(incident: &Incident, lead: &Agency, proposal: &v1::Proposal) -> Vec<v1::NewPart> {
    let busy = |agency: &str| incident.parts.iter().any(|part| part.agency.as_str() == agency && !part.over());
    let mut parts: Vec<v1::NewPart> = proposal.parts.iter().filter(|part| !busy(&part.agency)).cloned().collect();
    if !parts.iter().any(|part| part.agency == lead.as_str()) && !busy(lead.as_str()) {
        parts.insert(0, v1::NewPart { agency: lead.to_string(), mandatory: true, task: "task/handle".to_owned() });
    }
    parts
}
