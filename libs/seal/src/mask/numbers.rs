//! Numbers that belong to a person: resident ids and bank cards here, phones in [`phones`](super::phones).

use super::{Found, Kind, glyphs::Glyphs, keep, phones};

/// Signs people put between the digits of one number.
pub(super) const BETWEEN: &[char] = &[' ', '-', '.', '·', '_', '*'];
/// How many of them may stand between two digits.
pub(super) const MOST_BETWEEN: usize = 3;
/// Words after which a long number is an account with a bank.
const CARD_CUES: &[&str] = &["卡号", "银行卡", "账号", "帐号", "账户", "帐户", "储蓄卡", "信用卡", "卡"];
/// Words after which 18 signs are an id, whatever its birthday and check sign.
pub(super) const ID_CUES: &[&str] = &["身份证", "证件", "户口"];
/// How many glyphs may stand between.
pub(super) const ID_REACH: usize = 6;
/// What people write for the `X` of an id: letters of two alphabets, and signs that look like them.
const EXES: &str = "XxХх×✕✖╳";

/// Digits from one place on, with the signs between them skipped.
pub(super) struct Digits {
    /// Value and place of each digit; an `X` at the end of an id counts as 10.
    digits: Vec<(u32, usize)>,
}

pub(super) fn scan(glyphs: &Glyphs, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < glyphs.len() {
        let starts_a_number = glyphs.is_digit(at) && !glyphs.is_digit(at.wrapping_sub(1));
        let hit = if starts_a_number || matches!(glyphs.at(at), '+' | '(') { number(glyphs, at) } else { None };
        let Some(hit) = hit else {
            at += 1;
            continue;
        };
        at = hit.glyphs.end;
        if keep::keeps(glyphs, &hit, found.last().map_or(0, |last| last.glyphs.end)) {
            continue;
        }
        // Two phones side by side may read like a card.
        let is_phone = hit.kind != Kind::ResidentId;
        found.push(hit);
        while is_phone && let Some(next) = phones::one_more(glyphs, at) {
            at = next.end;
            found.push(Found { kind: Kind::Landline, glyphs: next });
        }
    }
}

fn number(glyphs: &Glyphs, at: usize) -> Option<Found> {
    let digits = Digits::from(glyphs, at, 24);
    let (kind, end) = resident_id(glyphs, at, &digits)
        .map(|end| (Kind::ResidentId, end))
        .or_else(|| phones::mobile(glyphs, at).map(|end| (Kind::Mobile, end)))
        .or_else(|| bank_card(glyphs, at, &digits).map(|end| (Kind::BankCard, end)))
        .or_else(|| old_resident_id(glyphs, &digits).map(|end| (Kind::ResidentId, end)))
        .or_else(|| phones::landline(glyphs, at).map(|end| (Kind::Landline, end)))?;
    Some(Found { kind, glyphs: at..end })
}

impl Digits {
    /// At most `most` digits from `start` on.
    pub(super) fn from(glyphs: &Glyphs, start: usize, most: usize) -> Self {
        let mut digits = Vec::with_capacity(most);
        let mut at = start;
        while digits.len() < most {
            match glyphs.at(at).to_digit(10) {
                Some(digit) => digits.push((digit, at)),
                None if digits.len() == 17 && EXES.contains(glyphs.at(at)) => {
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
    pub(super) fn first(&self, glyphs: &Glyphs, count: usize) -> Option<(Vec<u32>, usize)> {
        let end = self.digits.get(count.checked_sub(1)?)?.1 + 1;
        let values = self.digits[..count].iter().map(|&(value, _)| value).collect();
        (!glyphs.is_digit(end)).then_some((values, end))
    }

    pub(super) fn values(&self) -> Vec<u32> {
        self.digits.iter().map(|&(value, _)| value).collect()
    }

    /// Where the first `count` digits end, if they stand all together or each apart: `025`, `0 2 5`, not `02-5`.
    pub(super) fn even(&self, count: usize) -> Option<usize> {
        let digits = self.digits.get(..count)?;
        let apart = digits.windows(2).filter(|pair| pair[1].1 - pair[0].1 > 1).count();
        let (_, last) = digits.last()?;
        (apart == 0 || apart + 1 == count).then_some(last + 1)
    }
}

/// 18 signs with a true check sign or a likely birthday, or after a word that says so.
fn resident_id(glyphs: &Glyphs, at: usize, digits: &Digits) -> Option<usize> {
    let (id, end) = digits.first(glyphs, 18)?;
    let likely = birthday(&id[6..14], 1900..=2020) || (birthday(&id[6..14], 2021..=2099) && check_sign(&id));
    let said = || after_cue(glyphs, at, ID_CUES, ID_REACH) && !keep::is_case_number(glyphs, at);
    ((region(&id) && likely) || said()).then_some(end)
}

/// The 15 digits of before 1999, with a birthday. Asked after cards, whose first 15 digits may read like one.
fn old_resident_id(glyphs: &Glyphs, digits: &Digits) -> Option<usize> {
    let (id, end) = digits.first(glyphs, 15)?;
    let born = [&[1, 9], &id[6..12]].concat();
    (region(&id) && birthday(&born, 1900..=1999)).then_some(end)
}

/// GB/T 2260: the provinces. No year among them, which many a matter's number begins with.
fn region(id: &[u32]) -> bool {
    matches!(id[0] * 10 + id[1], 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
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
        (issued || (said && !phones::is_amount(glyphs, end))).then_some(end)
    })
}

/// The last digit checks the others.
pub(super) fn luhn(card: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = card.iter().rev().enumerate().map(|(i, &digit)| if i % 2 == 1 { doubled(digit) } else { digit }).sum();
    sum.is_multiple_of(10)
}

/// Whether one of `cues` stands at most `reach` glyphs before `at`, with no digit and no end of a sentence between.
pub(super) fn after_cue(glyphs: &Glyphs, at: usize, cues: &[&str], reach: usize) -> bool {
    (at.saturating_sub(reach)..=at)
        .rev()
        .take_while(|&end| end == at || !(glyphs.is_digit(end) || matches!(glyphs.at(end), '。' | ';' | '!' | '?' | '\n')))
        .any(|end| cues.iter().any(|cue| glyphs.ends(end, cue)))
}
