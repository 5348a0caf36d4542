//! Which unit to send: hard bars of safety first, then who is free, then who is near; each with its reasons.
//!
//! What a unit says of itself ([`Announced`]) lives in memory for as long as its shift, and is no fact: where staff are is
//! kept nowhere (practice-rules §5.13). The bars are data ([`BARS`]), the first that fits decides (practice-rules §3.9).

use std::cmp::Reverse;

use crate::{
    area::{AreaCode, Level, Point},
    id::{Agency, AgencyKind, IncidentId, MatterCode, UnitId},
    incident::{Incident, kinds::Flag},
    reason::{Reason, ReasonCode},
    time::Time,
};

/// A position older than this says no longer where a unit is.
const OLD_MINUTES: i64 = 10;
/// No advice names more units than this; the rest are counted.
const MOST: usize = 8;
/// Tasks that enforce the law (practice-rules §3.9: two licensed officers).
const ENFORCE: &str = "task/enforce";
/// The one task for units that wait outside until it is safe.
const STAGE: &str = "task/stage";

/// Does this reason keep a unit away, whatever speaks for it? (The scene's own bar is asked of the incident.)
#[must_use]
pub(crate) fn bars(code: ReasonCode) -> bool {
    matches!(code, ReasonCode::UnitOffShift | ReasonCode::UnitAlone | ReasonCode::UnitUnlicensed)
}

/// What a unit says of itself while it is on shift. Numbers of people only: no name, no number of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The unit.
    pub unit: UnitId,
    /// Whose unit it is.
    pub agency: Agency,
    /// The area it works in.
    pub area: AreaCode,
    /// How many go together.
    pub people: u32,
    /// How many of them hold a licence to enforce.
    pub licensed: u32,
    /// The end of its shift.
    pub until: Time,
    /// Where it was last seen.
    pub point: Option<Point>,
    /// When it said all this.
    pub seen: Time,
}

/// One unit, as a seat is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// The unit.
    pub unit: UnitId,
    /// Why it may not be sent at all; nothing outweighs that.
    pub barred: Option<Reason>,
    /// The incident whose order it is on.
    pub busy: Option<IncidentId>,
    /// How far it is, in metres, where both places are known and its own is fresh.
    pub metres: Option<u32>,
    /// What speaks for and against it.
    pub reasons: Vec<Reason>,
}

/// All that is advised for one agency's part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advice {
    /// The best first; barred ones last.
    pub units: Vec<Ranked>,
    /// What is wanting.
    pub shortfalls: Vec<Reason>,
}

/// What advice is asked for.
#[derive(Clone, Copy)]
pub struct Need<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// Whose unit is sought.
    pub agency: &'a Agency,
    /// What it is to do, where that is known.
    pub task: Option<&'a MatterCode>,
    /// Where, as exactly as it is known; opened in memory for the moment of the call.
    pub point: Option<Point>,
    /// Now.
    pub at: Time,
}

/// One bar: whom it keeps away, from what, and how it is said.
struct Bar {
    holds: fn(&Need<'_>, &Announced) -> bool,
    says: fn(&Need<'_>) -> Reason,
}

/// The hard bars, in the order in which they are asked.
const BARS: &[Bar] = &[
    Bar { holds: |need, unit| unit.until <= need.at, says: |_| Reason::new(ReasonCode::UnitOffShift, []) },
    Bar {
        holds: |need, _| need.incident.barred(need.agency) && need.task.is_none_or(|task| task.as_str() != STAGE),
        says: |need| match need.incident.danger() {
            Some(flag) => Reason::new(ReasonCode::TriageBarred, [("flag", flag.word())]),
            None => Reason::new(ReasonCode::UnitUnsafe, []),
        },
    },
    Bar {
        holds: |need, unit| unit.people < 2 && lone(need).is_some(),
        says: |need| Reason::new(ReasonCode::UnitAlone, [("flag", lone(need).map_or("", Flag::word))]),
    },
    Bar {
        holds: |need, unit| need.task.is_some_and(|task| task.as_str() == ENFORCE) && unit.licensed < 2,
        says: |_| Reason::new(ReasonCode::UnitUnlicensed, []),
    },
];

/// The flag for which nobody goes alone. A police car alone may be sent: police know how many they are.
fn lone(need: &Need<'_>) -> Option<Flag> {
    need.incident.danger().filter(|_| need.agency.kind() != AgencyKind::Police)
}

/// Ranks an agency's units for one part. `busy` names the incident whose order a unit is on.
#[must_use]
pub fn advise<'a>(
    need: &Need<'_>,
    announced: impl Iterator<Item = &'a Announced>,
    busy: impl Fn(&UnitId) -> Option<IncidentId>,
) -> Advice {
    let of_agency = announced.filter(|unit| unit.agency == *need.agency);
    let mut known: Vec<(Key, Ranked)> = of_agency.map(|unit| rank(need, unit, busy(&unit.unit))).collect();
    known.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.unit.cmp(&b.1.unit)));
    let shortfalls = shortfalls(need, &known);
    Advice { units: known.into_iter().map(|(_, ranked)| ranked).take(MOST).collect(), shortfalls }
}

