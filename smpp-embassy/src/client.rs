//! An ESME's side of one connection.

use crate::clock::now;
use crate::connection::{Buffers, bind_outcome, outcome};
use crate::error::Error;
use crate::line::Line;
use embedded_io_async::{ErrorType, Read, Write};
use smpp_core::link::Outbox;
use smpp_core::pdu::{BindReceiver, BindTransceiver, BindTransmitter, SubmitSm};
use smpp_core::session::{
    Bind, CloseReason, Config, Event, Operation, SendError, Session, Ticket, Undecoded,
};
use smpp_core::types::{COctetString, InterfaceVersion};

/// What the MC said when it accepted a bind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Bound<'a> {
    /// Who the MC is, in its own words.
    pub system_id: COctetString<'a>,
    /// The version that both sides speak from now on.
    pub version: InterfaceVersion,
}

/// An ESME with at most `WINDOW` open requests on one connection, in memory of its caller.
///
/// Requests and answers are collected and written together as soon as the client waits in [`next_event`].
///
/// `T` is any transport. Its `read`, `write` and `flush` are to be free of side effects when they are dropped before they
/// are ready, as `embedded_io_async` encourages and embassy-net keeps: that happens when a timer of the session comes first,
/// and while a write waits, to read meanwhile. One that wakes the task also for a `read` that was dropped, as embassy-net's
/// does, is read at once then; another is looked at 50 ms later, and ever more seldom. And a `read` of what has arrived is to be ready when it is first polled: a response that is there wins over its time-out,
/// however late the application comes back, and that is how it is found.
///
/// [`next_event`]: Self::next_event
#[derive(Debug)]
pub struct Client<'buf, T: ErrorType, const WINDOW: usize> {
    line: Line<'buf, T, WINDOW>,
}

impl<'buf, T: Read + Write, const WINDOW: usize> Client<'buf, T, WINDOW> {
    /// A client on a transport that is connected. Bind next.
    ///
    /// # Panics
    /// When a buffer has fewer than 64 octets.
    pub fn new(transport: T, buffers: Buffers<'buf>, config: Config) -> Self {
        Self { line: Line::new(Session::esme(config, now()), transport, buffers) }
    }

