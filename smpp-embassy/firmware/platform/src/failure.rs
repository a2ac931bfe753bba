//! A program that fails must end, or a test waits for it in vain.

use crate::semihosting::exit;
use core::panic::PanicInfo;
use cortex_m_rt::{ExceptionFrame, exception};
use cortex_m_semihosting::heprintln;

/// Exit code after a panic.
const PANICKED: u32 = 101;
/// Exit code after a fault of the processor.
const FAULTED: u32 = 102;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    cortex_m::interrupt::disable();
    heprintln!("{}", info);
    exit(PANICKED)
}

// SAFETY: it only prints and ends the program.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    heprintln!("hard fault: {:?}", frame);
    exit(FAULTED)
}
