//! Applications that take their time, and lines that are full: nobody is blamed for what another one was late with, and
//! nothing stands still (in practice 7 and 25).

mod support;

use smpp_core::pdu::{
    BindTransceiver, DeliverSm, DeliverSmResp, EnquireLinkResp, Pdu, SubmitSm, SubmitSmResp,
};
use smpp_core::session::{Config, Event};
use smpp_core::tlv::{Tlv, Tlvs};
use smpp_core::types::{CommandId, CommandStatus, Tag};
use smpp_std::{Application, Client, Connect, Outbox, OwnedPdu, Serve, Server, SessionId, Stopper};
use std::io::Write;
use std::net::TcpStream;
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};
use support::{Line, PATIENCE, bind, message, serve};

const OK: CommandStatus = CommandStatus::ESME_ROK;
const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// A client bound to a script.
fn bound<const W: usize>(
    session: Config,
    script: impl FnOnce(Line) + Send + 'static,
) -> (Client<W>, JoinHandle<()>) {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        script(line);
    });
    let mut client = Client::connect(&address, &Connect { session, ..Connect::default() }).unwrap();
    client.bind_transceiver(&bind()).unwrap();
    (client, thread)
}

/// Writes so many deliver_sm at once.
fn deliver(line: &mut Line, count: u32) {
    for number in 1..=count {
        line.write(DeliverSm::default(), OK, number);
    }
}

