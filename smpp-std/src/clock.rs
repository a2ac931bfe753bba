//! The clock of this process, as the core counts time.

use smpp_core::Instant;
use smpp_core::link;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant as StdInstant};

/// Turns the monotonic clock of the standard library into [`Instant`]s. All sessions of one thread share one, so that
/// their moments can be compared.
///
/// ```
/// use smpp_std::Clock;
///
/// let clock = Clock::new();
/// let deadline = clock.now().after(std::time::Duration::from_secs(3600));
/// assert!(clock.until(deadline) <= std::time::Duration::from_secs(3600));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: StdInstant,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn new() -> Self {
        Self { start: StdInstant::now() }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::ZERO.after(self.start.elapsed())
    }

    /// How long it is until `deadline`; zero when it has passed.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Duration {
        deadline.since(self.now())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl link::Clock for Clock {
    fn now(&self) -> Instant {
        Self::now(self)
    }
}

/// A clock and the latest look at it. A look costs as much as a small PDU, so what comes in together shares one.
#[derive(Debug)]
pub(crate) struct CachedClock {
    clock: Clock,
    /// In microseconds. Atomic only so that an outbox can look at the clock and be sent to another thread.
    now: AtomicU64,
    uses: u8,
}

/// So many uses share a look.
const SHARED: u8 = 8;

impl CachedClock {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, now: AtomicU64::new(clock.now().as_micros()), uses: 0 }
    }

    pub(crate) const fn clock(&self) -> Clock {
        self.clock
    }

    /// When the clock was looked at last.
    pub(crate) fn now(&self) -> Instant {
        Instant::from_micros(self.now.load(Ordering::Relaxed))
    }

    /// Looks at the clock.
    pub(crate) fn look(&mut self) -> Instant {
        self.uses = 0;
        link::Clock::now(self)
    }

    /// Looks at the clock if that was not done a few uses ago.
    pub(crate) fn refresh(&mut self) -> Instant {
        self.uses += 1;
        if self.uses > SHARED { self.look() } else { self.now() }
    }
}

impl link::Clock for CachedClock {
    /// Looks at the clock.
    fn now(&self) -> Instant {
        let now = self.clock.now();
        self.now.store(now.as_micros(), Ordering::Relaxed);
        now
    }

    fn recent(&self) -> Instant {
        Self::now(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_is_reached_is_not_in_the_future() {
        let clock = Clock::new();
        let deadline = clock.now().after(Duration::from_millis(5));
        assert!(clock.until(deadline) > Duration::ZERO);
        while clock.until(deadline) > Duration::ZERO {
            std::thread::sleep(clock.until(deadline));
        }
        assert!(clock.now() >= deadline);
        assert_eq!(clock.until(Instant::ZERO), Duration::ZERO);
    }
}
