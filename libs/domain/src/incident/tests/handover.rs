//! Orders, transfers, returns, designation: who owns what, and who leads.

use super::{kit::*, lives::*};
use crate::incident::{Command, HandoverStatus, PartStatus, Priority, Stage};

fn status(life: &Life, number: u16) -> HandoverStatus {
    life.incident.handover(number).expect("the hand-over is there").status
}

#[test]
fn an_order_is_issued_delivered_and_signed_and_its_clocks_start_when_delivered() {
    let issued = check(two(), &desk(GRID), issue(1), Ok(&["order_issued"]));
    assert_eq!((issued.part(1).status, issued.clock("sign/h2").is_some()), (PartStatus::Ordered, false));
    check(issued.clone(), &handler(GRID), sign(2), Err("handover.not_delivered"));
    let delivered = check(issued, &machine(), deliver_order(2), Ok(&["order_delivered"]));
    assert!(delivered.clock("sign/h2").is_some() && delivered.clock("arrive/h2").is_some());
    let signed = check(delivered, &handler(GRID), sign(2), Ok(&["order_signed"]));
    assert_eq!((signed.incident.stage, signed.part(1).status), (Stage::Handling, PartStatus::Signed));
    assert!(signed.clock("sign/h2").is_none() && signed.clock("arrive/h2").is_some());
}

#[test]
fn an_order_knows_no_reject_only_cannot_and_the_issuer_reassigns() {
    let delivered = two().given(&desk(GRID), issue(1)).given(&machine(), deliver_order(2));
    check(delivered.clone(), &desk(GRID), give_back(2), Err("handover.kind"));
    let cannot = check(delivered, &handler(GRID), cannot(2), Ok(&["order_cannot"]));
    assert_eq!((cannot.part(1).status, cannot.part(1).unit.is_none()), (PartStatus::Owned, true));
    assert!(cannot.clock("sign/h2").is_none() && cannot.clock("arrive/h2").is_none());
    check(cannot, &desk(GRID), issue(1), Ok(&["order_issued"]));
}

#[test]
fn only_the_parts_own_agency_orders_and_signs() {
    check(two(), &desk(POLICE), issue(1), Err("authority.agency"));
    let delivered = two().given(&desk(GRID), issue(1)).given(&machine(), deliver_order(2));
    check(delivered, &handler(WATER), sign(2), Err("authority.agency"));
}

#[test]
fn an_order_no_longer_binds_when_its_part_is_over() {
    let delivered = handling().given(&desk(GRID), issue(1)).given(&machine(), deliver_order(2));
    let over = delivered.given(&desk(GRID), finish(1));
    assert!(over.clock("sign/h2").is_none());
    assert_eq!(status(&over, 2), HandoverStatus::Withdrawn);
    check(over.clone(), &handler(GRID), sign(2), Err("handover.status"));
    check(over, &handler(GRID), cannot(2), Err("handover.status"));
}

#[test]
fn an_order_no_longer_binds_when_its_part_went_to_another_agency() {
    let delivered = two().given(&desk(GRID), issue(1)).given(&machine(), deliver_order(2));
    let offered = delivered.given(&desk(GRID), offer(Some(1), false, HOUSING)).given(&machine(), deliver(3));
    let moved = offered.given(&desk(HOUSING), take(3));
    assert!(moved.clock("sign/h2").is_none() && moved.clock("arrive/h2").is_none(), "the old unit owes nothing");
    check(moved.clone(), &handler(GRID), sign(2), Err("handover.status"));
    let ordered = check(moved, &desk(HOUSING), issue(1), Ok(&["order_issued"]));
    check(ordered, &machine(), deliver_order(4), Ok(&["order_delivered"]));
}

#[test]
fn delivery_is_not_acceptance() {
    let delivered = check(two(), &machine(), deliver(1), Ok(&["transfer_delivered"]));
    assert_eq!(delivered.part(2).status, PartStatus::Offered);
    assert!(delivered.clock("sign/h1").is_some());
    let taken = check(delivered, &desk(WATER), take(1), Ok(&["transfer_accepted"]));
    assert_eq!((taken.part(2).status, taken.incident.stage), (PartStatus::Owned, Stage::Handling));
    assert!(taken.clock("sign/h1").is_none() && taken.clock("handle/p2").is_some());
}

#[test]
fn the_lead_moves_only_when_a_person_of_the_receiver_accepts() {
    let life = received();
    let life = check(life, &desk(GRID), offer(None, true, HOTLINE), Ok(&["transfer_offered"]));
    assert_eq!(life.lead(), GRID);
    let life = check(life, &machine(), deliver(1), Ok(&["transfer_delivered"]));
    assert_eq!(life.lead(), GRID);
    check(life.clone(), &machine(), take(1), Err("authority.person"));
    check(life.clone(), &desk(GRID), take(1), Err("authority.agency"));
    check(life.clone(), &handler(HOTLINE), take(1), Err("authority.role"));
    let life = check(life, &desk(HOTLINE), take(1), Ok(&["transfer_accepted"]));
    assert_eq!(life.lead(), HOTLINE);
    assert!(life.incident.lead.as_ref().is_some_and(|lead| lead.seat.is_some()), "a person took it");
    check(life, &desk(GRID), accept(Priority::SOON), Err("authority.agency"));
}

