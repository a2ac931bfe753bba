//! A client and a server over embassy-net: two network stacks, joined by a line that carries each packet to the other.

use embassy_futures::join::join;
use embassy_futures::select::{Either, select, select4};
use embassy_net::driver::{HardwareAddress, LinkState};
use embassy_net::udp::{PacketMetadata, UdpSocket};
use embassy_net::{Config as NetConfig, Ipv4Address, Ipv4Cidr, Stack, StackResources, StaticConfigV4, tcp};
use embassy_net_driver_channel::{RxRunner, State, TxRunner};
use embassy_time::{Duration, TimeoutError, with_timeout};
use embedded_io_async::Read;
use smpp_core::pdu::{BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp};
use smpp_core::session::{CloseReason, Config, Event};
use smpp_embassy::net::{ConnectError, Connection};
use smpp_embassy::{Buffers, Client, Server};
use smpp_embassy_testing::{apart, block_on};

const MTU: usize = 1500;
const CLIENT: Ipv4Address = Ipv4Address::new(10, 0, 0, 1);
const SERVER: Ipv4Address = Ipv4Address::new(10, 0, 0, 2);
const PORT: u16 = 2775;

/// Runs `scenario` between two stacks with addresses [`CLIENT`] and [`SERVER`]; the latter also answers DNS queries.
fn between_two_stacks<T>(scenario: impl AsyncFnOnce(Stack<'_>, Stack<'_>) -> T) -> T {
    let (mut one, mut other) = (State::<MTU, 4, 4>::new(), State::<MTU, 4, 4>::new());
    let (one_end, one_device) = embassy_net_driver_channel::new(&mut one, HardwareAddress::Ip);
    let (other_end, other_device) = embassy_net_driver_channel::new(&mut other, HardwareAddress::Ip);
    let (one_state, one_rx, one_tx) = one_end.split();
    let (other_state, other_rx, other_tx) = other_end.split();
    one_state.set_link_state(LinkState::Up);
    other_state.set_link_state(LinkState::Up);

    let (mut one_sockets, mut other_sockets) = (StackResources::<4>::new(), StackResources::<4>::new());
    let (client, mut client_runner) = embassy_net::new(one_device, config(CLIENT), &mut one_sockets, 1);
    let (server, mut server_runner) = embassy_net::new(other_device, config(SERVER), &mut other_sockets, 2);
    let background = select4(
        apart(client_runner.run()),
        apart(server_runner.run()),
        join(carry(one_tx, other_rx), carry(other_tx, one_rx)),
        apart(answer_dns(server)),
    );
    match block_on(select(background, apart(scenario(client, server)))) {
        Either::Second(outcome) => outcome,
        Either::First(_) => unreachable!("the background never ends"),
    }
}

fn config(address: Ipv4Address) -> NetConfig {
    let mut config = StaticConfigV4 {
        address: Ipv4Cidr::new(address, 24),
        gateway: None,
        dns_servers: Default::default(),
    };
    config.dns_servers.push(SERVER).expect("there is room for one");
    NetConfig::ipv4_static(config)
}

/// Carries packets one way.
async fn carry(mut from: TxRunner<'_, MTU>, mut to: RxRunner<'_, MTU>) {
    loop {
        let packet = from.tx_buf().await;
        let len = packet.len();
        to.rx_buf().await[..len].copy_from_slice(packet);
        to.rx_done(len);
        from.tx_done();
    }
}

/// Knows one name, `mc.test`.
async fn answer_dns(stack: Stack<'_>) {
    let (mut rx_meta, mut tx_meta) = ([PacketMetadata::EMPTY; 2], [PacketMetadata::EMPTY; 2]);
    let (mut rx, mut tx) = ([0; 512], [0; 512]);
    let mut socket = UdpSocket::new(stack, &mut rx_meta, &mut rx, &mut tx_meta, &mut tx);
    socket.bind(53).unwrap();
    let mut packet = [0; 512];
    loop {
        let (len, sender) = socket.recv_from(&mut packet).await.unwrap();
        let mut answer = packet[..len].to_vec();
        let is_known = answer.windows(9).any(|octets| octets == b"\x02mc\x04test\0");
        // A response without error and with one answer (RFC 1035 §4.1.1), or "no such name".
        answer[2..4].copy_from_slice(if is_known { &[0x80, 0x00] } else { &[0x80, 0x03] });
        answer[6..8].copy_from_slice(&u16::from(is_known).to_be_bytes());
        if is_known {
            // The name of the question, A, IN, a minute, four octets.
            answer.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
            answer.extend(SERVER.octets());
        }
        socket.send_to(&answer, sender).await.unwrap();
    }
}

