//! What the rates keep of one incident: small, and each thing with the position of the fact that says it.

use smol_str::SmolStr;

use crate::{
    area::{AreaCode, Level, Place},
    fact::Stamp,
    id::{Agency, IncidentId, MatterCode, ReportId},
    incident::{Basis, Class, ClockId, ClockName, Fact, Lead, LinkedReport, Report, Satisfaction, clock::Move},
    ledger::Seats,
    time::Time,
};

/// The clock that incidents are judged by: from the first report to closing.
const TOTAL: ClockId = ClockId::incident(ClockName::Total);
/// What is closed so shortly before it is due is a sign, in milliseconds.
const LAST_MS: i64 = 3_600_000;

/// One incident.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) first: u64,
    pub(super) from: Time,
    pub(super) history: bool,
    pub(super) source: SmolStr,
    pub(super) place: Place,
    class: Class,
    category: Option<MatterCode>,
    feedback: Option<MatterCode>,
    opener: SmolStr,
    pub(super) lead: Lead,
    /// What transfers offered, in order: number, part, whether the lead goes with it, to whom.
    offers: Vec<(u16, Option<u16>, bool, Agency)>,
    pub(super) total: Option<Total>,
    pub(super) end: Option<End>,
    pub(super) returns: Vec<u64>,
    pub(super) lapses: Vec<u64>,
    pub(super) again: Vec<u64>,
    pub(super) checks_failed: Vec<u64>,
    pub(super) reopened: Vec<u64>,
    pub(super) refused: Vec<u64>,
    pub(super) entered_late: Option<u64>,
    pub(super) reports: Vec<Told>,
}

/// The total clock.
#[derive(Debug, Clone)]
pub(super) struct Total {
    pub(super) promised: u64,
    due: Time,
    pub(super) late: Option<u64>,
    /// The fact that exempts that lateness: an appeal that was upheld.
    exempt: Option<u64>,
    /// The fact that stopped it, and whether that closed the incident.
    pub(super) stopped: Option<(u64, bool)>,
    /// It was stopped by closing, in the last hour before it was due.
    pub(super) last_hour: bool,
}

/// How an incident ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Handled,
    Answered,
    SelfHandled,
    Declined,
    Merged,
    Withdrawn,
    Void,
}

#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) how: How,
    pub(super) position: u64,
    pub(super) at: Time,
    /// Who reported it closed it.
    pub(super) by_opener: bool,
    /// Led at a subdistrict or below.
    pub(super) subdistrict: bool,
}

/// One report.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) id: ReportId,
    pub(super) position: u64,
    pub(super) from: Time,
    owed: bool,
    /// When its reporter was told first, and by which fact.
    pub(super) told: Option<(Time, u64)>,
    pub(super) tries: u16,
    /// The last try to ask its reporter.
    pub(super) tried: u64,
    /// The last answer that its reporter gave.
    pub(super) said: Option<Said>,
}

/// What a reporter said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    pub(super) position: u64,
    pub(super) contacted: Option<bool>,
    pub(super) solved: Option<bool>,
    pub(super) satisfaction: Option<Satisfaction>,
}

impl How {
    pub(super) const fn closed(self) -> bool {
        matches!(self, Self::Handled | Self::Answered | Self::SelfHandled)
    }
}

impl Entry {
    /// What the first fact says. `parent`: of the incident it was split off.
    pub(super) fn new(fact: &Fact, stamp: &Stamp, parent: Option<&Self>) -> Option<Self> {
        let (lead, place, class, history) = if let Fact::Received(fact) = fact {
            (&fact.lead, fact.place, fact.class, fact.history)
        } else if let Fact::SplitOff(fact) = fact {
            (&fact.lead, fact.place, fact.class, false)
        } else {
            return None;
        };
        Some(Self {
            first: stamp.position,
            from: stamp.occurred(),
            history,
            source: parent.map(|parent| parent.source.clone()).unwrap_or_default(),
            place: place.within(class),
            class,
            category: None,
            feedback: None,
            opener: stamp.actor.clone(),
            lead: lead.clone(),
            offers: Vec::new(),
            total: None,
            end: None,
            returns: Vec::new(),
            lapses: Vec::new(),
            again: Vec::new(),
            checks_failed: Vec::new(),
            reopened: Vec::new(),
            refused: Vec::new(),
            entered_late: None,
            reports: Vec::new(),
        })
    }

    /// The statistics' category.
    pub(super) fn category(&self) -> Option<&MatterCode> {
        self.feedback.as_ref().or(self.category.as_ref())
    }

    /// The fact that exempts a late incident: an appeal that was upheld.
    pub(super) fn exempt(&self) -> Option<u64> {
        self.total.as_ref()?.exempt
    }

