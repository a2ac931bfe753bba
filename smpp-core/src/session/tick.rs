//! Moments in 32 bits, so that a slot of the window stays small.

use crate::Instant;
use core::time::Duration;

/// A moment in milliseconds of the caller's clock, wrapping after 49 days: two of them are compared by the shorter way
/// round, so they must lie less than 24 days apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Tick(u32);

impl Tick {
    pub(super) const ZERO: Self = Self(0);

    /// The millisecond in which `now` lies.
    pub(super) const fn at(now: Instant) -> Self {
        Self::wrap(millis(now))
    }

    /// The first millisecond that begins no earlier than `wait` milliseconds behind `now`: never early, at most one
    /// millisecond late.
    pub(super) const fn after(now: Instant, wait: u32) -> Self {
        Self::wrap(now.as_micros().div_ceil(1000).wrapping_add(wait as u64))
    }

    /// `later` milliseconds behind this one.
    pub(super) const fn plus(self, later: u32) -> Self {
        Self(self.0.wrapping_add(later))
    }

    /// `earlier` milliseconds before this one.
    pub(super) const fn minus(self, earlier: u32) -> Self {
        Self(self.0.wrapping_sub(earlier))
    }

    /// Whether this moment has come at `now`.
    pub(super) const fn is_due(self, now: Instant) -> bool {
        Self::at(now).0.wrapping_sub(self.0).cast_signed() >= 0
    }

    /// This moment on the caller's clock; `now` may lie on either side of it.
    pub(super) const fn instant(self, now: Instant) -> Instant {
        let ahead = self.0.wrapping_sub(Self::at(now).0).cast_signed();
        Instant::from_millis(millis(now).saturating_add_signed(ahead as i64))
    }

    #[expect(clippy::cast_possible_truncation, reason = "it wraps on purpose")]
    const fn wrap(millis: u64) -> Self {
        Self(millis as u32)
    }
}

const fn millis(now: Instant) -> u64 {
    now.as_micros() / 1000
}

/// The longest time that a [`Tick`] can look ahead, in milliseconds: 12 days.
pub(super) const LONGEST: u32 = 1 << 30;

/// A duration in whole milliseconds, rounded up, at most [`LONGEST`].
pub(super) fn whole_millis(duration: Duration) -> u32 {
    let millis = duration.subsec_micros().div_ceil(1000);
    let whole = duration.as_secs().saturating_mul(1000).saturating_add(millis.into());
    u32::try_from(whole).unwrap_or(LONGEST).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_never_early_and_less_than_two_milliseconds_late() {
        for start in [0, 1, 999, 1000, (1 << 32) * 1000 - 1, (1 << 32) * 1000 + 500, (1 << 40) + 7] {
            for wait in [0u32, 1, 30_000, LONGEST] {
                let now = Instant::from_micros(start);
                let deadline = Tick::after(now, wait);
                let moment = deadline.instant(now);
                let exact = now.after(Duration::from_millis(wait.into()));
                assert!(moment >= exact && moment.since(exact) < Duration::from_millis(1), "{start} {wait}");
                assert!(deadline.is_due(moment));
                assert!(wait == 0 || !deadline.is_due(Instant::from_micros(moment.as_micros() - 1)));
                assert_eq!(deadline.instant(moment), moment);
            }
        }
    }

    #[test]
    fn durations_are_cut_to_what_a_tick_can_hold() {
        assert_eq!(whole_millis(Duration::from_micros(1)), 1);
        assert_eq!(whole_millis(Duration::MAX), LONGEST);
    }
}
