//! How fast requests may go out: a token bucket that slows down when the peer says so.

use crate::Instant;
use crate::types::CommandStatus;
use core::time::Duration;

/// What one message costs: a second, in units of a microsecond at a rate of 1/1000 message a second.
const MESSAGE: u64 = 1_000_000_000;

/// How long to pause when we are merely too fast, and when the peer's queue is full: in tenths of the configured pause.
const TOO_FAST: u8 = 10;
const QUEUE_FULL: u8 = 50;

/// Into how many steps the way from nothing back to the configured rate is cut.
const STEPS: u32 = 64;

/// A token bucket: `rate` messages a second on average, at most `burst` at once.
///
/// On ESME_RTHROTTLED, ESME_RMSGQFUL or a 5.0 `congestion_state` above 90 (5.0 §4.8.4.18) it pauses, goes on at half
/// the rate, and with each response that shows no congestion comes a little nearer to the configured rate again. All of
/// it is whole-number arithmetic: over a long time exactly the rate is kept.
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
    /// The configured rate in messages per 1000 s; 0 is no limit.
    full_rate: u32,
    /// The rate at present.
    rate: u32,
    /// In milliseconds.
    pause: u32,
    burst: u16,
}

impl Pace {
    /// At most `rate` messages a second, 0 for no limit, and `burst` (at least 1) at once. `pause` is how long nothing
    /// goes out after ESME_RTHROTTLED; after ESME_RMSGQFUL it is five times as long.
    #[must_use]
    pub fn new(rate: u32, burst: u16, pause: Duration) -> Self {
        let rate = rate.saturating_mul(1000);
        let burst = burst.max(1);
        let pause = u32::try_from(pause.as_millis()).unwrap_or(u32::MAX);
        Self {
            credit: MESSAGE.saturating_mul(burst.into()),
            counted: Instant::ZERO,
            full_rate: rate,
            rate,
            pause,
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
        self.count(now);
        self.credit = self.credit.saturating_sub(MESSAGE);
        Ok(())
    }

    /// When the next message may go: `now` or later.
    #[must_use]
    pub fn ready_at(&self, now: Instant) -> Instant {
        let start = self.counted.max(now);
        let missing = MESSAGE.saturating_sub(self.credit_at(start));
        if self.rate == 0 || missing == 0 {
            return start;
        }
        // Less than a message is missing, so that 32 bits are enough: a small processor cannot divide 64.
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        start.after_micros(missing.div_ceil(self.rate.max(1)).into())
    }

    /// Learns from a response: its status and, from a 5.0 peer, its `congestion_state`.
    pub fn observe(&mut self, now: Instant, status: CommandStatus, congestion_state: Option<u8>) {
        let tenths = match (status, congestion_state) {
            (CommandStatus::ESME_RTHROTTLED, _) => TOO_FAST,
            (CommandStatus::ESME_RMSGQFUL, _) => QUEUE_FULL,
            // 91 to 99 is heavy load, 100 congestion: the pause grows with it.
            (_, Some(state @ 91..)) => state.min(100).saturating_sub(90),
            // 80 to 90 is where a peer works best: stay there.
            (_, Some(80..=90)) => return,
            _ => return self.speed_up(now),
        };
        self.slow_down(now, tenths);
    }

    /// The present rate in messages per 1000 seconds; 0 is no limit.
    #[must_use]
    pub const fn rate_per_1000_s(&self) -> u32 {
        self.rate
    }

    /// Half the rate after a pause. What was sent before the pause is refused too: all of that is one congestion.
    fn slow_down(&mut self, now: Instant, tenths: u8) {
        if self.counted <= now {
            let least = (self.full_rate / STEPS).max(1).min(self.full_rate);
            self.rate = (self.rate / 2).max(least);
            // One message goes right behind the pause and finds out.
            self.credit = MESSAGE;
        }
        // A tenth of a millisecond is 100 microseconds.
        let pause = u64::from(self.pause).saturating_mul(100).saturating_mul(tenths.into());
        self.counted = self.counted.max(now.after_micros(pause));
    }

    fn speed_up(&mut self, now: Instant) {
        if self.rate < self.full_rate && self.counted <= now {
            self.count(now);
            self.rate = self.rate.saturating_add((self.full_rate / STEPS).max(1)).min(self.full_rate);
        }
    }

    /// Counts the credit up to `now`, at the rate that held until now.
    fn count(&mut self, now: Instant) {
        self.credit = self.credit_at(now);
        self.counted = self.counted.max(now);
    }

    fn credit_at(&self, now: Instant) -> u64 {
        let passed = now.as_micros().saturating_sub(self.counted.as_micros());
        self.credit.saturating_add(passed.saturating_mul(self.rate.into())).min(Self::most(self.burst))
    }

    /// `burst` messages, and half a one more: a caller that wakes up late by less than half an interval loses nothing.
    const fn most(burst: u16) -> u64 {
        MESSAGE.saturating_mul(burst as u64).saturating_add(MESSAGE / 2)
    }
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
        assert_eq!(pace.take(now), Err(now.after(Duration::from_millis(50))));
        assert_eq!(run(&mut pace, now, 2), now.after(Duration::from_millis(150)));
    }

