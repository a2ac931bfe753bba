//! One text over a serial line, without `async`: no executor, no network.
//!
//! Arguments: SYSTEM_ID PASSWORD of a message centre at the other end of the first UART, which confirms the delivery.

#![no_std]
#![no_main]

use core::time::Duration;
use cortex_m_semihosting::heprintln;
use platform::{Uart, semihosting};
use smpp_core::Instant;
use smpp_core::pdu::{BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm};
use smpp_core::session::{Config, Event};
use smpp_core::sms::receipt::{ReceiptTlvs, Report};
use smpp_core::types::{Address, InterfaceVersion, MessageState, RegisteredDelivery};
use smpp_embassy::blocking::Client;
use smpp_embassy::{Buffers, Error};
use static_cell::StaticCell;

/// How long the receipt may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Exit codes as in `firmware::outcome`.
const DONE: u32 = 0;
const REFUSED: u32 = 1;
const NOT_DELIVERED: u32 = 4;

#[cortex_m_rt::entry]
fn main() -> ! {
    platform::start_clock();
    let code = match report(Uart::take().expect("nobody else has it")) {
        Ok(true) => DONE,
        Ok(false) => NOT_DELIVERED,
        Err(error) => {
            heprintln!("{}", error);
            REFUSED
        }
    };
    semihosting::exit(code)
}

fn now() -> Instant {
    Instant::from_micros(platform::micros())
}

/// Binds, sends, awaits the receipt, unbinds. Whether the text was delivered.
fn report(uart: Uart) -> Result<bool, Error<core::convert::Infallible>> {
    static MEMORY: StaticCell<[[u8; 400]; 2]> = StaticCell::new();
    let [receive, transmit] = MEMORY.init([[0; 400]; 2]);
    let mut line = [0; 128];
    let mut words = semihosting::command_line(&mut line).split(' ').skip(1);
    let mut client = Client::<_, _, 2>::new(uart, now, Buffers { receive, transmit }, Config::default());
    let bound = client.bind_transceiver(&BindTransceiver {
        system_id: words.next().unwrap_or_default().into(),
        password: words.next().unwrap_or_default().into(),
        interface_version: InterfaceVersion::V3_4,
        ..BindTransceiver::default()
    })?;
    heprintln!("bound to {}", bound.system_id);
    let text = SubmitSm {
        source: Address::international("4915100000001"),
        destination: Address::international("4915112345678"),
        registered_delivery: RegisteredDelivery::RECEIPT,
        short_message: b"Tank 7: 21.5 C, 64 %",
        ..SubmitSm::default()
    };
    let id = client.submit(&text, |_, _| ())?;
    heprintln!("accepted as {}", id);
    let mut state = None;
    while state.is_none() {
        let Some((event, mut outbox)) = client.next_event(LIMIT)? else { break };
        if let Event::Request { reply_to, frame, .. } = event
            && let Ok(receipt) = frame.body::<DeliverSm<'_>>()
        {
            outbox.respond(reply_to, &DeliverSmResp::default())?;
            state = Report::new(receipt.short_message, ReceiptTlvs::from(receipt.tlvs)).state();
        }
    }
    heprintln!("{:?}", state);
    let reason = client.unbind(|_, _| ())?;
    heprintln!("{} after {} ms", reason, now().as_micros() / 1000);
    Ok(state == Some(MessageState::DELIVERED))
}
