//! Tables, whole and broken.

use super::{Broken, Sheet, SheetError};

/// Lines and cells of every row, or why it is broken.
fn rows(text: &str) -> Vec<(u64, Result<Vec<String>, Broken>)> {
    let sheet = Sheet::open(text.as_bytes()).expect("column names");
    let text = |cell: std::borrow::Cow<'_, [u8]>| String::from_utf8_lossy(&cell).into_owned();
    sheet.rows().map(|row| (row.line, row.cells.map(|cells| cells.into_iter().map(text).collect()))).collect()
}

fn whole(line: u64, cells: &[&str]) -> (u64, Result<Vec<String>, Broken>) {
    (line, Ok(cells.iter().map(|&cell| cell.to_owned()).collect()))
}

#[test]
fn a_row_is_named_by_the_physical_line_it_begins_on() {
    for end in ["\n", "\r\n"] {
        let text = ["a,b", "1,\"x", "y\"", "", "2,z", "3,\"he said \"\"hi\"\", twice\"", "4,"].join(end);
        let cell = format!("x{end}y");
        let expected =
            [whole(2, &["1", &cell]), whole(5, &["2", "z"]), whole(6, &["3", "he said \"hi\", twice"]), whole(7, &["4", ""])];
        assert_eq!(rows(&text), expected);
        assert_eq!(rows(&(text + end)), expected);
    }
}

#[test]
fn a_quote_that_nobody_closes_costs_its_own_row_only() {
    let text = "a,b\n1,\"never closed\n2,\"x\ny\"\n3,z\n";
    let broken = Broken::StrayQuote { line: 3, cell: 2 };
    assert_eq!(rows(text), [(2, Err(broken)), whole(3, &["2", "x\ny"]), whole(5, &["3", "z"])]);
    let text = "a,b\n1,z\n2,\"never closed\nmore\n";
    assert_eq!(rows(text), [whole(2, &["1", "z"]), (3, Err(Broken::OpenQuote { line: 3, cell: 2 }))]);
}

#[test]
fn a_quote_within_quotes_costs_its_own_row_only_whatever_lines_it_has() {
    let text = "a,b\n1,\"x \"said\" y\nsecond line\nthird\"\n2,z\n";
    assert_eq!(rows(text), [(2, Err(Broken::StrayQuote { line: 2, cell: 2 })), whole(5, &["2", "z"])]);
    let sheet = Sheet::open(text.as_bytes()).expect("column names");
    assert_eq!(sheet.rows().map(|row| (row.line, row.last)).collect::<Vec<_>>(), [(2, 4), (5, 5)]);
}

#[test]
fn a_row_with_too_few_or_too_many_cells_is_broken_alone() {
    let text = "a,b\n1\n2,x,y\n3,z\n4,\"x\ny\",w\n5,z\n";
    let cells = |found| Err(Broken::Cells { found, wanted: 2 });
    assert_eq!(rows(text), [(2, cells(1)), (3, cells(3)), whole(4, &["3", "z"]), (5, cells(3)), whole(7, &["5", "z"])]);
}

#[test]
fn a_file_in_another_encoding_is_named_by_its_first_wrong_byte() {
    let gbk = b"id,\xc1\xf4\xd1\xd4\n1,x\n";
    let error = Sheet::open(gbk).expect_err("not UTF-8");
    assert_eq!(error, SheetError::Encoding { line: 1, column: 4, byte: 0xc1, guess: "GB18030" });
    assert!(error.to_string().contains("iconv -f GB18030 -t UTF-8"), "{error}");
    let utf16 = Sheet::open(b"\xff\xfei\0d\0\n\0").expect_err("not UTF-8");
    assert_eq!(utf16, SheetError::Encoding { line: 1, column: 1, byte: 0xff, guess: "UTF-16" });
    assert_eq!(Sheet::open(b"\r\n").expect_err("nothing in it"), SheetError::Empty);
}

#[test]
fn ten_thousand_broken_rows_are_read_in_a_moment() {
    let text = format!("a,b\n{}", "1,\"open\n".repeat(10_000) + "2,z\n");
    let begun = std::time::Instant::now();
    assert_eq!(rows(&text).last(), Some(&whole(10_002, &["2", "z"])));
    assert!(begun.elapsed().as_secs() < 20, "took {:?}", begun.elapsed());
}
