//! Nothing: what the frame around the measured programs takes by itself.

#![no_std]
#![no_main]

use core::hint::black_box;

#[cortex_m_rt::entry]
fn main() -> ! {
    size::measure(|_| {
        black_box(size::input());
    })
}
