#![no_main]
//! See `smpp_fuzz::pdu`.

libfuzzer_sys::fuzz_target!(|input: &[u8]| smpp_fuzz::pdu(input));