    pub(super) fn apply(&mut self, fact: &Fact, stamp: &Stamp, seats: &Seats) {
        if stamp.basis == Basis::Late {
            self.entered_late.get_or_insert(stamp.position);
        }
        self.clock(fact, stamp);
        let (here, at) = (stamp.position, stamp.occurred());
        match fact {
            Fact::Received(fact) => {
                self.source = fact.report.source.as_str().into();
                self.report(&fact.report, stamp);
            }
            Fact::SplitOff(fact) => self.category = Some(fact.category.clone()),
            Fact::Raised(fact) => {
                self.class = fact.class.map_or(self.class, |class| class.max(self.class));
                self.place = self.place.within(self.class);
            }
            Fact::Answered(fact) => {
                self.category.clone_from(&fact.category);
                self.all_told(at, here);
                self.end(How::Answered, stamp, seats);
            }
            Fact::SelfHandled(fact) => {
                self.category = Some(fact.category.clone());
                self.end(How::SelfHandled, stamp, seats);
            }
            Fact::Declined(_) => self.end(How::Declined, stamp, seats),
            Fact::Accepted(fact) => {
                self.category = Some(fact.category.clone());
                self.place = fact.place.unwrap_or(self.place).within(self.class);
                self.lead.seat = seat_of(stamp);
            }
            Fact::TransferOffered(fact) => {
                let before = |(_, part, lead, _): &(u16, Option<u16>, bool, Agency)| {
                    (fact.part.is_some() && *part == fact.part) || (fact.lead && *lead)
                };
                if self.offers.iter().any(before) {
                    self.again.push(here);
                }
                self.offers.push((fact.transfer, fact.part, fact.lead, fact.to.clone()));
            }
            Fact::TransferAccepted(fact) => {
                let moved = self.offers.iter().find(|(number, _, lead, _)| *number == fact.transfer && *lead);
                if let Some((.., to)) = moved {
                    self.lead = Lead { agency: to.clone(), area: None, seat: Some(fact.seat.clone()) };
                }
            }
            Fact::TransferReturned(_) => self.returns.push(here),
            Fact::TransferLapsed(_) => self.lapses.push(here),
            Fact::Designated(fact) => {
                if fact.lead {
                    self.lead = Lead { agency: fact.agency.clone(), area: fact.area, seat: None };
                }
            }
            Fact::Recalled(fact) => {
                self.lead = Lead { agency: fact.agency.clone(), area: None, seat: Some(fact.seat.clone()) };
            }
            Fact::TierTaken(fact) => {
                self.lead = Lead { agency: self.lead.agency.clone(), area: Some(fact.area), seat: Some(fact.seat.clone()) };
            }
            Fact::PartFinished(fact) => {
                if fact.category.is_some() {
                    self.feedback.clone_from(&fact.category);
                }
            }
            Fact::CategoryCorrected(fact) => self.feedback = Some(fact.category.clone()),
            Fact::Checked(fact) => {
                if !fact.passed {
                    self.checks_failed.push(here);
                }
            }
            Fact::ReporterTold(fact) => {
                if let Some(report) = self.reports.iter_mut().find(|report| report.id == fact.report) {
                    report.told.get_or_insert((at, here));
                }
            }
            Fact::FollowedUp(fact) => {
                if let Some(report) = self.reports.iter_mut().find(|report| report.id == fact.report) {
                    report.tries += 1;
                    report.tried = here;
                    if fact.reached {
                        let (contacted, solved, satisfaction) = (fact.contacted, fact.solved, fact.satisfaction);
                        report.said = Some(Said { position: here, contacted, solved, satisfaction });
                    }
                }
            }
            Fact::Closed(_) => self.end(How::Handled, stamp, seats),
            Fact::HistoryRecorded(fact) => {
                if let Some(answered) = fact.answered {
                    for report in &mut self.reports {
                        report.told.get_or_insert((answered, here));
                    }
                }
                self.end(How::Handled, stamp, seats);
            }
            Fact::Withdrawn(_) => self.end(How::Withdrawn, stamp, seats),
            Fact::Voided(_) => self.end(How::Void, stamp, seats),
            Fact::Merged(_) => self.end(How::Merged, stamp, seats),
            Fact::Reopened(_) => {
                self.reopened.push(here);
                self.end = None;
            }
            Fact::ReopenRefused(_) => self.refused.push(here),
            // Linked reports bring what was said of them before: see `Rates`.
            Fact::ReportsLinked(_)
            | Fact::Supplemented(_)
            | Fact::VerificationAsked(_)
            | Fact::Verified(_)
            | Fact::Routed(_)
            | Fact::PartAdded(_)
            | Fact::OrderIssued(_)
            | Fact::OrderDelivered(_)
            | Fact::OrderSigned(_)
            | Fact::OrderCannot(_)
            | Fact::TransferDelivered(_)
            | Fact::TransferWithdrawn(_)
            | Fact::UnitEnRoute(_)
            | Fact::UnitOnScene(_)
            | Fact::PartReleased(_)
            | Fact::Done(_)
            | Fact::CheckAsked(_)
            | Fact::VoidAsked(_)
            | Fact::ReopenAsked(_)
            | Fact::ClockBreached(_)
            | Fact::SceneDeclared(_)
            | Fact::Split(_)
            | Fact::Noted(_)
            | Fact::Numbered(_)
            | Fact::ExtensionAsked(_)
            | Fact::SuspensionAsked(_)
            | Fact::AppealAsked(_)
            | Fact::RequestEndorsed(_)
            | Fact::RequestRefused(_)
            | Fact::ClockExtended(_)
            | Fact::Suspended(_)
            | Fact::Resumed(_)
            | Fact::ClockExempted(_)
            | Fact::DesignationLifted(_)
            | Fact::ReporterContacted(_)
            | Fact::FeedbackGiven(_)
            | Fact::InformedUpward(_)
            | Fact::Escalated(_)
            | Fact::HandedDown(_)
            | Fact::TierReturned(_)
            | Fact::SupervisionOpened(_)
            | Fact::SupervisionReplied(_)
            | Fact::SupervisionStruck(_)
            | Fact::Summoned(_)
            | Fact::SummonsArrived(_)
            | Fact::Reminded(_)
            | Fact::SupervisorAdded(_)
            | Fact::ConferenceStarted(_)
            | Fact::ConferenceEnded(_)
            | Fact::ResourceAsked(_)
            | Fact::ResourceGranted(_)
            | Fact::ResourceRefused(_)
            | Fact::Claimed(_)
            | Fact::ClaimReleased(_)
            | Fact::UnitProgressed(_)
            | Fact::UnitRecorded(_)
            | Fact::PriorityChanged(_) => {}
        }
    }

