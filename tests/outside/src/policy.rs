//! Policy files: refused with file, place and reason, or taken; and with what was taken every rule can work.

use std::sync::LazyLock;

use domain::{
    area::{Areas, Point},
    id::{Agency, AgencyKind},
    incident::{Book as _, ClockName, Matter, Priority},
    policy::{Policies, PolicyError, SAMPLE},
    time::Time,
    triage::{Input, propose},
};

/// What a reporter may say: words of danger, of practice, of places, denied and not.
const SAID: &str = "江浦街道有人持刀抢劫，没有人受伤；路灯不亮，井盖破损，火灾隐患，有没有人管。浦口区泰山街道噪音扰民";

static POLICIES: LazyLock<Policies> = LazyLock::new(Policies::sample);
static AREAS: LazyLock<Areas> = LazyLock::new(Areas::pukou);

/// The text of one policy file, the others being the samples; of a table of areas; or of their outlines.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let says = |name: &str| text.contains(&format!("name = \"{name}\""));
    if let Some(at) = SAMPLE.iter().position(|(_, sample)| says(&name_in(sample))) {
        // The given one first: what is no TOML at all is refused before the samples are read again.
        let mut files = SAMPLE;
        files[at] = files[0];
        files[0] = ("given.toml", text);
        match Policies::from_files(&files) {
            Ok(policies) => usable(&policies, &AREAS, text),
            Err(wrong) => named(&wrong, text),
        }
        return;
    }
    match Areas::from_toml(text) {
        Ok(areas) => {
            assert!(areas.get(areas.district()).is_some(), "a table without its own district");
            usable(&POLICIES, &areas, text);
        }
        Err(wrong) => named(&wrong, text),
    }
    if text.contains("grid") || text.contains("outline") {
        match Areas::pukou().with_geometry(text) {
            Ok(areas) => usable(&POLICIES, &areas, text),
            Err(wrong) => named(&wrong, text),
        }
    }
}

/// The policy's name, as its head says it.
fn name_in(sample: &str) -> String {
    let head = sample.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    head.expect("a sample says its name").to_owned()
}

/// A refusal says where and why.
fn named(wrong: &PolicyError, text: &str) {
    match wrong {
        PolicyError::Unreadable { file, line, reason } => {
            let lines = text.split('\n').count();
            assert!(!file.is_empty() && (1..=lines).contains(line) && !reason.is_empty(), "{wrong}");
        }
        PolicyError::Row { file, row, reason } => assert!(!file.is_empty() && !row.is_empty() && !reason.is_empty(), "{wrong}"),
        PolicyError::Missing { name } => assert!(!name.is_empty()),
        PolicyError::Twice { name, first, second } => assert!(!name.is_empty() && first != second, "{wrong}"),
    }
}

/// Every rule that asks the policies gets an answer.
fn usable(policies: &Policies, areas: &Areas, text: &str) {
    let own: String = text.chars().take(2_000).collect();
    let point = Some(Point { lon_e7: 1_186_200_000, lat_e7: 320_600_000 });
    for (title, text) in [("", SAID), (SAID, own.as_str()), (own.as_str(), "")] {
        for source in [Agency::police(), Agency::grid(), Agency::hotline()] {
            let proposal = propose(&Input { title, text, source: &source, priority: None, place: None, point }, policies, areas);
            assert!(!proposal.parts.is_empty(), "a matter without anybody to handle it");
            assert!(proposal.terms.len() <= 24 && proposal.candidates.len() <= 5);
        }
    }
    // From 1970 to 9999, over a holiday and at the end of a year.
    for start in [0, 1_783_500_000_000, 1_790_784_000_000, 1_798_732_799_000, 253_402_200_000_000].map(Time::from_ms) {
        for &clock in ClockName::ALL {
            for priority in [Priority::LIFE, Priority::ROUTINE] {
                let matter = Matter { priority: Some(priority), ..Matter::default() };
                if let Some(limit) = policies.limit(clock, matter, start) {
                    assert!(limit.due >= start, "{clock} is due before it begins");
                }
            }
        }
        let _ = (policies.calendar.knows(start), policies.calendar.working(start));
    }
    for (from, to) in [(AgencyKind::Police, AgencyKind::Grid), (AgencyKind::Grid, AgencyKind::Department)] {
        let _ = (policies.relation(from, to), policies.item(from, to, None, None));
    }
    let _ = (policies.versions(), areas.named_in(&own), areas.grid_at(0, 0), areas.within(1_186_200_000, 320_600_000));
    let corner = |number| areas.grid_at(number, number);
    let _ = [i64::MIN, -1_800_000_000, 1_800_000_000, i64::MAX].map(corner);
}
