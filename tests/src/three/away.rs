//! Two of three servers are gone: nothing can be written, and every answer says so in time; what was kept, and what was
//! asked again, is in once after they are back.

use std::time::{Duration, Instant};

use tonic::Code;
use tonic_types::StatusExt as _;
use wire::v1::{self, Channel};

use super::{
    agree,
    cluster::{Cluster, NODES},
    load::{Hubs, Load, serve},
};
use crate::{
    deeds::rush,
    kills::Acknowledged,
    town::{Desk, code, part, report},
};

/// The hub gives every request up after this; the answer has to come before.
const DEADLINE: Duration = Duration::from_secs(10);

/// A patrol's find under a command of its own.
fn find(reference: &str) -> v1::ReportRequest {
    let mut said = report("patrol", reference, "门口暴露垃圾");
    said.channel = Channel::Patrol.into();
    said.command_id = format!("kills/{reference}/report");
    said
}

async fn route(desk: &Desk, incident: &str) -> Result<v1::CommandAnswer, tonic::Status> {
    desk.act("kills/Q/route", incident, rush("city/06010", 2, vec![part("grid")])).await
}

/// What a hub says while the servers are too few: to a command, to reports, to readers.
#[expect(clippy::print_stdout, reason = "measured times, for whoever reads the test's output")]
async fn says_so(desk: &Desk, nth: usize, incident: &str, position: u64) {
    let asked = Instant::now();
    let refused = route(desk, incident).await.expect_err("nothing can be written");
    assert!(asked.elapsed() < DEADLINE, "after {:?}: {refused:?}", asked.elapsed());
    assert_eq!((refused.code(), code(&refused).as_str()), (Code::Unavailable, "journal.away"), "{refused:?}");
    let about = refused.get_details_error_info().expect("looked at by `code`").metadata;
    assert!(about["zh"].contains("未过半数") && about["en"].contains("no majority"), "{about:?}");
    let told = asked.elapsed();

    for reference in [format!("kept-{nth}"), "kept-both".to_owned()] {
        for _ in 0..2 {
            let asked = Instant::now();
            let kept = desk.report(find(&reference)).await.expect("intake takes it all the same");
            assert!(kept.kept_locally && kept.position == 0, "{kept:?}");
            assert!(asked.elapsed() < Duration::from_secs(4), "after {:?}", asked.elapsed());
        }
    }
    let asked = Instant::now();
    assert!(desk.board().await.position >= position);
    assert!(asked.elapsed() < Duration::from_secs(1), "the board waits for nobody: {:?}", asked.elapsed());
    // One incident's own facts are read from the journal's leader, and there is none.
    let asked = Instant::now();
    let unread = desk.sees(incident, position).await.expect_err("nobody leads");
    assert!(asked.elapsed() < DEADLINE, "after {:?}: {unread:?}", asked.elapsed());
    assert_eq!((unread.code(), code(&unread).as_str()), (Code::Unavailable, "journal.away"), "{unread:?}");
    println!("hub {nth}: refused after {told:?}: {} / {}", about["zh"], about["en"]);
}

/// Asks until the journal itself answers.
async fn until_in(desk: &Desk, reference: &str) -> v1::ReportAnswer {
    let begun = Instant::now();
    loop {
        match desk.report(find(reference)).await {
            Ok(answer) if !answer.kept_locally => return answer,
            other => assert!(begun.elapsed() < Duration::from_secs(40), "{reference} is not delivered: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_majority_the_answer_says_so_and_what_is_asked_again_is_in_once() {
    let cluster = Cluster::start();
    let hubs = Hubs::start(&cluster).await;
    let load = Load::begin(&hubs, "before");
    load.more(60).await;
    let mut heard = load.end().await;
    let incident = hubs.desks[0].report(find("Q")).await.expect("in").incident_id;
    let before = hubs.agree().await;

    let left = (cluster.leader() + 1) % NODES;
    (0..NODES).filter(|&node| node != left).for_each(|node| cluster.kill(node));
    let asked = (0..).zip(&hubs.desks).map(|(nth, desk)| says_so(desk, nth, &incident, before.0));
    futures::future::join_all(asked).await;
    assert_eq!(hubs.agree().await, before, "nothing was written");
    let (mut command, _) = serve(&cluster, "hub-late");
    let begun = Instant::now();
    let late = command.output().expect("it ends");
    let said = String::from_utf8_lossy(&late.stderr).into_owned();
    assert!(!late.status.success() && said.contains("more than half of them up"), "{said}");
    println!("a hub that starts meanwhile gives up after {:?}", begun.elapsed());

    let back = Instant::now();
    (0..NODES).filter(|&node| node != left).for_each(|node| cluster.begin(node));
    let mut answers = Vec::new();
    for (nth, desk) in hubs.desks.iter().enumerate() {
        let answer = loop {
            match route(desk, &incident).await {
                Ok(answer) => break answer,
                Err(passing) => assert!(back.elapsed() < Duration::from_secs(40), "{passing:?}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        println!("hub {nth}: answered {:?} after they were back", back.elapsed());
        answers.push(("Q".to_owned(), "route", answer.position, answer.version));
        for reference in [format!("kept-{nth}"), "kept-both".to_owned()] {
            let answer = until_in(desk, &reference).await;
            answers.push((reference, "report", answer.position, answer.version));
        }
    }
    heard.acknowledged.extend(answers.into_iter().map(|(subject, word, position, version)| Acknowledged {
        command: format!("kills/{subject}/{word}"),
        subject,
        position,
        version,
    }));
    agree(&cluster, &hubs, &heard).await;
}
