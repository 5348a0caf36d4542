//! Nobody finds a small number by subtraction: tried by going through all that could be.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const SMALL: u64 = 5;

fn row(key: &str, number: u64) -> Row {
    let numbers = Figure::ALL.iter().map(|figure| (*figure, Number::Told(number))).collect();
    Row { key: key.to_owned(), numbers, delay: None }
}

fn answer(cells: &[u64]) -> Answer {
    let groups = cells.iter().enumerate().map(|(nth, cell)| row(&nth.to_string(), *cell)).collect();
    Answer { position: 1, all: row("", cells.iter().sum()), apart: None, groups, facts: Vec::new() }
}

/// What is said of one number: the sum, and each cell.
fn hidden(cells: &[u64]) -> (Number, Vec<Number>) {
    let mut answer = answer(cells);
    hide(&mut answer, None, SMALL);
    let of = |row: &Row| row.numbers[&Figure::Late];
    (of(&answer.all), answer.groups.iter().map(of).collect())
}

/// The values that each cell could have, knowing the limit, the sum, and that a withheld one is the next smallest.
fn possible(sum: u64, cells: &[Number]) -> Vec<std::collections::BTreeSet<u64>> {
    let told_least = cells.iter().filter_map(|cell| cell.told()).min().unwrap_or(sum);
    let range = |cell: &Number| match cell {
        Number::Told(number) => *number..=*number,
        Number::Small => 0..=SMALL - 1,
        Number::Withheld => SMALL..=told_least,
    };
    // Partial assignments by their sum, each with the values of every cell: wide, but the numbers are small.
    let mut found = vec![std::collections::BTreeSet::new(); cells.len()];
    let mut values = vec![0; cells.len()];
    fn go(
        nth: usize,
        left: i64,
        cells: &[std::ops::RangeInclusive<u64>],
        values: &mut Vec<u64>,
        found: &mut Vec<std::collections::BTreeSet<u64>>,
    ) {
        if nth == cells.len() {
            if left == 0 {
                values.iter().zip(found).for_each(|(value, found)| {
                    found.insert(*value);
                });
            }
            return;
        }
        for value in cells[nth].clone() {
            values[nth] = value;
            go(nth + 1, left - i64::try_from(value).expect("small"), cells, values, found);
        }
    }
    let ranges: Vec<_> = cells.iter().map(range).collect();
    go(0, i64::try_from(sum).expect("small"), &ranges, &mut values, &mut found);
    found
}

#[test]
fn one_small_group_takes_the_next_smallest_with_it() {
    use Number::{Small, Told, Withheld};
    assert_eq!(hidden(&[100, 3, 9]), (Told(112), vec![Told(100), Small, Withheld]));
    assert_eq!(hidden(&[100, 90]), (Told(190), vec![Told(100), Told(90)]), "nothing small, nothing hidden");
    assert_eq!(hidden(&[3]), (Small, vec![Small]));
    assert_eq!(hidden(&[2, 1]), (Small, vec![Small, Small]));
    assert_eq!(hidden(&[2, 3, 70]), (Told(75), vec![Small, Small, Told(70)]), "two small ones hide each other");
    assert_eq!(hidden(&[4, 4, 70]), (Told(78), vec![Small, Small, Withheld]), "8 of two small ones would be 4 and 4");
    assert_eq!(hidden(&[0, 5]), (Withheld, vec![Small, Withheld]), "nobody is left to hide behind");
}

#[test]
fn what_adds_up_within_a_row_is_not_told_and_neither_are_live_and_past_or_a_groups_times() {
    let mut answer = answer(&[60, 70]);
    answer.apart = Some([row("live", 60), row("past", 70)]);
    let delay = |count| super::super::answer::Delay { count, total_milliseconds: 1, median_milliseconds: 1, median_of: 1 };
    answer.all.delay = Some(delay(5));
    answer.groups[0].delay = Some(delay(60));
    hide(&mut answer, None, SMALL);
    assert_eq!((answer.apart, answer.groups[0].delay), (None, None));
    assert!(answer.all.delay.is_some());
    assert!(answer.all.numbers.keys().chain(answer.groups[0].numbers.keys()).all(|figure| !figure.adds_up()));
    assert!(Figure::ALL.iter().any(|figure| figure.adds_up()) && answer.all.numbers.contains_key(&Figure::OnTime));
}

#[test]
fn the_facts_of_a_hidden_number_are_hidden() {
    let facts = |cells: &[u64], figure| {
        let id = crate::id::IncidentId::from_u128(1);
        let mut answer = Answer { facts: vec![super::super::answer::Listed { incident: id, position: 1 }], ..answer(cells) };
        hide(&mut answer, Some(figure), SMALL);
        answer.facts.len()
    };
    assert_eq!((facts(&[3], Figure::Late), facts(&[8], Figure::Late), facts(&[8], Figure::Void)), (0, 1, 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_small_number_could_always_be_another(cells in proptest::collection::vec(prop_oneof![0_u64..7, 0_u64..20], 1..6)) {
        let (sum, told) = hidden(&cells);
        for (told, cell) in told.iter().zip(&cells) {
            prop_assert_eq!(*told == Number::Small, *cell < SMALL);
            prop_assert!(told.told().is_none_or(|told| told == *cell));
        }
        let shown: BTreeMap<usize, u64> = told.iter().enumerate().filter_map(|(nth, cell)| Some((nth, cell.told()?))).collect();
        let Number::Told(sum) = sum else {
            // Without the sum nothing can be taken away from anything.
            prop_assert!(sum == Number::Small || shown.is_empty());
            return Ok(());
        };
        for (nth, values) in possible(sum, &told).into_iter().enumerate() {
            prop_assert!(values.contains(&cells[nth]));
            prop_assert!(told[nth] != Number::Small || values.len() > 1, "{:?} of {} tells {} in {:?}", told, sum, cells[nth], values);
        }
    }
}
