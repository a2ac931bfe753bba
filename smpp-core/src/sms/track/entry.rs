//! The entries of the tracker over the caller's storage: parts, and receipts that came before their response.

use super::Evicted;
use super::hash::{beginning_hash, half, hash};
use super::id::{IdForm, StoredId, length};
use super::status::{MessagePart, PartStatus};
use crate::sms::links::{self, Link, Linked, NOWHERE};
use crate::time::Instant;
use crate::types::MessageState;

/// By what entries are found: the hash tables, each with as many buckets as there are entries.
pub(super) const IDS: usize = 0;
/// By the beginning of the id.
pub(super) const BEGINNINGS: usize = 1;
/// By the number of the message.
const MESSAGES: usize = 2;
/// By `user_message_reference`.
pub(super) const REFERENCES: usize = 3;
const TABLES: usize = 4;
/// Behind the links of the hash tables: the one of the age list.
const AGE: usize = TABLES;

/// Which of the age lists an entry is in. What changes lists goes to the end of its new one, so each is in the order of
/// [`Entry::since`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum List {
    /// Parts that wait for their receipt.
    Waiting,
    /// Parts that wait for nothing, of a message that does.
    Idle,
    /// Parts of complete messages, which are only remembered.
    Complete,
    /// Receipts that no part has asked for.
    Receipts,
}

const LISTS: usize = 4;

/// Room for one part, or for one receipt that came before its response: 160 octets.
///
/// The storage of a [`Tracker`](super::Tracker) is made of them.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Entry {
    /// Since when it is in its list.
    pub(super) since: Instant,
    /// Of the id; 0 without one.
    hash: u64,
    pub(super) id: StoredId,
    reference: Option<u16>,
    /// Of a part the number of its message, of a receipt the entry of its other id.
    message: u32,
    part: u8,
    total: u8,
    pub(super) status: PartStatus,
    /// Whether it is found by the beginning of its id.
    has_beginning: bool,
    list: List,
    heads: [u32; TABLES],
    links: [Link; TABLES + 1],
}

impl Entry {
    /// Free room.
    pub const EMPTY: Self = Self {
        since: Instant::ZERO,
        hash: 0,
        id: StoredId::EMPTY,
        reference: None,
        message: NOWHERE,
        part: 0,
        total: 0,
        status: PartStatus::Waiting(None),
        has_beginning: false,
        list: List::Waiting,
        heads: [NOWHERE; TABLES],
        links: [Link::NONE; TABLES + 1],
    };

    /// A part. Found by the beginning of its id, if that has more octets than `least_left`.
    pub(super) fn of_part(
        part: MessagePart,
        status: PartStatus,
        id: &[u8],
        reference: Option<u16>,
        least_left: u16,
    ) -> Self {
        let MessagePart { message, part, total } = part;
        let has_beginning = length(id) > least_left;
        Self { message, part, total, status, reference, has_beginning, ..Self::of_id(id) }
    }

    /// A receipt. Found by the beginning of its id, if that has as many octets as `least_left`.
    pub(super) fn of_receipt(status: PartStatus, id: &[u8], reference: Option<u16>, least_left: u16) -> Self {
        let has_beginning = length(id) >= least_left;
        Self { status, reference, has_beginning, list: List::Receipts, ..Self::of_id(id) }
    }

    fn of_id(id: &[u8]) -> Self {
        Self { hash: hash(id), id: StoredId::new(id), ..Self::EMPTY }
    }

    pub(super) fn is_receipt(&self) -> bool {
        self.list == List::Receipts
    }

    /// Whether it is a part of a complete message.
    pub(super) fn is_complete(&self) -> bool {
        self.list == List::Complete
    }

    /// Whether it is a part that waits for its receipt.
    pub(super) fn is_waiting(&self) -> bool {
        self.list == List::Waiting
    }

    /// Which part it is; of a receipt nothing that means something.
    pub(super) const fn as_part(&self) -> MessagePart {
        MessagePart { message: self.message, part: self.part, total: self.total }
    }

    pub(super) const fn state(&self) -> Option<MessageState> {
        self.status.state()
    }

