//! The table of Pukou: counts, codes, grids, and names that do not match where they should not.

use super::*;

fn code(text: &str) -> AreaCode {
    text.parse().expect("a code")
}

fn names(text: &str) -> Vec<String> {
    Areas::pukou().named_in(text).into_iter().map(|named| named.code.to_string()).collect()
}

#[test]
fn pukou_has_5_subdistricts_74_communities_and_467_grids() {
    let areas = Areas::pukou();
    let of = |wanted: &[AreaKind]| areas.iter().filter(|(_, area)| wanted.contains(&area.kind)).count();
    assert_eq!((of(&[AreaKind::Subdistrict]), of(&[AreaKind::Farm]), of(&[AreaKind::Park])), (5, 2, 4));
    let communities = |subdistrict: &str| areas.children(code(subdistrict)).count();
    let five = ["320111004", "320111005", "320111006", "320111008", "320111009"].map(communities);
    assert_eq!(five, [15, 20, 14, 14, 11], "江浦 桥林 汤泉 星甸 永宁");
    assert_eq!(areas.grids().count(), 467);
    assert_eq!(areas.get(code("320111004014")).map(|area| area.name.as_str()), Some("高旺社区居委会"));
}

#[test]
fn every_community_has_grids_in_proportion_and_every_grid_lies_in_its_community() {
    let areas = Areas::pukou();
    for (community, area) in areas.iter().filter(|(code, _)| code.level() == Level::Community) {
        let grids = areas.children(community).count();
        let expected: &[usize] = match (area.kind, areas.get(community.at(Level::Subdistrict)).map(|parent| parent.kind)) {
            (AreaKind::Community, Some(AreaKind::Subdistrict)) => &[7, 8],
            (AreaKind::Village, Some(AreaKind::Subdistrict)) => &[4, 5],
            _ => &[0],
        };
        assert!(expected.contains(&grids), "{community} {} has {grids}", area.name);
    }
    assert!(areas.grids().all(|grid| grid.parent().is_some_and(|parent| areas.get(parent).is_some())));
    assert_eq!(Areas::pukou().grids().collect::<Vec<_>>(), areas.grids().collect::<Vec<_>>(), "the same every time");
}

#[test]
fn names_are_found_with_every_usual_ending() {
    for text in ["高旺社区停水", "高旺村停水", "高旺居委会停水", "高旺社区居委会停水"] {
        assert_eq!(names(text), ["320111004014"], "{text}");
    }
    assert_eq!(names("星甸街道石桥社区"), ["320111008", "320111008005"]);
    assert_eq!(names("汤泉农场"), ["320111401"]);
}

#[test]
fn short_names_do_not_match_inside_other_words() {
    for text in
        ["要团结同心", "在黄浦江浦东一侧", "百合花坏了", "五十里村", "小高旺村停水", "山西人", "大桥上堵车", "高新技术开发区"]
    {
        assert!(names(text).is_empty(), "{text}: {:?}", names(text));
    }
}

#[test]
fn a_name_that_a_neighbour_has_too_needs_its_subdistrict() {
    assert!(names("大桥社区停水").is_empty());
    assert_eq!(names("永宁街道大桥社区停水"), ["320111009", "320111009006"]);
}

#[test]
fn what_another_office_runs_is_named_and_told_apart() {
    let found = Areas::pukou().named_in("泰山街道路灯不亮");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].run_by.as_deref(), Some("江北新区"));
}

#[test]
fn a_table_that_cannot_be_is_refused() {
    let head = "name='areas'\nversion='1'\nvalid_from='2026-01-01'\nsource='x'\nsample=true\n";
    let read = |body: &str| Areas::from_toml(&format!("{head}{body}")).expect_err("refused").to_string();
    let one = |code: &str, community: &str| {
        format!(
            "district='320111'\ndistrict_name='x'\ngrids=3\n[[subdistrict]]\ncode='{code}'\nname='a'\nkind='subdistrict'\n[subdistrict.communities]\n'{community}'='b社区居委会'\n"
        )
    };
    assert!(read(&one("320112001", "320112001001")).contains("320112001: does not lie in 320111"));
    assert!(read(&one("320111001", "320111002001")).contains("does not lie in 320111001"));
    assert!(read(&one("320111001", "32011100")).contains("not an area code"));
    assert!(read("district='x'").starts_with("areas, line 6:"));
    let good = Areas::from_toml(&format!("{head}{}", one("320111001", "320111001001"))).expect("readable");
    assert_eq!(good.grids().count(), 3);
    let ring = |code: &str, corners: &str| {
        format!("{head}outline=[[[0,0],[100,0],[100,100],[0,100]]]\n[[grid]]\ncode='{code}'\nring={corners}\n")
    };
    let good = good.with_geometry(&ring("320111001001001", "[[0,0],[10,0],[10,10],[0,10]]")).expect("readable");
    assert_eq!(good.grid_at(5, 5), Some(code("320111001001001")));
    assert_eq!((good.grid_at(50, 50), good.within(50, 50), good.within(100, 50)), (None, Some(true), Some(false)));
    let wrong = good.with_geometry(&ring("320111001001009", "[[0,0],[10,0],[10,10]]")).expect_err("no such grid").to_string();
    assert!(wrong.contains("not a grid of the table"), "{wrong}");
}
