//! Clocks that ride in a fact: which begin and which end with it.

use super::super::{
    clock::{Clock, ClockId, Move},
    context::{Context, Matter},
    kinds::{ClockDue, ClockKind, ClockName, ClockStart, Priority},
    state::Incident,
};
use crate::{id::MatterCode, time::Time};

/// Collects the moves of one fact.
pub(super) struct Clocks<'a> {
    incident: &'a Incident,
    context: &'a Context<'a>,
    priority: Option<Priority>,
    category: Option<MatterCode>,
    police: bool,
    moves: Vec<Move>,
}

impl<'a> Clocks<'a> {
    pub(super) fn new(incident: &'a Incident, context: &'a Context<'a>) -> Self {
        let Matter { priority, category, police, .. } = incident.matter();
        Self { incident, context, priority, category: category.cloned(), police, moves: Vec::new() }
    }

    /// Looks limits up for what is being settled by the same command.
    pub(super) fn settled(mut self, category: &MatterCode, priority: Priority) -> Self {
        self.category = Some(category.clone());
        self.priority = Some(priority);
        self
    }

    /// Begins a clock now, if the policy makes a promise.
    pub(super) fn start(self, id: ClockId) -> Self {
        let at = self.context.when();
        self.start_at(id, at)
    }

    /// Begins what the owner of a part promises: its end, and a first word on the way.
    pub(super) fn handle(self, part: u16) -> Self {
        let at = self.context.when();
        self.handle_from(part, at)
    }

    /// As [`handle`](Self::handle), counted from `start`.
    pub(super) fn handle_from(self, part: u16, start: Time) -> Self {
        let begun = self.start_at(ClockId::part(ClockName::Handle, part), start);
        begun.start_at(ClockId::part(ClockName::Feedback, part), start)
    }

    /// Begins a clock that counts from `start`.
    pub(super) fn start_at(mut self, id: ClockId, start: Time) -> Self {
        let (priority, category, police) = (self.priority, self.category.as_ref(), self.police);
        let matter = Matter { priority, category, police, ..self.incident.matter() };
        if let Some(limit) = self.context.book.limit(id.name, matter, start) {
            self.moves.push(Move::Start(Clock {
                id,
                version: self.incident.next_clock_version(id),
                kind: limit.kind,
                amount: limit.amount,
                begins: limit.begins,
                falls_due: limit.falls_due,
                start,
                due: limit.due,
                breached: false,
            }));
        }
        self
    }

    /// Begins a clock whose due time a file names; it counts in no kind of time.
    pub(super) fn given(mut self, id: ClockId, due: Time) -> Self {
        self.moves.push(Move::Start(Clock {
            id,
            version: self.incident.next_clock_version(id),
            kind: ClockKind::Given,
            amount: 0,
            begins: ClockStart::AtOnce,
            falls_due: ClockDue::SameTime,
            start: self.context.when(),
            due,
            breached: false,
        }));
        self
    }

    /// Looks limits up for a matter of the police, or of others.
    pub(super) const fn of_police(mut self, police: bool) -> Self {
        self.police = police;
        self
    }

    /// Looks limits up for what is being reported, before anything is known of the incident.
    pub(super) const fn suggested(mut self, priority: Option<Priority>) -> Self {
        self.priority = priority;
        self
    }

    /// Gives a running clock the limit that holds for it now, counted from its own start; nothing where that is the same.
    pub(super) fn anew(self, id: ClockId) -> Self {
        let Some(running) = self.incident.clock(id).filter(|clock| !clock.breached).cloned() else { return self };
        let before = self.moves.len();
        let mut clocks = self.start_at(id, running.start);
        let same = |step: &Move| matches!(step, Move::Start(clock) if (clock.kind, clock.amount, clock.due) == (running.kind, running.amount, running.due));
        if clocks.moves.get(before).is_some_and(same) {
            clocks.moves.truncate(before);
        }
        clocks
    }

    /// The clock over the whole life: begins with the first report and never again (practice-rules §4.1).
    pub(super) fn total(self) -> Self {
        let id = ClockId::incident(ClockName::Total);
        let begun = self.incident.clock_versions.iter().any(|(known, _)| *known == id);
        let occurred = self.incident.occurred;
        if begun { self } else { self.start_at(id, occurred) }
    }

    /// Ends a clock, if it runs.
    pub(super) fn stop(mut self, id: ClockId) -> Self {
        if self.incident.clock(id).is_some() && !self.moves.contains(&Move::Stop(id)) {
            self.moves.push(Move::Stop(id));
        }
        self
    }

    /// Ends every clock.
    pub(super) fn stop_all(mut self) -> Self {
        self.moves.extend(self.incident.clocks.iter().map(|clock| Move::Stop(clock.id)));
        self
    }

    pub(super) fn moves(self) -> Vec<Move> {
        self.moves
    }
}
