//! Who sees what: areas, outlines, class S; frames whose ranges leave no gap for anybody.

use tonic::Code;
use wire::v1::{self, Class, Role, Sight};

use crate::{
    deeds::{close, rush},
    town::{DISTRICT, Desk, ELSEWHERE, HERE, Town, code, part, record, report},
};

const DESK: &[Role] = &[Role::CallTaker, Role::Dispatcher];

/// Three incidents: a plain one of the grid, a plain one of the police, and a protected one of the police.
struct Three {
    plain: String,
    police: String,
    protected: String,
    end: u64,
}

async fn three(police: &Desk, grid: &Desk) -> Three {
    let plain = grid.report(report("patrol", "P-1", "井盖松动")).await.expect("in").incident_id;
    let call = police.report(report("police110", "C-1", "路口两车刮擦")).await.expect("in").incident_id;
    let protected = v1::ReportRequest { class: Class::S.into(), ..report("police110", "S-1", "邻居家孩子长期被打") };
    let protected = police.report(protected).await.expect("in").incident_id;
    let end = police.does("route", &protected, rush("police/domestic", 2, vec![part("police")])).await.position;
    Three { plain, police: call, protected, end }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_of_class_s_does_not_exist_for_who_has_no_part_in_it() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let police = town.desk("police-1", "police", DISTRICT, DESK).await;
    let grid = town.desk("grid-1", "grid", DISTRICT, DESK).await;
    let auditor = town.desk("auditor-1", "organisation/audit", DISTRICT, &[Role::Auditor]).await;
    let Three { plain, police: call, protected, end } = three(&police, &grid).await;

    let sight = async |desk: &Desk, id: &str| desk.sees(id, end).await.map(|seen| seen.sight());
    assert_eq!(sight(&police, &protected).await.expect("its own"), Sight::Whole);
    assert_eq!(sight(&auditor, &protected).await.expect("an auditor reads all"), Sight::Whole);
    assert_eq!(sight(&grid, &plain).await.expect("its own"), Sight::Whole);
    assert_eq!(sight(&grid, &call).await.expect("a plain one of another agency"), Sight::Outline);

    let hidden = grid.sees(&protected, end).await.expect_err("hidden");
    let nobody = grid.sees("00000000-0000-5000-8000-000000000000", 0).await.expect_err("unknown");
    assert_eq!(hidden.code(), Code::NotFound);
    assert_eq!((hidden.message(), code(&hidden)), (nobody.message(), code(&nobody)), "hidden and unknown look the same");
    assert_eq!(grid.may_not("close", &protected, close()).await, "incident.unknown");
    let proposal = v1::ProposeRequest { incident_id: protected.clone(), at_least: 0 };
    let proposal = grid.roads.clone().triage.propose(proposal).await.expect_err("hidden");
    assert_eq!(code(&proposal), "incident.unknown");
    assert!(grid.facts(&format!("incident/{protected}")).await.is_empty());
    assert!(grid.facts(&format!("incident/{call}")).await.is_empty(), "an outline shows no facts");

    assert_eq!((police.board().await.incidents, grid.board().await.incidents, auditor.board().await.incidents), (3, 2, 3));
    assert!(!grid.board().await.by_priority.contains_key("2"), "{:?}", grid.board().await);
    for at in [v1::board_request::At::Position(end), v1::board_request::At::Time(far())] {
        let then = v1::BoardRequest { at_least: 0, at: Some(at) };
        let then = grid.roads.clone().audit.board(then).await.expect("a board of then").into_inner();
        assert_eq!(then.incidents, 2, "who may see what holds for the past, too");
    }
    let told: Vec<_> = grid.frames(1, end).await.into_iter().flat_map(|frame| frame.facts).collect();
    assert!(told.iter().any(|fact| record(fact)["subject"] == format!("incident/{plain}")));
    assert!(!told.iter().any(|fact| String::from_utf8_lossy(&fact.record).contains(&protected)));
    town.close().await;
}

fn far() -> wire::Timestamp {
    wire::time::timestamp(4_000_000_000_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_of_another_area_sees_nothing() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let police = town.desk("police-1", "police", DISTRICT, DESK).await;
    let grid = town.desk("grid-1", "grid", HERE, DESK).await;
    let away = town.desk("grid-2", "grid", ELSEWHERE, DESK).await;
    let keeper = town.desk("keeper-1", "grid", DISTRICT, &[Role::Administrator]).await;
    let Three { plain, police: call, protected, end } = three(&police, &grid).await;
    for blind in [&away, &keeper] {
        for id in [&plain, &call, &protected] {
            assert_eq!(blind.sees(id, end).await.expect_err("hidden").code(), Code::NotFound);
            assert!(blind.facts(&format!("incident/{id}")).await.is_empty());
        }
    }
    let board = away.board().await;
    assert_eq!((board.incidents, board.open, board.by_stage.len()), (0, 0, 0), "{board:?}");
    assert!(away.frames(1, end).await.iter().all(|frame| frame.facts.is_empty()));
    assert_eq!(away.may_not("close", &plain, close()).await, "incident.unknown");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_cover_every_position_once_for_a_viewer_who_sees_only_part() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let police = town.desk("police-1", "police", DISTRICT, DESK).await;
    let grid = town.desk("grid-1", "grid", DISTRICT, DESK).await;
    let (seen, unseen) = (grid.clone(), police.clone());
    // One follows live while both write.
    let mut live = grid.roads.clone().audit.follow(v1::FollowRequest { from: 1, until: 0 }).await.expect("a stream").into_inner();
    let writing = tokio::spawn(async move {
        let mut mine = Vec::new();
        for n in 0..40 {
            mine.push(seen.report(report("patrol", &format!("M-{n}"), "井盖松动")).await.expect("in").position);
            unseen.report(report("police110", &format!("U-{n}"), "打架")).await.expect("in");
        }
        mine
    });
    let mine = writing.await.expect("no panic");
    let end = grid.roads.clone().audit.head(v1::HeadRequest::default()).await.expect("a head").into_inner().position;
    let mut frames = Vec::new();
    while frames.last().is_none_or(|frame: &v1::Frame| frame.to_position < end) {
        frames.push(live.message().await.expect("a frame").expect("the live stream stays open"));
    }
    for (name, frames) in
        [("live", frames), ("from the start", grid.frames(1, end).await), ("from the middle", grid.frames(30, end).await)]
    {
        let from = frames[0].from_position;
        let mut next = from;
        let mut told = Vec::new();
        for frame in &frames {
            assert_eq!(frame.from_position, next, "{name}: a gap or a repeat");
            assert!(frame.to_position >= frame.from_position);
            let inside = frame.facts.iter().all(|fact| (frame.from_position..=frame.to_position).contains(&fact.position));
            assert!(inside, "{name}: a fact outside its frame's range");
            told.extend(frame.facts.iter().map(|fact| fact.position));
            next = frame.to_position + 1;
        }
        assert_eq!(next, end + 1, "{name}");
        let wanted: Vec<_> = mine.iter().copied().filter(|position| *position >= from).collect();
        assert_eq!(told, wanted, "{name}: the facts it may see, each once, in order");
    }
    town.close().await;
}
