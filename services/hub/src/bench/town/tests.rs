//! Tests of the town's hours under other names.

use super::*;

const TEXT: &str =
    r#"{"a":"worker/320111004010003-2","b":"c5b50ce4-d34b-579b-9f49-f32f0d5247c9/h1","c":"2026-11-28T08:44:27.600+08:00"}"#;

#[test]
fn on_the_first_day_everything_keeps_its_name() {
    assert_eq!(renamed(TEXT, 0), TEXT);
}

#[test]
fn on_another_day_ids_are_others_and_nothing_else_is() {
    let (one, two) = (renamed(TEXT, 1), renamed(TEXT, 2));
    assert_ne!(one, two);
    for text in [&one, &two] {
        let differ: Vec<_> =
            text.char_indices().zip(TEXT.chars()).filter(|((_, new), old)| new != old).map(|((at, _), _)| at).collect();
        let id = TEXT.find("f32f0d5247c9").expect("the last group of the id");
        assert!(!differ.is_empty() && differ.iter().all(|at| (id..id + 12).contains(at)), "{text}");
    }
}
