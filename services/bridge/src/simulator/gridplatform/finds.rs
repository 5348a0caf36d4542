//! What patrols find: who walks when, where, and sees what. A pure function of seed and hour.

use domain::time::Time;
use wire::v1::{self, partner_frame::Report};

use super::super::{
    Arrival, Partner,
    curve::{self, PATROL},
    dice::{Dice, named},
    place::Places,
    words::{self, Setting, city, police},
};

/// Finds on an ordinary day: of the district's 440 matters those that no citizen has to report.
const A_DAY: f64 = 300.0;
/// Of a hundred finds, those that are a matter for the police.
const DANGER: f64 = 0.02;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// All finds of the hour that begins at `hour` × 3,600,000 ms, in no order.
pub(in super::super) fn hour(places: &Places, seed: u64, hour: i64) -> Vec<Arrival> {
    let begins = Time::from_ms(hour * HOUR_MS);
    let of_day = usize::try_from(begins.civil().hour()).unwrap_or(0);
    let mut dice = Dice::about(&[seed, named(Partner::GridPlatform.name()), hour.cast_unsigned()]);
    let number = curve::often(curve::in_hour(A_DAY, &PATROL, of_day), &mut dice);
    (1..=number).map(|n| found(places, seed, begins, n)).collect()
}

fn found(places: &Places, seed: u64, begins: Time, n: u64) -> Arrival {
    let mut dice = Dice::about(&[seed, named("find"), begins.ms().cast_unsigned(), n]);
    let dice = &mut dice;
    let at = Time::from_ms(begins.ms() + dice.below(HOUR_MS.unsigned_abs()).cast_signed());
    let community = places.community(dice);
    let setting = Setting { place: &community.name };
    let area = if community.grids.is_empty() { community.code } else { dice.pick(&community.grids) };
    let (title, text, category, priority, flags) = if dice.chance(DANGER) {
        let matter = dice.pick(police::FOUND);
        (matter.title, matter.text, String::new(), matter.priority, matter.flags)
    } else {
        let (title, text) = dice.pick(city::CITY);
        let (code, priority) = city::filed(title);
        (title, text, format!("city/{code}"), priority, &[][..])
    };
    let report = Report {
        source: Partner::GridPlatform.name().to_owned(),
        reference: format!("G{}-{:02}{n:02}", begins.date().replace('-', ""), begins.civil().hour()),
        channel: v1::Channel::Patrol.into(),
        title: title.to_owned(),
        text: words::fill(text, &setting, dice),
        area: area.to_string(),
        category,
        priority,
        flags: flags.iter().map(|flag| i32::from(*flag)).collect(),
        taken: Some(wire::time::timestamp(at.ms())),
        ..Report::default()
    };
    let person = format!("g{:04}", named(&format!("{area}-{}", 1 + dice.below(2))) % 8_000 + 100);
    Arrival { at, person, report }
}
