//! House numbers: buildings, units, rooms, numbers in a street.

use super::{Found, Kind, glyphs::Glyphs, keep};

/// What follows the number of a building or a part of it; each alone says that somebody lives there.
const SURE: &[&str] = &["号楼", "#楼", "单元", "栋", "幢", "室", "座"];
/// What follows the number of a house that is counted: `第18幢`.
const ORDINAL: &[&str] = &["号楼", "#楼", "单元", "栋", "幢"];
/// What follows a number within an address that has begun.
const WITHIN: &[&str] = &["号楼", "#楼", "单元", "栋", "幢", "室", "座", "号", "户", "房间", "房", "楼", "层", "门", "#"];
/// What ends right before a number in a street or a yard.
const STREETS: &[&str] =
    &["路", "街", "巷", "弄", "大道", "道", "里", "村", "组", "院", "庄", "住", "家住", "坊", "营", "桥", "圩"];
/// What ends right before `3-502`.
const ESTATES: &[&str] = &[
    "住", "小区", "苑", "园", "家", "村", "庄", "里", "城", "府", "湾", "庭", "公寓", "雅居", "人家", "广场", "新寓", "佳园", "坊",
    "居",
];
/// What follows `号` when it counts something else.
const OTHER_NUMBERS: &[&str] =
    &["线", "文", "令", "公告", "通知", "码", "机", "台风", "电梯", "桌", "窗口", "球", "车厢", "坑", "井"];
/// What follows a number that is no room.
const COUNTED: &[&str] = &["元", "万", "平", "人", "米", "年", "块", "户", "%"];
const SPACES: usize = 2;
/// Most parts of one address; more is a list.
const MOST_PARTS: usize = 6;

pub(super) fn scan(glyphs: &Glyphs, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < glyphs.len() {
        let begins = is_number(glyphs.at(at)) && !is_number(glyphs.before(at)) && glyphs.before(at) != '.';
        let hit = if begins { address(glyphs, at) } else { None };
        match hit {
            Some(end) => {
                found.push(Found { kind: Kind::House, glyphs: at..end });
                at = end;
            }
            None => at += 1,
        }
    }
}

/// Where the address that starts at `start` ends, if one does.
fn address(glyphs: &Glyphs, start: usize) -> Option<usize> {
    // After a case word and after 第 only what says by itself that somebody lives there.
    let free = glyphs.before(start) != '第' && !keep::is_case_number(glyphs, start);
    dashed(glyphs, start, free).or_else(|| parts(glyphs, start, free))
}

/// `3-2-502`, `3-502室`; after an estate's name `3-502` and `18/2/501` too. Dates have a short last part.
fn dashed(glyphs: &Glyphs, start: usize, free: bool) -> Option<usize> {
    let (groups, end) = groups(glyphs, start, '-');
    let after = past_word(glyphs, end);
    let room = glyphs.at(end) == '室';
    let counts = after == end && glyphs.longest(end, COUNTED).is_some();
    let house = match groups[..] {
        [1..=2, 3..=4] => room || (free && !counts && in_estate(glyphs, start)),
        [1..=3, 1..=2, 3..=4] | [1..=3, 1..=2, 1..=2, 3..=4] => room || free,
        _ => false,
    };
    if house {
        return Some(after);
    }
    let (groups, end) = self::groups(glyphs, start, '/');
    let house = matches!(groups[..], [1..=3, 1..=2, 3..=4] | [1..=3, 1..=2, 1..=2, 3..=4]);
    (house && free && in_estate(glyphs, start)).then(|| past_word(glyphs, end))
}

/// Whether an estate's name ends before `start`, or one of its stages: `二期18-501`.
fn in_estate(glyphs: &Glyphs, start: usize) -> bool {
    let name = (start.saturating_sub(SPACES)..start).rev().take_while(|&at| glyphs.at(at) == ' ').last().unwrap_or(start);
    let stage = glyphs.ends(name, "期") && is_number(glyphs.before(name - 1));
    stage || ESTATES.iter().any(|word| glyphs.ends(name, word))
}

/// The lengths of numbers joined by `sign`, and where the last one ends.
fn groups(glyphs: &Glyphs, start: usize, sign: char) -> (Vec<usize>, usize) {
    let (mut groups, mut at) = (Vec::new(), start);
    loop {
        let end = digits(glyphs, at, 5);
        groups.push(end - at);
        let more = glyphs.at(end) == sign && glyphs.is_digit(end + 1) && groups.len() < 5;
        if !more {
            return (groups, end);
        }
        at = end + 1;
    }
}

fn past_word(glyphs: &Glyphs, at: usize) -> usize {
    at + glyphs.longest(at, &["室", "户", "号"]).unwrap_or(0)
}

