//! The way out: PDUs one behind the other in the transmit buffer, so that one write carries all of them.

use crate::clock;
use smpp_core::Instant;
use smpp_core::frame::{Frame, Split};
use smpp_core::pdu::Body;
use smpp_core::session::{OneWay, Operation, ReplyTo, SendError, Session, Ticket};
use smpp_core::types::{COctetString, CommandStatus};

/// Octets that wait for the transport: PDUs one behind the other.
#[derive(Debug)]
pub(crate) struct Outgoing<'buf> {
    storage: &'buf mut [u8],
    marks: Marks,
}

/// Places in the storage, in this order.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    /// Where the first PDU starts that the transport did not take as a whole.
    start: usize,
    /// Up to where the transport took octets.
    taken: usize,
    end: usize,
}

/// The least room that is kept for answers: what the session owes by itself takes 16 octets, a deliver_sm_resp 17, a
/// submit_sm_resp as many and its message_id.
const LEAST: usize = 32;

impl<'buf> Outgoing<'buf> {
    pub(crate) fn new(storage: &'buf mut [u8]) -> Self {
        Self { storage, marks: Marks::default() }
    }

    /// What the transport is to take next.
    pub(crate) fn pending(&self) -> &[u8] {
        &self.storage[self.marks.taken..self.marks.end]
    }

    /// The PDUs of which the transport has not taken all, and how much it took of the first.
    pub(crate) fn unfinished(&self) -> (&[u8], usize) {
        let Marks { start, taken, end } = self.marks;
        (&self.storage[start..end], taken - start)
    }

    /// The transport took `count` octets more.
    pub(crate) fn take(&mut self, count: usize) {
        let marks = &mut self.marks;
        marks.taken += count;
        if marks.taken == marks.end {
            *marks = Marks::default();
            return;
        }
        while let Ok(Split::Frame(frame)) = Frame::split(&self.storage[marks.start..marks.taken], usize::MAX)
        {
            marks.start += frame.octets.len();
        }
    }

    /// Takes back a request that timed out, if not an octet of it has left: it is over for the application, so it must not
    /// reach a peer that reads on one day.
    pub(crate) fn withdraw(&mut self, number: u32) {
        let Marks { start, taken, end } = self.marks;
        let mut at = start;
        while let Ok(Split::Frame(frame)) = Frame::split(&self.storage[at..end], usize::MAX) {
            let (header, len) = (frame.header, frame.octets.len());
            let is_it = header.sequence_number == number && !header.command_id.is_response();
            if is_it && at >= taken {
                self.storage.copy_within(at + len..end, at);
                self.marks.end -= len;
                return;
            }
            at += len;
        }
    }

    /// Whether there is room for a PDU of half the storage.
    pub(crate) fn is_roomy(&self) -> bool {
        self.free() >= self.storage.len() / 2
    }

    /// Whether there is room for an answer, which is the least that the application may count on.
    pub(crate) fn has_room_for_answer(&self) -> bool {
        self.free() >= (self.storage.len() / 8).max(LEAST)
    }

    fn free(&self) -> usize {
        self.storage.len() - (self.marks.end - self.marks.start)
    }

    /// Adds what the session owes by itself, as far as there is room.
    pub(crate) fn pump<const WINDOW: usize>(&mut self, session: &mut Session<WINDOW>, now: Instant) {
        if session.has_transmit() {
            let room = self.marks.room(self.storage);
            self.marks.end += session.poll_transmit(now, room).unwrap_or(0);
        }
    }
}

impl Marks {
    /// The free space, all of it.
    fn room<'s>(&mut self, storage: &'s mut [u8]) -> &'s mut [u8] {
        storage.copy_within(self.start..self.end, 0);
        self.taken -= self.start;
        self.end -= self.start;
        self.start = 0;
        &mut storage[self.end..]
    }
}

/// Where the application answers an event and sends requests of its own. What is put here goes out together as soon as
/// the input that is there is worked off.
///
/// Requests of our own leave a quarter of the transmit buffer to answers, at least 32 octets. A request of the peer comes with
/// room for answers of half the buffer; while the line takes nothing or a time-out is due, of an eighth of it, at least 32
/// octets. Any other event, a response or one of the session's own, may come with no room. Where it does not suffice, the
/// errors say [`BufferTooSmall`](smpp_core::EncodeError::BufferTooSmall): nothing was changed, and after a
/// [flush](crate::Client::flush) it can be tried again.
#[derive(Debug)]
pub struct Outbox<'c, const WINDOW: usize> {
    session: &'c mut Session<WINDOW>,
    storage: &'c mut [u8],
    marks: &'c mut Marks,
    now: Instant,
}

impl<'c, const WINDOW: usize> Outbox<'c, WINDOW> {
    pub(crate) fn new(session: &'c mut Session<WINDOW>, out: &'c mut Outgoing<'_>) -> Self {
        Self { session, storage: out.storage, marks: &mut out.marks, now: clock::now() }
    }

    /// Lets `put` write one PDU and leave `reserve` octets free. The session's timers start now, however long the application
    /// took to come here.
    fn put<T>(
        &mut self,
        reserve: usize,
        put: impl FnOnce(&mut Session<WINDOW>, Instant, &mut [u8]) -> Result<(T, usize), SendError>,
    ) -> Result<T, SendError> {
        self.now = clock::now();
        let room = self.marks.room(self.storage);
        let len = room.len().saturating_sub(reserve);
        let (value, len) = put(self.session, self.now, &mut room[..len])?;
        self.marks.end += len;
        Ok(value)
    }

