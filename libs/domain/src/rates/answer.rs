//! Sums over the incidents that are asked for and may be seen.

use std::collections::BTreeMap;

use super::{
    Rates,
    entry::{Entry, How},
    figure::{Figure, RATES, Side},
    hidden::{self, Number},
    marks::marks,
};
use crate::{
    area::{AreaCode, Level},
    id::{IncidentId, MatterCode},
    policy::SatisfactionRule,
    time::Time,
};

/// Within so much the same cause at the same place is a sign, in milliseconds.
const AGAIN_MS: i64 = 72 * 3_600_000;

/// By what numbers are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The agency that leads, or led at the end.
    Agency,
    /// The subdistrict; the district where nothing closer is known.
    Area,
    /// The category that statistics use: the one at feedback, else at intake.
    Matter,
    /// Who told us first.
    Source,
}

impl By {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Agency, Self::Area, Self::Matter, Self::Source];

    /// Its word on the command line and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agency => "agency",
            Self::Area => "area",
            Self::Matter => "matter",
            Self::Source => "source",
        }
    }

    /// The one that is called so.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|by| by.word() == word)
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Also told apart by this.
    pub by: Option<By>,
    /// Only what this source told us first.
    pub source: Option<String>,
    /// Only what first occurred at this instant or later.
    pub from: Option<Time>,
    /// Only what first occurred before this instant.
    pub until: Option<Time>,
    /// The facts behind this number.
    pub facts: Option<Figure>,
}

/// Numbers over some incidents.
#[derive(Debug, Clone, Default)]
pub struct Group {
    numbers: BTreeMap<Figure, u64>,
    delays: Vec<i64>,
}

/// How long reporters waited for their first answer, from their report on, both as they occurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    /// Answers.
    pub count: u64,
    /// All of it, in milliseconds.
    pub total_milliseconds: i64,
    /// The middle one, in milliseconds: this divided by `median_of`.
    pub median_milliseconds: i64,
    /// 1, or 2 where the sum of the two middle ones is given.
    pub median_of: u64,
}

/// A fact behind a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The incident that counts.
    pub incident: IncidentId,
    /// The fact for which it counts.
    pub position: u64,
}

/// One row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The group's name; empty for all.
    pub key: String,
    /// Each number, or that it is not told.
    pub numbers: BTreeMap<Figure, Number>,
    /// Reply delays, where they may be told.
    pub delay: Option<Delay>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The position the numbers are of.
    pub position: u64,
    /// Everything that was asked for.
    pub all: Row,
    /// Of that what lived here, and what came from files of the past; not told where small numbers are hidden.
    pub apart: Option<[Row; 2]>,
    /// By group, where that was asked for.
    pub groups: Vec<Row>,
    /// Facts behind the number that was asked for.
    pub facts: Vec<Listed>,
}

impl Group {
    fn add(&mut self, entry: &Entry, again: Option<u64>, rule: &SatisfactionRule) {
        marks(entry, again, rule, |figure, _| *self.numbers.entry(figure).or_default() += 1);
        if entry.end.as_ref().is_none_or(|end| end.how != How::Merged) {
            self.delays.extend(entry.reports.iter().filter_map(|report| Some(report.told?.0.ms() - report.from.ms())));
        }
    }

    /// This number.
    #[must_use]
    pub fn number(&self, figure: Figure) -> u64 {
        self.numbers.get(&figure).copied().unwrap_or(0)
    }

    /// Reply delays; none where nobody was answered.
    #[must_use]
    pub fn delay(&self) -> Option<Delay> {
        let mut delays = self.delays.clone();
        delays.sort_unstable();
        let upper = *delays.get(delays.len() / 2)?;
        let (median_milliseconds, median_of) =
            if delays.len() % 2 == 1 { (upper, 1) } else { (delays[delays.len() / 2 - 1] + upper, 2) };
        Some(Delay { count: delays.len() as u64, total_milliseconds: delays.iter().sum(), median_milliseconds, median_of })
    }

    /// As a row in which every number is told.
    fn row(&self, key: &str) -> Row {
        let numbers = Figure::ALL.iter().map(|figure| (*figure, Number::Told(self.number(*figure)))).collect();
        Row { key: key.to_owned(), numbers, delay: self.delay() }
    }
}

impl Row {
    /// This number, where it is told.
    #[must_use]
    pub fn told(&self, figure: Figure) -> Option<u64> {
        match self.numbers.get(&figure) {
            Some(Number::Told(number)) => Some(*number),
            Some(Number::Small | Number::Withheld) | None => None,
        }
    }

