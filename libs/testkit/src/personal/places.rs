//! House numbers.

use super::{
    Kind, Secret,
    forms::{han, narrow, wide},
};
use crate::random::Random;

/// A building with unit and room, or some of them; stands after an estate's name.
pub(super) fn house(random: &mut Random) -> Secret {
    let (building, unit, floor, room) = (random.between(1, 60), random.between(1, 4), random.between(1, 30), random.between(1, 6));
    let literal = match random.between(0, 16) {
        0 => format!("{building}栋{unit}单元{floor}{room:02}室"),
        1 => format!("{building}号楼{unit}单元{floor}{room:02}"),
        2 => format!("{building}-{unit}-{floor}{room:02}"),
        3 => wide(&format!("{building}幢{unit}单元{floor}{room:02}室")),
        4 => format!("{building}栋{floor}{room:02}"),
        5 => format!("{building}幢{floor}{room:02}户"),
        6 => format!("{building}号楼{floor}{room:02}室"),
        7 => format!("{building} 幢 {unit} 单元 {floor}{room:02} 室"),
        9 => format!("{building}幢{unit}-{floor}{room:02}"),
        10 => format!("{building}号楼{unit}-{floor}{room:02}"),
        11 => format!("{building}/{unit}/{floor}{room:02}"),
        12 => wide(&format!("{building}幢{unit}-{floor}{room:02}室")),
        13 => format!("{building}#{floor}{room:02}"),
        14 => format!("{building}#楼{floor}{room:02}室"),
        15 => format!("{building}#{unit}单元{floor}{room:02}"),
        8 => format!("{}栋{}单元{floor}{room:02}", han(building), han(unit)),
        _ => format!("{building}幢{unit}单元{floor}{room:02}室"),
    };
    Secret { kind: Kind::House, core: narrow(&literal), literal }
}

/// A building with a word that says so; stands after any word.
pub(super) fn sure_house(random: &mut Random) -> Secret {
    let says = |house: &Secret| ["栋", "幢", "号楼"].iter().any(|word| house.literal.contains(word));
    std::iter::repeat_with(|| house(random)).find(says).expect("more than half of them say so")
}

/// A building and a room of it; stands after a stage of an estate.
pub(super) fn room(random: &mut Random) -> Secret {
    let literal = format!("{}-{}{:02}室", random.between(1, 60), random.between(1, 30), random.between(1, 6));
    Secret { kind: Kind::House, core: literal.clone(), literal }
}

/// A number in a street; stands after the street's name.
pub(super) fn street_number(random: &mut Random) -> Secret {
    let number = random.between(1, 300);
    let literal = match random.between(0, 6) {
        6 => format!("{number}-{}号", random.between(1, 20)),
        0 | 1 => format!("{number}号{}室", random.between(101, 909)),
        2 => format!("{number}号{}-{}", random.between(1, 9), random.between(101, 909)),
        _ => format!("{number}号"),
    };
    Secret { kind: Kind::House, core: literal.clone(), literal }
}
