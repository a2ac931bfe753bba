//! The suite of scripts that every client passes, over the async client and the blocking one.

#[path = "../../smpp-core/tests/adapters/peer.rs"]
mod peer;
#[path = "../../smpp-core/tests/adapters/suite.rs"]
mod suite;

use core::fmt;
use core::future::poll_fn;
use core::sync::atomic::{AtomicU64, Ordering};
use core::task::{Poll, Waker};
use core::time::Duration;
use embedded_io_async::ErrorKind;
use peer::{Act, Peer};
use smpp_core::Instant;
use smpp_core::link::Clock;
use smpp_core::pdu::{BindTransceiver, DeliverSmResp, SubmitSm};
use smpp_core::session::{CloseReason, Config, ReplyTo, SendError, Ticket};
use smpp_core::types::CommandStatus;
use smpp_embassy::{Buffers, Client, Error, blocking};
use smpp_embassy_testing::block_on;
use std::cell::RefCell;
use std::rc::Rc;
use suite::{Adapter, BindError, Script, Seen, scripts};

/// The line to the peer of a script, in memory. Clones are the same line.
#[derive(Clone)]
struct Line(Rc<RefCell<Inner>>);

struct Inner {
    peer: Peer,
    /// What the peer wrote in one piece and nobody read yet.
    to_read: Vec<u8>,
    has_ended: bool,
    is_closed: bool,
    reader: Option<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the peer closed the connection")
    }
}

impl core::error::Error for Gone {}

impl embedded_io_async::Error for Gone {
    fn kind(&self) -> ErrorKind {
        ErrorKind::ConnectionReset
    }
}

impl Line {
    fn to(script: &Script) -> Self {
        Self::with(script.peer())
    }

    fn with(peer: Peer) -> Self {
        let inner = Inner { peer, to_read: Vec::new(), has_ended: false, is_closed: false, reader: None };
        Self(Rc::new(RefCell::new(inner)))
    }
}

impl Inner {
    /// Whether a read would not wait.
    fn is_ready(&mut self) -> bool {
        while self.to_read.is_empty() && !self.is_closed {
            match self.peer.next() {
                Act::Write(octets) => self.to_read = octets,
                Act::Read => break,
                Act::End => self.has_ended = true,
                Act::Close => (self.has_ended, self.is_closed) = (true, true),
            }
        }
        !self.to_read.is_empty() || self.has_ended
    }

    fn read(&mut self, buffer: &mut [u8]) -> usize {
        assert!(!buffer.is_empty(), "a read into nothing looks like the end of the line");
        let count = buffer.len().min(self.to_read.len());
        buffer[..count].copy_from_slice(&self.to_read[..count]);
        self.to_read.drain(..count);
        count
    }

    fn write(&mut self, octets: &[u8]) -> Result<usize, Gone> {
        if self.is_closed {
            return Err(Gone);
        }
        self.peer.receive(octets);
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Ok(octets.len())
    }
}

impl embedded_io_async::ErrorType for Line {
    type Error = Gone;
}

impl embedded_io_async::Read for Line {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Gone> {
        poll_fn(|context| {
            let mut inner = self.0.borrow_mut();
            if inner.is_ready() {
                return Poll::Ready(Ok(inner.read(buffer)));
            }
            inner.reader = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl embedded_io_async::Write for Line {
    async fn write(&mut self, octets: &[u8]) -> Result<usize, Gone> {
        self.0.borrow_mut().write(octets)
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        Ok(())
    }
}

impl embedded_io::ReadReady for Line {
    fn read_ready(&mut self) -> Result<bool, Gone> {
        Ok(self.0.borrow_mut().is_ready())
    }
}

impl embedded_io::Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Gone> {
        Ok(self.0.borrow_mut().read(buffer))
    }
}

impl embedded_io::Write for Line {
    fn write(&mut self, octets: &[u8]) -> Result<usize, Gone> {
        self.0.borrow_mut().write(octets)
    }

    fn flush(&mut self) -> Result<(), Gone> {
        Ok(())
    }
}

fn bind_error(error: Error<Gone>) -> BindError {
    match error {
        Error::BindRefused { status } => BindError::Refused(status),
        Error::WrongBindResponse { response } => BindError::AnsweredBy(response.to_string()),
        Error::Closed(reason) => BindError::Closed(reason),
        Error::Protocol(_) => BindError::Closed(CloseReason::FramingLost),
        Error::Transport(_) => BindError::Closed(CloseReason::ConnectionLost),
        other => panic!("{other}"),
    }
}

impl Adapter for Client<'_, Line, 10> {
    fn bind(&mut self, bind: &BindTransceiver<'_>) -> Result<(), BindError> {
        block_on(self.bind_transceiver(bind)).map(drop).map_err(bind_error)
    }

    fn send(&mut self, message: &SubmitSm<'_>) -> Result<Ticket, SendError> {
        Self::send(self, message)
    }

    fn respond(&mut self, to: ReplyTo) -> Result<(), SendError> {
        self.outbox().respond(to, &DeliverSmResp::default())
    }

    fn reject(&mut self, to: ReplyTo, status: CommandStatus) -> Result<(), SendError> {
        self.outbox().reject(to, status)
    }

    fn wait(&mut self, seen: &mut Seen) {
        let (event, _) = block_on(self.next_event()).unwrap();
        seen.note(&event);
    }

    fn unbind(&mut self, seen: &mut Seen) -> CloseReason {
        let reason = block_on(Self::unbind(self, |event, _| seen.note(&event))).unwrap();
        if seen.ended().is_none() {
            seen.end(reason);
        }
        reason
    }
}

/// A millisecond further with each look.
#[derive(Default)]
struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.fetch_add(1000, Ordering::Relaxed))
    }
}

