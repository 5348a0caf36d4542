//! `hub ledger`: who held which duty of an incident, and what each agency held on one day. Works beside a running hub,
//! straight from its journal.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use domain::{
    id::IncidentId,
    ledger::{self as duties, Duty, Holder, Turn, days::Day},
    time::Time,
};
use runtime::ledger::{self, Until};

use super::{
    Common, bar,
    look::{When, open},
    say,
};

/// Who held which duty of an incident, at which seat and in which tier, for how long (承办责任台账).
#[derive(Debug, Args)]
#[command(after_help = "Example: hub ledger 5f0c2a52-0000-5000-8000-000000000000 --at 2026-07-08T19:25:00+08:00 --data hub-demo\n\
                  Then:    hub ledger --by agency --day 2026-07-08 --json --data hub-demo")]
pub(crate) struct Ledger {
    #[command(flatten)]
    common: Common,
    /// The incident's id
    #[arg(required_unless_present = "by")]
    id: Option<IncidentId>,
    /// As it stood then: a position, or an instant like 2026-07-08T19:07:00+08:00
    #[arg(long, value_name = "POSITION|TIME", conflicts_with = "by")]
    at: Option<When>,
    /// The sums of a day, by agency
    #[arg(long, value_parser = ["agency"], requires = "day", conflicts_with = "id")]
    by: Option<String>,
    /// Which day, from 0:00 to 24:00 at +08:00
    #[arg(long, value_name = "YYYY-MM-DD", requires = "by", value_parser = midnight)]
    day: Option<Time>,
}

/// The first instant of a day.
pub(crate) fn midnight(day: &str) -> Result<Time, String> {
    format!("{day}T00:00:00.000+08:00").parse().map_err(|_| format!("`{day}` is not a day: write it like 2026-07-08"))
}

impl Ledger {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let (journal, district) = open(&self.common.settings()?).await?;
        if let Some(day) = self.day {
            let head = journal.head().await?.position;
            let bar = bar(self.common.json, Some(head), "台账 ledger {bar:40} {pos}/{len} 条事实 facts {per_sec}");
            let day = ledger::day(journal.as_ref(), district, day, |position| bar.set_position(position)).await?;
            bar.finish_and_clear();
            say(&if self.common.json { serde_json::to_string(&day)? } else { of_day(&day) })?;
            return Ok(ExitCode::SUCCESS);
        }
        let id = self.id.context("name an incident, or a day")?;
        let until = match self.at {
            None => Until::Head,
            Some(When::Position(position)) => Until::Position(position),
            Some(When::Time(time)) => Until::Time(time),
        };
        let Some(found) = ledger::of(journal.as_ref(), district, id, until).await? else {
            bail!("nothing is known of an incident {id} by then: `hub follow --once` lists all facts");
        };
        say(&if self.common.json { serde_json::to_string(&found)? } else { of_one(&found) })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn duty(duty: Duty) -> String {
    match duty {
        Duty::Lead => "牵头 lead".to_owned(),
        Duty::Part(part) => format!("任务单 part {part}"),
        Duty::Answer(report) => format!("答复 answer {report}"),
    }
}

fn holder(holder: Option<&Holder>) -> String {
    let Some(holder) = holder else { return "— 无人承担 nobody".to_owned() };
    let seat = holder.seat.as_ref().map_or_else(|| "—".to_owned(), ToString::to_string);
    format!("{} / {seat}（{} {}）", holder.agency, duties::tier_word(holder.tier), holder.area)
}

/// Days, hours, minutes and seconds of a stretch.
pub(crate) fn lasting(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    if days > 0 { format!("{days}d {clock}") } else { clock }
}

fn of_one(ledger: &duties::Ledger) -> String {
    use std::fmt::Write as _;
    let end = if ledger.ended { "办结 ended" } else { "至 until" };
    let mut out =
        format!("事件 {}\n{} — {} {end}  共 {}\n", ledger.incident, ledger.from, ledger.until, lasting(ledger.milliseconds));
    for span in &ledger.spans {
        let (name, held) = (duty(span.duty), holder(span.holder.as_ref()));
        let _ = writeln!(out, "  {name}  {}  {}  {held}", span.from, lasting(span.milliseconds));
    }
    for held in &ledger.now {
        let _ = writeln!(out, "现承办 now  {}  {}  自 since {}", duty(held.duty), holder(Some(&held.holder)), held.since);
    }
    for bounce in &ledger.bounces {
        let turn = match bounce.turn {
            Turn::Returned => "退回 returned",
            Turn::Lapsed => "超时未签收 lapsed",
            Turn::OfferedAgain => "再次移交 offered again",
        };
        let _ = writeln!(out, "流转 {}  {}  {turn}  {}  [{}]", bounce.at, duty(bounce.duty), bounce.agency, bounce.position);
    }
    out.trim_end().to_owned()
}

fn of_day(day: &Day) -> String {
    use std::fmt::Write as _;
    let mut out = format!("{}  事件 {}  牵头 {}\n", day.day, day.incidents, lasting(day.led_milliseconds));
    for (agency, sum) in &day.agencies {
        let _ = writeln!(
            out,
            "  {:24} 事件 {:>5}  牵头 {:>14}  任务单 {:>14}  答复 {:>14}  退回 {}  超时 {}  再移交 {}",
            agency.as_str(),
            sum.incidents,
            lasting(sum.lead_milliseconds),
            lasting(sum.part_milliseconds),
            lasting(sum.answer_milliseconds),
            sum.returned,
            sum.lapsed,
            sum.offered_again
        );
    }
    out.trim_end().to_owned()
}
