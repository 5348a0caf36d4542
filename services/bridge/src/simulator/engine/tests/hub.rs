//! A hub in memory: takes frames in their chain, answers each, and has offers and orders of its own. It knows no rule
//! beyond what a partner has to hear for its cases to go on.

use std::collections::BTreeMap;

use domain::{id::IncidentId, time::Time};
use wire::v1::{
    self, FrameOutcome, PartnerFrame, Situation, Stage, TransferStep,
    partner_frame::{Body, Moved, Order, Receipt, Transfer},
};

use super::super::super::{Partner, dice::Dice};

/// The hub, for one partner.
pub(super) struct Hub {
    partner: Partner,
    dice: Dice,
    /// The last number that was taken.
    pub(super) last: u64,
    /// Every frame that was taken, in order.
    pub(super) taken: Vec<PartnerFrame>,
    /// Every frame of its own.
    pub(super) own: Vec<PartnerFrame>,
    incidents: BTreeMap<String, Known>,
    /// Own frames that come when their time has come.
    later: Vec<(Time, PartnerFrame)>,
    orders: u32,
}

#[derive(Default)]
struct Known {
    stage: i32,
    lead: String,
    transfers: u32,
    area: String,
    category: String,
    priority: u32,
}

impl Hub {
    pub(super) fn new(partner: Partner, seed: u64) -> Self {
        Self {
            partner,
            dice: Dice::about(&[seed, 77]),
            last: 0,
            taken: Vec::new(),
            own: Vec::new(),
            incidents: BTreeMap::new(),
            later: Vec::new(),
            orders: 0,
        }
    }

    /// Takes a frame if it is the next one. Says whether it was.
    pub(super) fn hear(&mut self, frame: &PartnerFrame, now: Time) -> bool {
        if frame.number <= self.last || frame.previous != self.last {
            return false;
        }
        self.last = frame.number;
        self.taken.push(frame.clone());
        let id = self.id_of(frame);
        let outcome = if id.is_empty() || frame.body.is_none() { FrameOutcome::Wrong } else { FrameOutcome::Taken };
        if outcome == FrameOutcome::Taken {
            self.took(&id, frame, now);
        }
        let receipt = Receipt { number: frame.number, outcome: outcome.into(), ..Receipt::default() };
        self.say(&id, now, Body::Receipt(receipt));
        true
    }

    /// Own frames whose time has come become frames with numbers.
    pub(super) fn tick(&mut self, now: Time) {
        let (due, later) = std::mem::take(&mut self.later).into_iter().partition(|(at, _)| *at <= now);
        self.later = later;
        for (at, frame) in due {
            let _: Time = at;
            let id = frame.incident_id.clone();
            if let Some(Body::Transfer(transfer)) = &frame.body
                && transfer.step == i32::from(TransferStep::Accepted)
                && transfer.lead
                && let Some(known) = self.incidents.get_mut(&id)
            {
                known.lead.clone_from(&transfer.to);
            }
            if let Some(body) = frame.body {
                self.say(&id, now, body);
            }
        }
    }

    /// A matter that began elsewhere: half of them offered to the partner, half of them ordered.
    pub(super) fn begin(&mut self, now: Time, priority: u32) -> String {
        let id = IncidentId::from_u128(u128::from(self.dice.bits()) << 64 | u128::from(self.dice.bits())).to_string();
        let known = Known {
            lead: "hotline".to_owned(),
            area: "320111001001".to_owned(),
            priority,
            stage: Stage::Routed.into(),
            ..Known::default()
        };
        self.incidents.insert(id.clone(), known);
        let agency = self.partner.agency_name().to_owned();
        let body = if self.dice.chance(0.5) {
            let lead = self.dice.chance(0.5);
            let (step, from, to) = (TransferStep::Offered.into(), "hotline".to_owned(), agency);
            self.incidents.get_mut(&id).expect("just put").transfers = 1;
            Body::Transfer(Transfer { step, transfer: 1, part: 1, lead, from, to, ..Transfer::default() })
        } else {
            self.orders += 1;
            let unit = if agency == "police" { "car/320111001-1" } else { "team/320111001-1" }.to_owned();
            Body::Order(Order { step: v1::OrderStep::Issued.into(), order: 1, part: 1, unit, ..Order::default() })
        };
        self.say(&id, now, body);
        id
    }

