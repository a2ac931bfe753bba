//! One accepted connection: what it keeps while nothing happens on it.

use super::admit::{Cause, admit};
use super::limits::QuotaKind;
use super::quotas::{Quotas, Usage};
use super::{Application, SessionId, Transmit};
use crate::clock::CachedClock;
use crate::outgoing::Outgoing;
use crate::transport::Transport;
use mio::net::TcpStream;
use smpp_core::link::Outbox;
use smpp_core::session::{Event, Input, Refusal, Session, State};
use smpp_core::{Buffer, Instant};
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::time::Duration;
use zeroize::Zeroize;

/// A session on its transport.
pub(super) struct Connection<const WINDOW: usize> {
    pub(super) id: SessionId,
    pub(super) session: Session<WINDOW>,
    pub(super) transport: Transport<TcpStream>,
    /// What it takes of the limits.
    pub(super) usage: Usage,
    /// The start of a PDU, or PDUs that wait for the next turn or until the peer reads.
    pub(super) leftover: Vec<u8>,
    /// Taken from a pool while there is something to write.
    pub(super) outgoing: Option<Outgoing>,
    /// The wake-up that is queued.
    pub(super) armed: Option<Instant>,
    /// It is among the connections with something to do, and is not to be there twice: its share would grow.
    pub(super) is_queued: bool,
    /// The application has had its outbox, and what is in it is still to be written.
    pub(super) is_touched: bool,
    /// The transport may have more to read.
    pub(super) is_readable: bool,
    /// How many turns in a row went to what it sent although a timer was due.
    pub(super) overdue: u16,
    /// The peer will send nothing more than what is there.
    pub(super) is_hung_up: bool,
    /// Writing failed; what the peer wrote before is still to be read.
    is_mute: bool,
    /// The peer sends nothing more, or nothing that we can get.
    pub(super) has_ended: bool,
    /// Until when the answer to a refused bind is held back, and nothing is read.
    pub(super) held_until: Option<Instant>,
    /// The application saw the end; until then the socket only waits for the peer to see it too.
    pub(super) gone_at: Option<Instant>,
}

/// The parts of a server that a connection borrows while it works.
pub(super) struct Context<'c, A> {
    pub(super) clock: &'c mut CachedClock,
    pub(super) application: &'c mut A,
    /// Where input is read to. Empty between two connections.
    pub(super) incoming: &'c mut Buffer<Vec<u8>>,
    pub(super) quotas: &'c mut Quotas,
}

/// What is left of a connection's turn.
struct Budget {
    pdus: u32,
    octets: usize,
}

/// So many PDUs of one connection are worked off before it is another's turn. With 5 µs for each, 200 peers that flood let the next
/// one wait for 64 ms; and the two system calls of a turn, shared by 64 PDUs, cost less than a hundredth of them.
const PDUS_PER_TURN: u32 = 64;

/// So many octets are read in one turn: 64 submit_sm of 256 octets. What is read and not worked off is kept for each connection, so
/// this is also what one that floods takes of memory.
const OCTETS_PER_TURN: usize = 16 * 1024;

impl<const WINDOW: usize> Connection<WINDOW> {
    pub(super) fn new(
        id: SessionId,
        session: Session<WINDOW>,
        transport: Transport<TcpStream>,
        usage: Usage,
    ) -> Self {
        Self {
            id,
            session,
            transport,
            usage,
            leftover: Vec::new(),
            outgoing: None,
            armed: None,
            is_queued: false,
            is_touched: false,
            is_readable: false,
            overdue: 0,
            is_hung_up: false,
            is_mute: false,
            has_ended: false,
            held_until: None,
            gone_at: None,
        }
    }

    /// Works off what was received and reads on, for one turn. Its `outgoing` is there.
    pub(super) fn work(&mut self, context: &mut Context<'_, impl Application<WINDOW>>) {
        let room = context.incoming.unfilled();
        room[..self.leftover.len()].copy_from_slice(&self.leftover);
        context.incoming.advance(self.leftover.len());
        // What comes before a session is bound may be a bind, with a password.
        let has_secrets = !self.session.state().is_bound();
        if has_secrets {
            self.leftover.as_mut_slice().zeroize();
        }
        let kept = self.leftover.len();
        self.leftover.clear();
        let read = self.receive(context);
        let rest = context.incoming.filled();
        if self.leftover.capacity() > 4 * rest.len() {
            self.leftover = Vec::new();
        }
        self.leftover.extend_from_slice(rest);
        context.incoming.consume(usize::MAX);
        if has_secrets {
            context.incoming.unfilled()[..kept + read].zeroize();
        }
    }

