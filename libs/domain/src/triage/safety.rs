//! Danger and care: flags, class and priority from words, unless the text itself denies them.

use std::collections::BTreeSet;

use super::{Input, Vocabulary};
use crate::{
    incident::kinds::{Class, Flag, Priority},
    policy::Keywords,
    reason::{Reason, ReasonCode},
};

/// A word of the policies found in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    /// Where it was found: the title comes before the text.
    pub(super) at: (bool, usize),
}

/// What the words of danger and care say.
pub(super) struct Safety<'a> {
    pub(super) flags: BTreeSet<Flag>,
    pub(super) class: Class,
    pub(super) priority: Option<Priority>,
    pub(super) words: Vec<Word<'a>>,
    pub(super) denied: Vec<Word<'a>>,
    pub(super) reasons: Vec<Reason>,
}

pub(super) fn read<'a>(input: &Input<'a>, vocabulary: &'a Vocabulary, keywords: &Keywords) -> Safety<'a> {
    let mut safety = Safety {
        flags: BTreeSet::new(),
        class: Class::N,
        priority: None,
        words: Vec::new(),
        denied: Vec::new(),
        reasons: Vec::new(),
    };
    for (in_text, text) in [(false, input.title), (true, input.text)] {
        for hit in vocabulary.care.find(text) {
            let held = hit.means.holds.iter().map(|word| Word { text: word, at: (in_text, hit.at) });
            if denied(&text[..hit.at], keywords) {
                safety.denied.extend(held);
                safety.because(ReasonCode::TriageDenied, [("word", hit.word)]);
                continue;
            }
            safety.words.extend(held);
            for &(flag, class) in &hit.means.flags {
                if safety.flags.insert(flag) {
                    safety.because(ReasonCode::TriageFlag, [("flag", flag.word())]);
                }
                safety.raise(class, hit.word);
            }
            safety.raise(hit.means.class, hit.word);
            if let Some(priority) = hit.means.priority.filter(|priority| safety.priority.is_none_or(|known| *priority < known)) {
                safety.priority = Some(priority);
                safety.because(ReasonCode::TriageUrgent, [("word", hit.word), ("priority", &priority.to_string())]);
            }
        }
    }
    safety
}

impl Safety<'_> {
    fn raise(&mut self, class: Option<Class>, word: &str) {
        if let Some(class) = class.filter(|class| *class > self.class) {
            self.class = class;
            self.because(ReasonCode::TriageClass, [("word", word), ("class", class.word())]);
        }
    }

    fn because<const N: usize>(&mut self, code: ReasonCode, args: [(&str, &str); N]) {
        let reason = Reason::new(code, args);
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

/// Does what stands directly before a word deny it? When in doubt it does not: a missed denial costs a look, a wrong one a life.
pub(super) fn denied(before: &str, keywords: &Keywords) -> bool {
    let ends = |text: &str, endings: &[String]| endings.iter().any(|ending| text.ends_with(ending.as_str()));
    let denies = |text: &str| ends(text, &keywords.denials) && !ends(text, &keywords.not_denials);
    let without = |text: &str| keywords.fillers.iter().find_map(|filler| text.strip_suffix(filler.as_str()).map(str::len));
    let mut end = Some(before.len());
    // 未 · 造成 · 人员 · 受伤: two words between are the most that people put there.
    for _ in 0..=2 {
        let Some(text) = end.map(|end| &before[..end]) else { return false };
        if denies(text) {
            return true;
        }
        end = without(text);
    }
    false
}
