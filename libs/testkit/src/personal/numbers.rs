//! Ids, cards, plates and accounts as people write them.

use super::{
    Kind, Secret,
    forms::{padded, unseen, wide},
    words,
};
use crate::random::Random;

pub(super) fn resident_id(random: &mut Random) -> Secret {
    let region = random.pick(&["320111", "320106", "341122", "110105", "510107", "440305"]);
    let (year, month, day) = (random.between(1940, 2019), random.between(1, 12), random.between(1, 28));
    if random.one_in(8) {
        let core = format!("{region}{:02}{month:02}{day:02}{}", random.between(40, 99), padded(random, 3));
        return Secret { kind: Kind::ResidentId, literal: core.clone(), core };
    }
    let body = format!("{region}{year}{month:02}{day:02}{}", padded(random, 3));
    let core = format!("{body}{}", check_sign(&body));
    let literal = match random.between(0, 7) {
        0 => format!("{} {} {}", &core[..6], &core[6..14], &core[14..]),
        1 => wide(&core),
        2 => core.to_lowercase(),
        3 => unseen(random, &core),
        4 => return ends_in_a_cross(&body[..14]),
        _ => core.clone(),
    };
    Secret { kind: Kind::ResidentId, literal, core }
}

/// A child's id, whose check sign nobody checked.
pub(super) fn childs_id(random: &mut Random) -> Secret {
    let (year, month, day) = (random.between(2021, 2025), random.between(1, 12), random.between(1, 28));
    let core = format!("320111{year}{month:02}{day:02}{}{}", padded(random, 3), random.pick(&["1", "4", "9", "X"]));
    Secret { kind: Kind::ResidentId, literal: core.clone(), core }
}

/// Those who have no X at hand write the sign of multiplication.
fn ends_in_a_cross(body: &str) -> Secret {
    let body = (0..1_000).map(|serial| format!("{body}{serial:03}")).find(|body| check_sign(body) == "X");
    let body = body.expect("one serial number in eleven has this check sign");
    Secret { kind: Kind::ResidentId, literal: format!("{body}×"), core: format!("{body}X") }
}

/// GB 11643-1999.
fn check_sign(body: &str) -> &'static str {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][sum as usize % 11]
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
    let literal = match random.between(0, 4) {
        2 => unseen(random, &core),
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

/// A plate with the car's make or kind right behind it.
pub(super) fn plate_before_word(random: &mut Random) -> (Secret, &'static str) {
    const SIGNS: &[&str] = &["A", "K", "S", "7", "0", "9", "2", "5"];
    let province = random.pick(words::PROVINCES);
    let letter = random.pick(&["A", "B", "C", "D", "E", "F"]);
    let tail = match random.between(0, 2) {
        0 => format!("{}{}", random.pick(&["D", "F"]), padded(random, 5)),
        1 => padded(random, 5),
        _ => format!("{}{}{}", random.pick(SIGNS), padded(random, 3), random.pick(SIGNS)),
    };
    let core = format!("{province}{letter}{tail}");
    let literal = if random.one_in(4) { format!("{province}{letter}·{tail}") } else { core.clone() };
    (Secret { kind: Kind::Plate, literal, core }, random.pick(&["SUV，", "MPV，", "BMW轿车，", "suv，"]))
}

/// A plate of the armed police.
pub(super) fn armed_police_plate(random: &mut Random) -> Secret {
    let province = random.pick(words::PROVINCES);
    let tail = format!("{}{}", padded(random, 4), random.pick(&["X", "B", "T", "3", "8"]));
    let core = format!("WJ{province}{tail}");
    let literal = match random.between(0, 3) {
        0 => format!("WJ{province}·{tail}"),
        1 => format!("WJ·{province}{tail}"),
        2 => wide(&core),
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
