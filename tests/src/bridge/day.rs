//! One day in 江浦街道, 2026-07-08 (invented): the first evening, by seats of the hub and by both partners' frames, the clock
//! turned by hand. It reads like the day, and passes over both ways.

use testkit::clock::Hand;
use wire::v1::{
    self, Channel, OrderStep, ProgressStep, Role, TransferStep, partner_frame as frame, partner_frame::Body,
    triage_act_request as triage, triage_act_request::Action as Triage,
};

use super::{
    both::Both,
    line::{self, Way},
    peer::Peer,
};
use crate::town::{DISTRICT, Desk, HERE, clock, part, record, report, why};

/// 2026-07-08 19:02:00 in the district.
const EVENING: i64 = 1_783_508_520_000;
/// 江浦街道.
const SUBDISTRICT: &str = "320111004";

fn at(hand: &Hand, minute: i64, second: i64) {
    let wanted = EVENING + (minute * 60 + second) * 1_000;
    hand.set(wanted);
}

fn when(minute: i64, second: i64) -> wire::Timestamp {
    wire::time::timestamp(EVENING + (minute * 60 + second) * 1_000)
}

async fn taken(peer: &mut Peer, incident: &str, person: &str, body: Body) {
    let (receipt, _) = peer.tell(incident, person, body).await;
    assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken, "{receipt:?}");
}

fn car(step: ProgressStep) -> Body {
    Body::Progress(frame::Progress { step: step.into(), unit: "car/3".to_owned(), ..frame::Progress::default() })
}

async fn propose(desk: &Desk, incident: &str) -> v1::Proposal {
    let request = v1::ProposeRequest { incident_id: incident.to_owned(), at_least: 0 };
    desk.roads.clone().triage.propose(request).await.expect("a proposal").into_inner()
}

async fn link_to(desk: &Desk) -> v1::Link {
    let links = desk.roads.clone().links.list_links(v1::ListLinksRequest::default()).await.expect("links").into_inner().links;
    links.into_iter().find(|link| link.agency == "police").expect("the 110 has a link")
}

/// The seats of the joint duty room.
struct Room {
    dispatch: Desk,
    centre: Desk,
    hotline: Desk,
}

async fn room(both: &Both) -> Room {
    let roles = [Role::CallTaker, Role::Dispatcher];
    Room {
        dispatch: both.town.desk("dispatch-110", "police", DISTRICT, &roles).await,
        centre: both.town.desk("centre-jiangpu", "grid", SUBDISTRICT, &roles).await,
        hotline: both.town.desk("hotline-1", "hotline", DISTRICT, &roles).await,
    }
}

