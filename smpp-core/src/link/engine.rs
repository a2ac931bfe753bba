//! The driving loop: input, time, output, in that order.

use super::outbox::Outbox;
use super::queue::{Queue, Storage, TransmitQueue};
use super::step::{Clock, Half, Step, Until};
use crate::Instant;
use crate::frame::{FrameError, Header};
use crate::session::{CloseReason, Event, Input, Own, ProtocolError, Role, Session, State, Undecoded};
use core::fmt;

/// A session and its transmit queue. What arrives is kept elsewhere and shown to it: in a buffer of a pool, or outside a
/// lock. [`Link`](super::Link) is this and a receive buffer.
///
/// Whoever keeps the input sees to it that a whole PDU of [`Config::max_pdu`](crate::session::Config::max_pdu) fits where
/// it is kept.
pub struct Engine<const WINDOW: usize, T> {
    session: Session<WINDOW>,
    queue: Queue<T>,
    now: Instant,
    /// When output was last offered to the transport.
    offered_at: Instant,
    /// Until when a closed session waits for its last octets to leave.
    farewell: Option<Instant>,
    framing: Option<FrameError>,
    news: News,
    /// Why the session ended, once the application knows.
    reason: CloseReason,
    /// How often in a row the transport was looked at although a timer was due.
    looks: u8,
    /// The transport was to be looked at without waiting.
    is_asked: bool,
    /// It had nothing.
    saw_nothing: bool,
    /// The transport took nothing when it was last asked.
    is_stalled: bool,
    /// The transport holds octets that it took.
    is_unflushed: bool,
    /// Nothing is to be written in this step.
    is_withheld: bool,
    /// Writing failed; what the peer wrote before is still to be read.
    is_mute: bool,
    /// The peer sends nothing more.
    has_ended: bool,
    /// Nothing is read or written any more.
    is_shut: bool,
}

/// What the application is to hear next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum News {
    Nothing,
    /// The PDU at the front of the input.
    Input,
    Own(Own),
}

/// So long after output was last offered to the transport, it is offered again although there is more input to work off: the
/// first of many answers does not wait for the last. In microseconds: a [`Duration`](core::time::Duration) of two moments is a
/// division of 64 bits, 600 octets of flash where the processor cannot do it.
const SLOW: u64 = 10_000;

/// So many looks at the transport may come before a timer that is due: what it holds came before it. A peer that never
/// stops sending puts no time-out off for longer.
const MAX_READS_BEFORE_TIMEOUT: u8 = 64;

/// How long the last octets of a closed session may take to leave, in microseconds.
const FAREWELL: u64 = 1_000_000;

impl<const WINDOW: usize, T: Storage> Engine<WINDOW, T> {
    /// A session of either role, new or [resumed](Session::resume), and the storage of its transmit queue: at least twice as
    /// long as the largest PDU that is sent, unless it grows.
    pub fn new(session: Session<WINDOW>, transmit: T) -> Self {
        Self {
            session,
            queue: Queue::new(transmit),
            now: Instant::ZERO,
            offered_at: Instant::ZERO,
            farewell: None,
            framing: None,
            news: News::Nothing,
            reason: CloseReason::ConnectionLost,
            looks: 0,
            is_asked: false,
            saw_nothing: false,
            is_stalled: false,
            is_unflushed: false,
            is_withheld: false,
            is_mute: false,
            has_ended: false,
            is_shut: false,
        }
    }

    /// What is to be done next, with `input` received and not consumed.
    ///
    /// Responses that are already here come before time-outs; time-outs and what they cause before waiting.
    // Out of line for the stack, see `Session::handle_input`.
    #[cfg_attr(smpp_small, inline(never))]
    pub fn poll(&mut self, now: Instant, input: &[u8]) -> Step {
        self.now = now;
        self.is_withheld = false;
        self.is_asked = false;
        let saw_nothing = core::mem::take(&mut self.saw_nothing);
        if self.news != News::Nothing {
            return Step::Event;
        }
        self.queue.pump(&mut self.session, now);
        if self.session.state() != State::Closed
            && let Some(step) = self.poll_open(input, saw_nothing)
        {
            return step;
        }
        self.poll_closed()
    }

