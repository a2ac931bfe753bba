//! Time: what is here comes before what did not come.

use crate::support::{Growing, Line, Told, bound, config, deliver, header, pdu, seconds, submit};
use smpp_core::link::{Engine, Step, Until};
use smpp_core::pdu::{DeliverSmResp, SubmitSmResp};
use smpp_core::session::{Config, Event, Role};
use smpp_core::types::CommandId;
use std::time::Duration;

fn response(number: u32) -> Vec<u8> {
    pdu(&SubmitSmResp { message_id: "17".into(), ..SubmitSmResp::default() }, number)
}

#[test]
fn a_response_that_is_here_comes_before_its_time_out() {
    let mut line = Line::esme([0; 400]);
    let sent = line.submit(b"hi");
    assert_eq!(line.next(), None);
    line.pass(seconds(10));
    line.arriving = response(1);
    assert_eq!(line.next(), Some(Told::Response(sent)));
    assert_eq!(line.next(), None);
}

#[test]
fn a_response_behind_many_requests_comes_before_its_time_out_though_nothing_can_be_written() {
    let mut line = Line::esme([0; 160]);
    let sent = line.submit(b"hi");
    assert_eq!(line.next(), None);
    line.takes = 0;
    line.submit(b"of this nothing leaves");
    line.pass(seconds(10));
    line.arriving = [deliver(1), response(1)].concat();
    let respond = |event: &Event<'_>, mut outbox: smpp_core::link::Outbox<'_, 8>| {
        if let Event::Request { reply_to, .. } = *event {
            outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
        }
    };
    assert_eq!(line.next_with(respond), Some(Told::Request(1)));
    assert_eq!(line.next(), Some(Told::Response(sent)));
}

#[test]
fn while_a_time_out_is_due_room_for_one_answer_will_do() {
    let mut line = Line::esme([0; 160]);
    line.submit(b"hi");
    assert_eq!(line.next(), None);
    line.submit(&[b'x'; 60]);
    let (_, room) = line.link.io();
    let len = deliver(1).len();
    room[..len].copy_from_slice(&deliver(1));
    line.link.arrived(len);
    assert!(matches!(line.poll(), Step::Io(Until::At(_))), "half of the queue is not free");
    line.pass(seconds(10));
    assert_eq!(line.poll(), Step::Io(Until::Now), "what waits has waited for long");
    assert_eq!(line.poll(), Step::Event);
}

#[test]
fn before_a_time_out_the_line_is_looked_at_without_waiting_and_silence_alone_proves_nothing() {
    let mut line = Line::esme([0; 400]);
    let sent = line.submit(b"hi");
    assert!(matches!(line.poll(), Step::Io(Until::At(_))));
    line.exchange();
    let Step::Io(Until::At(at)) = line.poll() else { panic!("it waits for the response") };
    line.now = at;
    // The wait ended by the clock: nobody looked whether something had come by then.
    line.link.idle();
    assert_eq!(line.poll(), Step::Io(Until::Now));
    line.link.idle();
    assert_eq!(line.poll(), Step::Event);
    assert_eq!(line.next(), Some(Told::TimedOut(sent)));
}

#[test]
fn an_adapter_that_never_says_that_nothing_is_there_gets_its_time_outs_all_the_same() {
    let mut line = Line::esme([0; 400]);
    line.submit(b"hi");
    line.pass(seconds(10));
    let looks =
        std::iter::from_fn(|| (line.poll() == Step::Io(Until::Now)).then_some(())).take(1_000).count();
    assert_eq!(looks, 64);
    assert_eq!(line.poll(), Step::Event);
}

#[test]
fn a_peer_that_never_stops_puts_no_time_out_off_for_ever() {
    let mut line = Line::new(Role::Esme, config(), 100, [0; 400]);
    let sent = line.submit(b"hi");
    assert_eq!(line.next(), None);
    line.pass(seconds(10));
    let mut deliveries = 0;
    loop {
        deliveries += 1;
        line.arriving = deliver(deliveries);
        let answer = |event: &Event<'_>, mut outbox: smpp_core::link::Outbox<'_, 8>| {
            if let Event::Request { reply_to, .. } = *event {
                outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
            }
        };
        match line.next_with(answer) {
            Some(Told::Request(_)) => assert!(deliveries < 200, "put off for ever"),
            other => return assert_eq!(other, Some(Told::TimedOut(sent))),
        }
    }
}