    /// The rates of one side of which both numbers are told: name, how many, of how many.
    pub fn rates(&self, side: Side) -> impl Iterator<Item = (&'static str, u64, u64)> {
        RATES.iter().filter(move |rate| rate.side == side).filter_map(|rate| {
            let of = rate.of.iter().map(|figure| self.told(*figure)).sum::<Option<u64>>()?;
            Some((rate.word, self.told(rate.count)?, of))
        })
    }
}

impl Rates {
    /// Answers for somebody who sees the incidents that `sees` lets through. `small`: below this a number is hidden, for
    /// who may not see everything. Facts are listed of incidents that `whole` lets through.
    #[must_use]
    pub fn answer(
        &self,
        ask: &Ask,
        rule: &SatisfactionRule,
        small: Option<u64>,
        sees: impl Fn(IncidentId) -> bool,
        whole: impl Fn(IncidentId) -> bool,
    ) -> Answer {
        let seen: Vec<(IncidentId, &Entry)> =
            self.entries.iter().filter(|(id, _)| sees(**id)).map(|(id, entry)| (*id, entry)).collect();
        let again = again(&seen);
        let asked = |entry: &Entry| {
            ask.source.as_deref().is_none_or(|source| entry.source == source)
                && ask.from.is_none_or(|from| entry.from >= from)
                && ask.until.is_none_or(|until| entry.from < until)
        };
        let (mut all, mut live, mut past) = (Group::default(), Group::default(), Group::default());
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        let mut facts = Vec::new();
        for (id, entry) in seen.iter().filter(|(_, entry)| asked(entry)) {
            let again = again.get(id).copied();
            all.add(entry, again, rule);
            if entry.history { &mut past } else { &mut live }.add(entry, again, rule);
            if let Some(by) = ask.by {
                groups.entry(key(entry, by)).or_default().add(entry, again, rule);
            }
            if let Some(wanted) = ask.facts.filter(|_| whole(*id)) {
                let listed = |figure, position| {
                    if figure == wanted {
                        facts.push(Listed { incident: *id, position });
                    }
                };
                marks(entry, again, rule, listed);
            }
        }
        facts.sort_by_key(|fact| (fact.position, fact.incident));
        let mut answer = Answer {
            position: self.position,
            all: all.row(""),
            apart: Some([live.row("live"), past.row("past")]),
            groups: groups.iter().map(|(key, group)| group.row(key)).collect(),
            facts,
        };
        if let Some(small) = small {
            hidden::hide(&mut answer, ask.facts, small);
        }
        answer
    }
}

fn key(entry: &Entry, by: By) -> String {
    match by {
        By::Agency => entry.lead.agency.to_string(),
        By::Area => entry.area().to_string(),
        By::Matter => entry.category().map_or_else(|| "none".to_owned(), ToString::to_string),
        By::Source => entry.source.to_string(),
    }
}

/// Closed incidents after which the same cause came again at the same place, and the first fact of what came. The same
/// place is the same grid or community; nothing wider is one place.
fn again(seen: &[(IncidentId, &Entry)]) -> BTreeMap<IncidentId, u64> {
    let mut came: BTreeMap<(AreaCode, &MatterCode), Vec<(Time, u64)>> = BTreeMap::new();
    let cause = |entry: &Entry| (entry.place.area.level() >= Level::Community).then_some(entry.place.area);
    for (_, entry) in seen {
        // A second call on the same matter, or one that should never have been, is not the matter again.
        let none = entry.end.as_ref().is_some_and(|end| matches!(end.how, How::Merged | How::Void));
        if let (false, Some(area), Some(matter)) = (none, cause(entry), entry.category()) {
            came.entry((area, matter)).or_default().push((entry.from, entry.first));
        }
    }
    came.values_mut().for_each(|came| came.sort_unstable());
    let first_after = |entry: &Entry| {
        let end = entry.end.as_ref().filter(|end| end.how.closed())?;
        let came = came.get(&(cause(entry)?, entry.category()?))?;
        let next = came.get(came.partition_point(|(at, _)| *at <= end.at))?;
        (next.0.ms() - end.at.ms() <= AGAIN_MS).then_some(next.1)
    };
    seen.iter().filter_map(|(id, entry)| Some((*id, first_after(entry)?))).collect()
}
