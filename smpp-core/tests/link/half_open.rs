//! Lines that end, half or whole, and how a session says farewell.

use crate::support::{Growing, Line, Told, WINDOW, bound, config, deliver, header, pdu, seconds, submit};
use smpp_core::link::{Half, Link, Outbox, Step, Until};
use smpp_core::pdu::{BindTransceiver, DeliverSmResp, SubmitSmResp};
use smpp_core::session::{CloseReason, Config, Event, Role, Session, State};
use smpp_core::types::CommandId;
use std::time::Duration;

fn answer(event: &Event<'_>, mut outbox: Outbox<'_, WINDOW>) {
    match *event {
        Event::Request { reply_to, .. } if outbox.session().role() == Role::Mc => {
            outbox.respond(reply_to, &SubmitSmResp::default()).unwrap();
        }
        Event::Request { reply_to, .. } => outbox.respond(reply_to, &DeliverSmResp::default()).unwrap(),
        _ => {}
    }
}

#[test]
fn what_a_peer_sent_before_it_ended_is_worked_off_first() {
    let mut line = Line::esme([0; 400]);
    let sent = line.submit(b"hi");
    assert_eq!(line.next(), None);
    line.arriving = [deliver(1), pdu(&SubmitSmResp::default(), 1)].concat();
    line.exchange();
    line.link.arrived(0);
    assert_eq!(line.next_with(answer), Some(Told::Request(1)));
    assert_eq!(line.next(), Some(Told::Response(sent)));
    assert!(line.link.is_shut() || line.link.session().state() != State::Closed);
    assert_eq!(line.next(), Some(Told::Closed(CloseReason::ConnectionLost)));
    assert_eq!(line.poll(), Step::Closed(CloseReason::ConnectionLost));
    assert_eq!(line.left(), [(CommandId::SUBMIT_SM, 1)], "an ESME writes no more to an MC that left");
}

#[test]
fn an_mc_answers_an_esme_that_ended_what_it_sends() {
    let mut line = Line::new(Role::Mc, config(), 400, [0; 400]);
    line.arriving = pdu(&submit(b"last words"), 1);
    line.exchange();
    line.link.arrived(0);
    assert_eq!(line.next_with(answer), Some(Told::Request(1)));
    assert_eq!(line.next(), Some(Told::Closed(CloseReason::ConnectionLost)));
    assert_eq!(line.left(), [(CommandId::SUBMIT_SM_RESP, 1)]);
}

#[test]
fn what_an_mc_wrote_in_its_farewell_counts_as_written() {
    for takes in [0, 3, usize::MAX] {
        let mut line = Line::new(Role::Mc, config(), 400, [0; 400]);
        let request = smpp_core::pdu::DeliverSm::default();
        let sent = line.with(|outbox| outbox.send(&request)).unwrap();
        line.link.end(Half::Read);
        line.takes = takes;
        assert_eq!(line.next().is_some(), takes == usize::MAX);
        if takes < usize::MAX {
            line.pass(seconds(1));
            assert_eq!(line.next(), Some(Told::Abandoned(sent, false)));
        }
        let is_whole = line.left().len() == 1;
        assert_eq!(is_whole, takes == usize::MAX);
    }
}

#[test]
fn after_a_write_failed_what_the_peer_sent_before_is_read() {
    let mut line = Line::esme([0; 400]);
    let (first, second) = (line.submit(b"one"), line.submit(b"two"));
    line.takes = line.link.io().0.len() / 2 + 5;
    line.exchange();
    line.link.end(Half::Write);
    line.arriving = [pdu(&SubmitSmResp::default(), 1), deliver(1)].concat();
    assert_eq!(line.next(), Some(Told::Response(first)));
    assert_eq!(line.next_with(answer), Some(Told::Request(1)));
    assert_eq!(line.next(), None, "the line is quiet, and may have more");
    assert!(line.link.io().0.is_empty() && !line.link.io().1.is_empty());
    line.link.arrived(0);
    assert_eq!(line.all(), [Told::Abandoned(second, false), Told::Closed(CloseReason::ConnectionLost)]);
}

#[test]
fn a_mute_line_whose_answers_find_no_place_any_more_is_over() {
    let mut line = Line::esme([0; 64]);
    line.link.end(Half::Write);
    line.arriving = (1..=9).flat_map(deliver).collect();
    let mut told = Vec::new();
    while let Some(next) = line.next_with(answer) {
        told.push(next);
    }
    assert_eq!(told.last(), Some(&Told::Closed(CloseReason::ConnectionLost)));
    assert!(told.len() > 1, "{told:?}");
}

#[test]
fn a_write_of_nothing_ends_writing_if_there_was_something_to_write() {
    let mut line = Line::esme([0; 400]);
    line.link.wrote(0);
    line.submit(b"hi");
    assert!(!line.link.io().0.is_empty());
    line.link.wrote(0);
    assert!(line.link.io().0.is_empty());
}

#[test]
fn octets_that_are_no_smpp_are_answered_then_the_session_is_over() {
    let mut line = Line::esme([0; 400]);
    let sent = line.submit(b"hi");
    assert_eq!(line.next(), None);
    line.arriving = b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec();
    line.exchange();
    // Garbage is found in `poll`; the peer is told before the tickets end.
    assert!(matches!(line.poll(), Step::Io(Until::At(_))));
    assert!(line.link.framing_error().is_some());
    assert_eq!(line.all(), [Told::Abandoned(sent, true), Told::Closed(CloseReason::FramingLost)]);
    assert_eq!(line.left()[1].0, CommandId::GENERIC_NACK);
}

