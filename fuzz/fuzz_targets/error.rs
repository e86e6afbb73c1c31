#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hangup_fuzz::error::check(bytes));
