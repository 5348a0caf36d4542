//! Past messages come in once: the real files, and small ones that are cut, changed, answered later, or broken.
//!
//! The real files are public data that is kept beside the tree, never in it; where that folder is absent the tests
//! that need it say so and end.

use std::path::Path;

use domain::incident::Stage;
use hub::{
    import::{self, Outcome, Summary, file, messages::Messages, rejected},
    process::Process,
};
use runtime::Clock;

use crate::{apart::moved::there_and_back, child, house, town};

const HEADER: &str = "留言编号,留言用户,留言主题,留言时间,留言详情";

pub(crate) async fn open(data: &Path) -> Process {
    Process::open(town::settings(data), Clock::system()).await.expect("the hub opens")
}

async fn take_in(process: &Process, bytes: &[u8]) -> Outcome {
    let messages = Messages::open(bytes).expect("a file of messages");
    import::run(process, &messages, || {}).await.expect("the journal answers")
}

pub(crate) fn digest(process: &Process) -> String {
    process.ports.fold.look(|board| runtime::identity::hex(&board.digest()))
}

pub(crate) fn standing(process: &Process, stage: Stage) -> u64 {
    process.ports.fold.look(|board| board.counts().by_stage.get(stage.word()).copied().unwrap_or_default())
}

/// Imports a real file twice, then folds the board anew from the segments alone.
#[expect(clippy::print_stdout, reason = "a test tells what it measured")]
async fn comes_in_once(name: &str, rows: u64, taken: u64, end: Stage) {
    let path = house::root().join("../shared/data").join(name);
    assert!(path.exists(), "{name} is not there: lay the shared data beside the tree as shared/data");
    let bytes = file::read(&path).expect("the file can be read");
    let data = tempfile::tempdir().expect("a folder");

    let process = open(data.path()).await;
    let begun = std::time::Instant::now();
    let Outcome { summary, rejections } = take_in(&process, &bytes).await;
    println!("{name}: {summary:?} in {:?}", begun.elapsed());
    assert_eq!(rejections, []);
    assert_eq!(
        (summary.rows, summary.taken, summary.known + summary.supplements, summary.rejected),
        (rows, taken, rows - taken, 0)
    );
    assert_eq!(summary.incidents, taken);
    assert_eq!(standing(&process, end), taken, "every message went as far as its file tells");
    assert_eq!(process.ports.fold.look(|board| board.counts().overdue), 0, "no live timer touches the past");
    let first = digest(&process);
    process.close().await.expect("it closes");

    assert_eq!(
        child::released(data.path()).await,
        (summary.position, first.clone()),
        "by an optimised build, from the records alone"
    );

    let process = open(data.path()).await;
    assert_eq!(digest(&process), first, "from the snapshot");
    let Outcome { summary: again, rejections } = take_in(&process, &bytes).await;
    assert_eq!(rejections, []);
    assert_eq!(
        again,
        Summary { rows, known: rows, position: summary.position, ..Summary::default() },
        "a second import adds nothing"
    );
    assert_eq!(digest(&process), first);
    process.close().await.expect("it closes");

    std::fs::remove_dir_all(data.path().join("store")).expect("the snapshots can be removed");
    let process = open(data.path()).await;
    assert_eq!(digest(&process), first, "from the segments alone");
    process.close().await.expect("it closes");
    there_and_back(data.path(), summary.position, &first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn labelled_messages_come_in_once_and_stand_routed() {
    comes_in_once("messages-labelled.csv", 495, 494, Stage::Routed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unlabelled_messages_come_in_once_and_stand_routed() {
    comes_in_once("messages-unlabelled.csv", 2662, 2662, Stage::Routed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answered_messages_come_in_once_and_are_closed() {
    comes_in_once("messages-with-replies.csv", 1364, 1364, Stage::Closed).await;
}

/// `count` answered messages in our own words.
fn answered(count: usize) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{HEADER},答复意见,答复时间\n");
    for n in 1..=count {
        let _ = writeln!(
            text,
            "a{n},U{n},第{n}盏路灯不亮,2020/1/6 12:09:38,\"第{n}盏\n路灯不亮\",已修复第{n}盏,2020/1/{} 9:00",
            7 + n % 20
        );
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_cut_is_completed_by_the_next() {
    let text = answered(200);
    let straight = tempfile::tempdir().expect("a folder");
    let process = open(straight.path()).await;
    let whole = take_in(&process, text.as_bytes()).await.summary;
    process.close().await.expect("it closes");

    let data = tempfile::tempdir().expect("a folder");
    let process = open(data.path()).await;
    let messages = Messages::open(text.as_bytes()).expect("a file of messages");
    let (mut rows, (cut, mut until)) = (0, tokio::sync::mpsc::channel::<()>(1));
    let cut_short = tokio::select! {
        _ = import::run(&process, &messages, || { rows += 1; if rows == 40 { let _ = cut.try_send(()); } }) => false,
        _ = until.recv() => true,
    };
    assert!(cut_short, "the import is cut while rows are on their way");
    process.close().await.expect("it closes");

    let process = open(data.path()).await;
    let closed = standing(&process, Stage::Closed);
    assert!((1..200).contains(&closed), "{closed} of 200 were through");
    let rest = take_in(&process, text.as_bytes()).await;
    assert_eq!(rest.rejections, []);
    assert_eq!(rest.summary.taken + rest.summary.known, 200);
    assert_eq!(standing(&process, Stage::Closed), 200);
    assert_eq!(rest.summary.position, whole.position, "as many facts as without the cut");
    assert_eq!(take_in(&process, text.as_bytes()).await.summary.facts, 0);
    process.close().await.expect("it closes");
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_content_is_a_supplement_and_a_later_answer_closes() {
    let data = tempfile::tempdir().expect("a folder");
    let process = open(data.path()).await;
    let first = format!("{HEADER}\n9,U9,路灯不亮,2020/1/6,路口的路灯不亮\n9,U9,路灯不亮,2020/1/6,路口的路灯还是不亮\n");
    let summary = take_in(&process, first.as_bytes()).await.summary;
    assert_eq!((summary.rows, summary.taken, summary.supplements, summary.incidents), (2, 1, 1, 1));
    assert_eq!(standing(&process, Stage::Routed), 1);

    let later = format!("{HEADER},答复意见,答复时间\n9,U9,路灯不亮,2020/1/6,路口的路灯不亮,已修复,2020/1/20 9:00\n");
    let summary = take_in(&process, later.as_bytes()).await.summary;
    assert_eq!((summary.known, summary.incidents), (1, 0));
    assert_eq!(standing(&process, Stage::Closed), 1);
    assert_eq!(take_in(&process, first.as_bytes()).await.summary.facts, 0, "neither order nor repetition adds anything");
    process.close().await.expect("it closes");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_rows_are_listed_without_their_words_and_the_rest_goes_in() {
    let long = "长".repeat(14_000);
    let mut bytes = format!(
        "\u{feff}{HEADER}\n1,张晓梅,路灯不亮,2020/1/6 12:09:38,路灯不亮\n2,张晓梅,电话13912345678,前天,路灯不亮\n\
         4,张晓梅,路灯,2020/1/6\n3,张晓梅,\"没有\"结束,2020/1/6,路灯不亮\n13912345678,张晓梅,路灯,某时,不亮\n\
         编号 六,张晓梅,路灯,2020/1/6,不亮\n7,张晓梅,路灯,2020/1/6,{long}\n8,张晓梅,路灯,2020/1/6,"
    )
    .into_bytes();
    bytes.extend_from_slice(b"\xc2\xb7\xb5\xc6\n9,U9,");
    bytes.extend_from_slice("路灯不亮,2020-01-06 08:00,不亮\n".as_bytes());

    let data = tempfile::tempdir().expect("a folder");
    let process = open(data.path()).await;
    let Outcome { summary, rejections } = take_in(&process, &bytes).await;
    process.close().await.expect("it closes");
    assert_eq!((summary.rows, summary.taken, summary.rejected, summary.incidents), (9, 2, 7, 2));
    let told: Vec<_> = rejections.iter().map(|r| (r.line, r.reference.as_str(), r.code.as_str())).collect();
    assert_eq!(
        told,
        [
            (3, "2", "row.time"),
            (4, "", "row.cells"),
            (5, "", "row.stray_quote"),
            (6, "", "row.time"),
            (7, "", "request.field"),
            (8, "7", "request.field"),
            (9, "8", "row.encoding"),
        ]
    );

    let list = data.path().join("list.csv");
    rejected::write(&rejections, &list, None).expect("the list can be written");
    let text = std::fs::read_to_string(&list).expect("the list was written");
    assert_eq!(text.lines().next(), Some("line,reference,code,reason_zh,reason_en"));
    assert_eq!(text.lines().count(), 8, "{text}");
    for word in ["张晓梅", "13912345678", "路灯", "不亮", "前天", "某时", "编号 六", "长长"] {
        assert!(!text.contains(word), "{word} is in the list:\n{text}");
    }
}
