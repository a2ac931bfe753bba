//! One accepted connection: what it keeps while nothing happens on it.

use super::limits::{Books, Entry};
use super::{Application, Excess, Limited, SessionId, Transmit};
use crate::clock::Watch;
use crate::outbox::{Outbox, Outgoing};
use crate::transport::Transport;
use mio::net::TcpStream;
use smpp_core::pdu::Pdu;
use smpp_core::session::{Event, Input, ReplyTo, Session, State};
use smpp_core::{Buffer, Instant};
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::time::Duration;

/// A session on its transport.
#[derive(Debug)]
pub(super) struct Connection<const WINDOW: usize> {
    pub(super) id: SessionId,
    pub(super) session: Session<WINDOW>,
    pub(super) transport: Transport<TcpStream>,
    /// What it takes of the limits.
    pub(super) entry: Entry,
    /// The start of a PDU, or PDUs that wait until the peer reads.
    pub(super) leftover: Vec<u8>,
    /// Taken from a pool while there is something to write.
    pub(super) outgoing: Option<Outgoing>,
    /// The wake-up that is queued.
    pub(super) armed: Option<Instant>,
    /// It is among the connections with something to do, and is not to be there twice: its share would grow.
    pub(super) is_queued: bool,
    /// The transport may have more to read.
    pub(super) is_readable: bool,
    /// How often in a row it was read although a timer was due.
    pub(super) overdue: u8,
    /// The peer will send nothing more than what is there.
    pub(super) is_hung_up: bool,
    /// Writing failed; what the peer wrote before is still to be read.
    pub(super) is_mute: bool,
    /// The peer sends nothing more, or nothing that we can get.
    pub(super) has_ended: bool,
    /// The application saw the end; until then the socket only waits for the peer to see it too.
    pub(super) gone_at: Option<Instant>,
}

/// The parts of a server that a connection borrows while it works.
pub(super) struct Desk<'d, A> {
    pub(super) watch: &'d mut Watch,
    pub(super) application: &'d mut A,
    /// Where input is read to. Empty between two connections.
    pub(super) incoming: &'d mut Buffer<Vec<u8>>,
    pub(super) books: &'d mut Books,
}

impl<const WINDOW: usize> Connection<WINDOW> {
    pub(super) fn new(
        id: SessionId,
        session: Session<WINDOW>,
        transport: Transport<TcpStream>,
        entry: Entry,
    ) -> Self {
        Self {
            id,
            session,
            transport,
            entry,
            leftover: Vec::new(),
            outgoing: None,
            armed: None,
            is_queued: false,
            is_readable: false,
            overdue: 0,
            is_hung_up: false,
            is_mute: false,
            has_ended: false,
            gone_at: None,
        }
    }

    /// Works off what was received and reads on, up to a fair share. Its `outgoing` is there.
    pub(super) fn work(&mut self, desk: &mut Desk<'_, impl Application<WINDOW>>) {
        let room = desk.incoming.unfilled();
        room[..self.leftover.len()].copy_from_slice(&self.leftover);
        desk.incoming.advance(self.leftover.len());
        self.leftover.clear();
        self.receive(desk);
        let rest = desk.incoming.filled();
        if rest.is_empty() {
            self.leftover = Vec::new();
        } else {
            self.leftover.extend_from_slice(rest);
        }
        desk.incoming.consume(usize::MAX);
    }

