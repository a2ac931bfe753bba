//! What goes out: requests and answers of the application, written into its slice, and what the session owes by itself.

use super::event::ReplyTo;
use super::rules;
use super::state::{State, Stimulus};
use super::tick::Tick;
use super::unbind::Ours;
use super::{SendError, Session, Ticket};
use crate::Instant;
use crate::nul::find_nul;
use crate::pdu::{
    AlertNotification, Body, BroadcastSm, CancelBroadcastSm, CancelSm, DataSm, DeliverSm, HEADER_LEN,
    Outbind, QueryBroadcastSm, QuerySm, ReplaceSm, Request, SubmitMulti, SubmitSm, encode, encode_header,
};
use crate::types::{CommandId, CommandStatus, InterfaceVersion};
use core::num::NonZeroU16;

/// A request that takes a place in the window: everything but binds, `unbind` and `enquire_link`.
pub trait Operation<'a>: Request<'a> {}

/// A PDU that is neither answered nor an answer.
pub trait OneWay<'a>: Body<'a> {}

macro_rules! kinds {
    ($Kind:ident: $($Name:ident)*) => {
        $( impl<'a> $Kind<'a> for $Name<'a> {} )*
    };
}

kinds! { Operation: SubmitSm SubmitMulti DeliverSm DataSm QuerySm CancelSm ReplaceSm BroadcastSm QueryBroadcastSm CancelBroadcastSm }
kinds! { OneWay: Outbind AlertNotification }

/// The longest message_id of 3.3, without its NUL.
const MESSAGE_ID_V33: usize = 8;

impl<const WINDOW: usize> Session<WINDOW> {
    /// Writes a request into `out` and gives its ticket and its length. From here on it counts as handed over; see
    /// [`handle_closed`](Self::handle_closed) for what never left.
    ///
    /// # Errors
    /// A full window, the rate limit, the rules, or a value that cannot be written. Nothing was written then.
    pub fn send<'p, R: Operation<'p>>(
        &mut self,
        now: Instant,
        request: &R,
        out: &mut [u8],
    ) -> Result<(Ticket, usize), SendError> {
        self.now = now;
        self.may_send(R::ID)?;
        let number = self.window.next_number().filter(|_| self.window.has_room());
        let Some(number) = number else {
            self.wants_to_send = true;
            return Err(SendError::WindowFull);
        };
        let until = self.rate_limiter.ready_at(self.now);
        if until > self.now {
            self.wants_to_send = true;
            return Err(SendError::RateLimited { until });
        }
        let len = self.write(request, CommandStatus::ESME_ROK, number, out)?;
        self.rate_limiter.spend(self.now);
        let deadline = Tick::after(self.now, self.settings.response_timeout);
        let ticket = self.window.insert(number, R::ID, deadline);
        self.message_passed();
        Ok((ticket, len))
    }

    /// Writes the successful answer to a request into `out` and gives its length. An answer to a bind binds.
    ///
    /// # Errors
    /// [`SendError::WrongResponse`] when this does not answer that, or a value that cannot be written.
    pub fn respond<'p, B: Body<'p>>(
        &mut self,
        now: Instant,
        to: ReplyTo,
        response: &B,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.respond_with(now, to, CommandStatus::ESME_ROK, response, out)
    }

    /// As [`respond`](Self::respond), with a status beside the body: for the TLVs that explain a failed delivery in
    /// `data_sm_resp` (SMPP 3.4 §4.7.2; 5.0 §4.2.2.2). Errors without such TLVs have no body: [`reject`](Self::reject).
    ///
    /// # Errors
    /// As [`respond`](Self::respond).
    pub fn respond_with<'p, B: Body<'p>>(
        &mut self,
        now: Instant,
        to: ReplyTo,
        status: CommandStatus,
        response: &B,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.now = now;
        self.may_answer(to)?;
        if B::ID != to.command.response() {
            return Err(SendError::WrongResponse { request: to.command });
        }
        let len = self.write(response, self.status_for_peer(status), to.sequence_number, out)?;
        self.answer_written(to, status);
        Ok(len)
    }

    /// Writes the answer to a request that failed into `out` and gives its length: the header alone, as the specification
    /// wants (SMPP 3.4 §4.4.2; 5.0 §3.2.1.3). ESME_RINVCMDID goes as generic_nack, unless it refuses a bind.
    ///
    /// # Errors
    /// As [`respond`](Self::respond).
    pub fn reject(
        &mut self,
        now: Instant,
        to: ReplyTo,
        status: CommandStatus,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.now = now;
        self.may_answer(to)?;
        let command = if status == CommandStatus::ESME_RINVCMDID && !to.command.is_bind() {
            CommandId::GENERIC_NACK
        } else {
            to.command.response()
        };
        let len = encode_header(command, self.status_for_peer(status), to.sequence_number, out)?;
        self.answer_written(to, status);
        Ok(len)
    }

    /// MC: writes an `outbind` or `alert_notification` into `out` and gives its length.
    ///
    /// # Errors
    /// The rules, or a value that cannot be written.
    pub fn notify<'p, B: OneWay<'p>>(
        &mut self,
        now: Instant,
        notification: &B,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.now = now;
        self.may_send(B::ID)?;
        if self.binding.pending {
            // An outbind: it comes too late.
            return Err(SendError::NotAllowed { command: B::ID, state: self.state });
        }
        let number = self.window.peek_number();
        let len = self.write(notification, CommandStatus::ESME_ROK, number, out)?;
        self.window.take_number();
        self.message_passed();
        if B::ID == CommandId::OUTBIND {
            self.happens(Stimulus::Outbind);
        }
        Ok(len)
    }

    /// Writes into `out` what the session owes by itself, as many PDUs of 16 octets as there are and fit, and gives how
    /// many octets that are; `None` when there was nothing, or no room for it.
    // Out of line for the stack, see `take`.
    #[cfg_attr(smpp_small, inline(never))]
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<usize> {
        self.now = now;
        let mut written = 0usize;
        while let Some(rest) = out.get_mut(written..)
            && rest.len() >= HEADER_LEN
            && let Some(len) = self.transmit_one(rest)
        {
            written = written.saturating_add(len);
        }
        (written > 0).then_some(written)
    }

    /// Whether [`poll_transmit`](Self::poll_transmit) has something to write.
    #[must_use]
    pub fn has_transmit(&self) -> bool {
        let own = self.keep_alive.due || self.unbinding.ours == Ours::Due || self.may_answer_unbind();
        !self.owed.is_empty() || own
    }

    fn transmit_one(&mut self, out: &mut [u8]) -> Option<usize> {
        let ok = CommandStatus::ESME_ROK;
        let (command, status, number) = if let Some(answer) = self.owed.pop() {
            (answer.command(), answer.status(), answer.sequence_number())
        } else if self.may_answer_unbind() {
            self.unbind_answered();
            (CommandId::UNBIND_RESP, ok, self.peer_control)
        } else if self.keep_alive.due {
            self.keep_alive.due = false;
            self.keep_alive.number = self.window.take_number();
            (CommandId::ENQUIRE_LINK, ok, self.keep_alive.number)
        } else if self.unbinding.ours == Ours::Due {
            self.unbinding.ours = Ours::Sent;
            self.control = self.window.take_number();
            (CommandId::UNBIND, ok, self.control)
        } else {
            return None;
        };
        // There is room, as the caller saw.
        encode_header(command, status, number, out).ok()
    }

    /// Writes one PDU, and holds back from a 3.3 peer what it does not know.
    pub(super) fn write<'p, B: Body<'p>>(
        &self,
        body: &B,
        status: CommandStatus,
        number: u32,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        if !self.version.has_tlvs() && !body.tlvs().is_empty() {
            return Err(SendError::TlvsNotInVersion);
        }
        let len = encode(body, status, number, out)?;
        if !self.version.has_tlvs() && has_long_message_id(B::ID, out) {
            return Err(SendError::MessageIdTooLong);
        }
        Ok(len)
    }

    pub(super) fn may_send(&self, command: CommandId) -> Result<(), SendError> {
        if self.state == State::Closed {
            return Err(SendError::Closed);
        }
        if !rules::is_in(self.version, command) {
            return Err(SendError::NotInVersion { command, version: self.version });
        }
        if !rules::may_send(command, self.role, self.state, self.version) {
            return Err(SendError::NotAllowed { command, state: self.state });
        }
        Ok(())
    }

    fn may_answer(&self, to: ReplyTo) -> Result<(), SendError> {
        if self.state == State::Closed {
            return Err(SendError::Closed);
        }
        if self.unanswered == 0 || (to.command.is_bind() && !self.is_pending_bind(to)) {
            return Err(SendError::WrongResponse { request: to.command });
        }
        Ok(())
    }

    /// A 3.4 peer does not know the statuses of 5.0 (standards, statuses of 5.0).
    fn status_for_peer(&self, status: CommandStatus) -> CommandStatus {
        match status.0 {
            0x0100..=0x0112 if self.version < InterfaceVersion::V5_0 => CommandStatus::ESME_RUNKNOWNERR,
            _ => status,
        }
    }

    fn answer_written(&mut self, to: ReplyTo, status: CommandStatus) {
        self.unanswered = self.unanswered.saturating_sub(1);
        self.message_passed();
        if to.command.is_bind() {
            self.bind_answered(to.command, status.is_ok());
        }
    }
}

/// Whether a response has a message_id that a 3.3 peer must not get (SMPP 3.4 §3.4).
fn has_long_message_id(command: CommandId, out: &[u8]) -> bool {
    // The first field of both; other commands with one are no part of 3.3, or give back what the peer chose.
    let has_message_id = matches!(command, CommandId::SUBMIT_SM_RESP | CommandId::SUBMIT_MULTI_RESP);
    has_message_id && out.get(HEADER_LEN..).and_then(find_nul).is_some_and(|len| len > MESSAGE_ID_V33)
}

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

/// The answers that the session owes by itself, in order: two at most, so that no flood can grow memory. When they are there,
/// the session reads no further requests.
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
