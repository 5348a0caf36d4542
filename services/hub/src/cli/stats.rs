//! `hub stats`: the rates. Reads the journal from its beginning, beside a running hub; whoever types it sees everything.

use std::process::ExitCode;

use clap::Args;
use domain::{
    incident::Satisfaction,
    rates::{Answer, Ask, By, Figure, Rates, Row, Side},
    time::Time,
};
use serde_json::{Map, Value, json};

use super::{
    Common, bar,
    ledger::{lasting, midnight},
    look::open,
    say,
};
use crate::policies::policies;

/// The rates: on time, returned, reopened; what citizens say; what may be a sign of gaming. Each is two whole numbers.
#[derive(Debug, Args)]
#[command(after_help = "Example: hub stats --by area --from 2026-07-01 --until 2026-08-01 --data hub-demo\n\
                        Then:    hub stats --source hotline12345 --facts late --json --data hub-demo")]
pub(crate) struct Stats {
    #[command(flatten)]
    common: Common,
    /// Also told apart by this
    #[arg(long, value_name = "WHAT", value_parser = by)]
    by: Option<By>,
    /// Only what this source told us first, such as police110 or requests-boston
    #[arg(long)]
    source: Option<String>,
    /// Only what first occurred on this day, at this instant, or later
    #[arg(long, value_name = "DAY|TIME", value_parser = instant)]
    from: Option<Time>,
    /// Only what first occurred before this day or instant
    #[arg(long, value_name = "DAY|TIME", value_parser = instant)]
    until: Option<Time>,
    /// Also lists the facts behind this number
    #[arg(long, value_name = "NAME", value_parser = figure)]
    facts: Option<Figure>,
}

fn by(word: &str) -> Result<By, String> {
    By::from_word(word).ok_or_else(|| format!("give one of {}", words(By::ALL.iter().map(|by| by.word()))))
}

fn figure(word: &str) -> Result<Figure, String> {
    Figure::from_word(word).ok_or_else(|| format!("give one of {}", words(Figure::ALL.iter().map(|figure| figure.word()))))
}

fn words(all: impl Iterator<Item = &'static str>) -> String {
    all.collect::<Vec<_>>().join(", ")
}

fn instant(text: &str) -> Result<Time, String> {
    let wrong = |_| format!("`{text}` is no day or instant: write it like 2026-07-08 or 2026-07-08T19:07:00+08:00");
    midnight(text).or_else(|_| text.parse()).map_err(|error: domain::time::BadTime| wrong(error))
}

