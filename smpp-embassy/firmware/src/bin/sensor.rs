//! A sensor that reports by SMS over TCP.
//!
//! Arguments: HOST PORT SYSTEM_ID PASSWORD of a message centre that sends a command after the bind.

#![no_std]
#![no_main]

#[cfg(feature = "defmt")]
use defmt_semihosting as _;

use cortex_m_semihosting::heprintln;
use embassy_executor::Spawner;
use embassy_time::{Duration, with_timeout};
use firmware::outcome::{Outcome, end};
use firmware::report::{Account, report};
use firmware::{arguments, network};
use smpp_embassy::Buffers;
use smpp_embassy::net::Connection;
use static_cell::StaticCell;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Memory that does not fit a stack well.
struct Memory {
    socket: [[u8; 1024]; 2],
    receive: [u8; 400],
    transmit: [u8; 1024],
}

impl Memory {
    const EMPTY: Self = Self { socket: [[0; 1024]; 2], receive: [0; 400], transmit: [0; 1024] };
}

#[cortex_m_rt::entry]
fn main() -> ! {
    platform::start(|spawner| spawner.spawn(run(spawner).expect("the first and only one")))
}

#[embassy_executor::task]
async fn run(spawner: Spawner) {
    end(with_timeout(LIMIT, sensor(spawner)).await.unwrap_or(Outcome::TimedOut))
}

async fn sensor(spawner: Spawner) -> Outcome {
    static MEMORY: StaticCell<Memory> = StaticCell::new();
    let arguments = arguments::read();
    let network = network::start(spawner);
    network.wait_config_up().await;
    let Memory { socket: [input, output], receive, transmit } = MEMORY.init(Memory::EMPTY);
    let connection = match Connection::connect(network, input, output, arguments.host, arguments.port).await {
        Ok(connection) => connection,
        Err(error) => {
            heprintln!("{}", error);
            return Outcome::NotConnected;
        }
    };
    let account = Account { system_id: arguments.system_id, password: arguments.password };
    let (outcome, connection) = report(connection, Buffers { receive, transmit }, &account).await;
    // The message centre may be gone already.
    let _ = connection.close().await;
    outcome
}
