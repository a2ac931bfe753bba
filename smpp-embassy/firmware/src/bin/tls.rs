//! The sensor over TLS 1.3, with the certificate of the message centre verified.
//!
//! Arguments: HOST PORT SYSTEM_ID PASSWORD as the program `sensor`, then SERVER_NAME and the path of a file of the host with
//! the certificate of the authority to trust (DER).

#![no_std]
#![no_main]

#[cfg(feature = "defmt")]
use defmt_semihosting as _;

use core::ffi::CStr;
use core::future::pending;
use cortex_m_semihosting::heprintln;
use embassy_executor::Spawner;
use embassy_futures::select::{Either, select};
use embassy_time::{Duration, Instant, with_timeout};
use firmware::outcome::{Outcome, end};
use firmware::report::{Account, report};
use firmware::secure::{self, Pipes, Records};
use firmware::{arguments, network};
use platform::semihosting;
use smpp_embassy::Buffers;
use smpp_embassy::net::Connection;
use static_cell::StaticCell;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Memory that does not fit a stack well.
struct Memory {
    socket: [[u8; 1024]; 2],
    records: Records,
    receive: [u8; 400],
    transmit: [u8; 1024],
    authority: [u8; 1024],
    path: [u8; 128],
}

impl Memory {
    const EMPTY: Self = Self {
        socket: [[0; 1024]; 2],
        records: Records::EMPTY,
        receive: [0; 400],
        transmit: [0; 1024],
        authority: [0; 1024],
        path: [0; 128],
    };
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
    let Memory { socket: [input, output], records, receive, transmit, authority, path } =
        MEMORY.init(Memory::EMPTY);
    let mut arguments = arguments::read();
    let server_name = arguments.rest.next().expect("SERVER_NAME");
    let authority = read_file(arguments.rest.next().expect("a path"), path, authority);
    let network = network::start(spawner);
    network.wait_config_up().await;
    let connection = match Connection::connect(network, input, output, arguments.host, arguments.port).await {
        Ok(connection) => connection,
        Err(error) => {
            heprintln!("{}", error);
            return Outcome::NotConnected;
        }
    };

    let start = Instant::now();
    let ready = || heprintln!("{} proved who it is in {} ms", server_name, start.elapsed().as_millis());
    let account = Account { system_id: arguments.system_id, password: arguments.password };
    let pipes = Pipes::default();
    let carried = async {
        if let Err(error) = secure::carry(connection, records, authority, server_name, &pipes, ready).await {
            return error;
        }
        // The session sees the end by itself.
        pending().await
    };
    match select(carried, report(pipes.transport(), Buffers { receive, transmit }, &account)).await {
        Either::First(error) => {
            heprintln!("no secure connection: {:?}", error);
            Outcome::NotConnected
        }
        Either::Second((outcome, _)) => outcome,
    }
}

/// The file of the host at `path`, which is copied to put a NUL behind it.
fn read_file<'b>(path: &str, copy: &mut [u8], buffer: &'b mut [u8]) -> &'b [u8] {
    copy[..path.len()].copy_from_slice(path.as_bytes());
    let path = CStr::from_bytes_until_nul(copy).expect("there is room for a NUL");
    let len = semihosting::read_file(path, buffer).expect("the file can be read");
    &buffer[..len]
}
