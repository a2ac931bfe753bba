//! An ESME and an MC, two wires between them, and the books of both applications.
//!
//! The books know what must never happen: a ticket that ends twice or never, a request that a peer read although it was
//! reported as unwritten, a response to somebody else's request, a refusal between two sessions that both keep the rules.

use smpp_core::Instant;
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::pdu::{
    BindTransceiver, Body, DataSm, DataSmResp, DeliverSm, DeliverSmResp, QuerySm, QuerySmResp, SubmitSm,
    SubmitSmResp,
};
use smpp_core::session::{Config, Event, Input, ReplyTo, Role, SendError, Session, State, Ticket};
use smpp_core::types::{CommandId, CommandStatus, InterfaceVersion};
use std::collections::{HashMap, HashSet};

pub(crate) const WINDOW: usize = 3;

/// The receive buffer of both sides.
const ROOM_IN: usize = 160;
/// The transmit buffer of both sides.
const ROOM_OUT: usize = 400;

/// One side: its session, its buffers, its application.
pub(crate) struct End {
    pub(crate) session: Session<WINDOW>,
    /// Octets received and not taken by the session.
    pub(crate) rx: Vec<u8>,
    /// Whole PDUs of which the transport took the first `handed_over` octets.
    pub(crate) tx: Vec<u8>,
    pub(crate) handed_over: usize,
    /// Requests of the peer that the application has not answered.
    pub(crate) in_hand: Vec<ReplyTo>,
    /// Our requests that have not ended.
    open: HashMap<u32, Ticket>,
    /// Our requests that ended without a response although the peer may have read them.
    unknown: HashSet<u32>,
    /// The peer's requests that we read.
    read: HashSet<u32>,
    pub(crate) sent: usize,
    pub(crate) ended: usize,
    pub(crate) closed: bool,
    /// The connection is gone.
    pub(crate) cut: bool,
}

impl End {
    fn new(session: Session<WINDOW>) -> Self {
        Self {
            session,
            rx: Vec::new(),
            tx: Vec::new(),
            handed_over: 0,
            in_hand: Vec::new(),
            open: HashMap::new(),
            unknown: HashSet::new(),
            read: HashSet::new(),
            sent: 0,
            ended: 0,
            closed: false,
            cut: false,
        }
    }

    /// Octets that wait for the transport.
    pub(crate) fn waiting(&self) -> usize {
        self.tx.len() - self.handed_over
    }

    /// Lets `write` append one PDU to the transmit buffer, if there is room.
    pub(crate) fn put<T>(
        &mut self,
        write: impl FnOnce(&mut Session<WINDOW>, &mut [u8]) -> Result<(T, usize), SendError>,
    ) -> Result<T, SendError> {
        let mut out = [0; ROOM_OUT];
        let room = ROOM_OUT.saturating_sub(self.tx.len());
        let (value, len) = write(&mut self.session, &mut out[..room])?;
        self.tx.extend_from_slice(&out[..len]);
        Ok(value)
    }

    /// A ticket ends. It must have been open.
    fn end(&mut self, ticket: Ticket) {
        assert_eq!(
            self.open.remove(&ticket.sequence_number()),
            Some(ticket),
            "a ticket ended that was not open"
        );
        self.ended += 1;
    }
}

/// Both sides. 0 is the ESME, 1 the MC.
pub(crate) struct Pair {
    pub(crate) ends: [End; 2],
    /// Octets on their way from each side.
    pub(crate) wires: [Vec<u8>; 2],
    pub(crate) now: Instant,
}

impl Pair {
    /// A pair that is connected and not bound.
    pub(crate) fn open(config: Config, now: Instant) -> Self {
        let esme = Session::esme(Config { max_pdu: ROOM_IN, ..config }, now);
        let mc = Session::mc(Config { max_pdu: ROOM_IN, ..config }, now);
        Self { ends: [End::new(esme), End::new(mc)], wires: Default::default(), now }
    }

    /// The ESME binds, if its session lets it.
    pub(crate) fn bind(&mut self) -> bool {
        let now = self.now;
        let bind = BindTransceiver { interface_version: InterfaceVersion::V3_4, ..Default::default() };
        self.ends[0].put(|session, out| Ok(((), session.bind(now, &bind, out)?))).is_ok()
    }

