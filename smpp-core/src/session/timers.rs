//! The deadlines of a session besides those of its requests (SMPP 3.4 §7.2; 5.0 §2.7).
//!
//! Responses have no timer of their own: the window's oldest request is the next to time out.

use super::tick::Tick;

/// What a session waits for besides responses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Timer {
    /// The present phase: nobody bound yet, our bind or unbind unanswered, the peer about to close.
    Phase,
    /// Silence of the peer: time for an enquire_link or, behind one, for giving up.
    Link,
    /// No messages.
    Inactivity,
}

impl Timer {
    const COUNT: usize = 3;
}

/// The deadlines of all timers; [`Tick::ZERO`] for one that is off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timers([Tick; Timer::COUNT]);

impl Timers {
    pub(super) const OFF: Self = Self([Tick::ZERO; Timer::COUNT]);

    pub(super) fn set(&mut self, timer: Timer, at: Tick) {
        if let Some(place) = self.0.get_mut(timer as usize) {
            *place = if at == Tick::ZERO { at.plus(1) } else { at };
        }
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        if let Some(place) = self.0.get_mut(timer as usize) {
            *place = Tick::ZERO;
        }
    }

    pub(super) fn get(&self, timer: Timer) -> Option<Tick> {
        self.0.get(timer as usize).copied().filter(|&at| at != Tick::ZERO)
    }

    /// The deadlines of those that run.
    pub(super) fn running(&self) -> impl Iterator<Item = Tick> {
        self.0.iter().copied().filter(|&at| at != Tick::ZERO)
    }

    /// Stops a timer that is due and says so.
    pub(super) fn expire(&mut self, timer: Timer, now: Tick) -> bool {
        let due = self.get(timer).is_some_and(|at| at.is_due(now));
        if due {
            self.stop(timer);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_timer_runs_on_its_own_also_at_the_moment_that_means_off() {
        let now = Tick::ZERO;
        let mut timers = Timers::OFF;
        assert_eq!(timers.running().count(), 0);
        timers.set(Timer::Link, now);
        timers.set(Timer::Phase, now.plus(5));
        assert_eq!(timers.get(Timer::Link), Some(now.plus(1)));
        assert!(!timers.expire(Timer::Link, now) && timers.expire(Timer::Link, now.plus(1)));
        assert!(!timers.expire(Timer::Link, now.plus(1)), "once");
        assert_eq!((timers.get(Timer::Inactivity), timers.running().count()), (None, 1));
        timers.stop(Timer::Phase);
        assert_eq!(timers.get(Timer::Phase), None);
    }
}
