//! The blocking client over a line in memory that takes and gives few octets at a time, is not ready, fails and ends, on a
//! clock that goes on by a millisecond with each look.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write};
use smpp_core::Instant;
use smpp_core::link::Clock;
use smpp_core::pdu::{BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm, encode};
use smpp_core::session::{CloseReason, Config, Event, SendError};
use smpp_core::types::{Address, CommandStatus, InterfaceVersion};
use smpp_embassy::blocking::Client;
use smpp_embassy::{Buffers, Error};
use smpp_embassy_testing::{MessageCentre, Peer};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// A line with a message centre behind it.
#[derive(Default)]
struct State {
    centre: MessageCentre,
    written: Vec<u8>,
    to_read: VecDeque<u8>,
    /// The most octets that one read gives or one write takes.
    chunk: usize,
    /// So often there is nothing to read yet, each time that there is.
    hesitations: usize,
    hesitated: usize,
    is_closed: bool,
    fails_in_writing: bool,
    flushes: usize,
}

#[derive(Clone)]
struct Line(Rc<RefCell<State>>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct LineError;

impl std::fmt::Display for LineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the line failed as the test wanted")
    }
}

impl std::error::Error for LineError {}

impl embedded_io::Error for LineError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::ConnectionReset
    }
}

impl ErrorType for Line {
    type Error = LineError;
}

impl ReadReady for Line {
    fn read_ready(&mut self) -> Result<bool, LineError> {
        let mut state = self.0.borrow_mut();
        let is_there = !state.to_read.is_empty() || state.is_closed;
        if is_there && state.hesitated < state.hesitations {
            state.hesitated += 1;
            return Ok(false);
        }
        state.hesitated = 0;
        Ok(is_there)
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, LineError> {
        let mut state = self.0.borrow_mut();
        assert!(
            !buffer.is_empty() && (state.is_closed || !state.to_read.is_empty()),
            "it would block for ever"
        );
        let count = buffer.len().min(state.to_read.len()).min(state.chunk);
        buffer.iter_mut().zip(state.to_read.drain(..count)).for_each(|(place, octet)| *place = octet);
        Ok(count)
    }
}

impl Write for Line {
    fn write(&mut self, octets: &[u8]) -> Result<usize, LineError> {
        let mut state = self.0.borrow_mut();
        if state.fails_in_writing {
            return Err(LineError);
        }
        let octets = &octets[..octets.len().min(state.chunk)];
        state.written.extend(octets);
        let mut answer = Vec::new();
        state.centre.handle(octets, &mut answer);
        state.to_read.extend(answer);
        Ok(octets.len())
    }

