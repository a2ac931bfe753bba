//! What a request and its response cost a session, whatever its window and however many others are outstanding.
//!
//! `cargo bench -p smpp-core --bench session` prints times, `smpp-core/benches/instructions session` instructions. The floor is
//! the codec alone: the request written and the response read, without a session.

#[path = "../harness/mod.rs"]
mod harness;

use harness::{Case, FLOOR};
use smpp_core::Instant;
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::pdu::{SubmitSm, SubmitSmResp, encode};
use smpp_core::session::{Config, Event, Input, Role, Session, Snapshot, State};
use smpp_core::types::{Address, CommandStatus, InterfaceVersion};
use std::hint::black_box;
use std::sync::{LazyLock, Mutex};

const NOW: Instant = Instant::from_millis(1000);

const CASES: &[Case] = &[
    Case { operation: "submit_sm and its response", by: FLOOR, run: codec },
    Case {
        operation: "submit_sm and its response",
        by: "window 10, 10 outstanding",
        run: |times| cycle(&SMALL, times),
    },
    Case {
        operation: "submit_sm and its response",
        by: "window 10,000, 10 outstanding",
        run: |times| cycle(&WIDE, times),
    },
    Case {
        operation: "submit_sm and its response",
        by: "window 10,000, 10,000 outstanding",
        run: |times| cycle(&FULL, times),
    },
];

static SMALL: LazyLock<Mutex<Load<10>>> = LazyLock::new(|| Load::new(10));
static WIDE: LazyLock<Mutex<Load<10_000>>> = LazyLock::new(|| Load::new(10));
static FULL: LazyLock<Mutex<Load<10_000>>> = LazyLock::new(|| Load::new(10_000));

/// A bound session with some requests outstanding.
struct Load<const WINDOW: usize> {
    session: Box<Session<WINDOW>>,
    /// The number of the request that waits longest.
    oldest: u32,
    response: Vec<u8>,
}

impl<const WINDOW: usize> Load<WINDOW> {
    fn new(outstanding: u32) -> Mutex<Self> {
        let (role, state, version) = (Role::Esme, State::BoundTrx, InterfaceVersion::V3_4);
        let snapshot = Snapshot { role, state, version, sequence_number: 0, unanswered: 0 };
        let session = Box::new(Session::resume(Config::default(), NOW, snapshot));
        let mut load = Self { session, oldest: 1, response: response() };
        (0..outstanding).for_each(|_| load.send());
        Mutex::new(load)
    }

    fn send(&mut self) {
        let mut out = [0; 128];
        black_box(self.session.send(NOW, black_box(&request()), &mut out)).expect("there is room");
    }

    /// The oldest request is answered, and another one goes out.
    fn turn(&mut self) {
        self.response[12..16].copy_from_slice(&self.oldest.to_be_bytes());
        self.oldest += 1;
        let input = self.session.handle_input(NOW, black_box(&self.response));
        let Ok(Input::Pdu { event: Event::Response { pdu: Ok(pdu), .. }, .. }) = input else {
            panic!("not answered: {input:?}")
        };
        black_box(pdu);
        self.send();
    }
}

fn cycle<const WINDOW: usize>(load: &Mutex<Load<WINDOW>>, times: u32) {
    let mut load = load.lock().expect("one case at a time");
    (0..times).for_each(|_| load.turn());
}

fn codec(times: u32) {
    let mut response = response();
    for number in 0..times {
        response[12..16].copy_from_slice(&number.to_be_bytes());
        let Ok(Split::Frame(frame)) = Frame::split(black_box(&response), MAX_PDU) else {
            panic!("a whole PDU")
        };
        black_box(frame.pdu()).expect("it can be read");
        let mut out = [0; 128];
        black_box(encode(black_box(&request()), CommandStatus::ESME_ROK, number, &mut out)).expect("it fits");
    }
}

fn request() -> SubmitSm<'static> {
    SubmitSm {
        destination: Address::international("447700900000"),
        short_message: b"a text of 20 letters",
        ..SubmitSm::default()
    }
}

fn response() -> Vec<u8> {
    let mut out = [0; 64];
    let response = SubmitSmResp { message_id: "0123456789abcdef".into(), ..SubmitSmResp::default() };
    let len = encode(&response, CommandStatus::ESME_ROK, 1, &mut out).expect("it fits");
    out[..len].to_vec()
}

fn main() {
    harness::main(CASES);
}
