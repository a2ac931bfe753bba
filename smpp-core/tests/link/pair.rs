//! Two links and a line between them that takes and gives what it likes, under any list of choices.
//!
//! The books of both applications know what must never happen: a ticket that ends twice or never, a request that the peer
//! read although it was reported as unwritten, a response to nothing, room that was promised and never came, a link that
//! asks for ever while nothing changes.

use smpp_core::Instant;
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::link::{Half, Link, Outbox, Step, Storage, Until};
use smpp_core::pdu::{DataSm, DataSmResp, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp};
use smpp_core::session::{Config, Event, ReplyTo, Role, SendError, Session, Snapshot, State, Ticket};
use smpp_core::types::{CommandId, CommandStatus, InterfaceVersion};
use smpp_core::{EncodeError, Leniency};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

const WINDOW: usize = 3;

/// One choice below a limit; `None` when they are used up.
pub(crate) type Choose<'c> = dyn FnMut(usize) -> Option<usize> + 'c;

/// A transmit queue that grows, or not.
#[derive(Debug)]
struct Store {
    octets: Vec<u8>,
    can_grow: bool,
}

impl AsRef<[u8]> for Store {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

impl AsMut<[u8]> for Store {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.octets
    }
}

impl Storage for Store {
    fn can_grow(&self) -> bool {
        self.can_grow
    }

    fn grow(&mut self, len: usize) {
        assert!(self.can_grow);
        self.octets.resize(len, 0);
    }
}

/// One side: its link, the octets on their way from it, its application.
struct End {
    link: Link<WINDOW, Vec<u8>, Store>,
    wire: Vec<u8>,
    /// How many octets the wire holds.
    capacity: usize,
    /// It closed its connection, or the connection was cut.
    is_shut: bool,
    /// Requests of the peer that were not answered.
    pending: Vec<ReplyTo>,
    open: HashMap<u32, Ticket>,
    /// Requests of ours that cannot have been read.
    unwritten: HashSet<u32>,
    /// Requests of the peer that were read.
    read: HashSet<u32>,
    /// Something was refused for want of room, and more than nothing waited.
    waits_for_room: bool,
    sent: usize,
    ended: usize,
    is_over: bool,
}

struct Pair {
    ends: [End; 2],
    now: Instant,
}

/// Whatever two links and their line do: the books are right at every moment, and both come to their end.
pub(crate) fn run(choose: &mut Choose<'_>) {
    let mut pair = Pair::new(choose);
    while let Some(kind) = choose(24) {
        let side = choose(2).unwrap_or(0);
        pair.step(kind, side, choose);
        pair.check();
    }
    pair.finish();
}

impl Pair {
    fn new(choose: &mut Choose<'_>) -> Self {
        let mut pick = |all: &[usize]| all[choose(all.len()).unwrap_or(0)];
        let seconds = |count: usize| Duration::from_secs(count as u64);
        let config = Config {
            response_timeout: seconds(pick(&[5, 1])),
            enquire_link: seconds(pick(&[7, 0, 3])),
            inactivity: seconds(pick(&[0, 30])),
            window: pick(&[3, 1]) as u16,
            rate: pick(&[0, 0, 3]) as u32,
            ..Config::default()
        };
        let now = Instant::from_millis(1_000);
        let mut end = |role| {
            let snapshot = Snapshot {
                role,
                state: State::BoundTrx,
                version: InterfaceVersion::V3_4,
                sequence_number: 0,
                unanswered: 0,
            };
            let store = Store { octets: vec![0; pick(&[400, 96, 160, 2_000])], can_grow: pick(&[0, 1]) == 1 };
            End {
                link: Link::new(Session::resume(config, now, snapshot), vec![0; pick(&[400, 300])], store),
                wire: Vec::new(),
                capacity: pick(&[10_000, 50, 1, 300]),
                is_shut: false,
                pending: Vec::new(),
                open: HashMap::new(),
                unwritten: HashSet::new(),
                read: HashSet::new(),
                waits_for_room: false,
                sent: 0,
                ended: 0,
                is_over: false,
            }
        };
        Self { ends: [end(Role::Esme), end(Role::Mc)], now }
    }

