//! Where the application answers and sends.

use crate::clock::CachedClock;
use crate::outgoing::Outgoing;
use smpp_core::Instant;
use smpp_core::pdu::Body;
use smpp_core::session::{Bind, OneWay, Operation, ReplyTo, SendError, Session, Ticket};
use smpp_core::types::{COctetString, CommandStatus};

/// Where the application answers an event and sends requests of its own. What is put here goes out together, in one
/// system call, as soon as the input that is there is worked off, or after some milliseconds if that takes longer.
#[derive(Debug)]
pub struct Outbox<'c, const WINDOW: usize> {
    session: &'c mut Session<WINDOW>,
    out: &'c mut Outgoing,
    clock: &'c mut CachedClock,
}

impl<'c, const WINDOW: usize> Outbox<'c, WINDOW> {
    pub(crate) fn new(
        session: &'c mut Session<WINDOW>,
        out: &'c mut Outgoing,
        clock: &'c mut CachedClock,
    ) -> Self {
        Self { session, out, clock }
    }

    /// Lets the session write a PDU that starts a timer: now, however long the application took to come here.
    fn ask<T>(
        &mut self,
        write: impl Fn(&mut Session<WINDOW>, Instant, &mut [u8]) -> Result<(T, usize), SendError>,
    ) -> Result<T, SendError> {
        let now = self.clock.look();
        self.out.put(|room| write(self.session, now, room))
    }

    /// Lets the session write an answer.
    fn answer(
        &mut self,
        write: impl Fn(&mut Session<WINDOW>, Instant, &mut [u8]) -> Result<usize, SendError>,
    ) -> Result<(), SendError> {
        let now = self.clock.now();
        self.out.put(|room| Ok(((), write(self.session, now, room)?)))
    }

    /// The session, to look at.
    #[must_use]
    pub fn session(&self) -> &Session<WINDOW> {
        self.session
    }

    /// The moment of the event, or of a few before it, or of the last request since: what comes close together shares a look
    /// at the clock.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Sends a request. Its ticket ends exactly once, with an event.
    ///
    /// # Errors
    /// As [`Session::send`]. With [`SendError::WindowFull`] and [`SendError::Paced`] an
    /// [`Event::Writable`](smpp_core::session::Event::Writable) tells when to try again.
    pub fn send<'p, R: Operation<'p>>(&mut self, request: &R) -> Result<Ticket, SendError> {
        self.ask(|session, now, room| session.send(now, request, room))
    }

    /// Answers a request.
    ///
    /// # Errors
    /// As [`Session::respond`].
    pub fn respond<'p, B: Body<'p>>(&mut self, to: ReplyTo, response: &B) -> Result<(), SendError> {
        self.answer(|session, now, room| session.respond(now, to, response, room))
    }

    /// Answers a request with a status beside the body, for TLVs that explain an error in data_sm_resp.
    ///
    /// # Errors
    /// As [`Session::respond_with`].
    pub fn respond_with<'p, B: Body<'p>>(
        &mut self,
        to: ReplyTo,
        status: CommandStatus,
        response: &B,
    ) -> Result<(), SendError> {
        self.answer(|session, now, room| session.respond_with(now, to, status, response, room))
    }

    /// Answers a request with an error.
    ///
    /// # Errors
    /// As [`Session::reject`].
    pub fn reject(&mut self, to: ReplyTo, status: CommandStatus) -> Result<(), SendError> {
        self.answer(|session, now, room| session.reject(now, to, status, room))
    }

    /// Accepts a bind in the name of `system_id`.
    ///
    /// # Errors
    /// As [`Session::accept`].
    pub fn accept(&mut self, to: ReplyTo, system_id: COctetString<'_>) -> Result<(), SendError> {
        self.answer(|session, now, room| session.accept(now, to, system_id, room))
    }

    /// Sends a PDU that has no response.
    ///
    /// # Errors
    /// As [`Session::notify`].
    pub fn notify<'p, N: OneWay<'p>>(&mut self, notification: &N) -> Result<(), SendError> {
        self.ask(|session, now, room| Ok(((), session.notify(now, notification, room)?)))
    }

    /// Asks whether the peer is there; its answer is an event. The session does so by itself, too.
    ///
    /// # Errors
    /// As [`Session::enquire_link`].
    pub fn enquire_link(&mut self) -> Result<(), SendError> {
        self.session.enquire_link(self.clock.look())
    }

    /// Sends a bind; its answer is an event.
    pub(crate) fn bind<'p, B: Bind<'p>>(&mut self, bind: &B) -> Result<(), SendError> {
        self.ask(|session, now, room| Ok(((), session.bind(now, bind, room)?)))
    }

    /// Ends the session: nothing new is sent, what is under way is awaited.
    ///
    /// # Errors
    /// As [`Session::unbind`].
    pub fn unbind(&mut self) -> Result<(), SendError> {
        self.session.unbind(self.clock.look())
    }
}