    /// Gives how many octets it read.
    fn receive(&mut self, context: &mut Context<'_, impl Application<WINDOW>>) -> usize {
        let mut budget = Budget { pdus: PDUS_PER_TURN, octets: OCTETS_PER_TURN };
        self.digest(&mut budget, context);
        while budget.pdus > 0 && budget.octets > 0 && self.wants_to_read() {
            let room = context.incoming.unfilled();
            let size = room.len().min(budget.octets);
            match self.transport.read(&mut room[..size]) {
                Ok(0) => self.has_ended = true,
                Ok(count) => {
                    context.incoming.advance(count);
                    budget.octets -= count;
                    self.is_readable = count == size || self.is_hung_up || !self.transport.tells_drained();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_readable = false,
                Err(error) => self.fail(&error, context),
            }
            self.digest(&mut budget, context);
        }
        OCTETS_PER_TURN - budget.octets
    }

    /// Works off whole PDUs, then what the session says by itself, and writes; again, if that made room for more answers.
    fn digest(&mut self, budget: &mut Budget, context: &mut Context<'_, impl Application<WINDOW>>) {
        let mut written_at = context.clock.now();
        loop {
            while budget.pdus > 0 && self.has_input(context.incoming.filled()) && self.take_one(context) {
                budget.pdus -= 1;
                // The answers that are ready do not wait for those behind them.
                if context.clock.now().since(written_at) > SLOW {
                    self.transmit(context);
                    written_at = context.clock.now();
                }
            }
            self.settle(context);
            if budget.pdus == 0 || !self.has_input(context.incoming.filled()) {
                return;
            }
        }
    }

    /// Whether a PDU of `input` can be worked off.
    fn has_input(&self, input: &[u8]) -> bool {
        let may_read = self.held_until.is_none() && !self.is_choked();
        self.session.state() != State::Closed && may_read && self.session.is_ready(input)
    }

    /// Works off one PDU; `false` when the octets are none.
    fn take_one(&mut self, context: &mut Context<'_, impl Application<WINDOW>>) -> bool {
        let Some(outgoing) = &mut self.outgoing else { return false };
        let now = context.clock.refresh();
        outgoing.pump(&mut self.session, now);
        let Ok(Input::Pdu { consumed, event }) = self.session.handle_input(now, context.incoming.filled())
        else {
            return false;
        };
        let mut outbox = Outbox::new(&mut self.session, outgoing, context.clock);
        match admit(&event, &mut self.usage, now, context.quotas) {
            Ok(()) => context.application.event(self.id, event, outbox),
            Err((reply_to, cause)) => {
                let status = cause.status();
                // It answers the request that was just seen.
                let _ = outbox.reject(reply_to, status);
                match (cause, event) {
                    (Cause::Limit(limit), _) => context.application.limited(self.usage.peer, limit),
                    (
                        Cause::Field(error),
                        Event::BindRequested { frame, .. } | Event::Request { frame, .. },
                    ) => {
                        let event = Event::Refused { frame, status, cause: Refusal::Malformed(error) };
                        context.application.event(self.id, event, outbox);
                    }
                    (Cause::Field(_), _) => {}
                }
                if reply_to.command().is_bind() {
                    self.hold(context.quotas.limits.refusal_delay, now);
                }
                if matches!(cause, Cause::Limit(limit) if limit.kind == QuotaKind::FailedBinds) {
                    // Its answer leaves, and what it sent meanwhile is dropped, before the connection is.
                    self.session.handle_closed(&[], 0);
                }
            }
        }
        context.incoming.consume(consumed);
        self.settle_bind(context);
        true
    }

    /// Gives out the events of the session itself, and writes all that is ready.
    pub(super) fn settle(&mut self, context: &mut Context<'_, impl Application<WINDOW>>) {
        let Some(outgoing) = &mut self.outgoing else { return };
        while self.session.state() != State::Closed
            && let Some(event) = self.session.poll_event()
        {
            if let Event::TimedOut { ticket } = event {
                outgoing.withdraw(ticket.sequence_number());
            }
            let outbox = Outbox::new(&mut self.session, outgoing, context.clock);
            context.application.event(self.id, event, outbox);
        }
        outgoing.pump(&mut self.session, context.clock.now());
        self.settle_bind(context);
        self.transmit(context);
    }

    /// Enters how a bind ended, once the application answered it. A refusal is held back.
    fn settle_bind(&mut self, context: &mut Context<'_, impl Application<WINDOW>>) {
        let is_bound = self.session.state().is_bound();
        // Nothing but a bind can be in hand before.
        if self.usage.is_binding && (is_bound || self.session.unanswered() == 0) {
            let now = context.clock.now();
            context.quotas.bound(now, &mut self.usage, is_bound);
            if !is_bound {
                self.hold(context.quotas.limits.refusal_delay, now);
            }
        }
    }

    fn hold(&mut self, delay: Duration, now: Instant) {
        self.held_until = (!delay.is_zero()).then(|| now.after(delay));
    }

    /// Whether the answer to a refused bind is still held back.
    pub(super) fn is_held(&mut self, now: Instant) -> bool {
        self.held_until = self.held_until.filter(|until| *until > now);
        self.held_until.is_some()
    }

    /// Shows what is new to the application, then writes what waits.
    pub(super) fn transmit(&mut self, context: &mut Context<'_, impl Application<WINDOW>>) {
        let Some(outgoing) = &mut self.outgoing else { return };
        if self.held_until.is_some() {
            return;
        }
        let fresh = outgoing.fresh();
        if !fresh.is_empty() {
            match context.application.transmit(context.clock.now(), self.id, fresh) {
                Transmit::Pass => outgoing.approve(),
                Transmit::Withhold => outgoing.withhold(),
            }
        }
        if self.is_mute {
            // A flood that is still worked off would pile up its answers.
            outgoing.drop_answers();
        }
        while !self.is_mute && !outgoing.pending().is_empty() {
            match self.transport.write(outgoing.pending()) {
                Ok(count) => outgoing.take(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => {
                    // What the peer wrote before it closed is still to be read, and reading finds the end.
                    (self.is_mute, self.is_readable) = (true, true);
                    return context.application.failed(self.id, &error);
                }
            }
        }
    }

    /// The end of a session: its tickets end, the application hears of it, the peer sees the end of the stream.
    pub(super) fn finish(&mut self, context: &mut Context<'_, impl Application<WINDOW>>) {
        let Some(outgoing) = &mut self.outgoing else { return };
        let (octets, taken) = outgoing.unfinished();
        self.session.handle_closed(octets, taken);
        while let Some(event) = self.session.poll_event() {
            let outbox = Outbox::new(&mut self.session, outgoing, context.clock);
            context.application.event(self.id, event, outbox);
        }
        self.transport.close();
        // A connection that is gone already cannot be shut down; that is no news.
        let _ = self.transport.socket().shutdown(Shutdown::Write);
        // From now on, however long the application took to hear of it.
        self.gone_at = Some(context.clock.look().after(LINGER));
        self.leftover = Vec::new();
    }

    /// Reads and drops what a peer still sends that was told of the end: closing at once would take back what it was
    /// told. `true` when it closed as well.
    pub(super) fn drain(&mut self, scratch: &mut [u8]) -> bool {
        match self.transport.read(scratch) {
            Ok(0) => return true,
            Ok(_) => self.is_readable = true,
            Err(error) => {
                self.is_readable = false;
                return error.kind() != ErrorKind::WouldBlock;
            }
        }
        false
    }

    fn fail(&mut self, error: &io::Error, context: &mut Context<'_, impl Application<WINDOW>>) {
        self.has_ended = true;
        if !self.is_mute {
            context.application.failed(self.id, error);
        }
    }

    /// Ends the connection now, whatever of it waits.
    pub(super) fn cut(&mut self) {
        self.has_ended = true;
        self.leftover = Vec::new();
    }

    /// How many octets it keeps between two calls.
    pub(super) fn octets(&self) -> usize {
        self.leftover.len() + self.outgoing.as_ref().map_or(0, Outgoing::len)
    }

    /// Whether the session is over, or nothing more comes and what came is worked off.
    pub(super) fn is_over(&self) -> bool {
        let is_closed = self.session.state() == State::Closed && self.held_until.is_none();
        is_closed || (self.has_ended && !self.has_input(&self.leftover))
    }

    /// Whether the peer does not read what it is sent.
    fn is_choked(&self) -> bool {
        !self.is_mute && self.outgoing.as_ref().is_some_and(Outgoing::is_choked)
    }

    /// Whether there may be input that can be read now.
    fn wants_to_read(&self) -> bool {
        let is_open = self.session.state() != State::Closed && !self.has_ended;
        self.is_readable && is_open && self.held_until.is_none() && !self.is_choked()
    }

    /// Whether there is something to do without a word of the system.
    pub(super) fn has_work(&self) -> bool {
        match self.gone_at {
            None => self.wants_to_read() || self.has_input(&self.leftover),
            Some(_) => self.is_readable,
        }
    }

    /// When it wants to be called.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let session = self.session.poll_timeout();
        self.gone_at.or_else(|| [self.held_until, session].into_iter().flatten().min())
    }
}

impl<const WINDOW: usize> fmt::Debug for Connection<WINDOW> {
    /// No octets: they hold texts and passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Connection");
        shown.field("id", &self.id).field("session", &self.session).field("usage", &self.usage);
        shown.field("octets", &self.octets()).finish_non_exhaustive()
    }
}

/// So long after the last write, output is written although there is more input to work off.
const SLOW: Duration = Duration::from_millis(10);

/// How long a connection whose session is over waits for the peer to close.
const LINGER: Duration = Duration::from_secs(1);
