//! One entry of the tracker: a part, or a receipt that came before its response.

use super::fate::{Fate, MessagePart};
use super::id::{StoredId, hash};
use super::{Limits, Lost};
use crate::time::Instant;
use crate::types::MessageState;

#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Slot<const ID: usize> {
    pub(super) id: StoredId<ID>,
    /// Of the id, so that few ids are compared.
    pub(super) hash: u32,
    /// When it was entered; of a part of a complete message, when that was completed.
    pub(super) since: Instant,
    pub(super) subject: Subject,
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Subject {
    Part {
        part: MessagePart,
        fate: Fate,
        /// Whether all parts of the message have ended: it is only remembered then.
        is_complete: bool,
    },
    Receipt(Fate),
}

impl Subject {
    pub(super) const fn state(&self) -> Option<MessageState> {
        match self {
            Self::Part { fate, .. } | Self::Receipt(fate) => fate.state(),
        }
    }

    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self, Self::Part { fate, .. } if fate.is_waiting())
    }
}

impl<const ID: usize> Slot<ID> {
    /// `None` when the id is too long.
    pub(super) fn part(now: Instant, part: MessagePart, fate: Fate, id: &[u8]) -> Option<Self> {
        Self::new(now, Subject::Part { part, fate, is_complete: false }, id)
    }

    /// `None` when the id is too long.
    pub(super) fn receipt(now: Instant, fate: Fate, id: &[u8]) -> Option<Self> {
        Self::new(now, Subject::Receipt(fate), id)
    }

    fn new(since: Instant, subject: Subject, id: &[u8]) -> Option<Self> {
        Some(Self { id: StoredId::new(id)?, hash: hash(id), since, subject })
    }

    pub(super) const fn as_part(&self) -> Option<(MessagePart, Fate)> {
        match self.subject {
            Subject::Part { part, fate, .. } => Some((part, fate)),
            Subject::Receipt(_) => None,
        }
    }

    pub(super) const fn is_receipt(&self) -> bool {
        matches!(self.subject, Subject::Receipt(_))
    }

    /// Whether it is a part of a complete message.
    pub(super) const fn is_complete(&self) -> bool {
        matches!(self.subject, Subject::Part { is_complete: true, .. })
    }

    /// Whether it is a part that receipts are for. An id may be used again, so a part is not remembered for ever.
    pub(super) fn takes_receipts(&self, now: Instant, limits: Limits) -> bool {
        !self.is_receipt() && (!self.is_complete() || now < self.since.after(limits.receipt))
    }

    /// When it has waited long enough; `None` when it waits for nothing.
    pub(super) fn deadline(&self, limits: Limits) -> Option<Instant> {
        match self.subject {
            Subject::Receipt(_) => Some(self.since.after(limits.early_receipt)),
            Subject::Part { fate: Fate::Waiting(_), .. } => Some(self.since.after(limits.receipt)),
            Subject::Part { .. } => None,
        }
    }

    /// The report that it is not tracked any longer.
    pub(super) fn lost(&self) -> Lost<ID> {
        match self.subject {
            Subject::Part { part, fate, .. } => Lost::Part { part, state: fate.state() },
            Subject::Receipt(fate) => Lost::Receipt { id: self.id, state: fate.state() },
        }
    }
}
