//! What becomes of submissions: responses and receipts brought together in bounded memory (SMPP 3.4 §2.11, appendix B).
//!
//! One [`Tracker`] serves one account at one MC, however many sessions it has: receipts may come over another one than
//! the submission went. It learns how the MC writes message ids in receipts, keeps receipts that come before their
//! response, and folds the parts of a long message into one [`Verdict`].
//!
//! ```
//! use core::time::Duration;
//! use smpp_core::sms::track::{Limits, MessagePart, ReceiptOutcome, Tracker, Verdict};
//! use smpp_core::{Instant, types::MessageState};
//!
//! let now = Instant::ZERO;
//! let limits = Limits { receipt: Duration::from_secs(86_400), early_receipt: Duration::from_secs(60) };
//! let mut tracker = Tracker::<32>::new(limits, None);
//! tracker.accepted(now, MessagePart { message: 1, part: 1, total: 1 }, b"5f878c79")?;
//! let outcome = tracker.receipt(now, b"1602718841", Some(MessageState::DELIVERED))?;
//! let ReceiptOutcome::Matched(matched) = outcome else { panic!("{outcome:?}") };
//! assert_eq!((matched.part.message, matched.progress.verdict), (1, Verdict::Delivered));
//! # Ok::<(), smpp_core::sms::track::IdTooLong>(())
//! ```

mod fate;
mod id;
mod learn;
mod slot;
#[cfg(test)]
mod tests;

pub use fate::{Change, MessagePart, PartEnd, Progress, Verdict};
pub use id::{IdForm, StoredId};

use self::fate::Fate;
use self::learn::{Learned, Side};
use self::slot::{Slot, Table};
use crate::time::Instant;
use crate::types::MessageState;
use core::fmt;
use core::time::Duration;

/// How long to wait.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Limits {
    /// For the final receipt of a part, from its response on. Also how long a finished part is remembered, as far as
    /// there is room, so that a receipt that comes again is known.
    pub receipt: Duration,
    /// For the response, from a receipt on that came before it.
    pub early_receipt: Duration,
}

/// The id is longer than the tracker can hold: nothing was done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct IdTooLong;

impl fmt::Display for IdTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("message id is longer than the tracker holds")
    }
}

impl core::error::Error for IdTooLong {}

/// A receipt and the part that it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Match {
    /// Which part.
    pub part: MessagePart,
    /// How the ids of response and receipt were found to be the same.
    pub form: IdForm,
    /// What the receipt changed.
    pub change: Change,
    /// The state of the part now; `None` while only vendor's words came.
    pub state: Option<MessageState>,
    /// How far the whole message is.
    pub progress: Progress,
}

/// What became of a receipt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ReceiptOutcome<const ID: usize> {
    /// It belongs to a part.
    Matched(Match),
    /// No part has its id (yet), or several may have it: it is held until the response comes or its time is over. Receipts
    /// with the same id are held as one.
    Held {
        /// What it changed in the receipt that was held for this id already; `New` without one.
        change: Change,
        /// What had to be forgotten for it.
        lost: Option<Lost<ID>>,
    },
}

/// What became of the response of a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Accepted<const ID: usize> {
    /// The receipt that came before it.
    pub early: Option<Match>,
    /// What had to be forgotten for it.
    pub lost: Option<Lost<ID>>,
}

/// Something that is not tracked any longer, because its time was over or because memory ran out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Lost<const ID: usize> {
    /// A part of an unfinished message.
    Part {
        /// Which.
        part: MessagePart,
        /// Its last state.
        state: Option<MessageState>,
    },
    /// A receipt whose response never came: of another program's message, perhaps, or of one that is forgotten.
    Receipt {
        /// Its id.
        id: StoredId<ID>,
        /// Its state.
        state: Option<MessageState>,
    },
}

/// Tracks up to `PARTS` parts and early receipts, with ids of up to `ID` octets (64 is the most that SMPP allows).
///
/// When memory runs out, parts of complete messages go first; then the oldest of the others, which is reported. Each
/// entry takes `ID` and about 32 octets. Calls look through all entries, some octets of each.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tracker<const PARTS: usize, const ID: usize = 64> {
    limits: Limits,
    learned: Learned,
    table: Table<PARTS, ID>,
    /// No entry runs out of time before.
    earliest: Option<Instant>,
}

