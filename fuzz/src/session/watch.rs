//! The books on one session: what arrived, what it must answer, which requests are open, and why it may close.

use smpp_core::Instant;
use smpp_core::frame::{Frame, Header, MAX_PDU, Split};
use smpp_core::pdu::{DataSm, DeliverSm, DeliverSmResp, HEADER_LEN, QuerySm, SubmitSm, SubmitSmResp};
use smpp_core::session::{
    CloseReason, Config, Event, Input, ProtocolError, Refusal, ReplyTo, Role, SendError, Session, Snapshot,
    State, Ticket,
};
use smpp_core::types::{CommandId, CommandStatus};
use std::collections::{HashMap, VecDeque};

pub(super) const WINDOW: usize = 4;

/// How many answers the session is known to remember.
const OWED: usize = 2;

/// An answer that the session owes by itself.
type Answer = (CommandId, CommandStatus, u32);

pub(super) struct Watch {
    pub(super) session: Session<WINDOW>,
    pub(super) now: Instant,
    /// Octets that the session has not taken.
    pub(super) arrived: Vec<u8>,
    /// Every event but those of octets that are dropped, and all that was written by the session itself.
    pub(super) told: Vec<String>,
    pub(super) written: Vec<u8>,
    max_pdu: usize,
    config: Config,
    role: Role,
    open: HashMap<u32, (Ticket, CommandId)>,
    in_hand: Vec<ReplyTo>,
    owed: VecDeque<Answer>,
    /// Octets to come of a PDU that is too large.
    discard: usize,
    /// The peer's unbind that waits for its answer.
    unbind_of_peer: Option<u32>,
    /// The number of the enquire_link that is not answered.
    link: Option<u32>,
    /// The number of our unbind.
    unbind: Option<u32>,
    /// The number of the last enquire_link or unbind of the session.
    last_control: u32,
    /// The application asked for an enquire_link after the peer's unbind.
    wants_link: bool,
    may_close: Reasons,
    closed: Option<CloseReason>,
}

/// What happened that may close a session.
#[derive(Default)]
struct Reasons {
    we_unbind: bool,
    peer_unbinds: bool,
    link_asked: bool,
    framing_lost: bool,
    framing_refused: bool,
    cut: bool,
}

impl Watch {
    pub(super) fn new(config: Config, snapshot: Snapshot) -> Self {
        let now = Instant::from_millis(1000);
        // A buffer holds a header at least.
        let max_pdu = config.max_pdu.max(HEADER_LEN);
        Self {
            session: Session::resume(config, now, snapshot),
            now,
            arrived: Vec::new(),
            told: Vec::new(),
            written: Vec::new(),
            max_pdu,
            config,
            role: snapshot.role,
            open: HashMap::new(),
            in_hand: Vec::new(),
            owed: VecDeque::new(),
            discard: 0,
            unbind_of_peer: None,
            link: None,
            unbind: None,
            last_control: 0,
            wants_link: false,
            may_close: Reasons::default(),
            closed: None,
        }
    }

    pub(super) const fn last_control(&self) -> u32 {
        self.last_control
    }

    /// The number of one of the open requests, or of none.
    pub(super) fn number(&self, place: usize) -> u32 {
        let mut numbers: Vec<u32> = self.open.keys().copied().collect();
        numbers.sort_unstable();
        numbers.get(place).copied().unwrap_or(place as u32)
    }

    /// Lets the session take what it can.
    pub(super) fn take(&mut self) {
        loop {
            while let Some(event) = self.session.poll_event() {
                self.happened_alone(event);
            }
            let input = std::mem::take(&mut self.arrived);
            let is_ready = self.session.is_ready(&input);
            let was_closed = self.session.state() == State::Closed;
            let result = self.session.handle_input(self.now, &input);
            let taken = match result {
                Ok(Input::Pdu { consumed, event }) => {
                    assert!(is_ready && !was_closed);
                    self.took(&input, consumed, &event);
                    consumed
                }
                Ok(Input::Incomplete { total }) => {
                    assert!(!is_ready && !was_closed, "is_ready says otherwise");
                    assert!(total > input.len() && total <= self.max_pdu);
                    self.arrived = input;
                    return self.check();
                }
                Ok(Input::TransmitFirst) => {
                    assert!(self.session.has_transmit() && self.owed.len() == OWED && !was_closed);
                    0
                }
                Err(ProtocolError::Frame { error, .. }) => {
                    assert!(is_ready && !was_closed);
                    let length = error.command_length as usize;
                    assert!(length < 16 || length > self.config.max_command_length);
                    let number = Header::read(&input).map_or(0, |header| header.sequence_number);
                    self.owed.push_back((CommandId::GENERIC_NACK, CommandStatus::ESME_RINVCMDLEN, number));
                    self.may_close.framing_lost = true;
                    input.len()
                }
                Err(ProtocolError::Closed) => {
                    assert!(was_closed && (is_ready || input.is_empty()));
                    return self.check();
                }
                Err(_) => panic!("news to this model"),
            };
            if taken == 0 {
                self.transmit(OWED * 16);
            }
            self.arrived = input[taken..].to_vec();
            assert!(self.owed.len() <= OWED, "more is owed than there is room for");
        }
    }