    /// A bound pair.
    pub(crate) fn bound(config: Config, now: Instant) -> Self {
        let mut pair = Self::open(config, now);
        assert!(pair.bind());
        for _ in 0..4 {
            pair.settle(0);
            pair.settle(1);
            pair.answer(1, 0, CommandStatus::ESME_ROK);
        }
        assert!(pair.ends.iter().all(|end| end.session.state() == State::BoundTrx));
        pair
    }

    /// The application of `side` sends a request, if the session lets it. Gives whether it did.
    pub(crate) fn send(&mut self, side: usize, kind: u32) -> bool {
        let now = self.now;
        let end = &mut self.ends[side];
        let sent = end.put(|session, out| match (session.role(), kind % 3) {
            (_, 0) => session.send(now, &DataSm::default(), out),
            (Role::Esme, 1) => session.send(now, &QuerySm::default(), out),
            (Role::Esme, _) => {
                session.send(now, &SubmitSm { short_message: b"text", ..Default::default() }, out)
            }
            (Role::Mc, _) => {
                session.send(now, &DeliverSm { short_message: b"text", ..Default::default() }, out)
            }
        });
        let Ok(ticket) = sent else { return false };
        assert!(ticket.slot() < WINDOW);
        assert!(end.open.values().all(|open| open.slot() != ticket.slot()), "two requests share a slot");
        assert!(end.open.insert(ticket.sequence_number(), ticket).is_none(), "a number is used twice");
        assert!(end.open.len() <= WINDOW);
        // A number that comes again is another request.
        end.unknown.remove(&ticket.sequence_number());
        self.ends[1 - side].read.remove(&ticket.sequence_number());
        self.ends[side].sent += 1;
        true
    }

    /// The application of `side` answers one of the requests in its hands. A good answer names the request.
    pub(crate) fn answer(&mut self, side: usize, which: usize, status: CommandStatus) -> bool {
        let now = self.now;
        let end = &mut self.ends[side];
        if end.in_hand.is_empty() {
            return false;
        }
        let which = which % end.in_hand.len();
        let to = end.in_hand[which];
        let name = to.sequence_number().to_string();
        let message_id = name.as_str().into();
        let done = end.put(|session, out| {
            let len = match to.command() {
                _ if !status.is_ok() => session.reject(now, to, status, out),
                bind if bind.is_bind() => session.accept(now, to, "mc".into(), out),
                CommandId::SUBMIT_SM => {
                    respond(session, now, to, SubmitSmResp { message_id, ..Default::default() }, out)
                }
                CommandId::DELIVER_SM => {
                    respond(session, now, to, DeliverSmResp { message_id, ..Default::default() }, out)
                }
                CommandId::QUERY_SM => {
                    respond(session, now, to, QuerySmResp { message_id, ..Default::default() }, out)
                }
                _ => respond(session, now, to, DataSmResp { message_id, ..Default::default() }, out),
            }?;
            Ok(((), len))
        });
        match done {
            Err(SendError::Encode(_)) => return false,
            // Closed meanwhile, or the time for answers before an unbind_resp was over.
            Ok(()) | Err(SendError::Closed | SendError::WrongResponse { .. }) => {}
            Err(other) => panic!("an answer is always allowed: {other}"),
        }
        end.in_hand.remove(which);
        true
    }

    /// The transport of `side` takes up to `most` octets.
    pub(crate) fn transmit(&mut self, side: usize, most: usize) -> usize {
        let end = &mut self.ends[side];
        if end.cut {
            return 0;
        }
        let count = end.waiting().min(most);
        self.wires[side].extend_from_slice(&end.tx[end.handed_over..end.handed_over + count]);
        end.handed_over += count;
        while let Ok(Split::Frame(frame)) = Frame::split(&end.tx, MAX_PDU) {
            let len = frame.octets.len();
            if len > end.handed_over {
                break;
            }
            end.tx.drain(..len);
            end.handed_over -= len;
        }
        count
    }

    /// Up to `most` octets arrive at `side`, as far as its buffer has room.
    pub(crate) fn deliver(&mut self, side: usize, most: usize) -> usize {
        let (wire, end) = (&mut self.wires[1 - side], &mut self.ends[side]);
        if end.cut {
            wire.clear();
            return 0;
        }
        let count = wire.len().min(most).min(ROOM_IN - end.rx.len());
        end.rx.extend(wire.drain(..count));
        count
    }

