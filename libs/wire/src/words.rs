//! The closed vocabularies by their words: `Stage::EnRoute` is `en_route` in facts, `STAGE_EN_ROUTE` on the wire.
//!
//! The rules and the wire each have their own enums; the word is what they share.

use crate::v1;

/// An enum of the wire whose values have words.
pub trait Word: Sized + Copy + 'static {
    /// The word, as facts write it; none for UNSPECIFIED.
    fn word(self) -> Option<String>;

    /// The value with this word; none for a word it does not have.
    fn from_word(word: &str) -> Option<Self>;

    /// The word of a number as it came over the wire: none for UNSPECIFIED and for numbers this version does not know.
    fn word_of(number: i32) -> Option<String>;
}

macro_rules! words {
    ($($name:ident $prefix:literal $case:ident),* $(,)?) => {$(
        impl Word for v1::$name {
            fn word(self) -> Option<String> {
                let rest = self.as_str_name().strip_prefix($prefix)?;
                (rest != "UNSPECIFIED").then(|| rest.$case())
            }

            fn from_word(word: &str) -> Option<Self> {
                let value = Self::from_str_name(&format!("{}{}", $prefix, word.to_ascii_uppercase()))?;
                (value.word()? == word).then_some(value)
            }

            fn word_of(number: i32) -> Option<String> {
                Self::try_from(number).ok()?.word()
            }
        }
    )*};
}

words! {
    Basis "BASIS_" to_ascii_lowercase,
    Channel "CHANNEL_" to_ascii_lowercase,
    Class "CLASS_" to_ascii_uppercase,
    ClockKind "CLOCK_KIND_" to_ascii_lowercase,
    ClockName "CLOCK_NAME_" to_ascii_lowercase,
    Datum "DATUM_" to_ascii_lowercase,
    Form "FORM_" to_ascii_lowercase,
    FrameOutcome "FRAME_OUTCOME_" to_ascii_lowercase,
    FrameReach "FRAME_REACH_" to_ascii_lowercase,
    OrderStep "ORDER_STEP_" to_ascii_lowercase,
    ProgressStep "PROGRESS_STEP_" to_ascii_lowercase,
    Topic "TOPIC_" to_ascii_lowercase,
    TransferStep "TRANSFER_STEP_" to_ascii_lowercase,
    Transport "TRANSPORT_" to_ascii_lowercase,
    Flag "FLAG_" to_ascii_lowercase,
    HandoverKind "HANDOVER_KIND_" to_ascii_lowercase,
    HandoverStatus "HANDOVER_STATUS_" to_ascii_lowercase,
    OnLapse "ON_LAPSE_" to_ascii_lowercase,
    Outcome "OUTCOME_" to_ascii_lowercase,
    PartStatus "PART_STATUS_" to_ascii_lowercase,
    Purpose "PURPOSE_" to_ascii_lowercase,
    RequestKind "REQUEST_KIND_" to_ascii_lowercase,
    ReportOutcome "REPORT_OUTCOME_" to_ascii_lowercase,
    Role "ROLE_" to_ascii_lowercase,
    Satisfaction "SATISFACTION_" to_ascii_lowercase,
    Sight "SIGHT_" to_ascii_lowercase,
    Stage "STAGE_" to_ascii_lowercase,
    UnitStage "UNIT_STAGE_" to_ascii_lowercase,
}
