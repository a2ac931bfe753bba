//! The loop that drives a client's session: input, time, output, in that order.

use super::BUFFER;
use crate::clock::{Clock, Watch};
use crate::error::Error;
use crate::outbox::{Outbox, Outgoing};
use crate::socket::Socket;
use crate::transport::{Transport, tls_error};
use smpp_core::frame::FrameError;
use smpp_core::session::{CloseReason, Config, Event, Input, ProtocolError, Session, State};
use smpp_core::{Buffer, Instant};
use std::io::{self, ErrorKind};
use std::time::Duration;

/// A session on its connection: all of a client but what an event borrows.
#[derive(Debug)]
pub(super) struct Link<const WINDOW: usize> {
    pub(super) session: Session<WINDOW>,
    pub(super) transport: Transport<Socket>,
    pub(super) watch: Watch,
    pub(super) outgoing: Outgoing,
    /// When output was last written.
    written_at: Instant,
    /// How often in a row something was read although a timer was due.
    overdue: u8,
    pub(super) address: String,
    line: Line,
    /// What went wrong, for the error behind [`Event::Closed`].
    fault: Option<Fault>,
    reason: CloseReason,
}

/// What the connection is still good for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Line {
    /// Both directions.
    Open,
    /// Writing failed; what the peer wrote before is still to be read.
    Mute,
    /// The peer sends nothing more.
    Ended,
    /// Shut down by us.
    Shut,
}

/// What went wrong with the connection.
#[derive(Debug)]
enum Fault {
    Framing(FrameError),
    Line(io::Error),
}

/// What is there to report.
#[derive(Debug)]
pub(super) enum Step {
    /// A PDU, or octets that are none, at the front of the input.
    Input,
    Event(Event<'static>),
}

/// What a link waits for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    pub(super) read: bool,
    pub(super) write: bool,
    /// When the session wants to be called.
    pub(super) until: Option<Instant>,
}

/// So long after the last write, output is written although there is more input to work off.
const SLOW: Duration = Duration::from_millis(10);

/// So many reads may come before a timer that is due: what is in the system's buffer came before it.
const INDULGENCE: u8 = 64;

/// How long the last octets of a closed session may take to leave.
const FAREWELL: Duration = Duration::from_secs(1);

impl<const WINDOW: usize> Link<WINDOW> {
    pub(super) fn new(transport: Transport<Socket>, address: &str, config: Config, clock: Clock) -> Self {
        let config = Config { max_pdu: config.max_pdu.min(BUFFER), ..config };
        let watch = Watch::new(clock);
        Self {
            session: Session::esme(config, watch.now()),
            transport,
            watch,
            outgoing: Outgoing::with_capacity(BUFFER),
            written_at: watch.now(),
            overdue: 0,
            address: address.to_owned(),
            line: Line::Open,
            fault: None,
            reason: CloseReason::ConnectionLost,
        }
    }

