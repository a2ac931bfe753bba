//! The way out: PDUs one behind the other, so that one system call writes all of them.

use crate::clock::Watch;
use smpp_core::frame::{Frame, Split};
use smpp_core::pdu::Body;
use smpp_core::session::{Bind, OneWay, Operation, ReplyTo, SendError, Session, Ticket};
use smpp_core::types::{COctetString, CommandStatus};
use smpp_core::{EncodeError, Instant};

/// Octets that wait for the transport: PDUs one behind the other. It grows when a PDU needs it and never shrinks.
///
/// Who looks at them before they leave, [`approve`](Self::approve)s them or takes them back.
#[derive(Debug)]
pub(crate) struct Outgoing {
    storage: Vec<u8>,
    /// Where the first PDU starts that the transport did not take as a whole.
    start: usize,
    /// Up to where the transport took octets.
    taken: usize,
    /// Up to where they may go.
    approved: usize,
    end: usize,
    /// Octets of answers among them. The peer causes those, so they are what bounds reading; requests are bounded by the window.
    answers: usize,
}

/// More answers than this waiting to be written mean that the peer does not read: then nothing is read from it either.
const BACKLOG: usize = 256 * 1024;

impl Outgoing {
    pub(crate) fn with_capacity(octets: usize) -> Self {
        Self { storage: vec![0; octets], start: 0, taken: 0, approved: 0, end: 0, answers: 0 }
    }

    /// What the transport is to take next.
    pub(crate) fn pending(&self) -> &[u8] {
        &self.storage[self.taken..self.approved]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.taken == self.end
    }

    /// What was put here and not yet approved: whole PDUs.
    pub(crate) fn fresh(&self) -> &[u8] {
        &self.storage[self.approved..self.end]
    }

    /// Lets go what was put here.
    pub(crate) fn approve(&mut self) {
        self.approved = self.end;
    }

    /// Takes back what was not approved.
    pub(crate) fn withhold(&mut self) {
        self.answers -= answers_in(self.fresh());
        self.end = self.approved;
    }

    /// Whether the peer does not read what it is answered.
    pub(crate) fn is_choked(&self) -> bool {
        self.answers > BACKLOG
    }

    /// The PDUs of which the transport has not taken all, and how much it took of the first.
    pub(crate) fn unfinished(&self) -> (&[u8], usize) {
        (&self.storage[self.start..self.end], self.taken - self.start)
    }

    /// The transport took `count` octets more.
    pub(crate) fn take(&mut self, count: usize) {
        self.taken += count;
        if self.taken == self.end {
            return self.forget();
        }
        while let Ok(Split::Frame(frame)) = Frame::split(&self.storage[self.start..self.taken], usize::MAX) {
            let len = frame.octets.len();
            self.answers -= if frame.header.command_id.is_response() { len } else { 0 };
            self.start += len;
        }
    }

    fn forget(&mut self) {
        (self.start, self.taken, self.approved, self.end, self.answers) = (0, 0, 0, 0, 0);
    }

    /// Forgets everything. `false` when it has grown beyond `capacity`.
    pub(crate) fn reset(&mut self, capacity: usize) -> bool {
        self.forget();
        self.storage.len() <= capacity
    }

    /// Takes back a request that timed out, if not an octet of it has left: it is over for the application, so it must not
    /// reach a peer that reads on one day, and a peer that never does must not make these octets pile up.
    pub(crate) fn withdraw(&mut self, number: u32) {
        let mut at = self.start;
        while let Ok(Split::Frame(frame)) = Frame::split(&self.storage[at..self.end], usize::MAX) {
            let (header, len) = (frame.header, frame.octets.len());
            let is_it = header.sequence_number == number && !header.command_id.is_response();
            if is_it && at >= self.taken {
                // What is before it is short, because those that were sent first time out first.
                self.storage.copy_within(self.start..at, self.start + len);
                self.approved += if self.approved <= at { len } else { 0 };
                self.taken += len;
                self.start += len;
                break;
            }
            at += len;
        }
        if self.taken == self.end {
            self.forget();
        }
    }

