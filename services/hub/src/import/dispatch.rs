//! Calls of a dispatch desk: one incident a call, one order a unit, each stage at its own time.
//!
//! Rows of one call are its units, wherever they stand in the file. What the file does not tell is left out and named as
//! missing by the rules; two known layouts are told apart by their columns (`layout`).

mod layout;
mod life;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    id::{Agency, UnitId},
    incident::UnitStage,
    time::Time,
};
use serde::Serialize;

use super::{
    Carried, Source,
    columns::{Cells, Columns, HeaderError, found},
    desk::{Desk, is_name},
    rejected::Rejection,
    sheet::{Row, Sheet},
};
use layout::Layout;

/// One call with its units. Its `Debug` tells neither place nor words.
#[derive(Clone)]
pub struct Call {
    layout: &'static Layout,
    /// The physical line of its first row, from 1.
    pub line: u64,
    /// The call's number.
    pub reference: String,
    /// When it came in.
    pub received: Option<Time>,
    /// When it was entered: taken on.
    pub entered: Option<Time>,
    /// What kind of call.
    pub kind: String,
    /// The priority at first and at last, in the file's words.
    pub priority: [String; 2],
    /// The place, where the file could locate it.
    pub located: bool,
    /// Its units, in the order in which they were sent.
    pub units: Vec<Unit>,
    address: String,
    text: String,
    disposition: String,
    /// When it was over, where no unit tells it.
    closed: Option<Time>,
    /// Rows that tell of the call alone, or repeat another row.
    others: Vec<u64>,
    /// A row of it could not be read: how it ended is not known before that one is mended.
    broken: bool,
}

/// One unit under one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The physical line of its row.
    pub line: u64,
    /// Its name, under the file's own.
    pub name: UnitId,
    /// Its place among the units of the call, as the file counts.
    pub sequence: u32,
    /// When it was sent.
    pub issued: Option<Time>,
    /// What followed, in the order of a life; none where the file gives no time.
    pub steps: Vec<(UnitStage, Option<Time>)>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, reference, received, units, .. } = self;
        f.debug_struct("Call")
            .field("line", line)
            .field("reference", reference)
            .field("received", received)
            .field("units", units)
            .finish_non_exhaustive()
    }
}

impl Call {
    /// The physical lines of all its rows.
    pub fn lines(&self) -> impl Iterator<Item = u64> {
        self.others.iter().copied().chain(self.units.iter().map(|unit| unit.line))
    }
}

/// A file of calls.
#[derive(Debug)]
pub struct Dispatch {
    rows: usize,
    calls: Vec<Call>,
    rejections: Vec<Rejection>,
    /// Calls of which a row could not be read.
    broken: BTreeSet<String>,
}

/// What a file tells, and how often it does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Calls.
    pub calls: u64,
    /// Orders: units of calls.
    pub orders: u64,
    /// How many orders have no time for a stage that any order goes through.
    pub missing: BTreeMap<&'static str, u64>,
}

impl Told {
    /// The same as a person reads it: in Chinese, in English.
    #[must_use]
    pub fn words(&self) -> [String; 2] {
        let Self { calls, orders, missing } = self;
        let zh: Vec<_> = missing
            .iter()
            .map(|(&stage, count)| format!("{}{count}", UnitStage::from_word(stage).map_or(stage, UnitStage::zh)))
            .collect();
        let en: Vec<_> = missing.iter().map(|(stage, count)| format!("{} {count}", stage.replace('_', " "))).collect();
        [
            format!("文件中警情{calls}，指令{orders}；无时间的阶段：{}", zh.join("，")),
            format!("in the file: {calls} calls, {orders} orders; stages without a time: {}", en.join(", ")),
        ]
    }
}

impl Dispatch {
    /// Finds out the layout, reads all rows, and puts those of one call together.
    ///
    /// # Errors
    /// No table, or none of the known layouts.
    pub fn open(bytes: &[u8]) -> Result<Self, HeaderError> {
        let sheet = Sheet::open(bytes)?;
        let has = |layout: &&&Layout| sheet.columns().iter().any(|column| column == layout.call);
        let layout = *layout::ALL.iter().find(has).ok_or_else(|| unknown(&sheet))?;
        let columns = Columns::find(&sheet, &layout.needed(), &layout.also())?;
        let mut file = Self { rows: 0, calls: Vec::new(), rejections: Vec::new(), broken: BTreeSet::new() };
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for row in sheet.rows() {
            file.rows += 1;
            file.add(layout, &columns, row, &mut places);
        }
        for call in &mut file.calls {
            call.broken = file.broken.contains(&call.reference);
            call.units.sort_by_key(|unit| unit.sequence);
        }
        Ok(file)
    }

    /// The calls, in the file's order.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// What the file tells, whatever became of it.
    #[must_use]
    pub fn told(&self) -> Told {
        let units = || self.calls.iter().flat_map(|call| &call.units);
        let mut missing = BTreeMap::new();
        let mut count = |stage: UnitStage| *missing.entry(stage.word()).or_default() += 1;
        for unit in units() {
            let told = |stage| unit.steps.iter().any(|(step, at)| *step == stage && at.is_some());
            let steps = [UnitStage::Delivered, UnitStage::Signed, UnitStage::EnRoute, UnitStage::OnScene, UnitStage::Cleared];
            steps.into_iter().filter(|&stage| !told(stage)).for_each(&mut count);
            unit.issued.is_none().then_some(UnitStage::Issued).into_iter().for_each(&mut count);
        }
        Told { calls: self.calls.len() as u64, orders: units().count() as u64, missing }
    }

