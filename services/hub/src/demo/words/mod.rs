//! Who talks about what, and what only 12345 hears. The sentences of streets and of 110 are the simulators' own.

mod hotline;

pub(crate) use bridge::simulator::words::{AGAIN, Setting, Template, address, fill, name, phone};
use bridge::simulator::words::{city, police};

use super::curve::Stream;

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// 城市管理.
    City,
    /// 群众身边的矛盾.
    Dispute,
    /// 咨询.
    Question,
    /// 投诉求决.
    Complaint,
}

impl Topic {
    /// All of them.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 4] = [Self::City, Self::Dispute, Self::Question, Self::Complaint];

    /// Its sentences.
    pub(crate) const fn templates(self) -> &'static [Template] {
        match self {
            Self::City => city::CITY,
            Self::Dispute => police::DISPUTE,
            Self::Question => hotline::QUESTION,
            Self::Complaint => hotline::COMPLAINT,
        }
    }
}

/// Who talks about what, by weight.
pub(crate) const fn of(stream: Stream) -> &'static [(u32, Topic)] {
    match stream {
        Stream::Hotline => &[(45, Topic::City), (30, Topic::Question), (23, Topic::Complaint), (2, Topic::Dispute)],
        Stream::Public => &[(86, Topic::City), (6, Topic::Dispute), (8, Topic::Complaint)],
    }
}
