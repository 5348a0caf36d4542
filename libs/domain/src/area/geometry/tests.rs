//! Every point lies in exactly one of the rings that share their edges.

use proptest::prelude::*;

use super::*;

/// A net of skewed four-cornered cells over 0..=90 in both directions: inner corners moved, edges shared.
fn net() -> Vec<Ring> {
    let moved = |i: i64, j: i64| {
        let inner = (1..9).contains(&i) && (1..9).contains(&j);
        let (dx, dy) = if inner { ((i * 7 + j * 3) % 5 - 2, (i * 5 + j * 11) % 5 - 2) } else { (0, 0) };
        (i * 10 + dx, j * 10 + dy)
    };
    let cell = |i, j| Ring::new(vec![moved(i, j), moved(i + 1, j), moved(i + 1, j + 1), moved(i, j + 1)]).expect("four corners");
    (0..9).flat_map(|i| (0..9).map(move |j| cell(i, j))).collect()
}

#[test]
fn every_point_inside_lies_in_exactly_one_cell_corners_and_edges_too() {
    let net = net();
    for x in 0..90 {
        for y in 0..90 {
            let holders = net.iter().filter(|ring| ring.holds(Point { lon_e7: x, lat_e7: y })).count();
            assert_eq!(holders, 1, "({x}, {y})");
        }
    }
    assert!(!net.iter().any(|ring| ring.holds(Point { lon_e7: 90, lat_e7: 5 })), "the east edge belongs to the next cell");
    assert!(!net.iter().any(|ring| ring.holds(Point { lon_e7: -1, lat_e7: 5 })));
}

#[test]
fn a_corner_that_is_nowhere_on_earth_makes_no_ring() {
    for nowhere in [i64::MIN, -1_800_000_001, 1_800_000_001, i64::MAX] {
        assert!(Ring::new(vec![(nowhere, 0), (0, 1), (1, 0)]).is_none(), "{nowhere}");
        assert!(Ring::new(vec![(0, 0), (0, nowhere), (1, 0)]).is_none(), "{nowhere}");
    }
    assert!(Ring::new(vec![(-1_800_000_000, 0), (0, 1_800_000_000), (1, 0)]).is_some());
}

proptest! {
    #[test]
    fn the_direction_of_a_ring_and_its_first_corner_do_not_matter(x in -5_i64..95, y in -5_i64..95, turn in 0_usize..6) {
        let corners = vec![(0, 0), (50, 10), (90, 0), (70, 50), (90, 90), (0, 70)];
        let mut other = corners.clone();
        other.rotate_left(turn);
        other.reverse();
        let point = Point { lon_e7: x, lat_e7: y };
        let (one, two) = (Ring::new(corners).expect("a ring"), Ring::new(other).expect("a ring"));
        prop_assert_eq!(one.holds(point), two.holds(point));
    }
}
