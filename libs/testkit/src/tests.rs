//! What the fakes promise.

use std::collections::BTreeSet;

use crate::{clock::Hand, personal::Generator};

#[test]
fn the_same_seed_gives_the_same_samples_and_another_seed_gives_others() {
    let take = |seed| Generator::new(seed).take(50).collect::<Vec<_>>();
    assert_eq!(take(7), take(7));
    assert_ne!(take(7), take(8));
}

#[test]
fn every_secret_and_decoy_stands_in_its_text_and_every_kind_occurs() {
    let mut kinds = BTreeSet::new();
    for sample in Generator::new(1).take(2_000) {
        for secret in &sample.secrets {
            assert!(sample.text.contains(&secret.literal), "{} in {}", secret.literal, sample.text);
            assert!(!secret.core.is_empty());
            kinds.insert(secret.kind);
        }
        assert!(sample.decoys.iter().all(|decoy| sample.text.contains(decoy.as_str())));
    }
    assert_eq!(kinds.len(), 9, "{kinds:?}");
}

#[test]
fn clones_of_a_hand_turned_clock_show_the_same_time() {
    let clock = Hand::new(1_000);
    let other = clock.clone();
    assert_eq!(clock.advance(500), 1_500);
    assert_eq!(other.now_ms(), 1_500);
    other.set(20);
    assert_eq!(clock.now_ms(), 20);
}
