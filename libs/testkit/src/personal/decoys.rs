//! What looks like somebody's number and is nobody's.

use super::{Sample, words};
use crate::random::Random;

/// Adds one with the words around it. What reads exactly like a mobile phone is not among them: it is masked even after a
/// case word.
pub(super) fn add(random: &mut Random, sample: &mut Sample) {
    let (month, day) = (random.between(1, 12), random.between(1, 28));
    let (before, decoy, after) = match random.between(0, 28) {
        0 => ("工单号", format!("PK2026{month:02}{day:02}{}", random.digits(6)), "已受理"),
        1 => ("警情编号：", format!("3201112026{month:02}{day:02}{}", random.digits(6)), ""),
        2 => ("单号", format!("{}{}", random.between(2, 9), random.digits(10)), "请查收"),
        3 => ("损失", format!("{}元", random.digits(5)), ""),
        4 => ("涉及金额", format!("{}.{}万元", random.digits(2), random.digits(1)), ""),
        5 => ("于", format!("2026-{month:02}-{day:02} {:02}:{:02}", random.between(0, 23), random.between(0, 59)), "发生"),
        6 => ("自", format!("{month}月{day}号"), "起"),
        7 => (random.pick(&["已拨打", "致电", "打", "联系"]), hotline(random), "求助"),
        8 => ("面积约", format!("{}平方米", random.digits(3)), ""),
        9 => ("占", format!("{}%", random.digits(2)), "左右"),
        10 => ("地铁", format!("{}号线", random.between(1, 20)), "出口"),
        11 => ("共", format!("{}户居民", random.between(2, 90)), "受影响"),
        12 => ("警情编号：", format!("3201112026{month:02}{day:02}{}", random.digits(4)), "已处置"),
        21 => ("流水号", format!("2026{month:02}{day:02}{}", random.digits(7)), ""),
        13 => ("工单", format!("GZ-2026-13{}", random.digits(9)), "已转办"),
        14 => ("工单", format!("2026-13{}-01", random.digits(9)), "已转办"),
        15 => (random.pick(&["联系后对方退还", "致电索要", "打款", "打了", "联系电话不通，损失"]), amount(random), ""),
        16 => (random.pick(&["通话录音", "电话录音存于", "联系不上，于"]), format!("2026{month:02}{day:02}"), "上传"),
        17 => (random.pick(&["号码", "联系方式", "电话"]), hotline(random), "，"),
        18 => ("建筑面积", format!("{}.{}平方米", random.digits(5), random.digits(2)), ""),
        19 => ("占比", format!("{}/{}/{}", random.digits(2), random.digits(1), random.digits(3)), "不等"),
        20 => ("案件号码：", format!("5{}", random.digits(7)), "已结案"),
        22 => (random.pick(&["支付宝", "微信", "微信 ", "QQ"]), sum(random), "被骗"),
        23 => (random.pick(&["银行卡余额", "账户", "卡内"]), format!("{}元", random.digits(12)), ""),
        24 => (random.pick(words::CASES), format!("32011126{month:02}{day:02}{}", random.digits(3)), "已受理"),
        25 => (random.pick(&["全市", "共"]), format!("{}块", random.digits(6)), ""),
        _ => ("依据", format!("宁政发〔2026〕{}号文", random.digits(2)), "执行"),
    };
    sample.text.push_str(before);
    sample.text.push_str(&decoy);
    sample.text.push_str(after);
    sample.decoys.push(decoy);
}

fn hotline(random: &mut Random) -> String {
    random.pick(&["110", "119", "120", "12345", "96110", "12315", "95598", "400-820-8820", "4008208820"]).to_owned()
}

fn sum(random: &mut Random) -> String {
    match random.between(0, 2) {
        0 => format!("{}.00元", random.digits(5)),
        1 => format!("{}余元", random.digits(6)),
        _ => format!("{}元", random.digits(5)),
    }
}

fn amount(random: &mut Random) -> String {
    let digits = usize::try_from(random.between(7, 8)).expect("small");
    match random.between(0, 2) {
        0 => format!("{}.{}元", random.digits(digits), random.digits(2)),
        1 => format!("{}余元", random.digits(digits)),
        _ => format!("{}元", random.digits(digits)),
    }
}
