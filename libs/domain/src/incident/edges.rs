//! Which command may come in which stage, as data. Every (stage, command) cell stands here: an edge with the
//! stages it may lead to, or a named refusal. There is no default; a missing cell is a failing test.
//!
//! What an edge further asks (who, which part, which reason) is in [`super::decide`]. One fact rides ahead of any other
//! and is not named in each row: a command that stops a clock which has run out leaves its breach first ([`LATE`]).

use super::{
    command::Kind,
    kinds::Stage::{self, *},
    refusal::Refusal,
};

/// The fact that may come ahead of the facts of any command.
pub const LATE: &str = "incident.clock_breached";

/// All that one command may do.
#[derive(Debug, Clone)]
pub struct Row {
    /// The command.
    pub command: Kind,
    /// The types of the facts that it may cause.
    pub facts: &'static [&'static str],
    /// Where it may come.
    pub edges: &'static [Edge],
    /// Where it is refused, and how.
    pub refused: &'static [(&'static [Stage], Why)],
}

/// From one stage to another, by one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The stage before.
    pub from: Stage,
    /// Stages it may lead to; which one follows from the parts.
    pub to: &'static [Stage],
    /// Only for incidents from files of past matters.
    pub history: bool,
}

/// How a cell is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Nothing is known of the incident.
    Unknown,
    /// Something has to come first.
    TooEarly,
    /// The life has gone past it.
    TooLate,
    /// The life is over.
    Ended,
    /// An end that no reopening undoes.
    BeyondReopening,
}

/// What the table says of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// The command may come.
    Edge(Edge),
    /// It is refused.
    Refused(Why),
}

const fn edge(from: Stage, to: &'static [Stage]) -> Edge {
    Edge { from, to, history: false }
}

const fn history(from: Stage, to: &'static [Stage]) -> Edge {
    Edge { from, to, history: true }
}

const NEW: &[Stage] = &[New];
const ENDED: &[Stage] = &[Closed, Declined, Merged, Withdrawn, Void];
const FROM_ACCEPTED: &[Stage] = &[Accepted, Routed, Handling, Done, Checking, Followup];
const FROM_ROUTED: &[Stage] = &[Routed, Handling, Done, Checking, Followup];
const BEFORE_ROUTED: &[Stage] = &[Received, Verifying, Accepted];
const BEFORE_DONE: &[Stage] = &[Received, Verifying, Accepted, Routed, Handling];
const AFTER_HANDLING: &[Stage] = &[Done, Checking, Followup];

/// Anything open may be added to, and stays where it is.
const OPEN_SAME: &[Edge] = OFFER_SAME;
const OPEN_REFUSED: &[(&[Stage], Why)] = OFFER_REFUSED;

/// A supervision is replied to and struck off after the matter closed, too.
const SUPERVISED_SAME: &[Edge] = &[
    edge(Received, &[Received]),
    edge(Verifying, &[Verifying]),
    edge(Accepted, &[Accepted]),
    edge(Routed, &[Routed]),
    edge(Handling, &[Handling]),
    edge(Done, &[Done]),
    edge(Checking, &[Checking]),
    edge(Followup, &[Followup]),
    edge(Closed, &[Closed]),
];
const SUPERVISED_REFUSED: &[(&[Stage], Why)] = &[(NEW, Why::Unknown), (&[Declined, Merged, Withdrawn, Void], Why::Ended)];

/// Units are at work. Assisting parts go on by themselves after all mandatory ones are done, and change nothing of that.
const WORK: &[Edge] = &[
    edge(Routed, &[Handling]),
    edge(Handling, &[Handling]),
    edge(Done, &[Done]),
    edge(Checking, &[Checking]),
    edge(Followup, &[Followup]),
];
const WORK_SAME: &[Edge] = &[
    edge(Routed, &[Routed]),
    edge(Handling, &[Handling]),
    edge(Done, &[Done]),
    edge(Checking, &[Checking]),
    edge(Followup, &[Followup]),
];
const WORK_REFUSED: &[(&[Stage], Why)] = &[(NEW, Why::Unknown), (BEFORE_ROUTED, Why::TooEarly), (ENDED, Why::Ended)];

