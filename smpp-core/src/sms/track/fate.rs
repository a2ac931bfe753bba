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
pub(super) enum Fate {
    /// Accepted; the last interim state, if there was one.
    Waiting(Option<MessageState>),
    /// A receipt told its final state.
    Final(MessageState),
    /// It ended without a final receipt.
    Ended(PartEnd),
}

impl Fate {
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
pub enum Verdict {
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
    pub verdict: Verdict,
    /// How many parts have no end yet. At 0 the message is complete and its verdict stays.
    pub open: u8,
}

impl Progress {
    /// Folds the fates of those of the `total` parts that are known.
    pub(super) fn of(total: u8, fates: impl Iterator<Item = Fate>) -> Self {
        let (mut good, mut bad, mut unknown) = (0u8, 0u8, 0u8);
        for fate in fates {
            let count = match fate {
                Fate::Waiting(_) => continue,
                Fate::Final(MessageState::DELIVERED) | Fate::Ended(PartEnd::AcceptedOnly) => &mut good,
                Fate::Final(_) | Fate::Ended(PartEnd::Refused) => &mut bad,
                Fate::Ended(PartEnd::Unknown) => &mut unknown,
            };
            *count = count.saturating_add(1);
        }
        let open = total.max(1).saturating_sub(good.saturating_add(bad).saturating_add(unknown));
        let verdict = match (bad, open, unknown) {
            (1.., _, _) => Verdict::Failed,
            (0, 0, 0) => Verdict::Delivered,
            (0, 0, _) => Verdict::Unknown,
            _ => Verdict::Pending,
        };
        Self { verdict, open }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELIVERED: Option<MessageState> = Some(MessageState::DELIVERED);
    const ENROUTE: Option<MessageState> = Some(MessageState::ENROUTE);

    #[test]
    fn a_final_state_is_never_overwritten() {
        let mut fate = Fate::Waiting(None);
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
            assert_eq!(fate.update(state), change, "{state:?}");
        }
        assert_eq!(fate, Fate::Final(MessageState::DELIVERED));
        let mut given_up = Fate::Ended(PartEnd::Unknown);
        assert_eq!((given_up.update(DELIVERED), given_up), (Change::New, fate));
    }

    #[test]
    fn delivered_when_all_are_and_failed_when_any_is() {
        let delivered = Fate::Final(MessageState::DELIVERED);
        let expired = Fate::Final(MessageState::EXPIRED);
        let waiting = Fate::Waiting(ENROUTE);
        let unknown = Fate::Ended(PartEnd::Unknown);
        let cases: [(&[Fate], Verdict, u8); 8] = [
            (&[], Verdict::Pending, 2),
            (&[delivered], Verdict::Pending, 1),
            (&[delivered, waiting], Verdict::Pending, 1),
            (&[delivered, Fate::Ended(PartEnd::AcceptedOnly)], Verdict::Delivered, 0),
            (&[expired, waiting], Verdict::Failed, 1),
            (&[unknown, Fate::Ended(PartEnd::Refused)], Verdict::Failed, 0),
            (&[unknown, waiting], Verdict::Pending, 1),
            (&[unknown, delivered], Verdict::Unknown, 0),
        ];
        for (fates, verdict, open) in cases {
            assert_eq!(Progress::of(2, fates.iter().copied()), Progress { verdict, open }, "{fates:?}");
        }
    }
}
