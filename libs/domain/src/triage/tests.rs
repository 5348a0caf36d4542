//! Proposals: what is suggested, why, and what never is. The texts are invented.

use std::sync::LazyLock;

use super::*;
use crate::{
    area::{AreaCode, Level, Point},
    seat::Language,
};

mod measured;

struct Town {
    policies: Policies,
    areas: Areas,
}

impl Town {
    fn new() -> &'static Self {
        static TOWN: LazyLock<Town> = LazyLock::new(Town::built);
        &TOWN
    }

    fn built() -> Self {
        Self { policies: Policies::sample(), areas: Areas::pukou() }
    }

    fn propose(&self, source: &Agency, title: &str, text: &str) -> Proposal {
        propose(&Input { title, text, source, priority: None, place: None, point: None }, &self.policies, &self.areas)
    }
}

fn code(proposal: &Proposal) -> &str {
    proposal.category.as_ref().map_or("none", MatterCode::as_str)
}

fn agencies(proposal: &Proposal) -> Vec<&str> {
    proposal.parts.iter().map(|part| part.agency.as_str()).collect()
}

fn area(text: &str) -> AreaCode {
    text.parse().expect("a code")
}

#[test]
fn a_category_comes_with_the_words_it_was_found_by() {
    let town = Town::new();
    let found = town.propose(&Agency::grid(), "", "巷口有暴露垃圾，味道很大");
    assert_eq!(code(&found), "city/06010");
    assert!(found.reasons.contains(&Reason::new(ReasonCode::TriageKeyword, [("word", "暴露垃圾")])));
    assert_eq!(found.lead, Agency::grid());
    assert_eq!(found.priority, Priority::ROUTINE);
    assert!(found.reasons.iter().all(Reason::complete), "{:?}", found.reasons);
    assert!(found.reasons.iter().all(|reason| !reason.text(Language::Zh).contains('{')));
}

#[test]
fn a_weapon_makes_it_urgent_and_police_only() {
    let found = Town::new().propose(&Agency::police(), "", "两家人因为车库进水吵架，其中一人拿着铁锹");
    assert!(found.flags.contains(&Flag::Weapon));
    assert_eq!((found.priority, &found.lead), (Priority::URGENT, &Agency::police()));
    assert_eq!(agencies(&found), ["police"]);
    assert!(code(&found).starts_with("police/"));
}

#[test]
fn danger_to_life_goes_to_police_whoever_was_told() {
    let town = Town::new();
    for (text, category) in
        [("楼上有人要跳楼", "police/suicide"), ("厨房着火了，冒浓烟", "police/fire"), ("有小孩落水了", "police/drowning")]
    {
        for source in [Agency::police(), Agency::grid(), Agency::hotline()] {
            let found = town.propose(&source, "", text);
            assert_eq!(
                (found.priority, &found.lead, code(&found)),
                (Priority::LIFE, &Agency::police(), category),
                "{text} to {source}"
            );
        }
    }
}

#[test]
fn domestic_violence_is_specially_protected() {
    let found = Town::new().propose(&Agency::hotline(), "", "邻居家经常家暴，女的一直在哭");
    assert_eq!((found.class, found.flags.contains(&Flag::DomesticViolence)), (Class::S, true));
    assert_eq!(agencies(&found), ["police"], "no grid part, not even as an assistant");
}

#[test]
fn what_the_text_denies_is_not_counted_and_said_so() {
    let town = Town::new();
    for denied in ["两车剐蹭，没有人受伤", "两车剐蹭，没人受伤", "两车剐蹭，未造成人员受伤", "两车剐蹭，没有受伤"]
    {
        let found = town.propose(&Agency::police(), "", denied);
        assert_eq!(found.priority, Priority::SOON, "{denied}");
        assert!(found.reasons.contains(&Reason::new(ReasonCode::TriageDenied, [("word", "受伤")])), "{denied}");
        assert!(!found.terms.contains(&"受伤".to_owned()));
    }
}

#[test]
fn what_only_looks_like_a_denial_counts() {
    let town = Town::new();
    for text in ["不知道有没有人受伤", "没办法，有人受伤", "没钱治病要跳楼", "未成年打架", "一直没人管，打伤了人", "已经没有呼吸"]
    {
        let found = town.propose(&Agency::police(), "", text);
        assert!(found.priority.emergency(), "{text}: {:?}", found.reasons);
    }
}

#[test]
fn a_longer_word_of_danger_says_what_the_shorter_ones_in_it_say() {
    let found = Town::new().propose(&Agency::police(), "", "有人用菜刀砍人");
    assert!(found.flags.contains(&Flag::Weapon));
    assert_eq!(found.priority, Priority::LIFE);
    let harmless = Town::new().propose(&Agency::hotline(), "", "楼道堆放杂物，存在火灾隐患");
    assert_eq!(harmless.priority, Priority::ROUTINE, "{:?}", harmless.reasons);
    assert!(!code(&harmless).starts_with("police/"));
}

