//! Joining the parts of long messages in bounded memory (3GPP TS 23.040 §9.2.3.24.1, SMPP 3.4 §5.3.2.22–24).
//!
//! Every part that is handed in has an [`Outcome`], and every message that is begun ends as exactly one of
//! [`Outcome::Complete`], [`Outcome::Evicted`] or the result of [`Reassembler::expire`].
//!
//! ```
//! use core::time::Duration;
//! use smpp_core::sms::reassemble::{Outcome, Part, Reassembler};
//! use smpp_core::sms::udh::Udh;
//! use smpp_core::Instant;
//! use smpp_core::types::{Address, DataCoding};
//!
//! let (from, to) = (Address::international("46700000001"), Address::international("46700000002"));
//! let mut reassembler = Reassembler::<4, 2048>::new(Duration::from_secs(3600));
//! let mut text = Vec::new();
//! for user_data in [b"\x05\x00\x03\x2A\x02\x02world", b"\x05\x00\x03\x2A\x02\x01hello"] {
//!     let (udh, octets) = Udh::split(user_data)?;
//!     let part = Part::from_udh(from, to, DataCoding::DEFAULT, udh, octets).unwrap();
//!     loop {
//!         match reassembler.insert(Instant::ZERO, &part) {
//!             Outcome::Complete(message) => text.extend_from_slice(message.octets()),
//!             // Show it, then hand in the same part again.
//!             Outcome::Evicted { message, .. } => {
//!                 println!("lost parts {:?}", message.missing().collect::<Vec<_>>());
//!                 continue;
//!             }
//!             other => println!("{other:?}"),
//!         }
//!         break;
//!     }
//! }
//! assert_eq!(text, b"helloworld");
//! # Ok::<(), smpp_core::sms::udh::UdhError>(())
//! ```

mod message;
mod pool;
#[cfg(test)]
mod tests;

pub use message::{JoinedPart, LongMessage, Part, PartKind, Parts};

use self::message::{HEAD, Slot, address_head, head};
use self::pool::Pool;
use super::udh::{Shifts, Udh};
use crate::time::Instant;
use core::time::Duration;

/// Why an incomplete message had to go before its time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum EvictReason {
    /// It was the oldest when slots or octets ran out.
    NoRoom,
    /// The same part of it came with another text: the sender uses the reference for a new message.
    ReferenceReused,
}

/// What became of a part.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "an evicted message is lost and the part is not taken yet"]
pub enum Outcome<'r> {
    /// Taken; more parts are to come.
    Pending {
        /// How many.
        missing: u8,
        /// The total of another unfinished message with the same addresses and reference. One of the two will most
        /// likely never be whole.
        conflicting_total: Option<u8>,
    },
    /// It is there already, with the same text. Acknowledge it, it is not needed again.
    Duplicate,
    /// It was the last one: here is the message, which leaves the memory when the reassembler is used again.
    Complete(LongMessage<'r>),
    /// The part has **not been taken yet**, hand it in again: this incomplete message leaves the memory to make room.
    Evicted {
        /// Why it had to go.
        reason: EvictReason,
        /// What came of it.
        message: LongMessage<'r>,
    },
    /// Not taken: a message of one part, or numbers that no part can have. Its text is a message by itself.
    Single,
    /// Not taken: the message would be larger than the whole memory. What came of it will expire as incomplete.
    TooLarge,
}

/// Joins long messages: at most `MESSAGES` unfinished ones, whose texts, addresses and headers share `OCTETS` octets.
///
/// Of these a message takes its addresses and 6 octets, and each part its text, its header and 5 octets. Parts are the same
/// message when both addresses (type, plan and digits), kind, reference and total are the same; they may come in any
/// order and over any session of the account. A part that comes again after its message was completed begins a new one,
/// because a reference may be used again at any time.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Reassembler<const MESSAGES: usize, const OCTETS: usize> {
    limit: Duration,
    /// Oldest first; their octets stand in the pool in the same order.
    slots: heapless::Vec<Slot, MESSAGES>,
    pool: Pool<OCTETS>,
    /// The message that was lent last and is to be removed.
    lent: Option<usize>,
}

/// A slot and where its octets begin.
#[derive(Clone, Copy)]
struct Place {
    index: usize,
    at: usize,
}

impl<const MESSAGES: usize, const OCTETS: usize> Reassembler<MESSAGES, OCTETS> {
    /// An empty one. A message expires `limit` after its first part.
    #[must_use]
    pub const fn new(limit: Duration) -> Self {
        Self { limit, slots: heapless::Vec::new(), pool: Pool::new(), lent: None }
    }

