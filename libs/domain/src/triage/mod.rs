//! Triage: proposes category, priority, flags, class, route and place, each with its reasons; a person decides.
//!
//! Reads plaintext in memory and returns none of it: every word in a [`Proposal`] comes from the policies' own tables,
//! so no name, number or address can leave through it. It never declines, closes, voids or merges, and never lowers a
//! priority that the source gave (DESIGN §4 rule 13).

mod category;
mod hint;
mod place;
mod safety;
pub mod units;
mod vocabulary;

use std::collections::BTreeSet;

pub use hint::{Hint, Told, comparable, hints};
pub(crate) use vocabulary::Vocabulary;

use crate::{
    area::{Areas, Place, Point},
    id::{Agency, MatterCode},
    incident::{
        NewPart,
        kinds::{Class, Flag, Priority},
    },
    policy::{Policies, routes::Case},
    reason::{Reason, ReasonCode},
};

/// What a proposal is made from. Lives in memory only, as long as the call.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The reporter's heading; may be empty.
    pub title: &'a str,
    /// The reporter's words.
    pub text: &'a str,
    /// Whose report it is.
    pub source: &'a Agency,
    /// The priority that the source gave, which is never lowered.
    pub priority: Option<Priority>,
    /// The place that the source gave.
    pub place: Option<Place>,
    /// The point that the source gave.
    pub point: Option<Point>,
}

/// What a seat is shown to confirm or to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The best category, where one scored enough.
    pub category: Option<MatterCode>,
    /// All categories that scored, best first, at most five.
    pub candidates: Vec<Candidate>,
    /// 1 to 4.
    pub priority: Priority,
    /// Words that call for care.
    pub flags: BTreeSet<Flag>,
    /// How far it may be seen; anyone may raise it.
    pub class: Class,
    /// Who should answer for it.
    pub lead: Agency,
    /// Who should be asked for what; the lead's own part first.
    pub parts: Vec<NewPart>,
    /// The deepest area known.
    pub place: Place,
    /// Words of the policies that the text holds, in its order, each once.
    pub terms: Vec<String>,
    /// Why, one reason for each decision and word.
    pub reasons: Vec<Reason>,
}

/// One category that the text suggests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The category.
    pub code: MatterCode,
    /// The sum of the weights of its words; comparable within one proposal only.
    pub score: u32,
    /// The words.
    pub reasons: Vec<Reason>,
}

/// No proposal carries more terms than this.
const MOST_TERMS: usize = 24;

/// Proposes; decides nothing. The same input and policies always give the same proposal.
#[must_use]
pub fn propose(input: &Input<'_>, policies: &Policies, areas: &Areas) -> Proposal {
    let vocabulary = policies.vocabulary();
    let safety = safety::read(input, vocabulary, &policies.keywords);
    let topics = category::read(input, vocabulary, &policies.keywords, safety.priority);

    let best = topics.candidates.first().filter(|best| best.score >= policies.keywords.least_score);
    let category = best.map(|best| best.code.clone());
    let mut reasons = best.map_or_else(|| vec![Reason::new(ReasonCode::TriageNoCategory, [])], |best| best.reasons.clone());
    reasons.extend(category.iter().map(|code| Reason::new(ReasonCode::TriageMatter, [("code", code.as_str())])));
    reasons.extend(safety.reasons);

    let by_category = policies.keywords.default_priority(category.as_ref());
    let (priority, why) = settle(safety.priority, by_category, input.priority);
    reasons.extend(why);

    let mut words = safety.words;
    words.extend(topics.words.iter().filter(|word| !safety.denied.contains(word)));
    words.sort_by_key(|word| word.at);
    let mut terms: Vec<&str> = Vec::new();
    for word in &words {
        if !terms.contains(&word.text) {
            terms.push(word.text);
        }
    }

    let case = Case { category: category.as_ref(), flags: &safety.flags, words: &terms, priority, source: input.source };
    let (lead, parts) = match policies.routes.find(case) {
        Some(route) => {
            reasons.push(Reason::new(ReasonCode::TriageRoute, [("rule", &route.id)]));
            (route.lead.clone(), route.parts.clone())
        }
        // Not reached with a table that was read: its last route takes every case.
        None => {
            reasons.push(Reason::new(ReasonCode::TriageDefault, []));
            (input.source.clone(), Vec::new())
        }
    };
    let (place, why) = place::locate(input, areas);
    reasons.extend(why);
    let terms = terms.into_iter().take(MOST_TERMS).map(str::to_owned).collect();
    Proposal {
        category,
        candidates: topics.candidates,
        priority,
        flags: safety.flags,
        class: safety.class,
        lead,
        parts,
        place,
        terms,
        reasons,
    }
}

/// The most urgent of what words, category and source say.
fn settle(by_words: Option<Priority>, by_category: Priority, given: Option<Priority>) -> (Priority, Option<Reason>) {
    let own = by_words.map_or(by_category, |words| words.min(by_category));
    let reason = |code, priority: Priority| Some(Reason::new(code, [("priority", &priority.to_string())]));
    match given {
        Some(given) if given < own => (given, reason(ReasonCode::TriageGivenPriority, given)),
        Some(_) | None if by_words == Some(own) => (own, None), // the words have given their reason
        Some(_) | None => (own, reason(ReasonCode::TriagePriority, own)),
    }
}

#[cfg(test)]
mod tests;