/// `18幢2单元501室`, `18#501`, `文德路18-1号501`; where it is `free`, `128号` too.
fn parts(glyphs: &Glyphs, start: usize, free: bool) -> Option<usize> {
    let ordinal = glyphs.before(start) == '第';
    let number = number(glyphs, start)?;
    let sub = digits(glyphs, number + 1, 3);
    let split = glyphs.at(number) == '-' && (1..=2).contains(&(sub - number - 1));
    let word = spaces(glyphs, if split { sub } else { number });
    let one = || match glyphs.at(word) {
        _ if ordinal => false,
        '号' if split => free && in_street(glyphs, start) && !is_other(glyphs, word + 1),
        '号' => free && is_house(glyphs, start, number, word + 1),
        '户' => !split && number - start >= 3,
        '#' => glyphs.is_digit(spaces(glyphs, word + 1)) && part(glyphs, word + 1).is_some_and(|end| glyphs.before(end) != '#'),
        _ => false,
    };
    let mut end = match glyphs.longest(word, if ordinal { ORDINAL } else { SURE }) {
        Some(length) => word + length,
        None if one() => word + 1,
        None => return None,
    };
    for _ in 0..MOST_PARTS {
        let Some(next) = part(glyphs, end) else { break };
        end = next;
    }
    Some(end)
}

/// One more part of an address that has begun: a number and its word, a bare room number, or unit and room (`2-501`).
fn part(glyphs: &Glyphs, at: usize) -> Option<usize> {
    if let Some(end) = unit_and_room(glyphs, glyphs.past(at, SPACES, |glyph| matches!(glyph, ' ' | '-'))) {
        return Some(end);
    }
    let start = glyphs.past(at, SPACES, |glyph| matches!(glyph, ' ' | '-' | ',' | '，' | '、'));
    let number = number(glyphs, start)?;
    let word = spaces(glyphs, number);
    if let Some(length) = glyphs.longest(word, WITHIN) {
        return Some(word + length);
    }
    let room = (3..=4).contains(&(number - start)) && (start..number).all(|place| glyphs.is_digit(place));
    let counts = glyphs.longest(number, COUNTED).is_some();
    (room && !counts && matches!(glyphs.at(at), '0'..='9' | ' ' | '-')).then_some(number)
}

/// `2-501`, `3-1201室`, `1-2-501`.
fn unit_and_room(glyphs: &Glyphs, start: usize) -> Option<usize> {
    let (groups, end) = groups(glyphs, start, '-');
    let reads = matches!(groups[..], [1..=2, 3..=4] | [1..=2, 1..=2, 3..=4]);
    let after = past_word(glyphs, end);
    (reads && (after > end || glyphs.longest(end, COUNTED).is_none())).then_some(after)
}

/// Whether `号` after a number is a house and not a day, a line or a document.
fn is_house(glyphs: &Glyphs, start: usize, end: usize, after: usize) -> bool {
    if is_other(glyphs, after) || matches!(glyphs.before(start), '月' | '日' | '〕' | ']' | '年') {
        return false;
    }
    let digits = end - start;
    in_street(glyphs, start) || ((2..=4).contains(&digits) && glyphs.is_digit(start) && value(glyphs, start, end) > 31)
}

fn is_other(glyphs: &Glyphs, after: usize) -> bool {
    glyphs.longest(after, OTHER_NUMBERS).is_some()
}

fn in_street(glyphs: &Glyphs, start: usize) -> bool {
    STREETS.iter().any(|word| glyphs.ends(start, word))
}

fn value(glyphs: &Glyphs, start: usize, end: usize) -> u32 {
    (start..end).filter_map(|at| glyphs.at(at).to_digit(10)).fold(0, |sum, digit| sum * 10 + digit)
}

/// The end of a house's number: up to four digits with a letter, or a Chinese numeral, or one letter.
fn number(glyphs: &Glyphs, start: usize) -> Option<usize> {
    if glyphs.is_digit(start) {
        let end = digits(glyphs, start, 5);
        let lettered = glyphs.at(end).is_ascii_alphabetic() && !glyphs.at(end + 1).is_ascii_alphanumeric();
        let end = end + usize::from(lettered);
        return (!glyphs.is_digit(end)).then_some(end);
    }
    if glyphs.at(start).is_ascii_uppercase() {
        let end = digits(glyphs, start + 1, 4);
        return (!glyphs.at(end).is_ascii_alphanumeric()).then_some(end);
    }
    let end = glyphs.past(start, 5, is_han_number);
    (end > start).then_some(end)
}

fn digits(glyphs: &Glyphs, start: usize, most: usize) -> usize {
    glyphs.past(start, most, |glyph| glyph.is_ascii_digit())
}

fn spaces(glyphs: &Glyphs, at: usize) -> usize {
    glyphs.past(at, SPACES, |glyph| glyph == ' ')
}

fn is_number(glyph: char) -> bool {
    glyph.is_ascii_digit() || glyph.is_ascii_uppercase() || is_han_number(glyph)
}

fn is_han_number(glyph: char) -> bool {
    "一二三四五六七八九十百零〇".contains(glyph)
}