#[test]
fn the_last_octets_have_a_second_to_leave() {
    let mut line = Line::esme([0; 400]);
    line.with(|outbox| outbox.unbind()).unwrap();
    assert_eq!(line.next(), None);
    line.takes = 0;
    line.arriving = [deliver(1), header(CommandId::UNBIND_RESP, 1)].concat();
    assert_eq!(line.next_with(answer), Some(Told::Request(1)));
    assert_eq!(line.next(), Some(Told::Other(CommandId::UNBIND_RESP)));
    assert_eq!(line.next(), None, "the answer has not left");
    assert!(!line.link.is_shut());
    assert_eq!(line.poll(), Step::Io(Until::At(line.now.after(seconds(1)))));
    assert!(line.link.io().1.is_empty(), "nothing is read any more");
    line.pass(Duration::from_millis(999));
    assert_eq!(line.next(), None);
    line.pass(Duration::from_millis(1));
    assert_eq!(line.next(), Some(Told::Closed(CloseReason::Unbound)));
    assert!(line.link.is_shut());
}

#[test]
fn a_farewell_lasts_until_the_transport_has_let_go_what_it_took() {
    let mut line = Line::esme([0; 400]);
    line.with(|outbox| outbox.unbind()).unwrap();
    assert!(matches!(line.poll(), Step::Io(_)));
    let len = line.link.io().0.len();
    line.link.wrote(len);
    assert!(line.link.wants_flush() && line.link.wants_write());
    line.arriving = header(CommandId::UNBIND_RESP, 1);
    assert_eq!(line.next(), Some(Told::Other(CommandId::UNBIND_RESP)));
    assert!(matches!(line.poll(), Step::Io(Until::At(_))), "TLS may hold the unbind");
    assert!(line.link.wants_flush());
    line.link.flushed();
    assert_eq!(line.poll(), Step::Event);
}

#[test]
fn a_link_that_is_lost_says_what_never_left() {
    let mut line = Line::esme([0; 400]);
    line.pass(seconds(61));
    assert_eq!(line.next(), None);
    line.takes = 0;
    line.pass(seconds(6));
    let sent = line.submit(b"hi");
    line.pass(seconds(1));
    assert_eq!(line.next(), None, "its last octets have a second");
    line.pass(seconds(1));
    assert_eq!(line.all(), [Told::Abandoned(sent, false), Told::Closed(CloseReason::LinkLost)]);
}

#[test]
fn a_close_without_unbind_lets_what_waits_leave() {
    let mut line = Line::esme([0; 400]);
    let sent = line.submit(b"hi");
    line.with(|outbox| outbox.close());
    assert_eq!(line.all(), [Told::Abandoned(sent, true), Told::Closed(CloseReason::ConnectionLost)]);
    assert_eq!(line.left().len(), 1);
}

#[test]
fn both_roles_bind_and_unbind_over_two_links() {
    let start = smpp_core::Instant::ZERO;
    let mut ends =
        [Session::esme(Config::default(), start), Session::mc(Config::default(), start)].map(|session| {
            let mut line = Line::esme(Growing::default());
            line.link = Link::new(session, vec![0; 400], Growing::default());
            line
        });
    ends[0]
        .with(|outbox| outbox.bind(&BindTransceiver { system_id: "me".into(), ..Default::default() }))
        .unwrap();
    let (mut told, clock) = (Vec::new(), move || start);
    for round in 0..20 {
        let side = round % 2;
        ends[1 - side].arriving.append(&mut std::mem::take(&mut ends[side].written));
        for _ in 0..10 {
            let line = &mut ends[side];
            match line.poll() {
                Step::Event => {
                    let (event, mut outbox) = line.link.event(&clock);
                    told.push(match event {
                        Event::BindRequested { reply_to, .. } => {
                            outbox.accept(reply_to, "mc".into()).unwrap();
                            "bind"
                        }
                        Event::Bound { .. } => {
                            outbox.unbind().unwrap();
                            "bound"
                        }
                        Event::UnbindRequested { .. } => "unbind",
                        Event::Unbound { .. } => "unbound",
                        Event::Closed(CloseReason::Unbound) => "closed",
                        Event::Closed(CloseReason::ConnectionLost | CloseReason::UnboundByPeer) => {
                            "closed by peer"
                        }
                        other => panic!("{other:?}"),
                    });
                }
                Step::Io(_) => {
                    line.exchange();
                }
                Step::Closed(_) => ends[1 - side].link.end(Half::Read),
            }
        }
    }
    assert_eq!(told, ["bind", "bound", "unbind", "unbound", "closed", "closed by peer"]);
}

#[test]
fn a_session_that_was_resumed_goes_on_in_a_link() {
    let now = smpp_core::Instant::ZERO;
    let mut before = bound(Role::Esme, Config::default(), now);
    let mut out = [0; 100];
    let (sent, _) = before.send(now, &submit(b"hi"), &mut out).unwrap();
    let snapshot = before.snapshot().unwrap();
    let mut after = Session::<WINDOW>::resume(Config::default(), now, snapshot);
    assert_eq!(after.adopt(now, sent.sequence_number(), CommandId::SUBMIT_SM), Some(sent));
    let mut line = Line::esme([0; 400]);
    line.link = Link::new(after, vec![0; 400], [0; 400]);
    line.arriving = pdu(&SubmitSmResp::default(), sent.sequence_number());
    assert_eq!(line.next(), Some(Told::Response(sent)));
}
