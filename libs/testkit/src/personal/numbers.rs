//! Numbers of persons as people write them: spaced, hyphened, full-width.

use super::{Kind, Secret, words};
use crate::random::Random;

pub(super) fn mobile(random: &mut Random) -> Secret {
    let core = format!("1{}{}", random.between(3, 9), padded(random, 9));
    let (a, b, c) = (&core[..3], &core[3..7], &core[7..]);
    let literal = match random.between(0, 11) {
        0 => format!("{a} {b} {c}"),
        1 => format!("{a}-{b}-{c}"),
        2 => wide(&core),
        3 => format!("+86{core}"),
        4 => format!("+86 {a} {b} {c}"),
        5 => format!("0086-{core}"),
        6 => format!("86{core}"),
        7 => core.chars().map(String::from).collect::<Vec<_>>().join(" "),
        8 => format!("{}-{}", &core[..5], &core[5..]),
        _ => core.clone(),
    };
    Secret { kind: Kind::Mobile, literal, core }
}

pub(super) fn landline(random: &mut Random) -> Secret {
    let (area, number) = match random.between(0, 2) {
        0 => ("025", format!("5{}", padded(random, 7))),
        1 => ("021", format!("6{}", padded(random, 7))),
        _ => ("0550", format!("3{}", padded(random, 6))),
    };
    let core = format!("{area}{number}");
    let literal = match random.between(0, 6) {
        0 => core.clone(),
        1 => format!("{area} {number}"),
        2 => format!("({area}){number}"),
        3 => wide(&format!("{area}-{number}")),
        4 => format!("{area}-{number}转{}", random.digits(3)),
        _ => format!("{area}-{number}"),
    };
    Secret { kind: Kind::Landline, literal, core }
}

pub(super) fn resident_id(random: &mut Random) -> Secret {
    let region = random.pick(&["320111", "320106", "341122", "110105", "510107", "440305"]);
    let (year, month, day) = (random.between(1940, 2019), random.between(1, 12), random.between(1, 28));
    if random.one_in(8) {
        let core = format!("{region}{:02}{month:02}{day:02}{}", random.between(40, 99), padded(random, 3));
        return Secret { kind: Kind::ResidentId, literal: core.clone(), core };
    }
    let body = format!("{region}{year}{month:02}{day:02}{}", padded(random, 3));
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let core = format!("{body}{}", ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][sum as usize % 11]);
    let literal = match random.between(0, 5) {
        0 => format!("{} {} {}", &core[..6], &core[6..14], &core[14..]),
        1 => wide(&core),
        2 => core.to_lowercase(),
        _ => core.clone(),
    };
    Secret { kind: Kind::ResidentId, literal, core }
}

pub(super) fn bank_card(random: &mut Random) -> Secret {
    let length = usize::try_from(random.between(16, 19)).expect("small");
    let body = format!("62{}", padded(random, length - 3));
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, digit)| if i % 2 == 0 { doubled(u32::from(digit - b'0')) } else { u32::from(digit - b'0') })
        .sum();
    let core = format!("{body}{}", (10 - sum % 10) % 10);
    let literal = match random.between(0, 3) {
        0 => core.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four)).collect::<Vec<_>>().join(" "),
        1 => wide(&core),
        _ => core.clone(),
    };
    Secret { kind: Kind::BankCard, literal, core }
}

pub(super) fn plate(random: &mut Random) -> Secret {
    const SIGNS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
    let province = random.pick(words::PROVINCES);
    let letter = random.pick(&["A", "B", "C", "D", "E", "F"]);
    let tail = if random.one_in(4) {
        format!("{}{}", random.pick(&["D", "F"]), padded(random, 5))
    } else {
        let mut tail: String = (0..4).map(|_| char::from(*random.pick(&SIGNS.iter().collect::<Vec<_>>()))).collect();
        tail.push_str(&padded(random, 1));
        tail
    };
    let core = format!("{province}{letter}{tail}");
    let literal = match random.between(0, 6) {
        0 => format!("{province}{letter}·{tail}"),
        1 => format!("{province}{letter} {tail}"),
        2 => format!("{province} {letter} {tail}"),
        3 => wide(&core),
        4 => core.to_lowercase(),
        _ => core.clone(),
    };
    Secret { kind: Kind::Plate, literal, core }
}

pub(super) fn email(random: &mut Random) -> Secret {
    let user = format!("{}{}", random.pick(&["wang.lei", "zhangsan", "li_na", "happy-cat", "xiaoyu"]), random.digits(3));
    let core = format!("{user}@{}", random.pick(&["163.com", "qq.com", "mail.example.cn", "126.com", "sina.com.cn"]));
    let literal = if random.one_in(8) { wide(&core) } else { core.clone() };
    Secret { kind: Kind::Email, literal, core }
}

/// A WeChat or QQ id; stands after a cue word.
pub(super) fn account(random: &mut Random) -> (&'static str, Secret) {
    let (cue, core) = if random.one_in(2) {
        (random.pick(&["QQ：", "QQ号", "qq ", "QQ是", "扣扣"]), random.digits(9))
    } else {
        let name = format!("{}{}", random.pick(&["wxid_", "lucky", "sunshine-", "a", "nanjing_"]), random.digits(6));
        (random.pick(&["微信号", "微信：", "微信是", "加微信 ", "VX:", "微信号为"]), name)
    };
    (cue, Secret { kind: Kind::Account, literal: core.clone(), core })
}

pub(super) fn house(random: &mut Random) -> Secret {
    let (building, unit, floor, room) = (random.between(1, 60), random.between(1, 4), random.between(1, 30), random.between(1, 6));
    let literal = match random.between(0, 9) {
        0 => format!("{building}栋{unit}单元{floor}{room:02}室"),
        1 => format!("{building}号楼{unit}单元{floor}{room:02}"),
        2 => format!("{building}-{unit}-{floor}{room:02}"),
        3 => wide(&format!("{building}幢{unit}单元{floor}{room:02}室")),
        4 => format!("{building}栋{floor}{room:02}"),
        5 => format!("{building}幢{floor}{room:02}户"),
        6 => format!("{building}号楼{floor}{room:02}室"),
        7 => format!("{building} 幢 {unit} 单元 {floor}{room:02} 室"),
        8 => format!("{}栋{}单元{floor}{room:02}", han(building), han(unit)),
        _ => format!("{building}幢{unit}单元{floor}{room:02}室"),
    };
    Secret { kind: Kind::House, core: narrow(&literal), literal }
}

/// A number in a street; stands after the street's name.
pub(super) fn street_number(random: &mut Random) -> Secret {
    let number = random.between(1, 300);
    let literal = if random.one_in(3) { format!("{number}号{}室", random.between(101, 909)) } else { format!("{number}号") };
    Secret { kind: Kind::House, core: literal.clone(), literal }
}

fn padded(random: &mut Random, count: usize) -> String {
    random.digits(count + 1)[1..].to_owned()
}

fn wide(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c) } else { c }).collect()
}

fn narrow(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(narrow).filter(|c| *c != ' ').collect()
}

fn han(number: u64) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |n: u64| DIGITS[usize::try_from(n % 10).expect("one digit")];
    match number {
        0..10 => digit(number).to_owned(),
        10..20 => format!("十{}", digit(number)),
        _ => format!("{}十{}", digit(number / 10), digit(number)),
    }
}