    fn id_of(&self, frame: &PartnerFrame) -> String {
        if !frame.incident_id.is_empty() {
            return if self.incidents.contains_key(&frame.incident_id) { frame.incident_id.clone() } else { String::new() };
        }
        let number = frame.numbers.iter().find(|number| number.form == i32::from(v1::Form::Intake));
        number.map(|number| IncidentId::opened_by(self.partner.name(), &number.number).to_string()).unwrap_or_default()
    }

    fn took(&mut self, id: &str, frame: &PartnerFrame, now: Time) {
        let us = self.partner.agency_name();
        let known = self.incidents.entry(id.to_owned()).or_insert_with(|| Known { lead: us.to_owned(), ..Known::default() });
        let moved = match frame.body.as_ref() {
            Some(Body::Report(report)) => {
                known.area.clone_from(&report.area);
                known.category.clone_from(&report.category);
                known.priority = report.priority;
                Some(Stage::Received)
            }
            Some(Body::Finished(_)) => Some(Stage::Done),
            Some(Body::Told(_)) => Some(Stage::Followup),
            Some(Body::Closed(_) | Body::SelfHandled(_)) => Some(Stage::Closed),
            Some(Body::Withdrawn(_)) => Some(Stage::Withdrawn),
            Some(Body::Linked(_)) => Some(Stage::Merged),
            Some(Body::Checked(checked)) => Some(if checked.passed { Stage::Done } else { Stage::Handling }),
            Some(Body::Recalled(recalled)) => {
                known.lead.clone_from(&recalled.agency);
                None
            }
            Some(Body::Transfer(transfer)) => {
                if transfer.step == i32::from(TransferStep::Offered) {
                    known.transfers += 1;
                    let transfer = Transfer { transfer: known.transfers, ..transfer.clone() };
                    self.answer(id, transfer, now);
                } else if transfer.step == i32::from(TransferStep::Accepted) && transfer.lead {
                    us.clone_into(&mut known.lead);
                }
                None
            }
            _ => None,
        };
        if let Some(stage) = moved {
            self.incidents.get_mut(id).expect("just put").stage = stage.into();
            self.say(id, now, Body::Moved(Moved { stage: stage.into() }));
        }
    }

    /// Another agency's answer to an offer of the partner's: most accept, some return it, some let it lapse.
    fn answer(&mut self, id: &str, offered: Transfer, now: Time) {
        self.say(id, now, Body::Transfer(Transfer { step: TransferStep::Delivered.into(), ..offered.clone() }));
        let step = *self.dice.weighed(&[(80, TransferStep::Accepted), (10, TransferStep::Returned), (10, TransferStep::Lapsed)]);
        let frame = PartnerFrame {
            incident_id: id.to_owned(),
            body: Some(Body::Transfer(Transfer { step: step.into(), ..offered })),
            ..PartnerFrame::default()
        };
        self.later.push((now.plus_seconds(self.dice.seconds(600.0)), frame));
    }

    fn say(&mut self, id: &str, now: Time, body: Body) {
        let situation = self.incidents.get(id).map(|known| Situation {
            stage: known.stage,
            area: known.area.clone(),
            priority: known.priority,
            lead: known.lead.clone(),
            category: known.category.clone(),
            part: 1,
            ..Situation::default()
        });
        let previous = self.own.last().map_or(0, |frame| frame.number);
        self.own.push(PartnerFrame {
            // The hub's numbers are positions in its journal: upward, with gaps.
            number: previous + 1 + self.dice.below(3),
            previous,
            incident_id: id.to_owned(),
            occurred: Some(wire::time::timestamp(now.ms())),
            basis: v1::Basis::Seat.into(),
            situation,
            body: Some(body),
            ..PartnerFrame::default()
        });
    }
}
