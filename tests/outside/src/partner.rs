//! What a partner's system sends: frames, and batches of them in signed files. Each is understood or refused with a code; what
//! goes on record of it is short and plain, however long the frame.

use std::sync::LazyLock;

use bridge::{
    Partner,
    ferry::{Signer, Verifier},
    outside::{MOST, asked},
};
use domain::{
    fact,
    incident::{self, Basis, Command, Context, Fact, Incident, Priority, Stage},
    policy::Policies,
    seat::{Actor, Role, Seat},
    time::Time,
};
use runtime::convert;
use serde_json::Value;
use wire::{
    Message as _,
    v1::{Batch, PartnerFrame, partner_frame::Body},
};

use crate::record::stamp;

/// Longest fact without sealed words that a frame leaves, in bytes.
const MOST_FACT: usize = 8 << 10;
/// Most facts of one frame: a decision takes no more.
const MOST_FACTS: usize = 500;
/// The seed of a key that signs for tests alone.
pub(crate) const SEED: &str = "0101010101010101010101010101010101010101010101010101010101010101";
/// The incident that the frames are about.
const ABOUT: &str = "incident/00000000-0000-0000-0000-000000000001";
/// A life that a frame may meet, as it stands in the shipped samples of facts.
const LIFE: [(&str, &str); 5] = [
    ("incident.received", include_str!("../../../libs/domain/goldens/incident.received.json")),
    ("incident.accepted", include_str!("../../../libs/domain/goldens/incident.accepted.json")),
    ("incident.routed", include_str!("../../../libs/domain/goldens/incident.routed.json")),
    ("incident.order_issued", include_str!("../../../libs/domain/goldens/incident.order_issued.json")),
    ("incident.numbered", include_str!("../../../libs/domain/goldens/incident.numbered.json")),
];
/// What may come behind it: a transfer lies open.
const OFFERED: [(&str, &str); 2] = [
    ("incident.transfer_offered", include_str!("../../../libs/domain/goldens/incident.transfer_offered.json")),
    ("incident.transfer_delivered", include_str!("../../../libs/domain/goldens/incident.transfer_delivered.json")),
];

static POLICIES: LazyLock<Policies> = LazyLock::new(Policies::sample);
static INCIDENTS: LazyLock<[Vec<Incident>; 2]> = LazyLock::new(|| Partner::ALL.map(incidents));
static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::from_hex(SEED).expect("a seed"));
static VERIFIER: LazyLock<Verifier> =
    LazyLock::new(|| Verifier::new(&SIGNER.public(), Partner::Police110.name(), "hub", "320111").expect("a key"));

/// The bytes of a frame, of a batch, or of a file with a signed one.
pub fn check(bytes: &[u8]) {
    if let Ok(batch) = VERIFIER.read(bytes) {
        assert_eq!((batch.from.as_str(), batch.to.as_str()), ("police110", "hub"), "a file of somebody else is believed");
    }
    if let Ok(batch) = Batch::decode(bytes) {
        signed(batch);
    }
    if let Ok(frame) = PartnerFrame::decode(bytes) {
        understood(&frame);
    }
}

/// How many facts a frame leaves, over all incidents that it may meet.
#[cfg(test)]
pub(crate) fn leaves(frame: &PartnerFrame) -> usize {
    understood(frame)
}

/// What is signed is read as it was; said to be somebody else's, it is not.
fn signed(batch: Batch) {
    let text = str::to_owned;
    let batch = Batch { from: text("police110"), to: text("hub"), district: text("320111"), ..batch };
    let file = SIGNER.sign(&batch).encode_to_vec();
    assert_eq!(VERIFIER.read(&file).as_ref(), Ok(&batch), "what crosses as a file arrives as it was written");
    let other = Batch { from: text("gridplatform"), ..batch };
    assert!(VERIFIER.read(&SIGNER.sign(&other).encode_to_vec()).is_err(), "another's batch is believed");
    for frame in other.frames.iter().take(3) {
        understood(frame);
    }
}

/// Tells how many facts it leaves, over all incidents that it may meet.
fn understood(frame: &PartnerFrame) -> usize {
    // Larger ones are refused by their size.
    if frame.encoded_len() > MOST {
        return 0;
    }
    words(frame);
    let occurred = convert::when("occurred", frame.occurred).unwrap_or_default();
    let mut left = 0;
    for (partner, incidents) in Partner::ALL.into_iter().zip(INCIDENTS.iter()) {
        for incident in incidents {
            match asked(partner, frame, incident, &POLICIES.catalogue) {
                Ok(steps) => left += decided(partner, incident, &steps, occurred),
                Err(code) => assert!(code.starts_with("frame."), "`{code}` is no code"),
            }
        }
    }
    left
}