impl<const PARTS: usize, const ID: usize> Tracker<PARTS, ID> {
    /// An empty one. `form` is how the MC writes ids in receipts, `None` to learn it.
    #[must_use]
    pub const fn new(limits: Limits, form: Option<IdForm>) -> Self {
        const { assert!(PARTS > 0, "a tracker needs room") };
        Self { limits, learned: Learned::new(form), table: Table::new(), earliest: None }
    }

    /// How the MC writes ids in receipts, as far as it is known.
    #[must_use]
    pub const fn form(&self) -> Option<IdForm> {
        self.learned.form()
    }

    /// The MC accepted a part under this id. When the part was known already, the new id counts.
    ///
    /// # Errors
    /// [`IdTooLong`]: the part is not tracked. Tell [`Tracker::ended`] what to think of it.
    pub fn accepted(
        &mut self,
        now: Instant,
        part: MessagePart,
        id: &[u8],
    ) -> Result<Accepted<ID>, IdTooLong> {
        let slot = Slot::part(part, Fate::Waiting(None), id).ok_or(IdTooLong)?;
        let held = self.learned.find(id, &self.table, Side::Response, |_, slot| slot.is_receipt());
        let Some((index, form)) = held else {
            return Ok(Accepted { early: None, lost: self.enter(now, slot) });
        };
        let state = self.table.get(index).and_then(Slot::state);
        self.table.remove(index);
        let lost = self.enter(now, slot);
        let early = self.index_of(part).and_then(|index| self.apply(now, index, form, state));
        Ok(Accepted { early, lost })
    }

    /// A part ended without a receipt to come.
    pub fn ended(&mut self, now: Instant, part: MessagePart, end: PartEnd) -> Option<Lost<ID>> {
        // Without an id it always fits.
        self.enter(now, Slot::part(part, Fate::Ended(end), &[])?)
    }

    /// A receipt came: its id ([`Report::message_id`](super::receipt::Report::message_id)) and its state, `None` for a
    /// vendor's word.
    ///
    /// # Errors
    /// [`IdTooLong`]: no part can have this id, and it cannot be held.
    pub fn receipt(
        &mut self,
        now: Instant,
        id: &[u8],
        state: Option<MessageState>,
    ) -> Result<ReceiptOutcome<ID>, IdTooLong> {
        let (table, limit) = (&self.table, self.limits.receipt);
        // An id may be used again, so a complete message is not remembered for ever.
        let is_remembered = |index| !table.is_complete(index) || now < table.since(index).after(limit);
        let takes = |index: usize, slot: &Slot<ID>| !slot.is_receipt() && is_remembered(index);
        if let Some((index, form)) = self.learned.find(id, table, Side::Receipt, takes)
            && let Some(matched) = self.apply(now, index, form, state)
        {
            return Ok(ReceiptOutcome::Matched(matched));
        }
        let held = self.table.with_id(id).find(|(_, slot)| slot.is_receipt() && slot.id.as_octets() == id);
        if let Some((index, _)) = held
            && let Some(slot) = self.table.get_mut(index)
        {
            return Ok(ReceiptOutcome::Held { change: slot.fate_mut().update(state), lost: None });
        }
        let mut fate = Fate::Waiting(None);
        let change = fate.update(state);
        let slot = Slot::receipt(fate, id).ok_or(IdTooLong)?;
        Ok(ReceiptOutcome::Held { change, lost: self.push(now, slot) })
    }

    /// How far a message is; `None` when nothing of it is known (any more).
    #[must_use]
    pub fn progress(&self, message: u32) -> Option<Progress> {
        let (_, part, _) = self.table.of_message(message).next()?;
        Some(Progress::of(part.total, self.table.of_message(message).map(|(.., fate)| fate)))
    }

