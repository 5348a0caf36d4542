//! The table of a district's areas, and the 467 grids numbered over it by a fixed rule.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    code::{AreaCode, Level},
    geometry::{Geometry, Point},
    names::{Named, Names},
};
use crate::policy::header::{File, Header, PolicyError};

/// All areas of one district.
#[derive(Debug)]
pub struct Areas {
    /// What the file says of itself.
    pub header: Header,
    district: AreaCode,
    areas: BTreeMap<AreaCode, Area>,
    names: Names,
    geometry: Option<Geometry>,
}

/// One area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Its name on screens.
    pub name: String,
    /// What it is.
    pub kind: AreaKind,
}

/// What an area is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AreaKind {
    /// 区.
    District,
    /// 街道.
    Subdistrict,
    /// 农场 or 林场.
    Farm,
    /// 园区.
    Park,
    /// 社区, run by a residents' committee (居委会).
    Community,
    /// 村, run by a villagers' committee (村委会).
    Village,
    /// 网格.
    Grid,
    /// Inside the outline, run by somebody else.
    Neighbour,
}

#[derive(Deserialize)]
struct Body {
    district: AreaCode,
    district_name: String,
    grids: u32,
    #[serde(default)]
    ambiguous: Vec<AreaCode>,
    subdistrict: Vec<Subdistrict>,
    #[serde(default)]
    neighbour: Vec<Neighbour>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subdistrict {
    code: AreaCode,
    name: String,
    kind: AreaKind,
    communities: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Neighbour {
    pub(super) code: AreaCode,
    pub(super) name: String,
    pub(super) run_by: String,
}

/// The table of the pattern district, Pukou, and its outline with the rings of its grids.
const PUKOU: (&str, &str) = ("areas-320111.toml", include_str!("../../../../deploy/policy/areas-320111.toml"));
const PUKOU_RINGS: (&str, &str) = ("geometry-320111.toml", include_str!("../../../../deploy/policy/geometry-320111.toml"));

impl Areas {
    /// The areas of Pukou (320111) from the statistics codes of 2023; the grids are numbered and drawn by our own rules.
    ///
    /// # Panics
    /// Never in a build whose tests passed: the files are compiled in, and a test reads them.
    #[must_use]
    pub fn pukou() -> Self {
        let areas = Self::read(File { name: PUKOU.0, text: PUKOU.1 });
        let drawn = areas.and_then(|areas| areas.with_rings(File { name: PUKOU_RINGS.0, text: PUKOU_RINGS.1 }));
        #[expect(clippy::panic, reason = "the files are part of the build; a test reads them")]
        drawn.unwrap_or_else(|wrong| panic!("{wrong}"))
    }

    /// Reads a district's table.
    ///
    /// # Errors
    /// Unreadable text, a code outside its parent, a code or a whole subdistrict given twice.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        Self::read(File { name: "areas", text })
    }

    fn read(file: File<'_>) -> Result<Self, PolicyError> {
        let (header, body): (_, Body) = file.parse()?;
        let Body { district, district_name, grids, ambiguous, subdistrict, neighbour } = body;
        let mut areas = BTreeMap::from([(district, Area { name: district_name, kind: AreaKind::District })]);
        let mut add = |code: AreaCode, parent: AreaCode, area: Area| {
            if code.parent() != Some(parent) {
                return Err(file.wrong(code.to_string(), format!("does not lie in {parent}")));
            }
            if areas.insert(code, area).is_some() {
                return Err(file.wrong(code.to_string(), "is given twice"));
            }
            Ok(())
        };
        for Subdistrict { code, name, kind, communities } in subdistrict {
            add(code, district, Area { name, kind })?;
            for (text, name) in communities {
                let community: AreaCode = text.parse().map_err(|wrong: super::BadCode| file.wrong(&text, wrong.to_string()))?;
                let kind = if name.ends_with("村委会") || name.ends_with("村民委员会") {
                    AreaKind::Village
                } else {
                    AreaKind::Community
                };
                add(community, code, Area { name, kind })?;
            }
        }
        for row in &neighbour {
            add(row.code, district, Area { name: row.name.clone(), kind: AreaKind::Neighbour })?;
        }
        let names = Names::build(&areas, &ambiguous, &neighbour);
        number_grids(&mut areas, grids, file)?;
        Ok(Self { header, district, areas, names, geometry: None })
    }

    /// Adds outlines: of the district and of grids, `[[grid]] code, ring` and `outline`, degrees × 10⁷, CGCS2000.
    ///
    /// # Errors
    /// Unreadable text, a grid that is not in the table, a ring of fewer than three corners.
    pub fn with_geometry(self, text: &str) -> Result<Self, PolicyError> {
        self.with_rings(File { name: "geometry", text })
    }

    fn with_rings(mut self, file: File<'_>) -> Result<Self, PolicyError> {
        let known = |code: AreaCode| code.level() == Level::Grid && self.areas.contains_key(&code);
        self.geometry = Some(Geometry::read(file, known)?);
        Ok(self)
    }

    /// The district's own code.
    #[must_use]
    pub const fn district(&self) -> AreaCode {
        self.district
    }

    /// What is known of an area.
    #[must_use]
    pub fn get(&self, code: AreaCode) -> Option<&Area> {
        self.areas.get(&code)
    }

    /// Is this the name of an area that a text can mean, or of who runs one?
    #[must_use]
    pub fn says(&self, text: &str) -> bool {
        self.names.says(text)
    }

    /// All areas in order of code, neighbours included.
    pub fn iter(&self) -> impl Iterator<Item = (AreaCode, &Area)> {
        self.areas.iter().map(|(code, area)| (*code, area))
    }

    /// The areas directly within `parent`.
    pub fn children(&self, parent: AreaCode) -> impl Iterator<Item = (AreaCode, &Area)> {
        self.areas.range(parent..).filter(move |(code, _)| code.parent() == Some(parent)).map(|(code, area)| (*code, area))
    }

    /// All grids, in order of code.
    pub fn grids(&self) -> impl Iterator<Item = AreaCode> {
        self.areas.keys().copied().filter(|code| code.level() == Level::Grid)
    }

    /// The grid in which a point lies: at most one, edges belong to one side only. None where no polygons are loaded.
    #[must_use]
    pub fn grid_at(&self, lon_e7: i64, lat_e7: i64) -> Option<AreaCode> {
        self.geometry.as_ref()?.grid_at(Point { lon_e7, lat_e7 })
    }

    /// Does the point lie within the district's outline? None where no outline is loaded.
    #[must_use]
    pub fn within(&self, lon_e7: i64, lat_e7: i64) -> Option<bool> {
        self.geometry.as_ref()?.within(Point { lon_e7, lat_e7 })
    }

    /// The areas that a text names, each once, in the order of the text.
    #[must_use]
    pub fn named_in(&self, text: &str) -> Vec<Named> {
        self.names.find(text)
    }
}

/// Numbers the grids 001… within each community of the subdistricts, in proportion to weight: a town community counts 3,
/// a village 2 (a grid has about 500 households in town, 300 in villages, and a village far fewer households).
/// Largest remainder; equal remainders go to the smaller code. Farms and parks have no grids until a table says so.
fn number_grids(areas: &mut BTreeMap<AreaCode, Area>, grids: u32, file: File<'_>) -> Result<(), PolicyError> {
    let of_subdistrict =
        |code: AreaCode| areas.get(&code.at(Level::Subdistrict)).is_some_and(|area| area.kind == AreaKind::Subdistrict);
    let weigh = |area: &Area| match area.kind {
        AreaKind::Community => 3,
        AreaKind::Village => 2,
        AreaKind::District | AreaKind::Subdistrict | AreaKind::Farm | AreaKind::Park | AreaKind::Grid | AreaKind::Neighbour => 0,
    };
    let weights: Vec<(AreaCode, u32, String)> = areas
        .iter()
        .filter(|(code, area)| weigh(area) > 0 && of_subdistrict(**code))
        .map(|(code, area)| (*code, weigh(area), area.name.clone()))
        .collect();
    let whole: u32 = weights.iter().map(|(_, weight, _)| weight).sum();
    if whole == 0 || grids > 999 {
        return Err(file.wrong("grids", "needs communities to lie in, and at most 999 of them"));
    }
    let mut counts: Vec<u32> = weights.iter().map(|(_, weight, _)| grids * weight / whole).collect();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|&nth| (std::cmp::Reverse(grids * weights[nth].1 % whole), weights[nth].0));
    let left = grids - counts.iter().sum::<u32>();
    for &nth in by_remainder.iter().take(left as usize) {
        counts[nth] += 1;
    }
    for ((community, _, name), count) in weights.iter().zip(counts) {
        for number in 1..=count {
            let code = community.child(number);
            let short = name.trim_end_matches("居民委员会").trim_end_matches("居委会").trim_end_matches("村委会");
            areas.insert(code, Area { name: format!("{short}第{number}网格"), kind: AreaKind::Grid });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
