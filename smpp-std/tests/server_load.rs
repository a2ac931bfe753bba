//! Peers that flood and never read, beside one that does not; and the memory that is left behind.
//!
//! Server and peers share one thread: what has happened when is the same in each run. The memory of the whole process is counted, so
//! the tests of this file follow one another.

use rustix::net::{AddressFamily, SocketType, sockopt};
use smpp_core::pdu::{BindTransceiver, DataSm, DataSmResp, EnquireLink, Pdu};
use smpp_core::session::{Config, Event};
use smpp_core::tlv::Tlv;
use smpp_core::types::{CommandId, CommandStatus, InterfaceVersion, Tag};
use smpp_std::{Application, Limit, Limits, Outbox, OwnedPdu, Serve, Server, SessionId};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

const PEERS: usize = 200;
/// How many PDUs a connection may have in one turn (`server/connection.rs`).
const PDUS_PER_TURN: usize = 64;
const SHORT: Duration = Duration::from_millis(1);

/// How many octets are allocated at present.
fn allocated() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// Accepts every bind, answers at length, and counts what comes.
#[derive(Default)]
struct Counter {
    events: usize,
    refused: Vec<CommandStatus>,
    /// What had come when the last bind did.
    at_the_last_bind: usize,
}

impl Application<64> for Counter {
    fn event(&mut self, _: SessionId, event: Event<'_>, mut outbox: Outbox<'_, 64>) {
        self.events += 1;
        match event {
            Event::BindRequested { reply_to, .. } => {
                self.at_the_last_bind = self.events;
                outbox.accept(reply_to, "counter".into()).unwrap();
            }
            Event::Request { reply_to, .. } => {
                // The system has room for megabytes: short answers would take their time to fill it.
                let tlvs = [Tlv { tag: Tag::MESSAGE_PAYLOAD, value: &[b'x'; 1000] }];
                let response = DataSmResp { tlvs: (&tlvs[..]).into(), ..DataSmResp::default() };
                outbox.respond(reply_to, &response).unwrap();
            }
            Event::Refused { status, .. } => self.refused.push(status),
            _ => {}
        }
    }
}

fn listen(limits: Limits) -> Server<64> {
    let session = Config { enquire_link: Duration::ZERO, ..Config::default() };
    Server::listen("127.0.0.1:0", Serve { session, limits, ..Serve::default() }).unwrap()
}

/// A connection for which the system keeps little room, so that who does not read is felt soon.
fn connect(address: SocketAddr) -> TcpStream {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    sockopt::set_socket_recv_buffer_size(&socket, 4096).unwrap();
    sockopt::set_socket_send_buffer_size(&socket, 16 << 10).unwrap();
    rustix::net::connect(&socket, &address).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_nonblocking(true).unwrap();
    stream
}

/// A connection that goes on with a flood where the system took no more of it.
struct Flooder<'f> {
    stream: TcpStream,
    flood: &'f [u8],
    sent: usize,
}

impl Flooder<'_> {
    /// Writes what goes now, and tells how much that was.
    fn write(&mut self) -> usize {
        let mut written = 0;
        while let Ok(count) = self.stream.write(&self.flood[self.sent..]) {
            written += count;
            self.sent = (self.sent + count) % self.flood.len();
        }
        written
    }
}

fn octets<'p>(pdu: impl Into<Pdu<'p>>) -> Vec<u8> {
    OwnedPdu::encode(&pdu.into(), CommandStatus::ESME_ROK, 1).unwrap().octets().to_vec()
}

