//! What the system lets the hub have: open files.

use std::fs;

use rustix::process::{Resource, getrlimit};

use super::{Check, Ground};

/// With fewer the hub cannot even hold its segments and a few callers.
const NONE: u64 = 256;
/// Files that it needs besides one a call: segments, snapshots, links, the servers' connections.
const BESIDE: u64 = 512;
const NAME: &str = "open files";

pub(super) fn look(ground: &Ground<'_>) -> Check {
    // Beside a running hub it is that one's limit that counts; else the one that a hub started from here would get.
    let of_hub = ground.held.as_ref().and_then(|pid| Some((of_process(pid)?, format!("process {pid}"))));
    let (most, whose) = of_hub.unwrap_or_else(|| (getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX), "here".to_owned()));
    judged(most, &whose, ground.config.listen.requests as u64)
}

fn of_process(pid: &str) -> Option<u64> {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
    let most = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?.split_whitespace().next()?;
    if most == "unlimited" { Some(u64::MAX) } else { most.parse().ok() }
}

fn judged(most: u64, whose: &str, requests: u64) -> Check {
    let wanted = requests + BESIDE;
    let command = "ulimit -n 65536";
    let zh = format!("启动 hub 前：`{command}`；systemd 单元中设 LimitNOFILE=65536");
    let en = format!("before the hub is started: `{command}`; in a systemd unit LimitNOFILE=65536");
    match most {
        u64::MAX => Check::ok(NAME, format!("{whose}: as many as it likes")),
        most if most < NONE => Check::fail(NAME, format!("{whose}: {most} at most; {wanted} may be needed"), zh, en),
        most if most < wanted => Check::warn(NAME, format!("{whose}: {most} at most; {wanted} may be needed"), zh, en),
        most => Check::ok(NAME, format!("{whose}: {most} at most")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn few_files_are_told_and_very_few_fail() {
        let state = |most| judged(most, "here", 1024).state;
        assert_eq!([255, 256, 1535, 1536, u64::MAX].map(state), [State::Fail, State::Warn, State::Warn, State::Ok, State::Ok]);
        assert!(of_process(&std::process::id().to_string()).is_some_and(|most| most > 0));
        assert_eq!(of_process("none"), None);
    }
}
