//! Rows that could not be taken: where they stand and why, and none of their words.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use tonic::Status;

use super::{sheet::Broken, when};

/// The first line of the file of rejected rows.
pub const COLUMNS: [&str; 5] = ["line", "reference", "code", "reason_zh", "reason_en"];

/// One row that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The physical line the row begins on, from 1.
    pub line: u64,
    /// The row's reference; empty where it cannot be read, or could be something personal.
    pub reference: String,
    /// A stable code.
    pub code: String,
    /// What is wrong and how to mend it, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl Rejection {
    fn new(line: u64, reference: &str, code: &str, zh: String, en: String) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':');
        let shown = reference.len() <= 100 && reference.chars().all(plain) && seal::mask(reference).text == reference;
        Self { line, reference: if shown { reference.to_owned() } else { String::new() }, code: code.to_owned(), zh, en }
    }

    /// The table's row is broken; lines up to `last` cannot be told from it.
    pub(super) fn broken(line: u64, last: u64, broken: Broken) -> Self {
        let (code, mut zh, mut en) = match broken {
            Broken::StrayQuote { line, cell } => (
                "row.stray_quote",
                format!("第{line}行第{cell}列的引号之后还有内容：引号内的引号请写成两个"),
                format!("line {line}, cell {cell}: text follows a closing quote; write a quote within quotes twice"),
            ),
            Broken::OpenQuote { line, cell } => (
                "row.open_quote",
                format!("第{line}行第{cell}列的引号没有结束"),
                format!("line {line}, cell {cell}: the opening quote is never closed"),
            ),
            Broken::Cells { found, wanted } => (
                "row.cells",
                format!("第{line}行有{found}列，应有{wanted}列"),
                format!("line {line} has {found} cells, the first line names {wanted}"),
            ),
        };
        if last > line {
            zh.push_str(&format!("；第{line}至{last}行均未导入"));
            en.push_str(&format!("; lines {line} to {last} were left out"));
        }
        Self::new(line, "", code, zh, en)
    }

    /// A cell is not UTF-8.
    pub(super) fn encoding(line: u64, reference: &str, column: &str) -> Self {
        let zh = format!("第{line}行“{column}”列不是UTF-8编码，请转换后重新导入");
        let en = format!("line {line}, column {column}: not UTF-8; convert the row and import again");
        Self::new(line, reference, "row.encoding", zh, en)
    }

    /// A time cannot be read.
    pub(super) fn time(line: u64, reference: &str, column: &str, text: &str) -> Self {
        Self::time_of(line, reference, column, text, when::Layout::YearFirst)
    }

    /// A time cannot be read as this file writes them.
    pub(super) fn time_of(line: u64, reference: &str, column: &str, text: &str, layout: when::Layout) -> Self {
        let (shape, [one, other]) = (when::shape(text), layout.examples());
        let zh = format!("第{line}行“{column}”列的时间无法识别，形如“{shape}”；请写成 {one} 或 {other}");
        let en = format!("line {line}, column {column}: not a time, shaped like `{shape}`; write {one} or {other}");
        Self::new(line, reference, "row.time", zh, en)
    }

    /// A cell that has to say something is empty.
    pub(super) fn blank(line: u64, reference: &str, column: &str) -> Self {
        let zh = format!("第{line}行“{column}”列是空的");
        let en = format!("line {line}, column {column}: empty");
        Self::new(line, reference, "row.blank", zh, en)
    }

    /// A cell says something that is not in the vocabulary of its column.
    pub(super) fn word(line: u64, reference: &str, column: &str, text: &str, known: &str) -> Self {
        let shape = when::shape(text);
        let zh = format!("第{line}行“{column}”列的取值不认识，形如“{shape}”；应为 {known}");
        let en = format!("line {line}, column {column}: not known, shaped like `{shape}`; one of {known}");
        Self::new(line, reference, "row.word", zh, en)
    }

    /// A row says otherwise of its call than the first row of that call.
    pub(super) fn differs(line: u64, reference: &str, column: &str, first: u64) -> Self {
        let zh = format!("第{line}行“{column}”列与同一警情的第{first}行不同");
        let en = format!("line {line}, column {column}: differs from line {first} of the same call");
        Self::new(line, reference, "row.differs", zh, en)
    }

    /// A unit stands twice in one call, with other times.
    pub(super) fn twice(line: u64, reference: &str, column: &str, first: u64) -> Self {
        let zh = format!("第{line}行“{column}”列的力量在第{first}行已有，时间不同");
        let en = format!("line {line}, column {column}: this unit stands in line {first} with other times");
        Self::new(line, reference, "row.twice", zh, en)
    }

    /// Nothing is said.
    pub(super) fn empty(line: u64, reference: &str, column: &str) -> Self {
        let zh = format!("第{line}行“{column}”列和主题都是空的");
        let en = format!("line {line}, column {column}: neither title nor text");
        Self::new(line, reference, "row.empty", zh, en)
    }

    /// A service refused it.
    pub(super) fn refused(line: u64, reference: &str, status: &Status) -> Self {
        let (code, zh, en) = runtime::status::explained(status);
        Self::new(line, reference, &code, format!("第{line}行：{zh}"), format!("line {line}: {en}"))
    }
}

/// Where rejected rows go: `wanted`, or beside `file`.
#[must_use]
pub fn beside(file: &Path, wanted: Option<&Path>) -> PathBuf {
    wanted.map_or_else(|| PathBuf::from(format!("{}.rejected.csv", file.display())), Path::to_owned)
}

/// Writes the rejections to `path`; where that cannot be and `otherwise` is given, into that folder. Nothing is written
/// where nothing was rejected, and a list that an earlier import left at `path` is taken away then. Returns where they are.
///
/// # Errors
/// Neither place can be written.
pub fn write(rejections: &[Rejection], path: &Path, otherwise: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
    if rejections.is_empty() {
        take_away(path);
        if let Some(other) = elsewhere(path, otherwise) {
            take_away(&other);
        }
        return Ok(None);
    }
    let text = table(rejections)?;
    match (fs::write(path, &text), elsewhere(path, otherwise)) {
        (Ok(()), _) => Ok(Some(path.to_owned())),
        (Err(_), Some(other)) => {
            fs::write(&other, &text).with_context(|| format!("write the rejected rows to {}", other.display()))?;
            Ok(Some(other))
        }
        (Err(error), None) => Err(error).with_context(|| format!("write the rejected rows to {}", path.display())),
    }
}

fn elsewhere(path: &Path, folder: Option<&Path>) -> Option<PathBuf> {
    Some(folder?.join(path.file_name()?))
}

fn table(rejections: &[Rejection]) -> anyhow::Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(COLUMNS)?;
    for rejection in rejections {
        let Rejection { line, reference, code, zh, en } = rejection;
        out.write_record([&line.to_string(), reference, code, zh, en])?;
    }
    Ok(out.into_inner()?)
}

/// Removes an old list of rejected rows, known by its first line; any other file stays.
fn take_away(path: &Path) {
    let Ok(file) = fs::File::open(path) else { return };
    let mut first = String::new();
    let read = BufReader::new(file).read_line(&mut first);
    if read.is_ok() && first.trim_end() == COLUMNS.join(",") {
        // It may stay where it cannot be removed: its rows were true when it was written.
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests;
