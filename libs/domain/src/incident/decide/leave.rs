//! Asking for leave of a promise: more time before it runs out, a time in which nothing is promised, an appeal after it ran
//! out or against a designation (rule 6). How often and how much stands in the policy. Who decides: [`super::grant`].

use super::{
    super::{
        clock::{ClockId, On as Kept},
        command::Kind,
        facts::{AppealAsked, Appealed, ExtensionAsked, Sealed, SuspensionAsked},
        leave::Wanted,
        refusal::Refusal,
    },
    Facts, On,
};
use crate::{
    fact::command_key,
    reason::{Reason, ReasonCode},
    seat::Seat,
    time::{DAY_MS, Time},
};

impl<'a> On<'a> {
    pub(super) fn seat(self, command: Kind) -> Result<&'a Seat, Refusal> {
        self.context.actor.seat().ok_or(Refusal::NeedsPerson { command })
    }

    /// No promise of a past matter, of the police or of priority 1 and 2 is moved.
    pub(super) fn may_wait(self) -> Result<(), Refusal> {
        if self.incident.history {
            return Err(Refusal::HistoryStill {});
        }
        if self.incident.never_waits() { Err(Refusal::NeverUrgent {}) } else { Ok(()) }
    }

    /// The next request's number, where none for the same thing waits.
    fn request(self, wanted: &Wanted) -> Result<u16, Refusal> {
        let Some(leaves) = &self.incident.leaves else { return Ok(1) };
        match leaves.pending.iter().find(|known| known.wanted.same(wanted)) {
            Some(known) => Err(Refusal::RequestPending { request: known.number }),
            None => Ok(leaves.asked.saturating_add(1)),
        }
    }

    pub(super) fn ask_extension(self, id: ClockId, amount: u32, reason: &Reason, sealed: &[Sealed]) -> Facts {
        let rule = &self.context.book.leave().extension;
        listed(reason, &rule.reasons)?;
        worded(sealed)?;
        self.may_wait()?;
        let seat = self.seat(Kind::AskExtension)?;
        let (version, _) = self.extensible(id, amount)?;
        let request = self.request(&Wanted::Extension { clock: id, version, amount })?;
        let asked = ExtensionAsked {
            request,
            agency: seat.agency.clone(),
            seat: seat.id.clone(),
            clock: id,
            version,
            amount,
            reason: reason.clone(),
            sealed: sealed.to_vec(),
        };
        Ok(vec![asked.into()])
    }

    /// May this clock be given so much more now? Its version, and when it would be due.
    pub(super) fn extensible(self, id: ClockId, amount: u32) -> Result<(u32, Time), Refusal> {
        let rule = &self.context.book.leave().extension;
        let name = || id.to_string();
        if !rule.clocks.contains(&id.name) {
            return Err(Refusal::ClockNotExtended { clock: name() });
        }
        let clock = self.incident.clock(id).ok_or_else(|| Refusal::ClockUnknown { clock: name() })?;
        if clock.breached || self.context.when() >= clock.due {
            return Err(Refusal::ClockOverdue { clock: name() });
        }
        let extended = self.incident.leaves.iter().flat_map(|leaves| &leaves.extended);
        let times = extended.filter(|(known, _)| *known == id).map(|(_, times)| *times).sum::<u32>();
        if times >= rule.most {
            return Err(Refusal::ExtensionsSpent { clock: name(), most: rule.most });
        }
        let most = (clock.amount.saturating_mul(rule.percent) / 100).max(1);
        if amount == 0 || amount > most {
            return Err(Refusal::ExtensionTooLong { most });
        }
        Ok((clock.version, self.context.book.calendar().extended(clock, amount)))
    }

    pub(super) fn ask_suspension(self, days: u32, reason: &Reason, sealed: &[Sealed]) -> Facts {
        listed(reason, &self.context.book.leave().suspension.reasons)?;
        worded(sealed)?;
        let seat = self.seat(Kind::AskSuspension)?;
        self.suspendable(days)?;
        let request = self.request(&Wanted::Suspension { days })?;
        let asked = SuspensionAsked {
            request,
            agency: seat.agency.clone(),
            seat: seat.id.clone(),
            days,
            reason: reason.clone(),
            sealed: sealed.to_vec(),
        };
        Ok(vec![asked.into()])
    }

    /// May the incident be set aside now for so many days?
    pub(super) fn suspendable(self, days: u32) -> Result<(), Refusal> {
        let rule = &self.context.book.leave().suspension;
        self.may_wait()?;
        // The suspension's clock counts how often it was set aside.
        if self.incident.next_clock_version(super::Incident::SUSPENSION) > rule.most {
            return Err(Refusal::SuspensionsSpent { most: rule.most });
        }
        if days == 0 || days > rule.days {
            return Err(Refusal::SuspensionTooLong { most: rule.days });
        }
        // What is on its way to somebody is answered first: nobody waits for an answer in a matter that stands still.
        let open = self.incident.handovers.iter().find(|handover| handover.open());
        open.map_or(Ok(()), |open| Err(Refusal::OfferOpen { transfer: open.id }))
    }

    pub(super) fn ask_appeal(self, against: &Appealed, reason: &Reason, sealed: &[Sealed]) -> Facts {
        listed(reason, &self.context.book.leave().appeal.reasons)?;
        worded(sealed)?;
        if self.incident.history {
            return Err(Refusal::HistoryStill {});
        }
        let seat = self.seat(Kind::AskAppeal)?;
        self.appealable(against)?;
        // Who holds it or held it, and nobody else.
        let theirs = match against {
            Appealed::Lateness { clock, .. } => self.held(*clock, seat),
            Appealed::Designation { part: Some(part) } => self.part(*part)?.agency == seat.agency,
            Appealed::Designation { part: None } => self.incident.lead_agency() == Some(&seat.agency),
        };
        if !theirs {
            let needed = match against {
                Appealed::Lateness { clock, .. } => self.incident.holder(*clock),
                Appealed::Designation { part } => {
                    part.map_or(self.incident.lead_agency(), |part| self.incident.part(part).map(|part| &part.agency))
                }
            };
            let needed = needed.map(ToString::to_string).unwrap_or_default();
            return Err(Refusal::NotYourAgency { needed, agency: seat.agency.to_string() });
        }
        let request = self.request(&Wanted::Appeal(against.clone()))?;
        let asked = AppealAsked {
            request,
            agency: seat.agency.clone(),
            seat: seat.id.clone(),
            against: against.clone(),
            reason: reason.clone(),
            sealed: sealed.to_vec(),
        };
        Ok(vec![asked.into()])
    }

    /// Is there something to appeal against?
    pub(super) fn appealable(self, against: &Appealed) -> Result<(), Refusal> {
        match *against {
            Appealed::Lateness { clock, version } => self.late_on_record(clock, version),
            Appealed::Designation { part: Some(part) } => {
                let known = self.part(part)?;
                if known.over() {
                    return Err(Refusal::PartOver { part, status: known.status.word() });
                }
                if known.designated { Ok(()) } else { Err(Refusal::NotDesignated {}) }
            }
            Appealed::Designation { part: None } => {
                if self.incident.lead_designated && !self.incident.stage.ended() {
                    Ok(())
                } else {
                    Err(Refusal::NotDesignated {})
                }
            }
        }
    }

    /// A lateness is on record while its clock runs on late, and after that by the command with which its timer recorded it.
    fn late_on_record(self, id: ClockId, version: u32) -> Result<(), Refusal> {
        let exempt = |known: &super::super::leave::Exemption| (known.clock, known.version) == (id, version);
        if self.incident.exemptions().iter().any(exempt) {
            return Err(Refusal::AlreadyExempt { clock: id.to_string() });
        }
        let running = self.incident.clock(id).filter(|clock| clock.breached && clock.version == version).map(|clock| clock.due);
        let recorded = || self.incident.answered(command_key(&id.timer(self.incident.id, version))).map(|known| known.time);
        let since = running.or_else(recorded).ok_or_else(|| Refusal::NotLate { clock: id.to_string(), version })?;
        let days = self.context.book.leave().appeal.days;
        if self.context.at.ms() - since.ms() > i64::from(days) * DAY_MS {
            return Err(Refusal::AppealTooLate { days });
        }
        Ok(())
    }

    /// Did the seat's agency hold what the clock is kept on, now or before?
    fn held(self, clock: ClockId, seat: &Seat) -> bool {
        let of_part = |part: u16| {
            let handed = self.incident.handovers.iter().filter(move |known| known.part == Some(part));
            handed.flat_map(|known| [&known.from, &known.to]).any(|agency| *agency == seat.agency)
        };
        let of_lead = || {
            let handed = self.incident.handovers.iter().filter(|known| known.lead);
            handed.flat_map(|known| [&known.from, &known.to]).chain(&self.incident.first).any(|agency| *agency == seat.agency)
        };
        self.incident.holder(clock) == Some(&seat.agency)
            || match clock.on {
                Kept::Incident => of_lead(),
                Kept::Part(part) => of_part(part),
                Kept::Handover(_) | Kept::Report(_) | Kept::Tier(_) | Kept::Supervision(_) | Kept::Call(_) | Kept::Request(_) => {
                    false
                }
            }
    }
}

/// The reason stands in the dated list, with nothing missing.
pub(super) fn listed(reason: &Reason, list: &std::collections::BTreeSet<ReasonCode>) -> Result<(), Refusal> {
    let fits = list.contains(&reason.code) && reason.complete() && reason.plain();
    if fits { Ok(()) } else { Err(Refusal::BadReason { code: reason.code.code().to_owned() }) }
}

/// A code alone moves no promise: somebody says in words how it stands.
pub(super) fn worded(sealed: &[Sealed]) -> Result<(), Refusal> {
    if sealed.is_empty() { Err(Refusal::WordsMissing {}) } else { Ok(()) }
}
