//! Applications that take their time, on the virtual clock: nobody is blamed for what another one was late with.

use crate::support::{McWire, Memory, bind, deliver_sm, message_centre, submit_sm};
use core::time::Duration;
use embassy_time::{Timer, with_timeout};
use smpp_core::pdu::DeliverSmResp;
use smpp_core::session::{Config, Event};
use smpp_embassy::{Client, now};
use smpp_embassy_testing::{Habits, block_on};

fn seconds(count: u64) -> embassy_time::Duration {
    embassy_time::Duration::from_secs(count)
}

/// Runs `scenario` with a client that is bound, and waits 7 seconds for responses.
fn with_bound<const TRANSMIT: usize>(scenario: impl AsyncFnOnce(&McWire, Client<'_, McWire, 4>)) {
    let wire = message_centre(Habits::default());
    let mut memory = Memory::<400, TRANSMIT>::default();
    let config = Config { response_timeout: Duration::from_secs(7), ..Config::default() };
    block_on(async {
        let mut client = Client::new(wire.clone(), memory.buffers(), config);
        client.bind_transceiver(&bind()).await.unwrap();
        scenario(&wire, client).await;
    });
}

#[test]
fn a_response_that_is_there_comes_before_its_time_out() {
    with_bound::<400>(async |_, mut client| {
        let sent = client.send(&submit_sm(b"hi")).unwrap();
        client.flush().await;
        Timer::after(seconds(10)).await;
        let (event, _) = client.next_event().await.unwrap();
        assert!(matches!(event, Event::Response { ticket, .. } if ticket == sent), "{event:?}");
    });
}

#[test]
fn a_response_that_is_there_comes_before_its_time_out_though_much_waits_to_be_written() {
    with_bound::<400>(async |wire, mut client| {
        let sent = client.send(&submit_sm(b"hi")).unwrap();
        client.flush().await;
        Timer::after(seconds(10)).await;
        for _ in 0..3 {
            client.send(&submit_sm(&[b'x'; 40])).unwrap();
        }
        wire.behave(Habits { stop_after_writing: Some(wire.written().len()), ..Habits::default() });
        let (event, _) = client.next_event().await.unwrap();
        assert!(matches!(event, Event::Response { ticket, .. } if ticket == sent), "{event:?}");
    });
}

#[test]
fn an_answer_to_enquire_link_that_is_there_keeps_the_link() {
    with_bound::<400>(async |wire, mut client| {
        let before = wire.written().len();
        // The question goes out, the application goes away, the answer comes.
        wire.behave(Habits { hesitations: 1, ..Habits::default() });
        assert!(with_timeout(seconds(30), client.next_event()).await.is_err());
        client.flush().await;
        wire.behave(Habits::default());
        assert_eq!(wire.written().len() - before, 16);
        Timer::after(seconds(20)).await;
        let (event, _) = client.next_event().await.unwrap();
        assert!(matches!(event, Event::LinkChecked { .. }), "{event:?}");
    });
}

#[test]
fn a_peer_that_never_stops_puts_no_time_out_off_for_ever() {
    const FLOOD: u32 = 1000;
    with_bound::<400>(async |wire, mut client| {
        wire.with_peer(|mc| mc.is_silent = true);
        let sent = client.send(&submit_sm(b"hi")).unwrap();
        client.flush().await;
        let mut len = 0;
        for number in 1..=FLOOD {
            let delivery = deliver_sm(number, b"hi");
            len = delivery.len();
            wire.say(&delivery);
        }
        wire.behave(Habits { chunk: len, ..Habits::default() });
        Timer::after(seconds(10)).await;
        let mut deliveries = 0;
        loop {
            let (event, mut outbox) = client.next_event().await.unwrap();
            match event {
                Event::Request { reply_to, .. } => {
                    outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
                    deliveries += 1;
                }
                other => {
                    assert_eq!(other, Event::TimedOut { ticket: sent });
                    break;
                }
            }
        }
        assert!((1..FLOOD / 2).contains(&deliveries), "{deliveries}");
    });
}

#[test]
fn what_a_slow_application_sends_is_timed_from_then() {
    with_bound::<400>(async |wire, mut client| {
        wire.with_peer(|mc| mc.is_silent = true);
        wire.say(&deliver_sm(1, b"hi"));
        let (_, mut outbox) = client.next_event().await.unwrap();
        Timer::after(seconds(5)).await;
        let sent = outbox.send(&submit_sm(b"hi")).unwrap();
        assert_eq!(outbox.now(), now());
        let (event, _) = client.next_event().await.unwrap();
        assert_eq!(event, Event::TimedOut { ticket: sent });
        assert_eq!(now().as_micros(), 12_000_000);
    });
}