async fn first_evening(way: Way) {
    let hand = Hand::new(EVENING);
    let both = Both::open(way, clock(&hand)).await;
    let room = room(&both).await;
    let mut police = both.peer("police110", 0, 0).await;
    let mut grid = both.peer("gridplatform", 0, 0).await;

    // 1 · 19:02 the city's 110 pushes slip J1. The dispatcher sees it whole, the centre the same row without words.
    let mut slip = line::report("police110", "J1", "某小区地下车库积水，两户因此争吵，其中一人拿着铁锹");
    (slip.priority, slip.category, slip.address) = (2, "police/dispute".to_owned(), "测试路1号3幢502室".to_owned());
    slip.flags = vec![v1::Flag::Weapon.into()];
    let (receipt, j1) = police.tell("", "p0231", Body::Report(slip)).await;
    assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken, "{receipt:?}");
    let seen = room.dispatch.sees(&j1, 0).await.expect("it is theirs");
    assert!(seen.flags.contains(&v1::Flag::Weapon.into()), "{seen:?}");
    assert_eq!(seen.lead.as_ref().map(|lead| lead.agency.as_str()), Some("police"));
    let row = room.centre.sees(&j1, 0).await.expect("the centre sees the row");
    assert_eq!(
        (row.sight(), row.reports.len(), row.place.clone().expect("a place").area),
        (v1::Sight::Outline, 0, HERE.to_owned())
    );

    // 2 · 19:02:20 car 3 is ordered and signs in 8 s; the panel bars the grid worker, who is sent to stage at the gate.
    at(&hand, 0, 20);
    let route = triage::Route {
        category: "police/dispute".to_owned(),
        priority: 2,
        parts: vec![part("police"), part("grid")],
        reasons: Vec::new(),
    };
    room.dispatch.does("route", &j1, Triage::Route(route)).await;
    let order = triage::IssueOrder { part: 1, unit: "car/3".to_owned(), task: String::new(), reasons: Vec::new() };
    room.dispatch.does("order", &j1, Triage::IssueOrder(order)).await;
    let issued = police.until(|body| matches!(body, Body::Order(order) if order.step() == OrderStep::Issued)).await;
    let Some(Body::Order(order)) = issued.body else { panic!("an order") };
    assert!(order.reports[0].text.contains("铁锹") && order.reports[0].address.contains("502"), "the police read their own");
    at(&hand, 0, 28);
    let signed = frame::Order { step: OrderStep::Signed.into(), order: order.order, ..frame::Order::default() };
    taken(&mut police, &j1, "p0301", Body::Order(signed)).await;
    let offered = grid.until(|body| matches!(body, Body::Transfer(_))).await;
    let Some(Body::Transfer(transfer)) = offered.body else { panic!("an offer") };
    let accepted =
        frame::Transfer { step: TransferStep::Accepted.into(), transfer: transfer.transfer, ..frame::Transfer::default() };
    taken(&mut grid, &j1, "g07", Body::Transfer(accepted)).await;
    let panel = propose(&room.centre, &j1).await;
    assert_eq!(panel.bars.iter().map(|bar| bar.code.as_str()).collect::<Vec<_>>(), ["triage.barred"]);
    let worker = |task: &str| {
        Triage::IssueOrder(triage::IssueOrder {
            part: 2,
            unit: "worker/320111004001001-1".to_owned(),
            task: task.to_owned(),
            reasons: Vec::new(),
        })
    };
    assert_eq!(room.centre.may_not("send", &j1, worker("")).await, "scene.stage");
    room.centre.does("stage", &j1, worker("task/stage")).await;
    let staged = grid.until(|body| matches!(body, Body::Order(order) if order.task == "task/stage")).await;
    let Some(Body::Order(staged_order)) = staged.body else { panic!("an order") };
    assert!(staged_order.reports.iter().all(|report| report.withheld), "no police text for the grid");
    assert!(staged.situation.expect("it says so").stay_outside);

    // 3 · 19:03 a neighbour's photo and a 12345 call: hinted, linked; three reports, three numbers, three answer duties.
    at(&hand, 1, 0);
    let told = |source: &str, reference: &str, channel: Channel| v1::ReportRequest {
        channel: channel.into(),
        ..report(source, reference, "地下车库积水，楼下有人吵架，拿着铁锹")
    };
    let photo = room.centre.report(told("public", "W1", Channel::App)).await.expect("in").incident_id;
    let call = room.hotline.report(told("hotline12345", "H1", Channel::Phone)).await.expect("in").incident_id;
    for (desk, incident) in [(&room.centre, &photo), (&room.hotline, &call)] {
        let proposal = propose(desk, incident).await;
        let hint = proposal.hints.iter().find(|hint| hint.incident_id == j1).expect("J1 is hinted");
        assert!(hint.score >= 60 && !hint.reasons.is_empty(), "{hint:?}");
        let link = triage::Link { into: j1.clone(), reason: why("link.repeat_call") };
        let linked = desk.does("link", incident, Triage::Link(link)).await;
        assert_eq!(linked.stage(), v1::Stage::Merged);
    }
    let joined = room.dispatch.sees(&j1, 0).await.expect("theirs");
    let reports: Vec<_> = joined.reports.iter().map(|report| (report.reference.as_str(), report.answer_agency.as_str())).collect();
    assert_eq!(reports, [("J1", "police"), ("W1", "grid"), ("H1", "hotline")]);
    assert!(joined.flags.contains(&v1::Flag::Repeat.into()), "a further call at priority 2 is an alert");
    grid.until(|body| matches!(body, Body::Alert(alert) if alert.flags.contains(&v1::Flag::Repeat.into()))).await;
    police.until(|body| matches!(body, Body::Alert(_))).await;

    // 19:05 control: a domestic-violence call from the same building. The grid sees no row, count, hint or frame.
    at(&hand, 3, 0);
    let before = room.centre.board().await;
    let mut hidden = line::report("police110", "J2", "丈夫家暴妻子，车库旁边那幢");
    hidden.priority = 2;
    let (_, j2) = police.tell("", "p0231", Body::Report(hidden)).await;
    let row = room.dispatch.sees(&j2, 0).await.expect("theirs");
    assert_eq!(row.class(), v1::Class::S);
    assert_eq!(room.centre.sees(&j2, 0).await.expect_err("no row").code(), tonic::Code::NotFound);
    assert_eq!(counted(&room.centre.board().await), counted(&before));
    let quiet = room.centre.report(told("public", "W2", Channel::App)).await.expect("in").incident_id;
    assert!(propose(&room.centre, &quiet).await.hints.iter().all(|hint| hint.incident_id != j2));

    // 4 · 19:06 the link is cut for 90 s. The banner says since when; the arrival comes once, with both times.
    at(&hand, 4, 0);
    let (number, has) = (police.number, police.has);
    drop(police);
    let down = loop {
        let link = link_to(&room.dispatch).await;
        if !link.up {
            break link;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(down.since, Some(when(4, 0)));
    at(&hand, 5, 40);
    let mut police = both.peer("police110", number, has).await;
    let mut arrival = police.frame(&j1, "p0301", car(ProgressStep::OnScene));
    (arrival.occurred, arrival.basis) = (Some(when(4, 30)), v1::Basis::Device.into());
    let (receipt, _) = police.tell_frame(arrival.clone()).await;
    assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken, "{receipt:?}");
    assert!(police.line.say(v1::exchange_request::What::Frame(arrival)).await, "sent twice");
    let arrivals: Vec<_> = facts(&both, &j1).await.into_iter().filter(|fact| fact["type"] == "incident.unit_on_scene").collect();
    assert_eq!(arrivals.len(), 1);
    let times = ["occurred", "time"].map(|name| arrivals[0][name].as_str().expect("a time").to_owned());
    assert_eq!(times, ["2026-07-08T19:06:30.000+08:00", "2026-07-08T19:07:40.000+08:00"]);
    assert!(link_to(&room.dispatch).await.up);

    // 5 · 19:08 the officer says that the scene is safe: the phone says "enter"; the centre splits the drainage off.
    at(&hand, 6, 0);
    let sign = frame::Order { step: OrderStep::Signed.into(), order: staged_order.order, ..frame::Order::default() };
    taken(&mut grid, &j1, "w01", Body::Order(sign)).await;
    let entering = || Body::Progress(frame::Progress { step: ProgressStep::OnScene.into(), part: 2, ..frame::Progress::default() });
    let (refused, _) = grid.tell(&j1, "w01", entering()).await;
    assert_eq!((refused.outcome(), refused.code.as_str()), (v1::FrameOutcome::Refused, "scene.unsafe"));
    taken(&mut police, &j1, "p0301", car(ProgressStep::SceneSafe)).await;
    let enter = grid.until(|body| matches!(body, Body::Progress(step) if step.step() == ProgressStep::SceneSafe)).await;
    assert!(!enter.situation.expect("it says so").stay_outside);
    taken(&mut grid, &j1, "w01", entering()).await;
    let split =
        triage::Split { category: "city/06010".to_owned(), priority: 3, reason: why("split.second_matter"), lead: String::new() };
    room.centre.does("split", &j1, Triage::Split(split)).await;
    let parent = room.centre.sees(&j1, 0).await.expect("the grid has a part");
    let drainage = room.centre.sees(&parent.children[0], 0).await.expect("their own");
    assert_eq!((drainage.stage(), drainage.lead.clone().expect("a lead").agency.as_str()), (v1::Stage::Accepted, "grid"));
    assert_eq!(drainage.parent, j1);

    // 6 · 19:20 feedback with a corrected category, both kept; the mediation goes over by the catalogue: the lead moves.
    at(&hand, 18, 0);
    let mut feedback = police.frame(
        &j1,
        "p0301",
        Body::Finished(frame::Finished {
            category: "police/help".to_owned(),
            outcome: v1::Outcome::Mediated.into(),
            words: "现场已控制，双方情绪平稳，建议后续调解".to_owned(),
            part: 0,
        }),
    );
    feedback.numbers = vec![v1::FormNumber { form: v1::Form::Feedback.into(), number: "F1".to_owned(), part: 0 }];
    let (receipt, _) = police.tell_frame(feedback).await;
    assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken, "{receipt:?}");
    let item = v1::Item { code: "PG-01".to_owned(), catalogue: "handovers/2026.3".to_owned() };
    let offer = triage::OfferTransfer {
        part: 0,
        lead: true,
        to: "grid".to_owned(),
        reason: why("transfer.duty"),
        item: Some(item.clone()),
    };
    let wrong = triage::OfferTransfer { item: Some(v1::Item { code: "PG-77".to_owned(), ..item.clone() }), ..offer.clone() };
    assert_eq!(room.dispatch.may_not("wrong", &j1, Triage::OfferTransfer(wrong)).await, "transfer.not_in_catalogue");
    room.dispatch.does("mediation", &j1, Triage::OfferTransfer(offer)).await;
    let offered = grid.until(|body| matches!(body, Body::Transfer(transfer) if transfer.lead)).await;
    assert_eq!(offered.item, Some(item));
    let Some(Body::Transfer(transfer)) = offered.body else { panic!("an offer") };
    delivered(&room.centre, &j1, transfer.transfer).await;
    let accept = triage::AcceptTransfer { transfer: transfer.transfer };
    let moved = room.centre.does("take", &j1, Triage::AcceptTransfer(accept)).await;
    let after = room.dispatch.sees(&j1, moved.position).await.expect("who watches sees it whole");
    assert_eq!((after.lead.clone().expect("a lead").agency.as_str(), after.sight()), ("grid", v1::Sight::Whole));
    assert_eq!(after.watch, ["police"]);
    assert_eq!((after.category.as_str(), after.category_feedback.as_str()), ("police/dispute", "police/help"));
    assert_eq!(after.parts[0].status(), v1::PartStatus::Finished);
    let numbers: Vec<_> = after.numbers.iter().map(|kept| (kept.form(), kept.number.as_str())).collect();
    assert_eq!(numbers, [(v1::Form::Feedback, "F1")]);
    police.until(|body| matches!(body, Body::Transfer(step) if step.step() == TransferStep::Accepted)).await;

    assert!(grid.heard.iter().all(|frame| frame.incident_id != j2), "not a word of the protected call");
    let whole: Vec<u8> = grid.heard.iter().flat_map(wire::Message::encode_to_vec).collect();
    for word in ["两户", "测试路", "3幢502", "家暴", "情绪平稳"] {
        assert!(!whole.windows(word.len()).any(|bytes| bytes == word.as_bytes()), "the grid was told {word}");
    }
    both.town.close().await;
}

/// Incidents that the seat's board counts.
fn counted(board: &v1::BoardAnswer) -> u64 {
    board.incidents
}

/// The incident's records, as the operator reads them.
async fn facts(both: &Both, incident: &str) -> Vec<serde_json::Value> {
    let operator = Desk::on(both.town.operator().await, "operator", "");
    operator.facts(&format!("incident/{incident}")).await.iter().map(record).collect()
}

/// Waits until the partner's commit has delivered it.
async fn delivered(desk: &Desk, incident: &str, transfer: u32) {
    loop {
        let seen = desk.sees(incident, 0).await.expect("theirs");
        let known = seen.handovers.iter().find(|known| known.handover == transfer).expect("it was offered");
        if known.status() == v1::HandoverStatus::Delivered {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_evening_over_a_stream() {
    Box::pin(first_evening(Way::Stream)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_evening_over_a_ferry() {
    Box::pin(first_evening(Way::Ferry)).await;
}
