//! Personal data through a whole hub: sentences with planted phones, ids, plates, names and house numbers go in by
//! gRPC and by import, are worked on, and are then looked for in every byte that the hub left on disk
//! or sent to a collector of traces and metrics.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use aho_corasick::AhoCorasick;
use testkit::personal::{Generator, Kind, Sample, Secret};
use wire::v1::{self, Purpose, Role};

use crate::{
    child::{self, Hub, Log},
    collector::Collector,
    deeds::{accept, close, deliver_order, finish, follow_up, order, route, sign, tell},
    figures, house,
    town::{Desk, part, report},
};

/// Reports that go in by gRPC; a hundred more come by import.
const REPORTS: usize = 300;

/// What can be looked for byte by byte: long enough that nothing else says it by chance.
fn needles(secret: &Secret) -> Vec<String> {
    let telling = |text: &&String| match secret.kind {
        Kind::Name => text.chars().count() >= 2,
        Kind::House => text.chars().count() >= 4,
        Kind::Mobile | Kind::Landline | Kind::ResidentId | Kind::BankCard | Kind::Plate | Kind::Email | Kind::Account => {
            text.len() >= 6
        }
    };
    let digits = secret.kind != Kind::House;
    [Some(&secret.literal), digits.then_some(&secret.core)].into_iter().flatten().filter(telling).cloned().collect()
}

/// Which of the needles stand in which file.
fn found(files: &[PathBuf], needles: &[String]) -> Vec<(String, String)> {
    let all = AhoCorasick::new(needles).expect("the needles fit into memory");
    let mut hits = BTreeSet::new();
    for file in files {
        let bytes = std::fs::read(file).expect("a readable file");
        hits.extend(all.find_overlapping_iter(&bytes).map(|hit| (file.display().to_string(), needles[hit.pattern()].clone())));
    }
    hits.into_iter().collect()
}

async fn one_life(desk: &Desk, asker: &Desk, nth: usize, sample: &Sample) -> String {
    let mut said = report("hotline12345", &format!("P-{nth}"), &sample.text);
    let of = |kinds: &[Kind]| {
        sample.secrets.iter().find(|secret| kinds.contains(&secret.kind)).map(|secret| secret.literal.clone()).unwrap_or_default()
    };
    said.reporter = Some(v1::Reporter {
        name: of(&[Kind::Name]),
        phone: of(&[Kind::Mobile, Kind::Landline]),
        id_number: of(&[Kind::ResidentId]),
    });
    said.address = of(&[Kind::House]);
    said.title = format!("车牌 {}", of(&[Kind::Plate]));
    let taken = desk.report(said.clone()).await.expect("in");
    let (id, told) = (taken.incident_id.as_str(), taken.report_id.as_str());
    if nth.is_multiple_of(5) {
        said.text = format!("补充：{}", sample.text);
        desk.report(said).await.expect("a supplement");
    }
    if nth.is_multiple_of(3) {
        desk.does("accept", id, accept("city/06010", 4)).await;
        desk.does("route", id, route(vec![part("hotline")])).await;
        desk.does("order", id, order(1, "desk/1")).await;
        desk.does("deliver", id, deliver_order(1)).await;
        desk.does("sign", id, sign(1)).await;
        desk.does("finish", id, finish(1, &sample.text)).await;
        desk.does("tell", id, tell(told, &sample.text)).await;
        asker.does("follow", id, follow_up(told, &sample.text)).await;
        desk.does("close", id, close()).await;
    }
    taken.incident_id
}

/// How many secrets the masked words still show, and how many decoys they lost.
fn count(gist: &str, sample: &Sample, seen: &mut BTreeMap<Kind, (u32, u32)>, decoys: &mut (u32, u32)) {
    for secret in &sample.secrets {
        let entry = seen.entry(secret.kind).or_default();
        entry.0 += 1;
        entry.1 += u32::from(gist.contains(&secret.literal));
    }
    decoys.0 += u32::try_from(sample.decoys.len()).expect("few");
    decoys.1 += u32::try_from(sample.decoys.iter().filter(|decoy| !gist.contains(decoy.as_str())).count()).expect("few");
}

