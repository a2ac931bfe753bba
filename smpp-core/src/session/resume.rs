//! Going on with a connection in another [`Session`]: after a restart of the process that kept the socket, say.
//!
//! A new *connection* has nothing to take over: SMPP forgets everything at its end (SMPP 3.4 §2.5.1). What was
//! outstanding on the old one ended as [`Event::Abandoned`](super::Event::Abandoned).

use super::state::{State, Stimulus};
use super::tick::Tick;
use super::{Config, Role, Session, Ticket, rules};
use crate::Instant;
use crate::types::{CommandId, InterfaceVersion};

/// What a session must know to go on with a connection, besides its outstanding requests.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Snapshot {
    /// Which side this is.
    pub role: Role,
    /// A bound state: other states pass too quickly to be worth keeping.
    pub state: State,
    /// The version that both sides speak.
    pub version: InterfaceVersion,
    /// The sequence number that was used last.
    pub sequence_number: u32,
    /// How many requests of the peer were not answered yet.
    pub unanswered: u32,
}

impl<const WINDOW: usize> Session<WINDOW> {
    /// What to keep for [`resume`](Self::resume). Keep [`outstanding`](Self::outstanding) too, the octets that are in neither
    /// direction's buffers done with, and what the pending requests are to be answered by ([`ReplyTo`](super::ReplyTo)).
    ///
    /// `None` unless bound, as long as [`poll_transmit`](Self::poll_transmit) has something to write, and in the middle of a
    /// PDU that is too large: a successor would not know.
    #[must_use]
    pub fn snapshot(&self) -> Option<Snapshot> {
        let is_settled = self.state.is_bound() && self.discard == 0 && !self.has_transmit();
        is_settled.then_some(Snapshot {
            role: self.role,
            state: self.state,
            version: self.version,
            sequence_number: self.window.last_number(),
            unanswered: self.unanswered,
        })
    }

    /// Goes on with a connection that another session left off. [`adopt`](Self::adopt) its outstanding requests next, in
    /// their order, and send again what the session before refused to: nothing says when there is room for it, and the rate limit
    /// starts anew. A state that is not bound is taken as it is, with the timer of a new session.
    #[must_use]
    pub fn resume(config: Config, now: Instant, snapshot: Snapshot) -> Self {
        let mut session = Self::new(snapshot.role, config, now);
        match snapshot.state {
            State::BoundTx => session.happens(Stimulus::BoundTx),
            State::BoundRx => session.happens(Stimulus::BoundRx),
            State::BoundTrx => session.happens(Stimulus::BoundTrx),
            other => session.state = other,
        }
        session.version = snapshot.version;
        session.unanswered = snapshot.unanswered;
        session.window.set_last_number(snapshot.sequence_number);
        session
    }

