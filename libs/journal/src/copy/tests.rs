//! Journals that move: to a stream and back, stopped anywhere, beside writers, and what is refused.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use testkit::nats::Server;

use super::{Copied, CopyError, Place, Progress, Stage, copy};
use crate::conformance::{decision, subject};
use crate::jetstream::tests::{options as on, still};
use crate::port::{AppendError, Decision, Entry, Journal, Position};
use crate::{Embedded, JetStream, Options, Subject, header};

mod live;
mod refused;
mod stopped;

fn files() -> Options {
    Options { segment_bytes: 256 << 10, ..Options::new("pukou", "main", still()) }
}

fn dir(path: &Path) -> Place {
    Place::Embedded(path.to_owned(), files())
}

fn stream(server: &Server) -> Place {
    Place::JetStream(on(server, still(), 256))
}

fn open(path: &Path) -> Embedded {
    Embedded::open(path, files()).expect("opens")
}

async fn attach(server: &Server) -> JetStream {
    JetStream::open(on(server, still(), 256)).await.expect("opens")
}

async fn moved(from: Place, to: Place) -> Copied {
    copy(from, to, |_| ()).await.expect("nothing speaks against it")
}

/// Where each subject stands.
#[derive(Default)]
struct Ends(BTreeMap<Subject, (Position, u64)>);

impl Ends {
    /// The n-th decision: facts about one of fifty, and every third time about one of seven, too.
    fn decision(&self, n: u64) -> (Decision, Vec<(Subject, u64)>) {
        let mut parts = vec![(subject(format!("own-{}", n % 50)), 1 + n % 3)];
        if n.is_multiple_of(3) {
            parts.push((subject(format!("shared-{}", n % 7)), 2));
        }
        let stands = |about: &Subject| self.0.get(about).copied().unwrap_or_default();
        let writes: Vec<_> = parts.iter().map(|(about, facts)| (about, stands(about).0, stands(about).1 + 1, *facts)).collect();
        (decision(&format!("d{n}"), &writes), parts)
    }

    async fn append(&mut self, journal: &dyn Journal, numbers: std::ops::Range<u64>) {
        for n in numbers {
            let (decision, parts) = self.decision(n);
            let mut next = journal.append(decision).await.expect("goes in").first;
            for (about, facts) in parts {
                next += facts;
                let end = self.0.entry(about).or_default();
                *end = (next - 1, end.1 + facts);
            }
        }
    }
}

async fn all(journal: &dyn Journal) -> Vec<Entry> {
    let end = journal.head().await.expect("a head").position;
    let (mut stream, mut seen) = (journal.follow(1), Vec::new());
    while (seen.len() as u64) < end {
        seen.extend(stream.next().await.expect("more").expect("readable"));
    }
    for (position, entry) in (1..).zip(&seen) {
        assert_eq!(entry.position, position);
    }
    seen
}

async fn refuses(journal: &dyn Journal, ends: &Ends, to: &str) {
    let begun = std::time::Instant::now();
    let error = journal.append(ends.decision(999_999).0).await.expect_err("it has moved");
    assert!(matches!(&error, AppendError::Moved { to: there } if there.contains(to)), "{error:?}, not {to}");
    assert!(begun.elapsed() < Duration::from_secs(3), "and says so at once");
}

/// Everything about each subject is found, not only what is followed.
async fn found(journal: &dyn Journal, facts: &[Entry]) {
    let mut by_subject = BTreeMap::<&str, Vec<Entry>>::new();
    for entry in facts {
        by_subject.entry(header(&entry.bytes).expect("a record").subject).or_default().push(entry.clone());
    }
    for (about, wanted) in by_subject {
        let about = Subject::new(about).expect("a subject");
        assert_eq!(journal.read(&about, 1).await.expect("readable"), wanted, "{about}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_to_a_stream_and_on_to_other_files_byte_for_byte() {
    let (server, here, there) = (Server::synced(), tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let mut ends = Ends::default();
    let source = open(here.path());
    ends.append(&source, 0..2500).await;
    let first = all(&source).await;
    assert!(first.len() >= 5000, "{}", first.len());
    drop(source);

    let copied = moved(dir(here.path()), stream(&server)).await;
    assert_eq!((copied.position, copied.copied_now, copied.compared), (first.len() as u64, first.len() as u64, 0));
    let journal = attach(&server).await;
    assert!(all(&journal).await == first, "the same bytes");
    let source = open(here.path());
    refuses(&source, &ends, &server.url()).await;
    assert_eq!(source.moved().expect("readable"), Some(server.url()));

    ends.append(&journal, 2500..2600).await;
    let second = all(&journal).await;
    let copied = moved(stream(&server), dir(there.path())).await;
    assert_eq!(copied.position, second.len() as u64);
    let name = there.path().canonicalize().expect("there").display().to_string();
    assert_eq!(copied.to, name);
    refuses(&journal, &ends, &name).await;
    assert!(all(&journal).await == second, "it is read on");
    drop(journal);
    tokio::task::block_in_place(|| server.restart());
    let journal = attach(&server).await;
    refuses(&journal, &ends, &name).await;
    assert_eq!(journal.moved().await.expect("answered"), Some(name));

    for _ in 0..2 {
        let target = open(there.path());
        assert!(all(&target).await == second, "the same bytes");
        found(&target, &second).await;
    }
    let target = open(there.path());
    ends.append(&target, 2600..2700).await;
    found(&target, &all(&target).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_was_away_comes_home() {
    let (server, home) = (Server::synced(), tempfile::tempdir().expect("a"));
    let mut ends = Ends::default();
    ends.append(&open(home.path()), 0..300).await;
    moved(dir(home.path()), stream(&server)).await;
    let away = attach(&server).await;
    ends.append(&away, 300..320).await;
    let facts = all(&away).await;
    drop(away);
    let copied = moved(stream(&server), dir(home.path())).await;
    assert!(copied.compared > 500 && copied.copied_now > 20, "{copied:?}");
    // Asked again, there is nothing to do.
    let again = moved(stream(&server), dir(home.path())).await;
    assert_eq!((again.position, again.copied_now), (copied.position, 0));
    let journal = open(home.path());
    assert!(all(&journal).await == facts, "the same bytes");
    ends.append(&journal, 320..340).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_of_the_same_kind_do_as_well() {
    let (one, other) = (Server::synced(), Server::synced());
    let (here, there) = (tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let mut ends = Ends::default();
    let journal = open(here.path());
    ends.append(&journal, 0..300).await;
    let facts = all(&journal).await;
    drop(journal);
    moved(dir(here.path()), dir(there.path())).await;
    moved(dir(there.path()), stream(&one)).await;
    moved(stream(&one), stream(&other)).await;
    let journal = attach(&other).await;
    assert!(all(&journal).await == facts, "the same bytes");
    refuses(&attach(&one).await, &ends, &other.url()).await;
    ends.append(&journal, 300..310).await;
}
