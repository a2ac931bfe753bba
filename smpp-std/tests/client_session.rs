//! The blocking client against a scripted message centre.

mod support;

use smpp_core::pdu::{
    DataSm, DataSmResp, DeliverSm, DeliverSmResp, EnquireLinkResp, GenericNack, Pdu, SubmitSmResp,
    UnbindResp, encode_header,
};
use smpp_core::session::{CloseReason, Config, Event, SendError};
use smpp_core::tlv::Tlv;
use smpp_core::types::{CommandId, CommandStatus, Tag};
use smpp_std::{Client, Connect, Error};
use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use support::{PATIENCE, bind, message, serve};

const OK: CommandStatus = CommandStatus::ESME_ROK;

/// A client bound to a script that accepted the bind.
fn bound(
    config: Config,
    script: impl FnOnce(support::Line) + Send + 'static,
) -> (Client<10>, std::thread::JoinHandle<()>) {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        script(line);
    });
    let mut client = Client::connect(&address, &Connect { session: config, ..Connect::default() }).unwrap();
    assert_eq!(client.bind_transceiver(&bind()).unwrap().system_id, "script");
    (client, thread)
}

/// The reason of the end, and how many tickets were abandoned on the way (all, and those written).
fn run_to_end(client: &mut Client<10>) -> (CloseReason, usize, usize) {
    let (mut abandoned, mut written_ones) = (0, 0);
    loop {
        match client.next_event(PATIENCE).unwrap().expect("the end, in time") {
            (Event::Closed(reason), _) => return (reason, abandoned, written_ones),
            (Event::Abandoned { written, .. }, _) => {
                abandoned += 1;
                written_ones += usize::from(written);
            }
            _ => {}
        }
    }
}

#[test]
fn a_message_goes_out_a_receipt_comes_in_and_the_session_ends_cleanly() {
    let (mut client, thread) = bound(Config::default(), |mut line| {
        line.accept_message("17");
        line.write(DeliverSm { short_message: b"id:17 stat:DELIVRD", ..Default::default() }, OK, 9);
        assert_eq!(line.expect(CommandId::DELIVER_SM_RESP), 9);
        let number = line.expect(CommandId::UNBIND);
        line.write(UnbindResp::default(), OK, number);
        assert!(line.read().is_none(), "the client closes behind the unbind_resp");
    });
    let id = client.submit(&message(), |_, _| ()).unwrap();
    assert_eq!(id, "17");
    let mut texts = Vec::new();
    while texts.is_empty() {
        let (event, mut outbox) = client.next_event(PATIENCE).unwrap().unwrap();
        if let Event::Request { reply_to, pdu, .. } = event {
            // The event can still be read while it is answered.
            outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
            texts.push(pdu.message().unwrap().short_message.to_vec());
        }
    }
    assert_eq!(texts, [b"id:17 stat:DELIVRD"]);
    assert_eq!(client.unbind(|_, _| ()).unwrap(), CloseReason::Unbound);
    assert!(matches!(client.next_event(PATIENCE), Err(Error::Closed { .. })));
    drop(client);
    thread.join().unwrap();
}

#[test]
fn all_ready_requests_leave_in_one_segment_and_the_window_is_never_exceeded() {
    let config = Config { window: 3, ..Config::default() };
    let (mut client, thread) = bound(config, |mut line| {
        std::thread::sleep(Duration::from_millis(50));
        let mut chunk = [0; 4096];
        let count = std::io::Read::read(&mut line.stream, &mut chunk).unwrap();
        let len = u32::from_be_bytes(chunk[..4].try_into().unwrap()) as usize;
        assert_eq!(count, 3 * len, "three requests in one read");
        for number in 2..5 {
            line.write(SubmitSmResp::default(), OK, number);
        }
        line.accept_message("4");
        assert!(line.read().is_none());
    });
    for _ in 0..3 {
        client.send(&message()).unwrap();
    }
    assert_eq!(client.send(&message()), Err(SendError::WindowFull));
    // What was held back may go as soon as the first response is there, before or after the others.
    let (mut answered, mut writable) = (0, 0);
    while answered < 3 || writable < 1 {
        let (event, _) = client.next_event(PATIENCE).unwrap().unwrap();
        answered += usize::from(matches!(event, Event::Response { .. }));
        writable += usize::from(matches!(event, Event::Writable));
    }
    assert_eq!((answered, writable), (3, 1));
    client.submit(&message(), |_, _| ()).unwrap();
    drop(client);
    thread.join().unwrap();
}

