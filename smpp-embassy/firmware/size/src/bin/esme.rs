//! A full ESME: a transceiver that sends texts in GSM or UCS2, long ones in parts, and reads texts and receipts. Its loop and
//! its transmit queue are those of the core; 400 octets to receive and 1,024 to send, beside the stack.

#![no_std]
#![no_main]

use core::hint::black_box;
use size::Output;
use smpp_core::link::{Link, Outbox, Step};
use smpp_core::pdu::{BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp};
use smpp_core::session::{CommandSet, Config, Event, Session, Undecoded};
use smpp_core::sms::receipt::{MessageClass, Report};
use smpp_core::sms::segment::{Method, Segmenter};
use smpp_core::text::{Gsm7OrUcs2, Unmappable};
use smpp_core::types::{Address, CommandId, EsmClass, RegisteredDelivery};

/// What the MC may ask of us; the session refuses everything else by itself.
const COMMANDS: CommandSet = CommandSet::of(&[CommandId::DELIVER_SM]);

type Esme = Link<10, &'static mut [u8], &'static mut [u8]>;

#[cortex_m_rt::entry]
fn main() -> ! {
    // Lent to it once: `entry` sees to that.
    static mut RECEIVE: [u8; 400] = [0; 400];
    static mut TRANSMIT: [u8; 1024] = [0; 1024];
    size::measure(|output| {
        let config = Config { commands: COMMANDS, ..Config::default() };
        let mut link = Link::new(Session::esme(config, size::now()), &mut RECEIVE[..], &mut TRANSMIT[..]);
        bind(&mut link);
        run(&mut link, size::input(), output);
    })
}

fn bind(link: &mut Esme) {
    let bind = BindTransceiver { system_id: "node".into(), ..BindTransceiver::default() };
    let _ = black_box(link.outbox(&size::now).bind(&bind));
}

/// The adapter: input comes from memory, output goes to memory.
fn run(link: &mut Esme, mut input: &[u8], output: &mut Output) {
    loop {
        match link.poll(size::now()) {
            Step::Event => {
                let (event, outbox) = link.event_undecoded(&size::now);
                handle(&event, outbox);
            }
            Step::Closed(_) => return,
            Step::Io(_) => {
                let (written, room) = link.io();
                output.write(written);
                let mut count = 0usize;
                for (place, octet) in room.iter_mut().zip(input) {
                    *place = *octet;
                    count = count.saturating_add(1);
                }
                let len = written.len();
                link.wrote(len);
                link.flushed();
                // It ends when everything else is done.
                if len == 0 || count > 0 {
                    link.arrived(count);
                }
                input = input.get(count..).unwrap_or_default();
            }
        }
    }
}

#[inline(never)]
fn handle(event: &Event<'_, Undecoded>, mut outbox: Outbox<'_, 10>) {
    match *event {
        Event::Bound { .. } => send(&mut outbox, size::text()),
        Event::Response { ticket, status, frame, .. } => {
            if let Ok(response) = frame.body::<SubmitSmResp>() {
                black_box((ticket, status, response.message_id));
            }
        }
        Event::Request { reply_to, frame, .. } => {
            if let Ok(delivery) = frame.body::<DeliverSm>() {
                receive(&delivery);
            }
            let _ = black_box(outbox.respond(reply_to, &DeliverSmResp::default()));
        }
        Event::TimedOut { ticket } | Event::Abandoned { ticket, .. } => {
            black_box(ticket);
        }
        _ => {}
    }
}

fn receive(delivery: &DeliverSm<'_>) {
    let payload = delivery.tlvs.message_payload().filter(|payload| !payload.is_empty());
    let text = payload.unwrap_or(delivery.short_message);
    let tlvs = delivery.tlvs.into();
    if MessageClass::of(delivery.esm_class, &tlvs, text, true) == MessageClass::Receipt {
        let report = Report::new(text, tlvs);
        black_box((report.message_id(), report.state(), report.error()));
        return;
    }
    for ch in Gsm7OrUcs2::of(delivery.data_coding).unwrap_or_default().decode(text) {
        black_box(ch);
    }
}

/// Sends `text` in as many parts as it takes. Out of line, so that what it has on the stack is not there while something is
/// received.
#[inline(never)]
fn send(outbox: &mut Outbox<'_, 10>, text: &str) {
    let encoding = Gsm7OrUcs2::choose(text, Unmappable::Reject);
    let cut = Segmenter { method: Method::Udh8, ..Segmenter::default() };
    let Ok(parts) = cut.text(text, encoding) else { return };
    // SAFETY: the only one while this function runs, and it calls nothing that asks for it.
    let user_data = unsafe { size::scratch() };
    for part in parts {
        let Ok(len) = part.write(0x2A, user_data) else { return };
        let message = SubmitSm {
            destination: Address::international("4915112345678"),
            esm_class: if part.has_header() { EsmClass::UDHI } else { EsmClass::DEFAULT },
            registered_delivery: RegisteredDelivery::RECEIPT,
            data_coding: encoding.data_coding(),
            short_message: user_data.get(..len).unwrap_or_default(),
            ..SubmitSm::default()
        };
        let _ = black_box(outbox.send(&message));
    }
}