    /// The first `consumed` octets of `input` gave `event`.
    fn took(&mut self, input: &[u8], consumed: usize, event: &Event<'_>) {
        assert!(consumed > 0 && consumed <= input.len());
        if self.discard > 0 {
            assert_eq!(consumed, self.discard.min(input.len()));
            assert_eq!(*event, Event::Discarded { octets: consumed });
            self.discard -= consumed;
            return;
        }
        let header = Header::read(input).unwrap();
        let length = header.command_length as usize;
        let is_whole = length <= self.max_pdu;
        assert_eq!(consumed, length.min(input.len()));
        self.discard = length - consumed;
        assert!(self.discard == 0 || !is_whole);
        let octets = if is_whole { &input[..length] } else { &input[..16] };
        self.told.push(format!("{event:?}"));
        if header.command_id.is_response() {
            self.took_response(Frame { header, octets }, event);
        } else {
            self.took_request(Frame { header, octets }, event);
        }
    }

    fn took_request(&mut self, arrived: Frame<'_>, event: &Event<'_>) {
        let Header { command_id, sequence_number, .. } = arrived.header;
        let told = match *event {
            Event::LinkChecked { frame } => {
                assert_eq!(command_id, CommandId::ENQUIRE_LINK);
                self.owed.push_back((CommandId::ENQUIRE_LINK_RESP, CommandStatus::ESME_ROK, sequence_number));
                frame
            }
            Event::UnbindRequested { frame } => {
                assert_eq!(command_id, CommandId::UNBIND);
                assert!(!self.may_close.peer_unbinds, "a second unbind was taken");
                self.may_close.peer_unbinds = true;
                self.unbind_of_peer = Some(sequence_number);
                frame
            }
            Event::Refused { frame, status, cause } => {
                assert!(!status.is_ok());
                let unknown = matches!(cause, Refusal::UnknownCommand);
                let nack = unknown || matches!(cause, Refusal::NotOffered) && !command_id.is_bind();
                let answer = if nack { CommandId::GENERIC_NACK } else { command_id.response() };
                if command_id.has_response() {
                    self.owed.push_back((answer, status, sequence_number));
                }
                frame
            }
            Event::Request { reply_to, frame, .. } => {
                assert_eq!((reply_to.command(), reply_to.sequence_number()), (command_id, sequence_number));
                assert!(!self.may_close.peer_unbinds, "a request of a peer that unbinds was taken");
                self.in_hand.push(reply_to);
                frame
            }
            Event::Notification { frame, .. } => {
                assert_eq!((self.role, command_id), (Role::Esme, CommandId::ALERT_NOTIFICATION));
                frame
            }
            other => panic!("{command_id} gave {other:?}"),
        };
        assert_eq!(told, arrived);
    }

