//! Conference calls and requests for help (practice-rules §3.5): the lead stays where it is.

use super::{
    super::{
        clock::ClockId,
        command::Kind,
        facts::{ConferenceEnded, ConferenceStarted, ResourceAsked, ResourceGranted, ResourceRefused, Sealed},
        kinds::{ClockName, PartStatus, Priority},
        refusal::Refusal,
        tiers::ResourceRequest,
    },
    Facts, On, fits,
    supervision::next,
};
use crate::{
    id::{Agency, MatterCode, ReportId},
    reason::{Reason, ReasonCode},
};

impl<'a> On<'a> {
    /// The desk that begins it is on it, too. One goes on at a time.
    pub(super) fn confer(self, parties: &[Agency], report: Option<ReportId>, reason: &Reason) -> Facts {
        fits(reason, &["confer."])?;
        let own = self.person(Kind::Confer)?.agency.clone();
        report.map_or(Ok(()), |report| self.report(report).map(|_| ()))?;
        let known = self.incident.tiers.as_ref().map_or(&[][..], |tiers| &tiers.conferences);
        if let Some(open) = known.iter().find(|conference| conference.ended.is_none()) {
            return Err(Refusal::ConferenceOpen { conference: open.id });
        }
        let mut all = vec![own];
        for party in parties {
            if !all.contains(party) {
                all.push(party.clone());
            }
        }
        if all.len() < 2 {
            return Err(Refusal::ConferenceAlone {});
        }
        Ok(vec![ConferenceStarted { conference: next(known.len())?, parties: all, report, reason: reason.clone() }.into()])
    }

    /// Where there is danger nobody hangs up before the other desk answers.
    pub(super) fn end_conference(self, conference: u16, outcome: &Reason, sealed: &[Sealed]) -> Facts {
        fits(outcome, &["conference."])?;
        let seat = self.person(Kind::EndConference)?;
        let known = self.incident.tiers.as_ref().and_then(|tiers| tiers.conference(conference));
        let known = known.filter(|known| known.ended.is_none()).ok_or(Refusal::NoConference { conference })?;
        if !known.parties.contains(&seat.agency) {
            let needed: Vec<&str> = known.parties.iter().map(Agency::as_str).collect();
            return Err(Refusal::NotYourAgency { needed: needed.join(" / "), agency: seat.agency.to_string() });
        }
        let danger = self.incident.danger().is_some() || self.incident.matter().priority.is_some_and(Priority::emergency);
        if danger && outcome.code == ReasonCode::ConferenceUnanswered {
            return Err(Refusal::StayOnCall {});
        }
        Ok(vec![ConferenceEnded { conference, outcome: outcome.clone(), sealed: sealed.to_vec() }.into()])
    }

    fn help(self, number: u16) -> Result<&'a ResourceRequest, Refusal> {
        let known = self.incident.tiers.as_ref().and_then(|tiers| tiers.request(number));
        let known = known.ok_or(Refusal::NoHelp { request: number })?;
        if known.granted.is_some() { Err(Refusal::RequestAnswered { request: number }) } else { Ok(known) }
    }

    /// Who leads or works on a part asks another agency for what is lacking.
    pub(super) fn ask_resource(self, agency: &Agency, what: &MatterCode, quantity: u16, reason: &Reason) -> Facts {
        fits(reason, &["resource."])?;
        let own = &self.person(Kind::AskResource)?.agency;
        let works = |part: &super::Part| part.agency == *own && part.status > PartStatus::Offered && !part.over();
        if self.incident.lead_agency() != Some(own) && !self.incident.parts.iter().any(works) {
            let needed = self.incident.lead_agency().map(ToString::to_string).unwrap_or_default();
            return Err(Refusal::NotYourAgency { needed, agency: own.to_string() });
        }
        if own == agency {
            return Err(Refusal::SameAgency { agency: agency.to_string() });
        }
        if quantity == 0 {
            return Err(Refusal::NothingAsked {});
        }
        let request = next(self.incident.tiers.as_ref().map_or(0, |tiers| tiers.requests.len()))?;
        let asked = ResourceAsked {
            request,
            from: own.clone(),
            agency: agency.clone(),
            what: what.clone(),
            quantity,
            reason: reason.clone(),
            clocks: self.clocks().start(answer(request)).moves(),
        };
        Ok(vec![asked.into()])
    }

    /// Some of it, or all.
    pub(super) fn grant_resource(self, request: u16, quantity: u16) -> Facts {
        let known = self.help(request)?;
        if quantity == 0 || quantity > known.quantity {
            return Err(Refusal::NothingAsked {});
        }
        Ok(vec![ResourceGranted { request, quantity, clocks: self.clocks().stop(answer(request)).moves() }.into()])
    }

    pub(super) fn cannot_resource(self, request: u16, reason: &Reason) -> Facts {
        fits(reason, &["cannot."])?;
        self.help(request)?;
        let clocks = self.clocks().stop(answer(request)).moves();
        Ok(vec![ResourceRefused { request, reason: reason.clone(), clocks }.into()])
    }
}

const fn answer(request: u16) -> ClockId {
    ClockId::request(ClockName::Sign, request)
}