    /// `side` takes one PDU, if there is one. Gives whether anything happened.
    pub(crate) fn take_one(&mut self, side: usize) -> bool {
        let end = &mut self.ends[side];
        if !end.session.is_ready(&end.rx) {
            return false;
        }
        let rx = std::mem::take(&mut end.rx);
        let input = end.session.handle_input(self.now, &rx);
        let (consumed, event) = match input {
            Ok(Input::Pdu { consumed, event }) => (consumed, Some(event)),
            Ok(Input::TransmitFirst) => (0, None),
            Ok(Input::Incomplete { .. }) => panic!("is_ready said otherwise"),
            Err(_) => (rx.len(), None),
        };
        if let Some(event) = event {
            self.happened(side, event);
        }
        self.ends[side].rx = rx[consumed..].to_vec();
        consumed > 0
    }

    /// `side` says what it has to say by itself. Gives whether anything happened.
    pub(crate) fn pump(&mut self, side: usize) -> bool {
        let mut any = false;
        let end = &mut self.ends[side];
        let mut out = [0; 64];
        let room = ROOM_OUT.saturating_sub(end.tx.len()).min(out.len());
        while !end.cut
            && let Some(len) = end.session.poll_transmit(self.now, &mut out[..room])
        {
            end.tx.extend_from_slice(&out[..len]);
            any = true;
            if end.tx.len() + out.len() > ROOM_OUT {
                break;
            }
        }
        while let Some(event) = self.ends[side].session.poll_event() {
            self.happened(side, event);
            any = true;
        }
        any
    }

    /// `side` does all that it can without time passing, over a perfect transport.
    pub(crate) fn settle(&mut self, side: usize) -> bool {
        let mut any = false;
        loop {
            let mut now = self.pump(side) | (self.transmit(side, usize::MAX) > 0);
            now |= self.deliver(side, usize::MAX) > 0;
            while self.take_one(side) {
                now = true;
            }
            if !now {
                return any;
            }
            any = true;
        }
    }

    /// The connection breaks for `side`. What arrived before is still read.
    pub(crate) fn cut(&mut self, side: usize) {
        if self.ends[side].cut {
            return;
        }
        while self.take_one(side) {}
        let end = &mut self.ends[side];
        end.cut = true;
        end.session.handle_closed(&end.tx, end.handed_over);
        end.tx.clear();
        end.handed_over = 0;
        self.pump(side);
    }

    /// The earliest moment at which a session wants to be woken.
    pub(crate) fn next_wake_up(&self) -> Option<Instant> {
        self.ends.iter().filter_map(|end| end.session.poll_timeout()).min()
    }

    /// Time passes.
    pub(crate) fn advance(&mut self, to: Instant) {
        self.now = self.now.max(to);
        for side in 0..2 {
            self.ends[side].session.handle_timeout(self.now);
            self.pump(side);
        }
    }