    /// `None` when the session is over.
    fn poll_open(&mut self, input: &[u8], saw_nothing: bool) -> Option<Step> {
        let is_due = self.session.poll_timeout().is_some_and(|at| at <= self.now);
        let front = self.session.front(input);
        let is_ready = front != Ok(false);
        if is_ready && self.may_take(input, is_due) {
            if let Err(error) = front {
                self.framing = Some(error);
                self.session.framing_lost(error);
                return None;
            }
            return Some(if self.is_slow() { self.look(false) } else { self.report(News::Input) });
        }
        // Without input there is nothing left to do on a line that ended; nor is there on one that takes no answers.
        if self.has_ended || (is_ready && self.is_mute) {
            self.session.handle_closed(&[], 0);
            return None;
        }
        if is_due && !saw_nothing && self.looks < MAX_READS_BEFORE_TIMEOUT {
            self.looks = self.looks.saturating_add(1);
            // What is about to time out does not leave in its last moment; but room may be what is wanting.
            return Some(self.look(!is_ready));
        }
        self.looks = 0;
        self.session.handle_timeout(self.now);
        if self.session.state() == State::Closed {
            return None;
        }
        if let Some(own) = self.session.poll_own() {
            if let Own::TimedOut(ticket) = own {
                self.queue.withdraw(ticket.sequence_number());
            }
            return Some(self.report(News::Own(own)));
        }
        if self.queue.poll_wanted() {
            return Some(self.report(News::Own(Own::Writable)));
        }
        self.queue.pump(&mut self.session, self.now);
        self.offered_at = self.now;
        Some(Step::Io(self.session.poll_timeout().map_or(Until::Ever, Until::At)))
    }

    /// A closed session: its last octets leave, then its tickets end, then it is reported closed.
    fn poll_closed(&mut self) -> Step {
        if !self.is_shut {
            self.queue.pump(&mut self.session, self.now);
            let deadline = *self.farewell.get_or_insert(self.now.after_micros(FAREWELL));
            let has_output = !self.queue.is_empty() || self.is_unflushed;
            if self.now < deadline && self.can_write() && has_output {
                return Step::Io(Until::At(deadline));
            }
            let (octets, taken) = self.queue.unfinished();
            self.session.handle_closed(octets, taken);
            self.is_shut = true;
        }
        let Some(own) = self.session.poll_own() else { return Step::Closed(self.reason) };
        if let Own::Closed(reason) = own {
            self.reason = reason;
        }
        self.report(News::Own(own))
    }

    /// Asks for a look at the transport without waiting.
    fn look(&mut self, is_withheld: bool) -> Step {
        self.is_withheld = is_withheld;
        self.is_asked = true;
        self.offered_at = self.now;
        Step::Io(Until::Now)
    }

    fn report(&mut self, news: News) -> Step {
        self.news = news;
        Step::Event
    }

    /// Whether the PDU at the front of `input` may be taken: its answers have a place, the session's own and the
    /// application's. When it is urgent or nothing gets away, room for one answer will do, and a response needs none.
    fn may_take(&self, input: &[u8], is_urgent: bool) -> bool {
        let can_answer = !self.session.has_transmit();
        let is_relaxed = is_urgent || self.is_stalled || !self.can_write();
        let has_room = if self.queue.can_grow() {
            !self.is_choked()
        } else if is_relaxed {
            self.queue.has_room_for_answer()
        } else {
            self.queue.is_roomy()
        };
        let is_response = || Header::read(input).is_some_and(|header| header.command_id.is_response());
        (can_answer && has_room) || (is_relaxed && is_response())
    }

