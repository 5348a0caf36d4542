//! Number plates.

use super::{Found, Kind, glyphs::Glyphs};

const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使";
/// Last signs of trailers, learners, police and border plates.
const ENDINGS: &str = "学警港澳挂领使试超";
const CUES: &[&str] = &["车牌号码", "车牌号", "车牌", "牌照", "车号", "牌号"];
const BETWEEN: &[char] = &[' ', '·', '•', '-', '.', '・', '∙', '\''];

pub(super) fn scan(glyphs: &Glyphs, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < glyphs.len() {
        let hit = if PROVINCES.contains(glyphs.at(at)) {
            with_province(glyphs, at).map(|end| at..end)
        } else {
            glyphs.longest(at, CUES).and_then(|cue| without_province(glyphs, at + cue))
        };
        at = hit.as_ref().map_or(at + 1, |hit| hit.end);
        found.extend(hit.map(|glyphs| Found { kind: Kind::Plate, glyphs }));
    }
}

fn with_province(glyphs: &Glyphs, start: usize) -> Option<usize> {
    let letter = glyphs.past(start + 1, 2, |glyph| BETWEEN.contains(&glyph));
    if !glyphs.at(letter).is_ascii_alphabetic() {
        return None;
    }
    signs(glyphs, glyphs.past(letter + 1, 2, |glyph| BETWEEN.contains(&glyph)), 4..=6)
}

/// `A12345` right after a word that says it is a plate.
fn without_province(glyphs: &Glyphs, cue_end: usize) -> Option<std::ops::Range<usize>> {
    let start = glyphs.past(cue_end, 3, |glyph| matches!(glyph, ':' | ' ' | '为' | '是' | '尾'));
    let letter_first = glyphs.at(start).is_ascii_alphanumeric();
    letter_first.then(|| signs(glyphs, start, 4..=7)).flatten().map(|end| start..end)
}

/// Letters and digits, at least two digits among them; four suffice before an ending like 警.
fn signs(glyphs: &Glyphs, start: usize, count: std::ops::RangeInclusive<usize>) -> Option<usize> {
    let (mut at, mut signs, mut digits, mut end) = (start, 0, 0, start);
    while signs <= *count.end() && glyphs.at(at).is_ascii_alphanumeric() {
        signs += 1;
        digits += usize::from(glyphs.is_digit(at));
        end = at + 1;
        let next = glyphs.past(end, 1, |glyph| BETWEEN.contains(&glyph));
        // A space ends the plate once it is long enough: what follows may be the next word.
        at = if signs >= 5 { end } else { next };
    }
    let special = ENDINGS.contains(glyphs.at(end));
    let enough = signs >= if special { 4 } else { 5 };
    (enough && count.contains(&signs) && digits >= 1).then_some(end + usize::from(special))
}
