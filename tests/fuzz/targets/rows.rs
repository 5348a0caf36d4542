//! Bytes from libFuzzer for [`outside::rows`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outside::rows::check(bytes));
