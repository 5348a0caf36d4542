//! What stays readable although it looks like somebody's number: case numbers and the like.

use super::{Found, Kind, glyphs::Glyphs};

/// Words after which a number is a matter's, not a person's.
const CASE_CUES: &[&str] =
    &["工单", "单号", "编号", "案号", "警情号", "流水号", "受理号", "文号", "案件", "警单", "事件号", "批次", "序列号", "票号"];
/// What may stand between the word and the number.
const GLUE: &[char] = &[' ', ':', '号', '码', '为', '是', '[', '(', '【', '第', '#'];
/// No number of a matter is longer.
const LONGEST: usize = 40;

/// Drops from `found` what lies within a case number.
pub(super) fn drop_kept(glyphs: &Glyphs, found: &mut Vec<Found>) {
    found.retain(|hit| !matches!(hit.kind, Kind::Name) && !is_case_number(glyphs, hit.glyphs.start));
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
    (cue_end..=start).any(|end| CASE_CUES.iter().any(|cue| glyphs.ends(end, cue)))
}
