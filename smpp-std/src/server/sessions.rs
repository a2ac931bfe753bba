//! All connections of a server.

use super::connection::{Connection, Desk, settle_bind};
use super::limits::Books;
use super::timers::Timers;
use super::{Application, Serve};
use crate::clock::Watch;
use crate::outbox::{Outbox, Outgoing};
use crate::transport::Transport;
use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use smpp_core::frame::MAX_PDU;
use smpp_core::session::{Config, Session, State};
use smpp_core::{Buffer, Instant};
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

/// Room for one PDU of the largest size, or for thousands of short ones.
const INCOMING: usize = 128 * 1024;
const OUTGOING: usize = 64 * 1024;

/// How many idle output buffers are kept.
const SPARE: usize = 16;

const _: () = assert!(MAX_PDU <= INCOMING);

/// So many turns of reading may come before a timer that is due: what is in the system's buffer came before it.
const INDULGENCE: u8 = 8;

/// The connections, and what they share.
#[derive(Debug)]
pub(super) struct Table<const WINDOW: usize> {
    registry: Registry,
    how: Serve,
    slots: Vec<Option<Box<Connection<WINDOW>>>>,
    free: Vec<usize>,
    serial: u64,
    /// Connections with something to do.
    ready: Vec<usize>,
    timers: Timers,
    books: Books,
    incoming: Buffer<Vec<u8>>,
    spare: Vec<Outgoing>,
}

impl<const WINDOW: usize> Table<WINDOW> {
    pub(super) fn new(registry: Registry, how: Serve) -> Self {
        let session = Config { max_pdu: how.session.max_pdu.min(INCOMING), ..how.session };
        Self {
            registry,
            books: Books::new(how.limits),
            how: Serve { session, ..how },
            slots: Vec::new(),
            free: Vec::new(),
            serial: 0,
            ready: Vec::new(),
            timers: Timers::default(),
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
        now: Instant,
        socket: TcpStream,
        peer: SocketAddr,
        application: &mut impl Application<WINDOW>,
    ) {
        let entry = match self.books.connect(now, peer) {
            Ok(entry) => entry,
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
                let session = Session::mc(self.how.session, now);
                self.slots[slot] = Some(Box::new(Connection::new(id, session, transport, entry)));
                self.arm(slot, now);
            }
            _ => {
                self.books.disconnect(entry);
                self.free.push(slot);
            }
        }
    }