    pub(super) const fn reference(&self) -> Option<u16> {
        self.reference
    }

    /// Whether its id has this hash, so that it may be the same.
    pub(super) const fn has_hash(&self, hash: u64) -> bool {
        self.hash == hash
    }

    /// Whether its id is exactly this one, which has this hash.
    pub(super) fn has_id(&self, id: &[u8], hash: u64) -> bool {
        self.has_hash(hash) && self.id.same(id) == IdForm::Text
    }

    /// Whether its id is exactly that of another entry.
    pub(super) fn has_id_of(&self, other: &Self) -> bool {
        self.has_hash(other.hash) && self.id == other.id
    }

    /// The report that it is not tracked any longer.
    pub(super) fn evicted(&self) -> Evicted {
        let state = self.state();
        match self.list {
            List::Receipts => Evicted::Receipt { id: self.id, state },
            _ => Evicted::Part { part: self.as_part(), state },
        }
    }

    /// Under what it is entered in a table, if it is.
    fn key(&self, table: usize) -> Option<u32> {
        match table {
            IDS => (self.hash != 0).then_some(half(self.hash)),
            BEGINNINGS if !self.has_beginning => None,
            BEGINNINGS => beginning_hash(self.id.as_octets()),
            MESSAGES => (!self.is_receipt()).then_some(links::near(self.message)),
            _ => self.reference.map(u32::from),
        }
    }
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

    fn head(&self, list: usize) -> u32 {
        self.heads.get(list).copied().unwrap_or(NOWHERE)
    }
}

/// The parts of a message.
pub(super) fn of_message(entries: &[Entry], message: u32) -> impl Iterator<Item = (u32, &Entry)> {
    links::chain(entries, MESSAGES, links::near(message)).filter(move |(_, entry)| entry.message == message)
}

/// Where the lists begin, and how much room is taken.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Lists {
    oldest: [u32; LISTS],
    /// Entries that were given back.
    free: u32,
    /// Entries from here on were never used.
    fresh: u32,
    parts: usize,
    receipts: usize,
}

impl Lists {
    pub(super) const EMPTY: Self =
        Self { oldest: [NOWHERE; LISTS], free: NOWHERE, fresh: 1, parts: 0, receipts: 0 };

    /// Whether no receipt is held.
    pub(super) const fn has_no_receipts(&self) -> bool {
        self.receipts == 0
    }

    /// The entry that is longest in a list.
    pub(super) fn oldest(&self, list: List) -> u32 {
        self.oldest.get(list as usize).copied().unwrap_or(NOWHERE)
    }
}

/// So many of `entries` are for receipts that no part has asked for, so that these never take the room of parts, nor parts
/// theirs: a quarter of a few, because a whole window of responses can be late, and an eighth of many.
const fn room_for_receipts(entries: usize) -> usize {
    match (entries / 4, entries / 8) {
        (0, _) if entries < 2 => 0,
        (0, _) => 1,
        (quarter @ ..8, _) => quarter,
        (_, eighth @ ..8) if eighth < 8 => 8,
        (_, eighth) => eighth,
    }
}

/// All entries. What is done to them keeps lists and tables in order.
#[derive(Debug)]
pub(super) struct Table<'t> {
    pub(super) entries: &'t mut [Entry],
    pub(super) lists: &'t mut Lists,
}

