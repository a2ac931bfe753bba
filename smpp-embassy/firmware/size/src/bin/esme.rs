//! A full ESME: a transceiver that sends texts in GSM or UCS2, long ones in parts, and reads texts and receipts.

#![no_std]
#![no_main]

use core::hint::black_box;
use smpp_core::pdu::{BindTransceiver, DeliverSmResp, Message, Pdu, SubmitSm};
use smpp_core::session::{Config, Event, Session};
use smpp_core::sms::receipt::{MessageClass, Report};
use smpp_core::sms::segment::{Cut, Method};
use smpp_core::text::{Candidates, Encoding};
use smpp_core::types::{Address, EsmClass, RegisteredDelivery};

#[cortex_m_rt::entry]
fn main() -> ! {
    size::measure(|output| {
        let mut session = Session::<10>::esme(Config::default(), size::now());
        let bind = BindTransceiver { system_id: "node".into(), ..BindTransceiver::default() };
        let _ = black_box(session.bind(size::now(), &bind, output));
        size::drive(&mut session, size::input(), output, handle);
    })
}

fn handle(session: &mut Session<10>, event: Event<'_>, output: &mut [u8]) {
    match event {
        Event::Bound { .. } => send(session, size::text(), output),
        Event::Response { ticket, status, pdu: Ok(Pdu::SubmitSmResp(response)), .. } => {
            black_box((ticket, status, response.message_id));
        }
        Event::Request { reply_to, pdu, .. } => {
            if let Some(message) = pdu.message() {
                receive(&message, output);
            }
            let _ = black_box(session.respond(size::now(), reply_to, &DeliverSmResp::default(), output));
        }
        Event::TimedOut { ticket } | Event::Abandoned { ticket, .. } => {
            black_box(ticket);
        }
        _ => {}
    }
}

fn receive(message: &Message<'_>, output: &mut [u8]) {
    let text = message.user_data();
    let tlvs = message.tlvs.into();
    if MessageClass::of(message.esm_class, &tlvs, text, true) == MessageClass::Receipt {
        let report = Report::new(text, tlvs);
        black_box((report.message_id(), report.state(), report.error()));
        return;
    }
    let encoding = Encoding::of(message.data_coding, Encoding::GSM7).unwrap_or(Encoding::GSM7);
    let _ = black_box(encoding.decode_str(text, output));
}

/// Sends `text` in as many parts as it takes.
fn send(session: &mut Session<10>, text: &str, output: &mut [u8]) {
    let cut = Cut { method: Method::Udh8, ..Cut::default() };
    let choice = cut.choose(text, &Candidates::default());
    let Ok(parts) = cut.text(text, choice.encoding) else { return };
    let is_long = parts.total() > 1;
    for part in parts {
        let mut user_data = [0; 160];
        let Ok(len) = part.write(0x2A, &mut user_data) else { return };
        let message = SubmitSm {
            destination: Address::international("4915112345678"),
            esm_class: if is_long { EsmClass::UDHI } else { EsmClass::DEFAULT },
            registered_delivery: RegisteredDelivery::RECEIPT,
            data_coding: choice.encoding.data_coding(&Encoding::GSM7),
            short_message: user_data.get(..len).unwrap_or_default(),
            ..SubmitSm::default()
        };
        let _ = black_box(session.send(size::now(), &message, output));
    }
}