/// From acceptance to the follow-up, staying where it is.
const ACCEPTED_SAME: &[Edge] = &[
    edge(Accepted, &[Accepted]),
    edge(Routed, &[Routed]),
    edge(Handling, &[Handling]),
    edge(Done, &[Done]),
    edge(Checking, &[Checking]),
    edge(Followup, &[Followup]),
];
const ACCEPTED_REFUSED: &[(&[Stage], Why)] = &[(NEW, Why::Unknown), (&[Received, Verifying], Why::TooEarly), (ENDED, Why::Ended)];
/// Work is ahead or under way: only that can be set aside.
const UNDER_WAY: &[Edge] = &[edge(Accepted, &[Accepted]), edge(Routed, &[Routed]), edge(Handling, &[Handling])];
const UNDER_WAY_REFUSED: &[(&[Stage], Why)] =
    &[(NEW, Why::Unknown), (&[Received, Verifying], Why::TooEarly), (AFTER_HANDLING, Why::TooLate), (ENDED, Why::Ended)];
/// A lateness may be judged after the incident was closed, too.
const JUDGED_SAME: &[Edge] = &[
    edge(Received, &[Received]),
    edge(Verifying, &[Verifying]),
    edge(Accepted, &[Accepted]),
    edge(Routed, &[Routed]),
    edge(Handling, &[Handling]),
    edge(Done, &[Done]),
    edge(Checking, &[Checking]),
    edge(Followup, &[Followup]),
    edge(Closed, &[Closed]),
];
const JUDGED_REFUSED: &[(&[Stage], Why)] = &[(NEW, Why::Unknown), (&[Declined, Merged, Withdrawn, Void], Why::Ended)];

/// Between agencies: an offer may be open from receipt to the end.
const OFFER_SAME: &[Edge] = &[
    edge(Received, &[Received]),
    edge(Verifying, &[Verifying]),
    edge(Accepted, &[Accepted]),
    edge(Routed, &[Routed]),
    edge(Handling, &[Handling]),
    edge(Done, &[Done]),
    edge(Checking, &[Checking]),
    edge(Followup, &[Followup]),
];
/// A part that somebody takes over is being handled.
const OFFER_TAKEN: &[Edge] = &[
    edge(Received, &[Received]),
    edge(Verifying, &[Verifying]),
    edge(Accepted, &[Accepted]),
    edge(Routed, &[Routed, Handling]),
    edge(Handling, &[Handling]),
    edge(Done, &[Done]),
    edge(Checking, &[Checking]),
    edge(Followup, &[Followup]),
];
const OFFER_REFUSED: &[(&[Stage], Why)] = &[(NEW, Why::Unknown), (ENDED, Why::Ended)];

macro_rules! rows {
    ($($command:ident [$($fact:literal),*]: $edges:expr, $refused:expr;)*) => {
        /// The whole table, in the order of a life.
        pub const TABLE: &[Row] = &[$(Row { command: Kind::$command, facts: &[$($fact),*], edges: $edges, refused: $refused }),*];
    };
}

