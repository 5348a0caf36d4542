//! Communities and grids as partners know them, and who is on duty there.

use domain::{
    area::{AreaCode, AreaKind, Areas, Level},
    time::Time,
};

use super::{
    Partner,
    case::Case,
    dice::Dice,
    script::{hour, within},
};

/// Grid workers' day, +08:00.
const DAY: (i64, i64) = (8, 20);
/// Cars of a police station, and grid workers of a grid by day.
const CARS: u64 = 6;
const WORKERS: u64 = 2;
/// Mixed teams of a subdistrict by day; one more is there at night.
const TEAMS: u64 = 3;

/// One community.
#[derive(Debug)]
pub(crate) struct Community {
    pub(crate) code: AreaCode,
    pub(crate) name: String,
    pub(crate) grids: Vec<AreaCode>,
}

/// The communities of a district, by the number of their grids: more people, more matters.
#[derive(Debug)]
pub(crate) struct Places(Vec<(u32, Community)>);

impl Places {
    /// The communities of the district's subdistricts.
    pub(crate) fn new(areas: &Areas) -> Self {
        let subdistricts = areas.children(areas.district()).filter(|(_, area)| area.kind == AreaKind::Subdistrict);
        let communities = subdistricts.flat_map(|(code, _)| areas.children(code)).map(|(code, area)| {
            let grids: Vec<_> = areas.children(code).map(|(grid, _)| grid).collect();
            let name = short(&area.name).to_owned();
            (u32::try_from(grids.len()).unwrap_or(1).max(1), Community { code, name, grids })
        });
        Self(communities.collect())
    }

    /// One of them.
    pub(crate) fn community(&self, dice: &mut Dice) -> &Community {
        dice.weighed(&self.0)
    }

    /// Whom to send, and when at the earliest: the `nth` try for this task. Nobody off shift is sent.
    pub(crate) fn unit(
        &self,
        partner: Partner,
        case: &Case,
        stage: bool,
        due: Time,
        nth: usize,
        dice: &mut Dice,
    ) -> (Time, String) {
        let area = case.area.parse::<AreaCode>().ok().filter(|area| area.level() > Level::District);
        let area = area.unwrap_or_else(|| self.community(dice).code);
        let subdistrict = area.at(Level::Subdistrict);
        let nth = nth as u64;
        match partner {
            Partner::Police110 => (due, format!("car/{subdistrict}-{}", 1 + (dice.below(CARS) + nth) % CARS)),
            Partner::GridPlatform => {
                let spread = dice.below(3_000).cast_signed();
                let team = dice.chance(0.2) || stage || case.urgent();
                let by_day = (DAY.0..DAY.1).contains(&hour(due));
                if !by_day && (stage || case.urgent()) {
                    return (due, format!("team/{subdistrict}-{}", TEAMS + 1));
                }
                let due = within(due, DAY.0, DAY.1, spread);
                if team {
                    return (due, format!("team/{subdistrict}-{}", 1 + (dice.below(TEAMS) + nth) % TEAMS));
                }
                let grid = self.grid(area, dice);
                (due, format!("worker/{grid}-{}", 1 + (dice.below(WORKERS) + nth) % WORKERS))
            }
        }
    }

    /// The grid, or one of the community's where only that is known.
    fn grid(&self, area: AreaCode, dice: &mut Dice) -> AreaCode {
        if area.level() == Level::Grid {
            return area;
        }
        let within: Vec<AreaCode> = self
            .0
            .iter()
            .filter(|(_, community)| area.contains(community.code))
            .flat_map(|(_, community)| community.grids.clone())
            .collect();
        if within.is_empty() { area } else { dice.pick(&within) }
    }
}

/// Is this unit at work at that hour? Cars always are.
#[cfg(test)]
pub(crate) fn on_shift(unit: &str, at: Time) -> bool {
    let day = (DAY.0..DAY.1).contains(&hour(at));
    let night_team = unit.starts_with("team/") && unit.ends_with(&format!("-{}", TEAMS + 1));
    unit.starts_with("car/") || if night_team { !day } else { day }
}

/// A community's name as people say it.
fn short(name: &str) -> &str {
    let bare = ["居民委员会", "村民委员会", "居委会", "委会"].iter().find_map(|tail| name.strip_suffix(tail));
    bare.unwrap_or(name)
}
