//! An incident as folded from its facts: what the rules look at.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    clock::{Clock, ClockId},
    context::Matter,
    facts::Lead,
    kinds::{Class, Flag, HandoverKind, HandoverStatus, Priority, Stage},
    leave::Leaves,
    pieces::{FormNumber, Handover, Part, Reopening, ReportState},
    tiers::Tiers,
};
use crate::{
    area::{AreaCode, Place},
    fact::Accepted,
    id::{Agency, AgencyKind, IncidentId, MatterCode, ReportId, SeatId},
    time::Time,
};

/// One matter in the world.
///
/// Nothing in here is plaintext of a person; nothing depends on a clock on the wall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// Facts folded so far.
    pub version: u32,
    /// Position of the last of them; 0 before the first.
    pub position: u64,
    /// Where it stands.
    pub stage: Stage,
    /// When its first report was recorded.
    pub received: Time,
    /// When the matter occurred, as first reported.
    pub occurred: Time,
    /// When it ended, as recorded.
    pub ended: Option<Time>,
    /// From a file of past matters.
    pub history: bool,
    /// Where.
    pub place: Place,
    /// How far it may be seen.
    pub class: Class,
    /// Words that call for care.
    pub flags: BTreeSet<Flag>,
    /// 1 to 4, once a person settled it.
    pub priority: Option<Priority>,
    /// Until then: as the source gave it or the words suggest it.
    pub suggested: Option<Priority>,
    /// Category at intake.
    pub category: Option<MatterCode>,
    /// Category at feedback; statistics use it.
    pub category_feedback: Option<MatterCode>,
    /// Words of our own vocabulary found in the reports.
    pub terms: Vec<String>,
    /// Who took it in (首接单位).
    pub first: Option<Agency>,
    /// Who answers for it now. `None` only before the first fact.
    pub lead: Option<Lead>,
    /// How often the lead alone came back; after the second only the duty chief settles it.
    pub lead_returns: u16,
    /// The lead was settled by the duty chief: it cannot be offered or returned again.
    pub lead_designated: bool,
    /// What people told us, in order.
    pub reports: Vec<ReportState>,
    /// What agencies were asked to do, in order; part n stands at n − 1.
    pub parts: Vec<Part>,
    /// Orders and transfers, in order; hand-over n stands at n − 1.
    pub handovers: Vec<Handover>,
    /// Running clocks.
    pub clocks: Vec<Clock>,
    /// The last version of every clock that ever ran.
    pub clock_versions: Vec<(ClockId, u32)>,
    /// Whose people were asked to look, before acceptance or at a check, and have not said yet what they found.
    pub looking: Option<Agency>,
    /// Was the matter found on site before acceptance?
    pub verified: Option<bool>,
    /// A check passed since the work was last done.
    pub checked: bool,
    /// Somebody asks to take it up again.
    pub reopen: Option<Reopening>,
    /// How often it was taken up again.
    pub rounds: u16,
    /// A first person asked to void it: who, until when a second may agree.
    pub void_asked: Option<(SeatId, Time)>,
    /// Times that a promise was not kept.
    pub breaches: u16,
    /// Stages that its history does not tell.
    pub missing: Vec<Stage>,
    /// What the police said last: others may enter, or not; nothing said yet.
    pub scene: Option<bool>,
    /// Who handed the lead over and looks on until the end (盯办).
    pub watch: Vec<Agency>,
    /// The incident that it became a part of.
    pub into: Option<IncidentId>,
    /// The incident that it was split off.
    pub parent: Option<IncidentId>,
    /// Incidents that were split off it.
    pub children: Vec<IncidentId>,
    /// Numbers that agencies' own forms have there.
    pub numbers: Vec<FormNumber>,
    /// What goes up, down and sideways: tiers, supervisions, summonses, conferences, requests, the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers: Option<Box<Tiers>>,
    /// What was asked for and granted of time: extensions, suspensions, appeals. None where nobody ever asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves: Option<Box<Leaves>>,
    /// Commands it accepted.
    #[serde(with = "crate::fact::commands")]
    pub commands: Vec<Accepted>,
}

impl Incident {
    /// An incident of which nothing is known yet.
    #[must_use]
    pub fn new(id: IncidentId, district: AreaCode) -> Self {
        Self {
            id,
            version: 0,
            position: 0,
            stage: Stage::New,
            received: Time::default(),
            occurred: Time::default(),
            ended: None,
            history: false,
            place: Place { area: district },
            class: Class::N,
            flags: BTreeSet::new(),
            priority: None,
            suggested: None,
            category: None,
            category_feedback: None,
            terms: Vec::new(),
            first: None,
            lead: None,
            lead_returns: 0,
            lead_designated: false,
            reports: Vec::new(),
            parts: Vec::new(),
            handovers: Vec::new(),
            clocks: Vec::new(),
            clock_versions: Vec::new(),
            looking: None,
            verified: None,
            checked: false,
            reopen: None,
            rounds: 0,
            void_asked: None,
            breaches: 0,
            missing: Vec::new(),
            scene: None,
            watch: Vec::new(),
            into: None,
            parent: None,
            children: Vec::new(),
            numbers: Vec::new(),
            tiers: None,
            leaves: None,
            commands: Vec::new(),
        }
    }

