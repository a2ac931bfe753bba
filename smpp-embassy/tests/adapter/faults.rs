//! Lines that end and fail, peers that talk nonsense or too much, buffers that are small.

use crate::support::{McWire, Memory, bind, deliver_sm, message_centre, submit_sm};
use smpp_core::pdu::{DeliverSmResp, EnquireLink, encode};
use smpp_core::session::{CloseReason, Config, Event, Refusal, SendError, State};
use smpp_core::types::CommandStatus;
use smpp_core::{EncodeError, frame::FrameError};
use smpp_embassy::{Client, Error};
use smpp_embassy_testing::{Habits, LineError, block_on};

type TestClient<'m> = Client<'m, McWire, 4>;

/// A client that is bound.
async fn bound(wire: &McWire, memory: &'static mut Memory<400, 400>, config: Config) -> TestClient<'static> {
    let mut client = Client::new(wire.clone(), memory.buffers(), config);
    client.bind_transceiver(&bind()).await.unwrap();
    client
}

/// Memory that a test may keep.
fn memory<const RECEIVE: usize, const TRANSMIT: usize>() -> &'static mut Memory<RECEIVE, TRANSMIT> {
    Box::leak(Box::default())
}

/// All events up to the end, in words, and how it ended.
async fn drain(client: &mut TestClient<'_>) -> (Vec<String>, Error<LineError>) {
    let mut events = Vec::new();
    loop {
        match client.next_event().await {
            Ok((event, _)) => events.push(format!("{event:?}")),
            Err(error) => return (events, error),
        }
    }
}

/// How often `word` starts an event.
fn count(events: &[String], word: &str) -> usize {
    events.iter().filter(|event| event.starts_with(word)).count()
}

#[test]
fn every_ticket_ends_once_wherever_the_line_fails_in_writing() {
    let whole = {
        let wire = message_centre(Habits::default());
        block_on(async {
            let mut client = bound(&wire, memory(), Config::default()).await;
            client.send(&submit_sm(b"one")).unwrap();
            client.send(&submit_sm(b"two")).unwrap();
            client.flush().await;
        });
        wire.written().len()
    };
    let submit_len = 46 + 3;
    let bind_len = whole - 2 * submit_len;
    for fail_at in bind_len..whole {
        let wire = message_centre(Habits::default());
        block_on(async {
            let mut client = bound(&wire, memory(), Config::default()).await;
            wire.behave(Habits { fail_after_writing: Some(fail_at), ..Habits::default() });
            client.send(&submit_sm(b"one")).unwrap();
            client.send(&submit_sm(b"two")).unwrap();
            // The peer closes once it has said everything.
            client.flush().await;
            let read = wire.with_peer(|mc| mc.events.len());
            assert_eq!(read, 1 + (fail_at - bind_len) / submit_len, "what the peer got whole, it handled");
            wire.close();
            let (events, error) = drain(&mut client).await;
            let answered = (fail_at - bind_len) / submit_len;
            assert_eq!(count(&events, "Response"), answered, "{events:?}");
            assert_eq!(count(&events, "Abandoned"), 2 - answered, "{events:?}");
            let unwritten = events.iter().filter(|event| event.ends_with("written: false }")).count();
            assert_eq!(unwritten, 2 - answered, "the octets of the rest never left: {events:?}");
            assert_eq!(events.last().unwrap(), "Closed(ConnectionLost)");
            assert_eq!(error, Error::Transport(LineError));
        });
    }
}

#[test]
fn responses_that_came_before_the_end_are_told_before_it() {
    let wire = message_centre(Habits::default());
    block_on(async {
        let mut client = bound(&wire, memory(), Config::default()).await;
        client.send(&submit_sm(b"one")).unwrap();
        client.flush().await;
        wire.close();
        let (events, error) = drain(&mut client).await;
        assert_eq!((count(&events, "Response"), events.len()), (1, 2), "{events:?}");
        assert_eq!(error, Error::Closed(CloseReason::ConnectionLost));
        let (events, error) = drain(&mut client).await;
        assert_eq!((events.len(), error), (0, Error::Closed(CloseReason::ConnectionLost)), "it stays over");
        assert_eq!(client.send(&submit_sm(b"two")), Err(SendError::Closed));
    });
}

