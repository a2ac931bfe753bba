#![no_main]
//! See `smpp_fuzz::session_pair`.

libfuzzer_sys::fuzz_target!(|input: &[u8]| smpp_fuzz::session_pair(input));
