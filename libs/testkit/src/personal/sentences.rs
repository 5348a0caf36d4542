//! Puts samples together, sentence by sentence.

use super::{Sample, Secret, decoys, numbers, people, phones, places, words};
use crate::random::Random;

/// Adds one sentence.
pub(super) fn add(random: &mut Random, sample: &mut Sample) {
    match random.between(0, 20) {
        0 | 1 => {
            let (before, name, after) = people::name(random);
            sample.text.push_str(&before);
            plant(sample, name);
            sample.text.push_str(&after);
        }
        2 => around(sample, random.pick(words::BEFORE_MOBILES), phones::mobile(random), "。"),
        3 if random.one_in(4) => around(sample, random.pick(&["电话", "手机号："]), phones::mistyped(random), "，"),
        3 => around(sample, random.pick(words::BEFORE_MOBILES), phones::mobile(random), "。"),
        4 | 5 => around(sample, random.pick(words::BEFORE_LANDLINES), phones::landline(random), "，"),
        6 => locals(random, sample),
        7 if random.one_in(6) => around(sample, random.pick(words::BEFORE_CHILDREN), numbers::childs_id(random), "，"),
        7 => around(sample, random.pick(words::BEFORE_IDS), numbers::resident_id(random), "，"),
        8 => around(sample, random.pick(&["卡号", "银行卡", "转账到", "银行卡编号："]), numbers::bank_card(random), "。"),
        9 => around(sample, random.pick(&["车牌", "有辆", "白色轿车"]), numbers::plate(random), "，"),
        10 => {
            let (plate, after) = numbers::plate_before_word(random);
            around(sample, random.pick(&["车牌", "有辆", "一辆"]), plate, after);
        }
        11 => around(sample, random.pick(&["车牌", "有辆", "越野车"]), numbers::armed_police_plate(random), "，"),
        12 => around(sample, random.pick(&["邮箱", "材料发到", "邮件："]), numbers::email(random), "。"),
        13 => {
            let (cue, account) = numbers::account(random);
            around(sample, cue, account, "，");
        }
        17 => around(sample, random.pick(words::CASES), places::sure_house(random), ""),
        18 if random.one_in(2) => names(random, sample),
        18 => {
            around(
                sample,
                random.pick(&["", "收货人：", "请转告"]),
                people::next(random),
                random.pick(&["", "，", "（", "，电话"]),
            );
            around(sample, "", phones::mobile(random), "，");
        }
        15 if random.one_in(4) => around(sample, random.pick(words::STAGES), places::room(random), ""),
        14 | 15 => around(sample, random.pick(words::ESTATES), places::house(random), ""),
        16 => around(sample, random.pick(words::ROADS), places::street_number(random), "门口"),
        _ => decoys::add(random, sample),
    }
    if random.one_in(3) {
        sample.text.push_str(random.pick(words::MATTERS));
    }
    sample.text.push('。');
    if random.one_in(4) {
        let plain = random.pick(words::PLAIN);
        sample.text.push_str(plain);
        sample.decoys.push(plain.to_owned());
    }
}

fn around(sample: &mut Sample, before: &str, secret: Secret, after: &str) {
    sample.text.push_str(before);
    plant(sample, secret);
    sample.text.push_str(after);
}

fn plant(sample: &mut Sample, secret: Secret) {
    sample.text.push_str(&secret.literal);
    sample.secrets.push(secret);
}

/// Two or three names with one word before them.
fn names(random: &mut Random, sample: &mut Sample) {
    around(sample, random.pick(&["业主", "当事人", "报案人", "联系人："]), people::next(random), "");
    for _ in 0..random.between(1, 2) {
        around(sample, random.pick(&["、", "和", "与"]), people::next(random), "");
    }
    sample.text.push_str(random.pick(&["反映", "互殴", "，"]));
}

/// One to three numbers of this town, after a word that says so; or after another number.
fn locals(random: &mut Random, sample: &mut Sample) {
    let first = match random.between(0, 4) {
        0 => phones::landline(random),
        1 => phones::mobile(random),
        _ => phones::local(random),
    };
    around(sample, random.pick(words::BEFORE_LOCALS), first, "");
    for _ in 0..random.between(0, 2) {
        around(sample, random.pick(&["、", "/", ",", "，", "和", " ", "或"]), phones::local(random), "");
    }
    sample.text.push('，');
}
