//! Room: in the queue, in the buffer, and what happens where there is none.

use crate::support::{Growing, Line, Told, WINDOW, config, deliver, header, pdu, seconds, submit};
use smpp_core::EncodeError;
use smpp_core::link::{Outbox, Step, Storage};
use smpp_core::pdu::{DataSm, DataSmResp, DeliverSmResp, SubmitSmResp};
use smpp_core::session::{Config, Event, ReplyTo, Role, SendError};
use smpp_core::types::{CommandId, CommandStatus};

fn is_too_small<V>(outcome: &Result<V, SendError>) -> bool {
    matches!(outcome, Err(SendError::Encode(EncodeError::BufferTooSmall { .. })))
}

#[test]
fn room_again_is_reported_once_and_only_when_it_suffices() {
    let mut line = Line::esme([0; 400]);
    line.takes = 0;
    line.submit(&[b'x'; 100]);
    let large = [b'y'; 140];
    assert!(is_too_small(&line.with(|outbox| outbox.send(&submit(&large)))));
    let waiting = line.link.io().0.len();
    // More than half of the queue is free all the time.
    for _ in 1..waiting {
        line.takes = 1;
        assert_eq!(line.next(), None, "{} octets left", line.written.len());
        assert!(is_too_small(&line.with(|outbox| outbox.send(&submit(&large)))));
    }
    line.takes = usize::MAX;
    assert_eq!(line.next(), Some(Told::Writable));
    assert_eq!(line.next(), None, "once");
    line.with(|outbox| outbox.send(&submit(&large))).unwrap();
    assert_eq!(line.next(), None, "nobody waits any more");
}

#[test]
fn what_fits_into_no_queue_is_refused_for_good_and_nobody_waits_for_it() {
    let mut line = Line::esme([0; 160]);
    line.takes = 0;
    line.submit(b"hi");
    let large = [b'y'; 200];
    assert!(is_too_small(&line.with(|outbox| outbox.send(&submit(&large)))));
    assert!(!line.with(|outbox| outbox.is_empty()));
    line.takes = usize::MAX;
    assert_eq!(line.next(), Some(Told::Writable), "nothing waits any more: try");
    assert!(is_too_small(&line.with(|outbox| outbox.send(&submit(&large)))));
    assert!(line.with(|outbox| outbox.is_empty()));
    assert_eq!(line.next(), None);
}

#[test]
fn a_request_that_goes_through_forgets_what_was_refused() {
    let mut line = Line::esme([0; 400]);
    line.takes = 0;
    line.submit(&[b'x'; 100]);
    assert!(is_too_small(&line.with(|outbox| outbox.send(&submit(&[b'y'; 140])))));
    line.submit(b"a small one");
    line.takes = usize::MAX;
    assert_eq!(line.next(), None);
}

#[test]
fn an_answer_that_was_refused_is_tried_again_when_there_is_room() {
    let mut line = Line::esme([0; 128]);
    line.takes = 0;
    line.submit(&[b'x'; 45]);
    line.arriving = deliver(1);
    let mut reply = None;
    let answer = |outbox: &mut Outbox<'_, WINDOW>, reply| {
        let payload = [b'z'; 60];
        outbox.respond(reply, &DeliverSmResp { message_id: (&payload[..]).into(), ..Default::default() })
    };
    let told = line.next_with(|event, mut outbox| {
        let Event::Request { reply_to, .. } = *event else { panic!("{event:?}") };
        assert!(is_too_small(&answer(&mut outbox, reply_to)));
        reply = Some(reply_to);
    });
    assert_eq!(told, Some(Told::Request(1)));
    line.takes = usize::MAX;
    assert_eq!(line.next(), Some(Told::Writable));
    line.with(|outbox| answer(outbox, reply.unwrap())).unwrap();
}

#[test]
fn a_queue_that_grows_refuses_nothing() {
    let mut line = Line::new(Role::Mc, config(), 100_000, Growing::default());
    line.takes = 0;
    let large = [b'y'; 200];
    for _ in 0..WINDOW {
        let deliver = smpp_core::pdu::DeliverSm { short_message: &large, ..Default::default() };
        line.with(|outbox| outbox.send(&deliver)).unwrap();
    }
    line.takes = usize::MAX;
    assert_eq!(line.next(), None);
    assert_eq!(line.left().len(), WINDOW);
}

