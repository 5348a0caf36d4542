//! Citizens' messages to a government desk: which column means what, and what a row says.

mod life;

use domain::{id::Agency, time::Time};

use super::{
    Carried, Source,
    columns::{found, text},
    desk::Desk,
    rejected::Rejection,
    sheet::{Row, Sheet, SheetError},
    when,
};

/// The catalogue's table of classes of citizens' messages.
pub const TABLE: &str = "hotline/";
/// The source that a report from such a file names.
pub const SOURCE: &str = "messages";

const REFERENCE: &str = "留言编号";
const REPORTER: &str = "留言用户";
const TITLE: &str = "留言主题";
const TIME: &str = "留言时间";
const TEXT: &str = "留言详情";
const LABEL: &str = "一级分类";
const REPLY: &str = "答复意见";
const REPLIED: &str = "答复时间";
/// All of them.
const KNOWN: [&str; 8] = [REFERENCE, REPORTER, TITLE, TIME, TEXT, LABEL, REPLY, REPLIED];

/// One message. Held in memory only as long as it is on its way; its `Debug` tells none of its words.
pub struct Message {
    /// The physical line it begins on, from 1.
    pub line: u64,
    /// 留言编号.
    pub reference: String,
    /// 留言用户.
    pub reporter: String,
    /// 留言主题.
    pub title: String,
    /// 留言详情, without the white space around it.
    pub text: String,
    /// 留言时间.
    pub at: Time,
    /// 一级分类, where the file has one.
    pub label: Option<String>,
    /// 答复意见, where the file has one.
    pub reply: Option<Reply>,
}

/// The desk's answer.
pub struct Reply {
    /// 答复意见.
    pub words: String,
    /// 答复时间; none where the cell is empty.
    pub at: Option<Time>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("line", &self.line)
            .field("reference", &self.reference)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("at", &self.at).finish_non_exhaustive()
    }
}

/// A file of messages.
#[derive(Debug)]
pub struct Messages<'a> {
    sheet: Sheet<'a>,
    columns: Columns,
}

/// Where each column stands.
#[derive(Debug)]
struct Columns {
    reference: usize,
    reporter: usize,
    title: usize,
    time: usize,
    text: usize,
    label: Option<usize>,
    reply: Option<usize>,
    replied: Option<usize>,
}

/// Why a file is no file of messages.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MessagesError {
    /// It is no table.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// A column is missing.
    #[error("缺少列“{column}”；文件第一行有：{found} / the column {column} is missing; the first line has: {found}")]
    Column {
        /// The column.
        column: &'static str,
        /// What the first line has, masked and cut short: it may not be a line of names at all.
        found: String,
    },
}

impl<'a> Messages<'a> {
    /// Finds the columns. Their order is free; unknown ones are ignored.
    ///
    /// # Errors
    /// No table, or a column is missing.
    pub fn open(bytes: &'a [u8]) -> Result<Self, MessagesError> {
        let sheet = Sheet::open(bytes)?;
        let optional = |name: &str| sheet.columns().iter().position(|column| column == name);
        let needed = |column: &'static str| {
            optional(column).ok_or_else(|| MessagesError::Column { column, found: found(sheet.columns(), &KNOWN) })
        };
        let columns = Columns {
            reference: needed(REFERENCE)?,
            reporter: needed(REPORTER)?,
            title: needed(TITLE)?,
            time: needed(TIME)?,
            text: needed(TEXT)?,
            label: optional(LABEL),
            reply: optional(REPLY),
            replied: optional(REPLIED),
        };
        Ok(Self { sheet, columns })
    }

    /// The rows in the file's order; one that cannot be read says why.
    pub fn rows(&self) -> impl Iterator<Item = Result<Message, Rejection>> {
        self.sheet.rows().map(|row| self.message(row))
    }

    fn message(&self, row: Row<'_>) -> Result<Message, Rejection> {
        let line = row.line;
        let cells = row.cells.map_err(|broken| Rejection::broken(line, row.last, broken))?;
        let columns = &self.columns;
        // The reference first: it names the row in what is said of the others.
        let reference = text(&cells[columns.reference]).ok_or_else(|| Rejection::encoding(line, "", REFERENCE))?;
        let cell = |at: usize, column: &str| {
            text(&cells[at]).map(str::to_owned).ok_or_else(|| Rejection::encoding(line, reference, column))
        };
        let time = |text: &str, column: &str| when::read(text).ok_or_else(|| Rejection::time(line, reference, column, text));
        let beside = |at: Option<usize>, column: &str| {
            let text = at.map(|at| cell(at, column)).transpose()?;
            Ok(text.filter(|text| !text.is_empty()))
        };
        let words = beside(columns.reply, REPLY)?;
        let replied = beside(columns.replied, REPLIED)?.map(|text| time(&text, REPLIED)).transpose()?;
        let message = Message {
            line,
            reference: reference.to_owned(),
            reporter: cell(columns.reporter, REPORTER)?,
            title: cell(columns.title, TITLE)?,
            text: cell(columns.text, TEXT)?,
            at: time(&cell(columns.time, TIME)?, TIME)?,
            label: beside(columns.label, LABEL)?,
            reply: words.map(|words| Reply { words, at: replied }),
        };
        if message.title.is_empty() && message.text.is_empty() {
            return Err(Rejection::empty(line, reference, TEXT));
        }
        Ok(message)
    }
}

impl Source for Messages<'_> {
    type Matter = Message;

    fn count(&self) -> usize {
        self.sheet.rows().count()
    }

    fn agency(&self) -> Agency {
        Agency::hotline()
    }

    fn table(&self) -> &'static str {
        TABLE
    }

    fn matters(&self) -> impl Iterator<Item = Result<Message, Rejection>> {
        self.rows()
    }

    fn reference(message: &Message) -> &str {
        &message.reference
    }

    fn live(desk: Desk, message: Message) -> impl Future<Output = Carried> + Send + 'static {
        life::live(desk, message)
    }
}

#[cfg(test)]
mod tests;
