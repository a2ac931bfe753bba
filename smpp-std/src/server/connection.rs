//! One accepted connection: what it keeps while nothing happens on it.

use super::limits::{Books, Entry};
use super::{Application, Excess, Limited, SessionId, Transmit};
use crate::outbox::{Outbox, Outgoing};
use crate::transport::Transport;
use mio::net::TcpStream;
use smpp_core::pdu::Pdu;
use smpp_core::session::{Event, Input, ReplyTo, Session, State};
use smpp_core::{Buffer, Instant};
use std::io::{self, ErrorKind};
use std::net::Shutdown;

/// More than this waiting to be written means that the peer does not read: then nothing is read from it either.
const BACKLOG: usize = 256 * 1024;

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
    /// The transport may have more to read.
    pub(super) is_readable: bool,
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
    pub(super) now: Instant,
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
            is_readable: false,
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
        for _ in 0..FAIR_SHARE {
            self.digest(desk);
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
        }
    }

    /// Works off whole PDUs, then what the session says by itself, and writes.
    fn digest(&mut self, desk: &mut Desk<'_, impl Application<WINDOW>>) {
        let Some(outgoing) = &mut self.outgoing else { return };
        let mut is_framed = true;
        while is_framed
            && self.session.state() != State::Closed
            && (self.is_mute || outgoing.unfinished().0.len() <= BACKLOG)
            && self.session.is_ready(desk.incoming.filled())
        {
            outgoing.pump(&mut self.session, desk.now);
            match self.session.handle_input(desk.now, desk.incoming.filled()) {
                Ok(Input::Pdu { consumed, event }) => {
                    let mut outbox = Outbox::new(&mut self.session, outgoing, desk.now);
                    match limited(&event, &mut self.entry, desk.now, desk.books) {
                        None => desk.application.event(self.id, event, outbox),
                        Some((reply_to, limit)) => {
                            desk.application.limited(self.entry.peer, limit);
                            // It answers the bind that was just seen.
                            let _ = outbox.reject(reply_to, limit.status());
                            self.has_ended |= limit.excess == Excess::FailedBinds;
                        }
                    }
                    desk.incoming.consume(consumed);
                    settle_bind(&self.session, &mut self.entry, desk.now, desk.books);
                }
                _ => is_framed = false,
            }
        }
        self.settle(desk.now, desk.application);
    }

    /// Gives out the events of the session itself, and writes all that is ready.
    pub(super) fn settle(&mut self, now: Instant, application: &mut impl Application<WINDOW>) {
        let Some(outgoing) = &mut self.outgoing else { return };
        if self.session.state() != State::Closed {
            while let Some(event) = self.session.poll_event() {
                application.event(self.id, event, Outbox::new(&mut self.session, outgoing, now));
            }
        }
        outgoing.pump(&mut self.session, now);
        self.transmit(now, application);
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
    pub(super) fn finish(&mut self, now: Instant, application: &mut impl Application<WINDOW>) {
        let Some(outgoing) = &mut self.outgoing else { return };
        let (octets, taken) = outgoing.unfinished();
        self.session.handle_closed(octets, taken);
        while let Some(event) = self.session.poll_event() {
            application.event(self.id, event, Outbox::new(&mut self.session, outgoing, now));
        }
        self.transport.close();
        // A connection that is gone already cannot be shut down; that is no news.
        let _ = self.transport.socket().shutdown(Shutdown::Write);
        self.gone_at = Some(now.after(LINGER));
        self.leftover = Vec::new();
    }

    /// Reads and drops what a peer still sends that was told of the end: closing at once would take back what it was
    /// told. `true` when it closed as well.
    pub(super) fn drain(&mut self, scratch: &mut [u8]) -> bool {
        loop {
            match self.transport.read(scratch) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
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
        !self.is_mute
            && self.outgoing.as_ref().is_some_and(|outgoing| outgoing.unfinished().0.len() > BACKLOG)
    }

    /// Whether there may be input that can be taken now.
    pub(super) fn wants_to_read(&self) -> bool {
        self.is_readable && !self.is_choked() && !self.is_closed()
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

/// How long a connection whose session is over waits for the peer to close.
const LINGER: std::time::Duration = std::time::Duration::from_secs(1);
