//! This machine's clock beside the journal's last fact and the clocks of its servers.

use std::{fs, path::Path, time::UNIX_EPOCH};

use domain::time::Time;
use journal::{Tip, jetstream::health::Told};

use super::{Check, Seen};

/// `hub serve` refuses a journal that is further ahead, in milliseconds.
const AHEAD_MS: i64 = 5_000;
/// Clocks of machines that keep time differ by less, in milliseconds.
const APART_MS: i64 = 2_000;

/// A file that was written further ahead was written before the clock was set back, in milliseconds.
const BACK_MS: i64 = 5_000;

const ZH: &str = "校准时钟（启用 NTP）：`timedatectl set-ntp true`";
const EN: &str = "set the clock right (NTP): `timedatectl set-ntp true`";

pub(super) fn look(data: &Path, now: Time, seen: &Seen) -> Vec<Check> {
    let mut checks = vec![beside(now, seen.tip)];
    checks.extend(jump(data, now));
    checks.extend(seen.clocks.iter().map(server));
    checks
}

fn beside(now: Time, tip: Option<Tip>) -> Check {
    let Some(tip) = tip.filter(|tip| tip.position > 0) else {
        return Check::ok("clock", format!("{now}; no last fact to compare it with"));
    };
    let last = Time::from_ms(tip.time_ms);
    if last.ms() > now.ms() + AHEAD_MS {
        return Check::fail(
            "clock",
            format!("the journal's last fact is of {last}, ahead of this machine's {now}: `hub serve` refuses that"),
            format!("{ZH}；演示日志用 `hub demo` 续跑"),
            format!("{EN}; a demo's journal is gone on with by `hub demo`"),
        );
    }
    Check::ok("clock", format!("{now}; the last fact is of {last}"))
}

/// Was the clock set back since something was written here? Then times of new facts come before those of old ones.
fn jump(data: &Path, now: Time) -> Option<Check> {
    let folders = [data.to_owned(), data.join("journal"), data.join("store")];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    let written = files.filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file.path())));
    let (last, file) = written.max()?;
    let last = i64::try_from(last.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()?;
    let ahead = last - now.ms();
    Some(if ahead > BACK_MS {
        let found = format!("{} was written {:.1} s ahead of now: the clock was set back", file.display(), ahead as f64 / 1000.0);
        Check::warn("clock jump", found, ZH, EN)
    } else {
        Check::ok("clock jump", "nothing here was written after now")
    })
}

fn server(told: &Told) -> Check {
    let Told { address, now_ms, at_ms } = told;
    match now_ms {
        Ok(theirs) if (theirs - at_ms).abs() <= APART_MS => {
            Check::ok("server clock", format!("{address} is {} ms from ours", theirs - at_ms))
        }
        Ok(theirs) => {
            let found = format!("{address} is {:+.1} s from this machine's clock", (theirs - at_ms) as f64 / 1000.0);
            Check::warn("server clock", found, ZH, EN)
        }
        Err(error) => Check::warn(
            "server clock",
            format!("not known: {error}"),
            format!("核对 --monitor 监控地址：`curl {address}/varz`"),
            format!("check the monitoring address (--monitor): `curl {address}/varz`"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_journal_ahead_of_the_clock_fails_as_serve_would() {
        let now = Time::from_ms(1_783_508_540_000);
        let state = |ahead| beside(now, Some(Tip { position: 3, time_ms: now.ms() + ahead })).state;
        assert_eq!([-1, 5_000, 5_001].map(state), [State::Ok, State::Ok, State::Fail]);
        assert_eq!(beside(now, None).state, State::Ok);
    }

    #[test]
    fn servers_apart_are_told() {
        let state = |theirs| server(&Told { address: "a".to_owned(), now_ms: theirs, at_ms: 10_000 }).state;
        assert_eq!(state(Ok(12_000)), State::Ok);
        assert_eq!(state(Ok(7_999)), State::Warn);
        assert_eq!(state(Err("away".to_owned())), State::Warn);
    }
}