    /// How many messages are unfinished.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.slots.len().saturating_sub(self.lent.iter().len())
    }

    /// Takes one part.
    pub fn insert(&mut self, now: Instant, part: &Part<'_>) -> Outcome<'_> {
        self.settle();
        if part.total < 2 || part.sequence == 0 || part.sequence > part.total {
            return Outcome::Single;
        }
        let (Some(source), Some(destination), Some(head)) =
            (address_head(&part.source), address_head(&part.destination), head(part))
        else {
            return Outcome::TooLarge;
        };
        let elements = part.udh.map_or(&[][..], |udh| udh.as_octets());
        let found = self.find(part);
        if let Some(place) = found
            && let Some(old) = self.message(place).parts().find(|old| old.sequence == part.sequence)
        {
            let shifts = part.udh.map_or(Shifts::NONE, Udh::shifts);
            let same = (old.user_data, old.data_coding, old.udh.shifts())
                == (part.user_data, part.data_coding, shifts);
            return if same { Outcome::Duplicate } else { self.evict(place, EvictReason::ReferenceReused) };
        }
        let key =
            [&source[..], part.source.addr.as_octets(), &destination, part.destination.addr.as_octets()];
        let key_octets = key.iter().fold(0usize, |sum, piece| sum.saturating_add(piece.len()));
        let part_octets = HEAD.saturating_add(elements.len()).saturating_add(part.user_data.len());
        let had = found.and_then(|place| self.slots.get(place.index)).map_or(key_octets, Slot::octets);
        if part_octets.saturating_add(had) > OCTETS || MESSAGES == 0 {
            return Outcome::TooLarge;
        }
        let needed = if found.is_some() { part_octets } else { part_octets.saturating_add(key_octets) };
        if self.pool.free() < needed || (found.is_none() && self.slots.is_full()) {
            // The oldest, but not the message that the part belongs to: that one alone would fit.
            let oldest = if found.is_some_and(|place| place.index == 0) { 1 } else { 0 };
            return self.evict(self.place(oldest), EvictReason::NoRoom);
        }
        let place = found.unwrap_or_else(|| self.begin(now, part, key_octets, &key));
        self.add(place, part, &[&head, elements]);
        let message = self.message(place);
        if message.received() == message.total() {
            self.lent = Some(place.index);
            return Outcome::Complete(self.message(place));
        }
        let missing = message.total().saturating_sub(message.received());
        Outcome::Pending { missing, conflicting_total: self.conflicting_total(part) }
    }

    /// When the next message expires.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        // The oldest comes first; a lent one is gone already.
        let oldest = self.slots.iter().enumerate().find(|(index, _)| Some(*index) != self.lent);
        oldest.map(|(_, slot)| slot.since.after(self.limit))
    }

    /// An incomplete message whose time is over, which leaves the memory when the reassembler is used again.
    /// Call it until it says `None`.
    pub fn expire(&mut self, now: Instant) -> Option<LongMessage<'_>> {
        self.settle();
        if self.slots.first()?.since.after(self.limit) > now {
            return None;
        }
        self.lent = Some(0);
        Some(self.message(Place { index: 0, at: 0 }))
    }

    /// Removes what was lent.
    fn settle(&mut self) {
        if let Some(index) = self.lent.take().filter(|&index| index < self.slots.len()) {
            let at = self.place(index).at;
            let slot = self.slots.remove(index);
            self.pool.remove(at, slot.octets());
        }
    }

    fn evict(&mut self, place: Place, reason: EvictReason) -> Outcome<'_> {
        self.lent = Some(place.index);
        Outcome::Evicted { reason, message: self.message(place) }
    }

    fn place(&self, index: usize) -> Place {
        let at = self.slots.iter().take(index).fold(0usize, |at, slot| at.saturating_add(slot.octets()));
        Place { index, at }
    }

    fn message(&self, place: Place) -> LongMessage<'_> {
        let slot = self.slots.get(place.index).copied().unwrap_or(Slot::NONE);
        LongMessage { slot, octets: self.pool.slice(place.at, slot.octets()) }
    }

    /// The messages with the addresses, kind and reference of `part`, whatever their total.
    fn candidates<'s>(&'s self, part: &'s Part<'_>) -> impl Iterator<Item = Place> + 's {
        let mut at = 0usize;
        let places = self.slots.iter().enumerate().map(move |(index, slot)| {
            let place = Place { index, at };
            at = at.saturating_add(slot.octets());
            (place, slot)
        });
        let same_reference =
            places.filter(|(_, slot)| (slot.kind, slot.reference) == (part.kind, part.reference));
        same_reference.map(|(place, _)| place).filter(|&place| {
            let message = self.message(place);
            message.source() == part.source && message.destination() == part.destination
        })
    }

    fn find(&self, part: &Part<'_>) -> Option<Place> {
        self.candidates(part).find(|&place| self.message(place).total() == part.total)
    }

    fn conflicting_total(&self, part: &Part<'_>) -> Option<u8> {
        self.candidates(part).map(|place| self.message(place).total()).find(|&total| total != part.total)
    }

    /// Begins a message behind all others. There is room.
    fn begin(&mut self, now: Instant, part: &Part<'_>, key_octets: usize, key: &[&[u8]]) -> Place {
        let place = self.place(self.slots.len());
        let (reference, kind, total) = (part.reference, part.kind, part.total);
        let slot = Slot { since: now, key_octets, reference, kind, total, ..Slot::NONE };
        // The caller has seen that a slot is free.
        let begun = self.slots.push(slot);
        debug_assert!(begun.is_ok(), "no slot");
        self.pool.insert(place.at, key);
        place
    }

    /// Adds a part to its message, in the order of its sequence. There is room.
    fn add(&mut self, place: Place, part: &Part<'_>, head: &[&[u8]]) {
        let (mut heads, mut text) = (0usize, 0usize);
        for old in self.message(place).parts().take_while(|old| old.sequence < part.sequence) {
            heads = heads.saturating_add(HEAD).saturating_add(old.udh.as_octets().len());
            text = text.saturating_add(old.user_data.len());
        }
        let Some(slot) = self.slots.get_mut(place.index) else { return };
        let first_head = place.at.saturating_add(slot.key_octets);
        let first_text = first_head.saturating_add(slot.head_octets);
        // The text first: the head moves everything behind it.
        self.pool.insert(first_text.saturating_add(text), &[part.user_data]);
        self.pool.insert(first_head.saturating_add(heads), head);
        let head_octets = head.iter().fold(0usize, |sum, piece| sum.saturating_add(piece.len()));
        slot.head_octets = slot.head_octets.saturating_add(head_octets);
        slot.text_octets = slot.text_octets.saturating_add(part.user_data.len());
        slot.received = slot.received.saturating_add(1);
    }
}
