//! The loop that drives a client's session: input, time, output, in that order.

use super::{Client, Fault, Line, Step};
use crate::error::Error;
use crate::transport::tls_error;
use smpp_core::session::{CloseReason, Event, State};
use std::io::ErrorKind;
use std::time::Duration;

/// More than this waiting to be written means that the peer does not read: then nothing is read from it either.
const BACKLOG: usize = 256 * 1024;

/// How long the last octets of a closed session may take to leave.
const FAREWELL: Duration = Duration::from_secs(1);

impl<const WINDOW: usize> Client<WINDOW> {
    /// Reads, writes and waits until there is something to report.
    ///
    /// Responses that are already here come before time-outs; time-outs and what they cause before waiting.
    pub(super) fn advance(&mut self, timeout: Duration) -> Result<Step, Error> {
        self.now = self.clock.now();
        let end = self.now.after(timeout);
        let mut has_waited = false;
        loop {
            if self.session.state() == State::Closed {
                return self.finish();
            }
            if !self.is_choked() && self.session.is_ready(self.incoming.filled()) {
                self.outgoing.pump(&mut self.session, self.now);
                return Ok(Step::Input);
            }
            if self.line >= Line::Ended {
                let (octets, taken) = self.outgoing.unfinished();
                self.session.handle_closed(octets, taken);
                continue;
            }
            self.session.handle_timeout(self.now);
            if self.session.state() == State::Closed {
                continue;
            }
            if let Some(event) = self.session.poll_event() {
                return Ok(Step::Event(event));
            }
            if has_waited && self.now >= end {
                return Ok(Step::TimeIsOver);
            }
            self.transmit();
            let until = self.session.poll_timeout().map_or(end, |timer| timer.min(end));
            self.receive(until.since(self.now));
            self.now = self.clock.now();
            has_waited = true;
        }
    }

    /// Writes what waits, in one system call if the transport takes it.
    pub(super) fn transmit(&mut self) {
        self.outgoing.pump(&mut self.session, self.now);
        self.outgoing.approve();
        while self.line == Line::Open && !self.outgoing.is_empty() {
            match self.transport.write(self.outgoing.pending()) {
                Ok(count) => self.outgoing.take(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => {
                    self.line = Line::Mute;
                    self.fault = Some(Fault::Line(error));
                }
            }
        }
    }

    /// Waits for the socket, then reads once.
    fn receive(&mut self, timeout: Duration) {
        let may_read = !self.is_choked();
        let has_output = self.transport.wants_write() || !self.outgoing.is_empty();
        let writes = self.line == Line::Open && has_output;
        let room = self.incoming.unfilled();
        let read = if may_read && !writes && !self.transport.is_secure() {
            self.transport.socket_mut().read_within(room, timeout)
        } else if may_read && self.transport.has_plaintext() {
            self.transport.read(room)
        } else {
            match self.transport.socket().wait(may_read, writes, timeout) {
                Ok(ready) => {
                    if ready.write {
                        // What TLS still holds; an error shows in the next write or read.
                        let _ = self.transport.flush();
                    }
                    if ready.read { self.transport.read(room) } else { return }
                }
                Err(error) => Err(error),
            }
        };
        match read {
            Ok(0) => self.end(None),
            Ok(count) => self.incoming.advance(count),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => self.end(Some(error)),
        }
    }

    /// Whether the peer does not read what it is sent. When nothing can be written any more, reading finds out why.
    fn is_choked(&self) -> bool {
        self.line == Line::Open && self.outgoing.unfinished().0.len() > BACKLOG
    }

    /// Nothing more will come.
    fn end(&mut self, error: Option<std::io::Error>) {
        self.line = self.line.max(Line::Ended);
        if let (None, Some(error)) = (&self.fault, error) {
            self.fault = Some(Fault::Line(error));
        }
    }

    /// A closed session: its last octets leave, the connection is closed, and its tickets end.
    fn finish(&mut self) -> Result<Step, Error> {
        if self.line != Line::Shut {
            self.say_farewell();
            let (octets, taken) = self.outgoing.unfinished();
            self.session.handle_closed(octets, taken);
            self.transport.close();
            // A connection that is gone already cannot be shut down; that is no news.
            let _ = self.transport.socket().shutdown();
            self.line = Line::Shut;
        }
        match self.session.poll_event() {
            Some(event) => {
                if let Event::Closed(reason) = event {
                    self.reason = reason;
                }
                Ok(Step::Event(event))
            }
            None => Err(self.end_error()),
        }
    }

    fn say_farewell(&mut self) {
        let deadline = self.clock.now().after(FAREWELL);
        loop {
            self.transmit();
            let left = self.clock.until(deadline);
            let is_done = self.outgoing.is_empty() && !self.transport.wants_write();
            if is_done || self.line != Line::Open || left.is_zero() {
                return;
            }
            if self.transport.socket().wait(false, true, left).is_err() {
                return;
            }
            // An error shows in the next write.
            let _ = self.transport.flush();
        }
    }

    /// Why the connection ended.
    pub(super) fn end_error(&mut self) -> Error {
        let address = self.address.clone();
        match (self.fault.take(), self.reason) {
            (Some(Fault::Framing(cause)), _) => Error::Protocol { address, cause },
            (Some(Fault::Line(cause)), CloseReason::ConnectionLost) => match tls_error(&cause) {
                // In TLS 1.3 a server judges a client certificate only behind the client's handshake.
                Some(cause) => Error::Tls { address, cause },
                None => Error::Line { address, cause },
            },
            (_, reason) => Error::Closed { address, reason },
        }
    }
}
