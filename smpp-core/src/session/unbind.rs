//! Ending a session in good order, from both sides (SMPP 3.4 §4.2; 5.0 §4.1.1.8): each may unbind, also at once.

use super::event::{CloseReason, Event};
use super::state::{State, Stimulus};
use super::{SendError, Session};
use crate::Instant;
use crate::frame::Frame;
use crate::types::CommandId;

/// Our unbind.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Ours {
    #[default]
    None,
    /// It is to be written.
    Due,
    /// It was written, or will not be any more.
    Sent,
}

/// The unbind of the peer.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Theirs {
    #[default]
    None,
    /// The answer to it is to be written.
    AnswerDue,
    Answered,
}

/// What a session knows of the unbinds of both sides. Their numbers are in [`Session`], beside those of binds.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Unbinding {
    pub(super) ours: Ours,
    pub(super) theirs: Theirs,
}

impl<const WINDOW: usize> Session<WINDOW> {
    /// Begins to end the session: [`poll_transmit`](Self::poll_transmit) writes the unbind, no further request goes out,
    /// those of the peer may still be answered, and [`Event::Closed`] follows. Wait with it until
    /// [`in_flight`](Self::in_flight) is 0 if the outstanding responses matter.
    ///
    /// # Errors
    /// When the session is not bound.
    pub fn unbind(&mut self, now: Instant) -> Result<(), SendError> {
        self.now = now;
        self.may_send(CommandId::UNBIND)?;
        self.start_unbind(CloseReason::Unbound);
        Ok(())
    }

    /// Starts our unbind; `reason` is what its end will be called.
    pub(super) fn start_unbind(&mut self, reason: CloseReason) {
        self.reason = reason;
        self.control = 0;
        self.unbinding.ours = Ours::Due;
        self.keep_alive.due = false;
        self.happens(Stimulus::Unbind);
    }

    /// The peer unbinds.
    pub(super) fn unbind_requested<'i, P>(&mut self, frame: Frame<'i>) -> Event<'i, P> {
        // Nobody is asked any more.
        self.keep_alive.due = false;
        self.peer_control = frame.header.sequence_number;
        self.unbinding.theirs = Theirs::AnswerDue;
        self.happens(Stimulus::Unbind);
        Event::UnbindRequested { frame }
    }

    /// Our unbind was answered. One that is refused has no other meaning left than that the peer wants to go on without us.
    pub(super) fn unbind_response<'i, P>(&mut self, frame: Frame<'i>) -> Event<'i, P> {
        self.control = 0;
        self.close(self.reason);
        Event::Unbound { frame }
    }

    /// The peer's unbind is answered once the requests pending with the application are, or the session is over.
    pub(super) fn may_answer_unbind(&self) -> bool {
        self.unbinding.theirs == Theirs::AnswerDue && (self.unanswered == 0 || self.state == State::Closed)
    }

    /// The unbind_resp is written: the peer closes the connection, or we do in a while.
    pub(super) fn unbind_answered(&mut self) {
        self.unbinding.theirs = Theirs::Answered;
        if self.unbinding.ours == Ours::None {
            self.happens(Stimulus::UnbindAnswered);
        }
    }

    /// The state by which requests of the peer are judged: until it unbinds itself, our unbind is none of its business.
    pub(super) fn state_for_peer(&self) -> State {
        if self.state == State::Unbound && self.unbinding.theirs == Theirs::None {
            self.binding.kind
        } else {
            self.state
        }
    }

    /// The time for the answers between an unbind and the end is over.
    pub(super) fn unbind_took_too_long(&mut self) {
        let Unbinding { ours, theirs } = self.unbinding;
        if theirs == Theirs::AnswerDue && self.unanswered > 0 {
            // The application did not answer what is pending with it: answer the unbind all the same.
            self.unanswered = 0;
            return self.happens(Stimulus::UnbindAnswered);
        }
        self.close(match self.reason {
            _ if ours == Ours::None => CloseReason::UnboundByPeer,
            CloseReason::Inactive => CloseReason::Inactive,
            _ => CloseReason::UnbindTimeout,
        });
    }
}
