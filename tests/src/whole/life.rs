//! A report's whole life through intake, triage and feedback, by seats of three agencies.

use wire::v1::{self, HandoverStatus, PartStatus, Role, Stage};

use crate::{
    deeds::{
        accept, arrive, ask_check, ask_reopen, check, close, deliver, deliver_order, finish, follow_up, give_back, offer, order,
        reopen, route, rush, set_out, sign, take, tell,
    },
    town::{DISTRICT, Desk, HERE, Town, part, report},
};

const DESK: &[Role] = &[Role::CallTaker, Role::Dispatcher];

struct Room {
    police: Desk,
    car: Desk,
    grid: Desk,
    worker: Desk,
    checker: Desk,
    hotline: Desk,
    asker: Desk,
}

async fn room(town: &Town) -> Room {
    Room {
        police: town.desk("police-1", "police", DISTRICT, DESK).await,
        car: town.desk("car-7", "police", DISTRICT, &[Role::Handler]).await,
        grid: town.desk("grid-1", "grid", DISTRICT, DESK).await,
        worker: town.desk("worker-3", "grid", HERE, &[Role::Handler]).await,
        checker: town.desk("checker-1", "grid", DISTRICT, &[Role::Checker]).await,
        hotline: town.desk("hotline-1", "hotline", DISTRICT, DESK).await,
        asker: town.desk("asker-1", "hotline", DISTRICT, &[Role::FollowUp]).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_joint_incident_is_taken_in_returned_offered_anew_handled_checked_told_and_closed() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let Room { police, car, grid, worker, checker, asker, .. } = room(&town).await;

    let taken = police.report(report("police110", "J-1", "楼下有人打架，路灯杆倒了，怕砸到人")).await.expect("a report gets in");
    assert_eq!(taken.outcome(), v1::ReportOutcome::Taken);
    let (id, told) = (taken.incident_id.as_str(), taken.report_id.as_str());
    let mut last = taken.position;
    let mut after = |answer: v1::CommandAnswer, stage: Stage| {
        assert!(answer.position > last, "every answer carries its position: {answer:?}");
        assert_eq!(answer.stage(), stage);
        assert!(!answer.repeated_command && answer.time.is_some());
        last = answer.position;
    };

    // An emergency goes from received to routed in one command; the grid is offered its part.
    after(police.does("route", id, rush("police/violence", 2, vec![part("police"), part("grid")])).await, Stage::Routed);
    after(grid.does("deliver", id, deliver(1)).await, Stage::Routed);
    after(grid.does("return", id, give_back(1, "没有写明几号楼")).await, Stage::Routed);

    // What lies returned keeps the incident from going on, until it is handed over anew.
    after(police.does("order", id, order(1, "police/car-7")).await, Stage::Routed);
    after(car.does("deliver", id, deliver_order(2)).await, Stage::Routed);
    after(car.does("sign", id, sign(2)).await, Stage::Handling);
    after(car.does("out", id, set_out(1)).await, Stage::Handling);
    after(car.does("there", id, arrive(1)).await, Stage::Handling);
    after(car.does("finish", id, finish(1, "双方已分开，调解")).await, Stage::Handling);
    assert_eq!(police.may_not("close-early", id, close()).await, "incident.too_early");

    after(police.does("offer", id, offer(2, "grid")).await, Stage::Handling);
    assert_eq!(grid.may_not("take-early", id, take(3)).await, "handover.not_delivered");
    after(grid.does("deliver-2", id, deliver(3)).await, Stage::Handling);
    assert_eq!(police.may_not("take-others", id, take(3)).await, "authority.agency");
    after(grid.does("take", id, take(3)).await, Stage::Handling);
    after(grid.does("order-2", id, order(2, "grid/001-3")).await, Stage::Handling);
    after(worker.does("deliver-3", id, deliver_order(4)).await, Stage::Handling);
    after(worker.does("sign-2", id, sign(4)).await, Stage::Handling);
    after(worker.does("there-2", id, arrive(2)).await, Stage::Handling);
    after(worker.does("finish-2", id, finish(2, "路灯杆已扶正")).await, Stage::Done);

    after(police.does("check", id, ask_check("grid")).await, Stage::Checking);
    after(checker.does("checked", id, check()).await, Stage::Done);
    after(police.does("tell", id, tell(told, "已处置完毕")).await, Stage::Followup);
    assert_eq!(police.may_not("close-unasked", id, close()).await, "close.reporters_open");
    // The hotline has no part in it and sees an outline at most: it asks nobody.
    let deaf = asker.act("asker/hears", id, follow_up(told, "")).await.map(|answer| answer.stage());
    if let Ok(stage) = deaf {
        assert_eq!(stage, Stage::Followup);
    }
    let asker = town.desk("asker-2", "police", DISTRICT, &[Role::FollowUp]).await;
    asker.does("follow", id, follow_up(told, "处理得很快")).await;
    let closed = police.does("close", id, close()).await;
    assert_eq!(closed.stage(), Stage::Closed);

    let seen = police.sees(id, closed.position).await.expect("the police sees its incident");
    assert_eq!((seen.stage(), seen.sight()), (Stage::Closed, v1::Sight::Whole));
    assert_eq!(seen.parts.iter().map(v1::PartView::status).collect::<Vec<_>>(), [PartStatus::Finished; 2]);
    assert_eq!(seen.parts[1].returns, 1);
    let handovers: Vec<_> = seen.handovers.iter().map(v1::HandoverView::status).collect();
    use HandoverStatus::{Accepted, Returned, Signed};
    assert_eq!(handovers, [Returned, Signed, Accepted, Signed]);
    assert_eq!(seen.lead.expect("a lead").agency, "police");
    assert!(seen.ended.is_some() && seen.checked && seen.clocks.is_empty());
    assert_eq!(seen.reports[0].followup.expect("a follow-up").satisfaction(), v1::Satisfaction::Satisfied);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lead_moves_when_a_person_of_the_receiver_accepts_and_a_closed_matter_is_taken_up_again() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let Room { grid, worker, hotline, asker, .. } = room(&town).await;
    let taken = hotline.report(report("hotline12345", "H-1", "小区门口垃圾堆了三天没人清运")).await.expect("a report gets in");
    let (id, told) = (taken.incident_id.as_str(), taken.report_id.as_str());

    hotline.does("accept", id, accept("city/06010", 3)).await;
    assert_eq!(grid.may_not("route-others", id, route(vec![part("grid")])).await, "authority.agency");
    hotline.does("offer", id, offer(0, "grid")).await;
    let lead = async || hotline.sees(id, 0).await.expect("seen").lead.expect("a lead").agency;
    grid.does("deliver", id, deliver(1)).await;
    assert_eq!(lead().await, "hotline", "delivery is not acceptance");
    grid.does("take", id, take(1)).await;
    assert_eq!(lead().await, "grid");
    grid.does("route", id, route(vec![part("grid")])).await;
    grid.does("order", id, order(1, "grid/001-3")).await;
    worker.does("deliver", id, deliver_order(2)).await;
    worker.does("sign", id, sign(2)).await;
    worker.does("finish", id, finish(1, "已清运")).await;
    // Who took the report owes the answer, whoever leads now.
    assert_eq!(grid.may_not("tell-others", id, tell(told, "好了")).await, "authority.agency");
    hotline.does("tell", id, tell(told, "垃圾已清运")).await;
    asker.does("follow", id, follow_up(told, "满意")).await;
    let closed = grid.does("close", id, close()).await;
    assert_eq!(closed.stage(), Stage::Closed);

    hotline.does("ask-again", id, ask_reopen(told)).await;
    let again = grid.does("again", id, reopen()).await;
    assert_eq!(again.stage(), Stage::Accepted);
    let seen = grid.sees(id, again.position).await.expect("seen");
    assert_eq!((seen.rounds, seen.ended), (1, None));
    town.close().await;
}
