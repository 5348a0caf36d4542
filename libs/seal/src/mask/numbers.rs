//! Numbers that belong to a person: mobile phones, landlines, resident ids, bank cards.

use super::{Found, Kind, glyphs::Glyphs};

/// Signs people put between the digits of one number.
const BETWEEN: &[char] = &[' ', '-', '.', '·', '_', '*'];
/// How many of them may stand between two digits.
const MOST_BETWEEN: usize = 3;
/// Words after which seven or eight digits are a phone of this town.
const PHONE_CUES: &[&str] = &["电话", "座机", "固话", "热线", "拨打", "致电", "联系方式", "联系号码", "回电", "传真"];
/// Words after which a long number is an account with a bank.
const CARD_CUES: &[&str] = &["卡号", "银行卡", "账号", "帐号", "账户", "帐户", "储蓄卡", "信用卡", "卡"];
/// Words before an extension.
const EXTENSIONS: &[&str] = &["转分机", "分机号", "分机", "转", "ext.", "ext", "EXT", "x", "-"];

/// Digits from one place on, with the signs between them skipped.
struct Digits {
    /// Value and place of each digit; an `X` at the end of an id counts as 10.
    digits: Vec<(u32, usize)>,
}

pub(super) fn scan(glyphs: &Glyphs, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < glyphs.len() {
        let starts_a_number = glyphs.is_digit(at) && !glyphs.is_digit(at.wrapping_sub(1));
        let hit = if starts_a_number || matches!(glyphs.at(at), '+' | '(') { number(glyphs, at) } else { None };
        match hit {
            Some(hit) => {
                at = hit.glyphs.end;
                found.push(hit);
            }
            None => at += 1,
        }
    }
}

fn number(glyphs: &Glyphs, at: usize) -> Option<Found> {
    let digits = Digits::from(glyphs, at, 24);
    let (kind, end) = resident_id(glyphs, &digits)
        .map(|end| (Kind::ResidentId, end))
        .or_else(|| mobile(glyphs, at).map(|end| (Kind::Mobile, end)))
        .or_else(|| bank_card(glyphs, at, &digits).map(|end| (Kind::BankCard, end)))
        .or_else(|| landline(glyphs, at).map(|end| (Kind::Landline, end)))?;
    Some(Found { kind, glyphs: at..end })
}

impl Digits {
    fn from(glyphs: &Glyphs, start: usize, most: usize) -> Self {
        let mut digits = Vec::with_capacity(most);
        let mut at = start;
        while digits.len() < most {
            match glyphs.at(at).to_digit(10) {
                Some(digit) => digits.push((digit, at)),
                None if digits.len() == 17 && matches!(glyphs.at(at), 'X' | 'x') => {
                    digits.push((10, at));
                    break;
                }
                None => break,
            }
            at = glyphs.past(at + 1, MOST_BETWEEN, |glyph| BETWEEN.contains(&glyph));
        }
        Self { digits }
    }

    /// The first `count` digits, if the number may end there: no digit follows without a sign between.
    fn first(&self, glyphs: &Glyphs, count: usize) -> Option<(Vec<u32>, usize)> {
        let end = self.digits.get(count.checked_sub(1)?)?.1 + 1;
        let values = self.digits[..count].iter().map(|&(value, _)| value).collect();
        (!glyphs.is_digit(end)).then_some((values, end))
    }
}

/// 11 digits from 13 to 19, with or without the country in front.
fn mobile(glyphs: &Glyphs, start: usize) -> Option<usize> {
    let mut at = start;
    if glyphs.at(at) == '(' {
        at += 1;
    }
    if let Some(prefix) = glyphs.longest(at, &["+86", "0086", "86", "+0086"]) {
        at = glyphs.past(at + prefix, MOST_BETWEEN, |glyph| BETWEEN.contains(&glyph) || glyph == ')');
        if let Some(end) = bare_mobile(glyphs, at) {
            return Some(end);
        }
    }
    // A trunk zero in front of a mobile, as older dialling rules had it.
    if glyphs.at(start) == '0'
        && let Some(end) = bare_mobile(glyphs, start + 1)
    {
        return Some(end);
    }
    bare_mobile(glyphs, start)
}

fn bare_mobile(glyphs: &Glyphs, at: usize) -> Option<usize> {
    if glyphs.at(at) != '1' {
        return None;
    }
    let (values, end) = Digits::from(glyphs, at, 11).first(glyphs, 11)?;
    (3..=9).contains(&values[1]).then_some(end)
}

