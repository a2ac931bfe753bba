//! The transmit queue: PDUs one behind the other, so that one write of the transport carries all of them.

use crate::buffer::{close_up, open_up};
use crate::frame::{Frame, Split};
use crate::session::Session;
use crate::{Instant, pdu};
use core::fmt;

/// Where a transmit queue keeps its octets: an array or a slice, which never grow, or a type that does.
///
/// ```
/// use smpp_core::link::Storage;
///
/// struct Growing(Vec<u8>);
///
/// impl AsRef<[u8]> for Growing {
///     fn as_ref(&self) -> &[u8] {
///         &self.0
///     }
/// }
///
/// impl AsMut<[u8]> for Growing {
///     fn as_mut(&mut self) -> &mut [u8] {
///         &mut self.0
///     }
/// }
///
/// impl Storage for Growing {
///     fn can_grow(&self) -> bool {
///         true
///     }
///
///     fn grow(&mut self, len: usize) {
///         self.0.resize(len.next_power_of_two(), 0);
///     }
/// }
/// ```
pub trait Storage: AsRef<[u8]> + AsMut<[u8]> + Send {
    /// Whether [`grow`](Self::grow) makes it larger. Then a PDU that can be written at all always finds room.
    fn can_grow(&self) -> bool {
        false
    }

    /// Makes it `len` octets long or longer, and keeps what is there.
    fn grow(&mut self, len: usize) {
        let _ = len;
    }

    /// Everything has left: it may give back what it grew by.
    fn emptied(&mut self) {}
}

impl<const N: usize> Storage for [u8; N] {}

impl Storage for &mut [u8] {}

/// Where an [`Outbox`](super::Outbox) puts its PDUs. An [`Engine`](super::Engine) has one of its own; this is for those that
/// drive a session themselves.
pub trait TransmitQueue: Send {
    /// Free space behind what is there. What is no answer leaves room for answers.
    fn room(&mut self, is_answer: bool) -> &mut [u8];

    /// A PDU of `len` octets was written into [`room`](Self::room).
    fn added(&mut self, len: usize, is_answer: bool);

    /// A PDU of `needed` octets found no room. Whether there is more now.
    fn make_room(&mut self, needed: usize, is_answer: bool) -> bool;

    /// Whether nothing waits to be written.
    fn is_empty(&self) -> bool;
}

/// Octets that wait for the transport, as whole PDUs.
pub(super) struct Queue<T> {
    marks: Marks,
    storage: T,
}

/// Places in the storage, in this order, and what is kept count of.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    /// Where the first PDU starts that the transport did not take as a whole.
    start: usize,
    /// Up to where the transport took octets.
    taken: usize,
    end: usize,
    /// Octets of answers among them, in storage that grows. The peer causes those, so they are what bounds reading; requests
    /// are bounded by the window, and fixed storage by its end.
    answers: usize,
    /// How many octets must be free before what was refused for want of room can be tried again; 0 for none.
    wanted: usize,
}

/// More answers than this waiting to be written mean that the peer does not read: then nothing is read from it either. It is 400
/// of the longest answers, behind the thousands that the system has room for: no window is that large, so two sides that send
/// to each other never both wait.
const MAX_ANSWERS: usize = 32 * 1024;

/// The least room that is kept for answers: what the session owes by itself takes 16 octets, a deliver_sm_resp 17, a
/// submit_sm_resp as many and its message_id.
const LEAST_ROOM: usize = 32;

/// The most that a session owes by itself: two answers, an unbind, its response and an enquire_link.
const MOST_OWED: usize = 5 * pdu::HEADER_LEN;

impl<T> Queue<T> {
    pub(super) fn new(storage: T) -> Self {
        Self { marks: Marks::default(), storage }
    }

    /// The storage itself, while nothing is in it.
    pub(super) fn storage_mut(&mut self) -> Option<&mut T> {
        let Marks { taken, end, .. } = self.marks;
        (taken == end).then_some(&mut self.storage)
    }
}

