//! A table of comma-separated values, row by row, with the physical line where each row begins.
//!
//! Cells may hold newlines and doubled quotes (RFC 4180). Where quotes do not fit or cells are missing, the row is
//! given back as broken, and reading goes on at the next line that is a whole row again, so that one wrong quote does not
//! swallow the rest of the file. Bytes are not looked into here: what they say is the reader's business.

use std::borrow::Cow;

/// A row longer than this has an opening quote that nobody closed, in bytes.
const MOST_ROW: usize = 1 << 20;

/// A table in memory; its first row names the columns.
#[derive(Debug, Clone)]
pub struct Sheet<'a> {
    bytes: &'a [u8],
    columns: Vec<String>,
    start: Place,
}

/// Where reading stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: usize,
    line: u64,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    /// The physical line it begins on, from 1.
    pub line: u64,
    /// The last physical line that goes with it; after a broken row that is the one before the next whole row.
    pub last: u64,
    /// Its cells, or why there are none.
    pub cells: Result<Vec<Cow<'a, [u8]>>, Broken>,
}

/// Why a row cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// A quoted cell goes on after its closing quote.
    StrayQuote {
        /// The physical line of that quote.
        line: u64,
        /// The number of the cell, from 1.
        cell: usize,
    },
    /// A quoted cell never ends.
    OpenQuote {
        /// The physical line of the opening quote.
        line: u64,
        /// The number of the cell, from 1.
        cell: usize,
    },
    /// Not as many cells as columns.
    Cells {
        /// How many cells it has.
        found: usize,
        /// How many columns there are.
        wanted: usize,
    },
}

/// Why a file is no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// Nothing in it.
    #[error("文件是空的：第一行应为列名 / the file is empty: its first line has to name the columns")]
    Empty,
    /// The column names are not UTF-8.
    #[error(
        "文件不是UTF-8编码：第{line}行第{column}字节为0x{byte:02X}，可能是{guess}；请先转换：iconv -f {guess} -t UTF-8 原文件 > 新文件 / \
         the file is not UTF-8: line {line}, column {column} holds the byte 0x{byte:02X}, perhaps {guess}; convert it first: iconv -f {guess} -t UTF-8 OLD > NEW"
    )]
    Encoding {
        /// The line of the first wrong byte, from 1.
        line: u64,
        /// Its place in that line, in bytes, from 1.
        column: usize,
        /// The byte.
        byte: u8,
        /// What the file may be written in.
        guess: &'static str,
    },
    /// The column names have a quote that does not fit.
    #[error("第{line}行列名的引号不成对 / the quotes of the column names in line {line} do not fit")]
    Quotes {
        /// The line, from 1.
        line: u64,
    },
}

impl<'a> Sheet<'a> {
    /// Reads the column names. A byte order mark before them is none of theirs.
    ///
    /// # Errors
    /// The file is empty, not UTF-8, or its first row is broken.
    pub fn open(bytes: &'a [u8]) -> Result<Self, SheetError> {
        let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut start = Place { at: mark, line: 1 };
        skip_blank(bytes, &mut start);
        if start.at == bytes.len() {
            return Err(SheetError::Empty);
        }
        let line = start.line;
        let mut columns = Vec::new();
        let scanned = scan(bytes, start);
        if let Some(wrong) = wrong_byte(&bytes[..scanned.end.at]) {
            return Err(wrong);
        }
        for cell in scanned.cells.map_err(|_| SheetError::Quotes { line })? {
            columns.push(String::from_utf8_lossy(&cell).trim().to_owned());
        }
        Ok(Self { bytes, columns, start: scanned.end })
    }

    /// The column names, as they stand.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows after the column names. Blank lines are none.
    pub fn rows(&self) -> impl Iterator<Item = Row<'a>> {
        let (bytes, wanted, mut place) = (self.bytes, self.columns.len(), self.start);
        std::iter::from_fn(move || {
            skip_blank(bytes, &mut place);
            if place.at == bytes.len() {
                return None;
            }
            let begun = place;
            let scanned = scan(bytes, begun);
            place = scanned.end;
            let cells = sound(scanned, wanted).inspect_err(|broken| {
                let one_line = place.line == begun.line + 1 && matches!(broken, Broken::Cells { .. });
                if !one_line {
                    place = next_sound(bytes, begun, wanted);
                }
            });
            Some(Row { line: begun.line, last: place.line - 1, cells })
        })
    }
}

/// One row as it was found, and where the next begins.
struct Scanned<'a> {
    cells: Result<Vec<Cow<'a, [u8]>>, Broken>,
    end: Place,
    /// A cell without quotes around it has one inside: taken as it is, but no line to trust after a broken row.
    odd: bool,
}

