//! A full ESME: a transceiver that sends long texts in GSM or UCS2 in parts, tracks them to their receipts, and joins the
//! parts of what it gets.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::time::Duration;
use smpp_core::pdu::{BindTransceiver, DeliverSmResp, Message, Pdu, SubmitSm};
use smpp_core::session::{Config, Event, Session};
use smpp_core::sms::reassemble::{Part, Reassembler};
use smpp_core::sms::receipt::{MessageClass, Report};
use smpp_core::sms::segment::{Cut, Method};
use smpp_core::sms::track::{Limits, MessagePart, Tracker};
use smpp_core::sms::udh::Udh;
use smpp_core::text::{Candidates, Encoding};
use smpp_core::types::{Address, EsmClass, RegisteredDelivery};

const HOUR: Duration = Duration::from_secs(3600);

struct Application {
    tracker: Tracker<8, 20>,
    reassembler: Reassembler<2, 512>,
}

#[cortex_m_rt::entry]
fn main() -> ! {
    size::measure(|output| {
        let limits = Limits { receipt: HOUR, early_receipt: HOUR };
        let mut application =
            Application { tracker: Tracker::new(limits, None), reassembler: Reassembler::new(HOUR) };
        let mut session = Session::<10>::esme(Config::default(), size::now());
        let bind = BindTransceiver { system_id: "node".into(), ..BindTransceiver::default() };
        let _ = black_box(session.bind(size::now(), &bind, output));
        size::drive(&mut session, size::input(), output, |session, event, output| {
            application.handle(session, event, output);
        });
    })
}

impl Application {
    fn handle(&mut self, session: &mut Session<10>, event: Event<'_>, output: &mut [u8]) {
        match black_box(event) {
            Event::Bound { .. } => send(session, size::text(), output),
            Event::Response { pdu: Ok(Pdu::SubmitSmResp(response)), .. } => {
                let part = MessagePart { message: 1, part: 1, total: 1 };
                let id = response.message_id.as_octets();
                let _ = black_box(self.tracker.accepted(size::now(), part, id));
            }
            Event::Request { reply_to, pdu, .. } => {
                if let Some(message) = pdu.message() {
                    self.receive(&message, output);
                }
                let _ = black_box(session.respond(size::now(), reply_to, &DeliverSmResp::default(), output));
            }
            Event::Closed(_) => {
                black_box(self.tracker.expire(size::now()));
                black_box(self.reassembler.expire(size::now()));
            }
            _ => {}
        }
    }

    fn receive(&mut self, message: &Message<'_>, output: &mut [u8]) {
        let text = message.user_data();
        let tlvs = message.tlvs.into();
        if MessageClass::of(message.esm_class, &tlvs, text, true) == MessageClass::Receipt {
            let report = Report::new(text, tlvs);
            let id = report.message_id().unwrap_or_default();
            let _ = black_box(self.tracker.receipt(size::now(), id, report.state()));
            return;
        }
        let encoding = Encoding::of(message.data_coding, Encoding::GSM7).unwrap_or(Encoding::GSM7);
        let part = Udh::split(text).ok().and_then(|(udh, rest)| {
            Part::from_udh(message.source, message.destination, message.data_coding, udh, rest)
        });
        match part {
            Some(part) => drop(black_box(self.reassembler.insert(size::now(), &part))),
            None => drop(black_box(encoding.decode_str(text, output))),
        }
    }
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
