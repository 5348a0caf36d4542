//! Police areas (分局 / 派出所 / 警格) over the areas of the district: dated, many to many. They are no prefixes of area
//! codes (practice-rules §3.7): one community may lie in two beats, and a beat reach over two subdistricts.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;

use super::header::{File, Header, PolicyError};
use crate::{
    area::{AreaCode, Areas},
    time::Time,
};

/// The mapping.
#[derive(Debug, Clone)]
pub struct PoliceAreas {
    /// What the file says of itself.
    pub header: Header,
    stations: Vec<Station>,
    beats: Vec<Beat>,
}

/// A police station.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Station {
    /// Its code: letters, digits, `-`.
    pub code: String,
    /// Its name on screens.
    pub name: String,
    /// The bureau it belongs to (分局).
    pub bureau: String,
}

/// What one station, or one beat of it, looks after from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// The station's code.
    pub station: String,
    /// The beat (警格); the whole station where none is named.
    pub beat: Option<String>,
    /// Subdistricts, communities, grids.
    pub areas: BTreeSet<AreaCode>,
    /// From this day on.
    pub from: Date,
    /// Up to the day before this one; no end where none is named.
    pub until: Option<Date>,
}

#[derive(Deserialize)]
struct Body {
    station: Vec<Station>,
    beat: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    station: String,
    beat: Option<String>,
    areas: Vec<AreaCode>,
    from: String,
    until: Option<String>,
}

impl PoliceAreas {
    pub(crate) fn read(file: File<'_>) -> Result<Self, PolicyError> {
        let (header, body): (_, Body) = file.parse()?;
        let plain = |code: &str| !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let mut codes = BTreeSet::new();
        for station in &body.station {
            if !plain(&station.code) || !codes.insert(station.code.as_str()) {
                return Err(file.wrong(format!("station {}", station.code), "give each a code of its own: letters, digits, -"));
            }
        }
        let mut beats: Vec<Beat> = Vec::new();
        for (nth, row) in body.beat.into_iter().enumerate() {
            let name = format!("beat {} ({})", nth + 1, row.station);
            let day = |text: &str| text.parse::<Date>().map_err(|_| file.wrong(&name, "write a day like 2026-01-01"));
            if !codes.contains(row.station.as_str()) {
                return Err(file.wrong(&name, "no station has this code"));
            }
            if row.beat.as_deref().is_some_and(|beat| !plain(beat)) {
                return Err(file.wrong(&name, "a beat's code holds letters, digits and -"));
            }
            let (from, until) = (day(&row.from)?, row.until.as_deref().map(day).transpose()?);
            if until.is_some_and(|until| until <= from) {
                return Err(file.wrong(&name, "ends before it begins"));
            }
            let whole = row.areas.len();
            let areas: BTreeSet<AreaCode> = row.areas.into_iter().collect();
            if areas.is_empty() || areas.len() != whole {
                return Err(file.wrong(&name, "name at least one area, and each once"));
            }
            let beat = Beat { station: row.station, beat: row.beat, areas, from, until };
            if let Some(earlier) = beats.iter().position(|earlier| earlier.same_days_and_areas(&beat)) {
                return Err(file.wrong(&name, format!("says again what beat {} says of the same days", earlier + 1)));
            }
            beats.push(beat);
        }
        Ok(Self { header, stations: body.station, beats })
    }

    /// Are all its areas in the district's table?
    ///
    /// # Errors
    /// The first one that is not.
    pub fn fits(&self, areas: &Areas) -> Result<(), PolicyError> {
        let unknown = self.beats.iter().flat_map(|beat| beat.areas.iter().map(move |code| (beat, code)));
        let unknown = unknown.into_iter().find(|(_, code)| areas.get(**code).is_none());
        unknown.map_or(Ok(()), |(beat, code)| {
            let (row, reason) = (format!("station {}", beat.station), format!("the district has no area {code}"));
            Err(PolicyError::Row { file: self.header.name.clone(), row, reason })
        })
    }

    /// Who looks after this area on that day: those with the deepest area that holds it; where only something wider is
    /// known of the place, all who look after a part of it. Several is an answer: a person decides.
    #[must_use]
    pub fn of(&self, area: AreaCode, at: Time) -> Vec<(&Station, &Beat)> {
        let day = at.civil().date();
        let live = || self.beats.iter().filter(move |beat| beat.from <= day && beat.until.is_none_or(|until| day < until));
        let depth = |beat: &Beat| beat.areas.iter().filter(|known| known.contains(area)).map(|known| known.level()).max();
        let deepest = live().filter_map(depth).max();
        let found: Vec<&Beat> = match deepest {
            Some(level) => live().filter(|beat| depth(beat) == Some(level)).collect(),
            None => live().filter(|beat| beat.areas.iter().any(|known| area.contains(*known))).collect(),
        };
        let station = |beat: &Beat| self.stations.iter().find(|station| station.code == beat.station);
        found.into_iter().filter_map(|beat| Some((station(beat)?, beat))).collect()
    }
}

