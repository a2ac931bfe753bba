//! Runs cases beside each other: for time in interleaved rounds, or one by one for the script that counts instructions.

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Each round runs every case for about so long, so that a busy moment of the machine hits all of them.
const ROUND: Duration = Duration::from_millis(8);
const ROUNDS: usize = 15;

/// One way to do one thing.
pub(crate) struct Case {
    pub(crate) operation: &'static str,
    pub(crate) by: &'static str,
    /// Does it so many times.
    pub(crate) run: fn(u32),
}

/// The way that the others of the same operation are compared with; it comes first.
pub(crate) const FLOOR: &str = "floor";

/// What a bench is asked for on the command line: a table of times, or, by `benches/instructions`, its cases one by one.
pub(crate) fn main(cases: &[Case]) {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => times(cases),
        ["cases"] => cases.iter().for_each(|case| println!("{}|{}", case.operation, case.by)),
        ["run", name, times] => {
            let case =
                cases.iter().find(|case| name == format!("{}|{}", case.operation, case.by)).expect("a case");
            (case.run)(times.parse().expect("how many times"));
        }
        _ => panic!("arguments: none, or `cases`, or `run CASE TIMES`"),
    }
}

/// Nanoseconds an operation, in one round.
fn round(case: &Case, times: u32) -> f64 {
    let start = Instant::now();
    (case.run)(times);
    start.elapsed().as_secs_f64() * 1e9 / f64::from(times)
}

/// How many runs of `case` fill a round.
fn times_a_round(case: &Case) -> u32 {
    let trial = 20_000;
    let nanoseconds = round(case, trial).max(0.1);
    (ROUND.as_secs_f64() * 1e9 / nanoseconds) as u32
}

/// Allocations an operation. The input is made once a run, so only what grows with the number of runs counts.
fn allocations(case: &Case) -> usize {
    let count = |times| {
        let region = Region::new(ALLOCATOR);
        (case.run)(times);
        region.change().allocations
    };
    (count(1_001) - count(1)) / 1_000
}

fn times(cases: &[Case]) {
    let plan: Vec<_> = cases.iter().map(|case| (case, times_a_round(case))).collect();
    let mut rounds = vec![Vec::new(); plan.len()];
    for _ in 0..ROUNDS {
        for (results, (case, times)) in rounds.iter_mut().zip(&plan) {
            results.push(round(case, *times));
        }
    }
    println!("| operation | by | ns (min) | ns (median) | x floor (min) | allocations |");
    println!("|---|---|---:|---:|---:|---:|");
    let mut floor = f64::NAN;
    for (results, case) in rounds.iter_mut().zip(cases) {
        results.sort_by(f64::total_cmp);
        let (min, median) = (results[0], results[ROUNDS / 2]);
        if case.by == FLOOR {
            floor = min;
        }
        let Case { operation, by, .. } = case;
        let ratio = min / floor;
        let allocations = allocations(case);
        println!("| {operation} | {by} | {min:.1} | {median:.1} | {ratio:.2} | {allocations} |");
    }
}
