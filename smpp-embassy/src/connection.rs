//! A link of the core and its transport: what all clients and servers have in common, blocking or not.

use crate::client::Bound;
use crate::error::Error;
use embedded_io_async::{Error as _, ErrorType};
use smpp_core::EncodeError;
use smpp_core::frame::Frame;
use smpp_core::link::{Clock, Half, Link, Outbox};
use smpp_core::pdu::{BindReceiverResp, BindTransceiverResp, BindTransmitterResp, SubmitSmResp};
use smpp_core::session::{CloseReason, Event, SendError, Session, State, Ticket, Undecoded};
use smpp_core::types::{COctetString, CommandId};

/// The memory of a connection, lent by the caller for as long as it lasts.
#[derive(Debug)]
pub struct Buffers<'buf> {
    /// For what arrives: as long as the largest PDU that is to be understood. Larger ones are answered with an error and
    /// dropped as they arrive. 400 octets hold a deliver_sm with 254 octets of text and its usual TLVs.
    pub receive: &'buf mut [u8],
    /// For what is sent: at least twice as long as the largest PDU that is sent, so that there is always room for one. A
    /// quarter of it, at least 32 octets, is for answers alone.
    pub transmit: &'buf mut [u8],
}

/// The least that a buffer may have: a header, and some room for a body.
const SMALLEST_BUFFER: usize = 64;

/// A link over memory of the caller, and its transport.
#[derive(Debug)]
pub(crate) struct Connection<'buf, T: ErrorType, const WINDOW: usize> {
    pub(crate) link: Link<WINDOW, &'buf mut [u8], &'buf mut [u8]>,
    pub(crate) transport: T,
    /// What went wrong first.
    fault: Option<T::Error>,
}

impl<'buf, T: ErrorType, const WINDOW: usize> Connection<'buf, T, WINDOW> {
    /// # Panics
    /// When a buffer has fewer than 64 octets.
    pub(crate) fn new(session: Session<WINDOW>, transport: T, buffers: Buffers<'buf>) -> Self {
        let Buffers { receive, transmit } = buffers;
        assert!(receive.len().min(transmit.len()) >= SMALLEST_BUFFER, "a buffer has fewer than 64 octets");
        Self { link: Link::new(session, receive, transmit), transport, fault: None }
    }

    pub(crate) fn session(&self) -> &Session<WINDOW> {
        self.link.session()
    }

    /// One half of the line failed.
    pub(crate) fn fail(&mut self, half: Half, error: T::Error) {
        warn!("the line failed: {:?}", error.kind());
        self.link.end(half);
        self.fault.get_or_insert(error);
    }

    /// The event that was announced, beside the outbox to answer it with.
    pub(crate) fn event<'c>(
        &'c mut self,
        clock: &'c dyn Clock,
    ) -> (Event<'c, Undecoded>, Outbox<'c, WINDOW>) {
        let (event, outbox) = self.link.event_undecoded(clock);
        // Of a PDU its header only: bodies hold texts and passwords.
        debug!("event {:?}", event);
        if let Event::Closed(reason) = event {
            info!("closed: {:?}", reason);
        }
        (event, outbox)
    }

    /// Why the session ended. The error of the transport is given once.
    pub(crate) fn end_error(&mut self, reason: CloseReason) -> Error<T::Error> {
        match (self.link.framing_error(), self.fault.take(), reason) {
            (Some(error), _, _) => Error::Protocol(error),
            (None, Some(error), CloseReason::ConnectionLost) => Error::Transport(error),
            (None, _, reason) => Error::Closed(reason),
        }
    }

    /// What the MC said in the answer that accepted a bind.
    pub(crate) fn bound(&self) -> Bound<'_> {
        let system_id = self.link.frame().and_then(system_id).unwrap_or_default();
        Bound { system_id, version: self.session().version() }
    }

    /// What the MC said in the answer that accepted a message.
    pub(crate) fn message_id(&self) -> Result<COctetString<'_>, Error<T::Error>> {
        let response = self.link.frame().map(|frame| frame.body::<SubmitSmResp<'_>>());
        response.transpose().map(|response| response.unwrap_or_default().message_id).map_err(Error::Accepted)
    }

    /// Whether what could not be sent can be sent later: the window, the pace or the queue is full.
    pub(crate) fn is_full(&mut self, error: &SendError, clock: &dyn Clock) -> bool {
        match error {
            SendError::WindowFull | SendError::RateLimited { .. } => true,
            SendError::Encode(EncodeError::BufferTooSmall { .. }) => !self.link.outbox(clock).is_empty(),
            _ => false,
        }
    }

    /// Unbinds as soon as there is nothing outstanding.
    pub(crate) fn unbind_when_done(&mut self, clock: &dyn Clock) -> Result<(), SendError> {
        let session = self.session();
        let is_over = matches!(session.state(), State::Unbound | State::Closed);
        if is_over || session.in_flight() > 0 { Ok(()) } else { self.link.outbox(clock).unbind() }
    }
}

/// How the bind ended, if the event is its end.
pub(crate) fn bind_outcome<E, const WINDOW: usize>(
    event: &Event<'_, Undecoded>,
    bind: CommandId,
    session: &Session<WINDOW>,
) -> Option<Result<(), Error<E>>> {
    match *event {
        Event::Bound { .. } => Some(Ok(())),
        Event::BindRefused { status, .. } => Some(Err(Error::BindRefused { status })),
        Event::Mismatched { frame, .. } | Event::Unmatched { frame } => {
            let response = frame.header.command_id;
            // While nothing else is outstanding, the response of another bind is meant for this one, whatever its number.
            let is_of_another = response.request().is_bind() && response != bind.response();
            let is_wrong = session.state() == State::Closed || is_of_another;
            is_wrong.then_some(Err(Error::WrongBindResponse { response }))
        }
        // An MC that is not bound to us has nothing else to say that counts.
        _ => None,
    }
}

/// How the request with this ticket ended, if the event is its end.
pub(crate) fn outcome<E>(event: &Event<'_, Undecoded>, ticket: Ticket) -> Option<Result<(), Error<E>>> {
    match *event {
        Event::Response { ticket: answered, status, .. } if answered == ticket => {
            Some(if status.is_ok() { Ok(()) } else { Err(Error::Rejected { status }) })
        }
        Event::TimedOut { ticket: late } if late == ticket => Some(Err(Error::TimedOut)),
        Event::Abandoned { ticket: lost, written } if lost == ticket => {
            Some(Err(Error::Abandoned { written }))
        }
        _ => None,
    }
}

/// Who the MC says it is in its answer to a bind.
fn system_id(frame: Frame<'_>) -> Option<COctetString<'_>> {
    let transceiver = frame.body::<BindTransceiverResp<'_>>().map(|response| response.system_id);
    let transmitter = || frame.body::<BindTransmitterResp<'_>>().map(|response| response.system_id);
    let receiver = || frame.body::<BindReceiverResp<'_>>().map(|response| response.system_id);
    transceiver.or_else(|_| transmitter()).or_else(|_| receiver()).ok()
}
