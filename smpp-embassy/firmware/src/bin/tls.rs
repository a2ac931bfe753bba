#![no_std]
#![no_main]
use platform as _;
#[cortex_m_rt::entry]
fn main() -> ! {
    loop {}
}