#[test]
fn an_honest_bind_beside_200_peers_that_flood_and_never_read_waits_for_few_and_memory_returns() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let limits =
        Limits { account: Limit { sessions: 300, ..Limits::default().account }, ..Limits::default() };
    let mut server = listen(limits);
    let address = server.local_addr().unwrap();
    let mut counter = Counter::default();
    let bind = octets(BindTransceiver {
        system_id: "me".into(),
        interface_version: InterfaceVersion::V3_4,
        ..Default::default()
    });
    let flood = octets(DataSm::default()).repeat(256);
    let start = allocated();

    let mut peers = Vec::with_capacity(PEERS);
    for _ in 0..PEERS {
        let mut stream = connect(address);
        stream.write_all(&bind).unwrap();
        peers.push(Flooder { stream, flood: &flood, sent: 0 });
        // The system keeps few that are not accepted.
        server.turn(&mut counter, SHORT).unwrap();
    }
    let bound = |counter: &Counter| counter.events >= PEERS;
    while !bound(&counter) {
        server.turn(&mut counter, SHORT).unwrap();
    }
    // Everybody has flooded when the honest one comes.
    for peer in &mut peers {
        assert!(peer.write() > PDUS_PER_TURN * flood.len() / 256);
    }
    let mut honest = connect(address);
    honest.write_all(&bind).unwrap();
    let before = counter.events;
    let last_bind = counter.at_the_last_bind;
    while counter.at_the_last_bind == last_bind {
        server.turn(&mut counter, SHORT).unwrap();
    }
    let waited = counter.at_the_last_bind - before;
    assert!(waited < 3 * PEERS * PDUS_PER_TURN, "{waited} PDUs of others came before");

    // None of them reads: in the end the server reads from none of them.
    let mut idle = 0;
    while idle < 5 {
        let events = counter.events;
        let written: usize = peers.iter_mut().map(Flooder::write).sum();
        server.turn(&mut counter, SHORT).unwrap();
        idle = if counter.events == events && written == 0 { idle + 1 } else { 0 };
    }
    let most = allocated() - start;
    assert!(most < PEERS * (192 << 10), "{most} octets for {PEERS} peers");
    // The honest one is still served.
    honest.set_nonblocking(false).unwrap();
    honest.write_all(&octets(EnquireLink::default())).unwrap();
    let events = counter.events;
    while counter.events == events {
        server.turn(&mut counter, SHORT).unwrap();
    }
    let mut answers = vec![0; bind.len() + 16];
    let count = honest.read(&mut answers).unwrap();
    assert!(count > 16);

    drop(peers);
    while allocated() > start + (512 << 10) {
        // It hangs here when the memory is not given back.
        server.turn(&mut counter, SHORT).unwrap();
    }
    // And a flood does not keep the server from stopping.
    server.stopper().stop();
    server.run(&mut counter).unwrap();
}

#[test]
fn binds_with_ever_new_system_ids_of_60_000_octets_are_refused_and_leave_nothing() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let limits = Limits {
        refusal_delay: Duration::ZERO,
        address: Limit { failed_binds: u32::MAX, ..Limits::default().address },
        ..Limits::default()
    };
    let mut server = listen(limits);
    let mut stream = TcpStream::connect(server.local_addr().unwrap()).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut counter = Counter::default();
    server.turn(&mut counter, Duration::from_secs(1)).unwrap();
    let start = allocated();
    for number in 0..300u32 {
        let mut bind = vec![0; 16];
        bind[4..8].copy_from_slice(&CommandId::BIND_TRANSMITTER.0.to_be_bytes());
        bind[12..].copy_from_slice(&1u32.to_be_bytes());
        bind.extend_from_slice(format!("{number:a>60000}").as_bytes());
        bind.extend_from_slice(&[0, 0, 0, 0x34, 0, 0, 0]);
        let length = u32::try_from(bind.len()).unwrap();
        bind[..4].copy_from_slice(&length.to_be_bytes());
        let mut rest = &bind[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(8192));
            stream.write_all(now).unwrap();
            rest = later;
            server.turn(&mut counter, SHORT).unwrap();
        }
        while counter.refused.len() <= usize::try_from(number).unwrap() {
            server.turn(&mut counter, SHORT).unwrap();
        }
    }
    assert!(counter.refused.iter().all(|status| *status == CommandStatus::ESME_RINVSYSID));
    let left = allocated().saturating_sub(start);
    assert!(left < 256 << 10, "{left} octets");
    let mut answer = [0; 16];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer[4..12], [0x80, 0, 0, 2, 0, 0, 0, 0x0F], "bind_transmitter_resp with ESME_RINVSYSID");
}
