//! Bytes from libFuzzer for [`outside::policy`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outside::policy::check(bytes));
