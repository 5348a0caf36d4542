//! Many reports in one call, and what is told of one matter bit by bit.

use tonic::Code;
use wire::v1::{self, Role};

use crate::town::{DISTRICT, Town, report};

#[tokio::test(flavor = "multi_thread")]
async fn of_many_reports_each_is_counted_once_and_a_bad_one_stops_nobody() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let desk = town.desk("grid-1", "grid", DISTRICT, &[Role::CallTaker]).await;
    desk.report(report("patrol", "M-0", "井盖松动")).await.expect("in");
    let many = vec![
        report("patrol", "M-0", "井盖松动"),
        report("patrol", "M-1", "路灯不亮"),
        report("patrol", "no reference", "路灯不亮"),
        report("patrol", "M-2", "门口暴露垃圾"),
        report("patrol", "M-1", "路灯不亮，又灭了一盏"),
        report("police110", "M-3", "路口两车刮擦"),
        v1::ReportRequest { area: "999".to_owned(), ..report("patrol", "M-4", "积水") },
    ];
    let mut intake = desk.roads.clone().intake;
    let told = intake.report_many(tokio_stream::iter(many.clone())).await.expect("an answer").into_inner();
    assert_eq!((told.taken, told.known, told.supplements, told.kept_locally), (2, 1, 1, 0), "{told:?}");
    assert_eq!(told.rejections.iter().map(|one| one.index).collect::<Vec<_>>(), [2, 5, 6]);
    for one in &told.rejections {
        assert!(!one.code.is_empty() && !one.text_zh.is_ascii() && !one.text_en.is_empty(), "{one:?}");
    }
    let head = desk.roads.clone().audit.head(v1::HeadRequest::default()).await.expect("a head").into_inner();
    assert_eq!(told.position, head.position);
    assert_eq!(desk.board().await.incidents, 3);

    let again = intake.report_many(tokio_stream::iter(many)).await.expect("an answer").into_inner();
    assert_eq!((again.taken, again.supplements, again.rejections.len()), (0, 0, 3), "nothing twice: {again:?}");
    assert_eq!(
        desk.roads.clone().audit.head(v1::HeadRequest::default()).await.expect("a head").into_inner().position,
        head.position
    );
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_later_stands_below_what_was_told_first() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let desk = town.desk("grid-1", "grid", DISTRICT, &[Role::CallTaker, Role::Dispatcher]).await;
    let taken = desk.report(report("patrol", "B-1", "路灯不亮")).await.expect("in");
    let more = desk.report(report("patrol", "B-1", "下水道也堵了，电话13851600001")).await.expect("a supplement");
    let (id, report_id) = (taken.incident_id.clone(), taken.report_id.clone());
    assert_eq!(more.incident_id, id);
    let shown = desk.sees(&id, more.position).await.expect("its own");
    let gist = &shown.reports[0].gist;
    assert!(gist.starts_with("路灯不亮\n下水道也堵了") && !gist.contains("13851600001"), "{gist}");
    let proposed = v1::ProposeRequest { incident_id: id.clone(), at_least: 0 };
    desk.roads.clone().triage.propose(proposed).await.expect("a proposal from both");
    let look = v1::RevealRequest {
        command_id: "look-1".to_owned(),
        incident_id: id.clone(),
        report_id,
        purpose: v1::Purpose::Handling.into(),
    };
    let opened = desk.roads.clone().intake.reveal(look).await.expect("its own").into_inner();
    assert_eq!(opened.fields["text"], "路灯不亮\n下水道也堵了，电话13851600001");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_of_a_seat_ends_when_the_seat_is_locked() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let desk = town.desk("grid-1", "grid", DISTRICT, &[Role::CallTaker]).await;
    let other = town.desk("grid-2", "grid", DISTRICT, &[Role::CallTaker]).await;
    let head = desk.roads.clone().audit.head(v1::HeadRequest::default()).await.expect("a head").into_inner();
    let live = v1::FollowRequest { from: head.position + 1, until: 0 };
    let mut stream = desk.roads.clone().audit.follow(live).await.expect("a stream").into_inner();
    other.report(report("patrol", "S-1", "井盖松动")).await.expect("in");
    assert!(stream.message().await.expect("live").is_some());
    let lock = v1::LockSeatRequest { command_id: "lock".to_owned(), seat_id: "grid-1".to_owned() };
    town.operator().await.seats.lock(lock).await.expect("locked");
    other.report(report("patrol", "S-2", "路灯不亮")).await.expect("in");
    let ended = loop {
        match stream.message().await {
            Ok(Some(frame)) => {
                assert!(frame.to_position <= head.position + 2, "shown to a locked seat: {frame:?}");
            }
            Ok(None) => panic!("it ends without a word"),
            Err(status) => break status,
        }
    };
    assert!(matches!(ended.code(), Code::Unauthenticated | Code::PermissionDenied), "{ended:?}");
    town.close().await;
}
