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

#[tokio::test(flavor = "multi_thread")]
async fn a_town_works_through_its_day_and_goes_on_after_a_stop() {
    let data = tempfile::tempdir().expect("a folder");
    let first = lived(data.path(), 6).await;
    let facts = of(&first);
    let seen = |kind: &str| facts.get(kind).copied().unwrap_or(0);
    for kind in [
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
    ] {
        assert!(seen(kind) > 0, "no {kind} in {facts:?}");
    }
    let steps: u64 = facts.values().sum();
    let refused: u64 = first.refused.iter().map(|(_, number)| number).sum();
    assert!(refused * 20 < steps, "{refused} of {steps} steps were refused: {:?}", first.refused);

    let second = lived(data.path(), 3).await;
    assert!(second.counts.at > first.counts.at && second.counts.position > first.counts.position);
    assert_eq!(second.counts.incidents, first.counts.incidents + of(&second)["incident.received"], "no report came in twice");
    assert!(of(&second).get("incident.closed").is_some_and(|closed| *closed > 0), "what was begun is brought to its end");
}
