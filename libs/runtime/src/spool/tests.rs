//! What waits survives the process, goes out in order, and is refused where there is no room.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{
    area::{AreaCode, Areas, Place},
    board::Board,
    id::{Agency, IncidentId, ReportId},
    incident::{Basis, Channel, Class, NewReport, Priority, Promised, Report, Sealed},
    seat::{Actor, Role, Seat},
};
use journal::{
    Embedded,
    embedded::{Clock as Source, Options},
};
use seal::{FileKeyring, Sealer};
use tokio_util::sync::CancellationToken;

use super::{Spool, SpoolError, SpoolOptions, Taken, deliver, take};
use crate::{Ask, Clock, Error, Fold, Ports};

/// 2026-03-02, a Monday, 10:00 in the district.
const NOW: i64 = 1_772_416_800_000;
const DISTRICT: &str = "320111";

fn clock() -> Clock {
    Clock::from_fn(|| NOW)
}

/// A spool in `dir` that finds the journal away while `away`.
async fn spool(dir: &Path, most: usize, away: &Arc<AtomicBool>) -> Arc<Spool> {
    let away = Arc::clone(away);
    let away = Arc::new(move || away.load(Ordering::Relaxed));
    let options = SpoolOptions { dir: dir.join("spool"), district: DISTRICT.to_owned(), clock: clock(), most, away };
    Spool::open(options).await.expect("the spool opens")
}

/// Ports over a journal in `dir`, followed until `stop`.
fn ports(dir: &Path, spool: Arc<Spool>, stop: &CancellationToken) -> Ports {
    let source: Source = clock().source();
    let journal =
        Embedded::open(&dir.join("journal"), Options { segment_bytes: 1 << 20, ..Options::new(DISTRICT, "test", source) });
    let journal = Arc::new(journal.expect("the journal opens"));
    let district: AreaCode = DISTRICT.parse().expect("a district");
    let fold = Fold::new(journal.clone(), Board::new(district));
    tokio::spawn(fold.clone().follow(stop.clone()));
    let keyring = FileKeyring::open(dir.join("keys")).expect("the keys open");
    Ports {
        journal,
        fold,
        sealer: Arc::new(Sealer::new(Arc::new(keyring))),
        in_force: Arc::new(crate::policies::InForce::sample()),
        areas: Arc::new(Areas::pukou()),
        clock: clock(),
        district: DISTRICT.into(),
        spool: Some(spool),
    }
}

fn seat() -> Seat {
    Seat {
        id: "desk-1".parse().expect("a name"),
        agency: Agency::grid(),
        area: DISTRICT.parse().expect("a district"),
        roles: [Role::CallTaker].into(),
        scripted: false,
    }
}

/// A report under this reference with this content, of some size.
fn report(reference: &str, digest: u128, bytes: usize) -> (IncidentId, Ask, NewReport) {
    let new = NewReport {
        report: Report {
            id: ReportId::of("patrol", reference),
            source: "patrol".to_owned(),
            reference: reference.to_owned(),
            channel: Channel::Patrol,
            digest: format!("{digest:032x}"),
            answer: None,
            sealed: vec![Sealed { field: "text".to_owned(), key: "2026-03-02/grid/x".to_owned(), data: "A".repeat(bytes) }],
        },
        place: Place { area: "320111004001".parse().expect("an area") },
        class: Class::N,
        flags: [].into(),
        terms: Vec::new(),
        priority: Some(Priority::SOON),
        lead: Agency::grid(),
        history: false,
        promised: Promised::ByPolicy,
        reasons: Vec::new(),
    };
    let ask = Ask {
        command: format!("report/patrol/{reference}/{digest:032x}").parse().expect("an id"),
        digest,
        actor: Actor::Seat(seat()),
        occurred: None,
        basis: Basis::Seat,
        traceparent: None,
        service: "intake",
    };
    (IncidentId::opened_by("patrol", reference), ask, new)
}

async fn told(ports: &Ports, reference: &str, digest: u128) -> Result<Taken, Error> {
    let (id, ask, new) = report(reference, digest, 40);
    take(ports, id, &ask, new).await
}

