//! How fast requests may go out: a token bucket that slows down when the peer says so.

use super::tick::whole_millis;
use crate::Instant;
use crate::types::CommandStatus;
use core::time::Duration;

/// What one message costs: a second, in units of a microsecond at a rate of 1/1000 message a second.
const MESSAGE: u64 = 1_000_000_000;

/// How long to pause when we are merely too fast, and when the peer's queue is full: in tenths of the configured pause.
const TOO_FAST: u8 = 10;
const QUEUE_FULL: u8 = 50;

/// How late a caller may wake up without losing rate, in microseconds: as late as the timer of an operating system is at
/// most times. More would let two messages come closer than a peer with a low rate allows.
const LATE: u64 = 25_000;

/// The rate without a limit.
const UNLIMITED: u32 = u32::MAX;

/// The rate below which nothing is slowed down: a message a second.
const LEAST: u32 = 1000;

/// The rate that is tried after the first congestion when none is configured: 20 messages a second.
const FIRST: u32 = 20_000;

/// How much each response raises the rate: a message a second, so that it grows by the factor e in a second, but never by
/// more than an eighth. Near the rate at which the peer was congested, where it is to be kept, 32 times as slowly.
const FAST: u32 = 1000;
const SLOW: u32 = 31;

/// A token bucket: `rate` messages a second on average, at most `burst` at once.
///
/// On ESME_RTHROTTLED, ESME_RMSGQFUL or a 5.0 `congestion_state` above 90 (5.0 §4.8.4.18) it pauses and goes on at half
/// the rate. Each response that shows no congestion raises the rate again: fast, slowly around the rate at which the
/// congestion was, then fast again, up to the configured one. Without a configured rate 20 a second is where it begins.
/// Responses to what was sent before the congestion neither raise nor lower the rate. All of it is whole-number arithmetic:
/// over a long time exactly the rate is kept.
///
/// A [`Session`](super::Session) has its own. Several sessions of one account can share one instead: leave the session
/// unlimited, [`take`](Self::take) before each `send`, and [`observe`](Self::observe) each response.
///
/// ```
/// use core::time::Duration;
/// use smpp_core::session::RateLimiter;
/// use smpp_core::Instant;
///
/// let mut limiter = RateLimiter::new(20, 1, Duration::from_secs(1));
/// let now = Instant::ZERO;
/// assert_eq!(limiter.take(now), Ok(()));
/// assert_eq!(limiter.take(now), Err(Instant::from_millis(50)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RateLimiter {
    /// What may be spent, in the units of [`MESSAGE`].
    credit: u64,
    /// Up to when credit was counted. Lies in the future during a pause.
    counted: Instant,
    /// The rate at present, in messages per 1000 s, or [`UNLIMITED`].
    rate: u32,
    /// The configured rate.
    full_rate: u32,
    /// The rate at which the peer was congested last; 0 when it never was.
    ceiling: u32,
    /// When that was, see [`coarse`]: what was sent by then belongs to it.
    slowed: [u16; 3],
    /// The configured pause, in milliseconds.
    pause: u32,
    burst: u16,
}

impl RateLimiter {
    /// At most `rate` messages a second, 0 for no limit, and `burst` (at least 1) at once. `pause` is how long nothing
    /// goes out after ESME_RTHROTTLED; after ESME_RMSGQFUL it is five times as long. Without a pause nothing slows down.
    #[must_use]
    pub fn new(rate: u32, burst: u16, pause: Duration) -> Self {
        Self::per(rate, Duration::from_secs(1), burst, pause)
    }

    /// The same with `rate` messages in each `period` of at least a millisecond: 10 a minute, or 20 in 1.05 s for a peer
    /// that takes no more than 20 in any second by its own clock, the jitter of the line included.
    #[must_use]
    pub fn per(rate: u32, period: Duration, burst: u16, pause: Duration) -> Self {
        let rate = if rate == 0 { UNLIMITED } else { per_1000_s(rate, period) };
        let burst = burst.max(1);
        Self {
            credit: MESSAGE.saturating_mul(burst.into()),
            counted: Instant::ZERO,
            rate,
            full_rate: rate,
            ceiling: 0,
            slowed: [0; 3],
            pause: whole_millis(pause),
            burst,
        }
    }

    /// Spends one message.
    ///
    /// # Errors
    /// When the next message may go, if that is not now.
    pub fn take(&mut self, now: Instant) -> Result<(), Instant> {
        let ready = self.ready_at(now);
        if ready > now {
            return Err(ready);
        }
        self.spend(now);
        Ok(())
    }

    /// Spends a message that is ready.
    pub(super) fn spend(&mut self, now: Instant) {
        self.count(now);
        self.credit = self.credit.saturating_sub(MESSAGE);
    }