impl Table<'_> {
    pub(super) fn get(&self, index: u32) -> Option<&Entry> {
        links::entry(self.entries, index)
    }

    /// For its status; what else is in it is the table's.
    pub(super) fn status_mut(&mut self, index: u32) -> Option<&mut PartStatus> {
        links::entry_mut(self.entries, index).map(|entry| &mut entry.status)
    }

    pub(super) fn oldest(&self, list: List) -> Option<(u32, &Entry)> {
        let index = self.lists.oldest(list);
        Some((index, self.get(index)?))
    }

    /// A part of the message.
    pub(super) fn first_of(&self, message: u32) -> Option<u32> {
        of_message(self.entries, message).next().map(|(index, _)| index)
    }

    /// The part of the message behind the one at `index`.
    pub(super) fn next_of(&self, message: u32, index: u32) -> Option<u32> {
        let mut behind = links::walk(self.entries, MESSAGES, index).skip(1);
        behind.find(|(_, entry)| entry.message == message).map(|(index, _)| index)
    }

    pub(super) const fn has_room_for_part(&self) -> bool {
        self.lists.parts < self.entries.len().saturating_sub(room_for_receipts(self.entries.len()))
    }

    pub(super) const fn has_room_for_receipt(&self) -> bool {
        self.lists.receipts < room_for_receipts(self.entries.len())
    }

    /// Enters an entry; there is room.
    pub(super) fn push(&mut self, now: Instant, new: &Entry) -> Option<u32> {
        let index = if self.lists.free == NOWHERE { self.lists.fresh } else { self.lists.free };
        let entry = links::entry_mut(self.entries, index)?;
        if self.lists.free == NOWHERE {
            self.lists.fresh = self.lists.fresh.saturating_add(1);
        } else {
            self.lists.free = entry.message;
        }
        *entry = Entry { since: now, heads: entry.heads, ..*new };
        let count = if new.is_receipt() { &mut self.lists.receipts } else { &mut self.lists.parts };
        *count = count.saturating_add(1);
        for table in 0..TABLES {
            if let Some(key) = new.key(table) {
                links::enter(self.entries, table, key, index);
            }
        }
        self.change_list(new.list, index, links::append);
        Some(index)
    }

    /// Removes an entry; a receipt with its other id.
    pub(super) fn remove(&mut self, index: u32) {
        let is_receipt = self.get(index).is_some_and(Entry::is_receipt);
        let other = self.other_id(index).filter(|_| is_receipt);
        self.remove_one(index);
        if let Some(other) = other {
            self.remove_one(other);
        }
    }

    fn remove_one(&mut self, index: u32) {
        for table in 0..TABLES {
            if let Some(key) = self.get(index).and_then(|entry| entry.key(table)) {
                links::leave(self.entries, table, key, index);
            }
        }
        let Some(list) = self.get(index).map(|entry| entry.list) else { return };
        self.change_list(list, index, links::detach);
        let count = if list == List::Receipts { &mut self.lists.receipts } else { &mut self.lists.parts };
        *count = count.saturating_sub(1);
        if let Some(freed) = links::entry_mut(self.entries, index) {
            freed.message = self.lists.free;
        }
        self.lists.free = index;
    }

    /// Puts an entry to the end of a list, if it is not in that one.
    pub(super) fn put(&mut self, now: Instant, index: u32, list: List) {
        let Some(old) = self.get(index).map(|entry| entry.list).filter(|old| *old != list) else { return };
        self.change_list(old, index, links::detach);
        if let Some(entry) = links::entry_mut(self.entries, index) {
            (entry.list, entry.since) = (list, now);
        }
        self.change_list(list, index, links::append);
    }

    fn change_list(&mut self, list: List, index: u32, change: fn(&mut [Entry], usize, u32, u32) -> u32) {
        if let Some(oldest) = self.lists.oldest.get_mut(list as usize) {
            *oldest = change(self.entries, AGE, *oldest, index);
        }
    }

    /// The entry of a receipt's other id.
    pub(super) fn other_id(&self, index: u32) -> Option<u32> {
        self.get(index).map(|entry| entry.message).filter(|other| *other != NOWHERE)
    }

    /// Says that two entries are one receipt.
    pub(super) fn join_receipts(&mut self, one: u32, other: u32) {
        for (index, message) in [(one, other), (other, one)] {
            if let Some(entry) = links::entry_mut(self.entries, index) {
                entry.message = message;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_takes_what_its_documentation_says() {
        assert_eq!(size_of::<Entry>(), 160);
    }

    #[test]
    fn receipts_have_a_quarter_of_few_entries_and_an_eighth_of_many() {
        for (entries, receipts) in
            [(0, 0), (1, 0), (2, 1), (4, 1), (8, 2), (32, 8), (64, 8), (128, 16), (65_536, 8192)]
        {
            assert_eq!(room_for_receipts(entries), receipts, "{entries}");
        }
    }
}
