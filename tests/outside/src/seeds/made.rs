//! Makes the seeds: out of the shipped samples of facts, the sample policies, frames of every kind, and short files of rows.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use journal::{
    Decision, Draft, Embedded, Envelope, Journal as _, Options, Subject, Write,
    embedded::{disk::Disk as _, sim::SimDisk},
};
use serde_json::value::RawValue;

use crate::segment::{INDEX, MENDED, NEXT};

mod frames;

const AT: i64 = 1_783_500_000_000;

/// The seeds of a target: names and bytes.
pub(super) fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    match target {
        "segment" => segments(),
        "record" => records(),
        "partner" => frames::seeds(),
        "rows" => rows(),
        "policy" => policies(),
        other => panic!("no seeds are made for {other}"),
    }
}

/// The shipped samples with every field, by type.
fn goldens() -> Vec<(String, String)> {
    let folder = super::fuzz().join("../../libs/domain/goldens");
    let text = |bytes| String::from_utf8(bytes).expect("a sample is text").trim_end().to_owned();
    let files = super::files(&folder).into_iter().filter(|(name, _)| !name.ends_with(".min.json"));
    files.map(|(name, bytes)| (name.trim_end_matches(".json").to_owned(), text(bytes))).collect()
}

fn subject(kind: &str) -> Subject {
    let text = match kind.split_once('.') {
        Some(("incident", _)) => "incident/00000000-0000-0000-0000-000000000001".to_owned(),
        Some(("partner", _)) => "partner/police".to_owned(),
        about => format!("{}/one", about.map_or("", |(about, _)| about)),
    };
    Subject::new(&text).expect("a subject")
}

fn draft(command: &str, nth: u64, kind: &str, subject: &Subject, version: u64, data: &str) -> Draft {
    let data = RawValue::from_string(data.to_owned()).expect("JSON");
    Draft::new(&Envelope {
        id: &format!("{command}.{nth}"),
        source: "hub/320111/triage",
        kind,
        subject,
        actor: "seat/desk-1",
        command,
        digest: "0123456789abcdef0123456789abcdef",
        version,
        occurred: (version > 1).then_some("2026-07-08T19:02:20.123+08:00"),
        basis: "seat",
        policy: "limits/2026.1",
        traceparent: (version > 2).then_some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        data: &data,
    })
    .expect("a record")
}

/// Each fact as a record, some of them with all that a header may hold.
fn records() -> Vec<(String, Vec<u8>)> {
    let record = |(nth, (kind, data)): (usize, (String, String))| {
        let record = draft("c-1", 1, &kind, &subject(&kind), nth as u64 % 3 + 1, &data).stamp(AT);
        (kind, record.to_vec())
    };
    goldens().into_iter().enumerate().map(record).collect()
}

/// A journal in one segment, and one that went on in a second, with the first one's index.
fn segments() -> Vec<(String, Vec<u8>)> {
    let (one, _) = written(16 << 10);
    let (two, index) = written(2 << 10);
    let mut rolled = vec![MENDED];
    rolled.extend([&two[0][..], NEXT, &two[1][..]].concat());
    let mut indexed = rolled.clone();
    indexed.extend([INDEX, &index[..]].concat());
    let raw = |how| [&[how][..], &one[0][..]].concat();
    // A changed digit: still a record, and whole no more.
    let mut changed = raw(0);
    if let Some(last) = changed.iter().rposition(|&byte| byte == b'2') {
        changed[last] = b'3';
    }
    let named = |name: &str, bytes| (name.to_owned(), bytes);
    vec![
        named("changed", changed),
        named("as-it-is", raw(0)),
        named("mended", raw(MENDED)),
        named("rolled", rolled),
        named("indexed", indexed),
    ]
}

