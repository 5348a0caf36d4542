//! The small closed vocabularies of an incident: stages, priorities, flags, classes, channels, statuses.
//!
//! Each word on the wire is the `snake_case` of the name here. A shipped word keeps its meaning for ever.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $word:literal $zh:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum $name { $($(#[$vdoc])* #[doc = $zh] #[serde(rename = $word)] $variant),* }
        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The word in facts and on the wire.
            #[must_use]
            pub const fn word(self) -> &'static str { match self { $(Self::$variant => $word),* } }
            /// The word on screens.
            #[must_use]
            pub const fn zh(self) -> &'static str { match self { $(Self::$variant => $zh),* } }
            /// The one that is called so.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> { match word { $($word => Some(Self::$variant),)* _ => None } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.word()) }
        }
    )*};
}

words! {
    /// Where an incident stands, common to all agencies.
    Stage {
        /// Nothing has been reported under this id.
        New "new" "未登记",
        Received "received" "接报",
        Verifying "verifying" "核实中",
        Accepted "accepted" "受理",
        Routed "routed" "分流交办",
        Handling "handling" "处置中",
        Done "done" "处置完毕",
        Checking "checking" "核查中",
        Followup "followup" "回访评价",
        Closed "closed" "办结",
        Declined "declined" "不予受理",
        Merged "merged" "合并",
        Withdrawn "withdrawn" "撤回",
        Void "void" "作废",
    }
    /// Words that call for care, apart from priority.
    Flag {
        Weapon "weapon" "涉械",
        ExtremeThreat "extreme_threat" "扬言极端",
        DomesticViolence "domestic_violence" "涉家暴",
        Minor "minor" "涉未成年",
        MentalCrisis "mental_crisis" "精神障碍",
        Crowd "crowd" "群体",
        Repeat "repeat" "重复报警",
    }
    /// How far an incident may be seen.
    Class {
        N "N" "普通",
        R "R" "受限",
        S "S" "特殊保护",
    }
    /// The way a report came in.
    Channel {
        Phone "phone" "电话",
        Web "web" "网络",
        App "app" "手机应用",
        WalkIn "walk_in" "来访",
        Patrol "patrol" "巡查",
        Sensor "sensor" "物联感知",
        Partner "partner" "联动单位推送",
        OpenApi "open_api" "开放接口",
    }
    /// How the time at which something occurred is known.
    Basis {
        Device "device" "设备",
        Seat "seat" "席位",
        Late "late" "补录",
        Import "import" "导入",
    }
    /// Where a part stands.
    PartStatus {
        /// Its agency has been asked and nobody has accepted it yet.
        Offered "offered" "待签收",
        /// Its agency owns it; no unit is on it yet.
        Owned "owned" "已受理",
        /// A unit has been ordered to it.
        Ordered "ordered" "已派",
        /// The unit has signed the order.
        Signed "signed" "已签收",
        EnRoute "en_route" "已出动",
        OnScene "on_scene" "已到场",
        Finished "finished" "已办结",
        /// Came back with a reason; blocks the way forward until handed over anew or released.
        Returned "returned" "已退回",
        /// The lead let it go with a reason.
        Released "released" "已解除",
    }
    /// The two kinds of hand-over.
    HandoverKind {
        /// Inside one command line; cannot be rejected.
        Order "order" "指令",
        /// Between agencies; the lead moves only when a person of the receiver accepts.
        Transfer "transfer" "移交",
    }
    /// Where a hand-over stands.
    HandoverStatus {
        Issued "issued" "已下达",
        Offered "offered" "已发出",
        Delivered "delivered" "已送达待签收",
        Signed "signed" "已签收",
        Cannot "cannot" "无法执行",
        Accepted "accepted" "已接收",
        Returned "returned" "退回",
        Lapsed "lapsed" "超时未签收",
        Withdrawn "withdrawn" "撤回",
        /// A past order, written down to its end: what its file does not tell stands with it.
        Recorded "recorded" "已补录",
    }
    /// What a unit goes through under one order, as files of past matters tell it.
    UnitStage {
        Issued "issued" "下达",
        Delivered "delivered" "送达",
        Signed "signed" "签收",
        EnRoute "en_route" "出动",
        OnScene "on_scene" "到场",
        /// Takes somebody away; only some units ever do.
        Transporting "transporting" "转运",
        /// Arrived where somebody was taken.
        AtHospital "at_hospital" "送抵医院",
        /// Free for another order.
        Cleared "cleared" "归队",
    }
    /// What a lapse does, by the dated relation table.
    OnLapse {
        /// The first receiver keeps it.
        Keep "keep" "首接单位继续承办",
        /// Counts as signed, late.
        Deemed "deemed" "逾期视为签收",
        /// Goes up.
        Raise "raise" "升级",
    }
    /// The promises that clocks keep.
    ClockName {
        /// From receipt to acceptance, routing or an answer at once.
        Accept "accept" "受理",
        /// From the first report to closing; never restarts.
        Total "total" "总时限",
        /// From delivery to signature or acceptance.
        Sign "sign" "签收",
        /// From delivery to arrival on scene.
        Arrive "arrive" "到场",
        /// From acceptance of a part to its end.
        Handle "handle" "处置",
        /// From receipt to telling the reporter the result.
        Answer "answer" "答复",
        /// From done to the check.
        Check "check" "核查",
        /// From the answer to the follow-up.
        Followup "followup" "回访",
        /// Reporting upward.
        Upward "upward" "要情报送",
        /// First contact with the reporter.
        Contact "contact" "首次联系",
        /// First feedback of the handler.
        Feedback "feedback" "首次反馈",
        /// Reply to a supervision.
        Reply "reply" "督办回复",
        /// No promise: until then it is set aside, and it goes on by itself.
        Suspension "suspension" "挂账期",
    }
    /// What is asked for at two levels.
    RequestKind {
        Extension "extension" "延期",
        Suspension "suspension" "挂账",
        /// Against a lateness on record.
        Appeal "appeal" "超时申诉",
        /// Against a designation.
        Designation "designation" "指定承办申诉",
    }
    /// The four kinds of time.
    ClockKind {
        /// Continuous.
        UrgentHours "urgent_hours" "紧急工作时",
        WorkHours "work_hours" "工作时",
        WorkDays "work_days" "工作日",
        CalendarDays "calendar_days" "自然日",
        /// In none of them: a file of past matters, or who summons or supervises, names the moment itself.
        Given "given" "指定时刻",
    }
    /// From when a promise counts.
    ClockStart {
        /// From the very moment.
        AtOnce "at_once" "即时起",
        /// From the next day: the day of the start itself does not count.
        NextDay "next_day" "次日起",
    }
    /// At which moment a promise is due.
    ClockDue {
        /// When the amount is used up.
        SameTime "same_time" "到时",
        /// When that day's work ends.
        EndOfWork "end_of_work" "下班时",
        /// When that day ends (24:00).
        Midnight "midnight" "当日24时",
    }
    /// The forms that agencies keep by themselves, each with its own numbers.
    Form {
        /// 110: a call.
        Intake "intake" "接警单",
        /// 110: what one unit is sent to do.
        Dispatch "dispatch" "处警单",
        /// 110: how it came out.
        Feedback "feedback" "反馈单",
        /// Grid: a matter that was opened.
        Case "case" "立案单",
        /// Grid: what one worker or team is sent to do.
        Assignment "assignment" "派遣单",
        /// Grid: what the check found.
        Inspection "inspection" "核查单",
    }
    /// What kind of words somebody adds.
    Topic {
        Note "note" "备注",
        /// A form was changed after it was filled in.
        FormAmended "form_amended" "表单更正",
    }
    /// How the work on a part came out.
    Outcome {
        Solved "solved" "已解决",
        Mediated "mediated" "已调解",
        Explained "explained" "已解释",
        /// Nothing was found on site.
        NotFound "not_found" "未发现",
        /// It lies beyond what anybody here can do.
        Unsolvable "unsolvable" "无法解决",
        /// It became a criminal case: nothing more is said of it here.
        CaseOpened "case_opened" "移交案件办理",
    }
    /// The five levels of satisfaction.
    Satisfaction {
        VerySatisfied "very_satisfied" "非常满意",
        Satisfied "satisfied" "满意",
        Fair "fair" "基本满意",
        Dissatisfied "dissatisfied" "不满意",
        VeryDissatisfied "very_dissatisfied" "非常不满意",
    }
}

