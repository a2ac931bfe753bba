//! A thread-mode executor that sleeps with WFI.
//!
//! embassy's own sleeps with WFE, which QEMU does not implement: an idle program would burn a core of the host.

use core::sync::atomic::{AtomicBool, Ordering};
use embassy_executor::{Spawner, raw};
use static_cell::StaticCell;

/// Whether a task was woken since the executor last looked.
static WOKEN: AtomicBool = AtomicBool::new(false);

#[unsafe(export_name = "__pender")]
fn pender(_context: *mut ()) {
    WOKEN.store(true, Ordering::Release);
}

/// Starts the clock, then runs whatever `init` spawns, for ever. To be called once.
///
/// # Panics
/// When called again.
pub fn start(init: impl FnOnce(Spawner)) -> ! {
    static EXECUTOR: StaticCell<raw::Executor> = StaticCell::new();
    let executor = &*EXECUTOR.init(raw::Executor::new(core::ptr::null_mut()));
    crate::time::start();
    init(executor.spawner());
    loop {
        // SAFETY: this is the only call, in a loop that no task can reach, so it is never reentered.
        unsafe { executor.poll() };
        // With interrupts masked a wake-up cannot slip in between the look and the sleep: a pending interrupt ends
        // WFI even so, and is served right behind it.
        cortex_m::interrupt::free(|_| {
            if !WOKEN.swap(false, Ordering::Acquire) {
                cortex_m::asm::wfi();
            }
        });
    }
}
