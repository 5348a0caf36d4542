//! Facts of every kind: their names, their shapes, and how a record's data becomes one.
//!
//! No second definition of a fact exists: schemas, goldens and wire text come from the types listed here.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    access,
    id::{Agency, IncidentId, SeatId},
    incident::{self, Basis},
    partner, policy, seat,
    time::Time,
};

/// Declares the facts of one kind of subject: an enum whose variants are structs of the same name,
/// with the stable type of each.
macro_rules! shapes {
    ($(#[$doc:meta])* $enum:ident { $($(#[$vdoc:meta])* $type:literal $name:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $enum { $($(#[$vdoc])* $name($name)),* }
        impl $enum {
            /// The stable types of all facts of this kind.
            pub const TYPES: &'static [&'static str] = &[$($type),*];
            /// The stable type of this fact.
            #[must_use]
            pub const fn kind(&self) -> &'static str { match self { $(Self::$name(_) => $type),* } }
            /// The fact's data as JSON.
            #[must_use]
            pub fn data(&self) -> String {
                let written = match self { $(Self::$name(fact) => serde_json::to_string(fact)),* };
                written.expect("a fact holds only text keys and numbers, so it can always be written")
            }
            /// Reads a fact from its type and data; `None` for a type this code does not know.
            pub fn read(kind: &str, data: &str) -> Option<Result<Self, serde_json::Error>> {
                match kind {
                    $($type => Some(serde_json::from_str(data).map(Self::$name)),)*
                    _ => None,
                }
            }
            /// JSON Schema of each fact's data, by type.
            #[must_use]
            pub fn schemas() -> Vec<(&'static str, schemars::Schema)> {
                vec![$(($type, schemars::schema_for!($name))),*]
            }
        }
        $(impl From<$name> for $enum { fn from(fact: $name) -> Self { Self::$name(fact) } })*
    };
}
pub(crate) use shapes;

/// What a record says of a fact beside the fact itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The fact's number in the journal, from 1.
    pub position: u64,
    /// The fact's number on its subject, from 1.
    pub version: u32,
    /// When it was recorded.
    pub time: Time,
    /// When it happened, where that is known.
    pub occurred: Option<Time>,
    /// How the time at which it happened is known.
    pub basis: Basis,
    /// Who did it, as facts name it.
    pub actor: SmolStr,
    /// The command that caused it, by [`command_key`].
    pub command: u128,
    /// Digest of the request that carried the command.
    pub digest: u128,
}

impl Stamp {
    /// When it happened, or else when it was recorded.
    #[must_use]
    pub fn occurred(&self) -> Time {
        self.occurred.unwrap_or(self.time)
    }
}

/// The first 128 bits of SHA-256 over a command's id: what a subject remembers of it.
#[must_use]
pub fn command_key(command: &str) -> u128 {
    use sha2::Digest;
    let hash = sha2::Sha256::digest(command.as_bytes());
    u128::from_be_bytes(std::array::from_fn(|i| hash[i]))
}

/// A command that a subject has accepted, so that asking again gets the first answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// [`command_key`] of its id.
    pub command: u128,
    /// Digest of the request: the same id with another is refused.
    pub digest: u128,
    /// Version of the first fact it caused.
    pub version: u32,
    /// How many it caused on this subject.
    pub count: u32,
    /// Position of the last of them.
    pub position: u64,
    /// When they were recorded.
    pub time: Time,
}

impl Accepted {
    const BYTES: usize = 56;

    fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut out = [0; Self::BYTES];
        out[..16].copy_from_slice(&self.command.to_be_bytes());
        out[16..32].copy_from_slice(&self.digest.to_be_bytes());
        out[32..36].copy_from_slice(&self.version.to_be_bytes());
        out[36..40].copy_from_slice(&self.count.to_be_bytes());
        out[40..48].copy_from_slice(&self.position.to_be_bytes());
        out[48..].copy_from_slice(&self.time.ms().to_be_bytes());
        out
    }

    fn from_bytes(bytes: &[u8; Self::BYTES]) -> Option<Self> {
        Some(Self {
            command: u128::from_be_bytes(bytes[..16].try_into().ok()?),
            digest: u128::from_be_bytes(bytes[16..32].try_into().ok()?),
            version: u32::from_be_bytes(bytes[32..36].try_into().ok()?),
            count: u32::from_be_bytes(bytes[36..40].try_into().ok()?),
            position: u64::from_be_bytes(bytes[40..48].try_into().ok()?),
            time: Time::from_ms(i64::from_be_bytes(bytes[48..].try_into().ok()?)),
        })
    }
}

/// Serde for a subject's commands, as one piece of 56 bytes each: they are most of a state, and are kept for ever.
pub(crate) mod commands {
    use serde::{Deserializer, Serializer, de};

    use super::Accepted;