impl Adapter for blocking::Client<'_, Line, Ticking, 10> {
    fn bind(&mut self, bind: &BindTransceiver<'_>) -> Result<(), BindError> {
        self.bind_transceiver(bind).map(drop).map_err(bind_error)
    }

    fn send(&mut self, message: &SubmitSm<'_>) -> Result<Ticket, SendError> {
        Self::send(self, message)
    }

    fn respond(&mut self, to: ReplyTo) -> Result<(), SendError> {
        self.outbox().respond(to, &DeliverSmResp::default())
    }

    fn reject(&mut self, to: ReplyTo, status: CommandStatus) -> Result<(), SendError> {
        self.outbox().reject(to, status)
    }

    fn wait(&mut self, seen: &mut Seen) {
        let (event, _) = self.next_event(Duration::from_secs(600)).unwrap().expect("an event, in time");
        seen.note(&event);
    }

    fn unbind(&mut self, seen: &mut Seen) -> CloseReason {
        let reason = Self::unbind(self, |event, _| seen.note(&event)).unwrap();
        if seen.ended().is_none() {
            seen.end(reason);
        }
        reason
    }
}

#[test]
fn the_async_client_passes_the_suite() {
    for script in scripts() {
        let line = Line::to(&script);
        let (mut receive, mut transmit) = ([0; 400], [0; 400]);
        let buffers = Buffers { receive: &mut receive, transmit: &mut transmit };
        script.run(&mut Client::new(line.clone(), buffers, script.config));
        line.0.borrow_mut().peer.finish();
    }
}

#[test]
fn the_blocking_client_passes_the_suite() {
    for script in scripts() {
        let line = Line::to(&script);
        let (mut receive, mut transmit) = ([0; 400], [0; 400]);
        let buffers = Buffers { receive: &mut receive, transmit: &mut transmit };
        script.run(&mut blocking::Client::new(line.clone(), Ticking::default(), buffers, script.config));
        line.0.borrow_mut().peer.finish();
    }
}

/// A line to a peer that closes it behind the first message.
fn soon_closed() -> Line {
    let steps = ["< bind_transceiver", "> bind_transceiver_resp", "< submit_sm", "close"];
    Line::with(Peer::new("soon closed", &steps, false))
}

#[test]
fn a_message_that_waits_for_room_is_told_why_the_connection_ended() {
    let config = Config { window: 1, ..Config::default() };
    let ended = Err(Error::Closed(CloseReason::ConnectionLost));
    let message = SubmitSm::default();
    let (mut receive, mut transmit) = ([0; 400], [0; 400]);
    let buffers = Buffers { receive: &mut receive, transmit: &mut transmit };
    let mut client = Client::<_, 10>::new(soon_closed(), buffers, config);
    Adapter::bind(&mut client, &BindTransceiver::default()).unwrap();
    client.send(&message).unwrap();
    assert_eq!(block_on(client.submit(&message, |_, _| ())), ended, "the async client");
    let (mut receive, mut transmit) = ([0; 400], [0; 400]);
    let buffers = Buffers { receive: &mut receive, transmit: &mut transmit };
    let mut client = blocking::Client::<_, _, 10>::new(soon_closed(), Ticking::default(), buffers, config);
    Adapter::bind(&mut client, &BindTransceiver::default()).unwrap();
    client.send(&message).unwrap();
    assert_eq!(client.submit(&message, |_, _| ()), ended, "the blocking client");
}
