//! Time limits: which promise a clock keeps, by priority and category. The first row that fits decides.

use serde::Deserialize;

use super::{
    calendar::{Conventions, by_days},
    catalogue::Catalogue,
    header::{File, Header, PolicyError},
};
use crate::incident::{
    Matter,
    kinds::{ClockDue, ClockKind, ClockName, ClockStart, Priority},
};

/// More than this is a slip of the pen: ten years of days, or as many minutes as 100 days have.
const MOST_DAYS: u32 = 3_660;
const MOST_MINUTES: u32 = 144_000;
/// How the codes of police matters begin.
const POLICE: &str = "police/";

/// The time limits in force.
#[derive(Debug, Clone)]
pub struct Limits {
    /// What the file says of itself.
    pub header: Header,
    rows: Vec<LimitRow>,
}

/// One row: a promise, and what it applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitRow {
    /// Which promise.
    pub clock: ClockName,
    /// The priorities it applies to; all, and an unsettled one too, when empty.
    pub priorities: Vec<Priority>,
    /// How the category's code begins; any, and an unsettled one too, when empty.
    pub category: String,
    /// In which kind of time.
    pub kind: ClockKind,
    /// Minutes for hours-kinds, days for days-kinds.
    pub amount: u32,
    /// Start and due conventions.
    pub conventions: Conventions,
}

#[derive(Deserialize)]
struct Body {
    limit: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    clock: ClockName,
    #[serde(default)]
    priorities: Vec<Priority>,
    #[serde(default)]
    category: String,
    kind: ClockKind,
    amount: u32,
    start: ClockStart,
    due: ClockDue,
}

impl Limits {
    pub(crate) fn read(file: File<'_>, catalogue: &Catalogue) -> Result<Self, PolicyError> {
        let (header, body): (_, Body) = file.parse()?;
        let mut rows: Vec<LimitRow> = Vec::new();
        for row in body.limit {
            let Row { clock, priorities, category, kind, amount, start, due } = row;
            let name = format!("limit {} ({clock})", rows.len() + 1);
            if amount == 0 || amount > if by_days(kind) { MOST_DAYS } else { MOST_MINUTES } {
                return Err(
                    file.wrong(name, format!("amount {amount}: give minutes up to {MOST_MINUTES} or days up to {MOST_DAYS}"))
                );
            }
            if kind == ClockKind::Given {
                return Err(file.wrong(name, "kind \"given\": only a file of past matters names a moment itself"));
            }
            if clock == ClockName::Suspension {
                return Err(file.wrong(name, "the bound of a suspension is no promise: leave.toml says how long it may be"));
            }
            if !category.is_empty() {
                catalogue.covers(file, &name, &category)?;
            }
            let urgent = category.starts_with(POLICE) || priorities.iter().any(|p| p.emergency());
            if urgent && kind != ClockKind::UrgentHours {
                return Err(file.wrong(
                    name,
                    "clocks of police matters and of priority 1 and 2 run on without a break: kind = \"urgent_hours\"",
                ));
            }
            let row = LimitRow { clock, priorities, category, kind, amount, conventions: Conventions { start, due } };
            if let Some(earlier) = rows.iter().position(|earlier| earlier.hides(&row)) {
                return Err(file.wrong(name, format!("never applies: limit {} before it takes all its cases", earlier + 1)));
            }
            rows.push(row);
        }
        Ok(Self { header, rows })
    }

    /// The row that decides; none where no promise is made.
    #[must_use]
    pub fn find(&self, clock: ClockName, matter: Matter<'_>) -> Option<&LimitRow> {
        self.rows.iter().find(|row| row.clock == clock && row.fits(matter))
    }

    /// All rows, in the order in which they are asked.
    #[must_use]
    pub fn rows(&self) -> &[LimitRow] {
        &self.rows
    }
}

impl LimitRow {
    fn fits(&self, matter: Matter<'_>) -> bool {
        // A matter of the police is one before its category is settled, too: its clocks run on at night.
        let category = match matter.category {
            Some(code) => code.as_str().starts_with(&self.category),
            None => self.category.is_empty() || matter.police && self.category == POLICE,
        };
        category && (self.priorities.is_empty() || matter.priority.is_some_and(|p| self.priorities.contains(&p)))
    }

    /// Does this row take every case of `later`?
    fn hides(&self, later: &Self) -> bool {
        let all = |p: &Priority| self.priorities.contains(p);
        self.clock == later.clock
            && later.category.starts_with(&self.category)
            && (self.priorities.is_empty() || !later.priorities.is_empty() && later.priorities.iter().all(all))
    }
}
