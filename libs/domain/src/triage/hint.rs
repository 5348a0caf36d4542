//! Duplicate hints: open incidents that may be the same matter, scored and explained. A hint links nothing; a seat does.

use crate::{
    area::Level,
    id::IncidentId,
    incident::Incident,
    reason::{Reason, ReasonCode},
};

/// Farther apart in time than this, two matters give no hint.
const WINDOW_MINUTES: i64 = 180;
/// Within this they were most likely told of the same moment.
const CLOSE_MINUTES: i64 = 30;
/// Points of 100; a hint needs [`LEAST`].
const SAME_COMMUNITY: u32 = 35;
const SAME_GRID: u32 = 15;
const CLOSE: u32 = 15;
const SAME_MATTER: u32 = 20;
const SAME_WORD: u32 = 10;
const MOST_WORDS: usize = 3;
const LEAST: u32 = 55;
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

/// The best hints for `incident` among `others`, best first; whoever may not see one of them leaves it out beforehand.
pub fn hints<'a>(incident: &Incident, others: impl Iterator<Item = &'a Incident>) -> Vec<Hint> {
    let mut hints: Vec<Hint> = others.filter_map(|other| hint(incident, other)).collect();
    hints.sort_by(|a, b| b.score.cmp(&a.score).then(a.incident.cmp(&b.incident)));
    hints.truncate(MOST);
    hints
}

fn hint(incident: &Incident, other: &Incident) -> Option<Hint> {
    let minutes = (incident.occurred.ms() - other.occurred.ms()).abs() / 60_000;
    let (here, there) = (incident.place.area, other.place.area);
    let within = |level: Level| here.level() >= level && there.level() >= level && here.at(level) == there.at(level);
    let open = other.id != incident.id && !other.stage.ended() && !other.history && !other.reports.is_empty();
    if !open || minutes > WINDOW_MINUTES || !within(Level::Community) {
        return None;
    }
    let (mut score, mut reasons) = (SAME_COMMUNITY, Vec::new());
    let mut because = |code, name: &str, value: &str| reasons.push(Reason::new(code, [(name, value)]));
    let grid = within(Level::Grid);
    score += if grid { SAME_GRID } else { 0 };
    because(ReasonCode::HintArea, "area", &here.at(if grid { Level::Grid } else { Level::Community }).to_string());
    score += if minutes <= CLOSE_MINUTES { CLOSE } else { 0 };
    because(ReasonCode::HintMinutes, "minutes", &minutes.to_string());
    if let (Some(one), Some(two)) = (incident.counted_category(), other.counted_category())
        && one == two
    {
        score += SAME_MATTER;
        because(ReasonCode::HintMatter, "code", one.as_str());
    }
    for word in incident.terms.iter().filter(|word| other.terms.contains(word)).take(MOST_WORDS) {
        score += SAME_WORD;
        because(ReasonCode::HintWord, "word", word);
    }
    (score >= LEAST).then_some(Hint { incident: other.id, score, reasons })
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
        let (one, two) = (told(1, 0, &["积水", "车库"], "320111004001"), told(2, 60, &["积水", "铁锹"], "320111004001"));
        let hints = hints(&two.incident, [&one.incident].into_iter());
        assert_eq!(hints.iter().map(|hint| (hint.incident, hint.score)).collect::<Vec<_>>(), [(one.incident.id, 60)]);
        let said: Vec<_> = hints[0].reasons.iter().map(|reason| reason.code.code()).collect();
        assert_eq!(said, ["hint.area", "hint.minutes", "hint.word"]);
        assert!(hints[0].reasons.iter().all(|reason| reason.complete() && reason.plain()));
    }

    #[test]
    fn elsewhere_later_without_a_shared_word_or_ended_gives_no_hint() {
        let one = told(1, 0, &["积水"], "320111004001");
        let none = |other: &Life| assert_eq!(hints(&other.incident, [&one.incident].into_iter()), []);
        none(&told(2, 60, &["积水"], "320111004002"));
        none(&told(2, 4 * HOUR, &["积水"], "320111004001"));
        none(&told(2, 60, &["噪音"], "320111004001"));
        none(&one);
        let ended = received().given(&desk(GRID), answer());
        assert_eq!(hints(&one.incident, [&ended.incident].into_iter()), []);
    }
}
