//! The same on tokio: a task answers what comes in while others submit. Against a simulator:
//!
//! ```console
//! smpp smsc &
//! cargo run -p smpp-std --features tokio --example submit_tokio -- 127.0.0.1:2775 me secret 4915112345678 "Rain at noon"
//! ```

use smpp_core::pdu::{BindTransceiver, DeliverSmResp, SubmitSm};
use smpp_core::types::Address;
use smpp_std::tokio::{Client, Event};
use smpp_std::{Connect, Error};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [address, system_id, password, to, text] = &args[..] else {
        panic!("give ADDRESS SYSTEM_ID PASSWORD TO TEXT");
    };
    let (client, mut events) = Client::connect(address, &Connect::default()).await?;
    let bind = BindTransceiver {
        system_id: system_id.as_str().into(),
        password: password.as_str().into(),
        ..Default::default()
    };
    client.bind_transceiver(&bind).await?;
    let answers = client.clone();
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            if let Event::Request { reply_to, pdu } = event {
                println!("{pdu:?}");
                let _ = answers.respond(reply_to, &DeliverSmResp::default());
            }
        }
    });
    let message = SubmitSm {
        destination: Address::international(to),
        short_message: text.as_bytes(),
        ..Default::default()
    };
    println!("accepted as {}", client.submit(&message).await?);
    client.unbind().await;
    Ok(())
}
