//! Ill behaviour, for tests: a partner that is slow, silent, doubles, swaps, talks nonsense or shouts. Drawn from the seed.

use std::str::FromStr;

use wire::v1::{PartnerFrame, partner_frame::Body};

use super::super::dice::{Dice, named};

/// How often each fault happens, from 0 to 1 for each frame.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Faults {
    /// Waits a moment before a frame.
    pub slow: f64,
    /// Neither says nor reads anything for some seconds.
    pub silent: f64,
    /// Says a frame twice.
    pub duplicate: f64,
    /// Says two frames the wrong way round.
    pub disorder: f64,
    /// Says what cannot be, in a frame of its own number.
    pub wrong: f64,
    /// Signs a file with a strange key before it signs it with the right one.
    pub signature: f64,
    /// Says far too much: once within the language, once beyond what a connection takes.
    pub giant: f64,
}

/// Of each fault that is named without a number.
const USUAL: f64 = 0.01;
/// Bytes of words that no frame may have.
const GIANT: usize = 300 << 10;
/// Bytes that no connection takes.
const FLOOD: usize = 5 << 20;

impl FromStr for Faults {
    type Err = String;

    /// `slow,wrong=0.05`: names with a share each, or the usual one.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut faults = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, share) = part.split_once('=').map_or((part, Ok(USUAL)), |(name, share)| (name, share.parse()));
            let share = share
                .ok()
                .filter(|share| (0.0..=1.0).contains(share))
                .ok_or_else(|| format!("{part}: give a share from 0 to 1"))?;
            let fault = match name {
                "slow" => &mut faults.slow,
                "silent" => &mut faults.silent,
                "duplicate" => &mut faults.duplicate,
                "disorder" => &mut faults.disorder,
                "wrong" => &mut faults.wrong,
                "signature" => &mut faults.signature,
                "giant" => &mut faults.giant,
                _ => return Err(format!("{name}: give slow, silent, duplicate, disorder, wrong, signature or giant")),
            };
            *fault = share;
        }
        Ok(faults)
    }
}

/// Draws for one fault and one frame: the same frame, the same throw, however often it is said.
pub(crate) fn strikes(seed: u64, fault: &str, number: u64, share: f64) -> bool {
    share > 0.0 && Dice::about(&[seed, named(fault), number]).chance(share)
}

/// What cannot be, drawn from `number`: each time a little different.
pub(crate) fn wrong(seed: u64, number: u64, like: &PartnerFrame) -> PartnerFrame {
    let mut frame = like.clone();
    let mut dice = Dice::about(&[seed, named("wrong frame"), number]);
    match (dice.below(4), &mut frame.body) {
        // It tells nothing that this version of the language knows.
        (0, _) | (_, None) => frame.body = None,
        (_, Some(Body::Report(report))) => {
            // Another district's, with a number of its own so that it is no supplement.
            report.area = "320102001001".to_owned();
            report.reference = format!("{}-w{number}", report.reference);
        }
        (_, Some(Body::Order(order))) => order.step = 99,
        (_, Some(Body::Finished(finished))) => finished.category = "police/nonsense".to_owned(),
        (1, Some(_)) => frame.incident_id = "no id at all".to_owned(),
        (2, Some(_)) => frame.occurred = Some(wire::Timestamp { seconds: i64::MAX, nanos: -1 }),
        (_, Some(body)) => *body = Body::Moved(wire::v1::partner_frame::Moved { stage: 77 }),
    }
    frame
}

/// A report with more words than a frame may have.
pub(crate) fn giant(like: &PartnerFrame, number: u64) -> PartnerFrame {
    let report = wire::v1::partner_frame::Report {
        reference: format!("giant-{number}"),
        text: "长".repeat(GIANT / "长".len() + 1),
        ..wire::v1::partner_frame::Report::default()
    };
    PartnerFrame { incident_id: String::new(), body: Some(Body::Report(report)), ..like.clone() }
}

/// A frame that no connection takes; it has no place in the chain.
pub(crate) fn flood() -> PartnerFrame {
    let note = wire::v1::partner_frame::Note { words: "x".repeat(FLOOD) };
    PartnerFrame { number: u64::MAX, previous: u64::MAX - 1, body: Some(Body::Note(note)), ..PartnerFrame::default() }
}
