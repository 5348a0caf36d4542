//! Puts samples together, sentence by sentence.

use super::{Sample, Secret, numbers, people, words};
use crate::random::Random;

/// Adds one sentence.
pub(super) fn add(random: &mut Random, sample: &mut Sample) {
    match random.between(0, 14) {
        0 | 1 => {
            let (before, name, after) = people::name(random);
            sample.text.push_str(&before);
            plant(sample, name);
            sample.text.push_str(&after);
        }
        2 | 3 => around(sample, random.pick(&["电话", "手机号", "联系方式：", "请回电", "手机"]), numbers::mobile(random), "。"),
        4 => around(sample, random.pick(&["座机", "单位电话：", "可打"]), numbers::landline(random), "，"),
        5 => around(sample, random.pick(&["身份证号", "身份证：", "证件"]), numbers::resident_id(random), "，"),
        6 => around(sample, random.pick(&["卡号", "银行卡", "转账到"]), numbers::bank_card(random), "。"),
        7 => around(sample, random.pick(&["车牌", "有辆", "白色轿车"]), numbers::plate(random), "，"),
        8 => around(sample, random.pick(&["邮箱", "材料发到", "邮件："]), numbers::email(random), "。"),
        9 => {
            let (cue, account) = numbers::account(random);
            around(sample, cue, account, "，");
        }
        10 | 11 => around(sample, random.pick(words::ESTATES), numbers::house(random), ""),
        12 => around(sample, random.pick(words::ROADS), numbers::street_number(random), "门口"),
        _ => decoy(random, sample),
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

fn decoy(random: &mut Random, sample: &mut Sample) {
    let (month, day) = (random.between(1, 12), random.between(1, 28));
    let (before, decoy, after) = match random.between(0, 12) {
        0 => ("工单号", format!("PK2026{month:02}{day:02}{}", random.digits(6)), "已受理"),
        1 => ("警情编号：", format!("3201112026{month:02}{day:02}{}", random.digits(6)), ""),
        2 => ("单号", random.digits(11), "请查收"),
        3 => ("损失", format!("{}元", random.digits(5)), ""),
        4 => ("涉及金额", format!("{}.{}万元", random.digits(2), random.digits(1)), ""),
        5 => ("于", format!("2026-{month:02}-{day:02} {:02}:{:02}", random.between(0, 23), random.between(0, 59)), "发生"),
        6 => ("自", format!("{month}月{day}号"), "起"),
        7 => ("已拨打", random.pick(&["110", "119", "120", "12345"]).to_owned(), "求助"),
        8 => ("面积约", format!("{}平方米", random.digits(3)), ""),
        9 => ("占", format!("{}%", random.digits(2)), "左右"),
        10 => ("地铁", format!("{}号线", random.between(1, 20)), "出口"),
        11 => ("共", format!("{}户居民", random.between(2, 90)), "受影响"),
        _ => ("依据", format!("宁政发〔2026〕{}号文", random.digits(2)), "执行"),
    };
    sample.text.push_str(before);
    sample.text.push_str(&decoy);
    sample.text.push_str(after);
    sample.decoys.push(decoy);
}