    /// The agency that leads.
    #[must_use]
    pub fn lead_agency(&self) -> Option<&Agency> {
        self.lead.as_ref().map(|lead| &lead.agency)
    }

    /// Part `number`.
    #[must_use]
    pub fn part(&self, number: u16) -> Option<&Part> {
        self.parts.get(usize::from(number).checked_sub(1)?)
    }

    /// Hand-over `number`.
    #[must_use]
    pub fn handover(&self, number: u16) -> Option<&Handover> {
        self.handovers.get(usize::from(number).checked_sub(1)?)
    }

    /// The report with this id, and its number from 1.
    #[must_use]
    pub fn report(&self, id: ReportId) -> Option<(u16, &ReportState)> {
        (1..).zip(&self.reports).find(|(_, report)| report.id == id)
    }

    /// The running clock with this id.
    #[must_use]
    pub fn clock(&self, id: ClockId) -> Option<&Clock> {
        self.clocks.iter().find(|clock| clock.id == id)
    }

    /// The version that the next start of this clock gets.
    #[must_use]
    pub fn next_clock_version(&self, id: ClockId) -> u32 {
        self.clock_versions.iter().find(|(known, _)| *known == id).map_or(1, |(_, version)| version + 1)
    }

    /// The statistics' category.
    #[must_use]
    pub fn counted_category(&self) -> Option<&MatterCode> {
        self.category_feedback.as_ref().or(self.category.as_ref())
    }

    /// What it answered to this command before.
    #[must_use]
    pub fn answered(&self, command: u128) -> Option<&Accepted> {
        self.commands.iter().find(|known| known.command == command)
    }

    /// What limits are asked for now.
    #[must_use]
    pub fn matter(&self) -> Matter<'_> {
        Matter {
            priority: self.priority.or(self.suggested),
            category: self.category.as_ref(),
            police: self.of_police(),
            area: Some(self.place.area),
            terms: &self.terms,
        }
    }

    /// A matter of the police: it came to them, they have or had to do with it, or its flags call for them.
    #[must_use]
    pub fn of_police(&self) -> bool {
        let police = |agency: &Agency| agency.kind() == AgencyKind::Police;
        self.first.iter().chain(self.agencies()).any(police)
            || self.handovers.iter().any(|handover| police(&handover.from) || police(&handover.to))
            || self.danger().is_some()
    }

    /// A flag that bars everybody but the police from the scene until they say that it is safe (practice-rules §3.9).
    #[must_use]
    pub fn danger(&self) -> Option<Flag> {
        Flag::DANGER.into_iter().find(|flag| self.flags.contains(flag))
    }

    /// What keeps units of `agency` outside: the police have not said that it is safe, and a flag or they say that it is not.
    #[must_use]
    pub fn barred(&self, agency: &Agency) -> bool {
        let called_unsafe = self.scene == Some(false) || self.danger().is_some();
        agency.kind() != AgencyKind::Police && !self.history && self.scene != Some(true) && called_unsafe
    }

    /// Orders of a part that bind a unit now.
    pub fn orders(&self, part: u16) -> impl DoubleEndedIterator<Item = &Handover> {
        self.handovers.iter().filter(move |order| {
            let live = order.open() || order.status == HandoverStatus::Signed;
            order.kind == HandoverKind::Order && order.part == Some(part) && live
        })
    }

    /// A running clock's promise was not kept.
    #[must_use]
    pub fn overdue(&self) -> bool {
        self.clocks.iter().any(|clock| clock.breached)
    }

    /// Agencies that have or had to do with it: lead, parts, answer duties; who is asked to take something over, who is
    /// asked to look, and who keeps watch.
    pub fn agencies(&self) -> impl Iterator<Item = &Agency> {
        let answers = self.reports.iter().filter_map(|report| report.answer.as_ref());
        let asked = self.handovers.iter().filter(|handover| handover.open()).map(|handover| &handover.to);
        let parts = self.parts.iter().map(|part| &part.agency);
        self.lead_agency().into_iter().chain(parts).chain(answers).chain(asked).chain(&self.looking).chain(&self.watch)
    }

    /// Who may see it: who has or had to do with it, and who was called, asked for help, supervised or put on a call.
    pub fn seen_by(&self) -> impl Iterator<Item = &Agency> {
        self.agencies().chain(self.tiers.iter().flat_map(|tiers| tiers.agencies()))
    }
}
