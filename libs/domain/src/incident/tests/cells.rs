//! Walks every (stage × command) cell of the edge table against what the rules really do.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{kit::*, lives::*};
use crate::incident::{
    CommandKind, Refusal, Stage,
    edges::{Cell, Edge, LATE, Row, TABLE, Why, look},
};

/// What was seen in one cell.
#[derive(Default)]
struct Seen {
    /// Types of the facts that followed, and where they led, once for each pair.
    led: Vec<(Vec<&'static str>, Stage)>,
    /// Each refusal once.
    refused: Vec<Refusal>,
}

type Walk = BTreeMap<(Stage, CommandKind), Seen>;

/// Everybody asks everything of every life, now and thirty days later.
static SEEN: LazyLock<Walk> = LazyLock::new(|| {
    let everybody = everybody();
    let mut walk = Walk::new();
    for life in lives() {
        for ask in asks(&life) {
            let seen = walk.entry((life.incident.stage, ask.kind())).or_default();
            for (who, later) in everybody.iter().flat_map(|who| [(who, 0), (who, 30 * DAY)]) {
                match life.hear(who, &ask, later) {
                    Ok(facts) => {
                        let mut after = life.clone();
                        after.write(who, &facts);
                        let led = (facts.iter().map(crate::incident::Fact::kind).collect(), after.incident.stage);
                        if !seen.led.contains(&led) {
                            seen.led.push(led);
                        }
                    }
                    Err(no) if !seen.refused.contains(&no) => seen.refused.push(no),
                    Err(_) => {}
                }
            }
        }
    }
    walk
});

/// Says everything in which `table` and the rules differ.
fn walk(table: &[Row]) -> Vec<String> {
    let mut wrong = Vec::new();
    for &stage in Stage::ALL {
        for &command in CommandKind::ALL {
            let name = format!("{command} in {stage}");
            let Some(seen) = SEEN.get(&(stage, command)) else {
                wrong.push(format!("{name}: nobody tried"));
                continue;
            };
            match look(table, stage, command) {
                None => wrong.push(format!("{name}: the table says nothing, or two things")),
                Some(Cell::Edge(edge)) => {
                    wrong.extend(follows(edge, row(table, command), seen).into_iter().map(|what| format!("{name}: {what}")))
                }
                Some(Cell::Refused(why)) => {
                    if !seen.led.is_empty() || seen.refused != [why.refusal(stage, command)] {
                        wrong.push(format!("{name}: not refused as {why:?} but {:?}, led {:?}", seen.refused, seen.led));
                    }
                }
            }
        }
    }
    for row in table {
        let caused = |fact: &str| {
            SEEN.iter().any(|((_, kind), seen)| *kind == row.command && seen.led.iter().any(|(facts, _)| facts.contains(&fact)))
        };
        wrong.extend(row.facts.iter().filter(|fact| !caused(fact)).map(|fact| format!("{}: never causes {fact}", row.command)));
    }
    wrong
}

fn row(table: &[Row], command: CommandKind) -> &Row {
    table.iter().find(|row| row.command == command).expect("a cell was found in it")
}

fn follows(edge: Edge, row: &Row, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    if seen.led.is_empty() {
        wrong.push(format!("no case is accepted, only {:?}", seen.refused));
    }
    for (facts, to) in &seen.led {
        // A breach may ride ahead of other facts, of whatever row.
        let rides = |fact: &&'static str| **fact == *LATE && facts.last().is_some_and(|last| *last != LATE);
        if !edge.to.contains(to) {
            wrong.push(format!("leads to {to}, which the edge does not name"));
        }
        wrong.extend(
            facts
                .iter()
                .filter(|fact| !row.facts.contains(fact) && !rides(fact))
                .map(|fact| format!("causes {fact}, which the row does not name")),
        );
    }
    let reached = |to: &Stage| seen.led.iter().any(|(_, led)| led == to);
    wrong.extend(edge.to.iter().filter(|to| !reached(to)).map(|to| format!("no case leads to {to}")));
    wrong
}

/// The table with one row changed. Leaks, as the table's rows live for ever.
fn changed(command: CommandKind, change: impl FnOnce(&mut Row)) -> Vec<Row> {
    let mut table = TABLE.to_vec();
    change(table.iter_mut().find(|row| row.command == command).expect("every command has a row"));
    table
}

fn without<T: Clone>(all: &[T], nth: usize) -> &'static [T] {
    let mut left = all.to_vec();
    left.remove(nth);
    left.leak()
}

#[test]
fn every_cell_is_an_edge_with_its_facts_or_a_named_refusal() {
    let wrong = walk(TABLE);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_command_has_one_row_and_every_stage_a_life() {
    assert_eq!(TABLE.iter().map(|row| row.command).collect::<Vec<_>>(), CommandKind::ALL);
    for stage in Stage::ALL {
        assert!(lives().iter().any(|life| life.incident.stage == *stage), "{stage}");
    }
}

#[test]
fn deleting_any_edge_turns_the_walk_red() {
    for row in TABLE {
        for (nth, edge) in row.edges.iter().enumerate() {
            let table = changed(row.command, |row| row.edges = without(row.edges, nth));
            assert!(!walk(&table).is_empty(), "{} from {}", row.command, edge.from);
        }
    }
}

#[test]
fn deleting_any_stage_that_an_edge_leads_to_turns_the_walk_red() {
    for row in TABLE {
        for (nth, edge) in row.edges.iter().enumerate() {
            for to in 0..edge.to.len() {
                let mut edges = row.edges.to_vec();
                edges[nth].to = without(edge.to, to);
                let table = changed(row.command, |row| row.edges = edges.leak());
                assert!(!walk(&table).is_empty(), "{} from {} to {}", row.command, edge.from, edge.to[to]);
            }
        }
    }
}

#[test]
fn deleting_or_renaming_any_refusal_turns_the_walk_red() {
    for row in TABLE {
        for (nth, (stages, why)) in row.refused.iter().enumerate() {
            let table = changed(row.command, |row| row.refused = without(row.refused, nth));
            assert!(!walk(&table).is_empty(), "{} in {stages:?}", row.command);
            let mut renamed = row.refused.to_vec();
            renamed[nth].1 = if *why == Why::TooLate { Why::TooEarly } else { Why::TooLate };
            let table = changed(row.command, |row| row.refused = renamed.leak());
            assert!(!walk(&table).is_empty(), "{} in {stages:?} renamed", row.command);
        }
    }
}

#[test]
fn a_fact_that_a_row_forgets_or_invents_turns_the_walk_red() {
    for row in TABLE {
        for nth in 0..row.facts.len() {
            let table = changed(row.command, |row| row.facts = without(row.facts, nth));
            assert!(!walk(&table).is_empty(), "{} without {}", row.command, row.facts[nth]);
        }
        let more: Vec<_> = row.facts.iter().copied().chain(["incident.imagined"]).collect();
        assert!(!walk(&changed(row.command, |row| row.facts = more.leak())).is_empty(), "{}", row.command);
    }
}

#[test]
fn a_cell_that_stands_twice_turns_the_walk_red() {
    let table = changed(CommandKind::Accept, |row| row.refused = vec![(&[Stage::Received][..], Why::TooLate)].leak());
    assert!(!walk(&table).is_empty());
}

#[test]
fn every_fact_of_an_incident_is_caused_by_some_command() {
    for kind in crate::incident::Fact::TYPES {
        assert!(TABLE.iter().any(|row| row.facts.contains(kind)), "{kind}");
    }
}