    fn happened(&mut self, side: usize, event: Event<'_>) {
        let [esme, mc] = &mut self.ends;
        let (end, peer) = if side == 0 { (esme, mc) } else { (mc, esme) };
        match event {
            Event::Request { reply_to, .. } => {
                assert!(end.read.insert(reply_to.sequence_number()), "a request arrived twice");
                end.in_hand.push(reply_to);
            }
            Event::BindRequested { reply_to, .. } => end.in_hand.push(reply_to),
            Event::Response { ticket, status, pdu, .. } => {
                end.end(ticket);
                assert!(peer.read.contains(&ticket.sequence_number()), "a response to what nobody read");
                if status.is_ok() {
                    let message_id = match pdu.expect("a peer of ours writes readable PDUs") {
                        smpp_core::pdu::Pdu::SubmitSmResp(body) => body.message_id,
                        smpp_core::pdu::Pdu::DeliverSmResp(body) => body.message_id,
                        smpp_core::pdu::Pdu::QuerySmResp(body) => body.message_id,
                        smpp_core::pdu::Pdu::DataSmResp(body) => body.message_id,
                        other => panic!("{other:?}"),
                    };
                    assert_eq!(message_id.as_str(), Some(ticket.sequence_number().to_string().as_str()));
                }
            }
            Event::TimedOut { ticket } => {
                end.end(ticket);
                end.unknown.insert(ticket.sequence_number());
            }
            Event::Abandoned { ticket, written } => {
                end.end(ticket);
                if written {
                    end.unknown.insert(ticket.sequence_number());
                } else {
                    assert!(
                        !peer.read.contains(&ticket.sequence_number()),
                        "the peer read an unwritten request"
                    );
                }
            }
            Event::Unmatched { frame } => {
                let number = frame.header.sequence_number;
                let late_link = frame.header.command_id == CommandId::ENQUIRE_LINK_RESP;
                assert!(
                    late_link || end.unknown.contains(&number),
                    "an answer to nothing: {:?}",
                    frame.header
                );
            }
            Event::Closed(_) => {
                assert!(!end.closed, "closed twice");
                assert!(end.open.is_empty(), "closed before all tickets ended");
                end.closed = true;
            }
            Event::Mismatched { .. } => panic!("{event:?}"),
            Event::Refused { frame, cause, .. } => panic!("{:?} was refused: {cause}", frame.header),
            Event::Discarded { .. } => panic!("{event:?}"),
            Event::Bound { .. }
            | Event::BindRefused { .. }
            | Event::LinkChecked { .. }
            | Event::Notification { .. }
            | Event::UnbindRequested { .. }
            | Event::Unbound { .. }
            | Event::Writable => {}
            _ => panic!("news to this model"),
        }
    }

    /// What must hold at any moment.
    pub(crate) fn check(&mut self) {
        // An answer that came late may have made something due.
        if self.next_wake_up().is_some_and(|at| at <= self.now) {
            self.advance(self.now);
        }
        for end in &self.ends {
            assert_eq!(end.session.in_flight(), end.open.len(), "the session and the books disagree");
            assert_eq!(end.sent, end.ended + end.open.len());
            let is_over = end.session.state() == State::Closed;
            assert!(end.closed || !is_over, "the end of a session was not told");
            assert!(
                is_over || end.open.is_empty() || end.session.poll_timeout().is_some(),
                "a request waits and nobody wakes up for it"
            );
            if let Some(at) = end.session.poll_timeout() {
                assert!(at > self.now, "a wake-up that is due changed nothing");
            }
        }
    }

    /// Lets everything come to its end: perfect transport, applications that answer, an unbind. It must end soon.
    pub(crate) fn finish(&mut self) {
        let mut idle = 0;
        for _ in 0..500 {
            let mut any = false;
            for side in 0..2 {
                any |= self.settle(side);
                while self.answer(side, 0, CommandStatus::ESME_ROK) {
                    any = true;
                    self.settle(side);
                }
                // A side that is over closes its connection, and the other one sees that.
                if self.ends[side].session.state() == State::Closed {
                    self.settle(side);
                    self.cut(side);
                    if self.wires[side].is_empty()
                        && self.ends[1 - side].rx.is_empty()
                        && !self.ends[1 - side].cut
                    {
                        self.cut(1 - side);
                        any = true;
                    }
                }
            }
            if self.ends.iter().all(|end| end.closed) {
                return self.check_end();
            }
            if any {
                continue;
            }
            idle += 1;
            let bound = (0..2).find(|&side| self.ends[side].session.state().is_bound());
            match bound.filter(|_| idle % 3 == 0 || self.next_wake_up().is_none()) {
                Some(side) => self.ends[side].session.unbind(self.now).unwrap(),
                None => {
                    let wake_up = self.next_wake_up().expect("a session that is not over waits for nothing");
                    self.advance(wake_up);
                }
            }
        }
        panic!("the pair does not come to its end");
    }

    fn check_end(&mut self) {
        for end in &self.ends {
            assert!(end.open.is_empty() && end.sent == end.ended, "a ticket never ended");
            assert_eq!(end.session.poll_timeout(), None);
        }
    }
}

fn respond<'p, B: Body<'p>>(
    session: &mut Session<WINDOW>,
    now: Instant,
    to: ReplyTo,
    body: B,
    out: &mut [u8],
) -> Result<usize, SendError> {
    session.respond(now, to, &body, out)
}
