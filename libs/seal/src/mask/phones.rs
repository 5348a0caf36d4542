//! Phone numbers: mobiles, landlines with an area code, and local numbers that a word before them or a number beside them
//! tells to be phones. Hotlines (110, 12345, 96110, 400) are nobody's and stay.

use std::ops::Range;

use super::{
    glyphs::Glyphs,
    keep,
    numbers::{BETWEEN, Digits, MOST_BETWEEN, after_cue},
};

/// Words after which seven or eight digits are a phone of this town, even with other words between.
const CUES: &[&str] = &["电话", "座机", "固话", "热线", "拨打", "致电", "联系方式", "联系号码", "回电", "传真", "号码", "联系"];
/// Words after which a number that begins like a mobile is one, though it was mistyped.
const MOBILE_CUES: &[&str] = &["手机"];
/// How many glyphs may stand between.
const REACH: usize = 8;
/// What stands between where the number follows at once.
const AT_ONCE: &str = " :是为";
/// Words that begin too many other things (打架, 打印): only with the signs of [`AFTER_DIAL`] between.
const DIAL: &[&str] = &["打", "拨"];
const AFTER_DIAL: &str = " :了过到给的是这个";
/// What follows an amount, however it was announced.
const AMOUNTS: &[&str] =
    &["元", "余元", "多元", "万元", "块", "圆", "美元", "港元", "欧元", "平方", "平米", "㎡", "吨", "公里", "公斤", "千克"];
/// What follows a count or two years, where the number's word stands further off. No surname among them.
const COUNTS: &[&str] = &["年", "人次", "万人", "件", "份", "笔"];
/// What stands between two numbers of one office.
const BESIDE: &[&str] = &["、", "/", ",", ";", "|", "和", "或", "或者", "及", "以及", "与", "还有"];
/// Words before an extension.
const EXTENSIONS: &[&str] = &["转分机", "分机号", "分机", "转", "ext.", "ext", "EXT", "x", "-"];

/// 11 digits from 13 to 19, with or without the country in front.
pub(super) fn mobile(glyphs: &Glyphs, start: usize) -> Option<usize> {
    let country = past_country(glyphs, start + usize::from(glyphs.at(start) == '('));
    // A trunk zero in front of a mobile, as older dialling rules had it.
    let trunk = (glyphs.at(start) == '0').then_some(start + 1);
    let whole = |at: usize| bare_mobile(glyphs, at).or_else(|| grouped(glyphs, at));
    [country, trunk, Some(start)].into_iter().flatten().find_map(whole).or_else(|| mistyped(glyphs, start))
}

fn bare_mobile(glyphs: &Glyphs, at: usize) -> Option<usize> {
    if glyphs.at(at) != '1' {
        return None;
    }
    let (values, end) = Digits::from(glyphs, at, 11).first(glyphs, 11)?;
    (3..=9).contains(&values[1]).then_some(end)
}

/// `(138)12345678`, `138(1234)5678`, `138~1234~5678`.
fn grouped(glyphs: &Glyphs, at: usize) -> Option<usize> {
    let first = at + usize::from(glyphs.at(at) == '(');
    let begins = glyphs.at(first) == '1' && matches!(glyphs.at(first + 1), '3'..='9');
    let end = if begins { [3, 4, 4].iter().try_fold(at, |at, &count| group(glyphs, at, count))? } else { return None };
    (!glyphs.is_digit(end)).then_some(end)
}

/// Where `count` digits end, in brackets or not, with signs before them.
fn group(glyphs: &Glyphs, at: usize, count: usize) -> Option<usize> {
    let start = glyphs.past(at, MOST_BETWEEN, |glyph| glyph == '~' || BETWEEN.contains(&glyph));
    let open = usize::from(glyphs.at(start) == '(');
    let end = start + open + count;
    let digits = (start + open..end).all(|at| glyphs.is_digit(at));
    (digits && (open == 0 || glyphs.at(end) == ')')).then_some(end + open)
}

