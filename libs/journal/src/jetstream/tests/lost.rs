//! Messages and answers that are lost on the way, while others write as well: nothing is doubled, and each is told the truth.

use std::time::Duration;

use super::link::{Link, Lose};
use super::{Server, options, still};
use crate::conformance::{decision, subject};
use crate::jetstream::JetStream;
use crate::port::{AppendError, Appended, Decision, Journal};
use crate::{Subject, header};

struct Two {
    server: Server,
    link: Link,
    /// Over the road that loses.
    here: JetStream,
    /// Straight to the server.
    there: JetStream,
}

async fn two() -> Two {
    let server = Server::synced();
    let link = Link::to(&server.url()).await;
    let mut by_link = options(&server, still(), 64);
    by_link.url.clone_from(&link.url);
    let here = JetStream::open(by_link).await.expect("opens");
    let there = JetStream::open(options(&server, still(), 64)).await.expect("opens");
    Two { server, link, here, there }
}

/// One fact as a message alone, or several about two subjects as a batch.
fn told(command: &str, facts: u64, one: &Subject, other: &Subject) -> Decision {
    let writes = [(one, 0, 1, facts), (other, 0, 1, 2)];
    decision(command, if facts == 1 { &writes[..1] } else { &writes })
}

async fn ids(journal: &JetStream, about: &Subject) -> Vec<String> {
    let facts = journal.read(about, 1).await.expect("readable");
    facts.iter().map(|entry| header(&entry.bytes).expect("a record").id.to_owned()).collect()
}

async fn until_lost(link: &Link) {
    while link.lost() == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_is_found_again_though_others_wrote_behind() {
    for facts in [1, 3] {
        let Two { server, link, here, there } = two().await;
        let (one, other) = (subject("one"), subject("two"));
        link.lose(Lose::Answer);
        let last = if facts == 1 { 2 } else { 6 };
        let behind = async {
            until_lost(&link).await;
            let writes = [(&one, 1 + facts, facts + 1, 2)];
            there.append(decision("behind", &writes)).await.expect("goes in right behind")
        };
        let (appended, behind) = tokio::join!(here.append(told("ours", facts, &one, &other)), behind);
        assert_eq!(appended.expect("it is in"), Appended { first: 2, last, repeated: false });
        assert_eq!(behind.first, last + 1);
        let mut wanted: Vec<_> = (1..=facts).map(|n| format!("ours.{n}")).collect();
        wanted.extend(["behind.1".to_owned(), "behind.2".to_owned()]);
        assert_eq!(ids(&there, &one).await, wanted, "nothing is doubled");
        drop(server);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_overtaken_and_heard_no_answer_is_told_of_the_conflict() {
    for facts in [1, 3] {
        let Two { server, link, here, there } = two().await;
        let (one, other) = (subject("one"), subject("two"));
        there.append(decision("before", &[(&one, 0, 1, 2)])).await.expect("goes in first");
        link.lose(Lose::Answer);
        let error = here.append(told("ours", facts, &one, &other)).await.expect_err("overtaken");
        assert!(matches!(&error, AppendError::Conflict { subject, last: 3 } if *subject == one), "{error:?}");
        assert_eq!(link.lost(), 1);
        assert_eq!(there.head().await.expect("a head").position, 3, "nothing was kept");
        drop(server);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_lost_is_sent_again() {
    for facts in [1, 3] {
        let Two { server, link, here, there } = two().await;
        let (one, other) = (subject("one"), subject("two"));
        link.lose(Lose::Message);
        let aside = async {
            until_lost(&link).await;
            there.append(decision("aside", &[(&subject("three"), 0, 1, 1)])).await.expect("goes in first")
        };
        let (appended, aside) = tokio::join!(here.append(told("ours", facts, &one, &other)), aside);
        let appended = appended.expect("it is in");
        assert_eq!((aside.first, appended.first, appended.repeated), (2, 3, false));
        assert_eq!(ids(&there, &one).await.len() as u64, facts);
        drop(server);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_overtaken_after_a_loss_is_told_of_the_conflict() {
    for facts in [1, 3] {
        let Two { server, link, here, there } = two().await;
        let (one, other) = (subject("one"), subject("two"));
        link.lose(Lose::Message);
        let overtaking = async {
            until_lost(&link).await;
            there.append(decision("first", &[(&one, 0, 1, 1)])).await.expect("goes in first")
        };
        let (appended, _) = tokio::join!(here.append(told("ours", facts, &one, &other)), overtaking);
        let error = appended.expect_err("overtaken");
        assert!(matches!(&error, AppendError::Conflict { subject, last: 2 } if *subject == one), "{error:?}");
        assert_eq!(ids(&there, &one).await, ["first.1"]);
        drop(server);
    }
}
