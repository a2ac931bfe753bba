//! The entries of the tracker: parts, and receipts that came before their response.

use super::fate::{Fate, MessagePart};
use super::id::{StoredId, hash};
use super::{Limits, Lost};
use crate::time::Instant;
use crate::types::MessageState;

/// One entry.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Slot<const ID: usize> {
    pub(super) id: StoredId<ID>,
    pub(super) subject: Subject,
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Subject {
    Part { part: MessagePart, fate: Fate },
    Receipt(Fate),
}

impl<const ID: usize> Slot<ID> {
    /// `None` when the id is too long.
    pub(super) fn part(part: MessagePart, fate: Fate, id: &[u8]) -> Option<Self> {
        Some(Self { id: StoredId::new(id)?, subject: Subject::Part { part, fate } })
    }

    /// `None` when the id is too long.
    pub(super) fn receipt(fate: Fate, id: &[u8]) -> Option<Self> {
        Some(Self { id: StoredId::new(id)?, subject: Subject::Receipt(fate) })
    }

    pub(super) const fn as_part(&self) -> Option<(MessagePart, Fate)> {
        match self.subject {
            Subject::Part { part, fate } => Some((part, fate)),
            Subject::Receipt(_) => None,
        }
    }

    pub(super) const fn is_receipt(&self) -> bool {
        matches!(self.subject, Subject::Receipt(_))
    }

    pub(super) const fn fate(&self) -> Fate {
        match self.subject {
            Subject::Part { fate, .. } | Subject::Receipt(fate) => fate,
        }
    }

    pub(super) const fn fate_mut(&mut self) -> &mut Fate {
        match &mut self.subject {
            Subject::Part { fate, .. } | Subject::Receipt(fate) => fate,
        }
    }

    pub(super) const fn state(&self) -> Option<MessageState> {
        self.fate().state()
    }

    /// Whether it is a part without an end.
    pub(super) const fn is_waiting(&self) -> bool {
        !self.is_receipt() && self.fate().is_waiting()
    }

    /// How long it may wait; `None` when it waits for nothing.
    pub(super) const fn patience(&self, limits: Limits) -> Option<core::time::Duration> {
        match self.subject {
            Subject::Receipt(_) => Some(limits.early_receipt),
            Subject::Part { fate: Fate::Waiting(_), .. } => Some(limits.receipt),
            Subject::Part { .. } => None,
        }
    }

    /// The report that it is not tracked any longer.
    pub(super) const fn lost(&self) -> Lost<ID> {
        let state = self.state();
        match self.subject {
            Subject::Part { part, .. } => Lost::Part { part, state },
            Subject::Receipt(_) => Lost::Receipt { id: self.id, state },
        }
    }
}

/// Stands where the message of a receipt would.
const NO_MESSAGE: u32 = u32::MAX;

/// All entries. What is searched for stands apart from the rest, so that a search reads few octets an entry.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Table<const PARTS: usize, const ID: usize> {
    slots: heapless::Vec<Slot<ID>, PARTS>,
    /// Of the ids.
    hashes: heapless::Vec<u32, PARTS>,
    /// Of the parts; receipts have [`NO_MESSAGE`], which a part may have too.
    messages: heapless::Vec<u32, PARTS>,
    ages: heapless::Vec<Age, PARTS>,
}

/// Since when an entry is there. Parts of complete messages come first, then what is older.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Age(u64);

impl Age {
    const INCOMPLETE: u64 = 1 << 63;

    const fn new(since: Instant, is_complete: bool) -> Self {
        let micros = since.as_micros() & !Self::INCOMPLETE;
        Self(if is_complete { micros } else { micros | Self::INCOMPLETE })
    }

    const fn since(self) -> Instant {
        Instant::from_micros(self.0 & !Self::INCOMPLETE)
    }

    fn set_complete(&mut self, now: Instant, is_complete: bool) {
        let since = if is_complete && !self.is_complete() { now } else { self.since() };
        *self = Self::new(since, is_complete);
    }

    const fn is_complete(self) -> bool {
        self.0 & Self::INCOMPLETE == 0
    }
}

