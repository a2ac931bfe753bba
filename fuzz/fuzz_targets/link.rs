#![no_main]
//! See `smpp_fuzz::link`.

libfuzzer_sys::fuzz_target!(|input: &[u8]| smpp_fuzz::link(input));