    fn step(&mut self, kind: usize, side: usize, choose: &mut Choose<'_>) {
        let mut below = |limit| choose(limit).unwrap_or(0);
        let now = self.now;
        let clock = move || now;
        match kind {
            0..5 => {
                let (kind, len) = (below(3), below(130));
                self.ends[side].send(kind, len, now);
            }
            5..10 => {
                let (which, is_refused) = (below(4), below(4) == 3);
                self.ends[side].answer(which, is_refused, now);
            }
            10..17 => {
                let most = [usize::MAX, 1, 17, 60, 0];
                let (out, into) = (most[below(5)], most[below(5)]);
                self.work(side, out, into, below(3) > 0);
            }
            17..20 => {
                let step = [10_000, 700_000, 8_000_000, 40_000_000][below(4)];
                self.now = now.after(Duration::from_micros((step * (below(64) + 1) / 64) as u64));
            }
            20 => {
                let _ = self.ends[side].link.outbox(&clock).enquire_link();
            }
            21 if below(4) == 0 => {
                let _ = self.ends[side].link.outbox(&clock).unbind();
            }
            22 if below(6) == 0 => {
                let half = [Half::Read, Half::Write][below(2)];
                self.ends[side].link.end(half);
            }
            23 if below(8) == 0 => self.ends[side].is_shut = true,
            _ => self.ends[side].capacity = [10_000, 50, 0, 300][below(4)],
        }
    }

    /// The adapter of `side` works until it has to wait. Each exchange moves so many octets at most.
    fn work(&mut self, side: usize, out: usize, into: usize, does_flush: bool) {
        let mut idle = 0;
        loop {
            match self.ends[side].link.poll(self.now) {
                Step::Event => {
                    idle = 0;
                    self.event(side);
                }
                Step::Closed(_) => {
                    let end = &mut self.ends[side];
                    assert!(end.is_over && end.open.is_empty() && end.link.is_shut());
                    return;
                }
                Step::Io(until) => {
                    let has_moved = self.exchange(side, out, into, does_flush);
                    idle = if has_moved { 0 } else { idle + 1 };
                    assert!(idle <= 2, "it asks for ever: {until:?}");
                    if !has_moved && until != Until::Now {
                        if let Until::At(at) = until {
                            assert!(at > self.now, "it waits for {at:?}, and it is {:?}", self.now);
                        }
                        return;
                    }
                }
            }
            if self.ends[side].link.is_shut() {
                self.ends[side].is_shut = true;
            }
        }
    }

    /// Whether anything moved.
    fn exchange(&mut self, side: usize, out: usize, into: usize, does_flush: bool) -> bool {
        let [near, far] = self.both(side);
        let (output, room) = near.link.io();
        let took = output.len().min(out).min(near.capacity.saturating_sub(near.wire.len()));
        let came = room.len().min(into).min(far.wire.len());
        let (has_output, has_room) = (!output.is_empty(), !room.is_empty());
        let fails = has_output && far.is_shut;
        if !fails {
            near.wire.extend_from_slice(&output[..took]);
        }
        room[..came].copy_from_slice(&far.wire[..came]);
        far.wire.drain(..came);
        let ends = has_room && far.wire.is_empty() && far.is_shut && came == 0;
        let mut is_news = false;
        if fails {
            near.link.end(Half::Write);
        } else if took > 0 {
            near.link.wrote(took);
        } else if has_output {
            is_news = near.link.stalled();
        }
        if came > 0 || ends {
            near.link.arrived(came);
        } else {
            // Where nothing can be read, nothing is said.
            let (_, room) = near.link.io();
            if room.is_empty() {
                near.link.arrived(0);
            }
        }
        let flushes = near.link.wants_flush() && does_flush;
        if flushes {
            near.link.flushed();
        }
        let has_moved = fails || ends || flushes || took > 0 || came > 0;
        if !has_moved {
            near.link.idle();
        }
        has_moved || is_news
    }

    fn both(&mut self, side: usize) -> [&mut End; 2] {
        let [one, other] = &mut self.ends;
        if side == 0 { [one, other] } else { [other, one] }
    }

    fn event(&mut self, side: usize) {
        let now = self.now;
        let clock = move || now;
        let [near, far] = self.both(side);
        let End { link, pending, open, unwritten, read, waits_for_room, ended, is_over, .. } = near;
        assert!(!*is_over, "something behind the end");
        let mut end = |ticket: Ticket| {
            assert_eq!(
                open.remove(&ticket.sequence_number()),
                Some(ticket),
                "a ticket ended that was not open"
            );
            *ended += 1;
        };
        let (event, _) = link.event(&clock);
        match event {
            Event::Request { reply_to, .. } => {
                let number = reply_to.sequence_number();
                assert!(!far.unwritten.contains(&number), "{number} was reported as unwritten");
                assert!(read.insert(number), "{number} was read twice");
                pending.push(reply_to);
            }
            Event::Response { ticket, frame, .. } => {
                assert_eq!(frame.header.sequence_number, ticket.sequence_number());
                end(ticket);
            }
            Event::TimedOut { ticket } => {
                end(ticket);
                let (octets, taken) = link.engine().unfinished();
                let is_there = whole(octets, taken).any(|number| number == (false, ticket.sequence_number()));
                assert!(!is_there, "it timed out and still waits to be written");
            }
            Event::Abandoned { ticket, written } => {
                end(ticket);
                let number = ticket.sequence_number();
                assert!(written || !far.read.contains(&number), "{number} was read");
                if !written {
                    unwritten.insert(number);
                }
            }
            Event::Writable => *waits_for_room = false,
            Event::Closed(_) => *is_over = true,
            // A response that came too late.
            Event::Unmatched { .. } => {}
            Event::LinkChecked { .. } | Event::UnbindRequested { .. } | Event::Unbound { .. } => {}
            // A request that crossed our unbind, or its answer.
            Event::Refused { status, .. } => assert_eq!(status, CommandStatus::ESME_RINVBNDSTS),
            other => panic!("{other:?}"),
        }
    }

