//! `Debug` for messages that carry a person's words, names or a secret: it names what is there, never what it says.
//!
//! A log line, a failed assertion or a panic prints `{:?}`; none of them may print a person. The list of these
//! messages stands in `build.rs`.

use std::fmt;

use crate::v1::{
    AddSeatAnswer, AdoptPolicyRequest, Point, ReportRequest, Reporter, ResetSeatAnswer, RevealAnswer, SignedBatch,
    feedback_act_request as feedback, intake_act_request as intake, partner_frame as frame, triage_act_request as triage,
};

/// Stands for a field that is not shown; true where it is empty.
struct Hidden(bool);

impl Hidden {
    fn of<T: Default + PartialEq>(field: &T) -> Self {
        Self(*field == T::default())
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "empty" } else { "hidden" })
    }
}

macro_rules! hidden {
    ($($name:ident $(:: $inner:ident)? shows [$($shown:ident),*] hides [$($hidden:ident),*])*) => {$(
        impl fmt::Debug for $name $(:: $inner)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // Taken apart field by field: a new field has to be put on one side or the other.
                let Self { $($shown,)* $($hidden),* } = self;
                let mut out = f.debug_struct(stringify!($name $(:: $inner)?));
                $(out.field(stringify!($shown), $shown);)*
                $(out.field(stringify!($hidden), &Hidden::of($hidden));)*
                out.finish()
            }
        }
    )*};
}

hidden! {
    ReportRequest
        shows [command_id, source, reference, channel, area, class, answer_agency, occurred, basis, history, promised]
        hides [title, text, reporter, address, point]
    Reporter shows [] hides [name, phone, id_number]
    Point shows [datum] hides [lon_e7, lat_e7]
    RevealAnswer shows [erased, position] hides [fields]
    intake::Answer shows [reason, category] hides [words]
    triage::Decline shows [reason] hides [words]
    triage::CannotOrder shows [order, reason] hides [words]
    triage::ReturnTransfer shows [transfer, reason] hides [words]
    triage::Finish shows [part, category, outcome] hides [words]
    feedback::Tell shows [report_id] hides [words]
    feedback::FollowUp shows [report_id, reached, solved, satisfaction, contacted] hides [words]
    feedback::Record shows [answered] hides [words]
    triage::Note shows [topic] hides [words]
    triage::InformUpward shows [reason] hides [words]
    triage::Escalate shows [reason] hides [words]
    triage::ReturnTier shows [reason] hides [words]
    triage::ReplySupervision shows [supervision] hides [words]
    triage::EndConference shows [conference, outcome] hides [words]
    triage::AskExtension shows [clock, amount, reason] hides [words]
    triage::AskSuspension shows [days, reason] hides [words]
    triage::AskAppeal shows [clock, version, part, reason] hides [words]
    triage::GrantRequest shows [request, told] hides [words]
    triage::DateTold shows [report_id] hides [words]
    triage::RefuseRequest shows [request, reason] hides [words]
    triage::ContactReporter shows [report_id] hides [words]
    triage::GiveFeedback shows [part] hides [words]
    frame::Report
        shows [source, reference, channel, area, class, category, priority, flags, taken, withheld]
        hides [title, text, reporter, address, point]
    frame::Supplement shows [source, reference] hides [text]
    frame::Order shows [step, order, part, unit, task, reason, category, priority, reports] hides [words]
    frame::Transfer shows [step, transfer, part, lead, from, to, reason, task, reports] hides [words]
    frame::Finished shows [part, category, outcome] hides [words]
    frame::FormAmended shows [] hides [words]
    frame::Note shows [] hides [words]
    frame::Told shows [source, reference] hides [words]
    frame::FollowUpDone shows [source, reference, reached, contacted, solved, satisfaction] hides [words]
    SignedBatch shows [] hides [batch, signature]
    AdoptPolicyRequest shows [command_id, file] hides [text]
    AddSeatAnswer shows [position, repeated_command] hides [token]
    ResetSeatAnswer shows [position, repeated_command] hides [token]
}
