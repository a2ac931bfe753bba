#![no_main]
//! See `smpp_fuzz::receipt`.

libfuzzer_sys::fuzz_target!(|input: &[u8]| smpp_fuzz::receipt(input));
