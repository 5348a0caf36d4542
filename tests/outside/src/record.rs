//! Records: a header read quickly is the header that JSON's own reader finds; a fact that is read is written as it was and
//! can be folded.

use domain::{
    fact::{self, Fact, Stamp},
    incident::{self, Basis, Incident},
    time::Time,
};
use journal::{Header, header, peek};
use serde_json::value::{RawValue, Value};

/// A record as it stands in a segment, or a fact alone: its type, its subject and its data, a line each.
pub fn check(bytes: &[u8]) {
    let quick = peek(bytes);
    if let Ok(found) = header(bytes) {
        agrees(&found, bytes);
        known(&found);
        let _ = (found.time_ms(), found.occurred_ms());
    }
    if let Some(found) = quick {
        known(&found);
        // What peeks reads the data in full and refuses more than one value; where it is one, the record is whole.
        if serde_json::from_str::<&RawValue>(found.data).is_ok() {
            agrees(&found, bytes);
            let whole = header(bytes).expect("a record whose fields and data were read is a record");
            assert_eq!(Header { data: found.data.trim(), ..found }, whole, "two readings of one record");
        }
    }
    let mut lines = std::str::from_utf8(bytes).unwrap_or_default().splitn(3, '\n');
    if let (Some(kind), Some(subject), Some(data)) = (lines.next(), lines.next(), lines.next()) {
        read(kind, subject, data);
    }
}

/// Every field as JSON's own reader finds it, where it finds a record.
fn agrees(found: &Header<'_>, bytes: &[u8]) {
    let Ok(Value::Object(fields)) = serde_json::from_slice(bytes) else { return };
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let Header { id, source, kind, subject, time, actor, command, digest, version, occurred, basis, policy, traceparent, .. } =
        found;
    for (name, value) in [
        ("id", id),
        ("source", source),
        ("type", kind),
        ("subject", subject),
        ("time", time),
        ("actor", actor),
        ("command", command),
        ("digest", digest),
        ("basis", basis),
        ("policy", policy),
    ] {
        assert_eq!(text(name), Some(*value), "{name}");
    }
    assert_eq!(fields.get("version").and_then(Value::as_u64), Some(*version));
    assert_eq!((text("occurred"), text("traceparent")), (*occurred, *traceparent));
    if let Ok(data) = serde_json::from_str::<Value>(found.data) {
        assert_eq!(fields.get("data"), Some(&data));
    }
}

fn known(header: &Header<'_>) {
    read(header.kind, header.subject, header.data);
}

fn read(kind: &str, subject: &str, data: &str) {
    let Ok(fact) = fact::read(kind, subject, data) else { return };
    let (kind_written, written) = match &fact {
        Fact::Incident(_, fact) => (fact.kind(), fact.data()),
        Fact::Seat(_, fact) => (fact.kind(), fact.data()),
        Fact::Access(_, fact) => (fact.kind(), fact.data()),
        Fact::Partner(_, fact) => (fact.kind(), fact.data()),
        Fact::Policy(_, fact) => (fact.kind(), fact.data()),
        Fact::Journal(fact) => (fact.kind(), fact.data()),
    };
    assert_eq!(kind_written, kind);
    let again = fact::read(kind, subject, &written).expect("what was written can be read");
    assert_eq!(again, fact, "a fact written again is the same fact");
    if let Fact::Incident(id, fact) = &fact {
        let mut incident = Incident::new(*id, "320111".parse().expect("a district"));
        // Folded twice: what was written folds, whatever stood before it.
        for version in 1..=2 {
            incident::evolve(&mut incident, fact, &stamp(version));
        }
    }
}

/// What a record says beside the fact.
pub(crate) fn stamp(version: u32) -> Stamp {
    Stamp {
        position: u64::from(version) + 1,
        version,
        time: Time::from_ms(1_783_500_000_000),
        occurred: None,
        basis: Basis::Seat,
        actor: "seat/desk-1".into(),
        command: version.into(),
        digest: 0,
    }
}
