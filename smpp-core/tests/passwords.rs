//! No value that the library gives away shows a password when it is printed for a log: neither the PDUs that have one, nor
//! whatever holds their octets.

use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::pdu::{BindReceiver, BindTransceiver, BindTransmitter, Body, Outbind, Pdu, encode};
use smpp_core::session::{Config, Event, Input, Role, Session, Undecoded};
use smpp_core::types::{CommandStatus, Password};
use smpp_core::{Buffer, Deviation, Instant, Leniency, Observe};
use std::fmt::Debug;

const SECRET: &str = "pa55word";

/// Looks for the password in every form that derived and hand-written `Debug` could give it.
fn hides(what: &str, value: &impl Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}"), format!("{value:x?}"), format!("{value:X?}")] {
        let squeezed: String = shown.split_whitespace().collect();
        let decimal: Vec<String> = SECRET.bytes().map(|octet| octet.to_string()).collect();
        let hex: Vec<String> = SECRET.bytes().map(|octet| format!("{octet:x}")).collect();
        // Four characters in a row are enough to tell.
        for part in [SECRET[..4].to_owned(), decimal[..4].join(","), hex[..4].join(","), hex[..4].concat()] {
            assert!(!squeezed.to_lowercase().contains(&part), "{what} shows {part}: {shown}");
        }
    }
}

/// Remembers what deviates.
struct Deviations<'a>(Vec<Deviation<'a>>);

impl<'a> Observe<'a> for Deviations<'a> {
    fn deviation(&mut self, deviation: Deviation<'a>) {
        self.0.push(deviation);
    }
}

/// Everything that holds the octets of `body`, or what is read from them.
fn all_that_hold<'p, B: Body<'p> + Debug + Into<Pdu<'p>> + Copy>(body: B) {
    hides("the body", &body);
    hides("Pdu", &body.into());
    let mut octets = [0; 128];
    let len = encode(&body, CommandStatus::ESME_ROK, 1, &mut octets).unwrap();
    let octets = &octets[..len];
    hides("Frame::split", &Frame::split(octets, MAX_PDU));
    hides("FrameError", &Frame::split(&octets[24..], MAX_PDU));
    let Ok(Split::Frame(frame)) = Frame::split(octets, MAX_PDU) else { panic!("a whole PDU") };
    hides("Frame", &frame);
    hides("Frame::pdu", &frame.pdu());

    let mut buffer = Buffer::new([0; 128]);
    buffer.unfilled()[..len].copy_from_slice(octets);
    buffer.advance(len);
    hides("Buffer", &buffer);
    buffer.consume(20);
    hides("Buffer", &buffer);

    let now = Instant::ZERO;
    let config = Config::default();
    for role in [Role::Esme, Role::Mc] {
        let new =
            || if role == Role::Mc { Session::<2>::mc(config, now) } else { Session::esme(config, now) };
        let mut session = new();
        let input: Input<'_, Pdu<'_>> = session.handle_input(now, octets).unwrap();
        hides("Input", &input);
        let Input::Pdu { event, .. } = input else { panic!("no event") };
        hides("Event", &event);
        hides("Session", &session);
        let unread: Input<'_, Undecoded> = new().handle_undecoded(now, octets).unwrap();
        hides("Input of Undecoded", &unread);
        hides("ProtocolError", &new().handle_input(now, &octets[24..]));
        hides("Config", &config);
    }
}

#[test]
fn no_public_type_that_can_hold_a_password_prints_it() {
    let password = Password::from(SECRET);
    hides("Password", &password);
    all_that_hold(BindTransmitter { system_id: "id".into(), password, ..Default::default() });
    all_that_hold(BindReceiver { system_id: "id".into(), password, ..Default::default() });
    all_that_hold(BindTransceiver { system_id: "id".into(), password, ..Default::default() });
    all_that_hold(Outbind { system_id: "id".into(), password, ..Default::default() });
}

#[test]
fn octets_left_over_behind_a_bind_are_counted_and_not_printed() {
    let mut octets = [0; 128];
    let len = encode(&BindTransceiver::default(), CommandStatus::ESME_ROK, 1, &mut octets).unwrap();
    // A TLV that runs past the PDU, as when the fields of a bind stand in the wrong order.
    let behind = [&[0x02, 0x10, 0, 99][..], SECRET.as_bytes()].concat();
    octets[len..len + behind.len()].copy_from_slice(&behind);
    let len = len + behind.len();
    octets[3] = u8::try_from(len).unwrap();
    let Ok(Split::Frame(frame)) = Frame::split(&octets[..len], MAX_PDU) else { panic!("a whole PDU") };
    let mut told = Deviations(Vec::new());
    frame.inspect(Leniency::TOLERANT, &mut told).unwrap();
    assert_eq!(told.0.len(), 1);
    assert_eq!(told.0[0].octets, behind);
    hides("Deviation", &told.0);
}

#[test]
fn an_event_of_a_peer_that_binds_twice_prints_no_password() {
    let now = Instant::ZERO;
    let mut octets = [0; 128];
    let bind = BindTransceiver { password: SECRET.into(), ..Default::default() };
    let len = encode(&bind, CommandStatus::ESME_ROK, 1, &mut octets).unwrap();
    let mut session = Session::<2>::mc(Config::default(), now);
    session.handle_input(now, &octets[..len]).unwrap();
    let Input::Pdu { event, .. } = session.handle_input(now, &octets[..len]).unwrap() else {
        panic!("no event")
    };
    assert!(matches!(event, Event::Refused { .. }));
    hides("Event::Refused", &event);
}
