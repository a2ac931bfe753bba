#![no_main]
//! See `smpp_fuzz::reassemble`.

libfuzzer_sys::fuzz_target!(|input: &[u8]| smpp_fuzz::reassemble(input));
