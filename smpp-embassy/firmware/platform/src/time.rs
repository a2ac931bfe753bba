//! `embassy_time` from the SysTick timer: an interrupt each millisecond, microseconds from the counter.

use core::cell::RefCell;
use core::task::Waker;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{SCB, SYST};
use cortex_m_rt::exception;
use critical_section::{CriticalSection, Mutex};
use embassy_time_queue_utils::Queue;

/// The boards' system clock.
const CLOCK_HZ: u32 = 25_000_000;
const CYCLES_PER_MS: u32 = CLOCK_HZ / 1_000;
const CYCLES_PER_US: u32 = CLOCK_HZ / 1_000_000;

struct SysTickClock(Mutex<RefCell<Inner>>);

struct Inner {
    /// Interrupts served.
    millis: u64,
    queue: Queue,
}

embassy_time_driver::time_driver_impl!(static CLOCK: SysTickClock =
    SysTickClock(Mutex::new(RefCell::new(Inner { millis: 0, queue: Queue::new() }))));

/// Starts the timer. [`crate::start`] does so by itself.
pub fn start() {
    // SAFETY: no other code touches SysTick's control; this runs once, before the first interrupt of the timer.
    let mut timer = unsafe { cortex_m::Peripherals::steal() }.SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(CYCLES_PER_MS - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

/// Microseconds since the clock was started, for programs without `async`.
#[must_use]
pub fn micros() -> u64 {
    critical_section::with(|cs| CLOCK.micros(cs))
}

#[exception]
fn SysTick() {
    critical_section::with(|cs| {
        let mut inner = CLOCK.0.borrow_ref_mut(cs);
        inner.millis += 1;
        let now = inner.millis * 1_000;
        // Wakes what is due. The next look is a millisecond away, so there is no alarm to set.
        inner.queue.next_expiration(now);
    });
}

impl SysTickClock {
    /// Microseconds since [`start`].
    fn micros(&self, cs: CriticalSection<'_>) -> u64 {
        let before = SYST::get_current();
        // When the counter has wrapped and its interrupt still waits, the millisecond is not counted yet; the counter
        // is read again, because the first reading may be from before the wrap.
        let wrapped = SCB::is_pendst_pending();
        let counter = if wrapped { SYST::get_current() } else { before };
        let millis = self.0.borrow_ref(cs).millis + u64::from(wrapped);
        millis * 1_000 + u64::from((CYCLES_PER_MS - 1 - counter) / CYCLES_PER_US)
    }
}

impl embassy_time_driver::Driver for SysTickClock {
    fn now(&self) -> u64 {
        critical_section::with(|cs| self.micros(cs))
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|cs| {
            // The interrupt looks each millisecond: whether the earliest deadline changed does not matter.
            self.0.borrow_ref_mut(cs).queue.schedule_wake(at, waker);
        });
    }
}