impl Beat {
    fn same_days_and_areas(&self, later: &Self) -> bool {
        let apart = self.until.is_some_and(|until| until <= later.from) || later.until.is_some_and(|until| until <= self.from);
        !apart && self.station == later.station && self.beat == later.beat && !self.areas.is_disjoint(&later.areas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "name = \"police-areas\"\nversion = \"1\"\nvalid_from = \"2026-01-01\"\nsource = \"test\"\nsample = true\n";
    const STATIONS: &str = "[[station]]\ncode = \"A\"\nname = \"甲派出所\"\nbureau = \"分局\"\n[[station]]\ncode = \"B\"\nname = \"乙派出所\"\nbureau = \"分局\"\n";

    fn read(beats: &str) -> Result<PoliceAreas, PolicyError> {
        PoliceAreas::read(File { name: "police.toml", text: &format!("{HEAD}{STATIONS}{beats}") })
    }

    fn beat(station: &str, beat: &str, areas: &[&str], from: &str, until: &str) -> String {
        let beat = if beat.is_empty() { String::new() } else { format!("beat = \"{beat}\"\n") };
        let until = if until.is_empty() { String::new() } else { format!("until = \"{until}\"\n") };
        format!("[[beat]]\nstation = \"{station}\"\n{beat}areas = {areas:?}\nfrom = \"{from}\"\n{until}")
    }

    fn named(areas: &PoliceAreas, area: &str, day: &str) -> Vec<String> {
        let at = format!("{day}T12:00:00.000+08:00").parse().expect("a time");
        let found = areas.of(area.parse().expect("an area"), at);
        found.iter().map(|(station, beat)| format!("{}{}", station.code, beat.beat.as_deref().unwrap_or(""))).collect()
    }

    #[test]
    fn one_community_may_lie_in_two_beats_and_a_beat_in_two_subdistricts() {
        let text = [
            beat("A", "", &["320111004"], "2026-01-01", ""),
            beat("A", "1", &["320111004001", "320111005001"], "2026-01-01", ""),
            beat("B", "7", &["320111004001"], "2026-01-01", ""),
        ];
        let areas = read(&text.concat()).expect("a mapping");
        assert_eq!(named(&areas, "320111004001003", "2026-03-01"), ["A1", "B7"]);
        assert_eq!(named(&areas, "320111005001", "2026-03-01"), ["A1"]);
        assert_eq!(named(&areas, "320111004002", "2026-03-01"), ["A"], "no beat: the station");
        assert_eq!(named(&areas, "320111005", "2026-03-01"), ["A1"], "a part of it is looked after");
        assert_eq!(named(&areas, "320111008", "2026-03-01"), [""; 0]);
    }

    #[test]
    fn a_community_goes_to_another_station_on_its_day_and_not_before() {
        let moved =
            [beat("A", "", &["320111004001"], "2026-01-01", "2026-07-01"), beat("B", "", &["320111004001"], "2026-07-01", "")];
        let areas = read(&moved.concat()).expect("a mapping");
        assert_eq!(named(&areas, "320111004001", "2026-06-30"), ["A"]);
        assert_eq!(named(&areas, "320111004001", "2026-07-01"), ["B"]);
        assert_eq!(named(&areas, "320111004001", "2025-12-31"), [""; 0]);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_row() {
        let area: &[&str] = &["320111004"];
        for (text, reason) in [
            (beat("C", "", area, "2026-01-01", ""), "no station has this code"),
            (beat("A", "1 2", area, "2026-01-01", ""), "a beat's code"),
            (beat("A", "", area, "1.1.2026", ""), "write a day"),
            (beat("A", "", area, "2026-01-01", "2026-01-01"), "ends before it begins"),
            (beat("A", "", &[], "2026-01-01", ""), "at least one area"),
            (beat("A", "", area, "2026-01-01", "").repeat(2), "says again what beat 1 says"),
        ] {
            let wrong = read(&text).expect_err(reason).to_string();
            assert!(wrong.contains(reason) && wrong.starts_with("police.toml: beat"), "{wrong}");
        }
        let twice = format!("{HEAD}{STATIONS}{STATIONS}beat = []\n");
        PoliceAreas::read(File { name: "police.toml", text: &twice }).expect_err("a station twice");
    }

    #[test]
    fn the_sample_lies_in_the_district_and_every_community_has_a_station() {
        let (policies, areas) = (crate::policy::Policies::sample(), Areas::pukou());
        assert_eq!(policies.police_areas.fits(&areas), Ok(()));
        let at = "2026-07-08T12:00:00.000+08:00".parse().expect("a time");
        for (code, _) in areas.iter().filter(|(code, area)| code.level() == crate::area::Level::Community && !area.name.is_empty())
        {
            assert!(!policies.police_areas.of(code, at).is_empty(), "{code} has no station");
        }
        let elsewhere = read(&beat("A", "", &["320112004"], "2026-01-01", "")).expect("well formed");
        assert!(elsewhere.fits(&areas).expect_err("another district").to_string().contains("no area 320112004"));
    }
}
