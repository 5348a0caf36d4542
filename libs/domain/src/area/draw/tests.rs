//! The drawn grids of Pukou: together they are the outline, exactly; and the rule is fixed.

use std::{collections::BTreeSet, time::Duration};

use proptest::prelude::*;

use super::*;

const FILE: &str = include_str!("../../../../../deploy/policy/geometry-320111.toml");

/// The committed outline and rings.
fn committed() -> Drawing {
    #[derive(serde::Deserialize)]
    struct File {
        outline: Vec<Vec<Corner>>,
        grid: Vec<Grid>,
    }
    #[derive(serde::Deserialize)]
    struct Grid {
        code: AreaCode,
        ring: Vec<Corner>,
    }
    let File { mut outline, grid } = toml::from_str(FILE).expect("readable");
    assert_eq!(outline.len(), 1, "the rule draws into one ring");
    Drawing { outline: outline.remove(0), grids: grid.into_iter().map(|grid| (grid.code, grid.ring)).collect() }
}

/// The same rings the other way round: the first that holds a point there is the last one here.
fn backwards(drawing: &Drawing) -> Areas {
    let mut turned = drawing.clone();
    turned.grids.reverse();
    let head = "name='geometry'\nversion='1'\nvalid_from='2026-01-01'\nsource='x'\nsample=true\n";
    Areas::pukou().with_geometry(&format!("{head}{}", turned.to_toml())).expect("readable")
}

/// In exactly one grid, when within the outline; in none, when outside. Returns which.
fn one_or_none(forwards: &Areas, backwards: &Areas, (x, y): Corner) -> Option<AreaCode> {
    let (first, last) = (forwards.grid_at(x, y), backwards.grid_at(x, y));
    assert_eq!(first, last, "({x}, {y}) lies in two grids");
    assert_eq!(Some(first.is_some()), forwards.within(x, y), "({x}, {y}) lies in {first:?}");
    first
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).expect("low is not above high");
        low + i64::try_from(self.next() % span).expect("small")
    }
}

#[test]
fn the_surfaces_of_all_grids_are_the_outlines_and_each_has_its_share() {
    let drawing = committed();
    let whole = surface(&drawing.outline);
    let grids: Vec<i128> = drawing.grids.iter().map(|(_, ring)| surface(ring)).collect();
    let sum: i128 = grids.iter().sum();
    let (least, most) = (grids.iter().min().expect("grids"), grids.iter().max().expect("grids"));
    println!("outline {whole}, grids together {sum}, off by {}; smallest {least}, largest {most}", sum - whole);
    assert_eq!(sum, whole, "twice the surface, in square units of 1e-7 degrees");
    for grid in grids {
        assert!((grid * 467 - whole).abs() * 1000 < whole, "{grid} is no 467th of {whole} within 0.1 %");
    }
}

#[test]
fn every_grid_of_the_table_is_drawn_once_and_lies_in_one_community() {
    let (areas, drawing) = (Areas::pukou(), committed());
    let drawn: Vec<AreaCode> = drawing.grids.iter().map(|(code, _)| *code).collect();
    assert_eq!(drawn, areas.grids().collect::<Vec<_>>(), "each once, in order of code");
    let communities: BTreeSet<AreaCode> = drawn.iter().map(|code| code.at(Level::Community)).collect();
    assert_eq!((drawn.len(), communities.len()), (467, 74));
    assert!(communities.iter().all(|community| areas.get(*community).is_some()));
}

#[test]
fn a_hundred_thousand_points_lie_in_exactly_one_grid_or_outside_in_none() {
    let (forwards, drawing) = (Areas::pukou(), committed());
    let backwards = backwards(&drawing);
    let (xs, ys): (Vec<i64>, Vec<i64>) = drawing.outline.iter().copied().unzip();
    let low = |all: &[i64]| all.iter().min().expect("corners") - 100_000;
    let high = |all: &[i64]| all.iter().max().expect("corners") + 100_000;
    let mut random = Random(320_111);
    let (mut inside, mut met) = (0_u32, BTreeSet::new());
    for _ in 0..100_000 {
        let point = (random.between(low(&xs), high(&xs)), random.between(low(&ys), high(&ys)));
        if let Some(grid) = one_or_none(&forwards, &backwards, point) {
            inside += 1;
            met.insert(grid);
        }
    }
    println!("{inside} of 100,000 points inside, in {} grids", met.len());
    assert!((40_000..70_000).contains(&inside) && met.len() == 467);
}

#[test]
fn points_on_shared_edges_and_corners_lie_in_exactly_one_grid() {
    let (forwards, drawing) = (Areas::pukou(), committed());
    let backwards = backwards(&drawing);
    let (mut tried, mut inside) = (0_u32, 0_u32);
    for (_, ring) in &drawing.grids {
        for (nth, (x, y)) in ring.iter().copied().enumerate() {
            let (next_x, next_y) = ring[(nth + 1) % ring.len()];
            let middle = (i64::midpoint(x, next_x), i64::midpoint(y, next_y));
            for (x, y) in [(x, y), middle] {
                for point in [(x, y), (x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)] {
                    tried += 1;
                    inside += u32::from(one_or_none(&forwards, &backwards, point).is_some());
                }
            }
        }
    }
    println!("{tried} points on corners, edges and beside them, {inside} inside");
}

