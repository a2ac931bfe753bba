#![no_main]
//! See `smpp_fuzz::text`.

libfuzzer_sys::fuzz_target!(|input: &[u8]| smpp_fuzz::text(input));
