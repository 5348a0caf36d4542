//! How good duplicate hints are: on past requests of a city whose staff named the duplicates, by their own times, points and kinds.
//!
//! A pair is found at five when one of its two rows, looked at, is hinted at the other among its best five. What staff did not name
//! and is hinted at all the same is counted as false; some of it they only did not write down.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, bail};
use domain::{
    area::{AreaCode, Point},
    time::Time,
    triage::Told,
};

use super::{meter::Meter, row::Row};
use crate::import::{file, sheet::Sheet, when};

/// A city's rows have no areas of ours: distance and time decide alone.
const AREA: &str = "320111004";
/// No rule compares what lies farther apart, in 10⁻⁷ degrees north: 445 m.
const REACH_E7: i64 = 40_000;
/// How many hints a seat is shown.
const SHOWN: usize = 5;

/// One past request.
struct Request {
    number: String,
    kind: String,
    opened: Time,
    closed: Option<Time>,
    point: Point,
}

/// The rows of `hub bench hints`: requests of these files, and pairs of their numbers that staff named.
///
/// # Errors
/// A file that cannot be read, or lacks a column.
pub(crate) fn measured(pairs: &Path, files: &[std::path::PathBuf]) -> anyhow::Result<Vec<Row>> {
    let meter = Meter::start()?;
    let mut requests = Vec::new();
    for path in files {
        requests.extend(read(path)?);
    }
    requests.sort_by_key(|request| request.point.lat_e7);
    let at: BTreeMap<&str, usize> = requests.iter().enumerate().map(|(at, request)| (request.number.as_str(), at)).collect();
    let bytes = file::read(pairs)?;
    let mut named = Vec::new();
    for cells in rows(&bytes, pairs, ["case_enquiry_id", "duplicate_of"])? {
        let [one, two] = &cells;
        match (at.get(one.as_str()), at.get(two.as_str())) {
            (Some(&one), Some(&two)) => named.push((one, two)),
            (None, _) | (_, None) => bail!("{}: the files hold no request {one} or {two}", pairs.display()),
        }
    }
    if named.is_empty() {
        bail!("{} names no pair", pairs.display());
    }
    let (mut first, mut five) = (0, 0);
    for &(one, two) in &named {
        let best = best(&requests, one, |_| true);
        first += usize::from(best.first() == Some(&two));
        five += usize::from(best.contains(&two));
    }
    let in_a_pair: std::collections::BTreeSet<usize> = named.iter().flat_map(|&(one, two)| [one, two]).collect();
    let others: Vec<usize> = (0..requests.len()).filter(|at| !in_a_pair.contains(at)).collect();
    let open_before = |here: usize| {
        let opened = requests[here].opened;
        let requests = &requests;
        move |there: usize| requests[there].opened <= opened && requests[there].closed.is_none_or(|closed| closed > opened)
    };
    let hinted = others.iter().filter(|&&here| !best(&requests, here, open_before(here)).is_empty()).count();
    let spent = meter.spent()?;
    let row = |name: &str, part: usize, of: usize, against: &str| Row {
        name: name.to_owned(),
        value: percent(part, of),
        unit: "%",
        target: None,
        against: format!("{part} of {of}; {against}"),
        spent,
        times: None,
        record_bytes: None,
    };
    let all = format!("{} requests", requests.len());
    Ok(vec![
        row("hints, recall at 1", first, named.len(), &format!("pairs that staff named, among {all}")),
        row("hints, recall at 5", five, named.len(), &format!("pairs that staff named, among {all}")),
        row("hints, false", hinted, others.len(), "requests in no named pair that are hinted at an open one; an upper bound"),
    ])
}

/// The best hints for one request, best first.
fn best(requests: &[Request], here: usize, allowed: impl Fn(usize) -> bool) -> Vec<usize> {
    let (mine, area) = (&requests[here], AREA.parse().ok());
    let Some(area) = area else { return Vec::new() };
    let from = requests.partition_point(|other| other.point.lat_e7 < mine.point.lat_e7 - REACH_E7);
    let near = requests[from..].iter().take_while(|other| other.point.lat_e7 <= mine.point.lat_e7 + REACH_E7);
    let there = (from..).zip(near).filter(|(at, _)| *at != here && allowed(*at));
    let told = told(mine, area);
    let mut scored: Vec<(u32, i64, usize)> = there
        .filter_map(|(at, other)| {
            let (score, _) = told.compare(&self::told(other, area))?;
            Some((score, (other.opened.ms() - mine.opened.ms()).abs(), at))
        })
        .collect();
    scored.sort_by_key(|&(score, apart, at)| (std::cmp::Reverse(score), apart, at));
    scored.into_iter().map(|(_, _, at)| at).take(SHOWN).collect()
}

fn told(request: &Request, area: AreaCode) -> Told<'_> {
    Told { occurred: request.opened, area, point: Some(request.point), category: Some(&request.kind), terms: &[], urgent: false }
}

fn read(path: &Path) -> anyhow::Result<Vec<Request>> {
    let bytes = file::read(path)?;
    let columns = ["case_enquiry_id", "type", "open_dt", "closed_dt", "latitude", "longitude"];
    let mut requests = Vec::new();
    for [number, kind, opened, closed, north, east] in rows(&bytes, path, columns)? {
        let wrong = || format!("{}: request {number} has no time or place that can be read", path.display());
        let opened = when::Layout::YearFirst.read(&opened).with_context(wrong)?;
        let (north, east): (f64, f64) = (north.parse().with_context(wrong)?, east.parse().with_context(wrong)?);
        let closed = when::Layout::YearFirst.read(&closed);
        requests.push(Request { kind, opened, closed, point: Point::at(east, north), number });
    }
    Ok(requests)
}

/// The cells of these columns, row by row.
fn rows<const N: usize>(bytes: &[u8], path: &Path, columns: [&str; N]) -> anyhow::Result<Vec<[String; N]>> {
    let sheet = Sheet::open(bytes).with_context(|| format!("read {}", path.display()))?;
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let found = sheet.columns().iter().position(|known| known == column);
        *place = found.with_context(|| format!("{} has no column {column}", path.display()))?;
    }
    let mut all = Vec::new();
    for row in sheet.rows() {
        let line = row.line;
        let cells = row.cells.map_err(|broken| anyhow::anyhow!("{}, line {line}: {broken:?}", path.display()))?;
        all.push(places.map(|place| cells.get(place).map(|cell| String::from_utf8_lossy(cell).into_owned()).unwrap_or_default()));
    }
    Ok(all)
}

fn percent(part: usize, of: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "rows of a file")]
    let share = part as f64 * 100.0 / of.max(1) as f64;
    share
}
