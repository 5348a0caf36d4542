//! All words of the policies, built once into two searches: one over topics, one over danger and care.
//!
//! Two, because they differ in what a longer word means: for topics it hides the shorter ones (医疗保险 is no matter of
//! 医疗), for danger it keeps them (持刀抢劫 holds 持刀), unless it is listed as neutral (火灾隐患).

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::{
    id::MatterCode,
    incident::kinds::{Class, Flag, Priority},
    policy::{
        Catalogue, Keywords, Routes,
        catalogue::Table,
        keywords::{Of, Sign},
    },
};

/// The policies' words, ready to be looked for.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    pub(super) topics: Search<Topic>,
    pub(super) care: Search<Care>,
}

/// Many words, found in one pass, the longest at each place.
#[derive(Debug)]
pub(super) struct Search<T> {
    automaton: Option<AhoCorasick>,
    words: Vec<(String, T)>,
}

/// What a topic word says: categories with weights.
#[derive(Debug, Default)]
pub(super) struct Topic {
    pub(super) weights: Vec<(MatterCode, u32)>,
    /// Can be denied: only words of police matters can (没有打架).
    pub(super) deniable: bool,
}

/// What a word of danger or care says.
#[derive(Debug, Default, Clone)]
pub(super) struct Care {
    pub(super) flags: Vec<(Flag, Option<Class>)>,
    pub(super) class: Option<Class>,
    pub(super) priority: Option<Priority>,
    /// Words of the policies within it, itself included; empty where it only takes danger out.
    pub(super) holds: Vec<String>,
}

/// One word found.
pub(super) struct Hit<'a, T> {
    pub(super) word: &'a str,
    pub(super) means: &'a T,
    /// Byte at which it begins.
    pub(super) at: usize,
}

impl<T> Search<T> {
    fn build(words: BTreeMap<String, T>) -> Self {
        let words: Vec<(String, T)> = words.into_iter().collect();
        // A few thousand short words always build; without them nothing is proposed, and nothing breaks.
        let automaton =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words.iter().map(|(word, _)| word)).ok();
        Self { automaton, words }
    }

    fn has(&self, word: &str) -> bool {
        // Built from a map: in order.
        self.words.binary_search_by(|(known, _)| known.as_str().cmp(word)).is_ok()
    }

    /// The words in `text` from its beginning.
    pub(super) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Hit<'a, T>> {
        self.automaton.iter().flat_map(move |automaton| automaton.find_iter(text)).map(|found| {
            let (word, means) = &self.words[found.pattern().as_usize()];
            Hit { word, means, at: found.start() }
        })
    }
}

impl Vocabulary {
    pub(crate) fn build(keywords: &Keywords, catalogue: &Catalogue, routes: &Routes) -> Self {
        Self { topics: Search::build(topics(keywords, catalogue)), care: Search::build(care(keywords, routes)) }
    }

    /// Is this very word one of them?
    pub(crate) fn has(&self, word: &str) -> bool {
        self.topics.has(word) || self.care.has(word)
    }
}

fn topics(keywords: &Keywords, catalogue: &Catalogue) -> BTreeMap<String, Topic> {
    let mut words: BTreeMap<String, Topic> = BTreeMap::new();
    let mut add = |word: String, code: &MatterCode, weight: u32| {
        let topic = words.entry(word).or_default();
        if !topic.weights.iter().any(|(known, _)| known == code) {
            topic.weights.push((code.clone(), weight));
        }
        topic.deniable |= code.as_str().starts_with(Table::Police.word());
    };
    for Sign { word, of } in &keywords.signs {
        if let Of::Category(code, weight) = of {
            add(word.clone(), code, *weight);
        }
    }
    for (code, matter) in catalogue.iter() {
        let Some(name) = plain_name(&matter.name) else { continue };
        match matter.table {
            Table::City => add(name, code, keywords.matter_weight),
            // A component is no category; the matter of the same number is.
            Table::Object => {
                let number = code.as_str().trim_start_matches("object/");
                if let Ok(code) = format!("city/{number}").parse() {
                    add(name, &code, keywords.object_weight);
                }
            }
            // Their names are words of offices (劳动和社会保障), not of reporters.
            Table::Hotline | Table::Police | Table::Task => {}
        }
    }
    for word in &keywords.neutral {
        words.entry(word.clone()).or_default();
    }
    words
}

/// A matter's name as people may write it: without what stands in brackets; a list of several is no word.
fn plain_name(name: &str) -> Option<String> {
    let mut plain = String::new();
    let mut inside = false;
    for c in name.chars() {
        match c {
            '（' => inside = true,
            '）' => inside = false,
            '、' => return None,
            _ if !inside => plain.push(c),
            _ => {}
        }
    }
    (plain.chars().count() >= 2).then_some(plain)
}

fn care(keywords: &Keywords, routes: &Routes) -> BTreeMap<String, Care> {
    let mut own: BTreeMap<String, Care> = BTreeMap::new();
    for Sign { word, of } in &keywords.signs {
        if matches!(of, Of::Category(..)) {
            continue;
        }
        let care = own.entry(word.clone()).or_default();
        match of {
            Of::Category(..) => {}
            Of::Flag(flag, class) => care.flags.push((*flag, *class)),
            Of::Class(class) => care.class = care.class.max(Some(*class)),
            Of::Priority(priority) => care.priority = care.priority.into_iter().chain([*priority]).min(),
        }
    }
    for word in routes.all().iter().flat_map(|route| &route.words) {
        own.entry(word.clone()).or_default();
    }
    let mut all = BTreeMap::new();
    for word in own.keys() {
        // Only the longest word at a place is found, so it says all that the shorter ones in it say.
        let mut care = Care::default();
        for (shorter, says) in own.iter().filter(|(shorter, _)| word.contains(shorter.as_str())) {
            care.flags.extend(says.flags.iter().copied().filter(|flag| !care.flags.contains(flag)).collect::<Vec<_>>());
            care.class = care.class.max(says.class);
            care.priority = care.priority.into_iter().chain(says.priority).min();
            care.holds.push(shorter.clone());
        }
        all.insert(word.clone(), care);
    }
    for word in &keywords.neutral {
        all.insert(word.clone(), Care::default());
    }
    all
}