/// The words of a report: looked through, masked, kept nowhere else.
fn words(frame: &PartnerFrame) {
    let Some(Body::Report(report)) = &frame.body else { return };
    let masked = seal::mask(&report.text).text;
    assert!(masked.len() <= 16 * report.text.len(), "masked words grow without end");
    let _ = (report_named(&report.source, &report.reference), convert::flags("flags", &report.flags));
}

/// A name that passes may stand in the open log.
fn report_named(source: &str, reference: &str) {
    if runtime::report::named(source, reference).is_ok() {
        assert!(source.len() <= 40 && reference.len() <= 99 && source.is_ascii() && reference.is_ascii(), "not a plain name");
    }
}

/// Carries the steps out as the hub does: each is decided on what those before it led to. Tells how many facts they leave.
fn decided(partner: Partner, incident: &Incident, steps: &[(usize, Command)], occurred: Option<Time>) -> usize {
    let actor = Actor::Seat(Seat {
        id: partner.name().parse().expect("a plain name"),
        agency: partner.agency(),
        area: "320111".parse().expect("a district"),
        roles: Role::ALL.iter().copied().collect(),
        scripted: false,
    });
    let at = Time::from_ms(1_783_500_000_000);
    let context =
        Context { at, occurred: occurred.filter(|time| *time <= at), basis: Basis::Seat, actor: &actor, book: &*POLICIES };
    let empty = Incident::new(incident.id, "320111".parse().expect("a district"));
    let mut scratch = [incident.clone(), empty];
    let mut left = 0;
    for (nth, command) in steps {
        let facts = match incident::decide(&scratch[*nth], command, &context) {
            Ok(facts) => facts,
            Err(refusal) => {
                let said: usize = refusal.args().iter().map(|(_, value)| value.len()).sum();
                assert!(said <= 1024, "a refusal repeats {said} bytes: {}", refusal.code());
                return 0;
            }
        };
        left += facts.len();
        for fact in &facts {
            recorded(fact);
            let version = scratch[*nth].version + 1;
            incident::evolve(&mut scratch[*nth], fact, &stamp(version));
        }
    }
    assert!(left <= MOST_FACTS, "one frame leaves {left} facts");
    left
}

/// What stands on record is short, and nothing in it breaks a line.
fn recorded(fact: &Fact) {
    let data = fact.data();
    assert!(data.len() <= MOST_FACT, "{}: {} bytes", fact.kind(), data.len());
    let written: Value = serde_json::from_str(&data).expect("a fact is JSON");
    assert!(plain(&written), "{}: a control character stands on record: {data}", fact.kind());
}

fn plain(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains(char::is_control),
        Value::Array(items) => items.iter().all(plain),
        Value::Object(fields) => fields.iter().all(|(name, value)| !name.contains(char::is_control) && plain(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// A life in the hands of this partner at every stage, a routine one, and one of danger with a transfer open; and an
/// incident that nobody has told of.
fn incidents(partner: Partner) -> Vec<Incident> {
    let id = ABOUT[9..].parse().expect("an id");
    let empty = Incident::new(id, "320111".parse().expect("a district"));
    let routine = Incident { priority: Some(Priority::ROUTINE), history: false, ..lived(&empty, &LIFE, partner) };
    let danger = Incident { priority: Some(Priority::LIFE), ..lived(&routine, &OFFERED, partner) };
    let at_stages = |life: &Incident| -> Vec<Incident> {
        Stage::ALL.iter().map(|stage| Incident { stage: *stage, into: None, ..life.clone() }).collect()
    };
    [vec![empty], at_stages(&routine), at_stages(&danger)].concat()
}

/// The incident after these samples of facts.
fn lived(before: &Incident, life: &[(&str, &str)], partner: Partner) -> Incident {
    let mut incident = before.clone();
    for (kind, golden) in life {
        // The order is the first hand-over, so the transfer is the second.
        let golden =
            golden.trim_end().replace("department/water", partner.agency_name()).replace("\"transfer\":1", "\"transfer\":2");
        let fact = fact::read(kind, ABOUT, &golden).expect("a shipped fact can be read");
        let fact::Fact::Incident(_, fact) = fact else { continue };
        let version = incident.version + 1;
        incident::evolve(&mut incident, &fact, &stamp(version));
    }
    incident
}
