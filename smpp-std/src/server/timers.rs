//! When each session wants to be called.

use super::SessionId;
use smpp_core::Instant;
use std::collections::BTreeSet;

/// A queue of wake-ups, one for each session. A session that wants to be called later than it is queued for is called in vain and
/// queued again, so traffic, which moves deadlines away all the time, costs nothing here.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Instant, SessionId)>);

impl Timers {
    /// The first wake-up.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Queues the wake-up of a session at `at`, unless an earlier one is. `armed` is the one that is queued.
    pub(super) fn arm(&mut self, id: SessionId, armed: &mut Option<Instant>, at: Instant) {
        if armed.is_none_or(|armed| at < armed) {
            self.disarm(id, armed);
            self.0.insert((at, id));
            *armed = Some(at);
        }
    }

    /// Takes the wake-up of a session out.
    pub(super) fn disarm(&mut self, id: SessionId, armed: &mut Option<Instant>) {
        if let Some(at) = armed.take() {
            self.0.remove(&(at, id));
        }
    }

    /// Takes out one wake-up whose time has come: `armed` of that session is over.
    pub(super) fn pop(&mut self, now: Instant) -> Option<SessionId> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, id)| id)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
