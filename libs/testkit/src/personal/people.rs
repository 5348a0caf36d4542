//! Names, and the words people put around them.

use super::{Kind, Secret, words};
use crate::random::Random;

/// Text before, the name, text after.
pub(super) fn name(random: &mut Random) -> (String, Secret, String) {
    let surname = random.pick(words::SURNAMES);
    let full = format!("{surname}{}", random.pick(words::GIVEN));
    let title = random.pick(words::TITLES);
    let plain = |before: &str, name: &str, after: &str| (before.to_owned(), secret(name), after.to_owned());
    match random.between(0, 16) {
        0 => plain("联系人：", &full, "，"),
        1 => plain("姓名:", &full, " "),
        2 => plain("我叫", &full, "，"),
        3 => plain("本人", &full, "，"),
        4 => plain("我是", &full, "，"),
        5 => (String::new(), secret(surname), format!("{title}来电，")),
        6 => (String::new(), secret(&full), format!("{title}反映，")),
        7 | 12 => plain(random.pick(words::CALLERS), &full, "称"),
        13 => plain(random.pick(&["我叫", "报警人"]), random.pick(words::NAMES_TOO), "，"),
        14 => plain("", random.pick(words::NAMES_TOO), random.pick(&["先生", "女士", "小姐", "师傅"])),
        15 => plain(random.pick(&["姓名：", "我叫", "联系人："]), random.pick(words::DOTTED), "，"),
        8 => plain("联系人", &full, "电话见下，"),
        9 => plain("名叫", &full, "的老人走失，"),
        10 => plain("", &full, "来电反映，"),
        _ => plain("现场联系", surname, &format!("{title}，")),
    }
}

/// One name more of a list.
pub(super) fn next(random: &mut Random) -> Secret {
    secret(&format!("{}{}", random.pick(words::SURNAMES), random.pick(words::GIVEN)))
}

fn secret(name: &str) -> Secret {
    Secret { kind: Kind::Name, literal: name.to_owned(), core: name.to_owned() }
}