/// A mobile with a digit or two too many, after a word that says it is a phone.
fn mistyped(glyphs: &Glyphs, at: usize) -> Option<usize> {
    let digits = Digits::from(glyphs, at, 13);
    let begins = matches!(digits.values()[..], [1, 3..=9, ..]);
    let said = begins && (after_cue(glyphs, at, CUES, REACH) || after_cue(glyphs, at, MOBILE_CUES, REACH));
    let (_, end) = if said { digits.first(glyphs, 12).or_else(|| digits.first(glyphs, 13))? } else { return None };
    (!is_amount(glyphs, end) && !keep::is_case_number(glyphs, at)).then_some(end)
}

/// Area code and 7 or 8 digits; without an area code only after a word that says it is a phone.
pub(super) fn landline(glyphs: &Glyphs, start: usize) -> Option<usize> {
    let at = start + usize::from(glyphs.at(start) == '(');
    let end = after_country(glyphs, at)
        .or_else(|| if glyphs.at(at) == '0' { with_area(glyphs, at) } else { None })
        .or_else(|| if at == start { announced(glyphs, at) } else { None })?;
    Some(past_extension(glyphs, end))
}

/// Where one more local number stands, given that a phone number ended at `end`: `58881234、58885678`.
pub(super) fn one_more(glyphs: &Glyphs, end: usize) -> Option<Range<usize>> {
    let sign = glyphs.past(end, 2, |glyph| matches!(glyph, ' ' | ')'));
    let start = glyphs.past(sign + glyphs.longest(sign, BESIDE).unwrap_or(0), 2, |glyph| glyph == ' ');
    if start == end {
        return None;
    }
    let end = local_number(glyphs, start)?;
    // Dates and house numbers fall into three parts and more; `58 88 12 34` does with spaces only.
    let parts = (start..end).filter(|&at| glyphs.is_digit(at) && (at == start || !glyphs.is_digit(at - 1))).count();
    let whole = parts <= 2 || (start..end).all(|at| glyphs.is_digit(at) || glyphs.at(at) == ' ');
    let phone = whole && !is_day(glyphs, start) && !is_amount(glyphs, end) && !counts(glyphs, end, COUNTS);
    phone.then(|| start..past_extension(glyphs, end))
}

/// Where the country's prefix and the signs after it end.
fn past_country(glyphs: &Glyphs, at: usize) -> Option<usize> {
    let prefix = at + glyphs.longest(at, &["+86", "0086", "86", "+0086"])?;
    Some(glyphs.past(prefix, MOST_BETWEEN, |glyph| BETWEEN.contains(&glyph) || glyph == ')'))
}

/// `+86 25 5888 1234`, `0086-025-58881234`, `+86 (0)25 …`: after the country the trunk zero may be missing.
fn after_country(glyphs: &Glyphs, at: usize) -> Option<usize> {
    let past = past_country(glyphs, at)?;
    let area = if glyphs.stands(past, "(0)") { past + 3 } else { past };
    if glyphs.at(at) == '8' {
        // A bare 86 may be any number: only with a sign after it, and one after the area code.
        let apart = past > at + 2 && !glyphs.is_digit(area_code(glyphs, area)?);
        return if apart { with_area(glyphs, area) } else { None };
    }
    with_area(glyphs, area)
}

fn with_area(glyphs: &Glyphs, at: usize) -> Option<usize> {
    let number = glyphs.past(area_code(glyphs, at)?, MOST_BETWEEN, |glyph| BETWEEN.contains(&glyph) || glyph == ')');
    local_number(glyphs, number)
}

/// Where the area code ends: 10 and 2x are short, all others one digit longer; with or without the trunk zero.
fn area_code(glyphs: &Glyphs, at: usize) -> Option<usize> {
    let digits = Digits::from(glyphs, at, 4);
    let length = match digits.values()[..] {
        [0, 1, 0, ..] | [0, 2, ..] => 3,
        [0, 3..=9, ..] => 4,
        [4 | 8, 0, 0, ..] => return None,
        [1, 0, ..] | [2, ..] => 2,
        [3..=9, ..] => 3,
        _ => return None,
    };
    digits.even(length)
}

