//! A text as the scanners see it: full-width signs made narrow, signs without width left out, each glyph knowing where
//! it stands.

use std::collections::HashMap;

use super::{Found, Hit};

/// Many words, looked up by their first sign.
pub(super) struct Words(HashMap<char, Vec<Vec<char>>>);

impl Words {
    /// The words of `list`, which stand apart.
    pub(super) fn of(list: &str) -> Self {
        let mut by_first: HashMap<char, Vec<Vec<char>>> = HashMap::new();
        for word in list.split_whitespace() {
            by_first.entry(word.chars().next().unwrap_or('\n')).or_default().push(word.chars().collect());
        }
        Self(by_first)
    }
}

/// The glyphs of a text.
pub(super) struct Glyphs {
    glyphs: Vec<char>,
    /// Where each glyph starts in the text, in bytes; one more for the end.
    starts: Vec<usize>,
}

impl Glyphs {
    pub(super) fn of(text: &str) -> Self {
        let mut glyphs = Vec::with_capacity(text.len() / 2);
        let mut starts = Vec::with_capacity(text.len() / 2 + 1);
        for (start, glyph) in text.char_indices().filter(|&(_, glyph)| !has_no_width(glyph)) {
            glyphs.push(narrow(glyph));
            starts.push(start);
        }
        starts.push(text.len());
        Self { glyphs, starts }
    }

    pub(super) fn len(&self) -> usize {
        self.glyphs.len()
    }

    /// The glyph at `at`; a line break where there is none, which no scanner takes for content.
    pub(super) fn at(&self, at: usize) -> char {
        self.glyphs.get(at).copied().unwrap_or('\n')
    }

    /// The glyph before `at`.
    pub(super) fn before(&self, at: usize) -> char {
        at.checked_sub(1).map_or('\n', |at| self.at(at))
    }

    pub(super) fn is_digit(&self, at: usize) -> bool {
        self.at(at).is_ascii_digit()
    }

    /// Whether `word` stands at `at`.
    pub(super) fn stands(&self, at: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(i, glyph)| self.at(at + i) == glyph)
    }

    /// Whether `word` ends right before `at`.
    pub(super) fn ends(&self, at: usize, word: &str) -> bool {
        at.checked_sub(word.chars().count()).is_some_and(|start| self.stands(start, word))
    }

    /// The longest of `words` that stands at `at`, in glyphs.
    pub(super) fn longest(&self, at: usize, words: &[&str]) -> Option<usize> {
        words.iter().filter(|word| self.stands(at, word)).map(|word| word.chars().count()).max()
    }

    /// The longest of many `words` that stands at `at`, in glyphs.
    pub(super) fn longest_of(&self, at: usize, words: &Words) -> Option<usize> {
        let rest = self.glyphs.get(at..)?;
        words.0.get(rest.first()?)?.iter().filter(|word| rest.starts_with(word)).map(Vec::len).max()
    }

    /// Where `at` lands after at most `most` glyphs that `skip` takes.
    pub(super) fn past(&self, at: usize, most: usize, skip: impl Fn(char) -> bool) -> usize {
        (at..at + most).find(|&here| !skip(self.at(here))).unwrap_or(at + most).min(self.len().max(at))
    }

    pub(super) fn hit(&self, found: Found) -> Hit {
        Hit { kind: found.kind, range: self.starts[found.glyphs.start]..self.starts[found.glyphs.end] }
    }
}

/// Full-width letters, digits and signs as their narrow twins; everything else as it is.
fn narrow(glyph: char) -> char {
    match glyph {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(glyph) - 0xfee0).unwrap_or(glyph),
        '\u{3000}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{2004}' | '\u{2007}' | '\u{205f}' | '\t' => ' ',
        '—' | '–' | '‐' | '‑' | '‒' | '―' | '−' | '─' => '-',
        '〜' | '∼' => '~',
        _ => glyph,
    }
}

/// Signs that nobody sees: thin spaces, joiners, marks of writing direction, soft hyphens, and what makes a key of a digit
/// (1️⃣). A number with some between its digits reads like one without.
fn has_no_width(glyph: char) -> bool {
    matches!(glyph,
        '\u{2005}' | '\u{2006}' | '\u{2008}'..='\u{200a}' | '\u{202f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{20e3}' | '\u{fe00}'..='\u{fe0f}')
}
