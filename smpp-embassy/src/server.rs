//! An MC's side of one connection.

use crate::clock::now;
use crate::connection::Buffers;
use crate::error::Error;
use crate::line::Line;
use embedded_io_async::{ErrorType, Read, Write};
use smpp_core::link::Outbox;
use smpp_core::session::{CloseReason, Config, Event, Operation, SendError, Session, Ticket, Undecoded};

/// The MC's side of one connection, with at most `WINDOW` open requests of its own, in memory of its caller. A device that
/// serves several ESMEs has one for each, in a task of its own.
///
/// It waits for [`Event::BindRequested`] and accepts through the [`Outbox`]. What is said of the transport of a
/// [`Client`](crate::Client) holds here too.
#[derive(Debug)]
pub struct Server<'buf, T: ErrorType, const WINDOW: usize> {
    line: Line<'buf, T, WINDOW>,
}

impl<'buf, T: Read + Write, const WINDOW: usize> Server<'buf, T, WINDOW> {
    /// The MC's side of a transport that an ESME connected.
    ///
    /// # Panics
    /// When a buffer has fewer than 64 octets.
    pub fn new(transport: T, buffers: Buffers<'buf>, config: Config) -> Self {
        Self { line: Line::new(Session::mc(config, now()), transport, buffers) }
    }

    /// Puts a request behind those that wait to be written. Its ticket ends exactly once, with an event:
    /// [`Event::Response`], [`Event::TimedOut`] or [`Event::Abandoned`].
    ///
    /// # Errors
    /// As [`Client::send`](crate::Client::send).
    pub fn send<'p, R: Operation<'p>>(&mut self, request: &R) -> Result<Ticket, SendError> {
        self.outbox().send(request)
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
    /// Nothing is lost when it is dropped and called again, at any await point. So it can stand in a `select`, or under a
    /// time-out.
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