    /// When the next message may go: `now` or later.
    #[must_use]
    pub fn ready_at(&self, now: Instant) -> Instant {
        if self.rate == UNLIMITED {
            return now;
        }
        let start = self.counted.max(now);
        let missing = MESSAGE.saturating_sub(self.credit_at(start));
        // Less than a message is missing, so that 32 bits are enough: a small processor cannot divide 64.
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        start.after_micros(missing.div_ceil(self.rate.max(1)).into())
    }

    /// Learns from a response to a request that was sent at `sent`: its status and, from a 5.0 peer, its
    /// `congestion_state`.
    pub fn observe(
        &mut self,
        now: Instant,
        sent: Instant,
        status: CommandStatus,
        congestion_state: Option<u8>,
    ) {
        if self.pause == 0 {
            return;
        }
        let is_old = self.ceiling != 0 && coarse(sent) <= self.slowed;
        let tenths = match (status, congestion_state) {
            (CommandStatus::ESME_RTHROTTLED, _) => TOO_FAST,
            (CommandStatus::ESME_RMSGQFUL, _) => QUEUE_FULL,
            // 91 to 99 is heavy load, 100 congestion: the pause grows with it.
            (_, Some(state @ 91..)) => state.min(100).saturating_sub(90),
            // 80 to 90 is where a peer works best: stay there.
            (_, Some(80..=90)) => return,
            _ if is_old => return,
            _ => return self.speed_up(now),
        };
        if !is_old {
            self.slow_down(now);
        }
        let pause = u64::from(self.pause).saturating_mul(100).saturating_mul(tenths.into());
        self.counted = self.counted.max(now.after_micros(pause));
    }

    /// The present rate in messages per 1000 seconds; 0 is no limit.
    #[must_use]
    pub const fn rate_per_1000_s(&self) -> u32 {
        if self.rate == UNLIMITED { 0 } else { self.rate }
    }

    /// Half the rate, or the first one.
    fn slow_down(&mut self, now: Instant) {
        let half = if self.rate == UNLIMITED { FIRST } else { self.rate / 2 };
        self.ceiling = self.rate;
        // A configured rate may be below the least.
        self.rate = half.max(LEAST.min(self.full_rate));
        self.slowed = coarse(now);
        // One message goes right behind the pause and finds out.
        (self.credit, self.counted) = (MESSAGE, now);
    }

    fn speed_up(&mut self, now: Instant) {
        if self.rate >= self.full_rate {
            return;
        }
        self.count(now);
        let is_near = self.rate.abs_diff(self.ceiling) <= self.ceiling / 8;
        let step = if is_near { SLOW } else { FAST.min(self.rate / 8) };
        self.rate = self.rate.saturating_add(step).min(self.full_rate);
    }

    /// Counts the credit up to `now`, at the rate that held until now.
    fn count(&mut self, now: Instant) {
        self.credit = self.credit_at(now);
        self.counted = self.counted.max(now);
    }

    fn credit_at(&self, now: Instant) -> u64 {
        let passed = now.as_micros().saturating_sub(self.counted.as_micros());
        let earned = passed.saturating_mul(self.rate.into());
        // A little more than `burst`, for a caller that wakes up late: half a message at most.
        let late = LATE.saturating_mul(self.rate.into()).min(MESSAGE / 2);
        let most = MESSAGE.saturating_mul(self.burst.into()).saturating_add(late);
        self.credit.saturating_add(earned).min(most)
    }
}

/// `rate` messages in each `period`, in messages per 1000 s; at least one.
fn per_1000_s(rate: u32, period: Duration) -> u32 {
    // In 32 bits, as a small processor cannot divide more.
    let (rate, period) = (rate.saturating_mul(1000), whole_millis(period).max(1));
    let (whole, rest) = (rate.checked_div(period), rate.checked_rem(period));
    let rest = rest.map(|rest| rest.saturating_mul(1000)).and_then(|rest| rest.checked_div(period));
    whole.unwrap_or_default().saturating_mul(1000).saturating_add(rest.unwrap_or_default()).max(1)
}

/// A moment in units of 65.536 ms, in the 48 bits that it takes. The pause behind a congestion is longer than a unit, or
/// congestions within one count as one.
const fn coarse(moment: Instant) -> [u16; 3] {
    let [a, b, c, d, e, f, _, _] = moment.as_micros().to_be_bytes();
    [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]), u16::from_be_bytes([e, f])]
}

impl Default for RateLimiter {
    /// No limit; a pause of one second after ESME_RTHROTTLED.
    fn default() -> Self {
        Self::new(0, 1, Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests;
