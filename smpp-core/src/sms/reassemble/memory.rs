//! The reassembler's memory over the caller's storage: an entry for each message, and their octets in one slice.
//!
//! The octets of a message stand in one piece, so that its text can be lent as it is. Only the last one in the slice can
//! grow, so a message that does is copied behind the others first, and leaves a hole; the holes are closed all at once when
//! the end of the slice is reached. So a part costs what its own message is long, and its share of that closing: less than
//! that again while a tenth of the octets is free.

use super::message::{Info, LongMessage};
use crate::buffer::close_up;
use crate::sms::links::{self, Link, Linked, NOWHERE};
use crate::wire::copy;

/// By addresses, kind and reference.
const KEYS: usize = 0;
/// In the order in which the messages began.
const AGE: usize = 1;
/// In the order in which their octets stand.
const PLACE: usize = 2;

/// Room for one unfinished message beside its octets: 80 octets, 72 on a processor of 32 bits.
///
/// The storage of a [`Reassembler`](super::Reassembler) is made of them.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Entry {
    pub(super) info: Info,
    /// Where its octets begin.
    at: usize,
    /// Of its key; of a free entry the next free one.
    hash: u32,
    heads: [u32; 1],
    links: [Link; 3],
}

impl Entry {
    /// Free room.
    pub const EMPTY: Self =
        Self { info: Info::NONE, at: 0, hash: NOWHERE, heads: [NOWHERE], links: [Link::NONE; 3] };
}

impl Default for Entry {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Linked for Entry {
    fn links(&mut self) -> &mut [Link] {
        &mut self.links
    }

    fn link(&self, list: usize) -> Link {
        self.links.get(list).copied().unwrap_or(Link::NONE)
    }

    fn heads(&mut self) -> &mut [u32] {
        &mut self.heads
    }

    fn head(&self, _: usize) -> u32 {
        let [head] = self.heads;
        head
    }
}

/// Where the lists begin, and how much room is taken.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Lists {
    oldest: u32,
    lowest: u32,
    /// Entries that were given back.
    free: u32,
    /// Entries from here on were never used.
    fresh: u32,
    pub(super) messages: usize,
    /// Octets of all messages.
    octets: usize,
    /// Where the octets of the last message end: this and the holes before it.
    end: usize,
}

impl Lists {
    pub(super) const EMPTY: Self =
        Self { oldest: NOWHERE, lowest: NOWHERE, free: NOWHERE, fresh: 1, messages: 0, octets: 0, end: 0 };

    /// The message that began first, and the next one.
    pub(super) fn oldest(&self, entries: &[Entry]) -> [Option<u32>; 2] {
        let mut oldest = links::walk(entries, AGE, self.oldest).map(|(index, _)| index);
        [oldest.next(), oldest.next()]
    }
}

/// All of it, lent for one call.
#[derive(Debug)]
pub(super) struct Memory<'m> {
    pub(super) entries: &'m mut [Entry],
    octets: &'m mut [u8],
    pub(super) lists: &'m mut Lists,
}

impl<'m> Memory<'m> {
    pub(super) const fn new(entries: &'m mut [Entry], octets: &'m mut [u8], lists: &'m mut Lists) -> Self {
        Self { entries, octets, lists }
    }

    pub(super) fn info(&self, index: u32) -> Info {
        links::entry(self.entries, index).map_or(Info::NONE, |entry| entry.info)
    }

    pub(super) const fn capacity(&self) -> usize {
        self.octets.len()
    }

    pub(super) const fn free(&self) -> usize {
        self.octets.len().saturating_sub(self.lists.octets)
    }

    pub(super) const fn has_free_entry(&self) -> bool {
        self.lists.messages < self.entries.len()
    }

