//! Around each measured program: its input, its output, its end. `.ci/size` builds and runs them.
//!
//! The panic handler calls a function that does not exist, so a program links only if no path in it leads to a panic.
//! (With `panic = "abort"`, which bare metal has, the crate `no-panic` proves nothing.)

#![no_std]

mod output;
mod semihosting;
mod session;
mod stack;

pub use output::Output;
pub use semihosting::print_number;
pub use session::drive;

use core::hint::black_box;
use core::panic::PanicInfo;
use core::ptr::with_exposed_provenance_mut;
use smpp_core::Instant;

/// Where QEMU's loader puts the input: RAM of the board beyond what `memory.x` gives to the program.
const INPUT: usize = 0x2020_0000;
/// Where it puts the text.
const TEXT: usize = 0x2028_0000;
/// Where the program may write.
const OUTPUT: usize = 0x2030_0000;
const OUTPUT_LEN: usize = 0x1_0000;
/// Where it may put a message together, so that this room does not count as stack.
const SCRATCH: usize = 0x2038_0000;

/// The octets that the program works on: PDU behind PDU. The compiler cannot know them.
#[must_use]
pub fn input() -> &'static [u8] {
    loaded(INPUT)
}

/// The text that the program writes.
#[must_use]
pub fn text() -> &'static str {
    // SAFETY: `.ci/size` loads text there.
    unsafe { str::from_utf8_unchecked(loaded(TEXT)) }
}

fn loaded(address: usize) -> &'static [u8] {
    let start = with_exposed_provenance_mut::<u8>(address);
    // SAFETY: RAM that nothing else uses; the first four octets hold the length of what follows, zero without a loader.
    unsafe {
        let len = u32::from_le_bytes(start.cast::<[u8; 4]>().read_volatile());
        core::slice::from_raw_parts(start.add(4), len as usize)
    }
}

/// Room for the user data of one message, outside the stack.
///
/// # Safety
/// The last one that was lent is not used any more.
pub unsafe fn scratch() -> &'static mut [u8; 160] {
    // SAFETY: RAM that nothing else uses.
    unsafe { &mut *with_exposed_provenance_mut(SCRATCH) }
}

/// A moment that the compiler cannot know, more microseconds after the start than 32 bits count.
#[must_use]
pub fn now() -> Instant {
    Instant::from_micros(black_box(5_000_000_000))
}

/// Gives the program its output, runs it, prints what it wrote and its peak stack, and ends.
pub fn measure(program: impl FnOnce(&mut Output)) -> ! {
    // SAFETY: RAM that nothing else uses, lent once: this function does not return.
    let octets = unsafe { core::slice::from_raw_parts_mut(with_exposed_provenance_mut(OUTPUT), OUTPUT_LEN) };
    let mut output = Output::new(octets);
    program(&mut output);
    let peak = stack::peak();
    semihosting::print_octets(output.written());
    semihosting::print_number(peak);
    semihosting::exit()
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn a_path_to_a_panic_is_left() -> !;
    }
    a_path_to_a_panic_is_left()
}