#[test]
fn a_message_that_waits_for_room_is_told_why_the_connection_ended() {
    let (mut client, thread) = bound(Config { window: 1, ..Config::default() }, |mut line| {
        line.expect(CommandId::SUBMIT_SM);
    });
    client.send(&message()).unwrap();
    let mut is_closed = false;
    let error =
        client.submit(&message(), |event, _| is_closed |= matches!(event, Event::Closed(_))).unwrap_err();
    assert!(matches!(error, Error::Closed { reason: CloseReason::ConnectionLost, .. }), "{error}");
    assert!(is_closed, "the end is an event like others");
    thread.join().unwrap();
}

#[test]
fn a_wrong_password_is_a_refused_bind_and_another_one_may_follow() {
    let (address, thread) = serve(|mut line| {
        let number = line.expect(CommandId::BIND_TRANSCEIVER);
        line.write(GenericNack::default(), CommandStatus::ESME_RINVCMDID, number);
        let number = line.expect(CommandId::BIND_TRANSMITTER);
        let refusal = smpp_core::pdu::BindTransmitterResp::default();
        line.write(refusal, CommandStatus::ESME_RINVPASWD, number);
        assert!(line.read().is_none());
    });
    let mut client = Client::<10>::connect(&address, &Connect::default()).unwrap();
    let error = client.bind_transceiver(&bind()).unwrap_err();
    assert!(matches!(error, Error::BindRefused { status: CommandStatus::ESME_RINVCMDID, .. }), "{error}");
    let error = client.bind_transmitter(&Default::default()).unwrap_err();
    assert!(error.to_string().contains("ESME_RINVPASWD"), "{error}");
    drop(client);
    thread.join().unwrap();
}

#[test]
fn garbage_ends_the_session_with_an_answer() {
    let (mut client, thread) = bound(Config::default(), |mut line| {
        line.expect(CommandId::SUBMIT_SM);
        line.stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        line.expect(CommandId::GENERIC_NACK);
        assert!(line.read().is_none(), "the client closes");
    });
    client.send(&message()).unwrap();
    assert_eq!(run_to_end(&mut client), (CloseReason::FramingLost, 1, 1));
    let error = client.next_event(PATIENCE).unwrap_err();
    assert!(matches!(error, Error::Protocol { .. }), "{error}");
    drop(client);
    thread.join().unwrap();
}

#[test]
fn a_command_length_of_4_gib_reserves_nothing_and_ends_the_session() {
    let (mut client, thread) = bound(Config::default(), |mut line| {
        line.stream.write_all(&[0xFF; 4]).unwrap();
        line.expect(CommandId::GENERIC_NACK);
    });
    assert_eq!(run_to_end(&mut client).0, CloseReason::FramingLost);
    thread.join().unwrap();
}

#[test]
fn a_line_that_ends_in_the_middle_of_a_pdu_abandons_what_was_sent() {
    let (mut client, thread) = bound(Config::default(), |mut line| {
        line.expect(CommandId::SUBMIT_SM);
        line.stream.write_all(&[0, 0, 0, 16, 0x80]).unwrap();
    });
    client.send(&message()).unwrap();
    assert_eq!(run_to_end(&mut client), (CloseReason::ConnectionLost, 1, 1));
    thread.join().unwrap();
}

#[test]
fn a_response_that_came_before_the_end_of_the_line_still_counts() {
    let (mut client, thread) = bound(Config::default(), |mut line| line.accept_message("last words"));
    client.send(&message()).unwrap();
    client.flush();
    thread.join().unwrap();
    let (event, _) = client.next_event(PATIENCE).unwrap().unwrap();
    assert!(matches!(event, Event::Response { status: OK, .. }), "{event:?}");
    assert_eq!(run_to_end(&mut client), (CloseReason::ConnectionLost, 0, 0));
}

#[test]
fn a_silent_peer_is_found_within_enquire_link_and_response_time_cloudhopper_134() {
    let config = Config {
        enquire_link: Duration::from_millis(100),
        response_timeout: Duration::from_millis(100),
        ..Config::default()
    };
    let (mut client, thread) = bound(config, |mut line| {
        line.expect(CommandId::ENQUIRE_LINK);
        assert!(line.read().is_none());
    });
    let start = Instant::now();
    assert_eq!(run_to_end(&mut client).0, CloseReason::LinkLost);
    let error = client.next_event(PATIENCE).unwrap_err();
    assert!(matches!(error, Error::Closed { reason: CloseReason::LinkLost, .. }), "{error}");
    let lasted = start.elapsed();
    assert!(lasted >= Duration::from_millis(199) && lasted < Duration::from_millis(600), "{lasted:?}");
    drop(client);
    thread.join().unwrap();
}