#[test]
fn only_answers_hold_back_reading_and_only_until_they_have_left() {
    let mut line =
        Line::new(Role::Mc, Config { enquire_link: seconds(0), ..config() }, 100, Growing::default());
    line.takes = 0;
    let question = header(CommandId::ENQUIRE_LINK, 1);
    let answered = 32 * 1024 / 16 + 1;
    for number in 0..answered {
        line.arriving.extend_from_slice(&question);
        assert!(line.next().is_some(), "{number}");
    }
    line.arriving.extend_from_slice(&question);
    assert_eq!(line.next(), None, "it is not read");
    assert!(!line.arriving.is_empty() && line.link.io().1.is_empty());
    line.takes = 15;
    assert_eq!(line.next(), None, "no whole answer has left");
    line.takes = 1;
    assert!(line.next().is_some());
}

#[test]
fn an_empty_room_is_no_end_of_the_stream() {
    let mut line = Line::new(Role::Esme, Config { max_pdu: 100_000, ..config() }, 64, [0; 400]);
    line.arriving = [&[0, 0, 0, 64][..], &deliver(1)[4..]].concat();
    line.arriving.resize(63, 0);
    assert_eq!(line.next(), None);
    line.takes = 0;
    // The buffer is full but for one octet, which the next PDU fills.
    let (_, room) = line.link.io();
    assert_eq!(room.len(), 1);
    room[0] = 0;
    line.link.arrived(1);
    assert!(line.link.io().1.is_empty());
    line.link.arrived(0);
    assert!(line.next().is_some(), "the PDU is there");
    assert_eq!(line.next(), None, "and the peer is");
    assert!(line.link.session().state().is_bound());
}

#[test]
fn a_pdu_that_fits_into_no_buffer_is_answered_and_dropped() {
    let mut line = Line::esme([0; 400]);
    line.arriving = vec![0; 5_000];
    line.arriving[..16].copy_from_slice(&header(CommandId::DELIVER_SM, 5));
    line.arriving[2..4].copy_from_slice(&5_000u16.to_be_bytes());
    line.arriving.extend_from_slice(&deliver(6));
    let mut told = Vec::new();
    for _ in 0..100 {
        let next = line.next_with(|event, _| told.push(format!("{event:?}")));
        if next == Some(Told::Request(6)) {
            break;
        }
    }
    assert!(told[0].starts_with("Refused"), "{told:?}");
    assert!(told[1..told.len() - 1].iter().all(|told| told.starts_with("Discarded")), "{told:?}");
    assert_eq!(line.next(), None);
    assert_eq!(line.left(), [(CommandId::DELIVER_SM_RESP, 5)]);
}

#[test]
fn two_sides_that_send_as_much_as_they_can_still_answer_each_other() {
    let mut line = Line::esme([0; 160]);
    line.takes = 0;
    while line.with(|outbox| outbox.send(&submit(b"hi"))).is_ok() {}
    // An eighth of the queue is left to answers while nothing gets away.
    line.arriving = deliver(1);
    let answer = |event: &Event<'_>, mut outbox: Outbox<'_, WINDOW>| {
        let Event::Request { reply_to, .. } = *event else { panic!("{event:?}") };
        outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
    };
    assert_eq!(line.next_with(answer), Some(Told::Request(1)));
}

#[test]
fn that_the_line_takes_nothing_is_news_once_and_only_where_room_is_short() {
    let mut line = Line::esme([0; 160]);
    assert!(line.link.stalled() && !line.link.stalled());
    line.submit(b"hi");
    let len = line.link.io().0.len();
    line.link.wrote(len);
    assert!(line.link.stalled());
    assert!(!Line::esme(Growing::default()).link.stalled());
}

