//! The server with many sessions, and with peers that misbehave.

use smpp_core::Instant;
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::pdu::{BindTransceiver, DeliverSm, DeliverSmResp, Pdu, SubmitSm, SubmitSmResp, encode_header};
use smpp_core::session::{CloseReason, Config, Event};
use smpp_core::types::{CommandId, CommandStatus, InterfaceVersion, Password};
use smpp_std::{
    Application, Client, Connect, Error, Limit, Limited, Limits, Outbox, OwnedPdu, Serve, Server, SessionId,
    Sessions, Stopper,
};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// Accepts those who know the password, answers every message with its number, and sends each text back.
#[derive(Default)]
struct Echo {
    messages: u32,
    texts: Vec<(SessionId, Vec<u8>)>,
    ends: HashMap<u64, CloseReason>,
    limited: Vec<String>,
}

impl Application<10> for Echo {
    fn event(&mut self, id: SessionId, event: Event<'_>, mut outbox: Outbox<'_, 10>) {
        match event {
            Event::BindRequested { reply_to, pdu: Pdu::BindTransceiver(bind), .. } => {
                let known = bind.password == Password::from("secret");
                if known {
                    outbox.accept(reply_to, "echo".into()).unwrap();
                } else {
                    outbox.reject(reply_to, CommandStatus::ESME_RINVPASWD).unwrap();
                }
            }
            Event::Request { reply_to, pdu: Pdu::SubmitSm(submit), .. } => {
                self.messages += 1;
                let message_id = self.messages.to_string();
                let response = SubmitSmResp { message_id: message_id.as_str().into(), ..Default::default() };
                outbox.respond(reply_to, &response).unwrap();
                self.texts.push((id, submit.short_message.to_vec()));
            }
            Event::Closed(reason) => drop(self.ends.insert(id.serial(), reason)),
            _ => {}
        }
    }

    fn limited(&mut self, _: SocketAddr, limit: Limited) {
        self.limited.push(limit.to_string());
    }

    fn poll_timeout(&self) -> Option<Instant> {
        (!self.texts.is_empty()).then_some(Instant::ZERO)
    }

    fn handle_timeout(&mut self, _: Instant, sessions: &mut Sessions<'_, 10>) {
        for (id, text) in self.texts.drain(..) {
            if let Some(mut outbox) = sessions.outbox(id) {
                outbox.send(&DeliverSm { short_message: &text, ..Default::default() }).unwrap();
            }
        }
    }
}

/// Runs a server in a thread of its own; joining it gives the application back.
fn serve(session: Config) -> (String, Stopper, JoinHandle<Echo>) {
    serve_within(session, Limits::default())
}

fn serve_within(session: Config, limits: Limits) -> (String, Stopper, JoinHandle<Echo>) {
    let mut server = Server::listen("127.0.0.1:0", Serve { session, limits, ..Serve::default() }).unwrap();
    let (address, stopper) = (server.local_addr().unwrap().to_string(), server.stopper());
    let thread = std::thread::spawn(move || {
        let mut echo = Echo::default();
        server.run(&mut echo).unwrap();
        echo
    });
    (address, stopper, thread)
}

