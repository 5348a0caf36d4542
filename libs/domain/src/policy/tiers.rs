//! Numbers of what goes between tiers and desks: reminders, the length of a claim, how many matters one is split into.

use serde::Deserialize;

use super::header::{File, Header, PolicyError};

/// A reminder that comes more often is none; a claim that outlives a day is a transfer.
const MOST_REMINDERS: u16 = 20;
const MOST_MINUTES: u32 = 1_440;
/// More than this is a campaign, no matter.
const MOST_CHILDREN: u16 = 200;

/// The rule in force.
#[derive(Debug, Clone)]
pub struct TierRule {
    /// What the file says of itself.
    pub header: Header,
    /// How often an agency is reminded of one incident.
    pub reminders: u16,
    /// How long a claim lasts after its holder's last act.
    pub claim_minutes: u32,
    /// How many incidents may be split off one.
    pub children: u16,
}

#[derive(Deserialize)]
struct Body {
    reminders: u16,
    children: u16,
    claim_minutes: u32,
}

impl TierRule {
    pub(crate) fn read(file: File<'_>) -> Result<Self, PolicyError> {
        let (header, body): (_, Body) = file.parse()?;
        let Body { reminders, children, claim_minutes } = body;
        if reminders == 0 || reminders > MOST_REMINDERS {
            return Err(file.wrong("reminders", format!("give 1 to {MOST_REMINDERS}")));
        }
        if claim_minutes == 0 || claim_minutes > MOST_MINUTES {
            return Err(file.wrong("claim_minutes", format!("give 1 to {MOST_MINUTES}")));
        }
        if children == 0 || children > MOST_CHILDREN {
            return Err(file.wrong("children", format!("give 1 to {MOST_CHILDREN}")));
        }
        Ok(Self { header, reminders, claim_minutes, children })
    }
}
