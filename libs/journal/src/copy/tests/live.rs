//! A stream that is written while it is copied.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_during_a_copy_is_in_it() {
    let (server, here, there) = (Server::synced(), tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let mut ends = Ends::default();
    ends.append(&open(here.path()), 0..2500).await;
    moved(dir(here.path()), stream(&server)).await;
    let begun = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    for writer in 0..2 {
        let journal = Arc::new(attach(&server).await);
        for part in 0..8 {
            let (journal, begun) = (Arc::clone(&journal), Arc::clone(&begun));
            writers.push(tokio::spawn(async move {
                let (about, mut told, mut at) = (subject(format!("live-{writer}-{part}")), Vec::new(), 0);
                for n in 0_u64.. {
                    let command = format!("l{writer}-{part}/{n}");
                    match journal.append(decision(&command, &[(&about, at, 2 * n + 1, 2)])).await {
                        Ok(appended) => at = appended.last,
                        Err(AppendError::Moved { to }) => return (told, to),
                        Err(error) => panic!("{error:?}"),
                    }
                    told.push((command, at - 1));
                    begun.store(true, Ordering::Relaxed);
                }
                unreachable!("it moves")
            }));
        }
    }
    while !begun.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut stages = Vec::new();
    let progress = |progress: Progress| {
        if stages.last() != Some(&progress.stage) {
            stages.push(progress.stage);
        }
    };
    let copied = copy(stream(&server), dir(there.path()), progress).await.expect("it goes through");
    let facts = all(&open(there.path())).await;
    assert_eq!(facts.len() as u64, copied.position);
    let mut count = 0;
    for writer in writers {
        let (told, to) = writer.await.expect("it ends");
        assert_eq!(to, copied.to);
        count += told.len();
        for (command, first) in told {
            for number in 1..=2 {
                let entry = &facts[usize::try_from(first + number - 2).expect("small")];
                assert_eq!(header(&entry.bytes).expect("a record").id, format!("{command}.{number}"));
            }
        }
    }
    println!("{count} decisions beside the copy, {stages:?}");
    assert!(count > 16, "{count} decisions beside the copy prove nothing");
    assert!(all(&attach(&server).await).await == facts, "nothing came after it");
}
