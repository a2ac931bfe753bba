//! What is counted: answers, how long they took, and what went wrong.

use hdrhistogram::Histogram;
use smpp_core::types::CommandStatus;
use smpp_std::Error;
use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

/// Why a submission was not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Failure {
    /// The MC refused it.
    Status(CommandStatus),
    /// The MC accepted it and named no message_id.
    NoMessageId,
    /// The response cannot be read.
    Unreadable,
    /// There was no response in time.
    TimedOut,
    /// The session ended before the response.
    Abandoned,
    /// The session ended before it was submitted.
    Unsent,
    /// It cannot be written.
    Unwritable,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Status(status) => return write!(f, "refused with {status}"),
            Self::NoMessageId => "accepted without a message_id",
            Self::Unreadable => "answered with a response that cannot be read",
            Self::TimedOut => "not answered in time",
            Self::Abandoned => "not answered before the session ended",
            Self::Unsent => "not submitted before the session ended",
            Self::Unwritable => "impossible to write",
        })
    }
}

/// The longest time that is told apart from longer ones: microseconds of an hour.
const LONGEST: u64 = 3_600_000_000;

/// How the submissions of a session, or of all, ended. Each is counted once.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) accepted: u64,
    pub(super) failed: u64,
    pub(super) failures: HashMap<Failure, u64>,
    /// Microseconds from the submission to its response, of those that were accepted.
    pub(super) latency: Histogram<u64>,
    /// When the last submission had its end.
    pub(super) finished: Option<Instant>,
    /// Why the session ended early.
    pub(super) end: Option<Error>,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            accepted: 0,
            failed: 0,
            failures: HashMap::new(),
            latency: Histogram::new_with_bounds(1, LONGEST, 3).expect("these bounds are possible"),
            finished: None,
            end: None,
        }
    }

    pub(super) fn accept(&mut self, latency: Duration) {
        self.accepted += 1;
        self.latency.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(LONGEST));
    }

    pub(super) fn fail(&mut self, failure: Failure, count: u64) {
        if count > 0 {
            self.failed += count;
            *self.failures.entry(failure).or_default() += count;
        }
    }

    /// How many have their end.
    pub(super) const fn ended(&self) -> u64 {
        self.accepted + self.failed
    }

    /// Adds what another session did.
    pub(super) fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        for (failure, count) in other.failures {
            self.fail(failure, count);
        }
        self.latency.add(&other.latency).expect("all have the same bounds");
        self.finished = self.finished.max(other.finished);
        self.end = self.end.take().or(other.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_add_up_and_every_failure_is_kept_apart() {
        let mut all = Tally::new();
        for microseconds in [100, 300] {
            let mut one = Tally::new();
            one.accept(Duration::from_micros(microseconds));
            one.fail(Failure::TimedOut, 2);
            one.fail(Failure::Status(CommandStatus::ESME_RTHROTTLED), 1);
            one.fail(Failure::Unsent, 0);
            all.add(one);
        }
        assert_eq!((all.accepted, all.failed), (2, 6));
        assert_eq!(all.failures[&Failure::TimedOut], 4);
        assert_eq!(all.failures.len(), 2, "what did not happen is not told");
        assert_eq!((all.latency.min(), all.latency.max(), all.latency.len()), (100, 300, 2));
    }

    #[test]
    fn a_response_after_more_than_an_hour_counts_as_one_after_an_hour() {
        let mut tally = Tally::new();
        tally.accept(Duration::from_secs(100_000));
        assert!(tally.latency.max() >= LONGEST);
    }
}
