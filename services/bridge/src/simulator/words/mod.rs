//! What people say: our own sentences with slots, no word of any real report. Names and numbers are invented.
//!
//! Sentences stand by what they are about; who says which, and how often, is said by each town.

pub mod city;
pub mod police;

use super::dice::Dice;

/// A title and a text, with `{slots}`.
pub type Template = (&'static str, &'static str);

/// What a known reference is supplemented with, when somebody calls again.
pub const AGAIN: &[&str] = &[
    "补充：现场情况没有变化，请尽快处理。",
    "补充：刚才说的位置在{spot}对面，靠近{road}一侧。",
    "补充：已经拍了照片，需要的话可以提供。",
    "补充：又过了{n}分钟，还没有看到人来。",
];

/// Where slots get their words from. `place` is the community's own name.
pub struct Setting<'a> {
    /// Where it is.
    pub place: &'a str,
}

const ROADS: &[&str] = &["幸福路", "和平路", "建设路", "文明路", "友谊路", "青年路", "春晖路", "桂花路", "银杏路", "学府路"];
const SPOTS: &[&str] = &[
    "农贸市场门口",
    "公交站台",
    "小区东门",
    "小学门口",
    "社区广场",
    "菜鸟驿站旁",
    "老年活动室门口",
    "停车场入口",
    "桥头",
    "河堤步道",
    "工地围墙外",
    "卫生服务站旁",
];
const WHEN: &[&str] = &["今天早上", "刚才", "中午", "昨天晚上", "最近几天", "这两个小时", "半小时前"];
const HALLS: &[&str] = &["3幢", "7幢", "12幢", "19幢", "北区5幢", "南区2幢"];
const SHOPS: &[&str] = &["早餐店", "水果店", "五金店", "烧烤店", "理发店", "超市", "奶茶店"];
const SURNAMES: &[&str] = &["赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫", "蒋", "沈", "韩", "杨"];
const GIVEN: &[&str] = &["晓岚", "志远", "思齐", "文博", "雨桐", "建华", "丽娟", "国强", "海燕", "明哲", "春梅", "一鸣"];

/// Puts words into the slots of a sentence.
pub fn fill(sentence: &str, setting: &Setting<'_>, dice: &mut Dice) -> String {
    let mut out = String::with_capacity(sentence.len() + 32);
    let mut rest = sentence;
    while let Some((before, (slot, after))) = rest.split_once('{').and_then(|(before, tail)| Some((before, tail.split_once('}')?)))
    {
        out.push_str(before);
        match slot {
            "place" => out.push_str(setting.place),
            "road" => out.push_str(dice.pick(ROADS)),
            "spot" => out.push_str(dice.pick(SPOTS)),
            "when" => out.push_str(dice.pick(WHEN)),
            "hall" => out.push_str(dice.pick(HALLS)),
            "shop" => out.push_str(dice.pick(SHOPS)),
            "n" => out.push_str(&(2 + dice.below(18)).to_string()),
            // Left standing, so that the test over all sentences sees it.
            unknown => {
                out.push('{');
                out.push_str(unknown);
                out.push('}');
            }
        }
        rest = after;
    }
    out + rest
}

/// An invented person.
pub fn name(dice: &mut Dice) -> String {
    format!("{}{}", dice.pick(SURNAMES), dice.pick(GIVEN))
}

/// An invented mobile number.
pub fn phone(dice: &mut Dice) -> String {
    format!("1{}{:09}", dice.pick(&["38", "59", "77", "86"]), dice.below(1_000_000_000)).chars().take(11).collect()
}

/// An invented address.
pub fn address(setting: &Setting<'_>, dice: &mut Dice) -> String {
    let (road, hall) = (dice.pick(ROADS), dice.pick(HALLS));
    format!("{}{road}{}号{hall}{}室", setting.place, 1 + dice.below(180), 101 + dice.below(17) * 100 + dice.below(4))
}