/// A number without an area code, after a word that says it is a phone.
fn announced(glyphs: &Glyphs, at: usize) -> Option<usize> {
    let at_once = follows(glyphs, at, CUES, AT_ONCE);
    if !at_once && !follows(glyphs, at, DIAL, AFTER_DIAL) && !after_cue(glyphs, at, CUES, REACH) {
        return None;
    }
    let end = local_number(glyphs, at)?;
    let other = is_amount(glyphs, end) || (!at_once && (is_day(glyphs, at) || counts(glyphs, end, COUNTS)));
    (!other).then_some(end)
}

/// Whether one of `words` ends right before `at`, or before at most two of the signs in `glue`.
fn follows(glyphs: &Glyphs, at: usize, words: &[&str], glue: &str) -> bool {
    let from = (at.saturating_sub(2)..at).rev().take_while(|&place| glue.contains(glyphs.at(place))).last().unwrap_or(at);
    (from..=at).any(|end| words.iter().any(|word| glyphs.ends(end, word)))
}

/// Whether a number that ends at `end` is money or a measure.
pub(super) fn is_amount(glyphs: &Glyphs, end: usize) -> bool {
    counts(glyphs, end, AMOUNTS)
}

/// Whether one of `words` follows a number that ends at `end`, with or without decimals.
fn counts(glyphs: &Glyphs, end: usize, words: &[&str]) -> bool {
    let decimals = glyphs.past(end, usize::from(glyphs.at(end) == '.') * 5, |glyph| glyph == '.' || glyph.is_ascii_digit());
    glyphs.longest(glyphs.past(decimals, 2, |glyph| glyph == ' '), words).is_some()
}

/// Whether eight digits together read as a day: `20260708`.
fn is_day(glyphs: &Glyphs, at: usize) -> bool {
    let value = |from: usize, to: usize| {
        (at + from..at + to).filter_map(|place| glyphs.at(place).to_digit(10)).fold(0, |sum, digit| sum * 10 + digit)
    };
    (at..at + 8).all(|place| glyphs.is_digit(place))
        && (19..=20).contains(&value(0, 2))
        && (1..=12).contains(&value(4, 6))
        && (1..=31).contains(&value(6, 8))
}

/// Where the seven or eight digits of a number within a town end.
fn local_number(glyphs: &Glyphs, at: usize) -> Option<usize> {
    if !matches!(glyphs.at(at), '2'..='9') || is_hotline(glyphs, at) || is_dashed_day(glyphs, at) {
        return None;
    }
    let digits = Digits::from(glyphs, at, 8);
    digits.first(glyphs, 8).or_else(|| digits.first(glyphs, 7)).map(|(_, end)| end)
}

/// `96110`, `95588`, and the ten digits of `400-820-8820`.
fn is_hotline(glyphs: &Glyphs, at: usize) -> bool {
    match glyphs.past(at, 11, |glyph| glyph.is_ascii_digit()) - at {
        5 => glyphs.stands(at, "95") || glyphs.stands(at, "96"),
        3 | 4 | 7 | 10 => {
            let free = glyphs.stands(at, "400") || glyphs.stands(at, "800");
            free && Digits::from(glyphs, at, 11).values().len() == 10
        }
        _ => false,
    }
}

/// `2026-07-08`, `2026.07.08`.
fn is_dashed_day(glyphs: &Glyphs, at: usize) -> bool {
    let sign = glyphs.at(at + 4);
    glyphs.stands(at, "20") && matches!(sign, '-' | '.') && glyphs.at(at + 7) == sign
}

fn past_extension(glyphs: &Glyphs, end: usize) -> usize {
    let cue = glyphs.past(end, 2, |glyph| matches!(glyph, ' ' | ',' | '('));
    let Some(length) = glyphs.longest(cue, EXTENSIONS) else {
        return end;
    };
    let number = glyphs.past(cue + length, 2, |glyph| matches!(glyph, ' ' | ':'));
    let after = glyphs.past(number, 6, |glyph| glyph.is_ascii_digit());
    if after == number || glyphs.is_digit(after) {
        return end;
    }
    if glyphs.at(after) == ')' { after + 1 } else { after }
}