#[test]
fn a_response_needs_no_room_at_all_while_nothing_gets_away() {
    let mut line = Line::esme([0; 96]);
    line.arriving = pdu(&DataSm::default(), 9);
    assert_eq!(line.next(), Some(Told::Request(9)));
    let sent = line.submit(b"");
    assert_eq!(line.next(), None);
    line.takes = 0;
    // Of the queue 15 octets are left, less than any PDU takes.
    let to = ReplyTo::new(CommandId::DATA_SM, 9);
    let message_id = (&[b'7'; 64][..]).into();
    line.with(|outbox| outbox.respond(to, &DataSmResp { message_id, ..Default::default() })).unwrap();
    line.with(|outbox| outbox.enquire_link()).unwrap();
    line.arriving = pdu(&SubmitSmResp::default(), sent.sequence_number());
    assert_eq!(line.next(), Some(Told::Response(sent)));
}

#[test]
fn a_request_whose_answer_by_the_session_has_no_place_is_not_taken() {
    let mut line = Line::esme([0; 96]);
    line.takes = 0;
    line.arriving = (1..=9).flat_map(|number| header(CommandId::ENQUIRE_LINK, number)).collect();
    let told = line.all();
    assert!((1..9).contains(&told.len()), "{told:?}");
    assert!(told.iter().all(|told| *told == Told::Other(CommandId::ENQUIRE_LINK)), "{told:?}");
    line.takes = usize::MAX;
    assert_eq!(line.all().len() + told.len(), 9);
    let expected: Vec<_> = (1..=9).map(|number| (CommandId::ENQUIRE_LINK_RESP, number)).collect();
    assert_eq!(line.left(), expected);
}

#[test]
fn storage_that_does_not_grow_though_it_can_makes_nobody_ask_for_ever() {
    #[derive(Debug)]
    struct Liar([u8; 20]);
    impl AsRef<[u8]> for Liar {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    impl AsMut<[u8]> for Liar {
        fn as_mut(&mut self) -> &mut [u8] {
            &mut self.0
        }
    }
    impl Storage for Liar {
        fn can_grow(&self) -> bool {
            true
        }
    }
    let mut line = Line::esme(Liar([0; 20]));
    line.takes = 0;
    assert!(is_too_small(&line.with(|outbox| outbox.send(&submit(b"hi")))));
    line.arriving = (1..=9).flat_map(|number| header(CommandId::ENQUIRE_LINK, number)).collect();
    assert_eq!(line.all().len(), 2, "one answer waits in the queue, one in the session");
}

#[test]
fn storage_is_exchanged_only_while_nothing_is_in_it() {
    let mut line = Line::esme(Growing::default());
    line.submit(b"hi");
    assert!(line.link.engine().transmit_storage().is_none());
    assert_eq!(line.next(), None);
    *line.link.engine().transmit_storage().unwrap() = Growing::default();
    line.submit(b"hi");
    assert_eq!(line.next(), None);
    assert_eq!(line.left().len(), 2);
}

#[test]
fn no_debug_output_shows_what_waits_to_be_written_or_read() {
    let secret = b"secret in a text";
    let mut line = Line::esme([0; 400]);
    line.takes = 0;
    line.submit(secret);
    line.arriving = pdu(&smpp_core::pdu::DeliverSm { short_message: secret, ..Default::default() }, 1);
    line.exchange();
    let outbox = line.with(|outbox| format!("{outbox:?}"));
    let shown = format!("{:?} {outbox}", line.link);
    assert!(!shown.contains("115, 101, 99") && !shown.contains("secret"), "{shown}");
}

#[test]
fn a_refused_status_is_put_like_any_answer() {
    let mut line = Line::new(Role::Mc, config(), 400, [0; 400]);
    line.arriving = pdu(&submit(b"hi"), 9);
    line.next_with(|event, mut outbox| {
        let Event::Request { reply_to, .. } = *event else { panic!("{event:?}") };
        outbox.reject(reply_to, CommandStatus::ESME_RSYSERR).unwrap();
    });
    assert!(matches!(line.poll(), Step::Io(_)));
    line.exchange();
    assert_eq!(line.left(), [(CommandId::SUBMIT_SM_RESP, 9)]);
}
