//! Around each measured program: its input, its output, its end. `.ci/size` builds and runs them.
//!
//! The panic handler calls a function that does not exist, so a program links only if no path in it leads to a panic.
//! (With `panic = "abort"`, which bare metal has, the crate `no-panic` proves nothing.)

#![no_std]

mod esme;
mod semihosting;
mod stack;

pub use esme::drive;
pub use semihosting::print_number;

use core::hint::black_box;
use core::panic::PanicInfo;
use core::ptr::with_exposed_provenance_mut;
use smpp_core::Instant;

/// Where QEMU's loader puts the input: RAM of the board beyond what `memory.x` gives to the program.
const INPUT: usize = 0x2020_0000;
/// Where the program may write.
const OUTPUT: usize = 0x2030_0000;
const OUTPUT_LEN: usize = 0x1_0000;

/// The octets that the program works on: PDU behind PDU. The compiler cannot know them.
#[must_use]
pub fn input() -> &'static [u8] {
    let start = with_exposed_provenance_mut::<u8>(INPUT);
    // SAFETY: RAM that nothing else uses; the first four octets hold the length of what follows, zero without a loader.
    unsafe {
        let len = u32::from_le_bytes(start.cast::<[u8; 4]>().read_volatile());
        core::slice::from_raw_parts(start.add(4), len as usize)
    }
}

/// The input as text.
#[must_use]
pub fn text() -> &'static str {
    // SAFETY: `.ci/size` gives text to the programs that ask for it.
    unsafe { str::from_utf8_unchecked(input()) }
}

/// A moment that the compiler cannot know.
#[must_use]
pub fn now() -> Instant {
    Instant::from_micros(black_box(0))
}

/// Gives the program its output, runs it, prints its peak stack, and ends.
pub fn measure(program: impl FnOnce(&mut [u8])) -> ! {
    // SAFETY: RAM that nothing else uses, lent once: this function does not return.
    let output = unsafe { core::slice::from_raw_parts_mut(with_exposed_provenance_mut(OUTPUT), OUTPUT_LEN) };
    program(output);
    // What was written counts as used.
    black_box(output);
    semihosting::print_number(stack::peak());
    semihosting::exit()
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn a_path_to_a_panic_is_left() -> !;
    }
    a_path_to_a_panic_is_left()
}
