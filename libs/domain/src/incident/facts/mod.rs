//! The facts of an incident. Past tense; a shipped shape never changes: a new shape is a new type.
//!
//! Names, addresses and words of people stand in [`Sealed`] only.

mod aid;
mod claim;
mod ending;
mod handover;
mod history;
mod joint;
mod leave;
mod opening;
mod supervision;
mod tiers;
mod work;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{clock::Move, kinds::Channel};
use crate::{
    area::AreaCode,
    id::{Agency, ReportId, SeatId},
};

pub use aid::*;
pub use claim::*;
pub use ending::*;
pub use handover::*;
pub use history::*;
pub use joint::*;
pub use leave::*;
pub use opening::*;
pub use supervision::*;
pub use tiers::*;
pub use work::*;

crate::fact::shapes! {
    /// One fact about one incident.
    Fact {
        /// A report opened this incident.
        "incident.received" Received,
        /// A known report came again with other content (续报).
        "incident.supplemented" Supplemented,
        /// Flags were added or the class was raised.
        "incident.raised" Raised,
        /// Answered in the call (当场答复).
        "incident.answered" Answered,
        /// Fixed on patrol (即巡即办).
        "incident.self_handled" SelfHandled,
        /// Somebody was asked to look before acceptance.
        "incident.verification_asked" VerificationAsked,
        /// What was found on site before acceptance.
        "incident.verified" Verified,
        /// Not taken on, by a person, with a reason.
        "incident.declined" Declined,
        /// Taken on with category and priority.
        "incident.accepted" Accepted,
        /// Parts were settled and sent.
        "incident.routed" Routed,
        /// One more agency was asked for a part.
        "incident.part_added" PartAdded,
        /// A unit was ordered to a part.
        "incident.order_issued" OrderIssued,
        /// The order reached the unit.
        "incident.order_delivered" OrderDelivered,
        /// The unit signed.
        "incident.order_signed" OrderSigned,
        /// The unit cannot; the issuer reassigns.
        "incident.order_cannot" OrderCannot,
        /// A part or the lead was offered to another agency.
        "incident.transfer_offered" TransferOffered,
        /// The offer reached the other agency; that is not acceptance.
        "incident.transfer_delivered" TransferDelivered,
        /// A person of the receiver accepted.
        "incident.transfer_accepted" TransferAccepted,
        /// The receiver gave it back with a reason.
        "incident.transfer_returned" TransferReturned,
        /// Nobody answered in time.
        "incident.transfer_lapsed" TransferLapsed,
        /// The sender took the offer back.
        "incident.transfer_withdrawn" TransferWithdrawn,
        /// The duty chief settled who does it (指定承办).
        "incident.designated" Designated,
        /// A unit set out.
        "incident.unit_en_route" UnitEnRoute,
        /// A unit arrived.
        "incident.unit_on_scene" UnitOnScene,
        /// A part's owner reported its work done.
        "incident.part_finished" PartFinished,
        /// The lead let an assisting part go.
        "incident.part_released" PartReleased,
        /// All mandatory parts are done.
        "incident.done" Done,
        /// Somebody else was asked to check.
        "incident.check_asked" CheckAsked,
        /// What the check found.
        "incident.checked" Checked,
        /// A reporter was told the result (答复).
        "incident.reporter_told" ReporterTold,
        /// A reporter was asked (回访).
        "incident.followed_up" FollowedUp,
        /// The lead closed it.
        "incident.closed" Closed,
        /// The reporter took it back.
        "incident.withdrawn" Withdrawn,
        /// One person says that it should never have been here.
        "incident.void_asked" VoidAsked,
        /// A second person agreed.
        "incident.voided" Voided,
        /// Somebody asks to take it up again.
        "incident.reopen_asked" ReopenAsked,
        /// Taken up again.
        "incident.reopened" Reopened,
        /// Not taken up again, with a reason.
        "incident.reopen_refused" ReopenRefused,
        /// A promise was not kept in time.
        "incident.clock_breached" ClockBreached,
        /// More time was asked for (申请延期).
        "incident.extension_asked" ExtensionAsked,
        /// It was asked to set it aside (申请挂账).
        "incident.suspension_asked" SuspensionAsked,
        /// Somebody appealed against a lateness or a designation (申诉).
        "incident.appeal_asked" AppealAsked,
        /// The first level agreed to a request.
        "incident.request_endorsed" RequestEndorsed,
        /// A request was refused, with a reason.
        "incident.request_refused" RequestRefused,
        /// A clock has a new due time, and the reporters were told it.
        "incident.clock_extended" ClockExtended,
        /// Set aside for a time (挂账): its clocks stand still.
        "incident.suspended" Suspended,
        /// Taken up again: its clocks go on with what was left.
        "incident.resumed" Resumed,
        /// An appeal was upheld: the lateness stays, and an exemption stands beside it.
        "incident.clock_exempted" ClockExempted,
        /// An appeal was upheld: the designation no longer holds.
        "incident.designation_lifted" DesignationLifted,
        /// A reporter was contacted about the handling.
        "incident.reporter_contacted" ReporterContacted,
        /// A part's owner said how the work goes.
        "incident.feedback_given" FeedbackGiven,
        /// A past life was recorded from a file; stages that the file does not tell are named as missing.
        "incident.history_recorded" HistoryRecorded,
        /// The police said whether others may enter.
        "incident.scene_declared" SceneDeclared,
        /// Reports of another incident belong to this one.
        "incident.reports_linked" ReportsLinked,
        /// Goes on as part of another incident (合并 / 关联主警单).
        "incident.merged" Merged,
        /// A second matter in it became an incident of its own.
        "incident.split" Split,
        /// Split off another incident.
        "incident.split_off" SplitOff,
        /// Who kept watch took the lead back, as an order.
        "incident.recalled" Recalled,
        /// The category at feedback was corrected.
        "incident.category_corrected" CategoryCorrected,
        /// Somebody added words.
        "incident.noted" Noted,
        /// An agency's own form got its number there.
        "incident.numbered" Numbered,
        /// The upper tier was informed (上报); the owner stays.
        "incident.informed_upward" InformedUpward,
        /// The lead was offered to the next tier up (提级).
        "incident.escalated" Escalated,
        /// The lead was handed to a lower tier (交办).
        "incident.handed_down" HandedDown,
        /// A person of another tier took the lead.
        "incident.tier_taken" TierTaken,
        /// Another tier gave it back with a reason.
        "incident.tier_returned" TierReturned,
        /// A supervision was opened (督办); the owner stays.
        "incident.supervision_opened" SupervisionOpened,
        /// It was replied to.
        "incident.supervision_replied" SupervisionReplied,
        /// It was struck off (销号), by who did not reply to it.
        "incident.supervision_struck" SupervisionStruck,
        /// Agencies were called to a place (吹哨); the owner stays.
        "incident.summoned" Summoned,
        /// One of them is there.
        "incident.summons_arrived" SummonsArrived,
        /// An agency's seat was reminded (催办).
        "incident.reminded" Reminded,
        /// The upper desk looks on, as a clock ran out.
        "incident.supervisor_added" SupervisorAdded,
        /// A conference call began (三方通话).
        "incident.conference_started" ConferenceStarted,
        /// It ended.
        "incident.conference_ended" ConferenceEnded,
        /// Another agency was asked for what is lacking; the lead stays.
        "incident.resource_asked" ResourceAsked,
        /// It gives some.
        "incident.resource_granted" ResourceGranted,
        /// It cannot.
        "incident.resource_refused" ResourceRefused,
        /// A seat works on it, for the others to see.
        "incident.claimed" Claimed,
        /// That seat let it go.
        "incident.claim_released" ClaimReleased,
        /// A unit of a past matter took somebody away, or arrived there.
        "incident.unit_progressed" UnitProgressed,
        /// A unit's past order was recorded to its end; stages that the file does not tell are named as missing.
        "incident.unit_recorded" UnitRecorded,
        /// A past matter got another priority than at first.
        "incident.priority_changed" PriorityChanged,
    }
}