    fn receive(&mut self, desk: &mut Desk<'_, impl Application<WINDOW>>) {
        self.digest(desk);
        for _ in 0..FAIR_SHARE {
            if !self.wants_to_read() {
                return;
            }
            let room = desk.incoming.unfilled();
            let size = room.len();
            match self.transport.read(room) {
                Ok(0) => self.has_ended = true,
                Ok(count) => {
                    desk.incoming.advance(count);
                    self.is_readable = count == size || self.is_hung_up || !self.transport.tells_drained();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_readable = false,
                Err(error) => self.fail(&error, desk),
            }
            self.digest(desk);
        }
    }

    /// Works off whole PDUs, then what the session says by itself, and writes; again, if that made room for more answers.
    fn digest(&mut self, desk: &mut Desk<'_, impl Application<WINDOW>>) {
        let mut written_at = desk.watch.now();
        loop {
            while self.has_input(desk.incoming.filled()) && self.take_one(desk) {
                // The answers that are ready do not wait for those behind them.
                if desk.watch.now().since(written_at) > SLOW {
                    self.transmit(desk.watch.now(), desk.application);
                    written_at = desk.watch.now();
                }
            }
            self.settle(desk.watch, desk.application);
            if !self.has_input(desk.incoming.filled()) {
                return;
            }
        }
    }

    /// Whether a PDU of `input` can be worked off.
    pub(super) fn has_input(&self, input: &[u8]) -> bool {
        self.session.state() != State::Closed && !self.is_choked() && self.session.is_ready(input)
    }

    /// Works off one PDU; `false` when the octets are none.
    fn take_one(&mut self, desk: &mut Desk<'_, impl Application<WINDOW>>) -> bool {
        let Some(outgoing) = &mut self.outgoing else { return false };
        let now = desk.watch.glance();
        outgoing.pump(&mut self.session, now);
        let Ok(Input::Pdu { consumed, event }) = self.session.handle_input(now, desk.incoming.filled())
        else {
            return false;
        };
        let mut outbox = Outbox::new(&mut self.session, outgoing, desk.watch);
        match limited(&event, &mut self.entry, now, desk.books) {
            None => desk.application.event(self.id, event, outbox),
            Some((reply_to, limit)) => {
                desk.application.limited(self.entry.peer, limit);
                // It answers the bind that was just seen.
                let _ = outbox.reject(reply_to, limit.status());
                if limit.excess == Excess::FailedBinds {
                    // Its answer leaves, and what it sent meanwhile is dropped, before the connection is.
                    self.session.handle_closed(&[], 0);
                }
            }
        }
        desk.incoming.consume(consumed);
        settle_bind(&self.session, &mut self.entry, now, desk.books);
        true
    }

    /// Gives out the events of the session itself, and writes all that is ready.
    pub(super) fn settle(&mut self, watch: &mut Watch, application: &mut impl Application<WINDOW>) {
        let Some(outgoing) = &mut self.outgoing else { return };
        while self.session.state() != State::Closed
            && let Some(event) = self.session.poll_event()
        {
            if let Event::TimedOut { ticket } = event {
                outgoing.withdraw(ticket.sequence_number());
            }
            application.event(self.id, event, Outbox::new(&mut self.session, outgoing, watch));
        }
        outgoing.pump(&mut self.session, watch.now());
        self.transmit(watch.now(), application);
    }

    /// Shows what is new to the application, then writes what waits.
    pub(super) fn transmit(&mut self, now: Instant, application: &mut impl Application<WINDOW>) {
        let Some(outgoing) = &mut self.outgoing else { return };
        let fresh = outgoing.fresh();
        if !fresh.is_empty() {
            match application.transmit(now, self.id, fresh) {
                Transmit::Pass => outgoing.approve(),
                Transmit::Withhold => outgoing.withhold(),
            }
        }
        while !self.is_mute && !outgoing.pending().is_empty() {
            match self.transport.write(outgoing.pending()) {
                Ok(count) => outgoing.take(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => {
                    // What the peer wrote before it closed is still to be read, and reading finds the end.
                    (self.is_mute, self.is_readable) = (true, true);
                    return application.failed(self.id, &error);
                }
            }
        }
    }

    /// The end of a session: its tickets end, the application hears of it, the peer sees the end of the stream.
    pub(super) fn finish(&mut self, watch: &mut Watch, application: &mut impl Application<WINDOW>) {
        let Some(outgoing) = &mut self.outgoing else { return };
        let (octets, taken) = outgoing.unfinished();
        self.session.handle_closed(octets, taken);
        while let Some(event) = self.session.poll_event() {
            application.event(self.id, event, Outbox::new(&mut self.session, outgoing, watch));
        }
        self.transport.close();
        // A connection that is gone already cannot be shut down; that is no news.
        let _ = self.transport.socket().shutdown(Shutdown::Write);
        self.gone_at = Some(watch.now().after(LINGER));
        self.leftover = Vec::new();
    }

    /// Reads and drops what a peer still sends that was told of the end: closing at once would take back what it was
    /// told. `true` when it closed as well.
    pub(super) fn drain(&mut self, scratch: &mut [u8]) -> bool {
        for _ in 0..FAIR_SHARE {
            match self.transport.read(scratch) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => {
                    self.is_readable = false;
                    return error.kind() != ErrorKind::WouldBlock;
                }
            }
        }
        self.is_readable = true;
        false
    }

    fn fail(&mut self, error: &io::Error, desk: &mut Desk<'_, impl Application<WINDOW>>) {
        self.has_ended = true;
        if !self.is_mute {
            desk.application.failed(self.id, error);
        }
    }

    /// How many octets it keeps between two calls.
    pub(super) fn held(&self) -> usize {
        self.leftover.len() + self.outgoing.as_ref().map_or(0, |outgoing| outgoing.unfinished().0.len())
    }

    /// Whether the session is over, or will be because nothing more comes.
    pub(super) fn is_closed(&self) -> bool {
        self.session.state() == State::Closed || self.has_ended
    }

    /// Whether the peer does not read what it is sent.
    pub(super) fn is_choked(&self) -> bool {
        !self.is_mute && self.outgoing.as_ref().is_some_and(Outgoing::is_choked)
    }

    /// Whether there may be input that can be read now.
    fn wants_to_read(&self) -> bool {
        self.is_readable && !self.is_choked() && !self.is_closed()
    }

    /// Whether there is something to do without a word of the system.
    pub(super) fn has_work(&self) -> bool {
        match self.gone_at {
            None => self.wants_to_read() || (!self.has_ended && self.has_input(&self.leftover)),
            Some(_) => self.is_readable,
        }
    }
}

/// The limit that a bind runs into.
fn limited(
    event: &Event<'_>,
    entry: &mut Entry,
    now: Instant,
    books: &mut Books,
) -> Option<(ReplyTo, Limited)> {
    let Event::BindRequested { reply_to, pdu, .. } = event else { return None };
    let account = match pdu {
        Pdu::BindTransmitter(bind) => bind.system_id,
        Pdu::BindReceiver(bind) => bind.system_id,
        Pdu::BindTransceiver(bind) => bind.system_id,
        _ => return None,
    };
    let limit = books.bind(now, entry, account.as_octets()).err()?;
    Some((*reply_to, limit))
}

/// Enters how a bind ended, once the application answered it.
pub(super) fn settle_bind<const WINDOW: usize>(
    session: &Session<WINDOW>,
    entry: &mut Entry,
    now: Instant,
    books: &mut Books,
) {
    let is_bound = session.state().is_bound();
    // Nothing but a bind can be in hand before.
    if entry.is_binding && (is_bound || session.unanswered() == 0) {
        books.bound(now, entry, is_bound);
    }
}

/// How often one connection may read before it is another's turn.
const FAIR_SHARE: usize = 8;

/// So long after the last write, output is written although there is more input to work off.
const SLOW: Duration = Duration::from_millis(10);

/// How long a connection whose session is over waits for the peer to close.
const LINGER: Duration = Duration::from_secs(1);
