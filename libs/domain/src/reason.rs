//! Reasons that stand in facts: a stable code with named arguments, and a sentence in both languages.
//!
//! No reason is free prose: words a person adds are sealed, because people write names in them.

mod args;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use args::Args;

use crate::{
    area::AreaCode,
    id::{Agency, MatterCode},
    incident::kinds::{Class, Flag, Priority},
    seat::Language,
};

/// Longest argument, in bytes: a name of a place or a word of a policy.
pub const MOST_ARGUMENT: usize = 60;

/// Why something was decided: a code of the table below and its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// Which reason of the table.
    pub code: ReasonCode,
    /// Its arguments by name; never personal data.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub args: Args,
}

impl Reason {
    /// A reason with its arguments.
    #[must_use]
    pub fn new<const N: usize>(code: ReasonCode, args: [(&str, &str); N]) -> Self {
        Self { code, args: args.into_iter().collect() }
    }

    /// Is every argument what its name says, and short? Words of people have no place here.
    #[must_use]
    pub fn plain(&self) -> bool {
        self.args.iter().all(|(name, value)| match name {
            "agency" => value.parse::<Agency>().is_ok(),
            "code" | "item" => value.parse::<MatterCode>().is_ok(),
            "area" => value.parse::<AreaCode>().is_ok(),
            "priority" => value.parse::<u8>().is_ok_and(|number| Priority::try_from(number).is_ok()),
            "flag" => Flag::from_word(value).is_some(),
            "class" => Class::from_word(value).is_some(),
            _ => value.len() <= MOST_ARGUMENT && !value.contains(char::is_control),
        })
    }

    /// The sentence, with the arguments in their places.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let (zh, en) = self.code.texts();
        fill(language.pick(zh, en), |name| self.args.get(name))
    }

    /// Are exactly the arguments there that the sentence names?
    #[must_use]
    pub fn complete(&self) -> bool {
        let named = holes(self.code.texts().0);
        named.len() == self.args.len() && named.iter().all(|name| self.args.get(name).is_some())
    }
}

/// Puts arguments into the `{name}` holes of a sentence; a hole without argument stays visible.
pub(crate) fn fill<'a>(sentence: &str, argument: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(sentence.len() + 16);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match argument(name) {
            Some(value) => out.push_str(value),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = tail;
    }
    out + rest
}

/// The names in the `{name}` holes, each once, in the order of the alphabet.
pub(crate) fn holes(sentence: &str) -> Vec<&str> {
    let names: std::collections::BTreeSet<&str> =
        sentence.split('{').skip(1).filter_map(|tail| tail.split_once('}')).map(|(name, _)| name).collect();
    names.into_iter().collect()
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $code:literal $zh:literal $en:literal)*) => {
        /// Every reason there is. A shipped code keeps its meaning for ever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum ReasonCode {
            $(#[doc = $en] #[serde(rename = $code)] $name,)*
        }
        impl ReasonCode {
            /// All of them, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code,)* } }
            /// The sentences: Chinese, English.
            #[must_use]
            pub const fn texts(self) -> (&'static str, &'static str) { match self { $(Self::$name => ($zh, $en),)* } }
            /// The sentence for a place that has no arguments to give: what stands before its first one is left out.
            #[must_use]
            pub fn bare(self, language: Language) -> &'static str {
                let (zh, en) = self.texts();
                let text = language.pick(zh, en);
                text.rsplit('}').next().map_or(text, |rest| rest.trim_start_matches(['：', ':', ' ']))
            }
            /// The reason with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> { match code { $($code => Some(Self::$name),)* _ => None } }
        }
    };
}