/// Accepts one connection and everything on it; each message is delivered back.
async fn serve(stack: Stack<'_>) -> CloseReason {
    let (mut receive, mut transmit) = ([0; 512], [0; 512]);
    let connection = Connection::accept(stack, &mut receive, &mut transmit, PORT).await.unwrap();
    let (mut receive, mut transmit) = ([0; 400], [0; 400]);
    let buffers = Buffers { receive: &mut receive, transmit: &mut transmit };
    let mut server = Server::<_, 4>::new(connection, buffers, Config::default());
    let reason = loop {
        let (event, mut outbox) = server.next_event().await.unwrap();
        match event {
            Event::BindRequested { reply_to, .. } => outbox.accept(reply_to, "mc".into()).unwrap(),
            Event::Request { reply_to, frame, .. } => {
                let message = frame.body::<SubmitSm>().unwrap();
                let response = SubmitSmResp { message_id: "7".into(), ..SubmitSmResp::default() };
                outbox.respond(reply_to, &response).unwrap();
                let echo = DeliverSm { short_message: message.short_message, ..DeliverSm::default() };
                outbox.send(&echo).unwrap();
            }
            Event::Closed(reason) => break reason,
            _ => {}
        }
    };
    server.into_transport().close().await.unwrap();
    reason
}

/// Binds, submits, waits for what is delivered back, unbinds.
async fn converse(stack: Stack<'_>, host: &str) -> CloseReason {
    let (mut receive, mut transmit) = ([0; 512], [0; 512]);
    let connection = Connection::connect(stack, &mut receive, &mut transmit, host, PORT).await.unwrap();
    let (mut receive, mut transmit) = ([0; 400], [0; 400]);
    let buffers = Buffers { receive: &mut receive, transmit: &mut transmit };
    let mut client = Client::<_, 4>::new(connection, buffers, Config::default());
    let bound = client.bind_transceiver(&BindTransceiver::default()).await.unwrap();
    assert_eq!(bound.system_id.as_octets(), b"mc");
    for text in [b"one", b"two"] {
        client.send(&SubmitSm { short_message: text, ..SubmitSm::default() }).unwrap();
    }
    let (mut responses, mut deliveries) = (0, Vec::new());
    while responses + deliveries.len() < 4 {
        let (event, mut outbox) = client.next_event().await.unwrap();
        match event {
            Event::Response { status, .. } => responses += u32::from(status.is_ok()) as usize,
            Event::Request { reply_to, frame, .. } => {
                let delivery = frame.body::<DeliverSm>().unwrap();
                deliveries.push(delivery.short_message.to_vec());
                outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
            }
            _ => {}
        }
    }
    assert_eq!(deliveries, [b"one", b"two"]);
    let reason = client.unbind(|_, _| ()).await.unwrap();
    client.into_transport().close().await.unwrap();
    reason
}

#[test]
fn client_and_server_talk_by_address_and_by_name() {
    for host in ["10.0.0.2", "mc.test"] {
        let reasons =
            between_two_stacks(async |client, server| join(converse(client, host), serve(server)).await);
        assert_eq!(reasons, (CloseReason::Unbound, CloseReason::UnboundByPeer), "{host}");
    }
}

const MESSAGES: usize = 10;
const TEXT: [u8; 140] = [b'x'; 140];

