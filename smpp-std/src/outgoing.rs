//! PDUs one behind the other on their way to the transport, so that one system call writes all of them.

use smpp_core::Instant;
use smpp_core::frame::{Frame, Split};
use smpp_core::link::TransmitQueue;
use smpp_core::session::Session;
use smpp_core::types::CommandId;
use std::collections::VecDeque;
use std::fmt;
use zeroize::Zeroize;

/// Octets that wait for the transport: PDUs one behind the other. It grows when a PDU needs it, and gives back what it grew by when
/// all has left.
///
/// Who looks at them before they leave, [`approve`](Self::approve)s them or takes them back.
pub(crate) struct Outgoing {
    storage: Vec<u8>,
    /// How large `storage` is when nothing waits.
    capacity: usize,
    /// Where the first PDU starts that the transport did not take as a whole.
    start: usize,
    /// Up to where the transport took octets.
    taken: usize,
    /// Up to where they may go.
    approved: usize,
    end: usize,
    /// What is between `start` and `end`, in order: lengths are not read again from octets that need not be PDUs.
    pieces: VecDeque<Piece>,
    /// Octets that count for [`Self::is_choked`]. The peer causes answers, so they are what bounds reading; requests are bounded
    /// by the window.
    answers: usize,
    /// How many pieces hold a password.
    secrets: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Piece {
    len: usize,
    content: Content,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Content {
    Answer,
    /// A request with its sequence number.
    Request(u32),
    /// A request that holds a password: it is wiped once it has left.
    Secret,
    /// Octets that are no PDU.
    Raw,
}

/// More answers than this waiting to be written mean that the peer does not read: then nothing is read from it either. It is 400 of
/// the longest answers, behind the thousands that the system has room for: no window is that large, so two sides that send to each
/// other never both wait.
const BACKLOG: usize = 32 * 1024;

/// Room for so many pieces is kept when nothing waits.
const PIECES: usize = 256;

impl Outgoing {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            storage: vec![0; capacity],
            capacity,
            start: 0,
            taken: 0,
            approved: 0,
            end: 0,
            pieces: VecDeque::new(),
            answers: 0,
            secrets: 0,
        }
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
        while self.end > self.approved
            && let Some(piece) = self.pieces.pop_back()
        {
            self.end -= piece.len;
            self.forget_piece(piece, self.end);
        }
    }

    /// Whether the peer does not read what it is answered.
    pub(crate) fn is_choked(&self) -> bool {
        self.answers > BACKLOG
    }

    /// How many octets wait, with those of a PDU that has left in part.
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// The PDUs of which the transport has not taken all, and how much it took of the first. Octets that are no PDUs are dropped:
    /// nothing is written any more.
    pub(crate) fn unfinished(&mut self) -> (&[u8], usize) {
        self.drop_pieces(|content| content == Content::Raw);
        (&self.storage[self.start..self.end], self.taken - self.start)
    }

    /// Drops everything but requests: nothing is written any more, and only of those somebody asks what became of them.
    pub(crate) fn drop_answers(&mut self) {
        self.drop_pieces(|content| matches!(content, Content::Answer | Content::Raw));
        self.give_back();
    }

    fn drop_pieces(&mut self, drops: impl Fn(Content) -> bool) {
        if !self.pieces.iter().any(|piece| drops(piece.content)) {
            return;
        }
        if self.pieces.front().is_some_and(|piece| drops(piece.content)) {
            self.taken = self.start;
        }
        let (mut from, mut to) = (self.start, self.start);
        let Self { storage, pieces, answers, .. } = self;
        pieces.retain(|piece| {
            let place = from..from + piece.len;
            from = place.end;
            let is_dropped = drops(piece.content);
            if is_dropped {
                *answers -= piece.len;
            } else {
                storage.copy_within(place, to);
                to += piece.len;
            }
            !is_dropped
        });
        (self.approved, self.end) = (to, to);
    }

    /// The transport took `count` octets more.
    pub(crate) fn take(&mut self, count: usize) {
        self.taken += count;
        while let Some(piece) = self.pieces.front().copied()
            && self.start + piece.len <= self.taken
        {
            self.pieces.pop_front();
            self.forget_piece(piece, self.start);
            self.start += piece.len;
        }
        self.give_back();
    }

    /// A piece that stands `at` is not there any more.
    fn forget_piece(&mut self, piece: Piece, at: usize) {
        match piece.content {
            Content::Answer | Content::Raw => self.answers -= piece.len,
            Content::Secret => {
                self.secrets -= 1;
                self.storage[at..at + piece.len].zeroize();
            }
            Content::Request(_) => {}
        }
    }

    /// Starts at the front again when nothing waits, and keeps no more memory than it had at first.
    fn give_back(&mut self) {
        if self.is_empty() {
            (self.start, self.taken, self.approved, self.end) = (0, 0, 0, 0);
            if self.storage.len() > self.capacity {
                self.storage = vec![0; self.capacity];
            }
            if self.pieces.capacity() > PIECES {
                self.pieces = VecDeque::new();
            }
        }
    }

