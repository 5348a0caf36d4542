//! Links that fall silent, are replaced, or break: shown as they are, and gone on with.

use std::time::{Duration, Instant};

use runtime::Clock;
use tonic::Code;
use wire::v1::{self, exchange_request::What, partner_frame as frame, partner_frame::Body};

use super::{
    both::{Both, over_both_ways},
    line::{self, Line, Way},
};
use crate::town::{code, report};

/// The silence that the test's hub bears, and one beat.
const SILENCE: Duration = Duration::from_secs(4);

async fn a_silent_partner_is_shown_down_until_it_speaks_again(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    let mut grid = both.peer("gridplatform", 0, 0).await;
    police.does("", "p1", Body::Report(line::report("police110", "J1", "两户争吵"))).await;
    let before = both.link("police").await;
    assert!(before.up && before.why.is_empty() && before.received_at.is_some(), "{before:?}");
    let expected = if way == Way::Stream { v1::Transport::Stream } else { v1::Transport::Ferry };
    assert_eq!(before.transport(), expected);

    // It keeps its connection and says nothing; the other one goes on.
    let begun = Instant::now();
    let mut down = both.link("police").await;
    for nth in 0.. {
        assert!(begun.elapsed() < SILENCE + Duration::from_secs(3), "it is still shown up: {down:?}");
        grid.does("", "g1", Body::Report(line::report("gridplatform", &format!("G{nth}"), "井盖松动"))).await;
        down = both.link("police").await;
        if !down.up {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(begun.elapsed() > Duration::from_secs(2), "not at once");
    assert_eq!(down.why, "silent");
    let millis = |link: &v1::Link| wire::time::millis(&link.since.expect("it says since when")).expect("a time");
    assert!(millis(&down) > millis(&before), "since then");
    let desk = both.town.desk("centre", "grid", crate::town::DISTRICT, &[v1::Role::Dispatcher]).await;
    let shown = desk.roads.clone().links.list_links(v1::ListLinksRequest::default()).await.expect("any seat").into_inner();
    let ups: Vec<_> = shown.links.iter().map(|link| (link.agency.as_str(), link.up)).collect();
    assert_eq!(ups, [("grid", true), ("police", false)], "a seat's banner");

    if way == Way::Stream {
        police = both.back("police110", police).await;
    }
    police.does("", "p1", Body::Report(line::report("police110", "J2", "又吵起来"))).await;
    let again = both.link("police").await;
    assert!(again.up && again.why.is_empty() && millis(&again) > millis(&down), "{again:?}");
    both.agrees("police", &mut police).await;
    both.town.close().await;
}

over_both_ways!(a_silent_partner_is_shown_down_until_it_speaks_again);

#[tokio::test(flavor = "multi_thread")]
async fn a_second_connection_takes_the_place_of_the_first() {
    let both = Both::open(Way::Stream, Clock::system()).await;
    let mut first = both.peer("police110", 0, 0).await;
    first.does("", "p1", Body::Report(line::report("police110", "J1", "两户争吵"))).await;
    let mut second = both.peer("police110", 1, first.has).await;
    let ended = loop {
        match first.line.hear().await {
            Ok(_) => {}
            Err(status) => break status,
        }
    };
    assert_eq!(ended.code(), Code::Unavailable, "{ended:?}");
    second.said.clone_from(&first.said);
    second.heard.clone_from(&first.heard);
    let frame = second.frame("", "p1", Body::Report(line::report("police110", "J2", "有人倒地")));
    first.line.say(What::Frame(frame.clone())).await;
    let (receipt, _) = second.tell_frame(frame).await;
    assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken);
    both.agrees("police", &mut second).await;
    let link = both.link("police").await;
    assert_eq!((link.up, link.received, link.taken), (true, 2, 2));
    both.town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_large_ends_its_connection_and_says_so() {
    let both = Both::open(Way::Stream, Clock::system()).await;
    let mut grid = both.peer("gridplatform", 0, 0).await;
    let mut police = both.peer("police110", 0, 0).await;
    police.does("", "p1", Body::Report(line::report("police110", "J1", "两户争吵"))).await;
    let giant = frame::Note { words: "水".repeat(1_500_000) };
    let giant = police.frame("", "p1", Body::Note(giant));
    police.line.say(What::Frame(giant)).await;
    let ended = loop {
        match police.line.hear().await {
            Ok(_) => {}
            Err(status) => break status,
        }
    };
    assert_eq!((ended.code(), code(&ended).as_str()), (Code::InvalidArgument, "request.field"), "{ended:?}");
    assert!(ended.message().contains("4 MiB"), "{ended:?}");

    // It says something shorter under that number, and goes on.
    let mut police = both.back("police110", police).await;
    police.number = 1;
    police.does("", "p1", Body::Report(line::report("police110", "J2", "有人倒地"))).await;
    both.agrees("police", &mut police).await;
    grid.does("", "g1", Body::Report(line::report("gridplatform", "G1", "井盖松动"))).await;
    both.town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_takes_nobody_s_place() {
    let both = Both::open(Way::Stream, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    let stranger = v1::Hello { district: crate::town::DISTRICT.to_owned(), committed: 0, version: 0 };
    let (uri, tls) = (both.town.bridge("police110"), line::tls(&both.certs, "police110"));
    let refused = Line::connect(&uri, tls, stranger).await.map(|_| ()).expect_err("version 0 is no version");
    assert_eq!(refused.code(), Code::InvalidArgument);
    police.does("", "p1", Body::Report(line::report("police110", "J1", "两户争吵"))).await;
    let desk = both.town.desk("police-1", "police", crate::town::DISTRICT, &[v1::Role::CallTaker]).await;
    desk.report(report("police110", "J7", "有人吵架")).await.expect("seats go on");
    both.town.close().await;
}
