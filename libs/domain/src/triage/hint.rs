//! Duplicate hints: open incidents that may be the same matter, scored and explained. A hint links nothing; a seat does.
//!
//! Near, soon after, of the same kind, in the same words: each gives points of 100, and the reasons say which. The numbers were
//! settled on pairs that a city's own staff named; `tests/measured.rs` and `hub bench hints` measure them.

use std::cmp::Reverse;

use crate::{
    area::{AreaCode, Level, Point},
    id::IncidentId,
    incident::Incident,
    reason::{Reason, ReasonCode},
    time::Time,
};

/// Farther apart in time than this, two matters give no hint: a routine one waits for weeks, danger is of the hour.
const WINDOW_MINUTES: i64 = 30 * DAY_MINUTES;
const URGENT_MINUTES: i64 = 180;
const DAY_MINUTES: i64 = 24 * 60;
/// Within this they were most likely told of the same moment.
const CLOSE_MINUTES: i64 = 30;
/// Farther apart than this, two matters whose places are both known give no hint.
const RADIUS_METRES: u32 = 400;
/// By metres, the nearest first: points of 100.
const METRES: [(u32, u32); 3] = [(30, 45), (150, 30), (RADIUS_METRES, 15)];
/// By area, where one of the places is not known exactly.
const SAME_GRID: u32 = 40;
const SAME_COMMUNITY: u32 = 25;
/// By minutes apart, the closest first.
const MINUTES: [(i64, u32); 3] = [(CLOSE_MINUTES, 15), (DAY_MINUTES, 10), (7 * DAY_MINUTES, 5)];
const SAME_MATTER: u32 = 25;
const SAME_WORD: u32 = 10;
const MOST_WORDS: usize = 3;
/// A hint needs so many points. With words and no exact place: the community, the half hour, and two words.
const LEAST: u32 = 60;
/// No incident gets more hints than this.
const MOST: usize = 5;

/// An open incident that may be the same matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// It.
    pub incident: IncidentId,
    /// 0 to 100.
    pub score: u32,
    /// What speaks for it.
    pub reasons: Vec<Reason>,
}

/// What is compared of a matter.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// When it occurred.
    pub occurred: Time,
    /// Where, as far as it may be said in the clear.
    pub area: AreaCode,
    /// Where exactly; opened in memory for the moment of the call.
    pub point: Option<Point>,
    /// What kind of matter it is.
    pub category: Option<&'a str>,
    /// Words of the policies in it.
    pub terms: &'a [String],
    /// Of priority 1 or 2.
    pub urgent: bool,
}

impl<'a> Told<'a> {
    /// What an incident tells, at this point.
    #[must_use]
    pub fn of(incident: &'a Incident, point: Option<Point>) -> Self {
        Self {
            occurred: incident.occurred,
            area: incident.place.area,
            point,
            category: incident.counted_category().map(crate::id::MatterCode::as_str),
            terms: &incident.terms,
            urgent: incident.priority.or(incident.suggested).is_some_and(crate::incident::Priority::emergency),
        }
    }

    /// Can the two be compared at all, by their times and areas? Points need not be known for it.
    #[must_use]
    pub fn near(&self, other: &Self) -> bool {
        let window = if self.urgent || other.urgent { URGENT_MINUTES } else { WINDOW_MINUTES };
        self.minutes(other) <= window && self.same(other, Level::Subdistrict)
    }

    fn minutes(&self, other: &Self) -> i64 {
        (self.occurred.ms() - other.occurred.ms()).abs() / 60_000
    }

    fn same(&self, other: &Self, level: Level) -> bool {
        let deep = self.area.level() >= level && other.area.level() >= level;
        deep && self.area.at(level) == other.area.at(level)
    }

    /// How much speaks for the two being one matter, and what; none where nothing does.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<(u32, Vec<Reason>)> {
        if !self.near(other) {
            return None;
        }
        let mut reasons = Vec::new();
        let mut score = self.place(other, &mut reasons)?;
        let minutes = self.minutes(other);
        score += MINUTES.iter().find(|(most, _)| minutes <= *most).map_or(0, |(_, points)| *points);
        reasons.push(Reason::new(ReasonCode::HintMinutes, [("minutes", &minutes.to_string())]));
        if let (Some(one), Some(two)) = (self.category, other.category)
            && one == two
        {
            score += SAME_MATTER;
            reasons.push(Reason::new(ReasonCode::HintMatter, [("code", one)]));
        }
        for word in self.terms.iter().filter(|word| other.terms.contains(word)).take(MOST_WORDS) {
            score += SAME_WORD;
            reasons.push(Reason::new(ReasonCode::HintWord, [("word", word)]));
        }
        (score >= LEAST).then_some((score.min(100), reasons))
    }

    /// Points for the place: by metres where both points are known, else by the area in common.
    fn place(&self, other: &Self, reasons: &mut Vec<Reason>) -> Option<u32> {
        if let (Some(here), Some(there)) = (self.point, other.point) {
            let metres = here.metres_to(there);
            reasons.push(Reason::new(ReasonCode::HintMetres, [("metres", &metres.to_string())]));
            return METRES.iter().find(|(most, _)| metres <= *most).map(|(_, points)| *points);
        }
        let (level, points) = [(Level::Grid, SAME_GRID), (Level::Community, SAME_COMMUNITY)]
            .into_iter()
            .find(|(level, _)| self.same(other, *level))?;
        reasons.push(Reason::new(ReasonCode::HintArea, [("area", &self.area.at(level).to_string())]));
        Some(points)
    }
}

