//! Lines that are full: nobody waits for room that only he could make.

use crate::support::{Memory, bind, deliver_sm, message_centre, submit_sm};
use core::time::Duration;
use embassy_futures::join::join;
use embassy_time::Timer;
use smpp_core::EncodeError;
use smpp_core::pdu::{DeliverSm, DeliverSmResp, SubmitSmResp};
use smpp_core::session::{Config, Event, Operation, SendError};
use smpp_embassy::{Client, Outbox, Server, now};
use smpp_embassy_testing::{End, Habits, block_on, pair};

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

    fn handle(&mut self, event: &Event<'_>) {
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

/// Both sides send `messages`, as fast as they can, over a line that holds `capacity` octets each way.
fn both_send<const RECEIVE: usize, const TRANSMIT: usize>(capacity: usize, messages: usize) {
    let (near, far) = pair(capacity);
    block_on(join(esme::<RECEIVE, TRANSMIT>(near, messages), mc::<RECEIVE, TRANSMIT>(far, messages)));
}

async fn esme<const RECEIVE: usize, const TRANSMIT: usize>(line: End, messages: usize) {
    let mut memory = Memory::<RECEIVE, TRANSMIT>::default();
    let mut client = Client::<_, 10>::new(line, memory.buffers(), Config::default());
    let start = now();
    client.bind_transceiver(&bind()).await.unwrap();
    let mut side = Side::new(messages);
    side.send(&mut client.outbox(), &submit_sm(&TEXT));
    while !side.is_done() {
        let (event, mut outbox) = client.next_event().await.unwrap();
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
    both_send::<512, 4096>(1024, 10);
    both_send::<512, 1024>(512, 100);
}

#[test]
fn two_sides_that_send_as_much_as_their_buffers_take_find_room_for_their_answers() {
    both_send::<400, 400>(256, 100);
    both_send::<256, 512>(64, 100);
    both_send::<256, 1024>(1, 10);
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
