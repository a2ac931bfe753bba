//! A link against its session driven by hand, with a list of PDUs for a queue: the same events in the same order, the same
//! octets on the line, whatever comes and goes and when.

use crate::support::{Growing, Line, WINDOW, bound, deliver, header, pdu, submit};
use proptest::prelude::*;
use smpp_core::Instant;
use smpp_core::link::{Half, Step};
use smpp_core::pdu::{DeliverSm, DeliverSmResp, SubmitSmResp};
use smpp_core::session::{Config, Event, Input, ReplyTo, Role, SendError, Session, State};
use smpp_core::types::CommandId;
use std::time::Duration;

/// What happens before the link is driven on.
#[derive(Clone, Debug)]
enum Act {
    Send(usize),
    /// The oldest request of the peer is answered.
    Answer,
    EnquireLink,
    Unbind,
    /// A request of the peer, or an answer to the request of ours with this number.
    Arrive(u8, u32),
    Garbage,
    /// So many octets of what arrives next are not here yet.
    HoldBack(usize),
    /// The line takes so many octets more.
    Take(usize),
    Pass(u64),
    End(Half),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0usize..100).prop_map(Act::Send),
        3 => Just(Act::Answer),
        1 => Just(Act::EnquireLink),
        6 => (0u8..4, 1u32..12).prop_map(|(kind, number)| Act::Arrive(kind, number)),
        2 => (1usize..60).prop_map(Act::HoldBack),
        6 => (0usize..120).prop_map(Act::Take),
        2 => Just(Act::Take(100_000)),
        4 => (1u64..12_000).prop_map(Act::Pass),
    ]
}

/// How a script ends, if it does not just stop.
fn last() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Unbind),
        Just(Act::Garbage),
        Just(Act::End(Half::Read)),
        Just(Act::End(Half::Write)),
        Just(Act::Take(0)),
    ]
}

/// The session driven by hand.
struct Model {
    session: Session<WINDOW>,
    now: Instant,
    input: Vec<u8>,
    arriving: Vec<u8>,
    pdus: Vec<Vec<u8>>,
    taken: usize,
    takes: usize,
    written: Vec<u8>,
    offered_at: Instant,
    farewell: Option<Instant>,
    is_mute: bool,
    has_ended: bool,
    is_shut: bool,
    told: Vec<String>,
    pending: Vec<ReplyTo>,
}

impl Model {
    fn put<V>(
        &mut self,
        write: impl FnOnce(&mut Session<WINDOW>, Instant, &mut [u8]) -> Result<(V, usize), SendError>,
    ) -> Result<V, SendError> {
        let mut out = [0; 400];
        let (value, len) = write(&mut self.session, self.now, &mut out)?;
        self.pdus.push(out[..len].to_vec());
        Ok(value)
    }

    fn pump(&mut self) {
        let mut out = [0; 16];
        while let Some(len) = self.session.poll_transmit(self.now, &mut out) {
            self.pdus.push(out[..len].to_vec());
        }
    }

    fn tell(&mut self, event: &Event<'_>) {
        if let Event::Request { reply_to, .. } = *event {
            self.pending.push(reply_to);
        }
        self.told.push(format!("{event:?}"));
    }

    fn can_write(&self) -> bool {
        !self.is_mute && !self.is_shut && (!self.has_ended || self.session.role() == Role::Mc)
    }

    fn write(&mut self) -> bool {
        self.offered_at = self.now;
        let octets = self.pdus.concat();
        let count = if self.can_write() { self.takes.min(octets.len() - self.taken) } else { 0 };
        self.written.extend_from_slice(&octets[self.taken..self.taken + count]);
        self.taken += count;
        self.takes -= count;
        while let Some(first) = self.pdus.first().filter(|first| first.len() <= self.taken) {
            self.taken -= first.len();
            self.pdus.remove(0);
        }
        count > 0
    }

