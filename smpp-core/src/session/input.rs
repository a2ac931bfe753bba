//! What arrives: each PDU judged, matched, and turned into one event.

use super::bind::bind_version;
use super::event::{CloseReason, Event, Input, Reading, Refusal, ReplyTo, Undecoded};
use super::output::Answer;
use super::rules::{self, Verdict};
use super::state::{State, Stimulus};
use super::{ProtocolError, Session, Ticket};
use crate::Instant;
use crate::frame::{Frame, FrameError, Header, Split};
use crate::pdu::HEADER_LEN;
use crate::types::{CommandId, CommandStatus};

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
        self.take(now, input)
    }

    /// As [`handle_input`](Self::handle_input), but leaves each PDU to the application to read. One that cannot be read is
    /// refused all the same. [`poll_undecoded`](Self::poll_undecoded) goes with it.
    ///
    /// # Errors
    /// As [`handle_input`](Self::handle_input).
    pub fn handle_undecoded<'i>(
        &mut self,
        now: Instant,
        input: &'i [u8],
    ) -> Result<Input<'i, Undecoded>, ProtocolError> {
        self.take(now, input)
    }

    // As every call of an adapter, out of line on bare metal: what it has on the stack is not there any more when the
    // application is called.
    #[cfg_attr(smpp_small, inline(never))]
    fn take<'i, P: Reading<'i>>(
        &mut self,
        now: Instant,
        input: &'i [u8],
    ) -> Result<Input<'i, P>, ProtocolError> {
        self.now = now;
        if self.state == State::Closed {
            return Err(ProtocolError::Closed);
        }
        if self.discard > 0 && !input.is_empty() {
            return Ok(self.discard(input.len()));
        }
        let max_pdu = to_usize(self.settings.max_pdu);
        let (mut frame, need) = match Frame::split(input, to_usize(self.settings.max_command_length)) {
            Ok(Split::Frame(frame)) => (frame, frame.octets.len()),
            Ok(Split::Incomplete { need }) => match Header::read(input) {
                Some(header) if need > max_pdu => (Frame { header, octets: input }, need),
                _ => return Ok(Input::Incomplete { total: need }),
            },
            Err(_) if self.owed.is_full() => return Ok(Input::TransmitFirst),
            Err(error) => {
                let state = self.state;
                self.framing_lost(error);
                return Err(ProtocolError::Frame { error, state });
            }
        };
        if self.owed.is_full() && !frame.header.command_id.is_response() {
            return Ok(Input::TransmitFirst);
        }
        let consumed = frame.octets.len();
        if need > max_pdu {
            // Judged by its header, whether or not it happens to be there as a whole.
            self.discard = u32::try_from(need.saturating_sub(consumed)).unwrap_or(u32::MAX);
            frame.octets = input.get(..HEADER_LEN).unwrap_or_default();
        }
        Ok(Input::Pdu { consumed, event: self.arrived(frame) })
    }

    /// Whether [`handle_input`](Self::handle_input) would do anything with this input but ask for more. Borrows nothing,
    /// so that an adapter can read on in a loop and return the event from the one call that follows.
    #[must_use]
    pub fn is_ready(&self, input: &[u8]) -> bool {
        self.front(input) != Ok(false)
    }

    /// As [`is_ready`](Self::is_ready), and tells when the octets at the front are no SMPP.
    pub(crate) fn front(&self, input: &[u8]) -> Result<bool, FrameError> {
        if self.state == State::Closed || self.discard > 0 {
            return Ok(!input.is_empty());
        }
        Ok(match Frame::split(input, to_usize(self.settings.max_command_length))? {
            Split::Incomplete { need } => need > to_usize(self.settings.max_pdu),
            Split::Frame(_) => true,
        })
    }

    /// The octets of the peer are no SMPP: it gets a generic_nack, and the session ends.
    pub(crate) fn framing_lost(&mut self, error: FrameError) {
        let number = error.header().map_or(0, |header| header.sequence_number);
        self.owe(CommandId::GENERIC_NACK, CommandStatus::ESME_RINVCMDLEN, number);
        self.close(CloseReason::FramingLost);
    }

    /// Refuses PDUs that do not fit into a receive buffer of `octets`, whatever the settings say.
    pub(crate) fn fit_into(&mut self, octets: usize) {
        let octets = u32::try_from(octets.max(HEADER_LEN)).unwrap_or(u32::MAX);
        self.settings.max_pdu = self.settings.max_pdu.min(octets);
    }

    /// Drops what is there of a PDU that is too large.
    fn discard<'i, P>(&mut self, available: usize) -> Input<'i, P> {
        let octets = u32::try_from(available).unwrap_or(u32::MAX).min(self.discard);
        self.discard = self.discard.saturating_sub(octets);
        self.peer_is_alive();
        let octets = to_usize(octets);
        Input::Pdu { consumed: octets, event: Event::Discarded { octets } }
    }

    // Elsewhere its event is built where it is wanted only if it stays out of line.
    #[cfg_attr(not(smpp_small), inline(never))]
    fn arrived<'i, P: Reading<'i>>(&mut self, frame: Frame<'i>) -> Event<'i, P> {
        self.peer_is_alive();
        if frame.header.command_id.is_response() { self.response(frame) } else { self.request(frame) }
    }

    fn request<'i, P: Reading<'i>>(&mut self, frame: Frame<'i>) -> Event<'i, P> {
        let command = frame.header.command_id;
        if let Err((status, cause)) = self.judge(&frame) {
            return self.refuse(frame, status, cause);
        }
        match command {
            CommandId::ENQUIRE_LINK => {
                let number = frame.header.sequence_number;
                self.owe(CommandId::ENQUIRE_LINK_RESP, CommandStatus::ESME_ROK, number);
                Event::LinkChecked { frame }
            }
            CommandId::UNBIND => self.unbind_requested(frame),
            _ => match P::read(&frame) {
                Ok(pdu) => self.accepted(frame, pdu),
                Err(error) => self.refuse(frame, error.status(), Refusal::Malformed(error)),
            },
        }
    }

    /// Whether a request may come, by its header; else the status and the cause to refuse it with.
    fn judge(&self, frame: &Frame<'_>) -> Result<(), (CommandStatus, Refusal)> {
        let command = frame.header.command_id;
        let sender = self.role.peer();
        Err(match rules::receive(command, sender, self.state_for_peer(), self.settings.version) {
            Verdict::Unknown => (CommandStatus::ESME_RINVCMDID, Refusal::UnknownCommand),
            _ if !self.settings.commands.contains(command) => {
                (CommandStatus::ESME_RINVCMDID, Refusal::NotOffered)
            }
            Verdict::Allowed if !command.is_bind() || !self.binding.pending => {
                let needs_body = !matches!(command, CommandId::ENQUIRE_LINK | CommandId::UNBIND);
                if frame.is_whole() || !needs_body {
                    return Ok(());
                }
                (CommandStatus::ESME_RINVMSGLEN, Refusal::TooLarge)
            }
            _ if command.is_bind() => (CommandStatus::ESME_RALYBND, Refusal::WrongState),
            _ => (CommandStatus::ESME_RINVBNDSTS, Refusal::WrongState),
        })
    }

    /// Hands a request to the application.
    fn accepted<'i, P>(&mut self, frame: Frame<'i>, pdu: P) -> Event<'i, P> {
        let Header { command_id: command, sequence_number, .. } = frame.header;
        self.message_passed();
        if !command.has_response() {
            if command == CommandId::OUTBIND {
                let crosses = self.control != 0;
                self.happens(if crosses { Stimulus::CrossedOutbind } else { Stimulus::Outbind });
            }
            return Event::Notification { frame, pdu };
        }
        let reply_to = ReplyTo { command, sequence_number };
        self.unanswered = self.unanswered.saturating_add(1);
        let Some(version) = bind_version(&frame) else { return Event::Request { reply_to, frame, pdu } };
        self.bind_received(sequence_number, version);
        Event::BindRequested { reply_to, frame, pdu }
    }

    /// Refuses a request by the proper answer: generic_nack for a command that we do not have, else its own response.
    fn refuse<'i, P>(&mut self, frame: Frame<'i>, status: CommandStatus, cause: Refusal) -> Event<'i, P> {
        let Header { command_id: command, sequence_number, .. } = frame.header;
        let response = match cause {
            Refusal::UnknownCommand => CommandId::GENERIC_NACK,
            Refusal::NotOffered if !command.is_bind() => CommandId::GENERIC_NACK,
            _ => command.response(),
        };
        // alert_notification and outbind are never answered (standards, requests without a response).
        if command.has_response() {
            self.owe(response, status, sequence_number);
        }
        Event::Refused { frame, status, cause }
    }

    fn response<'i, P: Reading<'i>>(&mut self, frame: Frame<'i>) -> Event<'i, P> {
        let event = self.matched(frame);
        if refuses_framing(frame.header) {
            self.doubt_framing();
        }
        event
    }

    /// Finds what a response answers.
    fn matched<'i, P: Reading<'i>>(&mut self, frame: Frame<'i>) -> Event<'i, P> {
        let Header { command_id: command, sequence_number: number, command_status: mut status, .. } =
            frame.header;
        let is_nack = command == CommandId::GENERIC_NACK;
        if is_nack && status.is_ok() {
            // Whatever it says: nothing was accepted.
            status = CommandStatus::ESME_RUNKNOWNERR;
        }
        let Some((ticket, request)) = self.waiting(number, is_nack) else {
            return Event::Unmatched { frame };
        };
        let expected = request.response();
        if !is_nack && command != expected {
            if request.is_bind() {
                self.close(CloseReason::WrongBindResponse);
            }
            return Event::Mismatched { ticket, expected, frame };
        }
        match ticket {
            Some(ticket) => self.answered(ticket, frame, status),
            None if request == CommandId::ENQUIRE_LINK => {
                self.link_answered(!refuses_framing(frame.header));
                Event::LinkChecked { frame }
            }
            None if request == CommandId::UNBIND => self.unbind_response(frame),
            None => self.bind_response(request, frame, status),
        }
    }

    /// The request of ours with this number that waits for its response, and its ticket if it has one.
    fn waiting(&self, number: u32, is_nack: bool) -> Option<(Option<Ticket>, CommandId)> {
        let is_binding = matches!(self.state, State::Open | State::Outbound) && self.control != 0;
        // A peer that cannot read the number says 0. Before it is bound, nothing but the bind can be meant, unless it was asked
        // for the link as well.
        if number == 0 && is_nack && is_binding && self.keep_alive.number == 0 {
            return Some((None, self.our_bind()));
        }
        match number {
            0 => None,
            _ if number == self.control && self.state == State::Unbound => Some((None, CommandId::UNBIND)),
            _ if number == self.control => Some((None, self.our_bind())),
            _ if number == self.keep_alive.number => Some((None, CommandId::ENQUIRE_LINK)),
            _ => self.window.find(number).map(|(ticket, request)| (Some(ticket), request)),
        }
    }

    /// A request of ours came to its end.
    fn answered<'i, P: Reading<'i>>(
        &mut self,
        ticket: Ticket,
        frame: Frame<'i>,
        status: CommandStatus,
    ) -> Event<'i, P> {
        let pdu = P::read(&frame);
        let congestion = pdu.as_ref().ok().and_then(|pdu| pdu.tlvs(&frame).congestion_state());
        if let Some(ended) = self.window.remove(ticket) {
            let sent = ended.deadline.minus(self.settings.response_timeout);
            self.rate_limiter.observe(self.now, sent.instant(self.now), status, congestion);
        }
        self.message_passed();
        Event::Response { ticket, status, frame, pdu }
    }

    /// Owes the peer an answer of 16 octets.
    fn owe(&mut self, response: CommandId, status: CommandStatus, number: u32) {
        self.owed.push(Answer::new(response, status, number));
    }
}

/// Whether this is how a peer says that it cannot cut our octets into PDUs.
fn refuses_framing(header: Header) -> bool {
    (header.command_id, header.command_status) == (CommandId::GENERIC_NACK, CommandStatus::ESME_RINVCMDLEN)
}

/// Octets as a length. Where a `usize` has 16 bits, the limits were given as such and fit.
fn to_usize(octets: u32) -> usize {
    usize::try_from(octets).unwrap_or(usize::MAX)
}
