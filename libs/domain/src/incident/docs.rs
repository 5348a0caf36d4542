//! The edge table as text: the table and the diagram of the documentation are generated here, and a test keeps
//! `libs/domain/README.md` current.

use std::fmt::Write as _;

use super::{
    command::Kind,
    edges::{Cell, TABLE, Why, cell},
    kinds::Stage,
};

/// All edges as a Mermaid state diagram. Edges that stay in their stage are left out.
#[must_use]
pub fn diagram() -> String {
    let mut out = String::from("stateDiagram-v2\n    [*] --> received: receive\n");
    let mut lines: Vec<(Stage, Stage, Vec<&str>)> = Vec::new();
    for row in TABLE {
        for edge in row.edges.iter().filter(|edge| edge.from != Stage::New) {
            for &to in edge.to.iter().filter(|&&to| to != edge.from) {
                match lines.iter_mut().find(|(from, known, _)| (*from, *known) == (edge.from, to)) {
                    Some((_, _, words)) => words.push(row.command.word()),
                    None => lines.push((edge.from, to, vec![row.command.word()])),
                }
            }
        }
    }
    lines.sort();
    for (from, to, words) in &lines {
        let _ = writeln!(out, "    {from} --> {to}: {}", words.join(", "));
    }
    for stage in Stage::ALL.iter().filter(|stage| stage.ended()) {
        let _ = writeln!(out, "    {stage} --> [*]");
    }
    out
}

/// Every cell: `→` and the stages an edge may lead to, or why it is refused.
#[must_use]
pub fn table() -> String {
    let mut out = String::from("| command | facts |");
    for stage in Stage::ALL {
        let _ = write!(out, " {stage} |");
    }
    out.push_str("\n|---|---|");
    out.push_str(&"---|".repeat(Stage::ALL.len()));
    out.push('\n');
    for &command in Kind::ALL {
        let _ = write!(out, "| `{command}` {} | {} |", command.zh(), facts(command));
        for &stage in Stage::ALL {
            let _ = write!(out, " {} |", words(stage, command));
        }
        out.push('\n');
    }
    out
}

/// What stands between the markers of `libs/domain/README.md`: the diagram, then the table.
#[must_use]
pub fn block() -> String {
    format!(
        "```mermaid\n{}```\n\n`•` stays in its stage; `→` names the stages it may lead to; all else is the refusal.\n\n{}",
        diagram(),
        table()
    )
}

fn facts(command: Kind) -> String {
    let types = TABLE.iter().filter(|row| row.command == command).flat_map(|row| row.facts);
    let short: Vec<_> = types.map(|kind| kind.trim_start_matches("incident.")).collect();
    short.join(", ")
}

fn words(stage: Stage, command: Kind) -> String {
    match cell(stage, command) {
        Some(Cell::Edge(edge)) if edge.to == [stage] => format!("•{}", if edge.history { " (history)" } else { "" }),
        Some(Cell::Edge(edge)) => {
            let to: Vec<_> = edge.to.iter().map(|to| to.word()).collect();
            format!("→ {}{}", to.join(" / "), if edge.history { " (history)" } else { "" })
        }
        Some(Cell::Refused(why)) => match why {
            Why::Unknown => "unknown",
            Why::TooEarly => "too early",
            Why::TooLate => "too late",
            Why::Ended => "ended",
            Why::BeyondReopening => "beyond reopening",
        }
        .to_owned(),
        None => "**missing**".to_owned(),
    }
}