    pub(super) fn outbox(&mut self) -> Outbox<'_, WINDOW> {
        Outbox::new(&mut self.session, &mut self.outgoing, &mut self.watch)
    }

    /// What a step leads to, and how many octets at the front of `input` the event borrows.
    pub(super) fn event<'i>(&mut self, step: Step, input: &'i [u8]) -> (Event<'i>, usize) {
        if let Step::Event(event) = step {
            return (event, 0);
        }
        match self.session.handle_input(self.watch.now(), input) {
            Ok(Input::Pdu { consumed, event }) => (event, consumed),
            Err(ProtocolError::Frame { error, .. }) => {
                self.fault = Some(Fault::Framing(error));
                // The peer is told, then the tickets end.
                match self.finish() {
                    Ok(Step::Event(event)) => (event, 0),
                    _ => (Event::Closed(CloseReason::FramingLost), 0),
                }
            }
            // `advance` saw a whole PDU and made room for answers, so this does not happen; it promises nothing.
            Ok(Input::Incomplete { .. } | Input::TransmitFirst) | Err(ProtocolError::Closed) => {
                (Event::Writable, 0)
            }
        }
    }

    /// Reads, writes and waits up to `timeout` until there is something to report.
    ///
    /// Responses that are already here come before time-outs; time-outs and what they cause before waiting.
    ///
    /// # Errors
    /// After [`Event::Closed`]: why the connection ended.
    pub(super) fn advance(
        &mut self,
        incoming: &mut Buffer<Vec<u8>>,
        timeout: Duration,
    ) -> Result<Option<Step>, Error> {
        let is_ready = self.session.is_ready(incoming.filled());
        let mut now = if is_ready { self.watch.glance() } else { self.watch.look() };
        if is_ready && now.since(self.written_at) > SLOW {
            // The answers that are ready do not wait for those behind them.
            self.transmit();
        }
        let end = now.after(timeout);
        let mut has_waited = false;
        loop {
            if self.session.state() == State::Closed {
                return self.finish().map(Some);
            }
            if !self.is_choked() && self.session.is_ready(incoming.filled()) {
                self.outgoing.pump(&mut self.session, now);
                return Ok(Some(Step::Input));
            }
            if self.line >= Line::Ended {
                let (octets, taken) = self.outgoing.unfinished();
                self.session.handle_closed(octets, taken);
                continue;
            }
            if self.is_due() && self.overdue < INDULGENCE && self.receive(incoming, Duration::ZERO) {
                self.overdue += 1;
                continue;
            }
            self.overdue = 0;
            self.session.handle_timeout(now);
            if self.session.state() == State::Closed {
                continue;
            }
            if let Some(event) = self.session.poll_event() {
                if let Event::TimedOut { ticket } = event {
                    self.outgoing.withdraw(ticket.sequence_number());
                }
                return Ok(Some(Step::Event(event)));
            }
            if has_waited && now >= end {
                return Ok(None);
            }
            self.transmit();
            // Room for answers may be what was wanting.
            if !self.session.is_ready(incoming.filled()) || self.is_choked() {
                let until = self.session.poll_timeout().map_or(end, |timer| timer.min(end));
                self.receive(incoming, until.since(now));
            }
            now = self.watch.look();
            has_waited = true;
        }
    }

    /// Whether a timer of the session has come.
    fn is_due(&self) -> bool {
        self.session.poll_timeout().is_some_and(|at| at <= self.watch.now())
    }

    /// Writes what waits, in one system call if the transport takes it.
    pub(super) fn transmit(&mut self) {
        self.written_at = self.watch.now();
        self.outgoing.pump(&mut self.session, self.written_at);
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

    /// Waits for the socket, then reads once. Gives whether that brought anything.
    fn receive(&mut self, incoming: &mut Buffer<Vec<u8>>, timeout: Duration) -> bool {
        let Wait { read, write, .. } = self.wait();
        let room = incoming.unfilled();
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
            Ok(0) => self.end(None),
            Ok(count) => incoming.advance(count),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(error) => self.end(Some(error)),
        }
        true
    }

    /// What there is to wait for.
    pub(super) fn wait(&self) -> Wait {
        let has_output = self.transport.wants_write() || !self.outgoing.is_empty();
        Wait {
            read: !self.is_choked(),
            write: self.line == Line::Open && has_output,
            until: self.session.poll_timeout(),
        }
    }

    /// Whether the peer does not read what it is sent. When nothing can be written any more, reading finds out why.
    fn is_choked(&self) -> bool {
        self.line == Line::Open && self.outgoing.is_choked()
    }

    /// Nobody will read or write any more.
    pub(super) fn hang_up(&mut self) {
        self.end(None);
    }

    /// Nothing more will come.
    fn end(&mut self, error: Option<io::Error>) {
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
        let deadline = self.watch.look().after(FAREWELL);
        loop {
            self.transmit();
            let left = self.watch.clock().until(deadline);
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
