//! What an application sends and answers.

use super::queue::TransmitQueue;
use super::step::Clock;
use crate::Instant;
use crate::error::EncodeError;
use crate::pdu::Body;
use crate::session::{Bind, OneWay, Operation, ReplyTo, SendError, Session, Ticket};
use crate::types::{COctetString, CommandStatus};
use core::fmt;

/// Where the application answers an event and sends requests of its own. What is put here goes out together as soon as the
/// input that is there is worked off, or after some milliseconds if that takes longer.
///
/// In a transmit queue that does not grow, requests of our own leave a quarter of it to answers, at least 32 octets. A
/// request of the peer comes with room for answers of half the queue; while the line takes nothing or a time-out is due, of
/// an eighth of it, at least 32 octets. Any other event, a response or one of the session's own, may come with no room.
/// Where it does not suffice, the errors say [`BufferTooSmall`](crate::EncodeError::BufferTooSmall): nothing was changed.
/// Unless the queue [is empty](Self::is_empty), [`Event::Writable`](crate::session::Event::Writable) then tells when to
/// try again; in an empty one it never fits.
pub struct Outbox<'c, const WINDOW: usize> {
    session: &'c mut Session<WINDOW>,
    queue: &'c mut (dyn TransmitQueue + 'c),
    clock: &'c dyn Clock,
    now: Instant,
}

impl<'c, const WINDOW: usize> Outbox<'c, WINDOW> {
    /// An outbox over a queue of another kind: for those that drive a session themselves.
    pub fn new(
        session: &'c mut Session<WINDOW>,
        queue: &'c mut (dyn TransmitQueue + 'c),
        clock: &'c dyn Clock,
    ) -> Self {
        Self { session, queue, clock, now: clock.recent() }
    }

    /// Lets `write` put one PDU behind the others.
    fn put<V>(
        &mut self,
        is_answer: bool,
        mut write: impl FnMut(&mut Session<WINDOW>, Instant, &mut [u8]) -> Result<(V, usize), SendError>,
    ) -> Result<V, SendError> {
        loop {
            match write(self.session, self.now, self.queue.room(is_answer)) {
                Ok((value, len)) => {
                    self.queue.added(len, is_answer);
                    return Ok(value);
                }
                Err(SendError::Encode(EncodeError::BufferTooSmall { needed }))
                    if self.queue.make_room(needed, is_answer) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Lets the session write a PDU of our own accord. Its timer starts now, however long the application took to come here.
    fn ask<V>(
        &mut self,
        write: impl FnMut(&mut Session<WINDOW>, Instant, &mut [u8]) -> Result<(V, usize), SendError>,
    ) -> Result<V, SendError> {
        self.now = self.clock.now();
        self.put(false, write)
    }

    /// Lets the session write an answer.
    fn answer(
        &mut self,
        mut write: impl FnMut(&mut Session<WINDOW>, Instant, &mut [u8]) -> Result<usize, SendError>,
    ) -> Result<(), SendError> {
        self.now = self.clock.recent();
        self.put(true, |session, now, room| Ok(((), write(session, now, room)?)))
    }

    /// The session, to look at.
    #[must_use]
    pub fn session(&self) -> &Session<WINDOW> {
        self.session
    }

    /// When the event came in, or when the last thing was put out since.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Whether nothing waits to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Sends a request. Its ticket ends exactly once, with an event: [`Response`](crate::session::Event::Response),
    /// [`TimedOut`](crate::session::Event::TimedOut) or [`Abandoned`](crate::session::Event::Abandoned).
    ///
    /// # Errors
    /// As [`Session::send`]. With [`SendError::WindowFull`] and [`SendError::RateLimited`], and for want of room,
    /// [`Event::Writable`](crate::session::Event::Writable) tells when to try again.
    pub fn send<'p, R: Operation<'p>>(&mut self, request: &R) -> Result<Ticket, SendError> {
        self.ask(|session, now, room| session.send(now, request, room))
    }

    /// ESME: sends a bind; its answer is an event.
    ///
    /// # Errors
    /// As [`Session::bind`].
    pub fn bind<'p, B: Bind<'p>>(&mut self, bind: &B) -> Result<(), SendError> {
        self.now = self.clock.now();
        // It has the whole queue: nothing is answered before.
        self.put(true, |session, now, room| Ok(((), session.bind(now, bind, room)?)))
    }

    /// Answers a request.
    ///
    /// # Errors
    /// As [`Session::respond`].
    pub fn respond<'p, B: Body<'p>>(&mut self, to: ReplyTo, response: &B) -> Result<(), SendError> {
        self.respond_with(to, CommandStatus::ESME_ROK, response)
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

    /// MC: accepts a bind in the name of `system_id`.
    ///
    /// # Errors
    /// As [`Session::accept`].
    pub fn accept(&mut self, to: ReplyTo, system_id: COctetString<'_>) -> Result<(), SendError> {
        self.answer(|session, now, room| session.accept(now, to, system_id, room))
    }

    /// MC: sends a PDU that has no response.
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
        self.now = self.clock.now();
        self.session.enquire_link(self.now)
    }

    /// Ends the session: nothing new is sent, what is under way is awaited.
    ///
    /// # Errors
    /// As [`Session::unbind`].
    pub fn unbind(&mut self) -> Result<(), SendError> {
        self.now = self.clock.now();
        self.session.unbind(self.now)
    }

    /// Ends the connection without unbind, as after a bind that was refused. What waits to be written still has a second to
    /// leave.
    pub fn close(&mut self) {
        self.session.handle_closed(&[], 0);
    }
}

impl<const WINDOW: usize> fmt::Debug for Outbox<'_, WINDOW> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("session", &self.session).finish_non_exhaustive()
    }
}