impl<const PARTS: usize, const ID: usize> Table<PARTS, ID> {
    pub(super) const fn new() -> Self {
        Self {
            slots: heapless::Vec::new(),
            hashes: heapless::Vec::new(),
            messages: heapless::Vec::new(),
            ages: heapless::Vec::new(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&Slot<ID>> {
        self.slots.get(index)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Slot<ID>> {
        self.slots.get_mut(index)
    }

    pub(super) fn is_full(&self) -> bool {
        self.slots.is_full()
    }

    /// All entries with their indices.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Slot<ID>)> {
        self.slots.iter().enumerate()
    }

    /// The entries whose ids may be this one but for case and leading zeros.
    pub(super) fn with_id(&self, id: &[u8]) -> impl Iterator<Item = (usize, &Slot<ID>)> {
        let hash = hash(id);
        self.at(positions(&self.hashes, hash))
    }

    /// The parts of a message.
    pub(super) fn of_message(&self, message: u32) -> impl Iterator<Item = (usize, MessagePart, Fate)> {
        let entries = self.at(positions(&self.messages, message));
        let parts =
            entries.filter_map(|(index, slot)| slot.as_part().map(|(part, fate)| (index, part, fate)));
        parts.filter(move |(_, part, _)| part.message == message)
    }

    /// The receipts.
    pub(super) fn receipts(&self) -> impl Iterator<Item = (usize, &Slot<ID>)> {
        self.at(positions(&self.messages, NO_MESSAGE)).filter(|(_, slot)| slot.is_receipt())
    }

    fn at(&self, indices: impl Iterator<Item = usize>) -> impl Iterator<Item = (usize, &Slot<ID>)> {
        indices.filter_map(|index| Some((index, self.slots.get(index)?)))
    }

    /// Since when the entry is there, or its message is complete.
    pub(super) fn since(&self, index: usize) -> Instant {
        self.ages.get(index).map_or(Instant::ZERO, |age| age.since())
    }

    /// Whether it is a part of a complete message, which is only remembered.
    pub(super) fn is_complete(&self, index: usize) -> bool {
        self.ages.get(index).is_some_and(|age| age.is_complete())
    }

    pub(super) fn set_since(&mut self, index: usize, since: Instant) {
        if let Some(age) = self.ages.get_mut(index) {
            *age = Age::new(since, age.is_complete());
        }
    }

    pub(super) fn set_complete(&mut self, now: Instant, index: usize, is_complete: bool) {
        if let Some(age) = self.ages.get_mut(index) {
            age.set_complete(now, is_complete);
        }
    }

    /// Says of all parts of a message whether that is complete.
    pub(super) fn set_all_complete(&mut self, now: Instant, message: u32, is_complete: bool) {
        let entries = self.messages.iter().zip(&self.slots).zip(&mut self.ages);
        let parts = entries.filter(|((other, slot), _)| **other == message && !slot.is_receipt());
        parts.for_each(|(_, age)| age.set_complete(now, is_complete));
    }

    /// Removes all parts of a message.
    pub(super) fn remove_message(&mut self, message: u32) {
        loop {
            let first = self.of_message(message).map(|(index, ..)| index).next();
            let Some(index) = first else { return };
            self.remove(index);
        }
    }

    /// The entry that matters least: one of a complete message if there is one, then the oldest.
    pub(super) fn least(&self) -> Option<usize> {
        let ages = self.ages.iter().enumerate();
        ages.min_by_key(|(_, age)| **age).map(|(index, _)| index)
    }

    /// Enters a slot; there is room.
    pub(super) fn push(&mut self, now: Instant, slot: Slot<ID>) {
        let message = slot.as_part().map_or(NO_MESSAGE, |(part, _)| part.message);
        let entered = self.hashes.push(hash(slot.id.as_octets())).is_ok()
            && self.messages.push(message).is_ok()
            && self.ages.push(Age::new(now, false)).is_ok()
            && self.slots.push(slot).is_ok();
        debug_assert!(entered, "no room");
    }

    /// Removes an entry; the last one takes its index.
    pub(super) fn remove(&mut self, index: usize) {
        if index < self.slots.len() {
            swap_remove(&mut self.slots, index);
            swap_remove(&mut self.hashes, index);
            swap_remove(&mut self.messages, index);
            swap_remove(&mut self.ages, index);
        }
    }
}

/// Removes an item; the last one takes its index. `Vec::swap_remove` is a path to a panic that a compiler for size keeps.
fn swap_remove<T, const N: usize>(list: &mut heapless::Vec<T, N>, index: usize) {
    if let Some(last) = list.pop()
        && let Some(place) = list.get_mut(index)
    {
        *place = last;
    }
}

/// Where `value` stands among `values`.
fn positions(values: &[u32], value: u32) -> impl Iterator<Item = usize> {
    // Mostly it is nowhere, and `contains` looks at several at once.
    let values = if values.contains(&value) { values } else { &[] };
    values.iter().enumerate().filter(move |(_, other)| **other == value).map(|(index, _)| index)
}
