//! Four processes with sixteen writers each, on one stream: one order for all of them.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;

use futures::StreamExt;
use tokio::process::Command;

use super::{Server, options_at, still};
use crate::conformance::{decision, subject};
use crate::jetstream::{JetStream, read};
use crate::port::{AppendError, Journal, Position};
use crate::{Subject, header};

/// Decisions of one writer.
const EACH: u64 = 12;
const SERVER: &str = "HUB_TEST_SERVER";

async fn end(journal: &JetStream, about: &Subject) -> (Position, u64) {
    let last = read::last(&journal.shared, about).await.expect("readable");
    last.map_or((0, 0), |last| (last.position, header(&last.payload).expect("a record").version))
}

/// Every other decision is about one of six subjects that all processes share, too.
async fn write(journal: Arc<JetStream>, name: String) {
    let (own, mut own_at) = (subject(&name), (0, 0));
    for n in 0..EACH {
        let shared = subject(format!("shared-{}", n / 2 % 6));
        let command = format!("{name}/{n}");
        let (mut at, mut look) = ((0, 0), n % 2 == 1);
        let first = loop {
            if look {
                at = end(&journal, &shared).await;
            }
            let writes = [(&own, own_at.0, own_at.1 + 1, 2), (&shared, at.0, at.1 + 1, 1)];
            match journal.append(decision(&command, if n % 2 == 0 { &writes[..1] } else { &writes })).await {
                Ok(appended) => break appended.first,
                Err(AppendError::Conflict { subject, .. }) => {
                    assert_eq!(subject, shared);
                    look = true;
                }
                // On a busy machine: it may be in, so the very same is asked again.
                Err(AppendError::Unknown(_)) => look = false,
                Err(error) => panic!("{error:?}"),
            }
        };
        own_at = (first + 1, own_at.1 + 2);
        println!("told {command} {first} {}", 2 + n % 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a part of the next test, which runs it in processes of its own"]
async fn sixteen_writers_of_one_process() {
    let place = std::env::var(SERVER).expect("the next test names the server");
    let (url, monitor) = place.split_once(' ').expect("two addresses");
    let journal = Arc::new(JetStream::open(options_at(url, monitor, still(), 256)).await.expect("opens"));
    let name = |n| format!("p{}-{n}", std::process::id());
    let writers: Vec<_> = (0..16).map(|n| tokio::spawn(write(Arc::clone(&journal), name(n)))).collect();
    for writer in writers {
        writer.await.expect("it goes through");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_writers_in_four_processes_make_one_order() {
    let server = Server::synced();
    let journal = JetStream::open(options_at(&server.url(), &server.monitor(), still(), 64)).await.expect("opens");
    let test = "jetstream::tests::processes::sixteen_writers_of_one_process";
    let processes = (0..4).map(|_| {
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        command.args(["--ignored", "--exact", "--nocapture", test]).stdout(Stdio::piped()).kill_on_drop(true);
        command.env(SERVER, format!("{} {}", server.url(), server.monitor())).spawn().expect("it starts").wait_with_output()
    });
    let mut told = BTreeMap::<Position, (String, u64)>::new();
    for output in futures::future::join_all(processes).await {
        let output = output.expect("it ends");
        let text = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success(), "{text}");
        for line in text.lines().filter_map(|line| line.split_once("told ").map(|(_, line)| line)) {
            let [command, first, facts] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let (first, facts) = (first.parse().expect("a position"), facts.parse().expect("a number"));
            assert_eq!(told.insert(first, (command.to_owned(), facts)), None, "{line}");
        }
    }
    assert_eq!(told.len() as u64, 64 * EACH);
    let end = journal.head().await.expect("a head").position;
    let (mut stream, mut ids, mut versions) = (journal.follow(1), Vec::new(), BTreeMap::<String, u64>::new());
    while (ids.len() as u64) < end {
        for entry in stream.next().await.expect("more").expect("readable") {
            assert_eq!(entry.position, ids.len() as u64 + 1, "positions are dense");
            let header = header(&entry.bytes).expect("a record");
            let version = versions.entry(header.subject.to_owned()).or_default();
            *version += 1;
            assert_eq!(header.version, *version, "versions of {} are 1, 2, 3, …", header.subject);
            ids.push(header.id.to_owned());
        }
    }
    // All that is in was acknowledged, where it is and once.
    let mut next = 2;
    for (first, (command, facts)) in told {
        assert_eq!(first, next, "{command}");
        for number in 1..=facts {
            assert_eq!(ids[usize::try_from(next - 1).expect("small")], format!("{command}.{number}"));
            next += 1;
        }
    }
    assert_eq!(next, end + 1);
}
