#![no_main]
//! See `smpp_fuzz::tracker`.

libfuzzer_sys::fuzz_target!(|input: &[u8]| smpp_fuzz::tracker(input));
