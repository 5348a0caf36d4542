//! Why the rules say no: stable codes with arguments, a sentence in both languages each.
//!
//! A refusal is not an error: nothing broke, nothing is retried, nothing was written.

use std::collections::BTreeMap;

use super::{
    clock::{ClockId, On},
    command,
    kinds::{HandoverStatus, PartStatus, Stage, UnitStage},
};
use crate::{reason, seat::Language};

macro_rules! refusals {
    ($($name:ident $code:literal { $($arg:ident: $type:ty),* } $zh:literal $en:literal)*) => {
        /// Why nothing may follow from a command.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Refusal {
            $(#[doc = $en] $name { $(#[doc = stringify!($arg)] $arg: $type),* }),*
        }
        impl Refusal {
            /// All codes with their sentences: Chinese, English.
            pub const ALL: &'static [(&'static str, &'static str, &'static str)] = &[$(($code, $zh, $en)),*];
            /// The stable code.
            #[must_use]
            pub const fn code(&self) -> &'static str { match self { $(Self::$name { .. } => $code),* } }
            /// The arguments by name.
            #[must_use]
            pub fn args(&self) -> Vec<(&'static str, String)> {
                match self { $(Self::$name { $($arg),* } => vec![$((stringify!($arg), $arg.to_string())),*]),* }
            }
            /// The sentence in the reader's language.
            #[must_use]
            pub fn text(&self, language: Language) -> String {
                let args = self.args().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                Self::sentence(self.code(), &args, language).unwrap_or_default()
            }
        }
    };
}

