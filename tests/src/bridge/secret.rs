//! What a partner may not see is in no byte that it gets, in no log, and it cannot ask for it.

use hub::roads::Roads;
use runtime::Clock;
use serde_json::json;
use wire::{
    Message as _,
    v1::{self, Class, OrderStep, TransferStep, partner_frame as frame, partner_frame::Body},
};

use super::{
    both::{Both, over_both_ways},
    line::{self, Way},
    peer::Peer,
    quay::Quay,
    restart::by_files,
};
use crate::{
    child::{self, Hub, Log},
    town::{Desk, record, why},
};

/// Planted in the police's words: a sentence, a name, a phone, an address.
const PLANTED: [&str; 4] = ["持刀威胁邻居家的狗", "欧阳端木", "13912345678", "紫金路88号3栋1204室"];

fn call(reference: &str) -> frame::Report {
    let [sentence, name, phone, address] = PLANTED.map(str::to_owned);
    let text = format!("{name}称有人{sentence}，电话{phone}，在{address}");
    let reporter = Some(v1::Reporter { name, phone, id_number: String::new() });
    frame::Report { reporter, address, ..line::report("police110", reference, &text) }
}

fn order(unit: &str) -> Body {
    Body::Order(frame::Order {
        step: OrderStep::Issued.into(),
        unit: unit.to_owned(),
        category: "police/dispute".to_owned(),
        priority: 2,
        ..frame::Order::default()
    })
}

fn transfer(step: TransferStep, to: &str) -> frame::Transfer {
    frame::Transfer { step: step.into(), to: to.to_owned(), reason: why("transfer.duty"), ..frame::Transfer::default() }
}

/// The police take a call with planted words, work on it, add to it, and ask the grid for help, who helps.
async fn worked_on_together(police: &mut Peer, grid: &mut Peer) {
    let incident = police.does("", "p1", Body::Report(call("J1"))).await;
    police.does(&incident, "p1", order("car/3")).await;
    let mut assist = transfer(TransferStep::Offered, "grid");
    assist.words = PLANTED.join("，");
    police.does(&incident, "p1", Body::Transfer(assist)).await;
    let offered = grid.until(|body| matches!(body, Body::Transfer(_))).await;
    let Some(Body::Transfer(asked)) = &offered.body else { panic!("{offered:?}") };
    let accepted = frame::Transfer { transfer: asked.transfer, ..transfer(TransferStep::Accepted, "") };
    grid.does(&incident, "g1", Body::Transfer(accepted)).await;
    let more = frame::Supplement { source: "police110".to_owned(), reference: "J1".to_owned(), text: PLANTED.join("；") };
    police.does(&incident, "p1", Body::Supplement(more)).await;
    police.does(&incident, "p1", Body::Note(frame::Note { words: PLANTED.join("。") })).await;
    let amended = frame::FormAmended { words: PLANTED.join("、") };
    police.does(&incident, "p1", Body::FormAmended(amended)).await;
    // Behind all of that: what the grid has not heard by now it does not hear.
    grid.does("", "g1", Body::Report(line::report("gridplatform", "G1", "井盖松动"))).await;
    assert!(grid.heard.iter().any(|frame| matches!(frame.body, Some(Body::Supplement(_)))), "it hears that there is more");
    assert!(grid.heard.iter().any(|frame| matches!(frame.body, Some(Body::Note(_)))), "and that something was noted");
}

/// Which of the planted words stand in these bytes.
fn planted_in(bytes: &[u8]) -> Vec<&'static str> {
    let within = |word: &&str| bytes.windows(word.len()).any(|some| some == word.as_bytes());
    PLANTED.into_iter().filter(within).collect()
}

async fn police_words_are_in_no_byte_that_the_grid_gets(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    let mut grid = both.peer("gridplatform", 0, 0).await;
    grid.beats();
    worked_on_together(&mut police, &mut grid).await;
    let said: Vec<u8> = police.said.iter().flat_map(v1::PartnerFrame::encode_to_vec).collect();
    assert_eq!(planted_in(&said), PLANTED, "the police said all of it");
    for frame in &grid.heard {
        assert_eq!(planted_in(&frame.encode_to_vec()), [""; 0], "{frame:?}");
    }
    both.agrees("grid", &mut grid).await;
    both.town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn police_words_are_in_no_log_no_file_and_no_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (to_police, to_grid) = (Quay::new(folder.path(), "police110"), Quay::new(folder.path(), "gridplatform"));
    let config = by_files(folder.path(), &[("police110", &to_police), ("gridplatform", &to_grid)]);
    let log = folder.path().join("log");
    let mut serve = child::serve(&data, Some(&config));
    serve.env("HUB_LOG", "trace");
    let hub = Hub::spawn(serve, Log::File(&log));
    let mut police = Peer::ferried(&to_police, "police110", 0, 0);
    let mut grid = Peer::ferried(&to_grid, "gridplatform", 0, 0);
    worked_on_together(&mut police, &mut grid).await;
    // A frame that is wrong, too: what is wrong with it is logged, what it says is not.
    let elsewhere = frame::Report { area: "320102".to_owned(), ..call("J2") };
    assert_eq!(police.may_not("", "p1", Body::Report(elsewhere)).await, "frame.other_district");
    hub.stop();
    assert!(std::fs::metadata(&log).expect("a log").len() > 0, "it logs");
    let mut files = crate::house::files(&data, "");
    files.push(log);
    files.extend(crate::house::files(&to_grid.file("from-hub"), ""));
    assert!(files.len() > 5, "{files:?}");
    for file in files {
        let bytes = std::fs::read(&file).expect("a readable file");
        assert_eq!(planted_in(&bytes), [""; 0], "{}", file.display());
    }
}

