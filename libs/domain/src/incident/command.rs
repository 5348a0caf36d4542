//! What may be asked of an incident.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    clock::ClockId,
    facts::{Appealed, Item, LinkedReport, Report, Sealed},
    kinds::{Class, Flag, Form, Outcome, Priority, Satisfaction, Topic, UnitStage},
};
use crate::{
    area::{AreaCode, Place},
    id::{Agency, IncidentId, MatterCode, ReportId, UnitId},
    reason::Reason,
    time::Time,
};

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident $word:literal $zh:literal { $($(#[$fdoc:meta])* $field:ident: $type:ty),* $(,)? })*) => {
        /// One thing asked of an incident.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Command { $($(#[$doc])* $name { $($(#[$fdoc])* $field: $type),* }),* }
        /// Which thing is asked, without its particulars.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[$doc])* $name),* }
        impl Command {
            /// Which thing is asked.
            #[must_use]
            pub const fn kind(&self) -> Kind { match self { $(Self::$name { .. } => Kind::$name),* } }
        }
        impl Kind {
            /// All of them, in the order of a life.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// The stable word.
            #[must_use]
            pub const fn word(self) -> &'static str { match self { $(Self::$name => $word),* } }
            /// The word on screens.
            #[must_use]
            pub const fn zh(self) -> &'static str { match self { $(Self::$name => $zh),* } }
        }
        impl std::fmt::Display for Kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.word()) }
        }
    };
}

/// A report as intake hands it to the rules, sealed and located.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewReport {
    /// The report.
    pub report: Report,
    /// Where.
    pub place: Place,
    /// How far it may be seen.
    pub class: Class,
    /// Words that call for care.
    pub flags: BTreeSet<Flag>,
    /// Words of our own vocabulary found in it.
    pub terms: Vec<String>,
    /// As the source gave it or the words suggest it, until a person settles it.
    pub priority: Option<Priority>,
    /// Who answers for it from now on.
    pub lead: Agency,
    /// From a file of past matters.
    pub history: bool,
    /// What was promised, of a past matter.
    #[serde(default)]
    pub promised: Promised,
    /// Why this place and class.
    pub reasons: Vec<Reason>,
}

/// What the reporter of a past matter was promised. Of a matter of today the policies say it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Promised {
    /// The policies in force say it.
    #[default]
    ByPolicy,
    /// Its file names the moment.
    Due(Time),
    /// Its file tells of no promise.
    Nothing,
}

/// A part as a seat asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPart {
    /// Which agency.
    pub agency: Agency,
    /// The incident cannot close before it ended.
    pub mandatory: bool,
    /// What is asked.
    pub task: Option<MatterCode>,
}

/// A second matter, as it becomes an incident of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitFrom {
    /// The incident it was a part of.
    pub incident: IncidentId,
    /// Where.
    pub place: Place,
    /// How far it may be seen.
    pub class: Class,
    /// Words that call for care.
    pub flags: BTreeSet<Flag>,
    /// What the matter is.
    pub category: MatterCode,
    /// 1 to 4.
    pub priority: Priority,
    /// Who answers for it.
    pub lead: Agency,
    /// Why.
    pub reason: Reason,
}