    fn took_response(&mut self, arrived: Frame<'_>, event: &Event<'_>) {
        let Header { command_id, sequence_number, command_status, .. } = arrived.header;
        let is_nack = command_id == CommandId::GENERIC_NACK;
        self.may_close.framing_refused |= is_nack && command_status == CommandStatus::ESME_RINVCMDLEN;
        let answers = |request: CommandId| is_nack || command_id == request.response();
        let open = self.open.get(&sequence_number).filter(|(_, request)| answers(*request)).copied();
        let told = match *event {
            Event::Response { ticket, status, frame, .. } => {
                // A generic_nack never says that something was accepted.
                let is_unknown = is_nack && command_status == CommandStatus::ESME_ROK;
                let said = if is_unknown { CommandStatus::ESME_RUNKNOWNERR } else { command_status };
                assert_eq!((Some(ticket), status), (open.map(|(ticket, _)| ticket), said));
                self.open.remove(&sequence_number);
                frame
            }
            Event::LinkChecked { frame } => {
                assert!(answers(CommandId::ENQUIRE_LINK));
                assert_eq!(Some(sequence_number), self.link.take());
                frame
            }
            Event::Unbound { frame } => {
                assert!(answers(CommandId::UNBIND));
                assert_eq!(Some(sequence_number), self.unbind);
                frame
            }
            Event::Unmatched { frame } => {
                assert_eq!(open, None, "an answer was not joined to its request");
                frame
            }
            Event::Mismatched { ticket, expected, frame } => {
                assert!(!is_nack && command_id != expected, "this is what was expected");
                let waiting = self.open.get(&sequence_number).filter(|_| ticket.is_some());
                assert_eq!(ticket, waiting.map(|(ticket, _)| *ticket));
                frame
            }
            other => panic!("{command_id} gave {other:?}"),
        };
        assert_eq!(told, arrived);
    }

    /// What the session says without input.
    fn happened_alone(&mut self, event: Event<'_>) {
        self.told.push(format!("{event:?}"));
        match event {
            Event::TimedOut { ticket } | Event::Abandoned { ticket, .. } => {
                assert_eq!(self.open.remove(&ticket.sequence_number()).map(|(open, _)| open), Some(ticket));
            }
            Event::Writable => assert!(self.session.state().is_bound()),
            Event::Closed(reason) => {
                assert_eq!((self.closed, self.open.len()), (None, 0));
                self.closed = Some(reason);
                self.check_reason(reason);
            }
            other => panic!("{other:?} without input"),
        }
    }

    fn check_reason(&self, reason: CloseReason) {
        let Reasons { we_unbind, peer_unbinds, link_asked, framing_lost, framing_refused, cut } =
            self.may_close;
        assert!(
            match reason {
                CloseReason::Unbound | CloseReason::UnbindTimeout => we_unbind,
                CloseReason::UnboundByPeer => peer_unbinds,
                CloseReason::Inactive => !self.config.inactivity.is_zero(),
                CloseReason::LinkLost => link_asked || !self.config.enquire_link.is_zero(),
                CloseReason::FramingLost => framing_lost,
                CloseReason::FramingRefused => framing_refused,
                CloseReason::ConnectionLost => cut,
                CloseReason::SessionInitTimeout
                | CloseReason::BindTimeout
                | CloseReason::WrongBindResponse => false,
                _ => panic!("news to this model"),
            },
            "{reason} without reason"
        );
    }

    /// Lets the session write what it owes into `room` octets.
    pub(super) fn transmit(&mut self, room: usize) {
        let mut out = vec![0; room];
        let had = self.session.has_transmit();
        let written = self.session.poll_transmit(self.now, &mut out);
        assert_eq!(written.is_some(), had && room >= 16, "has_transmit says otherwise");
        let mut rest = &out[..written.unwrap_or(0)];
        self.written.extend_from_slice(rest);
        while let Ok(Split::Frame(frame)) = Frame::split(rest, MAX_PDU) {
            rest = &rest[frame.octets.len()..];
            self.wrote(frame);
        }
        assert!(rest.is_empty(), "not a PDU");
    }

    fn wrote(&mut self, frame: Frame<'_>) {
        let Header { command_id, command_status, sequence_number, .. } = frame.header;
        assert_eq!(frame.octets.len(), 16);
        match command_id {
            CommandId::ENQUIRE_LINK => {
                let wanted = !self.may_close.peer_unbinds || self.wants_link;
                assert!(wanted, "asked a peer that unbinds whether it is alive");
                (self.link, self.last_control) = (Some(sequence_number), sequence_number);
            }
            CommandId::UNBIND => (self.unbind, self.last_control) = (Some(sequence_number), sequence_number),
            CommandId::UNBIND_RESP
                if self.unbind_of_peer == Some(sequence_number) && self.owed.is_empty() =>
            {
                assert!(self.session.unanswered() == 0 || self.closed.is_some());
                self.unbind_of_peer = None;
            }
            _ => {
                let answer = self.owed.pop_front();
                assert_eq!(Some((command_id, command_status, sequence_number)), answer, "nobody asked");
            }
        }
    }