    /// A connection that cannot even be registered is dropped: its peer sees that.
    fn secure(&self, slot: usize, mut socket: TcpStream) -> Option<Transport<TcpStream>> {
        socket.set_nodelay(true).ok()?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.registry.register(&mut socket, Token(slot), interest).ok()?;
        let tls = match &self.how.tls {
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

    /// Lets every connection work that has something to do, once.
    pub(super) fn serve_ready(&mut self, watch: &mut Watch, application: &mut impl Application<WINDOW>) {
        let mut ready = std::mem::take(&mut self.ready);
        for slot in ready.drain(..) {
            watch.look();
            if let Some(Some(connection)) = self.slots.get_mut(slot) {
                connection.is_queued = false;
            }
            self.serve(slot, watch, application);
        }
        // The list that was filled meanwhile is as good; keep the larger allocation.
        ready.append(&mut self.ready);
        self.ready = ready;
    }

    fn serve(&mut self, slot: usize, watch: &mut Watch, application: &mut impl Application<WINDOW>) {
        let Some(Some(connection)) = self.slots.get_mut(slot) else { return };
        if connection.gone_at.is_some() {
            if connection.drain(self.incoming.unfilled()) {
                self.remove(slot);
            } else if connection.has_work() {
                queue(&mut self.ready, slot, &mut connection.is_queued);
            }
            return;
        }
        // TLS may have octets of its own to write; an error shows in the read that follows.
        if connection.transport.wants_write() {
            let _ = connection.transport.flush();
        }
        lend(&mut connection.outgoing, &mut self.spare);
        connection.transmit(watch.now(), application);
        let Self { incoming, books, .. } = self;
        connection.work(&mut Desk { watch, application, incoming, books });
        self.settle(slot, watch, application);
    }

    /// What follows everything that was done with a connection: its end, its buffer, its next wake-up.
    fn settle(&mut self, slot: usize, watch: &mut Watch, application: &mut impl Application<WINDOW>) {
        let Some(Some(connection)) = self.slots.get_mut(slot) else { return };
        settle_bind(&connection.session, &mut connection.entry, watch.now(), &mut self.books);
        let held = connection.held();
        if let Err(limit) = self.books.hold(&mut connection.entry, held) {
            application.limited(connection.entry.peer, limit);
            connection.has_ended = true;
        }
        if connection.is_closed() && connection.gone_at.is_none() {
            connection.finish(watch, application);
            self.books.unbind(&mut connection.entry);
            give_back(&mut connection.outgoing, &mut self.spare);
            if connection.has_ended || connection.drain(self.incoming.unfilled()) {
                return self.remove(slot);
            }
        } else if connection.outgoing.as_ref().is_some_and(Outgoing::is_empty) {
            give_back(&mut connection.outgoing, &mut self.spare);
        }
        if connection.has_work() {
            queue(&mut self.ready, slot, &mut connection.is_queued);
        }
        self.arm(slot, watch.now());
    }

    /// Queues the wake-up of a connection, unless an earlier one is queued.
    fn arm(&mut self, slot: usize, now: Instant) {
        let Some(Some(connection)) = self.slots.get_mut(slot) else { return };
        let next = connection.gone_at.or_else(|| connection.session.poll_timeout());
        let Some(next) = next else { return };
        // Never now: a session that were always due must not keep the others from their turn.
        let next = next.max(now.after(Duration::from_micros(1)));
        if connection.armed.is_none_or(|armed| next < armed) {
            connection.armed = Some(next);
            self.timers.add(next, connection.id);
        }
    }

    /// Calls the sessions whose time has come, behind what they got meanwhile: an answer that is there is in time.
    pub(super) fn handle_timeout(&mut self, watch: &mut Watch, application: &mut impl Application<WINDOW>) {
        while let Some((at, id)) = self.timers.pop(watch.now()) {
            let now = watch.now();
            let Some(connection) = self.find(id).filter(|connection| connection.armed == Some(at)) else {
                continue;
            };
            connection.armed = None;
            if connection.gone_at.is_some_and(|gone| gone <= now) {
                self.remove(id.slot);
                continue;
            }
            if connection.session.poll_timeout().is_some_and(|at| at <= now) {
                connection.is_readable = true;
                self.serve(id.slot, watch, application);
            }
            let Some(connection) = self.find(id) else { continue };
            if connection.has_work() && connection.overdue < INDULGENCE {
                // There is more to read, and `serve` has queued that and the next call.
                connection.overdue += 1;
                continue;
            }
            connection.overdue = 0;
            connection.session.handle_timeout(watch.now());
            self.write_out(id.slot, watch, application);
        }
    }

    /// Gives out events and writes what is ready, of a connection that got no input.
    fn write_out(&mut self, slot: usize, watch: &mut Watch, application: &mut impl Application<WINDOW>) {
        let Some(Some(connection)) = self.slots.get_mut(slot) else { return };
        if connection.gone_at.is_none() {
            lend(&mut connection.outgoing, &mut self.spare);
            connection.settle(watch, application);
        }
        self.settle(slot, watch, application);
    }

    /// Lets the application act by itself.
    pub(super) fn with_sessions(&mut self, watch: &mut Watch, application: &mut impl Application<WINDOW>) {
        let mut sessions = Sessions { table: self, touched: Vec::new(), last: Vec::new(), watch };
        application.handle_timeout(sessions.watch.now(), &mut sessions);
        let Sessions { touched, last, .. } = sessions;
        for slot in touched {
            self.write_out(slot, watch, application);
        }
        for (id, act) in last {
            self.act(id, &act, watch, application);
        }
    }

    /// Does what was to come behind the outboxes.
    fn act(
        &mut self,
        id: SessionId,
        act: &Act,
        watch: &mut Watch,
        application: &mut impl Application<WINDOW>,
    ) {
        let Self { slots, spare, .. } = self;
        let Some(Some(connection)) = slots.get_mut(id.slot) else { return };
        if connection.id == id && connection.gone_at.is_none() {
            match act {
                Act::Write(octets) => lend(&mut connection.outgoing, spare).extend(octets),
                Act::Close => connection.has_ended = true,
            }
            self.write_out(id.slot, watch, application);
        }
    }

    /// Unbinds every session, and closes those that are not bound.
    pub(super) fn unbind_all(&mut self, watch: &mut Watch, application: &mut impl Application<WINDOW>) {
        for slot in 0..self.slots.len() {
            let Some(Some(connection)) = self.slots.get_mut(slot) else { continue };
            let session = &mut connection.session;
            if session.unbind(watch.now()).is_err() && session.state() != State::Unbound {
                connection.has_ended = true;
            }
            self.write_out(slot, watch, application);
        }
    }

    /// Closes what is left.
    pub(super) fn close_all(&mut self, watch: &mut Watch, application: &mut impl Application<WINDOW>) {
        for slot in 0..self.slots.len() {
            let Some(Some(connection)) = self.slots.get_mut(slot) else { continue };
            connection.has_ended = true;
            self.write_out(slot, watch, application);
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
            self.books.disconnect(connection.entry);
            self.free.push(slot);
        }
    }
}

/// Puts a connection among those with something to do, if it is not there.
fn queue(ready: &mut Vec<usize>, slot: usize, is_queued: &mut bool) {
    if !std::mem::replace(is_queued, true) {
        ready.push(slot);
    }
}

/// The output buffer of a connection; it is given one if it has none.
fn lend<'o>(outgoing: &'o mut Option<Outgoing>, spare: &mut Vec<Outgoing>) -> &'o mut Outgoing {
    outgoing.get_or_insert_with(|| spare.pop().unwrap_or_else(|| Outgoing::with_capacity(OUTGOING)))
}

