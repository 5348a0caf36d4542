//! What is counted, and which numbers make a rate. Exact: a rate is two whole numbers, and is divided by whoever shows it.

macro_rules! figures {
    ($($(#[$doc:meta])* $name:ident $word:literal $zh:literal),* $(,)?) => {
        /// A number that is counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Figure { $($(#[$doc])* #[doc = $zh] $name),* }
        impl Figure {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// Its name in answers and on the command line.
            #[must_use]
            pub const fn word(self) -> &'static str { match self { $(Self::$name => $word),* } }
            /// Its name on screens.
            #[must_use]
            pub const fn zh(self) -> &'static str { match self { $(Self::$name => $zh),* } }
            /// The one that is called so.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> { match word { $($word => Some(Self::$name),)* _ => None } }
        }
    };
}

figures! {
    /// All.
    Incidents "incidents" "事件",
    /// Has not ended.
    Open "open" "未结",
    /// Came to its end by closing, whichever way.
    Closed "closed" "办结",
    /// Closed by an answer in the call.
    Answered "answered" "当场答复",
    /// Fixed on patrol.
    SelfHandled "self_handled" "即巡即办",
    /// Closed after it was handled, or recorded so from a file.
    Handled "handled" "处置办结",
    Declined "declined" "不予受理",
    Merged "merged" "合并",
    Withdrawn "withdrawn" "撤回",
    Void "void" "作废",
    /// A total clock was promised.
    WithLimit "with_limit" "有时限",
    /// Closed before that clock ran out.
    OnTime "on_time" "按时办结",
    /// That clock ran out; the fact of lateness stays, whatever comes after.
    Late "late" "超时",
    /// Late, and an appeal was upheld: stands beside the lateness.
    Exempt "exempt" "超时免责",
    /// The clock still runs and has not run out.
    Running "running" "时限内未结",
    /// The clock was stopped by another end than closing.
    Dropped "dropped" "未判定",
    /// Closed after handling without a return, a failed check or a reopening.
    FirstTimeRight "first_time_right" "首次办成",
    /// Came back at least once.
    Returned "returned" "退回件",
    /// Every return.
    Returns "returns" "退回次数",
    /// Every offer that nobody answered in time.
    Lapses "lapses" "超时未签收次数",
    /// Every offer of what had been offered before.
    OfferedAgain "offered_again" "再次移交次数",
    /// Returned, lapsed or offered again at least once.
    Bounced "bounced" "流转反复件",
    /// Every check that was not passed.
    ChecksFailed "checks_failed" "核查不通过次数",
    /// Taken up again at least once.
    Reopened "reopened" "重办件",
    /// Every reopening.
    Reopenings "reopenings" "重办次数",
    /// Every request for one that was refused.
    ReopeningsRefused "reopenings_refused" "不予重办次数",
    /// Closed while led at a subdistrict or below it.
    SubdistrictClosed "subdistrict_closed" "街道以下办结",
    /// Reports, each where it stands.
    Reports "reports" "诉求",
    /// Reports whose reporter was told.
    Told "told" "已答复",
    /// Reports whose reporter was asked, reached or not.
    Asked "asked" "已回访",
    /// Never reached in as many tries as the policy asks for: a class of its own.
    NotReached "not_reached" "多次未接通",
    /// Reporters who said whether they were contacted in time.
    ContactedAsked "contacted_asked" "联系情况有回答",
    /// … and said yes.
    Contacted "contacted" "及时联系",
    /// Reporters who said whether it is solved.
    SolvedAsked "solved_asked" "解决情况有回答",
    /// … and said yes.
    Solved "solved" "已解决",
    /// Reporters who said how satisfied they are.
    SatisfiedAsked "satisfied_asked" "满意度有回答",
    /// … at a level that the policy counts.
    Satisfied "satisfied" "满意",
    /// A fact of it was entered later.
    EnteredLate "entered_late" "有补录",
    /// On time or late, and a fact of it was entered later.
    JudgedEnteredLate "judged_entered_late" "有补录的已判定件",
    /// Reported and closed by one and the same seat.
    SelfClosed "self_closed" "自报自结",
    /// Closed in the last hour before it was due.
    LastHourClosed "last_hour_closed" "临期一小时内办结",
    /// The same cause at the same place came again within 72 hours of closing.
    AgainWithin72h "again_within_72h" "72小时内同地同因再发",
}

impl Figure {
    /// Is it one of several that together make another number of the same row, or that other number? Where small numbers are
    /// hidden it is not told: what is left of a sum would tell of them.
    #[must_use]
    pub const fn adds_up(self) -> bool {
        let ends = matches!(self, Self::Open | Self::Declined | Self::Merged | Self::Withdrawn | Self::Void);
        let closed = matches!(self, Self::Answered | Self::SelfHandled | Self::Handled);
        ends || closed || matches!(self, Self::WithLimit | Self::Running | Self::Dropped)
    }
}

/// Whose rate it is. The citizen's answers and our own rates are never mixed (考核 ≠ 服务).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// What reporters say.
    Citizen,
    /// What the hub counts of its own work.
    Ours,
    /// What may mean that a rate was worked at instead of the matter.
    Sign,
}

impl Side {
    /// Its name in answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Ours => "ours",
            Self::Sign => "signs",
        }
    }
}

/// One number of a sum of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Its name in answers.
    pub word: &'static str,
    /// Whose it is.
    pub side: Side,
    /// How many.
    pub count: Figure,
    /// Of how many: the sum of these.
    pub of: &'static [Figure],
}

const fn rate(side: Side, word: &'static str, count: Figure, of: &'static [Figure]) -> Rate {
    Rate { word, side, count, of }
}

/// Incidents whose total clock was judged.
const JUDGED: &[Figure] = &[Figure::OnTime, Figure::Late];

/// All rates.
pub const RATES: &[Rate] = &[
    rate(Side::Citizen, "contacted", Figure::Contacted, &[Figure::ContactedAsked]),
    rate(Side::Citizen, "solved", Figure::Solved, &[Figure::SolvedAsked]),
    rate(Side::Citizen, "satisfied", Figure::Satisfied, &[Figure::SatisfiedAsked]),
    rate(Side::Citizen, "not_reached", Figure::NotReached, &[Figure::Asked]),
    rate(Side::Ours, "closed", Figure::Closed, &[Figure::Incidents]),
    rate(Side::Ours, "on_time", Figure::OnTime, JUDGED),
    rate(Side::Ours, "first_time_right", Figure::FirstTimeRight, &[Figure::Handled]),
    rate(Side::Ours, "bounced", Figure::Bounced, &[Figure::Incidents]),
    rate(Side::Ours, "reopened", Figure::Reopened, &[Figure::Incidents]),
    rate(Side::Ours, "answered", Figure::Answered, &[Figure::Incidents]),
    rate(Side::Ours, "self_handled", Figure::SelfHandled, &[Figure::Incidents]),
    rate(Side::Ours, "subdistrict_closed", Figure::SubdistrictClosed, &[Figure::Closed]),
    rate(Side::Sign, "entered_late", Figure::EnteredLate, &[Figure::Incidents]),
    rate(Side::Sign, "judged_entered_late", Figure::JudgedEnteredLate, JUDGED),
    rate(Side::Sign, "self_closed", Figure::SelfClosed, &[Figure::Closed]),
    rate(Side::Sign, "last_hour_closed", Figure::LastHourClosed, JUDGED),
    rate(Side::Sign, "again_within_72h", Figure::AgainWithin72h, &[Figure::Closed]),
];
