//! The link of the core on a socket: what is written, read, and waited for.

use crate::clock::{CachedClock, Clock};
use crate::error::Error;
use crate::octets::{BUFFER, Octets};
use crate::socket::Socket;
use crate::transport::{Transport, tls_error};
use smpp_core::link::{Engine, Half, Outbox, Step, Until};
use smpp_core::session::{CloseReason, Config, Event, Session};
use smpp_core::{Buffer, Instant};
use std::io::{self, ErrorKind};
use std::time::Duration;

/// A session on its connection: all of a client but its input.
#[derive(Debug)]
pub(super) struct Link<const WINDOW: usize> {
    engine: Engine<WINDOW, Octets>,
    transport: Transport<Socket>,
    clock: CachedClock,
    pub(super) address: String,
    /// What went wrong with the line, for the error behind [`Event::Closed`].
    fault: Option<io::Error>,
    /// The first octets that are no PDU.
    no_pdu: Vec<u8>,
    was_bound: bool,
    is_shut: bool,
}

/// What a link waits for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    pub(super) read: bool,
    pub(super) write: bool,
    pub(super) until: Until,
}

/// So many octets that are no PDU are shown: two headers.
const SHOWN: usize = 32;

impl<const WINDOW: usize> Link<WINDOW> {
    pub(super) fn new(transport: Transport<Socket>, address: &str, config: Config, clock: Clock) -> Self {
        let config = Config { max_pdu: config.max_pdu.min(BUFFER), ..config };
        let clock = CachedClock::new(clock);
        Self {
            engine: Engine::new(Session::esme(config, clock.now()), Octets::default()),
            transport,
            clock,
            address: address.to_owned(),
            fault: None,
            no_pdu: Vec::new(),
            was_bound: false,
            is_shut: false,
        }
    }

    pub(super) fn session(&self) -> &Session<WINDOW> {
        self.engine.session()
    }

    pub(super) fn socket(&self) -> &Socket {
        self.transport.socket()
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock.clock()
    }