impl<T: Storage> Queue<T> {
    /// What the transport is to take next.
    pub(super) fn pending(&self) -> &[u8] {
        self.storage.as_ref().get(self.marks.taken..self.marks.end).unwrap_or_default()
    }

    /// The PDUs of which the transport has not taken all, and how much it took of the first.
    pub(super) fn unfinished(&self) -> (&[u8], usize) {
        let Marks { start, taken, end, .. } = self.marks;
        (self.storage.as_ref().get(start..end).unwrap_or_default(), taken.saturating_sub(start))
    }

    /// The transport took `count` octets more.
    pub(super) fn take(&mut self, count: usize) {
        self.marks.take(self.storage.as_ref(), count);
        self.note_empty();
    }

    fn note_empty(&mut self) {
        if self.is_empty() {
            self.storage.emptied();
        }
    }

    /// Takes back a request that timed out, if not an octet of it has left: it is over for the application, so it must not
    /// reach a peer that reads on one day, and a peer that never does must not make these octets pile up.
    pub(super) fn withdraw(&mut self, number: u32) {
        self.marks.withdraw(self.storage.as_mut(), number);
        self.note_empty();
    }

    pub(super) fn can_grow(&self) -> bool {
        self.storage.can_grow()
    }

    /// Whether the peer does not read what it is answered.
    pub(super) fn is_choked(&self) -> bool {
        self.marks.answers > MAX_ANSWERS
    }

    /// Whether there is room for a PDU of half the storage.
    pub(super) fn is_roomy(&self) -> bool {
        self.free() >= self.capacity() / 2
    }

    /// Whether there is room for an answer, which is the least that the application may count on.
    pub(super) fn has_room_for_answer(&self) -> bool {
        self.free() >= (self.capacity() / 8).max(LEAST_ROOM)
    }

    /// How much of the room is not for this. What the application sends of its own accord leaves a quarter of the storage to
    /// answers: two sides that send as much as they can have to answer each other before either goes on. Storage that grows
    /// needs no such care.
    fn reserve(&self, is_answer: bool) -> usize {
        if is_answer || self.can_grow() { 0 } else { (self.capacity() / 4).max(LEAST_ROOM) }
    }

    fn capacity(&self) -> usize {
        self.storage.as_ref().len()
    }

    fn free(&self) -> usize {
        self.capacity().saturating_sub(self.marks.len())
    }

    /// Whether there is room now for what was refused. Says so once.
    pub(super) fn poll_wanted(&mut self) -> bool {
        let is_there = self.marks.wanted != 0 && self.free() >= self.marks.wanted;
        if is_there {
            self.marks.wanted = 0;
        }
        is_there
    }

    /// Adds what the session owes by itself, as far as there is room.
    pub(super) fn pump<const WINDOW: usize>(&mut self, session: &mut Session<WINDOW>, now: Instant) {
        while session.has_transmit() {
            if let Some(len) = session.poll_transmit(now, self.room(true)) {
                self.added(len, true);
            } else if !self.move_up(if self.can_grow() { MOST_OWED } else { pdu::HEADER_LEN }) {
                return;
            }
        }
    }

    /// Moves everything to the front, into larger storage if that does not make room enough. Whether that changed anything.
    #[cold]
    fn move_up(&mut self, more: usize) -> bool {
        if self.capacity().saturating_sub(self.marks.end) >= more {
            return false;
        }
        let has_moved = self.marks.close_gap(self.storage.as_mut());
        let needed = self.marks.end.saturating_add(more);
        if needed <= self.capacity() || !self.can_grow() {
            return has_moved;
        }
        self.storage.grow(needed);
        self.capacity() >= needed
    }
}

