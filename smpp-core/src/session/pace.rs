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
/// use smpp_core::session::Pace;
/// use smpp_core::Instant;
///
/// let mut pace = Pace::new(20, 1, Duration::from_secs(1));
/// let now = Instant::ZERO;
/// assert_eq!(pace.take(now), Ok(()));
/// assert_eq!(pace.take(now), Err(Instant::from_millis(50)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pace {
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
    /// When that was: what was sent by then belongs to it.
    slowed: Instant,
    /// The configured pause, in milliseconds.
    pause: u32,
    burst: u16,
}

impl Pace {
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
            slowed: Instant::ZERO,
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
        let is_old = self.ceiling != 0 && sent <= self.slowed;
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
        self.slowed = now;
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

impl Default for Pace {
    /// No limit; a pause of one second after ESME_RTHROTTLED.
    fn default() -> Self {
        Self::new(0, 1, Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdu::{SubmitSm, encode_header};
    use crate::session::{Config, Event, Input, Role, Session, Snapshot, State};
    use crate::types::{CommandId, InterfaceVersion};
    use std::collections::VecDeque;
    use std::format;

    const PAUSE: Duration = Duration::from_secs(1);
    const THROTTLED: CommandStatus = CommandStatus::ESME_RTHROTTLED;
    const OK: CommandStatus = CommandStatus::ESME_ROK;

    /// Sends `count` messages as early as allowed and gives the moment of the last.
    fn run(pace: &mut Pace, mut now: Instant, count: u32) -> Instant {
        for _ in 0..count {
            while let Err(ready) = pace.take(now) {
                assert!(ready > now, "a wait must pass time");
                now = ready;
            }
        }
        now
    }

    #[test]
    fn a_hundred_messages_at_20_a_second_from_an_empty_bucket_take_5_seconds() {
        let mut pace = Pace::new(20, 1, PAUSE);
        pace.take(Instant::ZERO).unwrap();
        assert_eq!(run(&mut pace, Instant::ZERO, 100), Instant::from_millis(5000));
    }

    #[test]
    fn the_rate_is_exact_over_a_million_messages() {
        for rate in [1u32, 3, 7, 20, 333, 99_991] {
            let mut pace = Pace::new(rate, 1, PAUSE);
            pace.take(Instant::ZERO).unwrap();
            let end = run(&mut pace, Instant::ZERO, 1_000_000).as_micros();
            let exact = 1_000_000u64 * 1_000_000 / u64::from(rate);
            assert!(end >= exact && end <= exact + 1_000_000 / u64::from(rate), "{rate}: {end} {exact}");
        }
    }

    #[test]
    fn waking_up_late_costs_no_rate() {
        let mut pace = Pace::new(20, 1, PAUSE);
        let mut now = Instant::ZERO;
        for _ in 0..100 {
            while let Err(ready) = pace.take(now) {
                now = ready.after(Duration::from_millis(7));
            }
        }
        assert!(now <= Instant::from_millis(99 * 50 + 7), "{now:?}");
    }

    #[test]
    fn a_burst_goes_at_once_and_no_more_than_that_is_saved_up() {
        let mut pace = Pace::new(10, 5, PAUSE);
        let now = Instant::from_millis(1_000_000);
        assert_eq!(run(&mut pace, now, 5), now);
        assert_eq!(pace.take(now), Err(now.after(Duration::from_millis(75))));
        assert_eq!(run(&mut pace, now, 2), now.after(Duration::from_millis(175)));
    }

    #[test]
    fn a_peer_that_counts_any_second_never_counts_one_too_many() {
        // 20 in 1.05 s leave as early as they may, and each comes up to 20 ms late.
        let mut pace = Pace::per(20, Duration::from_millis(1_050), 1, PAUSE);
        let mut now = Instant::from_millis(500_000);
        let mut arrivals = VecDeque::new();
        for number in 0..1_000u64 {
            while let Err(ready) = pace.take(now) {
                now = ready.after(Duration::from_millis(number * 7 % 25));
            }
            let arrival = now.after(Duration::from_millis(number * 13 % 20));
            arrivals.retain(|before: &Instant| arrival.since(*before) < Duration::from_secs(1));
            arrivals.push_back(arrival);
            assert!(arrivals.len() <= 20, "{number}");
        }
    }

    #[test]
    fn a_rate_may_be_for_a_minute() {
        let mut pace = Pace::per(10, Duration::from_secs(60), 1, PAUSE);
        let full = pace.rate_per_1000_s();
        let mut throttled = pace;
        throttled.observe(Instant::from_millis(10_000), Instant::from_millis(9_000), THROTTLED, None);
        assert_eq!(throttled.rate_per_1000_s(), full, "a congestion never raises it");
        pace.take(Instant::ZERO).unwrap();
        let end = run(&mut pace, Instant::ZERO, 10);
        assert!(end >= Instant::from_millis(60_000) && end < Instant::from_millis(60_500), "{end:?}");
    }

    #[test]
    fn throttling_pauses_and_halves_once_for_all_that_was_sent_before() {
        // In practice 6.
        let mut pace = Pace::new(20, 1, PAUSE);
        let sent = Instant::from_millis(9_000);
        let now = Instant::from_millis(10_000);
        for early in (0..10).rev() {
            pace.observe(Instant::from_millis(10_000 - early * 10), sent, THROTTLED, None);
        }
        assert_eq!(pace.rate_per_1000_s(), 10_000, "ten refusals of one window are one congestion");
        assert_eq!(pace.take(now), Err(now.after(PAUSE)));
        let resumed = run(&mut pace, now, 1);
        assert_eq!(resumed, now.after(PAUSE));
        assert_eq!(pace.ready_at(resumed), resumed.after(Duration::from_millis(100)), "half the rate");
        pace.observe(resumed, resumed, THROTTLED, None);
        assert_eq!(pace.rate_per_1000_s(), 5_000, "what was sent since is news");
    }

    #[test]
    fn a_rate_climbs_fast_then_slowly_around_the_congestion_then_fast_again() {
        let mut pace = Pace::new(100, 1, PAUSE);
        pace.rate = 40_000;
        let (now, later) = (Instant::from_millis(10_000), Instant::from_millis(20_000));
        pace.observe(now, now, THROTTLED, None);
        let mut responses = [0; 3];
        while pace.rate < 100_000 {
            let before = pace.rate;
            pace.observe(later, later, OK, None);
            let place = if before < 35_000 {
                0
            } else if before <= 45_000 {
                1
            } else {
                2
            };
            responses[place] += 1;
        }
        assert_eq!(responses, [15, 323, 55]);
        pace.observe(later, later, OK, None);
        assert_eq!(pace.rate_per_1000_s(), 100_000, "never above the configured rate");
    }

    /// A peer that takes `limit` messages a second and `at_once` more at once, and answers in `latency`; gives how many it
    /// took and refused in five minutes, of a sender that always has more to say.
    fn five_minutes(mut pace: Pace, limit: u64, at_once: u64, window: usize, latency: u64) -> (u64, u64) {
        let most = at_once * 1000;
        let (mut credit, mut taken, mut refused) = (most, 0, 0);
        let mut open = VecDeque::new();
        for millis in 0..300_000 {
            let now = Instant::from_millis(millis);
            credit = (credit + limit).min(most);
            while let Some(&(sent, status)) = open.front()
                && now.since(sent).as_millis() >= u128::from(latency)
            {
                open.pop_front();
                pace.observe(now, sent, status, None);
            }
            while open.len() < window && pace.take(now).is_ok() {
                let is_taken = credit >= 1000;
                credit -= if is_taken { 1000 } else { 0 };
                (taken, refused) = (taken + u64::from(is_taken), refused + u64::from(!is_taken));
                open.push_back((now, if is_taken { OK } else { THROTTLED }));
            }
        }
        (taken, refused)
    }

    #[test]
    fn the_rate_of_a_peer_is_found_and_kept_whatever_was_configured() {
        let pause = Duration::from_millis(500);
        for (rate, limit, at_once, window, latency) in [
            (0, 2, 1, 10, 20),
            (0, 5, 1, 10, 20),
            (0, 20, 10, 1000, 20),
            (0, 50, 1, 10, 20),
            (0, 50, 10, 10, 300),
            (0, 200, 10, 100, 20),
            (0, 1000, 10, 100, 20),
            (10, 3, 1, 10, 20),
            (10, 8, 1, 10, 20),
            (1000, 200, 10, 100, 20),
        ] {
            let pace = Pace::new(rate, 1, pause);
            let (taken, refused) = five_minutes(pace, limit, at_once, window, latency);
            let share = taken * 100 / (300 * limit.min(window as u64 * 1000 / latency));
            let line = format!("{limit} a second and {at_once} at once, window {window}, configured {rate}");
            assert!(share >= 70, "{share} % of {line}");
            assert!(refused <= taken / 8 + window as u64, "{refused} refused, {taken} taken of {line}");
        }
    }

    #[test]
    fn responses_to_what_was_sent_before_a_congestion_change_no_rate_however_late() {
        let mut pace = Pace::new(100, 1, PAUSE);
        // Also on a clock that wraps in 32 bits of milliseconds at this moment, and 25 days later.
        let (sent, now) = (Instant::from_millis((1 << 32) - 20), Instant::from_millis(1 << 32));
        pace.observe(now, sent, THROTTLED, None);
        let later = now.after(Duration::from_secs(2));
        pace.observe(later, later, OK, None);
        let rate = pace.rate_per_1000_s();
        assert!(rate > 50_000);
        pace.observe(later, sent, THROTTLED, None);
        pace.observe(later, sent, OK, None);
        assert_eq!(pace.rate_per_1000_s(), rate);
        let much_later = now.after(Duration::from_secs(25 * 86_400));
        pace.observe(much_later, much_later, OK, None);
        assert!(pace.rate_per_1000_s() > rate);
        pace.observe(much_later, much_later, THROTTLED, None);
        assert!(pace.rate_per_1000_s() < rate);
    }

    #[test]
    fn years_behind_a_congestion_its_responses_are_old_and_new_ones_are_news() {
        const YEAR: u64 = 365 * 86_400_000;
        for years in [1, 4, 5, 9, 13, 1_000, 500_000] {
            let (sent, now) = (Instant::from_millis(999_980), Instant::from_millis(1_000_000));
            let mut pace = Pace::new(100, 1, PAUSE);
            pace.observe(now, sent, THROTTLED, None);
            let slow = pace.rate_per_1000_s();
            let later = Instant::from_millis(1_000_000 + years * YEAR);
            pace.observe(later, sent, OK, None);
            assert_eq!(pace.rate_per_1000_s(), slow, "{years}");
            pace.observe(later, later, OK, None);
            assert!(pace.rate_per_1000_s() > slow, "{years}");
            pace.observe(later, later, THROTTLED, None);
            assert!(pace.rate_per_1000_s() < slow, "{years}");
        }
    }

    #[test]
    fn a_burst_is_saved_up_however_long_that_takes() {
        // 32 bits of microseconds are 71 minutes.
        let mut pace = Pace::per(1, Duration::from_secs(50), 600, PAUSE);
        let start = Instant::from_millis(1);
        assert_eq!(run(&mut pace, start, 600), start);
        let later = start.after(Duration::from_secs(600 * 50));
        assert_eq!(run(&mut pace, later, 600), later);
    }

    #[test]
    fn a_pause_lasts_as_long_as_it_was_set() {
        let days = Duration::from_secs(12 * 86_400);
        let mut pace = Pace::new(20, 1, days);
        pace.observe(Instant::ZERO, Instant::ZERO, THROTTLED, None);
        assert_eq!(pace.ready_at(Instant::ZERO), Instant::ZERO.after(days));
        pace.observe(Instant::ZERO, Instant::ZERO, CommandStatus::ESME_RMSGQFUL, None);
        assert_eq!(pace.ready_at(Instant::ZERO), Instant::ZERO.after(5 * days));
    }

    #[test]
    fn what_was_saved_up_at_the_old_rate_counts_when_the_rate_rises() {
        let mut pace = Pace::new(20, 1, PAUSE);
        let now = Instant::from_millis(10_000);
        pace.observe(now, now, THROTTLED, None);
        let resumed = run(&mut pace, now, 1);
        // Ten a second: half a message in 50 ms. A response raises the rate; what is missing is due at the new one only.
        let half = resumed.after(Duration::from_millis(50));
        pace.observe(half, half, OK, None);
        assert_eq!(pace.rate_per_1000_s(), 11_000);
        assert_eq!(pace.ready_at(half), half.after(Duration::from_micros(45_455)));
    }

    #[test]
    fn without_a_pause_nothing_slows_down() {
        for rate in [0, 20] {
            let mut pace = Pace::new(rate, 1, Duration::ZERO);
            pace.observe(Instant::ZERO, Instant::ZERO, THROTTLED, None);
            pace.observe(Instant::ZERO, Instant::ZERO, OK, Some(100));
            assert_eq!(pace, Pace::new(rate, 1, Duration::ZERO));
        }
    }

    #[test]
    fn a_full_queue_pauses_longer() {
        for mut pace in [Pace::new(20, 1, PAUSE), Pace::default()] {
            pace.observe(Instant::ZERO, Instant::ZERO, CommandStatus::ESME_RMSGQFUL, None);
            assert_eq!(pace.ready_at(Instant::ZERO), Instant::from_millis(5000));
        }
    }

    #[test]
    fn a_rate_never_falls_to_nothing() {
        for (rate, least) in [(20, 1000), (0, 1000), (1, 1000)] {
            let mut pace = Pace::new(rate, 1, PAUSE);
            let mut now = Instant::from_millis(1);
            for _ in 0..100 {
                pace.observe(now, now, THROTTLED, None);
                now = run(&mut pace, now, 1);
            }
            assert_eq!(pace.rate_per_1000_s(), least);
        }
    }

    #[test]
    fn congestion_state_slows_down_holds_and_lets_go() {
        let mut pace = Pace::new(20, 1, PAUSE);
        pace.observe(Instant::ZERO, Instant::ZERO, OK, Some(95));
        assert_eq!(pace.rate_per_1000_s(), 10_000);
        assert_eq!(pace.ready_at(Instant::ZERO), Instant::from_millis(500));
        let later = Instant::from_millis(600);
        pace.observe(later, later, OK, Some(85));
        assert_eq!(pace.rate_per_1000_s(), 10_000);
        pace.observe(later, later, OK, Some(40));
        assert!(pace.rate_per_1000_s() > 10_000);
    }

    /// An account's sessions, none of which has a limit of its own, send by one pace as early as it allows, in turn.
    fn share(sessions: &mut [Session<1>], pace: &mut Pace, now: Instant, status: CommandStatus) -> u32 {
        let mut sent = 0;
        for session in sessions {
            if pace.take(now).is_err() {
                continue;
            }
            let mut line = [0; 64];
            let (ticket, _) = session.send(now, &SubmitSm::default(), &mut line).unwrap();
            sent += 1;
            let len = encode_header(CommandId::SUBMIT_SM_RESP, status, ticket.sequence_number(), &mut line)
                .unwrap();
            let Ok(Input::Pdu { event: Event::Response { status, .. }, .. }) =
                session.handle_input(now, &line[..len])
            else {
                panic!("no response")
            };
            pace.observe(now, now, status, None);
        }
        sent
    }

    #[test]
    fn several_sessions_of_one_account_share_one_pace_jasmin_925() {
        let (role, state, version) = (Role::Esme, State::BoundTrx, InterfaceVersion::V3_4);
        let snapshot = Snapshot { role, state, version, sequence_number: 0, unanswered: 0 };
        let mut sessions = [(); 3].map(|()| Session::resume(Config::default(), Instant::ZERO, snapshot));
        let mut pace = Pace::new(20, 1, PAUSE);
        let mut run = |from: u64, until: u64, status| -> u32 {
            (from..until)
                .map(|millis| share(&mut sessions, &mut pace, Instant::from_millis(millis), status))
                .sum()
        };
        assert_eq!(run(0, 10_000, OK), 200, "as fast as one session alone");
        assert_eq!(run(10_000, 10_001, THROTTLED), 1, "one of them is refused");
        assert_eq!(run(10_001, 11_000, OK), 0, "and all of them pause");
        assert_eq!(run(11_000, 12_000, OK), 16, "then half the rate, faster with each response");
    }

    #[test]
    fn no_limit_is_no_limit() {
        let mut pace = Pace::default();
        assert_eq!(run(&mut pace, Instant::ZERO, 1000), Instant::ZERO);
    }

    #[test]
    fn it_stays_small() {
        assert!(size_of::<Pace>() <= 48);
    }
}
