//! The policies as the rules of an incident ask for them.

use super::Policies;
use crate::{
    id::{AgencyKind, MatterCode},
    incident::{
        Book, Limit, Relation,
        kinds::{ClockName, Priority},
    },
    time::Time,
};

impl Book for Policies {
    fn limit(&self, name: ClockName, priority: Option<Priority>, category: Option<&MatterCode>, start: Time) -> Option<Limit> {
        self.limits.find(name, priority, category).map(|row| Limit {
            kind: row.kind,
            amount: row.amount,
            due: self.calendar.due(row.kind, row.amount, start, row.conventions),
        })
    }

    fn relation(&self, from: AgencyKind, to: AgencyKind) -> Option<Relation> {
        self.relations.find(from, to).map(|row| Relation { on_lapse: row.on_lapse, returnable: row.returnable })
    }

    fn versions(&self) -> String {
        Self::versions(self).to_owned()
    }
}