/// A text of 60,000 octets, of which few fit into a line.
fn large<T>(with: impl FnOnce(Tlvs<'_>) -> T) -> T {
    let payload = vec![b'x'; 60_000];
    with(Tlvs::from(&[Tlv { tag: Tag::MESSAGE_PAYLOAD, value: &payload }][..]))
}

#[test]
fn a_response_that_is_there_comes_before_its_time_out() {
    let config = Config { response_timeout: millis(100), ..Config::default() };
    let (mut client, thread) = bound::<10>(config, |mut line| {
        line.accept_message("17");
        assert!(line.read().is_none());
    });
    client.send(&message()).unwrap();
    client.flush();
    sleep(millis(300));
    let (event, _) = client.next_event(PATIENCE).unwrap().unwrap();
    assert!(matches!(event, Event::Response { .. }), "{event:?}");
    drop(client);
    thread.join().unwrap();
}

#[test]
fn a_request_that_timed_out_before_an_octet_of_it_left_never_leaves() {
    const REQUESTS: u32 = 300;
    let (read_on, wait) = std::sync::mpsc::channel();
    let config = Config { response_timeout: millis(100), ..Config::default() };
    let (mut client, thread) = bound::<{ REQUESTS as usize }>(config, move |mut line| {
        wait.recv().unwrap();
        let mut taken = 0;
        loop {
            let pdu = line.read().expect("the message that comes last");
            if matches!(pdu.pdu(), Ok(Pdu::SubmitSm(submit)) if submit.short_message == b"hello") {
                break;
            }
            taken += 1;
        }
        assert!(taken < REQUESTS, "those of which nothing had left are not sent any more: {taken}");
        while line.read().is_some() {}
    });
    large(|tlvs| {
        for _ in 0..REQUESTS {
            client.send(&SubmitSm { tlvs, ..Default::default() }).unwrap();
        }
    });
    for _ in 0..REQUESTS {
        let (event, _) = client.next_event(PATIENCE).unwrap().unwrap();
        assert!(matches!(event, Event::TimedOut { .. }), "{event:?}");
    }
    client.send(&message()).unwrap();
    read_on.send(()).unwrap();
    let (event, _) = client.next_event(PATIENCE).unwrap().unwrap();
    assert!(matches!(event, Event::TimedOut { .. }), "{event:?}");
    drop(client);
    thread.join().unwrap();
}

#[test]
fn an_answer_to_enquire_link_that_is_there_keeps_the_link() {
    let config = Config { response_timeout: millis(200), enquire_link: millis(100), ..Config::default() };
    let (answer, wait) = std::sync::mpsc::channel();
    let (mut client, thread) = bound::<10>(config, move |mut line| {
        let number = line.expect(CommandId::ENQUIRE_LINK);
        wait.recv().unwrap();
        line.write(EnquireLinkResp::default(), OK, number);
        while line.read().is_some() {}
    });
    assert!(client.next_event(millis(101)).unwrap().is_none());
    client.flush();
    answer.send(()).unwrap();
    sleep(millis(500));
    let (event, _) = client.next_event(PATIENCE).unwrap().unwrap();
    assert!(matches!(event, Event::LinkChecked { .. }), "{event:?}");
    drop(client);
    thread.join().unwrap();
}

#[test]
fn what_a_slow_application_sends_and_answers_is_timed_from_then_and_does_not_wait_for_the_rest() {
    let config = Config { response_timeout: millis(500), ..Config::default() };
    let (mut client, thread) = bound::<10>(config, |mut line| {
        deliver(&mut line, 16);
        let start = Instant::now();
        assert_eq!(line.expect(CommandId::DELIVER_SM_RESP), 1);
        assert!(start.elapsed() < millis(650), "the first answer waits for the last: {:?}", start.elapsed());
        for _ in 1..15 {
            line.expect(CommandId::DELIVER_SM_RESP);
        }
        let number = line.expect(CommandId::SUBMIT_SM);
        sleep(millis(100));
        line.write(SubmitSmResp::default(), OK, number);
        while line.read().is_some() {}
    });
    sleep(millis(50));
    for handled in 1.. {
        let (event, mut outbox) = client.next_event(PATIENCE).unwrap().unwrap();
        match event {
            Event::Request { reply_to, .. } => {
                sleep(millis(50));
                outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
                if handled == 15 {
                    outbox.send(&message()).unwrap();
                }
            }
            Event::Response { .. } => break,
            other => panic!("{other:?}"),
        }
    }
    drop(client);
    thread.join().unwrap();
}

#[test]
fn a_client_goes_on_with_what_is_there_once_its_output_has_left() {
    let (mut client, thread) = bound::<10>(Config::default(), |mut line| {
        deliver(&mut line, 3);
        while line.read().is_some() {}
    });
    sleep(millis(50));
    let start = Instant::now();
    let mut seen = 0;
    while seen < 3 {
        let (event, mut outbox) = client.next_event(PATIENCE).unwrap().expect("all three are there");
        let Event::Request { reply_to, .. } = event else { panic!("{event:?}") };
        outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
        seen += 1;
        for _ in 0..if seen == 1 { 8 } else { 0 } {
            large(|tlvs| outbox.send(&SubmitSm { tlvs, ..SubmitSm::default() })).unwrap();
        }
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    drop(client);
    thread.join().unwrap();
}

/// Answers each message, after `pause` where the text says so, with large texts where it says so; sends one at each bind.
struct Centre {
    pause: Duration,
    large: usize,
    ends: Vec<&'static str>,
}

impl Application<128> for Centre {
    fn event(&mut self, _: SessionId, event: Event<'_>, mut outbox: Outbox<'_, 128>) {
        let send = |outbox: &mut Outbox<'_, 128>| {
            for _ in 0..self.large {
                large(|tlvs| outbox.send(&DeliverSm { tlvs, ..DeliverSm::default() })).unwrap();
            }
        };
        match event {
            Event::BindRequested { reply_to, .. } => {
                outbox.accept(reply_to, "centre".into()).unwrap();
                outbox.send(&DeliverSm::default()).unwrap();
            }
            Event::Request { reply_to, pdu: Pdu::SubmitSm(submit), .. } => {
                match submit.short_message {
                    b"slow" => sleep(self.pause),
                    b"large" => send(&mut outbox),
                    _ => {}
                }
                outbox.respond(reply_to, &SubmitSmResp::default()).unwrap();
            }
            Event::Response { .. } => self.ends.push("response"),
            Event::TimedOut { .. } => self.ends.push("timed out"),
            _ => {}
        }
    }
}

fn centre(session: Config, centre: Centre) -> (String, Stopper, JoinHandle<Centre>) {
    let mut server = Server::listen("127.0.0.1:0", Serve { session, ..Serve::default() }).unwrap();
    let (address, stopper) = (server.local_addr().unwrap().to_string(), server.stopper());
    let thread = std::thread::spawn(move || {
        let mut centre = centre;
        server.run(&mut centre).unwrap();
        centre
    });
    (address, stopper, thread)
}

/// A connection that is bound by hand, with the number of the deliver_sm that came behind the bind.
fn bind_by_hand(address: &str) -> (Line, u32) {
    let mut line = Line::new(TcpStream::connect(address).unwrap());
    line.write(BindTransceiver { ..bind() }, OK, 1);
    line.expect(CommandId::BIND_TRANSCEIVER_RESP);
    let number = line.expect(CommandId::DELIVER_SM);
    (line, number)
}

fn text(text: &[u8]) -> SubmitSm<'_> {
    SubmitSm { short_message: text, ..SubmitSm::default() }
}

