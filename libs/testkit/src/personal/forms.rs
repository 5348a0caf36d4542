//! How people write numbers: full-width, lower case, in Chinese numerals, with signs between that nobody sees.

use crate::random::Random;

/// Signs of no or hardly any width, as copying out of chats and tables leaves them between digits.
const UNSEEN: &[&str] = &["\u{200b}", "\u{200c}", "\u{2060}", "\u{feff}", "\u{2009}", "\u{2006}", "\u{202f}"];

/// `count` digits, the first of them may be 0.
pub(super) fn padded(random: &mut Random, count: usize) -> String {
    random.digits(count + 1)[1..].to_owned()
}

/// Every digit by itself: `0 2 5 5 8 8 8`.
pub(super) fn spaced(text: &str) -> String {
    text.chars().map(String::from).collect::<Vec<_>>().join(" ")
}

/// One unseen sign after every `step` signs.
pub(super) fn unseen(random: &mut Random, text: &str) -> String {
    let (sign, step) = (random.pick(UNSEEN), usize::try_from(random.between(1, 4)).expect("small"));
    let signs: Vec<char> = text.chars().collect();
    signs.chunks(step).map(String::from_iter).collect::<Vec<_>>().join(sign)
}

pub(super) fn wide(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c) } else { c }).collect()
}

pub(super) fn narrow(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(narrow).filter(|c| *c != ' ').collect()
}

pub(super) fn han(number: u64) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |n: u64| DIGITS[usize::try_from(n % 10).expect("one digit")];
    match number {
        0..10 => digit(number).to_owned(),
        10..20 => format!("十{}", digit(number)),
        _ => format!("{}十{}", digit(number / 10), digit(number)),
    }
}