reasons! {
    DeclineOutOfScope "decline.out_of_scope" "不属于受理范围" "outside what the hub takes in"
    DeclineNoMatter "decline.no_matter" "没有可办理的具体事项" "names no matter that can be handled"
    DeclineJudicial "decline.judicial" "已进入诉讼、仲裁、复议或信访程序" "already before a court, arbitration, review or petition office"
    ReturnNotMyDuty "return.not_my_duty" "不属于本单位职责" "not this agency's duty"
    ReturnWrongArea "return.wrong_area" "不在本单位辖区" "outside this agency's area"
    ReturnInformationMissing "return.information_missing" "信息不全，无法办理" "information is missing"
    ReturnOtherAgency "return.other_agency" "应由{agency}办理" "belongs to {agency}"
    CannotBusy "cannot.busy" "正在处置其他事件" "busy with another incident"
    CannotUnsafe "cannot.unsafe" "现场不安全" "the scene is not safe"
    CannotBeyondPower "cannot.beyond_power" "超出权限" "beyond this unit's power"
    CannotEquipment "cannot.equipment" "缺少必要装备" "the needed equipment is missing"
    TransferCatalogue "transfer.catalogue" "按移交清单第{item}项" "item {item} of the hand-over catalogue"
    TransferDuty "transfer.duty" "按职责分工" "by division of duties"
    WithdrawReporter "withdraw.reporter" "诉求人要求撤回" "the reporter asked to withdraw"
    WithdrawSolved "withdraw.solved" "诉求人表示已自行解决" "the reporter says it is solved"
    WithdrawOffer "withdraw.offer" "移交有误，撤回" "the hand-over was a mistake"
    VoidTest "void.test" "测试记录" "a test entry"
    VoidMistake "void.mistake" "误录入" "entered by mistake"
    VoidNuisance "void.nuisance" "骚扰或谎报" "nuisance or false report"
    ReopenUnsolved "reopen.unsolved" "诉求人反映问题未解决" "the reporter says it is not solved"
    ReopenSupervisor "reopen.supervisor" "督查发现问题未解决" "supervision found it unsolved"
    RefuseReopenDone "reopen_refused.done" "经核查问题已解决" "a check found it solved"
    RefuseReopenNew "reopen_refused.new_matter" "属于新的事项，另行登记" "a new matter, to be reported anew"
    ReleaseNotNeeded "release.not_needed" "不再需要配合" "no longer needed"
    AnswerGuidance "answer.guidance" "当场解答政策或流程" "explained the rule or procedure at once"
    AnswerReferred "answer.referred" "告知正确的受理渠道" "told the right place to turn to"
    PatrolFixed "patrol.fixed" "巡查中当场处理" "fixed on the spot during patrol"
    CheckPassed "check.passed" "现场核查合格" "the check on site passed"
    CheckUnsolved "check.unsolved" "现场核查仍存在问题" "the check on site found it unsolved"
    CheckEvidence "check.evidence" "处置凭证无效" "the evidence of handling is not valid"
    ScriptedSeat "seat.scripted" "由脚本席位代为决定" "decided by a scripted seat"
    SeatOverride "seat.override" "席位改派" "the seat chose otherwise"
    SeatConfirm "seat.confirm" "席位确认系统建议" "the seat confirmed the proposal"
    HistoryRow "history.row" "历史数据导入" "imported from history"
    HistoryKind "history.kind" "原类别：{kind}" "kind in the file: {kind}"
    HistoryQueue "history.queue" "原承办队列：{queue}" "queue in the file: {queue}"
    HistoryPriority "history.priority" "原等级“{given}”，对应{priority}级" "priority {given} in the file is {priority} here"
    HistoryUnlocated "history.unlocated" "原系统未能定位" "the file could not locate it"
    TriageKeyword "triage.keyword" "文中出现“{word}”" "the text says “{word}”"
    TriageMatter "triage.matter" "对应事项 {code}" "matches matter {code}"
    TriageFlag "triage.flag" "含{flag}标签" "carries the flag {flag}"
    TriageChannel "triage.channel" "来源为{channel}" "came through {channel}"
    TriagePriority "triage.priority" "按规则定为{priority}级" "priority {priority} by rule"
    TriageRoute "triage.route" "按路由规则 {rule}" "by route {rule}"
    TriageDenied "triage.denied" "“{word}”被文中否定，未计入" "“{word}” is denied by the text and was not counted"
    TriageClass "triage.class" "出现“{word}”，保护类别建议为{class}" "“{word}” suggests protection class {class}"
    TriageUrgent "triage.urgent" "出现“{word}”，优先级建议为{priority}级" "“{word}” suggests priority {priority}"
    TriageGivenPriority "triage.given_priority" "来源定为{priority}级，不降低" "the source gave priority {priority}; it is not lowered"
    TriageAreaOutside "triage.area_outside" "{name}由{run_by}管理" "{name} is run by {run_by}"
    TriageAreaSeveral "triage.area_several" "文中提到多个地点，只定到{area}" "the text names several places; located no closer than {area}"
    TriageOutsideDistrict "triage.outside_district" "坐标不在本区" "the point lies outside the district"
    TriageAreaNamed "triage.area_named" "文中提到{name}" "the text names {name}"
    TriageAreaPoint "triage.area_point" "坐标落在{area}" "the point lies in {area}"
    TriageAreaDiffers "triage.area_differs" "坐标落在{area}，与来源所给不符" "the point lies in {area}, which is not where the source says"
    TriageAreaGiven "triage.area_given" "来源给出{area}" "the source gave {area}"
    TriageNoCategory "triage.no_category" "没有匹配的类别" "no category matches"
    TriageDefault "triage.default" "按默认路由" "by the default route"
    TriageBarred "triage.barred" "{flag}：网格力量不得进入，先在外围待命" "{flag}: grid workers are barred; stage outside"
    UnitOffShift "unit.off_shift" "不在班" "off shift"
    UnitUnsafe "unit.unsafe" "警方告知现场不安全，先在外围待命" "the police called the scene unsafe: stage outside"
    UnitAlone "unit.alone" "{flag}：不得单人前往" "{flag}: nobody goes alone"
    UnitUnlicensed "unit.unlicensed" "执法须两名持证人员" "enforcement needs two licensed officers"
    UnitMetres "unit.metres" "距现场{metres}米" "{metres} m away"
    UnitArea "unit.area" "工作区域{area}" "works in {area}"
    UnitPosition "unit.position" "位置为{minutes}分钟前" "position {minutes} min old"
    UnitPositionOld "unit.position_old" "位置已过时（{minutes}分钟前），未计距离" "position {minutes} min old: not counted"
    UnitBusy "unit.busy" "正在处置其他事件" "on another incident"
    UnitNoneOnShift "unit.none_on_shift" "{area}没有在班的{agency}力量" "no unit of {agency} on shift for {area}"
    UnitNoneFree "unit.none_free" "在班{number}支力量均不可派" "none of {number} units on shift is free"
    UnitNoPoint "unit.no_point" "现场只定到{area}，无法计算距离" "located in {area} only: no distance"
    UnitNoPosition "unit.no_position" "可派力量没有新位置，无法计算距离" "no free unit has a fresh position: no distance"
    HintArea "hint.area" "同在{area}" "both in {area}"
    HintMetres "hint.metres" "相距{metres}米" "{metres} m apart"
    HintMinutes "hint.minutes" "相隔{minutes}分钟" "{minutes} minutes apart"
    HintWord "hint.word" "都提到“{word}”" "both say “{word}”"
    HintMatter "hint.matter" "同为事项 {code}" "both match matter {code}"
    LinkSameMatter "link.same_matter" "与主单为同一事项" "the same matter as the main incident"
    LinkRepeatCall "link.repeat_call" "同一警情的后续来电" "a further call about the same danger"
    SplitSecondMatter "split.second_matter" "一单两事，分立办理" "a second matter in one report"
    RecallViolent "recall.violent" "事态升级，收回处置" "it turned dangerous: taken back"
    RecallUnhandled "recall.unhandled" "未按要求办理，收回处置" "not handled as agreed: taken back"
    UpwardMajor "upward.major" "重大事项首报" "first report of a major matter"
    UpwardFollowUp "upward.follow_up" "重大事项续报" "further report of a major matter"
    UpwardFinal "upward.final" "重大事项终报" "final report of a major matter"
    EscalateBeyond "escalate.beyond_tier" "超出本级处置能力" "beyond what this tier can do"
    EscalateAcross "escalate.several_areas" "涉及多个辖区" "several areas are concerned"
    EscalateDanger "escalate.danger" "事态升级" "it grew dangerous"
    AssignLocal "assign.local" "属地办理" "to be handled where it lies"
    AssignSmall "assign.small" "下级可以办结" "a lower tier can settle it"
    SuperviseOverdue "supervise.overdue" "超过时限未办结" "not done within its time"
    SuperviseImportant "supervise.important" "重要事项" "a matter of weight"
    SuperviseRepeat "supervise.repeat" "群众反复反映" "people bring it up again and again"
    StrikeDone "strike.done" "督办事项已落实" "what was asked is done"
    StrikeExplained "strike.explained" "情况已说明" "the matter is explained"
    SummonOnSite "summon.on_site" "需要现场共同处置" "to be handled together on site"
    SummonUnclear "summon.unclear" "权责不清，现场会商" "duties are unclear: to be settled on site"
    RemindWaiting "remind.waiting" "等待办理" "it waits"
    RemindDueSoon "remind.due_soon" "时限将到" "its time is running out"
    ConferVerify "confer.verify" "三方通话核实情况" "to make sure of the matter together"
    ConferDanger "confer.danger" "险情通报" "there is danger: the other desk joins at once"
    ConferenceAnswered "conference.answered" "对方已接听并接手" "the other desk answered and took it"
    ConferenceSettled "conference.settled" "通话中已解决" "settled on the call"
    ConferenceUnanswered "conference.unanswered" "对方未接听" "the other desk did not answer"
    ConferenceDropped "conference.dropped" "通话中断" "the line broke"
    ResourceForce "resource.force" "需要增援" "more people are needed"
    ResourceEquipment "resource.equipment" "需要装备" "equipment is needed"
    ResourceSkill "resource.skill" "需要专业人员" "a special skill is needed"
    TakeoverLeft "takeover.left" "原席位已离席" "the seat that had it is empty"
    TakeoverDanger "takeover.danger" "险情紧急，立即接手" "danger: it is taken over at once"
    TakeoverShift "takeover.shift" "交接班" "the shift was handed over"
    EraseRetention "erase.retention" "保存期限已满" "the time to keep it is over"
    EraseRequest "erase.request" "当事人依法要求删除" "the person asked for it, and the law grants it"
    EraseCourt "erase.order" "有权机关决定删除" "a competent authority ordered it"
    ExtendWeather "extend.weather" "恶劣天气，无法作业" "bad weather stops the work"
    ExtendScope "extend.scope" "情况复杂，涉及面广" "the matter is wide and complex"
    ExtendSupplies "extend.supplies" "材料或设备未到位" "materials or equipment have not come"
    ExtendJoint "extend.joint" "须多单位配合" "several agencies have to act together"
    SuspendFunds "suspend.funds" "资金待落实" "funds have to be found"
    SuspendProject "suspend.project" "已列入改造或建设计划" "it is part of a planned rebuilding"
    SuspendProcedure "suspend.procedure" "正在履行法定程序" "a legal procedure runs"
    SuspendOwnership "suspend.ownership" "权属待确认" "ownership has to be settled"
    AppealForce "appeal.force_majeure" "不可抗力" "nobody could have prevented it"
    AppealSystem "appeal.system" "系统或网络故障" "a system or network failed"
    AppealMisdirected "appeal.misdirected" "交办有误" "it was sent to the wrong place"
    AppealWaiting "appeal.waiting" "等待其他单位或诉求人" "waiting for another agency or the reporter"
    AppealBeyondDuty "appeal.beyond_duty" "超出法定职责" "beyond this agency's lawful duty"
    RequestUnfounded "request.unfounded" "理由不充分" "the reason does not carry it"
    RequestAvoidable "request.avoidable" "可在时限内办结" "it can be done in time"
    RequestProof "request.proof" "缺少证明材料" "proof is missing"
    ClockRan "clock.ran_out" "时限已到" "the time limit has run out"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_one_code_and_both_texts_with_the_same_arguments() {
        let mut codes = std::collections::BTreeSet::new();
        for &reason in ReasonCode::ALL {
            let (zh, en) = reason.texts();
            println!("{:28} {zh} | {en}", reason.code());
            assert!(codes.insert(reason.code()), "{} twice", reason.code());
            assert_eq!(holes(zh), holes(en), "{}", reason.code());
            assert!(!zh.is_ascii() && en.is_ascii() || en.contains('“'), "{}", reason.code());
            assert_eq!(ReasonCode::from_code(reason.code()), Some(reason));
        }
    }

    #[test]
    fn arguments_stand_in_their_places() {
        let reason = Reason::new(ReasonCode::TriageKeyword, [("word", "井盖")]);
        assert_eq!(reason.text(Language::Zh), "文中出现“井盖”");
        assert!(reason.complete());
        assert!(!Reason::new(ReasonCode::TriageKeyword, []).complete());
    }
}
