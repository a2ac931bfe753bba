//! Giving out references for long messages.

use crate::time::Instant;
use core::fmt;
use core::time::Duration;

/// Gives out concatenation references so that two messages to one destination never share one while both may be
/// unfinished there (3GPP TS 23.040 §9.2.3.24.1).
///
/// Destinations are spread over `BUCKETS` counters by their digits. Each counter runs through its references in order,
/// and enters a half of them again only when the last message of that half is older than `hold`: so a clash cannot
/// happen, and at least half of all references can be in use in each bucket. It takes 24 octets a bucket, whatever the
/// number of messages. The buckets are the caller's: an array inside, a `Vec`, a `Box`.
///
/// One set of references is for one kind of part. Where an MC may turn `sar_msg_ref_num` into an 8-bit header, share one
/// narrow set between the two.
///
/// ```
/// use core::time::Duration;
/// use smpp_core::Instant;
/// use smpp_core::sms::reference::{Bucket, References};
///
/// let mut references = References::narrow([Bucket::EMPTY; 16], 0x2A, Duration::from_secs(600));
/// let first = references.next(Instant::ZERO, b"46700000002")?;
/// let second = references.next(Instant::ZERO, b"46700000002")?;
/// assert_ne!(first, second);
/// # Ok::<(), smpp_core::sms::reference::NoReference>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct References<S> {
    hold: Duration,
    /// Where the counters begin.
    start: u16,
    /// The highest reference: 0xFF or 0xFFFF.
    mask: u16,
    buckets: S,
}

/// One counter of [`References`]: 24 octets.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Bucket {
    /// How far it is from the start.
    next: u16,
    /// Until when the lower and the upper half are held, as it counts.
    held: [Instant; 2],
}

impl Bucket {
    /// A counter at its start.
    pub const EMPTY: Self = Self { next: 0, held: [Instant::ZERO; 2] };
}

impl Default for Bucket {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// All references that a destination may be given are held by live messages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NoReference {
    /// When the next one is free.
    pub free_at: Instant,
}

impl fmt::Display for NoReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no concatenation reference is free before {} µs", self.free_at.as_micros())
    }
}

impl core::error::Error for NoReference {}

impl<S: AsRef<[Bucket]> + AsMut<[Bucket]>> References<S> {
    /// References of 8 bits. `start` is where the counters begin: take a random number, so that a program that starts
    /// again does not use what it used before. A reference is held for `hold`, the time that a receiver may keep an
    /// unfinished message.
    #[must_use]
    pub const fn narrow(buckets: S, start: u16, hold: Duration) -> Self {
        Self { hold, start, mask: 0xFF, buckets }
    }

    /// References of 16 bits, see [`References::narrow`].
    #[must_use]
    pub const fn wide(buckets: S, start: u16, hold: Duration) -> Self {
        Self { hold, start, mask: 0xFFFF, buckets }
    }

    /// The reference of the next message to `destination`, given by its digits alone: the same number under another
    /// type or plan is the same mobile.
    ///
    /// # Errors
    /// [`NoReference`] when they are all held (or when there are no buckets).
    pub fn next(&mut self, now: Instant, destination: &[u8]) -> Result<u16, NoReference> {
        let (hold, mask) = (self.hold, self.mask);
        let never = NoReference { free_at: Instant::from_micros(u64::MAX) };
        let buckets = self.buckets.as_mut();
        let index = hash(destination).checked_rem(buckets.len()).ok_or(never)?;
        let bucket = buckets.get_mut(index).ok_or(never)?;
        let count = bucket.next;
        let half = mask.div_ceil(2);
        let [lower, upper] = &mut bucket.held;
        let held = if count < half { lower } else { upper };
        // Within a half the counter goes on: what it gives out there was last used before the half was entered.
        if count.checked_rem(half) == Some(0) && now < *held {
            return Err(NoReference { free_at: *held });
        }
        *held = now.after(hold).max(*held);
        bucket.next = count.wrapping_add(1) & mask;
        Ok(self.start.wrapping_add(count) & mask)
    }
}

/// FNV-1a: spreads numbers that differ in their last digits.
fn hash(octets: &[u8]) -> usize {
    let hash = octets
        .iter()
        .fold(0x811C_9DC5_u32, |hash, &octet| (hash ^ u32::from(octet)).wrapping_mul(0x0100_0193));
    usize::try_from(hash).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::HashMap, string::ToString, vec};

    const HOLD: Duration = Duration::from_secs(10);

    #[test]
    fn live_references_of_a_destination_never_clash_jamaa_39_php8_smpp_36() {
        for start in [0, 1, 127, 128, 200, 255] {
            let mut references = References::narrow(vec![Bucket::EMPTY; 4], start, HOLD);
            let mut live: HashMap<(u32, u16), Instant> = HashMap::new();
            let (mut refused, mut now) = (0, Instant::ZERO);
            for step in 0..20_000u32 {
                now = now.after(Duration::from_millis(u64::from(step % 17)));
                let destination = step.wrapping_mul(2_654_435_761) >> 29;
                match references.next(now, destination.to_string().as_bytes()) {
                    Ok(reference) => {
                        let until = live.insert((destination, reference), now.after(HOLD));
                        assert!(
                            reference <= 0xFF && until.is_none_or(|until| until <= now),
                            "{destination} {reference}"
                        );
                    }
                    Err(full) => {
                        refused += 1;
                        assert!(full.free_at > now && full.free_at <= now.after(HOLD));
                    }
                }
            }
            assert!(refused < 20_000 / 2, "{refused}");
        }
    }

    #[test]
    fn a_destination_can_hold_half_of_all_references_at_least() {
        for start in [0, 1, 100, 128, 255] {
            let mut references = References::narrow([Bucket::EMPTY], start, HOLD);
            let given = (0..).take_while(|_| references.next(Instant::ZERO, b"1").is_ok()).count();
            assert!((128..=256).contains(&given), "{start}: {given}");
            assert!(references.next(Instant::ZERO.after(HOLD), b"1").is_ok());
        }
        let mut wide = References::wide([Bucket::EMPTY], 65_535, HOLD);
        assert_eq!((wide.next(Instant::ZERO, b"1"), wide.next(Instant::ZERO, b"1")), (Ok(65_535), Ok(0)));
        assert!(References::wide([], 0, HOLD).next(Instant::ZERO, b"1").is_err());
    }
}
