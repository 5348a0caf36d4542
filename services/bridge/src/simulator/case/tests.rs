//! Whatever the hub says in whatever order, a case takes it, and its script goes on without end and without a panic.

use std::sync::LazyLock;

use domain::{area::Areas, time::Time};
use proptest::prelude::*;
use wire::v1::{
    self, FrameOutcome, PartnerFrame, Situation,
    partner_frame::{
        Alert, Body, Checked, Closed, Designated, Linked, Look, Moved, Order, Recalled, Receipt, Report, Transfer, Withdrawn,
    },
};

use super::super::{
    Partner,
    case::Case,
    place::Places,
    script::{self, Around, Step},
};

static PLACES: LazyLock<Places> = LazyLock::new(|| Places::new(&Areas::pukou()));

/// Numbers that mostly exist, words that mostly mean something.
fn body() -> impl Strategy<Value = Option<Body>> {
    let small = 0_u32..4;
    let agency = prop_oneof![Just("police"), Just("grid"), Just("hotline"), Just(""), Just("nobody")].prop_map(str::to_owned);
    let unit = prop_oneof![Just("car/320111001-1"), Just("worker/320111001001001-1"), Just("")].prop_map(str::to_owned);
    let step = 0_i32..9;
    let transfer = (step.clone(), small.clone(), small.clone(), any::<bool>(), agency.clone(), agency.clone());
    let transfer = transfer.prop_map(|(step, transfer, part, lead, from, to)| {
        Body::Transfer(Transfer { step, transfer, part, lead, from, to, ..Transfer::default() })
    });
    let order = (step.clone(), small.clone(), small.clone(), unit)
        .prop_map(|(step, order, part, unit)| Body::Order(Order { step, order, part, unit, ..Order::default() }));
    let code = prop_oneof![Just("incident.ended"), Just("incident.too_early"), Just("scene.stage"), Just("")];
    let receipt = (0_u64..40, step.clone(), code).prop_map(|(number, outcome, code)| {
        Body::Receipt(Receipt { number, outcome, code: code.to_owned(), ..Receipt::default() })
    });
    let designated = (small, agency.clone(), any::<bool>())
        .prop_map(|(part, agency, lead)| Body::Designated(Designated { part, agency, lead, reason: None }));
    prop_oneof![
        4 => transfer.prop_map(Some),
        3 => order.prop_map(Some),
        6 => receipt.prop_map(Some),
        2 => designated.prop_map(Some),
        2 => (0_i32..16).prop_map(|stage| Some(Body::Moved(Moved { stage }))),
        1 => agency.prop_map(|agency| Some(Body::Recalled(Recalled { agency, reason: None }))),
        1 => any::<bool>().prop_map(|check| Some(Body::Look(Look { check }))),
        1 => any::<bool>().prop_map(|passed| Some(Body::Checked(Checked { passed, reason: None }))),
        1 => (0_i32..9).prop_map(|flag| Some(Body::Alert(Alert { flags: vec![flag], class: 3 }))),
        1 => Just(Some(Body::Linked(Linked { into: "elsewhere".to_owned(), ..Linked::default() }))),
        1 => Just(Some(Body::Closed(Closed {}))),
        1 => Just(Some(Body::Withdrawn(Withdrawn { reason: None }))),
        1 => Just(Some(Body::Report(Report { area: "nowhere".to_owned(), priority: 9, ..Report::default() }))),
        1 => Just(None),
    ]
}

fn situation() -> impl Strategy<Value = Option<Situation>> {
    let lead = prop_oneof![Just("police"), Just("grid"), Just("hotline"), Just("")];
    let some = (0_i32..16, 0_u32..6, lead, any::<Option<bool>>(), any::<bool>(), 0_u32..3, prop::collection::vec(0_i32..9, 0..2));
    proptest::option::of(some.prop_map(|(stage, priority, lead, scene_safe, stay_outside, part, flags)| Situation {
        stage,
        priority,
        lead: lead.to_owned(),
        scene_safe,
        stay_outside,
        part,
        flags,
        area: "320111001001".to_owned(),
        ..Situation::default()
    }))
}

fn step_of(case: &Case, partner: Partner) -> Option<Step> {
    let shared_id = |_: &str| Some("6d5f0b0e-0000-0000-0000-000000000001".to_owned());
    script::next(case, &Around { partner, places: &PLACES, seed: 1, shared_id: &shared_id })
}

fn own(number: u64, step: Step) -> PartnerFrame {
    let occurred = Some(wire::time::timestamp(step.due.ms()));
    PartnerFrame { number, previous: number - 1, occurred, numbers: step.numbers, body: Some(step.body), ..PartnerFrame::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_the_hub_says_the_case_goes_on_and_comes_to_rest(
        police in any::<bool>(),
        reported in any::<bool>(),
        said in prop::collection::vec((body(), situation(), -600_i64..6_000), 0..30),
    ) {
        let partner = if police { Partner::Police110 } else { Partner::GridPlatform };
        let mut now = "2026-07-08T07:00:00.000+08:00".parse::<Time>().expect("a time");
        let mut case = Case::new("J20260708-0701", partner.agency_name());
        let mut number = 1;
        if reported {
            let report = Report { reference: "J20260708-0701".to_owned(), category: "police/dispute".to_owned(), priority: 3, channel: 1, ..Report::default() };
            let frame = PartnerFrame { number, occurred: Some(wire::time::timestamp(now.ms())), body: Some(Body::Report(report)), ..PartnerFrame::default() };
            case.went_out(&frame, now);
        }
        for (body, situation, seconds) in said {
            now = now.plus_seconds(seconds);
            let frame = PartnerFrame { incident_id: "id".to_owned(), body, situation, occurred: Some(wire::time::timestamp(now.ms())), ..PartnerFrame::default() };
            case.came_in(&frame, now);
            while let Some(step) = step_of(&case, partner).filter(|step| step.due <= now) {
                number += 1;
                prop_assert!(number < 2_000, "no end: {:?}", step);
                case.went_out(&own(number, step), now);
            }
        }
        // Nothing is heard any more: all that is left to do comes to its end.
        for _ in 0..200 {
            let Some(step) = step_of(&case, partner) else { return Ok(()) };
            number += 1;
            case.went_out(&own(number, step), now);
        }
        prop_assert!(false, "no rest: {:?}", step_of(&case, partner));
    }

    #[test]
    fn a_hub_that_refuses_everything_is_given_up_after_a_while(police in any::<bool>()) {
        let partner = if police { Partner::Police110 } else { Partner::GridPlatform };
        let at = "2026-07-08T07:00:00.000+08:00".parse::<Time>().expect("a time");
        let mut case = Case::new("J20260708-0701", partner.agency_name());
        let report = Report { reference: "J20260708-0701".to_owned(), category: "police/traffic".to_owned(), priority: 3, channel: 1, ..Report::default() };
        let frame = PartnerFrame { number: 1, occurred: Some(wire::time::timestamp(at.ms())), body: Some(Body::Report(report)), ..PartnerFrame::default() };
        case.went_out(&frame, at);
        for number in 2..200 {
            let Some(step) = step_of(&case, partner) else { return Ok(()) };
            let due = step.due;
            case.went_out(&own(number, step), due);
            let refused = Receipt { number, outcome: FrameOutcome::Refused.into(), code: "part.open".to_owned(), ..Receipt::default() };
            let body = Some(Body::Receipt(refused));
            case.came_in(&PartnerFrame { body, basis: v1::Basis::Seat.into(), ..PartnerFrame::default() }, due);
        }
        prop_assert!(false, "still trying: {:?}", step_of(&case, partner));
    }
}