rows! {
    Receive ["incident.received", "incident.supplemented", "incident.raised", "incident.resumed"]: &[
        edge(New, &[Received]), edge(Received, &[Received]), edge(Verifying, &[Verifying]), edge(Accepted, &[Accepted]),
        edge(Routed, &[Routed]), edge(Handling, &[Handling]), edge(Done, &[Done]), edge(Checking, &[Checking]),
        edge(Followup, &[Followup]), edge(Closed, &[Closed]), edge(Declined, &[Declined]), edge(Merged, &[Merged]),
        edge(Withdrawn, &[Withdrawn]), edge(Void, &[Void]),
    ], &[];
    Raise ["incident.raised", "incident.resumed"]: &[
        edge(Received, &[Received]), edge(Verifying, &[Verifying]), edge(Accepted, &[Accepted]), edge(Routed, &[Routed]),
        edge(Handling, &[Handling]), edge(Done, &[Done]), edge(Checking, &[Checking]), edge(Followup, &[Followup]),
        edge(Closed, &[Closed]), edge(Declined, &[Declined]), edge(Merged, &[Merged]), edge(Withdrawn, &[Withdrawn]),
        edge(Void, &[Void]),
    ], &[(NEW, Why::Unknown)];
    Answer ["incident.answered"]: &[edge(Received, &[Closed])],
        &[(NEW, Why::Unknown), (&[Verifying], Why::TooLate), (FROM_ACCEPTED, Why::TooLate), (ENDED, Why::Ended)];
    SelfHandle ["incident.self_handled"]: &[edge(Received, &[Closed])],
        &[(NEW, Why::Unknown), (&[Verifying], Why::TooLate), (FROM_ACCEPTED, Why::TooLate), (ENDED, Why::Ended)];
    AskVerification ["incident.verification_asked"]: &[edge(Received, &[Verifying])],
        &[(NEW, Why::Unknown), (&[Verifying], Why::TooLate), (FROM_ACCEPTED, Why::TooLate), (ENDED, Why::Ended)];
    Verify ["incident.verified"]: &[edge(Verifying, &[Verifying])],
        &[(NEW, Why::Unknown), (&[Received], Why::TooEarly), (FROM_ACCEPTED, Why::TooLate), (ENDED, Why::Ended)];
    Decline ["incident.declined"]: &[edge(Received, &[Declined]), edge(Verifying, &[Declined])],
        &[(NEW, Why::Unknown), (FROM_ACCEPTED, Why::TooLate), (ENDED, Why::Ended)];
    Accept ["incident.accepted"]: &[edge(Received, &[Accepted]), edge(Verifying, &[Accepted])],
        &[(NEW, Why::Unknown), (FROM_ACCEPTED, Why::TooLate), (ENDED, Why::Ended)];
    Route ["incident.accepted", "incident.routed", "incident.transfer_offered"]: &[edge(Received, &[Routed]), edge(Accepted, &[Routed])],
        &[(NEW, Why::Unknown), (&[Verifying], Why::TooEarly), (FROM_ROUTED, Why::TooLate), (ENDED, Why::Ended)];
    AddPart ["incident.part_added", "incident.transfer_offered"]: &[edge(Routed, &[Routed]), edge(Handling, &[Handling])],
        &[(NEW, Why::Unknown), (BEFORE_ROUTED, Why::TooEarly), (AFTER_HANDLING, Why::TooLate), (ENDED, Why::Ended)];
    IssueOrder ["incident.order_issued"]: WORK_SAME, WORK_REFUSED;
    DeliverOrder ["incident.order_delivered"]: WORK_SAME, WORK_REFUSED;
    SignOrder ["incident.order_signed"]: WORK, WORK_REFUSED;
    CannotOrder ["incident.order_cannot"]: WORK_SAME, WORK_REFUSED;
    OfferTransfer ["incident.transfer_offered"]: OFFER_SAME, OFFER_REFUSED;
    DeliverTransfer ["incident.transfer_delivered"]: OFFER_SAME, OFFER_REFUSED;
    AcceptTransfer ["incident.transfer_accepted"]: OFFER_TAKEN, OFFER_REFUSED;
    ReturnTransfer ["incident.transfer_returned"]: OFFER_SAME, OFFER_REFUSED;
    LapseTransfer ["incident.transfer_lapsed"]: OFFER_TAKEN, OFFER_REFUSED;
    WithdrawTransfer ["incident.transfer_withdrawn"]: OFFER_SAME, OFFER_REFUSED;
    Designate ["incident.designated"]: OFFER_TAKEN, OFFER_REFUSED;
    EnRoute ["incident.unit_en_route"]: WORK, WORK_REFUSED;
    OnScene ["incident.unit_on_scene"]: WORK, WORK_REFUSED;
    Finish ["incident.part_finished", "incident.done"]: &[
        edge(Routed, &[Handling, Done]), edge(Handling, &[Handling, Done]), edge(Done, &[Done]), edge(Checking, &[Checking]),
        edge(Followup, &[Followup]),
    ], WORK_REFUSED;
    Release ["incident.part_released"]: &[
        edge(Accepted, &[Accepted]), edge(Routed, &[Routed]), edge(Handling, &[Handling]), edge(Done, &[Done]),
        edge(Checking, &[Checking]), edge(Followup, &[Followup]),
    ], &[(NEW, Why::Unknown), (&[Received, Verifying], Why::TooEarly), (ENDED, Why::Ended)];
    AskCheck ["incident.check_asked"]: &[edge(Done, &[Checking])],
        &[(NEW, Why::Unknown), (BEFORE_DONE, Why::TooEarly), (&[Checking, Followup], Why::TooLate), (ENDED, Why::Ended)];
    Check ["incident.checked"]: &[edge(Checking, &[Done, Handling])],
        &[(NEW, Why::Unknown), (BEFORE_DONE, Why::TooEarly), (&[Done], Why::TooEarly), (&[Followup], Why::TooLate), (ENDED, Why::Ended)];
    Tell ["incident.reporter_told"]: &[edge(Done, &[Done, Followup]), edge(Followup, &[Followup])],
        &[(NEW, Why::Unknown), (BEFORE_DONE, Why::TooEarly), (&[Checking], Why::TooEarly), (ENDED, Why::Ended)];
    FollowUp ["incident.followed_up"]: &[edge(Followup, &[Followup])],
        &[(NEW, Why::Unknown), (BEFORE_DONE, Why::TooEarly), (&[Done, Checking], Why::TooEarly), (ENDED, Why::Ended)];
    Close ["incident.closed"]: &[edge(Done, &[Closed]), edge(Followup, &[Closed])],
        &[(NEW, Why::Unknown), (BEFORE_DONE, Why::TooEarly), (&[Checking], Why::TooEarly), (ENDED, Why::Ended)];
    Withdraw ["incident.withdrawn"]: &[
        edge(Received, &[Withdrawn]), edge(Verifying, &[Withdrawn]), edge(Accepted, &[Withdrawn]),
        edge(Routed, &[Withdrawn]), edge(Handling, &[Withdrawn]),
    ], &[(NEW, Why::Unknown), (AFTER_HANDLING, Why::TooLate), (ENDED, Why::Ended)];
    AskVoid ["incident.void_asked"]: &[
        edge(Received, &[Received]), edge(Verifying, &[Verifying]), edge(Accepted, &[Accepted]), edge(Routed, &[Routed]),
        edge(Handling, &[Handling]),
    ], &[(NEW, Why::Unknown), (AFTER_HANDLING, Why::TooLate), (ENDED, Why::Ended)];
    Void ["incident.voided"]: &[
        edge(Received, &[Void]), edge(Verifying, &[Void]), edge(Accepted, &[Void]), edge(Routed, &[Void]),
        edge(Handling, &[Void]),
    ], &[(NEW, Why::Unknown), (AFTER_HANDLING, Why::TooLate), (ENDED, Why::Ended)];
    AskReopen ["incident.reopen_asked"]: &[edge(Followup, &[Followup]), edge(Closed, &[Closed])],
        &[(NEW, Why::Unknown), (BEFORE_DONE, Why::TooEarly), (&[Done, Checking], Why::TooEarly),
          (&[Declined, Merged, Withdrawn, Void], Why::BeyondReopening)];
    Reopen ["incident.reopened"]: &[edge(Followup, &[Accepted]), edge(Closed, &[Accepted])],
        &[(NEW, Why::Unknown), (BEFORE_DONE, Why::TooEarly), (&[Done, Checking], Why::TooEarly),
          (&[Declined, Merged, Withdrawn, Void], Why::BeyondReopening)];
    RefuseReopen ["incident.reopen_refused"]: &[edge(Followup, &[Followup]), edge(Closed, &[Closed])],
        &[(NEW, Why::Unknown), (BEFORE_DONE, Why::TooEarly), (&[Done, Checking], Why::TooEarly),
          (&[Declined, Merged, Withdrawn, Void], Why::BeyondReopening)];
    Breach ["incident.clock_breached"]: &[
        edge(Received, &[Received]), edge(Verifying, &[Verifying]), edge(Accepted, &[Accepted]), edge(Routed, &[Routed]),
        edge(Handling, &[Handling]), edge(Done, &[Done]), edge(Checking, &[Checking]), edge(Followup, &[Followup]),
    ], &[(NEW, Why::Unknown), (ENDED, Why::Ended)];
    AskExtension ["incident.extension_asked"]: ACCEPTED_SAME, ACCEPTED_REFUSED;
    AskSuspension ["incident.suspension_asked"]: UNDER_WAY, UNDER_WAY_REFUSED;
    AskAppeal ["incident.appeal_asked"]: JUDGED_SAME, JUDGED_REFUSED;
    EndorseRequest ["incident.request_endorsed"]: JUDGED_SAME, JUDGED_REFUSED;
    GrantRequest ["incident.clock_extended", "incident.suspended", "incident.clock_exempted", "incident.designation_lifted"]:
        JUDGED_SAME, JUDGED_REFUSED;
    RefuseRequest ["incident.request_refused"]: JUDGED_SAME, JUDGED_REFUSED;
    Resume ["incident.resumed"]: UNDER_WAY, UNDER_WAY_REFUSED;
    ContactReporter ["incident.reporter_contacted"]: ACCEPTED_SAME, ACCEPTED_REFUSED;
    GiveFeedback ["incident.feedback_given"]: WORK_SAME, WORK_REFUSED;
    DeclareScene ["incident.scene_declared"]: OPEN_SAME, OPEN_REFUSED;
    Link ["incident.merged"]: &[edge(Received, &[Merged]), edge(Verifying, &[Merged]), edge(Accepted, &[Merged])],
        &[(NEW, Why::Unknown), (FROM_ROUTED, Why::TooLate), (ENDED, Why::Ended)];
    TakeReports ["incident.reports_linked", "incident.raised", "incident.resumed"]: OPEN_SAME, OPEN_REFUSED;
    Split ["incident.split"]: OPEN_SAME, OPEN_REFUSED;
    OpenSplit ["incident.split_off"]: &[edge(New, &[Accepted])],
        &[(BEFORE_DONE, Why::TooLate), (AFTER_HANDLING, Why::TooLate), (ENDED, Why::Ended)];
    Recall ["incident.recalled"]: OPEN_SAME, OPEN_REFUSED;
    Correct ["incident.category_corrected"]: &[
        edge(Routed, &[Routed]), edge(Handling, &[Handling]), edge(Done, &[Done]), edge(Checking, &[Checking]),
        edge(Followup, &[Followup]), edge(Closed, &[Closed]),
    ], &[(NEW, Why::Unknown), (BEFORE_ROUTED, Why::TooEarly), (&[Declined, Merged, Withdrawn, Void], Why::Ended)];
    Note ["incident.noted"]: &[
        edge(Received, &[Received]), edge(Verifying, &[Verifying]), edge(Accepted, &[Accepted]), edge(Routed, &[Routed]),
        edge(Handling, &[Handling]), edge(Done, &[Done]), edge(Checking, &[Checking]), edge(Followup, &[Followup]),
        edge(Closed, &[Closed]), edge(Declined, &[Declined]), edge(Merged, &[Merged]), edge(Withdrawn, &[Withdrawn]),
        edge(Void, &[Void]),
    ], &[(NEW, Why::Unknown)];
    Number ["incident.numbered"]: &[
        edge(Received, &[Received]), edge(Verifying, &[Verifying]), edge(Accepted, &[Accepted]), edge(Routed, &[Routed]),
        edge(Handling, &[Handling]), edge(Done, &[Done]), edge(Checking, &[Checking]), edge(Followup, &[Followup]),
        edge(Closed, &[Closed]), edge(Declined, &[Declined]), edge(Merged, &[Merged]), edge(Withdrawn, &[Withdrawn]),
        edge(Void, &[Void]),
    ], &[(NEW, Why::Unknown)];
    InformUpward ["incident.informed_upward"]: OPEN_SAME, OPEN_REFUSED;
    Escalate ["incident.escalated"]: OPEN_SAME, OPEN_REFUSED;
    HandDown ["incident.handed_down"]: OPEN_SAME, OPEN_REFUSED;
    TakeTier ["incident.tier_taken"]: OPEN_SAME, OPEN_REFUSED;
    ReturnTier ["incident.tier_returned"]: OPEN_SAME, OPEN_REFUSED;
    Supervise ["incident.supervision_opened"]: OPEN_SAME, OPEN_REFUSED;
    ReplySupervision ["incident.supervision_replied"]: SUPERVISED_SAME, SUPERVISED_REFUSED;
    StrikeSupervision ["incident.supervision_struck"]: SUPERVISED_SAME, SUPERVISED_REFUSED;
    Summon ["incident.summoned"]: OPEN_SAME, OPEN_REFUSED;
    Arrive ["incident.summons_arrived"]: OPEN_SAME, OPEN_REFUSED;
    Remind ["incident.reminded"]: OPEN_SAME, OPEN_REFUSED;
    Oversee ["incident.supervisor_added"]: OPEN_SAME, OPEN_REFUSED;
    Confer ["incident.conference_started"]: OPEN_SAME, OPEN_REFUSED;
    EndConference ["incident.conference_ended"]: OPEN_SAME, OPEN_REFUSED;
    AskResource ["incident.resource_asked"]: OPEN_SAME, OPEN_REFUSED;
    GrantResource ["incident.resource_granted"]: OPEN_SAME, OPEN_REFUSED;
    CannotResource ["incident.resource_refused"]: OPEN_SAME, OPEN_REFUSED;
    Claim ["incident.claimed"]: OPEN_SAME, OPEN_REFUSED;
    ReleaseClaim ["incident.claim_released"]: OPEN_SAME, OPEN_REFUSED;
    RecordRoute ["incident.routed"]: &[history(Received, &[Routed]), history(Accepted, &[Routed])],
        &[(NEW, Why::Unknown), (&[Verifying], Why::TooEarly), (FROM_ROUTED, Why::TooLate), (ENDED, Why::Ended)];
    RecordOrder ["incident.order_issued"]: &[history(Routed, &[Routed]), history(Handling, &[Handling])],
        &[(NEW, Why::Unknown), (BEFORE_ROUTED, Why::TooEarly), (AFTER_HANDLING, Why::TooLate), (ENDED, Why::Ended)];
    RecordStep ["incident.order_delivered", "incident.order_signed", "incident.unit_en_route", "incident.unit_on_scene",
                "incident.unit_progressed", "incident.unit_recorded"]:
        &[history(Routed, &[Routed, Handling]), history(Handling, &[Handling])],
        &[(NEW, Why::Unknown), (BEFORE_ROUTED, Why::TooEarly), (AFTER_HANDLING, Why::TooLate), (ENDED, Why::Ended)];
    RecordPriority ["incident.priority_changed"]: &[
        history(Accepted, &[Accepted]), history(Routed, &[Routed]), history(Handling, &[Handling]), history(Done, &[Done]),
    ], &[(NEW, Why::Unknown), (&[Received, Verifying], Why::TooEarly), (&[Checking, Followup], Why::TooLate), (ENDED, Why::Ended)];
    Record ["incident.history_recorded"]: &[
        history(Received, &[Closed]), history(Accepted, &[Closed]), history(Routed, &[Closed]), history(Handling, &[Closed]),
        history(Done, &[Closed]),
    ], &[(NEW, Why::Unknown), (&[Verifying], Why::TooEarly), (&[Checking, Followup], Why::TooLate), (ENDED, Why::Ended)];
}

/// What the table says of `command` in `stage`.
#[must_use]
pub fn cell(stage: Stage, command: Kind) -> Option<Cell> {
    look(TABLE, stage, command)
}

/// What `table` says; `None` where it says nothing, or says two things.
#[must_use]
pub fn look(table: &[Row], stage: Stage, command: Kind) -> Option<Cell> {
    let row = table.iter().find(|row| row.command == command)?;
    let edges = row.edges.iter().filter(|edge| edge.from == stage).map(|&edge| Cell::Edge(edge));
    let refused = row.refused.iter().filter(|(stages, _)| stages.contains(&stage)).map(|&(_, why)| Cell::Refused(why));
    let mut cells = edges.chain(refused);
    let first = cells.next()?;
    cells.next().is_none().then_some(first)
}

impl Why {
    /// The refusal that a caller gets.
    #[must_use]
    pub const fn refusal(self, stage: Stage, command: Kind) -> Refusal {
        match self {
            Self::Unknown => Refusal::Unknown {},
            Self::TooEarly => Refusal::TooEarly { stage, command },
            Self::TooLate => Refusal::TooLate { stage, command },
            Self::Ended => Refusal::Ended { stage },
            Self::BeyondReopening => Refusal::BeyondReopening { stage },
        }
    }
}
