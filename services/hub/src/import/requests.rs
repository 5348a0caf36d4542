//! Requests to a city: what was asked, who had it, by when it was promised, when it was closed.
//!
//! The file names its own due time: that is the one promise, judged at the closing time. Acceptance and routing have no
//! times in such a file and stay missing; the queue that had it stands as a part of its department.

mod life;

use domain::{id::Agency, time::Time};
use serde::Serialize;
use wire::v1::Channel;

use super::{
    Carried, Source,
    columns::{Cells, Columns, HeaderError},
    desk::{Desk, is_name},
    rejected::Rejection,
    sheet::{Row, Sheet},
    when::Layout,
};

/// The source that a report from such a file names.
pub const SOURCE: &str = "requests-boston";

const REFERENCE: &str = "case_enquiry_id";
const OPENED: &str = "open_dt";
const DUE: &str = "target_dt";
const CLOSED: &str = "closed_dt";
const STATUS: &str = "case_status";
const REASON: &str = "closure_reason";
const TITLE: &str = "case_title";
const KIND: &str = "type";
const QUEUE: &str = "queue";
const DEPARTMENT: &str = "department";
const CHANNEL: &str = "source";
/// Columns that have to be there.
const NEEDED: [&str; 11] = [REFERENCE, OPENED, DUE, CLOSED, STATUS, REASON, TITLE, KIND, QUEUE, DEPARTMENT, CHANNEL];
/// Columns of the place, kept sealed.
const PLACE: [&str; 4] = ["location", "neighborhood", "latitude", "longitude"];
/// What is kept sealed beside the title.
const TEXT: [&str; 5] = ["subject", "reason", KIND, QUEUE, "ward"];

/// How a request came in, by the file's own word.
const CHANNELS: [(&str, Channel); 6] = [
    ("Constituent Call", Channel::Phone),
    ("Self Service", Channel::Web),
    ("Twitter", Channel::Web),
    ("Citizens Connect App", Channel::App),
    // Found by the city's own people: nobody waits for an answer.
    ("Employee Generated", Channel::Patrol),
    // Pushed by another system of the city.
    ("Maximo Integration", Channel::Partner),
];

/// One request. Its `Debug` tells neither place nor words.
#[derive(Clone)]
pub struct RequestRow {
    /// The physical line it begins on, from 1.
    pub line: u64,
    /// Its number.
    pub reference: String,
    /// When it came in.
    pub opened: Option<Time>,
    /// By when it was promised.
    pub due: Option<Time>,
    /// When it was closed.
    pub closed: Option<Time>,
    /// The file says that it is closed, with or without a time.
    pub over: bool,
    /// How it came in.
    pub channel: Channel,
    /// What kind of request, in the file's words.
    pub kind: String,
    /// The queue that had it.
    pub queue: String,
    /// The department of that queue.
    pub department: Agency,
    title: String,
    text: String,
    address: String,
    words: String,
}

impl std::fmt::Debug for RequestRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, reference, opened, due, closed, .. } = self;
        let mut out = f.debug_struct("RequestRow");
        out.field("line", line).field("reference", reference).field("opened", opened).field("due", due).field("closed", closed);
        out.finish_non_exhaustive()
    }
}

/// A file of requests.
#[derive(Debug)]
pub struct Requests<'a> {
    sheet: Sheet<'a>,
    columns: Columns,
}

/// What a file tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Requests with a due time.
    pub promised: u64,
    /// Requests that are closed.
    pub closed: u64,
    /// Requests closed after their due time: each leaves a breach.
    pub late: u64,
}

impl Told {
    /// The same as a person reads it: in Chinese, in English.
    #[must_use]
    pub fn words(self) -> [String; 2] {
        let Self { promised, closed, late } = self;
        [
            format!("文件中有时限{promised}，已办结{closed}，超期办结{late}"),
            format!("in the file: {promised} with a due time, {closed} closed, {late} closed late"),
        ]
    }
}

impl<'a> Requests<'a> {
    /// Finds the columns. Their order is free; unknown ones are ignored.
    ///
    /// # Errors
    /// No table, or a column is missing.
    pub fn open(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        let sheet = Sheet::open(bytes)?;
        let also = [&PLACE[..], &TEXT[..]].concat();
        let columns = Columns::find(&sheet, &NEEDED, &also)?;
        Ok(Self { sheet, columns })
    }

    /// The rows in the file's order; one that cannot be read says why.
    pub fn rows(&self) -> impl Iterator<Item = Result<RequestRow, Rejection>> {
        self.sheet.rows().map(|row| self.request(row))
    }

    /// What the file tells, whatever became of it.
    #[must_use]
    pub fn told(&self) -> Told {
        let mut told = Told::default();
        for row in self.rows().flatten() {
            told.promised += u64::from(row.due.is_some());
            told.closed += u64::from(row.over);
            told.late += u64::from(row.closed.zip(row.due).is_some_and(|(closed, due)| closed > due));
        }
        told
    }

    fn request(&self, row: Row<'_>) -> Result<RequestRow, Rejection> {
        let cells = self.columns.cells(row, REFERENCE)?;
        if cells.reference().is_empty() {
            return Err(Rejection::blank(cells.line, "", REFERENCE));
        }
        let closed = cells.time(CLOSED, Layout::YearFirst)?;
        Ok(RequestRow {
            line: cells.line,
            reference: cells.reference().to_owned(),
            opened: cells.time(OPENED, Layout::YearFirst)?,
            due: cells.time(DUE, Layout::YearFirst)?,
            closed,
            over: closed.is_some() || cells.text(STATUS)? == "Closed",
            channel: channel(&cells)?,
            kind: cells.text(KIND)?.to_owned(),
            queue: cells.text(QUEUE)?.to_owned(),
            department: department(&cells)?,
            title: cells.text(TITLE)?.to_owned(),
            text: cells.told(&TEXT)?,
            address: cells.joined(&PLACE)?,
            words: cells.text(REASON)?.to_owned(),
        })
    }
}

fn channel(cells: &Cells<'_>) -> Result<Channel, Rejection> {
    let said = cells.text(CHANNEL)?;
    let known = CHANNELS.iter().find(|(word, _)| *word == said).map(|(_, channel)| *channel);
    let words = || CHANNELS.map(|(word, _)| word).join(", ");
    known.ok_or_else(|| Rejection::word(cells.line, cells.reference(), CHANNEL, said, &words()))
}

/// `PWDx` is `department/pwdx`: the file's own departments, not the district's.
fn department(cells: &Cells<'_>) -> Result<Agency, Rejection> {
    let said = cells.text(DEPARTMENT)?;
    let code = said.to_ascii_lowercase().replace([' ', '_'], "-");
    // It stands in the open log: nothing that reads like somebody's number gets there as a department.
    let known = format!("department/{code}").parse().ok().filter(|_| is_name(said));
    known.ok_or_else(|| Rejection::word(cells.line, cells.reference(), DEPARTMENT, said, "A-Z a-z 0-9 -"))
}

impl Source for Requests<'_> {
    type Matter = RequestRow;

    fn count(&self) -> usize {
        self.sheet.rows().count()
    }

    fn agency(&self) -> Agency {
        Agency::hotline()
    }

    fn table(&self) -> &'static str {
        ""
    }

    fn matters(&self) -> impl Iterator<Item = Result<RequestRow, Rejection>> {
        self.rows()
    }

    fn reference(request: &RequestRow) -> &str {
        &request.reference
    }

    fn live(desk: Desk, request: RequestRow) -> impl Future<Output = Carried> + Send + 'static {
        life::live(desk, request)
    }
}

#[cfg(test)]
mod tests;
