#![no_main]
//! See `smpp_fuzz::session_octets`.

libfuzzer_sys::fuzz_target!(|input: &[u8]| smpp_fuzz::session_octets(input));