impl Stats {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.common.settings()?;
        let (policies, _) = policies(config.policy.as_deref())?;
        let (journal, _) = open(&config).await?;
        let head = journal.head().await?.position;
        let bar = bar(self.common.json, Some(head), "统计 rates {bar:40} {pos}/{len} 条事实 facts {per_sec}");
        let mut rates = Rates::default();
        runtime::rates::catch_up(journal.as_ref(), &mut rates, head, |position| bar.set_position(position)).await?;
        bar.finish_and_clear();
        let policies = rates.in_force(&policies.base())?;
        let rule = &policies.satisfaction;
        let ask = Ask { by: self.by, source: self.source, from: self.from, until: self.until, facts: self.facts };
        let answer = rates.answer(&ask, rule, None, |_| true, |_| true);
        let levels: Vec<Satisfaction> = rule.satisfied.iter().copied().collect();
        say(&if self.common.json { in_json(&answer, &ask, &levels).to_string() } else { in_words(&answer, &ask, &levels) })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A row: each number under its name, and the rates of each side.
fn object(row: &Row) -> Map<String, Value> {
    let mut object: Map<String, Value> =
        row.numbers.keys().map(|figure| (figure.word().to_owned(), json!(row.told(*figure)))).collect();
    for side in [Side::Citizen, Side::Ours, Side::Sign] {
        let rates: Map<String, Value> =
            row.rates(side).map(|(name, count, of)| (name.to_owned(), json!({ "count": count, "of": of }))).collect();
        object.insert(side.word().to_owned(), rates.into());
    }
    let delay = row.delay.map(|delay| {
        json!({
            "count": delay.count, "total_milliseconds": delay.total_milliseconds,
            "median_milliseconds": delay.median_milliseconds, "median_of": delay.median_of,
        })
    });
    object.insert("reply_delay".to_owned(), delay.unwrap_or(Value::Null));
    object
}

fn in_json(answer: &Answer, ask: &Ask, levels: &[Satisfaction]) -> Value {
    let mut object_of_all = object(&answer.all);
    object_of_all.insert("position".to_owned(), answer.position.into());
    object_of_all.insert("satisfied_levels".to_owned(), levels.iter().map(|level| level.word()).collect());
    if let Some([live, past]) = &answer.apart {
        object_of_all.insert("live".to_owned(), object(live).into());
        object_of_all.insert("past".to_owned(), object(past).into());
    }
    if let Some(by) = ask.by {
        let groups: Map<String, Value> = answer.groups.iter().map(|row| (row.key.clone(), object(row).into())).collect();
        object_of_all.insert("by".to_owned(), by.word().into());
        object_of_all.insert("groups".to_owned(), groups.into());
    }
    if let Some(figure) = ask.facts {
        let listed = |fact: &domain::rates::Listed| json!({ "position": fact.position, "incident": fact.incident.to_string() });
        let facts: Vec<Value> = answer.facts.iter().map(listed).collect();
        object_of_all.insert("facts".to_owned(), json!({ "of": figure.word(), "list": facts }));
    }
    object_of_all.into()
}

/// Two whole numbers, and what they make of a hundred, to a tenth.
fn percent(count: u64, of: u64) -> String {
    if of == 0 {
        return "—".to_owned();
    }
    let thousandths = (u128::from(count) * 2000 / u128::from(of)).div_ceil(2);
    format!("{count}/{of} = {}.{} %", thousandths / 10, thousandths % 10)
}

fn in_words(answer: &Answer, ask: &Ask, levels: &[Satisfaction]) -> String {
    use std::fmt::Write as _;
    let mut out = format!("position {}\n", answer.position);
    // Told apart only where there is something of both.
    let both = answer.apart.iter().filter(|rows| rows.iter().all(|row| row.told(Figure::Incidents) > Some(0)));
    let apart = both.flatten();
    for row in std::iter::once(&answer.all).chain(apart).chain(&answer.groups) {
        let _ = writeln!(out, "\n■ {}", if row.key.is_empty() { "全部 all" } else { &row.key });
        for (figure, number) in row.numbers.keys().filter_map(|figure| Some((figure, row.told(*figure)?))).filter(|(_, n)| *n > 0) {
            let _ = writeln!(out, "  {number:>8}  {:20} {}", figure.word(), figure.zh());
        }
        for (side, title) in
            [(Side::Citizen, "群众评价 what citizens say"), (Side::Ours, "办理指标 our own"), (Side::Sign, "异常信号 signs")]
        {
            let rates: Vec<String> = row
                .rates(side)
                .filter(|(.., of)| *of > 0)
                .map(|(name, count, of)| format!("{name} {}", percent(count, of)))
                .collect();
            if !rates.is_empty() {
                let _ = writeln!(out, "  {title}: {}", rates.join("  "));
            }
        }
        if let Some(delay) = row.delay {
            let each = |milliseconds: i64| lasting(milliseconds.unsigned_abs());
            let median = delay.median_milliseconds / i64::try_from(delay.median_of).unwrap_or(1);
            let _ = writeln!(out, "  答复用时 reply delay: {} 件  中位数 median {}", delay.count, each(median));
        }
    }
    let counted: Vec<&str> = levels.iter().map(|level| level.zh()).collect();
    let _ = writeln!(out, "\n满意计入 counted as satisfied: {}", counted.join("、"));
    if let Some(figure) = ask.facts {
        let _ = writeln!(out, "\n{} {}:", figure.word(), figure.zh());
        for fact in &answer.facts {
            let _ = writeln!(out, "  {:>8}  {}", fact.position, fact.incident);
        }
    }
    out.trim_end().to_owned()
}
