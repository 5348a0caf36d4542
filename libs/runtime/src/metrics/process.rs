//! The process itself, as the kernel tells of it: memory, open files, processor time, how long it runs.
//!
//! Read from `/proc` when somebody asks; where a line is not there, nothing is told of it.

use std::{fs, time::Instant};

use super::{Kind, watch};

/// What the kernel counts processor time in, for every program.
const TICKS_PER_SECOND: f64 = 100.0;

/// Has the process' own figures looked up from now on.
pub(crate) fn begin() {
    let begun = Instant::now();
    watch(Kind::Level, "process.memory.usage", "By", "Memory of the process in RAM", |tell| {
        if let Some(kib) = read("status").and_then(|text| field(&text, "VmRSS:", 0)) {
            tell(kib * 1024.0, &[]);
        }
    });
    watch(Kind::Level, "process.open_files", "{file}", "Files that the process has open", |tell| {
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            tell(open.count() as f64, &[]);
        }
    });
    watch(Kind::Level, "process.open_files.limit", "{file}", "Files it may have open", |tell| {
        if let Some(most) = read("limits").and_then(|text| field(&text, "Max open files", 0)) {
            tell(most, &[]);
        }
    });
    watch(Kind::Total, "process.cpu.time", "s", "Processor time", |tell| {
        if let Some(seconds) = read("stat").and_then(|text| processor_seconds(&text)) {
            tell(seconds, &[]);
        }
    });
    watch(Kind::Level, "process.uptime", "s", "Since the process began", move |tell| tell(begun.elapsed().as_secs_f64(), &[]));
}

fn read(name: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/self/{name}")).ok()
}

/// The `nth` number behind `name`, on its line.
fn field(text: &str, name: &str, nth: usize) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().nth(nth)?.parse().ok()
}

/// User and system time; what stands before the last bracket is the program's name, which may hold anything.
fn processor_seconds(stat: &str) -> Option<f64> {
    let mut behind = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (behind.next()?.parse().ok()?, behind.next()?.parse().ok()?);
    Some((user + system) / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_writes_is_read() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194304 1 0 0 0 250 150 0 0 20 0 1 0 100 1 1";
        assert_eq!(processor_seconds(stat), Some(4.0));
        assert_eq!(field("Name:\thub\nVmRSS:\t   2048 kB\n", "VmRSS:", 0), Some(2048.0));
        let limits =
            "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n";
        assert_eq!(field(limits, "Max open files", 0), Some(1024.0));
        assert_eq!(field("Max open files unlimited", "Max open files", 0), None);
    }

    #[test]
    fn this_process_has_memory_and_files() {
        assert!(read("status").and_then(|text| field(&text, "VmRSS:", 0)).is_some_and(|kib| kib > 100.0));
        assert!(read("stat").and_then(|text| processor_seconds(&text)).is_some());
    }
}
