//! Submits a text and prints what comes in until it is unbound, on one thread. Against a simulator:
//!
//! ```console
//! smpp smsc &
//! cargo run -p smpp-std --example submit -- 127.0.0.1:2775 me secret 4915112345678 "Rain at noon"
//! ```

use smpp_core::pdu::{BindTransceiver, DeliverSmResp, SubmitSm};
use smpp_core::session::Event;
use smpp_core::types::Address;
use smpp_std::{Client, Connect, Error};

fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [address, system_id, password, to, text] = &args[..] else {
        panic!("give ADDRESS SYSTEM_ID PASSWORD TO TEXT");
    };
    let mut client = Client::<10>::connect(address, &Connect::default())?;
    client.bind_transceiver(&BindTransceiver {
        system_id: system_id.as_str().into(),
        password: password.as_str().into(),
        ..Default::default()
    })?;
    let message = SubmitSm {
        destination: Address::international(to),
        short_message: text.as_bytes(),
        ..Default::default()
    };
    let id = client.submit(&message, |event, mut outbox| {
        if let Event::Request { reply_to, frame, .. } = event {
            println!("{frame:?}");
            let _ = outbox.respond(reply_to, &DeliverSmResp::default());
        }
    })?;
    println!("accepted as {id}");
    client.unbind(|_, _| {})?;
    Ok(())
}