/// Area code and 7 or 8 digits; without an area code only after a word that says it is a phone.
fn landline(glyphs: &Glyphs, start: usize) -> Option<usize> {
    let bracket = usize::from(glyphs.at(start) == '(');
    let mut at = start + bracket;
    if let Some(prefix) = glyphs.longest(at, &["+86", "0086"]) {
        at = glyphs.past(at + prefix, MOST_BETWEEN, |glyph| BETWEEN.contains(&glyph));
    }
    let end = if glyphs.at(at) == '0' {
        [3, 4].into_iter().find_map(|area| area_and_number(glyphs, at, area))
    } else if bracket == 0 && after_cue(glyphs, start, PHONE_CUES, 8) {
        local_number(glyphs, at)
    } else {
        None
    }?;
    Some(past_extension(glyphs, end))
}

fn area_and_number(glyphs: &Glyphs, at: usize, area: usize) -> Option<usize> {
    if !(at..at + area).all(|place| glyphs.is_digit(place)) || glyphs.at(at + 1) == '0' {
        return None;
    }
    let number = glyphs.past(at + area, MOST_BETWEEN, |glyph| BETWEEN.contains(&glyph) || glyph == ')');
    local_number(glyphs, number)
}

fn local_number(glyphs: &Glyphs, at: usize) -> Option<usize> {
    if !matches!(glyphs.at(at), '2'..='9') {
        return None;
    }
    let digits = Digits::from(glyphs, at, 8);
    let is_date = glyphs.at(at) == '2' && glyphs.at(at + 4) == '-' && glyphs.at(at + 7) == '-';
    if is_date {
        return None;
    }
    digits.first(glyphs, 8).or_else(|| digits.first(glyphs, 7)).map(|(_, end)| end)
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

/// 18 signs with a true check sign or a likely birthday, or the old 15 digits with a birthday.
fn resident_id(glyphs: &Glyphs, digits: &Digits) -> Option<usize> {
    if let Some((id, end)) = digits.first(glyphs, 18) {
        let likely = region(&id) && birthday(&id[6..14], 1900..=2020);
        return (likely || (region(&id) && birthday(&id[6..14], 2021..=2099) && check_sign(&id))).then_some(end);
    }
    let (id, end) = digits.first(glyphs, 15)?;
    let born = [&[1, 9], &id[6..12]].concat();
    (region(&id) && birthday(&born, 1900..=1999)).then_some(end)
}

fn region(id: &[u32]) -> bool {
    (11..=82).contains(&(id[0] * 10 + id[1]))
}

fn birthday(day: &[u32], years: std::ops::RangeInclusive<u32>) -> bool {
    let number = |digits: &[u32]| digits.iter().fold(0, |sum, digit| sum * 10 + digit);
    years.contains(&number(&day[..4])) && (1..=12).contains(&number(&day[4..6])) && (1..=31).contains(&number(&day[6..8]))
}

/// GB 11643-1999: the last sign is a weighted sum modulo 11.
fn check_sign(id: &[u32]) -> bool {
    const WEIGHTS: [u32; 18] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1];
    id.iter().zip(WEIGHTS).map(|(sign, weight)| sign * weight).sum::<u32>() % 11 == 1
}

/// 16 to 19 digits that a bank could have given out, or 12 to 19 after a word that says so.
fn bank_card(glyphs: &Glyphs, at: usize, digits: &Digits) -> Option<usize> {
    let said = after_cue(glyphs, at, CARD_CUES, 6);
    (12..=19).rev().find_map(|count| {
        let (card, end) = digits.first(glyphs, count)?;
        if card.contains(&10) {
            return None;
        }
        let issued = count >= 16 && matches!(card[0], 3..=6 | 9) && luhn(&card);
        (said || issued).then_some(end)
    })
}

fn luhn(card: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = card.iter().rev().enumerate().map(|(i, &digit)| if i % 2 == 1 { doubled(digit) } else { digit }).sum();
    sum.is_multiple_of(10)
}

/// Whether one of `cues` stands at most `reach` glyphs before `at`, with no digit and no end of a sentence between.
fn after_cue(glyphs: &Glyphs, at: usize, cues: &[&str], reach: usize) -> bool {
    (at.saturating_sub(reach)..=at)
        .rev()
        .take_while(|&end| end == at || !(glyphs.is_digit(end) || matches!(glyphs.at(end), '。' | ';' | '!' | '?' | '\n')))
        .any(|end| cues.iter().any(|cue| glyphs.ends(end, cue)))
}
