//! What only the grid does: open a case for what a patrol found, and hand what is dangerous to the police.

use domain::time::Time;
use wire::v1::{
    Form, TransferStep as Wire,
    partner_frame::{Accepted, Body, SelfHandled, Transfer as TransferFrame},
};

use super::super::{
    case::TransferStep,
    script::{Script, by_item, item},
};

/// The category of a find that the police did not take: there is no better one without them.
const LEFT: &str = "city/06047";
/// The priority of what nobody gave one.
const ROUTINE: u32 = 4;

impl Script<'_> {
    pub(in super::super) fn grid(&mut self) {
        let case = self.case;
        self.answers();
        if let Some(report) = &case.report {
            let at = report.at;
            if case.category.is_empty() && case.transfers.is_empty() {
                self.for_police(at);
                return;
            }
            let asked = case.transfers.iter().find(|transfer| transfer.ours && transfer.lead);
            match asked {
                // Theirs now, or about to be.
                Some(asked) if asked.step != TransferStep::Kept => {
                    self.ending();
                    return;
                }
                // Fixed; the hub closes it.
                _ if case.mark("fixed").is_some() => return,
                asked => {
                    if case.mark("accepted").is_none() {
                        self.open_case(asked.map_or(at, |asked| asked.since));
                        return;
                    }
                }
            }
        }
        self.work();
        self.ending();
    }

    /// 立案.
    fn open_case(&mut self, since: Time) {
        let case = self.case;
        let due = self.after(since, "accept", 200.0);
        let category = if case.category.is_empty() { LEFT.to_owned() } else { case.category.clone() };
        // The commonest life of all: more than half of what a patrol finds it fixes on its way.
        if case.priority > 2 && case.refused == 0 && self.fate("fixed").chance(0.5) {
            let (due, unit) = self.around.places.unit(self.around.partner, case, false, due, 0, &mut self.fate("who fixes"));
            self.wish(due, self.seat("fixes"), Body::SelfHandled(SelfHandled { unit, category }));
            return;
        }
        let form = self.form(Form::Case, 0, due);
        let seat = self.seat("accepts");
        let frame = Accepted { category, priority: if case.priority == 0 { ROUTINE } else { case.priority } };
        self.wish(due, seat, Body::Accepted(frame)).numbers.push(form);
    }

    /// Danger is for the police; the patrol keeps away until they come.
    fn for_police(&mut self, at: Time) {
        let due = self.after(at, "police", 25.0);
        let frame = TransferFrame {
            step: Wire::Offered.into(),
            lead: true,
            from: self.case.us.clone(),
            to: "police".to_owned(),
            reason: by_item("GP-01"),
            words: "巡查发现险情，人员已退至外围并劝离群众。".to_owned(),
            ..TransferFrame::default()
        };
        let seat = self.seat("dispatch");
        self.wish(due, seat, Body::Transfer(frame)).item = item("GP-01");
    }
}