#[test]
fn one_slow_session_lets_no_request_of_another_time_out() {
    let config = Config { response_timeout: millis(400), ..Config::default() };
    let slow = Centre { pause: millis(800), large: 0, ends: Vec::new() };
    let (address, stopper, server) = centre(config, slow);
    let (mut slow, first) = bind_by_hand(&address);
    slow.write(DeliverSmResp::default(), OK, first);
    let (mut other, second) = bind_by_hand(&address);
    slow.write(text(b"slow"), OK, 2);
    sleep(millis(50));
    other.write(DeliverSmResp::default(), OK, second);
    slow.expect(CommandId::SUBMIT_SM_RESP);
    sleep(millis(200));
    stopper.stop();
    drop((slow, other));
    assert_eq!(server.join().unwrap().ends, ["response"; 2]);
}

#[test]
fn a_server_goes_on_with_what_is_there_once_its_output_has_left() {
    let app = Centre { pause: millis(0), large: 8, ends: Vec::new() };
    let (address, stopper, server) = centre(Config::default(), app);
    let (mut line, _) = bind_by_hand(&address);
    let requests = [(2, &b"large"[..]), (3, b"hi"), (4, b"hi")];
    let requests = requests.map(|(number, body)| OwnedPdu::encode(&text(body).into(), OK, number).unwrap());
    line.stream.write_all(&requests.each_ref().map(OwnedPdu::octets).concat()).unwrap();
    let (mut answered, mut received) = (0, 0);
    while answered < 3 || received < 8 {
        match line.read().unwrap().header().command_id {
            CommandId::SUBMIT_SM_RESP => answered += 1,
            _ => received += 1,
        }
    }
    stopper.stop();
    drop(line);
    server.join().unwrap();
}

#[test]
fn two_sides_that_send_much_at_once_do_not_wait_for_each_other() {
    const MESSAGES: usize = 120;
    let config = Config { response_timeout: PATIENCE, ..Config::default() };
    let app = Centre { pause: millis(0), large: MESSAGES, ends: Vec::new() };
    let (address, stopper, server) = centre(config, app);
    let mut client =
        Client::<128>::connect(&address, &Connect { session: config, ..Connect::default() }).unwrap();
    client.bind_transceiver(&bind()).unwrap();
    client.send(&text(b"large")).unwrap();
    for _ in 0..MESSAGES {
        large(|tlvs| client.send(&SubmitSm { tlvs, ..SubmitSm::default() })).unwrap();
    }
    let (mut received, mut answered) = (0, 0);
    while received < MESSAGES + 1 || answered < MESSAGES + 1 {
        let (event, mut outbox) = client.next_event(PATIENCE).unwrap().expect("the other side goes on");
        match event {
            Event::Request { reply_to, .. } => {
                outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
                received += 1;
            }
            Event::Response { .. } => answered += 1,
            other => panic!("{other:?}"),
        }
    }
    client.unbind(|_, _| ()).unwrap();
    stopper.stop();
    assert_eq!(server.join().unwrap().ends.len(), MESSAGES + 1);
}
