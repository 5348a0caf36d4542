//! What is done to a hub from outside: a crowd at its gate, calls that never end, who never reads, its disk and its clock.

mod clock;
mod crowd;
mod disk;
mod giant;
mod unread;

/// Megabytes of memory that a process holds.
fn memory_mb(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line of its memory");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

/// Files and connections that a process has open.
fn open_files(process: u32) -> usize {
    std::fs::read_dir(format!("/proc/{process}/fd")).expect("it runs").count()
}
