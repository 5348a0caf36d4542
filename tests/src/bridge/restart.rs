//! Either side restarts in the middle of a conversation: nothing is lost, nothing is doubled, and both ledgers agree.

use std::time::{Duration, Instant};

use hub::roads::Roads;
use runtime::Clock;
use wire::v1::{self, OrderStep, TransferStep, partner_frame as frame, partner_frame::Body};

use super::{
    both::{Both, over_both_ways},
    line::{self, Way},
    peer::Peer,
    quay::Quay,
};
use crate::{
    child::{self, Hub, Log},
    town::why,
};

/// The police take a call, send a car, and ask the grid to assist; nobody waits for an answer.
async fn speaks(police: &mut Peer, round: usize) {
    let reference = format!("J{round}");
    let own = vec![v1::FormNumber { form: v1::Form::Intake.into(), number: reference.clone(), part: 0 }];
    let order = frame::Order {
        step: OrderStep::Issued.into(),
        unit: format!("car/{round}"),
        category: "police/dispute".to_owned(),
        priority: 2,
        ..frame::Order::default()
    };
    let assist = frame::Transfer {
        step: TransferStep::Offered.into(),
        to: "grid".to_owned(),
        reason: why("transfer.duty"),
        ..frame::Transfer::default()
    };
    let report = line::report("police110", &reference, "两户争吵");
    for body in [Body::Report(report), Body::Order(order), Body::Transfer(assist)] {
        let mut frame = police.frame("", "p1", body);
        frame.numbers.clone_from(&own);
        // A hub that is gone hears it when it is back.
        police.say(frame).await;
    }
}

async fn whoever_restarts_nothing_is_lost_or_doubled(way: Way) {
    let mut both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    let mut grid = both.peer("gridplatform", 0, 0).await;
    for round in 0..6 {
        speaks(&mut police, round).await;
        if round % 2 == 0 {
            // Some of it is heard, and the last of that is not committed.
            police.commits = false;
            police.hear().await;
            police.commits = true;
        }
        if round % 3 != 1 {
            both = both.restarted().await;
        }
        if round % 3 != 0 || way == Way::Stream {
            police = both.back("police110", police).await;
            grid = both.back("gridplatform", grid).await;
        }
        police.resend().await;
        let last = police.number;
        let (receipt, _) = police.receipt(last).await;
        assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken, "round {round}: {receipt:?}");
        let offered = grid.until(|body| matches!(body, Body::Transfer(_))).await;
        let Some(Body::Transfer(transfer)) = &offered.body else { panic!("{offered:?}") };
        let accepted = frame::Transfer { step: TransferStep::Accepted.into(), transfer: transfer.transfer, ..Default::default() };
        grid.does(&offered.incident_id, "g1", Body::Transfer(accepted)).await;
    }
    both.agrees("police", &mut police).await;
    both.agrees("grid", &mut grid).await;
    let (police, grid) = (both.link("police").await, both.link("grid").await);
    assert_eq!((police.taken, police.known, police.refused, police.wrong), (18, 0, 0, 0));
    assert_eq!((grid.taken, grid.known, grid.refused, grid.wrong), (6, 0, 0, 0));
    assert!(police.up && grid.up);
    both.town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_lost_its_disk_is_told_everything_again_byte_for_byte() {
    let both = Both::open(Way::Stream, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    for round in 0..2 {
        speaks(&mut police, round).await;
    }
    police.receipt(6).await;
    let (said, heard) = (police.said.clone(), police.heard.clone());
    drop(police);
    let mut police = both.peer("police110", 6, 0).await;
    police.said = said;
    police.has_up_to(heard.last().expect("six receipts").number).await;
    assert_eq!(police.heard, heard);
    both.agrees("police", &mut police).await;
    both.town.close().await;
}

/// Settings of a child that speaks to the grid platform by files.
pub(crate) fn by_files(folder: &std::path::Path, quays: &[(&str, &Quay)]) -> std::path::PathBuf {
    let mut text = String::from("[journal]\nsegment_bytes = 1048576\n");
    for (partner, quay) in quays {
        let file = |name: &str| quay.file(name).display().to_string();
        text.push_str(&format!(
            "[[bridge]]\npartner = {partner:?}\nbeat_seconds = 1\nsilence_seconds = 3\n[bridge.ferry]\ninbox = {:?}\noutbox = {:?}\n\
             key = {:?}\npartner_key = {:?}\nresend_seconds = 1\n",
            file("to-hub"),
            file("from-hub"),
            file("hub.key"),
            file("partner.pub"),
        ));
    }
    let file = folder.join("hub.toml");
    std::fs::write(&file, text).expect("a writable folder");
    file
}

/// The police's link, as the operator of that process sees it.
async fn link(hub: &Hub, data: &std::path::Path) -> v1::Link {
    let operator = runtime::identity::operator_token(data).expect("the operator's token is there");
    let mut links = Roads::connect(&hub.uri, &operator).await.expect("the hub answers").links;
    let answer = links.list_links(v1::ListLinksRequest::default()).await.expect("links").into_inner();
    answer.links.into_iter().next().expect("one link")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_hub_goes_on_with_its_partner_and_shows_the_link_down_until_then() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let quay = Quay::new(folder.path(), "police110");
    let config = by_files(folder.path(), &[("police110", &quay)]);
    let start = || Hub::spawn(child::serve(&data, Some(&config)), Log::Aside);
    let mut hub = start();
    let mut police = Peer::ferried(&quay, "police110", 0, 0);
    for round in 0..3 {
        speaks(&mut police, round).await;
        police.hear().await;
        // What it heard may be a killed hub's: this one knows of it once it has read what it said.
        let begun = Instant::now();
        while !link(&hub, &data).await.up {
            assert!(begun.elapsed() < Duration::from_secs(10), "the partner spoke, and the link is down");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // What lies unread would be read after the kill, and show that the partner is there.
        while quay.waiting() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        hub.kill();
        hub = start();
        let shown = link(&hub, &data).await;
        assert!(!shown.up && shown.why == "stopped", "nobody has been heard since the kill: {shown:?}");
        police.resend().await;
        let last = police.number;
        let (receipt, _) = police.receipt(last).await;
        assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken, "{receipt:?}");
    }
    // The last receipt may lie in a file of the killed hub's: what the partner said since is read in a moment.
    while quay.waiting() > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let link = link(&hub, &data).await;
    assert_eq!((link.received, link.taken, link.up), (9, 9, true), "each once: {link:?}");
    hub.stop();
}

over_both_ways!(whoever_restarts_nothing_is_lost_or_doubled);