/// Sends all messages at once, and waits until they and those of the other side are answered.
async fn send_all(stack: Stack<'_>) -> CloseReason {
    let (mut receive, mut transmit) = ([0; 512], [0; 512]);
    let connection = Connection::connect(stack, &mut receive, &mut transmit, "10.0.0.2", PORT).await.unwrap();
    let (mut receive, mut transmit) = ([0; 400], [0; 4096]);
    let buffers = Buffers { receive: &mut receive, transmit: &mut transmit };
    let mut client = Client::<_, MESSAGES>::new(connection, buffers, Config::default());
    client.bind_transceiver(&BindTransceiver::default()).await.unwrap();
    for _ in 0..MESSAGES {
        client.send(&SubmitSm { short_message: &TEXT, ..SubmitSm::default() }).unwrap();
    }
    let (mut responses, mut deliveries) = (0, 0);
    while responses + deliveries < 2 * MESSAGES {
        let (event, mut outbox) = client.next_event().await.unwrap();
        match event {
            Event::Response { .. } => responses += 1,
            Event::Request { reply_to, .. } => {
                outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
                deliveries += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    client.unbind(|_, _| ()).await.unwrap()
}

/// The other side, which does the same as soon as it is bound.
async fn deliver_all(stack: Stack<'_>) -> CloseReason {
    let (mut receive, mut transmit) = ([0; 512], [0; 512]);
    let connection = Connection::accept(stack, &mut receive, &mut transmit, PORT).await.unwrap();
    let (mut receive, mut transmit) = ([0; 400], [0; 4096]);
    let buffers = Buffers { receive: &mut receive, transmit: &mut transmit };
    let mut server = Server::<_, MESSAGES>::new(connection, buffers, Config::default());
    loop {
        let (event, mut outbox) = server.next_event().await.unwrap();
        match event {
            Event::BindRequested { reply_to, .. } => {
                outbox.accept(reply_to, "mc".into()).unwrap();
                for _ in 0..MESSAGES {
                    outbox.send(&DeliverSm { short_message: &TEXT, ..DeliverSm::default() }).unwrap();
                }
            }
            Event::Request { reply_to, .. } => outbox.respond(reply_to, &SubmitSmResp::default()).unwrap(),
            Event::Closed(reason) => return reason,
            _ => {}
        }
    }
}

#[test]
fn two_sides_that_send_much_at_once_over_small_sockets_do_not_wait_for_each_other() {
    let reasons =
        between_two_stacks(async |client, server| join(send_all(client), deliver_all(server)).await);
    assert_eq!(reasons, (CloseReason::Unbound, CloseReason::UnboundByPeer));
}

#[test]
fn the_peer_is_told_of_a_connection_that_is_aborted_and_not_of_one_that_is_dropped() {
    for is_aborted in [true, false] {
        let told = between_two_stacks(async |client, server| {
            let peer = async {
                let (mut receive, mut transmit) = ([0; 512], [0; 512]);
                let mut peer = Connection::accept(server, &mut receive, &mut transmit, PORT).await.unwrap();
                with_timeout(Duration::from_secs(5), peer.read(&mut [0; 8])).await
            };
            let leave = async {
                let (mut receive, mut transmit) = ([0; 512], [0; 512]);
                let connection =
                    Connection::connect(client, &mut receive, &mut transmit, "10.0.0.2", PORT).await.unwrap();
                if is_aborted {
                    connection.abort().await.unwrap();
                }
            };
            join(peer, leave).await.0
        });
        let expected = if is_aborted { Ok(Err(tcp::Error::ConnectionReset)) } else { Err(TimeoutError) };
        assert_eq!(told, expected);
    }
}

#[test]
fn what_keeps_a_connection_from_coming_about_is_said() {
    between_two_stacks(async |client, _| {
        let (mut receive, mut transmit) = ([0; 512], [0; 512]);
        let refused = Connection::connect(client, &mut receive, &mut transmit, "10.0.0.2", 9).await;
        assert_eq!(refused.err(), Some(ConnectError::Connect(tcp::ConnectError::ConnectionReset)));
        let (mut receive, mut transmit) = ([0; 512], [0; 512]);
        let unknown = Connection::connect(client, &mut receive, &mut transmit, "unknown.test", PORT).await;
        assert!(matches!(unknown.err(), Some(ConnectError::Resolve(_))));
    });
}
