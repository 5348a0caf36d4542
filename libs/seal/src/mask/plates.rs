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
        } else if matches!(glyphs.at(at), 'W' | 'w') {
            armed_police(glyphs, at).map(|end| at..end)
        } else {
            glyphs.longest(at, CUES).and_then(|cue| without_province(glyphs, at + cue))
        };
        at = hit.as_ref().map_or(at + 1, |hit| hit.end);
        found.extend(hit.map(|glyphs| Found { kind: Kind::Plate, glyphs }));
    }
}

fn with_province(glyphs: &Glyphs, start: usize) -> Option<usize> {
    let letter = between(glyphs, start + 1);
    if glyphs.at(letter).is_ascii_alphabetic() { serial(glyphs, letter + 1) } else { None }
}

/// `WJ苏1234X`: four digits, and one more or the letter of a branch.
fn armed_police(glyphs: &Glyphs, start: usize) -> Option<usize> {
    let begins = matches!(glyphs.at(start + 1), 'J' | 'j') && !glyphs.before(start).is_ascii_alphanumeric();
    let province = between(glyphs, start + 2);
    let serial = between(glyphs, province + 1);
    let reads = PROVINCES.contains(glyphs.at(province))
        && (serial..serial + 4).all(|at| glyphs.is_digit(at))
        && glyphs.at(serial + 4).is_ascii_alphanumeric()
        && !glyphs.is_digit(serial + 5);
    (begins && reads).then_some(serial + 5)
}

/// Where the signs after province and letter end.
fn serial(glyphs: &Glyphs, start: usize) -> Option<usize> {
    signs(glyphs, between(glyphs, start), 4..=6).or_else(|| before_word(glyphs, between(glyphs, start)))
}

/// `A12345` right after a word that says it is a plate.
fn without_province(glyphs: &Glyphs, cue_end: usize) -> Option<std::ops::Range<usize>> {
    let start = glyphs.past(cue_end, 3, |glyph| matches!(glyph, ':' | ' ' | '为' | '是' | '尾'));
    let begins = glyphs.at(start).is_ascii_alphanumeric();
    let end = if begins { signs(glyphs, start, 4..=7) } else { None };
    let lettered = glyphs.at(start).is_ascii_alphabetic();
    end.or_else(|| if lettered { before_word(glyphs, between(glyphs, start + 1)) } else { None }).map(|end| start..end)
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

/// The signs of a plate with the letters of the next word right behind: `12345SUV`. GA 36: six signs with five digits for
/// new energy, else five with two letters at most.
fn before_word(glyphs: &Glyphs, start: usize) -> Option<usize> {
    let digit = |at: usize| glyphs.is_digit(start + at);
    let signs = glyphs.past(start, 7, |glyph| glyph.is_ascii_alphanumeric()) - start;
    let first = glyphs.at(start).is_ascii_alphabetic() && (2..6).all(digit);
    let last = (0..5).all(digit) && matches!(glyphs.at(start + 5), 'D' | 'd' | 'F' | 'f');
    if signs == 7 && (first || last) && !digit(6) {
        return Some(start + 6);
    }
    let letters = (0..5).filter(|&at| !digit(at)).count();
    (signs >= 6 && letters <= 2 && !digit(5)).then_some(start + 5)
}

/// Past the signs that stand between the parts of a plate.
fn between(glyphs: &Glyphs, at: usize) -> usize {
    glyphs.past(at, 2, |glyph| BETWEEN.contains(&glyph))
}
