//! Time limits: which promise a clock keeps, by priority, category, condition and kind of area. The first row that fits decides.

use serde::Deserialize;

use super::{
    calendar::{Conventions, by_days},
    catalogue::Catalogue,
    header::{File, Header, PolicyError},
};
use crate::{
    area::AreaCode,
    incident::{
        Matter,
        kinds::{ClockDue, ClockKind, ClockName, ClockStart, Priority},
    },
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
    grounds: Vec<Ground>,
}

/// A kind of area, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// What rows call it: `village`.
    pub name: String,
    /// The areas, each with all that lies within.
    pub areas: Vec<AreaCode>,
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
    /// The kind of area it applies to; any, and an unknown one too, when empty.
    pub ground: String,
    /// Words of its condition (处置条件), of which the reports hold one; any when empty.
    pub condition: Vec<String>,
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
    #[serde(default)]
    ground: Vec<Ground>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    clock: ClockName,
    #[serde(default)]
    priorities: Vec<Priority>,
    #[serde(default)]
    category: String,
    #[serde(default)]
    ground: String,
    #[serde(default)]
    condition: Vec<String>,
    kind: ClockKind,
    amount: u32,
    start: ClockStart,
    due: ClockDue,
}

impl Limits {
    pub(crate) fn read(file: File<'_>, catalogue: &Catalogue) -> Result<Self, PolicyError> {
        let (header, body): (_, Body) = file.parse()?;
        let mut rows: Vec<LimitRow> = Vec::new();
        for row in &body.limit {
            let row = row.clone();
            let Row { clock, priorities, category, ground, condition, kind, amount, start, due } = row;
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
            if !ground.is_empty() && !body.ground.iter().any(|known| known.name == ground) {
                return Err(file.wrong(name, format!("ground \"{ground}\": no [[ground]] of this name says where it is")));
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
            let row =
                LimitRow { clock, priorities, category, ground, condition, kind, amount, conventions: Conventions { start, due } };
            if let Some(earlier) = rows.iter().position(|earlier| earlier.hides(&row)) {
                return Err(file.wrong(name, format!("never applies: limit {} before it takes all its cases", earlier + 1)));
            }
            rows.push(row);
        }
        Ok(Self { header, rows, grounds: body.ground })
    }

    /// The row that decides; none where no promise is made.
    #[must_use]
    pub fn find(&self, clock: ClockName, matter: Matter<'_>) -> Option<&LimitRow> {
        self.rows.iter().find(|row| row.clock == clock && row.fits(matter) && self.lies(row, matter))
    }

    fn lies(&self, row: &LimitRow, matter: Matter<'_>) -> bool {
        let of_kind = || self.grounds.iter().filter(|ground| ground.name == row.ground).flat_map(|ground| &ground.areas);
        row.ground.is_empty() || matter.area.is_some_and(|area| of_kind().any(|whole| whole.contains(area)))
    }

    /// The kinds of areas that rows name.
    #[must_use]
    pub fn grounds(&self) -> &[Ground] {
        &self.grounds
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
        let condition = self.condition.is_empty() || self.condition.iter().any(|word| matter.terms.contains(word));
        category && condition && (self.priorities.is_empty() || matter.priority.is_some_and(|p| self.priorities.contains(&p)))
    }

    /// Does this row take every case of `later`?
    fn hides(&self, later: &Self) -> bool {
        let all = |p: &Priority| self.priorities.contains(p);
        self.clock == later.clock
            && later.category.starts_with(&self.category)
            && (self.ground.is_empty() || self.ground == later.ground)
            && (self.condition.is_empty()
                || later.condition.iter().all(|word| self.condition.contains(word)) && !later.condition.is_empty())
            && (self.priorities.is_empty() || !later.priorities.is_empty() && later.priorities.iter().all(all))
    }
}
