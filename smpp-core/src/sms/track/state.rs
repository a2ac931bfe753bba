//! What a tracker does, whatever its storage is: so it is there once for all of them.

use super::entry::{Entry, IDS, List, Lists, Table, of_message};
use super::hash::{half, hash};
use super::id::IdForm;
use super::learn::{Found, Learned, Query};
use super::status::{MessagePart, PartEnd, PartStatus, Progress};
use super::{Accepted, Evicted, Limits, Match, PartIds, ReceiptIds, ReceiptOutcome};
use crate::sms::links;
use crate::time::Instant;
use crate::types::MessageState;

#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Tracking {
    pub(super) limits: Limits,
    pub(super) learned: Learned,
    lists: Lists,
}

impl Tracking {
    pub(super) const fn new(limits: Limits, form: Option<IdForm>) -> Self {
        Self { limits, learned: Learned::new(form), lists: Lists::EMPTY }
    }

    pub(super) fn accepted(
        &mut self,
        entries: &mut [Entry],
        now: Instant,
        part: MessagePart,
        ids: PartIds<'_>,
    ) -> Accepted {
        let PartIds { message_id: id, user_message_reference: reference } = ids;
        self.learned.saw_response(id);
        let found = if self.lists.has_no_receipts() {
            Found::Nothing
        } else {
            self.learned.find(entries, Query::Receipt { of: part }, [id, &[]], reference)
        };
        let mut table = Table { entries, lists: &mut self.lists };
        let early = match found {
            Found::One(held, form) => table.get(held).map(|entry| (held, form, entry.state())),
            _ => None,
        };
        if let Some((held, ..)) = early {
            table.remove(held);
        }
        let least_left = self.learned.least_left();
        let entry = Entry::of_part(part, PartStatus::Waiting(None), id, reference, least_left);
        let (index, evicted) = enter(&mut table, now, &entry);
        let early = early.and_then(|(_, form, state)| apply(&mut table, now, index?, form, state));
        Accepted { early, evicted }
    }

    pub(super) fn ended(
        &mut self,
        entries: &mut [Entry],
        now: Instant,
        part: MessagePart,
        end: PartEnd,
    ) -> Option<Evicted> {
        let mut table = Table { entries, lists: &mut self.lists };
        enter(&mut table, now, &Entry::of_part(part, PartStatus::Ended(end), &[], None, u16::MAX)).1
    }

    pub(super) fn receipt(
        &mut self,
        entries: &mut [Entry],
        now: Instant,
        ids: &ReceiptIds<'_>,
        state: Option<MessageState>,
    ) -> ReceiptOutcome {
        let reference = ids.user_message_reference;
        let ids = ids.different();
        let query = Query::Part { now, memory: self.limits.receipt };
        let found = self.learned.find(entries, query, ids, reference);
        let mut table = Table { entries, lists: &mut self.lists };
        if let Found::One(index, form) = found
            && let Some(matched) = apply(&mut table, now, index, form, state)
        {
            return ReceiptOutcome::Matched(matched);
        }
        let is_ambiguous = found == Found::Several;
        if let Some(held) = held(table.entries, ids) {
            let other = table.other_id(held);
            let mut update = |index| table.status_mut(index).map(|status| status.update(state));
            if let Some(change) = update(held) {
                other.and_then(update);
                return ReceiptOutcome::Held { change, is_ambiguous, evicted: None };
            }
        }
        let mut status = PartStatus::Waiting(None);
        let change = status.update(state);
        let least_left = self.learned.least_left();
        let entry = |id: &[u8]| Entry::of_receipt(status, id, reference, least_left);
        let evicted = hold(&mut table, now, ids, &entry);
        ReceiptOutcome::Held { change, is_ambiguous, evicted }
    }

    /// The entry that runs out of time next, and when.
    fn next_due(&self, entries: &[Entry]) -> Option<(Instant, u32)> {
        let due = |list, patience| {
            let index = self.lists.oldest(list);
            Some((links::entry(entries, index)?.since.after(patience), index))
        };
        let part = due(List::Waiting, self.limits.receipt);
        let receipt = due(List::Receipts, self.limits.early_receipt);
        match (part, receipt) {
            (Some(part), Some(receipt)) => Some(if receipt.0 < part.0 { receipt } else { part }),
            (part, receipt) => part.or(receipt),
        }
    }

    pub(super) fn poll_timeout(&self, entries: &[Entry]) -> Option<Instant> {
        self.next_due(entries).map(|(at, _)| at)
    }

    pub(super) fn expire(&mut self, entries: &mut [Entry], now: Instant) -> Option<Evicted> {
        let (_, index) = self.next_due(entries).filter(|(at, _)| *at <= now)?;
        let mut table = Table { entries, lists: &mut self.lists };
        let entry = table.get(index)?;
        let evicted = entry.evicted();
        if entry.is_receipt() {
            table.remove(index);
        } else {
            *table.status_mut(index)? = PartStatus::Ended(PartEnd::Unknown);
            settle(&mut table, now, index);
        }
        Some(evicted)
    }
}