    fn add(&mut self, layout: &'static Layout, columns: &Columns, row: Row<'_>, places: &mut BTreeMap<String, usize>) {
        let line = row.line;
        let cells = match columns.cells(row, layout.call) {
            Ok(cells) => cells,
            Err(rejection) => return self.rejections.push(rejection),
        };
        let reference = cells.reference();
        if reference.is_empty() {
            return self.rejections.push(Rejection::blank(line, "", layout.call));
        }
        let known = places.get(reference).map(|&at| &mut self.calls[at]);
        let added = match known {
            None => call(layout, &cells).map(|call| {
                places.insert(call.reference.clone(), self.calls.len());
                self.calls.push(call);
            }),
            Some(known) => more(layout, known, &cells),
        };
        if let Err(rejection) = added {
            self.broken.insert(reference.to_owned());
            self.rejections.push(rejection);
        }
    }
}

fn unknown(sheet: &Sheet<'_>) -> HeaderError {
    let wanted = layout::ALL.map(|layout| layout.needed().join(", ")).join("; 或 / or ");
    let known: Vec<_> = layout::ALL.iter().flat_map(|layout| layout.needed()).collect();
    HeaderError::Unknown { wanted, found: found(sheet.columns(), &known) }
}

/// The first row of a call.
fn call(layout: &'static Layout, cells: &Cells<'_>) -> Result<Call, Rejection> {
    let unit = unit(layout, cells)?;
    let point: Vec<&str> = layout.point.iter().map(|column| cells.text(column)).collect::<Result<_, _>>()?;
    let mut call = Call {
        layout,
        line: cells.line,
        reference: cells.reference().to_owned(),
        received: cells.time(layout.received, layout.times)?,
        entered: cells.time(layout.entered, layout.times)?,
        kind: cells.text(layout.kind)?.to_owned(),
        priority: [cells.text(layout.priority[0])?.to_owned(), cells.text(layout.priority[1])?.to_owned()],
        located: point.is_empty() || point.iter().any(|number| number.parse::<f64>().is_ok_and(|number| number != 0.0)),
        units: Vec::new(),
        address: cells.joined(layout.place)?,
        text: cells.told(layout.more)?,
        disposition: cells.text(layout.disposition)?.to_owned(),
        closed: None,
        others: Vec::new(),
        broken: false,
    };
    match unit {
        Some(unit) => call.units.push(unit),
        None => {
            call.others.push(cells.line);
            call.closed = last(layout, cells)?;
        }
    }
    Ok(call)
}

/// A further row of a call: another unit.
fn more(layout: &Layout, call: &mut Call, cells: &Cells<'_>) -> Result<(), Rejection> {
    for (column, first) in [(layout.received, call.received), (layout.entered, call.entered)] {
        if cells.time(column, layout.times)? != first {
            return Err(Rejection::differs(cells.line, cells.reference(), column, call.line));
        }
    }
    let Some(unit) = unit(layout, cells)? else {
        call.others.push(cells.line);
        return Ok(());
    };
    match call.units.iter().find(|known| known.name == unit.name) {
        Some(known) if (known.issued, &known.steps) == (unit.issued, &unit.steps) => call.others.push(cells.line),
        Some(known) => return Err(Rejection::twice(cells.line, cells.reference(), layout.unit, known.line)),
        None => call.units.push(unit),
    }
    Ok(())
}

/// The row's unit; none where it names none.
fn unit(layout: &Layout, cells: &Cells<'_>) -> Result<Option<Unit>, Rejection> {
    let name = cells.text(layout.unit)?;
    if name.is_empty() {
        return Ok(None);
    }
    // It stands in the open log: nothing that reads like somebody's number gets there as a unit.
    let plain = is_name(name);
    let wrong = |column| {
        let text = cells.text(column).unwrap_or_default();
        Rejection::word(cells.line, cells.reference(), column, text, "A-Z a-z 0-9 - _ . / :")
    };
    let mut steps = Vec::new();
    for (column, stages) in layout.steps {
        let at = cells.time(column, layout.times)?;
        steps.extend(stages.iter().map(|&stage| (stage, at)));
    }
    Ok(Some(Unit {
        line: cells.line,
        name: format!("{}/{name}", layout.units).parse().ok().filter(|_| plain).ok_or_else(|| wrong(layout.unit))?,
        sequence: match cells.text(layout.sequence)? {
            "" => 0,
            number => number.parse().map_err(|_| wrong(layout.sequence))?,
        },
        issued: cells.time(layout.issued, layout.times)?,
        steps,
    }))
}

/// The last time that a row tells: that of its last column.
fn last(layout: &Layout, cells: &Cells<'_>) -> Result<Option<Time>, Rejection> {
    layout.steps.last().map_or(Ok(None), |(column, _)| cells.time(column, layout.times))
}

impl Source for Dispatch {
    type Matter = Call;

    fn count(&self) -> usize {
        self.rows
    }

    fn agency(&self) -> Agency {
        Agency::police()
    }

    fn table(&self) -> &'static str {
        ""
    }

    fn matters(&self) -> impl Iterator<Item = Result<Call, Rejection>> {
        let rejections = self.rejections.iter().cloned().map(Err);
        rejections.chain(self.calls.iter().map(|call| Ok(call.clone())))
    }

    fn reference(call: &Call) -> &str {
        &call.reference
    }

    fn live(desk: Desk, call: Call) -> impl Future<Output = Carried> + Send + 'static {
        life::live(desk, call)
    }
}

#[cfg(test)]
mod tests;
