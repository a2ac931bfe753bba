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

/// All sessions of one system_id.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// Those that can receive.
    pub(super) receivers: Vec<SessionId>,
    /// What waits for one of them.
    pub(super) queue: VecDeque<Delivery>,
    pace: Option<Pace>,
}

impl Account {
    /// An account that may submit `rate` messages a second; `None` for as many as it likes.
    pub(super) fn new(rate: Option<u32>) -> Self {
        // Half a second's worth may come at once: a client that keeps the rate is late and early by the jitter of its
        // line, and must never be refused for that.
        let pace = rate.map(|rate| {
            let burst = u16::try_from(rate / 2).unwrap_or(u16::MAX).max(2);
            Pace::new(rate, burst, Duration::ZERO)
        });
        Self { pace, ..Self::default() }
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
        assert!((29..=31).contains(&admitted), "{admitted} in a second");
    }
}
