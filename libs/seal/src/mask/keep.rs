//! What stays readable although it looks like somebody's number: case numbers and the like.
//!
//! A resident id or a mobile phone is somebody's even after a case word (`案件 13812345678`): it stays only as part of a
//! longer number.

use super::{Found, Kind, glyphs::Glyphs};

/// Words after which a number is a matter's, not a person's.
const CASE_CUES: &[&str] =
    &["工单", "单号", "编号", "案号", "警情号", "流水号", "受理号", "文号", "案件", "警单", "事件号", "批次", "序列号", "票号"];
/// Words that make a person's number of it after all: `身份证编号`.
const OWNERS: &[&str] = &["身份证", "证件", "银行卡", "储蓄卡", "信用卡", "社保卡"];
/// What may stand between the word and the number.
const GLUE: &[char] = &[' ', ':', '号', '码', '为', '是', '[', '(', '【', '第', '#'];
/// No number of a matter is longer.
const LONGEST: usize = 40;

/// Whether what was found is a matter's number and stays.
pub(super) fn keeps(glyphs: &Glyphs, hit: &Found) -> bool {
    let may_stay = match hit.kind {
        Kind::ResidentId | Kind::Mobile => is_part(glyphs, hit),
        Kind::BankCard | Kind::Landline | Kind::Email | Kind::Account | Kind::Plate | Kind::House | Kind::Name => true,
    };
    may_stay && is_case_number(glyphs, hit.glyphs.start)
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

/// Whether a longer number goes on before or after what was found: `PK-13812345678`, `13812345678_02`.
fn is_part(glyphs: &Glyphs, hit: &Found) -> bool {
    let sign = |glyph: char| glyph.is_ascii_alphanumeric();
    let joins = |glyph: char| matches!(glyph, '-' | '_');
    let (start, end) = (hit.glyphs.start, hit.glyphs.end);
    let before = glyphs.before(start);
    let led = sign(before) || (joins(before) && sign(glyphs.before(start - 1)));
    // Letters after it are the next word: `13812345678wx同号`.
    led || (joins(glyphs.at(end)) && glyphs.is_digit(end + 1))
}
