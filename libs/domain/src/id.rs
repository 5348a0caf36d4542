//! Names of things. Each is derived, never drawn: the same cause gives the same name on every replica.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use uuid::Uuid;

use crate::text::keeps_text;

/// The hub's own name space for UUIDv5, itself derived from a name.
const SPACE: Uuid = Uuid::from_u128(0x6c69_616e_7169_6e68_7562_0000_0000_0001);

/// One matter in the world (事件).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct IncidentId(Uuid);

/// One report (诉求 / 报警).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportId(Uuid);

impl IncidentId {
    /// The incident that a report from `source` under `reference` opens: the same report sent twice meets the same incident.
    #[must_use]
    pub fn opened_by(source: &str, reference: &str) -> Self {
        Self(derived("incident", source, reference))
    }

    /// The incident that the command of this id splits off another one.
    #[must_use]
    pub fn split_by(command: &str) -> Self {
        Self(derived("split", "", command))
    }
}

impl ReportId {
    /// The report that `source` calls `reference`.
    #[must_use]
    pub fn of(source: &str, reference: &str) -> Self {
        Self(derived("report", source, reference))
    }
}

fn derived(what: &str, source: &str, reference: &str) -> Uuid {
    // The length keeps ("a/b", "c") apart from ("a", "b/c").
    Uuid::new_v5(&SPACE, format!("{what}/{}:{source}/{reference}", source.len()).as_bytes())
}

macro_rules! uuid_text {
    ($($name:ident),*) => {$(
        impl $name {
            /// From its 128 bits.
            #[must_use]
            pub const fn from_u128(bits: u128) -> Self { Self(Uuid::from_u128(bits)) }
            /// Its 128 bits.
            #[must_use]
            pub const fn as_u128(self) -> u128 { self.0.as_u128() }
        }
        /// By number: the same order as that of the bytes, and of the text. Maps compare ids many times in each fact.
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering { self.as_u128().cmp(&other.as_u128()) }
        }
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> { Some(self.cmp(other)) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(&self.0, f) }
        }
        impl FromStr for $name {
            type Err = BadName;
            fn from_str(text: &str) -> Result<Self, BadName> {
                Uuid::parse_str(text).map(Self).map_err(|_| BadName { what: stringify!($name), text: text.to_owned() })
            }
        }
    )*};
}
uuid_text!(IncidentId, ReportId);

/// A text that does not name what it should.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` does not name a {what}")]
pub struct BadName {
    /// What it should have named.
    pub what: &'static str,
    /// What was given.
    pub text: String,
}

/// Characters allowed in a name; everything that is not is refused, so a name can stand in a subject, a path and a log line.
fn plain(text: &str, most: usize) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':');
    (1..=most).contains(&text.len()) && text.chars().all(allowed)
}

/// A seat's name is also the id of its subject, and a subject has exactly one `/`.
fn seat_name(text: &str, most: usize) -> bool {
    plain(text, most) && !text.contains(['/', ':'])
}

macro_rules! plain_name {
    ($($(#[$doc:meta])* $name:ident $check:ident <= $most:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
        #[schemars(with = "String")]
        pub struct $name(SmolStr);
        keeps_text!($name);
        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl FromStr for $name {
            type Err = BadName;
            fn from_str(text: &str) -> Result<Self, BadName> {
                if $check(text, $most) { Ok(Self(text.into())) } else { Err(BadName { what: stringify!($name), text: text.to_owned() }) }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
    )*};
}
plain_name! {
    /// Who sits where: a work place of an agency, not a person's name.
    SeatId seat_name <= 64,
    /// A unit that can be sent (处置力量): car, officer, grid worker, mixed team.
    UnitId plain <= 64,
    /// A command's id, given once by whoever wants something done; asking again with it changes nothing.
    CommandId plain <= 180,
    /// A matter's code in the catalogue.
    MatterCode plain <= 32,
}

/// Who can lead an incident or own a part (联动单位).
///
/// One of `police`, `grid`, `hotline`, `department/<code>`, `organisation/<code>`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("pattern" = "^(police|grid|hotline|(department|organisation)/[a-z0-9-]+)$"))]
pub struct Agency(SmolStr);
keeps_text!(Agency);

/// The five kinds of agencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgencyKind {
    /// 110.
    Police,
    /// 网格中心.
    Grid,
    /// 12345.
    Hotline,
    /// 部门.
    Department,
    /// 社会组织.
    Organisation,
}

impl Agency {
    /// 110.
    #[must_use]
    pub fn police() -> Self {
        Self(SmolStr::new_static("police"))
    }

    /// 网格中心.
    #[must_use]
    pub fn grid() -> Self {
        Self(SmolStr::new_static("grid"))
    }

    /// 12345.
    #[must_use]
    pub fn hotline() -> Self {
        Self(SmolStr::new_static("hotline"))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which of the five kinds it is.
    #[must_use]
    pub fn kind(&self) -> AgencyKind {
        match self.0.split('/').next() {
            Some("police") => AgencyKind::Police,
            Some("grid") => AgencyKind::Grid,
            Some("hotline") => AgencyKind::Hotline,
            Some("department") => AgencyKind::Department,
            _ => AgencyKind::Organisation,
        }
    }
}

impl FromStr for Agency {
    type Err = BadName;
    fn from_str(text: &str) -> Result<Self, BadName> {
        let coded = |code: &str| {
            (1..=40).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let good = match text.split_once('/') {
            None => matches!(text, "police" | "grid" | "hotline"),
            Some(("department" | "organisation", code)) => coded(code),
            Some(_) => false,
        };
        if good { Ok(Self(text.into())) } else { Err(BadName { what: "Agency", text: text.to_owned() }) }
    }
}

impl fmt::Display for Agency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Agency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_is_named_by_source_and_reference_alone() {
        assert_eq!(IncidentId::opened_by("110", "J1"), IncidentId::opened_by("110", "J1"));
        assert_ne!(IncidentId::opened_by("110", "J1"), IncidentId::opened_by("12345", "J1"));
        assert_ne!(IncidentId::opened_by("a/b", "c"), IncidentId::opened_by("a", "b/c"));
    }

    #[test]
    fn an_agency_is_one_of_five_kinds() {
        assert_eq!("department/water".parse::<Agency>().map(|a| a.kind()), Ok(AgencyKind::Department));
        for wrong in ["", "Police", "department", "department/", "department/水", "army", "police/1"] {
            assert!(wrong.parse::<Agency>().is_err(), "{wrong}");
        }
    }
}
