//! What others offer to us: taken over after a while, sent back with a reason, or left lying until it lapses.

use wire::v1::{
    TransferStep as Wire,
    partner_frame::{Body, Transfer as TransferFrame},
};

use super::{
    super::{
        Partner,
        case::{Transfer, TransferStep},
    },
    Script, why,
};

/// Of a hundred offers: how many are returned, how many nobody answers.
const fn shares(partner: Partner) -> (f64, f64) {
    match partner {
        Partner::Police110 => (0.07, 0.03),
        Partner::GridPlatform => (0.10, 0.05),
    }
}

impl Script<'_> {
    /// Answers to every offer that waits for us.
    pub(in super::super) fn answers(&mut self) {
        let open = |transfer: &&Transfer| !transfer.ours && transfer.step == TransferStep::Open && transfer.number > 0;
        for offer in self.case.transfers.iter().filter(open) {
            let about = format!("offer {}", offer.number);
            let mut dice = self.fate(&about);
            let luck = dice.unit();
            let (returned, silent) = shares(self.around.partner);
            // Danger is never left lying.
            if luck < silent && !self.case.urgent() {
                continue;
            }
            let usual = if self.case.urgent() { 45.0 } else { 700.0 };
            let due = offer.since.plus_seconds(dice.seconds(usual));
            let back = luck > 1.0 - returned && !self.case.urgent();
            let reason = dice.pick(&["return.not_my_duty", "return.wrong_area", "return.information_missing"]);
            let frame = TransferFrame {
                step: if back { Wire::Returned } else { Wire::Accepted }.into(),
                transfer: offer.number,
                part: offer.part,
                lead: offer.lead,
                from: offer.other.clone(),
                to: self.case.us.clone(),
                reason: if back { why(reason) } else { None },
                words: if back { "经核实不属本单位办理范围，请转有关单位。".to_owned() } else { String::new() },
                ..TransferFrame::default()
            };
            let seat = self.seat("answers");
            self.wish(due, seat, Body::Transfer(frame));
        }
    }
}
