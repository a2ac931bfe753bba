//! All connections of a server.

use super::connection::{Connection, Context};
use super::quotas::Quotas;
use super::timers::Timers;
use super::{Application, Serve};
use crate::clock::CachedClock;
use crate::outgoing::Outgoing;
use crate::tls::ServerTls;
use crate::transport::Transport;
use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use smpp_core::frame::MAX_PDU;
use smpp_core::link::Outbox;
use smpp_core::session::{Config, Session, State};
use smpp_core::{Buffer, Instant};
use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// Names one session of a server, also after its end: no two ever have the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SessionId {
    serial: u64,
    slot: usize,
}

impl SessionId {
    /// The number of the session, counted from 1 in the order of connecting; those that were not let in count too.
    #[must_use]
    pub const fn serial(self) -> u64 {
        self.serial
    }

    /// The place of the session: no two open sessions share one, and places are used again. So it can index what the
    /// application keeps about them, beside the id that tells whose it is.
    #[must_use]
    pub const fn slot(self) -> usize {
        self.slot
    }
}

/// Room for one PDU of the largest size behind what a turn reads.
const INCOMING: usize = 128 * 1024;
/// Room for the answers of one turn.
const OUTGOING: usize = 16 * 1024;

/// How many idle output buffers are kept: one is used at a time, but for connections that do not take all.
const SPARE: usize = 4;

const _: () = assert!(MAX_PDU + 2 * OUTGOING <= INCOMING);

/// So many turns of reading may come before a timer that is due: what is in the system's buffer came before it.
const MAX_READS_BEFORE_TIMEOUT: u16 = 256;

/// The connections, and what they share.
pub(super) struct Table<const WINDOW: usize> {
    registry: Registry,
    session: Config,
    tls: Option<ServerTls>,
    slots: Vec<Option<Box<Connection<WINDOW>>>>,
    free: Vec<usize>,
    serial: u64,
    /// Connections with something to do, in the order of their turns.
    ready: VecDeque<usize>,
    pub(super) timers: Timers,
    quotas: Quotas,
    incoming: Buffer<Vec<u8>>,
    spare: Vec<Outgoing>,
}

impl<const WINDOW: usize> Table<WINDOW> {
    pub(super) fn new(registry: Registry, how: Serve) -> Self {
        Self {
            registry,
            session: Config { max_pdu: how.session.max_pdu.min(MAX_PDU), ..how.session },
            tls: how.tls,
            slots: Vec::new(),
            free: Vec::new(),
            serial: 0,
            ready: VecDeque::new(),
            timers: Timers::default(),
            quotas: Quotas::new(how.limits),
            incoming: Buffer::new(vec![0; INCOMING]),
            spare: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.free.len() == self.slots.len()
    }

    /// When the next session wants to be called; at once if one has more to do.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        if self.ready.is_empty() { self.timers.next() } else { Some(Instant::ZERO) }
    }

    /// Takes in a new connection.
    pub(super) fn add(
        &mut self,
        clock: &mut CachedClock,
        socket: TcpStream,
        peer: SocketAddr,
        application: &mut impl Application<WINDOW>,
    ) {
        let usage = match self.quotas.connect(clock.now(), peer) {
            Ok(usage) => usage,
            Err(limit) => return application.limited(peer, limit),
        };
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.serial += 1;
        let id = SessionId { serial: self.serial, slot };
        match self.secure(slot, socket) {
            Some(transport) if application.connected(id, peer) => {
                // The time for its bind begins now, however long the application took.
                let session = Session::mc(self.session, clock.look());
                self.slots[slot] = Some(Box::new(Connection::new(id, session, transport, usage)));
                self.arm(slot, clock.now());
            }
            _ => {
                self.quotas.disconnect(usage);
                self.free.push(slot);
            }
        }
    }

    /// A connection that cannot even be registered is dropped: its peer sees that.
    fn secure(&self, slot: usize, mut socket: TcpStream) -> Option<Transport<TcpStream>> {
        socket.set_nodelay(true).ok()?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.registry.register(&mut socket, Token(slot), interest).ok()?;
        let tls = match &self.tls {
            None => None,
            Some(tls) => Some(tls.connection().ok()?),
        };
        Some(Transport::new(socket, tls))
    }

    /// The system says that a socket is ready.
    pub(super) fn ready(&mut self, slot: usize, event: &Event) {
        if let Some(Some(connection)) = self.slots.get_mut(slot) {
            connection.is_hung_up |= event.is_read_closed() || event.is_error();
            connection.is_readable |= event.is_readable() || connection.is_hung_up;
            queue(&mut self.ready, slot, &mut connection.is_queued);
        }
    }

    /// Lets the connections that have something to do work in their order, each one turn at most, until `slice` is over: the
    /// others come first in the next slice.
    pub(super) fn serve_ready(
        &mut self,
        clock: &mut CachedClock,
        application: &mut impl Application<WINDOW>,
        slice: Duration,
    ) {
        let end = clock.look().after(slice);
        for _ in 0..self.ready.len() {
            let Some(slot) = self.ready.pop_front() else { return };
            if let Some(Some(connection)) = self.slots.get_mut(slot) {
                connection.is_queued = false;
            }
            self.serve(slot, clock, application);
            if clock.look() >= end {
                return;
            }
        }
    }

