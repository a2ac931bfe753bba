//! What a link asks of its adapter.

use crate::Instant;
use crate::session::CloseReason;
use core::time::Duration;

/// What is to be done next: the answer of [`Link::poll`](super::Link::poll). It borrows nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Step {
    /// There is an event: give [`Link::event`](super::Link::event) to the application. It waits there until it is
    /// taken.
    Event,
    /// Write what is to be written, read what can be read, and come again when either went on, or at this moment.
    Io(Until),
    /// The session is over and every event was taken.
    Closed(CloseReason),
}

/// How long to wait for the transport.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Until {
    /// Not at all: look what can be done without waiting, and say so if that is nothing
    /// ([`Link::idle`](super::Link::idle)). A response that is there comes before its time-out, so before a timer that is
    /// due it is looked whether one is there; silence alone proves nothing.
    Now,
    /// Until this moment.
    At(Instant),
    /// As long as it takes.
    Ever,
}

impl Until {
    /// How long that is from `now` on; `None` for ever.
    #[must_use]
    pub fn wait(self, now: Instant) -> Option<Duration> {
        match self {
            Self::Now => Some(Duration::ZERO),
            Self::At(moment) => Some(moment.since(now)),
            Self::Ever => None,
        }
    }
}

/// One direction of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Half {
    /// What the peer sends.
    Read,
    /// What we send.
    Write,
}

/// The clock that times what the application sends: it may take long over an event, and a request must not time out before
/// it left.
///
/// A function that gives the present moment is one.
pub trait Clock: Sync {
    /// The present moment.
    fn now(&self) -> Instant;

    /// A moment not long ago, by which answers are timed: where a look at the clock costs as much as a small PDU, what
    /// comes in together can share one.
    fn recent(&self) -> Instant {
        self.now()
    }
}

impl<F: Fn() -> Instant + Sync> Clock for F {
    fn now(&self) -> Instant {
        self()
    }
}