/// May this incident be hinted at? Open, of today, with a report of its own.
#[must_use]
pub fn comparable(incident: &Incident) -> bool {
    !incident.stage.ended() && !incident.history && !incident.reports.is_empty()
}

/// The best hints for `incident` among `others`, best first, then the closest in time; whoever may not see one of them leaves it
/// out beforehand.
pub fn hints<'a>(incident: (&Incident, Option<Point>), others: impl Iterator<Item = (&'a Incident, Option<Point>)>) -> Vec<Hint> {
    let here = Told::of(incident.0, incident.1);
    let mut hints: Vec<(i64, Hint)> = others
        .filter(|(other, _)| other.id != incident.0.id && comparable(other))
        .filter_map(|(other, point)| {
            let there = Told::of(other, point);
            let (score, reasons) = here.compare(&there)?;
            Some((here.minutes(&there), Hint { incident: other.id, score, reasons }))
        })
        .collect();
    hints.sort_by_key(|(minutes, hint)| (Reverse(hint.score), *minutes, hint.incident));
    hints.into_iter().map(|(_, hint)| hint).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::tests::{kit::*, lives::received};

    fn told(id: u128, later: i64, terms: &[&str], area: &str) -> Life {
        let mut new = report(GRID, Some(HOTLINE), "a");
        new.terms = terms.iter().map(|&word| word.to_owned()).collect();
        new.place = crate::area::Place { area: area.parse().expect("an area") };
        Life::of(id).wait(later).given(&desk(GRID), receive(new))
    }

    #[test]
    fn the_same_words_from_the_same_community_within_minutes_are_hinted_with_what_speaks_for_it() {
        let (one, two) = (told(1, 0, &["积水", "车库"], "320111004001"), told(2, 60, &["积水", "车库", "铁锹"], "320111004001"));
        let hints = hints((&two.incident, None), [(&one.incident, None)].into_iter());
        assert_eq!(hints.iter().map(|hint| (hint.incident, hint.score)).collect::<Vec<_>>(), [(one.incident.id, 60)]);
        let said: Vec<_> = hints[0].reasons.iter().map(|reason| reason.code.code()).collect();
        assert_eq!(said, ["hint.area", "hint.minutes", "hint.word", "hint.word"]);
        assert!(hints[0].reasons.iter().all(|reason| reason.complete() && reason.plain()));
    }

    #[test]
    fn elsewhere_later_without_a_shared_word_or_ended_gives_no_hint() {
        let one = told(1, 0, &["积水"], "320111004001");
        let none = |other: &Life| assert_eq!(hints((&other.incident, None), [(&one.incident, None)].into_iter()), []);
        none(&told(2, 60, &["积水"], "320111004002"));
        none(&told(2, 4 * HOUR, &["积水"], "320111004001"));
        none(&told(2, 60, &["噪音"], "320111004001"));
        none(&one);
        let ended = received().given(&desk(GRID), answer());
        assert_eq!(hints((&one.incident, None), [(&ended.incident, None)].into_iter()), []);
    }

    #[test]
    fn metres_count_where_both_points_are_known_and_beyond_the_radius_nothing_is_hinted() {
        let (one, two) = (told(1, 0, &["积水"], "320111004001"), told(2, 60, &["积水"], "320111004002"));
        let here = Point { lon_e7: 1_186_200_000, lat_e7: 320_500_000 };
        let north = |metres: i64| Point { lat_e7: here.lat_e7 + metres * 10_000_000 / 111_320, ..here };
        let score = |metres: i64| {
            let found = hints((&two.incident, Some(here)), [(&one.incident, Some(north(metres)))].into_iter());
            found.first().map(|hint| hint.score)
        };
        // The neighbouring community, over the road: the same word within the half hour.
        assert_eq!(score(20), Some(70));
        assert_eq!(score(120), None, "30 + 15 + 10 points are too few");
        assert_eq!(score(500), None);
        let areas_alone = hints((&two.incident, None), [(&one.incident, Some(here))].into_iter());
        assert_eq!(areas_alone, [], "two communities, and one place is not known");
    }

    #[test]
    fn a_routine_matter_is_hinted_for_weeks_and_danger_for_hours() {
        let at = |id, later, priority| {
            let mut new = report(GRID, Some(HOTLINE), "a");
            (new.terms, new.priority) = (vec!["积水".to_owned(), "车库".to_owned()], Some(priority));
            new.place = crate::area::Place { area: "320111004001001".parse().expect("a grid") };
            Life::of(id).wait(later).given(&desk(GRID), receive(new))
        };
        let found = |priority| {
            let (one, two) = (at(1, 0, priority), at(2, 20 * HOUR, priority));
            hints((&two.incident, None), [(&one.incident, None)].into_iter()).len()
        };
        assert_eq!((found(crate::incident::Priority::SOON), found(crate::incident::Priority::URGENT)), (1, 0));
    }
}
