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
use self::slot::{Slot, Subject};
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
    /// No part has its id (yet): it is held until the response comes or its time is over.
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
/// entry takes `ID` and about 32 octets; every call looks at each entry once at most a few times.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tracker<const PARTS: usize, const ID: usize = 64> {
    limits: Limits,
    learned: Learned,
    slots: heapless::Vec<Slot<ID>, PARTS>,
}

impl<const PARTS: usize, const ID: usize> Tracker<PARTS, ID> {
    /// An empty one. `form` is how the MC writes ids in receipts, `None` to learn it.
    #[must_use]
    pub const fn new(limits: Limits, form: Option<IdForm>) -> Self {
        const { assert!(PARTS > 0, "a tracker needs room") };
        Self { limits, learned: Learned::new(form), slots: heapless::Vec::new() }
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
        let slot = Slot::part(now, part, Fate::Waiting(None), id).ok_or(IdTooLong)?;
        let held = self.learned.find(id, &self.slots, Side::Response, Slot::is_receipt);
        let state = held.and_then(|(index, _)| self.slots.get(index)?.subject.state());
        if let Some((index, _)) = held {
            self.remove(index);
        }
        let lost = self.enter(slot);
        self.complete(now, part);
        let early = held.zip(self.index_of(part));
        let early = early.and_then(|((_, form), index)| self.apply(now, index, form, state));
        Ok(Accepted { early, lost })
    }

    /// A part ended without a receipt to come.
    pub fn ended(&mut self, now: Instant, part: MessagePart, end: PartEnd) -> Option<Lost<ID>> {
        // Without an id it always fits.
        let slot = Slot::part(now, part, Fate::Ended(end), &[])?;
        let lost = self.enter(slot);
        self.complete(now, part);
        lost
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
        let limits = self.limits;
        let known =
            self.learned.find(id, &self.slots, Side::Receipt, |slot| slot.takes_receipts(now, limits));
        if let Some((index, form)) = known
            && let Some(matched) = self.apply(now, index, form, state)
        {
            return Ok(ReceiptOutcome::Matched(matched));
        }
        let same_id = |slot: &&mut Slot<ID>| slot.is_receipt() && slot.id.as_octets() == id;
        if let Some(Subject::Receipt(fate)) =
            self.slots.iter_mut().find(same_id).map(|slot| &mut slot.subject)
        {
            return Ok(ReceiptOutcome::Held { change: fate.update(state), lost: None });
        }
        let mut fate = Fate::Waiting(None);
        let change = fate.update(state);
        let slot = Slot::receipt(now, fate, id).ok_or(IdTooLong)?;
        Ok(ReceiptOutcome::Held { change, lost: self.push(slot) })
    }

    /// How far a message is; `None` when nothing of it is known (any more).
    #[must_use]
    pub fn progress(&self, message: u32) -> Option<Progress> {
        let parts =
            || self.slots.iter().filter_map(Slot::as_part).filter(move |(part, _)| part.message == message);
        let total = parts().next()?.0.total;
        Some(Progress::of(total, parts().map(|(_, fate)| fate)))
    }

    /// When the next part or receipt runs out of time.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.slots.iter().filter_map(|slot| slot.deadline(self.limits)).min()
    }

    /// A part or a receipt whose time is over. The part counts as [`PartEnd::Unknown`] from now on, and a receipt that
    /// comes later is still taken while it is remembered. Call it until it says `None`.
    pub fn expire(&mut self, now: Instant) -> Option<Lost<ID>> {
        let limits = self.limits;
        let index = self.slots.iter().position(|slot| slot.deadline(limits).is_some_and(|at| at <= now))?;
        let slot = self.slots.get_mut(index)?;
        let lost = slot.lost();
        match &mut slot.subject {
            Subject::Part { part, fate, .. } => {
                *fate = Fate::Ended(PartEnd::Unknown);
                slot.since = now;
                let part = *part;
                self.complete(now, part);
            }
            Subject::Receipt(_) => self.remove(index),
        }
        Some(lost)
    }

    /// Gives a receipt's state to the part in the slot at `index`.
    fn apply(
        &mut self,
        now: Instant,
        index: usize,
        form: IdForm,
        state: Option<MessageState>,
    ) -> Option<Match> {
        let Subject::Part { part, fate, .. } = &mut self.slots.get_mut(index)?.subject else { return None };
        let change = fate.update(state);
        let (part, state) = (*part, fate.state());
        let progress = self.complete(now, part)?;
        Some(Match { part, form, change, state, progress })
    }

    /// Looks whether the message of `part` is complete, so that its parts need only be remembered.
    fn complete(&mut self, now: Instant, part: MessagePart) -> Option<Progress> {
        let progress = self.progress(part.message)?;
        for slot in &mut self.slots {
            if let Subject::Part { part: other, is_complete, .. } = &mut slot.subject
                && other.message == part.message
            {
                if progress.open == 0 && !*is_complete {
                    slot.since = now;
                }
                *is_complete = progress.open == 0;
            }
        }
        Some(progress)
    }

    fn index_of(&self, part: MessagePart) -> Option<usize> {
        self.slots.iter().position(|slot| {
            slot.as_part().is_some_and(|(other, _)| (other.message, other.part) == (part.message, part.part))
        })
    }

    /// Enters a part, in the place of what was known of it before.
    fn enter(&mut self, slot: Slot<ID>) -> Option<Lost<ID>> {
        let known = slot.as_part().and_then(|(part, _)| self.index_of(part));
        match known.and_then(|index| self.slots.get_mut(index)) {
            Some(place) => {
                *place = slot;
                None
            }
            None => self.push(slot),
        }
    }

    /// Enters a slot. When there is no room, what matters least goes: what is complete, then what is oldest.
    fn push(&mut self, slot: Slot<ID>) -> Option<Lost<ID>> {
        let lost = if self.slots.is_full() { self.make_room() } else { None };
        // There is room now.
        let pushed = self.slots.push(slot);
        debug_assert!(pushed.is_ok(), "no room");
        lost
    }

    fn make_room(&mut self) -> Option<Lost<ID>> {
        let matters = |slot: &Slot<ID>| (!slot.is_complete(), slot.since);
        let (index, least) = self.slots.iter().enumerate().min_by_key(|(_, slot)| matters(slot))?;
        match least.as_part().filter(|_| least.is_complete()) {
            // All parts of it, or those that are left would say something else about it.
            Some((part, _)) => {
                self.slots
                    .retain(|slot| slot.as_part().is_none_or(|(other, _)| other.message != part.message));
                None
            }
            None => {
                let lost = least.lost();
                self.remove(index);
                Some(lost)
            }
        }
    }

    fn remove(&mut self, index: usize) {
        if index < self.slots.len() {
            self.slots.swap_remove(index);
        }
    }
}
