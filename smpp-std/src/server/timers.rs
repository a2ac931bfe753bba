//! When each session wants to be called.

use super::SessionId;
use smpp_core::Instant;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A queue of wake-ups. A session that wants to be called later than it is queued for is called in vain and queued
/// again, so traffic, which moves deadlines away all the time, costs nothing here.
#[derive(Debug, Default)]
pub(super) struct Timers(BinaryHeap<Reverse<(Instant, SessionId)>>);

impl Timers {
    /// The first wake-up.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    /// Queues a wake-up.
    pub(super) fn add(&mut self, at: Instant, id: SessionId) {
        self.0.push(Reverse((at, id)));
    }

    /// Takes out one wake-up whose time has come.
    pub(super) fn pop(&mut self, now: Instant) -> Option<(Instant, SessionId)> {
        if self.next()? > now {
            return None;
        }
        self.0.pop().map(|Reverse(entry)| entry)
    }
}
