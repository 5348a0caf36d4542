//! Files of past matters: every row is taken or listed with its line and a reason, never both, and no line is lost.

use std::collections::BTreeSet;

use hub::import::{
    Source,
    dispatch::Dispatch,
    messages::Messages,
    rejected::Rejection,
    requests::Requests,
    sheet::{Broken, Sheet},
};

/// The bytes of a file, as any of the imports may be given it.
pub fn check(bytes: &[u8]) {
    let Ok(sheet) = Sheet::open(bytes) else {
        assert!(Messages::open(bytes).is_err() && Requests::open(bytes).is_err() && Dispatch::open(bytes).is_err());
        return;
    };
    let begun = lines(bytes, &sheet);
    if let Ok(messages) = Messages::open(bytes) {
        assert_eq!(Source::count(&messages), begun.len());
        each(&begun, messages.rows().map(|row| row.map(|message| vec![message.line])));
    }
    if let Ok(requests) = Requests::open(bytes) {
        assert_eq!(Source::count(&requests), begun.len());
        let told = requests.told();
        assert!(told.late <= told.closed && told.promised <= begun.len() as u64, "{told:?}");
        let _ = told.words();
        each(&begun, requests.rows().map(|row| row.map(|request| vec![request.line])));
    }
    if let Ok(dispatch) = Dispatch::open(bytes) {
        assert_eq!(Source::count(&dispatch), begun.len());
        let _ = dispatch.told().words();
        each(&begun, dispatch.matters().map(|call| call.map(|call| call.lines().collect())));
    }
}

/// Lines on which rows begin. Behind the column names, each line that is not blank goes with exactly one row.
fn lines(bytes: &[u8], sheet: &Sheet<'_>) -> Vec<u64> {
    let mut physical: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    if physical.last().is_some_and(|line| line.is_empty()) {
        physical.pop();
    }
    let blank = |line: u64| {
        let line = usize::try_from(line).ok().and_then(|line| physical.get(line.checked_sub(1)?));
        matches!(line, Some(&(b"" | b"\r")))
    };
    let (mut begun, mut before) = (Vec::new(), None);
    for row in sheet.rows() {
        assert!(row.line <= row.last && row.last <= physical.len() as u64, "a row of lines {} to {}", row.line, row.last);
        if let Some(before) = before {
            assert!(row.line > before, "line {} goes with two rows", row.line);
            assert!((before + 1..row.line).all(blank), "a line between {before} and {} is lost", row.line);
        }
        match &row.cells {
            Ok(cells) => assert_eq!(cells.len(), sheet.columns().len()),
            Err(Broken::Cells { found, wanted }) => assert!(found != wanted && *wanted == sheet.columns().len()),
            Err(Broken::StrayQuote { line, cell } | Broken::OpenQuote { line, cell }) => {
                assert!((1..=physical.len() as u64).contains(line) && *cell >= 1, "a quote in line {line}, cell {cell}");
            }
        }
        before = Some(row.last);
        begun.push(row.line);
    }
    if let Some(before) = before {
        assert!((before + 1..=physical.len() as u64).all(blank), "a line behind {before} is lost");
    }
    begun
}

/// Every row's line stands in exactly one matter or in exactly one rejection.
fn each(begun: &[u64], matters: impl Iterator<Item = Result<Vec<u64>, Rejection>>) {
    let mut open: BTreeSet<u64> = begun.iter().copied().collect();
    for matter in matters {
        let lines = matter.unwrap_or_else(|rejection| {
            let Rejection { line, reference, code, zh, en } = rejection;
            assert!(code.starts_with("row.") && !zh.is_empty() && !en.is_empty(), "line {line} is rejected without a reason");
            assert!(en.contains("line ") && zh.contains('第'), "{code}: no line is named: {en}");
            assert!(reference.len() <= 100 && !reference.contains(char::is_control), "a reference that is none");
            vec![line]
        });
        assert!(!lines.is_empty(), "a matter without a row");
        for line in lines {
            assert!(open.remove(&line), "line {line} is told of twice, or begins no row");
        }
    }
    assert!(open.is_empty(), "rows of lines {open:?} are neither taken nor rejected");
}