    /// Our side sends a request.
    pub(super) fn send(&mut self, kind: u8) {
        let mut out = [0; 128];
        let (now, session) = (self.now, &mut self.session);
        let sent = match kind % 4 {
            0 => session.send(now, &DataSm::default(), &mut out),
            1 => session.send(now, &SubmitSm::default(), &mut out),
            2 => session.send(now, &DeliverSm::default(), &mut out),
            _ => session.send(now, &QuerySm::default(), &mut out),
        };
        let (ticket, length) = match sent {
            Ok(sent) => sent,
            Err(SendError::WindowFull) => return assert_eq!(self.open.len(), WINDOW),
            Err(error) => return assert!(!matches!(error, SendError::Encode(_)), "{error}"),
        };
        assert!(!self.may_close.peer_unbinds && self.closed.is_none());
        let Ok(Split::Frame(frame)) = Frame::split(&out[..length], MAX_PDU) else { panic!("not a PDU") };
        assert_eq!((frame.header.sequence_number, frame.octets.len()), (ticket.sequence_number(), length));
        assert!(self.open.values().all(|(open, _)| open.slot() != ticket.slot()) && ticket.slot() < WINDOW);
        self.open.insert(ticket.sequence_number(), (ticket, frame.header.command_id));
    }

    /// The application answers one of the requests in its hands.
    pub(super) fn answer(&mut self, which: usize, accepts: bool) {
        if self.in_hand.is_empty() {
            return;
        }
        let to = self.in_hand.remove(which % self.in_hand.len());
        let mut out = [0; 64];
        let (now, session) = (self.now, &mut self.session);
        let written = match to.command() {
            CommandId::SUBMIT_SM if accepts => session.respond(now, to, &SubmitSmResp::default(), &mut out),
            CommandId::DELIVER_SM if accepts => session.respond(now, to, &DeliverSmResp::default(), &mut out),
            _ => session.reject(now, to, CommandStatus::ESME_RSYSERR, &mut out),
        };
        match written {
            Ok(length) => {
                let Ok(Split::Frame(frame)) = Frame::split(&out[..length], MAX_PDU) else {
                    panic!("not a PDU")
                };
                let Header { command_id, sequence_number, .. } = frame.header;
                assert_eq!((command_id, sequence_number), (to.command().response(), to.sequence_number()));
            }
            // The time for answers before an unbind_resp was over.
            Err(SendError::WrongResponse { .. }) => assert!(self.may_close.peer_unbinds),
            Err(error) => assert_eq!(error, SendError::Closed),
        }
    }

    pub(super) fn advance(&mut self, to: Instant) {
        self.now = self.now.max(to);
        self.session.handle_timeout(self.now);
        while let Some(event) = self.session.poll_event() {
            self.happened_alone(event);
        }
        assert!(
            self.session.poll_timeout().is_none_or(|at| at > self.now),
            "a wake-up that is due changed nothing"
        );
    }

    pub(super) fn unbind(&mut self) {
        self.may_close.we_unbind |= self.session.unbind(self.now).is_ok();
    }

    pub(super) fn enquire_link(&mut self) {
        let asked = self.session.enquire_link(self.now).is_ok();
        self.may_close.link_asked |= asked;
        // 5.0 allows it.
        self.wants_link |= asked && self.may_close.peer_unbinds;
    }

    /// What must hold at any moment.
    fn check(&self) {
        assert_eq!(self.session.in_flight(), self.open.len());
        let is_over = self.session.state() == State::Closed;
        let unanswered = self.session.unanswered() as usize;
        let given_up = unanswered == 0 && self.may_close.peer_unbinds;
        assert!(is_over || given_up || unanswered == self.in_hand.len());
        assert_eq!(is_over, self.closed.is_some(), "the end was not told, or too early");
        let waits = !self.open.is_empty() || self.session.state() == State::Unbound;
        assert!(is_over || !waits || self.session.poll_timeout().is_some(), "nobody wakes up for what waits");
        assert!(!is_over || self.session.poll_timeout().is_none());
    }

    /// The connection is gone.
    pub(super) fn end(&mut self) {
        self.transmit(1000);
        self.may_close.cut = true;
        self.session.handle_closed(&[], 0);
        while let Some(event) = self.session.poll_event() {
            self.happened_alone(event);
        }
        self.transmit(1000);
        self.check();
        assert!(self.closed.is_some() && self.open.is_empty(), "a ticket never ended");
        assert!(self.owed.is_empty() && !self.session.has_transmit());
    }
}