impl Fact {
    /// The clocks that begin and end with this fact.
    #[must_use]
    pub fn moves(&self) -> &[Move] {
        match self {
            Self::Received(fact) => &fact.clocks,
            Self::Answered(fact) => &fact.clocks,
            Self::SelfHandled(fact) => &fact.clocks,
            Self::Declined(fact) => &fact.clocks,
            Self::Accepted(fact) => &fact.clocks,
            Self::Routed(fact) => &fact.clocks,
            Self::PartAdded(fact) => &fact.clocks,
            Self::OrderDelivered(fact) => &fact.clocks,
            Self::OrderSigned(fact) => &fact.clocks,
            Self::OrderCannot(fact) => &fact.clocks,
            Self::TransferDelivered(fact) => &fact.clocks,
            Self::TransferAccepted(fact) => &fact.clocks,
            Self::TransferReturned(fact) => &fact.clocks,
            Self::TransferLapsed(fact) => &fact.clocks,
            Self::TransferWithdrawn(fact) => &fact.clocks,
            Self::Designated(fact) => &fact.clocks,
            Self::UnitOnScene(fact) => &fact.clocks,
            Self::PartFinished(fact) => &fact.clocks,
            Self::PartReleased(fact) => &fact.clocks,
            Self::CheckAsked(fact) => &fact.clocks,
            Self::Checked(fact) => &fact.clocks,
            Self::ReporterTold(fact) => &fact.clocks,
            Self::FollowedUp(fact) => &fact.clocks,
            Self::Closed(fact) => &fact.clocks,
            Self::Withdrawn(fact) => &fact.clocks,
            Self::Voided(fact) => &fact.clocks,
            Self::Reopened(fact) => &fact.clocks,
            Self::HistoryRecorded(fact) => &fact.clocks,
            Self::Raised(fact) => &fact.clocks,
            Self::VerificationAsked(fact) => &fact.clocks,
            Self::Verified(fact) => &fact.clocks,
            Self::OrderIssued(fact) => &fact.clocks,
            Self::Done(fact) => &fact.clocks,
            Self::ReopenAsked(fact) => &fact.clocks,
            Self::ReopenRefused(fact) => &fact.clocks,
            Self::ReportsLinked(fact) => &fact.clocks,
            Self::Merged(fact) => &fact.clocks,
            Self::SplitOff(fact) => &fact.clocks,
            Self::Recalled(fact) => &fact.clocks,
            Self::InformedUpward(fact) => &fact.clocks,
            Self::Escalated(fact) => &fact.clocks,
            Self::HandedDown(fact) => &fact.clocks,
            Self::TierTaken(fact) => &fact.clocks,
            Self::TierReturned(fact) => &fact.clocks,
            Self::SupervisionOpened(fact) => &fact.clocks,
            Self::SupervisionReplied(fact) => &fact.clocks,
            Self::SupervisionStruck(fact) => &fact.clocks,
            Self::Summoned(fact) => &fact.clocks,
            Self::SummonsArrived(fact) => &fact.clocks,
            Self::ResourceAsked(fact) => &fact.clocks,
            Self::ResourceGranted(fact) => &fact.clocks,
            Self::ResourceRefused(fact) => &fact.clocks,
            Self::ClockExtended(fact) => &fact.clocks,
            Self::Suspended(fact) => &fact.clocks,
            Self::Resumed(fact) => &fact.clocks,
            Self::DesignationLifted(fact) => &fact.clocks,
            Self::ReporterContacted(fact) => &fact.clocks,
            Self::FeedbackGiven(fact) => &fact.clocks,
            Self::ExtensionAsked(_)
            | Self::SuspensionAsked(_)
            | Self::AppealAsked(_)
            | Self::RequestEndorsed(_)
            | Self::RequestRefused(_)
            | Self::ClockExempted(_) => &[],
            Self::Supplemented(_)
            | Self::SceneDeclared(_)
            | Self::Split(_)
            | Self::CategoryCorrected(_)
            | Self::Noted(_)
            | Self::Numbered(_)
            | Self::Reminded(_)
            | Self::SupervisorAdded(_)
            | Self::ConferenceStarted(_)
            | Self::ConferenceEnded(_)
            | Self::Claimed(_)
            | Self::ClaimReleased(_)
            | Self::TransferOffered(_)
            | Self::UnitEnRoute(_)
            | Self::VoidAsked(_)
            | Self::UnitProgressed(_)
            | Self::UnitRecorded(_)
            | Self::PriorityChanged(_)
            | Self::ClockBreached(_) => &[],
        }
    }
}