/// Waits until nothing waits.
async fn drained(spool: &Spool) {
    for _ in 0..500 {
        if spool.waiting() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} reports still wait", spool.waiting());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_outlives_the_process_and_is_delivered_once_in_its_order() {
    let (dir, stop, away) = (tempfile::tempdir().expect("a folder"), CancellationToken::new(), Arc::new(AtomicBool::new(true)));
    {
        let spool = spool(dir.path(), 1 << 20, &away).await;
        let ports = ports(dir.path(), spool.clone(), &stop);
        for n in 0..20 {
            let taken = told(&ports, &format!("R-{n}"), 1).await;
            assert!(matches!(taken, Ok(Taken::Kept { supplement: false, repeated: false })), "{taken:?}");
        }
        let again = told(&ports, "R-3", 1).await;
        assert!(matches!(again, Ok(Taken::Kept { repeated: true, .. })), "the same is kept once: {again:?}");
        let more = told(&ports, "R-3", 2).await;
        assert!(matches!(more, Ok(Taken::Kept { supplement: true, repeated: false })), "other content follows it: {more:?}");
        assert_eq!(ports.fold.position(), 1, "nothing went to the journal but its own beginning");
        spool.close().await;
        stop.cancel();
    }
    let stop = CancellationToken::new();
    let spool = spool(dir.path(), 1 << 20, &away).await;
    assert_eq!(spool.waiting(), 21);
    // Once the journal answers. (The lock of the first life goes with its last task.)
    tokio::time::sleep(Duration::from_millis(200)).await;
    let ports = ports(dir.path(), spool.clone(), &stop);
    tokio::spawn(deliver(ports.clone(), spool.clone(), stop.clone()));
    away.store(false, Ordering::Relaxed);
    drained(&spool).await;
    assert_eq!(ports.fold.position(), 22, "20 received, one supplement");
    let (id, ..) = report("R-3", 1, 40);
    let incident = ports.fold.incident(id).await.expect("there");
    assert_eq!((incident.version, incident.reports.len()), (2, 1));
    let facts = crate::fold::facts_of(ports.journal.as_ref(), id).await.expect("read");
    let (_, stamp) = &facts[0];
    assert_eq!((stamp.basis, stamp.occurred.map(domain::time::Time::ms)), (Basis::Late, Some(NOW)), "it says it came late");
    let known = told(&ports, "R-3", 2).await;
    assert!(matches!(&known, Ok(Taken::In(answer)) if answer.repeated), "it is in the journal now: {known:?}");
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_spool_says_so_and_takes_again_what_it_refused() {
    let (dir, stop, away) = (tempfile::tempdir().expect("a folder"), CancellationToken::new(), Arc::new(AtomicBool::new(true)));
    let spool = spool(dir.path(), 100_000, &away).await;
    let ports = ports(dir.path(), spool.clone(), &stop);
    let tell = async |n: u32| {
        let (id, ask, new) = report(&format!("R-{n}"), 1, 30_000);
        take(&ports, id, &ask, new).await
    };
    for n in 0..3 {
        assert!(matches!(tell(n).await, Ok(Taken::Kept { .. })));
    }
    let full = tell(3).await;
    assert!(matches!(full, Err(Error::Spool(SpoolError::Full { waiting: 3, .. }))), "{full:?}");
    let status = crate::status::of(&full.expect_err("full"));
    assert_eq!(status.code(), tonic::Code::ResourceExhausted);
    let (code, zh, _) = crate::status::explained(&status);
    assert!(code == "spool.full" && zh.contains("暂存"), "{code} {zh}");
    tokio::spawn(deliver(ports.clone(), spool.clone(), stop.clone()));
    away.store(false, Ordering::Relaxed);
    drained(&spool).await;
    assert!(matches!(tell(3).await, Ok(Taken::In(_))));
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_would_not_fit_into_the_journal_is_not_kept() {
    let (dir, stop, away) = (tempfile::tempdir().expect("a folder"), CancellationToken::new(), Arc::new(AtomicBool::new(true)));
    let spool = spool(dir.path(), 1 << 20, &away).await;
    let ports = ports(dir.path(), spool.clone(), &stop);
    let (id, ask, new) = report("R-1", 1, 59_000);
    let refused = take(&ports, id, &ask, new).await.expect_err("too large");
    assert_eq!(crate::status::of(&refused).code(), tonic::Code::InvalidArgument, "{refused:?}");
    assert_eq!(spool.waiting(), 0);
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_belongs_to_another_request_does_not_cost_a_report() {
    let (dir, stop, away) = (tempfile::tempdir().expect("a folder"), CancellationToken::new(), Arc::new(AtomicBool::new(false)));
    let spool = spool(dir.path(), 1 << 20, &away).await;
    let ports = ports(dir.path(), spool.clone(), &stop);
    assert!(matches!(told(&ports, "R-1", 1).await, Ok(Taken::In(_))));
    away.store(true, Ordering::Relaxed);
    let (id, first, _) = report("R-1", 1, 40);
    let (_, mut ask, new) = report("R-1", 2, 40);
    ask.command = first.command;
    let taken = take(&ports, id, &ask, new).await;
    assert!(matches!(taken, Err(Error::Refused(_))), "what the board knows is refused at once: {taken:?}");
    let (_, mut ask, new) = report("R-9", 2, 40);
    ask.command = "given/9".parse().expect("an id");
    let id = IncidentId::opened_by("patrol", "R-9");
    assert!(matches!(take(&ports, id, &ask, new.clone()).await, Ok(Taken::Kept { .. })));
    ask.digest = 3;
    let mut other = new;
    other.report.digest = format!("{:032x}", 3);
    assert!(matches!(take(&ports, id, &ask, other).await, Ok(Taken::Kept { supplement: true, repeated: false })));
    tokio::spawn(deliver(ports.clone(), spool.clone(), stop.clone()));
    away.store(false, Ordering::Relaxed);
    drained(&spool).await;
    assert_eq!(ports.fold.incident(id).await.expect("there").version, 2, "both are in, the second as a supplement");
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_delivered_reports_do_not_grow_for_ever() {
    let (dir, stop, away) = (tempfile::tempdir().expect("a folder"), CancellationToken::new(), Arc::new(AtomicBool::new(true)));
    let spool = spool(dir.path(), 32 << 20, &away).await;
    let ports = ports(dir.path(), spool.clone(), &stop);
    let tell = async |n: u32| {
        let (id, ask, new) = report(&format!("R-{n}"), 1, 50_000);
        take(&ports, id, &ask, new).await
    };
    for n in 0..100 {
        assert!(matches!(tell(n).await, Ok(Taken::Kept { .. })));
    }
    tokio::spawn(deliver(ports.clone(), spool.clone(), stop.clone()));
    away.store(false, Ordering::Relaxed);
    drained(&spool).await;
    for _ in 0..100 {
        // Set aside under another name first, then removed.
        if !["spool/1", "spool/1.gone"].iter().any(|file| dir.path().join(file).exists()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let left: Vec<_> =
        std::fs::read_dir(dir.path().join("spool")).expect("listed").map(|entry| entry.expect("there").file_name()).collect();
    assert_eq!(left, ["2"], "the old files are gone");
    stop.cancel();
}
