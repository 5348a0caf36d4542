//! Categories from words: each distinct word counts once in the title and once in the text.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Candidate, Input, Vocabulary,
    safety::{Word, denied},
};
use crate::{
    id::MatterCode,
    incident::kinds::Priority,
    policy::{Keywords, catalogue::Table},
    reason::{Reason, ReasonCode},
};

/// What the topic words say.
pub(super) struct Topics<'a> {
    pub(super) candidates: Vec<Candidate>,
    pub(super) words: Vec<Word<'a>>,
}

/// So many candidates are shown, each with so many words.
const MOST_CANDIDATES: usize = 5;
const MOST_WORDS: usize = 4;

#[derive(Default)]
struct Score<'a> {
    sum: u32,
    /// The words with what each added.
    words: Vec<(u32, &'a str)>,
}

pub(super) fn read<'a>(input: &Input<'a>, vocabulary: &'a Vocabulary, keywords: &Keywords, danger: Option<Priority>) -> Topics<'a> {
    let mut scores: BTreeMap<&MatterCode, Score<'a>> = BTreeMap::new();
    let mut words: Vec<Word<'a>> = Vec::new();
    for (in_text, text, factor) in [(false, input.title, keywords.title_factor), (true, input.text, 1)] {
        let mut seen = BTreeSet::new();
        for hit in vocabulary.topics.find(text) {
            if hit.means.weights.is_empty() || hit.means.deniable && denied(&text[..hit.at], keywords) || !seen.insert(hit.word) {
                continue;
            }
            words.push(Word { text: hit.word, at: (in_text, hit.at) });
            for (code, weight) in &hit.means.weights {
                let score = scores.entry(code).or_default();
                score.sum += weight * factor;
                match score.words.iter_mut().find(|(_, word)| *word == hit.word) {
                    Some((added, _)) => *added += weight * factor,
                    None => score.words.push((weight * factor, hit.word)),
                }
            }
        }
    }
    let home = Table::of(input.source);
    let mut ranked: Vec<(u32, &MatterCode, Score<'a>)> =
        scores.into_iter().map(|(code, score)| (weighed(score.sum, code, home, danger), code, score)).collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let candidates = ranked.into_iter().take(MOST_CANDIDATES).map(|(score, code, by)| candidate(score, code, by)).collect();
    Topics { candidates, words }
}

/// An agency sorts by its own table first; where life is in danger the police table comes before all.
fn weighed(sum: u32, code: &MatterCode, home: Option<Table>, danger: Option<Priority>) -> u32 {
    let of = |table: Table| code.as_str().split('/').next() == Some(table.word());
    if of(Table::Police) && danger.is_some_and(Priority::emergency) {
        sum * 4
    } else if home.is_some_and(of) {
        sum * 2
    } else {
        sum
    }
}

fn candidate(score: u32, code: &MatterCode, mut by: Score<'_>) -> Candidate {
    by.words.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let reasons =
        by.words.iter().take(MOST_WORDS).map(|(_, word)| Reason::new(ReasonCode::TriageKeyword, [("word", word)])).collect();
    Candidate { code: code.clone(), score, reasons }
}
