//! Promises about a disk that did not keep what it was given.

use futures::StreamExt;

use super::{Harness, Spoil, append, follow_to, open, still, subject};
use crate::port::Entry;

/// Twelve decisions about one subject; their facts, and the store closed.
async fn written(harness: &dyn Harness) -> Vec<Entry> {
    let (a, journal) = (subject("a"), open(harness).await);
    let mut expected = 0;
    for nth in 1..=12 {
        expected = append(&*journal, &format!("c{nth}"), &[(&a, expected, nth, 1)]).await.last;
    }
    let facts = follow_to(&*journal, 1, expected).await;
    harness.close(journal).await;
    facts
}

/// What a power cut tore is cut off; everything that was acknowledged is there, and writing goes on behind it.
pub async fn a_torn_tail_costs_nothing_that_was_acknowledged(harness: &dyn Harness) {
    let facts = written(harness).await;
    harness.spoil(Spoil::Tail).await;
    let last = facts.last().expect("facts").position;
    let journal = harness.reopen(still(), 64, last).await.expect("a torn tail is no damage");
    assert_eq!(journal.head().await.expect("a head").position, last);
    assert_eq!(follow_to(&*journal, 1, last).await, facts);
    let next = append(&*journal, "after", &[(&subject("a"), last, 13, 1)]).await;
    assert_eq!(next.first, last + 1);
}

/// Damage is said, at opening or when it is read; no fact behind it is taken for the one that is lost, and none before it
/// is another than it was.
pub async fn a_damaged_middle_is_refused_and_not_read_over(harness: &dyn Harness) {
    let facts = written(harness).await;
    harness.spoil(Spoil::Middle).await;
    let last = facts.last().expect("facts").position;
    let journal = match harness.reopen(still(), 64, last).await {
        Err(said) => return assert!(!said.is_empty(), "it says what is damaged"),
        Ok(journal) => journal,
    };
    let mut stream = journal.follow(1);
    let mut seen = Vec::new();
    let said = loop {
        match stream.next().await.expect("it does not end in silence") {
            Ok(batch) => seen.extend(batch),
            Err(error) => break error.to_string(),
        }
        assert!(seen.len() < facts.len(), "all facts were read, and one of them is damaged");
    };
    assert!(!said.is_empty() && seen == facts[..seen.len()], "{said}");
}
