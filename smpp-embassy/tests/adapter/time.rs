//! Time-outs, the rate limit, and lines that go silent: on the virtual clock, to the millisecond.

use crate::support::{McWire, Memory, bind, message_centre, submit_sm};
use core::time::Duration;
use embassy_time::with_timeout;
use smpp_core::session::{CloseReason, Config, Event};
use smpp_embassy::{Client, Error, now};
use smpp_embassy_testing::{Habits, block_on};

fn config() -> Config {
    Config {
        response_timeout: Duration::from_secs(7),
        enquire_link: Duration::from_secs(30),
        ..Config::default()
    }
}

/// Milliseconds on the clock.
fn millis() -> u64 {
    now().as_micros() / 1000
}

#[test]
fn a_silent_peer_costs_exactly_the_response_time_then_the_link() {
    let wire = message_centre(Habits::default());
    let mut memory = Memory::<400, 400>::default();
    block_on(async {
        let mut client = Client::<McWire, 4>::new(wire.clone(), memory.buffers(), config());
        client.bind_transceiver(&bind()).await.unwrap();
        wire.with_peer(|mc| mc.is_silent = true);
        assert_eq!(client.submit(&submit_sm(b"hi"), |_, _| ()).await, Err(Error::TimedOut));
        assert_eq!(millis(), 7_000);
        let reason = loop {
            if let (Event::Closed(reason), _) = client.next_event().await.unwrap() {
                break reason;
            }
        };
        assert_eq!(reason, CloseReason::LinkLost);
        assert_eq!(millis(), 30_000 + 7_000, "an enquire_link went out and got no answer");
    });
}

#[test]
fn a_line_that_takes_no_octets_stops_no_timer() {
    let wire = message_centre(Habits::default());
    let mut memory = Memory::<400, 400>::default();
    block_on(async {
        let mut client = Client::<McWire, 4>::new(wire.clone(), memory.buffers(), config());
        client.bind_transceiver(&bind()).await.unwrap();
        wire.behave(Habits { stop_after_writing: Some(wire.written().len() + 10), ..Habits::default() });
        assert_eq!(client.submit(&submit_sm(b"hi"), |_, _| ()).await, Err(Error::TimedOut));
        assert_eq!(millis(), 7_000);
        let mut reason = None;
        while let Ok((event, _)) = client.next_event().await {
            if let Event::Closed(why) = event {
                reason = Some(why);
            }
        }
        assert_eq!(reason, Some(CloseReason::LinkLost));
        assert_eq!(millis(), 37_000 + 1_000, "the last octets got a second to leave");
    });
}

#[test]
fn what_never_left_before_the_link_was_lost_is_told_as_not_written() {
    let wire = message_centre(Habits::default());
    let mut memory = Memory::<400, 400>::default();
    block_on(async {
        let config = Config { enquire_link: Duration::from_secs(5), ..config() };
        let mut client = Client::<McWire, 4>::new(wire.clone(), memory.buffers(), config);
        client.bind_transceiver(&bind()).await.unwrap();
        wire.behave(Habits { stop_after_writing: Some(wire.written().len()), ..Habits::default() });
        let six_seconds = embassy_time::Duration::from_secs(6);
        assert!(with_timeout(six_seconds, client.next_event()).await.is_err());
        let sent = client.send(&submit_sm(b"hi")).unwrap();
        let (event, _) = client.next_event().await.unwrap();
        assert_eq!(event, Event::Abandoned { ticket: sent, written: false });
        let (event, _) = client.next_event().await.unwrap();
        assert_eq!(event, Event::Closed(CloseReason::LinkLost));
    });
}

#[test]
fn the_rate_is_kept_and_waited_for() {
    let wire = message_centre(Habits::default());
    let mut memory = Memory::<400, 400>::default();
    block_on(async {
        let config = Config { rate: 20, ..config() };
        let mut client = Client::<McWire, 4>::new(wire.clone(), memory.buffers(), config);
        client.bind_transceiver(&bind()).await.unwrap();
        for number in 1..=41u32 {
            let id = client.submit(&submit_sm(b"hi"), |_, _| ()).await.unwrap().to_string();
            assert_eq!(id, number.to_string());
        }
        assert_eq!(millis(), 2_000);
    });
}

#[test]
fn an_application_can_wait_under_a_time_out_of_its_own() {
    let wire = message_centre(Habits::default());
    let mut memory = Memory::<400, 400>::default();
    block_on(async {
        let mut client = Client::<McWire, 4>::new(wire.clone(), memory.buffers(), config());
        client.bind_transceiver(&bind()).await.unwrap();
        let second = embassy_time::Duration::from_secs(1);
        assert!(with_timeout(second, client.next_event()).await.is_err());
        assert_eq!(millis(), 1_000);
        client.send(&submit_sm(b"hi")).unwrap();
        let event = with_timeout(second, client.next_event()).await.unwrap();
        assert!(matches!(event, Ok((Event::Response { .. }, _))));
    });
}
