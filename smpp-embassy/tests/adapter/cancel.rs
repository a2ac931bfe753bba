//! Every future of a client is dropped at every one of its await points, over lines that hesitate and cut: what the
//! application and the peer see stays the same.

use crate::support::{McWire, Memory, bind, deliver_sm, message_centre, submit_sm};
use smpp_core::pdu::DeliverSmResp;
use smpp_core::session::{CloseReason, Config, Event, State, Undecoded};
use smpp_embassy::{Client, Error};
use smpp_embassy_testing::{Dropping, Habits, LineError, block_on};

/// Lines from easy to hard; each also with a peer that takes nothing before it is read.
fn habits() -> impl Iterator<Item = Habits> {
    let chunks = [(usize::MAX, 0), (usize::MAX, 2), (1, 0), (1, 1), (7, 3)];
    chunks.into_iter().flat_map(|(chunk, hesitations)| {
        [false, true].map(|wants_to_be_read| Habits {
            chunk,
            hesitations,
            wants_to_be_read,
            ..Habits::default()
        })
    })
}

/// What both sides saw.
#[derive(PartialEq, Debug)]
struct Seen {
    events: Vec<String>,
    peer: Vec<String>,
    written: Vec<u8>,
}

/// Runs `scenario` undisturbed, dropped at each single await point, and dropped at every one: the outcome is the same.
fn is_the_same_however_dropped(scenario: impl AsyncFn(Habits, &mut Dropping) -> Seen) {
    for habits in habits() {
        let mut dropping = Dropping::nowhere();
        let undisturbed = block_on(scenario(habits, &mut dropping));
        assert!(undisturbed.events.len() > 1, "{undisturbed:?}");
        for point in 0..dropping.passed() {
            let seen = block_on(scenario(habits, &mut Dropping::at(point)));
            assert_eq!(seen, undisturbed, "{habits:?}, dropped at {point}");
        }
        assert_eq!(block_on(scenario(habits, &mut Dropping::everywhere())), undisturbed, "{habits:?}");
    }
}

/// An event in words, with what its PDU says.
fn words(event: &Event<'_, Undecoded>) -> String {
    match event {
        Event::Bound { frame, .. } | Event::Request { frame, .. } | Event::Response { frame, .. } => {
            format!("{event:?} {:?}", frame.pdu())
        }
        _ => format!("{event:?}"),
    }
}

/// The next event, in words, however often the future is dropped before it comes; requests are answered.
async fn next(
    client: &mut Client<'_, McWire, 4>,
    dropping: &mut Dropping,
) -> Result<String, Error<LineError>> {
    loop {
        if let Some(outcome) = dropping.run(client.next_event()).await {
            let (event, mut outbox) = outcome?;
            if let Event::Request { reply_to, .. } = event {
                outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
            }
            return Ok(words(&event));
        }
    }
}

#[test]
fn next_event_loses_nothing() {
    is_the_same_however_dropped(async |habits, dropping| {
        let wire = message_centre(habits);
        let mut memory = Memory::<400, 400>::default();
        let mut client = Client::<_, 4>::new(wire.clone(), memory.buffers(), Config::default());
        client.bind_transceiver(&bind()).await.unwrap();

        for text in [b"one", b"two"] {
            client.send(&submit_sm(text)).unwrap();
        }
        wire.say(&deliver_sm(1, b"hello"));
        wire.say(&deliver_sm(2, b"again"));
        let mut events = Vec::new();
        for _ in 0..4 {
            events.push(next(&mut client, dropping).await.unwrap());
        }
        client.outbox().unbind().unwrap();
        loop {
            match next(&mut client, dropping).await {
                Ok(event) => events.push(event),
                Err(error) => {
                    assert_eq!(error, Error::Closed(CloseReason::Unbound));
                    break;
                }
            }
        }
        // Which way round answers and requests go out depends on when they were read.
        let mut written: Vec<u8> = wire.written();
        written.sort_unstable();
        events.sort_unstable();
        let mut peer = wire.with_peer(|mc| mc.events.clone());
        peer.sort_unstable();
        Seen { events, peer, written }
    });
}

