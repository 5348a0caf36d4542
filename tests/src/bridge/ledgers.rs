//! The ledgers of both sides, as the command line prints them, laid beside each other frame by frame.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    path::Path,
    process::Command,
};

use serde_json::Value;

use crate::child;

/// One frame of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) number: u64,
    pub(crate) digest: String,
    pub(crate) kind: String,
    /// It is on the other side's disk.
    pub(crate) there: bool,
    /// What the hub made of a partner's frame; empty for others.
    pub(crate) outcome: String,
    /// Why it was refused or wrong.
    pub(crate) code: String,
}

/// What one side has on record, by who sent it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) partners: Vec<Frame>,
    pub(crate) hubs: Vec<Frame>,
}

/// The values that a command of the hub prints, one a line.
pub(crate) fn values(arguments: &[&OsStr]) -> Result<Vec<Value>, String> {
    let out = Command::new(child::binary()).args(arguments).output().expect("the hub runs");
    if !out.status.success() {
        return Err(String::from_utf8_lossy(&out.stderr).into_owned());
    }
    let text = String::from_utf8(out.stdout).expect("text");
    Ok(text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect())
}

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

fn frame(row: &Value, there: bool) -> Frame {
    let number = row["number"].as_u64().expect("a number");
    Frame {
        number,
        digest: text(row, "digest"),
        kind: text(row, "kind"),
        there,
        outcome: text(row, "outcome"),
        code: text(row, "code"),
    }
}

/// The hub's, of a running hub or of its data; `place` are the options that lead there.
pub(crate) fn of_hub(partner: &str, place: &[&OsStr]) -> Result<Ledger, String> {
    let mut ledger = Ledger::default();
    for row in values(&[&["links", "ledger", partner, "--json"].map(OsStr::new)[..], place].concat())? {
        if row["ours"] == true {
            ledger.hubs.push(frame(&row, row["reach"] == "delivered"));
        } else {
            ledger.partners.push(frame(&row, true));
        }
    }
    Ok(ledger)
}

/// A simulator's. Its chain is whole in both directions, or this fails.
pub(crate) fn of_simulator(state: &Path) -> Ledger {
    let mut ledger = Ledger::default();
    for row in values(&["simulate".as_ref(), "ledger".as_ref(), state.as_os_str(), "--json".as_ref()]).expect("a ledger") {
        let frames = if row["ours"] == true { &mut ledger.partners } else { &mut ledger.hubs };
        let last = frames.last().map_or(0, |frame: &Frame| frame.number);
        assert_eq!(row["previous"], last, "the chain is broken before {row}");
        frames.push(frame(&row, row["committed"] == true));
    }
    ledger
}

/// Nothing is under way: each side has all of the other's frames, and knows that the other has all of its own. Else what is missing.
pub(crate) fn settled(hub: &Ledger, partner: &Ledger) -> Result<(), String> {
    let known = |frames: &[Frame]| frames.iter().filter(|frame| frame.there).count();
    let counts = [
        ("the partner's frames", partner.partners.len(), hub.partners.len(), known(&partner.partners)),
        ("the hub's frames", hub.hubs.len(), partner.hubs.len(), known(&hub.hubs)),
    ];
    let open = counts.iter().filter(|(_, sent, came, known)| sent != came || sent != known);
    let open: Vec<_> =
        open.map(|(what, sent, came, known)| format!("{what}: {sent} sent, {came} came, {known} known to have come")).collect();
    if open.is_empty() { Ok(()) } else { Err(open.join("; ")) }
}

/// As far as both have a frame it is the same one, and nobody has one that the other never sent.
pub(crate) fn agree(who: &str, hub: &Ledger, partner: &Ledger) {
    same(&format!("{who}: the partner's frames"), &partner.partners, &hub.partners);
    same(&format!("{who}: the hub's frames"), &hub.hubs, &partner.hubs);
}

fn same(what: &str, sent: &[Frame], came: &[Frame]) {
    for frames in [sent, came] {
        let doubled = frames.windows(2).find(|pair| pair[0].number >= pair[1].number);
        assert!(doubled.is_none(), "{what}: a number comes twice or back: {doubled:?}");
    }
    for (sent, came) in sent.iter().zip(came) {
        let (ours, theirs) = ((sent.number, &sent.digest), (came.number, &came.digest));
        assert_eq!(ours, theirs, "{what} differ: sent {sent:?}, came {came:?}");
    }
    assert!(came.len() <= sent.len(), "{what}: {:?} was never sent", came.get(sent.len()));
}

/// No record is there twice, and each report of a source opened one incident.
pub(crate) fn once_each(who: &str, records: &[Value]) {
    let (mut ids, mut reports) = (BTreeSet::new(), BTreeMap::new());
    for record in records {
        assert!(ids.insert(record["id"].to_string()), "{who}: the record {} is there twice", record["id"]);
        if record["type"] == "incident.received" {
            let report = &record["data"]["report"];
            let before = reports.insert((report["source"].to_string(), report["reference"].to_string()), &record["subject"]);
            assert_eq!(before, None, "{who}: {report} opened {}, too", record["subject"]);
        }
    }
    assert!(!reports.is_empty(), "{who}: something was told");
}
