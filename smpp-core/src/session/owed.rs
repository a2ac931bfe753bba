//! Answers that the session owes by itself: a few, so that no flood can grow memory.

use crate::types::{CommandId, CommandStatus};

/// An answer of 16 octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

const CAPACITY: usize = 3;

/// The answers in order. When it is full, the session reads no further requests.
#[derive(Debug, Default)]
pub(super) struct Owed(heapless::Vec<Answer, CAPACITY, u8>);

impl Owed {
    pub(super) fn is_full(&self) -> bool {
        self.0.is_full()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an answer; the caller made sure that there is room.
    pub(super) fn push(&mut self, answer: Answer) {
        // It cannot fail: requests are not read while the queue is full.
        let _ = self.0.push(answer);
    }

    pub(super) fn first(&self) -> Option<Answer> {
        self.0.first().copied()
    }

    pub(super) fn remove_first(&mut self) {
        // Not `Vec::remove`: for three answers it would bring memmove into the program.
        let Some(mut behind) = self.0.pop() else { return };
        for answer in self.0.iter_mut().rev() {
            core::mem::swap(answer, &mut behind);
        }
    }
}
