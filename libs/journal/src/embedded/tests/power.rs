//! Power cuts and killed processes on the simulated disk, and what must be left after them.
//!
//! One run is a few lives of one journal: random appends, syncs that fail, a stop at a random change, a cut or
//! a kill, and the next life looks at what is there. [`Ledger`] remembers what the journal promised.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt;
use futures::future::join_all;

use super::{clock, decision, subject};
use crate::embedded::disk::SyncPoint;
use crate::embedded::sim::{Dice, Fault, SimDisk};
use crate::embedded::{Embedded, OpenError, Options};
use crate::header;
use crate::port::{AppendError, Appended, Decision, Journal};

const SHARED: u64 = 99;

/// What was promised so far.
#[derive(Default)]
struct Ledger {
    /// Decisions someone was told are in, or that were seen in the log, with their facts' number.
    kept: BTreeMap<String, Appended>,
    /// Decisions without an answer yet.
    open: BTreeMap<String, Decision>,
    /// Decisions that were seen not to be there.
    gone: BTreeSet<String>,
    /// Facts of every decision ever sent.
    facts: BTreeMap<String, u64>,
    /// Records a reader was shown.
    shown: Vec<Vec<u8>>,
    names: u64,
    /// A move was asked for and not answered: it may hold or not.
    moving: bool,
}

fn options() -> Options {
    Options { segment_bytes: 4096, ..Options::new("pukou", "sim", clock()) }
}

type Verdict = Result<(), String>;

/// Reads the whole log and compares it with what was promised.
async fn check(journal: &Embedded, ledger: &mut Ledger) -> Verdict {
    let log = read_all(journal).await?;
    let mut found: BTreeMap<String, Appended> = BTreeMap::new();
    let (mut versions, mut time) = (BTreeMap::new(), String::new());
    for (position, bytes) in (1..).zip(&log) {
        let fact = header(bytes).map_err(|error| format!("position {position}: {error}"))?;
        let nth = versions.entry(fact.subject.to_owned()).or_insert(0);
        *nth += 1;
        if fact.version != *nth || fact.time < time.as_str() {
            return Err(format!("position {position}: version {} after {}, or time went back", fact.version, *nth - 1));
        }
        fact.time.clone_into(&mut time);
        let place = found.entry(fact.command.to_owned()).or_insert(Appended { first: position, last: 0, repeated: false });
        place.last = position;
        if fact.id != format!("{}.{}", fact.command, position - place.first + 1) {
            return Err(format!("position {position}: {} is doubled or out of place", fact.id));
        }
    }
    for (command, at) in &found {
        if at.last - at.first + 1 != *ledger.facts.get(command).unwrap_or(&1) {
            return Err(format!("half a decision: {command}"));
        }
        if ledger.gone.contains(command) {
            return Err(format!("{command} came back from the dead"));
        }
    }
    for (command, at) in &ledger.kept {
        if found.get(command).is_none_or(|now| (now.first, now.last) != (at.first, at.last)) {
            return Err(format!("{command} was in at {at:?} and is now at {:?}", found.get(command)));
        }
    }
    for (position, shown) in (1..).zip(&ledger.shown) {
        if log.get(position - 1) != Some(shown) {
            return Err(format!("a reader was shown position {position}, it is gone"));
        }
    }
    for command in ledger.facts.keys().filter(|command| !found.contains_key(*command)) {
        ledger.gone.insert(command.clone());
    }
    ledger.kept = found;
    retry(journal, ledger).await
}

/// Asks again for what had no answer: told "repeated" exactly if it was there.
async fn retry(journal: &Embedded, ledger: &mut Ledger) -> Verdict {
    for (command, decision) in std::mem::take(&mut ledger.open) {
        let there = ledger.kept.get(&command).copied();
        ledger.gone.remove(&command);
        match (journal.append(decision.clone()).await, there) {
            (Ok(again), Some(first)) if again == (Appended { repeated: true, ..first }) => {}
            (Ok(new), None) if !new.repeated => {
                ledger.kept.insert(command, new);
            }
            (Err(AppendError::Conflict { .. }), None) => {
                ledger.gone.insert(command);
            }
            (Err(AppendError::Moved { .. }), _) if ledger.moving => {}
            (Err(AppendError::Unknown(_)), _) => {
                ledger.open.insert(command, decision);
            }
            (other, there) => return Err(format!("asked again for {command} ({there:?}), answer {other:?}")),
        }
    }
    Ok(())
}

