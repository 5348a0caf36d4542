//! How the five levels of satisfaction are counted, and when a reporter counts as not reached.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::header::{File, Header, PolicyError};
use crate::incident::kinds::Satisfaction;

/// The rule in force. A screen that shows the rate says which levels it counts.
#[derive(Debug, Clone)]
pub struct SatisfactionRule {
    /// What the file says of itself.
    pub header: Header,
    /// The levels that count as satisfied.
    pub satisfied: BTreeSet<Satisfaction>,
    /// Tries after which "not reached" is a class of its own (practice-rules §4.3).
    pub tries: u16,
    /// Counts smaller than this are not shown by area.
    pub smallest_shown: u32,
}

#[derive(Deserialize)]
struct Body {
    satisfied: BTreeSet<Satisfaction>,
    tries: u16,
    smallest_shown: u32,
}

impl SatisfactionRule {
    pub(crate) fn read(file: File<'_>) -> Result<Self, PolicyError> {
        let (header, body): (_, Body) = file.parse()?;
        let Body { satisfied, tries, smallest_shown } = body;
        // The levels are ordered from best to worst: nobody may count a worse level and leave out a better one.
        let worst = satisfied.last().copied().ok_or_else(|| file.wrong("satisfied", "name at least one level"))?;
        if Satisfaction::ALL.iter().any(|level| *level < worst && !satisfied.contains(level)) {
            return Err(file.wrong("satisfied", "counts a level and leaves out a better one"));
        }
        if worst >= Satisfaction::Dissatisfied {
            return Err(file.wrong("satisfied", "a dissatisfied level cannot count as satisfied"));
        }
        if tries == 0 {
            return Err(file.wrong("tries", "give at least 1"));
        }
        Ok(Self { header, satisfied, tries, smallest_shown })
    }
}