    fn read(&mut self) -> bool {
        let is_open = !self.has_ended && self.session.state() != State::Closed;
        let count = if is_open { self.arriving.len() } else { 0 };
        self.input.extend(self.arriving.drain(..count));
        count > 0
    }

    /// A request that has not begun to leave.
    fn withdraw(&mut self, number: u32) {
        let is_it = |(place, pdu): (usize, &Vec<u8>)| {
            let is_request = pdu[4] & 0x80 == 0;
            pdu[12..16] == number.to_be_bytes() && is_request && (place > 0 || self.taken == 0)
        };
        if let Some(place) = self.pdus.iter().enumerate().position(is_it) {
            self.pdus.remove(place);
        }
    }

    /// Drives it until it waits.
    fn drive(&mut self) {
        loop {
            self.pump();
            if self.session.state() == State::Closed {
                return self.finish();
            }
            if self.session.is_ready(&self.input) {
                let is_slow = self.now.since(self.offered_at) > Duration::from_millis(10);
                if is_slow && self.can_write() && !self.pdus.is_empty() && self.framing_is_right() {
                    self.write();
                    self.read();
                }
                self.take_one();
                continue;
            }
            if self.has_ended {
                self.session.handle_closed(&[], 0);
                continue;
            }
            let is_due = self.session.poll_timeout().is_some_and(|at| at <= self.now);
            if is_due && self.read() {
                continue;
            }
            self.session.handle_timeout(self.now);
            if self.session.state() == State::Closed {
                continue;
            }
            if let Some(event) = self.session.poll_event() {
                if let Event::TimedOut { ticket } = event {
                    self.withdraw(ticket.sequence_number());
                }
                self.tell(&event);
                continue;
            }
            self.pump();
            let (has_written, has_read) = (self.write(), self.read());
            if !has_written && !has_read {
                return;
            }
        }
    }

    fn framing_is_right(&self) -> bool {
        self.input[0] == 0
    }

    fn take_one(&mut self) {
        let input = std::mem::take(&mut self.input);
        let consumed = match self.session.handle_input(self.now, &input) {
            Ok(Input::Pdu { consumed, event }) => {
                self.tell(&event);
                consumed
            }
            Err(_) => 0,
            other => panic!("{other:?}"),
        };
        self.input = input[consumed..].to_vec();
    }

    fn finish(&mut self) {
        if !self.is_shut {
            let deadline = *self.farewell.get_or_insert(self.now.after(Duration::from_secs(1)));
            while self.now < deadline && self.can_write() && !self.pdus.is_empty() {
                if !self.write() {
                    return;
                }
            }
            self.session.handle_closed(&self.pdus.concat(), self.taken);
            self.is_shut = true;
        }
        while let Some(event) = self.session.poll_event() {
            self.tell(&event);
        }
    }
}

/// The same acts on both.
fn check(role: Role, acts: &[Act]) -> Result<(), TestCaseError> {
    let config = Config {
        response_timeout: Duration::from_secs(5),
        enquire_link: Duration::from_secs(9),
        ..Config::default()
    };
    let mut line = Line::new(role, config, 100_000, Growing::default());
    line.takes = 0;
    let mut model = Model {
        session: bound(role, config, line.now),
        now: line.now,
        input: Vec::new(),
        arriving: Vec::new(),
        pdus: Vec::new(),
        taken: 0,
        takes: 0,
        written: Vec::new(),
        offered_at: Instant::ZERO,
        farewell: None,
        is_mute: false,
        has_ended: false,
        is_shut: false,
        told: Vec::new(),
        pending: Vec::new(),
    };
    let (mut told, mut on_its_way, mut held_back) = (Vec::new(), Vec::new(), 0);
    for act in acts {
        match act {
            Act::HoldBack(octets) => held_back = *octets,
            Act::Arrive(kind, number) => on_its_way.extend(arrival(role, *kind, *number)),
            Act::Garbage => on_its_way.extend(b"\xFF is no length of a PDU"),
            act => both(&mut line, &mut model, act)?,
        }
        let here = on_its_way.len().saturating_sub(std::mem::take(&mut held_back));
        let here: Vec<u8> = on_its_way.drain(..here).collect();
        line.arriving.extend_from_slice(&here);
        model.arriving.extend_from_slice(&here);
        while line.next_with(|event, _| told.push(format!("{event:?}"))).is_some() {}
        model.drive();
        prop_assert_eq!(&told, &model.told);
        prop_assert_eq!(&line.written, &model.written);
        prop_assert_eq!(line.link.engine().unfinished(), (&*model.pdus.concat(), model.taken));
        prop_assert_eq!(line.link.is_shut(), model.is_shut);
        let is_over = told.last().is_some_and(|told| told.starts_with("Closed"));
        prop_assert_eq!(is_over, matches!(line.poll(), Step::Closed(_)));
        if is_over {
            return Ok(());
        }
    }
    Ok(())
}