    fn flush(&mut self) -> Result<(), LineError> {
        self.0.borrow_mut().flushes += 1;
        Ok(())
    }
}

/// A millisecond further with each look.
#[derive(Default)]
struct Ticking(AtomicU64);

impl Clock for &Ticking {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

impl Ticking {
    fn millis(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

type TestClient<'t> = Client<'static, Line, &'t Ticking, 4>;

/// A line of this kind and a client on it, with time-outs of 7 seconds.
fn client(chunk: usize, hesitations: usize, clock: &Ticking) -> (Line, TestClient<'_>) {
    let line = Line(Rc::new(RefCell::new(State { chunk, hesitations, ..State::default() })));
    let buffers = Buffers { receive: vec![0; 400].leak(), transmit: vec![0; 400].leak() };
    let config = Config { response_timeout: Duration::from_secs(7), ..Config::default() };
    (line.clone(), Client::new(line, clock, buffers, config))
}

fn bind() -> BindTransceiver<'static> {
    BindTransceiver {
        system_id: "me".into(),
        interface_version: InterfaceVersion::V3_4,
        ..BindTransceiver::default()
    }
}

fn submit_sm(text: &[u8]) -> SubmitSm<'_> {
    let destination = Address::international("4915112345678");
    SubmitSm { destination, short_message: text, ..SubmitSm::default() }
}

fn deliver_sm(number: u32) -> Vec<u8> {
    let mut octets = vec![0; 100];
    let pdu = DeliverSm { short_message: b"hello", ..DeliverSm::default() };
    let len = encode(&pdu, CommandStatus::ESME_ROK, number, &mut octets).unwrap();
    octets.truncate(len);
    octets
}

#[test]
fn texts_go_out_and_in_over_lines_that_take_and_give_little_and_are_not_ready() {
    for (chunk, hesitations) in [(usize::MAX, 0), (1, 0), (1, 3), (7, 2)] {
        let clock = Ticking::default();
        let (line, mut client) = client(chunk, hesitations, &clock);
        let bound = client.bind_transceiver(&bind()).unwrap();
        assert_eq!((bound.system_id.to_string(), bound.version), ("mc".to_owned(), InterfaceVersion::V3_4));

        line.0.borrow_mut().to_read.extend(deliver_sm(1));
        let mut deliveries = 0;
        for id in ["1", "2", "3"] {
            let got = client.submit(&submit_sm(b"hi"), |event, mut outbox| {
                let Event::Request { reply_to, .. } = event else { panic!("{event:?}") };
                outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
                deliveries += 1;
            });
            assert_eq!(got.unwrap().to_string(), id);
        }
        assert_eq!(deliveries, 1);
        assert_eq!(client.unbind(|_, _| ()), Ok(CloseReason::Unbound));
        assert!(line.0.borrow().flushes > 0);
        let events = line.0.borrow().centre.events.join("\n");
        assert_eq!(events.matches("{ command: submit_sm,").count(), 3, "{events}");
        assert!(
            client.next_event(Duration::MAX).is_err_and(|error| error == Error::Closed(CloseReason::Unbound))
        );
    }
}

#[test]
fn a_wait_ends_when_its_time_is_over_and_none_at_all_does_what_can_be_done() {
    let clock = Ticking::default();
    let (line, mut client) = client(usize::MAX, 0, &clock);
    client.bind_transceiver(&bind()).unwrap();
    let start = clock.millis();
    assert!(client.next_event(Duration::from_secs(3)).unwrap().is_none());
    assert!((3_000..3_020).contains(&(clock.millis() - start)), "{}", clock.millis() - start);

    let start = clock.millis();
    assert!(client.next_event(Duration::ZERO).unwrap().is_none());
    line.0.borrow_mut().to_read.extend(deliver_sm(1));
    assert!(matches!(client.next_event(Duration::ZERO), Ok(Some((Event::Request { .. }, _)))));
    let ticket = client.send(&submit_sm(b"hi")).unwrap();
    let answer = client.next_event(Duration::ZERO).unwrap().unwrap().0;
    assert!(matches!(answer, Event::Response { ticket: answered, .. } if answered == ticket), "{answer:?}");
    assert!(clock.millis() - start < 40, "{}", clock.millis() - start);
}

#[test]
fn a_silent_peer_costs_the_response_time_then_the_link() {
    let clock = Ticking::default();
    let (line, mut client) = client(usize::MAX, 0, &clock);
    client.bind_transceiver(&bind()).unwrap();
    line.0.borrow_mut().centre.is_silent = true;
    let start = clock.millis();
    assert_eq!(client.submit(&submit_sm(b"hi"), |_, _| ()), Err(Error::TimedOut));
    assert!((7_000..7_020).contains(&(clock.millis() - start)), "{}", clock.millis() - start);
    let event = client.next_event(Duration::MAX).unwrap().unwrap().0;
    assert_eq!(event, Event::Closed(CloseReason::LinkLost));
}

#[test]
fn a_response_that_is_there_comes_before_its_time_out() {
    let clock = Ticking::default();
    let (_, mut client) = client(usize::MAX, 0, &clock);
    client.bind_transceiver(&bind()).unwrap();
    let ticket = client.send(&submit_sm(b"hi")).unwrap();
    assert!(client.flush());
    clock.0.fetch_add(10_000, Ordering::Relaxed);
    let event = client.next_event(Duration::MAX).unwrap().unwrap().0;
    assert!(matches!(event, Event::Response { ticket: answered, .. } if answered == ticket), "{event:?}");
}

#[test]
fn a_line_that_ends_or_fails_ends_each_ticket_once_and_says_why() {
    for fails_in_writing in [false, true] {
        let clock = Ticking::default();
        let (line, mut client) = client(usize::MAX, 0, &clock);
        client.bind_transceiver(&bind()).unwrap();
        line.0.borrow_mut().centre.is_silent = true;
        let answered = client.send(&submit_sm(b"one")).unwrap();
        assert!(client.flush());
        line.0.borrow_mut().is_closed = true;
        line.0.borrow_mut().fails_in_writing = fails_in_writing;
        let unwritten = client.send(&submit_sm(b"two")).unwrap();
        let mut ended = Vec::new();
        let error = loop {
            match client.next_event(Duration::MAX) {
                Ok(event) => match event.unwrap().0 {
                    Event::Abandoned { ticket, written } => ended.push((ticket, written)),
                    other => assert_eq!(other, Event::Closed(CloseReason::ConnectionLost)),
                },
                Err(error) => break error,
            }
        };
        assert_eq!(ended, [(answered, true), (unwritten, !fails_in_writing)]);
        let closed = Error::Closed(CloseReason::ConnectionLost);
        assert_eq!(error, if fails_in_writing { Error::Transport(LineError) } else { closed });
        assert_eq!(client.send(&submit_sm(b"three")), Err(SendError::Closed));
    }
}

#[test]
fn a_submit_waits_for_room_in_the_queue_and_in_the_window() {
    let clock = Ticking::default();
    let (_, mut client) = client(1, 0, &clock);
    client.bind_transceiver(&bind()).unwrap();
    for _ in 0..4 {
        client.send(&submit_sm(&[b'x'; 20])).unwrap();
    }
    let mut answered = 0;
    let id = client.submit(&submit_sm(&[b'x'; 200]), |_, _| answered += 1).unwrap().to_string();
    assert_eq!((id.as_str(), answered), ("5", 4));
}
