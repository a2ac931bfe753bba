//! What all sessions of one system_id share: their rate, and what waits to be delivered to any of them.

use smpp_core::Instant;
use smpp_core::session::Pace;
use smpp_std::{OwnedPdu, SessionId};
use std::collections::VecDeque;
use std::time::Duration;

/// A deliver_sm on its way to an ESME.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) pdu: OwnedPdu,
    /// The session that it should go to if that can receive.
    pub(super) session: Option<SessionId>,
    /// How often it was tried.
    pub(super) attempts: u8,
}

/// So much waits for an account at most: one that only submits may never come for it.
const MOST: usize = 10_000;

/// All sessions of one system_id.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// Those that can receive.
    pub(super) receivers: Vec<SessionId>,
    /// What waits for one of them.
    queue: VecDeque<Delivery>,
    /// Something had to go because nobody came for it.
    drops: bool,
    pace: Option<Pace>,
}

impl Account {
    /// An account that may submit `rate` messages a second; `None` for as many as it likes.
    pub(super) fn new(rate: Option<u32>) -> Self {
        // A second's worth may come at once: who sends no more than that in a second, however spread, is never refused.
        let pace = rate.map(|rate| {
            let burst = u16::try_from(rate).unwrap_or(u16::MAX);
            Pace::new(rate, burst, Duration::ZERO)
        });
        Self { pace, ..Self::default() }
    }

    /// Puts something behind what waits. What waits longest goes when there is too much; whether that begins now.
    pub(super) fn push(&mut self, delivery: Delivery) -> bool {
        let is_full = self.queue.len() >= MOST;
        if is_full {
            self.queue.pop_front();
        }
        self.queue.push_back(delivery);
        is_full && !std::mem::replace(&mut self.drops, true)
    }

    /// Takes what waits longest.
    pub(super) fn pop(&mut self) -> Option<Delivery> {
        self.queue.pop_front()
    }

    /// Puts back what was taken last.
    pub(super) fn put_back(&mut self, delivery: Delivery) {
        self.queue.push_front(delivery);
    }

    /// Whether another message may be submitted now.
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        self.pace.as_mut().is_none_or(|pace| pace.take(now).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_keeps_the_rate_is_never_refused_and_who_does_not_is() {
        let mut account = Account::new(Some(20));
        let mut jitter = [0, 30, 5, 45, 10, 0, 25].into_iter().cycle();
        for number in 0..2000 {
            let late = jitter.next().unwrap();
            assert!(account.admits(Instant::from_millis(1000 + number * 50 + late)), "{number}");
        }
        let mut account = Account::new(Some(20));
        let admitted = (0..1000).filter(|number| account.admits(Instant::from_millis(1000 + number))).count();
        assert!((39..=41).contains(&admitted), "{admitted} in a second");
        let mut account = Account::new(Some(5));
        let now = Instant::from_millis(1000);
        assert_eq!((0..10).filter(|_| account.admits(now)).count(), 5);
    }
}
