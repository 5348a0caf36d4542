//! The town as a user runs it, by the built binary: it lives over both ways, refuses little, and goes on where it was.

use std::{collections::BTreeMap, ffi::OsStr, path::Path};

use serde_json::Value;

use super::{
    both::PARTNERS,
    ledgers::{self, Frame, Ledger},
};
use crate::child;

/// How often the town is started at most; a busy machine lives less in its hours.
const TIMES: u32 = 6;
/// Of a hundred frames of partners, how many the rules may refuse, and how many may come too late.
const REFUSED: usize = 5;
/// Why an answer is not taken that comes after the offer lapsed.
const LATE: &str = "frame.no_incident";
/// What happens in some hours of any town, whatever the way; what comes a few times a day is played in `day.rs`.
const KINDS: &[&str] = &[
    "incident.received",
    "incident.accepted",
    "incident.routed",
    "incident.order_issued",
    "incident.order_delivered",
    "incident.order_signed",
    "incident.unit_en_route",
    "incident.unit_on_scene",
    "incident.part_finished",
    "incident.transfer_offered",
    "incident.transfer_delivered",
    "incident.transfer_accepted",
    "incident.self_handled",
    "incident.answered",
    "incident.closed",
    "incident.numbered",
    "partner.connected",
    "partner.received",
    "partner.committed",
];
/// Of these at least one: an offer is sent back, or nobody answers it.
const NOT_TAKEN: [&str; 2] = ["incident.transfer_returned", "incident.transfer_lapsed"];

/// A town, and the options that lead to it.
struct Living<'a> {
    data: &'a Path,
    way: &'a str,
    journal: Vec<String>,
}

impl Living<'_> {
    fn place(&self) -> Vec<&OsStr> {
        let data = ["--data".as_ref(), self.data.as_os_str()];
        data.into_iter().chain(self.journal.iter().map(OsStr::new)).collect()
    }

    /// Runs it for some seconds; the board at its end.
    fn runs(&self, seconds: &str) -> Value {
        let options = ["demo", "--speed", "1200", "--seconds", seconds, "--seed", "5", "--json", "--bridge", self.way];
        let told = ledgers::values(&[options.map(OsStr::new).to_vec(), self.place()].concat());
        told.unwrap_or_else(|why| panic!("over a {} the town does not live: {why}", self.way)).pop().expect("the board")
    }

    fn records(&self) -> Vec<Value> {
        let options = ["follow", "--once", "--json"].map(OsStr::new).to_vec();
        let told = ledgers::values(&[options, self.place()].concat()).expect("the journal is readable");
        told.into_iter().map(|mut fact| fact["record"].take()).collect()
    }

    /// Position and digest, as the command line folds them.
    fn digest(&self) -> (u64, String) {
        let options = ["digest", "--json"].map(OsStr::new).to_vec();
        let told = ledgers::values(&[options, self.place()].concat()).expect("a digest").pop().expect("one line");
        (told["position"].as_u64().expect("a position"), told["digest"].as_str().expect("a digest").to_owned())
    }

    fn ledgers(&self, partner: &str) -> (Ledger, Ledger) {
        let hub = ledgers::of_hub(partner, &self.place()).expect("a ledger");
        (hub, ledgers::of_simulator(&self.data.join("partners").join(partner)))
    }

    /// Lives three hours at a time, stopped and gone on with, until everything has happened.
    fn lives_and_goes_on(&self) {
        let mut before = 0;
        for times in 1.. {
            let board = self.runs("10");
            let incidents = board["incidents"].as_u64().expect("a number");
            assert!(incidents > before, "over a {}, nothing new came after {before} incidents", self.way);
            before = incidents;
            let records = self.records();
            ledgers::once_each(self.way, &records);
            let live = self.digest();
            // The links are cut after the last board is drawn, and that is on record.
            assert!(board["position"].as_u64() <= Some(live.0), "{board} is ahead of the journal, which ends at {}", live.0);
            let kinds = counted(&records);
            let mut missing: Vec<_> = KINDS.iter().filter(|kind| !kinds.contains_key(**kind)).collect();
            if !NOT_TAKEN.iter().any(|kind| kinds.contains_key(*kind)) {
                missing.extend(&NOT_TAKEN);
            }
            if times >= 2 && missing.is_empty() {
                return self.is_whole(&live);
            }
            assert!(times < TIMES, "over a {}, {missing:?} never happened: {kinds:#?}", self.way);
        }
    }

    fn is_whole(&self, live: &(u64, String)) {
        self.links_are_whole();
        std::fs::remove_dir_all(self.data.join("store")).expect("the snapshots lie in store/");
        assert_eq!(self.digest(), *live, "rebuilt without a snapshot the board is another");
    }

    /// The ledgers agree as far as both sides came, and little was refused, nothing wrong.
    fn links_are_whole(&self) {
        for partner in PARTNERS {
            let (hub, its) = self.ledgers(partner);
            ledgers::agree(&format!("{partner} over a {}", self.way), &hub, &its);
            // Who answers an offer that has lapsed is told what everybody is told of a matter that is none of theirs.
            let late = |frame: &&Frame| frame.code == LATE;
            let all = hub.partners.len();
            let said = |outcome: &str| hub.partners.iter().filter(|frame| frame.outcome == outcome && !late(frame)).collect();
            let (refused, wrong): (Vec<_>, Vec<_>) = (said("refused"), said("wrong"));
            let (refused, late) = (refused.len(), hub.partners.iter().filter(late).count());
            eprintln!("{} {partner}: {all} frames in, {refused} refused, {late} late, {} out", self.way, its.hubs.len());
            assert!(all > 50 && its.hubs.len() > 50, "{partner} had something to say and to hear");
            assert!(wrong.is_empty(), "{partner} says what cannot be: {wrong:?}");
            assert!(refused.max(late) * 100 < all * REFUSED, "{refused} and {late} late of {all} frames of {partner} were refused");
        }
    }
}

fn counted(records: &[Value]) -> BTreeMap<&str, usize> {
    let mut kinds = BTreeMap::new();
    for record in records {
        *kinds.entry(record["type"].as_str().expect("a kind")).or_default() += 1;
    }
    kinds
}

fn embedded(way: &str) {
    child::binary();
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("town");
    Living { data: &data, way, journal: Vec::new() }.lives_and_goes_on();
}

#[test]
fn the_town_lives_over_a_stream_and_goes_on() {
    embedded("stream");
}

#[test]
fn the_town_lives_over_a_ferry_and_goes_on() {
    embedded("ferry");
}

#[test]
fn the_town_lives_over_a_ferry_on_a_nats_server_and_goes_on() {
    let (server, folder) = (testkit::nats::Server::synced(), tempfile::tempdir().expect("a folder"));
    let journal = vec!["--journal".to_owned(), server.url(), "--monitor".to_owned(), server.monitor()];
    Living { data: folder.path(), way: "ferry", journal }.lives_and_goes_on();
}
