//! The town lives: seats act, the rules mostly agree, and a town that is started again goes on where it stopped.

use std::{collections::BTreeMap, net::SocketAddr, path::Path};

use runtime::config::Config;

use super::{Options, Outcome, run};

async fn lived(data: &Path, seconds: u64) -> Outcome {
    let mut config = Config { data: data.to_owned(), ..Config::default() };
    config.listen.address = SocketAddr::from(([127, 0, 0, 1], 0));
    config.journal.segment_bytes = 1 << 20;
    let options = Options { speed: 3_600, seconds, seed: 5, quiet: true };
    Box::pin(run(config, options)).await.expect("the town lives")
}

fn of(outcome: &Outcome) -> BTreeMap<&'static str, u64> {
    outcome.facts.iter().map(|(kind, _, number)| (*kind, *number)).collect()
}

/// What a town does within its first hours.
const STEPS: [&str; 11] = [
    "incident.received",
    "incident.accepted",
    "incident.routed",
    "incident.order_signed",
    "incident.unit_on_scene",
    "incident.part_finished",
    "incident.transfer_accepted",
    "incident.reporter_told",
    "incident.answered",
    "incident.self_handled",
    "incident.closed",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_town_works_through_its_day_and_goes_on_after_a_stop() {
    let data = tempfile::tempdir().expect("a folder");
    let mut last = lived(data.path(), 6).await;
    let (mut facts, mut refused) = (of(&last), last.refused.clone());
    // A busy machine gets less done in its seconds: the town is stopped and goes on until it has done everything.
    for _ in 0..8 {
        let next = lived(data.path(), 3).await;
        assert!(next.counts.at > last.counts.at && next.counts.position > last.counts.position);
        let received = of(&next).get("incident.received").copied().unwrap_or(0);
        assert_eq!(next.counts.incidents, last.counts.incidents + received, "no report came in twice");
        let closed = of(&next).contains_key("incident.closed");
        of(&next).into_iter().for_each(|(kind, number)| *facts.entry(kind).or_default() += number);
        refused.extend(next.refused.iter().cloned());
        last = next;
        // What was begun is brought to its end after a stop, too.
        if closed && STEPS.iter().all(|kind| facts.contains_key(kind)) {
            let (steps, refusals) = (facts.values().sum::<u64>(), refused.iter().map(|(_, number)| number).sum::<u64>());
            assert!(refusals * 20 < steps, "{refusals} of {steps} steps were refused: {refused:?}");
            return;
        }
    }
    panic!("not every step was taken, or nothing was closed after a stop: {facts:?}");
}