    /// One turn of a connection: its output, its input, and behind that its timers, because an answer that is there is in time.
    fn serve(&mut self, slot: usize, clock: &mut CachedClock, application: &mut impl Application<WINDOW>) {
        let Some(Some(connection)) = self.slots.get_mut(slot) else { return };
        if connection.gone_at.is_some() {
            if connection.drain(self.incoming.unfilled()) {
                self.remove(slot);
            } else if connection.has_work() {
                queue(&mut self.ready, slot, &mut connection.is_queued);
            } else {
                self.arm(slot, clock.now());
            }
            return;
        }
        if connection.is_held(clock.now()) {
            return self.arm(slot, clock.now());
        }
        // TLS may have octets of its own to write; an error shows in the read that follows.
        if connection.transport.wants_write() {
            let _ = connection.transport.flush();
        }
        lend(&mut connection.outgoing, &mut self.spare);
        let Self { incoming, quotas, .. } = self;
        let context = &mut Context { clock, application, incoming, quotas };
        connection.transmit(context);
        connection.work(context);
        let now = context.clock.now();
        if connection.session.poll_timeout().is_some_and(|at| at <= now) {
            if connection.has_work() && connection.overdue < MAX_READS_BEFORE_TIMEOUT {
                connection.overdue += 1;
            } else {
                connection.overdue = 0;
                connection.session.handle_timeout(now);
                connection.settle(context);
            }
        }
        self.settle(slot, clock, application);
    }

    /// What follows everything that was done with a connection: its end, its buffer, its next turn or wake-up.
    fn settle(&mut self, slot: usize, clock: &mut CachedClock, application: &mut impl Application<WINDOW>) {
        let Self { slots, incoming, quotas, spare, ready, .. } = self;
        let Some(Some(connection)) = slots.get_mut(slot) else { return };
        let octets = connection.octets();
        if let Err(limit) = quotas.hold(&mut connection.usage, octets) {
            application.limited(connection.usage.peer, limit);
            connection.cut();
        }
        if connection.is_over() && connection.gone_at.is_none() {
            lend(&mut connection.outgoing, spare);
            connection.finish(&mut Context { clock, application, incoming, quotas });
            quotas.unbind(&mut connection.usage);
            give_back(&mut connection.outgoing, spare);
            if connection.has_ended || connection.drain(incoming.unfilled()) {
                return self.remove(slot);
            }
        } else if connection.outgoing.as_ref().is_some_and(Outgoing::is_empty) {
            give_back(&mut connection.outgoing, spare);
        }
        if connection.has_work() {
            // Its timers come with its turn.
            return queue(ready, slot, &mut connection.is_queued);
        }
        self.arm(slot, clock.now());
    }

    /// Queues the wake-up of a connection, unless an earlier one is queued.
    fn arm(&mut self, slot: usize, now: Instant) {
        let Some(Some(connection)) = self.slots.get_mut(slot) else { return };
        if let Some(next) = connection.poll_timeout() {
            // Never now: a session that were always due must not keep the others from their turn.
            let next = next.max(now.after(Duration::from_micros(1)));
            self.timers.arm(connection.id, &mut connection.armed, next);
        }
    }

