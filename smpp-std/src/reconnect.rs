//! When to connect again after a session ended, and what to do with the requests that ended with it.

use crate::error::Error;
use smpp_core::types::{CommandStatus, StatusClass};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How long to wait before the next attempt to connect and bind. Plain data: change what you need of [`Default`].
///
/// ```
/// use smpp_core::types::CommandStatus;
/// use smpp_std::{Error, Reconnect};
/// use std::time::Duration;
///
/// let reconnect = Reconnect { jitter: 0, ..Reconnect::default() };
/// let lost = Error::TimedOut;
/// assert_eq!(reconnect.delay(1, &lost), Duration::from_secs(1));
/// assert_eq!(reconnect.delay(4, &lost), Duration::from_secs(8));
/// assert_eq!(reconnect.delay(100, &lost), reconnect.longest);
/// let held = Error::BindRefused { address: "smsc:2775".into(), status: CommandStatus::ESME_RALYBND };
/// assert_eq!(reconnect.delay(1, &held), reconnect.already_bound);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reconnect {
    /// The delay after the first failure; it doubles with each further one. Default 1 s.
    pub first: Duration,
    /// It grows no longer than this. Default 60 s.
    pub longest: Duration,
    /// The same after a refused system_id, password or system_type (ESME_RBINDFAIL and its like), which seldom heals by itself
    /// and may lock the account: it doubles up to eight times this. Default 60 s.
    pub refused: Duration,
    /// The delay after ESME_RALYBND: the MC still holds the session that was lost, for a time that trying often does not
    /// shorten. Default 15 s.
    pub already_bound: Duration,
    /// Up to so many percent of each delay are taken off by chance, so that clients which lost the same MC do not all come
    /// back at once. Default 30.
    pub jitter: u8,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            refused: Duration::from_secs(60),
            already_bound: Duration::from_secs(15),
            jitter: 30,
        }
    }
}

impl Reconnect {
    /// How long to wait after `error`, the last of so many `failures` in a row: a session that ends is the first, an accepted
    /// bind ends the row.
    #[must_use]
    pub fn delay(&self, failures: u32, error: &Error) -> Duration {
        // Each of these is seeded by the system: chance without a generator of our own.
        self.delay_by(failures, error, RandomState::new().hash_one(failures))
    }

    fn delay_by(&self, failures: u32, error: &Error, chance: u64) -> Duration {
        let doubled = |first: Duration| first.saturating_mul(1 << failures.saturating_sub(1).min(20));
        let delay = match error {
            Error::BindRefused { status: CommandStatus::ESME_RALYBND, .. } => self.already_bound,
            Error::BindRefused { status, .. } if status.class() == StatusClass::BindError => {
                doubled(self.refused).min(self.refused.saturating_mul(8))
            }
            _ => doubled(self.first).min(self.longest),
        };
        let percent = u32::try_from(chance % (u64::from(self.jitter.min(100)) + 1)).unwrap_or(0);
        delay - delay / 100 * percent
    }
}

/// Which requests are sent again on the next session, of those that were abandoned with the last one: neither answered nor
/// timed out. One that timed out is unknown, as if it had been written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Resubmit {
    /// None: nothing is doubled, and what was lost is the caller's to find out.
    Never,
    /// Those of which not every octet left: nothing is doubled.
    #[default]
    Unwritten,
    /// All: nothing is lost, and those that had reached the MC are doubled.
    Unacknowledged,
}

impl Resubmit {
    /// Whether a request is sent again that ended as
    /// [`Event::Abandoned`](smpp_core::session::Event::Abandoned) with this `written`.
    #[must_use]
    pub const fn allows(self, written: bool) -> bool {
        match self {
            Self::Never => false,
            Self::Unwritten => !written,
            Self::Unacknowledged => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smpp_core::session::CloseReason;

    fn refused(status: CommandStatus) -> Error {
        Error::BindRefused { address: String::new(), status }
    }

    #[test]
    fn the_delay_doubles_up_to_its_cap() {
        let reconnect = Reconnect::default();
        let lost =
            Error::Closed { address: String::new(), reason: CloseReason::ConnectionLost, was_bound: true };
        let seconds: Vec<_> =
            (1..9).map(|failures| reconnect.delay_by(failures, &lost, 0).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(reconnect.delay_by(u32::MAX, &lost, 0), reconnect.longest);
        assert_eq!(reconnect.delay_by(0, &lost, 0), reconnect.first);
    }

    #[test]
    fn a_refused_password_is_tried_more_slowly() {
        let reconnect = Reconnect::default();
        for status in
            [CommandStatus::ESME_RINVPASWD, CommandStatus::ESME_RINVSYSID, CommandStatus::ESME_RBINDFAIL]
        {
            assert_eq!(reconnect.delay_by(1, &refused(status), 0), reconnect.refused);
            assert_eq!(reconnect.delay_by(9, &refused(status), 0), reconnect.refused * 8);
        }
        assert_eq!(reconnect.delay_by(1, &refused(CommandStatus::ESME_RSYSERR), 0), reconnect.first);
    }

    #[test]
    fn a_session_that_the_mc_still_holds_has_a_delay_of_its_own_uudashr_jsmpp_54() {
        let reconnect = Reconnect::default();
        for failures in [1, 9] {
            let delay = reconnect.delay_by(failures, &refused(CommandStatus::ESME_RALYBND), 0);
            assert_eq!(delay, reconnect.already_bound);
        }
    }

    #[test]
    fn chance_shortens_a_delay_by_no_more_than_the_jitter() {
        let reconnect = Reconnect::default();
        let delays: Vec<_> = (0..1000).map(|_| reconnect.delay(4, &Error::TimedOut).as_millis()).collect();
        assert!(delays.iter().all(|delay| (5_600..=8_000).contains(delay)));
        assert!(delays.iter().any(|delay| *delay < 6_500) && delays.iter().any(|delay| *delay > 7_200));
    }

    #[test]
    fn only_who_asks_for_it_doubles_a_request_jasmin_247() {
        assert_eq!([true, false].map(|written| Resubmit::Never.allows(written)), [false, false]);
        assert_eq!([true, false].map(|written| Resubmit::Unwritten.allows(written)), [false, true]);
        assert_eq!([true, false].map(|written| Resubmit::Unacknowledged.allows(written)), [true, true]);
    }
}