fn sound(scanned: Scanned<'_>, wanted: usize) -> Result<Vec<Cow<'_, [u8]>>, Broken> {
    let cells = scanned.cells?;
    if cells.len() == wanted { Ok(cells) } else { Err(Broken::Cells { found: cells.len(), wanted }) }
}

/// The next line after a broken row that begins a whole one.
fn next_sound(bytes: &[u8], broken: Place, wanted: usize) -> Place {
    let mut place = next_line(bytes, broken);
    let whole = |place| {
        let scanned = scan(bytes, place);
        !scanned.odd && sound(scanned, wanted).is_ok()
    };
    while place.at < bytes.len() && !whole(place) {
        place = next_line(bytes, place);
    }
    place
}

fn next_line(bytes: &[u8], from: Place) -> Place {
    match find(bytes, from.at, |b| b == b'\n') {
        Some(end) => Place { at: end + 1, line: from.line + 1 },
        None => Place { at: bytes.len(), line: from.line + 1 },
    }
}

fn skip_blank(bytes: &[u8], place: &mut Place) {
    loop {
        match &bytes[place.at..] {
            [b'\n', ..] => *place = Place { at: place.at + 1, line: place.line + 1 },
            [b'\r', b'\n', ..] => *place = Place { at: place.at + 2, line: place.line + 1 },
            _ => return,
        }
    }
}

fn find(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    bytes[from..].iter().position(|&b| wanted(b)).map(|n| from + n)
}

/// Reads one row; a broken one ends with its line.
fn scan(bytes: &[u8], begun: Place) -> Scanned<'_> {
    let mut cells = Vec::new();
    let Place { mut at, mut line } = begun;
    let mut odd = false;
    let broken = |broken| Scanned { cells: Err(broken), end: next_line(bytes, begun), odd: true };
    loop {
        let cell = cells.len() + 1;
        if bytes.get(at) == Some(&b'"') {
            let opened = line;
            let Some((text, end)) = quoted(bytes, begun.at, at + 1) else {
                return broken(Broken::OpenQuote { line: opened, cell });
            };
            line += bytes[at..end].iter().filter(|&&b| b == b'\n').count() as u64;
            at = end;
            if !matches!(&bytes[at..], [] | [b',' | b'\n', ..] | [b'\r', b'\n', ..]) {
                return broken(Broken::StrayQuote { line, cell });
            }
            cells.push(text);
        } else {
            let end = find(bytes, at, |b| b == b',' || b == b'\n').unwrap_or(bytes.len());
            let text = &bytes[at..end];
            odd |= text.contains(&b'"');
            let last = bytes.get(end) != Some(&b',');
            cells.push(Cow::Borrowed(if last { text.strip_suffix(b"\r").unwrap_or(text) } else { text }));
            at = end;
        }
        match &bytes[at..] {
            [b',', ..] => at += 1,
            [b'\r', b'\n', ..] => return Scanned { cells: Ok(cells), end: Place { at: at + 2, line: line + 1 }, odd },
            [b'\n', ..] => return Scanned { cells: Ok(cells), end: Place { at: at + 1, line: line + 1 }, odd },
            _ => return Scanned { cells: Ok(cells), end: Place { at, line: line + 1 }, odd },
        }
    }
}

/// A quoted cell from behind its opening quote: its bytes, and the place behind its closing quote.
fn quoted(bytes: &[u8], row: usize, from: usize) -> Option<(Cow<'_, [u8]>, usize)> {
    let most = bytes.len().min(row + MOST_ROW);
    let mut text: Cow<'_, [u8]> = Cow::Borrowed(&[]);
    let mut at = from;
    loop {
        let quote = find(&bytes[..most], at.min(most), |b| b == b'"')?;
        if text.is_empty() {
            text = Cow::Borrowed(&bytes[at..quote]);
        } else {
            text.to_mut().extend_from_slice(&bytes[at..quote]);
        }
        if bytes.get(quote + 1) != Some(&b'"') {
            return Some((text, quote + 1));
        }
        text.to_mut().push(b'"');
        at = quote + 2;
    }
}

/// The first byte that is not UTF-8, where there is one.
fn wrong_byte(bytes: &[u8]) -> Option<SheetError> {
    let at = std::str::from_utf8(bytes).err()?.valid_up_to();
    let before = &bytes[..at];
    let line = before.iter().filter(|&&b| b == b'\n').count() as u64 + 1;
    let column = before.iter().rev().take_while(|&&b| b != b'\n').count() + 1;
    let guess = if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") { "UTF-16" } else { "GB18030" };
    Some(SheetError::Encoding { line, column, byte: bytes[at], guess })
}

#[cfg(test)]
mod tests;