fn columns(rows: impl Iterator<Item = String>) -> String {
    std::iter::once("留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间".to_owned())
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Imports a file with good and broken rows, all of them with personal data.
fn import(data: &Path, folder: &Path, samples: &[Sample]) -> Vec<PathBuf> {
    let rows = samples.iter().enumerate().map(|(n, sample)| {
        let text = sample.text.replace('"', "\"\"");
        match n % 4 {
            0 => format!("{n},{text},\"{text}\",前天,\"{text}\",\"{text}\",2020/1/9"),
            1 => format!("{n},\"{text}\",\"{text}\",2020/1/6"),
            2 => format!("{},\"{text}\",标题,2020/1/6 12:09:38,\"{text}\",\"{text}\",2020/1/9 08:00:00", text.len()),
            _ => format!("I-{n},\"{text}\",\"{text}\",2020/1/6 12:09:38,\"{text}\",\"{text}\",2020/1/9 08:00:00"),
        }
    });
    let left = taken_in(data, folder, "messages", &columns(rows));
    let listing = std::fs::read_to_string(&left[0]).expect("a list of what was not taken");
    assert!(listing.contains("row.time"), "it says why: {listing}");
    let rejected = listing.lines().count();
    assert!(rejected > samples.len() / 4, "{rejected} rejected");
    left
}

/// Runs an import; what it listed and said.
fn taken_in(data: &Path, folder: &Path, kind: &str, rows: &str) -> Vec<PathBuf> {
    let file = folder.join("rows.csv");
    std::fs::write(&file, rows).expect("a writable folder");
    let (listed, said) = (folder.join(format!("{kind}.rejected.csv")), folder.join(format!("{kind}.log")));
    let out = std::process::Command::new(child::binary())
        .args(["import", kind])
        .arg(&file)
        .arg("--rejected")
        .arg(&listed)
        .args(["--json", "--data"])
        .arg(data)
        .env("HUB_LOG", "trace")
        .output()
        .expect("the hub runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    std::fs::write(&said, [out.stdout, out.stderr].concat()).expect("a writable folder");
    std::fs::remove_file(file).expect("it was there");
    vec![listed, said]
}

/// Imports calls and requests with personal data in every cell of words, and in some that should hold none.
fn import_past(data: &Path, folder: &Path, samples: &[Sample]) -> Vec<PathBuf> {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let cells = |n: usize, sample: &Sample| {
        let (text, secret) = (quoted(&sample.text), quoted(&sample.secrets[0].literal));
        let odd = |every: usize, usual: &str| if n % every == 1 { secret.clone() } else { usual.to_owned() };
        (text, secret.clone(), odd(3, "E01"), odd(5, "3"), odd(7, "PWDx"), odd(11, "Twitter"))
    };
    let mut calls = "Call Number,Unit ID,Unit sequence in call dispatch,Call Type,Received DtTm,Entry DtTm,Dispatch DtTm,Response DtTm,\
        On Scene DtTm,Transport DtTm,Hospital DtTm,Available DtTm,Original Priority,Final Priority,Address,Call Final Disposition,Box\n"
        .to_owned();
    let mut requests =
        "case_enquiry_id,open_dt,target_dt,closed_dt,case_status,closure_reason,case_title,type,queue,department,source,location\n"
            .to_owned();
    for (n, sample) in samples.iter().enumerate() {
        let (text, secret, unit, priority, department, source) = cells(n, sample);
        let at = "03/01/2017 09:00:00 PM";
        calls += &format!("c{n},{unit},1,{secret},{at},{at},{at},{at},,,,{at},{priority},3,{text},{text},{secret}\n");
        requests +=
            &format!("{n},2011-07-01 01:32:33,,2011-07-02,Closed,{text},{text},{text},{secret},{department},{source},{text}\n");
    }
    let mut left = taken_in(data, folder, "dispatch", &calls);
    left.extend(taken_in(data, folder, "requests", &requests));
    for file in [&left[0], &left[2]] {
        assert!(std::fs::read_to_string(file).expect("a list").contains("row.word"), "units and departments are no place for it");
    }
    left
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_person_is_found_in_data_logs_traces_metrics_or_rejected_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let config = child::settings(folder.path(), "segment_bytes = 1048576\nsnapshot_facts = 200");
    let log = folder.path().join("hub.log");
    let mut command = child::serve(&data, Some(&config));
    let collector = Collector::start().await;
    command
        .env("HUB_LOG", "trace,h2=off")
        .env("HUB_LOG_JSON", "1")
        .env("HUB_OTLP", &collector.uri)
        .env("HUB_PROMETHEUS", "127.0.0.1:0");
    let hub = Hub::spawn(command, Log::File(&log));
    let token = hub.seat(&data, "desk-1", "hotline", &[Role::CallTaker, Role::Dispatcher, Role::Handler]).await;
    let desk = Desk::at(&hub.uri, "desk-1", &token).await;
    let token = hub.seat(&data, "asker-1", "hotline", &[Role::FollowUp]).await;
    let asker = Desk::at(&hub.uri, "asker-1", &token).await;

    let samples: Vec<_> = Generator::new(2026).filter(|sample| !sample.secrets.is_empty()).take(REPORTS + 100).collect();
    let (mut seen, mut decoys) = (BTreeMap::new(), (0, 0));
    for (nth, sample) in samples.iter().take(REPORTS).enumerate() {
        let id = one_life(&desk, &asker, nth, sample).await;
        let shown = desk.sees(&id, 0).await.expect("its own");
        count(&shown.reports[0].gist, sample, &mut seen, &mut decoys);
        if nth < 5 {
            let request = v1::RevealRequest {
                command_id: format!("reveal/{nth}"),
                report_id: shown.reports[0].report_id.clone(),
                incident_id: id,
                purpose: Purpose::Handling.into(),
            };
            let opened = desk.roads.clone().intake.reveal(request).await.expect("for who handles it").into_inner();
            assert!(opened.fields["text"].contains(&sample.text), "the words are there, for who may read them");
        }
    }
    let (_, _, figures) = figures::get(hub.said["prometheus"].as_str().expect("an address"), "/metrics", "").await;
    assert!(figures.contains("hub_append_facts_sum"), "{figures}");
    hub.stop();
    let sent = folder.path().join("sent");
    std::fs::write(&sent, [collector.bytes(), figures.into_bytes()].concat()).expect("a writable folder");
    assert!(collector.spans().len() > REPORTS && !collector.metrics().is_empty(), "what was sent is there to be searched");
    let mut left = import(&data, folder.path(), &samples[REPORTS..]);
    left.extend(import_past(&data, folder.path(), &samples[REPORTS..]));
    left.extend([log, sent]);
    left.extend(house::files(&data, ""));

    let needles: Vec<String> = samples.iter().flat_map(|sample| &sample.secrets).flat_map(needles).collect();
    let bytes: u64 = left.iter().map(|file| std::fs::metadata(file).expect("there").len()).sum();
    println!("{} needles looked for in {} files, {bytes} bytes", needles.len(), left.len());
    for (kind, (planted, shown)) in &seen {
        println!(
            "{kind:?}: {planted} planted, {shown} still readable in the masked words, recall {:.3}",
            1.0 - f64::from(*shown) / f64::from(*planted)
        );
    }
    println!("false masks: {} of {} decoys", decoys.1, decoys.0);
    let told = std::fs::read_to_string(folder.path().join("hub.log")).expect("a log");
    assert!(told.contains("\"level\":\"TRACE\""), "the log that is searched tells all that there is to tell: {told}");
    assert_eq!(found(&left, &needles), []);
    let (planted, shown) = seen.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    assert!(shown * 100 <= planted, "{shown} of {planted} are readable in the masked words");
    assert!(decoys.1 * 50 <= decoys.0, "{} of {} decoys were masked", decoys.1, decoys.0);

    let control = folder.path().join("control");
    std::fs::write(&control, &samples[0].text).expect("a writable folder");
    assert_ne!(found(&[control], &needles), [], "what lies in the open is found");
}
