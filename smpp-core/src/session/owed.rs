//! Answers that the session owes by itself: two at most, so that no flood can grow memory.

use crate::types::{CommandId, CommandStatus};

/// An answer of 16 octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Answer {
    /// The low half of the request's command, which is all that any command we answer by name has; 0 for generic_nack.
    request: u16,
    /// Every status that a session gives by itself fits.
    status: u16,
    sequence_number: u32,
}

impl Answer {
    /// The response to `request`, or generic_nack.
    pub(super) fn new(response: CommandId, status: CommandStatus, sequence_number: u32) -> Self {
        Self {
            request: u16::try_from(response.request().0).unwrap_or(0),
            status: u16::try_from(status.0).unwrap_or(0xFF),
            sequence_number,
        }
    }

    pub(super) fn command(self) -> CommandId {
        CommandId(self.request.into()).response()
    }

    pub(super) fn status(self) -> CommandStatus {
        CommandStatus(self.status.into())
    }

    pub(super) const fn sequence_number(self) -> u32 {
        self.sequence_number
    }
}

/// The answers in order. When it is full, the session reads no further requests.
#[derive(Debug, Default)]
pub(super) struct Owed {
    answers: [Answer; 2],
    len: u8,
}

impl Owed {
    pub(super) fn is_full(&self) -> bool {
        usize::from(self.len) >= self.answers.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an answer; the caller made sure that there is room.
    pub(super) fn push(&mut self, answer: Answer) {
        // There is room: requests are not read while the queue is full.
        if let Some(place) = self.answers.get_mut(usize::from(self.len)) {
            *place = answer;
            self.len = self.len.saturating_add(1);
        }
    }

    /// Takes the first answer out.
    pub(super) fn pop(&mut self) -> Option<Answer> {
        self.len = self.len.checked_sub(1)?;
        let [first, second] = self.answers;
        self.answers = [second, second];
        Some(first)
    }
}