    /// Lets `put` write one PDU, again with more room if it asks for that.
    pub(crate) fn put<T>(
        &mut self,
        mut put: impl FnMut(&mut [u8]) -> Result<(T, usize), SendError>,
    ) -> Result<T, SendError> {
        loop {
            let room = &mut self.storage[self.end..];
            match put(room) {
                Ok((value, len)) => {
                    self.answers += answers_in(&room[..len]);
                    self.end += len;
                    return Ok(value);
                }
                Err(SendError::Encode(EncodeError::BufferTooSmall { needed })) if needed > room.len() => {
                    self.make_room(needed);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Adds octets that nobody looks at any more.
    pub(crate) fn extend(&mut self, octets: &[u8]) {
        if self.storage.len() - self.end < octets.len() {
            self.make_room(octets.len());
        }
        self.storage[self.end..self.end + octets.len()].copy_from_slice(octets);
        self.end += octets.len();
        self.approve();
    }

    /// Adds what the session owes by itself.
    pub(crate) fn pump<const WINDOW: usize>(&mut self, session: &mut Session<WINDOW>, now: Instant) {
        while session.has_transmit() {
            if self.storage.len() - self.end < LONGEST_OWED {
                self.make_room(LONGEST_OWED);
            }
            let room = &mut self.storage[self.end..];
            let Some(len) = session.poll_transmit(now, room) else { return };
            self.answers += answers_in(&room[..len]);
            self.end += len;
        }
    }

    /// Moves everything to the front, into larger storage if that does not make room enough.
    #[cold]
    fn make_room(&mut self, more: usize) {
        self.storage.copy_within(self.start..self.end, 0);
        for place in [&mut self.taken, &mut self.approved, &mut self.end] {
            *place -= self.start;
        }
        self.start = 0;
        let needed = self.end + more;
        if needed > self.storage.len() {
            self.storage.resize(needed.next_power_of_two(), 0);
        }
    }
}

/// How many of these octets, whole PDUs, are answers.
fn answers_in(mut octets: &[u8]) -> usize {
    let mut answers = 0;
    while let Ok(Split::Frame(frame)) = Frame::split(octets, usize::MAX) {
        answers += if frame.header.command_id.is_response() { frame.octets.len() } else { 0 };
        octets = &octets[frame.octets.len()..];
    }
    answers
}

/// Room for the answers that a session writes by itself.
const LONGEST_OWED: usize = 256;

/// Where the application answers an event and sends requests of its own. What is put here goes out together, in one
/// system call, as soon as the input that is there is worked off, or after some milliseconds if that takes longer.
#[derive(Debug)]
pub struct Outbox<'c, const WINDOW: usize> {
    session: &'c mut Session<WINDOW>,
    out: &'c mut Outgoing,
    watch: &'c mut Watch,
}

impl<'c, const WINDOW: usize> Outbox<'c, WINDOW> {
    pub(crate) fn new(session: &'c mut Session<WINDOW>, out: &'c mut Outgoing, watch: &'c mut Watch) -> Self {
        Self { session, out, watch }
    }

    /// Lets the session write a PDU that starts a timer: now, however long the application took to come here.
    fn ask<T>(
        &mut self,
        write: impl Fn(&mut Session<WINDOW>, Instant, &mut [u8]) -> Result<(T, usize), SendError>,
    ) -> Result<T, SendError> {
        let now = self.watch.look();
        self.out.put(|room| write(self.session, now, room))
    }

    /// Lets the session write an answer.
    fn answer(
        &mut self,
        write: impl Fn(&mut Session<WINDOW>, Instant, &mut [u8]) -> Result<usize, SendError>,
    ) -> Result<(), SendError> {
        let now = self.watch.now();
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
        self.watch.now()
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
        self.session.enquire_link(self.watch.look())
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
        self.session.unbind(self.watch.look())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smpp_core::pdu::encode_header;
    use smpp_core::types::CommandId;

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
        out.approve();
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
        assert_eq!(out.pending(), [17; 13]);
        out.approve();
        out.take(13);
        assert_eq!((out.pending().len(), out.unfinished().1), (100, 0));
        out.take(100);
        assert!(out.is_empty());
        assert_eq!(out.unfinished(), (&[][..], 0));
    }

    #[test]
    fn only_answers_choke_and_only_until_they_have_left() {
        let pdu = |command: CommandId| {
            move |room: &mut [u8]| Ok(((), encode_header(command, CommandStatus::ESME_ROK, 1, room)?))
        };
        let mut out = Outgoing::with_capacity(64);
        for _ in 0..BACKLOG / 16 + 1 {
            out.put(pdu(CommandId::QUERY_SM)).unwrap();
        }
        assert!(!out.is_choked(), "requests are bounded by the window");
        for _ in 0..BACKLOG / 16 + 1 {
            out.put(pdu(CommandId::QUERY_SM_RESP)).unwrap();
        }
        assert!(out.is_choked());
        out.approve();
        out.take(BACKLOG + 16 + 15);
        assert!(out.is_choked(), "not a whole answer has left");
        out.take(1);
        assert!(!out.is_choked());
        out.put(pdu(CommandId::QUERY_SM_RESP)).unwrap();
        assert!(out.is_choked());
        out.withhold();
        assert!(!out.is_choked());
        out.take(out.pending().len());
        assert_eq!(out.answers, 0);
    }

    #[test]
    fn a_request_that_timed_out_never_leaves_unless_it_has_begun_to() {
        let pdu = |command, number| {
            move |room: &mut [u8]| Ok(((), encode_header(command, CommandStatus::ESME_ROK, number, room)?))
        };
        let numbers = |octets: &[u8]| octets.chunks(16).map(|pdu| pdu[15]).collect::<Vec<_>>();
        let mut out = Outgoing::with_capacity(64);
        for number in 1..=4 {
            out.put(pdu(CommandId::QUERY_SM, number)).unwrap();
        }
        out.put(pdu(CommandId::QUERY_SM_RESP, 3)).unwrap();
        out.approve();
        out.put(pdu(CommandId::QUERY_SM, 5)).unwrap();
        out.put(pdu(CommandId::QUERY_SM, 6)).unwrap();
        out.take(1);
        out.withdraw(1);
        out.withdraw(3);
        out.withdraw(9);
        assert_eq!((numbers(out.unfinished().0), out.unfinished().1), (vec![1, 2, 4, 3, 5, 6], 1));
        assert_eq!((out.pending().len(), numbers(out.fresh())), (63, vec![5, 6]));
        out.withdraw(6);
        assert_eq!((out.pending().len(), numbers(out.fresh())), (63, vec![5]));
        out.take(31);
        out.withdraw(4);
        assert_eq!((numbers(out.pending()), out.answers), (vec![3], 16));
        out.withdraw(5);
        out.take(16);
        assert!(out.is_empty() && out.unfinished() == (&[], 0) && out.answers == 0);
    }

    #[test]
    fn what_is_withheld_never_leaves() {
        let mut out = Outgoing::with_capacity(64);
        put(&mut out, 16);
        out.approve();
        put(&mut out, 17);
        assert_eq!(out.fresh().len(), 17);
        out.withhold();
        assert_eq!((out.pending().len(), out.fresh().len()), (16, 0));
        out.extend(&[0; 100]);
        assert_eq!(out.pending().len(), 116);
    }
}
