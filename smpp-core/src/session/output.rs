//! What goes out: requests and answers of the application, written into its slice, and what the session owes by itself.

use super::event::{CloseReason, ReplyTo};
use super::request::{Bind, OneWay, Operation};
use super::rules;
use super::state::{State, common_version};
use super::tick::Tick;
use super::timers::Timer;
use super::{Flag, SendError, Session, Ticket};
use crate::Instant;
use crate::nul::find_nul;
use crate::pdu::{
    BindReceiverResp, BindTransceiverResp, BindTransmitterResp, Body, HEADER_LEN, encode, encode_header,
};
use crate::tlv::{Tlv, Tlvs};
use crate::types::{COctetString, CommandId, CommandStatus, InterfaceVersion, Tag};

/// The longest message_id of 3.3, without its NUL.
const MESSAGE_ID_V33: usize = 8;

impl<const WINDOW: usize> Session<WINDOW> {
    /// Writes a request into `out` and gives its ticket and its length. From here on it counts as handed over; see
    /// [`handle_closed`](Self::handle_closed) for what never left.
    ///
    /// # Errors
    /// A full window, the pace, the rules, or a value that cannot be written. Nothing was written then.
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
            self.set(Flag::WantsToSend, true);
            return Err(SendError::WindowFull);
        };
        let until = self.pace.ready_at(self.now);
        if until > self.now {
            self.set(Flag::WantsToSend, true);
            return Err(SendError::Paced { until });
        }
        let len = self.write(request, CommandStatus::ESME_ROK, number, out)?;
        self.pace.spend(self.now);
        let deadline = Tick::after(self.now, self.settings.response_timeout);
        let ticket = self.window.insert(number, R::ID, deadline);
        self.message_passed();
        Ok((ticket, len))
    }

    /// ESME: writes a bind into `out` and gives its length. [`Event::Bound`](super::Event::Bound),
    /// [`Event::BindRefused`](super::Event::BindRefused) or the end of the session answers it.
    ///
    /// # Errors
    /// When a bind was sent already or this is an MC, or a value that cannot be written.
    pub fn bind<'p, B: Bind<'p>>(
        &mut self,
        now: Instant,
        bind: &B,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.now = now;
        let ours = bind.interface_version();
        if self.state == State::Closed {
            return Err(SendError::Closed);
        }
        if self.control != 0 || !rules::may_send(B::ID, self.role, self.state, InterfaceVersion::V5_0) {
            return Err(SendError::NotAllowed { command: B::ID, state: self.state });
        }
        let number = self.window.peek_number();
        let len = self.write(bind, CommandStatus::ESME_ROK, number, out)?;
        self.version = common_version(ours, ours);
        self.control = self.window.take_number();
        self.bound_as = State::after_bind(B::ID);
        self.start(Timer::Phase, self.settings.response_timeout);
        Ok(len)
    }

    /// MC: accepts a bind with the response that belongs to it, and tells the agreed version where the ESME can read it.
    /// Gives the length of what was written into `out`.
    ///
    /// # Errors
    /// As [`respond`](Self::respond).
    pub fn accept(
        &mut self,
        now: Instant,
        to: ReplyTo,
        system_id: COctetString<'_>,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let version = [self.settings.version.0];
        let list = [Tlv { tag: Tag::SC_INTERFACE_VERSION, value: &version }];
        let tlvs = if self.version.has_tlvs() { Tlvs::from(&list[..]) } else { Tlvs::NONE };
        match to.command {
            CommandId::BIND_TRANSMITTER => {
                self.respond(now, to, &BindTransmitterResp { system_id, tlvs }, out)
            }
            CommandId::BIND_RECEIVER => self.respond(now, to, &BindReceiverResp { system_id, tlvs }, out),
            _ => self.respond(now, to, &BindTransceiverResp { system_id, tlvs }, out),
        }
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
        if self.is(Flag::BindInHand) {
            // An outbind: it comes too late.
            return Err(SendError::NotAllowed { command: B::ID, state: self.state });
        }
        let number = self.window.peek_number();
        let len = self.write(notification, CommandStatus::ESME_ROK, number, out)?;
        self.window.take_number();
        self.message_passed();
        if B::ID == CommandId::OUTBIND {
            self.state = State::Outbound;
            self.start_session_init();
        }
        Ok(len)
    }

    /// Begins to end the session: [`poll_transmit`](Self::poll_transmit) writes the unbind, no further request goes out,
    /// those of the peer may still be answered, and [`Event::Closed`](super::Event::Closed) follows. Wait with it until
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

    /// Asks the peer whether it is alive: [`poll_transmit`](Self::poll_transmit) writes the enquire_link. The session does
    /// so by itself every [`Config::enquire_link`](super::Config::enquire_link).
    ///
    /// # Errors
    /// When the rules do not allow it: before a bind, below 5.0.
    pub fn enquire_link(&mut self, now: Instant) -> Result<(), SendError> {
        self.now = now;
        self.may_send(CommandId::ENQUIRE_LINK)?;
        // Who is asked already is not given more time by being asked again.
        if !self.is(Flag::LinkUnanswered) {
            self.ask_link();
        }
        Ok(())
    }

    /// Writes into `out` what the session owes by itself, as many PDUs of 16 octets as there are and fit, and gives how
    /// many octets that are; `None` when there was nothing, or no room for it.
    // Out of line for the stack, see `take`.
    #[cfg_attr(target_os = "none", inline(never))]
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
        let own = self.is(Flag::LinkDue) || self.is(Flag::UnbindDue) || self.may_answer_unbind();
        !self.owed.is_empty() || own
    }

    fn transmit_one(&mut self, out: &mut [u8]) -> Option<usize> {
        let ok = CommandStatus::ESME_ROK;
        let (command, status, number) = if let Some(answer) = self.owed.pop() {
            (answer.command(), answer.status(), answer.sequence_number())
        } else if self.may_answer_unbind() {
            self.set(Flag::UnbindRespDue, false);
            self.linger();
            (CommandId::UNBIND_RESP, ok, self.peer_control)
        } else if self.is(Flag::LinkDue) {
            self.set(Flag::LinkDue, false);
            self.link = self.window.take_number();
            (CommandId::ENQUIRE_LINK, ok, self.link)
        } else if self.is(Flag::UnbindDue) {
            self.set(Flag::UnbindDue, false);
            self.control = self.window.take_number();
            (CommandId::UNBIND, ok, self.control)
        } else {
            return None;
        };
        // There is room, as the caller saw.
        encode_header(command, status, number, out).ok()
    }

    /// The peer's unbind is answered once the requests in hand are, or the session is over.
    fn may_answer_unbind(&self) -> bool {
        self.is(Flag::UnbindRespDue) && (self.unanswered == 0 || self.state == State::Closed)
    }

    /// Starts our unbind; `reason` is what its end will be called.
    pub(super) fn start_unbind(&mut self, reason: CloseReason) {
        self.bound_as = self.state;
        self.state = State::Unbound;
        self.reason = reason;
        self.control = 0;
        self.set(Flag::WeUnbind, true);
        self.set(Flag::UnbindDue, true);
        self.set(Flag::LinkDue, false);
        self.timers.stop(Timer::Link);
        self.timers.stop(Timer::Inactivity);
        self.start(Timer::Phase, self.settings.response_timeout);
    }

    /// Writes one PDU, and holds back from a 3.3 peer what it does not know.
    fn write<'p, B: Body<'p>>(
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

    fn may_send(&self, command: CommandId) -> Result<(), SendError> {
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
        let is_bind_in_hand = || self.is(Flag::BindInHand) && to.sequence_number == self.peer_control;
        if self.unanswered == 0 || (to.command.is_bind() && !is_bind_in_hand()) {
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
            self.set(Flag::BindInHand, false);
            if status.is_ok() {
                self.state = State::after_bind(to.command);
                self.start_bound();
            } else {
                self.start_session_init();
            }
        }
    }
}

/// Whether a response has a message_id that a 3.3 peer must not get (SMPP 3.4 §3.4).
fn has_long_message_id(command: CommandId, out: &[u8]) -> bool {
    // The first field of both; other commands with one are no part of 3.3, or give back what the peer chose.
    let has_message_id = matches!(command, CommandId::SUBMIT_SM_RESP | CommandId::SUBMIT_MULTI_RESP);
    has_message_id && out.get(HEADER_LEN..).and_then(find_nul).is_some_and(|len| len > MESSAGE_ID_V33)
}
