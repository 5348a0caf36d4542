//! What the rules are told beside a command: who asks, when, and what the policies in force say.

use super::{
    facts::Item,
    kinds::{Basis, ClockDue, ClockKind, ClockName, ClockStart, HandoverKind, OnLapse, Priority},
};
use crate::{
    area::AreaCode,
    id::{AgencyKind, MatterCode},
    policy::{Calendar, Leave},
    seat::Actor,
    time::Time,
};

/// A time limit as the policy in force gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// In which kind of time.
    pub kind: ClockKind,
    /// Minutes for hours-kinds, days for days-kinds.
    pub amount: u32,
    /// From when it counts.
    pub begins: ClockStart,
    /// At which moment it falls due.
    pub falls_due: ClockDue,
    /// When it is due.
    pub due: Time,
}

/// What a limit is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Matter<'a> {
    /// 1 to 4, where it is known.
    pub priority: Option<Priority>,
    /// The category, once it is settled.
    pub category: Option<&'a MatterCode>,
    /// A matter of the police, whatever its category will be.
    pub police: bool,
    /// Where it lies, as far as it is known.
    pub area: Option<AreaCode>,
    /// Words of the policies in its reports: its condition (处置条件).
    pub terms: &'a [String],
}

/// What the relation table says of two agencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relation {
    /// Is it an order inside one command line, or a transfer between two?
    pub kind: HandoverKind,
    /// What a lapse does.
    pub on_lapse: OnLapse,
    /// May the receiver return it?
    pub returnable: bool,
}

/// The policies in force, as the rules ask for them.
pub trait Book: Send + Sync {
    /// The limit for a clock that begins at `start`; none where no promise is made.
    fn limit(&self, name: ClockName, matter: Matter<'_>, start: Time) -> Option<Limit>;
    /// The row of the hand-over catalogue for this pair: the one that is named, else the first that fits the category.
    fn item(&self, from: AgencyKind, to: AgencyKind, named: Option<&Item>, category: Option<&MatterCode>) -> Option<Item>;
    /// How two agencies hand over; none where they may not.
    fn relation(&self, from: AgencyKind, to: AgencyKind) -> Option<Relation>;
    /// Tries after which a reporter who was not reached counts as a class of its own.
    fn followup_tries(&self) -> u16;
    /// How often an agency is reminded of one incident before it is supervised or escalated instead.
    fn reminders(&self) -> u16;
    /// How many incidents may be split off one.
    fn children(&self) -> usize;
    /// How long a claim lasts after its holder's last act, in minutes.
    fn claim_minutes(&self) -> u32;
    /// Work days and working hours.
    fn calendar(&self) -> &Calendar;
    /// What may be asked for of time, and how much.
    fn leave(&self) -> &Leave;
    /// Names and versions of the policies in force, for the record.
    fn versions(&self) -> String;
}

/// What the rules are told beside the command.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Now, at the district's desk.
    pub at: Time,
    /// When it occurred, if that is known and another time.
    pub occurred: Option<Time>,
    /// How that time is known.
    pub basis: Basis,
    /// Who asks.
    pub actor: &'a Actor,
    /// The policies in force.
    pub book: &'a dyn Book,
}

impl Context<'_> {
    /// The time that promises are judged at.
    #[must_use]
    pub fn when(&self) -> Time {
        self.occurred.unwrap_or(self.at)
    }
}