#[test]
fn a_request_without_a_response_times_out_and_the_session_lives() {
    let config = Config { response_timeout: Duration::from_millis(80), ..Config::default() };
    let (mut client, thread) = bound(config, |mut line| {
        line.expect(CommandId::SUBMIT_SM);
        line.accept_message("2");
        assert!(line.read().is_none());
    });
    assert!(matches!(client.submit(&message(), |_, _| ()), Err(Error::TimedOut)));
    assert_eq!(client.submit(&message(), |_, _| ()).unwrap(), "2");
    drop(client);
    thread.join().unwrap();
}

#[test]
fn an_application_may_ask_for_the_link_and_explain_an_error_by_tlvs() {
    let (mut client, thread) = bound(Config::default(), |mut line| {
        let number = line.expect(CommandId::ENQUIRE_LINK);
        line.write(EnquireLinkResp::default(), OK, number);
        line.write(DataSm::default(), OK, 7);
        let response = line.read().unwrap();
        let header = response.header();
        assert_eq!((header.command_id, header.sequence_number), (CommandId::DATA_SM_RESP, 7));
        assert_eq!(header.command_status, CommandStatus::ESME_RDELIVERYFAILURE);
        let Ok(Pdu::DataSmResp(response)) = response.pdu() else { panic!("{response:?}") };
        assert_eq!(response.tlvs.delivery_failure_reason(), Some(1));
    });
    client.outbox().enquire_link().unwrap();
    loop {
        let (event, mut outbox) = client.next_event(PATIENCE).unwrap().unwrap();
        match event {
            Event::LinkChecked { .. } => {}
            Event::Request { reply_to, .. } => {
                let tlvs = [Tlv { tag: Tag::DELIVERY_FAILURE_REASON, value: &[1] }];
                let response = DataSmResp { tlvs: (&tlvs[..]).into(), ..DataSmResp::default() };
                outbox.respond_with(reply_to, CommandStatus::ESME_RDELIVERYFAILURE, &response).unwrap();
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    client.flush();
    thread.join().unwrap();
}

#[test]
fn an_accepted_message_whose_id_cannot_be_read_is_no_message_without_an_id() {
    let (mut client, thread) = bound(Config::default(), |mut line| {
        let number = line.expect(CommandId::SUBMIT_SM);
        let mut response = [0; 20];
        encode_header(CommandId::SUBMIT_SM_RESP, OK, number, &mut response).unwrap();
        response[3] = 20;
        response[16..].copy_from_slice(b"123\xff");
        line.stream.write_all(&response).unwrap();
        assert!(line.read().is_none());
    });
    let error = client.submit(&message(), |_, _| ()).unwrap_err();
    assert!(matches!(error, Error::Accepted { .. }), "{error}");
    assert!(error.to_string().contains("accepted") && error.to_string().contains("message_id"), "{error}");
    drop(client);
    thread.join().unwrap();
}

#[test]
fn enquire_links_of_the_peer_are_answered_while_the_client_waits() {
    let (mut client, thread) = bound(Config::default(), |mut line| {
        line.write(smpp_core::pdu::EnquireLink::default(), OK, 0xFFFF_FFFF);
        let answer = line.read().unwrap();
        let expected = EnquireLinkResp::default().into();
        assert_eq!((answer.header().sequence_number, answer.pdu().unwrap()), (0xFFFF_FFFF, expected));
    });
    assert_eq!(run_to_end(&mut client).0, CloseReason::ConnectionLost);
    thread.join().unwrap();
}

#[test]
fn waiting_without_events_lasts_as_long_as_asked() {
    let (mut client, thread) = bound(Config::default(), |mut line| assert!(line.read().is_none()));
    let start = Instant::now();
    assert!(client.next_event(Duration::from_millis(30)).unwrap().is_none());
    assert!(start.elapsed() >= Duration::from_millis(30));
    assert!(client.next_event(Duration::ZERO).unwrap().is_none());
    drop(client);
    thread.join().unwrap();
}

#[test]
fn a_closed_port_and_an_unknown_host_are_told_apart() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let error = Client::<10>::connect(&free, &Connect::default()).unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    let error = Client::<10>::connect("no port", &Connect::default()).unwrap_err();
    assert!(matches!(error, Error::Resolve { .. }), "{error}");
}

/// An address of which SYNs are swallowed: its queue of connections is full and nobody accepts them. It does so while the rest lives.
fn swallowing() -> (SocketAddr, impl Sized) {
    use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};
    let listener = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&listener, &SocketAddr::from(([127, 0, 0, 2], 0))).unwrap();
    listen(&listener, 0).unwrap();
    let address = SocketAddr::try_from(getsockname(&listener).unwrap()).unwrap();
    // The system takes one more than it is told, and these do not wait.
    let waiting: Vec<_> = (0..4).map(|_| mio::net::TcpStream::connect(address).unwrap()).collect();
    (address, (listener, waiting))
}

