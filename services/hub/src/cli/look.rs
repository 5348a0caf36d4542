//! Commands that only read: follow, show, board, digest. They work beside a running hub, straight from its journal.

use std::{process::ExitCode, sync::Arc};

use anyhow::{Context as _, bail};
use clap::Args;
use domain::{
    area::AreaCode,
    board::{Board, Counts},
    fact::{Fact, Journal as JournalFact},
    id::IncidentId,
    incident::Incident,
    time::Time,
};
use futures::StreamExt as _;
use journal::Journal;
use runtime::{config::Config, fold, identity::hex};
use serde_json::json;

use super::{Common, say};
use crate::backend::Backend;

/// Prints facts, one JSON record a line.
#[derive(Debug, Args)]
pub(crate) struct Follow {
    #[command(flatten)]
    common: Common,
    /// First position
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Last position; waits for more where it is not given
    #[arg(long)]
    until: Option<u64>,
    /// Stop at the journal's present end
    #[arg(long)]
    once: bool,
}

/// Shows one incident and its facts.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    common: Common,
    /// The incident's id
    id: IncidentId,
}

/// The board, now or as it was.
#[derive(Debug, Args)]
pub(crate) struct At {
    #[command(flatten)]
    common: Common,
    /// A position, or an instant like 2026-07-08T19:07:00+08:00
    #[arg(long, value_name = "POSITION|TIME")]
    at: Option<When>,
}

/// A point of the journal.
#[derive(Debug, Clone, Copy)]
pub(crate) enum When {
    /// After the fact at this position.
    Position(u64),
    /// After the last fact recorded at or before this instant.
    Time(Time),
}

impl std::str::FromStr for When {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = || text.parse().map(Self::Time).ok();
        let when = text.parse().map(Self::Position).ok().or_else(time);
        when.ok_or("give a position, or an instant like 2026-07-08T19:07:00+08:00")
    }
}

/// The journal that the settings name, for reading, and its district.
pub(crate) async fn open(config: &Config) -> anyhow::Result<(Arc<dyn Journal>, AreaCode)> {
    let journal = Backend::read_only(config).await?.journal();
    let first = journal.follow(1).next().await.context("the journal is empty")??;
    let decoded = fold::decode(first.get(..1).unwrap_or_default());
    let district = match decoded.facts.first() {
        Some((Fact::Journal(JournalFact::Opened(opened)), _)) => opened.district.parse().context("read the journal's district")?,
        _ => bail!("the journal does not begin with journal.opened"),
    };
    Ok((journal, district))
}

impl Follow {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let (journal, _) = open(&self.common.settings()?).await?;
        let end = if self.once { Some(journal.head().await?.position) } else { None };
        let until = [self.until, end].into_iter().flatten().min().unwrap_or(u64::MAX);
        if self.from > until {
            return Ok(ExitCode::SUCCESS);
        }
        let mut batches = journal.follow(self.from.max(1));
        while let Some(batch) = batches.next().await {
            for entry in batch? {
                if entry.position > until {
                    return Ok(ExitCode::SUCCESS);
                }
                let record = std::str::from_utf8(&entry.bytes).context("a record is not text")?;
                if self.common.json {
                    say(&format!(r#"{{"position":{},"record":{record}}}"#, entry.position))?;
                } else {
                    say(&format!("{:>8} {record}", entry.position))?;
                }
                if entry.position == until {
                    return Ok(ExitCode::SUCCESS);
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Show {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let (journal, district) = open(&self.common.settings()?).await?;
        let incident = fold::refold(journal.as_ref(), district, self.id).await?;
        if incident.version == 0 {
            bail!("there is no incident {}: `hub follow --once` lists all facts", self.id);
        }
        let entries = journal.read(&fold::subject(self.id), 1).await?;
        if self.common.json {
            let facts: Vec<Box<serde_json::value::RawValue>> =
                entries.iter().map(|entry| serde_json::from_slice(&entry.bytes)).collect::<Result<_, _>>()?;
            // Written out directly: a state holds 128-bit numbers, which a JSON value does not.
            say(&format!(r#"{{"incident":{},"facts":{}}}"#, serde_json::to_string(&incident)?, serde_json::to_string(&facts)?))?;
        } else {
            summary(&incident)?;
            for entry in &entries {
                let header = journal::header(&entry.bytes)?;
                say(&format!("{:>8}  {}  {:32} {:28} {}", entry.position, header.time, header.kind, header.actor, header.data))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn summary(incident: &Incident) -> anyhow::Result<()> {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "—".to_owned());
    say(&format!("事件 {}  {}（{}）", incident.id, incident.stage.zh(), incident.stage))?;
    say(&format!(
        "  承办 {}  等级 {}  类别 {}  区域 {}  保护 {}",
        or_dash(incident.lead_agency().map(ToString::to_string)),
        or_dash(incident.priority.map(|priority| priority.to_string())),
        or_dash(incident.counted_category().map(ToString::to_string)),
        incident.place.area,
        incident.class
    ))?;
    for part in &incident.parts {
        say(&format!("  任务单 {}  {}  {}", part.id, part.agency, part.status.zh()))?;
    }
    for clock in &incident.clocks {
        say(&format!("  时限 {}  至 {}{}", clock.id, clock.due, if clock.breached { "  已超时" } else { "" }))?;
    }
    Ok(())
}

impl At {
    async fn folded(&self) -> anyhow::Result<Board> {
        let (journal, district) = open(&self.common.settings()?).await?;
        let head = journal.head().await?.position;
        let (to, until) = match self.at {
            None => (head, None),
            Some(When::Position(position)) => (position.min(head), None),
            Some(When::Time(time)) => (head, Some(time)),
        };
        Ok(fold::fold_to(journal.as_ref(), Board::new(district), to, until).await?)
    }

    pub(crate) async fn board(self) -> anyhow::Result<ExitCode> {
        let counts = self.folded().await?.counts();
        if self.common.json {
            say(&serde_json::to_string(&counts)?)?;
        } else {
            say(&table(&counts))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    pub(crate) async fn digest(self) -> anyhow::Result<ExitCode> {
        let board = self.folded().await?;
        let digest = hex(&board.digest());
        if self.common.json {
            say(&json!({ "position": board.position(), "digest": digest }).to_string())?;
        } else {
            say(&format!("position {}\ndigest   {digest}", board.position()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The counts for a person.
pub(crate) fn table(counts: &Counts) -> String {
    use std::fmt::Write as _;
    let mut out = format!(
        "{}  position {}\n事件 {}  未结 {}  超时 {}\n",
        counts.at, counts.position, counts.incidents, counts.open, counts.overdue
    );
    let stage = |word: &str| domain::incident::Stage::from_word(word).map_or("", domain::incident::Stage::zh);
    for (word, number) in &counts.by_stage {
        let _ = writeln!(out, "  {number:>8}  {word:12} {}", stage(word));
    }
    for (name, rows) in [("承办单位", &counts.by_agency), ("等级", &counts.by_priority)] {
        let rows: Vec<_> = rows.iter().map(|(key, number)| format!("{key} {number}")).collect();
        let _ = writeln!(out, "{name}  {}", rows.join("  "));
    }
    out.trim_end().to_owned()
}
