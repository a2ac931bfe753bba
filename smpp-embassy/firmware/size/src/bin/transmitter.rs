//! A node that only sends: a session that binds as a transmitter and submits short GSM texts.

#![no_std]
#![no_main]

use core::hint::black_box;
use smpp_core::pdu::{BindTransmitter, SubmitSm};
use smpp_core::session::{Config, Event, Session};
use smpp_core::text::{Gsm7, Unmappable};
use smpp_core::types::{Address, RegisteredDelivery};

#[cortex_m_rt::entry]
fn main() -> ! {
    size::measure(|output| {
        let mut session = Session::<10>::esme(Config::default(), size::now());
        let bind = BindTransmitter { system_id: "node".into(), ..BindTransmitter::default() };
        output.put(|room| session.bind(size::now(), &bind, room).ok());
        // SAFETY: the only one.
        let text = unsafe { size::scratch() };
        let len = Gsm7::DEFAULT.encode(short(size::text()), Unmappable::Reject, text).unwrap_or(0);
        let message = SubmitSm {
            destination: Address::international("4915112345678"),
            registered_delivery: RegisteredDelivery::NONE,
            short_message: text.get(..len).unwrap_or_default(),
            ..SubmitSm::default()
        };
        size::drive(&mut session, size::input(), output, |session, event, output| match black_box(event) {
            Event::Bound { .. } | Event::Writable => {
                output.put(|room| session.send(size::now(), &message, room).map(|(_, len)| len).ok());
            }
            Event::Response { .. } => {
                let _ = session.unbind(size::now());
            }
            _ => {}
        });
    })
}

/// What fits into one message, for sure.
fn short(text: &str) -> &str {
    text.get(..88).unwrap_or(text)
}