    #[test]
    fn throttling_pauses_halves_and_climbs_back() {
        // Field note 6.
        let mut pace = Pace::new(20, 1, PAUSE);
        let now = Instant::from_millis(10_000);
        for _ in 0..10 {
            pace.observe(now, THROTTLED, None);
        }
        assert_eq!(pace.rate_per_1000_s(), 10_000, "ten refusals of one window are one congestion");
        assert_eq!(pace.take(now), Err(now.after(PAUSE)));
        let resumed = run(&mut pace, now, 1);
        assert_eq!(resumed, now.after(PAUSE));
        assert_eq!(pace.ready_at(resumed), resumed.after(Duration::from_millis(100)), "half the rate");
        for _ in 0..STEPS {
            pace.observe(resumed, OK, None);
        }
        assert_eq!(pace.rate_per_1000_s(), 20_000);
    }

    #[test]
    fn a_full_queue_pauses_longer() {
        let mut pace = Pace::new(20, 1, PAUSE);
        pace.observe(Instant::ZERO, CommandStatus::ESME_RMSGQFUL, None);
        assert_eq!(pace.ready_at(Instant::ZERO), Instant::from_millis(5000));
        let mut pace = Pace::default();
        pace.observe(Instant::ZERO, CommandStatus::ESME_RMSGQFUL, None);
        assert_eq!(pace.ready_at(Instant::ZERO), Instant::from_millis(5000), "also without a rate");
    }

    #[test]
    fn a_rate_never_falls_to_nothing() {
        let mut pace = Pace::new(1, 1, PAUSE);
        let mut now = Instant::ZERO;
        for _ in 0..100 {
            pace.observe(now, THROTTLED, None);
            now = run(&mut pace, now, 1);
        }
        assert_eq!(pace.rate_per_1000_s(), 1000 / STEPS);
    }

    #[test]
    fn congestion_state_slows_down_holds_and_lets_go() {
        let mut pace = Pace::new(20, 1, PAUSE);
        pace.observe(Instant::ZERO, OK, Some(95));
        assert_eq!(pace.rate_per_1000_s(), 10_000);
        assert_eq!(pace.ready_at(Instant::ZERO), Instant::from_millis(500));
        let later = Instant::from_millis(600);
        pace.observe(later, OK, Some(85));
        assert_eq!(pace.rate_per_1000_s(), 10_000);
        pace.observe(later, OK, Some(40));
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
            pace.observe(now, status, None);
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
        assert_eq!(run(11_000, 12_000, OK), 12, "then half the rate, a little faster with each response");
    }

    #[test]
    fn no_limit_is_no_limit() {
        let mut pace = Pace::default();
        assert_eq!(run(&mut pace, Instant::ZERO, 1000), Instant::ZERO);
    }

    #[test]
    fn it_stays_small() {
        assert!(size_of::<Pace>() <= 32);
    }
}
