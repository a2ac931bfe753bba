//! Messages a second over loopback, client and server in two processes, beside a floor written by hand.
//!
//! - `cargo bench -p smpp-cli --bench loopback` compares `smpp bench` against `smpp smsc` with a raw client against a
//!   raw server, for windows of 1, 10 and 100, and each against the raw other side, which shows where time goes.
//! - `… -- sessions 1000 5000` puts as many sessions on one `smpp smsc`, and tells the memory of each.

mod processes;
mod raw;

use processes::{Server, load, raw_load};
use std::net::TcpListener;

/// Each round runs every pair once, so that a busy moment of the machine hits all of them.
const ROUNDS: usize = 5;

/// Windows, and how many messages fill about a second.
const WINDOWS: [(u16, u32); 3] = [(1, 50_000), (10, 500_000), (100, 2_000_000)];

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => windows(),
        ["sessions"] => sessions(&[1_000, 5_000]),
        ["sessions", ref counts @ ..] => {
            sessions(&counts.iter().map(|count| count.parse().expect("a number")).collect::<Vec<_>>());
        }
        // For the processes that this one starts.
        ["raw-server"] => {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            println!("{}", listener.local_addr().expect("an address"));
            raw::serve(&listener).expect("the client to stay");
        }
        ["raw-client", address, window, messages] => {
            let (window, messages) = (window.parse().expect("a number"), messages.parse().expect("a number"));
            println!("{}", raw::client(address, window, messages).expect("the server to stay"));
        }
        _ => panic!("arguments: none, or `sessions COUNT…`"),
    }
}

/// Who plays client and server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Raw,
    Smpp,
}

const PAIRS: [(&str, Side, Side); 4] = [
    ("raw client, raw server", Side::Raw, Side::Raw),
    ("smpp bench, smpp smsc", Side::Smpp, Side::Smpp),
    ("raw client, smpp smsc", Side::Raw, Side::Smpp),
    ("smpp bench, raw server", Side::Smpp, Side::Raw),
];

/// One run of a pair.
#[derive(Clone, Copy)]
struct Run {
    per_second: f64,
    /// Processor time for each message, in microseconds: on a busy machine it says more than the clock.
    client: f64,
    server: f64,
}

fn windows() {
    println!(
        "window                            messages/s       least to most  of raw  client us  server us"
    );
    for (window, messages) in WINDOWS {
        let mut all = [const { Vec::new() }; PAIRS.len()];
        for _ in 0..ROUNDS {
            for ((_, client, server), runs) in PAIRS.iter().zip(&mut all) {
                runs.push(run(*client, *server, window, messages));
            }
        }
        for ((name, ..), runs) in PAIRS.iter().zip(&all) {
            let rates = runs.iter().map(|run| run.per_second);
            let ratios = rates.clone().zip(&all[0]).map(|(rate, floor)| rate / floor.per_second);
            let (least, most) = (rates.clone().fold(f64::MAX, f64::min), rates.clone().fold(0.0, f64::max));
            let client = median(runs.iter().map(|run| run.client));
            let server = median(runs.iter().map(|run| run.server));
            let (rate, ratio, spread) = (median(rates), median(ratios), format!("{least:.0} to {most:.0}"));
            println!(
                "{window:>6}  {name:<24} {rate:>11.0} {spread:>19} {ratio:>7.2} {client:>10.2} {server:>10.2}"
            );
        }
    }
}

fn run(client: Side, server: Side, window: u16, messages: u32) -> Run {
    let server = match server {
        Side::Raw => Server::raw(),
        Side::Smpp => Server::smsc(),
    };
    let outcome = match client {
        Side::Raw => raw_load(server.address(), window, messages),
        Side::Smpp => load(server.address(), 1, window, messages),
    };
    assert_eq!(outcome.failed, 0, "messages failed");
    let each = |seconds: f64| seconds * 1e6 / f64::from(messages);
    Run { per_second: outcome.per_second, client: each(outcome.cpu), server: each(server.cpu()) }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The window of each session where there are thousands.
const NARROW: u16 = 10;
/// How many messages each of them submits.
const SHARE: u32 = 200;

/// Thousands of sessions on one server: bound and silent, then all sending.
fn sessions(counts: &[u32]) {
    println!("sessions  octets each, idle  octets each, loaded  messages/s  messages  accepted  lost");
    for &count in counts {
        let server = Server::smsc();
        let before = server.memory("VmRSS");
        let idle: Vec<_> = (0..count).map(|_| raw::bind(server.address()).expect("a session")).collect();
        let each = |octets: u64| octets.saturating_sub(before) / u64::from(count);
        let idle_octets = each(server.memory("VmRSS"));
        drop(idle);
        let messages = count * SHARE;
        let result = load(server.address(), count, NARROW, messages);
        let loaded_octets = each(server.memory("VmHWM"));
        let accepted = server.stop();
        let lost = u64::from(messages) - accepted + result.failed;
        println!(
            "{count:>8} {idle_octets:>18} {loaded_octets:>20} {:>11.0} {messages:>9} {accepted:>9} {lost:>5}",
            result.per_second
        );
    }
}
