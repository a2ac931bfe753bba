//! Without `async`: an ESME over any transport of `embedded-io`, with any clock. No executor and no time driver of embassy is
//! linked.
//!
//! ```
//! use core::time::Duration;
//! use embedded_io::{Read, ReadReady, Write};
//! use smpp_core::link::Clock;
//! use smpp_core::pdu::{BindTransceiver, DeliverSmResp, SubmitSm};
//! use smpp_core::session::{Config, Event};
//! use smpp_core::types::Address;
//! use smpp_embassy::{Buffers, Error, blocking::Client};
//!
//! fn report<T: Read + Write + ReadReady>(
//!     uart: T,
//!     clock: impl Clock,
//!     reading: &[u8],
//! ) -> Result<(), Error<T::Error>> {
//!     let (mut receive, mut transmit) = ([0; 400], [0; 400]);
//!     let buffers = Buffers { receive: &mut receive, transmit: &mut transmit };
//!     let mut client = Client::<_, _, 10>::new(uart, clock, buffers, Config::default());
//!     client.bind_transceiver(&BindTransceiver { system_id: "sensor".into(), ..Default::default() })?;
//!     let destination = Address::international("4915112345678");
//!     client.submit(&SubmitSm { destination, short_message: reading, ..Default::default() }, |_, _| ())?;
//!     // A receipt, if one comes within a minute.
//!     if let Some((Event::Request { reply_to, .. }, mut outbox)) = client.next_event(Duration::from_secs(60))? {
//!         outbox.respond(reply_to, &DeliverSmResp::default())?;
//!     }
//!     client.unbind(|_, _| ())?;
//!     Ok(())
//! }
//! ```

use crate::connection::{Connection, bind_outcome, outcome};
use crate::{Bound, Buffers, Error};
use core::time::Duration;
use embedded_io::{ErrorType, Read, ReadReady, Write};
use smpp_core::Instant;
use smpp_core::link::{Clock, Half, Outbox, Step, Until};
use smpp_core::pdu::{BindReceiver, BindTransceiver, BindTransmitter, SubmitSm};
use smpp_core::session::{
    Bind, CloseReason, Config, Event, Operation, SendError, Session, Ticket, Undecoded,
};
use smpp_core::types::COctetString;

/// An ESME with at most `WINDOW` open requests on one connection, in memory of its caller.
///
/// Requests and answers are collected and written together as soon as the client waits in
/// [`next_event`](Self::next_event), which asks the transport again and again whether something has arrived.
///
/// `T` is any transport that can tell without waiting whether it has something to read. Its `write` and `flush` may wait;
/// meanwhile nothing is read and no timer runs, so let one that could wait for long fail instead. A UART without flow control
/// needs a queue behind its receiver.
///
/// `C` gives the present moment: a function that reads a timer.
#[derive(Debug)]
pub struct Client<'buf, T: ErrorType, C, const WINDOW: usize> {
    connection: Connection<'buf, T, WINDOW>,
    clock: C,
}

/// An event, and the outbox to answer it with.
pub type Next<'c, const WINDOW: usize> = (Event<'c, Undecoded>, Outbox<'c, WINDOW>);

impl<'buf, T: Read + Write + ReadReady, C: Clock, const WINDOW: usize> Client<'buf, T, C, WINDOW> {
    /// A client on a transport that is connected. Bind next.
    ///
    /// # Panics
    /// When a buffer has fewer than 64 octets.
    pub fn new(transport: T, clock: C, buffers: Buffers<'buf>, config: Config) -> Self {
        let session = Session::esme(config, clock.now());
        Self { connection: Connection::new(session, transport, buffers), clock }
    }

