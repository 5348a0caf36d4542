//! What a draft promises about its bytes.

use serde_json::value::RawValue;

use super::{Draft, DraftError, Envelope, MAX_RECORD_BYTES};
use crate::subject::Subject;

const AT: i64 = 1_783_508_540_123;

fn envelope<'a>(subject: &'a Subject, data: &'a RawValue) -> Envelope<'a> {
    Envelope {
        id: "c1.1",
        source: "hub/pukou/intake",
        kind: "incident.received",
        subject,
        actor: "seat/110-3",
        command: "c1",
        digest: "00112233445566778899aabbccddeeff",
        version: 1,
        occurred: Some("2026-07-08T19:02:19.000+08:00"),
        basis: "seat",
        policy: "limits@2026-07",
        traceparent: None,
        data,
    }
}

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).expect("valid JSON")
}

#[test]
fn the_record_is_the_cloud_event_the_design_names() {
    let (subject, data) = (Subject::new("incident/5f0c").expect("a subject"), raw(r#"{"a":1}"#));
    let draft = Draft::new(&envelope(&subject, &data)).expect("a draft");
    assert_eq!((draft.id(), draft.version()), ("c1.1", 1));
    let bytes = draft.stamp(AT);
    assert_eq!(
        std::str::from_utf8(&bytes).expect("text"),
        concat!(
            r#"{"specversion":"1.0","id":"c1.1","source":"hub/pukou/intake","type":"incident.received","subject":"incident/5f0c","#,
            r#""time":"2026-07-08T19:02:20.123+08:00","datacontenttype":"application/json","actor":"seat/110-3","command":"c1","#,
            r#""digest":"00112233445566778899aabbccddeeff","version":1,"occurred":"2026-07-08T19:02:19.000+08:00","basis":"seat","#,
            r#""policy":"limits@2026-07","data":{"a":1}}"#
        )
    );
}

#[test]
fn a_record_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() {
    let subject = Subject::new("incident/5f0c").expect("a subject");
    let bare = Draft::new(&envelope(&subject, &raw("\"\""))).expect("a draft").len();
    let text = |len: usize| raw(&format!("\"{}\"", "x".repeat(len)));
    let most = Draft::new(&envelope(&subject, &text(MAX_RECORD_BYTES - bare))).expect("fits");
    assert_eq!(most.stamp(AT).len(), MAX_RECORD_BYTES);
    let more = Draft::new(&envelope(&subject, &text(MAX_RECORD_BYTES - bare + 1)));
    assert_eq!(more.err(), Some(DraftError::TooLarge { id: "c1.1".to_owned(), bytes: MAX_RECORD_BYTES + 1 }));
}

#[test]
fn header_values_that_json_would_escape_are_refused() {
    let (subject, data) = (Subject::new("incident/5f0c").expect("a subject"), raw("1"));
    let good = envelope(&subject, &data);
    for bad in ["a\"b", "a\\b", "a\nb"] {
        for wrong in [
            Envelope { id: bad, ..good },
            Envelope { source: bad, ..good },
            Envelope { kind: bad, ..good },
            Envelope { actor: bad, ..good },
            Envelope { command: bad, ..good },
            Envelope { basis: bad, ..good },
            Envelope { policy: bad, ..good },
            Envelope { traceparent: Some(bad), ..good },
        ] {
            assert!(matches!(Draft::new(&wrong), Err(DraftError::Escaped { .. })), "{wrong:?}");
        }
    }
    for wrong in [
        Envelope { digest: "00112233445566778899AABBCCDDEEFF", ..good },
        Envelope { occurred: Some("yesterday"), ..good },
        Envelope { version: 0, ..good },
        Envelope { actor: "", ..good },
    ] {
        assert!(matches!(Draft::new(&wrong), Err(DraftError::Form { .. })), "{wrong:?}");
    }
    assert!(Draft::new(&Envelope { policy: "", actor: "网格员", ..good }).is_ok());
}