impl Fact {
    /// The sealed fields in it, under whichever report's key.
    #[must_use]
    pub fn sealed(&self) -> &[Sealed] {
        match self {
            Self::Received(fact) => &fact.report.sealed,
            Self::Supplemented(fact) => &fact.sealed,
            Self::Answered(fact) => &fact.sealed,
            Self::Declined(fact) => &fact.sealed,
            Self::OrderCannot(fact) => &fact.sealed,
            Self::TransferReturned(fact) => &fact.sealed,
            Self::PartFinished(fact) => &fact.sealed,
            Self::ReporterTold(fact) => &fact.sealed,
            Self::FollowedUp(fact) => &fact.sealed,
            Self::HistoryRecorded(fact) => &fact.sealed,
            Self::ReopenRefused(fact) => &fact.sealed,
            Self::ReopenAsked(fact) => &fact.sealed,
            Self::VoidAsked(fact) => &fact.sealed,
            Self::Withdrawn(fact) => &fact.sealed,
            Self::Checked(fact) => &fact.sealed,
            Self::Verified(fact) => &fact.sealed,
            Self::SelfHandled(fact) => &fact.sealed,
            Self::Noted(fact) => &fact.sealed,
            Self::InformedUpward(fact) => &fact.sealed,
            Self::Escalated(fact) => &fact.sealed,
            Self::TierReturned(fact) => &fact.sealed,
            Self::SupervisionReplied(fact) => &fact.sealed,
            Self::ConferenceEnded(fact) => &fact.sealed,
            Self::ExtensionAsked(fact) => &fact.sealed,
            Self::SuspensionAsked(fact) => &fact.sealed,
            Self::AppealAsked(fact) => &fact.sealed,
            Self::RequestRefused(fact) => &fact.sealed,
            Self::ClockExtended(fact) => &fact.sealed,
            Self::ReporterContacted(fact) => &fact.sealed,
            Self::FeedbackGiven(fact) => &fact.sealed,
            Self::RequestEndorsed(_)
            | Self::Suspended(_)
            | Self::Resumed(_)
            | Self::ClockExempted(_)
            | Self::DesignationLifted(_) => &[],
            Self::SceneDeclared(_)
            | Self::ReportsLinked(_)
            | Self::Merged(_)
            | Self::Split(_)
            | Self::SplitOff(_)
            | Self::Recalled(_)
            | Self::CategoryCorrected(_)
            | Self::Numbered(_)
            | Self::HandedDown(_)
            | Self::TierTaken(_)
            | Self::SupervisionOpened(_)
            | Self::SupervisionStruck(_)
            | Self::Summoned(_)
            | Self::SummonsArrived(_)
            | Self::ResourceAsked(_)
            | Self::ResourceGranted(_)
            | Self::ResourceRefused(_)
            | Self::Reminded(_)
            | Self::SupervisorAdded(_)
            | Self::ConferenceStarted(_)
            | Self::Claimed(_)
            | Self::ClaimReleased(_)
            | Self::Raised(_)
            | Self::VerificationAsked(_)
            | Self::Accepted(_)
            | Self::Routed(_)
            | Self::PartAdded(_)
            | Self::OrderIssued(_)
            | Self::OrderDelivered(_)
            | Self::OrderSigned(_)
            | Self::TransferOffered(_)
            | Self::TransferDelivered(_)
            | Self::TransferAccepted(_)
            | Self::TransferLapsed(_)
            | Self::TransferWithdrawn(_)
            | Self::Designated(_)
            | Self::UnitEnRoute(_)
            | Self::UnitOnScene(_)
            | Self::PartReleased(_)
            | Self::Done(_)
            | Self::CheckAsked(_)
            | Self::Closed(_)
            | Self::Voided(_)
            | Self::Reopened(_)
            | Self::UnitProgressed(_)
            | Self::UnitRecorded(_)
            | Self::PriorityChanged(_)
            | Self::ClockBreached(_) => &[],
        }
    }
}

/// A sealed field: readable only with the key it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sealed {
    /// What it is: `text`, `address`, `persons`, `phone`, `words`, `answer`.
    pub field: String,
    /// Name of the key: `<day>/<agency>/<report>`.
    pub key: String,
    /// Nonce and ciphertext, base64url.
    #[serde(rename = "box")]
    pub data: String,
}

/// One report as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Its id, derived from source and reference.
    pub id: ReportId,
    /// Which system or desk told us: `police110`, `hotline12345`, `patrol`, …
    pub source: String,
    /// The number it has there.
    pub reference: String,
    /// How it came in.
    pub channel: Channel,
    /// Keyed digest of its content, 32 hex digits: the same report again is known by it.
    pub digest: String,
    /// Who owes its reporter an answer; none where nobody asked (patrol, sensor).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Agency>,
    /// Its words, names and addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
}

/// The agency and seat that answer for the incident now (承办责任).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lead {
    /// The agency.
    pub agency: Agency,
    /// The desk of that agency, where it has several; the district's where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaCode>,
    /// The seat, once a person took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<SeatId>,
}
