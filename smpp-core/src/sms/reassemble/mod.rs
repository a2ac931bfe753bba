//! Joining the parts of long messages in bounded memory (3GPP TS 23.040 §9.2.3.24.1, SMPP 3.4 §5.3.2.22–24).
//!
//! Every part that is handed in has an [`Outcome`], and every message that is begun ends as exactly one of
//! [`Outcome::Complete`], [`Outcome::Evicted`] or the result of [`Reassembler::expire`].
//!
//! ```
//! use core::time::Duration;
//! use smpp_core::sms::reassemble::{Entry, Outcome, Part, Reassembler};
//! use smpp_core::sms::udh::Udh;
//! use smpp_core::Instant;
//! use smpp_core::types::{Address, DataCoding};
//!
//! let (from, to) = (Address::international("46700000001"), Address::international("46700000002"));
//! let mut reassembler = Reassembler::<[Entry; 4], [u8; 2048]>::fixed(Duration::from_secs(3600));
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

mod memory;
mod message;
#[cfg(test)]
mod tests;

pub use memory::Entry;
pub use message::{JoinedPart, LongMessage, Part, PartKind, Parts};

use self::memory::{Lists, Memory, sum};
use self::message::{HEAD, Info, address_head, head};
use super::links;
use super::udh::{Shifts, Udh};
use crate::time::Instant;
use core::time::Duration;

/// Why an incomplete message had to go before its time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
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
#[non_exhaustive]
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

/// Joins long messages over the caller's storage: as many unfinished ones as there are entries, whose texts, addresses
/// and headers share the octets. Arrays inside a microcontroller's program, vectors or boxes on an operating system.
///
/// Of the octets a message takes its addresses and 6, and each part its text, its header and 5. Parts are the same
/// message when both addresses (type, plan and digits), kind, reference and total are the same; they may come in any
/// order and over any session of the account. A part that comes again after its message was completed begins a new one,
/// because a reference may be used again at any time.
///
/// A part costs what its own message is long, whatever the number of messages. While octets are short, what is free is
/// gathered more often: below a tenth the cost of that grows as the free octets become fewer.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Reassembler<E, O> {
    joining: Joining,
    entries: E,
    octets: O,
}

impl<const MESSAGES: usize, const OCTETS: usize> Reassembler<[Entry; MESSAGES], [u8; OCTETS]> {
    /// An empty one with its storage inside, as [`Reassembler::new`], for a `static` or a field.
    #[must_use]
    pub const fn fixed(limit: Duration) -> Self {
        Self { joining: Joining::new(limit), entries: [Entry::EMPTY; MESSAGES], octets: [0; OCTETS] }
    }
}

impl<E: AsRef<[Entry]> + AsMut<[Entry]>, O: AsRef<[u8]> + AsMut<[u8]>> Reassembler<E, O> {
    /// An empty one over `entries` and `octets`, whatever those held before. A message expires `limit` after its first
    /// part.
    #[must_use]
    pub fn new(mut entries: E, octets: O, limit: Duration) -> Self {
        entries.as_mut().fill(Entry::EMPTY);
        Self { joining: Joining::new(limit), entries, octets }
    }

    /// How many messages are unfinished.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.joining.lists.messages.saturating_sub(self.joining.lent.iter().len())
    }

    /// Takes one part.
    pub fn insert(&mut self, now: Instant, part: &Part<'_>) -> Outcome<'_> {
        self.joining.insert(self.entries.as_mut(), self.octets.as_mut(), now, part)
    }

    /// When the next message expires.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let entries = self.entries.as_ref();
        let oldest = self.joining.lists.oldest(entries).into_iter().flatten();
        // A lent one is gone already.
        let oldest = oldest.into_iter().find(|index| Some(*index) != self.joining.lent)?;
        Some(links::entry(entries, oldest)?.info.since.after(self.joining.limit))
    }

    /// An incomplete message whose time is over, which leaves the memory when the reassembler is used again.
    /// Call it until it says `None`.
    pub fn expire(&mut self, now: Instant) -> Option<LongMessage<'_>> {
        self.joining.expire(self.entries.as_mut(), self.octets.as_mut(), now)
    }
}

/// What a reassembler does, whatever its storage is: so it is there once for all of them.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Joining {
    limit: Duration,
    lists: Lists,
    /// The message that was lent last and is to be removed.
    lent: Option<u32>,
}

impl Joining {
    const fn new(limit: Duration) -> Self {
        Self { limit, lists: Lists::EMPTY, lent: None }
    }

