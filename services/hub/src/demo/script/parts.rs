//! Parts on their way: offers answered, orders signed, units out, work done; each part by itself.

use domain::{
    id::{Agency, AgencyKind},
    incident::{Handover, HandoverKind, HandoverStatus, Outcome, Part, PartStatus, Stage},
    seat::Role,
};
use runtime::convert::number_of;
use wire::v1::{self, triage_act_request as triage};

use super::{Act, On, Step, why};
use crate::demo::cast::DEPARTMENTS;

impl On<'_> {
    pub(super) fn parts(&self, wishes: &mut Vec<Step>) {
        // Nothing goes past the point a part came back from: what lies returned comes first.
        if let Some(part) = self.incident.parts.iter().find(|part| part.status == PartStatus::Returned) {
            self.hand_over_anew(part, wishes);
            return;
        }
        for part in self.incident.parts.iter().filter(|part| !part.over()) {
            match self.open_handover(part) {
                Some(offer) if offer.kind == HandoverKind::Transfer => self.answer_offer(offer, wishes),
                Some(order) => self.answer_order(part, order, wishes),
                None => self.work(part, wishes),
            }
        }
        self.more_help(wishes);
    }

    fn open_handover(&self, part: &Part) -> Option<&Handover> {
        self.incident.handovers.iter().find(|handover| handover.part == Some(part.id) && handover.open())
    }

    /// Back with the lead: offered to another agency, or, after the second return, designated by the duty chief.
    fn hand_over_anew(&self, part: &Part, wishes: &mut Vec<Step>) {
        let number = u32::from(part.id);
        let usual = if self.pace.urgent() { 60.0 } else { 900.0 };
        let step = if part.returns >= 2 {
            let agency = self.another_agency(part, "designate").unwrap_or_else(|| self.lead.clone());
            let act = triage::Action::Designate(triage::Designate {
                part: number,
                agency: agency.to_string(),
                lead: false,
                reason: why("transfer.duty"),
            });
            self.pace.step("designate", &self.lead, Role::DutyChief, usual, Act::Triage(act))
        } else if !part.mandatory && self.pace.fate(&format!("let_go{number}")).chance(0.5) {
            let act = triage::Action::Release(triage::Release { part: number, reason: why("release.not_needed") });
            self.pace.step("release", &self.lead, Role::Dispatcher, usual, Act::Triage(act))
        } else {
            let to = self.another_agency(part, "offer").unwrap_or_else(|| part.agency.clone());
            let item = None;
            let reason = why("transfer.duty");
            let act = triage::Action::OfferTransfer(triage::OfferTransfer {
                part: number,
                lead: false,
                to: to.to_string(),
                reason,
                item,
            });
            self.pace.step("offer", &self.lead, Role::Dispatcher, usual, Act::Triage(act))
        };
        wishes.push(step);
    }

    /// A department that neither gave the part back nor has one open.
    fn another_agency(&self, part: &Part, about: &str) -> Option<Agency> {
        let gave_back = |agency: &Agency| {
            let of_part = self.incident.handovers.iter().filter(|offer| offer.part == Some(part.id));
            of_part.clone().any(|offer| offer.to == *agency && offer.status == HandoverStatus::Returned)
        };
        let busy = |agency: &Agency| {
            self.incident.parts.iter().any(|other| other.id != part.id && !other.over() && other.agency == *agency)
        };
        let usual = DEPARTMENTS.iter().take(6).filter_map(|code| format!("department/{code}").parse::<Agency>().ok());
        let free: Vec<Agency> = usual.filter(|agency| !gave_back(agency) && !busy(agency)).collect();
        (!free.is_empty()).then(|| self.pace.fate(&format!("{about}{}/{}", part.id, part.returns)).pick(&free))
    }

    /// An order inside one command line: delivered, signed; now and then the unit cannot.
    fn answer_order(&self, part: &Part, order: &Handover, wishes: &mut Vec<Step>) {
        let number = u32::from(order.id);
        if order.status == HandoverStatus::Issued {
            let act = Act::Triage(triage::Action::DeliverOrder(triage::DeliverOrder { order: number }));
            wishes.push(self.pace.step("deliver_order", &part.agency, Role::Handler, 3.0, act));
            return;
        }
        let usual = match part.agency.kind() {
            AgencyKind::Police => 10.0,
            _ if self.pace.urgent() => 25.0,
            AgencyKind::Grid => 150.0,
            _ => 900.0,
        };
        let mut dice = self.pace.fate(&format!("order{number}"));
        if dice.chance(0.05) {
            let reason = why(dice.pick(&["cannot.busy", "cannot.equipment", "cannot.beyond_power", "cannot.unsafe"]));
            let act = triage::Action::CannotOrder(triage::CannotOrder { order: number, reason, words: String::new() });
            wishes.push(self.pace.step("cannot", &part.agency, Role::Handler, usual * 2.0, Act::Triage(act)));
        } else {
            let act = Act::Triage(triage::Action::SignOrder(triage::SignOrder { order: number }));
            wishes.push(self.pace.step("sign", &part.agency, Role::Handler, usual, act));
        }
    }

    fn work(&self, part: &Part, wishes: &mut Vec<Step>) {
        let number = u32::from(part.id);
        let (order, en_route, on_scene, finish) = self.usual(part);
        let field = |name, usual, action| self.pace.step(name, &part.agency, Role::Handler, usual, Act::Triage(action));
        let step = match part.status {
            // A hotline has no units: its desk does its part by telephone.
            PartStatus::Owned if part.agency.kind() == AgencyKind::Hotline => {
                self.pace.step("finish", &part.agency, Role::Dispatcher, finish, self.finish(part))
            }
            // Half of the departments' work is done at a desk or at the next round, without an order.
            PartStatus::Owned
                if part.agency.kind() == AgencyKind::Department
                    && !self.pace.urgent()
                    && self.pace.fate(&format!("desk{number}")).chance(0.5) =>
            {
                self.pace.step("finish", &part.agency, Role::Handler, finish, self.finish(part))
            }
            PartStatus::Owned => {
                let unit = self.unit(part);
                let barred = self.incident.barred(&part.agency);
                let task = if barred { "task/stage".to_owned() } else { String::new() };
                let act =
                    Act::Triage(triage::Action::IssueOrder(triage::IssueOrder { part: number, unit, task, reasons: Vec::new() }));
                self.pace.step("order", &part.agency, Role::Dispatcher, order, act)
            }
            PartStatus::Ordered | PartStatus::Signed => {
                field("en_route", en_route, triage::Action::EnRoute(triage::EnRoute { part: number, order: 0 }))
            }
            // Outside, until the police say that it is safe.
            PartStatus::EnRoute if self.incident.barred(&part.agency) => return,
            PartStatus::EnRoute => field("on_scene", on_scene, triage::Action::OnScene(triage::OnScene { part: number, order: 0 })),
            PartStatus::OnScene
                if part.agency.kind() == AgencyKind::Police
                    && self.incident.danger().is_some()
                    && self.incident.scene != Some(true) =>
            {
                field("scene_safe", 300.0, triage::Action::DeclareScene(triage::DeclareScene { safe: true }))
            }
            PartStatus::OnScene => self.pace.step("finish", &part.agency, Role::Handler, finish, self.finish(part)),
            PartStatus::Offered | PartStatus::Returned | PartStatus::Finished | PartStatus::Released => return,
        };
        wishes.push(step);
    }

    /// Usual seconds to an order, to setting out, to arriving, to the end.
    fn usual(&self, part: &Part) -> (f64, f64, f64, f64) {
        match (part.agency.kind(), self.pace.urgent()) {
            (AgencyKind::Police, true) => (20.0, 25.0, 190.0, 1_500.0),
            (AgencyKind::Police, false) => (60.0, 60.0, 420.0, 1_200.0),
            (AgencyKind::Grid, true) => (60.0, 60.0, 360.0, 1_800.0),
            (AgencyKind::Grid, false) => (600.0, 500.0, 900.0, 3_000.0),
            (AgencyKind::Hotline, _) => (0.0, 0.0, 0.0, 5_400.0),
            (AgencyKind::Department | AgencyKind::Organisation, true) => (90.0, 90.0, 420.0, 3_600.0),
            (AgencyKind::Department | AgencyKind::Organisation, false) => (2_400.0, 1_800.0, 2_400.0, 28_000.0),
        }
    }

    /// A unit of the agency's own line; after one could not, the next.
    fn unit(&self, part: &Part) -> String {
        let area = self.incident.place.area;
        let before =
            self.incident.handovers.iter().filter(|order| order.kind == HandoverKind::Order && order.part == Some(part.id)).count();
        let nth = self.pace.fate(&format!("unit{}/{before}", part.id)).below(6) + 1;
        match part.agency.kind() {
            AgencyKind::Police => format!("car/{area}-{nth}"),
            AgencyKind::Grid => format!("worker/{area}-{nth}"),
            _ => format!("team/{}-{nth}", part.agency.as_str().rsplit('/').next().unwrap_or("team")),
        }
    }

    /// The handler's feedback; police give the category again, and it is the one that counts.
    fn finish(&self, part: &Part) -> Act {
        let mut dice = self.pace.fate(&format!("finish{}", part.id));
        let known = self.incident.category.as_ref().map(ToString::to_string).unwrap_or_default();
        let category = match part.agency.kind() {
            AgencyKind::Police if dice.chance(0.12) => dice.pick(&["police/dispute", "police/help", "police/other"]).to_owned(),
            AgencyKind::Police => known,
            _ => String::new(),
        };
        let (outcome, words) = *dice.weighed(&[
            (40, (Outcome::Solved, "现场已处置，情况正常。")),
            (25, (Outcome::Solved, "已清理完毕，附照片。")),
            (15, (Outcome::Explained, "已联系各方，说明情况。")),
            (14, (Outcome::Mediated, "已调解，双方达成一致。")),
            (4, (Outcome::NotFound, "到场未发现所述情况。")),
            (2, (Outcome::Unsolvable, "现有条件下无法解决，已说明原因。")),
        ]);
        let (outcome, words) = (number_of::<v1::Outcome>(outcome.word()), words.to_owned());
        Act::Triage(triage::Action::Finish(triage::Finish { part: part.id.into(), category, words, outcome }))
    }

    /// Now and then one more agency is asked to help.
    fn more_help(&self, wishes: &mut Vec<Step>) {
        let mut dice = self.pace.fate("more_help");
        let wanted = self.incident.stage == Stage::Handling && dice.chance(0.03) && self.incident.parts.len() < 3;
        let Ok(agency) = format!("department/{}", dice.pick(&DEPARTMENTS[..6])).parse::<Agency>() else { return };
        if !wanted || self.incident.parts.iter().any(|part| part.agency == agency) {
            return;
        }
        let part = v1::NewPart { agency: agency.to_string(), mandatory: false, task: "task/assist".to_owned() };
        let act = triage::Action::AddPart(triage::AddPart { part: Some(part), reason: why("transfer.duty") });
        wishes.push(self.pace.step("add_part", &self.lead, Role::Dispatcher, 900.0, Act::Triage(act)));
    }

    /// Assisting parts after all is done: taken back, finished or let go, so that the incident can close.
    pub(super) fn settle_assisting(&self, wishes: &mut Vec<Step>) {
        for part in self.incident.parts.iter().filter(|part| !part.over()) {
            let number = u32::from(part.id);
            let own = part.status != PartStatus::Offered && part.status != PartStatus::Returned;
            let step = match self.open_handover(part) {
                Some(offer) if offer.kind == HandoverKind::Transfer => {
                    let transfer = offer.id.into();
                    let act =
                        triage::Action::WithdrawTransfer(triage::WithdrawTransfer { transfer, reason: why("withdraw.offer") });
                    self.pace.step("take_back", &offer.from, Role::Dispatcher, 600.0, Act::Triage(act))
                }
                // An order that nobody can sign any more does not hold the part.
                None if own && self.pace.fate(&format!("to_the_end{number}")).chance(0.5) => {
                    self.pace.step("finish", &part.agency, Role::Handler, 1_800.0, self.finish(part))
                }
                Some(_) if own => self.pace.step("finish", &part.agency, Role::Handler, 1_800.0, self.finish(part)),
                _ => {
                    let act = triage::Action::Release(triage::Release { part: number, reason: why("release.not_needed") });
                    self.pace.step("release", &self.lead, Role::Dispatcher, 900.0, Act::Triage(act))
                }
            };
            wishes.push(step);
        }
    }
}
