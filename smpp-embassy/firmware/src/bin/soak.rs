//! Thousands of messages over a line that keeps failing: each ends exactly once.
//!
//! Arguments: HOST PORT SYSTEM_ID PASSWORD COUNT. Each message carries its number as text. A message whose octets
//! certainly did not reach the message centre is sent again on the next connection; one that may have reached it is not,
//! so that none arrives twice. At the end it prints how many were accepted, refused, and of unknown outcome, and the
//! numbers of the latter, to compare with the message centre's log.

#![no_std]
#![no_main]

#[cfg(feature = "defmt")]
use defmt_semihosting as _;

use core::fmt::Write as _;
use cortex_m_semihosting::heprintln;
use embassy_executor::Spawner;
use embassy_time::{Duration, Timer, with_timeout};
use firmware::arguments::{self, Arguments};
use firmware::network;
use firmware::outcome::{Outcome, end};
use smpp_core::pdu::{BindTransmitter, SubmitSm};
use smpp_core::session::{Config, Event, Ticket, Undecoded};
use smpp_core::types::{Address, InterfaceVersion};
use smpp_embassy::net::Connection;
use smpp_embassy::{Buffers, Client};
use static_cell::StaticCell;

/// Requests that may be open at a time.
const WINDOW: usize = 10;
/// How long to wait for a connection, and before the next attempt.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(200);
/// Messages a second: so many that the line fails in the middle of things, so few that there is time for it.
const RATE: u32 = 1000;
/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(300);

/// Memory that does not fit a stack well.
struct Memory {
    socket: [[u8; 2048]; 2],
    receive: [u8; 400],
    transmit: [u8; 2048],
}

impl Memory {
    const EMPTY: Self = Self { socket: [[0; 2048]; 2], receive: [0; 400], transmit: [0; 2048] };
}

#[cortex_m_rt::entry]
fn main() -> ! {
    platform::start(|spawner| spawner.spawn(run(spawner).expect("the first and only one")))
}

#[embassy_executor::task]
async fn run(spawner: Spawner) {
    end(with_timeout(LIMIT, soak(spawner)).await.unwrap_or(Outcome::TimedOut))
}

async fn soak(spawner: Spawner) -> Outcome {
    static MEMORY: StaticCell<Memory> = StaticCell::new();
    let memory = MEMORY.init(Memory::EMPTY);
    let mut arguments = arguments::read();
    let count = arguments.rest.next().and_then(|count| count.parse().ok()).expect("COUNT is a number");
    let network = network::start(spawner);
    let mut ledger = Ledger::new(count);
    let mut connections = 0;
    while !ledger.is_done() {
        network.wait_config_up().await;
        let Memory { socket: [input, output], receive, transmit } = memory;
        let connecting = Connection::connect(network, input, output, arguments.host, arguments.port);
        if let Ok(Ok(connection)) = with_timeout(PATIENCE, connecting).await {
            connections += 1;
            spend(connection, Buffers { receive, transmit }, &arguments, &mut ledger).await;
        }
        Timer::after(PAUSE).await;
    }
    let Ledger { accepted, refused, unknown, again, .. } = ledger;
    heprintln!("connections {}, sent again {}", connections, again);
    heprintln!("accepted {}, refused {}, unknown {}", accepted, refused, unknown);
    if refused == 0 && accepted + unknown == count { Outcome::Done } else { Outcome::Refused }
}

/// Sends on one connection until all is done or the connection ends.
async fn spend(connection: Connection<'_>, buffers: Buffers<'_>, arguments: &Arguments, ledger: &mut Ledger) {
    let seconds = core::time::Duration::from_secs;
    let config =
        Config { rate: RATE, response_timeout: seconds(5), enquire_link: seconds(2), ..Config::default() };
    let mut client = Client::<_, WINDOW>::new(connection, buffers, config);
    let bind = BindTransmitter {
        system_id: arguments.system_id.into(),
        password: arguments.password.into(),
        interface_version: InterfaceVersion::V3_4,
        ..BindTransmitter::default()
    };
    if client.bind_transmitter(&bind).await.is_ok() {
        while send_all_that_fits(&mut client, ledger) {
            match client.next_event().await {
                Ok((event, _)) => ledger.handle(&event),
                Err(_) => break,
            }
        }
        if ledger.is_done() {
            // It is no matter any more how the connection ends.
            let _ = client.unbind(|_, _| ()).await;
        }
    }
    let _ = with_timeout(PATIENCE, client.into_transport().close()).await;
}

/// Fills the window. `false` when every message has its end.
fn send_all_that_fits(client: &mut Client<'_, Connection<'_>, WINDOW>, ledger: &mut Ledger) -> bool {
    while let Some(number) = ledger.next() {
        let mut text = heapless::String::<10>::new();
        let _ = write!(text, "{number}");
        let message = SubmitSm {
            destination: Address::international("4915112345678"),
            short_message: text.as_bytes(),
            ..SubmitSm::default()
        };
        match client.send(&message) {
            Ok(ticket) => ledger.sent(ticket, number),
            // The window or the buffer is full, or the session is over: events tell how to go on.
            Err(_) => break,
        }
    }
    !ledger.is_done()
}

/// What became of each message.
struct Ledger {
    count: u32,
    /// The first message that was never sent.
    fresh: u32,
    /// Those that never left and go first.
    to_repeat: heapless::Vec<u32, WINDOW>,
    in_flight: [u32; WINDOW],
    /// A bit for each message that has its end.
    ended: [u8; 1024],
    accepted: u32,
    refused: u32,
    unknown: u32,
    again: u32,
}

impl Ledger {
    fn new(count: u32) -> Self {
        assert!(count <= 8 * 1024, "a bit for each message");
        Self {
            count,
            fresh: 0,
            to_repeat: heapless::Vec::new(),
            in_flight: [0; WINDOW],
            ended: [0; 1024],
            accepted: 0,
            refused: 0,
            unknown: 0,
            again: 0,
        }
    }

    fn is_done(&self) -> bool {
        self.accepted + self.refused + self.unknown == self.count
    }

    /// The message that is to be sent next.
    fn next(&self) -> Option<u32> {
        self.to_repeat.last().copied().or((self.fresh < self.count).then_some(self.fresh))
    }

    /// The message that [`Self::next`] gave is on its way.
    fn sent(&mut self, ticket: Ticket, number: u32) {
        self.in_flight[ticket.slot()] = number;
        if self.to_repeat.pop().is_none() {
            self.fresh += 1;
        }
    }

    fn handle(&mut self, event: &Event<'_, Undecoded>) {
        match event {
            Event::Response { ticket, status, .. } => {
                self.end(*ticket);
                if status.is_ok() {
                    self.accepted += 1;
                } else {
                    self.refused += 1;
                }
            }
            Event::Abandoned { ticket, written: false } => {
                self.to_repeat.push(self.in_flight[ticket.slot()]).expect("as many as the window has places");
                self.again += 1;
            }
            Event::TimedOut { ticket } | Event::Abandoned { ticket, .. } => {
                let number = self.end(*ticket);
                heprintln!("unknown: {}", number);
                self.unknown += 1;
            }
            _ => {}
        }
    }

    /// Notes that the message in this ticket's place has its end.
    fn end(&mut self, ticket: Ticket) -> u32 {
        let number = self.in_flight[ticket.slot()];
        let (octet, bit) = (&mut self.ended[number as usize / 8], 1 << (number % 8));
        assert!(*octet & bit == 0, "message {number} ended twice");
        *octet |= bit;
        number
    }
}
