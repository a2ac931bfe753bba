//! Lines that are full: nobody waits for room that only he could make.

use crate::support::{McWire, Memory, bind, deliver_sm, message_centre, submit_sm};
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::time::Duration;
use embassy_futures::join::join;
use embassy_time::{Timer, with_timeout};
use smpp_core::EncodeError;
use smpp_core::pdu::{DeliverSm, DeliverSmResp, SubmitSmResp};
use smpp_core::session::{CloseReason, Config, Event, Operation, SendError, Undecoded};
use smpp_embassy::{Client, Error, Outbox, Server, now};
use smpp_embassy_testing::{End, Habits, apart, block_on, pair};

/// Longer than anything on these lines takes, shorter than any time-out.
const SOON: Duration = Duration::from_secs(1);

const TEXT: [u8; 140] = [b'x'; 140];

/// One side of a line on which both send.
struct Side {
    to_send: usize,
    to_receive: usize,
    to_be_answered: usize,
}

impl Side {
    fn new(messages: usize) -> Self {
        Self { to_send: messages, to_receive: messages, to_be_answered: messages }
    }

    /// Sends as much as the window and the buffer take.
    fn send<'p, R: Operation<'p>>(&mut self, outbox: &mut Outbox<'_, 10>, request: &R) {
        while self.to_send > 0 {
            match outbox.send(request) {
                Ok(_) => self.to_send -= 1,
                Err(SendError::WindowFull | SendError::Encode(EncodeError::BufferTooSmall { .. })) => return,
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn handle(&mut self, event: &Event<'_, Undecoded>) {
        match event {
            Event::Request { .. } => self.to_receive -= 1,
            Event::Response { .. } => self.to_be_answered -= 1,
            Event::Writable => {}
            other => panic!("{other:?}"),
        }
    }

    fn is_done(&self) -> bool {
        self.to_receive + self.to_be_answered == 0
    }
}

/// Both sides send `messages`, as fast as they can, over a line that holds `capacity` octets each way. The ESME never waits
/// longer than `patience` for an event before it turns to something else.
fn both_send<const RECEIVE: usize, const TRANSMIT: usize>(
    capacity: usize,
    messages: usize,
    patience: Duration,
) {
    let (near, far) = pair(capacity);
    let esme = esme::<RECEIVE, TRANSMIT>(near, messages, patience);
    block_on(join(esme, mc::<RECEIVE, TRANSMIT>(far, messages)));
}

async fn esme<const RECEIVE: usize, const TRANSMIT: usize>(line: End, messages: usize, patience: Duration) {
    let patience = embassy_time::Duration::from_micros(patience.as_micros() as u64);
    let mut memory = Memory::<RECEIVE, TRANSMIT>::default();
    let mut client = Client::<_, 10>::new(line, memory.buffers(), Config::default());
    let start = now();
    client.bind_transceiver(&bind()).await.unwrap();
    let mut side = Side::new(messages);
    side.send(&mut client.outbox(), &submit_sm(&TEXT));
    while !side.is_done() {
        let Ok(next) = with_timeout(patience, client.next_event()).await else { continue };
        let (event, mut outbox) = next.unwrap();
        side.handle(&event);
        if let Event::Request { reply_to, .. } = event {
            outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
        }
        side.send(&mut outbox, &submit_sm(&TEXT));
    }
    assert!(now().since(start) < SOON, "{:?}", now().since(start));
    client.unbind(|_, _| ()).await.unwrap();
}

async fn mc<const RECEIVE: usize, const TRANSMIT: usize>(line: End, messages: usize) {
    let mut memory = Memory::<RECEIVE, TRANSMIT>::default();
    let mut server = Server::<_, 10>::new(line, memory.buffers(), Config::default());
    let mut side = Side::new(messages);
    let request = DeliverSm { short_message: &TEXT, ..DeliverSm::default() };
    let response = SubmitSmResp { message_id: "0123456789".into(), ..SubmitSmResp::default() };
    loop {
        let (event, mut outbox) = server.next_event().await.unwrap();
        match event {
            Event::BindRequested { reply_to, .. } => outbox.accept(reply_to, "mc".into()).unwrap(),
            Event::UnbindRequested { .. } => {}
            Event::Closed(_) => break,
            event => {
                side.handle(&event);
                if let Event::Request { reply_to, .. } = event {
                    outbox.respond(reply_to, &response).unwrap();
                }
            }
        }
        side.send(&mut outbox, &request);
    }
    assert!(side.is_done());
}

#[test]
fn two_sides_that_send_much_at_once_do_not_wait_for_each_other() {
    both_send::<512, 4096>(1024, 10, SOON);
    both_send::<512, 1024>(512, 100, SOON);
}

#[test]
fn two_sides_that_send_as_much_as_their_buffers_take_find_room_for_their_answers() {
    both_send::<400, 400>(256, 100, SOON);
    both_send::<256, 512>(64, 100, SOON);
    both_send::<256, 1024>(1, 10, SOON);
}

#[test]
fn an_application_without_patience_keeps_no_line_full() {
    let patience = Duration::from_millis(1);
    both_send::<512, 1024>(512, 100, patience);
    both_send::<400, 400>(256, 100, patience);
    both_send::<256, 512>(64, 100, patience);
}

#[test]
fn requests_leave_room_for_answers_on_a_line_that_takes_nothing() {
    const TAKEN: u32 = 6;
    let wire = message_centre(Habits::default());
    let mut memory = Memory::<400, 400>::default();
    block_on(async {
        let mut client = Client::<_, 10>::new(wire.clone(), memory.buffers(), Config::default());
        client.bind_transceiver(&bind()).await.unwrap();
        wire.behave(Habits { stop_after_writing: Some(wire.written().len()), ..Habits::default() });
        while client.send(&submit_sm(b"hello")).is_ok() {}
        let start = now();
        for number in 1..=TAKEN {
            wire.say(&deliver_sm(number, b"hello"));
            let (event, mut outbox) = client.next_event().await.unwrap();
            let Event::Request { reply_to, .. } = event else { panic!("{event:?}") };
            outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
        }
        assert!(now().since(start) < SOON, "{:?}", now().since(start));
    });
}

#[test]
fn what_comes_while_nothing_can_be_written_is_told_at_once() {
    let wire = message_centre(Habits::default());
    let mut memory = Memory::<400, 400>::default();
    block_on(async {
        let mut client = Client::<_, 10>::new(wire.clone(), memory.buffers(), Config::default());
        client.bind_transceiver(&bind()).await.unwrap();
        wire.behave(Habits { stop_after_writing: Some(wire.written().len()), ..Habits::default() });
        client.send(&submit_sm(b"hello")).unwrap();
        let start = now();
        let later = async {
            Timer::after_secs(3).await;
            wire.say(&deliver_sm(1, b"hello"));
        };
        let (_, told) = join(later, client.next_event()).await;
        assert!(matches!(told, Ok((Event::Request { .. }, _))));
        assert!(now().since(start) < Duration::from_secs(3) + SOON, "{:?}", now().since(start));
    });
}

#[test]
fn a_submit_that_waits_for_room_reads_what_the_peer_wants_to_be_read_first() {
    const DELIVERIES: u32 = 8;
    let wire = message_centre(Habits::default());
    let mut memory = Memory::<400, 400>::default();
    block_on(async {
        let mut client = Client::<_, 10>::new(wire.clone(), memory.buffers(), Config::default());
        client.bind_transceiver(&bind()).await.unwrap();
        wire.behave(Habits { wants_to_be_read: true, chunk: 100, ..Habits::default() });
        for number in 1..=DELIVERIES {
            wire.say(&deliver_sm(number, &TEXT));
        }
        client.send(&submit_sm(&TEXT)).unwrap();
        let start = now();
        let (mut answered, mut received) = (0, 0);
        let meanwhile = |event: Event<'_, Undecoded>, mut outbox: Outbox<'_, 10>| match event {
            Event::Request { reply_to, .. } => {
                outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
                received += 1;
            }
            Event::Response { .. } => answered += 1,
            other => panic!("{other:?}"),
        };
        client.submit(&submit_sm(&TEXT), meanwhile).await.unwrap();
        assert_eq!((answered, received), (1, DELIVERIES));
        assert!(now().since(start) < SOON, "{:?}", now().since(start));
    });
}

/// A client on a line that takes no more than the first octet of the message of 100 octets that was sent, with time-outs of 7
/// seconds.
fn on_a_dead_line(scenario: impl AsyncFnOnce(&McWire, Client<'_, McWire, 4>)) {
    let wire = message_centre(Habits::default());
    let mut memory = Memory::<128, 160>::default();
    let config = Config { response_timeout: Duration::from_secs(7), ..Config::default() };
    block_on(async {
        let mut client = Client::new(wire.clone(), memory.buffers(), config);
        client.bind_transceiver(&bind()).await.unwrap();
        wire.behave(Habits { stop_after_writing: Some(wire.written().len() + 1), ..Habits::default() });
        client.send(&submit_sm(&TEXT[..54])).unwrap();
        scenario(&wire, client).await;
    });
}

#[test]
fn a_submit_that_waits_for_room_in_vain_ends_with_the_link() {
    on_a_dead_line(async |_, mut client| {
        let mut events = Vec::new();
        let message = submit_sm(&TEXT[..54]);
        let outcome = client.submit(&message, |event, _| events.push(format!("{event:?}"))).await;
        assert_eq!(outcome, Err(Error::Closed(CloseReason::LinkLost)));
        assert_eq!(events.len(), 2, "{events:?}");
        assert!(events[0].starts_with("TimedOut"), "{events:?}");
        assert_eq!(
            now().as_micros(),
            38_000_000,
            "an enquire_link found no room, the last octets had a second"
        );
    });
}

#[test]
fn a_flush_ends_when_there_is_something_to_tell() {
    on_a_dead_line(async |wire, mut client| {
        let delivery = async {
            Timer::after_secs(3).await;
            wire.say(&deliver_sm(1, b"hello"));
        };
        let (_, is_flushed) = join(delivery, client.flush()).await;
        assert!(!is_flushed);
        let told = now().as_micros() / 1000;
        assert!((3_000..3_200).contains(&told), "{told}");
        let (event, mut outbox) = client.next_event().await.unwrap();
        let Event::Request { reply_to, .. } = event else { panic!("{event:?}") };
        outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();

        assert!(!client.flush().await);
        let told = now().as_micros() / 1000;
        assert!((7_000..7_200).contains(&told), "{told}");
        let (event, _) = client.next_event().await.unwrap();
        assert!(matches!(event, Event::TimedOut { .. }), "{event:?}");
    });
}

#[test]
fn a_flush_ends_when_all_has_left() {
    on_a_dead_line(async |wire, mut client| {
        let revival = async {
            Timer::after_secs(3).await;
            wire.behave(Habits::default());
        };
        let (_, is_flushed) = join(revival, client.flush()).await;
        assert!(is_flushed);
        let (event, _) = client.next_event().await.unwrap();
        assert!(matches!(event, Event::Response { .. }), "{event:?}");
    });
}

#[test]
fn a_line_that_takes_nothing_wakes_the_processor_less_than_once_a_second() {
    on_a_dead_line(async |wire, mut client| {
        let mut polls = 0;
        let delivery = async {
            Timer::after_millis(6_500).await;
            wire.say(&deliver_sm(1, b"hello"));
        };
        let told = async {
            let mut next = pin!(client.next_event());
            poll_fn(|context| {
                polls += 1;
                next.as_mut().poll(context).map(|event| assert!(event.is_ok()))
            })
            .await;
            now().as_micros() / 1000
        };
        let (_, told) = join(delivery, apart(told)).await;
        assert_eq!(told, 6_500, "what comes meanwhile is told at once");
        assert!(polls < 10, "{polls}");
    });
}
