//! Random choices for two links, always the same ones.

use crate::pair;

/// A small generator of numbers (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }
}

#[test]
fn whatever_befalls_two_links_their_books_are_right_and_both_come_to_their_end() {
    for seed in 1..=3_000u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut left = 50 + random.below(1_500);
        let held = std::panic::catch_unwind(move || {
            pair::run(&mut |limit| {
                left = left.checked_sub(1)?;
                Some(random.below(limit))
            });
        });
        assert!(held.is_ok(), "seed {seed}");
    }
}
