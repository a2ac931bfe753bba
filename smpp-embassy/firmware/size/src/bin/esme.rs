//! A full ESME: a transceiver that sends texts in GSM or UCS2, long ones in parts, and reads texts and receipts.

#![no_std]
#![no_main]

use core::hint::black_box;
use smpp_core::pdu::{BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp};
use smpp_core::session::{CommandSet, Config, Event, Session, Undecoded};
use smpp_core::sms::receipt::{MessageClass, Report};
use smpp_core::sms::segment::{Method, Segmenter};
use smpp_core::text::{Gsm7OrUcs2, Unmappable};
use smpp_core::types::{Address, CommandId, EsmClass, RegisteredDelivery};

/// What the MC may ask of us; the session refuses everything else by itself.
const COMMANDS: CommandSet = CommandSet::of(&[CommandId::DELIVER_SM]);

#[cortex_m_rt::entry]
fn main() -> ! {
    size::measure(|output| {
        let config = Config { commands: COMMANDS, ..Config::default() };
        let mut session = Session::<10>::esme(config, size::now());
        bind(&mut session, output);
        size::drive(&mut session, size::input(), output, handle);
    })
}

fn bind(session: &mut Session<10>, output: &mut [u8]) {
    let bind = BindTransceiver { system_id: "node".into(), ..BindTransceiver::default() };
    let _ = black_box(session.bind(size::now(), &bind, output));
}

fn handle(session: &mut Session<10>, event: &Event<'_, Undecoded>, output: &mut [u8]) {
    match *event {
        Event::Bound { .. } => send(session, size::text(), output),
        Event::Response { ticket, status, frame, .. } => {
            if let Ok(response) = frame.body::<SubmitSmResp>() {
                black_box((ticket, status, response.message_id));
            }
        }
        Event::Request { reply_to, frame, .. } => {
            if let Ok(delivery) = frame.body::<DeliverSm>() {
                receive(&delivery);
            }
            let _ = black_box(session.respond(size::now(), reply_to, &DeliverSmResp::default(), output));
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

/// Sends `text` in as many parts as it takes, each put together in front of the room for its PDU. Out of
/// line, so that what it has on the stack is not there while something is received.
#[inline(never)]
fn send(session: &mut Session<10>, text: &str, output: &mut [u8]) {
    let Some((user_data, output)) = output.split_first_chunk_mut::<160>() else { return };
    let encoding = Gsm7OrUcs2::choose(text, Unmappable::Reject);
    let cut = Segmenter { method: Method::Udh8, ..Segmenter::default() };
    let Ok(parts) = cut.text(text, encoding) else { return };
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
        let _ = black_box(session.send(size::now(), &message, output));
    }
}
