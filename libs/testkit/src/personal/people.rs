//! Names, and the words people put around them.

use super::{Kind, Secret, words};
use crate::random::Random;

/// Text before, the name, text after.
pub(super) fn name(random: &mut Random) -> (String, Secret, String) {
    let surname = random.pick(words::SURNAMES);
    let full = format!("{surname}{}", random.pick(words::GIVEN));
    let title = random.pick(words::TITLES);
    let plain = |before: &str, name: &str, after: &str| (before.to_owned(), secret(name), after.to_owned());
    match random.between(0, 11) {
        0 => plain("联系人：", &full, "，"),
        1 => plain("姓名:", &full, " "),
        2 => plain("我叫", &full, "，"),
        3 => plain("本人", &full, "，"),
        4 => plain("我是", &full, "，"),
        5 => (String::new(), secret(surname), format!("{title}来电，")),
        6 => (String::new(), secret(&full), format!("{title}反映，")),
        7 => plain(random.pick(&["反映人", "报警人", "投诉人", "业主", "邻居", "户主", "当事人"]), &full, "称"),
        8 => plain("联系人", &full, "电话见下，"),
        9 => plain("名叫", &full, "的老人走失，"),
        10 => plain("", &full, "来电反映，"),
        _ => plain("现场联系", surname, &format!("{title}，")),
    }
}

fn secret(name: &str) -> Secret {
    Secret { kind: Kind::Name, literal: name.to_owned(), core: name.to_owned() }
}
