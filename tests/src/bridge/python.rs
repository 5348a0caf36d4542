//! A partner as a stranger builds it: a Python system that knows the published language alone.
//!
//! It is `tests/python/partner.py`. Its connection is dropped in the middle, again and again; what it says that it heard is
//! held against the hub's ledger.

use std::process::Command;

use runtime::Clock;
use serde_json::{Value, json};
use wire::v1;

use super::{both::Both, line::Way};
use crate::{house, python::python};

/// Calls that it works on, five frames each.
const CALLS: u64 = 4;

/// One life of the partner; what it saw.
async fn lives(both: &Both, cut: Option<usize>) -> Value {
    let address = both.town.bridge("police110");
    let folder = both.certs.file("");
    let mut partner = Command::new(python());
    partner.arg(house::root().join("tests/python/partner.py"));
    partner.args(["--hub", address.strip_prefix("https://").expect("plain text"), "--calls", &CALLS.to_string()]);
    partner.arg("--folder").arg(&folder).arg("--state").arg(folder.join("state.json"));
    if let Some(cut) = cut {
        partner.args(["--cut", &cut.to_string()]);
    }
    let ended = tokio::task::spawn_blocking(move || partner.output().expect("Python starts")).await.expect("it does not panic");
    assert!(ended.status.success(), "{}: {}", ended.status, String::from_utf8_lossy(&ended.stderr));
    serde_json::from_slice(&ended.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&ended.stdout)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_of_the_published_language_alone_is_cut_off_and_gets_nothing_twice() {
    let mut both = Both::open(Way::Stream, Clock::system()).await;
    let mut heard = Vec::new();
    let mut receipts = serde_json::Map::new();
    // After its very first frame, in the middle of a call, with a restart of the hub between, and then to the end.
    for cut in [Some(1), Some(3), Some(7), None] {
        let seen = lives(&both, cut).await;
        assert_eq!(seen["ended"], json!(cut.is_none()), "{seen}");
        assert_eq!(seen["again"], 0, "a connection brings nothing again that it has: {seen}");
        heard.extend(seen["heard"].as_array().expect("frames").clone());
        receipts.extend(seen["receipts"].as_object().expect("receipts").clone());
        if cut == Some(3) {
            both = both.restarted().await;
        }
    }
    assert_eq!(receipts.len() as u64, 5 * CALLS, "{receipts:?}");
    assert!(receipts.values().all(|receipt| receipt[0] == "FRAME_OUTCOME_TAKEN"), "{receipts:?}");
    let ledger = both.ledger("police").await;
    let told: Vec<_> = ledger.iter().filter(|row| row.ours).map(|row| json!([row.number, row.kind])).collect();
    assert_eq!(heard[..], told[..heard.len()], "each once, in order, over all its lives");
    let said: Vec<_> = ledger.iter().filter(|row| !row.ours).map(|row| row.number).collect();
    assert_eq!(said, (1..=5 * CALLS).collect::<Vec<_>>());
    let link = both.link("police").await;
    assert_eq!((link.taken, link.known, link.refused, link.wrong), (5 * CALLS, 0, 0, 0));
    assert_eq!(link.transport(), v1::Transport::Stream);
    both.town.close().await;
}
