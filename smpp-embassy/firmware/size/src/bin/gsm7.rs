//! Text of the GSM default alphabet with its extension: writes and reads it.

#![no_std]
#![no_main]

use smpp_core::text::{Gsm7, Unmappable};

#[cortex_m_rt::entry]
fn main() -> ! {
    size::measure(|output| {
        output.put(|room| Gsm7::DEFAULT.encode(size::text(), Unmappable::Reject, room).ok());
        for ch in Gsm7::DEFAULT.decode(size::input().iter().copied()) {
            output.write(&[ch as u8]);
        }
    })
}