/// Gives a receipt's state to the part at `index`.
fn apply(
    table: &mut Table<'_>,
    now: Instant,
    index: u32,
    form: IdForm,
    state: Option<MessageState>,
) -> Option<Match> {
    let change = table.status_mut(index)?.update(state);
    let entry = table.get(index)?;
    let (part, state) = (entry.as_part(), entry.state());
    Some(Match { part, form, change, state, progress: settle(table, now, index)? })
}

pub(super) fn progress(entries: &[Entry], message: u32) -> Option<Progress> {
    Progress::of(of_message(entries, message).map(|(_, entry)| (entry.as_part().total, entry.status)))
}

/// Looks how far the message of the part at `index` is, and puts its parts to the lists where they belong.
fn settle(table: &mut Table<'_>, now: Instant, index: u32) -> Option<Progress> {
    let entry = table.get(index)?;
    let MessagePart { message, total, .. } = entry.as_part();
    // It is only faster.
    if total <= 1 && !cfg!(smpp_small) {
        let progress = Progress::of(core::iter::once((total, entry.status)))?;
        put(table, now, index, progress.open == 0);
        return Some(progress);
    }
    let progress = progress(table.entries, message)?;
    let mut next = table.first_of(message);
    while let Some(index) = next {
        next = table.next_of(message, index);
        put(table, now, index, progress.open == 0);
    }
    Some(progress)
}

fn put(table: &mut Table<'_>, now: Instant, index: u32, is_complete: bool) {
    let is_waiting = table.get(index).is_some_and(|entry| entry.status.is_waiting());
    let list = match (is_complete, is_waiting) {
        (true, _) => List::Complete,
        (false, true) => List::Waiting,
        (false, false) => List::Idle,
    };
    table.put(now, index, list);
}

/// Enters a part, in the place of what was known of it before. When there is no room, what matters least goes; without any
/// room at all that is the part itself.
fn enter(table: &mut Table<'_>, now: Instant, entry: &Entry) -> (Option<u32>, Option<Evicted>) {
    let part = entry.as_part();
    let old = of_message(table.entries, part.message).find(|(_, other)| other.as_part().part == part.part);
    if let Some(old) = old.map(|(index, _)| index) {
        table.remove(old);
    }
    let evicted = if table.has_room_for_part() { None } else { make_room(table) };
    if !table.has_room_for_part() {
        return (None, Some(entry.evicted()));
    }
    let index = table.push(now, entry);
    if let Some(index) = index {
        settle(table, now, index);
    }
    (index, evicted)
}

/// Removes the parts of the message that is complete for longest; where none is, the part that is there for longest.
fn make_room(table: &mut Table<'_>) -> Option<Evicted> {
    if let Some((_, entry)) = table.oldest(List::Complete) {
        // All parts of it, or those that are left would say something else about it.
        let message = entry.as_part().message;
        while let Some(index) = table.first_of(message) {
            table.remove(index);
        }
        return None;
    }
    let oldest = [List::Idle, List::Waiting].into_iter().filter_map(|list| table.oldest(list));
    let (index, entry) = oldest.min_by_key(|(_, entry)| entry.since)?;
    let evicted = entry.evicted();
    table.remove(index);
    Some(evicted)
}

/// The receipt that is held with one of these ids.
fn held(entries: &[Entry], ids: [&[u8]; 2]) -> Option<u32> {
    ids.into_iter().find_map(|id| {
        let hash = hash(id);
        let mut held = links::chain(entries, IDS, half(hash));
        held.find(|(_, entry)| entry.is_receipt() && entry.has_id(id, hash)).map(|(index, _)| index)
    })
}

/// Holds a receipt: under its first id, and under the second too while there is room. The oldest one goes for it.
fn hold(
    table: &mut Table<'_>,
    now: Instant,
    ids: [&[u8]; 2],
    entry: &dyn Fn(&[u8]) -> Entry,
) -> Option<Evicted> {
    let mut evicted = None;
    if !table.has_room_for_receipt() {
        let Some((index, oldest)) = table.oldest(List::Receipts) else {
            return Some(entry(ids[0]).evicted());
        };
        evicted = Some(oldest.evicted());
        table.remove(index);
    }
    let mut first = None;
    for id in ids {
        // A receipt without any id is held all the same.
        if (first.is_none() || !id.is_empty()) && table.has_room_for_receipt() {
            let index = table.push(now, &entry(id))?;
            if let Some(first) = first.replace(index) {
                table.join_receipts(first, index);
            }
        }
    }
    evicted
}