async fn read_all(journal: &Embedded) -> Result<Vec<Vec<u8>>, String> {
    let tip = journal.head().await.map_err(|error| error.to_string())?.position;
    let mut follow = journal.follow(1);
    let mut log: Vec<Vec<u8>> = Vec::new();
    while (log.len() as u64) < tip {
        let batch = follow.next().await.ok_or("the stream ended early")?.map_err(|error| error.to_string())?;
        for entry in batch {
            log.push(entry.bytes.to_vec());
            if entry.position != log.len() as u64 {
                return Err(format!("position {} follows {}", entry.position, log.len() - 1));
            }
        }
    }
    Ok(log)
}

/// Some writers at once; each stops at its first answer that is none.
async fn write(journal: &Embedded, ledger: &mut Ledger, dice: &mut Dice) -> Verdict {
    let writers = 1 + dice.below(4);
    let rounds = dice.below(8);
    for _ in 0..rounds {
        let mut asked = Vec::new();
        for writer in 0..writers {
            let mut decision = next(journal, ledger, writer, 1 + dice.below(3)).await?;
            if dice.percent(20) {
                let other = next(journal, ledger, SHARED, 1).await?;
                let (command, number) = (decision.command.clone(), decision.writes[0].facts.len() as u64);
                let known = journal.read(&subject(SHARED), 1).await.map_err(|error| error.to_string())?;
                let more =
                    super::decision_from(&command, number, &subject(SHARED), other.writes[0].expected, known.len() as u64 + 1, 1);
                decision.writes.extend(more.writes);
            }
            let facts = decision.writes.iter().map(|write| write.facts.len() as u64).sum();
            ledger.facts.insert(decision.command.clone(), facts);
            asked.push(decision);
        }
        let answers = join_all(asked.iter().map(|decision| journal.append(decision.clone()))).await;
        let mut unanswered = false;
        for (decision, answer) in asked.into_iter().zip(answers) {
            match answer {
                Ok(appended) if !appended.repeated => {
                    ledger.kept.insert(decision.command, appended);
                }
                Err(AppendError::Conflict { .. }) => {
                    ledger.gone.insert(decision.command);
                }
                Err(AppendError::Moved { .. }) if ledger.moving => {
                    ledger.gone.insert(decision.command);
                }
                Err(AppendError::Unknown(_)) => {
                    unanswered = true;
                    ledger.open.insert(decision.command.clone(), decision);
                }
                other => return Err(format!("unexpected answer {other:?}")),
            }
        }
        if unanswered {
            break;
        }
    }
    Ok(())
}

async fn next(journal: &Embedded, ledger: &mut Ledger, writer: u64, facts: u64) -> Result<Decision, String> {
    let known = journal.read(&subject(writer), 1).await.map_err(|error| error.to_string())?;
    ledger.names += 1;
    let expected = known.last().map_or(0, |entry| entry.position);
    Ok(decision(&format!("c{}", ledger.names), &subject(writer), expected, known.len() as u64 + 1, facts))
}

