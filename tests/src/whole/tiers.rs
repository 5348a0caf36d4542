//! Up, down and sideways over the real hub: two seats race for one incident, the lead climbs and comes down by persons, a
//! late clock brings the upper desk in, those who are called see what they are called to; seats get new tokens.

use testkit::clock::Hand;
use tonic::Code;
use tonic_types::StatusExt as _;
use wire::v1::{self, Role, triage_act_request as triage, triage_act_request::Action};

use crate::{
    clocks::settled,
    deeds::accept,
    town::{DISTRICT, Desk, MONDAY, Town, clock, code, record, report, settings, why},
};

const DESK: &[Role] = &[Role::CallTaker, Role::Dispatcher];
/// 江浦街道.
const CENTRE: &str = "320111004";
const MINUTE: i64 = 60_000;

fn claim(reason: &str) -> Action {
    Action::Claim(triage::Claim { reason: why(reason).filter(|_| !reason.is_empty()) })
}

async fn claimed(desk: &Desk, id: &str) -> v1::ClaimView {
    desk.sees(id, 0).await.expect("seen").tiers.and_then(|tiers| tiers.claim).expect("somebody claimed it")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_seats_that_claim_at_once_one_wins_and_the_other_is_told_who_and_when() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let first = town.desk("grid-1", "grid", DISTRICT, DESK).await;
    let second = town.desk("grid-2", "grid", DISTRICT, DESK).await;
    for n in 0..12 {
        let id = first.report(report("patrol", &format!("C-{n}"), "井盖松动")).await.expect("in").incident_id;
        let (a, b) = tokio::join!(first.act(&format!("a/{n}"), &id, claim("")), second.act(&format!("b/{n}"), &id, claim("")));
        let (winner, loser, no) = match (a, b) {
            (Ok(_), Err(no)) => (&first, &second, no),
            (Err(no), Ok(_)) => (&second, &first, no),
            both => panic!("exactly one wins: {both:?}"),
        };
        assert_eq!(code(&no), "claim.taken");
        let told = no.get_details_error_info().expect("a refusal").metadata;
        let claim_now = claimed(loser, &id).await;
        assert_eq!((told["seat"].as_str(), claim_now.seat.as_str()), (winner.name.as_str(), winner.name.as_str()));
        let ms = |at: &Option<wire::Timestamp>| at.as_ref().and_then(wire::time::millis).expect("a time");
        let since: domain::time::Time = told["since"].parse().expect("a time");
        assert_eq!(since.ms(), ms(&claim_now.since));
        // It bars nobody: the other accepts it all the same, and may take it over with a reason.
        loser.does("accept", &id, accept("city/06010", 4)).await;
        assert_eq!(claimed(loser, &id).await.seat, winner.name);
        loser.does("over", &id, claim("takeover.danger")).await;
        assert_eq!(claimed(winner, &id).await.seat, loser.name);
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lead_goes_down_and_up_by_persons_and_a_late_clock_brings_the_upper_desk_in() {
    let data = tempfile::tempdir().expect("a folder");
    let hand = Hand::new(MONDAY);
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    let district = town.desk("grid-1", "grid", DISTRICT, DESK).await;
    let centre = town.desk("centre-1", "grid", CENTRE, DESK).await;
    let id = district.report(report("patrol", "T-1", "井盖松动")).await.expect("in").incident_id;
    let (to, reason) = (CENTRE.to_owned(), why("assign.local"));
    district.does("down", &id, Action::HandDown(triage::HandDown { to, reason })).await;
    assert_eq!(district.may_not("own", &id, Action::TakeTier(triage::TakeTier {})).await, "tier.not_yours");
    centre.does("take", &id, Action::TakeTier(triage::TakeTier {})).await;
    let lead = centre.sees(&id, 0).await.expect("seen").lead.expect("somebody leads");
    assert_eq!((lead.seat.as_str(), lead.area.as_str()), ("centre-1", CENTRE));

    // Nobody accepts: the clock runs out, the district's desk looks on, the lead stays.
    hand.advance(24 * 60 * MINUTE);
    settled(&town.ports).await;
    let seen = centre.sees(&id, 0).await.expect("seen");
    assert_eq!(seen.lead.as_ref().map(|lead| lead.seat.as_str()), Some("centre-1"));
    let overseers = seen.tiers.as_ref().expect("overseen").overseers.clone();
    assert_eq!(overseers.iter().map(|of| (of.area.as_str(), of.clock.as_str())).collect::<Vec<_>>(), [(DISTRICT, "accept")]);
    let added = district.facts(&format!("incident/{id}")).await;
    let added: Vec<_> = added.iter().map(record).filter(|fact| fact["type"] == "incident.supervisor_added").collect();
    assert_eq!(added.len(), 1, "once");
    assert_eq!(added[0]["actor"], "machine/clock");
    assert_eq!(added[0]["command"], format!("react/oversee/incident/{id}/accept/1"));

    let (reason, words) = (why("escalate.beyond_tier"), "本级没有排水设备".to_owned());
    centre.does("up", &id, Action::Escalate(triage::Escalate { reason, words })).await;
    district.does("take", &id, Action::TakeTier(triage::TakeTier {})).await;
    let lead = district.sees(&id, 0).await.expect("seen").lead.expect("somebody leads");
    assert_eq!((lead.seat.as_str(), lead.area.as_str()), ("grid-1", DISTRICT));
    town.close().await;
    // Over a restart it is not added again.
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    settled(&town.ports).await;
    let district = town.again(&district).await;
    let again = district.facts(&format!("incident/{id}")).await;
    assert_eq!(again.iter().map(record).filter(|fact| fact["type"] == "incident.supervisor_added").count(), 1);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_called_to_a_place_sees_it_arrives_and_is_late_by_its_own_clock() {
    let data = tempfile::tempdir().expect("a folder");
    let hand = Hand::new(MONDAY);
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    let grid = town.desk("grid-1", "grid", DISTRICT, DESK).await;
    let water = town.desk("water-1", "department/water", DISTRICT, &[Role::Handler]).await;
    let housing = town.desk("housing-1", "department/housing", DISTRICT, &[Role::Handler]).await;
    let id = grid.report(report("patrol", "S-1", "小区车库积水")).await.expect("in").incident_id;
    assert_eq!(water.sees(&id, 0).await.expect("an outline").sight(), v1::Sight::Outline);
    let by = Some(wire::time::timestamp(MONDAY + 20 * MINUTE));
    let agencies = vec!["department/water".to_owned(), "department/housing".to_owned()];
    let summon = triage::Summon { agencies, area: CENTRE.to_owned(), by, reason: why("summon.on_site") };
    grid.does("summon", &id, Action::Summon(summon)).await;
    hand.advance(18 * MINUTE);
    water.does("there", &id, Action::Arrive(triage::Arrive { call: 1 })).await;
    hand.advance(35 * MINUTE);
    settled(&town.ports).await;
    housing.does("there", &id, Action::Arrive(triage::Arrive { call: 2 })).await;
    let seen = grid.sees(&id, 0).await.expect("seen");
    assert_eq!(seen.lead.expect("a lead").agency, "grid");
    let late: Vec<_> = grid.facts(&format!("incident/{id}")).await.iter().map(record).collect();
    let late = late.iter().filter(|fact| fact["type"] == "incident.clock_breached").map(|fact| fact["data"]["clock"].clone());
    assert_eq!(
        late.filter(|clock| clock.as_str().is_some_and(|clock| clock.starts_with("arrive"))).collect::<Vec<_>>(),
        ["arrive/c2"]
    );
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_gets_a_new_token_is_shut_out_with_the_old_one_at_once() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let desk = town.desk("desk-1", "grid", DISTRICT, DESK).await;
    desk.report(report("patrol", "K-1", "井盖松动")).await.expect("in");
    let mut long = desk.roads.clone().audit.follow(v1::FollowRequest { from: 1, until: 0 }).await.expect("a stream").into_inner();
    let reset = || v1::ResetSeatRequest { command_id: "reset/1".to_owned(), seat_id: "desk-1".to_owned() };
    let mut operator = town.operator().await;
    let answer = operator.seats.reset(reset()).await.expect("reset").into_inner();
    let dead = desk.report(report("patrol", "K-2", "井盖松动")).await.expect_err("the old token");
    assert_eq!(dead.code(), Code::Unauthenticated);
    let ended = loop {
        match long.message().await {
            Ok(Some(_)) => {}
            ended => break ended,
        }
    };
    assert_eq!(ended.expect_err("a long call ends, too").code(), Code::Unauthenticated);
    let mut anew = town.roads(&answer.token).await;
    anew.intake.report(report("patrol", "K-3", "井盖松动")).await.expect("the new token");
    let again = operator.seats.reset(reset()).await.expect("the first answer").into_inner();
    assert!(again.repeated_command && again.token.is_empty(), "shown once");
    let nobody = v1::ResetSeatRequest { command_id: "reset/2".to_owned(), seat_id: "nobody".to_owned() };
    operator.seats.reset(nobody).await.expect_err("no such seat");
    // A reset opens no locked seat.
    let lock = v1::LockSeatRequest { command_id: "lock/1".to_owned(), seat_id: "desk-1".to_owned() };
    operator.seats.lock(lock).await.expect("locked");
    let locked = v1::ResetSeatRequest { command_id: "reset/3".to_owned(), seat_id: "desk-1".to_owned() };
    let token = operator.seats.reset(locked).await.expect("reset").into_inner().token;
    let shut = town.roads(&token).await.intake.report(report("patrol", "K-4", "井盖松动")).await.expect_err("locked");
    assert_eq!(shut.code(), Code::Unauthenticated);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_three_administrators_keep_their_powers_apart_and_none_sees_or_decides_a_matter() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let desk = town.desk("desk-1", "grid", DISTRICT, DESK).await;
    let id = desk.report(report("patrol", "A-1", "井盖松动")).await.expect("in").incident_id;
    let system = town.desk("system-1", "grid", DISTRICT, &[Role::Administrator]).await;
    let security = town.desk("security-1", "grid", DISTRICT, &[Role::SecurityAdministrator]).await;
    let audit = town.desk("audit-1", "grid", DISTRICT, &[Role::AuditAdministrator]).await;
    let add = |command: &str, roles: &[Role]| {
        let roles = roles.iter().map(|&role| role.into()).collect();
        let (seat_id, agency, area) = ("new-1".to_owned(), "grid".to_owned(), DISTRICT.to_owned());
        v1::AddSeatRequest {
            command_id: command.to_owned(),
            seat: Some(v1::Seat { seat_id, agency, area, roles, scripted: false }),
        }
    };
    let reset = |command: &str| v1::ResetSeatRequest { command_id: command.to_owned(), seat_id: "desk-1".to_owned() };
    let mixed = system.roads.clone().seats.add(add("add/1", &[Role::Administrator, Role::Dispatcher])).await.expect_err("mixed");
    assert_eq!(mixed.code(), Code::InvalidArgument);
    system.roads.clone().seats.add(add("add/2", &[Role::Dispatcher])).await.expect("the system's adds");
    for other in [&security, &audit, &desk] {
        let no = other.roads.clone().seats.add(add("add/3", &[Role::Dispatcher])).await.expect_err("not its power");
        assert_eq!(no.code(), Code::PermissionDenied, "{}", other.name);
    }
    for other in [&system, &audit, &desk] {
        let no = other.roads.clone().seats.reset(reset("reset/1")).await.expect_err("not its power");
        assert_eq!(no.code(), Code::PermissionDenied, "{}", other.name);
    }
    security.roads.clone().seats.reset(reset("reset/2")).await.expect("the security's resets");
    for keeper in [&system, &security, &audit] {
        assert_eq!(keeper.sees(&id, 0).await.expect_err("hidden").code(), Code::NotFound, "{}", keeper.name);
        assert_eq!(keeper.may_not("accept", &id, accept("city/06010", 4)).await, "incident.unknown");
        let by = v1::ListSeatsRequest { role: Role::Dispatcher.into(), area: CENTRE.to_owned(), ..v1::ListSeatsRequest::default() };
        assert_eq!(keeper.roads.clone().seats.list(by).await.expect("listed").into_inner().seats.len(), 0);
        let by =
            v1::ListSeatsRequest { role: Role::Dispatcher.into(), agency: "grid".to_owned(), ..v1::ListSeatsRequest::default() };
        assert_eq!(keeper.roads.clone().seats.list(by).await.expect("listed").into_inner().seats.len(), 2);
    }
    // The audit's reads that a token was given, and by whom.
    let told = audit.facts("seat/desk-1").await;
    let told: Vec<_> = told.iter().map(record).map(|fact| (fact["type"].clone(), fact["actor"].clone())).collect();
    assert_eq!(told, [("seat.added".into(), "seat/operator".into()), ("seat.reset".into(), "seat/security-1".into())]);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_opens_a_supervision_of_what_it_sees_in_outline_and_somebody_else_replies() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let hotline = town.desk("hotline-1", "hotline", DISTRICT, DESK).await;
    let supervisor = town.desk("super-1", "grid", DISTRICT, &[Role::Supervisor]).await;
    let stranger = town.desk("grid-1", "grid", DISTRICT, &[Role::DutyChief]).await;
    let id = hotline.report(report("hotline12345", "V-1", "路灯不亮")).await.expect("in").incident_id;
    let open = || {
        let (agency, reason) = ("hotline".to_owned(), why("supervise.repeat"));
        Action::Supervise(triage::Supervise { agency, level: 1, due: None, reason })
    };
    assert_eq!(supervisor.sees(&id, 0).await.expect("an outline").sight(), v1::Sight::Outline);
    assert_eq!(stranger.may_not("supervise", &id, open()).await, "authority.agency");
    supervisor.does("supervise", &id, open()).await;
    let seen = supervisor.sees(&id, 0).await.expect("seen");
    assert_eq!((seen.sight(), seen.lead.expect("a lead").agency.as_str()), (v1::Sight::Whole, "hotline"));
    let strike = || Action::StrikeSupervision(triage::StrikeSupervision { supervision: 1, reason: why("strike.done") });
    assert_eq!(supervisor.may_not("strike/1", &id, strike()).await, "supervision.not_replied");
    let words = "已派人修复".to_owned();
    hotline.does("reply", &id, Action::ReplySupervision(triage::ReplySupervision { supervision: 1, words })).await;
    supervisor.does("strike/2", &id, strike()).await;
    assert!(supervisor.sees(&id, 0).await.expect("seen").tiers.expect("supervised").supervisions[0].struck);
    town.close().await;
}
