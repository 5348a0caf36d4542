//! Both roads against a hub in memory: a connection within the process that is cut again and again, and two folders.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::time::Time;
use testkit::clock::Hand;
use tokio::sync::mpsc;
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use wire::{
    link::{self, Link},
    v1::{
        Batch, Commit, ExchangeAnswer, ExchangeRequest, Welcome,
        exchange_answer::What as Answer,
        exchange_request::What as Said,
        partner_server::{Partner as Serve, PartnerServer},
    },
};

use super::{
    super::{super::Partner, desk::Desk, faults::Faults, ferry, rows, stream},
    desk_with,
    hub::Hub,
    midnight,
};
use crate::ferry::{Folder, Signer, Verifier};

/// A hub that speaks the exchange; it cuts every connection after some frames.
#[derive(Clone)]
struct Speaking {
    hub: Arc<Mutex<Hub>>,
    now: Hand,
    /// Frames after which a connection ends.
    cut_after: usize,
}

type Answers = tonic::codegen::BoxStream<ExchangeAnswer>;

#[tonic::async_trait]
impl Serve for Speaking {
    type ExchangeStream = Answers;

    async fn exchange(&self, request: Request<Streaming<ExchangeRequest>>) -> Result<Response<Answers>, Status> {
        let mut requests = request.into_inner();
        let Some(Said::Hello(hello)) = requests.message().await?.and_then(|request| request.what) else {
            return Err(Status::invalid_argument("no hello"));
        };
        let (answers, out) = mpsc::channel(1_024);
        let this = self.clone();
        tokio::spawn(async move {
            let say = |what| ExchangeAnswer { what: Some(what) };
            let committed = this.hub.lock().expect("whole").last;
            let welcome = Welcome { district: hello.district, journal: "memory".to_owned(), committed, now: None };
            let _ = answers.send(say(Answer::Welcome(welcome))).await;
            let (mut told, mut heard) = (hello.committed, 0);
            while heard < this.cut_after {
                let request = tokio::time::timeout(Duration::from_millis(20), requests.next()).await;
                let mut commit = None;
                match request {
                    Ok(None | Some(Err(_))) => return,
                    Ok(Some(Ok(request))) => {
                        if let Some(Said::Frame(frame)) = request.what {
                            heard += 1;
                            let mut hub = this.hub.lock().expect("whole");
                            hub.hear(&frame, Time::from_ms(this.now.now_ms()));
                            commit = Some(hub.last);
                        }
                    }
                    Err(_) => {}
                }
                if let Some(number) = commit {
                    let _ = answers.send(say(Answer::Commit(Commit { number }))).await;
                }
                let own: Vec<_> = {
                    let mut hub = this.hub.lock().expect("whole");
                    hub.tick(Time::from_ms(this.now.now_ms()));
                    hub.own.iter().filter(|frame| frame.number > told).cloned().collect()
                };
                for frame in own {
                    told = frame.number;
                    let _ = answers.send(say(Answer::Frame(frame))).await;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(out).map(Ok))))
    }
}

/// Lives through some hours over connections that break, with faults.
async fn over_connections(faults: &str, cut_after: usize) -> (Desk, Arc<Mutex<Hub>>, tempfile::TempDir) {
    let state = tempfile::tempdir().expect("a folder");
    let hand = Hand::new(midnight().ms());
    let faults: Faults = faults.parse().expect("faults");
    let hub = Arc::new(Mutex::new(Hub::new(Partner::Police110, 6)));
    let speaking = Speaking { hub: Arc::clone(&hub), now: hand.clone(), cut_after };
    let mut desk = desk_with(Partner::Police110, 6, &hand, state.path(), faults);
    let stop = CancellationToken::new();
    let turning = tokio::spawn({
        let (stop, hand, hub, ledger) = (stop.clone(), hand.clone(), Arc::clone(&hub), state.path().to_owned());
        async move {
            for turn in 0..72 {
                if turn % 12 == 0 {
                    hub.lock().expect("whole").begin(Time::from_ms(hand.now_ms()), 3);
                }
                hand.advance(300_000);
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
            // What came out of order is said again, a second later each time.
            for _ in 0..300 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                let written = rows(&ledger).expect("a ledger").iter().filter(|row| row.ours).count() as u64;
                if hub.lock().expect("whole").last == written {
                    break;
                }
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
            stop.cancel();
        }
    });
    let connect = || {
        let link: Link = link::local(PartnerServer::new(speaking.clone()));
        async move { Ok(link) }
    };
    stream::run(&mut desk, connect, &stop).await.expect("runs");
    turning.await.expect("turned");
    (desk, hub, state)
}

/// Both sides hold the same frames.
fn agree(desk: &Desk, hub: &Hub, state: &Path) {
    let ledger = rows(state).expect("a ledger");
    let numbers = |ours| ledger.iter().filter(|row| row.ours == ours).map(|row| row.number).collect::<Vec<_>>();
    let taken: Vec<u64> = hub.taken.iter().map(|frame| frame.number).collect();
    assert_eq!(numbers(true), taken, "everything that was written down arrived once and in order");
    assert_eq!(numbers(false), hub.own.iter().map(|frame| frame.number).collect::<Vec<_>>());
    assert_eq!(desk.outbox.committed(), hub.last);
    assert!(taken.len() > 60, "{} frames only", taken.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_connections_that_break_everything_arrives_once_and_in_order() {
    let (desk, hub, state) = over_connections("", 25).await;
    agree(&desk, &hub.lock().expect("whole"), state.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_doubles_swaps_and_dawdles_still_gets_everything_across() {
    let (desk, hub, state) = over_connections("duplicate=0.1,disorder=0.05,slow=0.01,wrong=0.05", 40).await;
    let hub = hub.lock().expect("whole");
    agree(&desk, &hub, state.path());
    assert!(desk.counts.wrong > 0, "nonsense was answered as such");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_files_everything_arrives_once_and_in_order() {
    let (state, ways) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (up, down) = (ways.path().join("up"), ways.path().join("down"));
    let key = |digit: char| Signer::from_hex(&digit.to_string().repeat(64)).expect("a seed");
    let believes = |signer: &Signer, from: &str, to: &str| Verifier::new(&signer.public(), from, to, "320111").expect("a key");
    let (theirs, ours) = (believes(&key('2'), "hub", "gridplatform"), believes(&key('1'), "gridplatform", "hub"));
    let hand = Hand::new(midnight().ms() + 8 * 3_600_000);
    let faults = "duplicate=0.2,disorder=0.2,signature=0.2".parse().expect("faults");
    let mut desk = desk_with(Partner::GridPlatform, 6, &hand, state.path(), faults);
    let pace = ferry::Pace { beat: Duration::from_millis(300), resend: Duration::from_millis(600) };
    let mut road = ferry::Road::open(&down, &up, key('1'), theirs, pace).expect("folders");
    let stop = CancellationToken::new();
    let other_side = tokio::spawn({
        let stop = stop.clone();
        async move {
            let mut hub = Hub::new(Partner::GridPlatform, 6);
            let (read, write, signer) = (Folder::open(&up).expect("a folder"), Folder::open(&down).expect("a folder"), key('2'));
            let (mut committed, mut number, mut files) = (0, 0, 0);
            for turn in 0..80 {
                let now = Time::from_ms(hand.advance(if turn < 50 { 300_000 } else { 0 }));
                while let Some((path, batch)) = read.next(&ours).expect("a listing") {
                    files += 1;
                    // Every fifth file is lost on the way.
                    if files % 5 != 0 {
                        committed = committed.max(batch.committed);
                        batch.frames.iter().for_each(|frame| _ = hub.hear(frame, now));
                    }
                    read.done(&path).expect("moved");
                }
                hub.tick(now);
                number += 1;
                let frames = hub.own.iter().filter(|frame| frame.number > committed).take(200).cloned().collect();
                let batch = Batch {
                    from: "hub".to_owned(),
                    to: "gridplatform".to_owned(),
                    district: "320111".to_owned(),
                    number,
                    committed: hub.last,
                    journal: "memory".to_owned(),
                    frames,
                    written: None,
                };
                write.write(&batch, &signer).expect("written");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            stop.cancel();
            let bad = std::fs::read_dir(up.join("bad")).map_or(0, Iterator::count);
            (hub, bad)
        }
    });
    ferry::run(&mut desk, &mut road, &stop).await.expect("runs");
    let (hub, bad) = other_side.await.expect("the other side");
    agree(&desk, &hub, state.path());
    assert!(bad > 0, "badly signed files went aside");
}