commands! {
    /// Takes a report in; the same again changes nothing, changed content supplements.
    Receive "receive" "接报" { /// The report.
        new: Box<NewReport> }
    /// Adds flags or raises the class; anyone may.
    Raise "raise" "加注" { /// Flags to add.
        flags: BTreeSet<Flag>, /// The class it should have at least.
        class: Option<Class> }
    /// Answers in the call.
    Answer "answer" "当场答复" { /// What kind of answer.
        reason: Reason, /// The category.
        category: Option<MatterCode>, /// Its words.
        sealed: Vec<Sealed> }
    /// Records a matter fixed on patrol.
    SelfHandle "self_handle" "即巡即办" { /// By whom.
        unit: UnitId, /// What kind of matter.
        category: MatterCode }
    /// Asks somebody to look before acceptance.
    AskVerification "ask_verification" "派核实" { /// Whose people.
        agency: Agency }
    /// Says what was found on site.
    Verify "verify" "核实" { /// The matter is there.
        found: bool }
    /// Does not take it on.
    Decline "decline" "不予受理" { /// Why.
        reason: Reason, /// Words.
        sealed: Vec<Sealed> }
    /// Takes it on.
    Accept "accept" "受理" { /// Category.
        category: MatterCode, /// 1 to 4.
        priority: Priority, /// A better place.
        place: Option<Place>, /// Why.
        reasons: Vec<Reason> }
    /// Settles the parts and sends them; an emergency may come straight from received.
    Route "route" "分流交办" { /// Category, where it was not accepted before.
        category: Option<MatterCode>, /// Priority, where it was not accepted before.
        priority: Option<Priority>, /// The parts.
        parts: Vec<NewPart>, /// Why.
        reasons: Vec<Reason> }
    /// Asks one more agency.
    AddPart "add_part" "增派" { /// The part.
        part: NewPart, /// Why.
        reason: Reason }
    /// Orders a unit of one's own line to a part.
    IssueOrder "issue_order" "下达指令" { /// The part.
        part: u16, /// The unit.
        unit: UnitId, /// What it is to do, where that is not the part's own task.
        task: Option<MatterCode>, /// Why this unit: the advice and whether it was followed; what bars it, too.
        reasons: Vec<Reason> }
    /// Says that an order reached its unit.
    DeliverOrder "deliver_order" "指令送达" { /// The order.
        order: u16 }
    /// Signs an order.
    SignOrder "sign_order" "签收指令" { /// The order.
        order: u16 }
    /// Says that the unit cannot.
    CannotOrder "cannot_order" "无法执行" { /// The order.
        order: u16, /// Why.
        reason: Reason, /// Words.
        sealed: Vec<Sealed> }
    /// Offers a part or the lead to another agency.
    OfferTransfer "offer_transfer" "移交" { /// The part; none when only the lead moves.
        part: Option<u16>, /// Acceptance moves the lead.
        lead: bool, /// To.
        to: Agency, /// Why.
        reason: Reason, /// The catalogue's row.
        item: Option<Item> }
    /// Says that an offer reached the receiver.
    DeliverTransfer "deliver_transfer" "移交送达" { /// The transfer.
        transfer: u16 }
    /// Accepts an offer, as a person of the receiver.
    AcceptTransfer "accept_transfer" "接收移交" { /// The transfer.
        transfer: u16 }
    /// Gives it back.
    ReturnTransfer "return_transfer" "退回" { /// The transfer.
        transfer: u16, /// Why.
        reason: Reason, /// Words.
        sealed: Vec<Sealed> }
    /// Says that nobody answered in time.
    LapseTransfer "lapse_transfer" "超时未签收" { /// The transfer.
        transfer: u16 }
    /// Takes an offer back.
    WithdrawTransfer "withdraw_transfer" "撤回移交" { /// The transfer.
        transfer: u16, /// Why.
        reason: Reason }
    /// Settles who does a part, as duty chief.
    Designate "designate" "指定承办" { /// The part; none when only the lead is settled.
        part: Option<u16>, /// Who does it.
        agency: Agency, /// That agency leads, too.
        lead: bool, /// On which basis.
        reason: Reason }
    /// A unit sets out.
    EnRoute "en_route" "出动" { /// The part.
        part: u16, /// By which order; the latest where none is named.
        order: Option<u16> }
    /// A unit arrives.
    OnScene "on_scene" "到场" { /// The part.
        part: u16, /// By which order; the latest where none is named.
        order: Option<u16> }
    /// Reports a part done.
    Finish "finish" "处置完毕" { /// The part.
        part: u16, /// Category at feedback.
        category: Option<MatterCode>, /// How it came out.
        outcome: Option<Outcome>, /// What was done.
        sealed: Vec<Sealed> }
    /// Lets an assisting part go.
    Release "release" "解除配合" { /// The part.
        part: u16, /// Why.
        reason: Reason }
    /// Asks somebody else to check.
    AskCheck "ask_check" "派核查" { /// Whose people.
        agency: Agency }
    /// Says what the check found.
    Check "check" "核查" { /// In order.
        passed: bool, /// Why.
        reason: Reason }
    /// Tells a reporter the result.
    Tell "tell" "答复" { /// The report.
        report: ReportId, /// The answer.
        sealed: Vec<Sealed> }
    /// Asks a reporter.
    FollowUp "follow_up" "回访" { /// The report.
        report: ReportId, /// Reached.
        reached: bool, /// Was the reporter contacted in time while it was handled?
        contacted: Option<bool>, /// Solved?
        solved: Option<bool>, /// Satisfied?
        satisfaction: Option<Satisfaction>, /// Words.
        sealed: Vec<Sealed> }
    /// Closes it.
    Close "close" "办结" {}
    /// Takes it back at the reporter's wish.
    Withdraw "withdraw" "撤回" { /// Why.
        reason: Reason }
    /// Says that it should never have been here.
    AskVoid "ask_void" "申请作废" { /// Why.
        reason: Reason }
    /// Agrees to that as a second person.
    Void "void" "作废" {}
    /// Asks to take it up again.
    AskReopen "ask_reopen" "申请重办" { /// Whose reporter asks.
        report: Option<ReportId>, /// Why.
        reason: Reason }
    /// Takes it up again.
    Reopen "reopen" "重办" {}
    /// Does not take it up again.
    RefuseReopen "refuse_reopen" "不予重办" { /// Why.
        reason: Reason }
    /// A timer ran out.
    Breach "breach" "超时" { /// Which clock.
        clock: ClockId, /// The version the timer was set for.
        version: u32 }
    /// Asks for more time on a clock that has not run out.
    AskExtension "ask_extension" "申请延期" { /// The clock.
        clock: ClockId, /// How much more: minutes for hours-kinds, days for days-kinds.
        amount: u32, /// Why.
        reason: Reason, /// Words.
        sealed: Vec<Sealed> }
    /// Asks to set the whole incident aside for a time.
    AskSuspension "ask_suspension" "申请挂账" { /// For how long, in calendar days.
        days: u32, /// Why.
        reason: Reason, /// Words.
        sealed: Vec<Sealed> }
    /// Appeals against a lateness on record or a designation.
    AskAppeal "ask_appeal" "申诉" { /// Against what.
        against: Appealed, /// Why.
        reason: Reason, /// Words.
        sealed: Vec<Sealed> }
    /// Agrees to a request as the first level: within the agency that asks.
    EndorseRequest "endorse_request" "初审同意" { /// Which.
        request: u16 }
    /// Grants a request as the second level, above the agency that asks.
    GrantRequest "grant_request" "批准申请" { /// Which.
        request: u16, /// The reporters who were told the new date.
        told: Vec<ReportId>, /// What they were told.
        sealed: Vec<Sealed> }
    /// Refuses a request, at either level.
    RefuseRequest "refuse_request" "不予批准" { /// Which.
        request: u16, /// Why.
        reason: Reason, /// Words.
        sealed: Vec<Sealed> }
    /// Takes up again what was set aside: a person at any time, the hub itself at the bound.
    Resume "resume" "恢复办理" { /// The version of the suspension's clock.
        version: u32 }
    /// Says that a reporter was contacted about the handling.
    ContactReporter "contact_reporter" "联系诉求人" { /// Whose.
        report: ReportId, /// What was said.
        sealed: Vec<Sealed> }
    /// Says how the work on a part goes, before its end.
    GiveFeedback "give_feedback" "进展反馈" { /// The part.
        part: u16, /// Words.
        sealed: Vec<Sealed> }
    /// Says whether others than the police may enter.
    DeclareScene "declare_scene" "确认现场" { /// They may.
        safe: bool }
    /// Makes it a part of another incident, whose number it is found under from then on; the other one takes the reports.
    Link "link" "关联" { /// The main incident.
        into: IncidentId, /// Why.
        reason: Reason }
    /// Takes the reports of an incident that becomes a part of this one.
    TakeReports "take_reports" "并入诉求" { /// The incident they had opened.
        from: IncidentId, /// How far that one may be seen.
        class: Class, /// Words in it that call for care.
        flags: BTreeSet<Flag>, /// The reports.
        reports: Vec<LinkedReport> }
    /// Makes a second matter in it an incident of its own.
    Split "split" "分立" { /// The new incident.
        into: IncidentId, /// What the second matter is.
        category: MatterCode, /// Why.
        reason: Reason }
    /// Opens an incident that was split off another one.
    OpenSplit "open_split" "分立登记" { /// The matter.
        matter: Box<SplitFrom> }
    /// Takes the lead back, as who handed it over and kept watch.
    Recall "recall" "收回" { /// Why.
        reason: Reason }
    /// Corrects the category at feedback.
    Correct "correct" "更正类别" { /// The category.
        category: MatterCode }
    /// Adds words.
    Note "note" "备注" { /// What kind of words.
        topic: Topic, /// The words.
        sealed: Vec<Sealed> }
    /// Keeps the number that an agency's own form has there.
    Number "number" "登记单号" { /// Which form.
        form: Form, /// Its number.
        number: String, /// The part it is about.
        part: Option<u16> }
    /// Informs the upper tier; the owner stays.
    InformUpward "inform_upward" "上报" { /// Why.
        reason: Reason, /// Words.
        sealed: Vec<Sealed> }
    /// Offers the lead to the next tier up.
    Escalate "escalate" "提级" { /// Why.
        reason: Reason, /// Words.
        sealed: Vec<Sealed> }
    /// Hands the lead to a lower tier of one's own line.
    HandDown "hand_down" "交办下级" { /// Which.
        to: AreaCode, /// Why.
        reason: Reason }
    /// Takes what came from another tier, as a person there.
    TakeTier "take_tier" "接办" {}
    /// Gives back what came from another tier.
    ReturnTier "return_tier" "退回上下级" { /// Why.
        reason: Reason, /// Words.
        sealed: Vec<Sealed> }
    /// Opens a supervision; the owner stays.
    Supervise "supervise" "督办" { /// Who has to reply.
        agency: Agency, /// 1 to 3.
        level: u8, /// When the reply is due; the policy says it where none is named.
        due: Option<Time>, /// Why.
        reason: Reason }
    /// Replies to a supervision.
    ReplySupervision "reply_supervision" "督办回复" { /// Which.
        supervision: u16, /// The reply.
        sealed: Vec<Sealed> }
    /// Strikes a supervision off, as a supervisor who did not reply to it.
    StrikeSupervision "strike_supervision" "销号" { /// Which.
        supervision: u16, /// Why.
        reason: Reason }
    /// Calls agencies to a place; the owner stays.
    Summon "summon" "吹哨" { /// Who is called.
        agencies: Vec<Agency>, /// Where to.
        area: AreaCode, /// Until when.
        by: Time, /// Why.
        reason: Reason }
    /// Records that one who was called is there.
    Arrive "arrive" "报到" { /// Which call.
        call: u16 }
    /// Reminds an agency's seat.
    Remind "remind" "催办" { /// Whom.
        agency: Agency, /// Why.
        reason: Reason }
    /// Adds the upper desk as supervisor, as a clock ran out.
    Oversee "oversee" "提请上级关注" { /// Which clock.
        clock: ClockId, /// The version that ran out.
        version: u32, /// Whose desk.
        agency: Agency, /// Of which tier.
        area: AreaCode }
    /// Begins a conference call.
    Confer "confer" "三方通话" { /// The other agencies on it.
        parties: Vec<Agency>, /// The reporter on it.
        report: Option<ReportId>, /// Why.
        reason: Reason }
    /// Ends a conference call.
    EndConference "end_conference" "结束通话" { /// Which.
        conference: u16, /// What came of it.
        outcome: Reason, /// Words.
        sealed: Vec<Sealed> }
    /// Asks another agency for what one lacks; the lead stays.
    AskResource "ask_resource" "请求支援" { /// Whom.
        agency: Agency, /// What.
        what: MatterCode, /// How many.
        quantity: u16, /// Why.
        reason: Reason }
    /// Grants it.
    GrantResource "grant_resource" "同意支援" { /// Which request.
        request: u16, /// How many.
        quantity: u16 }
    /// Cannot grant it.
    CannotResource "cannot_resource" "无法支援" { /// Which request.
        request: u16, /// Why.
        reason: Reason }
    /// Says that one's seat works on it, for the others to see.
    Claim "claim" "认领" { /// Why it is taken over from the seat that has it.
        reason: Option<Reason> }
    /// Lets it go.
    ReleaseClaim "release_claim" "放弃认领" {}
    /// Records who had a past matter. History only.
    RecordRoute "record_route" "补录交办" { /// Who had it.
        parts: Vec<NewPart>, /// What the file says of it.
        reasons: Vec<Reason> }
    /// Records that a unit was sent. History only.
    RecordOrder "record_order" "补录派警" { /// The part.
        part: u16, /// The unit.
        unit: UnitId }
    /// Records what a unit went through. History only.
    RecordStep "record_step" "补录处警" { /// Under which order.
        order: u16, /// What.
        step: UnitStage }
    /// Records that a past matter got another priority. History only.
    RecordPriority "record_priority" "补录等级变更" { /// 1 to 4.
        priority: Priority, /// What the file says of it.
        reasons: Vec<Reason> }
    /// Records a past life from a file. History only.
    Record "record" "补录历史" { /// The answer the reporter got.
        sealed: Vec<Sealed>, /// When, where the file says.
        answered: Option<Time> }
}