impl Flag {
    /// Those that bar everybody but the police from the scene until it is safe, the worst first.
    pub const DANGER: [Self; 4] = [Self::Weapon, Self::ExtremeThreat, Self::DomesticViolence, Self::MentalCrisis];
}

impl Stage {
    /// Has the incident's life come to an end?
    #[must_use]
    pub const fn ended(self) -> bool {
        matches!(self, Self::Closed | Self::Declined | Self::Merged | Self::Withdrawn | Self::Void)
    }
}

/// One meaning on every screen and wire: 1 danger to life, 2 urgent, 3 soon, 4 routine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(with = "u8", extend("minimum" = 1, "maximum" = 4))]
pub struct Priority(u8);

impl Priority {
    /// Danger to life.
    pub const LIFE: Self = Self(1);
    /// Urgent.
    pub const URGENT: Self = Self(2);
    /// Soon.
    pub const SOON: Self = Self(3);
    /// Routine.
    pub const ROUTINE: Self = Self(4);

    /// 1 to 4.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// 1 or 2: acts at once, never extended, suspended or merged.
    #[must_use]
    pub const fn emergency(self) -> bool {
        self.0 <= 2
    }
}

impl TryFrom<u8> for Priority {
    type Error = String;
    fn try_from(number: u8) -> Result<Self, String> {
        if (1..=4).contains(&number) { Ok(Self(number)) } else { Err(format!("priority {number}: give 1 (life) to 4 (routine)")) }
    }
}

impl From<Priority> for u8 {
    fn from(priority: Priority) -> Self {
        priority.0
    }
}

impl std::fmt::Display for Priority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