#[test]
fn a_lapse_never_moves_the_lead_not_even_where_silence_counts_as_signed() {
    let offered = handling().given(&desk(GRID), offer(Some(1), true, WATER)).given(&machine(), deliver(2));
    check(offered.clone(), &machine(), lapse(2), Err("clock.early"));
    let lapsed = check(offered.wait(11 * MINUTE), &machine(), lapse(2), Ok(&["clock_breached", "transfer_lapsed"]));
    assert_eq!((lapsed.lead(), lapsed.part(1).agency.as_str()), (GRID, WATER));
}

#[test]
fn a_lapse_keeps_deems_or_raises_as_the_relation_of_the_day_says() {
    let after = |to: &str, mandatory| {
        let parts = [(GRID, true), (to, mandatory)];
        let life = routed(&parts).given(&machine(), deliver(1)).wait(11 * MINUTE).given(&machine(), lapse(1));
        assert_eq!(status(&life, 1), HandoverStatus::Lapsed);
        life
    };
    let kept = after(HOTLINE, true);
    assert_eq!((kept.part(2).agency.as_str(), kept.part(2).status), (GRID, PartStatus::Owned));
    assert!(kept.clock("handle/p2").is_some(), "who keeps it promises to handle it");
    let deemed = after(WATER, true);
    assert_eq!((deemed.part(2).agency.as_str(), deemed.part(2).status), (WATER, PartStatus::Owned));
    assert_eq!((deemed.incident.stage, deemed.clock("handle/p2").is_some()), (Stage::Handling, true));
    let raised = after(LAWYERS, false);
    assert_eq!(raised.part(2).status, PartStatus::Returned);
}

#[test]
fn the_sender_may_take_an_offer_back_and_keeps_the_part() {
    check(two(), &desk(WATER), take_back(1), Err("authority.agency"));
    let life = check(two(), &desk(GRID), take_back(1), Ok(&["transfer_withdrawn"]));
    assert_eq!((life.part(2).agency.as_str(), life.part(2).status), (GRID, PartStatus::Owned));
    assert!(life.clock("handle/p2").is_some());
    check(life, &desk(WATER), take(1), Err("handover.status"));
}

#[test]
fn work_on_offer_is_not_finished_before_the_offer_is_taken_back() {
    let offered = handling().given(&desk(WATER), offer(Some(2), false, HOUSING));
    check(offered.clone(), &desk(WATER), finish(2), Err("transfer.open"));
    check(offered.given(&desk(WATER), take_back(2)), &desk(WATER), finish(2), Ok(&["part_finished"]));
}

#[test]
fn a_return_needs_a_reason_keeps_all_and_blocks_the_way_past_its_point() {
    let delivered = assisted().given(&desk(HOTLINE), deliver(1));
    let unfit = Command::ReturnTransfer { transfer: 1, reason: why(crate::reason::ReasonCode::VoidTest), sealed: Vec::new() };
    check(delivered.clone(), &desk(HOTLINE), unfit, Err("reason.unfit"));
    let back = check(delivered, &desk(HOTLINE), give_back(1), Ok(&["transfer_returned"]));
    let transfer = back.incident.handover(1).expect("it stays on record");
    assert_eq!((transfer.status, transfer.returned_at), (HandoverStatus::Returned, Some(Stage::Routed)));
    check(back.clone(), &desk(GRID), finish(1), Err("part.returned"));
    check(back.clone(), &desk(HOTLINE), finish(2), Err("part.returned"));
    check(back.clone().given(&desk(GRID), release(2)), &desk(GRID), finish(1), Ok(&["part_finished", "done"]));
    let anew = back.given(&desk(GRID), offer(Some(2), false, WATER));
    check(anew, &desk(GRID), finish(1), Ok(&["part_finished", "done"]));
}

#[test]
fn a_second_return_is_settled_by_the_duty_chief_alone() {
    let twice = returned(2);
    check(twice.clone(), &desk(GRID), offer(Some(2), false, WATER), Err("transfer.designation"));
    check(twice.clone(), &desk(GRID), designate(2, WATER, false), Err("authority.role"));
    let settled = check(twice, &chief(), designate(2, WATER, false), Ok(&["designated"]));
    assert_eq!((settled.part(2).agency.as_str(), settled.part(2).status), (WATER, PartStatus::Owned));
    assert_eq!((settled.lead(), settled.incident.stage), (GRID, Stage::Handling));
    assert!(settled.clock("handle/p2").is_some());
}

#[test]
fn what_was_designated_cannot_be_returned_or_passed_on() {
    let settled = returned(2).given(&chief(), designate(2, WATER, true));
    assert_eq!(settled.lead(), WATER);
    check(settled.clone(), &desk(WATER), give_back(2), Err("authority.agency"));
    check(settled.clone(), &desk(HOUSING), give_back(2), Err("handover.status"));
    check(settled, &desk(WATER), offer(Some(2), false, HOUSING), Err("transfer.designation"));
}

#[test]
fn the_duty_chief_designates_across_an_unanswered_order_but_not_across_an_open_offer() {
    check(two(), &chief(), designate(2, HOUSING, false), Err("transfer.open"));
    let ordered = two().given(&desk(GRID), issue(1)).given(&machine(), deliver_order(2));
    let settled = check(ordered, &chief(), designate(1, HOUSING, false), Ok(&["designated"]));
    assert!(settled.clock("sign/h2").is_none() && settled.clock("arrive/h2").is_none());
}

#[test]
fn nobody_overwrites_another_agencys_part() {
    for ask in [finish(2), issue(2), en_route(2), on_scene(2), offer(Some(2), false, POLICE)] {
        check(handling(), &desk(GRID), ask, Err("authority.agency"));
    }
}