    /// When to call [`Tracker::expire`]: when the next part or receipt runs out of time, or earlier.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Instant> {
        self.earliest
    }

    /// A part or a receipt whose time is over. The part counts as [`PartEnd::Unknown`] from now on, and a receipt that
    /// comes later is still taken while it is remembered. Call it until it says `None`.
    pub fn expire(&mut self, now: Instant) -> Option<Lost<ID>> {
        if self.earliest? > now {
            return None;
        }
        let deadlines =
            self.table.iter().filter_map(|(index, slot)| Some((self.deadline(index, slot)?, index)));
        let Some((deadline, index)) = deadlines.min() else {
            self.earliest = None;
            return None;
        };
        // What else is over is not over before.
        self.earliest = Some(deadline);
        if deadline > now {
            return None;
        }
        let slot = self.table.get_mut(index)?;
        let lost = slot.lost();
        if slot.is_receipt() {
            self.table.remove(index);
        } else {
            *slot.fate_mut() = Fate::Ended(PartEnd::Unknown);
            self.table.set_since(index, now);
            self.settle(now, index);
        }
        Some(lost)
    }

    /// Gives a receipt's state to the part at `index`.
    fn apply(
        &mut self,
        now: Instant,
        index: usize,
        form: IdForm,
        state: Option<MessageState>,
    ) -> Option<Match> {
        let slot = self.table.get_mut(index)?;
        let change = slot.fate_mut().update(state);
        let (part, fate) = slot.as_part()?;
        let progress = self.settle(now, index)?;
        // It may have been given up before.
        self.watch(index);
        Some(Match { part, form, change, state: fate.state(), progress })
    }

    /// Looks how far the message of the part at `index` is. When it is complete it is only remembered.
    fn settle(&mut self, now: Instant, index: usize) -> Option<Progress> {
        let (part, fate) = self.table.get(index)?.as_part()?;
        if part.total <= 1 {
            let progress = Progress::of(part.total, core::iter::once(fate));
            self.table.set_complete(now, index, progress.open == 0);
            return Some(progress);
        }
        let progress = self.progress(part.message)?;
        self.table.set_all_complete(now, part.message, progress.open == 0);
        Some(progress)
    }

    fn deadline(&self, index: usize, slot: &Slot<ID>) -> Option<Instant> {
        slot.patience(self.limits).map(|patience| self.table.since(index).after(patience))
    }

    /// Sees to it that the entry at `index` runs out of time.
    fn watch(&mut self, index: usize) {
        if let Some(deadline) = self.table.get(index).and_then(|slot| self.deadline(index, slot)) {
            self.earliest = Some(self.earliest.map_or(deadline, |earliest| earliest.min(deadline)));
        }
    }

    fn index_of(&self, part: MessagePart) -> Option<usize> {
        let same = self.table.of_message(part.message).find(|(_, other, _)| other.part == part.part);
        same.map(|(index, ..)| index)
    }

    /// Enters a part, in the place of what was known of it before.
    fn enter(&mut self, now: Instant, slot: Slot<ID>) -> Option<Lost<ID>> {
        let (part, _) = slot.as_part()?;
        if let Some(index) = self.index_of(part) {
            self.table.remove(index);
        }
        let lost = self.push(now, slot);
        if let Some(index) = self.index_of(part) {
            self.settle(now, index);
        }
        lost
    }

    /// Enters a slot. When there is no room, what matters least goes.
    fn push(&mut self, now: Instant, slot: Slot<ID>) -> Option<Lost<ID>> {
        let lost = if self.table.is_full() { self.make_room() } else { None };
        self.table.push(now, slot);
        let deadline = slot.patience(self.limits).map(|patience| now.after(patience));
        self.earliest = self.earliest.into_iter().chain(deadline).min();
        lost
    }

    fn make_room(&mut self) -> Option<Lost<ID>> {
        let index = self.table.least()?;
        let least = self.table.get(index)?;
        let lost = least.lost();
        match least.as_part().filter(|_| self.table.is_complete(index)) {
            // All parts of it, or those that are left would say something else about it.
            Some((part, _)) => {
                self.table.remove_message(part.message);
                None
            }
            None => {
                self.table.remove(index);
                Some(lost)
            }
        }
    }
}