#[test]
fn drawn_again_from_its_own_outline_it_is_the_same_to_the_byte() {
    let drawing = committed();
    let again = Drawing::of(&drawing.outline, &Areas::pukou()).expect("drawable");
    assert_eq!(again, drawing);
    assert!(FILE.ends_with(&format!("\n\n{}", again.to_toml())));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may look at the clock")]
fn the_table_with_its_rings_loads_in_no_time() {
    let begun = std::time::Instant::now();
    let areas = Areas::pukou();
    let loaded = begun.elapsed();
    let begun = std::time::Instant::now();
    for nth in 0..1000 {
        let _ = areas.grid_at(1_183_000_000 + nth * 4000, 320_000_000);
    }
    println!("loaded in {loaded:?}; a lookup takes {:?}", begun.elapsed() / 1000);
    assert!(loaded < Duration::from_secs(2), "{loaded:?}");
}

/// One subdistrict with a town community and a village: three and two grids.
fn small() -> Areas {
    let table = "name='areas'\nversion='1'\nvalid_from='2026-01-01'\nsource='x'\nsample=true\ndistrict='320111'\n\
                 district_name='x'\ngrids=5\n[[subdistrict]]\ncode='320111001'\nname='a'\nkind='subdistrict'\n\
                 [subdistrict.communities]\n'320111001001'='b社区居委会'\n'320111001002'='c村委会'\n";
    Areas::from_toml(table).expect("readable")
}

#[test]
fn a_bay_is_cut_into_grids_that_share_their_edges() {
    // A U: cuts across it leave pieces in two parts.
    let outline = [(0, 0), (100, 3), (97, 90), (71, 88), (68, 20), (33, 21), (30, 92), (2, 90)];
    let drawing = Drawing::of(&outline, &small()).expect("drawable");
    assert_eq!(drawing.grids.iter().map(|(_, ring)| surface(ring)).sum::<i128>(), surface(&drawing.outline));
    assert_eq!(Drawing::of(&drawing.outline, &small()).as_ref(), Ok(&drawing), "at rest");
    let head = "name='geometry'\nversion='1'\nvalid_from='2026-01-01'\nsource='x'\nsample=true\n";
    let with = |drawing: &Drawing| small().with_geometry(&format!("{head}{}", drawing.to_toml())).expect("readable");
    let mut turned = drawing.clone();
    turned.grids.reverse();
    let (forwards, backwards) = (with(&drawing), with(&turned));
    let points = (-2..103).flat_map(|x| (-2..95).map(move |y| (x, y)));
    let inside = points.filter(|point| one_or_none(&forwards, &backwards, *point).is_some()).count();
    assert!((5000..7000).contains(&inside), "{inside}");
}

#[test]
fn an_outline_without_land_or_room_is_refused() {
    assert_eq!(Drawing::of(&[(0, 0), (5, 5)], &small()), Err(Undrawable::Nothing));
    assert_eq!(Drawing::of(&[(0, 0), (5, 0), (i64::MAX, 5)], &small()), Err(Undrawable::Nothing));
    let refused = Drawing::of(&[(0, 0), (1, 0), (1, 1), (0, 1)], &small()).expect_err("one unit wide");
    assert!(matches!(refused, Undrawable::NoRoom(_)) && refused.to_string().contains("320111001"), "{refused}");
}

#[test]
fn tidy_takes_away_what_says_nothing() {
    let spiked = vec![(0, 0), (4, 0), (4, 0), (9, 0), (6, 0), (6, 3), (6, 6), (0, 6), (0, 8), (0, 2)];
    assert_eq!(tidy(spiked), [(0, 0), (6, 0), (6, 6), (0, 6)]);
}

proptest! {
    /// Teeth above and below a middle line: any depth, so pieces fall apart, and small, so that rounding matters.
    #[test]
    fn any_outline_is_shared_out_exactly_and_comes_to_rest(
        above in proptest::collection::vec(5_i64..3000, 2..12),
        below in proptest::collection::vec(5_i64..3000, 2..12),
        step in 20_i64..600,
    ) {
        let top = above.iter().zip(0..).map(|(y, nth)| (nth * step, *y));
        let wide = (i64::try_from(above.len()).expect("few") - 1) * step;
        let apart = wide / (i64::try_from(below.len()).expect("few") - 1);
        let bottom: Vec<Corner> = below.iter().zip(0..).map(|(y, nth)| (nth * apart, -*y)).collect();
        let outline: Vec<Corner> = top.chain(bottom.into_iter().rev()).collect();
        let drawing = Drawing::of(&outline, &small()).expect("drawable");
        prop_assert_eq!(drawing.grids.len(), 5);
        prop_assert_eq!(drawing.grids.iter().map(|(_, ring)| surface(ring)).sum::<i128>(), surface(&drawing.outline));
        prop_assert_eq!(Drawing::of(&drawing.outline, &small()), Ok(drawing));
    }
}
