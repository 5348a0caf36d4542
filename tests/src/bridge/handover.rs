//! Matters that go from one partner to the other and back, by frames alone; and what each may say about the other's.

use testkit::clock::Hand;
use wire::v1::{
    self, OrderStep, ProgressStep, TransferStep, partner_frame as frame, partner_frame::Body, triage_act_request as triage,
};

use super::{
    both::{Both, over_both_ways},
    line::{self, Way},
    peer::Peer,
};
use crate::{
    clocks::settled,
    town::{DISTRICT, MONDAY, clock, why},
};

const HOUR: i64 = 3_600_000;

/// Both partners at work, and a clock turned by hand.
async fn linked(way: Way) -> (Hand, Both, Peer, Peer) {
    let hand = Hand::new(MONDAY);
    let both = Both::open(way, clock(&hand)).await;
    let police = both.peer("police110", 0, 0).await;
    let grid = both.peer("gridplatform", 0, 0).await;
    police.beats();
    grid.beats();
    (hand, both, police, grid)
}

fn accepted(category: &str, priority: u32) -> Body {
    Body::Accepted(frame::Accepted { category: category.to_owned(), priority })
}

/// The lead is offered.
fn lead(to: &str) -> Body {
    Body::Transfer(frame::Transfer {
        step: TransferStep::Offered.into(),
        lead: true,
        to: to.to_owned(),
        reason: why("transfer.duty"),
        ..frame::Transfer::default()
    })
}

/// Help is asked for.
fn assist(to: &str) -> Body {
    let Body::Transfer(offer) = lead(to) else { unreachable!("a transfer") };
    Body::Transfer(frame::Transfer { lead: false, ..offer })
}

fn step(step: TransferStep, transfer: u32, reason: &str) -> Body {
    let reason = why(reason).filter(|reason| !reason.code.is_empty());
    Body::Transfer(frame::Transfer { step: step.into(), transfer, reason, ..frame::Transfer::default() })
}

/// Hears a step of a transfer: its number, and who leads then.
async fn hears(peer: &mut Peer, wanted: TransferStep) -> (u32, String) {
    let heard = peer.until(|body| matches!(body, Body::Transfer(body) if body.step() == wanted)).await;
    let Some(Body::Transfer(transfer)) = &heard.body else { panic!("{heard:?}") };
    (transfer.transfer, heard.situation.expect("the hub says how it stands").lead)
}

async fn a_call_goes_to_the_grid_which_returns_it_or_lets_it_lapse(way: Way) {
    let (hand, both, mut police, mut grid) = linked(way).await;
    let incident = police.does("", "p1", Body::Report(line::report("police110", "J1", "楼道堆物引起争吵"))).await;
    police.does(&incident, "p1", accepted("police/dispute", 3)).await;
    police.does(&incident, "p1", lead("grid")).await;
    let (first, _) = hears(&mut grid, TransferStep::Offered).await;
    grid.does(&incident, "g1", step(TransferStep::Returned, first, "return.not_my_duty")).await;
    let returned = police.until(|body| matches!(body, Body::Transfer(body) if body.step() == TransferStep::Returned)).await;
    let Some(Body::Transfer(transfer)) = &returned.body else { panic!("{returned:?}") };
    assert_eq!(transfer.reason.as_ref().expect("the grid said why").code, "return.not_my_duty");
    assert_eq!(returned.situation.expect("how it stands").lead, "police");

    // Offered anew; this time nobody answers. The time runs only from when the grid's system has it.
    police.does(&incident, "p1", lead("grid")).await;
    let (second, _) = hears(&mut grid, TransferStep::Offered).await;
    assert!(second > first);
    hears(&mut police, TransferStep::Delivered).await;
    hand.advance(HOUR);
    settled(&both.town.ports).await;
    assert_eq!(hears(&mut police, TransferStep::Lapsed).await, (second, "police".to_owned()), "the first receiver keeps it");
    assert_eq!(hears(&mut grid, TransferStep::Lapsed).await, (second, "police".to_owned()));
    let late = grid.may_not(&incident, "g1", step(TransferStep::Accepted, second, "")).await;
    assert!(["frame.no_incident", "handover.status"].contains(&late.as_str()), "{late}");
    both.agrees("police", &mut police).await;
    both.agrees("grid", &mut grid).await;
    both.town.close().await;
}

async fn a_grid_matter_goes_to_the_police_and_is_recalled_by_who_watches(way: Way) {
    let (_, both, mut police, mut grid) = linked(way).await;
    let incident = grid.does("", "g1", Body::Report(line::report("gridplatform", "G1", "流动摊贩与城管争执"))).await;
    grid.does(&incident, "g1", accepted("city/01001", 2)).await;
    grid.does(&incident, "g1", lead("police")).await;
    let (offer, _) = hears(&mut police, TransferStep::Offered).await;
    let early =
        police.may_not(&incident, "p1", Body::Recalled(frame::Recalled { agency: String::new(), reason: why("recall.unhandled") }));
    assert_eq!(early.await, "recall.no_watch", "only who handed it over keeps watch");
    police.does(&incident, "p1", step(TransferStep::Accepted, offer, "")).await;
    assert_eq!(hears(&mut grid, TransferStep::Accepted).await, (offer, "police".to_owned()));
    grid.does(&incident, "g1", Body::Recalled(frame::Recalled { agency: String::new(), reason: why("recall.unhandled") })).await;
    let recalled = police.until(|body| matches!(body, Body::Recalled(_))).await;
    let Some(Body::Recalled(body)) = &recalled.body else { panic!("{recalled:?}") };
    assert_eq!((body.agency.as_str(), recalled.situation.expect("how it stands").lead.as_str()), ("grid", "grid"));
    both.agrees("police", &mut police).await;
    both.agrees("grid", &mut grid).await;
    both.town.close().await;
}

