//! What the shell itself says no with, beside the refusals of the rules.

use super::*;

/// Every status that the shell makes with a code of its own.
fn all() -> Vec<Status> {
    let moved = Error::Journal(AppendError::Moved { to: "nats://127.0.0.1".to_owned() });
    vec![
        bad_field("area", "应为区划代码", "give an area code"),
        unauthenticated(),
        forbidden("只有承办单位可以", "only who handles it may"),
        no_seat("desk-9"),
        too_many_rejected(),
        of(&moved),
    ]
}

#[test]
fn every_code_of_the_shell_has_both_texts() {
    let mut codes = std::collections::BTreeSet::new();
    for status in all() {
        let (code, zh, en) = explained(&status);
        println!("{code:22} {:?}: {zh} / {en}", status.code());
        assert!(code.contains('.') && !zh.is_ascii() && en.is_ascii(), "{code}: {zh} / {en}");
        assert!(codes.insert(code.clone()), "{code} twice");
    }
}

#[test]
fn what_may_be_asked_again_says_when() {
    for status in
        [late(), busy("full"), behind(&FoldError::Behind { wanted: 3 }), of(&Error::Contended { subject: "x".to_owned() })]
    {
        assert!(status.get_details_retry_info().is_some_and(|retry| retry.retry_delay.is_some()), "{status:?}");
    }
}

#[test]
fn a_reason_that_does_not_fit_is_named_as_a_field() {
    let status = refused(&Refusal::BadReason { code: "check.seen".to_owned() });
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.get_details_bad_request().is_some_and(|bad| bad.field_violations[0].field == "reason"), "{status:?}");
}
