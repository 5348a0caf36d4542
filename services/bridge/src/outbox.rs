//! The hub's frames to one partner, made from the journal: nothing is kept, so nothing can be lost. A frame's number is
//! the position of the fact behind it; made again, it is the same, byte for byte.

use std::collections::BTreeMap;

use domain::{
    area::AreaCode,
    fact::{self, Stamp},
    id::IncidentId,
    incident::{Fact, Incident, evolve},
    partner::{self, Outcome},
    time::Time,
};
use journal::Entry;
use runtime::{Error, Ports, convert::number_of, fold};
use wire::v1::{self, partner_frame as frame, partner_frame::Body};

use crate::{
    outbound::{self, Told, Words},
    partner::Partner,
    words,
};

/// Incidents kept in memory on the way; beyond that those that ended are folded anew when they are needed.
const MOST_KEPT: usize = 20_000;

/// One frame on its way, with what the partner's commit of it means to the rules.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) frame: v1::PartnerFrame,
    pub(crate) offer: Option<Offer>,
    /// When the fact behind it was recorded.
    pub(crate) recorded: Time,
}

/// What is delivered once the partner has it on its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    Order(IncidentId, u16),
    Transfer(IncidentId, u16),
}

/// Makes frames.
pub(crate) struct Outbox {
    ports: Ports,
    partner: Partner,
    district: AreaCode,
    last: u64,
    /// The frames leave: what they show of sealed words is put on record.
    leaving: bool,
    incidents: BTreeMap<IncidentId, Incident>,
}

impl Outbox {
    /// An outbox that goes on behind frame `last`.
    pub(crate) fn new(ports: Ports, partner: Partner, last: u64) -> Self {
        let district = ports.fold.look(domain::board::Board::district);
        Self { ports, partner, district, last, leaving: true, incidents: BTreeMap::new() }
    }

    /// Makes all frames from the first on, to be counted and compared: none of them leaves.
    pub(crate) fn counting(ports: Ports, partner: Partner) -> Self {
        Self { leaving: false, ..Self::new(ports, partner, 0) }
    }

    /// The frames of these facts, in order.
    ///
    /// # Errors
    /// A fact is not known here, or the journal did not answer.
    pub(crate) async fn frames(&mut self, entries: &[Entry]) -> Result<Vec<Outgoing>, Error> {
        let decoded = fold::decode(entries);
        let mut frames = Vec::new();
        for (fact, stamp) in &decoded.facts {
            let made = match fact {
                fact::Fact::Incident(id, fact) => self.of_incident(*id, fact, stamp).await?,
                fact::Fact::Partner(agency, partner::Fact::Received(received)) if *agency == self.partner.agency() => {
                    self.receipt(received, stamp).await?
                }
                fact::Fact::Seat(..)
                | fact::Fact::Access(..)
                | fact::Fact::Partner(..)
                | fact::Fact::Policy(..)
                | fact::Fact::Journal(_) => None,
            };
            if let Some(mut made) = made {
                made.frame.previous = std::mem::replace(&mut self.last, made.frame.number);
                frames.push(made);
            }
        }
        match decoded.broken {
            None => Ok(frames),
            Some((position, reason)) => Err(fold::FoldError::Stopped { position, reason }.into()),
        }
    }

    async fn of_incident(&mut self, id: IncidentId, fact: &Fact, stamp: &Stamp) -> Result<Option<Outgoing>, Error> {
        let before = self.before(id, stamp).await?;
        let mut after = before.clone();
        evolve(&mut after, fact, stamp);
        let concerns = outbound::concerns(self.partner, &before, &after);
        let own = outbound::its_own(self.partner, stamp);
        let told = if concerns { outbound::tell(self.partner, &after, fact, own) } else { None };
        let made = match told {
            None => None,
            Some(Told { mut body, words }) => {
                match words {
                    Words::No => {}
                    Words::OfFact => words::of_fact(&self.ports, self.partner, fact, &mut body),
                    Words::Reports => self.add_reports(&after, stamp.position, &mut body).await?,
                }
                let offer = offer(self.partner, &after, fact);
                Some(Outgoing { frame: outbound::frame_of(self.partner, &after, stamp, body), offer, recorded: stamp.time })
            }
        };
        self.keep(after);
        Ok(made)
    }

