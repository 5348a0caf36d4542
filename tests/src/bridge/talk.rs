//! A partner connects, exchanges, is cut off, resumes; what it may not see or say stays outside.

use wire::v1::{self, OrderStep, ProgressStep, TransferStep, partner_frame as frame, partner_frame::Body};

use super::{
    both::{Both, over_both_ways},
    line::{self, Line, Way},
};
use crate::town::{DISTRICT, Desk, why};
use runtime::Clock;

fn order(step: OrderStep) -> frame::Order {
    frame::Order {
        step: step.into(),
        unit: "car/3".to_owned(),
        category: "police/dispute".to_owned(),
        priority: 2,
        ..frame::Order::default()
    }
}

fn progress(step: ProgressStep) -> Body {
    Body::Progress(frame::Progress { step: step.into(), unit: "car/3".to_owned(), ..frame::Progress::default() })
}

async fn a_call_is_dispatched_worked_on_and_handed_over_by_frames_alone(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    let mut grid = both.peer("gridplatform", 0, 0).await;
    let mut said = line::report("police110", "J1", "车库积水，两户争吵，有人手持铁锹");
    (said.priority, said.flags) = (2, vec![v1::Flag::Weapon.into()]);
    let (receipt, incident) = police.tell("", "p0231", Body::Report(said)).await;
    assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken, "{receipt:?}");
    assert!(!incident.is_empty());

    let mut issued = police.frame("", "p0231", Body::Order(order(OrderStep::Issued)));
    let number = |form: v1::Form, number: &str| v1::FormNumber { form: form.into(), number: number.to_owned(), part: 0 };
    issued.numbers = vec![number(v1::Form::Intake, "J1"), number(v1::Form::Dispatch, "C1")];
    let (receipt, same) = police.tell_frame(issued).await;
    assert_eq!((receipt.outcome(), &same), (v1::FrameOutcome::Taken, &incident), "{receipt:?}");
    for (person, body) in [
        ("p0301", Body::Order(order(OrderStep::Signed))),
        ("p0301", progress(ProgressStep::EnRoute)),
        ("p0301", progress(ProgressStep::OnScene)),
    ] {
        let (receipt, _) = police.tell(&incident, person, body).await;
        assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken, "{receipt:?}");
    }
    // The grid is asked to assist; it hears of it without a word of the call.
    let assist = frame::Transfer {
        step: TransferStep::Offered.into(),
        to: "grid".to_owned(),
        reason: why("transfer.duty"),
        ..frame::Transfer::default()
    };
    let (receipt, _) = police.tell(&incident, "p0231", Body::Transfer(assist)).await;
    assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken, "{receipt:?}");
    let offered = grid.until(|body| matches!(body, Body::Transfer(_))).await;
    let situation = offered.situation.clone().expect("the hub says how it stands");
    assert!(situation.stay_outside && situation.scene_safe.is_none(), "{situation:?}");
    let Some(Body::Transfer(transfer)) = &offered.body else { panic!("{offered:?}") };
    assert!(transfer.reports.iter().all(|report| report.withheld && report.text.is_empty()), "{:?}", transfer.reports[0].text);
    let accepted =
        frame::Transfer { step: TransferStep::Accepted.into(), transfer: transfer.transfer, ..frame::Transfer::default() };
    let (receipt, _) = grid.tell(&incident, "g07", Body::Transfer(accepted)).await;
    assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken, "{receipt:?}");
    let mut entering = order(OrderStep::Issued);
    entering.unit = "worker/320111004001001-1".to_owned();
    let (receipt, _) = grid.tell(&incident, "g07", Body::Order(entering.clone())).await;
    assert_eq!((receipt.outcome(), receipt.code.as_str()), (v1::FrameOutcome::Refused, "scene.stage"));
    assert!(receipt.text_zh.contains("外围待命") && receipt.text_en.contains("stage outside"), "{receipt:?}");
    entering.task = "task/stage".to_owned();
    let (receipt, _) = grid.tell(&incident, "g07", Body::Order(entering)).await;
    assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken, "{receipt:?}");
    police.tell(&incident, "p0301", progress(ProgressStep::SceneSafe)).await;
    let safe = grid.until(|body| matches!(body, Body::Progress(progress) if progress.step() == ProgressStep::SceneSafe)).await;
    assert!(!safe.situation.expect("it says so").stay_outside);

    let desk: Desk = both.town.desk("centre", "grid", DISTRICT, &[v1::Role::Dispatcher]).await;
    let seen = desk.sees(&incident, 0).await.expect("the grid has a part in it");
    let numbers: Vec<_> = seen.numbers.iter().map(|kept| (kept.agency.as_str(), kept.number.as_str())).collect();
    assert_eq!(numbers, [("police", "C1")]);
    let links = desk.roads.clone().links.list_links(v1::ListLinksRequest::default()).await.expect("links").into_inner().links;
    assert_eq!(links.iter().map(|link| (link.agency.as_str(), link.up)).collect::<Vec<_>>(), [("grid", true), ("police", true)]);
    both.town.close().await;
}

