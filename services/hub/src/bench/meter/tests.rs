//! Tests of the meter.

use super::*;

#[test]
fn half_and_ninety_nine_of_a_hundred_are_read_off_the_sorted_times() {
    let times = Times::of((1..=1000).rev().map(|n| n * 1000).collect()).expect("there are times");
    assert_eq!(times, Times { p50_ms: 500.0, p99_ms: 990.0 });
    assert_eq!(Times::of(Vec::new()), None);
}

#[test]
fn work_shows_in_processor_time_and_memory_in_the_status() {
    let meter = Meter::start().expect("/proc is there");
    let mut sum = 0_u64;
    while meter.elapsed() < Duration::from_millis(200) {
        sum = std::hint::black_box(sum.wrapping_add(1));
    }
    let spent = meter.spent().expect("/proc is there");
    assert!(spent.cpu_percent > 5.0 && spent.rss_mb > 1.0, "{spent:?}");
    assert!(memory_mb("VmHWM").expect("the line is there") >= spent.rss_mb * 0.5);
    assert!(memory_mb("VmNone").is_err());
}
