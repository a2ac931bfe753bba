//! What is known of a part, and of the message that the parts make.

use crate::types::MessageState;

/// One part of a message that the application numbers as it likes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MessagePart {
    /// The application's number of the message. It is not used for another one while this is tracked.
    pub message: u32,
    /// Which part, from 1.
    pub part: u8,
    /// How many parts the message has.
    pub total: u8,
}

/// How a part ends that no receipt will come for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PartEnd {
    /// The MC refused it in its response.
    Refused,
    /// No response came, or the connection was lost: it may or may not have been accepted.
    Unknown,
    /// It was accepted, and no receipt was asked for.
    AcceptedOnly,
}

/// What a receipt changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Change {
    /// The part has a new state.
    New,
    /// Nothing: the same was known.
    Duplicate,
    /// Nothing: the part was in another final state already, which stays.
    AfterFinal,
}

/// What is known of one part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum PartStatus {
    /// Accepted; the last interim state, if there was one.
    Waiting(Option<MessageState>),
    /// A receipt told its final state.
    Final(MessageState),
    /// It ended without a final receipt.
    Ended(PartEnd),
}

impl PartStatus {
    /// The state of the last receipt that counted.
    pub(super) const fn state(self) -> Option<MessageState> {
        match self {
            Self::Waiting(state) => state,
            Self::Final(state) => Some(state),
            Self::Ended(_) => None,
        }
    }

    pub(super) const fn is_waiting(self) -> bool {
        matches!(self, Self::Waiting(_))
    }

    /// Takes the state of a receipt; `None` is a vendor's word, which is no final state.
    pub(super) fn update(&mut self, state: Option<MessageState>) -> Change {
        let is_final = state.and_then(MessageState::is_final) == Some(true);
        match (*self, state) {
            (Self::Final(old), Some(new)) if old == new => return Change::Duplicate,
            (Self::Final(_), _) => return Change::AfterFinal,
            (_, Some(new)) if is_final => *self = Self::Final(new),
            (Self::Waiting(old), _) if old == state && old.is_some() => return Change::Duplicate,
            // A vendor's word says less than what is known.
            (Self::Waiting(old), _) => *self = Self::Waiting(state.or(old)),
            // A part that was given up is alive.
            (Self::Ended(_), _) => *self = Self::Waiting(state),
        }
        Change::New
    }
}

/// What the parts say about their message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Outcome {
    /// Nothing is decided yet.
    Pending,
    /// Every part was delivered (or accepted, where no receipt was asked for).
    Delivered,
    /// A part was not delivered, so that the message cannot be read, whatever becomes of the others.
    Failed,
    /// No part failed, but of one it will not be known.
    Unknown,
}

/// How far a message is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Progress {
    /// What can be said.
    pub outcome: Outcome,
    /// How many parts have no end yet. At 0 the message is complete and its outcome stays.
    pub open: u8,
}

impl Progress {
    /// Folds the parts that are known, each with the total of its message; `None` without any.
    pub(super) fn of(parts: impl Iterator<Item = (u8, PartStatus)>) -> Option<Self> {
        let (mut good, mut bad, mut unknown) = (0u8, 0u8, 0u8);
        let mut first_total = None;
        for (total, status) in parts {
            first_total = first_total.or(Some(total));
            let count = match status {
                PartStatus::Waiting(_) => continue,
                PartStatus::Final(MessageState::DELIVERED) | PartStatus::Ended(PartEnd::AcceptedOnly) => {
                    &mut good
                }
                PartStatus::Final(_) | PartStatus::Ended(PartEnd::Refused) => &mut bad,
                PartStatus::Ended(PartEnd::Unknown) => &mut unknown,
            };
            *count = count.saturating_add(1);
        }
        let open = first_total?.max(1).saturating_sub(good.saturating_add(bad).saturating_add(unknown));
        let outcome = match (bad, open, unknown) {
            (1.., _, _) => Outcome::Failed,
            (0, 0, 0) => Outcome::Delivered,
            (0, 0, _) => Outcome::Unknown,
            _ => Outcome::Pending,
        };
        Some(Self { outcome, open })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELIVERED: Option<MessageState> = Some(MessageState::DELIVERED);
    const ENROUTE: Option<MessageState> = Some(MessageState::ENROUTE);

    #[test]
    fn a_final_state_is_never_overwritten() {
        let mut status = PartStatus::Waiting(None);
        for (state, change) in [
            (None, Change::New),
            (ENROUTE, Change::New),
            (ENROUTE, Change::Duplicate),
            (Some(MessageState::ACCEPTED), Change::New),
            (DELIVERED, Change::New),
            (DELIVERED, Change::Duplicate),
            (ENROUTE, Change::AfterFinal),
            (None, Change::AfterFinal),
            (Some(MessageState::EXPIRED), Change::AfterFinal),
        ] {
            assert_eq!(status.update(state), change, "{state:?}");
        }
        assert_eq!(status, PartStatus::Final(MessageState::DELIVERED));
        let mut given_up = PartStatus::Ended(PartEnd::Unknown);
        assert_eq!((given_up.update(DELIVERED), given_up), (Change::New, status));
    }

    #[test]
    fn delivered_when_all_are_and_failed_when_any_is() {
        let delivered = PartStatus::Final(MessageState::DELIVERED);
        let expired = PartStatus::Final(MessageState::EXPIRED);
        let waiting = PartStatus::Waiting(ENROUTE);
        let unknown = PartStatus::Ended(PartEnd::Unknown);
        let cases: [(&[PartStatus], Outcome, u8); 7] = [
            (&[delivered], Outcome::Pending, 1),
            (&[delivered, waiting], Outcome::Pending, 1),
            (&[delivered, PartStatus::Ended(PartEnd::AcceptedOnly)], Outcome::Delivered, 0),
            (&[expired, waiting], Outcome::Failed, 1),
            (&[unknown, PartStatus::Ended(PartEnd::Refused)], Outcome::Failed, 0),
            (&[unknown, waiting], Outcome::Pending, 1),
            (&[unknown, delivered], Outcome::Unknown, 0),
        ];
        for (statuses, outcome, open) in cases {
            let parts = statuses.iter().map(|status| (2, *status));
            assert_eq!(Progress::of(parts), Some(Progress { outcome, open }), "{statuses:?}");
        }
        assert_eq!(Progress::of(core::iter::empty()), None);
    }
}
