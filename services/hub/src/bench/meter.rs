//! Processor time, memory and how long things took; read from `/proc`, so on Linux only.

use std::time::{Duration, Instant};

use anyhow::Context as _;

/// Linux counts processor time for user space in hundredths of a second, on every machine.
const TICKS: f64 = 100.0;

/// What a stretch of work took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    /// Processor time by wall time; 100 is one core.
    pub(crate) cpu_percent: f64,
    /// Resident memory at its end.
    pub(crate) rss_mb: f64,
}

/// A stretch of work that is being measured.
pub(crate) struct Meter {
    begun: Instant,
    ticks: f64,
}

impl Meter {
    /// Begins.
    pub(crate) fn start() -> anyhow::Result<Self> {
        Ok(Self { begun: Instant::now(), ticks: ticks()? })
    }

    /// Wall time since the beginning.
    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// What was spent since.
    pub(crate) fn spent(&self) -> anyhow::Result<Spent> {
        let wall = self.elapsed().as_secs_f64();
        let cpu_percent = (ticks()? - self.ticks) / TICKS / wall * 100.0;
        Ok(Spent { cpu_percent, rss_mb: memory_mb("VmRSS")? })
    }
}

/// Processor time of this process, in ticks.
fn ticks() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("read /proc/self/stat")?;
    // The name of the program stands in brackets and may hold anything; what follows are numbers.
    let rest = stat.rsplit_once(')').context("find the program's name in /proc/self/stat")?.1;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let field = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).context("read processor time");
    Ok(field(11)? + field(12)?)
}

/// A line of `/proc/self/status` in megabytes: `VmRSS` now, `VmHWM` at most so far.
pub(crate) fn memory_mb(line: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status").context("read /proc/self/status")?;
    let value = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    let kib = value.and_then(|text| text.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    Ok(kib.with_context(|| format!("find {line} in /proc/self/status"))? * 1024.0 / 1e6)
}

/// The middle and the slow end of many answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Times {
    /// Half took at most so long.
    pub(crate) p50_ms: f64,
    /// Ninety-nine of a hundred took at most so long.
    pub(crate) p99_ms: f64,
}

impl Times {
    /// Of single times in microseconds; none of none.
    pub(crate) fn of(mut micros: Vec<u32>) -> Option<Self> {
        let last = micros.len().checked_sub(1)?;
        micros.sort_unstable();
        let at = |percent: usize| f64::from(micros[last * percent / 100]) / 1000.0;
        Some(Self { p50_ms: at(50), p99_ms: at(99) })
    }
}

/// Microseconds since `begun`.
pub(crate) fn micros(begun: Instant) -> u32 {
    u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
