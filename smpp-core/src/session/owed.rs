//! Answers that the session owes by itself: two at most, so that no flood can grow memory.

use crate::types::{CommandId, CommandStatus};
use core::num::NonZeroU16;

/// The bit that makes a response of a command, next to the low half that is all the rest of any command we answer by name.
const RESPONSE: NonZeroU16 = NonZeroU16::new(0x8000).unwrap();

/// An answer of 16 octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Answer {
    /// The low half of the response's id, and [`RESPONSE`]. Never 0, so that no answer takes no room of its own.
    response: NonZeroU16,
    /// Every status that a session gives by itself fits.
    status: u16,
    sequence_number: u32,
}

impl Answer {
    /// The response to `request`, or generic_nack.
    pub(super) fn new(response: CommandId, status: CommandStatus, sequence_number: u32) -> Self {
        Self {
            response: RESPONSE | u16::try_from(response.request().0).unwrap_or(0),
            status: u16::try_from(status.0).unwrap_or(0xFF),
            sequence_number,
        }
    }

    pub(super) fn command(self) -> CommandId {
        CommandId(u32::from(self.response.get() & !RESPONSE.get())).response()
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
pub(super) struct Owed([Option<Answer>; 2]);

impl Owed {
    pub(super) const fn is_full(&self) -> bool {
        matches!(self.0, [_, Some(_)])
    }

    pub(super) const fn is_empty(&self) -> bool {
        matches!(self.0, [None, _])
    }

    /// Adds an answer; the caller made sure that there is room.
    pub(super) fn push(&mut self, answer: Answer) {
        let [first, second] = &mut self.0;
        // There is room: requests are not read while the queue is full.
        *(if first.is_none() { first } else { second }) = Some(answer);
    }

    /// Takes the first answer out.
    pub(super) const fn pop(&mut self) -> Option<Answer> {
        let [first, second] = self.0;
        self.0 = [second, None];
        first
    }
}