    /// Gives each session whose time has come a turn, behind those that wait for theirs.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        while let Some(id) = self.timers.pop(now) {
            let Some(connection) = self.find(id) else { continue };
            connection.armed = None;
            if connection.gone_at.is_some_and(|gone| gone <= now) {
                self.remove(id.slot);
            } else if connection.poll_timeout().is_some_and(|at| at <= now) {
                // What is there comes before the timer.
                connection.is_readable = true;
                let Self { ready, slots, .. } = self;
                let Some(Some(connection)) = slots.get_mut(id.slot) else { continue };
                queue(ready, id.slot, &mut connection.is_queued);
            } else {
                self.arm(id.slot, now);
            }
        }
    }

    /// Gives out events and writes what is ready, of a connection that got no input.
    fn write_out(
        &mut self,
        slot: usize,
        clock: &mut CachedClock,
        application: &mut impl Application<WINDOW>,
    ) {
        let Self { slots, incoming, quotas, spare, .. } = self;
        let Some(Some(connection)) = slots.get_mut(slot) else { return };
        if connection.gone_at.is_none() {
            lend(&mut connection.outgoing, spare);
            connection.settle(&mut Context { clock, application, incoming, quotas });
        }
        self.settle(slot, clock, application);
    }

    /// Lets the application act by itself.
    pub(super) fn with_sessions(
        &mut self,
        clock: &mut CachedClock,
        application: &mut impl Application<WINDOW>,
    ) {
        let now = clock.look();
        let mut sessions = Sessions { table: self, touched: Vec::new(), last: Vec::new(), clock };
        application.handle_timeout(now, &mut sessions);
        let Sessions { touched, last, .. } = sessions;
        for slot in touched {
            if let Some(Some(connection)) = self.slots.get_mut(slot) {
                connection.is_touched = false;
            }
            self.write_out(slot, clock, application);
        }
        for (id, act) in last {
            self.act(id, &act, clock, application);
        }
    }

    /// Does what was to come behind the outboxes.
    fn act(
        &mut self,
        id: SessionId,
        act: &Act,
        clock: &mut CachedClock,
        application: &mut impl Application<WINDOW>,
    ) {
        let Self { slots, spare, .. } = self;
        let Some(Some(connection)) = slots.get_mut(id.slot) else { return };
        if connection.id == id && connection.gone_at.is_none() {
            match act {
                Act::Write(octets) => lend(&mut connection.outgoing, spare).extend(octets),
                Act::Close => connection.cut(),
            }
            self.write_out(id.slot, clock, application);
        }
    }

    /// Unbinds every session, and closes those that are not bound.
    pub(super) fn unbind_all(&mut self, clock: &mut CachedClock, application: &mut impl Application<WINDOW>) {
        for slot in 0..self.slots.len() {
            let Some(Some(connection)) = self.slots.get_mut(slot) else { continue };
            let session = &mut connection.session;
            if session.unbind(clock.now()).is_err() && session.state() != State::Unbound {
                connection.cut();
            }
            self.write_out(slot, clock, application);
        }
    }

    /// Closes what is left.
    pub(super) fn close_all(&mut self, clock: &mut CachedClock, application: &mut impl Application<WINDOW>) {
        for slot in 0..self.slots.len() {
            let Some(Some(connection)) = self.slots.get_mut(slot) else { continue };
            connection.cut();
            self.write_out(slot, clock, application);
            self.remove(slot);
        }
    }

    fn find(&mut self, id: SessionId) -> Option<&mut Connection<WINDOW>> {
        let connection = self.slots.get_mut(id.slot)?.as_mut()?;
        (connection.id == id).then_some(connection)
    }

    fn remove(&mut self, slot: usize) {
        if let Some(Some(mut connection)) = self.slots.get_mut(slot).map(Option::take) {
            // Dropping the socket takes it out of the poll as well.
            let _ = self.registry.deregister(connection.transport.socket_mut());
            self.timers.disarm(connection.id, &mut connection.armed);
            self.quotas.disconnect(connection.usage);
            self.free.push(slot);
        }
    }
}

impl<const WINDOW: usize> fmt::Debug for Table<WINDOW> {
    /// Its connections, not their octets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.slots.iter().flatten()).finish()
    }
}

/// Puts a connection among those with something to do, if it is not there.
fn queue(ready: &mut VecDeque<usize>, slot: usize, is_queued: &mut bool) {
    if !std::mem::replace(is_queued, true) {
        ready.push_back(slot);
    }
}

/// The output buffer of a connection; it is given one if it has none.
fn lend<'o>(outgoing: &'o mut Option<Outgoing>, spare: &mut Vec<Outgoing>) -> &'o mut Outgoing {
    outgoing.get_or_insert_with(|| spare.pop().unwrap_or_else(|| Outgoing::with_capacity(OUTGOING)))
}

/// Takes an output buffer back.
fn give_back(outgoing: &mut Option<Outgoing>, spare: &mut Vec<Outgoing>) {
    let Some(mut buffer) = outgoing.take() else { return };
    buffer.reset();
    if spare.len() < SPARE {
        spare.push(buffer);
    }
}

enum Act {
    Write(Vec<u8>),
    Close,
}

/// The sessions of a server, in the hands of the application.
pub struct Sessions<'s, const WINDOW: usize> {
    table: &'s mut Table<WINDOW>,
    /// Those with something new to write.
    touched: Vec<usize>,
    /// What is to be done behind that, in order.
    last: Vec<(SessionId, Act)>,
    clock: &'s mut CachedClock,
}

impl<const WINDOW: usize> Sessions<'_, WINDOW> {
    /// The outbox of a session; `None` when it is over. What is put into it leaves when the application returns.
    pub fn outbox(&mut self, id: SessionId) -> Option<Outbox<'_, WINDOW>> {
        let Table { slots, spare, .. } = &mut *self.table;
        let connection = slots.get_mut(id.slot)?.as_mut()?;
        if connection.id != id || connection.gone_at.is_some() {
            return None;
        }
        if !std::mem::replace(&mut connection.is_touched, true) {
            self.touched.push(id.slot);
        }
        Some(Outbox::new(&mut connection.session, lend(&mut connection.outgoing, spare), self.clock))
    }

    /// Writes octets past the session as they are, behind what went into its outbox, in a system call of their own. For
    /// test tools: the peer believes that they are ours.
    pub fn write(&mut self, id: SessionId, octets: &[u8]) {
        self.last.push((id, Act::Write(octets.to_vec())));
    }

    /// Ends a connection without a word, behind what was written.
    pub fn close(&mut self, id: SessionId) {
        self.last.push((id, Act::Close));
    }
}

impl<const WINDOW: usize> fmt::Debug for Sessions<'_, WINDOW> {
    /// Not what is to be written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("table", self.table).finish_non_exhaustive()
    }
}
