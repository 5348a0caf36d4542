//! Bytes from libFuzzer for [`outside::record`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outside::record::check(bytes));
