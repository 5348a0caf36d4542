//! The file of rejected rows.

use std::{fs, path::Path};

use super::{Broken, Rejection, beside, write};

fn one() -> Vec<Rejection> {
    vec![Rejection::time(3, "17", "留言时间", "昨天")]
}

#[test]
fn the_list_stands_beside_the_file_or_where_it_is_wanted() {
    assert_eq!(beside(Path::new("a/b.csv"), None), Path::new("a/b.csv.rejected.csv"));
    assert_eq!(beside(Path::new("a/b.csv"), Some(Path::new("c.csv"))), Path::new("c.csv"));
}

#[test]
fn nothing_rejected_writes_nothing_and_takes_an_old_list_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rejected.csv");
    assert_eq!(write(&[], &path, None).expect("nothing to do"), None);
    assert!(!path.exists());
    assert_eq!(write(&one(), &path, None).expect("written").as_deref(), Some(path.as_path()));
    let text = fs::read_to_string(&path).expect("written");
    assert!(text.starts_with("line,reference,code,reason_zh,reason_en\n3,17,row.time,"), "{text}");
    assert_eq!(write(&[], &path, None).expect("nothing to do"), None);
    assert!(!path.exists(), "the old list would tell of rows that are in now");
    fs::write(&path, "somebody else's\n").expect("writable");
    write(&[], &path, None).expect("nothing to do");
    assert!(path.exists(), "only our own list is taken away");
}

#[test]
fn where_the_folder_cannot_be_written_the_other_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = Path::new("/proc/x.rejected.csv");
    let written = write(&one(), path, Some(folder.path())).expect("the other folder can be written");
    assert_eq!(written, Some(folder.path().join("x.rejected.csv")));
    assert!(write(&one(), path, None).is_err());
}

#[test]
fn every_code_of_a_row_has_both_texts() {
    let rejections = [
        Rejection::broken(3, 3, Broken::StrayQuote { line: 3, cell: 2 }),
        Rejection::broken(3, 5, Broken::OpenQuote { line: 3, cell: 2 }),
        Rejection::broken(3, 3, Broken::Cells { found: 4, wanted: 5 }),
        Rejection::encoding(3, "17", "留言详情"),
        Rejection::time(3, "17", "留言时间", "昨天"),
        Rejection::empty(3, "17", "留言详情"),
    ];
    for Rejection { code, zh, en, .. } in rejections {
        println!("{code:16} {zh} / {en}");
        assert!(code.starts_with("row.") && zh.contains("第3行") && en.contains("line 3"), "{code}: {zh} / {en}");
    }
}