    /// Binds to send and to receive, and waits for the answer.
    ///
    /// # Errors
    /// [`Error::BindRefused`], after which another bind may be tried; [`Error::WrongBindResponse`]; whatever ends the
    /// connection.
    pub fn bind_transceiver(&mut self, bind: &BindTransceiver<'_>) -> Result<Bound<'_>, Error<T::Error>> {
        self.bind(bind)
    }

    /// Binds to send only, and waits for the answer.
    ///
    /// # Errors
    /// As [`Self::bind_transceiver`].
    pub fn bind_transmitter(&mut self, bind: &BindTransmitter<'_>) -> Result<Bound<'_>, Error<T::Error>> {
        self.bind(bind)
    }

    /// Binds to receive only, and waits for the answer.
    ///
    /// # Errors
    /// As [`Self::bind_transceiver`].
    pub fn bind_receiver(&mut self, bind: &BindReceiver<'_>) -> Result<Bound<'_>, Error<T::Error>> {
        self.bind(bind)
    }

    fn bind<'p, B: Bind<'p>>(&mut self, bind: &B) -> Result<Bound<'_>, Error<T::Error>> {
        self.outbox().bind(bind)?;
        loop {
            let (event, outbox) = self.await_event()?;
            if let Some(outcome) = bind_outcome(&event, B::ID, outbox.session()) {
                outcome?;
                break;
            }
            if let Event::Closed(reason) = event {
                return Err(self.connection.end_error(reason));
            }
        }
        Ok(self.connection.bound())
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
    pub fn submit(
        &mut self,
        message: &SubmitSm<'_>,
        mut meanwhile: impl FnMut(Event<'_, Undecoded>, Outbox<'_, WINDOW>),
    ) -> Result<COctetString<'_>, Error<T::Error>> {
        let mut ticket = None;
        loop {
            if ticket.is_none() {
                ticket = match self.send(message) {
                    // The events that are left say why it is closed.
                    Err(SendError::Closed) => None,
                    Err(error) if self.connection.is_full(&error, &self.clock) => None,
                    sent => Some(sent?),
                };
            }
            let (event, outbox) = self.await_event()?;
            match ticket.and_then(|ticket| outcome(&event, ticket)) {
                Some(outcome) => {
                    outcome?;
                    break;
                }
                None if event == Event::Writable => {}
                None => {
                    let closed = if let Event::Closed(reason) = event { Some(reason) } else { None };
                    meanwhile(event, outbox);
                    if let Some(reason) = closed {
                        return Err(self.connection.end_error(reason));
                    }
                }
            }
        }
        self.connection.message_id()
    }

    /// Waits up to `timeout` for the next event and lends it, beside the outbox to answer it with; `None` when the time is
    /// over. What was sent is written first. With [`Duration::ZERO`] it does what can be done and does not wait, for a
    /// program that has a loop of its own.
    ///
    /// What its PDU says is to be read from its `frame`, by [`Frame::body`](smpp_core::frame::Frame::body); a request that
    /// cannot be read was refused already.
    ///
    /// The last event is [`Event::Closed`], after the end of every ticket; then the connection is to be closed, see
    /// [`Self::into_transport`].
    ///
    /// # Errors
    /// After [`Event::Closed`]: why the connection ended.
    pub fn next_event(&mut self, timeout: Duration) -> Result<Option<Next<'_, WINDOW>>, Error<T::Error>> {
        let end = self.clock.now().after(timeout);
        Ok(if self.advance(end)? { Some(self.connection.event(&self.clock)) } else { None })
    }

    fn await_event(&mut self) -> Result<Next<'_, WINDOW>, Error<T::Error>> {
        while !self.advance(Instant::ZERO.after(Duration::MAX))? {}
        Ok(self.connection.event(&self.clock))
    }

    /// Reads, writes and waits up to `end` until there is an event. Whether there is.
    fn advance(&mut self, end: Instant) -> Result<bool, Error<T::Error>> {
        loop {
            let now = self.clock.now();
            let until = match self.connection.link.poll(now) {
                Step::Event => return Ok(true),
                Step::Closed(reason) => return Err(self.connection.end_error(reason)),
                Step::Io(until) => until,
            };
            let has_written = self.write();
            if !self.read() && !has_written {
                self.connection.link.idle();
                if until != Until::Now && now >= end {
                    return Ok(false);
                }
                core::hint::spin_loop();
            }
        }
    }

    /// Writes what was sent, and gives whether all of it left. [`Self::next_event`] does so by itself before it waits.
    ///
    /// Not all of it leaves when the line fails.
    pub fn flush(&mut self) -> bool {
        self.connection.link.engine().pump(self.clock.now());
        while self.write() {}
        self.outbox().is_empty()
    }

    /// Ends the session cleanly: waits for the responses that are outstanding, unbinds, waits for the end, and tells how it
    /// came. Events go to `meanwhile`, which answers requests of the peer.
    ///
    /// # Errors
    /// [`Error::Send`] when nothing is bound; after [`Event::Closed`] was seen, why the connection ended.
    pub fn unbind(
        &mut self,
        mut meanwhile: impl FnMut(Event<'_, Undecoded>, Outbox<'_, WINDOW>),
    ) -> Result<CloseReason, Error<T::Error>> {
        loop {
            self.connection.unbind_when_done(&self.clock)?;
            match self.await_event()? {
                (Event::Closed(reason), _) => return Ok(reason),
                (event, outbox) => meanwhile(event, outbox),
            }
        }
    }

    /// The outbox, without an event.
    pub fn outbox(&mut self) -> Outbox<'_, WINDOW> {
        self.connection.link.outbox(&self.clock)
    }

    /// The session, to look at.
    #[must_use]
    pub fn session(&self) -> &Session<WINDOW> {
        self.connection.session()
    }

    /// The transport, to close it or to use it for something else. Tickets that have not ended yet are forgotten.
    pub fn into_transport(self) -> T {
        self.connection.transport
    }

    /// One write of all that waits, or the flush behind the last one. Whether there was any.
    fn write(&mut self) -> bool {
        let Connection { link, transport, .. } = &mut self.connection;
        if !link.wants_write() {
            return false;
        }
        let outcome = if link.wants_flush() {
            transport.flush().map(|()| link.flushed())
        } else {
            transport.write(link.io().0).map(|count| link.wrote(count))
        };
        outcome.unwrap_or_else(|error| self.connection.fail(Half::Write, error));
        true
    }

    /// One read, if there is room and something to read. Whether there was.
    fn read(&mut self) -> bool {
        let Connection { link, transport, .. } = &mut self.connection;
        let room = link.io().1;
        if room.is_empty() {
            return false;
        }
        let outcome = match transport.read_ready() {
            Ok(false) => return false,
            Ok(true) => transport.read(room).map(|count| link.arrived(count)),
            Err(error) => Err(error),
        };
        outcome.unwrap_or_else(|error| self.connection.fail(Half::Read, error));
        true
    }
}