#[test]
fn octets_that_are_no_smpp_are_answered_and_end_the_session() {
    let wire = message_centre(Habits { chunk: 3, hesitations: 1, ..Habits::default() });
    block_on(async {
        let mut client = bound(&wire, memory(), Config::default()).await;
        client.send(&submit_sm(b"one")).unwrap();
        wire.with_peer(|mc| mc.is_silent = true);
        wire.say(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let (events, error) = drain(&mut client).await;
        assert_eq!(events.len(), 2, "{events:?}");
        assert!(events[0].starts_with("Abandoned") && events[0].ends_with("written: true }"), "{events:?}");
        assert_eq!(events[1], "Closed(FramingLost)");
        let Error::Protocol(FrameError { command_length, .. }) = error else { panic!("{error:?}") };
        assert_eq!(command_length, u32::from_be_bytes(*b"HTTP"));
        let written = wire.written();
        assert_eq!(written[written.len() - 16..][4..8], [0x80, 0, 0, 0], "a generic_nack went out");
    });
}

#[test]
fn a_pdu_larger_than_the_buffer_is_refused_and_the_session_lives() {
    let wire = message_centre(Habits { chunk: 50, ..Habits::default() });
    block_on(async {
        let mut client = bound(&wire, memory(), Config::default()).await;
        let text = [b'x'; 255];
        let mut large = deliver_sm(1, &text);
        let padding = [0x14, 0x00, 0x00, 200].into_iter().chain([0; 200]);
        large.extend(padding);
        let len = u32::try_from(large.len()).unwrap();
        assert!(len > 400);
        large[..4].copy_from_slice(&len.to_be_bytes());
        wire.say(&large);
        wire.say(&deliver_sm(2, b"hello"));
        let mut refused = false;
        loop {
            let (event, mut outbox) = client.next_event().await.unwrap();
            match event {
                Event::Refused { cause, .. } => refused = cause == Refusal::TooLarge,
                Event::Discarded { .. } => {}
                Event::Request { reply_to, .. } => {
                    outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(refused);
        assert_eq!(client.unbind(|_, _| ()).await, Ok(CloseReason::Unbound));
    });
}

#[test]
fn a_flood_of_requests_is_answered_from_the_smallest_buffers() {
    let wire = message_centre(Habits { chunk: 5, ..Habits::default() });
    let memory = memory::<64, 64>();
    block_on(async {
        let mut client: TestClient<'_> = Client::new(wire.clone(), memory.buffers(), Config::default());
        client.bind_transceiver(&bind()).await.unwrap();
        let before = wire.written().len();
        let mut enquiry = [0; 16];
        for number in 1..=100 {
            encode(&EnquireLink::default(), CommandStatus::ESME_ROK, number, &mut enquiry).unwrap();
            wire.say(&enquiry);
            wire.say(&deliver_sm(1000 + number, b"hi"));
        }
        let mut deliveries = 0;
        while deliveries < 100 {
            if let (Event::Request { reply_to, .. }, mut outbox) = client.next_event().await.unwrap() {
                outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
                deliveries += 1;
            }
        }
        client.flush().await;
        assert_eq!(wire.written().len() - before, 100 * (16 + 17));
        assert_eq!(client.session().unanswered(), 0);
    });
}

#[test]
fn a_full_transmit_buffer_is_said_and_submit_waits_for_room() {
    let wire = message_centre(Habits::default());
    let memory = memory::<128, 160>();
    block_on(async {
        let mut client: TestClient<'_> = Client::new(wire.clone(), memory.buffers(), Config::default());
        client.bind_transceiver(&bind()).await.unwrap();
        let text = [b'x'; 60];
        client.send(&submit_sm(&text)).unwrap();
        let refused = client.send(&submit_sm(&text));
        assert!(
            matches!(refused, Err(SendError::Encode(EncodeError::BufferTooSmall { needed: 106 }))),
            "{refused:?}"
        );
        let mut answered = 0;
        let id = client.submit(&submit_sm(&text), |_, _| answered += 1).await.unwrap().to_string();
        assert_eq!((id.as_str(), answered), ("2", 1));
        let too_long = client.submit(&submit_sm(&[b'x'; 200]), |_, _| ()).await;
        assert!(matches!(too_long, Err(Error::Send(SendError::Encode(EncodeError::BufferTooSmall { .. })))));
    });
}

#[test]
fn a_refused_bind_is_told_and_another_one_may_be_tried() {
    let wire = message_centre(Habits::default());
    block_on(async {
        wire.with_peer(|mc| mc.refuses_binds = true);
        let memory = memory::<128, 128>();
        let mut client: TestClient<'_> = Client::new(wire.clone(), memory.buffers(), Config::default());
        let refused = client.bind_transceiver(&bind()).await;
        assert_eq!(refused, Err(Error::BindRefused { status: CommandStatus::ESME_RBINDFAIL }));
        wire.with_peer(|mc| mc.refuses_binds = false);
        let bound = client.bind_transceiver(&bind()).await.unwrap();
        assert_eq!(bound.system_id.as_octets(), b"mc");
        assert_eq!(client.session().state(), State::BoundTrx);
    });
}

#[test]
#[should_panic(expected = "fewer than 64 octets")]
fn buffers_without_room_for_anything_are_refused_at_once() {
    let wire = message_centre(Habits::default());
    let _: TestClient<'_> = Client::new(wire, memory::<63, 64>().buffers(), Config::default());
}