#[test]
fn what_timed_out_before_an_octet_of_it_left_never_leaves() {
    let mut line = Line::esme([0; 400]);
    line.takes = 0;
    let first = line.submit(b"one");
    line.takes = 10;
    assert_eq!(line.next(), None);
    assert_eq!(line.written.len(), 10);
    line.pass(seconds(1));
    let second = line.submit(b"two");
    line.pass(seconds(10));
    // Not even in the look before the time-out, though the line takes it now.
    line.takes = usize::MAX;
    assert_eq!(line.all(), [Told::TimedOut(first), Told::TimedOut(second)]);
    assert_eq!(line.left(), [(CommandId::SUBMIT_SM, 1)], "what had begun is finished");
    line.submit(b"three");
    assert_eq!(line.next(), None);
    assert_eq!(line.left(), [(CommandId::SUBMIT_SM, 1), (CommandId::SUBMIT_SM, 3)]);
}

#[test]
fn what_a_slow_application_sends_is_timed_from_then() {
    let mut line = Line::esme([0; 400]);
    line.arriving = deliver(1);
    let later = line.now.after(seconds(5));
    while line.poll() != Step::Event {
        line.exchange();
    }
    let clock = move || later;
    let (_, mut outbox) = line.link.event(&clock);
    let sent = outbox.send(&submit(b"hi")).unwrap();
    assert_eq!(outbox.now(), later);
    line.now = later.after(seconds(6));
    assert_eq!(line.next(), None);
    line.now = later.after(Duration::from_millis(7_001));
    assert_eq!(line.next(), Some(Told::TimedOut(sent)));
}

#[test]
fn the_first_of_many_answers_does_not_wait_for_the_last() {
    let mut line = Line::esme(Growing::default());
    line.arriving = (1..=5).flat_map(deliver).collect();
    for number in 1..=5 {
        let answer = |event: &Event<'_>, mut outbox: smpp_core::link::Outbox<'_, 8>| {
            if let Event::Request { reply_to, .. } = *event {
                outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
            }
        };
        assert_eq!(line.next_with(answer), Some(Told::Request(number)));
        // The application takes 11 milliseconds for each.
        line.pass(Duration::from_millis(11));
        assert_eq!(line.left().len(), number as usize - 1);
    }
}

#[test]
fn an_event_that_is_not_taken_waits() {
    let mut line = Line::esme([0; 400]);
    let sent = line.submit(b"hi");
    line.pass(seconds(10));
    while line.poll() != Step::Event {
        line.exchange();
    }
    line.pass(seconds(100));
    assert_eq!(line.poll(), Step::Event);
    line.arriving = deliver(1);
    assert_eq!(line.next(), Some(Told::TimedOut(sent)));
}

#[test]
fn an_event_that_nobody_announced_promises_nothing() {
    let mut line = Line::esme([0; 400]);
    let now = line.now;
    let clock = move || now;
    let (event, _) = line.link.event(&clock);
    assert_eq!(event, Event::Writable);
    assert_eq!(line.link.frame(), None);
}

#[test]
fn an_enquire_link_goes_out_and_its_answer_keeps_the_link() {
    let mut line = Line::esme([0; 400]);
    line.pass(seconds(61));
    assert_eq!(line.next(), None);
    assert_eq!(line.left(), [(CommandId::ENQUIRE_LINK, 1)]);
    line.pass(seconds(6));
    line.arriving = header(CommandId::ENQUIRE_LINK_RESP, 1);
    assert_eq!(line.next(), Some(Told::Other(CommandId::ENQUIRE_LINK_RESP)));
    assert!(line.link.session().state().is_bound());
}

#[test]
fn an_engine_works_on_input_that_is_kept_elsewhere() {
    let now = smpp_core::Instant::from_millis(5);
    let mut engine = Engine::new(bound(Role::Mc, Config::default(), now), Growing::default());
    let input = [pdu(&submit(b"one"), 1), pdu(&submit(b"two"), 2)].concat();
    let mut at = 0;
    for number in 1..=2 {
        assert!(engine.is_ready(&input[at..]));
        assert_eq!(engine.poll(now, &input[at..]), Step::Event);
        let clock = move || now;
        let (event, consumed, mut outbox) = engine.event(&input[at..], &clock);
        let Event::Request { reply_to, .. } = event else { panic!("{event:?}") };
        assert_eq!(reply_to.sequence_number(), number);
        outbox.respond(reply_to, &SubmitSmResp::default()).unwrap();
        at += consumed;
    }
    assert_eq!(at, input.len());
    assert!(matches!(engine.poll(now, &input[at..]), Step::Io(Until::At(_))));
    assert_eq!(crate::support::headers(engine.output()).len(), 2);
}
