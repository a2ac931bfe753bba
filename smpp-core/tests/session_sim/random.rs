//! A million operations at random, the same in every run: latency, fragments, buffers that fill up, applications that
//! dawdle, transports that stand still, connections that break.

use crate::config;
use crate::pair::Pair;
use smpp_core::Instant;
use smpp_core::session::{Config, State};
use smpp_core::types::CommandStatus;
use std::time::Duration;

/// The seeds, and how many operations each of them is good for.
const SEEDS: [u64; 10] = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89];
const OPERATIONS: usize = 100_000;

/// A small generator of numbers (xorshift64*).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    }

    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.next() % limit
    }
}

fn random_config(random: &mut Random) -> Config {
    Config {
        window: 1 + random.below(4) as u16,
        rate: [0, 0, 2, 50][random.below(4) as usize],
        enquire_link_attempts: 1 + random.below(2) as u8,
        enquire_link_always: random.below(2) == 0,
        ..config()
    }
}

/// One operation. Time passes by itself only when `operation` says so.
fn step(pair: &mut Pair, random: &mut Random) {
    let side = random.below(2) as usize;
    match random.below(1000) {
        0..200 => {
            let kind = random.next();
            pair.send(side, kind);
        }
        200..400 => {
            let which = random.next() as usize;
            let refuses = random.below(5) == 0;
            pair.answer(
                side,
                which,
                if refuses { CommandStatus::ESME_RSYSERR } else { CommandStatus::ESME_ROK },
            );
        }
        400..600 => {
            let most = 1 + random.below(120) as usize;
            pair.transmit(side, most);
        }
        600..800 => {
            let most = 1 + random.below(120) as usize;
            pair.deliver(side, most);
            while pair.take_one(side) {}
        }
        800..900 => {
            let most = if random.below(100) == 0 { 6_000_000 } else { 150_000 };
            let pause = Duration::from_micros(u64::from(random.below(most)));
            let to = pair.now.after(pause);
            // Asleep until the end of the pause, but for the wake-ups in between.
            while let Some(at) = pair.next_wake_up().filter(|&at| at <= to) {
                pair.advance(at);
            }
            pair.advance(to);
        }
        900..990 => {
            pair.pump(side);
        }
        990..998 => {
            // Only a bound session may ask; that it says so is no fault.
            let _ = pair.ends[side].session.enquire_link(pair.now);
        }
        998 if random.below(4) == 0 => {
            let _ = pair.ends[side].session.unbind(pair.now);
        }
        _ if random.below(8) == 0 => pair.cut(side),
        _ => {}
    }
    // Sessions that are over close their connection.
    if pair.ends[side].session.state() == State::Closed {
        pair.pump(side);
        pair.transmit(side, usize::MAX);
        pair.cut(side);
    }
}

#[test]
fn a_million_random_operations_lose_and_double_nothing() {
    let (mut sent, mut sessions) = (0, 0);
    for seed in SEEDS {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut left = OPERATIONS;
        while left > 0 {
            let start = Instant::from_micros(u64::from(random.next()) * 1_000_000);
            let mut pair = Pair::bound(random_config(&mut random), start);
            let operations = (1 + random.below(1500) as usize).min(left);
            for _ in 0..operations {
                if pair.ends.iter().all(|end| end.closed) {
                    break;
                }
                left -= 1;
                step(&mut pair, &mut random);
                pair.pump(0);
                pair.pump(1);
                pair.check();
            }
            pair.finish();
            sent += pair.ends[0].sent + pair.ends[1].sent;
            sessions += 1;
        }
    }
    println!("{} operations in {sessions} sessions, {sent} requests", SEEDS.len() * OPERATIONS);
    assert!(sent > 30_000 && sessions > 1_000, "the operations were too tame");
}
