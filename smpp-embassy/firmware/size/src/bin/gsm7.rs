//! Text of the GSM default alphabet with its extension: writes and reads it.

#![no_std]
#![no_main]

use core::hint::black_box;
use smpp_core::text::{Gsm7, Unmappable};

#[cortex_m_rt::entry]
fn main() -> ! {
    size::measure(|output| {
        let _ = black_box(Gsm7::DEFAULT.encode(size::text(), Unmappable::Reject, output));
        for ch in Gsm7::DEFAULT.decode(size::input().iter().copied()) {
            black_box(ch);
        }
    })
}