    /// Takes over a request that waits for its response, and waits for the whole response time again. With the `WINDOW` of
    /// the session before, its ticket is the same.
    ///
    /// `None` when it cannot be: no request for the window, a number that no session gives, or a place that is taken. Its
    /// outcome is then unknown.
    pub fn adopt(&mut self, now: Instant, sequence_number: u32, command: CommandId) -> Option<Ticket> {
        self.now = now;
        let control = command.is_bind()
            || matches!(command, CommandId::UNBIND | CommandId::ENQUIRE_LINK)
            || !command.has_response();
        if control || rules::index(command).is_none() || !self.window.is_free(sequence_number) {
            return None;
        }
        let last = self.window.last_number();
        let deadline = Tick::after(now, self.settings.response_timeout);
        let ticket = self.window.insert(sequence_number, command, deadline);
        self.window.set_last_number(last);
        Some(ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdu::{DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp, encode};
    use crate::session::{Event, Input, ReplyTo};
    use crate::types::CommandStatus;
    use std::vec::Vec;

    const SNAPSHOT: Snapshot = Snapshot {
        role: Role::Esme,
        state: State::BoundTrx,
        version: InterfaceVersion::V3_4,
        sequence_number: 41,
        unanswered: 0,
    };

    #[test]
    fn a_resumed_session_gets_the_responses_of_the_one_before() {
        let now = Instant::ZERO;
        let mut line = [0; 128];
        let mut before = Session::<4>::resume(Config::default(), now, SNAPSHOT);
        let sent: Vec<Ticket> =
            (0..3).map(|_| before.send(now, &SubmitSm::default(), &mut line).unwrap().0).collect();

        let later = Instant::from_millis(5);
        let mut after = Session::<4>::resume(Config::default(), later, before.snapshot().unwrap());
        for (ticket, command, _) in before.outstanding() {
            assert_eq!(after.adopt(later, ticket.sequence_number(), command), Some(ticket));
        }
        let (next, _) = after.send(later, &SubmitSm::default(), &mut line).unwrap();
        assert_eq!(next.sequence_number(), 45);
        for ticket in sent {
            let response = SubmitSmResp::default();
            let len =
                encode(&response, CommandStatus::ESME_ROK, ticket.sequence_number(), &mut line).unwrap();
            let Input::Pdu { event: Event::Response { ticket: ended, .. }, .. } =
                after.handle_input(later, &line[..len]).unwrap()
            else {
                panic!("no response")
            };
            assert_eq!(ended, ticket);
        }
        assert_eq!(after.in_flight(), 1);
    }

    #[test]
    fn there_is_no_snapshot_while_a_successor_would_miss_something() {
        let now = Instant::ZERO;
        let mut line = [0; 128];
        let mut open = Session::<4>::esme(Config::default(), now);
        assert_eq!(open.snapshot(), None, "not bound");
        open.handle_closed(&[], 0);
        assert_eq!(open.snapshot(), None, "closed");
        let config = Config { max_pdu: 20, ..Config::default() };
        let mut session = Session::<4>::resume(config, now, SNAPSHOT);
        let header = [0, 0, 0, 40, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9];
        session.handle_input(now, &header).unwrap();
        assert_eq!(session.snapshot(), None, "owes an answer");
        session.poll_transmit(now, &mut line);
        assert_eq!(session.snapshot(), None, "in the middle of a PDU that is too large");
        session.handle_input(now, &[0; 24]).unwrap();
        assert_eq!(session.snapshot(), Some(SNAPSHOT));
    }

    #[test]
    fn a_session_that_goes_on_answers_what_the_one_before_had_pending() {
        let now = Instant::ZERO;
        let mut line = [0; 128];
        let mut after = Session::<4>::resume(Config::default(), now, Snapshot { unanswered: 1, ..SNAPSHOT });
        let deliver = ReplyTo::new(CommandId::DELIVER_SM, 7);
        assert!(after.respond(now, deliver, &DeliverSmResp::default(), &mut line).is_ok());
        assert!(after.respond(now, deliver, &DeliverSmResp::default(), &mut line).is_err(), "once");
    }

    #[test]
    fn what_cannot_wait_in_a_window_is_not_adopted() {
        let now = Instant::ZERO;
        let mut session = Session::<4>::resume(Config::default(), now, SNAPSHOT);
        assert!(session.adopt(now, 1, CommandId::SUBMIT_SM).is_some());
        for (number, command) in [
            (1, CommandId::SUBMIT_SM),
            (5, CommandId::SUBMIT_SM), // shares the slot of 1
            (0, CommandId::SUBMIT_SM),
            (0x8000_0003, CommandId::SUBMIT_SM),
            (2, CommandId::UNBIND),
            (2, CommandId::OUTBIND),
            (2, CommandId::SUBMIT_SM_RESP),
            (2, CommandId(0x0001_0200)),
        ] {
            assert_eq!(session.adopt(now, number, command), None, "{number} {command}");
        }
        let mut line = [0; 128];
        assert!(session.send(now, &DeliverSm::default(), &mut line).is_err(), "an ESME does not deliver");
    }
}