    pub(crate) fn serialize<S: Serializer>(commands: &[Accepted], to: S) -> Result<S::Ok, S::Error> {
        let each: Vec<[u8; Accepted::BYTES]> = commands.iter().map(Accepted::to_bytes).collect();
        to.serialize_bytes(each.as_flattened())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Accepted>, D::Error> {
        struct Bytes;
        impl de::Visitor<'_> for Bytes {
            type Value = Vec<Accepted>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("56 bytes a command")
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                let (each, rest) = bytes.as_chunks();
                let commands: Option<_> = each.iter().map(Accepted::from_bytes).collect();
                commands.filter(|_| rest.is_empty()).ok_or_else(|| E::invalid_length(bytes.len(), &self))
            }
            fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Self::Value, E> {
                self.visit_bytes(&bytes)
            }
        }
        from.deserialize_byte_buf(Bytes)
    }
}

/// The digest of a request as records carry it, 32 hexadecimal digits; `None` for any other text.
#[must_use]
pub fn digest_key(text: &str) -> Option<u128> {
    if text.len() != 32 {
        return None;
    }
    uuid::Uuid::try_parse(text).ok().map(|uuid| uuid.as_u128())
}

/// Keeps what a subject remembers of its commands.
pub(crate) fn remember(commands: &mut Vec<Accepted>, stamp: &Stamp) {
    match commands.last_mut() {
        Some(last) if last.command == stamp.command => {
            last.count += 1;
            last.position = stamp.position;
        }
        _ => commands.push(Accepted {
            command: stamp.command,
            digest: stamp.digest,
            version: stamp.version,
            count: 1,
            position: stamp.position,
            time: stamp.time,
        }),
    }
}

crate::fact::shapes! {
    /// Facts about the journal itself.
    Journal {
        /// The journal was begun; always position 1.
        "journal.opened" Opened,
        /// All facts were copied elsewhere; nothing is written here any more.
        "journal.moved" Moved,
    }
}

/// The journal was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Opened {
    /// The journal's id.
    pub id: String,
    /// The district's six digits.
    pub district: String,
}

/// The journal was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Moved {
    /// Where to.
    pub to: String,
}

/// Any fact, with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// About an incident.
    Incident(IncidentId, incident::Fact),
    /// About a seat.
    Seat(SeatId, seat::Fact),
    /// Somebody looked at sealed data.
    Access(String, access::Fact),
    /// About the link to a partner.
    Partner(Agency, partner::Fact),
    /// About a policy, by its name.
    Policy(String, policy::adopted::Fact),
    /// About the journal.
    Journal(Journal),
}

/// A record that this code cannot fold. It stops the follower; nothing is ever skipped.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The type is not known here.
    #[error("fact type `{kind}` is unknown to this version of the hub: update it before it follows further")]
    Type {
        /// The type.
        kind: String,
    },
    /// The subject does not fit the type.
    #[error("subject `{subject}` does not fit fact type `{kind}`")]
    Subject {
        /// The type.
        kind: String,
        /// The subject.
        subject: String,
    },
    /// The data does not have the type's shape.
    #[error("data of fact type `{kind}` does not have its shape")]
    Data {
        /// The type.
        kind: String,
        /// What was wrong.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads a record's `type`, `subject` and `data`.
///
/// # Errors
/// [`Unreadable`] names what could not be read.
pub fn read(kind: &str, subject: &str, data: &str) -> Result<Fact, Unreadable> {
    let misfit = || Unreadable::Subject { kind: kind.to_owned(), subject: subject.to_owned() };
    let broken = |source| Unreadable::Data { kind: kind.to_owned(), source };
    let (about, id) = subject.split_once('/').ok_or_else(misfit)?;
    let unknown = || Unreadable::Type { kind: kind.to_owned() };
    match about {
        "incident" => {
            let fact = incident::Fact::read(kind, data).ok_or_else(unknown)?.map_err(broken)?;
            Ok(Fact::Incident(id.parse().map_err(|_| misfit())?, fact))
        }
        "seat" => {
            let fact = seat::Fact::read(kind, data).ok_or_else(unknown)?.map_err(broken)?;
            Ok(Fact::Seat(id.parse().map_err(|_| misfit())?, fact))
        }
        "access" => {
            let fact = access::Fact::read(kind, data).ok_or_else(unknown)?.map_err(broken)?;
            Ok(Fact::Access(id.to_owned(), fact))
        }
        "partner" => {
            let fact = partner::Fact::read(kind, data).ok_or_else(unknown)?.map_err(broken)?;
            Ok(Fact::Partner(id.parse().map_err(|_| misfit())?, fact))
        }
        "policy" => {
            let fact = policy::adopted::Fact::read(kind, data).ok_or_else(unknown)?.map_err(broken)?;
            Ok(Fact::Policy(id.to_owned(), fact))
        }
        "journal" => Ok(Fact::Journal(Journal::read(kind, data).ok_or_else(unknown)?.map_err(broken)?)),
        _ => Err(unknown()),
    }
}

/// JSON Schemas of every fact's data, by type.
#[must_use]
pub fn schemas() -> Vec<(&'static str, schemars::Schema)> {
    let mut all = incident::Fact::schemas();
    all.extend(seat::Fact::schemas());
    all.extend(access::Fact::schemas());
    all.extend(partner::Fact::schemas());
    all.extend(policy::adopted::Fact::schemas());
    all.extend(Journal::schemas());
    all
}