    /// Whether output has waited for long while input was worked off.
    fn is_slow(&self) -> bool {
        self.can_write() && !self.queue.is_empty() && self.now > self.offered_at.after_micros(SLOW)
    }

    /// Whether anything that is written may be read. An ESME may end what it sends and read on; an MC that ends it is leaving,
    /// and a request that was not handed over is known not to have reached it.
    fn can_write(&self) -> bool {
        !self.is_mute && !self.is_shut && (!self.has_ended || self.session.role() == Role::Mc)
    }

    /// Whether the peer does not read what it is answered, so that nothing should be read from it: more than 32 KiB of
    /// answers wait to be written. When nothing can be written any more, reading finds out why.
    #[must_use]
    pub fn is_choked(&self) -> bool {
        self.can_write() && self.queue.is_choked()
    }

    /// Whether [`poll`](Self::poll) has an event without input or output, as far as that can be told without the time.
    #[must_use]
    pub fn is_ready(&self, input: &[u8]) -> bool {
        self.news != News::Nothing || (!self.is_choked() && self.session.is_ready(input))
    }

    /// The event that [`Step::Event`] announced, how many octets at the front of the input it borrows, and the outbox to
    /// answer it with. Drop those octets when the event is done with.
    ///
    /// `input` begins with what [`poll`](Self::poll) was shown. Without [`Step::Event`] before, it is
    /// [`Event::Writable`], which promises nothing.
    pub fn event<'i, 'e>(
        &'e mut self,
        input: &'i [u8],
        clock: &'e dyn Clock,
    ) -> (Event<'i>, usize, Outbox<'e, WINDOW>) {
        let (event, consumed) = match self.take_news() {
            News::Input => taken(self.session.handle_input(self.now, input)),
            news => (news.event(), 0),
        };
        (event, consumed, Outbox::new(&mut self.session, &mut self.queue, clock))
    }

    /// As [`event`](Self::event), but leaves each PDU to the application to read, so that a program carries code only for
    /// those that it names: see [`Session::handle_undecoded`].
    pub fn event_undecoded<'i, 'e>(
        &'e mut self,
        input: &'i [u8],
        clock: &'e dyn Clock,
    ) -> (Event<'i, Undecoded>, usize, Outbox<'e, WINDOW>) {
        let (event, consumed) = match self.take_news() {
            News::Input => taken(self.session.handle_undecoded(self.now, input)),
            news => (news.event(), 0),
        };
        (event, consumed, Outbox::new(&mut self.session, &mut self.queue, clock))
    }

    fn take_news(&mut self) -> News {
        core::mem::replace(&mut self.news, News::Nothing)
    }

    /// The outbox, without an event.
    pub fn outbox<'e>(&'e mut self, clock: &'e dyn Clock) -> Outbox<'e, WINDOW> {
        // However long ago the last event was.
        clock.now();
        Outbox::new(&mut self.session, &mut self.queue, clock)
    }

    /// The session, to look at.
    #[must_use]
    pub fn session(&self) -> &Session<WINDOW> {
        &self.session
    }

    /// What is to be written. Empty when nothing can be.
    #[must_use]
    pub fn output(&self) -> &[u8] {
        if self.is_withheld || !self.can_write() { &[] } else { self.queue.pending() }
    }

    /// Whether the transport is to let go the octets that it took: it holds some, and there are no more to give it.
    #[must_use]
    pub fn wants_flush(&self) -> bool {
        self.is_unflushed && !self.is_withheld && self.can_write() && self.queue.is_empty()
    }

    /// Whether there is something to write or to flush.
    #[must_use]
    pub fn wants_write(&self) -> bool {
        !self.output().is_empty() || self.wants_flush()
    }

    /// Whether what arrives is to be read. Not while the peer does not read what it is answered, if the queue grows with
    /// that.
    #[must_use]
    pub fn wants_read(&self) -> bool {
        let is_open = !self.has_ended && self.session.state() != State::Closed;
        is_open && !(self.queue.can_grow() && self.is_choked())
    }

