//! What the town promises: the right volume, sentences that triage understands, the same town from the same seed.

use std::{collections::BTreeSet, sync::Arc};

use bridge::simulator::dice::Dice;
use domain::{
    area::{Areas, Level},
    id::{Agency, IncidentId, ReportId},
    incident::{Channel, Followup, Incident, Lead, ReportState, Stage},
    policy::Policies,
    time::Time,
    triage,
};

use super::{
    curve::Stream,
    names::{left, right, width},
    script,
    town::{HOUR_MS, Town},
    words::{self, Setting, Topic},
};

fn areas() -> Arc<Areas> {
    Arc::new(Areas::pukou())
}

/// 2026-07-08 00:00 +08:00, in hours since 1970.
fn midnight() -> i64 {
    "2026-07-08T00:00:00.000+08:00".parse::<Time>().expect("a time").ms() / HOUR_MS
}

#[test]
fn a_day_brings_140_matters_by_telephone_and_from_the_public() {
    let a_day = |stream: &Stream| (0..24).map(|hour| stream.in_hour(hour)).sum::<f64>();
    let matters: f64 = Stream::ALL.iter().map(a_day).sum();
    assert!((matters - 140.0).abs() < 1e-6, "{matters}: the grid platform's patrols find the other 300");
}

#[test]
fn thirty_days_of_town_have_the_volume_of_the_curve() {
    let town = Town::new(7, &areas());
    let firsts = |hour| town.hour(hour).into_iter().filter(|arrival| arrival.request.command_id.ends_with("/1")).count();
    let number: usize = (midnight()..midnight() + 30 * 24).map(firsts).sum();
    assert!((3_900..=4_500).contains(&number), "30 × 140 expected: {number}");
}

#[test]
fn the_same_seed_gives_the_same_town_and_another_seed_another() {
    let of = |seed| Town::new(seed, &areas()).hour(midnight() + 10);
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn reports_come_from_all_subdistricts_and_have_names_of_their_own() {
    let town = Town::new(1, &areas());
    assert_eq!(town.communities(), 74);
    let week: Vec<_> = (midnight()..midnight() + 7 * 24).flat_map(|hour| town.hour(hour)).collect();
    let subdistricts: BTreeSet<_> = week
        .iter()
        .filter(|arrival| arrival.area.level() > Level::District)
        .map(|arrival| arrival.area.at(Level::Subdistrict))
        .collect();
    assert_eq!(subdistricts.len(), 5);
    let communities: BTreeSet<_> = week
        .iter()
        .filter(|arrival| arrival.area.level() > Level::Subdistrict)
        .map(|arrival| arrival.area.at(Level::Community))
        .collect();
    assert_eq!(communities.len(), 74);
    let commands: BTreeSet<_> = week.iter().map(|arrival| &arrival.request.command_id).collect();
    assert_eq!(commands.len(), week.len(), "a command id came twice");
    assert!(week.iter().all(|arrival| arrival.at.ms() / HOUR_MS >= midnight()));
}

#[test]
fn every_sentence_is_filled_and_gets_a_route_and_nearly_every_one_a_category() {
    let (policies, areas) = (Policies::sample(), areas());
    let mut dice = Dice::about(&[1]);
    let (mut sentences, mut without) = (0, Vec::new());
    for topic in Topic::ALL {
        let source = match topic {
            Topic::City => Agency::grid(),
            Topic::Question | Topic::Complaint => Agency::hotline(),
            Topic::Dispute => Agency::police(),
        };
        for (title, sentence) in topic.templates() {
            let text = words::fill(sentence, &Setting { place: "白马社区" }, &mut dice);
            assert!(!text.contains(['{', '}']), "{text}");
            let input = triage::Input { title, text: &text, source: &source, priority: None, place: None, point: None };
            let proposal = triage::propose(&input, &policies, &areas);
            assert!(!proposal.parts.is_empty(), "{text}");
            sentences += 1;
            if proposal.category.is_none() {
                without.push(*title);
            }
        }
    }
    assert!(sentences >= 60, "{sentences}");
    assert!(without.len() * 10 <= sentences, "{without:?} of {sentences}");
}

#[test]
fn supplements_fill_their_slots_too() {
    let mut dice = Dice::about(&[3]);
    for sentence in words::AGAIN {
        let text = words::fill(sentence, &Setting { place: "白马社区" }, &mut dice);
        assert!(!text.contains(['{', '}']), "{text}");
    }
}

#[test]
fn an_invented_phone_has_eleven_digits() {
    let mut dice = Dice::about(&[5]);
    for _ in 0..100 {
        let phone = words::phone(&mut dice);
        assert!(phone.len() == 11 && phone.bytes().all(|b| b.is_ascii_digit()), "{phone}");
    }
}

#[test]
fn chinese_takes_two_columns() {
    assert_eq!(width("110接报"), 7);
    assert_eq!(left("接报", 6), "接报  ");
    assert_eq!(left("接报受理", 5), "接报 ");
    assert_eq!(right("接报", 6), "  接报");
}

#[test]
fn weights_and_waits_are_as_often_as_they_say() {
    let mut dice = Dice::about(&[11]);
    let heavy = (0..10_000).filter(|_| *dice.weighed(&[(3, true), (1, false)])).count();
    assert!((7_200..=7_800).contains(&heavy), "{heavy}");
    let mut waits: Vec<_> = (0..10_001).map(|_| dice.seconds(600.0)).collect();
    waits.sort_unstable();
    assert!((570..=640).contains(&waits[5_000]), "the usual wait: {}", waits[5_000]);
    assert!(waits[10_000] > 3_600, "some are forgotten");
}

#[test]
fn who_called_the_hotline_is_told_also_where_the_platform_leads() {
    let policies = Policies::sample();
    for number in 1..=40 {
        let id = IncidentId::opened_by("hotline12345", &number.to_string());
        let mut incident = Incident::new(id, "320111".parse().expect("six digits"));
        incident.stage = Stage::Done;
        let seat = "gridplatform.g9013".parse().expect("a seat");
        incident.lead = Some(Lead { agency: Agency::grid(), area: None, seat: Some(seat) });
        incident.reports.push(ReportState {
            id: ReportId::of("hotline12345", &number.to_string()),
            source: "hotline12345".to_owned(),
            reference: number.to_string(),
            channel: Channel::Phone,
            digest: String::new(),
            answer: Some(Agency::hotline()),
            from: None,
            told: None,
            followup: Followup::default(),
        });
        let step = script::next(&incident, &policies.calendar, number).expect("somebody waits for an answer");
        assert_eq!((step.name, step.agency), ("tell", Agency::hotline()));
    }
}
