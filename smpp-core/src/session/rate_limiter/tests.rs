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
fn run(limiter: &mut RateLimiter, mut now: Instant, count: u32) -> Instant {
    for _ in 0..count {
        while let Err(ready) = limiter.take(now) {
            assert!(ready > now, "a wait must pass time");
            now = ready;
        }
    }
    now
}

#[test]
fn a_hundred_messages_at_20_a_second_from_an_empty_bucket_take_5_seconds() {
    let mut limiter = RateLimiter::new(20, 1, PAUSE);
    limiter.take(Instant::ZERO).unwrap();
    assert_eq!(run(&mut limiter, Instant::ZERO, 100), Instant::from_millis(5000));
}

#[test]
fn the_rate_is_exact_over_a_million_messages() {
    for rate in [1u32, 3, 7, 20, 333, 99_991] {
        let mut limiter = RateLimiter::new(rate, 1, PAUSE);
        limiter.take(Instant::ZERO).unwrap();
        let end = run(&mut limiter, Instant::ZERO, 1_000_000).as_micros();
        let exact = 1_000_000u64 * 1_000_000 / u64::from(rate);
        assert!(end >= exact && end <= exact + 1_000_000 / u64::from(rate), "{rate}: {end} {exact}");
    }
}

#[test]
fn waking_up_late_costs_no_rate() {
    let mut limiter = RateLimiter::new(20, 1, PAUSE);
    let mut now = Instant::ZERO;
    for _ in 0..100 {
        while let Err(ready) = limiter.take(now) {
            now = ready.after(Duration::from_millis(7));
        }
    }
    assert!(now <= Instant::from_millis(99 * 50 + 7), "{now:?}");
}

#[test]
fn a_burst_goes_at_once_and_no_more_than_that_is_saved_up() {
    let mut limiter = RateLimiter::new(10, 5, PAUSE);
    let now = Instant::from_millis(1_000_000);
    assert_eq!(run(&mut limiter, now, 5), now);
    assert_eq!(limiter.take(now), Err(now.after(Duration::from_millis(75))));
    assert_eq!(run(&mut limiter, now, 2), now.after(Duration::from_millis(175)));
}

