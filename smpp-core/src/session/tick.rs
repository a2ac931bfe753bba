//! Moments in 32 bits, so that a slot of the window stays small.

use crate::Instant;
use core::time::Duration;

/// A moment in milliseconds of the caller's clock, wrapping after 49 days: two of them are compared by the shorter way
/// round, so they must lie less than 24 days apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Tick(u32);

impl Tick {
    pub(super) const ZERO: Self = Self(0);

    /// The millisecond in which `now` lies.
    pub(super) fn at(now: Instant) -> Self {
        Self::wrap(millis(now))
    }

    /// The first millisecond that begins no earlier than `wait` milliseconds behind `now`: never early, at most one
    /// millisecond late.
    pub(super) fn after(now: Instant, wait: u32) -> Self {
        Self::at(now.after_micros(999)).plus(wait)
    }

    /// `later` milliseconds behind this one.
    pub(super) const fn plus(self, later: u32) -> Self {
        Self(self.0.wrapping_add(later))
    }

    /// `earlier` milliseconds before this one.
    pub(super) const fn minus(self, earlier: u32) -> Self {
        Self(self.0.wrapping_sub(earlier))
    }

    /// The earlier one of two.
    pub(super) const fn earlier(self, other: Self) -> Self {
        if other.is_due(self) { other } else { self }
    }

    /// Whether this moment has come at `now`.
    pub(super) const fn is_due(self, now: Self) -> bool {
        now.0.wrapping_sub(self.0).cast_signed() >= 0
    }

    /// This moment on the caller's clock; `now` may lie on either side of it.
    pub(super) fn instant(self, now: Instant) -> Instant {
        let ahead = self.0.wrapping_sub(Self::at(now).0).cast_signed();
        Instant::from_millis(millis(now).saturating_add_signed(ahead as i64))
    }

    #[expect(clippy::cast_possible_truncation, reason = "it wraps on purpose")]
    const fn wrap(millis: u64) -> Self {
        Self(millis as u32)
    }
}

/// Whole milliseconds since the start of the caller's clock.
///
/// On bare metal by long division, 16 bits a digit: dividing 64 bits at once takes 400 octets of flash where the processor
/// cannot do it.
fn millis(now: Instant) -> u64 {
    let micros = now.as_micros();
    if cfg!(not(smpp_small)) {
        return micros / 1000;
    }
    let (mut millis, mut rest) = (0, 0);
    for digit in micros.to_be_bytes().as_chunks().0 {
        let divided = (rest << 16) | u32::from(u16::from_be_bytes(*digit));
        (millis, rest) = ((millis << 16) | u64::from(divided / 1000), divided % 1000);
    }
    millis
}

/// The longest time that a [`Tick`] can look ahead, in milliseconds: 12 days.
pub(super) const LONGEST: u32 = 1 << 30;

/// A duration in whole milliseconds, rounded up, at most [`LONGEST`].
// Settings are constants almost everywhere, and then it is no code at all.
#[inline(always)]
pub(super) fn whole_millis(duration: Duration) -> u32 {
    let seconds = u32::try_from(duration.as_secs()).unwrap_or(LONGEST);
    let rest = duration.subsec_nanos().div_ceil(1_000_000);
    seconds.saturating_mul(1000).saturating_add(rest).min(LONGEST)
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
                assert!(deadline.is_due(Tick::at(moment)));
                assert!(
                    wait == 0 || !deadline.is_due(Tick::at(Instant::from_micros(moment.as_micros() - 1)))
                );
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