refusals! {
    Unknown "incident.unknown" {} "没有这个事件，请核对编号" "no such incident: check its id"
    TooEarly "incident.too_early" { stage: Stage, command: command::Kind } "事件处于“{stage}”，还不能{command}" "the incident is {stage}: too early to {command}"
    TooLate "incident.too_late" { stage: Stage, command: command::Kind } "事件已“{stage}”，不能再{command}" "the incident is {stage}: too late to {command}"
    Ended "incident.ended" { stage: Stage } "事件已结束（{stage}），如需继续请申请重办" "the incident has ended ({stage}): ask to reopen it"
    BeyondReopening "incident.beyond_reopening" { stage: Stage } "“{stage}”的事件不能重办，请另行登记" "an incident that is {stage} is not reopened: report it anew"
    HistoryOnly "incident.history_only" {} "只有历史导入的事件可以补录" "only an imported incident takes a recorded past"
    HistoryStill "incident.history_still" {} "历史事件不触发时限" "no timer touches an imported incident"
    StepTold "history.told" { order: u16, step: &'static str } "第{order}号指令的“{step}”已有记录" "order {order}: {step} is on record already"
    CommandReused "command.reused" { command: String } "命令编号 {command} 已用于其他内容，请换新编号" "command id {command} was used with other content: give a new id"
    NotYourAgency "authority.agency" { needed: String, agency: String } "应由{needed}办理，本席位属于{agency}" "this is for {needed}; the seat belongs to {agency}"
    NotYourRole "authority.role" { needed: String } "本席位没有“{needed}”职责" "the seat does not have the role {needed}"
    NeedsPerson "authority.person" { command: command::Kind } "{command}须由人决定，系统不得代办" "{command} is decided by a person, never by the hub"
    SamePerson "authority.same_person" {} "须由另一人办理" "another person has to do this"
    PoliceNeverDecline "decline.police" {} "警情不得不予受理" "a police matter is never declined"
    EmergencyStays "emergency.stays" { priority: u8 } "{priority}级事件不能撤回" "an incident of priority {priority} is not withdrawn"
    NotEmergency "route.not_emergency" {} "只有一、二级事件可以未受理先分流" "only priority 1 and 2 is routed before acceptance"
    NoCategory "route.no_category" {} "请先给出类别和等级" "give category and priority first"
    NoParts "route.no_parts" {} "至少要有一个必办任务单" "at least one mandatory part is needed"
    SameAgencyTwice "route.agency_twice" { agency: String } "{agency}已有任务单" "{agency} has a part already"
    NoPart "part.unknown" { part: u16 } "没有第{part}号任务单" "there is no part {part}"
    NoHandover "handover.unknown" { handover: u16 } "没有第{handover}号移交或指令" "there is no hand-over {handover}"
    NoReport "report.unknown" {} "本事件没有这条诉求" "the incident has no such report"
    PartNotOwned "part.not_owned" { part: u16, status: &'static str } "第{part}号任务单{status}，还没有承办" "part {part} is {status}: nobody owns it yet"
    PartOver "part.over" { part: u16, status: &'static str } "第{part}号任务单{status}" "part {part} is over: {status}"
    PartMandatory "part.mandatory" { part: u16 } "第{part}号是必办任务单，不能解除" "part {part} is mandatory and cannot be released"
    PartReturned "part.returned" { part: u16 } "第{part}号任务单已退回，须重新移交或指定后才能推进" "part {part} was returned: hand it over anew before going on"
    PartsOpen "part.open" { part: u16 } "第{part}号任务单未办结" "part {part} has not ended"
    UnitMissing "part.no_unit" { part: u16 } "第{part}号任务单还没有派出力量" "no unit is on part {part} yet"
    UnitBusy "order.open" { order: u16 } "第{order}号指令尚未答复" "order {order} still waits for an answer"
    UnitBarred "unit.barred" { unit: String, why: &'static str } "{unit}不能派往现场：{why}" "{unit} may not be sent there: {why}"
    WrongKind "handover.kind" { handover: u16 } "第{handover}号不是这一类移交或指令" "hand-over {handover} is of the other kind"
    HandoverStands "handover.status" { handover: u16, status: &'static str } "第{handover}号{status}，不能这样办" "hand-over {handover} is {status}: this is not possible now"
    NotDelivered "handover.not_delivered" { handover: u16 } "第{handover}号尚未送达" "hand-over {handover} has not been delivered"
    OfferOpen "transfer.open" { transfer: u16 } "第{transfer}号移交尚未答复" "transfer {transfer} still waits for an answer"
    NoRelation "transfer.no_relation" { from: String, to: String } "{from}与{to}之间没有移交关系" "{from} does not transfer to {to}"
    SameAgency "transfer.same_agency" { agency: String } "{agency}内部用指令，不用移交" "within {agency} an order is used, not a transfer"
    LeadMoved "transfer.lead_moved" { transfer: u16 } "第{transfer}号移交发出后牵头单位已变更，请退回" "the lead has moved on since transfer {transfer} was offered: return it"
    LeadDesignation "transfer.lead_designation" {} "牵头已两次退回或已指定，须由值班长指定承办" "the lead was returned twice or designated: the duty chief designates"
    NothingMoves "transfer.nothing" {} "请说明移交任务单还是牵头" "say whether a part or the lead moves"
    NotReturnable "transfer.not_returnable" { transfer: u16 } "第{transfer}号不能退回，只能申诉" "transfer {transfer} cannot be returned, only appealed"
    DesignationNeeded "transfer.designation" { part: u16 } "第{part}号任务单已两次退回，须由值班长指定承办" "part {part} was returned twice: the duty chief designates"
    NotVerified "verify.pending" {} "现场核实尚未完成" "the verification on site is still open"
    NotFound "verify.not_found" {} "现场核实未发现该事项" "the verification found no such matter"
    NoAnswerOwed "answer.none_owed" {} "这条诉求不需要答复" "nobody owes this reporter an answer"
    NotTold "followup.not_told" {} "须先答复诉求人" "tell the reporter first"
    ReportersOpen "close.reporters_open" { report: u16 } "第{report}条诉求尚未答复或回访" "report {report} still waits for an answer or a follow-up"
    Unreached "followup.unreached" {} "未联系上时不能填写满意度" "who was not reached gave no opinion"
    ReopenPending "reopen.pending" {} "已有重办申请待决定" "a request to reopen already waits"
    NoReopenAsked "reopen.none" {} "没有待决定的重办申请" "nobody asked to reopen it"
    VoidPending "void.pending" {} "已有作废申请" "somebody already asked to void it"
    NoVoidAsked "void.none" {} "没有待确认的作废申请" "nobody asked to void it"
    VoidExpired "void.expired" {} "作废申请已超过24小时，请重新申请" "the request to void is older than 24 hours: ask again"
    ClockUnknown "clock.unknown" { clock: String } "时限 {clock} 已停止" "clock {clock} is no longer running"
    ClockStale "clock.stale" { clock: String, version: u32, now: u32 } "时限 {clock} 已更新（{version}→{now}），旧提醒作废" "clock {clock} moved on from version {version} to {now}: the old timer changes nothing"
    ClockEarly "clock.early" { clock: String } "时限 {clock} 尚未到期" "clock {clock} is not due yet"
    AlreadyBreached "clock.breached" { clock: String } "时限 {clock} 的超时已记录" "the lateness of clock {clock} is on record"
    ClockNoPromise "clock.no_promise" { clock: String } "{clock}不是承诺时限，到期自动恢复办理" "clock {clock} is no promise: the matter goes on by itself then"
    ClockNotExtended "extension.clock" { clock: String } "时限 {clock} 不可延期" "clock {clock} is never extended"
    ClockOverdue "extension.overdue" { clock: String } "时限 {clock} 已到期，不能再延期，可以申诉" "clock {clock} has run out: it is not extended any more, only appealed"
    ExtensionsSpent "extension.spent" { clock: String, most: u32 } "时限 {clock} 最多延期{most}次" "clock {clock} is extended {most} times at most"
    ExtensionTooLong "extension.too_long" { most: u32 } "延期须为1至{most}（与原时限同单位）" "ask for 1 to {most} more, in the clock's own unit"
    ReporterUntold "extension.untold" { report: u16 } "须同时告知第{report}条诉求的诉求人新时限" "tell the reporter of report {report} the new date in the same act"
    NeverUrgent "leave.urgent" {} "警情和一、二级事件不延期、不挂账" "a police matter or one of priority 1 or 2 is neither extended nor set aside"
    IsSuspended "suspension.stands" { until: crate::time::Time } "事件挂账至{until}，请先恢复办理" "the incident is set aside until {until}: resume it first"
    NotSuspended "suspension.none" {} "事件未挂账" "the incident is not set aside"
    SuspensionStale "suspension.stale" { version: u32, now: u32 } "挂账已更新（{version}→{now}），旧提醒作废" "the suspension moved on from version {version} to {now}: the old timer changes nothing"
    SuspensionEarly "suspension.early" { until: crate::time::Time } "挂账至{until}，到期前由人恢复" "set aside until {until}: before that a person resumes it"
    SuspensionsSpent "suspension.spent" { most: u32 } "最多挂账{most}次" "an incident is set aside {most} times at most"
    SuspensionTooLong "suspension.too_long" { most: u32 } "挂账须为1至{most}天" "set it aside for 1 to {most} days"
    NotLate "appeal.not_late" { clock: String, version: u32 } "时限 {clock}（第{version}版）没有超时记录" "no lateness of clock {clock}, version {version}, is on record"
    AppealTooLate "appeal.too_late" { days: u32 } "超时后{days}天内可以申诉" "a lateness is appealed within {days} days"
    AlreadyExempt "appeal.exempt" { clock: String } "时限 {clock} 的超时已免责" "the lateness of clock {clock} is exempt already"
    NotDesignated "appeal.not_designated" {} "没有指定承办，无需申诉" "nothing is designated here"
    AppealDecider "appeal.decider" {} "指定承办的申诉由督查复核，不由值班长" "a designation is reviewed by a supervisor, never by a duty chief"
    RequestPending "request.pending" { request: u16 } "第{request}号申请尚未决定" "request {request} still waits for a decision"
    NoRequest "request.unknown" { request: u16 } "没有待决定的第{request}号申请" "no request {request} waits for a decision"
    NotEndorsed "request.not_endorsed" { request: u16 } "第{request}号申请须先经本单位初审" "request {request} needs its own agency's agreement first"
    AlreadyEndorsed "request.endorsed" { request: u16 } "第{request}号申请已初审" "request {request} has its own agency's agreement"
    NotAbove "request.not_above" { agency: String } "{agency}不能终审本单位的申请" "{agency} does not grant its own request"
    WordsMissing "request.no_words" {} "请写明情况" "say in words how it stands"
    NothingRaised "raise.nothing" {} "没有新的标签或更高的保护等级" "no new flag and no higher class"
    StageOutside "scene.stage" {} "现场未确认安全，只能下达“外围待命”指令" "the scene is not declared safe: units are only ordered to stage outside"
    SceneUnsafe "scene.unsafe" {} "现场未确认安全，请在外围待命" "the scene is not declared safe: stay outside"
    LinkToItself "link.itself" {} "不能关联到自身" "an incident is not linked to itself"
    ClassStandsAlone "link.class" {} "特殊保护事件不关联、不合并" "an incident of class S is neither linked nor merged"
    SplitTwice "split.twice" {} "分立出的事件不能再分立" "what was split off is not split again"
    NoWatch "recall.no_watch" {} "本单位没有盯办，不能收回" "this agency keeps no watch here and cannot recall it"
    NotInCatalogue "transfer.not_in_catalogue" { item: String, from: String, to: String } "移交清单中没有{from}移交{to}的第{item}项" "the hand-over catalogue has no item {item} from {from} to {to}"
    NothingNoted "note.empty" {} "备注内容为空" "the note is empty"
    BadNumber "number.unfit" {} "单号只能用字母、数字和 - _ . /，最多40位" "a form's number has letters, digits and - _ . / only, 40 at most"
    SplitEnough "split.limit" { most: usize } "一个事件最多分立{most}个" "at most {most} incidents are split off one"
    TierTop "tier.top" {} "已是最高一级，没有上级可提" "this is the uppermost tier: nothing is above it"
    TierNotLower "tier.not_lower" { area: String } "{area}不是本事件所在的下级" "{area} is no lower tier of this matter"
    TierNotYours "tier.not_yours" { tier: String, area: String } "应由{tier}的席位办理，本席位属于{area}" "this is for a seat of {tier}; the seat belongs to {area}"
    TierWaits "tier.waits" { area: String } "已提级或交办至{area}，尚未接办" "it was offered to {area} already and waits there"
    TierNone "tier.none" {} "没有待接办的提级或交办" "nothing waits between tiers"
    NotInvolved "tier.not_involved" { agency: String } "{agency}未承办本事件" "{agency} has nothing to do with it"
    NoSupervision "supervision.unknown" { supervision: u16 } "没有第{supervision}号督办" "there is no supervision {supervision}"
    SupervisionOver "supervision.struck" { supervision: u16 } "第{supervision}号督办已销号" "supervision {supervision} is struck off"
    NotReplied "supervision.not_replied" { supervision: u16 } "第{supervision}号督办尚未回复，不能销号" "supervision {supervision} has no reply yet: it is not struck off"
    BadLevel "supervision.level" {} "督办等级为1至3" "a supervision's level is 1 to 3"
    DuePast "due.past" {} "时限须晚于现在" "the due time has to lie ahead"
    NobodySummoned "summons.nobody" {} "请说明吹哨哪些单位，每个单位一次" "say which agencies are called, each once"
    NoCall "summons.no_call" { call: u16 } "没有第{call}号吹哨召集" "there is no call {call}"
    CallAnswered "summons.arrived" { call: u16 } "第{call}号召集已报到" "call {call} is answered: they are there"
    RemindedEnough "remind.limit" { agency: String, most: u16 } "已催办{agency}{most}次，请督办或提级" "{agency} was reminded {most} times: supervise it or escalate"
    ClockKept "oversee.clock" { clock: String } "时限 {clock} 没有超时，不提请上级" "clock {clock} did not run out: no supervisor is added"
    ConferenceAlone "conference.alone" {} "三方通话须有其他单位参加" "a conference needs another agency on it"
    ConferenceOpen "conference.open" { conference: u16 } "第{conference}号通话尚未结束" "conference {conference} still goes on"
    NoConference "conference.unknown" { conference: u16 } "没有进行中的第{conference}号通话" "no conference {conference} goes on"
    StayOnCall "conference.stay" {} "有危险，请保持通话直到对方接听" "there is danger: stay on the call until they answer"
    NothingAsked "request.nothing" {} "数量须大于零且不超过所请求的" "give a quantity above zero and no more than was asked"
    NoHelp "help.unknown" { request: u16 } "没有第{request}号支援请求" "there is no request {request}"
    RequestAnswered "request.answered" { request: u16 } "第{request}号支援请求已答复" "request {request} is answered"
    TooMany "tier.too_many" { most: usize } "一个事件最多{most}个" "one incident has {most} of them at most"
    ClaimTaken "claim.taken" { seat: String, since: String, until: String } "席位{seat}已于{since}认领，至{until}；接手请说明原因" "seat {seat} claimed it at {since}, until {until}: to take it over give a reason"
    NoClaim "claim.none" {} "本席位没有认领" "this seat has no claim on it"
    BadReason "reason.unfit" { code: String } "原因 {code} 不适用或缺少参数" "reason {code} does not fit here or lacks an argument"
}

impl Refusal {
    /// The sentence of a refusal that is known by its code and arguments; none for a code that is not in the table.
    #[must_use]
    pub fn sentence(code: &str, args: &BTreeMap<String, String>, language: Language) -> Option<String> {
        let (_, zh, en) = Self::ALL.iter().find(|(known, ..)| *known == code)?;
        let shown: Vec<_> = args.iter().map(|(name, value)| (name.as_str(), shown(name, value, language))).collect();
        let argument = |name: &str| shown.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        Some(reason::fill(language.pick(zh, en), argument))
    }
}

/// Our own words in a sentence, in the language of the sentence.
fn shown(argument: &str, value: &str, language: Language) -> String {
    match (argument, language) {
        ("stage" | "step" | "command" | "status" | "needed", Language::En) => value.replace('_', " "),
        ("why", language) => reason::ReasonCode::from_code(value).map_or(value, |code| code.bare(language)).to_owned(),
        (_, Language::En) => value.to_owned(),
        ("stage", Language::Zh) => Stage::from_word(value).map_or(value, |stage| stage.zh()).to_owned(),
        ("command", Language::Zh) => {
            command::Kind::ALL.iter().find(|kind| kind.word() == value).map_or(value, |kind| kind.zh()).to_owned()
        }
        ("status", Language::Zh) => {
            let part = PartStatus::from_word(value).map(|status| status.zh());
            part.or_else(|| HandoverStatus::from_word(value).map(|status| status.zh())).unwrap_or(value).to_owned()
        }
        ("step", Language::Zh) => UnitStage::from_word(value).map_or(value, |step| step.zh()).to_owned(),
        ("needed" | "agency" | "from" | "to", Language::Zh) => value.split(" / ").map(zh_name).collect::<Vec<_>>().join(" / "),
        ("clock", Language::Zh) => value.parse().map_or_else(|_| value.to_owned(), zh_clock),
        (_, Language::Zh) => value.to_owned(),
    }
}

/// A role or an agency. A department's own name is data and not known here.
fn zh_name(word: &str) -> &str {
    match word {
        "police" => "110",
        "grid" => "网格中心",
        "hotline" => "12345",
        "call_taker" => "接警席",
        "dispatcher" => "派警席",
        "duty_chief" => "值班长",
        "handler" => "处置",
        "checker" => "核查",
        "follow_up" => "回访",
        "supervisor" => "督查",
        "auditor" => "审计",
        "administrator" => "系统管理",
        "security_administrator" => "安全管理",
        "audit_administrator" => "审计管理",
        other => other,
    }
}

fn zh_clock(id: ClockId) -> String {
    let name = id.name.zh();
    match id.on {
        On::Incident => name.to_owned(),
        On::Part(n) => format!("{name}（第{n}号任务单）"),
        On::Handover(n) => format!("{name}（第{n}号移交或指令）"),
        On::Report(n) => format!("{name}（第{n}条诉求）"),
        On::Tier(n) => format!("{name}（第{n}次提级或交办）"),
        On::Supervision(n) => format!("{name}（第{n}号督办）"),
        On::Call(n) => format!("{name}（第{n}号召集）"),
        On::Request(n) => format!("{name}（第{n}号支援请求）"),
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Language::En))
    }
}

impl std::error::Error for Refusal {}