    /// Forgets everything.
    pub(crate) fn reset(&mut self) {
        if self.secrets > 0 {
            self.storage.zeroize();
            self.storage.resize(self.capacity, 0);
        }
        (self.answers, self.secrets, self.taken) = (0, 0, self.end);
        self.pieces.clear();
        self.give_back();
    }

    /// Takes back a request that timed out, if not an octet of it has left: it is over for the application, so it must not
    /// reach a peer that reads on one day, and a peer that never does must not make these octets pile up.
    pub(crate) fn withdraw(&mut self, number: u32) {
        let mut at = self.start;
        for (index, piece) in self.pieces.iter().copied().enumerate() {
            if piece.content == Content::Request(number) && at >= self.taken {
                // What is before it is short, because those that were sent first time out first.
                self.storage.copy_within(self.start..at, self.start + piece.len);
                self.approved += if self.approved <= at { piece.len } else { 0 };
                self.taken += piece.len;
                self.start += piece.len;
                self.pieces.remove(index);
                break;
            }
            at += piece.len;
        }
        self.give_back();
    }

    /// Adds octets that nobody looks at any more, PDUs or not.
    pub(crate) fn extend(&mut self, octets: &[u8]) {
        if self.storage.len() - self.end < octets.len() {
            self.make_room(octets.len());
        }
        self.storage[self.end..self.end + octets.len()].copy_from_slice(octets);
        self.note(octets.len());
        self.approve();
    }

    /// Adds what the session owes by itself.
    pub(crate) fn pump<const WINDOW: usize>(&mut self, session: &mut Session<WINDOW>, now: Instant) {
        while session.has_transmit() {
            if self.storage.len() - self.end < LONGEST_OWED {
                self.make_room(LONGEST_OWED);
            }
            let Some(len) = session.poll_transmit(now, &mut self.storage[self.end..]) else { return };
            self.note(len);
        }
    }

    /// So many octets were written behind the last.
    fn note(&mut self, len: usize) {
        let end = self.end + len;
        while self.end < end {
            let piece = Piece::first(&self.storage[self.end..end]);
            match piece.content {
                Content::Answer | Content::Raw => self.answers += piece.len,
                Content::Secret => self.secrets += 1,
                Content::Request(_) => {}
            }
            self.end += piece.len;
            match self.pieces.back_mut() {
                // Octet by octet is not one entry each.
                Some(last) if (last.content, piece.content) == (Content::Raw, Content::Raw) => {
                    last.len += piece.len;
                }
                _ => self.pieces.push_back(piece),
            }
        }
    }

    /// Moves everything to the front, into larger storage if that does not make room enough.
    #[cold]
    fn make_room(&mut self, more: usize) {
        let len = self.len();
        let needed = len + more;
        if needed > self.storage.len() {
            let mut larger = vec![0; needed.next_power_of_two()];
            larger[..len].copy_from_slice(&self.storage[self.start..self.end]);
            let mut smaller = std::mem::replace(&mut self.storage, larger);
            if self.secrets > 0 {
                smaller.zeroize();
            }
        } else {
            self.storage.copy_within(self.start..self.end, 0);
            if self.secrets > 0 {
                self.storage[len..self.end].zeroize();
            }
        }
        for place in [&mut self.taken, &mut self.approved, &mut self.end] {
            *place -= self.start;
        }
        self.start = 0;
    }
}

impl Piece {
    /// What stands at the front of `octets`, which are some.
    fn first(octets: &[u8]) -> Self {
        let Ok(Split::Frame(Frame { header, octets: pdu })) = Frame::split(octets, usize::MAX) else {
            return Self { len: octets.len(), content: Content::Raw };
        };
        let content = match header.command_id {
            command if command.is_response() => Content::Answer,
            command if command.is_bind() || command == CommandId::OUTBIND => Content::Secret,
            _ => Content::Request(header.sequence_number),
        };
        Self { len: pdu.len(), content }
    }
}

/// Room for the answers that a session writes by itself.
const LONGEST_OWED: usize = 256;

impl Drop for Outgoing {
    fn drop(&mut self) {
        if self.secrets > 0 {
            self.storage.zeroize();
        }
    }
}

impl fmt::Debug for Outgoing {
    /// How much there is, not what: a bind holds a password, a message a text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Outgoing");
        shown.field("octets", &self.len()).field("pdus", &self.pieces.len()).finish_non_exhaustive()
    }
}

impl TransmitQueue for Outgoing {
    fn room(&mut self, _: bool) -> &mut [u8] {
        &mut self.storage[self.end..]
    }

    fn added(&mut self, len: usize, _: bool) {
        self.note(len);
    }

    fn make_room(&mut self, needed: usize, _: bool) -> bool {
        let is_short = self.storage.len() - self.end < needed;
        if is_short {
            Self::make_room(self, needed);
        }
        is_short
    }

    fn is_empty(&self) -> bool {
        Self::is_empty(self)
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