    pub(super) fn outbox(&mut self) -> Outbox<'_, WINDOW> {
        self.engine.outbox(&self.clock)
    }

    /// A bind will be in the queue: it holds a password.
    pub(super) fn keep_secret(&mut self) {
        if let Some(storage) = self.engine.transmit_storage() {
            storage.keep_secret();
        }
    }

    /// Reads, writes and waits up to `timeout` until there is an event. Without one, gives until when there is nothing to do but
    /// wait.
    ///
    /// # Errors
    /// After [`Event::Closed`]: why the connection ended.
    pub(super) fn advance(
        &mut self,
        incoming: &mut Buffer<Vec<u8>>,
        timeout: Duration,
    ) -> Result<Option<Until>, Error> {
        // A wait is computed from a fresh look: the application may have worked since.
        let is_ready = self.engine.is_ready(incoming.filled());
        let mut now = if is_ready { self.clock.refresh() } else { self.clock.look() };
        let end = now.after(timeout);
        let mut has_waited = false;
        loop {
            let step = self.engine.poll(now, incoming.filled());
            self.note_end(incoming.filled());
            let until = match step {
                Step::Event => return Ok(None),
                Step::Closed(reason) => return Err(self.end_error(reason)),
                Step::Io(until) => until,
            };
            if until != Until::Now && has_waited && now >= end {
                return Ok(Some(until));
            }
            if self.transmit() {
                // What that leads to comes before a wait.
                continue;
            }
            let left = end.since(now);
            if !self.receive(incoming, until.wait(now).map_or(left, |wait| wait.min(left))) {
                self.engine.idle();
            }
            has_waited |= until != Until::Now;
            now = self.clock.look();
        }
    }

    /// The event that was announced, how many octets at the front of `input` it borrows, and the outbox.
    pub(super) fn event<'i>(&mut self, input: &'i [u8]) -> (Event<'i>, usize, Outbox<'_, WINDOW>) {
        let (event, consumed, outbox) = self.engine.event(input, &self.clock);
        self.was_bound |= matches!(event, Event::Bound { .. });
        (event, consumed, outbox)
    }

    /// Writes what waits, and what the session owes by itself.
    pub(super) fn flush(&mut self) {
        self.engine.pump(self.clock.now());
        self.transmit();
    }

    /// Writes what waits, in one system call if the transport takes it. Whether anything went.
    fn transmit(&mut self) -> bool {
        let mut has_written = false;
        while !self.engine.output().is_empty() {
            match self.transport.write(self.engine.output()) {
                Ok(count) => {
                    self.engine.wrote(count);
                    has_written = true;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => self.end(Half::Write, error),
            }
        }
        self.note_held();
        has_written
    }

    /// Waits for the socket, then reads once. Whether that brought anything.
    fn receive(&mut self, incoming: &mut Buffer<Vec<u8>>, timeout: Duration) -> bool {
        let has_read = self.read(incoming, timeout);
        self.note_held();
        has_read
    }

    fn read(&mut self, incoming: &mut Buffer<Vec<u8>>, timeout: Duration) -> bool {
        let Wait { read, write, .. } = self.wait(Until::Now);
        let room = incoming.unfilled();
        let read = read && !room.is_empty();
        let outcome = if read && !write && !self.transport.is_secure() {
            self.transport.socket_mut().read_within(room, timeout)
        } else if read && self.transport.has_plaintext() {
            self.transport.read(room)
        } else {
            match self.transport.socket().wait(read, write, timeout) {
                Ok(ready) => {
                    if ready.write {
                        // What TLS still holds; an error shows in the next write or read.
                        let _ = self.transport.flush();
                    }
                    if ready.read { self.transport.read(room) } else { return false }
                }
                Err(error) => Err(error),
            }
        };
        match outcome {
            Ok(0) => self.engine.end(Half::Read),
            Ok(count) => incoming.advance(count),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(error) => self.end(Half::Read, error),
        }
        true
    }

    /// Whether TLS holds octets that it took.
    fn note_held(&mut self) {
        if self.transport.wants_write() {
            self.engine.unflushed();
        } else {
            self.engine.flushed();
        }
    }

    /// What there is to wait for.
    pub(super) fn wait(&self, until: Until) -> Wait {
        Wait { read: self.engine.wants_read(), write: self.engine.wants_write(), until }
    }

    /// When the session wants to be called.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.engine.session().poll_timeout()
    }

    /// Nobody will read or write any more.
    pub(super) fn hang_up(&mut self) {
        self.engine.end(Half::Read);
    }

    fn end(&mut self, half: Half, error: io::Error) {
        self.engine.end(half);
        self.fault.get_or_insert(error);
    }

    /// Once nothing is read or written any more, the connection is closed.
    fn note_end(&mut self, input: &[u8]) {
        if self.engine.framing_error().is_some() && self.no_pdu.is_empty() {
            self.no_pdu = input[..input.len().min(SHOWN)].to_vec();
        }
        if self.engine.is_shut() && !self.is_shut {
            self.is_shut = true;
            self.transport.close();
            // A connection that is gone already cannot be shut down; that is no news.
            let _ = self.transport.socket().shutdown();
        }
    }

    /// Why the connection ended.
    pub(super) fn end_error(&mut self, reason: CloseReason) -> Error {
        let (address, was_bound) = (self.address.clone(), self.was_bound);
        if let Some(cause) = self.engine.framing_error() {
            return Error::Protocol { address, cause, octets: std::mem::take(&mut self.no_pdu), was_bound };
        }
        match (self.fault.take(), reason) {
            (Some(cause), CloseReason::ConnectionLost) => match tls_error(&cause) {
                // In TLS 1.3 a server judges a client certificate only behind the client's handshake.
                Some(cause) => Error::Tls { address, cause },
                None => Error::Line { address, cause },
            },
            (_, reason) => Error::Closed { address, reason, was_bound },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smpp_core::link::Storage;
    use smpp_core::pdu::BindTransmitter;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn a_password_is_in_no_queue_any_more_once_it_has_left() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let _far = listener.accept().unwrap();
        let transport = Transport::new(Socket::new(stream).unwrap(), None);
        let mut link = Link::<1>::new(transport, "there", Config::default(), Clock::new());
        link.keep_secret();
        link.outbox().bind(&BindTransmitter { password: "planted".into(), ..Default::default() }).unwrap();
        let is_there = |octets: &[u8]| octets.windows(7).any(|octets| octets == b"planted");
        assert!(is_there(link.engine.output()));
        while !link.engine.output().is_empty() {
            link.flush();
        }
        let storage = link.engine.transmit_storage().unwrap();
        assert!(!is_there(storage.as_ref()) && storage.as_ref().len() == BUFFER);
        storage.grow(BUFFER + 1);
        assert_eq!(storage.as_ref().len(), 2 * BUFFER);
        storage.emptied();
        assert_eq!(storage.as_ref().len(), BUFFER, "it gives back what it grew by");
    }
}