    /// What must hold whenever nobody works.
    fn check(&mut self) {
        for end in &mut self.ends {
            assert_eq!(end.sent - end.ended, end.open.len());
            let (octets, taken) = end.link.engine().unfinished();
            let mut rest = octets;
            while let Ok(Split::Frame(frame)) = Frame::split(rest, MAX_PDU) {
                let judged = frame.inspect(Leniency::STRICT, &mut ());
                assert!(judged.is_ok(), "{judged:?}");
                rest = &rest[frame.octets.len()..];
            }
            assert!(rest.is_empty() && (octets.is_empty() || taken < octets.len()));
        }
    }

    /// Both come to their end, and so does every ticket.
    fn finish(&mut self) {
        for end in &mut self.ends {
            end.capacity = 10_000;
            end.pending.clear();
        }
        for side in [0, 1, 0, 1] {
            self.work(side, usize::MAX, usize::MAX, true);
            let end = &mut self.ends[side];
            let is_empty = end.link.engine().unfinished().0.is_empty();
            let can_hope = !end.is_shut && end.link.session().state().is_bound();
            assert!(!(is_empty && can_hope && end.waits_for_room), "room was promised and never came");
        }
        for end in &mut self.ends {
            end.is_shut = true;
        }
        for _ in 0..4 {
            for side in [0, 1] {
                self.work(side, usize::MAX, usize::MAX, true);
            }
            self.now = self.now.after(Duration::from_secs(2));
        }
        self.check();
        for end in &self.ends {
            assert!(end.is_over && end.open.is_empty() && end.sent == end.ended);
        }
    }
}

impl End {
    fn send(&mut self, kind: usize, len: usize, now: Instant) {
        let (clock, text) = (move || now, [b'x'; 130]);
        let (role, short_message) = (self.link.session().role(), &text[..len]);
        let mut outbox = self.link.outbox(&clock);
        let outcome = match (kind, role) {
            (0, _) => outbox.send(&DataSm::default()),
            (_, Role::Esme) => outbox.send(&SubmitSm { short_message, ..Default::default() }),
            (_, Role::Mc) => outbox.send(&DeliverSm { short_message, ..Default::default() }),
        };
        let is_empty = outbox.is_empty();
        match outcome {
            Ok(ticket) => {
                self.waits_for_room = false;
                self.sent += 1;
                assert!(self.open.insert(ticket.sequence_number(), ticket).is_none());
            }
            Err(SendError::Encode(EncodeError::BufferTooSmall { .. })) => self.waits_for_room |= !is_empty,
            Err(SendError::WindowFull | SendError::RateLimited { .. }) => {}
            Err(SendError::Closed | SendError::NotAllowed { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }

    fn answer(&mut self, which: usize, is_refused: bool, now: Instant) {
        if self.pending.is_empty() {
            return;
        }
        let clock = move || now;
        let mut outbox: Outbox<'_, WINDOW> = self.link.outbox(&clock);
        let which = which % self.pending.len();
        let to = self.pending[which];
        let outcome = match to.command() {
            _ if is_refused => outbox.reject(to, CommandStatus::ESME_RSYSERR),
            CommandId::SUBMIT_SM => outbox.respond(to, &SubmitSmResp::default()),
            CommandId::DELIVER_SM => outbox.respond(to, &DeliverSmResp::default()),
            _ => outbox.respond(to, &DataSmResp::default()),
        };
        let is_empty = outbox.is_empty();
        match outcome {
            Err(SendError::Encode(EncodeError::BufferTooSmall { .. })) => self.waits_for_room |= !is_empty,
            // Closed meanwhile, or the time for answers before an unbind_resp was over.
            Ok(()) | Err(SendError::Closed | SendError::WrongResponse { .. }) => {
                self.pending.remove(which);
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// Of each PDU of which nothing was taken: whether it is a response, and its number.
fn whole(mut octets: &[u8], mut taken: usize) -> impl Iterator<Item = (bool, u32)> {
    std::iter::from_fn(move || {
        loop {
            let Ok(Split::Frame(frame)) = Frame::split(octets, MAX_PDU) else { return None };
            octets = &octets[frame.octets.len()..];
            let has_begun = std::mem::take(&mut taken) > 0;
            if !has_begun {
                return Some((frame.header.command_id.is_response(), frame.header.sequence_number));
            }
        }
    })
}
