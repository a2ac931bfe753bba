#![no_main]
//! See `smpp_fuzz::split_join`.

libfuzzer_sys::fuzz_target!(|input: &[u8]| smpp_fuzz::split_join(input));
