//! Cells by the names of their columns, and what is said of a first line that lacks one.

use std::{borrow::Cow, collections::BTreeMap};

use domain::time::Time;

use super::{
    rejected::Rejection,
    sheet::{Row, Sheet, SheetError},
    when::Layout,
};

/// Why a file is not one of those that can be imported.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum HeaderError {
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
    /// The first line is that of none of the known files.
    #[error(
        "不认识文件的列名；第一行应有{wanted}；现有：{found} / these columns are not known; the first line has to name {wanted}; it has: {found}"
    )]
    Unknown {
        /// What would be known.
        wanted: String,
        /// What the first line has, masked and cut short.
        found: String,
    },
}

/// Where each column stands.
#[derive(Debug)]
pub(super) struct Columns {
    at: BTreeMap<&'static str, usize>,
}

/// The cells of one row, by name.
pub(super) struct Cells<'a> {
    columns: &'a Columns,
    /// The physical line it begins on.
    pub(super) line: u64,
    reference: String,
    cells: Vec<Cow<'a, [u8]>>,
}

impl Columns {
    /// Finds columns that have to be there, and those that may be.
    ///
    /// # Errors
    /// The first that is missing.
    pub(super) fn find(sheet: &Sheet<'_>, needed: &[&'static str], also: &[&'static str]) -> Result<Self, HeaderError> {
        let place = |name: &str| sheet.columns().iter().position(|column| column == name);
        let mut at = BTreeMap::new();
        for &column in needed {
            let known: Vec<_> = needed.iter().chain(also).copied().collect();
            let missing = || HeaderError::Column { column, found: found(sheet.columns(), &known) };
            at.insert(column, place(column).ok_or_else(missing)?);
        }
        at.extend(also.iter().filter_map(|&column| Some((column, place(column)?))));
        Ok(Self { at })
    }

    /// A row's cells. The reference first: it names the row in what is said of the others.
    ///
    /// # Errors
    /// The row is broken, or its reference is not UTF-8.
    pub(super) fn cells<'a>(&'a self, row: Row<'a>, reference: &'static str) -> Result<Cells<'a>, Rejection> {
        let line = row.line;
        let cells = row.cells.map_err(|broken| Rejection::broken(line, row.last, broken))?;
        let mut cells = Cells { columns: self, line, reference: String::new(), cells };
        cells.reference = cells.text(reference)?.to_owned();
        Ok(cells)
    }
}

impl Cells<'_> {
    /// The row's own reference.
    pub(super) fn reference(&self) -> &str {
        &self.reference
    }

    /// A cell's text without the white space around it; empty where the file has no such column.
    ///
    /// # Errors
    /// It is not UTF-8.
    pub(super) fn text(&self, column: &str) -> Result<&str, Rejection> {
        let Some(&at) = self.columns.at.get(column) else { return Ok("") };
        text(&self.cells[at]).ok_or_else(|| Rejection::encoding(self.line, &self.reference, column))
    }

    /// A cell's time; none where it is empty.
    ///
    /// # Errors
    /// Something stands there that is no time in this layout.
    pub(super) fn time(&self, column: &str, layout: Layout) -> Result<Option<Time>, Rejection> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        layout.read(text).map(Some).ok_or_else(|| Rejection::time_of(self.line, &self.reference, column, text, layout))
    }

    /// `column: text` for each of these that says something, one a line.
    ///
    /// # Errors
    /// One is not UTF-8.
    pub(super) fn told(&self, columns: &[&str]) -> Result<String, Rejection> {
        let mut lines = Vec::new();
        for column in columns {
            let text = self.text(column)?;
            if !text.is_empty() {
                lines.push(format!("{column}: {text}"));
            }
        }
        Ok(lines.join("\n"))
    }

    /// What these columns say, those that say something, apart by commas.
    ///
    /// # Errors
    /// One is not UTF-8.
    pub(super) fn joined(&self, columns: &[&str]) -> Result<String, Rejection> {
        let texts: Vec<&str> = columns.iter().map(|column| self.text(column)).collect::<Result<_, _>>()?;
        Ok(texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", "))
    }
}

/// A cell's text without the white space around it; none where it is not UTF-8.
pub(super) fn text(cell: &[u8]) -> Option<&str> {
    std::str::from_utf8(cell).ok().map(str::trim)
}

/// What stands in the first line. Where it names hardly a column it is no header but somebody's words, which are not said
/// again.
pub(super) fn found(columns: &[String], known: &[&str]) -> String {
    const MOST: usize = 20;
    let known = |column: &&String| known.contains(&column.as_str());
    let (header, others) = (columns.iter().filter(known).count() >= 3, columns.iter().filter(|column| !known(column)).count());
    let short = |column: &String| seal::mask(column).text.chars().take(MOST).collect::<String>();
    let mut said: Vec<_> = columns.iter().filter(|column| header || known(column)).take(MOST).map(short).collect();
    if !header {
        said.push(format!("另有{others}列 / {others} others"));
    }
    said.join(", ")
}
