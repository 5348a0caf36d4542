//! What stays readable although it looks like somebody's number: case numbers and the like.
//!
//! What is plainly a person's is masked even after a case word (`案件 13812345678`): an id, a mobile, a landline with its area
//! code, a card of this country. It stays only as part of a longer number.

use super::{
    Found, Kind, accounts,
    glyphs::Glyphs,
    numbers::{ID_CUES, ID_REACH, after_cue, luhn},
};

/// Words after which a number is a matter's, not a person's.
const CASE_CUES: &[&str] =
    &["工单", "单号", "编号", "案号", "警情号", "流水号", "受理号", "文号", "案件", "警单", "事件号", "批次", "序列号", "票号"];
/// Words that make a person's number of it after all: `身份证编号`.
const OWNERS: &[&str] = &["身份证", "证件", "户口", "户口本", "户口簿", "银行卡", "储蓄卡", "信用卡", "社保卡"];
/// Letters before a number that say whose it is, and are no part of a case number.
const PHONE_CUES: &[&str] = &["tel", "Tel", "TEL", "phone", "Phone", "PHONE"];
/// What may stand between the word and the number.
const GLUE: &[char] = &[' ', ':', '号', '码', '为', '是', '[', '(', '【', '第', '#'];
/// No number of a matter is longer.
const LONGEST: usize = 40;

/// Whether what was found is a matter's number and stays. The number masked before it ends at `last`.
pub(super) fn keeps(glyphs: &Glyphs, hit: &Found, last: usize) -> bool {
    let (start, end) = (hit.glyphs.start, hit.glyphs.end);
    let may_stay = match hit.kind {
        Kind::ResidentId if has_a_day_of_now(glyphs, hit) => !after_cue(glyphs, start, ID_CUES, ID_REACH),
        Kind::ResidentId | Kind::Mobile => is_led(glyphs, start, last) || goes_on(glyphs, end),
        Kind::Landline => is_local(glyphs, start) || is_led(glyphs, start, last),
        Kind::BankCard => !is_union_pay(glyphs, hit),
        Kind::Email | Kind::Account | Kind::Plate | Kind::House | Kind::Name => true,
    };
    may_stay && is_case_number(glyphs, start)
}

/// Whether 15 digits may be an area, a day from 2020 to 2039 and a serial. An id with that birthday is near a hundred years old.
fn has_a_day_of_now(glyphs: &Glyphs, hit: &Found) -> bool {
    let digits = digits(glyphs, hit);
    digits.len() == 15 && matches!(digits[6], 2 | 3)
}

/// Whether a landline has neither country nor area code.
fn is_local(glyphs: &Glyphs, start: usize) -> bool {
    let country = glyphs.stands(start, "86") && !glyphs.is_digit(start + 2);
    !matches!(glyphs.at(start), '0' | '+' | '(') && !country
}

/// The cards of this country all begin alike.
fn is_union_pay(glyphs: &Glyphs, hit: &Found) -> bool {
    let digits = digits(glyphs, hit);
    digits.len() >= 16 && digits.starts_with(&[6, 2]) && luhn(&digits)
}

fn digits(glyphs: &Glyphs, hit: &Found) -> Vec<u32> {
    hit.glyphs.clone().filter_map(|at| glyphs.at(at).to_digit(10)).collect()
}

/// Whether the sign at `at` belongs to a number that follows a case word.
pub(super) fn is_case_number(glyphs: &Glyphs, at: usize) -> bool {
    let in_number = |glyph: char| glyph.is_ascii_alphanumeric() || matches!(glyph, '-' | '/' | '_');
    let start = (at.saturating_sub(LONGEST)..at)
        .rev()
        .find(|&place| !in_number(glyphs.at(place)))
        .map_or_else(|| at.saturating_sub(LONGEST), |place| place + 1);
    let cue_end = (start.saturating_sub(5)..start)
        .rev()
        .find(|&place| !GLUE.contains(&glyphs.at(place)))
        .map_or_else(|| start.saturating_sub(5), |place| place + 1);
    (cue_end..=start).any(|end| ends_with_cue(glyphs, end))
}

fn ends_with_cue(glyphs: &Glyphs, end: usize) -> bool {
    CASE_CUES.iter().filter(|cue| glyphs.ends(end, cue)).any(|cue| {
        let start = end - cue.chars().count();
        !OWNERS.iter().any(|owner| glyphs.ends(start, owner))
    })
}

/// Whether a number stands before what was found and goes on with it: `PK-13812345678`. What was masked goes on with nothing.
fn is_led(glyphs: &Glyphs, start: usize, last: usize) -> bool {
    let before = glyphs.before(start);
    let joined = joins(before) && start - 1 > last && glyphs.before(start - 1).is_ascii_alphanumeric();
    let said = || [accounts::CUES, PHONE_CUES].concat().iter().any(|cue| glyphs.ends(start, cue));
    (before.is_ascii_alphanumeric() || joined) && !said()
}

/// Whether one or two digits more follow: `13812345678_02`. More are another phone, letters the next word.
fn goes_on(glyphs: &Glyphs, end: usize) -> bool {
    let digits = glyphs.past(end + 1, 3, |glyph| glyph.is_ascii_digit()) - (end + 1);
    joins(glyphs.at(end)) && matches!(digits, 1 | 2)
}

fn joins(glyph: char) -> bool {
    matches!(glyph, '-' | '_')
}