fn bind(password: &'static str) -> BindTransceiver<'static> {
    let interface_version = InterfaceVersion::V3_4;
    BindTransceiver {
        system_id: "esme".into(),
        password: password.into(),
        interface_version,
        ..Default::default()
    }
}

fn bound(address: &str) -> Client<10> {
    let mut client = Client::connect(address, &Connect::default()).unwrap();
    client.bind_transceiver(&bind("secret")).unwrap();
    client
}

/// Submits `text` and waits until it came back as well.
fn echo(client: &mut Client<10>, text: &[u8]) {
    client.send(&SubmitSm { short_message: text, ..Default::default() }).unwrap();
    let (mut accepted, mut returned) = (false, false);
    while !(accepted && returned) {
        let (event, mut outbox) = client.next_event(PATIENCE).unwrap().expect("the text, in time");
        match event {
            Event::Response { status, .. } => accepted = status.is_ok(),
            Event::Request { reply_to, pdu: Pdu::DeliverSm(deliver), .. } => {
                assert_eq!(deliver.short_message, text);
                returned = true;
                outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Accepts every bind and answers every message; counts the responses that answer nothing, and how often it was woken.
#[derive(Default)]
struct Counter {
    ids: Vec<SessionId>,
    since_the_last_message: usize,
    most_between_messages: usize,
    woken: usize,
}

impl Application<10> for Counter {
    fn connected(&mut self, id: SessionId, _: SocketAddr) -> bool {
        self.ids.push(id);
        self.ids.len() > 1
    }

    fn event(&mut self, _: SessionId, event: Event<'_>, mut outbox: Outbox<'_, 10>) {
        match event {
            Event::BindRequested { reply_to, .. } => outbox.accept(reply_to, "counter".into()).unwrap(),
            Event::Request { reply_to, .. } => {
                let since = std::mem::take(&mut self.since_the_last_message);
                self.most_between_messages = self.most_between_messages.max(since);
                outbox.respond(reply_to, &SubmitSmResp::default()).unwrap();
            }
            Event::Unmatched { .. } => self.since_the_last_message += 1,
            _ => {}
        }
    }

    fn handle_timeout(&mut self, _: Instant, _: &mut Sessions<'_, 10>) {
        self.woken += 1;
    }
}

#[test]
fn a_peer_that_floods_does_not_take_the_turns_of_others_a_waker_wakes_and_no_id_comes_twice() {
    let mut server = Server::listen("127.0.0.1:0", Serve::default()).unwrap();
    let (address, stopper, waker) =
        (server.local_addr().unwrap().to_string(), server.stopper(), server.waker());
    let thread = std::thread::spawn(move || {
        let mut counter = Counter::default();
        server.run(&mut counter).unwrap();
        counter
    });
    // This one is not let in.
    assert_eq!(TcpStream::connect(&address).unwrap().read(&mut [0]).unwrap_or(0), 0);
    let mut polite = bound(&address);
    let mut flooder = TcpStream::connect(&address).unwrap();
    let octets = OwnedPdu::encode(&bind("secret").into(), CommandStatus::ESME_ROK, 1).unwrap();
    flooder.write_all(octets.octets()).unwrap();
    let flood = std::thread::spawn(move || {
        let mut response = [0; 16];
        encode_header(CommandId::QUERY_SM_RESP, CommandStatus::ESME_ROK, 9, &mut response).unwrap();
        let responses = response.repeat(1 << 14);
        while flooder.write_all(&responses).is_ok() {}
    });
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_secs(2) {
        polite.submit(&SubmitSm::default(), |_, _| ()).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    waker.wake().unwrap();
    drop(polite);
    std::thread::sleep(Duration::from_millis(100));
    stopper.stop();
    let counter = thread.join().unwrap();
    flood.join().unwrap();
    // A turn takes up to 65,536 of them, and a message waits for a few turns.
    assert!(counter.most_between_messages < 10 << 16, "{}", counter.most_between_messages);
    assert!(counter.woken > 0);
    assert_eq!(counter.ids.iter().map(|id| id.serial()).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_thousand_sessions_in_one_thread_get_each_its_own_messages() {
    let (address, stopper, thread) = serve_within(Config::default(), Limits::NONE);
    let mut clients: Vec<_> = (0..1000).map(|_| bound(&address)).collect();
    for round in 0..3 {
        for (number, client) in clients.iter_mut().enumerate() {
            client.send(&SubmitSm { short_message: &text(number, round), ..Default::default() }).unwrap();
            client.flush();
        }
        for (number, client) in clients.iter_mut().enumerate() {
            let mut returned = false;
            while !returned {
                let (event, mut outbox) = client.next_event(PATIENCE).unwrap().expect("the text, in time");
                if let Event::Request { reply_to, pdu: Pdu::DeliverSm(deliver), .. } = event {
                    assert_eq!(deliver.short_message, text(number, round));
                    outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
                    returned = true;
                }
            }
        }
    }
    for client in &mut clients {
        assert_eq!(client.unbind(|_, _| ()).unwrap(), CloseReason::Unbound);
    }
    stopper.stop();
    let echo = thread.join().unwrap();
    assert_eq!((echo.messages, echo.ends.len()), (3000, 1000));
    assert!(echo.ends.values().all(|reason| *reason == CloseReason::UnboundByPeer));
}

fn text(number: usize, round: usize) -> Vec<u8> {
    format!("{number}/{round}").into_bytes()
}

#[test]
fn a_stopped_server_unbinds_its_sessions() {
    let (address, stopper, thread) = serve(Config::default());
    let mut client = bound(&address);
    stopper.stop();
    loop {
        if let (Event::Closed(reason), _) = client.next_event(PATIENCE).unwrap().expect("the end, in time") {
            assert_eq!(reason, CloseReason::UnboundByPeer);
            break;
        }
    }
    assert_eq!(thread.join().unwrap().ends[&1], CloseReason::Unbound);
}

#[test]
fn a_wrong_password_is_refused_and_the_right_one_may_follow() {
    let (address, stopper, thread) = serve(Config::default());
    let mut client = Client::<10>::connect(&address, &Connect::default()).unwrap();
    let error = client.bind_transceiver(&bind("wrong")).unwrap_err();
    assert!(matches!(error, Error::BindRefused { status: CommandStatus::ESME_RINVPASWD, .. }), "{error}");
    client.bind_transceiver(&bind("secret")).unwrap();
    echo(&mut client, b"here I am");
    stopper.stop();
    thread.join().unwrap();
}

/// Everything that the server says to these octets until it closes.
fn answer_to(address: &str, octets: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(octets).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

#[test]
fn http_probes_and_absurd_lengths_are_answered_and_closed_smppjs_58() {
    let (address, stopper, thread) = serve(Config::default());
    for octets in [&b"GET / HTTP/1.1\r\nHost: smsc\r\n\r\n"[..], &[0xFF; 2000], &[0, 0, 0, 15, 0]] {
        let answer = answer_to(&address, octets);
        let Ok(Split::Frame(frame)) = Frame::split(&answer, MAX_PDU) else { panic!("{answer:?}") };
        assert_eq!(frame.header.command_id, CommandId::GENERIC_NACK);
        assert_eq!(frame.header.command_status, CommandStatus::ESME_RINVCMDLEN);
    }
    echo(&mut bound(&address), b"and the others live");
    stopper.stop();
    assert_eq!(thread.join().unwrap().ends[&1], CloseReason::FramingLost);
}

#[test]
fn a_connection_without_a_bind_is_closed_in_time() {
    let session = Config { session_init: Duration::from_millis(50), ..Config::default() };
    let (address, stopper, thread) = serve(session);
    assert_eq!(answer_to(&address, &[0, 0, 0, 37]), b"");
    stopper.stop();
    assert_eq!(thread.join().unwrap().ends[&1], CloseReason::SessionInitTimeout);
}

#[test]
fn pdus_cut_at_every_octet_arrive_whole() {
    let (address, stopper, thread) = serve(Config::default());
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let bind = OwnedPdu::encode(&bind("secret").into(), CommandStatus::ESME_ROK, 1).unwrap();
    let submit = SubmitSm { short_message: b"octet by octet", ..Default::default() };
    let submit = OwnedPdu::encode(&submit.into(), CommandStatus::ESME_ROK, 2).unwrap();
    for octet in [bind.octets(), submit.octets()].concat() {
        stream.write_all(&[octet]).unwrap();
    }
    let mut header = [0; 16];
    for command in [CommandId::BIND_TRANSCEIVER_RESP, CommandId::SUBMIT_SM_RESP, CommandId::DELIVER_SM] {
        stream.read_exact(&mut header).unwrap();
        let header = smpp_core::frame::Header::read(&header).unwrap();
        assert_eq!(header.command_id, command);
        stream.read_exact(&mut vec![0; header.command_length as usize - 16]).unwrap();
    }
    stopper.stop();
    drop(stream);
    thread.join().unwrap();
}

#[test]
fn a_peer_that_never_reads_costs_bounded_memory_and_hurts_nobody() {
    let session = Config { enquire_link: Duration::ZERO, ..Config::default() };
    let (address, stopper, thread) = serve(session);
    let mut deaf = TcpStream::connect(&address).unwrap();
    deaf.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let bind = OwnedPdu::encode(&bind("secret").into(), CommandStatus::ESME_ROK, 1).unwrap();
    deaf.write_all(bind.octets()).unwrap();
    let query =
        OwnedPdu::encode(&smpp_core::pdu::EnquireLink::default().into(), CommandStatus::ESME_ROK, 2).unwrap();
    let flood = query.octets().repeat(4096);
    let mut sent = 0;
    // The server stops reading once its answers are not read: then the flood does not go out any more.
    while let Ok(count) = deaf.write(&flood) {
        sent += count;
        assert!(sent < 64 << 20, "the server goes on reading");
    }
    echo(&mut bound(&address), b"and the others live");
    stopper.stop();
    drop(deaf);
    thread.join().unwrap();
}

fn bind_error(address: &str, password: &'static str) -> Error {
    match Client::<10>::connect(address, &Connect::default()) {
        Ok(mut client) => client.bind_transceiver(&bind(password)).unwrap_err(),
        Err(error) => error,
    }
}

fn status(error: &Error) -> Option<CommandStatus> {
    match error {
        Error::BindRefused { status, .. } => Some(*status),
        _ => None,
    }
}

#[test]
fn who_guesses_passwords_is_shut_out_for_a_while() {
    let address = Limit { failed_binds: 3, ..Limit::NONE };
    let memory = Duration::from_secs(1);
    let limits = Limits { address, memory, refusal_delay: Duration::ZERO, ..Limits::default() };
    let (address, stopper, thread) = serve_within(Config::default(), limits);
    let mut client = Client::<10>::connect(&address, &Connect::default()).unwrap();
    for _ in 0..3 {
        let error = client.bind_transceiver(&bind("wrong")).unwrap_err();
        assert_eq!(status(&error), Some(CommandStatus::ESME_RINVPASWD));
    }
    // Now even the right one is not tried, and the connection ends.
    let error = client.bind_transceiver(&bind("secret")).unwrap_err();
    assert_eq!(status(&error), Some(CommandStatus::ESME_RBINDFAIL));
    assert!(matches!(client.next_event(PATIENCE), Ok(Some((Event::Closed(_), _)))));
    assert!(matches!(bind_error(&address, "secret"), Error::Line { .. } | Error::Closed { .. }));
    std::thread::sleep(Duration::from_millis(1100));
    echo(&mut bound(&address), b"forgotten");
    stopper.stop();
    assert_eq!(thread.join().unwrap().limited, ["too many failed binds of one address"; 2]);
}

#[test]
fn an_account_has_its_number_of_sessions_and_gets_another_when_one_ends() {
    let limits = Limits { account: Limit { sessions: 2, ..Limit::NONE }, ..Limits::default() };
    let (address, stopper, thread) = serve_within(Config::default(), limits);
    let (mut first, mut second) = (bound(&address), bound(&address));
    assert_eq!(status(&bind_error(&address, "secret")), Some(CommandStatus::ESME_RALYBND));
    assert_eq!(first.unbind(|_, _| ()).unwrap(), CloseReason::Unbound);
    echo(&mut bound(&address), b"in place of the first");
    echo(&mut second, b"and the second lives");
    stopper.stop();
    assert_eq!(thread.join().unwrap().limited, ["too many sessions of one account"]);
}

#[test]
fn an_address_cannot_fill_the_memory_with_beginnings_of_pdus() {
    let limits = Limits { address: Limit { octets: 100_000, ..Limit::NONE }, ..Limits::default() };
    let (address, stopper, thread) = serve_within(Config::default(), limits);
    // Each says that 60,000 octets come, and sends 30,000 of them.
    let beginning = [&60_000u32.to_be_bytes()[..], &[0; 29_996]].concat();
    let mut open = Vec::new();
    for number in 0..4 {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(&beginning).unwrap();
        stream.set_read_timeout(Some(if number < 3 { Duration::from_millis(50) } else { PATIENCE })).unwrap();
        let end = stream.read(&mut [0; 16]);
        assert_eq!(end.is_ok_and(|count| count == 0), number == 3, "connection {number}");
        open.push(stream);
    }
    echo(&mut bound(&address), b"there is room for short ones");
    stopper.stop();
    drop(open);
    assert_eq!(thread.join().unwrap().limited, ["too many octets in memory of one address"]);
}