/// Smaller is better: not barred, free, the deepest area in common, then near.
type Key = (bool, bool, u32, Reverse<Level>);

fn rank(need: &Need<'_>, unit: &Announced, busy: Option<IncidentId>) -> (Key, Ranked) {
    let barred = BARS.iter().find(|bar| (bar.holds)(need, unit)).map(|bar| (bar.says)(need));
    let age = (need.at.ms() - unit.seen.ms()) / 60_000;
    let metres = match (need.point, unit.point) {
        (Some(here), Some(there)) if age <= OLD_MINUTES => Some(here.metres_to(there)),
        (Some(_) | None, Some(_) | None) => None,
    };
    let common = shared(need.incident.place.area, unit.area);
    let mut reasons: Vec<Reason> = barred.iter().cloned().collect();
    match (metres, unit.point) {
        (Some(metres), _) => reasons.push(Reason::new(ReasonCode::UnitMetres, [("metres", &metres.to_string())])),
        (None, Some(_)) if age > OLD_MINUTES => {}
        (None, Some(_) | None) => reasons.push(Reason::new(ReasonCode::UnitArea, [("area", &unit.area.to_string())])),
    }
    if unit.point.is_some() {
        let code = if age > OLD_MINUTES { ReasonCode::UnitPositionOld } else { ReasonCode::UnitPosition };
        reasons.push(Reason::new(code, [("minutes", &age.max(0).to_string())]));
    }
    reasons.extend(busy.map(|_| Reason::new(ReasonCode::UnitBusy, [])));
    let key = (barred.is_some(), busy.is_some(), metres.unwrap_or(u32::MAX), Reverse(common));
    (key, Ranked { unit: unit.unit.clone(), barred, busy, metres, reasons })
}

/// The deepest level at which two areas are the same.
fn shared(one: AreaCode, two: AreaCode) -> Level {
    let levels = [Level::Grid, Level::Community, Level::Subdistrict];
    let same = |level: &Level| one.level() >= *level && two.level() >= *level && one.at(*level) == two.at(*level);
    levels.into_iter().find(same).unwrap_or(Level::District)
}

/// What a seat should know is missing, before it looks at any row.
fn shortfalls(need: &Need<'_>, known: &[(Key, Ranked)]) -> Vec<Reason> {
    let area = need.incident.place.area.to_string();
    let mut said = Vec::new();
    let on_shift = |ranked: &&Ranked| ranked.barred.as_ref().is_none_or(|bar| bar.code != ReasonCode::UnitOffShift);
    let free = known.iter().map(|(_, ranked)| ranked).filter(|ranked| ranked.barred.is_none() && ranked.busy.is_none());
    match (known.iter().map(|(_, ranked)| ranked).filter(on_shift).count(), free.clone().count()) {
        (0, _) => said.push(Reason::new(ReasonCode::UnitNoneOnShift, [("agency", need.agency.as_str()), ("area", &area)])),
        (on_shift, 0) => said.push(Reason::new(ReasonCode::UnitNoneFree, [("number", &on_shift.to_string())])),
        (_, _) => {}
    }
    if need.point.is_none() {
        said.push(Reason::new(ReasonCode::UnitNoPoint, [("area", &area)]));
    } else if free.clone().next().is_some() && free.clone().all(|ranked| ranked.metres.is_none()) {
        said.push(Reason::new(ReasonCode::UnitNoPosition, []));
    }
    said
}

#[cfg(test)]
mod tests;