/// What a journal wrote: its segments without the zeros behind them, and the first one's index.
fn written(segment_bytes: u64) -> (Vec<Vec<u8>>, Vec<u8>) {
    let disk = SimDisk::new();
    let clock = Arc::new(AtomicI64::new(AT));
    let mut options = Options::new("320111", "seed", Arc::new(move || clock.fetch_add(1, Ordering::Relaxed)));
    options.segment_bytes = segment_bytes;
    let journal = Embedded::open_on(Arc::new(disk.clone()), options).expect("an empty disk");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let (seat, link) = (Subject::new("seat/desk-1").expect("a subject"), subject("partner.sent"));
    let facts = [r#"{"number":7,"batch":1}"#, r#"{"number":8,"batch":2}"#];
    let mut expected = [0, 0];
    for round in 1..=4_u64 {
        let command = format!("c-{round}");
        let of_seat = draft(&command, 1, "seat.locked", &seat, round, "{}");
        let version = 2 * round - 1;
        let of_link = (2..).zip(facts).map(|(nth, data)| draft(&command, nth, "partner.sent", &link, version + nth - 2, data));
        let writes = vec![
            Write { subject: seat.clone(), expected: expected[0], facts: vec![of_seat] },
            Write { subject: link.clone(), expected: expected[1], facts: of_link.collect() },
        ];
        let answer = runtime.block_on(journal.append(Decision { command, writes })).expect("room");
        expected = [answer.first, answer.last];
    }
    drop(journal);
    let mut names = disk.list().expect("names");
    names.sort();
    let bytes = |name: &String| {
        let (file, mut bytes) = (disk.open(name).expect("a file"), Vec::new());
        let size = usize::try_from(file.size().expect("a size")).expect("a small file");
        file.read_at(0, size, &mut bytes).expect("readable");
        bytes
    };
    let segment = |name: &&String| name.ends_with(".seg") && !name.starts_with("spare");
    let cut = |mut bytes: Vec<u8>| {
        // A few zeros stay: they are the end of what was written.
        let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        bytes.truncate(end + 32);
        bytes
    };
    let index = names.iter().find(|name| name.ends_with(".idx")).map(bytes).unwrap_or_default();
    (names.iter().filter(segment).map(bytes).map(cut).collect(), index)
}

/// The head and the first rows of each table of each sample, so that a change soon meets a row.
fn policies() -> Vec<(String, Vec<u8>)> {
    let folder = super::fuzz().join("../../deploy/policy");
    let files = super::files(&folder).into_iter().filter(|(name, _)| name.ends_with(".toml"));
    files.map(|(name, bytes)| (name, short(&String::from_utf8(bytes).expect("a policy is text")).into_bytes())).collect()
}

fn short(text: &str) -> String {
    const ROWS: usize = 2;
    const LINES: usize = 12;
    let mut out = String::new();
    let mut seen: Vec<&str> = Vec::new();
    for (nth, block) in text.split("\n[[").enumerate() {
        if nth == 0 {
            out.push_str(&block.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n"));
            continue;
        }
        let table = block.split("]]").next().unwrap_or_default();
        if seen.iter().filter(|known| **known == table).count() < ROWS {
            let lines: Vec<_> = block.lines().take(LINES).collect();
            out.push_str(&format!("\n[[{}\n", lines.join("\n")));
        }
        seen.push(table);
    }
    // The last route takes every case, and a table of outlines is long in one line.
    out.chars().take(6_000).collect()
}

const MESSAGES: &str = "留言编号,留言用户,留言主题,留言时间,留言详情,一级分类,答复意见,答复时间\n\
    7,U1,路灯,2020/1/6 12:09:38,\" 路灯\n不亮 \",城乡建设,已修,2020-02-01\r\n\n\
    8,U2,井盖,昨天,井盖破损,,,\n9,U3,,2020.1.7,,,,\n10,U4,\"他说\"\"好\"\"\",2020-1-7T08:00,x,,,\n11,U5,\"x \"y\" z\",2020/1/8,w,,,\n12,少\n";
const REQUESTS: &str = "case_enquiry_id,open_dt,target_dt,closed_dt,case_status,closure_reason,case_title,type,queue,department,source,location,latitude\n\
    7,2011-07-01 01:32:33,2011-07-15 01:32:32,2011-07-22 16:13:45,Closed,all done,Dark lamp,Lamps,Lamp_Queue,PWDx,Self Service,9 Long Lane,42.1\n\
    8,2011-07-01 01:32:33,tomorrow,,Open,,a,b,c,PWDx,Twitter,,\n,2011-07-01 01:32:33,,,Open,,a,b,c,No Q,Pigeon,,\n";
const SF: &str = "Call Number,Unit ID,Call Type,Received DtTm,Entry DtTm,Dispatch DtTm,Response DtTm,On Scene DtTm,Transport DtTm,Hospital DtTm,Available DtTm,Original Priority,Final Priority,Unit sequence in call dispatch,Address,Call Final Disposition\n\
    7,E02,Vehicle Fire,03/01/2017 08:59:01 PM,03/01/2017 09:00:00 PM,03/01/2017 09:02:07 PM,03/01/2017 09:04:07 PM,,,,03/01/2017 09:30:07 PM,2,3,2,9 Long Lane,Fire\n\
    7,T01,Vehicle Fire,03/01/2017 08:59:01 PM,03/01/2017 09:00:00 PM,03/01/2017 09:01:07 PM,,,,,03/01/2017 09:20:07 PM,2,3,1,9 Long Lane,Fire\n\
    7,T01,Vehicle Fire,03/01/2017 08:59:01 PM,03/01/2017 09:00:00 PM,03/01/2017 09:01:07 PM,,,,,03/01/2017 09:20:07 PM,2,3,1,9 Long Lane,Fire\n\
    8,,Medical Incident,03/01/2017 08:59:01 PM,03/01/2017 09:00:00 PM,,,,,,,E,E,,,\n7,E 4,x,03/01/2017 08:58:01 PM,,,,,,,,,,z,,\n";
const VABEACH: &str = "\u{feff}EMSCallNumber,BlockAddress,CallPriority,RescueSquad.Number,CallDateandTime,EntryDateandTime,DispatchDateandTime,EnrouteDateandTime,OnSceneDateandTime,CloseDateandTime,X,Y\n\
    1,100 BLOCK,1,R10,1/2/17 0:57,1/2/17 0:58,1/2/17 0:58,1/2/17 0:59,,1/2/17 2:45,0,0\n2,100 BLOCK,5,,1/2/17 0:57,1/2/17 0:58,,,,1/2/17 1:45,12.5,3\n";

fn rows() -> Vec<(String, Vec<u8>)> {
    let files = [("messages", MESSAGES), ("requests", REQUESTS), ("dispatch-sf", SF), ("dispatch-vabeach", VABEACH)];
    files.into_iter().map(|(name, text)| (format!("{name}.csv"), text.as_bytes().to_vec())).collect()
}