#[test]
fn a_peer_that_counts_any_second_never_counts_one_too_many() {
    // 20 in 1.05 s leave as early as they may, and each comes up to 20 ms late.
    let mut limiter = RateLimiter::per(20, Duration::from_millis(1_050), 1, PAUSE);
    let mut now = Instant::from_millis(500_000);
    let mut arrivals = VecDeque::new();
    for number in 0..1_000u64 {
        while let Err(ready) = limiter.take(now) {
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
    let mut limiter = RateLimiter::per(10, Duration::from_secs(60), 1, PAUSE);
    let full = limiter.rate_per_1000_s();
    let mut throttled = limiter;
    throttled.observe(Instant::from_millis(10_000), Instant::from_millis(9_000), THROTTLED, None);
    assert_eq!(throttled.rate_per_1000_s(), full, "a congestion never raises it");
    limiter.take(Instant::ZERO).unwrap();
    let end = run(&mut limiter, Instant::ZERO, 10);
    assert!(end >= Instant::from_millis(60_000) && end < Instant::from_millis(60_500), "{end:?}");
}

#[test]
fn throttling_pauses_and_halves_once_for_all_that_was_sent_before() {
    // In practice 6.
    let mut limiter = RateLimiter::new(20, 1, PAUSE);
    let sent = Instant::from_millis(9_000);
    let now = Instant::from_millis(10_000);
    for early in (0..10).rev() {
        limiter.observe(Instant::from_millis(10_000 - early * 10), sent, THROTTLED, None);
    }
    assert_eq!(limiter.rate_per_1000_s(), 10_000, "ten refusals of one window are one congestion");
    assert_eq!(limiter.take(now), Err(now.after(PAUSE)));
    let resumed = run(&mut limiter, now, 1);
    assert_eq!(resumed, now.after(PAUSE));
    assert_eq!(limiter.ready_at(resumed), resumed.after(Duration::from_millis(100)), "half the rate");
    limiter.observe(resumed, resumed, THROTTLED, None);
    assert_eq!(limiter.rate_per_1000_s(), 5_000, "what was sent since is news");
}

#[test]
fn a_rate_climbs_fast_then_slowly_around_the_congestion_then_fast_again() {
    let mut limiter = RateLimiter::new(100, 1, PAUSE);
    limiter.rate = 40_000;
    let (now, later) = (Instant::from_millis(10_000), Instant::from_millis(20_000));
    limiter.observe(now, now, THROTTLED, None);
    let mut responses = [0; 3];
    while limiter.rate < 100_000 {
        let before = limiter.rate;
        limiter.observe(later, later, OK, None);
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
    limiter.observe(later, later, OK, None);
    assert_eq!(limiter.rate_per_1000_s(), 100_000, "never above the configured rate");
}

/// A peer that takes `limit` messages a second and `at_once` more at once, and answers in `latency`; gives how many it
/// took and refused in five minutes, of a sender that always has more to say.
fn five_minutes(
    mut limiter: RateLimiter,
    limit: u64,
    at_once: u64,
    window: usize,
    latency: u64,
) -> (u64, u64) {
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
            limiter.observe(now, sent, status, None);
        }
        while open.len() < window && limiter.take(now).is_ok() {
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
        let limiter = RateLimiter::new(rate, 1, pause);
        let (taken, refused) = five_minutes(limiter, limit, at_once, window, latency);
        let share = taken * 100 / (300 * limit.min(window as u64 * 1000 / latency));
        let line = format!("{limit} a second and {at_once} at once, window {window}, configured {rate}");
        assert!(share >= 70, "{share} % of {line}");
        assert!(refused <= taken / 8 + window as u64, "{refused} refused, {taken} taken of {line}");
    }
}

#[test]
fn responses_to_what_was_sent_before_a_congestion_change_no_rate_however_late() {
    let mut limiter = RateLimiter::new(100, 1, PAUSE);
    // Also on a clock that wraps in 32 bits of milliseconds at this moment, and 25 days later.
    let (sent, now) = (Instant::from_millis((1 << 32) - 20), Instant::from_millis(1 << 32));
    limiter.observe(now, sent, THROTTLED, None);
    let later = now.after(Duration::from_secs(2));
    limiter.observe(later, later, OK, None);
    let rate = limiter.rate_per_1000_s();
    assert!(rate > 50_000);
    limiter.observe(later, sent, THROTTLED, None);
    limiter.observe(later, sent, OK, None);
    assert_eq!(limiter.rate_per_1000_s(), rate);
    let much_later = now.after(Duration::from_secs(25 * 86_400));
    limiter.observe(much_later, much_later, OK, None);
    assert!(limiter.rate_per_1000_s() > rate);
    limiter.observe(much_later, much_later, THROTTLED, None);
    assert!(limiter.rate_per_1000_s() < rate);
}

#[test]
fn years_behind_a_congestion_its_responses_are_old_and_new_ones_are_news() {
    const YEAR: u64 = 365 * 86_400_000;
    for years in [1, 4, 5, 9, 13, 1_000, 500_000] {
        let (sent, now) = (Instant::from_millis(999_980), Instant::from_millis(1_000_000));
        let mut limiter = RateLimiter::new(100, 1, PAUSE);
        limiter.observe(now, sent, THROTTLED, None);
        let slow = limiter.rate_per_1000_s();
        let later = Instant::from_millis(1_000_000 + years * YEAR);
        limiter.observe(later, sent, OK, None);
        assert_eq!(limiter.rate_per_1000_s(), slow, "{years}");
        limiter.observe(later, later, OK, None);
        assert!(limiter.rate_per_1000_s() > slow, "{years}");
        limiter.observe(later, later, THROTTLED, None);
        assert!(limiter.rate_per_1000_s() < slow, "{years}");
    }
}

#[test]
fn a_burst_is_saved_up_however_long_that_takes() {
    // 32 bits of microseconds are 71 minutes.
    let mut limiter = RateLimiter::per(1, Duration::from_secs(50), 600, PAUSE);
    let start = Instant::from_millis(1);
    assert_eq!(run(&mut limiter, start, 600), start);
    let later = start.after(Duration::from_secs(600 * 50));
    assert_eq!(run(&mut limiter, later, 600), later);
}

#[test]
fn a_pause_lasts_as_long_as_it_was_set() {
    let days = Duration::from_secs(12 * 86_400);
    let mut limiter = RateLimiter::new(20, 1, days);
    limiter.observe(Instant::ZERO, Instant::ZERO, THROTTLED, None);
    assert_eq!(limiter.ready_at(Instant::ZERO), Instant::ZERO.after(days));
    limiter.observe(Instant::ZERO, Instant::ZERO, CommandStatus::ESME_RMSGQFUL, None);
    assert_eq!(limiter.ready_at(Instant::ZERO), Instant::ZERO.after(5 * days));
}

#[test]
fn what_was_saved_up_at_the_old_rate_counts_when_the_rate_rises() {
    let mut limiter = RateLimiter::new(20, 1, PAUSE);
    let now = Instant::from_millis(10_000);
    limiter.observe(now, now, THROTTLED, None);
    let resumed = run(&mut limiter, now, 1);
    // Ten a second: half a message in 50 ms. A response raises the rate; what is missing is due at the new one only.
    let half = resumed.after(Duration::from_millis(50));
    limiter.observe(half, half, OK, None);
    assert_eq!(limiter.rate_per_1000_s(), 11_000);
    assert_eq!(limiter.ready_at(half), half.after(Duration::from_micros(45_455)));
}

#[test]
fn without_a_pause_nothing_slows_down() {
    for rate in [0, 20] {
        let mut limiter = RateLimiter::new(rate, 1, Duration::ZERO);
        limiter.observe(Instant::ZERO, Instant::ZERO, THROTTLED, None);
        limiter.observe(Instant::ZERO, Instant::ZERO, OK, Some(100));
        assert_eq!(limiter, RateLimiter::new(rate, 1, Duration::ZERO));
    }
}

#[test]
fn a_full_queue_pauses_longer() {
    for mut limiter in [RateLimiter::new(20, 1, PAUSE), RateLimiter::default()] {
        limiter.observe(Instant::ZERO, Instant::ZERO, CommandStatus::ESME_RMSGQFUL, None);
        assert_eq!(limiter.ready_at(Instant::ZERO), Instant::from_millis(5000));
    }
}

#[test]
fn a_rate_never_falls_to_nothing() {
    for (rate, least) in [(20, 1000), (0, 1000), (1, 1000)] {
        let mut limiter = RateLimiter::new(rate, 1, PAUSE);
        let mut now = Instant::from_millis(1);
        for _ in 0..100 {
            limiter.observe(now, now, THROTTLED, None);
            now = run(&mut limiter, now, 1);
        }
        assert_eq!(limiter.rate_per_1000_s(), least);
    }
}

#[test]
fn congestion_state_slows_down_holds_and_lets_go() {
    let mut limiter = RateLimiter::new(20, 1, PAUSE);
    limiter.observe(Instant::ZERO, Instant::ZERO, OK, Some(95));
    assert_eq!(limiter.rate_per_1000_s(), 10_000);
    assert_eq!(limiter.ready_at(Instant::ZERO), Instant::from_millis(500));
    let later = Instant::from_millis(600);
    limiter.observe(later, later, OK, Some(85));
    assert_eq!(limiter.rate_per_1000_s(), 10_000);
    limiter.observe(later, later, OK, Some(40));
    assert!(limiter.rate_per_1000_s() > 10_000);
}

/// An account's sessions, none of which has a limit of its own, send by one limiter as early as it allows, in turn.
fn share(sessions: &mut [Session<1>], limiter: &mut RateLimiter, now: Instant, status: CommandStatus) -> u32 {
    let mut sent = 0;
    for session in sessions {
        if limiter.take(now).is_err() {
            continue;
        }
        let mut line = [0; 64];
        let (ticket, _) = session.send(now, &SubmitSm::default(), &mut line).unwrap();
        sent += 1;
        let len =
            encode_header(CommandId::SUBMIT_SM_RESP, status, ticket.sequence_number(), &mut line).unwrap();
        let Ok(Input::Pdu { event: Event::Response { status, .. }, .. }) =
            session.handle_input(now, &line[..len])
        else {
            panic!("no response")
        };
        limiter.observe(now, now, status, None);
    }
    sent
}

#[test]
fn several_sessions_of_one_account_share_one_pace_jasmin_925() {
    let (role, state, version) = (Role::Esme, State::BoundTrx, InterfaceVersion::V3_4);
    let snapshot = Snapshot { role, state, version, sequence_number: 0, unanswered: 0 };
    let mut sessions = [(); 3].map(|()| Session::resume(Config::default(), Instant::ZERO, snapshot));
    let mut limiter = RateLimiter::new(20, 1, PAUSE);
    let mut run = |from: u64, until: u64, status| -> u32 {
        (from..until)
            .map(|millis| share(&mut sessions, &mut limiter, Instant::from_millis(millis), status))
            .sum()
    };
    assert_eq!(run(0, 10_000, OK), 200, "as fast as one session alone");
    assert_eq!(run(10_000, 10_001, THROTTLED), 1, "one of them is refused");
    assert_eq!(run(10_001, 11_000, OK), 0, "and all of them pause");
    assert_eq!(run(11_000, 12_000, OK), 16, "then half the rate, faster with each response");
}

#[test]
fn no_limit_is_no_limit() {
    let mut limiter = RateLimiter::default();
    assert_eq!(run(&mut limiter, Instant::ZERO, 1000), Instant::ZERO);
}

#[test]
fn it_stays_small() {
    assert!(size_of::<RateLimiter>() <= 40);
}
