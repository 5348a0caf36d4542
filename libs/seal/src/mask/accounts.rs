//! E-mail addresses, and accounts named after a word that says what they are.

use super::{Found, Kind, glyphs::Glyphs, keep, phones};

/// Words before an account.
pub(super) const CUES: &[&str] = &[
    "微信",
    "威信",
    "薇信",
    "vx",
    "VX",
    "Vx",
    "wx",
    "WX",
    "weixin",
    "WeChat",
    "wechat",
    "QQ",
    "qq",
    "Qq",
    "扣扣",
    "企鹅号",
    "抖音",
    "快手",
    "支付宝",
    "微博",
];
/// Words and signs between that and the account.
const GLUE: &[&str] =
    &["账号", "帐号", "号码", "同号", "昵称", "ID", "id", "号", "是", "为", "名", "叫", ":", " ", "，", ",", "(", "\"", "“"];
/// Longest local part or domain that is looked at.
const LONGEST: usize = 64;

pub(super) fn scan(glyphs: &Glyphs, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < glyphs.len() {
        let hit = if glyphs.at(at) == '@' { email(glyphs, at) } else { account(glyphs, at) };
        at = hit.as_ref().map_or(at + 1, |hit| hit.glyphs.end.max(at + 1));
        found.extend(hit);
    }
}

fn email(glyphs: &Glyphs, sign: usize) -> Option<Found> {
    let local = |glyph: char| glyph.is_ascii_alphanumeric() || matches!(glyph, '.' | '_' | '%' | '+' | '-');
    let domain = |glyph: char| glyph.is_ascii_alphanumeric() || matches!(glyph, '.' | '-');
    let floor = sign.saturating_sub(LONGEST);
    let start = (floor..sign).rev().find(|&at| !local(glyphs.at(at))).map_or(floor, |at| at + 1);
    let end = glyphs.past(sign + 1, LONGEST, domain);
    let dotted = (sign + 2..end).any(|at| glyphs.at(at) == '.');
    (start < sign && dotted).then_some(Found { kind: Kind::Email, glyphs: start..end })
}

fn account(glyphs: &Glyphs, cue: usize) -> Option<Found> {
    let mut at = cue + glyphs.longest(cue, CUES)?;
    for _ in 0..5 {
        match glyphs.longest(at, GLUE) {
            Some(length) => at += length,
            None => break,
        }
    }
    let end = glyphs.past(at, 32, |glyph| glyph.is_ascii_alphanumeric() || matches!(glyph, '_' | '-' | '.'));
    let long_enough = end - at >= 5;
    // `工单QQ12345678` is an account all the same, `工单PKQQ2026001` is none.
    let matters = glyphs.before(cue).is_ascii_alphabetic() && keep::is_case_number(glyphs, at);
    // `微信20000元` was paid.
    let sum = (at..end).all(|at| glyphs.is_digit(at) || glyphs.at(at) == '.') && phones::is_amount(glyphs, end);
    (long_enough && !matters && !sum).then_some(Found { kind: Kind::Account, glyphs: at..end })
}
