//! A session that leaves PDUs unread does the same as one that reads them, whatever comes.

use crate::noise::stream;
use crate::random::Random;
use smpp_core::Instant;
use smpp_core::pdu::{DeliverSm, SubmitSm};
use smpp_core::session::{Config, Event, Input, Role, Session, Snapshot, State, Undecoded};
use smpp_core::types::InterfaceVersion;

type Machine = Session<8>;

const NOW: Instant = Instant::from_millis(1000);

/// The same event, its PDU forgotten.
fn forget(event: Event<'_>) -> Event<'_, Undecoded> {
    match event {
        Event::BindRequested { reply_to, frame, .. } => {
            Event::BindRequested { reply_to, frame, pdu: Undecoded }
        }
        Event::Bound { frame, pdu } => Event::Bound { frame, pdu: pdu.map(|_| Undecoded) },
        Event::Request { reply_to, frame, .. } => Event::Request { reply_to, frame, pdu: Undecoded },
        Event::Notification { frame, .. } => Event::Notification { frame, pdu: Undecoded },
        Event::Response { ticket, status, frame, pdu } => {
            Event::Response { ticket, status, frame, pdu: pdu.map(|_| Undecoded) }
        }
        Event::BindRefused { status, frame } => Event::BindRefused { status, frame },
        Event::LinkChecked { frame } => Event::LinkChecked { frame },
        Event::UnbindRequested { frame } => Event::UnbindRequested { frame },
        Event::Unbound { frame } => Event::Unbound { frame },
        Event::Unmatched { frame } => Event::Unmatched { frame },
        Event::Mismatched { ticket, expected, frame } => Event::Mismatched { ticket, expected, frame },
        Event::Refused { frame, status, cause } => Event::Refused { frame, status, cause },
        Event::Discarded { octets } => Event::Discarded { octets },
        Event::TimedOut { ticket } => Event::TimedOut { ticket },
        Event::Abandoned { ticket, written } => Event::Abandoned { ticket, written },
        Event::Writable => Event::Writable,
        Event::Closed(reason) => Event::Closed(reason),
        _ => panic!("news to this model"),
    }
}

/// A session with some requests outstanding.
fn session(role: Role, state: State, requests: u32) -> Machine {
    let snapshot =
        Snapshot { role, state, version: InterfaceVersion::V3_4, sequence_number: 0, unanswered: 0 };
    let mut session = Machine::resume(Config { max_pdu: 64, ..Config::default() }, NOW, snapshot);
    let mut out = [0; 64];
    for _ in 0..requests {
        match role {
            Role::Esme => session.send(NOW, &SubmitSm::default(), &mut out).unwrap(),
            Role::Mc => session.send(NOW, &DeliverSm::default(), &mut out).unwrap(),
        };
    }
    session
}

fn transmitted(session: &mut Machine) -> Vec<u8> {
    let mut out = [0; 256];
    let len = session.poll_transmit(NOW, &mut out).unwrap_or(0);
    out[..len].to_vec()
}

/// Gives both the same octets and tells how many events they agreed on.
fn agree(mut reading: Machine, mut leaving: Machine, mut input: &[u8]) -> usize {
    let mut events = 0;
    loop {
        assert_eq!(transmitted(&mut leaving), transmitted(&mut reading));
        match (reading.handle_input(NOW, input), leaving.handle_undecoded(NOW, input)) {
            (Ok(Input::Pdu { consumed, event }), Ok(Input::Pdu { consumed: same, event: unread })) => {
                assert_eq!((same, unread), (consumed, forget(event)));
                input = &input[consumed..];
                events += 1;
            }
            (Ok(Input::TransmitFirst), Ok(Input::TransmitFirst)) => {}
            (Ok(Input::Incomplete { total }), Ok(Input::Incomplete { total: same })) => {
                assert_eq!(same, total);
                break;
            }
            (Err(error), Err(same)) => {
                assert_eq!(same, error);
                break;
            }
            (one, other) => panic!("{one:?} and {other:?}"),
        }
    }
    assert_eq!((leaving.state(), leaving.unanswered()), (reading.state(), reading.unanswered()));
    reading.handle_closed(&[], 0);
    leaving.handle_closed(&[], 0);
    while let Some(event) = reading.poll_event() {
        assert_eq!(leaving.poll_undecoded(), Some(forget(event)));
    }
    assert_eq!(leaving.poll_undecoded(), None);
    events
}

#[test]
fn what_is_left_unread_is_judged_all_the_same() {
    let mut random = Random(0xBEEF);
    let mut events = 0;
    for round in 0..10_000 {
        let role = if round % 2 == 0 { Role::Esme } else { Role::Mc };
        let (state, requests) =
            if round % 5 == 0 { (State::Open, 0) } else { (State::BoundTrx, random.below(9)) };
        let stream = stream(&mut random);
        events += agree(session(role, state, requests), session(role, state, requests), &stream);
    }
    assert!(events > 20_000, "{events}");
}
