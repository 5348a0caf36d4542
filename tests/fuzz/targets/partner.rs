//! Bytes from libFuzzer for [`outside::partner`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outside::partner::check(bytes));
