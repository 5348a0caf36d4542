//! Who reports what, where and when: a pure function of seed and hour. A demo that starts again meets the same town.

use std::sync::Arc;

use bridge::simulator::{
    curve::often,
    dice::{Dice, named},
};
use domain::{
    area::{AreaCode, AreaKind, Areas},
    time::Time,
};
use wire::v1;

use super::{
    curve::Stream,
    words::{self, Setting, Topic},
};

/// Milliseconds of an hour.
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// One report on its way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Arrival {
    /// When it comes in.
    pub(crate) at: Time,
    /// By which stream.
    pub(crate) stream: Stream,
    /// In which area its teller sits or walks; the district's where nobody knows.
    pub(crate) area: AreaCode,
    /// What is told.
    pub(crate) request: v1::ReportRequest,
}

/// One community.
#[derive(Debug)]
struct Community {
    code: AreaCode,
    name: String,
}

/// The town.
#[derive(Debug)]
pub(crate) struct Town {
    seed: u64,
    district: AreaCode,
    /// Communities by the number of their grids: more people, more matters.
    communities: Vec<(u32, Community)>,
}

impl Town {
    /// The communities of the district's subdistricts.
    pub(crate) fn new(seed: u64, areas: &Arc<Areas>) -> Self {
        let subdistricts = areas.children(areas.district()).filter(|(_, area)| area.kind == AreaKind::Subdistrict);
        let communities = subdistricts.flat_map(|(code, _)| areas.children(code)).map(|(code, area)| {
            let name = short(&area.name).to_owned();
            (u32::try_from(areas.children(code).count()).unwrap_or(1).max(1), Community { code, name })
        });
        Self { seed, district: areas.district(), communities: communities.collect() }
    }

    /// How many communities it has.
    pub(crate) const fn communities(&self) -> usize {
        self.communities.len()
    }

    /// All reports of the hour that begins at `hour` × 3,600,000 ms, in no order. Supplements may come in the hour after.
    pub(crate) fn hour(&self, hour: i64) -> Vec<Arrival> {
        let begins = Time::from_ms(hour * HOUR_MS);
        let of_day = usize::try_from(begins.civil().hour()).unwrap_or(0);
        let mut arrivals = Vec::new();
        for stream in Stream::ALL {
            let mut dice = Dice::about(&[self.seed, named(stream.source()), hour.cast_unsigned()]);
            let number = often(stream.in_hour(of_day), &mut dice);
            for n in 1..=number {
                self.told(stream, begins, n, &mut arrivals);
            }
        }
        arrivals
    }

    fn told(&self, stream: Stream, begins: Time, n: u64, arrivals: &mut Vec<Arrival>) {
        let mut dice = Dice::about(&[self.seed, named(stream.source()), begins.ms().cast_unsigned(), n]);
        let dice = &mut dice;
        let at = Time::from_ms(begins.ms() + dice.below(HOUR_MS.unsigned_abs()).cast_signed());
        let topic: Topic = *dice.weighed(words::of(stream));
        let (title, text) = dice.pick(topic.templates());
        let community = dice.weighed(&self.communities);
        let setting = Setting { place: &community.name };
        let text = words::fill(text, &setting, dice);
        let area = Self::area(community, dice);
        // A text that names its place locates a report whose source gave no code.
        let text = if area.is_none() && dice.chance(0.8) { format!("在{}，{text}", community.name) } else { text };
        let reference = format!("{}-{}-{:02}{n:02}", begins.date(), self.seed, begins.civil().hour());
        let request = v1::ReportRequest {
            command_id: format!("demo/report/{}/{reference}/1", stream.source()),
            source: stream.source().to_owned(),
            reference,
            channel: channel(stream, dice).into(),
            title: (*title).to_owned(),
            text,
            reporter: Some(reporter(dice)),
            address: if dice.chance(0.7) { words::address(&setting, dice) } else { String::new() },
            area: area.map(|area| area.to_string()).unwrap_or_default(),
            basis: v1::Basis::Seat.into(),
            ..v1::ReportRequest::default()
        };
        let again = dice.chance(0.03).then(|| {
            let later = at.plus_seconds(300 + dice.below(2_400).cast_signed());
            let more = words::fill(dice.pick(words::AGAIN), &setting, dice);
            let command_id = format!("demo/report/{}/{}/2", request.source, request.reference);
            let request = v1::ReportRequest { command_id, text: format!("{}{more}", request.text), ..request.clone() };
            Arrival { at: later, stream, area: area.unwrap_or(self.district), request }
        });
        arrivals.push(Arrival { at, stream, area: area.unwrap_or(self.district), request });
        arrivals.extend(again);
    }

    /// What the source gives of the place: a caller gives nothing at times.
    fn area(community: &Community, dice: &mut Dice) -> Option<AreaCode> {
        dice.chance(0.75).then_some(community.code)
    }
}

fn channel(stream: Stream, dice: &mut Dice) -> v1::Channel {
    match stream {
        Stream::Hotline => *dice.weighed(&[(85, v1::Channel::Phone), (15, v1::Channel::Web)]),
        Stream::Public => *dice.weighed(&[(70, v1::Channel::App), (30, v1::Channel::WalkIn)]),
    }
}

/// A caller may stay unnamed.
fn reporter(dice: &mut Dice) -> v1::Reporter {
    v1::Reporter {
        name: if dice.chance(0.85) { words::name(dice) } else { String::new() },
        phone: words::phone(dice),
        id_number: String::new(),
    }
}

/// A community's name as people say it.
pub(crate) fn short(name: &str) -> &str {
    let bare = ["居民委员会", "村民委员会", "居委会", "委会"].iter().find_map(|tail| name.strip_suffix(tail));
    bare.unwrap_or(name)
}