    /// Binds to send and to receive, and waits for the answer.
    ///
    /// # Errors
    /// [`Error::BindRefused`], after which another bind may be tried; [`Error::WrongBindResponse`]; whatever ends the
    /// connection.
    ///
    /// # Cancel safety
    /// When it is dropped, the bind may be under way: its outcome is an event of [`Self::next_event`].
    pub async fn bind_transceiver(
        &mut self,
        bind: &BindTransceiver<'_>,
    ) -> Result<Bound<'_>, Error<T::Error>> {
        self.bind(bind).await
    }

    /// Binds to send only, and waits for the answer.
    ///
    /// # Errors
    /// As [`Self::bind_transceiver`].
    ///
    /// # Cancel safety
    /// As [`Self::bind_transceiver`].
    pub async fn bind_transmitter(
        &mut self,
        bind: &BindTransmitter<'_>,
    ) -> Result<Bound<'_>, Error<T::Error>> {
        self.bind(bind).await
    }

    /// Binds to receive only, and waits for the answer.
    ///
    /// # Errors
    /// As [`Self::bind_transceiver`].
    ///
    /// # Cancel safety
    /// As [`Self::bind_transceiver`].
    pub async fn bind_receiver(&mut self, bind: &BindReceiver<'_>) -> Result<Bound<'_>, Error<T::Error>> {
        self.bind(bind).await
    }

    async fn bind<'p, B: Bind<'p>>(&mut self, bind: &B) -> Result<Bound<'_>, Error<T::Error>> {
        self.outbox().bind(bind)?;
        loop {
            let (event, outbox) = self.next_event().await?;
            if let Some(outcome) = bind_outcome(&event, B::ID, outbox.session()) {
                outcome?;
                break;
            }
            if let Event::Closed(reason) = event {
                return Err(self.line.connection.end_error(reason));
            }
        }
        Ok(self.line.connection.bound())
    }

    /// Puts a request behind those that wait to be written. Its ticket ends exactly once, with an event:
    /// [`Event::Response`], [`Event::TimedOut`] or [`Event::Abandoned`].
    ///
    /// # Errors
    /// As [`Session::send`]. With [`SendError::WindowFull`] and [`SendError::RateLimited`], [`Event::Writable`] tells when to
    /// try again, and for want of room unless nothing waits to be written.
    pub fn send<'p, R: Operation<'p>>(&mut self, request: &R) -> Result<Ticket, SendError> {
        self.outbox().send(request)
    }

    /// Submits one message, waits for its response and gives the message_id. Room in the window, in the buffer, and the
    /// pace are waited for. Other events go to `meanwhile`, which answers requests of the peer.
    ///
    /// # Errors
    /// [`Error::Send`], [`Error::Rejected`], [`Error::Accepted`], [`Error::TimedOut`], [`Error::Abandoned`]; whatever ends the
    /// connection.
    ///
    /// # Cancel safety
    /// When it is dropped, the message may be under way; then its outcome is an event of [`Self::next_event`]. To know its
    /// ticket in any case, use [`Self::send`].
    pub async fn submit(
        &mut self,
        message: &SubmitSm<'_>,
        mut meanwhile: impl FnMut(Event<'_, Undecoded>, Outbox<'_, WINDOW>),
    ) -> Result<COctetString<'_>, Error<T::Error>> {
        let ticket = self.send_when_possible(message, &mut meanwhile).await?;
        loop {
            let (event, outbox) = self.next_event().await?;
            match outcome(&event, ticket) {
                Some(outcome) => {
                    outcome?;
                    break;
                }
                None => meanwhile(event, outbox),
            }
        }
        self.line.connection.message_id()
    }

    async fn send_when_possible(
        &mut self,
        message: &SubmitSm<'_>,
        meanwhile: &mut impl FnMut(Event<'_, Undecoded>, Outbox<'_, WINDOW>),
    ) -> Result<Ticket, Error<T::Error>> {
        loop {
            match self.send(message) {
                // The events that are left say why it is closed.
                Err(SendError::Closed) => {}
                Err(error) if self.line.connection.is_full(&error, &now) => {}
                outcome => return Ok(outcome?),
            }
            let closed = match self.next_event().await? {
                (Event::Writable, _) => None,
                (event, outbox) => {
                    let closed = if let Event::Closed(reason) = event { Some(reason) } else { None };
                    meanwhile(event, outbox);
                    closed
                }
            };
            if let Some(reason) = closed {
                return Err(self.line.connection.end_error(reason));
            }
        }
    }

    /// Waits for the next event and lends it, beside the outbox to answer it with. What was sent is written first.
    ///
    /// What its PDU says is to be read from its `frame`, by [`Frame::body`](smpp_core::frame::Frame::body); a request that
    /// cannot be read was refused already.
    ///
    /// The last event is [`Event::Closed`], after the end of every ticket; then the connection is to be closed, see
    /// [`Self::into_transport`].
    ///
    /// # Errors
    /// After [`Event::Closed`]: why the connection ended.
    ///
    /// # Cancel safety
    /// Nothing is lost when it is dropped and called again, at any await point: an event is lent at once when it is
    /// there, octets are kept. So it can stand in a `select`, or under a time-out.
    pub async fn next_event(
        &mut self,
    ) -> Result<(Event<'_, Undecoded>, Outbox<'_, WINDOW>), Error<T::Error>> {
        self.line.next_event().await
    }

    /// Writes what was sent, and gives whether all of it left. [`Self::next_event`] does so by itself before it waits.
    ///
    /// Not all of it leaves when the line fails, and when it takes nothing while there is an event to tell: the peer sent
    /// something and may be waiting for the answer, or a timer of the session came. [`Self::next_event`] tells and goes on.
    ///
    /// # Cancel safety
    /// What was not written when it is dropped is written later.
    pub async fn flush(&mut self) -> bool {
        self.line.flush().await
    }

    /// Ends the session cleanly: waits for the responses that are outstanding, unbinds, waits for the end, and tells how it
    /// came. Events go to `meanwhile`, which answers requests of the peer.
    ///
    /// # Errors
    /// [`Error::Send`] when nothing is bound; after [`Event::Closed`] was seen, why the connection ended.
    ///
    /// # Cancel safety
    /// When it is dropped, the unbind may be under way; called again, it goes on.
    pub async fn unbind(
        &mut self,
        meanwhile: impl FnMut(Event<'_, Undecoded>, Outbox<'_, WINDOW>),
    ) -> Result<CloseReason, Error<T::Error>> {
        self.line.unbind(meanwhile).await
    }

    /// The outbox, without an event.
    pub fn outbox(&mut self) -> Outbox<'_, WINDOW> {
        self.line.outbox()
    }

    /// The session, to look at.
    #[must_use]
    pub fn session(&self) -> &Session<WINDOW> {
        self.line.connection.session()
    }

    /// The transport, to close it or to use it for something else. Tickets that have not ended yet are forgotten.
    pub fn into_transport(self) -> T {
        self.line.connection.transport
    }
}
