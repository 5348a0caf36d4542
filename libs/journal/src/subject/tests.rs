//! What is a subject and what is not.

use super::Subject;

#[test]
fn a_subject_has_two_halves_and_one_place_on_nats() {
    let subject = Subject::new("incident/5f0c-A_b.1").expect("a subject");
    assert_eq!((subject.kind(), subject.id()), ("incident", "5f0c-A_b.1"));
    assert_eq!(subject.nats("pukou"), "hub.evt.pukou.incident.5f0c-A_b.1");
}

#[test]
fn what_nats_or_json_would_have_to_escape_is_refused() {
    for text in [
        "",
        "incident",
        "/a",
        "incident/",
        "Incident/a",
        "incident/a b",
        "incident/a*",
        "incident/a..b",
        "incident/.a",
        "incident/a.",
        "incident/a/b",
        "incident/网格",
        "incident/\"",
        "in_cident/a",
    ] {
        assert!(Subject::new(text).is_err(), "{text:?} was taken");
    }
    assert!(Subject::of("unit", &"x".repeat(195)).is_ok());
    assert!(Subject::of("unit", &"x".repeat(196)).is_err());
}