#[test]
fn an_address_that_swallows_what_it_is_sent_does_not_keep_the_next_one_waiting() {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        assert!(line.read().is_none());
    });
    let (swallows, _keep) = swallowing();
    let good = address.parse().unwrap();
    for addresses in [vec![swallows, swallows, good], vec![swallows]] {
        let how =
            Connect { addresses: addresses.clone(), timeout: Duration::from_secs(3), ..Connect::default() };
        let client = Client::<10>::connect("smsc.example:2775", &how);
        match client {
            Ok(mut client) => {
                assert_eq!(addresses.len(), 3);
                client.bind_transceiver(&bind()).unwrap();
            }
            Err(error) => {
                assert_eq!(addresses.len(), 1, "one after the other they take all of the time: {error}");
                assert!(error.to_string().contains("timed out"), "{error}");
            }
        }
    }
    thread.join().unwrap();
}

#[test]
fn an_address_that_refuses_is_followed_by_the_next_at_once() {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        assert!(line.read().is_none());
    });
    let refuses = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let addresses = [vec![refuses; 50], vec![address.parse().unwrap()]].concat();
    // Fifty delays would be longer than this.
    let how = Connect { addresses, timeout: Duration::from_secs(10), ..Connect::default() };
    let mut client = Client::<10>::connect("smsc.example:2775", &how).unwrap();
    client.bind_transceiver(&bind()).unwrap();
    drop(client);
    thread.join().unwrap();
}

#[test]
fn a_bind_that_is_answered_by_the_response_to_another_is_told_at_once() {
    let (address, thread) = serve(|mut line| {
        let number = line.expect(CommandId::BIND_TRANSCEIVER);
        line.write(smpp_core::pdu::BindTransmitterResp::default(), OK, number);
        assert!(line.read().is_none());
    });
    // Nothing else would end it.
    let session = Config { response_timeout: Duration::from_secs(3600), ..Config::default() };
    let mut client = Client::<10>::connect(&address, &Connect { session, ..Connect::default() }).unwrap();
    let error = client.bind_transceiver(&bind()).unwrap_err();
    assert!(error.to_string().contains("answered bind_transceiver with bind_transmitter_resp"), "{error}");
    drop(client);
    thread.join().unwrap();
}

#[test]
fn framing_that_breaks_in_a_session_that_worked_shows_its_octets_and_blames_no_setting() {
    let (mut client, thread) = bound(Config::default(), |mut line| {
        line.stream.write_all(b"\xff\xff\xff\xffgarbage").unwrap();
        while line.read().is_some() {}
    });
    run_to_end(&mut client);
    let Err(error) = client.next_event(PATIENCE) else { panic!("it is over") };
    assert!(error.to_string().contains("ff ff ff ff 67 61 72"), "{error}");
    assert!(error.to_string().contains("had worked") && !error.to_string().contains("TLS"), "{error}");
    drop(client);
    thread.join().unwrap();
}

#[test]
fn a_connection_that_the_caller_made_will_do() {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        line.accept_message("17");
        assert!(line.read().is_none());
    });
    let stream = std::net::TcpStream::connect(&address).unwrap();
    let mut client = Client::<10>::over(stream, &Connect::default()).unwrap();
    assert_eq!(client.address(), address);
    client.bind_transceiver(&bind()).unwrap();
    assert_eq!(client.submit(&message(), |_, _| ()).unwrap(), "17");
    drop(client);
    thread.join().unwrap();
}
