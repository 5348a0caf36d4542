//! This machine's clock beside the journal's last fact and the clocks of its servers.

use domain::time::Time;
use journal::{Tip, jetstream::health::Told};

use super::{Check, Seen};

/// `hub serve` refuses a journal that is further ahead, in milliseconds.
const AHEAD_MS: i64 = 5_000;
/// Clocks of machines that keep time differ by less, in milliseconds.
const APART_MS: i64 = 2_000;

const ZH: &str = "校准时钟（启用 NTP，如 chrony）";
const EN: &str = "set the clocks right (NTP, for instance chrony)";

pub(super) fn look(now: Time, seen: &Seen) -> Vec<Check> {
    let mut checks = vec![beside(now, seen.tip)];
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
            format!("{ZH}；若是演示日志，用 `hub demo` 续跑"),
            format!("{EN}; a demo's journal is resumed with `hub demo`"),
        );
    }
    Check::ok("clock", format!("{now}; the last fact is of {last}"))
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
            "核对 --monitor 监控地址",
            "check the monitoring address (--monitor)",
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
