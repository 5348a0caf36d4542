//! The policies as the rules of an incident ask for them.

use super::{Calendar, Leave, Policies};
use crate::{
    id::{AgencyKind, MatterCode},
    incident::{Book, Item, Limit, Matter, Relation, kinds::ClockName},
    time::Time,
};

impl Book for Policies {
    fn limit(&self, name: ClockName, matter: Matter<'_>, start: Time) -> Option<Limit> {
        self.limits.find(name, matter).map(|row| Limit {
            kind: row.kind,
            amount: row.amount,
            begins: row.conventions.start,
            falls_due: row.conventions.due,
            due: self.calendar.due(row.kind, row.amount, start, row.conventions),
        })
    }

    fn relation(&self, from: AgencyKind, to: AgencyKind) -> Option<Relation> {
        self.relations.find(from, to).map(|row| Relation { kind: row.kind, on_lapse: row.on_lapse, returnable: row.returnable })
    }

    fn item(&self, from: AgencyKind, to: AgencyKind, named: Option<&Item>, category: Option<&MatterCode>) -> Option<Item> {
        self.handovers.find(from, to, named, category)
    }

    fn followup_tries(&self) -> u16 {
        self.satisfaction.tries
    }

    fn reminders(&self) -> u16 {
        self.tiers.reminders
    }

    fn children(&self) -> usize {
        self.tiers.children.into()
    }

    fn claim_minutes(&self) -> u32 {
        self.tiers.claim_minutes
    }

    fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    fn leave(&self) -> &Leave {
        &self.leave
    }

    fn versions(&self) -> String {
        Self::versions(self).to_owned()
    }
}
