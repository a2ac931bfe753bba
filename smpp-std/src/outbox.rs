//! The way out: PDUs one behind the other, so that one system call writes all of them.

use smpp_core::frame::{Frame, Split};
use smpp_core::pdu::Body;
use smpp_core::session::{OneWay, Operation, ReplyTo, SendError, Session, Ticket};
use smpp_core::types::{COctetString, CommandStatus};
use smpp_core::{Buffer, EncodeError, Instant};

/// Octets that wait for the transport: whole PDUs. It grows when a PDU needs it and never shrinks.
#[derive(Debug)]
pub(crate) struct Outgoing {
    buffer: Buffer<Vec<u8>>,
    /// How many octets of the first PDU the transport took already.
    taken: usize,
}

impl Outgoing {
    pub(crate) fn with_capacity(octets: usize) -> Self {
        Self { buffer: Buffer::new(vec![0; octets]), taken: 0 }
    }

    /// What the transport has not taken yet.
    pub(crate) fn pending(&self) -> &[u8] {
        &self.buffer.filled()[self.taken..]
    }

    /// The PDUs of which the transport has not taken all, and how much it took of the first.
    pub(crate) fn unfinished(&self) -> (&[u8], usize) {
        (self.buffer.filled(), self.taken)
    }

    /// The transport took `count` octets more.
    pub(crate) fn take(&mut self, count: usize) {
        self.taken += count;
        if self.taken == self.buffer.filled().len() {
            self.buffer.consume(self.taken);
            self.taken = 0;
            return;
        }
        while let Ok(Split::Frame(frame)) = Frame::split(self.buffer.filled(), usize::MAX)
            && frame.octets.len() <= self.taken
        {
            let len = frame.octets.len();
            self.buffer.consume(len);
            self.taken -= len;
        }
    }

    /// Lets `put` write one PDU, again with more room if it asks for that.
    pub(crate) fn put<T>(
        &mut self,
        mut put: impl FnMut(&mut [u8]) -> Result<(T, usize), SendError>,
    ) -> Result<T, SendError> {
        loop {
            let room = self.buffer.unfilled();
            match put(room) {
                Ok((value, len)) => {
                    self.buffer.advance(len);
                    return Ok(value);
                }
                Err(SendError::Encode(EncodeError::BufferTooSmall { needed })) if needed > room.len() => {
                    self.make_room(needed);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Adds what the session owes by itself.
    pub(crate) fn pump<const WINDOW: usize>(&mut self, session: &mut Session<WINDOW>, now: Instant) {
        loop {
            if self.buffer.unfilled().len() < LONGEST_OWED {
                self.make_room(LONGEST_OWED);
            }
            match session.poll_transmit(now, self.buffer.unfilled()) {
                Some(len) => self.buffer.advance(len),
                None => return,
            }
        }
    }

    #[cold]
    fn make_room(&mut self, more: usize) {
        let filled = self.buffer.filled();
        let len = filled.len();
        let mut storage = vec![0; self.buffer.capacity().max((len + more).next_power_of_two())];
        storage[..len].copy_from_slice(filled);
        self.buffer = Buffer::new(storage);
        self.buffer.advance(len);
    }
}

/// Room for the answers that a session writes by itself.
const LONGEST_OWED: usize = 256;

/// Where the application answers an event and sends requests of its own. What is put here goes out together, in one
/// system call, as soon as the input that is there is worked off.
#[derive(Debug)]
pub struct Outbox<'c, const WINDOW: usize> {
    session: &'c mut Session<WINDOW>,
    out: &'c mut Outgoing,
    now: Instant,
}

impl<'c, const WINDOW: usize> Outbox<'c, WINDOW> {
    pub(crate) fn new(session: &'c mut Session<WINDOW>, out: &'c mut Outgoing, now: Instant) -> Self {
        Self { session, out, now }
    }

    /// The session, to look at.
    #[must_use]
    pub fn session(&self) -> &Session<WINDOW> {
        self.session
    }

    /// The moment of the event.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Sends a request. Its ticket ends exactly once, with an event.
    ///
    /// # Errors
    /// As [`Session::send`]. With [`SendError::WindowFull`] and [`SendError::Paced`] an
    /// [`Event::Writable`](smpp_core::session::Event::Writable) tells when to try again.
    pub fn send<'p, R: Operation<'p>>(&mut self, request: &R) -> Result<Ticket, SendError> {
        self.out.put(|room| self.session.send(self.now, request, room))
    }

    /// Answers a request.
    ///
    /// # Errors
    /// As [`Session::respond`].
    pub fn respond<'p, B: Body<'p>>(&mut self, to: ReplyTo, response: &B) -> Result<(), SendError> {
        self.out.put(|room| Ok(((), self.session.respond(self.now, to, response, room)?)))
    }

    /// Answers a request with an error.
    ///
    /// # Errors
    /// As [`Session::reject`].
    pub fn reject(&mut self, to: ReplyTo, status: CommandStatus) -> Result<(), SendError> {
        self.out.put(|room| Ok(((), self.session.reject(self.now, to, status, room)?)))
    }

    /// Accepts a bind in the name of `system_id`.
    ///
    /// # Errors
    /// As [`Session::accept`].
    pub fn accept(&mut self, to: ReplyTo, system_id: COctetString<'_>) -> Result<(), SendError> {
        self.out.put(|room| Ok(((), self.session.accept(self.now, to, system_id, room)?)))
    }

    /// Sends a PDU that has no response.
    ///
    /// # Errors
    /// As [`Session::notify`].
    pub fn notify<'p, N: OneWay<'p>>(&mut self, notification: &N) -> Result<(), SendError> {
        self.out.put(|room| Ok(((), self.session.notify(self.now, notification, room)?)))
    }

    /// Ends the session: nothing new is sent, what is under way is awaited.
    ///
    /// # Errors
    /// As [`Session::unbind`].
    pub fn unbind(&mut self) -> Result<(), SendError> {
        self.session.unbind(self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts one PDU of `len` octets into the buffer.
    fn put(out: &mut Outgoing, len: usize) {
        out.put(|room| {
            let Some(place) = room.get_mut(..len) else {
                return Err(SendError::Encode(EncodeError::BufferTooSmall { needed: len }));
            };
            place.fill(u8::try_from(len).unwrap());
            place[..4].copy_from_slice(&u32::try_from(len).unwrap().to_be_bytes());
            Ok(((), len))
        })
        .unwrap();
    }

    #[test]
    fn pdus_stay_whole_and_in_order_while_the_room_grows() {
        let mut out = Outgoing::with_capacity(20);
        put(&mut out, 16);
        put(&mut out, 17);
        assert_eq!(out.pending().len(), 33);
        out.take(20);
        assert_eq!(out.pending().len(), 13);
        let (pdus, taken) = out.unfinished();
        assert_eq!(
            (pdus.len(), pdus[3], taken),
            (17, 17, 4),
            "the first PDU is gone, of the second 4 octets are"
        );
        put(&mut out, 100);
        out.take(13);
        assert_eq!((out.pending().len(), out.unfinished().1), (100, 0));
        out.take(100);
        assert!(out.pending().is_empty());
        assert_eq!(out.unfinished(), (&[][..], 0));
    }
}