#[test]
fn a_priority_that_the_source_gave_is_never_lowered() {
    let town = Town::new();
    for given in [Priority::LIFE, Priority::URGENT, Priority::SOON, Priority::ROUTINE] {
        for text in ["路灯不亮", "有人打架", "着火了", ""] {
            let source = Agency::police();
            let input = Input { title: "", text, source: &source, priority: Some(given), place: None, point: None };
            let found = propose(&input, &town.policies, &town.areas);
            assert!(found.priority <= given, "{text}");
        }
    }
}

#[test]
fn a_text_without_any_known_word_still_has_a_lead_and_says_that_no_category_matches() {
    let town = Town::new();
    for source in [Agency::police(), Agency::grid(), Agency::hotline()] {
        let found = town.propose(&source, "", "你好");
        assert_eq!((code(&found), &found.lead), ("none", &source));
        assert!(found.reasons.contains(&Reason::new(ReasonCode::TriageNoCategory, [])));
        assert_eq!(found.place.area, town.areas.district());
    }
}

#[test]
fn terms_are_words_of_the_policies_only() {
    let town = Town::new();
    let text = "我是张三丰，电话13800001234，住在幸福里3栋502，楼上夜间施工，噪音扰民，张三丰又说小区停水";
    let found = town.propose(&Agency::hotline(), "张三丰反映噪音", text);
    assert!(found.terms.contains(&"小区".to_owned()), "{:?}", found.terms);
    let said = format!("{found:?}");
    for personal in ["张三丰", "13800001234", "幸福里", "502"] {
        assert!(!said.contains(personal), "{personal} left through {said}");
    }
}

#[test]
fn places_are_found_from_names_and_given_codes() {
    let town = Town::new();
    let place = |text| town.propose(&Agency::grid(), "", text).place.area;
    assert_eq!(place("高旺社区路灯不亮"), area("320111004014"));
    assert_eq!(place("江浦街道高旺社区路灯不亮"), area("320111004014"), "the deeper one");
    assert_eq!(place("求雨山脚下路灯不亮"), area("320111004006"), "three characters are a name");
    assert_eq!(place("桥林街道路灯不亮"), area("320111005"));
    assert_eq!(place("高旺社区和白马社区都停水"), area("320111004"), "two places: what holds both");
    assert_eq!(place("高旺社区和七联村都停水"), area("320111"), "in two subdistricts");
    let source = Agency::grid();
    let given = |code: &str, text| {
        let input =
            Input { title: "", text, source: &source, priority: None, place: Some(Place { area: area(code) }), point: None };
        propose(&input, &town.policies, &town.areas).place.area
    };
    assert_eq!(given("320111004014001", "七联村停水"), area("320111004014001"), "the source knows better than the text");
    assert_eq!(given("320111004", "高旺社区停水"), area("320111004014"), "the text refines");
    assert_eq!(given("320111004", "七联村停水"), area("320111004"), "the text does not contradict");
    assert_eq!(given("320102001", "高旺社区停水"), area("320111004014"), "a code of another district is no place here");
}

#[test]
fn the_same_input_gives_the_same_proposal() {
    let (one, two) = (Town::built(), Town::built());
    let text = "高旺社区地下车库积水，井盖缺失，电梯故障，业主吵架，没有人受伤";
    assert_eq!(one.propose(&Agency::grid(), "积水", text), two.propose(&Agency::grid(), "积水", text));
}

#[test]
fn a_point_refines_what_the_source_says_and_never_contradicts_it() {
    let kit = Town::new();
    let point = Point { lon_e7: 1_185_632_390, lat_e7: 320_532_490 };
    let grid = kit.areas.grid_at(point.lon_e7, point.lat_e7).expect("in the district");
    let source = Agency::grid();
    let locate = |given| {
        let place = Some(Place { area: given });
        let input = Input { title: "", text: "井盖松动", source: &source, priority: None, place, point: Some(point) };
        propose(&input, &kit.policies, &kit.areas)
    };
    let community = grid.parent().expect("a grid lies in a community");
    let code = grid.to_string();
    let fine = locate(community);
    assert_eq!(fine.place.area, grid);
    assert!(fine.reasons.contains(&Reason::new(ReasonCode::TriageAreaPoint, [("area", &code)])));
    let other = kit.areas.iter().map(|(code, _)| code).find(|code| code.level() == Level::Community && *code != community);
    let other = other.expect("another community");
    let apart = locate(other);
    assert_eq!(apart.place.area, other);
    assert!(apart.reasons.contains(&Reason::new(ReasonCode::TriageAreaDiffers, [("area", &code)])));
}
