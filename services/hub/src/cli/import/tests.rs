//! What a person at the command line meets.

use std::{fs, io::Write as _, path::Path};

use runtime::{Clock, config::Config};

use super::{From, messages};
use crate::process::Process;

const HEADER: &str = "留言编号,留言用户,留言主题,留言时间,留言详情";

fn settings(data: &Path) -> Config {
    let mut config = Config { data: data.to_owned(), ..Config::default() };
    config.journal.segment_bytes = 1 << 20;
    config
}

/// Puts a file down and imports it; what went wrong comes as the person reads it.
async fn import(folder: &Path, bytes: &[u8]) -> Result<(), String> {
    let path = folder.join("in.csv");
    fs::write(&path, bytes).expect("writable");
    let from = From { file: path, rejected: None };
    let result = messages(settings(&folder.join("data")), &from, true).await;
    result.map(drop).map_err(|error| format!("{error:#}"))
}

#[tokio::test]
async fn a_file_that_cannot_be_read_leaves_no_data_directory_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    for (bytes, said) in [
        (&b""[..], "文件是空的"),
        (b"\xc1\xf4\xd1\xd4,a\n", "line 1, column 1 holds the byte 0xC1"),
        ("留言编号,留言用户\n".as_bytes(), "the column 留言主题 is missing; the first line has: 留言编号, 留言用户"),
        (b"\x1f\x8b\x08 not gzip", "unpack"),
    ] {
        let error = import(folder.path(), bytes).await.expect_err("cannot be imported");
        assert!(error.contains(said), "{error}");
        assert!(!folder.path().join("data").exists(), "{error}");
    }
}

#[tokio::test]
async fn a_hub_that_runs_there_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = Process::open(settings(&folder.path().join("data")), Clock::system()).await.expect("opens");
    let error = import(folder.path(), format!("{HEADER}\n").as_bytes()).await.expect_err("locked");
    assert!(
        error.contains(&format!("process {} is using the data directory", std::process::id())) && error.contains("请先停止它"),
        "{error}"
    );
    running.close().await.expect("closes");
    import(folder.path(), format!("{HEADER}\n").as_bytes()).await.expect("nobody is there any more");
}

#[tokio::test]
async fn rejected_rows_are_listed_beside_the_file_and_a_mended_file_takes_the_list_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = folder.path().join("in.csv.rejected.csv");
    import(folder.path(), format!("{HEADER}\n1,U,路灯,昨天,不亮\n2,U,路灯,2020/1/6,不亮\n").as_bytes())
        .await
        .expect("the rest goes in");
    let text = fs::read_to_string(&list).expect("there is a list");
    assert!(text.contains("\n2,1,row.time,") && !text.contains("昨天") && !text.contains("不亮"), "{text}");

    let mended = format!("{HEADER}\n1,U,路灯,2020/1/5,不亮\n2,U,路灯,2020/1/6,不亮\n");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(mended.as_bytes()).expect("packs");
    import(folder.path(), &packed.finish().expect("packs")).await.expect("all goes in, packed as well");
    assert!(!list.exists());
}
