//! When something is done: the last step's time and a drawn delay, in the town's own time.

use bridge::simulator::dice::{Dice, named};
use domain::{
    fact::command_key,
    id::{Agency, AgencyKind},
    incident::Incident,
    policy::Calendar,
    seat::Role,
    time::{DAY_MS, Time},
};

use super::{Act, Step};

/// Hours of the day in which something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hours {
    /// Round the clock.
    Always,
    /// Nobody is rung up at night.
    Waking,
    /// Offices sleep at night, on rest days and holidays.
    Office,
}

/// One incident's own time: where it stands, and the chance that belongs to it.
pub(super) struct Pace<'a> {
    incident: &'a Incident,
    calendar: &'a Calendar,
    seed: u64,
    /// Steps that seats took; a clock that ran out is none.
    steps: u64,
    /// When the last of them was recorded.
    since: Time,
}

impl<'a> Pace<'a> {
    pub(super) fn new(incident: &'a Incident, calendar: &'a Calendar, seed: u64) -> Self {
        let timers: Vec<u128> = if incident.breaches == 0 {
            Vec::new()
        } else {
            let set = |(id, last): &(domain::incident::ClockId, u32)| {
                let by_itself = |version| {
                    let own = [id.timer(incident.id, version), overseen(incident, id, version)];
                    own.map(|command| command_key(&command))
                };
                (1..=*last).flat_map(by_itself).collect::<Vec<_>>()
            };
            incident.clock_versions.iter().flat_map(set).collect()
        };
        let taken = incident.commands.iter().filter(|command| !timers.contains(&command.command));
        let (steps, since) = taken.fold((0, incident.received), |(steps, _), command| (steps + 1, command.time));
        Self { incident, calendar, seed, steps, since }
    }

    /// Dice about something of this incident that does not change from step to step.
    pub(super) fn fate(&self, about: &str) -> Dice {
        let (high, low) = halves(self.incident.id.as_u128());
        Dice::about(&[self.seed, high, low, u64::from(self.incident.rounds), named(about)])
    }

    /// Dice about the next step.
    pub(super) fn draw(&self, about: &str) -> Dice {
        let (high, low) = halves(self.incident.id.as_u128());
        Dice::about(&[self.seed, high, low, self.steps, named(about)])
    }

    /// A step of `agency`'s seat that usually takes `usual` seconds.
    pub(super) fn step(&self, name: &'static str, agency: &Agency, role: Role, usual: f64, act: Act) -> Step {
        let hours = match agency.kind() {
            AgencyKind::Department | AgencyKind::Organisation if !self.urgent() => Hours::Office,
            _ => Hours::Always,
        };
        self.step_within(name, agency, role, usual, hours, act)
    }

    /// The same, within hours of the day.
    pub(super) fn step_within(&self, name: &'static str, agency: &Agency, role: Role, usual: f64, hours: Hours, act: Act) -> Step {
        let mut dice = self.draw(name);
        let due = self.since.plus_seconds(dice.seconds(usual));
        let due = within(due, hours, self.calendar, &mut dice);
        Step { name, agency: agency.clone(), role, due, act }
    }

    /// A step that falls due at `due` whatever happens.
    pub(super) fn step_at(&self, name: &'static str, agency: &Agency, role: Role, due: Time, act: Act) -> Step {
        Step { name, agency: agency.clone(), role, due: due.max(self.since), act }
    }

    /// Priority 1 or 2: nobody waits for office hours.
    pub(super) fn urgent(&self) -> bool {
        self.incident.priority.is_some_and(domain::incident::Priority::emergency)
    }
}

/// The id under which the hub adds an upper desk by itself.
fn overseen(incident: &Incident, clock: &domain::incident::ClockId, version: u32) -> String {
    format!("react/oversee/incident/{}/{clock}/{version}", incident.id)
}

fn halves(bits: u128) -> (u64, u64) {
    let bytes = bits.to_be_bytes();
    let half = |from: usize| u64::from_be_bytes(std::array::from_fn(|n| bytes[from + n]));
    (half(0), half(8))
}

/// The next instant within the hours, not before `at`; who had to wait comes one after the other.
fn within(at: Time, hours: Hours, calendar: &Calendar, dice: &mut Dice) -> Time {
    let (from, to, office) = match hours {
        Hours::Always => return at,
        Hours::Waking => (9 * 60, 20 * 60, false),
        Hours::Office => (8 * 60 + 30, 17 * 60 + 30, true),
    };
    let civil = at.civil();
    let minute = i64::from(civil.hour()) * 60 + i64::from(civil.minute());
    let works = |day: i64| !office || calendar.works(day);
    if works(at.day()) && (from..to).contains(&minute) {
        return at;
    }
    let midnight = Time::from_ms(
        at.ms() - minute * 60_000 - i64::from(civil.second()) * 1_000 - i64::from(civil.subsec_nanosecond()) / 1_000_000,
    );
    let later = if minute < from { 0 } else { 1 };
    // A fortnight holds a work day in every year the calendar knows.
    let days = (later..later + 14).find(|days| works(at.day() + days)).unwrap_or(later);
    Time::from_ms(midnight.ms() + days * DAY_MS).plus_seconds(from * 60 + dice.below(5_400).cast_signed())
}