    fn clock(&mut self, fact: &Fact, stamp: &Stamp) {
        for step in fact.moves() {
            match step {
                Move::Start(clock) if clock.id == TOTAL => {
                    let new = || Total {
                        promised: stamp.position,
                        due: clock.due,
                        late: None,
                        exempt: None,
                        stopped: None,
                        last_hour: false,
                    };
                    self.total.get_or_insert_with(new).due = clock.due;
                }
                // What is set aside goes on later: its promise has not ended.
                Move::Stop(id) if *id == TOTAL && !matches!(fact, Fact::Suspended(_)) => {
                    let closed = closes(fact);
                    if let Some(total) = self.total.as_mut().filter(|total| total.stopped.is_none()) {
                        let left = total.due.ms() - stamp.occurred().ms();
                        total.last_hour = closed && !self.history && (0..LAST_MS).contains(&left);
                        total.stopped = Some((stamp.position, closed));
                    }
                }
                Move::Start(_) | Move::Stop(_) => {}
            }
        }
        if let (Fact::ClockBreached(breach), Some(total)) = (fact, &mut self.total)
            && breach.clock == TOTAL
        {
            total.late.get_or_insert(stamp.position);
        }
        if let (Fact::ClockExempted(exempted), Some(total)) = (fact, &mut self.total)
            && exempted.clock == TOTAL
        {
            total.exempt.get_or_insert(stamp.position);
        }
    }

    fn report(&mut self, report: &Report, stamp: &Stamp) {
        let owed = report.answer.is_some();
        let (position, from) = (stamp.position, stamp.occurred());
        self.reports.push(Told { id: report.id, position, from, owed, told: None, tries: 0, tried: 0, said: None });
    }

    /// A report of another incident, told there at `from` where that is known.
    pub(super) fn linked(&mut self, report: &LinkedReport, from: Option<Time>, stamp: &Stamp) {
        let (owed, from) = (report.answer.is_some(), from.unwrap_or_else(|| stamp.occurred()));
        let position = stamp.position;
        self.reports.push(Told { id: report.id, position, from, owed, told: None, tries: 0, tried: 0, said: None });
    }

    fn all_told(&mut self, at: Time, position: u64) {
        for report in self.reports.iter_mut().filter(|report| report.owed) {
            report.told.get_or_insert((at, position));
        }
    }

    fn end(&mut self, how: How, stamp: &Stamp, seats: &Seats) {
        let actor = seat_of(stamp);
        // Where nobody had taken the lead, who ended it did the work.
        let seat = self.lead.seat.as_ref().or(actor.as_ref());
        let area = seat.and_then(|seat| seats.area(seat, stamp.position)).or(self.lead.area);
        self.end = Some(End {
            how,
            position: stamp.position,
            at: stamp.occurred(),
            by_opener: !self.history && actor.is_some() && stamp.actor == self.opener,
            subdistrict: area.is_some_and(|area| area.level() >= Level::Subdistrict),
        });
    }

    /// The place as groups name it: the subdistrict, else the district.
    pub(super) fn area(&self) -> AreaCode {
        self.place.area.at(Level::Subdistrict)
    }
}

/// Does this fact close the incident?
const fn closes(fact: &Fact) -> bool {
    matches!(fact, Fact::Closed(_) | Fact::Answered(_) | Fact::SelfHandled(_) | Fact::HistoryRecorded(_))
}

fn seat_of(stamp: &Stamp) -> Option<crate::id::SeatId> {
    let (kind, name) = stamp.actor.split_once('/')?;
    if kind == "machine" { None } else { name.parse().ok() }
}

/// The incident whose facts bring reports or a beginning to another.
pub(super) fn elsewhere(fact: &Fact) -> Option<IncidentId> {
    if let Fact::SplitOff(fact) = fact {
        return Some(fact.from);
    }
    if let Fact::ReportsLinked(fact) = fact {
        return Some(fact.from);
    }
    None
}
