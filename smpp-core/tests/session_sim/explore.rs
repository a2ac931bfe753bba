//! Every interleaving of two small sessions over a line that may break, to a stated depth: the real code, not a model.
//!
//! States that look alike (`Debug` of both sessions, their buffers and wires) are visited once. In each of them
//! everything that must hold is checked, and from each of them the pair must come to its end: no livelock, no deadlock.
//! `SMPP_EXPLORE_DEPTH` goes that many steps deeper.

use crate::config;
use crate::pair::Pair;
use smpp_core::Instant;
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::session::Config;
use smpp_core::types::CommandStatus;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// One thing that can happen, to the side with this index.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Step {
    /// The ESME binds.
    Bind,
    /// The MC refuses the bind in its hands.
    Reject,
    /// The application sends a request.
    Send(usize),
    /// The application answers the oldest request in its hands.
    Answer(usize),
    /// The application unbinds.
    Unbind(usize),
    /// The transport takes everything that waits.
    HandOver(usize),
    /// One PDU arrives and is taken.
    Arrive(usize),
    /// The connection breaks, and what is under way to this side is lost.
    Break(usize),
    /// The next timer is due.
    Time,
}

const STEPS: [Step; 15] = [
    Step::Bind,
    Step::Reject,
    Step::Send(0),
    Step::Send(1),
    Step::Answer(0),
    Step::Answer(1),
    Step::Unbind(0),
    Step::Unbind(1),
    Step::HandOver(0),
    Step::HandOver(1),
    Step::Arrive(0),
    Step::Arrive(1),
    Step::Break(0),
    Step::Break(1),
    Step::Time,
];

/// Makes `step` happen, if it can.
fn take(pair: &mut Pair, step: Step) -> bool {
    let any = match step {
        Step::Bind => pair.bind(),
        Step::Reject => {
            !pair.ends[1].session.state().is_bound() && pair.answer(1, 0, CommandStatus::ESME_RSYSERR)
        }
        Step::Send(side) => pair.ends[side].sent < 2 && pair.send(side, 0),
        Step::Answer(side) => pair.answer(side, 0, CommandStatus::ESME_ROK),
        Step::Unbind(side) => pair.ends[side].session.unbind(pair.now).is_ok(),
        Step::HandOver(side) => pair.transmit(side, usize::MAX) > 0,
        Step::Arrive(side) => {
            let first = match Frame::split(&pair.wires[1 - side], MAX_PDU) {
                Ok(Split::Frame(frame)) => frame.octets.len(),
                _ => 0,
            };
            let arrived = pair.deliver(side, first) > 0;
            pair.take_one(side);
            arrived
        }
        Step::Break(side) => {
            let any = !pair.ends[side].cut;
            pair.cut(side);
            pair.wires[1 - side].clear();
            any
        }
        Step::Time => match pair.next_wake_up() {
            Some(at) => {
                pair.advance(at);
                true
            }
            None => false,
        },
    };
    pair.pump(0);
    pair.pump(1);
    any
}

fn replay(start: Start, path: &[Step]) -> Pair {
    let config = Config { window: 1, enquire_link_attempts: 2, ..config() };
    let mut pair = start(config, Instant::from_millis(1000));
    for &step in path {
        take(&mut pair, step);
    }
    pair
}

/// What tells two states apart.
fn fingerprint(pair: &Pair) -> u64 {
    let mut hasher = DefaultHasher::new();
    for end in &pair.ends {
        format!("{:?}", end.session).hash(&mut hasher);
        (&end.rx, &end.tx, end.handed_over, &end.in_hand, end.sent, end.cut).hash(&mut hasher);
    }
    pair.wires.hash(&mut hasher);
    hasher.finish()
}

/// How a pair begins.
type Start = fn(Config, Instant) -> Pair;

fn explore(start: Start, depth: usize) {
    let deeper = std::env::var("SMPP_EXPLORE_DEPTH").map_or(0, |deeper| deeper.parse::<usize>().unwrap());
    let depth = depth + deeper;
    let mut seen = HashSet::from([fingerprint(&replay(start, &[]))]);
    let mut level: Vec<Vec<Step>> = vec![Vec::new()];
    let mut transitions = 0usize;
    for _ in 0..depth {
        let mut next = Vec::new();
        for path in &level {
            for step in STEPS {
                let mut pair = replay(start, path);
                if !take(&mut pair, step) {
                    continue;
                }
                transitions += 1;
                if seen.insert(fingerprint(&pair)) {
                    let mut longer = path.clone();
                    longer.push(step);
                    // Says on a failure how it came to it.
                    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                        pair.check();
                        pair.finish();
                    }));
                    assert!(ended.is_ok(), "after {longer:?}");
                    next.push(longer);
                }
            }
        }
        level = next;
    }
    println!("{} states, {transitions} transitions, depth {depth}", seen.len());
    assert!(seen.len() > 1_000, "the explorer hardly moved");
}

#[test]
fn every_interleaving_of_a_bound_pair_keeps_the_promises_and_ends() {
    explore(Pair::bound, 9);
}

#[test]
fn every_interleaving_from_the_connection_on_keeps_the_promises_and_ends() {
    explore(Pair::open, 13);
}
