//! Phone numbers as people write them.

use super::{
    Kind, Secret,
    forms::{padded, spaced, unseen, wide},
};
use crate::random::Random;

/// A mobile phone.
pub(super) fn mobile(random: &mut Random) -> Secret {
    let core = format!("1{}{}", random.between(3, 9), padded(random, 9));
    let (a, b, c) = (&core[..3], &core[3..7], &core[7..]);
    let literal = match random.between(0, 19) {
        0 => format!("{a} {b} {c}"),
        1 => format!("{a}-{b}-{c}"),
        2 => wide(&core),
        3 => format!("+86{core}"),
        4 => format!("+86 {a} {b} {c}"),
        5 => format!("0086-{core}"),
        6 => format!("86{core}"),
        7 => spaced(&core),
        9 => unseen(random, &core),
        8 => format!("{}-{}", &core[..5], &core[5..]),
        10 => format!("({a}){b}{c}"),
        11 => format!("+86（{a}）{b}{c}"),
        12 => format!("{a}（{b}）{c}"),
        13 => format!("{a}\u{2012}{b}\u{2012}{c}"),
        14 => format!("{a}\u{2015}{b}\u{2015}{c}"),
        15 => format!("{a}~{b}~{c}"),
        _ => core.clone(),
    };
    Secret { kind: Kind::Mobile, literal, core }
}

/// A mobile phone with a digit or two too many; stands after a word that says it is a phone.
pub(super) fn mistyped(random: &mut Random) -> Secret {
    let more = usize::try_from(random.between(10, 11)).expect("small");
    let core = format!("1{}{}", random.between(3, 9), padded(random, more));
    Secret { kind: Kind::Mobile, literal: core.clone(), core }
}

/// A landline with its area code; after the country's prefix with or without the trunk zero.
pub(super) fn landline(random: &mut Random) -> Secret {
    let (area, number) = match random.between(0, 2) {
        0 => ("25", format!("5{}", padded(random, 7))),
        1 => ("21", format!("6{}", padded(random, 7))),
        _ => ("550", format!("3{}", padded(random, 6))),
    };
    let (front, back) = number.split_at(number.len() - 4);
    let core = format!("0{area}{number}");
    let literal = match random.between(0, 17) {
        0 => core.clone(),
        1 => format!("0{area} {number}"),
        2 => format!("(0{area}){number}"),
        3 => wide(&format!("0{area}-{number}")),
        4 => format!("0{area}-{number}转{}", random.digits(3)),
        5 => spaced(&core),
        6 => format!("{} {number}", spaced(&format!("0{area}"))),
        7 => unseen(random, &core),
        8 => format!("+86-0{area}-{number}"),
        9..=14 => return abroad(random, area, &number),
        15 => format!("0{area} {front} {back}"),
        _ => format!("0{area}-{number}"),
    };
    Secret { kind: Kind::Landline, literal, core }
}

/// `+86 25 5888 1234`: the country stands in front and the trunk zero is gone.
fn abroad(random: &mut Random, area: &str, number: &str) -> Secret {
    let (front, back) = number.split_at(number.len() - 4);
    let core = format!("{area}{number}");
    let literal = match random.between(0, 6) {
        0 => format!("+86 {area} {front} {back}"),
        1 => format!("+86-{area}-{number}"),
        2 => format!("0086-{area}-{number}"),
        3 => format!("+86{core}"),
        4 => wide(&format!("+86-{area}-{number}")),
        5 => format!("(+86){area}-{number}"),
        _ => format!("86-{area}-{number}"),
    };
    Secret { kind: Kind::Landline, literal, core }
}

/// A number within the town; stands after a word that says it is a phone, or beside another number.
pub(super) fn local(random: &mut Random) -> Secret {
    let core = format!("{}{}", random.between(5, 8), padded(random, 7));
    let (front, back) = core.split_at(4);
    let literal = match random.between(0, 8) {
        4 => format!("{} {} {} {}", &front[..2], &front[2..], &back[..2], &back[2..]),
        0 => format!("{front}-{back}"),
        1 => format!("{front} {back}"),
        2 => wide(&core),
        3 => unseen(random, &core),
        _ => core.clone(),
    };
    Secret { kind: Kind::Landline, literal, core }
}