/// A PDU of the peer of `role`.
fn arrival(role: Role, kind: u8, number: u32) -> Vec<u8> {
    match (kind, role) {
        (0, _) => header(CommandId::ENQUIRE_LINK, number),
        (1, _) => header(CommandId::ENQUIRE_LINK_RESP, number),
        (2, Role::Esme) => deliver(number),
        (2, Role::Mc) => pdu(&submit(b"hi"), number),
        (_, Role::Esme) => pdu(&SubmitSmResp::default(), number),
        (_, Role::Mc) => pdu(&DeliverSmResp::default(), number),
    }
}

fn both(line: &mut Line<Growing>, model: &mut Model, act: &Act) -> Result<(), TestCaseError> {
    let role = model.session.role();
    match *act {
        Act::Send(len) => {
            let text = &[b'x'; 100][..len];
            let (submit, deliver) = (submit(text), DeliverSm { short_message: text, ..Default::default() });
            let ours = line.with(|outbox| match role {
                Role::Esme => outbox.send(&submit),
                Role::Mc => outbox.send(&deliver),
            });
            let theirs = model.put(|session, now, room| match role {
                Role::Esme => session.send(now, &submit, room),
                Role::Mc => session.send(now, &deliver, room),
            });
            prop_assert_eq!(ours, theirs);
        }
        Act::Answer if !model.pending.is_empty() => {
            let to = model.pending.remove(0);
            let (submit, deliver) = (SubmitSmResp::default(), DeliverSmResp::default());
            let ours = line.with(|outbox| match role {
                Role::Esme => outbox.respond(to, &deliver),
                Role::Mc => outbox.respond(to, &submit),
            });
            let theirs = model.put(|session, now, room| {
                Ok((
                    (),
                    match role {
                        Role::Esme => session.respond(now, to, &deliver, room)?,
                        Role::Mc => session.respond(now, to, &submit, room)?,
                    },
                ))
            });
            prop_assert_eq!(ours, theirs);
        }
        Act::EnquireLink => {
            let now = model.now;
            prop_assert_eq!(line.with(|outbox| outbox.enquire_link()), model.session.enquire_link(now));
        }
        Act::Unbind => {
            let now = model.now;
            prop_assert_eq!(line.with(|outbox| outbox.unbind()), model.session.unbind(now));
        }
        Act::Take(octets) => {
            line.takes += octets;
            model.takes += octets;
        }
        Act::Pass(millis) => {
            line.pass(Duration::from_millis(millis));
            model.now = line.now;
        }
        Act::End(half) => {
            line.link.end(half);
            match half {
                Half::Read => model.has_ended = true,
                Half::Write => model.is_mute = true,
            }
        }
        _ => {}
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_link_does_what_its_session_does_driven_by_hand(
        mut acts in prop::collection::vec(act(), 0..120),
        last in last(),
        behind in prop::collection::vec(act(), 0..30),
    ) {
        acts.push(last);
        acts.extend(behind);
        check(Role::Esme, &acts)?;
        check(Role::Mc, &acts)?;
    }
}
