//! A link in memory: its transport takes and gives what the test says.

use smpp_core::Instant;
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::link::{Link, Outbox, Step, Storage, Until};
use smpp_core::pdu::{Body, DeliverSm, SubmitSm, encode, encode_header};
use smpp_core::session::{CloseReason, Config, Event, Role, Session, Snapshot, State, Ticket};
use smpp_core::types::{CommandId, CommandStatus, InterfaceVersion};
use std::time::Duration;

pub(crate) const WINDOW: usize = 8;

/// Storage that grows.
#[derive(Debug, Default)]
pub(crate) struct Growing(pub(crate) Vec<u8>);

impl AsRef<[u8]> for Growing {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl AsMut<[u8]> for Growing {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Storage for Growing {
    fn can_grow(&self) -> bool {
        true
    }

    fn grow(&mut self, len: usize) {
        self.0.resize(len, 0);
    }
}

/// A link whose session is bound as a transceiver, and its transport.
pub(crate) struct Line<T> {
    pub(crate) link: Link<WINDOW, Vec<u8>, T>,
    pub(crate) now: Instant,
    /// Octets that the transport took.
    pub(crate) written: Vec<u8>,
    /// Octets that the transport has for us.
    pub(crate) arriving: Vec<u8>,
    /// How many octets more the transport takes.
    pub(crate) takes: usize,
}

pub(crate) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// What became of a step, and of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    Response(Ticket),
    Request(u32),
    TimedOut(Ticket),
    Abandoned(Ticket, bool),
    Writable,
    Closed(CloseReason),
    Other(CommandId),
    Discarded(usize),
}

pub(crate) fn told(event: &Event<'_>) -> Told {
    match *event {
        Event::Response { ticket, .. } => Told::Response(ticket),
        Event::Request { reply_to, .. } => Told::Request(reply_to.sequence_number()),
        Event::TimedOut { ticket } => Told::TimedOut(ticket),
        Event::Abandoned { ticket, written } => Told::Abandoned(ticket, written),
        Event::Writable => Told::Writable,
        Event::Closed(reason) => Told::Closed(reason),
        Event::LinkChecked { frame }
        | Event::Unmatched { frame }
        | Event::Mismatched { frame, .. }
        | Event::Refused { frame, .. }
        | Event::Unbound { frame }
        | Event::UnbindRequested { frame } => Told::Other(frame.header.command_id),
        Event::Discarded { octets } => Told::Discarded(octets),
        ref other => panic!("{other:?}"),
    }
}

pub(crate) fn config() -> Config {
    Config { response_timeout: seconds(7), enquire_link: seconds(60), ..Config::default() }
}

/// A session in the middle of its life.
pub(crate) fn bound(role: Role, config: Config, now: Instant) -> Session<WINDOW> {
    let snapshot = Snapshot {
        role,
        state: State::BoundTrx,
        version: InterfaceVersion::V3_4,
        sequence_number: 0,
        unanswered: 0,
    };
    Session::resume(config, now, snapshot)
}

impl<T: Storage> Line<T> {
    pub(crate) fn new(role: Role, config: Config, receive: usize, transmit: T) -> Self {
        let now = Instant::from_millis(1_000);
        Self {
            link: Link::new(bound(role, config, now), vec![0; receive], transmit),
            now,
            written: Vec::new(),
            arriving: Vec::new(),
            takes: usize::MAX,
        }
    }

    pub(crate) fn esme(transmit: T) -> Self {
        Self::new(Role::Esme, config(), 400, transmit)
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = self.now.after(time);
    }

    pub(crate) fn poll(&mut self) -> Step {
        self.link.poll(self.now)
    }

    /// Lets `act` use the outbox at the present moment.
    pub(crate) fn with<V>(&mut self, act: impl FnOnce(&mut Outbox<'_, WINDOW>) -> V) -> V {
        let now = self.now;
        act(&mut self.link.outbox(&move || now))
    }

    pub(crate) fn submit(&mut self, text: &[u8]) -> Ticket {
        self.with(|outbox| outbox.send(&submit(text))).unwrap()
    }

    /// Carries out one step as a transport would that never waits. Whether anything came or went, or that it did not is news.
    pub(crate) fn exchange(&mut self) -> bool {
        let (output, room) = self.link.io();
        let took = output.len().min(self.takes);
        self.written.extend_from_slice(&output[..took]);
        let came = room.len().min(self.arriving.len());
        room[..came].copy_from_slice(&self.arriving[..came]);
        let has_output = !output.is_empty();
        self.arriving.drain(..came);
        self.takes -= if self.takes == usize::MAX { 0 } else { took };
        let mut is_news = false;
        if took > 0 {
            self.link.wrote(took);
            self.link.flushed();
        } else if has_output {
            is_news = self.link.stalled();
        }
        if came > 0 {
            self.link.arrived(came);
        }
        if (took, came) == (0, 0) {
            self.link.idle();
        }
        took > 0 || came > 0 || is_news
    }

    /// The next event, answered by `act`, while the clock stands still; `None` when there is nothing to do but wait.
    pub(crate) fn next_with(&mut self, act: impl FnOnce(&Event<'_>, Outbox<'_, WINDOW>)) -> Option<Told> {
        for _ in 0..1_000 {
            match self.poll() {
                Step::Event => {
                    let now = self.now;
                    let clock = move || now;
                    let (event, outbox) = self.link.event(&clock);
                    let told = told(&event);
                    act(&event, outbox);
                    return Some(told);
                }
                Step::Closed(_) => return None,
                Step::Io(until) => {
                    if !self.exchange() && until != Until::Now {
                        return None;
                    }
                }
            }
        }
        panic!("it asks for ever")
    }

    pub(crate) fn next(&mut self) -> Option<Told> {
        self.next_with(|_, _| ())
    }

    /// Every event that comes while the clock stands still.
    pub(crate) fn all(&mut self) -> Vec<Told> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// Command and number of each PDU that left as a whole.
    pub(crate) fn left(&self) -> Vec<(CommandId, u32)> {
        headers(&self.written)
    }
}

/// Command and number of each whole PDU.
pub(crate) fn headers(mut octets: &[u8]) -> Vec<(CommandId, u32)> {
    let mut headers = Vec::new();
    while let Ok(Split::Frame(frame)) = Frame::split(octets, MAX_PDU) {
        headers.push((frame.header.command_id, frame.header.sequence_number));
        octets = &octets[frame.octets.len()..];
    }
    headers
}

pub(crate) fn submit(text: &[u8]) -> SubmitSm<'_> {
    SubmitSm { short_message: text, ..SubmitSm::default() }
}

/// The octets of a PDU of the peer.
pub(crate) fn pdu<'p>(body: &impl Body<'p>, number: u32) -> Vec<u8> {
    let mut out = [0; 400];
    let len = encode(body, CommandStatus::ESME_ROK, number, &mut out).unwrap();
    out[..len].to_vec()
}

pub(crate) fn header(command: CommandId, number: u32) -> Vec<u8> {
    let mut out = [0; 16];
    encode_header(command, CommandStatus::ESME_ROK, number, &mut out).unwrap();
    out.to_vec()
}

pub(crate) fn deliver(number: u32) -> Vec<u8> {
    pdu(&DeliverSm { short_message: b"hello", ..DeliverSm::default() }, number)
}