impl<T: Storage> TransmitQueue for Queue<T> {
    fn room(&mut self, is_answer: bool) -> &mut [u8] {
        let most = self.free().saturating_sub(self.reserve(is_answer));
        let tail = self.storage.as_mut().get_mut(self.marks.end..).unwrap_or_default();
        let most = most.min(tail.len());
        tail.get_mut(..most).unwrap_or_default()
    }

    fn added(&mut self, len: usize, is_answer: bool) {
        let end = self.marks.end.saturating_add(len).min(self.capacity());
        if self.can_grow() {
            let octets = self.storage.as_ref().get(self.marks.end..end).unwrap_or_default();
            self.marks.answers = self.marks.answers.saturating_add(answers_in(octets));
        }
        self.marks.end = end;
        if !is_answer {
            // Whoever waited for room asks again if he still wants it.
            self.marks.wanted = 0;
        }
    }

    fn make_room(&mut self, needed: usize, is_answer: bool) -> bool {
        let needed = needed.saturating_add(self.reserve(is_answer));
        if self.move_up(needed) {
            return true;
        }
        // In an empty queue it never finds more room, and nobody waits for that.
        if !self.is_empty() {
            self.marks.wanted = needed.min(self.capacity());
        }
        false
    }

    fn is_empty(&self) -> bool {
        self.marks.taken == self.marks.end
    }
}

impl Marks {
    fn len(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    fn take(&mut self, storage: &[u8], count: usize) {
        self.taken = self.taken.saturating_add(count).min(self.end);
        if self.taken == self.end {
            return self.clear();
        }
        while let Some(frame) = first_frame(storage, self.start, self.taken) {
            self.answers = self.answers.saturating_sub(answer_octets(&frame));
            self.start = self.start.saturating_add(frame.octets.len());
        }
    }

    fn clear(&mut self) {
        *self = Self { wanted: self.wanted, ..Self::default() };
    }

    fn withdraw(&mut self, storage: &mut [u8], number: u32) {
        let mut at = self.start;
        while let Some(frame) = first_frame(storage, at, self.end) {
            let (header, len) = (frame.header, frame.octets.len());
            let behind = at.saturating_add(len);
            let is_it = header.sequence_number == number && !header.command_id.is_response();
            if is_it && at >= self.taken {
                // What is before it is short, because those that were sent first time out first.
                open_up(storage.get_mut(self.start..behind).unwrap_or_default(), len);
                self.taken = self.taken.saturating_add(len);
                self.start = self.start.saturating_add(len);
                break;
            }
            at = behind;
        }
        if self.taken == self.end {
            self.clear();
        }
    }

    /// Moves everything to the front. Whether it was not there.
    fn close_gap(&mut self, storage: &mut [u8]) -> bool {
        let by = self.start;
        if by == 0 {
            return false;
        }
        close_up(storage.get_mut(..self.end).unwrap_or_default(), by);
        self.start = 0;
        self.taken = self.taken.saturating_sub(by);
        self.end = self.end.saturating_sub(by);
        true
    }
}

/// The PDU at `start`, if it is whole before `end`.
fn first_frame(storage: &[u8], start: usize, end: usize) -> Option<Frame<'_>> {
    match Frame::split(storage.get(start..end)?, usize::MAX) {
        Ok(Split::Frame(frame)) => Some(frame),
        _ => None,
    }
}

/// How many of these octets, whole PDUs, are answers.
fn answers_in(octets: &[u8]) -> usize {
    let (mut at, mut answers) = (0usize, 0usize);
    while let Some(frame) = first_frame(octets, at, octets.len()) {
        answers = answers.saturating_add(answer_octets(&frame));
        at = at.saturating_add(frame.octets.len());
    }
    answers
}

fn answer_octets(frame: &Frame<'_>) -> usize {
    if frame.header.command_id.is_response() { frame.octets.len() } else { 0 }
}

impl<T> fmt::Debug for Queue<T> {
    /// Without its octets: they hold texts and passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("marks", &self.marks).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