async fn a_protected_matter_does_not_exist_for_the_other_partner(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    let mut grid = both.peer("gridplatform", 0, 0).await;
    grid.beats();
    let protected = frame::Report { class: Class::S.into(), ..call("J1") };
    let incident = police.does("", "p1", Body::Report(protected)).await;
    police.does(&incident, "p1", order("car/3")).await;
    let finished = frame::Finished { outcome: v1::Outcome::Solved.into(), words: PLANTED.join("，"), ..Default::default() };
    let signed = frame::Order { step: OrderStep::Signed.into(), unit: "car/3".to_owned(), ..frame::Order::default() };
    police.does(&incident, "p1", Body::Order(signed)).await;
    police.does(&incident, "p1", Body::Finished(finished)).await;

    // It asks about it by its id, which it might guess, and about one that nobody has.
    let nobody = "00000000-0000-4000-8000-000000000000";
    let mut answers = Vec::new();
    for id in [&incident, nobody] {
        for body in [
            Body::Note(frame::Note { words: "是什么事".to_owned() }),
            Body::Alert(frame::Alert { flags: vec![v1::Flag::Weapon.into()], class: 0 }),
            Body::Finished(frame::Finished { outcome: v1::Outcome::Solved.into(), ..Default::default() }),
        ] {
            let (mut receipt, about) = grid.tell(id, "g1", body).await;
            assert_eq!((receipt.outcome(), about.as_str()), (v1::FrameOutcome::Wrong, id), "{receipt:?}");
            receipt.number = 0;
            answers.push(receipt);
        }
    }
    assert_eq!(answers[..3], answers[3..], "it is told the same of both");
    assert_eq!(answers[0].code, "frame.no_incident");
    assert!(grid.heard.iter().all(|frame| matches!(frame.body, Some(Body::Receipt(_))) && frame.situation.is_none()));
    let ledger = both.ledger("grid").await;
    assert!(ledger.iter().all(|row| !row.ours || row.kind == "receipt"), "{ledger:?}");
    assert!(grid.heard.iter().all(|frame| planted_in(&frame.encode_to_vec()).is_empty()));
    both.town.close().await;
}

async fn what_the_police_read_of_a_grid_report_is_on_record(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    let mut grid = both.peer("gridplatform", 0, 0).await;
    police.beats();
    let said = frame::Report { source: "gridplatform".to_owned(), ..call("G1") };
    let incident = grid.does("", "g1", Body::Report(said)).await;
    grid.does(&incident, "g1", Body::Accepted(frame::Accepted { category: "city/01001".to_owned(), priority: 2 })).await;
    let offer = frame::Transfer { lead: true, ..transfer(TransferStep::Offered, "police") };
    grid.does(&incident, "g1", Body::Transfer(offer)).await;
    let offered = police.until(|body| matches!(body, Body::Transfer(_))).await;
    assert_eq!(planted_in(&offered.encode_to_vec()), PLANTED, "what is handed over to the police they read whole");
    let item = offered.item.expect("by the catalogue");
    assert_eq!((item.code.as_str(), item.catalogue.is_empty()), ("GP-01", false));

    let operator = Desk::on(both.town.operator().await, "operator", "");
    let looks = revealed(&operator, &both.town.operator().await).await;
    let [look] = looks.as_slice() else { panic!("one report, one look: {looks:?}") };
    assert_eq!((&look["actor"], &look["data"]["seat"]), (&json!("machine/police110"), &json!("police110")));
    assert_eq!((&look["data"]["incident"], &look["data"]["purpose"]), (&json!(incident), &json!("handling")));
    assert_eq!(look["data"]["fields"], json!(["text", "name", "phone", "address"]));
    // Asked for again, it is the same look.
    both.ledger("police").await;
    assert_eq!(revealed(&operator, &both.town.operator().await).await.len(), 1);
    both.town.close().await;
}

/// The records of all looks at sealed words.
async fn revealed(desk: &Desk, roads: &Roads) -> Vec<serde_json::Value> {
    let head = roads.clone().audit.head(v1::HeadRequest::default()).await.expect("a head").into_inner().position;
    let frames = desk.frames(1, head).await;
    let records = frames.iter().flat_map(|frame| &frame.facts).map(record);
    records.filter(|record| record["type"] == "access.revealed").collect()
}

over_both_ways!(
    police_words_are_in_no_byte_that_the_grid_gets,
    a_protected_matter_does_not_exist_for_the_other_partner,
    what_the_police_read_of_a_grid_report_is_on_record,
);