    /// What the application sends of its own accord leaves a quarter of the buffer to answers: two sides that send as much
    /// as they can have to answer each other before either goes on.
    fn reserve(&self) -> usize {
        (self.storage.len() / 4).max(LEAST)
    }

    /// The session, to look at.
    #[must_use]
    pub fn session(&self) -> &Session<WINDOW> {
        self.session
    }

    /// The latest look at the clock: when the event came in, or when the last thing was put out since.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Sends a request. Its ticket ends exactly once, with an event.
    ///
    /// # Errors
    /// As [`Session::send`]. With [`SendError::WindowFull`] and [`SendError::RateLimited`] an
    /// [`Event::Writable`](smpp_core::session::Event::Writable) tells when to try again.
    pub fn send<'p, R: Operation<'p>>(&mut self, request: &R) -> Result<Ticket, SendError> {
        self.put(self.reserve(), |session, now, room| session.send(now, request, room))
    }

    /// Answers a request.
    ///
    /// # Errors
    /// As [`Session::respond`].
    pub fn respond<'p, B: Body<'p>>(&mut self, to: ReplyTo, response: &B) -> Result<(), SendError> {
        self.put(0, |session, now, room| Ok(((), session.respond(now, to, response, room)?)))
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
        self.put(0, |session, now, room| Ok(((), session.respond_with(now, to, status, response, room)?)))
    }

    /// Answers a request with an error.
    ///
    /// # Errors
    /// As [`Session::reject`].
    pub fn reject(&mut self, to: ReplyTo, status: CommandStatus) -> Result<(), SendError> {
        self.put(0, |session, now, room| Ok(((), session.reject(now, to, status, room)?)))
    }

    /// Accepts a bind in the name of `system_id`.
    ///
    /// # Errors
    /// As [`Session::accept`].
    pub fn accept(&mut self, to: ReplyTo, system_id: COctetString<'_>) -> Result<(), SendError> {
        self.put(0, |session, now, room| Ok(((), session.accept(now, to, system_id, room)?)))
    }

    /// Sends a PDU that has no response.
    ///
    /// # Errors
    /// As [`Session::notify`].
    pub fn notify<'p, N: OneWay<'p>>(&mut self, notification: &N) -> Result<(), SendError> {
        self.put(self.reserve(), |session, now, room| Ok(((), session.notify(now, notification, room)?)))
    }

    /// Asks whether the peer is there; its answer is an event. The session does so by itself, too.
    ///
    /// # Errors
    /// As [`Session::enquire_link`].
    pub fn enquire_link(&mut self) -> Result<(), SendError> {
        self.now = clock::now();
        self.session.enquire_link(self.now)
    }

    /// Sends a bind; its answer is an event.
    pub(crate) fn bind<'p, B: smpp_core::session::Bind<'p>>(&mut self, bind: &B) -> Result<(), SendError> {
        self.put(0, |session, now, room| Ok(((), session.bind(now, bind, room)?)))
    }

    /// Ends the session: nothing new is sent, what is under way is awaited.
    ///
    /// # Errors
    /// As [`Session::unbind`].
    pub fn unbind(&mut self) -> Result<(), SendError> {
        self.now = clock::now();
        self.session.unbind(self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smpp_core::pdu::encode_header;
    use smpp_core::types::CommandId;

    /// Puts one PDU of `len` octets into the buffer.
    fn put(out: &mut Outgoing<'_>, len: usize) {
        let place = &mut out.marks.room(out.storage)[..len];
        place.fill(u8::try_from(len).unwrap());
        place[..4].copy_from_slice(&u32::try_from(len).unwrap().to_be_bytes());
        out.marks.end += len;
    }

    #[test]
    fn a_request_that_timed_out_never_leaves_unless_it_has_begun_to() {
        let mut storage = [0; 80];
        let mut out = Outgoing::new(&mut storage);
        for (command, number) in [
            (CommandId::QUERY_SM, 1),
            (CommandId::QUERY_SM, 2),
            (CommandId::QUERY_SM_RESP, 2),
            (CommandId::QUERY_SM, 3),
        ] {
            let room = out.marks.room(out.storage);
            out.marks.end += encode_header(command, CommandStatus::ESME_ROK, number, room).unwrap();
        }
        out.take(1);
        for number in [1, 2, 3, 9] {
            out.withdraw(number);
        }
        let (pdus, taken) = out.unfinished();
        assert_eq!(
            (pdus.len(), pdus[15], pdus[31], taken),
            (32, 1, 2, 1),
            "the one that began, and the answer"
        );
    }

    #[test]
    fn pdus_stay_whole_and_in_order_while_the_buffer_wraps() {
        let mut storage = [0; 64];
        let mut out = Outgoing::new(&mut storage);
        put(&mut out, 16);
        put(&mut out, 17);
        assert!(!out.is_roomy());
        out.take(20);
        assert!(out.is_roomy());
        let (pdus, taken) = out.unfinished();
        assert_eq!(
            (pdus.len(), pdus[3], taken),
            (17, 17, 4),
            "the first PDU is gone, of the second 4 octets are"
        );
        put(&mut out, 40);
        assert_eq!((&out.pending()[..13], out.pending().len()), (&[17; 13][..], 53));
        out.take(13);
        assert_eq!((out.pending().len(), out.unfinished().1), (40, 0));
        out.take(40);
        assert!(out.pending().is_empty());
        assert_eq!(out.unfinished(), (&[][..], 0));
    }
}