async fn a_further_call_about_the_same_danger_alerts_both(way: Way) {
    let (_, both, mut police, mut grid) = linked(way).await;
    let first = police.does("", "p1", Body::Report(line::report("police110", "J1", "两户争吵"))).await;
    police.does(&first, "p1", accepted("police/dispute", 2)).await;
    let order = frame::Order { step: OrderStep::Issued.into(), unit: "car/3".to_owned(), ..frame::Order::default() };
    police.does(&first, "p1", Body::Order(order)).await;
    police.does(&first, "p1", assist("grid")).await;
    hears(&mut grid, TransferStep::Offered).await;
    let again = police.does("", "p2", Body::Report(line::report("police110", "J2", "又打起来了"))).await;
    let desk = both.town.desk("police-1", "police", DISTRICT, &[v1::Role::Dispatcher]).await;
    let link = triage::Link { into: first.clone(), reason: why("link.repeat_call") };
    desk.does("link", &again, triage::Action::Link(link)).await;
    for peer in [&mut police, &mut grid] {
        let linked = peer.until(|body| matches!(body, Body::Linked(linked) if linked.into.is_empty())).await;
        let Some(Body::Linked(body)) = &linked.body else { panic!("{linked:?}") };
        assert_eq!((&linked.incident_id, &body.from), (&first, &again));
        let alert = peer.until(|body| matches!(body, Body::Alert(_))).await;
        let Some(Body::Alert(body)) = &alert.body else { panic!("{alert:?}") };
        assert_eq!((&alert.incident_id, body.flags().collect::<Vec<_>>()), (&first, vec![v1::Flag::Repeat]));
    }
    // What is said about the second call goes on in the first.
    let note = Body::Note(frame::Note { words: "两次来电为同一处".to_owned() });
    assert_eq!(police.does(&again, "p2", note).await, first);
    both.agrees("grid", &mut grid).await;
    both.town.close().await;
}

async fn a_partner_speaks_for_itself_alone(way: Way) {
    let (_, both, mut police, mut grid) = linked(way).await;
    let incident = police.does("", "p1", Body::Report(line::report("police110", "J1", "两户争吵"))).await;
    police.does(&incident, "p1", accepted("police/dispute", 2)).await;
    let order = frame::Order { step: OrderStep::Issued.into(), unit: "car/3".to_owned(), ..frame::Order::default() };
    police.does(&incident, "p1", Body::Order(order)).await;
    police.does(&incident, "p1", assist("grid")).await;
    let (offer, _) = hears(&mut grid, TransferStep::Offered).await;
    let theirs = step(TransferStep::Accepted, offer, "");
    assert_eq!(police.may_not(&incident, "p1", theirs.clone()).await, "authority.agency", "it is offered to the grid");
    grid.does(&incident, "g1", theirs).await;
    let finished = |part| Body::Finished(frame::Finished { part, outcome: v1::Outcome::Solved.into(), ..Default::default() });
    let arrived = |part| {
        let on_scene = frame::Progress { step: ProgressStep::OnScene.into(), part, unit: "car/3".to_owned(), order: 0 };
        Body::Progress(on_scene)
    };
    for (peer, part) in [(&mut police, 2), (&mut grid, 1)] {
        assert_eq!(peer.may_not(&incident, "x1", finished(part)).await, "authority.agency");
        assert_eq!(peer.may_not(&incident, "x1", arrived(part)).await, "authority.agency");
        assert_eq!(peer.may_not("", "x1", Body::Report(line::report("hotline12345", "H1", "投诉"))).await, "frame.source");
        let lapsed = peer.may_not(&incident, "x1", step(TransferStep::Lapsed, offer, "")).await;
        assert_eq!(lapsed, "frame.from_hub_only");
    }
    let safe = Body::Progress(frame::Progress { step: ProgressStep::SceneSafe.into(), part: 2, ..Default::default() });
    assert_eq!(grid.may_not(&incident, "g1", safe).await, "authority.agency", "the police command the scene");
    let taken = frame::Supplement { source: "police110".to_owned(), reference: "J1".to_owned(), text: "改口".to_owned() };
    assert_eq!(grid.may_not("", "g1", Body::Supplement(taken.clone())).await, "frame.source");
    assert_eq!(grid.may_not(&incident, "g1", Body::Supplement(taken)).await, "frame.source", "nor by the incident's id");

    // A matter that the grid has alone is not there for the police.
    let alone = grid.does("", "g1", Body::Report(line::report("gridplatform", "G1", "井盖松动"))).await;
    let note = Body::Note(frame::Note { words: "看一眼".to_owned() });
    assert_eq!(police.may_not(&alone, "p1", note).await, "frame.no_incident");
    assert_eq!(police.may_not(&alone, "p1", Body::Closed(frame::Closed {})).await, "frame.no_incident");
    both.town.close().await;
}

over_both_ways!(
    a_call_goes_to_the_grid_which_returns_it_or_lets_it_lapse,
    a_grid_matter_goes_to_the_police_and_is_recalled_by_who_watches,
    a_further_call_about_the_same_danger_alerts_both,
    a_partner_speaks_for_itself_alone,
);
