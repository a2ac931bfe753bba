//! Octets that no peer would send, at a bound session in either role: it loses no ticket, answers no response, and never
//! stands still.

use crate::random::Random;
use smpp_core::Instant;
use smpp_core::frame::{Frame, Header, MAX_PDU, Split};
use smpp_core::pdu::{DeliverSm, SubmitSm, encode, encode_header};
use smpp_core::session::{Config, Event, Input, Role, Session, Snapshot, State};
use smpp_core::types::{CommandId, CommandStatus, InterfaceVersion};
use std::collections::HashSet;

type Machine = Session<8>;

/// A stream of whole PDUs of many kinds, some of them damaged.
pub(crate) fn stream(random: &mut Random) -> Vec<u8> {
    let mut stream = Vec::new();
    for _ in 0..random.below(12) {
        let mut out = [0; 128];
        let id = CommandId::NAMED[random.below(CommandId::NAMED.len() as u32) as usize];
        let number = random.below(10);
        let status = CommandStatus(if random.below(2) == 0 { 0 } else { random.below(0x60) });
        let len = match id {
            CommandId::SUBMIT_SM => encode(&SubmitSm::default(), status, number, &mut out).unwrap(),
            CommandId::DELIVER_SM => encode(&DeliverSm::default(), status, number, &mut out).unwrap(),
            _ => encode_header(id, status, number, &mut out).unwrap(),
        };
        stream.extend_from_slice(&out[..len]);
    }
    for _ in 0..random.below(4) {
        let at = random.below(stream.len().max(1) as u32) as usize;
        if let Some(octet) = stream.get_mut(at) {
            *octet ^= 1 << random.below(8);
        }
    }
    if random.below(10) == 0 {
        stream.truncate(random.below(stream.len().max(1) as u32) as usize);
    }
    stream
}

/// What a session did with a stream.
#[derive(Default)]
struct Ledger {
    open: HashSet<u32>,
    requests_read: usize,
    closed: usize,
}

impl Ledger {
    fn note(&mut self, event: &Event<'_>) {
        match event {
            Event::Response { ticket, .. } | Event::TimedOut { ticket } | Event::Abandoned { ticket, .. } => {
                assert!(self.open.remove(&ticket.sequence_number()), "a ticket ended twice");
            }
            Event::Closed(_) => self.closed += 1,
            _ => {}
        }
    }
}

fn play(session: &mut Machine, stream: &[u8], books: &mut Ledger, random: &mut Random) {
    let now = Instant::from_millis(2000);
    let mut answers = 0;
    let (mut from, mut to) = (0, 0);
    loop {
        let mut out = [0; 48];
        while let Some(len) = session.poll_transmit(now, &mut out) {
            for pdu in out[..len].chunks(16) {
                let Ok(Split::Frame(frame)) = Frame::split(pdu, MAX_PDU) else { panic!("not a PDU") };
                answers += usize::from(frame.header.command_id.is_response());
            }
        }
        while let Some(event) = session.poll_event() {
            books.note(&event);
        }
        if session.is_ready(&stream[from..to]) {
            let is_request =
                Header::read(&stream[from..to]).is_none_or(|header| !header.command_id.is_response());
            match session.handle_input(now, &stream[from..to]) {
                Ok(Input::Pdu { consumed, event }) => {
                    assert!(consumed > 0 && consumed <= to - from);
                    books.requests_read +=
                        usize::from(is_request && !matches!(event, Event::Discarded { .. }));
                    books.note(&event);
                    from += consumed;
                }
                Ok(Input::TransmitFirst) => assert!(session.has_transmit()),
                Ok(Input::Incomplete { .. }) => panic!("is_ready said otherwise"),
                Err(_) => {
                    books.requests_read += 1;
                    from = stream.len();
                    to = from;
                }
            }
        } else if to < stream.len() {
            to = (to + 1 + random.below(40) as usize).min(stream.len());
        } else {
            break;
        }
    }
    assert!(answers <= books.requests_read, "a response was answered");
}

#[test]
fn noise_loses_no_ticket_and_gets_no_answer_to_a_response() {
    let mut random = Random(0x5EED);
    let mut closed_by_noise = 0;
    for round in 0..20_000u32 {
        let role = if round % 2 == 0 { Role::Esme } else { Role::Mc };
        let (state, version) = (State::BoundTrx, InterfaceVersion::V3_4);
        let snapshot = Snapshot { role, state, version, sequence_number: 0, unanswered: 0 };
        let config = Config { max_pdu: 64, ..Config::default() };
        let now = Instant::from_millis(1000);
        let mut session = Machine::resume(config, now, snapshot);
        let mut books = Ledger::default();
        let mut out = [0; 64];
        for _ in 0..random.below(9) {
            let ticket = match role {
                Role::Esme => session.send(now, &SubmitSm::default(), &mut out),
                Role::Mc => session.send(now, &DeliverSm::default(), &mut out),
            };
            books.open.insert(ticket.unwrap().0.sequence_number());
        }
        let stream = stream(&mut random);
        play(&mut session, &stream, &mut books, &mut random);
        closed_by_noise += books.closed;
        session.handle_closed(&[], 0);
        while let Some(event) = session.poll_event() {
            books.note(&event);
        }
        assert!(books.open.is_empty(), "a ticket never ended");
        assert_eq!(books.closed, 1);
    }
    assert!((1_000..19_000).contains(&closed_by_noise), "{closed_by_noise}: too tame or too wild");
}
