//! Promises that show when many write at once.

use std::sync::Arc;

use futures::future::join_all;

use super::{Harness, decision, follow_to, open, still, subject};
use crate::header;
use crate::port::{AppendError, Journal, Position};

/// Writes `count` facts about a subject, one decision each, starting from nothing.
async fn write_some(journal: Arc<dyn Journal>, name: String, count: u64) {
    let subject = subject(&name);
    let mut last = 0;
    for version in 1..=count {
        let decision = decision(&format!("{name}-{version}"), &[(&subject, last, version, 1)]);
        last = journal.append(decision).await.expect("no one else writes here").last;
    }
}

/// A follower misses nothing and sees nothing twice, whether it starts before, amid or after the writing.
pub async fn follow_is_gap_free_while_others_write(harness: &dyn Harness) {
    let journal = open(harness).await;
    let writers = (0..8).map(|nth| tokio::spawn(write_some(Arc::clone(&journal), format!("w{nth}"), 60)));
    let writers: Vec<_> = writers.collect();
    let last = 1 + 8 * 60;
    let follow = |from| {
        let journal = Arc::clone(&journal);
        tokio::spawn(async move { follow_to(&*journal, from, last).await })
    };
    let mut followers = vec![follow(0), follow(1), follow(200)];
    tokio::task::yield_now().await;
    followers.push(follow(1));
    for writer in writers {
        writer.await.expect("wrote all");
    }
    followers.push(follow(1));
    let seen: Vec<_> = join_all(followers).await.into_iter().map(|seen| seen.expect("followed")).collect();
    assert_eq!(seen[0].len() as u64, last);
    assert!(seen[1] == seen[0] && seen[3] == seen[0] && seen[4] == seen[0], "followers differ");
    assert_eq!(seen[2], seen[0][199..]);
}

/// Following starts at any position, also one that is not there yet.
pub async fn follow_starts_anywhere(harness: &dyn Harness) {
    let journal = open(harness).await;
    write_some(Arc::clone(&journal), "a".to_owned(), 20).await;
    harness.close(journal).await;
    let journal = open(harness).await;
    let all = follow_to(&*journal, 1, 21).await;
    for from in 1..=21 {
        assert_eq!(follow_to(&*journal, from, 21).await, all[from as usize - 1..]);
    }
    let later = tokio::spawn({
        let journal = Arc::clone(&journal);
        async move { follow_to(&*journal, 25, 26).await }
    });
    write_some(Arc::clone(&journal), "b".to_owned(), 6).await;
    let later = later.await.expect("followed");
    assert!(later[0].position == 25 && later[1].position == 26, "{later:?}");
}

/// Sixty-four writers on one subject: each gets in once, on the history it decided on.
pub async fn writers_on_one_subject_take_turns(harness: &dyn Harness) {
    let journal = open(harness).await;
    let writers = (0..64).map(|nth| {
        let journal = Arc::clone(&journal);
        tokio::spawn(async move {
            let subject = subject("shared");
            loop {
                let known = journal.read(&subject, 1).await.expect("readable");
                let expected: Position = known.last().map_or(0, |entry| entry.position);
                let version = known.len() as u64 + 1;
                match journal.append(decision(&format!("w{nth}"), &[(&subject, expected, version, 1)])).await {
                    Ok(appended) => return appended.last,
                    Err(AppendError::Conflict { last, .. }) => assert!(last > expected, "{last} after {expected}"),
                    Err(other) => panic!("writer {nth}: {other:?}"),
                }
            }
        })
    });
    let mut positions: Vec<_> = join_all(writers).await.into_iter().map(|at| at.expect("wrote")).collect();
    positions.sort_unstable();
    assert_eq!(positions, (2..=65).collect::<Vec<_>>());
    for (version, entry) in (1..).zip(journal.read(&subject("shared"), 1).await.expect("readable")) {
        assert_eq!(header(&entry.bytes).expect("a record").version, version);
    }
}

/// Sixty-four writers on subjects of their own: all get in, the order is dense.
pub async fn writers_on_many_subjects_all_get_in(harness: &dyn Harness) {
    let journal = open(harness).await;
    let writers = (0..64).map(|nth| tokio::spawn(write_some(Arc::clone(&journal), format!("w{nth}"), 5)));
    for done in join_all(writers).await {
        done.expect("wrote all");
    }
    assert_eq!(journal.head().await.expect("a head").position, 1 + 64 * 5);
    assert_eq!(follow_to(&*journal, 1, 321).await.len(), 321);
    for nth in 0..64 {
        assert_eq!(journal.read(&subject(format!("w{nth}")), 1).await.expect("readable").len(), 5);
    }
}

/// More than the queue holds is told to come back, and what was told so is not in.
pub async fn a_full_queue_says_busy(harness: &dyn Harness) {
    let journal = harness.open(still(), 1).await;
    let subjects: Vec<_> = (0..2000).map(|nth| subject(format!("s{nth}"))).collect();
    let asked = subjects.iter().zip(0..).map(|(subject, nth)| journal.append(decision(&format!("c{nth}"), &[(subject, 0, 1, 1)])));
    let answers = join_all(asked).await;
    let (mut kept, mut busy) = (0, 0);
    for (answer, subject) in answers.iter().zip(&subjects) {
        match answer {
            Ok(_) => kept += 1,
            Err(AppendError::Busy { retry_after }) => {
                busy += 1;
                assert!(!retry_after.is_zero());
                assert!(journal.read(subject, 1).await.expect("readable").is_empty(), "told busy, and it is in");
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(kept > 0 && busy > 0, "{kept} kept, {busy} busy");
    assert_eq!(journal.head().await.expect("a head").position, 1 + kept);
}
