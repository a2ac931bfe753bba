//! What becomes of submissions: responses and receipts brought together in bounded memory (SMPP 3.4 §2.11, appendix B).
//!
//! One [`Tracker`] serves one account at one MC, however many sessions it has: receipts may come over another one than
//! the submission went. It learns how the MC writes message ids in receipts, keeps receipts that come before their
//! response, and folds the parts of a long message into one [`Outcome`].
//!
//! ```
//! use core::time::Duration;
//! use smpp_core::sms::track::{Entry, Limits, MessagePart, Outcome, ReceiptOutcome, Tracker};
//! use smpp_core::{Instant, types::MessageState};
//!
//! let now = Instant::ZERO;
//! let limits = Limits { receipt: Duration::from_secs(86_400), early_receipt: Duration::from_secs(60) };
//! // On an operating system: `Tracker::new(vec![Entry::EMPTY; 65_536], limits, None)`.
//! let mut tracker = Tracker::<[Entry; 32]>::fixed(limits, None);
//! tracker.accepted(now, MessagePart { message: 1, part: 1, total: 1 }, b"5f878c79");
//! let outcome = tracker.receipt(now, b"1602718841", Some(MessageState::DELIVERED));
//! let ReceiptOutcome::Matched(matched) = outcome else { panic!("{outcome:?}") };
//! assert_eq!((matched.part.message, matched.progress.outcome), (1, Outcome::Delivered));
//! ```

mod entry;
mod hash;
mod id;
mod learn;
mod state;
mod status;
#[cfg(test)]
mod tests;

pub use entry::Entry;
pub use id::{IdForm, StoredId};
pub use status::{Change, MessagePart, Outcome, PartEnd, Progress};

use self::state::Tracking;
use super::receipt::Report;
use crate::nul::find_nul;
use crate::time::Instant;
use crate::types::MessageState;
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

/// What a response and its submission say that a receipt may repeat. From `&[u8]` without a reference.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PartIds<'a> {
    /// `message_id` of the response; empty when it has none.
    pub message_id: &'a [u8],
    /// `user_message_reference` of the submission (SMPP 3.4 §5.3.2.17).
    pub user_message_reference: Option<u16>,
}

impl<'a> From<&'a [u8]> for PartIds<'a> {
    fn from(message_id: &'a [u8]) -> Self {
        Self { message_id, user_message_reference: None }
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for PartIds<'a> {
    fn from(message_id: &'a [u8; N]) -> Self {
        message_id.as_slice().into()
    }
}

/// What a receipt says of the message that it is about. From a [`Report`], or from `&[u8]` with one id only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ReceiptIds<'a> {
    /// The TLV `receipted_message_id` without its NUL, which is tried first.
    pub receipted_message_id: Option<&'a [u8]>,
    /// `id` of the text. Some MCs have another one there than in the TLV, and either can be that of the response.
    pub text_id: Option<&'a [u8]>,
    /// The TLV `user_message_reference`, for when the ids do not say it.
    pub user_message_reference: Option<u16>,
}

impl<'a> ReceiptIds<'a> {
    /// The id to try first and the one to try then, empty where there is none or it is the same.
    fn different(&self) -> [&'a [u8]; 2] {
        let tlv = self.receipted_message_id.unwrap_or_default();
        let text = self.text_id.unwrap_or_default();
        match tlv {
            [] => [text, &[]],
            _ if tlv == text => [tlv, &[]],
            _ => [tlv, text],
        }
    }
}

impl<'a> From<&'a [u8]> for ReceiptIds<'a> {
    fn from(id: &'a [u8]) -> Self {
        Self { text_id: Some(id), ..Self::default() }
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for ReceiptIds<'a> {
    fn from(id: &'a [u8; N]) -> Self {
        id.as_slice().into()
    }
}

impl<'a> From<&Report<'a>> for ReceiptIds<'a> {
    fn from(report: &Report<'a>) -> Self {
        let until_nul = |id: &'a [u8]| id.get(..find_nul(id).unwrap_or(id.len())).unwrap_or(id);
        Self {
            receipted_message_id: report.tlvs.receipted_message_id.map(until_nul),
            text_id: report.receipt.and_then(|receipt| receipt.id),
            user_message_reference: report.tlvs.user_message_reference,
        }
    }
}

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
#[non_exhaustive]
pub enum ReceiptOutcome {
    /// It belongs to a part.
    Matched(Match),
    /// No part has its id (yet), or several may have it: it is held until the response comes or its time is over. Receipts
    /// with the same id are held as one.
    Held {
        /// What it changed in the receipt that was held for this id already; `New` without one.
        change: Change,
        /// Whether its id is that of several parts: written differently in each, and in none exactly as here.
        is_ambiguous: bool,
        /// What had to be forgotten for it: another such receipt, never a part.
        evicted: Option<Evicted>,
    },
}

