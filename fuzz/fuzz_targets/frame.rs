#![no_main]
//! See `smpp_fuzz::frame`.

libfuzzer_sys::fuzz_target!(|input: &[u8]| smpp_fuzz::frame(input));