#[test]
fn a_dropped_bind_binds_all_the_same() {
    is_the_same_however_dropped(async |habits, dropping| {
        let wire = message_centre(habits);
        let mut memory = Memory::<400, 400>::default();
        let mut client = Client::<_, 4>::new(wire.clone(), memory.buffers(), Config::default());
        let system_id = match dropping.run(client.bind_transceiver(&bind())).await {
            Some(bound) => bound.unwrap().system_id.to_string(),
            None => {
                assert!(next(&mut client, dropping).await.unwrap().starts_with("Bound"));
                "mc".to_owned()
            }
        };
        assert_eq!(client.session().state(), State::BoundTrx);
        let peer = wire.with_peer(|mc| mc.events.clone());
        Seen { events: vec![system_id, "bound".to_owned()], peer, written: wire.written() }
    });
}

#[test]
fn a_dropped_submit_ends_as_an_event() {
    is_the_same_however_dropped(async |habits, dropping| {
        let wire = message_centre(habits);
        let mut memory = Memory::<400, 400>::default();
        let mut client = Client::<_, 4>::new(wire.clone(), memory.buffers(), Config::default());
        client.bind_transceiver(&bind()).await.unwrap();
        let mut ids = Vec::new();
        for text in [b"one", b"two"] {
            let id = match dropping.run(client.submit(&submit_sm(text), |_, _| ())).await {
                Some(id) => id.unwrap().to_string(),
                None => {
                    let event = next(&mut client, dropping).await.unwrap();
                    assert!(event.starts_with("Response"), "{event}");
                    let id = event.split("message_id: \"").nth(1).and_then(|rest| rest.split('"').next());
                    id.unwrap().to_owned()
                }
            };
            ids.push(id);
            assert_eq!(client.session().in_flight(), 0);
        }
        assert_eq!(ids, ["1", "2"]);
        Seen { events: ids, peer: wire.with_peer(|mc| mc.events.clone()), written: wire.written() }
    });
}

#[test]
fn a_dropped_unbind_goes_on_when_called_again() {
    is_the_same_however_dropped(async |habits, dropping| {
        let wire = message_centre(habits);
        let mut memory = Memory::<400, 400>::default();
        let mut client = Client::<_, 4>::new(wire.clone(), memory.buffers(), Config::default());
        client.bind_transceiver(&bind()).await.unwrap();
        client.send(&submit_sm(b"one")).unwrap();
        let mut events = Vec::new();
        let reason = loop {
            let unbind = client.unbind(|event, _| events.push(words(&event)));
            if let Some(reason) = dropping.run(unbind).await {
                break reason.unwrap();
            }
        };
        assert_eq!(reason, CloseReason::Unbound);
        Seen { events, peer: wire.with_peer(|mc| mc.events.clone()), written: wire.written() }
    });
}

#[test]
fn a_dropped_flush_writes_the_rest_later() {
    is_the_same_however_dropped(async |habits, dropping| {
        let wire = message_centre(habits);
        let mut memory = Memory::<400, 400>::default();
        let mut client = Client::<_, 4>::new(wire.clone(), memory.buffers(), Config::default());
        client.bind_transceiver(&bind()).await.unwrap();
        client.send(&submit_sm(b"one")).unwrap();
        client.send(&submit_sm(b"two")).unwrap();
        while dropping.run(client.flush()).await.is_none() {}
        assert!(wire.flushes() > 0);
        let mut events = Vec::new();
        for _ in 0..2 {
            events.push(next(&mut client, dropping).await.unwrap());
        }
        Seen { events, peer: wire.with_peer(|mc| mc.events.clone()), written: wire.written() }
    });
}