/// Takes an output buffer back.
fn give_back(outgoing: &mut Option<Outgoing>, spare: &mut Vec<Outgoing>) {
    let Some(mut buffer) = outgoing.take() else { return };
    if spare.len() < SPARE && buffer.reset(OUTGOING) {
        spare.push(buffer);
    }
}

#[derive(Debug)]
enum Act {
    Write(Vec<u8>),
    Close,
}

/// The sessions of a server, in the hands of the application.
#[derive(Debug)]
pub struct Sessions<'s, const WINDOW: usize> {
    table: &'s mut Table<WINDOW>,
    /// Those with something new to write.
    touched: Vec<usize>,
    /// What is to be done behind that, in order.
    last: Vec<(SessionId, Act)>,
    watch: &'s mut Watch,
}

impl<const WINDOW: usize> Sessions<'_, WINDOW> {
    /// The outbox of a session; `None` when it is over. What is put into it leaves when the application returns.
    pub fn outbox(&mut self, id: SessionId) -> Option<Outbox<'_, WINDOW>> {
        let Table { slots, spare, .. } = &mut *self.table;
        let connection = slots.get_mut(id.slot)?.as_mut()?;
        if connection.id != id || connection.gone_at.is_some() {
            return None;
        }
        if self.touched.last() != Some(&id.slot) {
            self.touched.push(id.slot);
        }
        Some(Outbox::new(&mut connection.session, lend(&mut connection.outgoing, spare), self.watch))
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