    /// A message as it is.
    pub(super) fn message(&self, index: u32) -> LongMessage<'_> {
        message(self.entries, self.octets, index)
    }

    /// A message, for as long as the memory is lent.
    pub(super) fn into_message(self, index: u32) -> LongMessage<'m> {
        message(self.entries, self.octets, index)
    }

    /// The messages with this key, kind and reference, whatever their total, those that began first before others.
    pub(super) fn with_key(&self, hash: u32, like: Info, key: &[&[u8]]) -> impl Iterator<Item = u32> {
        let chain = links::chain(self.entries, KEYS, hash);
        let is_same = move |entry: &Entry| {
            let own = self.octets.get(entry.at..).and_then(|own| own.get(..entry.info.key_octets));
            entry.hash == hash
                && (entry.info.kind, entry.info.reference) == (like.kind, like.reference)
                && own.is_some_and(|own| is_joined(own, key))
        };
        chain.filter(move |(_, entry)| is_same(entry)).map(|(index, _)| index)
    }

    /// Begins a message with these octets, its key, behind all others. There is room.
    pub(super) fn begin(&mut self, hash: u32, info: Info, key: &[&[u8]]) -> Option<u32> {
        self.close_holes_for(info.key_octets);
        let index = if self.lists.free == NOWHERE { self.lists.fresh } else { self.lists.free };
        let entry = links::entry_mut(self.entries, index)?;
        if self.lists.free == NOWHERE {
            self.lists.fresh = self.lists.fresh.saturating_add(1);
        } else {
            self.lists.free = entry.hash;
        }
        (entry.info, entry.at, entry.hash) = (info, self.lists.end, hash);
        links::enter(self.entries, KEYS, hash, index);
        self.lists.oldest = links::append(self.entries, AGE, self.lists.oldest, index);
        self.lists.lowest = links::append(self.entries, PLACE, self.lists.lowest, index);
        self.lists.messages = self.lists.messages.saturating_add(1);
        self.insert(self.lists.end, key);
        Some(index)
    }

    /// Removes a message.
    pub(super) fn remove(&mut self, index: u32) {
        let Some(&Entry { info, at, hash, .. }) = links::entry(self.entries, index) else { return };
        links::leave(self.entries, KEYS, hash, index);
        self.lists.oldest = links::detach(self.entries, AGE, self.lists.oldest, index);
        let is_last = self.is_last(index);
        self.lists.lowest = links::detach(self.entries, PLACE, self.lists.lowest, index);
        if is_last {
            self.lists.end = at;
        }
        self.lists.octets = self.lists.octets.saturating_sub(info.octets());
        self.lists.messages = self.lists.messages.saturating_sub(1);
        if let Some(entry) = links::entry_mut(self.entries, index) {
            entry.hash = self.lists.free;
        }
        self.lists.free = index;
    }

    /// Inserts a head and a text into a message, behind so many octets of its heads and texts. There is room.
    pub(super) fn add(&mut self, index: u32, behind: [usize; 2], head: &[&[u8]], text: &[u8]) {
        let head_octets = sum(head);
        self.make_last(index, head_octets.saturating_add(text.len()));
        let Some(entry) = links::entry_mut(self.entries, index) else { return };
        let [behind_heads, behind_texts] = behind;
        let first_head = entry.at.saturating_add(entry.info.key_octets);
        let first_text = first_head.saturating_add(entry.info.head_octets);
        entry.info.head_octets = entry.info.head_octets.saturating_add(head_octets);
        entry.info.text_octets = entry.info.text_octets.saturating_add(text.len());
        entry.info.received = entry.info.received.saturating_add(1);
        // The text first: the head moves everything behind it.
        self.insert(first_text.saturating_add(behind_texts), &[text]);
        self.insert(first_head.saturating_add(behind_heads), head);
    }

    /// Inserts `pieces`, joined, at `at` in the last message.
    fn insert(&mut self, at: usize, pieces: &[&[u8]]) {
        let length = sum(pieces);
        let end = self.lists.end.saturating_add(length);
        debug_assert!(at <= self.lists.end && end <= self.octets.len(), "no room");
        let Some(behind) = self.octets.get_mut(at..end) else { return };
        behind.rotate_right(length.min(behind.len()));
        let mut place = behind;
        for piece in pieces {
            let Some((to, behind)) = place.split_at_mut_checked(piece.len()) else { break };
            copy(to, piece);
            place = behind;
        }
        self.lists.end = end;
        self.lists.octets = self.lists.octets.saturating_add(length);
    }

    fn is_last(&self, index: u32) -> bool {
        links::behind(self.entries, PLACE, index) == NOWHERE
    }

    /// Makes the message the last one, with room behind it to grow. There is as much room, holes included.
    fn make_last(&mut self, index: u32, growth: usize) {
        let size = self.info(index).octets();
        if !self.is_last(index) {
            self.close_holes_for(size.saturating_add(growth));
        }
        let at = links::entry(self.entries, index).map_or(0, |entry| entry.at);
        if !self.is_last(index) {
            let end = self.lists.end.saturating_add(size);
            if end.saturating_add(growth) <= self.octets.len() {
                if let Some((before, behind)) = self.octets.split_at_mut_checked(self.lists.end)
                    && let Some(from) = before.get(at..at.saturating_add(size))
                    && let Some(to) = behind.get_mut(..size)
                {
                    copy(to, from);
                }
                self.lists.end = end;
            } else {
                // There are no holes: what is behind it moves before it.
                self.move_down_behind(index, size);
                if let Some(octets) = self.octets.get_mut(at..self.lists.end) {
                    octets.rotate_left(size.min(octets.len()));
                }
            }
            self.lists.lowest = links::detach(self.entries, PLACE, self.lists.lowest, index);
            self.lists.lowest = links::append(self.entries, PLACE, self.lists.lowest, index);
            if let Some(entry) = links::entry_mut(self.entries, index) {
                entry.at = self.lists.end.saturating_sub(size);
            }
        }
        self.close_holes_for(growth);
    }

    /// Notes that all messages behind this one stand `by` octets further down.
    fn move_down_behind(&mut self, index: u32, by: usize) {
        let mut next = links::behind(self.entries, PLACE, index);
        while let Some(entry) = links::entry_mut(self.entries, next) {
            entry.at = entry.at.saturating_sub(by);
            next = links::behind(self.entries, PLACE, next);
        }
    }

    /// Closes the holes, if there is not room for `length` octets without that.
    fn close_holes_for(&mut self, length: usize) {
        if self.lists.end.saturating_add(length) <= self.octets.len() || self.lists.end == self.lists.octets {
            return;
        }
        let (mut next, mut end) = (self.lists.lowest, 0usize);
        while let Some(entry) = links::entry_mut(self.entries, next) {
            let size = entry.info.octets();
            if let Some(octets) = self.octets.get_mut(end..entry.at.saturating_add(size)) {
                let hole = octets.len().saturating_sub(size);
                close_up(octets, hole);
            }
            entry.at = end;
            end = end.saturating_add(size);
            next = links::behind(self.entries, PLACE, next);
        }
        self.lists.end = end;
    }
}

fn message<'o>(entries: &[Entry], octets: &'o [u8], index: u32) -> LongMessage<'o> {
    let Entry { info, at, .. } = links::entry(entries, index).copied().unwrap_or(Entry::EMPTY);
    let octets = octets.get(at..at.saturating_add(info.octets())).unwrap_or_default();
    LongMessage { info, octets }
}

/// Octets of all pieces.
pub(super) fn sum(pieces: &[&[u8]]) -> usize {
    pieces.iter().fold(0, |sum, piece| sum.saturating_add(piece.len()))
}

/// Whether `octets` are these pieces, joined.
fn is_joined(octets: &[u8], pieces: &[&[u8]]) -> bool {
    let rest = pieces.iter().try_fold(octets, |octets, piece| octets.strip_prefix(*piece));
    rest.is_some_and(<[u8]>::is_empty)
}
