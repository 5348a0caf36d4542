//! Who may see what. Every read is answered for its viewer; what this module hides is hidden in lists, counts,
//! follows and single reads alike.

use crate::{
    area::AreaCode,
    board::Outline,
    id::Agency,
    incident::{Class, Incident},
    seat::{Role, Seat},
};

/// For whom a read is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// A seat.
    Seat(Seat),
    /// The person at the hub's own machine, on the command line: sees what an auditor sees.
    Operator,
}

/// How much of an incident a viewer sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// Not even that it exists.
    Nothing,
    /// Stage, place, priority and times.
    Outline,
    /// Everything that is not sealed.
    Whole,
}

impl Viewer {
    /// How much of `incident` this viewer sees.
    #[must_use]
    pub fn sight(&self, incident: &Incident) -> Sight {
        self.look(incident.class, incident.place.area, |agency| {
            incident.seen_by().chain(incident.decides()).any(|involved| involved == agency)
        })
    }

    /// How much of an incident with this outline this viewer sees.
    #[must_use]
    pub fn sight_of(&self, outline: &Outline) -> Sight {
        self.look(outline.class, outline.area, |agency| outline.agencies.contains(agency))
    }

    fn look(&self, class: Class, area: AreaCode, involved: impl Fn(&Agency) -> bool) -> Sight {
        let seat = match self {
            Self::Seat(seat) if !self.sees_all() => seat,
            Self::Operator | Self::Seat(_) => return Sight::Whole,
        };
        if seat.administers_only() {
            return Sight::Nothing;
        }
        let within = seat.area.contains(area) || area.contains(seat.area);
        match (class, involved(&seat.agency), within) {
            (_, true, true) => Sight::Whole,
            (Class::N, false, true) => Sight::Outline,
            (Class::R | Class::S, false, _) | (Class::N, false, false) | (_, true, false) => Sight::Nothing,
        }
    }

    /// May this viewer read the masked words of the incident's reports?
    #[must_use]
    pub fn reads_words(&self, incident: &Incident) -> bool {
        self.sight(incident) == Sight::Whole
    }

    /// Does this viewer see every incident whole? Operator and auditors do.
    #[must_use]
    pub fn sees_all(&self) -> bool {
        match self {
            Self::Operator => true,
            Self::Seat(seat) => seat.has(Role::Auditor),
        }
    }

    /// May this viewer read facts about seats, access and the journal itself?
    #[must_use]
    pub fn sees_keeping(&self) -> bool {
        match self {
            Self::Operator => true,
            Self::Seat(seat) => seat.roles.iter().any(|role| *role == Role::Auditor || role.is_administrator()),
        }
    }
}

#[cfg(test)]
mod tests;
