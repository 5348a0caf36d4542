//! What a caller is told: positions, first answers again, refusals with their codes, wrong fields by their names.

use std::time::{Duration, Instant};

use tonic::Code;
use tonic_types::StatusExt as _;
use wire::v1::{self, Role};

use crate::{
    deeds::{accept, close, deliver, finish, order, route, rush, take, whole_life},
    town::{DISTRICT, Desk, Town, code, part, report, settings, why},
};

async fn grid(town: &Town) -> Desk {
    town.desk("grid-1", "grid", DISTRICT, &[Role::CallTaker, Role::Dispatcher]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_at_least_at_a_position_includes_it_and_one_beyond_the_end_says_try_again() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let desk = grid(&town).await;
    let taken = desk.report(report("patrol", "R-1", "井盖松动")).await.expect("a report gets in");
    let id = taken.incident_id.as_str();
    for step in 0..20 {
        let flag = v1::Flag::try_from(step % 7 + 1).expect("a flag");
        let raise = v1::intake_act_request::Raise { flags: vec![flag.into()], class: 0 };
        let raised = desk.act(&format!("raise/{step}"), id, v1::intake_act_request::Action::Raise(raise)).await;
        if let Ok(answer) = raised {
            let seen = desk.sees(id, answer.position).await.expect("seen");
            assert!(seen.position >= answer.position && seen.version >= answer.version, "{seen:?}");
        }
    }
    let mut audit = desk.roads.clone().audit;
    let head = audit.head(v1::HeadRequest::default()).await.expect("a head").into_inner();
    assert_eq!(head.district, DISTRICT);
    let beyond = v1::GetIncidentRequest { incident_id: id.to_owned(), at_least: head.position + 1 };
    let begun = Instant::now();
    let late = desk.roads.clone().intake.get_incident(beyond).await.expect_err("not there yet");
    assert_eq!(late.code(), Code::Unavailable);
    assert!(late.get_details_retry_info().is_some_and(|retry| retry.retry_delay.is_some()), "{late:?}");
    assert!(begun.elapsed() >= Duration::from_millis(1500), "it waits before it gives up");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_gets_its_first_answer_after_any_restart_and_other_content_is_refused() {
    let data = tempfile::tempdir().expect("a folder");
    let mut town = Town::open(data.path()).await;
    let mut desk = grid(&town).await;
    let mut asker = town.desk("asker-1", "grid", DISTRICT, &[Role::FollowUp]).await;
    let taken = desk.report(report("patrol", "R-1", "道路破损")).await.expect("a report gets in");
    let id = taken.incident_id.clone();
    let accepted = desk.does("accept", &id, accept("city/06010", 4)).await;
    whole_life_after_accept(&desk, &asker, &id, &taken.report_id).await;
    let end = head(&desk).await;

    for round in 0..2 {
        let command = format!("grid-1/{id}/accept");
        let again = desk.act(&command, &id, accept("city/06010", 4)).await.expect("the first answer");
        assert_eq!(again, v1::CommandAnswer { repeated_command: true, ..accepted.clone() }, "round {round}");
        let reused = desk.act(&command, &id, accept("city/06010", 3)).await.expect_err("other content");
        assert_eq!((reused.code(), code(&reused).as_str()), (Code::AlreadyExists, "command.reused"));
        let known = desk.report(report("patrol", "R-1", "道路破损")).await.expect("known");
        assert_eq!(known.outcome(), v1::ReportOutcome::Known);
        assert_eq!(head(&desk).await, end, "nothing was written");
        town.close().await;
        town = Town::open(data.path()).await;
        (desk, asker) = (town.again(&desk).await, town.again(&asker).await);
    }
    town.close().await;
}

async fn whole_life_after_accept(desk: &Desk, asker: &Desk, id: &str, report: &str) {
    // `accept` comes again under its own id: nothing changes.
    whole_life(desk, asker, id, report).await;
}

async fn head(desk: &Desk) -> u64 {
    desk.roads.clone().audit.head(v1::HeadRequest::default()).await.expect("a head").into_inner().position
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_is_added_and_locked_once_and_a_repeated_command_shows_no_token() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let mut operator = town.operator().await;
    let seat = |name: &str| v1::Seat {
        seat_id: name.to_owned(),
        agency: "grid".to_owned(),
        area: DISTRICT.to_owned(),
        roles: vec![Role::Dispatcher.into()],
        scripted: false,
    };
    let add = |name: &str| v1::AddSeatRequest { command_id: "add/1".to_owned(), seat: Some(seat(name)) };
    let first = operator.seats.add(add("desk-1")).await.expect("added").into_inner();
    assert!(!first.token.is_empty() && !first.repeated_command);
    let again = operator.seats.add(add("desk-1")).await.expect("the first answer").into_inner();
    assert_eq!((again.token.as_str(), again.position, again.repeated_command), ("", first.position, true));
    let still = town.roads(&first.token).await.audit.head(v1::HeadRequest::default()).await;
    still.expect("the first token still opens");
    let mut other = add("desk-1");
    if let Some(seat) = &mut other.seat {
        seat.agency = "police".to_owned();
    }
    let reused = operator.seats.add(other).await.expect_err("other content under the same id");
    assert_eq!(code(&reused), "command.reused");
    let lock = || v1::LockSeatRequest { command_id: "lock/1".to_owned(), seat_id: "desk-1".to_owned() };
    let locked = operator.seats.lock(lock()).await.expect("locked").into_inner();
    let again = operator.seats.lock(lock()).await.expect("the first answer").into_inner();
    assert_eq!((again.position, again.repeated_command), (locked.position, true));
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_carry_a_code_in_both_languages_and_write_nothing() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let desk = grid(&town).await;
    let worker = town.desk("worker-1", "grid", DISTRICT, &[Role::Handler]).await;
    let police = town.desk("police-1", "police", DISTRICT, &[Role::Dispatcher]).await;
    let taken = desk.report(report("patrol", "R-1", "占道经营")).await.expect("a report gets in");
    let id = taken.incident_id.as_str();
    let before = head(&desk).await;

    assert_eq!(desk.may_not("a", id, finish(1, "")).await, "incident.too_early");
    assert_eq!(worker.may_not("b", id, accept("city/06010", 4)).await, "authority.role");
    assert_eq!(police.may_not("c", id, accept("city/06010", 4)).await, "authority.agency");
    assert_eq!(desk.may_not("d", id, rush("city/06010", 4, vec![part("grid")])).await, "route.not_emergency");
    assert_eq!(desk.may_not("e", id, route(vec![part("grid")])).await, "route.no_category");
    assert_eq!(desk.may_not("f", id, close()).await, "incident.too_early");
    assert_eq!(desk.may_not("g", id, deliver(9)).await, "handover.unknown");
    assert_eq!(desk.may_not("h", id, take(9)).await, "handover.unknown");
    assert_eq!(desk.may_not("i", id, order(1, "grid/1")).await, "incident.too_early");
    let decline = v1::triage_act_request::Decline { reason: why("return.not_my_duty"), words: String::new() };
    assert_eq!(desk.may_not("j", id, v1::triage_act_request::Action::Decline(decline)).await, "reason.unfit");
    let nobody = "00000000-0000-5000-8000-000000000000";
    let unknown = desk.act("k", nobody, close()).await.expect_err("no such incident");
    assert_eq!((unknown.code(), code(&unknown).as_str()), (Code::NotFound, "incident.unknown"));
    assert_eq!(head(&desk).await, before, "a refusal is not a fact");
    // A refusal is not remembered: the same id may be used once it is time.
    desk.does("e", id, accept("city/06010", 4)).await;
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_is_named_in_both_languages() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let desk = grid(&town).await;
    let taken = desk.report(report("patrol", "R-1", "占道经营")).await.expect("a report gets in");
    let id = taken.incident_id.as_str();
    let fine = || report("patrol", "R-2", "占道经营");
    let point = |lon_e7, lat_e7, datum: v1::Datum| Some(v1::Point { lon_e7, lat_e7, datum: datum.into() });
    for (field, wrong) in [
        ("source", v1::ReportRequest { source: String::new(), ..fine() }),
        ("reference", v1::ReportRequest { reference: "张三 的投诉".to_owned(), ..fine() }),
        ("text", v1::ReportRequest { text: "很".repeat(20_000), ..fine() }),
        ("address", v1::ReportRequest { address: "路".repeat(1000), ..fine() }),
        ("area", v1::ReportRequest { area: "3201".to_owned(), ..fine() }),
        ("area", v1::ReportRequest { area: "320106001".to_owned(), ..fine() }),
        ("channel", v1::ReportRequest { channel: 99, ..fine() }),
        ("basis", v1::ReportRequest { basis: 77, ..fine() }),
        ("command_id", v1::ReportRequest { command_id: "有 空 格".to_owned(), ..fine() }),
        ("point", v1::ReportRequest { point: point(320_600_000, 1_186_200_000, v1::Datum::Cgcs2000), ..fine() }),
        ("point.datum", v1::ReportRequest { point: point(1_186_200_000, 320_600_000, v1::Datum::Unspecified), ..fine() }),
    ] {
        named(&desk.report(wrong).await.expect_err("a wrong field"), field);
    }
    named(&desk.act("a", "not-a-uuid", close()).await.expect_err("a wrong id"), "incident_id");
    named(&desk.act("", id, close()).await.expect_err("no command id"), "command_id");
    named(&desk.act("b", id, accept("city/06010", 5)).await.expect_err("no such priority"), "accept.priority");
    named(&desk.act("c", id, route(vec![part("军队")])).await.expect_err("no such agency"), "route.parts");
    let decline = v1::triage_act_request::Decline { reason: why("decline.because"), words: String::new() };
    let wrong = desk.act("d", id, v1::triage_act_request::Action::Decline(decline)).await.expect_err("no such reason");
    named(&wrong, "decline.reason");
    town.close().await;
}

fn named(status: &tonic::Status, field: &str) {
    assert_eq!(status.code(), Code::InvalidArgument, "{field}: {status:?}");
    assert_eq!(code(status), "request.field");
    let bad = status.get_details_bad_request().unwrap_or_else(|| panic!("google.rpc.BadRequest for {field}"));
    let fields: Vec<_> = bad.field_violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, [field]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_when_to_come_back() {
    let data = tempfile::tempdir().expect("a folder");
    let mut config = settings(data.path());
    config.journal.queue = 1;
    let town = Town::with(config, runtime::Clock::system()).await;
    let desk = grid(&town).await;
    let crowd = (0..200).map(|n| {
        let desk = desk.clone();
        tokio::spawn(async move { desk.report(report("patrol", &format!("Q-{n}"), "井盖松动")).await })
    });
    let (mut taken, mut sent_away) = (0, 0);
    for sent in crowd.collect::<Vec<_>>() {
        match sent.await.expect("no panic") {
            Ok(_) => taken += 1,
            Err(status) => {
                assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
                let retry = status.get_details_retry_info().and_then(|retry| retry.retry_delay).expect("google.rpc.RetryInfo");
                assert!(retry > Duration::ZERO && retry <= Duration::from_secs(5), "{retry:?}");
                sent_away += 1;
            }
        }
    }
    assert!(taken > 0 && sent_away > 0, "{taken} taken, {sent_away} sent away");
    // Who was sent away left nothing behind.
    assert_eq!(
        town.operator().await.audit.board(v1::BoardRequest::default()).await.expect("a board").into_inner().incidents,
        taken
    );
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_is_honoured_by_the_hub() {
    let data = tempfile::tempdir().expect("a folder");
    let mut config = settings(data.path());
    config.listen.deadline_seconds = 1;
    let town = Town::with(config, runtime::Clock::system()).await;
    let mut audit = town.operator().await.audit;
    // The hub would wait two seconds for this position.
    let beyond = || tonic::Request::new(v1::HeadRequest { at_least: 1_000_000 });
    for (limit, text) in [(Duration::from_millis(300), Some("300m")), (Duration::from_secs(1), None)] {
        let mut request = beyond();
        if let Some(text) = text {
            request.metadata_mut().insert("grpc-timeout", text.parse().expect("ASCII"));
        }
        let begun = Instant::now();
        let late = audit.head(request).await.expect_err("too late");
        let took = begun.elapsed();
        assert!(matches!(late.code(), Code::DeadlineExceeded | Code::Cancelled), "{late:?}");
        assert!(took >= limit && took < limit + Duration::from_millis(900), "{limit:?}: {took:?}");
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_one_too_many_is_told_when_to_come_back() {
    let data = tempfile::tempdir().expect("a folder");
    let mut config = settings(data.path());
    config.listen.requests = 1;
    let town = Town::with(config, runtime::Clock::system()).await;
    let desk = grid(&town).await;
    let beyond = v1::HeadRequest { at_least: 1_000_000 };
    let mut waiting = desk.roads.clone().audit;
    let waiting = tokio::spawn(async move {
        loop {
            match waiting.head(beyond).await {
                Err(status) if status.code() == Code::ResourceExhausted => tokio::task::yield_now().await,
                other => break other,
            }
        }
    });
    let begun = Instant::now();
    let busy = loop {
        match desk.roads.clone().audit.head(v1::HeadRequest::default()).await {
            Ok(_) => assert!(begun.elapsed() < Duration::from_secs(1), "the other one does not wait"),
            Err(status) => break status,
        }
    };
    assert_eq!(busy.code(), Code::ResourceExhausted);
    assert!(busy.get_details_retry_info().is_some_and(|retry| retry.retry_delay.is_some()), "{busy:?}");
    assert_eq!(waiting.await.expect("it ends").expect_err("not there yet").code(), Code::Unavailable);
    desk.roads.clone().audit.head(v1::HeadRequest::default()).await.expect("there is room again");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_out_with_a_command_gets_its_first_answer_again() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let desk = grid(&town).await;
    let police = town.desk("police-1", "police", DISTRICT, &[Role::Handler, Role::Dispatcher, Role::CallTaker]).await;
    let taken = desk.report(report("patrol", "Q-1", "井盖松动")).await.expect("in");
    let ask = v1::triage_act_request::AskVerification { agency: "police".to_owned() };
    desk.does("ask", &taken.incident_id, v1::triage_act_request::Action::AskVerification(ask)).await;
    let found = v1::triage_act_request::Action::Verify(v1::triage_act_request::Verify { found: true });
    let first = police.does("look", &taken.incident_id, found.clone()).await;
    assert_eq!(police.may_not("more", &taken.incident_id, finish(1, "")).await, "authority.agency", "its part is over");
    let again = police.does("look", &taken.incident_id, found).await;
    assert!(again.repeated_command && again.position == first.position, "{again:?}");

    // A department tells the grid of a protected matter, and has no part in it afterwards.
    let water = town.desk("water-1", "department/water", DISTRICT, &[Role::CallTaker]).await;
    let told = v1::ReportRequest { class: v1::Class::S.into(), ..report("patrol", "Q-2", "孩子被打") };
    let first = water.report(told.clone()).await.expect("in");
    water.sees(&first.incident_id, first.position).await.expect_err("out of its sight");
    let again = water.report(told.clone()).await.expect("it is its own");
    assert_eq!((again.outcome(), again.position), (v1::ReportOutcome::Known, first.position));
    let other = town.desk("city-1", "department/city", DISTRICT, &[Role::CallTaker]).await;
    assert_eq!(other.report(told).await.expect_err("another's").code(), Code::PermissionDenied);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_carries_no_name_into_the_log() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let desk = grid(&town).await;
    let taken = desk.report(report("patrol", "N-1", "暴露垃圾")).await.expect("in");
    let because = |code: &str, name: &str, value: &str| {
        let v1::triage_act_request::Action::Accept(mut accept) = accept("city/06010", 4) else { panic!("an acceptance") };
        let args = [(name.to_owned(), value.to_owned())].into();
        accept.reasons = vec![v1::Reason { code: code.to_owned(), args }];
        v1::triage_act_request::Action::Accept(accept)
    };
    for (code_of, name, value) in [("triage.area_named", "name", "王建国"), ("triage.keyword", "word", "王建国家门口")] {
        let refused = desk.act("n", &taken.incident_id, because(code_of, name, value)).await.expect_err("somebody's name");
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    }
    desk.does("accept", &taken.incident_id, because("triage.keyword", "word", "暴露垃圾")).await;
    town.close().await;
}
