//! Every property over a fixed list of inputs: small ones, large ones, tame ones, and the seeds.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// A small generator of numbers (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.next() % limit
    }

    /// Of very different lengths, and some with small octets only: where octets are choices, these repeat themselves.
    fn input(&mut self) -> Vec<u8> {
        let most = [8, 64, 300, 2000][self.below(4) as usize];
        let highest = [4, 32, 256, 256][self.below(4) as usize];
        (0..self.below(most)).map(|_| self.below(highest) as u8).collect()
    }
}

fn run(property: fn(&[u8]), name: &str, times: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
    let mut seeds: Vec<_> =
        fs::read_dir(folder).map_or(Vec::new(), |seeds| seeds.map(|seed| seed.unwrap().path()).collect());
    seeds.sort();
    let mut random = Random(0x5EED);
    let seeds = seeds.iter().map(|seed| fs::read(seed).unwrap());
    let inputs: Vec<_> = seeds.chain((0..times).map(|_| random.input())).collect();
    for input in inputs {
        // Says which input it was.
        let held = catch_unwind(AssertUnwindSafe(|| property(&input)));
        assert!(held.is_ok(), "{name}: the input is {}", input.escape_ascii());
    }
}

macro_rules! properties {
    ($($name:ident $times:literal;)*) => {$(
        #[test]
        fn $name() {
            run(crate::$name, stringify!($name), $times);
        }
    )*};
}

properties! {
    text 3_000;
    split_join 1_500;
    receipt 5_000;
    tracker 1_500;
    reassemble 3_000;
}