    /// Adds what the session owes by itself to [`output`](Self::output): before output is written elsewhere than in a step
    /// of [`poll`](Self::poll).
    pub fn pump(&mut self, now: Instant) {
        self.queue.pump(&mut self.session, now);
    }

    /// The transport took `count` octets of [`output`](Self::output). None at all means that it takes no more, ever
    /// ([`Half::Write`] [ended](Self::end)). It may hold them until [`flushed`](Self::flushed).
    pub fn wrote(&mut self, count: usize) {
        if count > 0 {
            self.queue.take(count);
            self.is_unflushed = true;
            self.is_stalled = false;
        } else if !self.output().is_empty() {
            self.end(Half::Write);
        }
    }

    /// The transport takes nothing at present. If room for answers was wanting, less of it will do now: while the peer waits
    /// to be read, it reads nothing. Whether that is news: then [`poll`](Self::poll) before waiting.
    pub fn stalled(&mut self) -> bool {
        !core::mem::replace(&mut self.is_stalled, true) && !self.queue.can_grow()
    }

    /// The transport holds no octets that it took.
    pub fn flushed(&mut self) {
        self.is_unflushed = false;
    }

    /// The transport holds octets that are still to be written: those of TLS itself, say. [`wrote`](Self::wrote) says so
    /// too.
    pub fn unflushed(&mut self) {
        self.is_unflushed = true;
    }

    /// Nothing came and nothing went. After [`Until::Now`] that is the answer to the question whether something is there;
    /// after others it means nothing.
    pub fn idle(&mut self) {
        self.saw_nothing = self.is_asked;
    }

    /// One half of the connection is at its end, or failed. What was read before is still worked off. Ending
    /// [`Half::Read`] closes the connection without unbind.
    pub fn end(&mut self, half: Half) {
        match half {
            Half::Read => self.has_ended = true,
            Half::Write => self.is_mute = true,
        }
    }

    /// Whether the connection is to be closed: nothing is read or written any more. The events of the end may still be to be
    /// taken.
    #[must_use]
    pub fn is_shut(&self) -> bool {
        self.is_shut
    }

    /// What was wrong with octets of the peer that were no SMPP.
    #[must_use]
    pub fn framing_error(&self) -> Option<FrameError> {
        self.framing
    }

    /// The PDUs that the transport has not taken as a whole, and how many octets of them it took: what a process that hands
    /// over its connection keeps beside the [snapshot](Session::snapshot).
    #[must_use]
    pub fn unfinished(&self) -> (&[u8], usize) {
        self.queue.unfinished()
    }

    /// The storage of the transmit queue, to exchange it while nothing is in it: a server lends storage only to those
    /// sessions that have something to write.
    pub fn transmit_storage(&mut self) -> Option<&mut T> {
        self.queue.storage_mut()
    }
}

impl<const WINDOW: usize, T> fmt::Debug for Engine<WINDOW, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Engine");
        shown.field("session", &self.session).field("queue", &self.queue).field("news", &self.news);
        shown.field("is_mute", &self.is_mute).field("has_ended", &self.has_ended).finish_non_exhaustive()
    }
}

impl News {
    /// What the application hears of what came without input.
    fn event<P>(self) -> Event<'static, P> {
        match self {
            Self::Own(own) => own.event(),
            Self::Nothing | Self::Input => Event::Writable,
        }
    }
}

/// The event of a PDU, and its length.
fn taken<'i, P>(input: Result<Input<'i, P>, ProtocolError>) -> (Event<'i, P>, usize) {
    match input {
        Ok(Input::Pdu { consumed, event }) => (event, consumed),
        // `poll` saw a whole PDU, so this does not happen; it promises nothing.
        _ => (Event::Writable, 0),
    }
}
