//! Bytes from libFuzzer for [`outside::segment`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outside::segment::check(bytes));
