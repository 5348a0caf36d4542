//! The live board in a terminal: drawn from the hub's board, with plain ANSI codes and no memory of its own.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
};

use domain::{
    area::{AreaCode, Areas, Level},
    board::Board,
    id::AgencyKind,
    incident::{Incident, Stage},
    time::Time,
};

use super::names::{left, right};

/// What is shown beside the board.
pub(crate) struct Beside<'a> {
    /// The town's time.
    pub(crate) now: Time,
    /// Town seconds in one of ours.
    pub(crate) speed: u32,
    /// Where gRPC listens.
    pub(crate) address: &'a str,
    /// The latest facts.
    pub(crate) lines: Vec<String>,
    /// The last line: totals.
    pub(crate) totals: String,
}

/// One row of the queue.
#[derive(Debug, Default, Clone)]
struct Queue {
    police: u32,
    hotline: u32,
    grid: u32,
    departments: u32,
    overdue: u32,
    oldest: Option<Time>,
}

impl Queue {
    fn add(&mut self, incident: &Incident) {
        match incident.lead_agency().map(domain::id::Agency::kind) {
            Some(AgencyKind::Police) => self.police += 1,
            Some(AgencyKind::Hotline) => self.hotline += 1,
            Some(AgencyKind::Grid) | None => self.grid += 1,
            Some(AgencyKind::Department | AgencyKind::Organisation) => self.departments += 1,
        }
        self.overdue += u32::from(incident.overdue());
        self.oldest = Some(self.oldest.map_or(incident.received, |oldest| oldest.min(incident.received)));
    }

    fn row(&self, name: &str, now: Time) -> String {
        let whole = self.police + self.hotline + self.grid + self.departments;
        let oldest = self.oldest.map_or("—".to_owned(), |oldest| age(now, oldest));
        let numbers = [self.police, self.hotline, self.grid, whole, self.overdue].map(|number| right(&number.to_string(), 6));
        format!("{}{}{}", left(name, 12), numbers.concat(), right(&oldest, 9))
    }
}

/// Stages on the screen, in the order of a life.
const STAGES: [Stage; 12] = [
    Stage::Received,
    Stage::Verifying,
    Stage::Accepted,
    Stage::Routed,
    Stage::Handling,
    Stage::Done,
    Stage::Checking,
    Stage::Followup,
    Stage::Closed,
    Stage::Declined,
    Stage::Withdrawn,
    Stage::Void,
];
/// Columns of the left table.
const LEFT: usize = 54;

/// How long ago, in two figures.
fn age(now: Time, then: Time) -> String {
    let minutes = (now.ms() - then.ms()).max(0) / 60_000;
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes}分"),
        (0, hours, minutes) => format!("{hours}时{minutes:02}分"),
        (days, hours, _) => format!("{days}天{hours}时"),
    }
}

/// The whole screen, line by line.
pub(crate) fn frame(board: &Board, areas: &Areas, beside: &Beside<'_>) -> Vec<String> {
    let mut tiers: BTreeMap<AreaCode, Queue> = areas
        .children(areas.district())
        .filter(|(_, area)| area.kind == domain::area::AreaKind::Subdistrict)
        .map(|(code, _)| (code, Queue::default()))
        .collect();
    let mut district = Queue::default();
    let mut whole = Queue::default();
    for incident in board.incidents().filter(|incident| !incident.stage.ended()) {
        let own = (incident.place.area.level() > Level::District).then(|| incident.place.area.at(Level::Subdistrict));
        own.and_then(|code| tiers.get_mut(&code)).unwrap_or(&mut district).add(incident);
        whole.add(incident);
    }
    let counts = board.counts();
    let mut queue = vec![format!(
        "{}{}{}",
        left("在办 队列", 12),
        ["110", "12345", "网格", "合计", "超时"].map(|word| right(word, 6)).concat(),
        right("最久", 9)
    )];
    queue.extend(tiers.iter().map(|(code, row)| row.row(areas.get(*code).map_or("", |area| &area.name), beside.now)));
    queue.push(district.row("区中心", beside.now));
    queue.push(whole.row("全区合计", beside.now));
    let priorities: Vec<_> = counts
        .by_priority
        .iter()
        .map(|(key, number)| if key == "none" { format!("待定 {number}") } else { format!("{key}级 {number}") })
        .collect();
    queue.push(String::new());
    queue.push(format!("在办等级  {}", priorities.join("  ")));
    let stages: Vec<String> = STAGES
        .iter()
        .map(|stage| {
            format!("{}{}", left(stage.zh(), 10), right(&counts.by_stage.get(stage.word()).copied().unwrap_or(0).to_string(), 6))
        })
        .collect();
    let mut lines = vec![
        format!(
            "\x1b[1m大联勤合成指挥中枢 · 演示\x1b[0m  {}  ×{}  gRPC {}",
            beside.now.civil().strftime("%Y-%m-%d %H:%M:%S"),
            beside.speed,
            beside.address
        ),
        format!(
            "全部 {}   在办 {}   超时 \x1b[31m{}\x1b[0m   事实 {}",
            counts.incidents, counts.open, counts.overdue, counts.position
        ),
        String::new(),
    ];
    for nth in 0..queue.len().max(stages.len() / 2 + 1) {
        let stage = match nth {
            0 => "阶段".to_owned(),
            nth => {
                let columns = [stages.get(nth - 1), stages.get(nth - 1 + stages.len() / 2).filter(|_| nth <= stages.len() / 2)];
                let first = columns[0].filter(|_| nth <= stages.len() / 2);
                [first, columns[1]].into_iter().flatten().cloned().collect::<Vec<_>>().join("   ")
            }
        };
        lines.push(format!("{}{stage}", left(queue.get(nth).map_or("", String::as_str), LEFT)));
    }
    lines.push(String::new());
    lines.push("最新事实".to_owned());
    lines.extend(beside.lines.iter().cloned());
    lines.push(String::new());
    lines.push(beside.totals.clone());
    lines
}

/// The terminal while the live board is on it; given back when this is dropped.
pub(crate) struct Screen(());

impl Screen {
    /// Takes the terminal's other page, without cursor and without wrapping.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn take() -> io::Result<Self> {
        write(b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J")?;
        Ok(Self(()))
    }

    /// Draws the lines over what was there.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn draw(&self, lines: &[String]) -> io::Result<()> {
        let mut out = Vec::with_capacity(8_192);
        // Each line is put in its place: a small window cuts the end and never scrolls.
        for (nth, line) in (1..).zip(lines) {
            out.extend_from_slice(format!("\x1b[{nth};1H{line}\x1b[K").as_bytes());
        }
        out.extend_from_slice(b"\x1b[J");
        write(&out)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Where the terminal is gone there is nothing to give back.
        let _ = write(b"\x1b[?7h\x1b[?25h\x1b[?1049l");
    }
}

fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