/// One life: open, look, write, stop somehow. `true` when the journal has moved and the run is over.
async fn life(disk: &SimDisk, ledger: &mut Ledger, dice: &mut Dice, last: bool) -> Result<bool, String> {
    if !last && dice.percent(80) {
        disk.stop_at(1 + dice.below(60));
    }
    let fails = !last && dice.percent(20);
    if fails {
        disk.fail(Fault::Sync([SyncPoint::Recovered, SyncPoint::RecoveredDir][dice.below(2) as usize]));
    }
    let journal = match Embedded::open_on(Arc::new(disk.clone()), options()) {
        Ok(_) if fails => return Err("opens though a sync failed".to_owned()),
        Ok(journal) => journal,
        Err(_) if fails || disk.stopped() => return Ok(false),
        Err(error) => return Err(format!("does not open: {error:?}")),
    };
    let checked = check(&journal, ledger).await;
    if journal.damaged_indexes() > 0 {
        return Err("an index file is not whole".to_owned());
    }
    if let Err(what) = checked {
        return if disk.stopped() { Ok(false) } else { Err(what) };
    }
    if last || dice.percent(75) {
        let done = write(&journal, ledger, dice).await;
        if !disk.stopped() {
            done?;
        }
    }
    if !disk.stopped() && dice.percent(25) {
        // A sync that fails stops the writer between writing and knowing; a reader looks at just that.
        disk.fail(Fault::Sync(SyncPoint::Group));
        let _ = write(&journal, ledger, dice).await;
        // Not always: who reads from the disk itself makes everyone forget what only memory holds.
        if dice.percent(40) {
            show(disk, ledger).await?;
        }
    } else if !disk.stopped() && dice.percent(15) {
        ledger.moving = true;
        if dice.percent(25) {
            disk.fail(Fault::Sync([SyncPoint::Moved, SyncPoint::MovedDir][dice.below(2) as usize]));
        }
        return Ok(journal.mark_moved("elsewhere").await.is_ok());
    }
    Ok(false)
}

/// Has a reader look at the files as they are now; what it tells must stay.
async fn show(disk: &SimDisk, ledger: &mut Ledger) -> Verdict {
    match Embedded::read_only_on(Arc::new(disk.clone())) {
        Ok(reader) => {
            if let Ok(shown) = read_all(&reader).await {
                ledger.shown = shown;
            }
            Ok(())
        }
        Err(error @ OpenError::Damaged { .. }) => Err(format!("does not open for reading: {error:?}")),
        Err(_) => Ok(()),
    }
}

async fn run(seed: u64, ignored: Option<SyncPoint>) -> Verdict {
    let (disk, mut ledger, mut dice) = (SimDisk::new(), Ledger::default(), Dice(seed));
    if let Some(point) = ignored {
        disk.ignore(point);
    }
    let lives = 2 + dice.below(4);
    for nth in 0..=lives {
        let moved = life(&disk, &mut ledger, &mut dice, nth == lives).await?;
        let killed = !moved && dice.percent(50);
        if killed {
            disk.kill();
            if dice.percent(30) {
                show(&disk, &mut ledger).await?;
            }
        }
        if !killed || dice.percent(30) {
            disk.power_cut(dice.next());
        }
        if moved {
            let journal = Embedded::open_on(Arc::new(disk), options()).map_err(|error| format!("{error:?}"))?;
            let answer = journal.append(decision("late", &subject(1), 0, 1, 1)).await;
            let stays = matches!(answer, Err(AppendError::Moved { ref to }) if to == "elsewhere");
            return if stays { Ok(()) } else { Err(format!("moved, but says {answer:?}")) };
        }
    }
    let journal = Embedded::open_on(Arc::new(disk), options()).map_err(|error| format!("{error:?}"))?;
    check(&journal, &mut ledger).await
}

fn seeds() -> u64 {
    std::env::var("HUB_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1000)
}

#[tokio::test]
async fn power_cuts_and_kills_lose_no_acknowledged_fact_and_leave_no_half_decision() {
    for seed in 0..seeds() {
        if let Err(what) = run(seed, None).await {
            panic!("seed {seed}: {what}");
        }
    }
    println!("{} seeds", seeds());
}

#[tokio::test]
async fn the_suite_goes_red_when_any_one_sync_is_removed() {
    for point in SyncPoint::ALL {
        let mut red = None;
        for seed in 0..1000 {
            if let Err(what) = run(seed, Some(point)).await {
                red = Some((seed, what));
                break;
            }
        }
        println!("without {point:?}: {red:?}");
        assert!(red.is_some(), "no seed needs {point:?}");
    }
}
