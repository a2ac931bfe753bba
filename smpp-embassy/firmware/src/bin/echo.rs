//! Proves the platform: sends numbered records to a TCP server that echoes them, and checks each.
//!
//! Arguments: the server's port on the host, the number of records.

#![no_std]
#![no_main]

use cortex_m_semihosting::hprintln;
use embassy_executor::Spawner;
use embassy_net::{IpEndpoint, Ipv4Address, tcp::TcpSocket};
use embassy_time::Instant;
use embedded_io_async::{Read, Write};
use platform::{semihosting, stack};

/// The host, as QEMU's user network shows it.
const HOST: Ipv4Address = Ipv4Address::new(10, 0, 2, 2);

#[cortex_m_rt::entry]
fn main() -> ! {
    platform::start(|spawner| spawner.spawn(run(spawner).expect("the first and only one")))
}

#[embassy_executor::task]
async fn run(spawner: Spawner) {
    let mut line = [0; 80];
    let mut arguments = semihosting::command_line(&mut line).split(' ').skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok()).expect("the server's port");
    let records = arguments.next().and_then(|count| count.parse().ok()).expect("the number of records");

    let network = firmware::network::start(spawner);
    network.wait_config_up().await;
    let (mut rx, mut tx) = ([0; 1024], [0; 1024]);
    let mut socket = TcpSocket::new(network, &mut rx, &mut tx);
    let start = Instant::now();
    if let Err(error) = socket.connect(IpEndpoint::new(HOST.into(), port)).await {
        hprintln!("cannot connect: {:?}", error);
        semihosting::exit(1);
    }
    for number in 0..records {
        exchange(&mut socket, number).await.expect("the server echoes");
    }
    let micros = start.elapsed().as_micros();
    hprintln!("{} records in {} us, {} octets of stack", records, micros, stack::peak());
    semihosting::exit(0)
}

/// Sends a record and waits for it to come back.
async fn exchange(socket: &mut TcpSocket<'_>, number: u32) -> Result<(), embassy_net::tcp::Error> {
    let record = number.to_be_bytes();
    socket.write_all(&record).await?;
    let mut echo = [0; 4];
    socket.read_exact(&mut echo).await.expect("the connection stays open");
    assert_eq!(echo, record, "an echo is what was sent");
    Ok(())
}
