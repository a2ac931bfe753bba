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
    frame 5_000;
    pdu 10_000;
    text 3_000;
    split_join 1_500;
    receipt 5_000;
    tracker 1_500;
    reassemble 3_000;
    session_pair 2_000;
    session_octets 5_000;
    link 2_000;
}

/// The octets of each vector of the core.
fn vectors() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../smpp-core/tests/vectors");
    let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let octets = |text: String| {
        let lines = text.lines().take_while(|line| !line.starts_with("expect"));
        let hex = lines.filter_map(|line| line.split('#').next()?.split_whitespace().next());
        hex.flat_map(|hex| hex.as_bytes().chunks(2).filter_map(octet).collect::<Vec<_>>()).collect()
    };
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.map(|path| octets(fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn the_vectors_of_the_core_hold_too() {
    let vectors = vectors();
    assert!(vectors.len() > 90, "{}", vectors.len());
    for vector in &vectors {
        crate::frame(vector);
        let (header, body) = vector.split_at(16.min(vector.len()));
        let named = header.get(4..8).and_then(|id| id.try_into().ok()).map(u32::from_be_bytes);
        let command = smpp_core::types::CommandId::NAMED.iter().position(|id| Some(id.0) == named);
        let choices = [u8::try_from(command.unwrap_or(0)).unwrap(), 0, 0, 1, 0];
        crate::pdu(&[&choices, body].concat());
    }
    crate::frame(&vectors.concat());
}
