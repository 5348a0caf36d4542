//! What desks ask of each other on one matter: links, splits, recalls, notes, forms. Part of the kit.

use super::kit::{GRID, POLICE, agency, matter, why};
use crate::{
    area::Place,
    id::{IncidentId, ReportId},
    incident::*,
    reason::ReasonCode,
};

pub(crate) fn link(into: u128) -> Command {
    Command::Link { into: IncidentId::from_u128(into), reason: why(ReasonCode::LinkSameMatter) }
}

pub(crate) fn take_reports(from: u128) -> Command {
    let report = LinkedReport {
        id: ReportId::of("police110", "J9"),
        source: "police110".to_owned(),
        reference: "J9".to_owned(),
        channel: Channel::Phone,
        digest: "z".to_owned(),
        answer: Some(agency(POLICE)),
    };
    let flags = [Flag::Crowd].into();
    Command::TakeReports { from: IncidentId::from_u128(from), class: Class::N, flags, reports: vec![report] }
}

pub(crate) fn split() -> Command {
    let reason = why(ReasonCode::SplitSecondMatter);
    Command::Split { into: IncidentId::from_u128(3), category: matter(), reason }
}

pub(crate) fn open_split() -> Command {
    let matter = SplitFrom {
        incident: IncidentId::from_u128(9),
        place: Place { area: "320111004001".parse().expect("a community") },
        class: Class::N,
        flags: [].into(),
        category: matter(),
        priority: Priority::SOON,
        lead: agency(GRID),
        reason: why(ReasonCode::SplitSecondMatter),
    };
    Command::OpenSplit { matter: Box::new(matter) }
}

pub(crate) fn recall() -> Command {
    Command::Recall { reason: why(ReasonCode::RecallViolent) }
}

pub(crate) fn note() -> Command {
    let words = Sealed { field: "words".to_owned(), key: "k".to_owned(), data: "d".to_owned() };
    Command::Note { topic: Topic::Note, sealed: vec![words] }
}

pub(crate) fn number(number: &str) -> Command {
    Command::Number { form: Form::Dispatch, number: number.to_owned(), part: None }
}
