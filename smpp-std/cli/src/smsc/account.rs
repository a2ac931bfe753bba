//! What all sessions of one system_id share: their rate, and what waits to be delivered to any of them.

use crate::inbox::Inbox;
use smpp_core::Instant;
use smpp_std::{OwnedPdu, SessionId};
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
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

const SECOND: Duration = Duration::from_secs(1);

/// How much is pending or waits for all accounts together.
pub(super) type Load = Rc<Cell<usize>>;

/// All sessions of one system_id.
#[derive(Default)]
pub(super) struct Account {
    /// Those that can receive.
    pub(super) receivers: Vec<SessionId>,
    /// How many sessions are bound.
    pub(super) sessions: usize,
    /// Parts of its long messages: references are its own.
    pub(super) inbox: Option<Box<Inbox>>,
    /// It is told when parts have waited long enough.
    pub(super) awaits_parts: bool,
    /// What waits for one of its receivers.
    queue: VecDeque<Delivery>,
    /// Something had to go because nobody came for it.
    drops: bool,
    /// How many messages may be submitted in any second; `None` for as many as it likes.
    rate: Option<u32>,
    /// When the messages of the last second were submitted.
    last_second: VecDeque<Instant>,
    /// Receipts and messages that are still to come, not yet in the queue.
    pending: usize,
    /// Its queue and what is pending, together with those of the others.
    all: Load,
}

impl Account {
    /// An account that may submit `rate` messages in any second; `None` for as many as it likes.
    pub(super) fn new(rate: Option<u32>, all: Load) -> Self {
        Self { rate, all, ..Self::default() }
    }

    /// Whether nothing is left of it: then it may be forgotten.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        let is_quiet = self.last_second.back().is_none_or(|last| now.since(*last) >= SECOND);
        self.receivers.is_empty() && self.sessions == 0 && self.load() == 0 && !self.awaits_parts && is_quiet
    }

    /// How much waits for it or is still to come.
    pub(super) fn load(&self) -> usize {
        self.pending + self.queue.len()
    }

    /// Something is to come.
    pub(super) fn pend(&mut self) {
        self.pending += 1;
        self.count(1);
    }

    /// It has come. Whether nothing more is to come to somebody who is gone.
    pub(super) fn has_come(&mut self) -> bool {
        self.pending = self.pending.saturating_sub(1);
        self.count(-1);
        self.sessions == 0 && self.pending == 0
    }

    /// Puts something behind what waits. What waits longest goes when there is too much; whether that begins now.
    pub(super) fn push(&mut self, delivery: Delivery) -> bool {
        let is_full = self.queue.len() >= MOST;
        if is_full {
            self.pop();
        }
        self.queue.push_back(delivery);
        self.count(1);
        is_full && !std::mem::replace(&mut self.drops, true)
    }

    /// Takes what waits longest.
    pub(super) fn pop(&mut self) -> Option<Delivery> {
        let delivery = self.queue.pop_front()?;
        self.count(-1);
        Some(delivery)
    }

    /// Puts back what was taken last.
    pub(super) fn put_back(&mut self, delivery: Delivery) {
        self.queue.push_front(delivery);
        self.count(1);
    }

    fn count(&self, more: isize) {
        self.all.set(self.all.get().saturating_add_signed(more));
    }

    /// Whether another message may be submitted now: in any second no more than the rate, whichever second that is.
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        let Some(rate) = self.rate else { return true };
        while self.last_second.front().is_some_and(|first| now.since(*first) >= SECOND) {
            self.last_second.pop_front();
        }
        let admits = self.last_second.len() < usize::try_from(rate).unwrap_or(usize::MAX);
        if admits {
            self.last_second.push_back(now);
        }
        admits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_the_rate_is_admitted_in_any_second() {
        for idle in [0, 1_200, 60_000] {
            let mut account = Account::new(Some(20), Load::default());
            let first = (0..100).filter(|number| account.admits(Instant::from_millis(500 + number))).count();
            assert_eq!(first, 20);
            let start = 600 + idle;
            let mut admitted = VecDeque::new();
            // 50 a second.
            for number in 0..200 {
                let now = Instant::from_millis(start + number * 20);
                if account.admits(now) {
                    admitted.retain(|at: &Instant| now.since(*at) < SECOND);
                    admitted.push_back(now);
                    assert!(admitted.len() <= 20, "{number} after {idle} ms");
                }
            }
        }
    }

    #[test]
    fn who_keeps_the_rate_is_never_refused() {
        let mut account = Account::new(Some(20), Load::default());
        for number in 0..2_000 {
            assert!(account.admits(Instant::from_millis(number * 50)), "{number}");
        }
        let mut account = Account::new(Some(5), Load::default());
        let now = Instant::from_millis(1_000);
        assert_eq!((0..10).filter(|_| account.admits(now)).count(), 5);
        let mut account = Account::new(None, Load::default());
        assert!((0..10_000).all(|_| account.admits(now)));
    }

    #[test]
    fn what_is_pending_and_what_waits_counts_for_all_until_it_is_gone() {
        let all = Load::default();
        let mut accounts = [Account::new(None, Rc::clone(&all)), Account::new(None, Rc::clone(&all))];
        let pdu = OwnedPdu::encode(
            &smpp_core::pdu::DeliverSm::default().into(),
            smpp_core::types::CommandStatus::ESME_ROK,
            1,
        );
        let delivery = Delivery { pdu: pdu.unwrap(), session: None, attempts: 0 };
        for account in &mut accounts {
            account.pend();
            account.push(delivery.clone());
            assert!(account.has_come());
        }
        assert_eq!((all.get(), accounts[0].load()), (2, 1));
        let taken = accounts[0].pop().unwrap();
        assert_eq!(all.get(), 1);
        accounts[0].put_back(taken);
        for _ in 0..2 * MOST {
            accounts[1].push(delivery.clone());
        }
        assert_eq!(all.get(), MOST + 1);
    }
}
