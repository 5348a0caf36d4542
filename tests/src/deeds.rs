//! What seats do, in short words.

use wire::v1::{
    NewPart, Outcome, Satisfaction, feedback_act_request as feedback, feedback_act_request::Action as Feedback,
    triage_act_request as triage, triage_act_request::Action as Triage,
};

use crate::town::{Desk, why};

pub(crate) fn accept(category: &str, priority: u32) -> Triage {
    let reasons = why("seat.confirm").into_iter().collect();
    Triage::Accept(triage::Accept { category: category.to_owned(), priority, place: None, reasons })
}

pub(crate) fn route(parts: Vec<NewPart>) -> Triage {
    Triage::Route(triage::Route { parts, ..triage::Route::default() })
}

/// Straight from received: an emergency.
pub(crate) fn rush(category: &str, priority: u32, parts: Vec<NewPart>) -> Triage {
    Triage::Route(triage::Route { category: category.to_owned(), priority, parts, reasons: Vec::new() })
}

pub(crate) fn offer(part: u32, to: &str) -> Triage {
    Triage::OfferTransfer(triage::OfferTransfer {
        part,
        lead: part == 0,
        to: to.to_owned(),
        reason: why("transfer.duty"),
        item: None,
    })
}

pub(crate) fn deliver(transfer: u32) -> Triage {
    Triage::DeliverTransfer(triage::DeliverTransfer { transfer })
}

pub(crate) fn take(transfer: u32) -> Triage {
    Triage::AcceptTransfer(triage::AcceptTransfer { transfer })
}

pub(crate) fn give_back(transfer: u32, words: &str) -> Triage {
    let reason = why("return.information_missing");
    Triage::ReturnTransfer(triage::ReturnTransfer { transfer, reason, words: words.to_owned() })
}

pub(crate) fn order(part: u32, unit: &str) -> Triage {
    Triage::IssueOrder(triage::IssueOrder { part, unit: unit.to_owned(), task: String::new(), reasons: Vec::new() })
}

pub(crate) fn deliver_order(order: u32) -> Triage {
    Triage::DeliverOrder(triage::DeliverOrder { order })
}

pub(crate) fn sign(order: u32) -> Triage {
    Triage::SignOrder(triage::SignOrder { order })
}

pub(crate) fn set_out(part: u32) -> Triage {
    Triage::EnRoute(triage::EnRoute { part, order: 0 })
}

pub(crate) fn arrive(part: u32) -> Triage {
    Triage::OnScene(triage::OnScene { part, order: 0 })
}

pub(crate) fn finish(part: u32, words: &str) -> Triage {
    Triage::Finish(triage::Finish { part, category: String::new(), words: words.to_owned(), outcome: Outcome::Solved.into() })
}

pub(crate) fn ask_check(agency: &str) -> Feedback {
    Feedback::AskCheck(feedback::AskCheck { agency: agency.to_owned() })
}

pub(crate) fn check() -> Feedback {
    Feedback::Check(feedback::Check { passed: true, reason: why("check.passed") })
}

pub(crate) fn tell(report_id: &str, words: &str) -> Feedback {
    Feedback::Tell(feedback::Tell { report_id: report_id.to_owned(), words: words.to_owned() })
}

pub(crate) fn follow_up(report_id: &str, words: &str) -> Feedback {
    Feedback::FollowUp(feedback::FollowUp {
        report_id: report_id.to_owned(),
        reached: true,
        contacted: Some(true),
        solved: Some(true),
        satisfaction: Satisfaction::Satisfied.into(),
        words: words.to_owned(),
    })
}

pub(crate) const fn close() -> Feedback {
    Feedback::Close(feedback::Close {})
}

pub(crate) fn ask_reopen(report_id: &str) -> Feedback {
    Feedback::AskReopen(feedback::AskReopen { report_id: report_id.to_owned(), reason: why("reopen.unsolved") })
}

pub(crate) const fn reopen() -> Feedback {
    Feedback::Reopen(feedback::Reopen {})
}

/// A grid matter from received to closed: `desk` decides, `asker` follows up. The position of the end.
pub(crate) async fn whole_life(desk: &Desk, asker: &Desk, incident: &str, report: &str) -> u64 {
    desk.does("accept", incident, accept("city/06010", 4)).await;
    desk.does("route", incident, route(vec![crate::town::part("grid")])).await;
    desk.does("order", incident, order(1, "grid/001-1")).await;
    desk.does("deliver", incident, deliver_order(1)).await;
    desk.does("sign", incident, sign(1)).await;
    desk.does("arrive", incident, arrive(1)).await;
    desk.does("finish", incident, finish(1, "已清运")).await;
    desk.does("tell", incident, tell(report, "垃圾已清运")).await;
    asker.does("follow", incident, follow_up(report, "满意")).await;
    desk.does("close", incident, close()).await.position
}