async fn cut_off_both_sides_go_on_where_they_were(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    police.commits = false;
    let (_, incident) = police.tell("", "p1", Body::Report(line::report("police110", "J1", "路口两车相撞"))).await;
    let first = police.heard.last().cloned().expect("a receipt");
    let (number, has) = (police.number, police.has);
    drop(police);

    // It comes again as if the receipt had not reached its disk, and says its frame again.
    let mut police = both.peer("police110", 0, 0).await;
    let again = police.hear().await;
    assert_eq!(again, first, "made again, byte for byte");
    police.number = 0;
    let same = police.frame("", "p1", Body::Report(line::report("police110", "J1", "路口两车相撞")));
    assert!(police.line.say(wire::v1::exchange_request::What::Frame(same)).await);
    let (receipt, _) = police.tell(&incident, "p1", Body::Note(frame::Note { words: "已联系医院".to_owned() })).await;
    assert_eq!((receipt.number, receipt.outcome()), (2, v1::FrameOutcome::Taken), "{receipt:?}");
    assert!(police.has > has);
    assert!(police.committed >= number, "the hub has said that it has it");
    let facts = both.town.operator().await;
    let desk = Desk::on(facts, "operator", "");
    let kinds: Vec<_> =
        desk.facts(&format!("incident/{incident}")).await.iter().map(|fact| crate::town::record(fact)["type"].clone()).collect();
    assert_eq!(kinds, ["incident.received", "incident.noted"]);
    both.town.close().await;
}

async fn what_a_partner_had_before_it_was_cut_off_counts_as_delivered(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    police.commits = false;
    police.tell("", "p1", Body::Report(line::report("police110", "J1", "路口两车相撞"))).await;
    let (number, has) = (police.number, police.has);
    drop(police);
    // The commit never came; what it says when it comes again is as good.
    let _police = both.peer("police110", number, has).await;
    let desk: Desk = both.town.desk("dispatch-110", "police", DISTRICT, &[v1::Role::Dispatcher]).await;
    let begun = std::time::Instant::now();
    loop {
        let links = desk.roads.clone().links.list_links(v1::ListLinksRequest::default()).await.expect("links").into_inner().links;
        let committed = links.iter().find(|link| link.agency == "police").map_or(0, |link| link.committed);
        if committed == has {
            break;
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(10), "it has {has}, and {committed} are on record");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    both.town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_the_partner_is_not_let_in() {
    let both = Both::open(Way::Stream, Clock::system()).await;
    let hello = |district: &str, committed| v1::Hello { district: district.to_owned(), committed, version: 1 };
    let uri = both.town.bridge("police110");
    let refused = |hello: v1::Hello, name: &'static str| {
        let (uri, tls) = (uri.clone(), line::tls(&both.certs, name));
        async move { Line::connect(&uri, tls, hello).await.map(|_| ()).expect_err("not let in") }
    };
    assert_eq!(refused(hello(DISTRICT, 0), "gridplatform").await.code(), tonic::Code::Unauthenticated);
    let other = refused(hello("320102", 0), "police110").await;
    assert_eq!(other.code(), tonic::Code::InvalidArgument);
    let ahead = refused(hello(DISTRICT, 1_000_000), "police110").await;
    assert!(ahead.message().contains("never had"), "{ahead:?}");
    both.town.close().await;
}

async fn what_a_frame_says_wrong_costs_that_frame_alone(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    let elsewhere = frame::Report { area: "320102".to_owned(), ..line::report("police110", "J1", "有人呼救") };
    let other = line::report("gridplatform", "G1", "井盖缺失");
    let giant = line::report("police110", "J2", &"积水".repeat(60_000));
    let long = line::report("police110", "J3", &"积水".repeat(10_000));
    let unknown = frame::Accepted { category: "police/nothing".to_owned(), priority: 2 };
    for (body, code) in [
        (Body::Report(elsewhere), "frame.other_district"),
        (Body::Report(other), "frame.source"),
        (Body::Report(giant), "frame.too_large"),
        (Body::Report(long), "frame.field"),
        (Body::Closed(frame::Closed {}), "frame.no_incident"),
        (Body::Moved(frame::Moved::default()), "frame.no_incident"),
    ] {
        let (receipt, _) = police.tell("", "p1", body).await;
        assert_eq!((receipt.outcome(), receipt.code.as_str()), (v1::FrameOutcome::Wrong, code));
        assert!(!receipt.text_zh.is_empty() && !receipt.text_en.is_empty());
    }
    let (_, incident) = police.tell("", "p1", Body::Report(line::report("police110", "J4", "有人争吵"))).await;
    let (receipt, _) = police.tell(&incident, "p1", Body::Accepted(unknown)).await;
    assert_eq!((receipt.outcome(), receipt.code.as_str()), (v1::FrameOutcome::Wrong, "frame.code"));
    let (receipt, _) = police.tell(&incident, "p1", Body::Moved(frame::Moved::default())).await;
    assert_eq!((receipt.outcome(), receipt.code.as_str()), (v1::FrameOutcome::Wrong, "frame.from_hub_only"));
    let mut blank = police.frame(&incident, "p1", Body::Closed(frame::Closed {}));
    blank.body = None;
    let (receipt, _) = police.tell_frame(blank).await;
    assert_eq!((receipt.outcome(), receipt.code.as_str()), (v1::FrameOutcome::Wrong, "frame.unknown"));
    both.town.close().await;
}

over_both_ways!(
    a_call_is_dispatched_worked_on_and_handed_over_by_frames_alone,
    cut_off_both_sides_go_on_where_they_were,
    what_a_partner_had_before_it_was_cut_off_counts_as_delivered,
    what_a_frame_says_wrong_costs_that_frame_alone
);
