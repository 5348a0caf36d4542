//! Names of areas in free text: the longest name wins, and a short name counts only where it cannot be part of another word.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};

use super::{
    code::{AreaCode, Level},
    table::{Area, AreaKind, Neighbour},
};

/// An area that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Which.
    pub code: AreaCode,
    /// The name as the table has it: never words of the text.
    pub name: String,
    /// Who runs it, where it is not the district itself.
    pub run_by: Option<String>,
}

#[derive(Debug)]
pub(super) struct Names {
    search: Option<AhoCorasick>,
    /// By pattern: the area meant, and whether the name alone is enough.
    meant: Vec<(Named, Certainty)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Certainty {
    /// The name alone locates.
    Alone,
    /// A neighbour has the same name: counts only where the subdistrict is named too.
    WithParent,
}

/// What a committee's name ends with; the base is what people say.
const ENDINGS: [&str; 5] = ["社区居民委员会", "社区居委会", "居委会", "村委会", "街道"];
/// Before a name these make another name: 五十里村, 小高旺村, 新七联村.
const PREFIXES: &str = "零一二三四五六七八九十百千万两大小新老上下前后东西南北中";

impl Names {
    pub(super) fn build(areas: &BTreeMap<AreaCode, Area>, ambiguous: &[AreaCode], neighbours: &[Neighbour]) -> Self {
        let mut patterns: BTreeMap<String, (Named, Certainty)> = BTreeMap::new();
        for (code, area) in areas {
            let run_by = neighbours.iter().find(|row| row.code == *code).map(|row| row.run_by.clone());
            let named = Named { code: *code, name: area.name.clone(), run_by };
            let certainty = if ambiguous.contains(code) { Certainty::WithParent } else { Certainty::Alone };
            for spoken in spoken(area) {
                patterns.entry(spoken).or_insert_with(|| (named.clone(), certainty));
            }
        }
        let (words, meant): (Vec<_>, Vec<_>) = patterns.into_iter().unzip();
        // The few hundred patterns always build; without them nothing is named, and nothing breaks.
        let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words).ok();
        Self { search, meant }
    }

    /// Is this the name of an area that can be meant, or of who runs one?
    pub(super) fn says(&self, text: &str) -> bool {
        self.meant.iter().any(|(named, _)| named.name == text || named.run_by.as_deref() == Some(text))
    }

    pub(super) fn find(&self, text: &str) -> Vec<Named> {
        let mut found: Vec<(&Named, Certainty)> = Vec::new();
        for hit in self.search.iter().flat_map(|search| search.find_iter(text)) {
            let (named, certainty) = &self.meant[hit.pattern().as_usize()];
            let glued = text[..hit.start()].chars().next_back().is_some_and(|before| PREFIXES.contains(before));
            if !glued && !found.iter().any(|(known, _)| known.code == named.code) {
                found.push((named, *certainty));
            }
        }
        let subdistricts: Vec<AreaCode> =
            found.iter().map(|(named, _)| named.code).filter(|code| code.level() == Level::Subdistrict).collect();
        let sure = |(named, certainty): &(&Named, Certainty)| {
            *certainty == Certainty::Alone || named.code.parent().is_some_and(|parent| subdistricts.contains(&parent))
        };
        found.into_iter().filter(sure).map(|(named, _)| named.clone()).collect()
    }
}

/// How people write an area's name.
fn spoken(area: &Area) -> Vec<String> {
    let base = ENDINGS.iter().find_map(|ending| area.name.strip_suffix(ending)).unwrap_or(&area.name);
    let with = |endings: &[&str]| endings.iter().map(|ending| format!("{base}{ending}")).collect::<Vec<_>>();
    match area.kind {
        AreaKind::Community | AreaKind::Village => {
            let mut all = with(&["社区", "村", "居委会", "村委会", "社区居委会"]);
            // Three characters and more are names by themselves; two are too often part of other words.
            if base.chars().count() >= 3 && !base.ends_with("路") && !base.ends_with("街") {
                all.push(base.to_owned());
            }
            all.push(area.name.clone());
            all
        }
        AreaKind::Subdistrict | AreaKind::Neighbour => with(&["街道", "镇"]),
        AreaKind::Farm | AreaKind::Park => vec![area.name.clone()],
        // The whole district says nothing new, and a grid's name is known to its worker only.
        AreaKind::District | AreaKind::Grid => Vec::new(),
    }
}