/// What became of the response of a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Accepted {
    /// The receipt that came before it.
    pub early: Option<Match>,
    /// What had to be forgotten for it: another part, never a receipt.
    pub evicted: Option<Evicted>,
}

/// Something that is not tracked any longer, because its time was over or because memory ran out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Evicted {
    /// A part of an unfinished message.
    Part {
        /// Which.
        part: MessagePart,
        /// Its last state.
        state: Option<MessageState>,
    },
    /// A receipt whose response never came: of another program's message, perhaps, or of one that is forgotten.
    Receipt {
        /// Its id: that of the TLV, if it had two.
        id: StoredId,
        /// Its state.
        state: Option<MessageState>,
    },
}

/// Tracks parts and early receipts over the caller's storage: `[Entry; 32]` inside a microcontroller's program, `Vec<Entry>`
/// or `Box<[Entry]>` on an operating system. An entry takes 160 octets.
///
/// Of the entries a quarter, 8 at most, or else an eighth is for receipts that no part has asked for: those of another
/// program of the account, or that come before their response. The oldest of them goes for a new one, and none ever takes
/// the room of a part. When the room of the parts runs out, those of complete messages go first; then the one whose status
/// is the oldest, which is reported.
///
/// Each call costs the same whatever the number of entries: parts and receipts are found by hash. What costs more is
/// stated: a message of several parts is looked at part by part; ids that an MC truncates are found by their first eight
/// octets, and so cost as many comparisons as there are ids that begin the same; and an MC that gives one id to many messages
/// costs a comparison for each that has it.
///
/// Ids of more than 64 octets, which SMPP does not allow, are compared by their first 64, their
/// length and 96 bits of hashes; of two that are not exactly the same, by 64 bits that do not see case and punctuation.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tracker<S> {
    tracking: Tracking,
    storage: S,
}

impl<const N: usize> Tracker<[Entry; N]> {
    /// An empty one with its entries inside, as [`Tracker::new`], for a `static` or a field.
    #[must_use]
    pub const fn fixed(limits: Limits, form: Option<IdForm>) -> Self {
        Self { tracking: Tracking::new(limits, form), storage: [Entry::EMPTY; N] }
    }
}

impl<S: AsRef<[Entry]> + AsMut<[Entry]>> Tracker<S> {
    /// An empty one over `storage`, whatever that held before. `form` is how the MC writes ids in receipts, `None` to
    /// learn it.
    #[must_use]
    pub fn new(mut storage: S, limits: Limits, form: Option<IdForm>) -> Self {
        storage.as_mut().fill(Entry::EMPTY);
        Self { tracking: Tracking::new(limits, form), storage }
    }

    /// How the MC writes ids in receipts, as far as it is known.
    #[must_use]
    pub const fn form(&self) -> Option<IdForm> {
        self.tracking.learned.form()
    }

    /// The MC accepted a part under this id. When the part was known already, the new id counts.
    pub fn accepted<'a>(&mut self, now: Instant, part: MessagePart, ids: impl Into<PartIds<'a>>) -> Accepted {
        self.tracking.accepted(self.storage.as_mut(), now, part, ids.into())
    }

    /// A part ended without a receipt to come.
    pub fn ended(&mut self, now: Instant, part: MessagePart, end: PartEnd) -> Option<Evicted> {
        self.tracking.ended(self.storage.as_mut(), now, part, end)
    }

    /// A receipt came: its ids, best [`from`](ReceiptIds#impl-From<%26Report<'a>>-for-ReceiptIds<'a>) the [`Report`], and
    /// its state ([`Report::state`]), `None` for a vendor's word.
    pub fn receipt<'a>(
        &mut self,
        now: Instant,
        ids: impl Into<ReceiptIds<'a>>,
        state: Option<MessageState>,
    ) -> ReceiptOutcome {
        self.tracking.receipt(self.storage.as_mut(), now, &ids.into(), state)
    }

    /// How far a message is; `None` when nothing of it is known (any more).
    #[must_use]
    pub fn progress(&self, message: u32) -> Option<Progress> {
        state::progress(self.storage.as_ref(), message)
    }

    /// When to call [`Tracker::expire`]: when the next part or receipt runs out of time.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.tracking.poll_timeout(self.storage.as_ref())
    }

    /// A part or a receipt whose time is over. The part counts as [`PartEnd::Unknown`] from now on, and a receipt that
    /// comes later is still taken while it is remembered. Call it until it says `None`.
    pub fn expire(&mut self, now: Instant) -> Option<Evicted> {
        self.tracking.expire(self.storage.as_mut(), now)
    }
}
