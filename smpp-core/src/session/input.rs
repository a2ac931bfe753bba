//! What arrives: each PDU judged, matched, and turned into one event.

use super::event::{CloseReason, Event, Input, Refusal, ReplyTo};
use super::owed::Answer;
use super::rules::{self, Verdict};
use super::state::{State, common_version};
use super::timers::Timer;
use super::{Flag, ProtocolError, Session, Ticket};
use crate::Instant;
use crate::error::{DecodeError, Fault};
use crate::frame::{Frame, Header, Split};
use crate::pdu::{HEADER_LEN, Pdu};
use crate::types::{CommandId, CommandStatus, Field, InterfaceVersion};

/// A PDU, whole or cut down to its header because the receive buffer cannot hold it.
#[derive(Clone, Copy)]
struct Arrival<'i> {
    frame: Frame<'i>,
    is_whole: bool,
}

impl<'i> Arrival<'i> {
    fn pdu(&self) -> Result<Pdu<'i>, DecodeError> {
        if self.is_whole {
            self.frame.pdu()
        } else {
            Err(DecodeError { fault: Fault::BadLength, field: Field::CommandLength, offset: 0 })
        }
    }

    fn header(&self) -> &Header {
        &self.frame.header
    }
}

impl<const WINDOW: usize> Session<WINDOW> {
    /// Takes one PDU from the front of what the transport received, if a whole one is there.
    ///
    /// Drop `consumed` octets and call again until [`Input::Incomplete`]. After the transport said that no more will come,
    /// go on until then before [`handle_closed`](Self::handle_closed): responses may still be among what came.
    ///
    /// # Errors
    /// [`ProtocolError::Frame`] when the octets are no SMPP: the session is closed, write what
    /// [`poll_transmit`](Self::poll_transmit) has and close the connection. [`ProtocolError::Closed`] when it was closed
    /// before.
    pub fn handle_input<'i>(&mut self, now: Instant, input: &'i [u8]) -> Result<Input<'i>, ProtocolError> {
        self.now = now;
        if self.state == State::Closed {
            return Err(ProtocolError::Closed);
        }
        if self.discard > 0 && !input.is_empty() {
            return Ok(self.discard(input.len()));
        }
        let is_request = Header::read(input).is_none_or(|header| !header.command_id.is_response());
        if is_request && self.owed.is_full() {
            return Ok(Input::TransmitFirst);
        }
        let max_pdu = to_usize(self.settings.max_pdu);
        match Frame::split(input, to_usize(self.settings.max_command_length)) {
            Ok(Split::Frame(frame)) if frame.octets.len() > max_pdu => {
                Ok(self.too_large(input, frame.octets.len()))
            }
            Ok(Split::Frame(frame)) => {
                let event = self.arrived(Arrival { frame, is_whole: true });
                Ok(Input::Pdu { consumed: frame.octets.len(), event })
            }
            Ok(Split::Incomplete { need }) if need > max_pdu => Ok(self.too_large(input, need)),
            Ok(Split::Incomplete { need }) => Ok(Input::Incomplete { total: need }),
            Err(_) if self.owed.is_full() => Ok(Input::TransmitFirst),
            Err(error) => {
                let number = error.header.map_or(0, |header| header.sequence_number);
                self.owe(CommandId::GENERIC_NACK, CommandStatus::ESME_RINVCMDLEN, number);
                self.close(CloseReason::FramingLost);
                Err(ProtocolError::Frame(error))
            }
        }
    }

    /// Whether [`handle_input`](Self::handle_input) would do anything with this input but ask for more. Borrows nothing,
    /// so that an adapter can read on in a loop and return the event from the one call that follows.
    #[must_use]
    pub fn is_ready(&self, input: &[u8]) -> bool {
        if self.state == State::Closed || self.discard > 0 {
            return !input.is_empty();
        }
        match Frame::split(input, to_usize(self.settings.max_command_length)) {
            Ok(Split::Incomplete { need }) => need > to_usize(self.settings.max_pdu),
            Ok(Split::Frame(_)) | Err(_) => true,
        }
    }

    /// Drops what is there of a PDU that is too large.
    fn discard<'i>(&mut self, available: usize) -> Input<'i> {
        let octets = u32::try_from(available).unwrap_or(u32::MAX).min(self.discard);
        self.discard = self.discard.saturating_sub(octets);
        self.peer_is_alive();
        let octets = to_usize(octets);
        Input::Pdu { consumed: octets, event: Event::Discarded { octets } }
    }

    /// Judges a PDU of `need` octets by its header, whether or not it happens to be there as a whole.
    fn too_large<'i>(&mut self, input: &'i [u8], need: usize) -> Input<'i> {
        let (Some(header), Some(octets)) = (Header::read(input), input.get(..HEADER_LEN)) else {
            return Input::Incomplete { total: HEADER_LEN };
        };
        let consumed = input.len().min(need);
        self.discard = u32::try_from(need.saturating_sub(consumed)).unwrap_or(u32::MAX);
        let event = self.arrived(Arrival { frame: Frame { header, octets }, is_whole: false });
        Input::Pdu { consumed, event }
    }

    fn arrived<'i>(&mut self, arrival: Arrival<'i>) -> Event<'i> {
        self.peer_is_alive();
        if arrival.header().command_id.is_response() { self.response(arrival) } else { self.request(arrival) }
    }

    fn request<'i>(&mut self, arrival: Arrival<'i>) -> Event<'i> {
        let command = arrival.header().command_id;
        match rules::receive(command, self.role.peer(), self.state_for_peer(), self.settings.version) {
            Verdict::Unknown => {
                return self.refuse(arrival, CommandStatus::ESME_RINVCMDID, Refusal::UnknownCommand);
            }
            _ if !self.settings.commands.contains(command) => {
                return self.refuse(arrival, CommandStatus::ESME_RINVCMDID, Refusal::NotOffered);
            }
            Verdict::WrongState if command.is_bind() => {
                return self.refuse(arrival, CommandStatus::ESME_RALYBND, Refusal::WrongState);
            }
            Verdict::WrongState => {
                return self.refuse(arrival, CommandStatus::ESME_RINVBNDSTS, Refusal::WrongState);
            }
            Verdict::Allowed if command.is_bind() && self.is(Flag::BindInHand) => {
                return self.refuse(arrival, CommandStatus::ESME_RALYBND, Refusal::WrongState);
            }
            Verdict::Allowed => {}
        }
        match command {
            CommandId::ENQUIRE_LINK => {
                let number = arrival.header().sequence_number;
                self.owe(CommandId::ENQUIRE_LINK_RESP, CommandStatus::ESME_ROK, number);
                Event::LinkChecked { frame: arrival.frame }
            }
            CommandId::UNBIND => self.unbind_requested(arrival.frame),
            _ => match arrival.pdu() {
                Ok(pdu) => self.accepted(arrival.frame, pdu),
                Err(error) if arrival.is_whole => {
                    self.refuse(arrival, error.status(), Refusal::Malformed(error))
                }
                Err(_) => self.refuse(arrival, CommandStatus::ESME_RINVMSGLEN, Refusal::TooLarge),
            },
        }
    }

    /// The state by which requests of the peer are judged: until it unbinds itself, our unbind is none of its business.
    fn state_for_peer(&self) -> State {
        if self.state == State::Unbound && !self.is(Flag::PeerUnbinds) { self.bound_as } else { self.state }
    }

    /// Hands a request to the application.
    fn accepted<'i>(&mut self, frame: Frame<'i>, pdu: Pdu<'i>) -> Event<'i> {
        let Header { command_id: command, sequence_number, .. } = frame.header;
        self.message_passed();
        if !command.has_response() {
            if command == CommandId::OUTBIND {
                self.state = State::Outbound;
                // A bind of ours that crossed it keeps the time for its answer.
                if self.control == 0 {
                    self.start_session_init();
                }
            }
            return Event::Notification { frame, pdu };
        }
        let reply_to = ReplyTo { command, sequence_number };
        self.unanswered = self.unanswered.saturating_add(1);
        let Some(version) = bind_version(&pdu) else { return Event::Request { reply_to, frame, pdu } };
        self.version = common_version(self.settings.version, version);
        self.set(Flag::BindInHand, true);
        // From here on the application takes the time it needs.
        self.timers.stop(Timer::Phase);
        Event::BindRequested { reply_to, frame, pdu }
    }

    /// Refuses a request by the proper answer: generic_nack for a command that we do not have, else its own response.
    fn refuse<'i>(&mut self, arrival: Arrival<'i>, status: CommandStatus, cause: Refusal) -> Event<'i> {
        let Header { command_id: command, sequence_number, .. } = *arrival.header();
        let response = match cause {
            Refusal::UnknownCommand => CommandId::GENERIC_NACK,
            Refusal::NotOffered if !command.is_bind() => CommandId::GENERIC_NACK,
            _ => command.response(),
        };
        // alert_notification and outbind are never answered (GUIDE §7).
        if command.has_response() {
            self.owe(response, status, sequence_number);
        }
        Event::Refused { frame: arrival.frame, status, cause }
    }

    fn unbind_requested<'i>(&mut self, frame: Frame<'i>) -> Event<'i> {
        if self.state.is_bound() {
            self.bound_as = self.state;
            self.state = State::Unbound;
            self.timers.stop(Timer::Link);
            self.timers.stop(Timer::Inactivity);
            self.start(Timer::Phase, self.settings.response_timeout);
        }
        // Nobody is asked any more.
        self.set(Flag::LinkDue, false);
        self.peer_unbind = frame.header.sequence_number;
        self.set(Flag::PeerUnbinds, true);
        self.set(Flag::UnbindRespDue, true);
        Event::UnbindRequested { frame }
    }

    fn response<'i>(&mut self, arrival: Arrival<'i>) -> Event<'i> {
        let event = self.matched(arrival);
        let Header { command_id, command_status, .. } = *arrival.header();
        if (command_id, command_status) == (CommandId::GENERIC_NACK, CommandStatus::ESME_RINVCMDLEN) {
            // The peer cannot cut our octets any more. What it refers to got its own end.
            self.close(CloseReason::FramingRefused);
        }
        event
    }

    /// Finds what a response answers.
    fn matched<'i>(&mut self, arrival: Arrival<'i>) -> Event<'i> {
        let Header { command_id: command, sequence_number: number, .. } = *arrival.header();
        let is_nack = command == CommandId::GENERIC_NACK;
        if number != 0 && number == self.control && (is_nack || command == self.control_command().response())
        {
            return self.control_answered(arrival);
        }
        if number != 0 && number == self.link && (is_nack || command == CommandId::ENQUIRE_LINK_RESP) {
            self.link = 0;
            return Event::LinkChecked { frame: arrival.frame };
        }
        match self.window.find(number) {
            Some((ticket, request)) if is_nack || command == request.response() => {
                self.answered(ticket, arrival)
            }
            _ => Event::Unmatched { frame: arrival.frame },
        }
    }

    /// A request of ours came to its end.
    fn answered<'i>(&mut self, ticket: Ticket, arrival: Arrival<'i>) -> Event<'i> {
        let pdu = arrival.pdu();
        let status = arrival.header().command_status;
        let congestion = pdu.as_ref().ok().and_then(|pdu| pdu.tlvs().congestion_state());
        self.pace.observe(self.now, status, congestion);
        self.window.remove(ticket);
        self.message_passed();
        Event::Response { ticket, status, frame: arrival.frame, pdu }
    }

    /// Our bind or unbind was answered.
    fn control_answered<'i>(&mut self, arrival: Arrival<'i>) -> Event<'i> {
        let status = arrival.header().command_status;
        let frame = arrival.frame;
        let bind = self.control_command();
        self.control = 0;
        if bind == CommandId::UNBIND {
            // An unbind that is refused has no other meaning left than that the peer wants to go on without us.
            self.close(self.reason);
            return Event::Unbound { frame };
        }
        if !status.is_ok() || frame.header.command_id == CommandId::GENERIC_NACK {
            self.start_session_init();
            return Event::BindRefused { status, frame };
        }
        let pdu = arrival.pdu();
        let theirs = pdu.as_ref().ok().and_then(|pdu| pdu.tlvs().sc_interface_version());
        let theirs = theirs.map_or(self.settings.assumed_version, InterfaceVersion);
        self.version = common_version(self.version, theirs);
        self.state = State::after_bind(bind);
        self.start_bound();
        Event::Bound { frame, pdu }
    }

    /// The request whose number is in `control`.
    fn control_command(&self) -> CommandId {
        match (self.state, self.bound_as) {
            (State::Unbound, _) => CommandId::UNBIND,
            (_, State::BoundTx) => CommandId::BIND_TRANSMITTER,
            (_, State::BoundRx) => CommandId::BIND_RECEIVER,
            _ => CommandId::BIND_TRANSCEIVER,
        }
    }

    /// Owes the peer an answer of 16 octets.
    fn owe(&mut self, response: CommandId, status: CommandStatus, number: u32) {
        self.owed.push(Answer::new(response, status, number));
    }
}

/// The version in a bind, `None` for everything else.
fn bind_version(pdu: &Pdu<'_>) -> Option<InterfaceVersion> {
    match pdu {
        Pdu::BindTransmitter(bind) => Some(bind.interface_version),
        Pdu::BindReceiver(bind) => Some(bind.interface_version),
        Pdu::BindTransceiver(bind) => Some(bind.interface_version),
        _ => None,
    }
}

/// Octets as a length. Where a `usize` has 16 bits, the limits were given as such and fit.
fn to_usize(octets: u32) -> usize {
    usize::try_from(octets).unwrap_or(usize::MAX)
}