    /// The memory, without what was lent before.
    fn memory<'m>(
        lent: &mut Option<u32>,
        entries: &'m mut [Entry],
        octets: &'m mut [u8],
        lists: &'m mut Lists,
    ) -> Memory<'m> {
        let mut memory = Memory::new(entries, octets, lists);
        if let Some(index) = lent.take() {
            memory.remove(index);
        }
        memory
    }

    fn insert<'m>(
        &'m mut self,
        entries: &'m mut [Entry],
        octets: &'m mut [u8],
        now: Instant,
        part: &Part<'_>,
    ) -> Outcome<'m> {
        let memory = Self::memory(&mut self.lent, entries, octets, &mut self.lists);
        insert(memory, &mut self.lent, now, part)
    }

    fn expire<'m>(
        &'m mut self,
        entries: &'m mut [Entry],
        octets: &'m mut [u8],
        now: Instant,
    ) -> Option<LongMessage<'m>> {
        let memory = Self::memory(&mut self.lent, entries, octets, &mut self.lists);
        let [oldest, _] = memory.lists.oldest(memory.entries);
        let oldest = oldest.filter(|oldest| memory.info(*oldest).since.after(self.limit) <= now)?;
        self.lent = Some(oldest);
        Some(memory.into_message(oldest))
    }
}

fn insert<'m>(mut memory: Memory<'m>, lent: &mut Option<u32>, now: Instant, part: &Part<'_>) -> Outcome<'m> {
    if part.total < 2 || part.sequence == 0 || part.sequence > part.total {
        return Outcome::Single;
    }
    let (Some(source), Some(destination), Some(head)) =
        (address_head(&part.source), address_head(&part.destination), head(part))
    else {
        return Outcome::TooLarge;
    };
    let key = [&source[..], part.source.addr.as_octets(), &destination, part.destination.addr.as_octets()];
    let Part { reference, kind, total, .. } = *part;
    let new = Info { since: now, key_octets: sum(&key), reference, kind, total, ..Info::NONE };
    let hash = hash(&key, new);
    let found = memory.with_key(hash, new, &key).find(|index| memory.info(*index).total == total);
    if let Some(index) = found
        && let Some(is_same) = has_part(&memory.message(index), part)
    {
        return if is_same {
            Outcome::Duplicate
        } else {
            evict(memory, lent, index, EvictReason::ReferenceReused)
        };
    }
    let head = [&head[..], part.udh.map_or(&[][..], |udh| udh.as_octets())];
    let part_octets = sum(&head).saturating_add(part.user_data.len());
    let (has, needed) = match found {
        Some(index) => (memory.info(index).octets(), part_octets),
        None => (new.key_octets, part_octets.saturating_add(new.key_octets)),
    };
    if part_octets.saturating_add(has) > memory.capacity() {
        return Outcome::TooLarge;
    }
    if memory.free() < needed || (found.is_none() && !memory.has_free_entry()) {
        // The oldest, but not the message that the part belongs to: that one alone would fit.
        let oldest = memory.lists.oldest(memory.entries).into_iter().flatten().find(|at| Some(*at) != found);
        let Some(oldest) = oldest else { return Outcome::TooLarge };
        return evict(memory, lent, oldest, EvictReason::NoRoom);
    }
    let Some(index) = found.or_else(|| memory.begin(hash, new, &key)) else { return Outcome::TooLarge };
    let behind = octets_before(&memory.message(index), part.sequence);
    memory.add(index, behind, &head, part.user_data);
    let received = memory.info(index).received;
    if received == total {
        *lent = Some(index);
        return Outcome::Complete(memory.into_message(index));
    }
    let mut totals = memory.with_key(hash, new, &key).map(|index| memory.info(index).total);
    let conflicting_total = totals.find(|other| *other != total);
    Outcome::Pending { missing: total.saturating_sub(received), conflicting_total }
}

fn evict<'m>(memory: Memory<'m>, lent: &mut Option<u32>, index: u32, reason: EvictReason) -> Outcome<'m> {
    *lent = Some(index);
    Outcome::Evicted { reason, message: memory.into_message(index) }
}

/// Whether a part with this sequence is there as it is; `None` when there is none.
fn has_part(message: &LongMessage<'_>, part: &Part<'_>) -> Option<bool> {
    let old = message.parts().find(|old| old.sequence == part.sequence)?;
    let shifts = part.udh.map_or(Shifts::NONE, Udh::shifts);
    let new = (part.user_data, part.data_coding, shifts);
    Some((old.user_data, old.data_coding, old.udh.shifts()) == new)
}

/// Octets of the heads and of the texts of the parts that come before this one.
fn octets_before(message: &LongMessage<'_>, sequence: u8) -> [usize; 2] {
    let before = message.parts().take_while(|part| part.sequence < sequence);
    before.fold([0; 2], |[heads, texts], part| {
        let head = HEAD.saturating_add(part.udh.as_octets().len());
        [heads.saturating_add(head), texts.saturating_add(part.user_data.len())]
    })
}

/// FNV-1a of addresses, kind and reference.
fn hash(key: &[&[u8]], info: Info) -> u32 {
    let [high, low] = info.reference.to_be_bytes();
    let octets = key.iter().copied().flatten().copied().chain([info.kind as u8, high, low]);
    octets.fold(0x811C_9DC5, |hash, octet| (hash ^ u32::from(octet)).wrapping_mul(0x0100_0193))
}
