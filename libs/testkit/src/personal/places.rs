//! House numbers.

use super::{
    Kind, Secret,
    forms::{han, narrow, wide},
};
use crate::random::Random;

/// A building with unit and room, or some of them; stands after an estate's name.
pub(super) fn house(random: &mut Random) -> Secret {
    let (building, unit, floor, room) = (random.between(1, 60), random.between(1, 4), random.between(1, 30), random.between(1, 6));
    let literal = match random.between(0, 13) {
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
        8 => format!("{}栋{}单元{floor}{room:02}", han(building), han(unit)),
        _ => format!("{building}幢{unit}单元{floor}{room:02}室"),
    };
    Secret { kind: Kind::House, core: narrow(&literal), literal }
}

/// A number in a street; stands after the street's name.
pub(super) fn street_number(random: &mut Random) -> Secret {
    let number = random.between(1, 300);
    let literal = match random.between(0, 5) {
        0 | 1 => format!("{number}号{}室", random.between(101, 909)),
        2 => format!("{number}号{}-{}", random.between(1, 9), random.between(101, 909)),
        _ => format!("{number}号"),
    };
    Secret { kind: Kind::House, core: literal.clone(), literal }
}
