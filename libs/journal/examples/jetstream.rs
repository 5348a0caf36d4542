//! How fast the journal in a stream is, against the bare server of the same run: appends under `sync_interval: always`, and
//! following. `cargo run --release -p journal --example jetstream [SECONDS]`; a NATS server is started for it.

#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt;
use journal::jetstream::{Access, Options, bare};
use journal::{Decision, Draft, Envelope, JetStream, Journal, Subject, Write};
use serde_json::value::RawValue;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn options(place: &str, district: &str) -> Options {
    let (url, monitor) = place.split_once(' ').unwrap_or((place, ""));
    Options {
        url: url.to_owned(),
        access: Access::default(),
        district: district.to_owned(),
        journal_id: "bench".to_owned(),
        clock: Arc::new(|| 1_783_508_540_123),
        queue: 8192,
        replicas: 1,
        monitors: vec![monitor.to_owned()],
        accept_loss: false,
        floor: 0,
    }
}

fn draft(command: &str, nth: u64, subject: &Subject, version: u64) -> Result<Draft, Failure> {
    Ok(Draft::new(&Envelope {
        id: &format!("{command}.{nth}"),
        source: "hub/bench/bench",
        kind: "incident.noted",
        subject,
        actor: "seat/1",
        command,
        digest: "00112233445566778899aabbccddeeff",
        version,
        occurred: None,
        basis: "seat",
        policy: "none",
        traceparent: None,
        data: RawValue::TRUE,
    })?)
}

/// Facts a second, with so many decisions of one fact waiting at any time.
async fn appends(place: &str, district: &str, waiting: usize, seconds: u64) -> Result<f64, Failure> {
    let journal = Arc::new(JetStream::open(options(place, district)).await?);
    let (count, begun) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let until = begun + Duration::from_secs(seconds);
    let mut tasks = Vec::new();
    for nth in 0..waiting {
        let (journal, count) = (Arc::clone(&journal), Arc::clone(&count));
        tasks.push(tokio::spawn(async move {
            let name = format!("{}-{nth}-{}", std::process::id(), begun.elapsed().as_nanos());
            let subject = Subject::of("incident", &name)?;
            let mut expected = 0;
            for version in 1.. {
                if Instant::now() >= until {
                    break;
                }
                let command = format!("{name}/{version}");
                let facts = vec![draft(&command, 1, &subject, version)?];
                let writes = vec![Write { subject: subject.clone(), expected, facts }];
                expected = journal.append(Decision { command, writes }).await?.last;
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, Failure>(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(count.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64())
}

/// The same from four processes, each with a fourth of those that wait.
async fn processes(place: &str, waiting: usize, seconds: u64) -> Result<f64, Failure> {
    let children = (0..4).map(|_| {
        let mut command = tokio::process::Command::new(std::env::current_exe()?);
        command.args(["child", place, &(waiting / 4).to_string(), &seconds.to_string()]).stdout(Stdio::piped());
        Ok::<_, std::io::Error>(command.spawn()?.wait_with_output())
    });
    let mut sum = 0.0;
    for output in futures::future::join_all(children.collect::<Result<Vec<_>, _>>()?).await {
        sum += String::from_utf8(output?.stdout)?.trim().parse::<f64>()?;
    }
    Ok(sum)
}

async fn follow(place: &str, facts: u64) -> Result<f64, Failure> {
    let journal = JetStream::open(options(place, "follow")).await?;
    let (mut stream, mut seen, begun) = (journal.follow(1), 0, Instant::now());
    while seen < facts {
        seen += stream.next().await.ok_or("it ended")??.len() as u64;
    }
    Ok(seen as f64 / begun.elapsed().as_secs_f64())
}

/// Many facts, to follow.
async fn fill(place: &str, facts: u64) -> Result<u64, Failure> {
    let journal = JetStream::open(options(place, "follow")).await?;
    let subject = Subject::of("incident", "many")?;
    let mut end = 0;
    for n in 0..facts / 500 {
        let command = format!("fill/{n}");
        let drafts = (1..=500).map(|nth| draft(&command, nth, &subject, n * 500 + nth)).collect::<Result<_, _>>()?;
        let writes = vec![Write { subject: subject.clone(), expected: end, facts: drafts }];
        end = journal.append(Decision { command, writes }).await?.last;
    }
    Ok(end)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().collect();
    if let [_, child, place, waiting, seconds] = &words[..]
        && child == "child"
    {
        println!("{}", appends(place, "four", waiting.parse()?, seconds.parse()?).await?);
        return Ok(());
    }
    let seconds = words.get(1).map_or(Ok(4), |text| text.parse())?;
    let server = testkit::nats::Server::synced();
    let place = format!("{} {}", server.url(), server.monitor());
    println!("waiting  single publishes/s  journal, one process  four processes");
    for waiting in [1, 16, 64, 256, 1024] {
        let bare = bare::single_publishes(&options(&place, "bare"), waiting, seconds).await?.per_second();
        let one = appends(&place, "one", waiting, seconds).await?;
        print!("{waiting:7}  {bare:18.0}  {one:10.0} = {:5.1} x", one / bare);
        if waiting < 4 {
            println!();
            continue;
        }
        let four = processes(&place, waiting, seconds).await?;
        println!("  {four:8.0} = {:4.1} x", four / bare);
    }
    let end = fill(&place, 500_000).await?;
    for _ in 0..3 {
        let bare = bare::ordered(&options(&place, "follow"), 1..end + 1).await?.per_second();
        let ours = follow(&place, end).await?;
        println!("following {end}: bare ordered consumer {bare:.0}/s, journal {ours:.0}/s = {:.0} %", 100.0 * ours / bare);
    }
    Ok(())
}
