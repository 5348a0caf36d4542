//! A large journal of a town: the demo's own town lives some hours, and those hours are lived again under other names
//! until there are facts enough.
//!
//! Kinds, sizes and order of the facts are the town's: reports, orders, what units do, partners' frames. Each time the
//! same hours come a day later, with other ids. Nothing is decided anew: a fold does not ask why a fact is there.

use std::{
    collections::HashMap,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use anyhow::{Context as _, bail, ensure};
use domain::time::{DAY_MS, Time};
use futures::{StreamExt as _, future::join_all};
use journal::{
    Decision, Draft, Entry, Envelope, Header, Journal, Subject, Write,
    embedded::{Embedded, Options},
    header,
};
use runtime::Clock;
use serde_json::value::RawValue;

/// How long the town lives, and how fast: ten hours of its day.
const LIVED: [&str; 4] = ["--seconds", "30", "--speed", "1200"];
/// Decisions that go in together.
const TOGETHER: usize = 512;
/// Hex digits of a UUID, by group.
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
/// Letters of a UUID.
const UUID: usize = 36;

/// Lets the town live in `data`, in a process of its own.
///
/// # Errors
/// The demo failed.
pub(super) fn lived(data: &Path) -> anyhow::Result<()> {
    let program = std::env::current_exe().context("find this program")?;
    let mut demo = Command::new(program);
    demo.args(["demo", "--json", "--data"]).arg(data).args(LIVED).stdout(Stdio::null());
    let status = demo.status().context("start the demo")?;
    ensure!(status.success(), "the demo ended with {status}");
    Ok(())
}

/// Writes the hours of the journal in `from` into one in `to`, again and again, until there are `facts`: how many there are
/// then, and the bytes of a record on average.
///
/// # Errors
/// A journal cannot be read or written.
pub(super) async fn again_and_again(from: &Path, to: &Path, facts: u64) -> anyhow::Result<(u64, f64)> {
    let hours = read(from).await?;
    let time = Arc::new(AtomicI64::new(0));
    let clock = Clock::from_fn({
        let time = Arc::clone(&time);
        move || time.load(Ordering::Relaxed)
    });
    let journal = Embedded::open(&to.join("journal"), Options::new(super::DISTRICT, "bench-town", clock.source()))
        .context("open the benchmark's journal")?;
    // The journal wrote its own first fact.
    let mut copier = Copier { last: 1, subjects: HashMap::new(), bytes: 0 };
    let mut day = 0;
    loop {
        for together in hours.chunks(TOGETHER) {
            let decisions = together.iter().filter_map(|decision| copier.copied(decision, day).transpose());
            let decisions = decisions.collect::<anyhow::Result<Vec<_>>>()?;
            let begun = header(&together[0][0].bytes)?.time_ms().context("a fact of the town has a time")?;
            time.store(begun + day * DAY_MS, Ordering::Relaxed);
            for appended in join_all(decisions.into_iter().map(|decision| journal.append(decision))).await {
                ensure!(!appended.context("write the town's facts")?.repeated, "a decision of the town came twice");
            }
            if copier.last >= facts {
                return Ok((copier.last, copier.bytes as f64 / (copier.last - 1) as f64));
            }
        }
        day += 1;
    }
}

/// The decisions of a journal, in order.
async fn read(from: &Path) -> anyhow::Result<Vec<Vec<Entry>>> {
    let journal = Embedded::read_only(&from.join("journal")).context("open the town's journal for reading")?;
    let last = journal.head().await?.position;
    let mut batches = journal.follow(1);
    let mut decisions: Vec<Vec<Entry>> = Vec::new();
    let mut command = String::new();
    while let Some(batch) = batches.next().await {
        for entry in batch? {
            let header = header(&entry.bytes)?;
            if header.command != command || decisions.is_empty() {
                header.command.clone_into(&mut command);
                decisions.push(Vec::new());
            }
            let end = entry.position == last;
            decisions.last_mut().context("one was begun")?.push(entry);
            if end {
                return Ok(decisions);
            }
        }
    }
    bail!("the town's journal ends before position {last}")
}

/// Writes decisions again under other names.
struct Copier {
    /// The last position given.
    last: u64,
    /// Version and position of each subject's last fact.
    subjects: HashMap<String, (u64, u64)>,
    bytes: usize,
}

impl Copier {
    /// A decision as it is made on the `day`-th day; nothing where it is made once and for all.
    fn copied(&mut self, decision: &[Entry], day: i64) -> anyhow::Result<Option<Decision>> {
        let mut writes: Vec<Write> = Vec::new();
        let mut command = String::new();
        for entry in decision {
            let header = header(&entry.bytes)?;
            let once = header.subject.starts_with("seat/") && day > 0;
            if once || header.subject.starts_with("journal/") {
                return Ok(None);
            }
            command = format!("{day}/{}", renamed(header.command, day));
            self.copy(&header, &command, day, &mut writes)?;
        }
        Ok(Some(Decision { command, writes }))
    }

    fn copy(&mut self, header: &Header<'_>, command: &str, day: i64, writes: &mut Vec<Write>) -> anyhow::Result<()> {
        let subject: Subject = renamed(header.subject, day).parse().context("a subject under another name")?;
        let (version, expected) = self.subjects.get(subject.as_str()).copied().unwrap_or_default();
        let occurred = header.occurred.and(header.occurred_ms()).map(|ms| Time::from_ms(ms + day * DAY_MS).to_string());
        let (_, number) = header.id.rsplit_once('.').context("a record's id ends with its number")?;
        let data = RawValue::from_string(renamed(header.data, day))?;
        let draft = Draft::new(&Envelope {
            id: &format!("{command}.{number}"),
            source: header.source,
            kind: header.kind,
            subject: &subject,
            actor: header.actor,
            command,
            digest: header.digest,
            version: version + 1,
            occurred: occurred.as_deref(),
            basis: header.basis,
            policy: header.policy,
            traceparent: header.traceparent,
            data: &data,
        })?;
        self.last += 1;
        self.bytes += draft.len();
        self.subjects.insert(subject.as_str().to_owned(), (version + 1, self.last));
        match writes.last_mut().filter(|write| write.subject == subject) {
            Some(write) => write.facts.push(draft),
            None => writes.push(Write { subject, expected, facts: vec![draft] }),
        }
        Ok(())
    }
}

/// The text with every UUID in it turned into another, the same for the same day.
fn renamed(text: &str, day: i64) -> String {
    let turn = (day.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> 16;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('-') {
        // Where a UUID begins, its first group stands before the first hyphen.
        let found = at.checked_sub(GROUPS[0]).and_then(|begin| Some((begin, uuid(rest.get(begin..)?)?)));
        let Some((begin, last)) = found else {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        };
        let end = begin + UUID;
        out.push_str(&rest[..end - GROUPS[4]]);
        let _ = std::fmt::Write::write_fmt(&mut out, format_args!("{:012x}", last ^ turn));
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// The last group of the UUID that the text begins with.
fn uuid(text: &str) -> Option<u64> {
    let mut groups = text.get(..UUID)?.split('-');
    let mut last = "";
    for len in GROUPS {
        last = groups.next().filter(|group| group.len() == len && group.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    }
    u64::from_str_radix(last, 16).ok()
}

#[cfg(test)]
mod tests;