    async fn add_reports(&self, after: &Incident, number: u64, body: &mut Body) -> Result<(), Error> {
        let reports = words::reports(&self.ports, self.partner, after, number, self.leaving).await?;
        match body {
            Body::Transfer(body) => body.reports = reports,
            Body::Order(body) => body.reports = reports,
            Body::Report(body) => {
                let same = |told: &frame::Report| told.source == body.source && told.reference == body.reference;
                if let Some(told) = reports.into_iter().find(same) {
                    *body = told;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What became of a frame of the partner's.
    async fn receipt(&mut self, received: &partner::Received, stamp: &Stamp) -> Result<Option<Outgoing>, Error> {
        let code = received.code.clone().unwrap_or_default();
        let (text_zh, text_en) = crate::inbound::explained(&code, &received.args);
        let outcome = number_of::<v1::FrameOutcome>(received.outcome.word());
        let body = Body::Receipt(frame::Receipt { number: received.number, outcome, code, text_zh, text_en });
        let known = match received.incident {
            Some(id) => Some(self.at(id, stamp.position).await?).filter(|incident| incident.version > 0),
            None => None,
        };
        let frame = match known {
            Some(incident) if received.outcome != Outcome::Wrong => outbound::frame_of(self.partner, &incident, stamp, body),
            Some(_) | None => {
                let mut blank =
                    outbound::frame_of(self.partner, &Incident::new(IncidentId::from_u128(0), self.district), stamp, body);
                blank.incident_id = received.incident.map(|id| id.to_string()).unwrap_or_default();
                blank.situation = None;
                blank
            }
        };
        Ok(Some(Outgoing { frame, offer: None, recorded: stamp.time }))
    }

    /// The incident before this fact.
    async fn before(&mut self, id: IncidentId, stamp: &Stamp) -> Result<Incident, Error> {
        match self.incidents.remove(&id).filter(|kept| kept.version + 1 == stamp.version) {
            Some(kept) => Ok(kept),
            None => self.folded(id, |known| known.version < stamp.version).await,
        }
    }

    /// The incident as it stood at a position.
    async fn at(&mut self, id: IncidentId, position: u64) -> Result<Incident, Error> {
        match self.incidents.get(&id) {
            // Every fact up to there has come by.
            Some(kept) => Ok(kept.clone()),
            None => self.folded(id, |known| known.position <= position).await,
        }
    }

    async fn folded(&self, id: IncidentId, wanted: impl Fn(&Stamp) -> bool) -> Result<Incident, Error> {
        let mut incident = Incident::new(id, self.district);
        for (fact, stamp) in fold::facts_of(self.ports.journal.as_ref(), id).await? {
            if wanted(&stamp) {
                evolve(&mut incident, &fact, &stamp);
            }
        }
        Ok(incident)
    }

    fn keep(&mut self, incident: Incident) {
        if self.incidents.len() >= MOST_KEPT {
            self.incidents.retain(|_, kept| !kept.stage.ended());
        }
        if self.incidents.len() < MOST_KEPT {
            self.incidents.insert(incident.id, incident);
        }
    }
}

/// What the partner's commit delivers: an order to its units, an offer to its desk.
fn offer(partner: Partner, after: &Incident, fact: &Fact) -> Option<Offer> {
    if let Fact::TransferOffered(fact) = fact {
        return (fact.to == partner.agency()).then_some(Offer::Transfer(after.id, fact.transfer));
    }
    let Fact::OrderIssued(fact) = fact else { return None };
    Some(Offer::Order(after.id, fact.order))
}
