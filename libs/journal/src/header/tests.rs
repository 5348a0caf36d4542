//! The quick scanner and serde tell the same of every record.

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::{by_serde, header, scan};
use crate::record::{Draft, Envelope};
use crate::subject::Subject;

fn record() -> impl Strategy<Value = Vec<u8>> {
    let plain = "[^\"\\\\\\x00-\\x1f]{1,40}";
    let data = prop_oneof![
        Just(r#"{"a":[1,"}]\"",{"b":null}],"c":"网格"}"#.to_owned()),
        Just("1".to_owned()),
        Just("\"a,b\"".to_owned()),
        Just("[ ]".to_owned()),
        any::<String>().prop_map(|text| serde_json::json!({ "text": text }).to_string()),
    ];
    let texts = (plain, plain, plain, plain, plain);
    let rest = (1_u64.., any::<bool>(), prop::option::of("[0-9a-f-]{1,55}"), data, 0_i64..4_000_000_000_000);
    (texts, rest).prop_map(|((id, source, kind, actor, policy), (version, occurred, trace, data, at))| {
        let data = RawValue::from_string(data).expect("valid JSON");
        let subject = Subject::new("incident/5f0c").expect("a subject");
        let envelope = Envelope {
            id: &id,
            source: &source,
            kind: &kind,
            subject: &subject,
            actor: &actor,
            command: "c",
            digest: "00112233445566778899aabbccddeeff",
            version,
            occurred: occurred.then_some("2026-07-08T19:02:20.123+08:00"),
            basis: "seat",
            policy: &policy,
            traceparent: trace.as_deref(),
            data: &data,
        };
        Draft::new(&envelope).expect("a draft").stamp(at).to_vec()
    })
}

/// Whatever the scanner takes serde takes alike, unless `data` itself is no JSON.
fn agree(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Some(quick) = scan(bytes) {
        match by_serde(bytes) {
            Ok(slow) => prop_assert_eq!(quick, slow),
            Err(error) => {
                let data_is_bad = serde_json::from_str::<&RawValue>(quick.data).is_err();
                prop_assert!(data_is_bad, "scanner took what serde refuses: {}", error);
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_draft_is_scanned_and_serde_agrees(bytes in record()) {
        let quick = scan(&bytes).expect("our own layout is scanned");
        prop_assert_eq!(quick, by_serde(&bytes).expect("and parsed"));
        prop_assert!(quick.time_ms().is_some());
    }

    #[test]
    fn a_changed_record_never_makes_them_disagree(bytes in record(), at in any::<prop::sample::Index>(), to in any::<u8>(), insert in "[,\"{}\\[\\]:a1 ]{0,4}", extra in any::<bool>()) {
        let mut bytes = bytes;
        let at = at.index(bytes.len());
        if extra {
            bytes.splice(at..at, insert.bytes());
        } else {
            bytes[at] = to;
        }
        agree(&bytes)?;
    }
}

#[test]
fn another_layout_reads_the_same() {
    let subject = Subject::new("unit/7").expect("a subject");
    let data = RawValue::from_string(r#"{"x":[1,2]}"#.to_owned()).expect("valid JSON");
    let envelope = Envelope {
        id: "c.1",
        source: "hub/p/triage",
        kind: "unit.sent",
        subject: &subject,
        actor: "a",
        command: "c",
        digest: "00112233445566778899aabbccddeeff",
        version: 7,
        occurred: None,
        basis: "seat",
        policy: "",
        traceparent: Some("00-1-2-01"),
        data: &data,
    };
    let ours = Draft::new(&envelope).expect("a draft").stamp(5);
    let value: serde_json::Value = serde_json::from_slice(&ours).expect("JSON");
    let sorted = serde_json::to_vec(&value).expect("JSON");
    assert_ne!(ours, sorted);
    assert!(scan(&sorted).is_none());
    assert_eq!(header(&sorted).expect("a record"), header(&ours).expect("a record"));
}

#[test]
fn a_field_after_data_is_seen_as_a_field() {
    let subject = Subject::new("unit/7").expect("a subject");
    let data = RawValue::from_string("{}".to_owned()).expect("valid JSON");
    let envelope = Envelope {
        id: "c.1",
        source: "s",
        kind: "k",
        subject: &subject,
        actor: "a",
        command: "c",
        digest: "00112233445566778899aabbccddeeff",
        version: 1,
        occurred: None,
        basis: "seat",
        policy: "",
        traceparent: None,
        data: &data,
    };
    let ours = Draft::new(&envelope).expect("a draft").stamp(5);
    let mut more = ours[..ours.len() - 1].to_vec();
    more.extend_from_slice(br#","partner":{"a":1}}"#);
    assert_eq!(header(&more).expect("a record").data, "{}");
    let mut twice = ours[..ours.len() - 1].to_vec();
    twice.extend_from_slice(br#","id":"x"}"#);
    assert!(header(&twice).is_err());
}
