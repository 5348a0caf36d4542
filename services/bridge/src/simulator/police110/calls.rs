//! Calls to 110: who calls when, where and why. A pure function of seed and hour.

use domain::time::Time;
use wire::v1::{self, partner_frame::Report};

use super::super::{
    Arrival, Partner,
    curve::{self, POLICE},
    dice::{Dice, named},
    place::{Community, Places},
    words::{self, Setting, police},
};

/// Calls on an ordinary day.
const A_DAY: f64 = 140.0;
/// Of a hundred calls, those that somebody else makes about the same matter a little later.
const AGAIN: f64 = 0.04;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// All calls of the hour that begins at `hour` × 3,600,000 ms, in no order. A second call may come in the hour after.
pub(in super::super) fn hour(places: &Places, seed: u64, hour: i64) -> Vec<Arrival> {
    let begins = Time::from_ms(hour * HOUR_MS);
    let of_day = usize::try_from(begins.civil().hour()).unwrap_or(0);
    let mut dice = Dice::about(&[seed, named(Partner::Police110.name()), hour.cast_unsigned()]);
    let number = curve::often(curve::in_hour(A_DAY / (1.0 + AGAIN), &POLICE, of_day), &mut dice);
    (1..=number).flat_map(|n| called(places, seed, begins, n)).collect()
}

fn called(places: &Places, seed: u64, begins: Time, n: u64) -> Vec<Arrival> {
    let mut dice = Dice::about(&[seed, named("call"), begins.ms().cast_unsigned(), n]);
    let at = Time::from_ms(begins.ms() + dice.below(HOUR_MS.unsigned_abs()).cast_signed());
    let matter = *dice.weighed(police::MATTERS);
    let community = places.community(&mut dice);
    let date = begins.date().replace('-', "");
    let reference = format!("J{date}-{:02}{n:02}", begins.civil().hour());
    let first = arrival(matter, community, reference.clone(), at, &mut dice);
    let again = dice.chance(AGAIN).then(|| {
        let later = at.plus_seconds(120 + dice.below(420).cast_signed());
        let mut second = arrival(matter, community, format!("{reference}-2"), later, &mut dice);
        second.report.address.clone_from(&first.report.address);
        second
    });
    [first].into_iter().chain(again).collect()
}

fn arrival(matter: &[police::Matter], community: &Community, reference: String, at: Time, dice: &mut Dice) -> Arrival {
    let matter = dice.pick(matter);
    let setting = Setting { place: &community.name };
    let channel = *dice.weighed(&[(88, v1::Channel::Phone), (7, v1::Channel::Web), (5, v1::Channel::WalkIn)]);
    let taken = at.plus_seconds(20 + dice.below(70).cast_signed());
    let report = Report {
        source: Partner::Police110.name().to_owned(),
        reference,
        channel: channel.into(),
        title: matter.title.to_owned(),
        text: words::fill(matter.text, &setting, dice),
        reporter: Some(v1::Reporter {
            name: if dice.chance(0.85) { words::name(dice) } else { String::new() },
            phone: words::phone(dice),
            id_number: String::new(),
        }),
        address: if dice.chance(0.8) { words::address(&setting, dice) } else { String::new() },
        area: community.code.to_string(),
        category: matter.category.to_owned(),
        priority: matter.priority,
        flags: matter.flags.iter().map(|flag| i32::from(*flag)).collect(),
        taken: Some(wire::time::timestamp(taken.ms())),
        ..Report::default()
    };
    Arrival { at, person: format!("p9{:03}", dice.below(12) + 101), report }
}
