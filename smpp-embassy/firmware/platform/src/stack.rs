//! How much stack was used, from the paint that `cortex-m-rt` puts there before `main`.

use core::ptr::read_volatile;
use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    static _stack_start: u32;
    static _stack_end: u32;
}

/// The most octets of stack in use at one time since the start.
pub fn peak() -> usize {
    let top = &raw const _stack_start;
    let mut at = &raw const _stack_end;
    // SAFETY: both are aligned addresses from the linker script and all between them is RAM. Some of it is the stack
    // in use, hence the volatile reads.
    while at < top && unsafe { read_volatile(at) } == STACK_PAINT_VALUE {
        at = at.wrapping_add(1);
    }
    top as usize - at as usize
}
