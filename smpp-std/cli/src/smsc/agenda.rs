//! Things to do at their time.

use smpp_core::Instant;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A queue in order of time; what is due at the same moment comes in the order in which it was added.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    entries: BinaryHeap<Entry<T>>,
    added: u64,
}

#[derive(Debug)]
struct Entry<T> {
    at: Instant,
    number: u64,
    what: T,
}

impl<T> Agenda<T> {
    pub(super) const fn new() -> Self {
        Self { entries: BinaryHeap::new(), added: 0 }
    }

    /// Adds something to do.
    pub(super) fn add(&mut self, at: Instant, what: T) {
        self.added += 1;
        self.entries.push(Entry { at, number: self.added, what });
    }

    /// When the first is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.entries.peek().map(|entry| entry.at)
    }

    /// Takes the first if it is due.
    pub(super) fn pop(&mut self, now: Instant) -> Option<T> {
        if self.next()? > now {
            return None;
        }
        self.entries.pop().map(|entry| entry.what)
    }
}

impl<T> Ord for Entry<T> {
    /// The greatest of a heap comes first: the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<T> Eq for Entry<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_in_order_of_time_then_of_adding() {
        let mut agenda = Agenda::new();
        for (at, what) in [(5, 'c'), (1, 'a'), (5, 'd'), (1, 'b'), (9, 'z')] {
            agenda.add(Instant::from_millis(at), what);
        }
        let due: String = std::iter::from_fn(|| agenda.pop(Instant::from_millis(8))).collect();
        assert_eq!(due, "abcd");
        assert_eq!(agenda.next(), Some(Instant::from_millis(9)));
    }
}
